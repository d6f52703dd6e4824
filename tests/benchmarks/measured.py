"""What was measured, in words and as a ratio, beside what it should reach."""

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

ROUNDS = 5
"""Rounds of each measurement; the two that are compared take turns, and the median counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; without a goal it is there to compare with."""

    what: str
    database: str
    ours: str
    other: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def at_least(goal: float, ratio: float) -> dict[str, object]:
    """The ratio and whether it is as large as it should be."""
    return {"ratio": ratio, "goal": f"≥ {goal:g}", "met": ratio >= goal}


def at_most(goal: float, ratio: float) -> dict[str, object]:
    """The ratio and whether it is as small as it should be."""
    return {"ratio": ratio, "goal": f"≤ {goal:g}", "met": ratio <= goal}


def rate_of(goal: int, rate: float) -> dict[str, object]:
    """Whether so many a second are done as should be."""
    return {"goal": f"≥ {goal:,}/s", "met": rate >= goal}


def in_turns(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """The medians of two measurements that take turns, so that what disturbs one disturbs the other."""
    measured = [(one(), other()) for _ in range(ROUNDS)]
    return median([each[0] for each in measured]), median([each[1] for each in measured])


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def machine(postgres: str | None) -> str:
    """The machine in one line: processor cores, memory, and what runs on it."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    parts = [
        f"{os.cpu_count()} cores ({platform.machine()})",
        f"{gigabytes:.0f} GiB of memory",
        platform.system(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *([f"PostgreSQL {postgres}"] if postgres else []),
        *(f"{each} {version(each)}" for each in ("fastapi", "uvicorn", "eventsourcing")),
    ]
    return ", ".join(parts)


def tell(text: str) -> None:
    """A line for whoever waits."""
    print(text, file=sys.stderr, flush=True)
