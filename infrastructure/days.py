"""How a day on the wire is read: ISO 8601, or EDTF level 1 with the bounds between which it lies.

The bounds of a month, a year, an unspecified part or an interval are those of the words themselves.
A mark of doubt (`?`, `~`, `%`) is about the whole text, so the `edtf` library's padding widens every
part that is named: an uncertain year by a year on either side, an uncertain month by a year and a
month, an uncertain day by a year, a month and a day, and twice that for `%`.
Such padding is reckoned here, as the library does and without its grammar, which takes milliseconds a text.
Too wide makes an answer merely possible, too narrow would make it certain and wrong.
A season has the whole year and the winter after it, since the hemispheres differ.
An open or unknown end of an interval reaches to the end of the calendar.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache
from time import struct_time
from typing import Any

from domain.dates import UncertainDay, When

ISO_DAY_LENGTH = len("YYYY-MM-DD")
LONGEST = len("YYYY-MM-DD?/YYYY-MM-DD?")

_DAY = r"\d{4}(-\d{2}){0,2}[?~%]?|\d{3}X|\d{2}XX|\d{4}-XX(-XX)?|\d{4}-\d{2}-XX"
_LEVEL_1 = re.compile(rf"({_DAY})|({_DAY}|\.\.)?/({_DAY}|\.\.)?", re.ASCII)
_MONTH_OR_YEAR = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)
_SEASON = re.compile(r"(\d{4})-2[1-4]", re.ASCII)
_DOUBTFUL = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?([?~%])", re.ASCII)
_DOUBT = "?~%"
_WIDTH = {"?": 1, "~": 1, "%": 2}
"""By how many years, months and days a mark of doubt widens those parts that are named."""

_NEAR_THE_ENDS = 10
"""Years at either end of the calendar, where the library is asked how doubt stops there."""


def read_day(text: str) -> When:
    """The day that the text means, certain or within bounds; raises `ValueError` that says why not."""
    if len(text) == ISO_DAY_LENGTH and text[4] == "-" and text[5] != "W" and text[:4].isascii():
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            if text[-1] != "X":
                raise ValueError(f"{text} is not a day of the calendar") from error
    return _uncertain(text)


@lru_cache(maxsize=65_536)
def _uncertain(text: str) -> UncertainDay:
    if (
        len(text) > LONGEST
        or _LEVEL_1.fullmatch(text) is None
        or text in {"/", "../..", "../", "/.."}
    ):
        raise ValueError("is neither a day, YYYY-MM-DD, nor an uncertain one in EDTF level 1")
    start, separator, end = text.partition("/")
    earliest = date.min if separator and start in {"", ".."} else _bounds(start)[0]
    latest = (
        date.max if separator and end in {"", ".."} else _bounds(end if separator else start)[1]
    )
    if latest < earliest:
        raise ValueError(f"{text} ends before it begins")
    return UncertainDay(edtf=text, earliest=earliest, latest=latest)


def _bounds(text: str) -> tuple[date, date]:
    if text.startswith("0000"):
        raise ValueError(f"{text} lies before the year 1")
    if plain := _MONTH_OR_YEAR.fullmatch(text):
        year, first, last = int(plain[1]), int(plain[2] or 1), int(plain[2] or 12)
        return date(year, first, 1), date(year, last, monthrange(year, last)[1])
    if season := _SEASON.fullmatch(text):
        year = int(season[1])
        return date(year, 1, 1), _within_calendar(year + 1, 2, 28)
    if doubtful := _DOUBTFUL.fullmatch(text):
        named, of_month, of_day, mark = doubtful.groups()
        if date.min.year + _NEAR_THE_ENDS < int(named) < date.max.year - _NEAR_THE_ENDS:
            lower, upper = (
                _bounds(text[:-1]) if of_day is None else (_certain(text), _certain(text))
            )
            months = _WIDTH[mark] * (12 if of_month is None else 13)
            days = timedelta(days=0 if of_day is None else _WIDTH[mark])
            return _months_on(lower, -months) - days, _months_on(upper, months) + days
    return _bounds_by_library(text)


def _certain(text: str) -> date:
    """The day that is named before the mark of doubt."""
    try:
        return date.fromisoformat(text[:-1])
    except ValueError as error:
        raise ValueError(f"{text} is not a day of the calendar") from error


def _months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _bounds_by_library(text: str) -> tuple[date, date]:
    doubtful = text[-1] in _DOUBT
    try:
        parsed = _grammar()(text)
        lower = parsed.lower_fuzzy() if doubtful else parsed.lower_strict()
        upper = parsed.upper_fuzzy() if doubtful else parsed.upper_strict()
        return _day(lower), _day(upper)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{text} is not a day of the calendar") from error


def _day(parts: struct_time) -> date:
    return _within_calendar(*parts[:3])


def _within_calendar(year: int, month: int, day: int) -> date:
    """The day, or the end of the calendar on that side; doubt may reach beyond it."""
    if year < date.min.year:
        return date.min
    return date.max if year > date.max.year else date(year, month, day)


@cache
def _grammar() -> Callable[[str], Any]:
    """The library's parser, with its refusals as ours; it takes a moment to load."""
    from edtf import EDTFParseException, parse_edtf  # noqa: PLC0415 (slow, and rarely needed)

    def parsed(text: str) -> Any:
        try:
            return parse_edtf(text)
        except EDTFParseException as error:
            raise ValueError(text) from error

    return parsed
