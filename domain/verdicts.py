"""What later acts say of earlier ones: rejected, ruled upon, contested, accepted (VCLT 65-66, 77(1)(d), 20)."""

from dataclasses import replace

from domain.acts import Act
from domain.consents import InForce
from domain.dates import When, earliest, in_words, latest, written
from domain.kinds import KINDS, Effect
from domain.leaving import dispute_starts
from domain.objections import too_late
from domain.standing import (
    NO_VERDICT,
    Standing,
    Verdict,
)
from domain.states import Finding, Move, Status


def survey(fold: Standing) -> None:
    """Look through the acts for what they say of each other, before any of them is read."""
    for act in fold.acts if fold.targets else ():
        target = fold.targets.get(act.id)
        if target is not None:
            _judge(fold, act, target)


def _judge(fold: Standing, act: Act, target: Act) -> None:
    match KINDS[act.kind].effect:
        case Effect.REJECTION:
            fold.verdicts[target.id] = Verdict(void=True, settled=act.on(), by=act)
        case Effect.RULING if act.kind != "treaty_body_determination" or _fixes(act):
            stated = earliest(act.effective) if act.effective is not None else None
            void = act.legal_effect is False
            fold.verdicts[target.id] = Verdict(
                void=void, settled=act.on(), effective=stated, by=act
            )
        case Effect.RESERVATION_ACCEPTED:
            fold.accepted[target.id] = act
        case Effect.DISPUTE | Effect.OBJECTION:
            fold.contested.setdefault(target.id, []).append(act)
        case Effect.OBJECTION_WITHDRAWN:
            fold.withdrawn_objections[target.id] = act.on()
        case _:
            pass


def said_by_others(fold: Standing, act: Act) -> None:
    """An act of others about an act of the party: an objection, a rejection, a ruling."""
    target = fold.targets.get(act.id)
    kind = KINDS[act.kind]
    if target is None:
        fold.inert(act, f"there is no act on record that this {kind.title.lower()} could be about")
        return
    if kind.effect is Effect.RESERVATION_ACCEPTED:
        _accept(fold, act, target)
        return
    about = f"about the {KINDS[target.kind].title.lower()} of {in_words(target.on())}"
    disputed = any(each.act is target and each.disputed for each in fold.exits)
    if kind.effect is Effect.DISPUTE and disputed:
        running = next(each for each in fold.exits if each.act is target)
        fold.moved(
            act,
            Move(on=max(act.on(), dispute_starts(running) or act.on()), to=Status.DISPUTED),
            found=InForce(day=dispute_starts(running), rule=f"{about}: its effect is denied"),
        )
        return
    if (
        kind.effect in (Effect.REJECTION, Effect.RULING)
        and fold.verdicts.get(target.id, NO_VERDICT).by is act
    ):
        rule = f"{about}: {'no effect' if fold.verdicts[target.id].void else 'its effect is fixed'}"
        fold.moved(
            act,
            Move(on=act.on(), to=fold.status_by_now(act.on())),
            found=InForce(day=fold.verdicts[target.id].effective, rule=rule),
        )
        return
    clause = fold.around.dossier.now.objections
    late = clause and too_late(clause, act, target, fold.around.dossier.convention)
    if late and kind.effect is Effect.OBJECTION:
        fold.inert(act, f"{about}: it came after the time for objections", late)
        return
    fold.inert(act, f"{about}: {kind.moves}")


def _accept(fold: Standing, act: Act, target: Act) -> None:
    """The organ accepts: the consent that waited takes its effect from its own day (VCLT 20(3))."""
    waiting = [
        stretch
        for held, stretch in fold.in_suspense
        if stretch.end is None and held.id != target.id
    ]
    for stretch in waiting:
        stretch.end = target.on()
    consent = next((each for each in fold.consents if each.act is target), None)
    if consent is None:
        fold.inert(act, "the instrument that is accepted has no effect of its own", "VCLT 20(3)")
        return
    day = consent.starts
    moves = [Move(on=target.on(), to=Status.CONTRACTING)] if day != target.on() else []
    if day is not None:
        moves.append(Move(on=day, to=Status.PARTY))
    found = InForce(day=day, clause="VCLT 20(3)", rule="the reservation is accepted")
    fold.moved(act, *moves, found=found)


def _fixes(act: Act) -> bool:
    return act.effective is not None or act.legal_effect is not None


def disagree(fold: Standing, act: Act) -> None:
    """Tell that a source gives another day for an act on record; the act counts, and both are kept."""
    target = fold.targets.get(act.id)
    if act.kind == "other_day_reported" and target is not None:
        findings = disagreement(act, target)
        fold.outcomes[act.id] = replace(fold.outcomes[act.id], findings=findings)


def disagreement(report: Act, act: Act) -> tuple[Finding, ...]:
    """The finding that a report gives days which the act on record cannot have had."""
    days = (
        ("", report.decisive(), act.decisive()),
        ("effect on ", report.effective, act.effective),
    )
    differing = [
        f"{words}{written(said)}, not {written(known)}"
        for words, said, known in days
        if said is not None and known is not None and not _can_be_one(said, known)
    ]
    if not differing:
        return ()
    who = report.by or (report.sources[0].title if report.sources else "another source")
    title = KINDS[act.kind].title.lower()
    detail = f"{who} gives for the {title}: {'; '.join(differing)}; the act on record counts"
    return (Finding(name="sources_disagree", detail=detail, act=act.id, source="VCLT 77-78"),)


def _can_be_one(one: When, other: When) -> bool:
    return earliest(one) <= latest(other) and earliest(other) <= latest(one)
