"""What is known of days: certain ones, uncertain ones with their bounds, and half-open intervals."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainDay:
    """A day known only within bounds, as EDTF level 1 (ISO 8601-2) writes it.

    `earliest` and `latest` are inclusive.
    They are fixed when the act is recorded, so that no later reading of the text changes an answer.
    """

    edtf: str
    earliest: date
    latest: date


When: TypeAlias = date | UncertainDay
"""A day of the world, certain or not."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Days from `start`, inclusive, to `end`, exclusive; `end` is None while it lasts."""

    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies in the interval."""
        return self.start <= day and (self.end is None or day < self.end)


def earliest(when: When) -> date:
    """The first day on which it can have been."""
    return when if isinstance(when, date) else when.earliest


def latest(when: When) -> date:
    """The last day on which it can have been."""
    return when if isinstance(when, date) else when.latest


def is_certain(when: When | None) -> bool:
    """Whether the day is known exactly; an absent day is certain to be absent."""
    return when is None or isinstance(when, date) or when.earliest == when.latest


def written(when: When | None) -> str | None:
    """The day as it travels: ISO 8601, or the EDTF text of an uncertain one."""
    if when is None:
        return None
    return when.isoformat() if isinstance(when, date) else when.edtf


def day_before(day: date) -> date:
    """The last day before; the first day of the calendar has none and stands for itself."""
    return day if day == date.min else day - ONE_DAY


def day_after(day: date) -> date:
    """The first day after; the last day of the calendar has none and stands for itself."""
    return day if day == date.max else day + ONE_DAY


def in_words(day: date) -> str:
    """The day as a treaty lawyer writes it, `2 November 2001`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
