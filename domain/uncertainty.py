"""What follows when days are known only within bounds: which statuses are possible, and between which days it flips.

Courses that pass through the same statuses form one family: their boundaries move with the days,
so that a status is possible on every day between its earliest beginning and its latest end in the family.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from domain.dates import day_after, day_before
from domain.states import Course, Status
from domain.treaty import TreatyFold
from domain.trials import tried

Bounded = tuple[date | None, date | None]
"""The first and the last day that something can have been; None for never."""

Run = tuple[date, date | None, Status]
"""A stretch of one status, half-open, flags apart."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The courses that one party can have had, and whether they are all; the doubt begins on the day `first`."""

    courses: tuple[Course, ...]
    complete: bool
    first: date

    def possible(self, day: date) -> tuple[Status, ...]:
        """The statuses that are possible on the day, in the order of the statuses."""
        days, statuses = self._table
        return statuses[
            bisect_right(days, day) - 1
        ]  # every course begins with the first day there is

    def is_certain(self, day: date) -> bool:
        """Whether the status on the day is the same whatever the uncertain days were."""
        return (self.complete or day < self.first) and len(self.possible(day)) == 1

    def flips(self, day: date) -> tuple[date | None, date | None]:
        """The stretch of doubt around the day: its first day, and the first sure day after it."""
        at = bisect_right(self.marks, day)
        before, after = self.marks[:at], self.marks[at:]
        start = next((mark for mark in reversed(before) if self._sure(day_before(mark))), None)
        end = next((mark for mark in after if self._sure(mark)), None)
        return start, end

    def run(self, day: date, status: Status) -> tuple[Bounded, Bounded]:
        """Between which days the status that holds on the day began, and between which it ends."""
        starts: list[date] = []
        ends: list[date | None] = []
        for runs in self._beside:
            if runs[0][2] is status and _spanned(runs, day):
                starts.extend(min(start, day) for start, _, _ in runs)
                ends.extend(None if end is None else max(end, day_after(day)) for _, end, _ in runs)
        return _bounds(list(starts)), _bounds(ends)

    def periods(self) -> tuple[tuple[Bounded, Bounded], ...] | None:
        """Between which days each membership began and ended; None where even their number is in doubt."""
        if len({len(course.periods) for course in self.courses}) > 1:
            return None
        return tuple(
            (_bounds([each.start for each in same]), _bounds([each.end for each in same]))
            for same in zip(*(course.periods for course in self.courses), strict=True)
        )

    def _sure(self, day: date) -> bool:
        return len(self.possible(day)) == 1

    @cached_property
    def marks(self) -> tuple[date, ...]:
        """The days on which a span begins in one of the courses, in order."""
        return tuple(sorted({span.start for course in self.courses for span in course.spans}))

    @cached_property
    def _beside(self) -> Sequence[tuple[Run, ...]]:
        """The runs of the courses of each family, each beside its counterparts in the others."""
        families: dict[tuple[Status, ...], list[list[Run]]] = {}
        for course in self.courses:
            runs = _runs(course)
            families.setdefault(tuple(status for _, _, status in runs), []).append(runs)
        return [beside for family in families.values() for beside in zip(*family, strict=True)]

    @cached_property
    def _table(self) -> tuple[Sequence[date], Sequence[tuple[Status, ...]]]:
        """The days on which what is possible can change, and what is possible from each."""
        turns: dict[date, Counter[Status]] = {}
        for runs in self._beside:
            start, end = _widest(runs)
            turns.setdefault(start, Counter())[runs[0][2]] += 1
            if end is not None:
                turns.setdefault(end, Counter())[runs[0][2]] -= 1
        held, days = Counter[Status](), sorted(turns)
        statuses = []
        for day in days:
            held.update(turns[day])
            statuses.append(tuple(status for status in Status if held[status] > 0))
        return days, statuses


def envelope(fold: TreatyFold, party: str) -> Envelope | None:
    """The courses that the party can have had; None where every day that matters to it is certain."""
    if party not in fold.envelopes:
        found = tried(fold, party)
        fold.envelopes[party] = found and Envelope(
            courses=found.courses, complete=found.complete, first=found.first
        )
    known = fold.envelopes[party]
    assert known is None or isinstance(known, Envelope)  # only this function fills it
    return known


def _runs(course: Course) -> list[Run]:
    """The stretches of one status, flags apart."""
    runs: list[Run] = []
    for span in course.spans:
        if runs and runs[-1][2] is span.status:
            runs[-1] = (runs[-1][0], span.end, span.status)
        else:
            runs.append((span.start, span.end, span.status))
    return runs


def _widest(runs: Sequence[Run]) -> tuple[date, date | None]:
    """The earliest beginning and the latest end of the runs; None where one has no end."""
    ends = [end for _, end, _ in runs if end is not None]
    return min(start for start, _, _ in runs), max(ends) if len(ends) == len(runs) else None


def _spanned(runs: Sequence[Run], day: date) -> bool:
    """Whether the day lies between the earliest beginning and the latest end of the runs."""
    start, end = _widest(runs)
    return start <= day and (end is None or day < end)


def _bounds(days: Sequence[date | None]) -> Bounded:
    known = [day for day in days if day is not None]
    if not known:
        return None, None
    return min(known), None if len(known) < len(days) else max(known)
