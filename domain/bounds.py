"""The three bounds of a question: whose law on which day, known by when, recorded by when."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record from which an answer is given: a log position, and when that entry was recorded."""

    position: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is asked: `as_of` by legal effect, `as_seen` by what could be known, `record` by log position.

    An instant given as a bound has been resolved to a position before; then there is one path.
    """

    as_of: date
    record: Record
    as_seen: date | None = None


def written_instant(instant: datetime | None) -> str | None:
    """The instant in RFC 3339, in UTC, ending in Z."""
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
