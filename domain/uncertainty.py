"""What follows when days are known only within bounds: which statuses are possible, and between which days it flips.

Courses that pass through the same statuses form one family: their boundaries move with the days,
so that a status is possible on every day between its earliest beginning and its latest end in the family.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
        found = {status for family in self._families.values() for status in _possible(family, day)}
        return tuple(status for status in Status if status in found)

    def is_certain(self, day: date) -> bool:
        """Whether the status on the day is the same whatever the uncertain days were."""
        return (self.complete or day < self.first) and len(self.possible(day)) == 1

    def flips(self, day: date) -> tuple[date | None, date | None]:
        """The stretch of doubt around the day: its first day, and the first sure day after it."""
        marks = sorted({span.start for course in self.courses for span in course.spans})
        before = [mark for mark in marks if mark <= day]
        after = [mark for mark in marks if mark > day]
        start = next((mark for mark in reversed(before) if self._sure(day_before(mark))), None)
        end = next((mark for mark in after if self._sure(mark)), None)
        return start, end

    def run(self, day: date, status: Status) -> tuple[Bounded, Bounded]:
        """Between which days the status that holds on the day began, and between which it ends."""
        starts: list[date] = []
        ends: list[date | None] = []
        for family in self._families.values():
            for runs in _side_by_side(family):
                if runs[0][2] is status and _spanned(runs, day):
                    starts.extend(min(start, day) for start, _, _ in runs)
                    ends.extend(
                        None if end is None else max(end, day_after(day)) for _, end, _ in runs
                    )
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

    @property
    def _families(self) -> Mapping[tuple[Status, ...], list[Course]]:
        families: dict[tuple[Status, ...], list[Course]] = {}
        for course in self.courses:
            families.setdefault(tuple(status for _, _, status in _runs(course)), []).append(course)
        return families


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


def _side_by_side(family: Sequence[Course]) -> Iterable[tuple[Run, ...]]:
    """The runs of the courses of one family, each beside its counterparts in the others."""
    return zip(*(_runs(course) for course in family), strict=True)


def _possible(family: Sequence[Course], day: date) -> Iterable[Status]:
    return (runs[0][2] for runs in _side_by_side(family) if _spanned(runs, day))


def _spanned(runs: Sequence[Run], day: date) -> bool:
    """Whether the day lies between the earliest beginning and the latest end of the runs."""
    ends = [end for _, end, _ in runs if end is not None]
    return min(start for start, _, _ in runs) <= day and (len(ends) < len(runs) or day < max(ends))


def _bounds(days: Sequence[date | None]) -> Bounded:
    known = [day for day in days if day is not None]
    if not known:
        return None, None
    return min(known), None if len(known) < len(days) else max(known)
