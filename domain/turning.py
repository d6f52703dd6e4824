"""The days on which what is said of a party can change; from one to the next only the day itself differs."""

from collections.abc import Iterator
from datetime import date

from domain import reserved
from domain.dates import earliest
from domain.states import Course, Outcome, TreatyEnd
from domain.treaty import TreatyFold
from domain.uncertainty import envelope


def turning_days(
    fold: TreatyFold, party: str, towards: str | None = None
) -> tuple[date, ...] | None:
    """The days in order, the first of the calendar among them; None where days in doubt make every day its own.

    Some of the days may turn nothing; no other day turns anything.
    """
    if envelope(fold, party) is not None:
        return None
    days = {date.min, *_of_course(fold.course(party)), *_of_party(fold, party)}
    for end in fold.expected_ends:
        days.update(_of_end(end))
    if towards is not None:
        days.update(_of_course(fold.course(towards)))
        days.update(reserved.turning_days(fold, party, towards))
    return tuple(sorted(days))


def _of_party(fold: TreatyFold, party: str) -> Iterator[date]:
    for act in fold.acts(party):
        yield act.on()
        yield from _known(earliest(act.effective) if act.effective is not None else None)
    for name in fold.register.get(party).names:
        yield from _known(name.start, name.end)
    for _, given, effect in fold.other_side_exits(party):
        yield from (given, effect)


def _of_course(course: Course) -> Iterator[date]:
    for span in course.spans:
        yield span.start
    for outcome in (*course.outcomes, *course.by_operation):
        yield from _of_outcome(outcome)
    for relation in course.relations:
        yield from _known(relation.start, relation.end)


def _of_outcome(outcome: Outcome) -> Iterator[date]:
    yield outcome.act.on()
    yield from _known(outcome.undone_on)
    for move in outcome.moves:
        yield from _known(move.on, move.known_from, move.known_until)


def _of_end(end: TreatyEnd) -> Iterator[date]:
    yield from _known(end.on, end.known_from, end.known_until)


def _known(*days: date | None) -> Iterator[date]:
    yield from (day for day in days if day is not None)
