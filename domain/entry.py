"""When a treaty enters into force: which deposits met which requirements, counted how (VCLT 24)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.acts import Act
from domain.clauses import (
    AllSignatories,
    Clauses,
    Exchange,
    Fraction,
    Instruments,
    Members,
    Named,
    ParentInForce,
    Requirement,
    Share,
)
from domain.clauses import (
    EntryIntoForce as EntryClause,
)
from domain.counting import Convention, count, described
from domain.dates import earliest, in_words
from domain.kinds import KINDS, Effect
from domain.states import EntryIntoForce, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """An instrument that counts towards entry into force, from `day` until it is `withdrawn`."""

    party: str
    act: Act
    day: date
    withdrawn: date | None = None

    def stands(self, on: date) -> bool:
        """Whether it counts on the day."""
        return self.day <= on and (self.withdrawn is None or on < self.withdrawn)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the requirements are held against.

    `persons` gives all codes of one legal person, `parent_in_force` the day another treaty entered into force,
    `parties_of` the number of parties to another treaty on a day.
    """

    clauses: Clauses
    convention: Convention
    deposits: Sequence[Deposit]
    signatories: Mapping[str, date]
    treaty_acts: Sequence[Act]
    as_seen: date | None
    persons: Callable[[str], tuple[str, ...]]
    parent_in_force: Callable[[str], date | None]
    parties_of: Callable[[str, date], int]


def entry_into_force(around: Circumstances) -> EntryIntoForce:
    """The entry into force: stated if the depositary stated it, else computed, with the difference found."""
    clause = around.clauses.entry_into_force
    trigger = _condition_met(around, clause)
    stated_trigger, stated, acts = _stated(around, clause)
    met_on = stated_trigger or trigger
    computed, counted = _counted(around, clause, trigger)
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
            _explained(around, each, met_on) for each in (clause.all_of if clause else ())
        ),
        findings=_differences(clause, stated, computed),
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


def _condition_met(around: Circumstances, clause: EntryClause | None) -> date | None:
    if clause is None or not clause.all_of:
        return None
    days = {each.day for each in around.deposits}
    for requirement in clause.all_of:
        if isinstance(requirement, ParentInForce):
            days.update(filter(None, [around.parent_in_force(requirement.treaty)]))
    for day in sorted(days):
        standing = _standing(around, day)
        if all(_met(around, requirement, standing, day) for requirement in clause.all_of):
            return day
    return None


def _met(
    around: Circumstances, requirement: Requirement, standing: Sequence[Deposit], day: date
) -> bool:
    given = {each.party for each in standing}
    match requirement:
        case Instruments():
            return len(_counting(around, requirement, standing)) >= requirement.count
        case Named():
            return all(_has(around, given, party) for party in requirement.parties)
        case Members():
            members = around.clauses.groups[requirement.group].parties
            needed = requirement.at_least or len(members)
            return sum(_has(around, given, party) for party in members) >= needed
        case Share():
            share, needed_share = _share(around, requirement, given), Decimal(requirement.percent)
            return share > needed_share if requirement.more_than else share >= needed_share
        case Fraction():
            return len(given) >= _needed(around, requirement, day)
        case AllSignatories():
            signed = {party for party, signed_on in around.signatories.items() if signed_on <= day}
            return bool(signed) and all(_has(around, given, party) for party in signed)
        case ParentInForce():
            parent = around.parent_in_force(requirement.treaty)
            return parent is not None and parent <= day
        case Exchange():
            return all(_has(around, given, party) for party in around.clauses.bilateral)


def _counting(
    around: Circumstances, requirement: Instruments, standing: Sequence[Deposit]
) -> set[str]:
    members = around.clauses.groups[requirement.among].parties if requirement.among else None
    return {
        each.party
        for each in standing
        if each.party not in requirement.not_counted
        and (not requirement.kinds or each.act.kind in requirement.kinds)
        and (members is None or each.party in members)
    }


def _has(around: Circumstances, given: set[str], party: str) -> bool:
    return any(
        each == party or party in around.persons(each) or each in around.persons(party)
        for each in given
    )


def _share(around: Circumstances, requirement: Share, given: set[str]) -> Decimal:
    weight = around.clauses.weights[requirement.weight]
    held = sum(
        (Decimal(share) for party, share in weight.shares.items() if _has(around, given, party)),
        Decimal(),
    )
    return 100 * held / Decimal(weight.total)


def _needed(around: Circumstances, requirement: Fraction, day: date) -> int:
    adopted = [
        act.on() for act in around.treaty_acts if KINDS[act.kind].effect is Effect.TREATY_ADOPTED
    ]
    counted_on = adopted[0] if requirement.counted == "adoption" and adopted else day
    body = around.parties_of(requirement.of, counted_on)
    if body == 0:
        return requirement.at_least or 10**6  # nobody to count: the requirement cannot be met
    return max(
        requirement.at_least or 0, -(-requirement.numerator * body // requirement.denominator)
    )


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
            return f"{requirement.count} instruments{among}"
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


def _explained(around: Circumstances, requirement: Requirement, on: date | None) -> str:
    words = _in_words(requirement)
    if on is None:
        return f"{words}: not met"
    standing = _standing(around, on)
    if not _met(around, requirement, standing, on):
        return f"{words}: not shown by the deposits on record"
    return f"{words}: met on {in_words(_first_met(around, requirement, on))}"


def _first_met(around: Circumstances, requirement: Requirement, on: date) -> date:
    days = sorted({each.day for each in around.deposits if each.day <= on} | {on})
    return next(day for day in days if _met(around, requirement, _standing(around, day), day))
