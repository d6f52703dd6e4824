"""When a treaty enters into force: which deposits met which requirements, counted how (VCLT 24)."""

from datetime import date
from typing import assert_never

from domain.acts import Act
from domain.clauses import (
    AllSignatories,
    Exchange,
    Fraction,
    Instruments,
    Members,
    Named,
    OptOut,
    ParentInForce,
    Requirement,
    Share,
)
from domain.clauses import (
    EntryIntoForce as EntryClause,
)
from domain.counting import count, described
from domain.dates import earliest, in_words
from domain.kinds import KINDS, Effect
from domain.requirements import Circumstances, Deposit, Reading, read_deposits
from domain.states import EntryIntoForce, Finding


def entry_into_force(around: Circumstances) -> EntryIntoForce:
    """The entry into force: stated if the depositary stated it, else computed, with the difference found."""
    clause = around.clauses.entry_into_force
    stated_trigger, stated, acts = _stated(around, clause)
    required = clause.all_of if clause else ()
    reading = read_deposits(
        around, required, stated_trigger, lambda day: _counted(around, clause, day)[0]
    )
    trigger = reading.met_on
    computed, counted = _counted(around, clause, trigger)
    if not required and around.clauses.opt_out is not None:
        trigger, computed, counted = _by_silence(around, around.clauses.opt_out)
    if stated is not None and computed is not None and stated < computed:
        trigger = None  # the deposits that met the conditions are not all on record
    met_on = stated_trigger or trigger
    if stated is None and stated_trigger is not None:
        stated, counted = _counted(around, clause, stated_trigger)
    return EntryIntoForce(
        on=stated or computed,
        condition_met_on=met_on,
        stated=stated,
        computed=computed,
        clause=clause.article if clause else None,
        rule=rule_in_words(clause) if clause else None,
        counted=counted if stated is None or stated == computed else _stated_words(stated, acts),
        because=tuple(each.act.id for each in _standing(around, met_on)) + acts,
        last=tuple(
            each.act.id for each in around.deposits if each.day == met_on and met_on is not None
        ),
        requirements=tuple(
            _explained(each, met_on or stated, reading.shown.get(index) if met_on else None)
            for index, each in enumerate(required)
        ),
        findings=(*_differences(clause, stated, computed), *_told_unmade(reading)),
        unmade=_unmade(around, clause, reading) if clause is not None and stated is None else (),
    )


def rule_in_words(clause: EntryClause) -> str:
    """The clause in words, `20 instruments; …; 60 days after`."""
    parts = [_in_words(each) for each in clause.all_of]
    if clause.not_before is not None:
        parts.append(
            f"not before {described(clause.not_before.period)} from the {clause.not_before.counted_from}"
        )
    if clause.fixed_day is not None:
        parts.append(f"not before {in_words(clause.fixed_day)}")
    parts.append(f"{described(clause.delay)} after" if clause.delay else "at once")
    return "; ".join(parts)


def _standing(around: Circumstances, on: date | None) -> list[Deposit]:
    return [] if on is None else [each for each in around.deposits if each.stands(on)]


def _counted(
    around: Circumstances, clause: EntryClause | None, trigger: date | None
) -> tuple[date | None, str | None]:
    if clause is None or trigger is None:
        return None, None
    day, words = trigger, f"conditions met on {in_words(trigger)}"
    if clause.fixed_day is not None and trigger <= clause.fixed_day:
        return clause.fixed_day, f"{words}, in time for {in_words(clause.fixed_day)}"
    if clause.delay is not None:
        counted = count(trigger, clause.delay, around.convention)
        day, words = counted.day, f"{words}: {counted.arithmetic}"
    earliest = _earliest(around, clause)
    if earliest is not None and earliest > day:
        return earliest, f"{words}; not before {in_words(earliest)}"
    return day, words


def _by_silence(
    around: Circumstances, clause: OptOut
) -> tuple[date | None, date | None, str | None]:
    """When the time for rejecting the amendment ends, and when it takes effect for all others (E12)."""
    notified = [
        act for act in around.treaty_acts if KINDS[act.kind].effect is Effect.AMENDMENT_NOTIFIED
    ]
    if not notified:
        return None, None, None
    day = notified[-1].on()
    deadline = count(day, clause.reject_within, around.convention)
    effect = count(day, clause.effective_after, around.convention)
    words = f"time for rejection: {deadline.arithmetic}; effect: {effect.arithmetic}"
    return deadline.day, effect.day, words


def _unmade(
    around: Circumstances, clause: EntryClause, reading: Reading
) -> tuple[EntryIntoForce, ...]:
    """What was foreseen of the entry into force, each time until an instrument was taken back."""
    found: list[EntryIntoForce] = []
    for met, gone in reading.unmade:
        day, counted = _counted(around, clause, met)
        found.append(
            EntryIntoForce(
                on=day,
                condition_met_on=met,
                clause=clause.article,
                rule=rule_in_words(clause),
                counted=counted,
                unmade_on=gone,
            )
        )
    return tuple(found)


