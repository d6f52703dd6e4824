"""Suspension, its resumption, and the flags of rights suspended (VCLT 57-65, 72)."""

from datetime import date

from domain.acts import Act
from domain.consents import InForce
from domain.dates import earliest, in_words
from domain.kinds import KINDS, Effect
from domain.standing import (
    Standing,
    Stretch,
    void_words,
)
from domain.states import Claim, Move, Status


def suspend(fold: Standing, act: Act) -> None:
    """Operation is suspended, towards all or towards some."""
    start = earliest(act.effective) if act.effective is not None else act.on()
    verdict = fold.verdict(act)
    claims = _suspension_claims(fold, act)
    if verdict.void:
        fold.flags.append(
            (
                "suspension_contested",
                Stretch(start=act.on(), end=verdict.settled, act=act, claims=claims),
            )
        )
        fold.inert(act, void_words(verdict, "the suspension has no effect"), "VCLT 57, 65")
        return
    if fold.member_on(start) is None:
        fold.inert(
            act, "not a party on that day: nothing to suspend", "VCLT 57", breach="not_a_party"
        )
        return
    begins = verdict.effective or start
    apart: list[tuple[str, ...]] = [(other,) for other in act.towards]
    for towards in apart or [()]:  # each may be resumed by itself
        fold.suspensions.append(Stretch(start=begins, act=act, towards=towards, claims=claims))
    rule = f"towards {', '.join(act.towards)} only" if act.towards else "towards all"
    move = () if act.towards else (Move(on=start, to=Status.PARTY_SUSPENDED),)
    found = InForce(day=begins, rule=rule)
    fold.moved(act, *(move or (Move(on=start, to=Status.PARTY),)), found=found)
    _contest_suspension(fold, act, start, claims)


def _suspension_claims(fold: Standing, act: Act) -> tuple[Claim, ...]:
    deniers = [
        *act.contested_by,
        *(each.by or "an objecting State" for each in fold.contested.get(act.id, ())),
    ]
    own = Claim(who=fold.party, status=Status.PARTY_SUSPENDED, since=act.on())
    return (own, *(Claim(who=who, status=Status.PARTY) for who in dict.fromkeys(deniers)))


def _contest_suspension(fold: Standing, act: Act, start: date, claims: tuple[Claim, ...]) -> None:
    if fold.verdict(act).settled is not None:
        return
    clauses = fold.clauses(act)
    if act.contested_by:
        fold.flags.append(("suspension_contested", Stretch(start=start, act=act, claims=claims)))
    for denial in fold.contested.get(act.id, ()):
        since = max(start, denial.on())
        until = fold.withdrawn_objections.get(denial.id)
        fold.flags.append(
            ("suspension_contested", Stretch(start=since, end=until, act=act, claims=claims))
        )
    provided = clauses.suspension is not None and clauses.suspension.provided
    if clauses.bilateral and not provided and not _other_side_leaves(fold, start):
        other = next(each for each in clauses.bilateral if each != fold.party)
        denied = (*claims[:1], Claim(who=other, status=Status.PARTY))
        fold.flags.append(("suspension_contested", Stretch(start=start, act=act, claims=denied)))


def _other_side_leaves(fold: Standing, day: date) -> bool:
    """Whether a notice of either side runs, so that the suspension only stands in for the notice period."""
    noticed = [each.on() for each in fold.acts if KINDS[each.kind].effect is Effect.NOTICE]
    return any(given <= day for given in (*noticed, *fold.around.other_side_notices(fold.party)))


def resume(fold: Standing, act: Act) -> None:
    """A suspension ends, towards all or towards those that the act names."""
    day = earliest(act.effective) if act.effective is not None else act.on()
    open_ones = [each for each in fold.suspensions if _can_end(fold, act, each, day)]
    claimed = [
        stretch
        for name, stretch in fold.flags
        if name == "suspension_contested" and _can_end(fold, act, stretch, day)
    ]
    ending = [each for each in open_ones if not act.towards or set(each.towards) & {*act.towards}]
    total = [each for each in open_ones if act.towards and not each.towards and each.start <= day]
    if not (ending or total or (claimed and not act.towards)):
        fold.inert(act, "there is no suspension to end", "VCLT 72", breach="nothing_to_end")
        return
    for stretch in ending:
        stretch.end = max(day, stretch.start)
        if day < stretch.start:
            assert stretch.act is not None  # it rests on the act that declared it
            fold.undo(stretch.act, day, f"revoked on {in_words(day)}, before its effect")
    if total:
        fold.resumed.append(Stretch(start=day, act=act, towards=act.towards))
        fold.moved(
            act,
            Move(on=day, to=Status.PARTY_SUSPENDED),
            found=InForce(day=day, rule=f"resumed towards {', '.join(act.towards)} only"),
        )
        return
    still = {id(each.act) for each in fold.suspensions if each.end is None}
    for stretch in claimed:
        if id(stretch.act) not in still:
            stretch.end = max(day, stretch.start)
    fold.moved(act, Move(on=day, to=Status.PARTY))


def _can_end(fold: Standing, act: Act, stretch: Stretch, day: date) -> bool:
    """Whether the act is about the suspension; one that has not begun can be revoked (VCLT 68)."""
    named = act.concerns is None or stretch.act is fold.targets.get(act.id)
    assert stretch.act is not None  # a suspension rests on the act by which it was declared
    return named and stretch.end is None and min(stretch.start, stretch.act.on()) <= day


def flag_only(fold: Standing, act: Act) -> None:
    """What leaves the status alone and raises or lowers a flag: a claimed suspension, rights of membership."""
    day = act.on()
    match KINDS[act.kind].effect:
        case Effect.SUSPENSION_CLAIMED:
            claims = _suspension_claims(fold, act)
            if len(claims) == 1:
                claims = (*claims, Claim(who="the other parties", status=Status.PARTY))
            settled = fold.verdict(act).settled
            fold.flags.append(
                (
                    "suspension_contested",
                    Stretch(start=day, end=settled, act=act, claims=claims),
                )
            )
            fold.inert(
                act,
                "a suspension that the treaty does not admit moves nothing; it is contested",
                "VCLT 57",
            )
        case Effect.RIGHTS_SUSPENDED:
            start = earliest(act.effective) if act.effective is not None else day
            fold.flags.append(("rights_suspended", Stretch(start=start, act=act)))
            fold.inert(act, "rights of membership are suspended; the State stays a party")
        case _:
            for name, stretch in fold.flags:
                if name == "rights_suspended" and stretch.end is None:
                    stretch.end = day
            fold.inert(act, "rights of membership are restored")
