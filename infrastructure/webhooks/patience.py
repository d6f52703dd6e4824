"""When a delivery that failed is tried again: later each time, never at once with others, and for days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_TRIES = 1_000
"""A bound beyond which no exponent grows; the days are over long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait after each failure, and for how long to go on.

    The wait is `first` after the first failure and `factor` times as long after each further one, at most `longest`.
    Each is stretched or shortened by up to `jitter` of itself, so that receivers that failed together
    are not tried together. `days` after the first attempt nothing is tried any more.
    """

    first: timedelta = timedelta(seconds=5)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=12)
    jitter: float = 0.2
    days: float = 5.0

    def next_try(
        self,
        failures: int,
        *,
        began_at: datetime,
        now: datetime,
        chance: Callable[[], float],
        asked_to_wait: timedelta | None = None,
    ) -> datetime | None:
        """When to try again after so many failures in a row, None if it is to be given up.

        `chance` gives a number from 0 to 1. What the receiver asks for (`Retry-After`) is honoured
        where it is longer, up to the longest wait.
        """
        ends = began_at + timedelta(days=self.days)
        if now >= ends:
            return None
        wait = self.wait(failures) * (1 - self.jitter + 2 * self.jitter * chance())
        if asked_to_wait is not None:
            wait = max(wait, min(asked_to_wait, self.longest))
        return min(now + wait, ends)

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row (1 and more), before chance has its say."""
        seconds = self.first.total_seconds()
        for _ in range(min(failures, MOST_TRIES) - 1):
            seconds = min(seconds * self.factor, self.longest.total_seconds())
        return timedelta(seconds=seconds)
