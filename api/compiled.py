"""Answers of one dossier as bytes, made once for each stretch of days in which only the day itself differs."""

from bisect import bisect_right
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import orjson

from api.room import Room
from domain import answers
from domain.bounds import Bounds
from domain.treaty import TreatyFold
from domain.turning import turning_days

Asked: TypeAlias = tuple[str, str | None, bool]
"""A party, the party towards which, and whether with reasons."""

Parts: TypeAlias = tuple[bytes, bytes]
"""A document without its bounds: what stands before them, and what after."""

Days: TypeAlias = tuple[date, ...] | None
"""The first days of stretches in order; None where every day is a stretch of its own."""

MOST_DAYS = 4_096
"""Days that are kept of one question where every day is a stretch of its own."""

ROSTERS = 64 * 1024 * 1024
"""Bytes of rosters that are kept, of all treaties together."""

HEADING = ("treaty", "party", "party_name")
BOUNDS = ("as_of", "as_seen", "as_recorded")


@dataclass(slots=True)
class _Stretches:
    """The first days of the stretches, and the bytes for each, before and after the bounds, as far as they were made.

    Without such days every day is a stretch of its own.
    """

    days: Days
    parts: dict[date, Parts] = field(default_factory=dict)

    def on(self, day: date) -> Parts | None:
        """What was made for the stretch in which the day lies."""
        return self.parts.get(_first(self.days, day))

    def keep(self, day: date, parts: Parts) -> None:
        """Keep what was made for the day, and nothing made long ago where every day is its own."""
        if self.days is None and len(self.parts) >= MOST_DAYS:
            self.parts.clear()
        self.parts[_first(self.days, day)] = parts


class Compiled:
    """The fold of one dossier with its answers; safe to share between threads.

    What is computed while it is read is computed by one thread at a time.
    """

    def __init__(
        self,
        fold: TreatyFold,
        lock: AbstractContextManager[object],
        rosters: Room[Parts] | None = None,
    ) -> None:
        """Hold the fold; the lock is that of its treaty, whose folds share what they are made from.

        Rosters are kept where there is room for those of all treaties.
        """
        self.lock = lock
        self.fold = fold
        self._answers: dict[Asked, _Stretches] = {}
        self._rosters = Room[Parts](ROSTERS) if rosters is None else rosters
        self._mark = object()
        self._days_of_all: tuple[Days] | None = None

    def answer(
        self, party: str, bounds: Bounds, *, towards: str | None = None, explain: bool = False
    ) -> bytes:
        """The answer as JSON, the same bytes as if it were made anew."""
        ready = self.ready(party, bounds, towards=towards, explain=explain)
        if ready is not None:
            return ready
        with self.lock:
            said = answers.answer(self.fold, party, bounds, towards=towards, explain=explain)
            asked = (party, towards, explain)
            if asked not in self._answers:
                self._answers[asked] = _Stretches(turning_days(self.fold, party, towards))
            self._answers[asked].keep(bounds.as_of, _parted(said, HEADING))
        return orjson.dumps(said)

    def ready(
        self, party: str, bounds: Bounds, *, towards: str | None = None, explain: bool = False
    ) -> bytes | None:
        """The answer if it is made already, without waiting for anybody; else None."""
        stretches = self._answers.get((party, towards, explain))
        parts = stretches.on(bounds.as_of) if stretches is not None else None
        return None if parts is None else _joined(parts, bounds)

    def roster(self, bounds: Bounds) -> bytes:
        """The whole roster as JSON, the same bytes as if it were made anew."""
        ready = self.ready_roster(bounds)
        if ready is not None:
            return ready
        with self.lock:
            said = roster_document(self.fold, bounds)
            if self._days_of_all is None:
                self._days_of_all = (_turning_days_of_all(self.fold),)
            parts = _parted(said, ("treaty",))
            first = _first(self._days_of_all[0], bounds.as_of)
            self._rosters.put((self._mark, first), parts, sum(map(len, parts)))
        return orjson.dumps(said)

    def ready_roster(self, bounds: Bounds) -> bytes | None:
        """The roster if it is made already, without waiting for anybody; else None."""
        if self._days_of_all is None:
            return None
        parts = self._rosters.get((self._mark, _first(self._days_of_all[0], bounds.as_of)))
        return None if parts is None else _joined(parts, bounds)


def roster_document(fold: TreatyFold, bounds: Bounds) -> dict[str, object]:
    """Every party that has a status on the day, by code, with counts by status."""
    lines = answers.roster(fold, bounds)
    return {
        "treaty": fold.dossier.treaty,
        **answers.bounds_of(bounds),
        "counts": answers.counted(lines),
        "parties": lines,
        "next": None,
    }


def _first(days: Days, day: date) -> date:
    """The first day of the stretch in which the day lies."""
    return day if days is None else days[bisect_right(days, day) - 1]


def _turning_days_of_all(fold: TreatyFold) -> Days:
    found: set[date] = set()
    for party in fold.parties():
        days = turning_days(fold, party)
        if days is None:
            return None
        found.update(days)
    return tuple(sorted({date.min, *found}))


def _joined(parts: Parts, bounds: Bounds) -> bytes:
    return b"".join((parts[0], bounds_bytes(bounds), parts[1]))


def bounds_bytes(bounds: Bounds) -> bytes:
    """The bounds as they stand in the middle of an answer."""
    return orjson.dumps(answers.bounds_of(bounds))[1:-1]


def _parted(said: Mapping[str, object], heading: tuple[str, ...]) -> Parts:
    """The document before and after its bounds."""
    before = {name: said[name] for name in heading}
    after = {name: each for name, each in said.items() if name not in (*heading, *BOUNDS)}
    return orjson.dumps(before)[:-1] + b",", b"," + orjson.dumps(after)[1:]
