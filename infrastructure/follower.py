"""What a process knows of the end of the log: followed by one thread, told to all who wait or keep something."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from domain.errors import Unavailable
from domain.ports import Head
from infrastructure.archive import EventArchive
from infrastructure.projector import place_of
from infrastructure.recorder import Waker

LOOK_SECONDS = 1.0
"""How long a sign of growth is waited for before the log is looked at all the same."""

ASK_SECONDS = 0.02
"""How long who waits lets pass between two questions to the database, while nobody follows."""

MOST_TOLD = 10_000
"""Positions of which is told which streams they belong to; what grew by more is told as unknown."""

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Keeps something that the growth of a stream makes older."""

    def learn(self, grown: Mapping[str, int], *, since: int, up_to: int) -> None:
        """That between two positions these streams have grown, each last at its position, and no others."""
        ...

    def forget(self) -> None:
        """That the log is another one now."""
        ...


class Follower:
    """Keeps the end of the log in memory, and wakes who waits for it; safe to share between threads.

    It never names a position that it has not seen committed, and tells its keepers before it names it.
    Until it is started it asks the database each time.
    """

    def __init__(self, archive: EventArchive, keepers: Sequence[Keeper] = ()) -> None:
        """Follow the log of this archive for these keepers."""
        self._archive = archive
        self._keepers = tuple(keepers)
        self._known = Head(position=0, at=None)
        self._projected = 0
        self._seen_at = time.monotonic()
        self._changed = threading.Condition()
        self._looking = threading.Lock()
        self._following = False
        self._stopped = threading.Event()
        self._waker: Waker | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow, from where the log is now; raises `Unavailable` if that cannot be seen."""
        self.look()
        self._stopped.clear()
        self._following = True
        self._thread = threading.Thread(target=self._run, name="timeline-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer; from then on the database is asked each time."""
        self._stopped.set()
        if self._waker is not None:
            self._waker.dismiss()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        """Begin to follow."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Follow no longer."""
        self.stop()

    @property
    def head(self) -> Head:
        """The end of the log as it was seen last."""
        return self._known if self._following else self.look()

    @property
    def projected(self) -> int:
        """The last position that the read model holds, as it was seen last."""
        if not self._following:
            self.look()
        return self._projected

    @property
    def silent_seconds(self) -> float:
        """How long ago the log was seen last; it grows while the database does not answer."""
        return time.monotonic() - self._seen_at

    def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Whether the log gets as far as the position within the time."""
        return self._wait(lambda: self.head.position >= position, timeout_seconds)

    def wait_until_projected(self, position: int, timeout_seconds: float) -> bool:
        """Whether the read model gets as far as the position within the time."""
        return self._wait(lambda: self.projected >= position, timeout_seconds)

    def look(self) -> Head:
        """See where the log is now, and tell everybody; raises `Unavailable`."""
        with self._looking:
            place = place_of(self._archive.recorder.engine)
            head = self._archive.head()
            self._tell(head)
            with self._changed:
                self._known, self._projected = head, place.position
                self._seen_at = time.monotonic()
                self._changed.notify_all()
        return head

    def _tell(self, head: Head) -> None:
        known = self._known.position
        if head.position < known:
            _log.warning("the log ends at position %d, after %d", head.position, known)
            for keeper in self._keepers:
                keeper.forget()
        elif head.position > known:
            since = known if 0 < head.position - known <= MOST_TOLD else head.position
            grown = self._archive.grown(since, head.position) if since < head.position else {}
            for keeper in self._keepers:
                keeper.learn(grown, since=since, up_to=head.position)

    def _wait(self, reached: Callable[[], bool], timeout_seconds: float) -> bool:
        end_by = time.monotonic() + timeout_seconds
        while not reached():
            left = end_by - time.monotonic()
            if left <= 0:
                return False
            with self._changed:
                if not (self._following and reached()):
                    self._changed.wait(left if self._following else min(left, ASK_SECONDS))
        return True

    def _run(self) -> None:
        try:
            with self._archive.waking() as waker:
                self._waker = waker
                while not self._stopped.is_set():
                    waker.wait(LOOK_SECONDS)
                    self._look_again()
        finally:
            with self._changed:
                self._following = False
                self._changed.notify_all()

    def _look_again(self) -> None:
        try:
            self.look()
        except Unavailable as error:
            _log.warning("the log cannot be followed now: %s", error)
            self._stopped.wait(LOOK_SECONDS)
