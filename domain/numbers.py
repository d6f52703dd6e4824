"""How many there are as the days go by: when a number fell below what it had been."""

from collections.abc import Sequence
from datetime import date

from domain.dates import Interval


def below(needed: int, starts: Sequence[date], ends: Sequence[date]) -> tuple[Interval, ...]:
    """The stretches in which fewer than the number needed are left, after that many had been there.

    `starts` are the first days of each, `ends` the first days on which one is there no more.
    """
    found: list[Interval] = []
    number, reached, since = 0, False, None
    changes = dict.fromkeys(sorted((*starts, *ends)), 0)
    for day in starts:
        changes[day] += 1
    for day in ends:
        changes[day] -= 1
    for day, change in changes.items():
        number += change
        reached = reached or number >= needed
        if since is not None and number >= needed:
            found.append(Interval(since, day))
            since = None
        elif reached and since is None and number < needed:
            since = day
    return (*found, Interval(since, None)) if since is not None else tuple(found)
