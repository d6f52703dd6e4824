"""Counting as depositaries do it, with the days that were seen in their notifications."""

from datetime import date
from typing import Any

import pytest

from domain.counting import (
    EXPIRED_MONTHS,
    UNITED_NATIONS,
    Convention,
    DayCounting,
    Period,
    convention_of,
    count,
    described,
    ordinal,
)

FULL_DAYS = Convention(days=DayCounting.AFTER_FULL_EXPIRY)

SEEN: list[tuple[str, Convention, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "60 days, Open Skies",
        UNITED_NATIONS,
        {"n": 60, "unit": "days"},
        [("2001-11-02", "2002-01-01"), ("2002-12-12", "2003-02-10"), ("2004-11-02", "2005-01-01")],
    ),
    (
        "30th day, Paris",
        UNITED_NATIONS,
        {"n": 30, "unit": "days"},
        [("2016-10-05", "2016-11-04"), ("2021-01-20", "2021-02-19")],
    ),
    ("90th day, Kyoto", UNITED_NATIONS, {"n": 90, "unit": "days"}, [("2004-11-18", "2005-02-16")]),
    ("180 days, CWC", UNITED_NATIONS, {"n": 180, "unit": "days"}, [("1996-10-31", "1997-04-29")]),
    (
        "150 days in full, CFE",
        UNITED_NATIONS,
        {"n": 150, "unit": "days", "plus_one": True},
        [("2023-06-09", "2023-11-07")],
    ),
    (
        "150 days by a depositary that counts full days",
        FULL_DAYS,
        {"n": 150, "unit": "days"},
        [("2023-06-09", "2023-11-07")],
    ),
    (
        "60 days, Energy Charter",
        EXPIRED_MONTHS,
        {"n": 60, "unit": "days"},
        [("2009-08-20", "2009-10-19")],
    ),
    (
        "six months, Ottawa",
        UNITED_NATIONS,
        {"n": 6, "unit": "months"},
        [("2025-06-27", "2025-12-27"), ("2025-07-10", "2026-01-10"), ("2025-08-20", "2026-02-20")],
    ),
    (
        "six months, ICSID",
        EXPIRED_MONTHS,
        {"n": 6, "unit": "months"},
        [("2007-05-02", "2007-11-03"), ("2009-07-06", "2010-01-07"), ("2012-01-24", "2012-07-25")],
    ),
    (
        "six months, European Convention",
        EXPIRED_MONTHS,
        {"n": 6, "unit": "months"},
        [("1969-12-12", "1970-06-13")],
    ),
    (
        "three months, children born out of wedlock",
        EXPIRED_MONTHS,
        {"n": 3, "unit": "months"},
        [
            ("2011-09-09", "2011-12-10"),
            ("1981-02-24", "1981-05-25"),
            ("1992-11-30", "1993-03-01"),
            ("2002-11-29", "2003-03-01"),
        ],
    ),
    (
        "one year, Energy Charter",
        EXPIRED_MONTHS,
        {"n": 1, "unit": "years"},
        [("2022-12-07", "2023-12-08"), ("2023-06-16", "2024-06-17"), ("2014-12-31", "2016-01-01")],
    ),
    (
        "one year, Rome, Kyoto, Paris",
        UNITED_NATIONS,
        {"n": 1, "unit": "years"},
        [("2016-10-27", "2017-10-27"), ("2011-12-15", "2012-12-15"), ("2025-01-27", "2026-01-27")],
    ),
    (
        "first of the month after the 60th day, Rome",
        UNITED_NATIONS,
        {"n": 60, "unit": "days", "then": "first_of_month"},
        [("2023-11-14", "2024-02-01"), ("2024-10-25", "2025-01-01"), ("2015-01-02", "2015-04-01")],
    ),
    (
        "first of the 6th month after, Ottawa",
        UNITED_NATIONS,
        {"n": 6, "unit": "months", "then": "first_of_nth_month"},
        [("1998-09-16", "1999-03-01"), ("2012-12-27", "2013-06-01")],
    ),
    (
        "first of the month after three months, Istanbul",
        EXPIRED_MONTHS,
        {"n": 3, "unit": "months", "then": "first_of_month"},
        [("2021-03-22", "2021-07-01"), ("2024-01-10", "2024-05-01")],
    ),
    (
        "first of the month after three full months",
        UNITED_NATIONS,
        {"n": 3, "unit": "months", "then": "first_of_month", "plus_one": True},
        [("2021-03-31", "2021-08-01"), ("2021-03-30", "2021-08-01"), ("2021-03-29", "2021-07-01")],
    ),
    (
        "a month that is counted exactly where others count one more",
        EXPIRED_MONTHS,
        {"n": 1, "unit": "months", "plus_one": False},
        [("2021-01-15", "2021-02-15")],
    ),
    (
        "month ends and leap days",
        UNITED_NATIONS,
        {"n": 1, "unit": "months"},
        [
            ("2024-01-31", "2024-02-29"),
            ("2023-01-31", "2023-02-28"),
            ("2023-01-28", "2023-02-28"),
            ("2023-12-31", "2024-01-31"),
        ],
    ),
    (
        "a year from a leap day",
        UNITED_NATIONS,
        {"n": 1, "unit": "years"},
        [("2024-02-29", "2025-02-28")],
    ),
    (
        "four years from a leap day",
        UNITED_NATIONS,
        {"n": 4, "unit": "years"},
        [("2024-02-29", "2028-02-29")],
    ),
    (
        "beyond the calendar by days",
        UNITED_NATIONS,
        {"n": 40, "unit": "days"},
        [("9999-12-01", "9999-12-31")],
    ),
    (
        "beyond the calendar by months",
        UNITED_NATIONS,
        {"n": 1, "unit": "months"},
        [("9999-12-01", "9999-12-31"), ("9999-11-01", "9999-12-01")],
    ),
    (
        "beyond the calendar in full",
        EXPIRED_MONTHS,
        {"n": 1, "unit": "months"},
        [("9999-12-01", "9999-12-31")],
    ),
    (
        "the first year of the calendar",
        UNITED_NATIONS,
        {"n": 12, "unit": "months"},
        [("0001-01-01", "0002-01-01")],
    ),
]


