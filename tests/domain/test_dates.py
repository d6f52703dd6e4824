"""Certain and uncertain days, and half-open intervals."""

from datetime import date

import pytest

from domain.dates import (
    Interval,
    UncertainDay,
    day_after,
    day_before,
    earliest,
    in_words,
    is_certain,
    latest,
    written,
)

DAY = date(1992, 3, 24)
MONTH = UncertainDay(edtf="1992-03", earliest=date(1992, 3, 1), latest=date(1992, 3, 31))


def test_an_uncertain_day_has_a_first_and_a_last() -> None:
    assert (earliest(MONTH), latest(MONTH)) == (date(1992, 3, 1), date(1992, 3, 31))
    assert (earliest(DAY), latest(DAY)) == (DAY, DAY)


def test_a_day_is_certain_when_it_has_one_value_or_is_absent() -> None:
    assert [is_certain(each) for each in (None, DAY, MONTH)] == [True, True, False]
    assert is_certain(UncertainDay(edtf="1992-03-24?", earliest=DAY, latest=DAY))


def test_a_day_travels_as_it_was_written() -> None:
    assert [written(each) for each in (None, DAY, MONTH)] == [None, "1992-03-24", "1992-03"]


def test_the_ends_of_the_calendar_have_nothing_beyond() -> None:
    assert (day_before(date.min), day_after(date.max)) == (date.min, date.max)
    assert (day_before(DAY), day_after(DAY)) == (date(1992, 3, 23), date(1992, 3, 25))


def test_a_day_is_said_as_lawyers_write_it() -> None:
    assert in_words(date(2001, 11, 2)) == "2 November 2001"


@pytest.mark.parametrize(
    ("interval", "held"),
    [
        (Interval(DAY, date(1992, 3, 26)), [False, True, True, False]),
        (Interval(DAY), [False, True, True, True]),
    ],
)
def test_an_interval_holds_its_first_day_and_not_its_end(
    interval: Interval, held: list[bool]
) -> None:
    days = [date(1992, 3, number) for number in (23, 24, 25, 26)]

    assert [interval.holds(each) for each in days] == held
