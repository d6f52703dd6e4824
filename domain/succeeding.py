"""Who the party is: successions, the end of a State, rival authorities and armed conflicts (VCSST 15-24, 34)."""

from dataclasses import replace
from datetime import date

from domain.acts import Act
from domain.consenting import add_consent, in_force_day
from domain.consents import InForce
from domain.dates import earliest, in_words
from domain.dossier import extinct_from
from domain.kinds import KINDS, Effect
from domain.standing import (
    Inherited,
    Standing,
    Stretch,
    void_words,
)
from domain.states import Finding, Move, Status

_SUCCESSION = "takes its predecessor's place from the date of the succession of States"
_PASSES = {
    Status.PARTY: Status.PARTY,
    Status.PARTY_WITHDRAWING: Status.PARTY,
    Status.PARTY_SUSPENDED: Status.PARTY,
    Status.CONTRACTING: Status.CONTRACTING,
    Status.PROVISIONAL: Status.SIGNATORY,
    Status.SIGNATORY: Status.SIGNATORY,
}
"""The position that passes from a predecessor to its successor (VCSST 17-19)."""


def succeed(fold: Standing, act: Act) -> None:
    """The successor takes its predecessor's place, in the position that passes to it."""
    verdict = fold.verdict(act)
    if verdict.void:
        fold.inert(act, void_words(verdict, "the succession has no effect"))
        return
    received, succeeded = act.on(), _date_of_succession(fold, act)
    stated = earliest(act.effective) if act.effective is not None else None
    before = _predecessor(fold, act, succeeded)
    ended = fold.around.register.extinct_from(act.predecessor or "")
    if before.on_file and before.status not in _PASSES and ended is not None and ended <= received:
        succeeded, before = ended, _predecessor(fold, act, ended)
    position = _position(fold, before, stated, received, succeeded)
    _tell_unknown(fold, act, before)
    match position:
        case Status.PARTY:
            found = InForce(day=stated or succeeded, clause="VCSST 17, 22-23", rule=_SUCCESSION)
            add_consent(fold, act, min(received, succeeded), _deemed(fold, act, found))
        case Status.CONTRACTING:
            start = min(received, succeeded)
            deposited = before.deposited or start
            waits = act.effective is not None and earliest(act.effective) <= succeeded
            entered = in_force_day(fold, replace(act, effective=None) if waits else act, deposited)
            found = InForce(
                day=entered.day, clause="VCSST 18", rule=_SUCCESSION, counted=entered.counted
            )
            add_consent(fold, act, start, _deemed(fold, act, found))
        case Status.SIGNATORY:
            succeed_to_signature(fold, act)
        case _:
            fold.inert(act, "its predecessor had no position that could pass to it", "VCSST 17-18")


def _deemed(fold: Standing, act: Act, found: InForce) -> InForce:
    """Of a newly independent State operation is deemed suspended until its notification (VCSST 23(2)).

    That is so of multilateral treaties, and not of what it applies provisionally.
    Gives what was found, with the rule.
    """
    start, received = found.day, act.on()
    around = fold.around
    if start is None or received <= start or around.dossier.now.bilateral:
        return found
    if not around.register.get(fold.party).newly_independent:
        return found
    gaps = _without_provisional(fold, start, received)
    for gap, end in gaps:
        fold.flags.append(("operation_deemed_suspended", Stretch(start=gap, end=end, act=act)))
    words = f"{found.rule}; operation is deemed suspended until the notification of {in_words(received)}"
    words += ", save where the treaty was applied provisionally (VCSST 23(2))"
    return replace(found, rule=words) if gaps else found


def _without_provisional(fold: Standing, start: date, end: date) -> list[tuple[date, date]]:
    """The stretches from the one day to the other in which the State does not apply the treaty provisionally."""
    gaps, free = [], start
    for applied in sorted(fold.provisional, key=lambda each: each.start):
        if free < min(applied.start, end):
            gaps.append((free, min(applied.start, end)))
        free = max(free, applied.end or end)
    if free < end:
        gaps.append((free, end))
    return gaps


def _predecessor(fold: Standing, act: Act, succeeded: date) -> Inherited:
    if act.predecessor is None:
        return Inherited(on_file=False, status=Status.NONE)
    return fold.around.inherited(act.predecessor, succeeded)


def _position(
    fold: Standing, before: Inherited, stated: date | None, received: date, succeeded: date
) -> Status:
    """The position that passes; where the predecessor's is not on file, only what follows for certain."""
    entry = fold.around.entry().on
    if stated is not None and stated > max(received, succeeded):
        return Status.CONTRACTING
    if stated is not None:
        early = entry is not None and stated < entry
        return Status.CONTRACTING if early else Status.PARTY
    if before.on_file:
        return _PASSES.get(before.status, Status.NONE)
    if entry is not None and entry <= max(received, succeeded):
        return Status.PARTY
    consented_itself = fold.signed(received) or _consents_after(fold, received)
    return Status.SIGNATORY if consented_itself else Status.CONTRACTING


def _consents_after(fold: Standing, day: date) -> bool:
    """Whether an instrument of its own follows, which shows that none had passed to it."""
    return any(
        KINDS[each.kind].effect is Effect.CONSENT
        and each.on() > day
        and each.legal_effect is not False
        for each in fold.acts
    )


def _tell_unknown(fold: Standing, act: Act, before: Inherited) -> None:
    if act.predecessor is not None and not before.on_file:
        detail = (
            f"no act of the predecessor {act.predecessor} is on record; its position is presumed"
        )
        fold.findings.append(
            Finding(
                name="predecessor_not_on_record",
                detail=detail,
                act=act.id,
                source="VCSST 17-18",
            )
        )


def _date_of_succession(fold: Standing, act: Act) -> date:
    received = act.on()
    if act.effective is not None and earliest(act.effective) <= received:
        return earliest(act.effective)
    for earlier in fold.acts:
        if KINDS[earlier.kind].effect is Effect.INDEPENDENCE:
            return earliest(earlier.effective) if earlier.effective is not None else earlier.on()
    return fold.around.register.existed_from(fold.party, received) or received


def succeed_to_signature(fold: Standing, act: Act) -> None:
    """The successor takes its predecessor's place as a signatory."""
    day = min(act.on(), _date_of_succession(fold, act))
    fold.signatures.append(Stretch(start=day, act=act))
    found = InForce(
        day=day, clause="VCSST 18-19", rule="takes its predecessor's place as a signatory"
    )
    fold.moved(act, Move(on=day, to=Status.SIGNATORY), found=found)


def extinguish(fold: Standing, act: Act) -> None:
    """The State ceases to exist."""
    day = extinct_from(act)
    fold.extinct = day if fold.extinct is None else min(day, fold.extinct)
    fold.moved(
        act,
        Move(on=day, to=Status.EXTINCT),
        found=InForce(day=day, rule="the State ceases to exist"),
    )


def rivalry(fold: Standing, act: Act) -> None:
    """Two authorities act for the State, or no longer do."""
    if KINDS[act.kind].effect is Effect.RIVAL_AUTHORITY:
        stretch = Stretch(start=act.on(), act=act)
        fold.rivalries.append(stretch)
        fold.flags.append(("authority_contested", stretch))
    else:
        for stretch in fold.rivalries:
            stretch.end = stretch.end or act.on()
    fold.inert(act)
