"""Further days of an act, which a table gives in rows of their own, are put into the act."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from domain.kinds import KINDS, Effect
from infrastructure.importers.proposals import Proposal


def joined(proposals: Iterable[Proposal]) -> list[Proposal]:
    """The proposals with further days of an act put into it, each the act of its party that was the last before.

    A successor's consent reaches back, so that its further day may lie before it.
    """
    kept: list[Proposal] = []
    further: list[Proposal] = []
    acts: dict[tuple[str, str], list[Proposal]] = {}
    for each in proposals:
        if each.joins:
            further.append(each)
            continue
        kept.append(each)
        if each.step:
            acts.setdefault((each.fact["treaty"], str(each.fact.get("party"))), []).append(each)
    replaced: dict[int, Proposal] = {}
    for each in sorted(further, key=_first_day):
        theirs = acts.setdefault((each.fact["treaty"], str(each.fact.get("party"))), [])
        target = _joinable(each, theirs)
        if target is None:
            kept.append(each)
            theirs.append(each)
            continue
        together = msgspec.structs.replace(
            target,
            fact={**target.fact, each.joined_as: each.fact[each.joined_as]},
            lines=(*target.lines, *each.lines),
            raw=f"{target.raw}; {each.raw}",
        )
        theirs[theirs.index(target)] = together
        replaced[id(target)] = together
    return sorted((_last(each, replaced) for each in kept), key=lambda each: each.line or 0)


def _last(proposal: Proposal, replaced: Mapping[int, Proposal]) -> Proposal:
    while id(proposal) in replaced:
        proposal = replaced[id(proposal)]
    return proposal


def _joinable(further: Proposal, acts: Sequence[Proposal]) -> Proposal | None:
    day = _first_day(further)
    fitting = [
        each
        for each in acts
        if each.step in further.joins
        and each.joined_as != further.joined_as
        and further.joined_as not in each.fact
        and (_first_day(each) <= day or KINDS[each.fact["kind"]].effect is Effect.SUCCESSION)
    ]
    return max(fitting, key=_first_day, default=None)


def _first_day(proposal: Proposal) -> str:
    """The written day by which proposals are put in order; uncertain ones come at their beginning."""
    days = [proposal.fact.get(each) for each in ("received", "dated", "notified", "effective")]
    return next((str(each) for each in days if each), "")
