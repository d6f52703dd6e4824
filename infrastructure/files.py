"""What is on file in each stream, kept in memory as far as it was asked for, and complete up to a position."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import Protocol

from domain.acts import Act, Definition, Entry
from domain.dates import is_certain
from domain.dossier import Dossier
from domain.family import depends_on

CAPACITY = 200_000
"""How many entries are kept at most, all files together."""


class Reader(Protocol):
    """Where the entries of a stream are read."""

    def entries(
        self, stream: str, *, up_to: int | None = None, after: int = 0
    ) -> tuple[Entry, ...]:
        """The entries of one stream beyond version `after`, no later than position `up_to`."""
        ...


class File:
    """The entries of one stream in their order; it only grows."""

    def __init__(self) -> None:
        """Begin with nothing, known up to position 0."""
        self.entries: list[Entry] = []
        self.complete_to = 0
        self.lock = RLock()
        self._positions: list[int] = []
        self._definitions: list[Definition] = []
        self._defined_at: list[int] = []
        self._doubtful_from: int | None = None
        self._all: tuple[Entry, ...] = ()
        self._dependencies: dict[int, tuple[str, ...]] = {}

    def version(self, position: int) -> int:
        """How many entries there were at the position."""
        return bisect_right(self._positions, position)

    def add(self, entries: Iterable[Entry]) -> int:
        """Put entries at the end, and say how many; those that are there already are passed over."""
        before = len(self.entries)
        for entry in entries:
            if entry.stream_version == len(self.entries) + 1:
                if isinstance(entry.content, Definition):
                    self._definitions.append(entry.content)
                    self._defined_at.append(entry.stream_version)
                elif self._doubtful_from is None and not _is_certain(entry.content):
                    self._doubtful_from = entry.stream_version
                self.entries.append(entry)
                self._positions.append(entry.position)
        return len(self.entries) - before

    def up_to(self, version: int) -> Sequence[Entry]:
        """The first so many entries."""
        if version < len(self.entries):
            return self.entries[:version]
        if len(self._all) < version:
            self._all = tuple(self.entries)
        return self._all

    def between(self, first: int, last: int) -> Sequence[Entry]:
        """The entries from one version to another, the first left out."""
        return self.entries[first:last]

    def is_certain(self, version: int) -> bool:
        """Whether every date in the first so many entries is known exactly."""
        return self._doubtful_from is None or version < self._doubtful_from

    def definitions(self, version: int) -> list[Definition]:
        """The versions of the definition among the first so many entries."""
        return self._definitions[: bisect_right(self._defined_at, version)]

    def dependencies(self, version: int) -> tuple[str, ...]:
        """The treaties on whose course this one depended, by its first so many entries."""
        definitions = self.definitions(version)
        if len(definitions) not in self._dependencies:
            known = Dossier(treaty="", acts=(), definitions=tuple(definitions))
            self._dependencies[len(definitions)] = depends_on(known.now)
        return self._dependencies[len(definitions)]


class Files:
    """The files used last, as many as there is room for; safe to share between threads.

    Whoever follows the log tells by `learn` which streams have grown, so that the others are not read again.
    """

    def __init__(self, reader: Reader, *, capacity: int = CAPACITY) -> None:
        """Read here what is not kept; keep at most `capacity` entries."""
        self._reader = reader
        self._capacity = capacity
        self._files: OrderedDict[str, File] = OrderedDict()
        self._lock = RLock()
        self._grown: dict[str, int] = {}
        self._told = (0, 0)
        self._kept = 0

    def file(self, stream: str, position: int) -> File:
        """The file of a stream, complete up to the position at least."""
        with self._lock:
            file = self._files.get(stream)
            if file is None:
                file = self._files[stream] = File()
            self._files.move_to_end(stream)
            self._bring_up_to_date(file, stream)
        if file.complete_to < position:
            with file.lock:
                if file.complete_to < position:
                    known = len(file.entries)
                    read = self._reader.entries(stream, up_to=position, after=known)
                    self._make_room_for(file.add(read))
                    file.complete_to = position
        return file

    def learn(self, grown: Mapping[str, int], *, since: int, up_to: int) -> None:
        """That between two positions these streams have grown, each last at its position, and no others."""
        with self._lock:
            if since > self._told[1]:
                self._grown.clear()
                self._told = (since, up_to)
            for stream, position in grown.items():
                self._grown[stream] = max(position, self._grown.get(stream, 0))
            self._told = (self._told[0], max(up_to, self._told[1]))

    def take(self, entries: Iterable[Entry], *, since: int, up_to: int) -> None:
        """Everything that was recorded between two positions, so that none of it need be read."""
        by_stream: dict[str, list[Entry]] = {}
        for entry in entries:
            by_stream.setdefault(entry.stream, []).append(entry)
        with self._lock:
            for stream, added in by_stream.items():
                file = self._files.get(stream)
                if file is None and added[0].stream_version == 1:
                    file = self._files[stream] = File()
                if file is not None:
                    self._bring_up_to_date(file, stream)
                    if file.complete_to >= since or added[0].stream_version == 1:
                        self._make_room_for(file.add(added))
                        file.complete_to = max(up_to, file.complete_to)
            grown = {stream: added[-1].position for stream, added in by_stream.items()}
            self.learn(grown, since=since, up_to=up_to)

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._files.clear()
            self._grown.clear()
            self._told = (0, 0)
            self._kept = 0

    def _bring_up_to_date(self, file: File, stream: str) -> None:
        """Mark the file complete as far as it is known not to have grown."""
        first, last = self._told
        if first <= file.complete_to < last and self._grown.get(stream, 0) <= file.complete_to:
            file.complete_to = last

    def _make_room_for(self, more: int) -> None:
        """Let go of what was not asked for lately; the file asked for last always stays."""
        with self._lock:
            self._kept += more
            while self._kept > self._capacity and len(self._files) > 1:
                _, gone = self._files.popitem(last=False)
                self._kept -= len(gone.entries)


def _is_certain(fact: object) -> bool:
    """Whether the fact has no date that is known only within bounds."""
    if not isinstance(fact, Act):
        return True
    dates = (fact.received, fact.dated, fact.notified, fact.effective, fact.claimed_effective)
    replacement = fact.replacement
    return all(map(is_certain, dates)) and (replacement is None or _is_certain(replacement))