def _told_unmade(reading: Reading) -> tuple[Finding, ...]:
    """Conditions that were met, and no longer before the treaty entered into force; the depositary decides."""
    return tuple(
        Finding(
            name="threshold_unmade",
            detail=f"the conditions met on {in_words(met)} were no longer met from {in_words(gone)}"
            " when an instrument was taken back; the depositary decides what follows",
            source="VCLT 24, 77(1)(d)",
        )
        for met, gone in reading.unmade
    )


def _earliest(around: Circumstances, clause: EntryClause) -> date | None:
    if clause.not_before is None:
        return None
    effect = (
        Effect.TREATY_OPENED
        if clause.not_before.counted_from == "opening"
        else Effect.TREATY_ADOPTED
    )
    starts = [act.on() for act in around.treaty_acts if KINDS[act.kind].effect is effect]
    if not starts and effect is Effect.TREATY_OPENED and around.clauses.signature is not None:
        starts = [day for day in [around.clauses.signature.opens] if day is not None]
    if not starts and effect is Effect.TREATY_ADOPTED and around.clauses.adoption is not None:
        starts = [around.clauses.adoption.on]
    return count(starts[0], clause.not_before.period, around.convention).day if starts else None


def _stated(
    around: Circumstances, clause: EntryClause | None
) -> tuple[date | None, date | None, tuple[str, ...]]:
    """The stated day of the conditions, the stated entry into force, and the acts that state them."""
    met = [
        act for act in around.treaty_acts if KINDS[act.kind].effect is Effect.TREATY_CONDITION_MET
    ]
    entered = [
        act for act in around.treaty_acts if KINDS[act.kind].effect is Effect.TREATY_IN_FORCE
    ]
    trigger = _day(met[-1], effective=False) if met else None
    day = _day(entered[-1], effective=True) if entered else None
    stated = clause.stated if clause else None
    if stated is not None and _could_be_known(stated.condition_met_on or stated.on, around.as_seen):
        trigger = trigger or (stated.condition_met_on if day is None or day == stated.on else None)
        day = day or stated.on
    return trigger, day, tuple(act.id for act in (*met[-1:], *entered[-1:]))


def _could_be_known(day: date, as_seen: date | None) -> bool:
    return as_seen is None or day <= as_seen


def _day(act: Act, *, effective: bool) -> date:
    return earliest(act.effective) if effective and act.effective is not None else act.on()


def _stated_words(stated: date, acts: tuple[str, ...]) -> str:
    by = "in an act on record" if acts else "in the definition of the treaty"
    return f"{in_words(stated)}, as the depositary stated it ({by})"


def _differences(
    clause: EntryClause | None, stated: date | None, computed: date | None
) -> tuple[Finding, ...]:
    """A stated day that comes after the deposits on record met the conditions is a difference to be looked at.

    One that comes before may only mean that deposits are missing from the record,
    and where all signatories count, a missing signatory makes the computed day too early.
    """
    if stated is None or computed is None or stated <= computed:
        return ()
    if clause is not None and any(isinstance(each, AllSignatories) for each in clause.all_of):
        return ()
    detail = (
        f"stated {stated.isoformat()}, computed from the deposits on record {computed.isoformat()}"
    )
    return (Finding(name="stated_differs_from_computed", detail=detail, source="VCLT 77(1)(f)"),)


def _in_words(requirement: Requirement) -> str:
    match requirement:
        case Instruments():
            among = f" by members of {requirement.among}" if requirement.among else ""
            plural = "s" if requirement.count != 1 else ""
            return f"{requirement.count} instrument{plural}{among}"
        case Named():
            return f"those of {', '.join(requirement.parties)} among them"
        case Members():
            number = requirement.at_least or "all"
            return f"{number} of the group {requirement.group} among them"
        case Share():
            least = "more than" if requirement.more_than else "at least"
            return f"{least} {requirement.percent} % of {requirement.weight}"
        case Fraction():
            return f"{requirement.numerator}/{requirement.denominator} of the parties to {requirement.of}"
        case AllSignatories():
            return "the instruments of all signatories"
        case ParentInForce():
            return f"{requirement.treaty} in force"
        case Exchange():
            return "exchange of the instruments of both sides"
        case _:
            assert_never(requirement)


def _explained(requirement: Requirement, on: date | None, first: date | None) -> str:
    words = _in_words(requirement)
    if on is None:
        return f"{words}: not met"
    if first is None:
        return f"{words}: not shown by the deposits on record"
    return f"{words}: met on {in_words(first)}"
