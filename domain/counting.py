"""How depositaries count periods: to the nth day, after full expiry, to the same day number, to a first of month."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, assert_never

from domain.dates import in_words


class DayCounting(StrEnum):
    """How days are counted from the day of receipt, which itself is not counted."""

    NTH_DAY_FOLLOWING = "nth_day_following"
    AFTER_FULL_EXPIRY = "after_full_expiry"


class MonthCounting(StrEnum):
    """How months and years are counted."""

    SAME_DAY_NUMBER = "same_day_number"
    SAME_DAY_NUMBER_PLUS_ONE = "same_day_number_plus_one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One depositary's way of counting."""

    days: DayCounting = DayCounting.NTH_DAY_FOLLOWING
    months: MonthCounting = MonthCounting.SAME_DAY_NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of a final clause: `n` days, months or years, and what it is rounded up to.

    `first_of_month` is the first day of the month that follows the end of the period.
    `first_of_nth_month` is the first day of the nth month after the month of the start.
    `plus_one` overrides the depositary's convention: whether the period must have expired in full.
    """

    n: int
    unit: Literal["days", "months", "years"]
    then: Literal["same_day", "first_of_month", "first_of_nth_month"] = "same_day"
    plus_one: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A counted day, and the arithmetic in words."""

    day: date
    arithmetic: str


UNITED_NATIONS = Convention()
EXPIRED_MONTHS = Convention(months=MonthCounting.SAME_DAY_NUMBER_PLUS_ONE)

CONVENTIONS = {"COE": EXPIRED_MONTHS, "IBRD": EXPIRED_MONTHS, "PRT": EXPIRED_MONTHS}
"""Depositaries that count a month as over only on the following day.

Seen in their notifications: the Council of Europe, the World Bank, and Portugal for the Energy Charter.
All others count as the Secretary-General of the United Nations does.
"""


def convention_of(depositaries: tuple[str, ...]) -> Convention:
    """The convention of the first depositary that is known to have one of its own."""
    return next((CONVENTIONS[code] for code in depositaries if code in CONVENTIONS), UNITED_NATIONS)


def count(start: date, period: Period, convention: Convention) -> Counted:
    """The first day after the period, from the day on which it starts to run.

    A day that the calendar cannot hold (beyond the year 9999) is the last day of the calendar.
    """
    match period.then:
        case "first_of_nth_month":
            day = _month_later(start.replace(day=1), period.n)
            words = f"first day of the {ordinal(period.n)} month after that of {in_words(start)} = {in_words(day)}"
        case "first_of_month":
            end, reached = _end(start, period, plus_one=period.plus_one is True)
            day = _month_later(end.replace(day=1), 1)
            words = f"{reached}; first day of the following month = {in_words(day)}"
        case "same_day":
            plus_one = _counts_one_more(period, convention)
            day, words = _end(start, period, plus_one=plus_one)
        case _:
            assert_never(period.then)
    return Counted(day=day, arithmetic=words)


def described(period: Period) -> str:
    """The period in words, `60 days` or `the first day of the month after 3 months`."""
    span = f"{period.n} {period.unit[:-1] if period.n == 1 else period.unit}"
    match period.then:
        case "first_of_nth_month":
            return f"the first day of the {ordinal(period.n)} month"
        case "first_of_month":
            return f"the first day of the month after {span}"
        case "same_day":
            return span
        case _:
            assert_never(period.then)


def _counts_one_more(period: Period, convention: Convention) -> bool:
    if period.plus_one is not None:
        return period.plus_one
    if period.unit == "days":
        return convention.days is DayCounting.AFTER_FULL_EXPIRY
    return convention.months is MonthCounting.SAME_DAY_NUMBER_PLUS_ONE


def _end(start: date, period: Period, *, plus_one: bool) -> tuple[date, str]:
    reached = _later(start, period)
    words = f"{in_words(start)} + {described(Period(n=period.n, unit=period.unit))}"
    if period.unit != "days" and reached.day != start.day:
        words += f" (no {ordinal(start.day)} in that month: its last day, {in_words(reached)})"
    if plus_one:
        reached = _days_later(reached, 1)
        words += ", expired in full"
    return reached, f"{words} = {in_words(reached)}"


def ordinal(number: int) -> str:
    """The number as an ordinal, `1st`, `12th`, `31st`."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else last}"


def _later(start: date, period: Period) -> date:
    match period.unit:
        case "days":
            return _days_later(start, period.n)
        case "months":
            return _month_later(start, period.n)
        case "years":
            return _month_later(start, 12 * period.n)
        case _:
            assert_never(period.unit)


def _days_later(start: date, days: int) -> date:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return date.max


def _month_later(start: date, months: int) -> date:
    """The same day number, or the last day of a month that lacks it."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    return _clamped(year, month + 1, start.day)


def _clamped(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1