@pytest.mark.parametrize(
    ("convention", "period", "start", "end"),
    [
        pytest.param(convention, period, start, end, id=f"{name}: {start}")
        for name, convention, period, pairs in SEEN
        for start, end in pairs
    ],
)
def test_a_period_ends_on_the_day_that_the_depositary_told(
    convention: Convention, period: dict[str, Any], start: str, end: str
) -> None:
    counted = count(date.fromisoformat(start), Period(**period), convention)

    assert counted.day == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("period", "convention", "words"),
    [
        (Period(n=60, unit="days"), UNITED_NATIONS, "2 November 2001 + 60 days = 1 January 2002"),
        (Period(n=1, unit="days"), UNITED_NATIONS, "2 November 2001 + 1 day = 3 November 2001"),
        (
            Period(n=6, unit="months"),
            EXPIRED_MONTHS,
            "2 November 2001 + 6 months, expired in full = 3 May 2002",
        ),
        (
            Period(n=60, unit="days", then="first_of_month"),
            UNITED_NATIONS,
            "2 November 2001 + 60 days = 1 January 2002; first day of the following month = 1 February 2002",
        ),
        (
            Period(n=6, unit="months", then="first_of_nth_month"),
            UNITED_NATIONS,
            "first day of the 6th month after that of 2 November 2001 = 1 May 2002",
        ),
    ],
)
def test_the_arithmetic_is_told_in_words(
    period: Period, convention: Convention, words: str
) -> None:
    assert count(date(2001, 11, 2), period, convention).arithmetic == words


def test_a_day_that_the_month_lacks_is_told() -> None:
    counted = count(date(1992, 11, 30), Period(n=3, unit="months"), UNITED_NATIONS)

    assert counted.arithmetic == (
        "30 November 1992 + 3 months (no 30th in that month: its last day, 28 February 1993)"
        " = 28 February 1993"
    )


@pytest.mark.parametrize(
    ("depositaries", "convention"),
    [
        (("UN",), UNITED_NATIONS),
        ((), UNITED_NATIONS),
        (("COE",), EXPIRED_MONTHS),
        (("IBRD",), EXPIRED_MONTHS),
        (("CAN", "PRT"), EXPIRED_MONTHS),
    ],
)
def test_a_depositary_has_its_own_way_of_counting(
    depositaries: tuple[str, ...], convention: Convention
) -> None:
    assert convention_of(depositaries) == convention


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(n=1, unit="years"), "1 year"),
        (Period(n=60, unit="days"), "60 days"),
        (
            Period(n=3, unit="months", then="first_of_month"),
            "the first day of the month after 3 months",
        ),
        (
            Period(n=6, unit="months", then="first_of_nth_month"),
            "the first day of the 6th month",
        ),
    ],
)
def test_a_period_is_described(period: Period, words: str) -> None:
    assert described(period) == words


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (date(2025, 8, 31), "no 31st in that month"),
        (date(2025, 8, 30), "no 30th in that month"),
        (date(2025, 8, 29), "no 29th in that month"),
    ],
)
def test_the_day_that_a_month_lacks_has_its_ordinal(start: date, words: str) -> None:
    assert words in count(start, Period(n=6, unit="months"), UNITED_NATIONS).arithmetic


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (22, "22nd"),
        (101, "101st"),
        (111, "111th"),
    ],
)
def test_a_number_is_told_as_an_ordinal(number: int, words: str) -> None:
    assert ordinal(number) == words
