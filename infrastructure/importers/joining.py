"""Further days of an act, which a table gives in rows of their own, are put into the act.

A day is never put into an act that an exit of the party parts from it, nor into an earlier act because the one
to which it would belong has such a day already: it stays an act of its own.
"""

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
    exits: dict[tuple[str, str], list[str]] = {}
    for each in proposals:
        if each.joins:
            further.append(each)
            continue
        kept.append(each)
        if each.step:
            acts.setdefault(_whose(each), []).append(each)
            if KINDS[each.fact["kind"]].effect in EXITS:
                exits.setdefault(_whose(each), []).append(_first_day(each))
    replaced: dict[int, Proposal] = {}
    for each in sorted(further, key=_first_day):
        theirs = acts.setdefault(_whose(each), [])
        target = _joinable(each, theirs, exits.get(_whose(each), ()))
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


EXITS = frozenset({Effect.NOTICE, Effect.CESSATION})


def _whose(proposal: Proposal) -> tuple[str, str]:
    return proposal.fact["treaty"], str(proposal.fact.get("party"))


def _last(proposal: Proposal, replaced: Mapping[int, Proposal]) -> Proposal:
    while id(proposal) in replaced:
        proposal = replaced[id(proposal)]
    return proposal


def _joinable(further: Proposal, acts: Sequence[Proposal], exits: Sequence[str]) -> Proposal | None:
    day = _first_day(further)
    fitting = [
        each
        for each in acts
        if each.step in further.joins
        and each.joined_as != further.joined_as
        and (_first_day(each) <= day or KINDS[each.fact["kind"]].effect is Effect.SUCCESSION)
        and not any(_first_day(each) <= exit_ <= day for exit_ in exits)
    ]
    last = max(fitting, key=_first_day, default=None)
    return None if last is None or further.joined_as in last.fact else last


def _first_day(proposal: Proposal) -> str:
    """The written day by which proposals are put in order; uncertain ones come at their beginning."""
    days = [proposal.fact.get(each) for each in ("received", "dated", "notified", "effective")]
    return next((str(each) for each in days if each), "")
