"""What was made once and is kept while there is room for it."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Room(Generic[Kept]):
    """The values used last, as many as there is room for; safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        """Hold values of at most so much size together, in whatever the sizes count."""
        self._capacity = capacity
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._filled = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._kept)

    @property
    def filled(self) -> int:
        """The size of everything that is kept."""
        return self._filled

    def get(self, key: Hashable) -> Kept | None:
        """What is kept under the key, None if nothing is."""
        found = self._kept.get(key)
        if found is None:
            return None
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: Kept, size: int) -> Kept:
        """Keep the value under the key in the place of what was there; what is larger than the room is not kept."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._filled -= 0 if before is None else before[1]
            if size <= self._capacity:
                self._kept[key] = (value, size)
                self._filled += size
            while self._filled > self._capacity:
                _, (_, gone) = self._kept.popitem(last=False)
                self._filled -= gone
        return value
