"""The courses that follow from acts whose days are known only within bounds, by trying the days.

Every day is tried where they are few.
Else an uncertain day is tried at its bounds, wherever it or what follows from it passes another day that counts,
and between two days with courses of another form until they are neighbours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, pairwise, product
from math import prod
from typing import TypeAlias

from domain.acts import Act
from domain.clauses import AllSignatories, Fraction, ParentInForce
from domain.dates import ONE_DAY, UncertainDay, day_after, day_before, earliest, is_certain
from domain.dossier import Dossier, order
from domain.kinds import KINDS, Effect
from domain.states import Course, Status
from domain.treaty import TreatyFold

DATES = ("dated", "received", "notified", "effective", "claimed_effective")
ALL_TRIALS = 40
"""Up to how many combinations of days all are tried; beyond it only those at which something can change."""
MOST_TRIALS = 256
"""How many combinations of days are tried at most; beyond it nothing is called certain once the doubt has begun."""
FEW_TRIALS = 48
"""How many are tried where they are more than that; the answer is only possible then, whatever they show."""
MONTHS_DIFFER = timedelta(days=3)
"""By how many days months differ: what is counted in months passes another day somewhere within them."""

Place: TypeAlias = tuple[str, str]
"""An act by id, and one of its dates."""

Days: TypeAlias = Mapping[Place, date]
"""The day tried for each uncertain date."""

Range: TypeAlias = tuple[date, date]
"""The first and the last day on which an uncertain date can have been; open bounds are those of the calendar."""

DEPOSITS = frozenset(
    {
        Effect.CONSENT,
        Effect.CONSENT_WITHDRAWN,
        Effect.SUCCESSION,
        Effect.EXTINCTION,
        Effect.REJECTION,
    }
)
"""Effects of the acts that count towards the entry into force of the treaty, whoever does them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The courses found, whether they are all that the days allow, and the day on which the doubt begins."""

    courses: tuple[Course, ...]
    complete: bool
    first: date


def tried(fold: TreatyFold, party: str) -> Tried | None:
    """The courses that the party can have had; None where every day that bears on it is certain."""
    doubtful = [act for act in _bearing(fold, party) if _is_doubtful(act)]
    if not doubtful:
        return None
    bounds = {
        (act.id, name): (when.earliest, when.latest)
        for act in doubtful
        for name in DATES
        if isinstance(when := getattr(act, name), UncertainDay) and not is_certain(when)
    }
    trial = _Trial(fold, party, doubtful)
    if prod((last - first).days + 1 for first, last in bounds.values()) > ALL_TRIALS:
        axes = trial.telling_days(bounds)
    else:
        axes = [_every_day(first, last) for first, last in bounds.values()]
    complete = prod(len(each) for each in axes) <= MOST_TRIALS
    if not complete:
        each = max(2, int(FEW_TRIALS ** (1 / len(axes))))
        axes = [_spread(axis, each) for axis in axes]
    combinations = list(islice(product(*axes), MOST_TRIALS if complete else FEW_TRIALS))
    courses = [trial.course(dict(zip(bounds, days, strict=True))) for days in combinations]
    begins = min(first for first, _ in bounds.values())
    return Tried(courses=tuple(courses), complete=complete, first=begins)


# --- which acts bear on the party ---


def _is_doubtful(act: Act) -> bool:
    moves = KINDS[act.kind].effect is not Effect.NONE or act.kind == "reservation"
    return moves and any(not is_certain(getattr(act, name)) for name in DATES)


def _bearing(fold: TreatyFold, party: str) -> Iterator[Act]:
    """The acts on which the course of the party can depend, each once."""
    found = (*_near(fold, party), *_far(fold, party), *_of_related(fold, party))
    yield from {id(act): act for act in found}.values()


def _near(fold: TreatyFold, party: str) -> Iterator[Act]:
    """The acts of the pair, of those that it succeeds or faces, and those of the treaty itself."""
    asked, asking = set[str](), [party]
    if party in fold.dossier.now.bilateral:
        asking.extend(fold.dossier.now.bilateral)
    while asking:
        one = asking.pop()
        if one in asked:
            continue
        asked.add(one)
        acts = fold.acts(one) or fold.acts(fold.register.continued_by(one) or one)
        yield from acts
        asking.extend(act.predecessor for act in acts if act.predecessor is not None)
    yield from fold.dossier.by_party.get(None, ())
    yield from fold.dossier.by_effect.get(Effect.TREATY_ENDED, ())


def _far(fold: TreatyFold, party: str) -> Iterator[Act]:
    """The acts of others that count towards what happens to all."""
    if not _is_apart(fold):
        yield from (act for act in fold.dossier.acts if act.party not in (None, party))
    else:
        yield from _towards_entry(fold)


def _is_apart(fold: TreatyFold) -> bool:
    """Whether the course of a party depends on no more of the others than when the treaty enters into force."""
    clauses = fold.dossier.now
    follow = clauses.withdrawal is not None and clauses.withdrawal.follow_within is not None
    few = clauses.duration is not None and clauses.duration.minimum_parties is not None
    barred = clauses.reservations is not None and clauses.reservations.barred_by_share is not None
    return not (follow or few or barred)


def _towards_entry(fold: TreatyFold) -> Iterator[Act]:
    """The acts that count towards the entry into force, where the depositary has not stated it."""
    clause = fold.dossier.now.entry_into_force
    entry = fold.entry()
    if clause is None or not clause.all_of or (entry.stated and not _is_met_by_deposits(fold)):
        return
    signatures = any(isinstance(each, AllSignatories) for each in clause.all_of)
    for act in fold.dossier.acts:
        effect = KINDS[act.kind].effect
        if effect in DEPOSITS or (signatures and effect is Effect.SIGNATURE):
            yield act


def _is_met_by_deposits(fold: TreatyFold) -> bool:
    """Whether the day of the conditions was counted, and not stated with the entry into force."""
    stated = {Effect.TREATY_CONDITION_MET} & fold.dossier.by_effect.keys()
    clause = fold.dossier.now.entry_into_force
    return not stated and not (clause and clause.stated and clause.stated.condition_met_on)


def _of_related(fold: TreatyFold, party: str) -> Iterator[Act]:
    """The acts under other treaties on which this one depends."""
    clauses = fold.dossier.now
    leaving = clauses.withdrawal
    for treaty in (*leaving.with_parent, *leaving.by_revising) if leaving is not None else ():
        if treaty in fold.related:
            yield from _bearing(fold.related[treaty], party)
    for requirement in clauses.entry_into_force.all_of if clauses.entry_into_force else ():
        if isinstance(requirement, ParentInForce) and requirement.treaty in fold.related:
            parent = fold.related[requirement.treaty]
            yield from (*_towards_entry(parent), *parent.dossier.by_party.get(None, ()))
        elif isinstance(requirement, Fraction) and requirement.of in fold.related:
            yield from fold.related[requirement.of].dossier.acts


# --- the courses ---


class _Trial:
    """Folds the dossier anew with certain days in the place of uncertain ones."""

    def __init__(self, fold: TreatyFold, party: str, doubtful: Sequence[Act]) -> None:
        self.fold = fold
        self.party = party
        entering = {act.id for act in _bearing_on_entry(fold)}
        self._keeps_entry = _is_apart(fold) and not any(
            act.treaty != fold.dossier.treaty or act.id in entering for act in doubtful
        )
        self._acts = (
            tuple({id(act): act for act in _near(fold, party)}.values())
            if self._keeps_entry
            else fold.dossier.acts
        )
        self._elsewhere = {
            name
            for name, other in fold.related.items()
            if any(act.treaty == other.dossier.treaty for act in doubtful)
        }

    def course(self, days: Days) -> Course:
        """The course of the party on these days."""
        related = {
            name: self._folded(each, each.dossier.acts, days, each.related)
            if name in self._elsewhere
            else each
            for name, each in self.fold.related.items()
        }
        fold = self._folded(self.fold, self._acts, days, related)
        if self._keeps_entry:
            vars(fold)["_entry"] = self.fold.entry()
        return fold.course(self.party)

    def _folded(
        self, fold: TreatyFold, acts: Iterable[Act], days: Days, related: Mapping[str, TreatyFold]
    ) -> TreatyFold:
        certain = [_with(act, days) for act in acts]
        seen = fold.dossier.as_seen
        dossier = Dossier(
            treaty=fold.dossier.treaty,
            acts=tuple(sorted((act for act in certain if _known(act, seen)), key=order)),
            definitions=fold.dossier.definitions,
            void=fold.dossier.void,
            removed=fold.dossier.removed,
            as_seen=seen,
        )
        known = {"_clauses": fold.dossier._clauses, "now": fold.dossier.now}  # noqa: SLF001
        vars(dossier).update(known, convention=fold.dossier.convention)
        return TreatyFold(dossier, fold.register, related)

    def telling_days(self, ranges: Mapping[Place, Range]) -> Sequence[Sequence[date]]:
        """For each uncertain date the days at which something can change, if they can all be tried; else a few."""
        first = {place: earliest_day for place, (earliest_day, _) in ranges.items()}
        last = {place: latest_day for place, (_, latest_day) in ranges.items()}
        bounds = [self.course(first), self.course(last)]
        marks = _marks(self.fold, bounds, ranges)
        axes = {
            place: _passing(marks, _lags(place, bounds, days), days)
            for place, days in ranges.items()
        }
        if prod(len(each) for each in axes.values()) > MOST_TRIALS:
            return list(axes.values())
        for place, axis in axes.items():
            for others in (first, last):
                axes[place] = sorted({*axes[place], *self._between(place, axis, others)})
        return list(axes.values())

    def _between(self, place: Place, days: Sequence[date], others: Days) -> set[date]:
        """The days at which the form of the course changes, between days at which it differs."""
        forms = {day: _form(self.course({**others, place: day})) for day in days}
        open_gaps = [(one, two) for one, two in pairwise(days) if forms[one] != forms[two]]
        found: set[date] = set()
        while open_gaps and len(found) < MOST_TRIALS:
            one, two = open_gaps.pop()
            if two - one <= ONE_DAY:
                continue
            middle = one + (two - one) // 2
            forms[middle] = _form(self.course({**others, place: middle}))
            found.add(middle)
            open_gaps.extend(
                gap for gap in ((one, middle), (middle, two)) if forms[gap[0]] != forms[gap[1]]
            )
        return found


def _passing(marks: Iterable[date], lags: Iterable[timedelta], days: Range) -> Sequence[date]:
    """The bounds, and the days at which the uncertain day, or what follows from it, passes another that counts."""
    first, last = days
    found, reach = {first, last}, MONTHS_DIFFER.days
    for mark in marks:
        found.update(_around(mark, 1))
        for lag in lags:
            passed = (
                mark.toordinal() - lag.days
            )  # which may lie beyond the calendar, where bounds are open
            if first.toordinal() - reach <= passed <= last.toordinal() + reach:
                inside = min(max(passed, date.min.toordinal()), date.max.toordinal())
                found.update(_around(date.fromordinal(inside), reach))
    return sorted(each for each in found if first <= each <= last)


def _spread(days: Sequence[date], most: int) -> Sequence[date]:
    """At most so many of the days, the bounds among them."""
    steps = min(most, len(days)) - 1
    return [days[round(each * (len(days) - 1) / steps)] for each in range(steps + 1)]


def _bearing_on_entry(fold: TreatyFold) -> Sequence[Act]:
    entering = [
        act
        for act in fold.dossier.by_party.get(None, ())
        if KINDS[act.kind].effect is not Effect.NONE
    ]
    return [*_towards_entry(fold), *entering]


def _form(course: Course) -> tuple[Status, ...]:
    return tuple(span.status for span in course.spans)


def _marks(fold: TreatyFold, courses: Iterable[Course], ranges: Mapping[Place, Range]) -> set[date]:
    """The days that count: those of the certain acts, of the treaty, of the courses, and the bounds of the others."""
    entry = fold.entry()
    marks = {day for day in (entry.on, entry.condition_met_on) if day is not None}
    for days in ranges.values():
        marks.update(days)
    for course in courses:
        marks.update(span.start for span in course.spans)
        for outcome in course.outcomes:
            given = (getattr(outcome.act, name) for name in DATES)
            marks.update(earliest(day) for day in given if day is not None)
            marks.update(move.on for move in outcome.moves)
    return marks - {date.min, date.max}


def _lags(place: Place, courses: Sequence[Course], tried_on: tuple[date, date]) -> set[timedelta]:
    """How long after the uncertain day what follows from its act takes effect."""
    return {
        move.on - day
        for course, day in zip(courses, tried_on, strict=True)
        for outcome in course.outcomes
        if outcome.act.id == place[0]
        for move in outcome.moves
        if move.on != day
    }


def _around(day: date, reach: int) -> Iterator[date]:
    before = after = day
    yield day
    for _ in range(reach):
        before, after = day_before(before), day_after(after)
        yield from (before, after)


def _every_day(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def _with(act: Act, days: Days) -> Act:
    """The act with certain days in the place of uncertain ones."""
    chosen = {name: days[act.id, name] for name in DATES if (act.id, name) in days}
    return replace(act, **chosen) if chosen else act  # type: ignore[arg-type]  # its dates alone


def _known(act: Act, as_seen: date | None) -> bool:
    known = act.known_from()
    return as_seen is None or known is None or earliest(known) <= as_seen
