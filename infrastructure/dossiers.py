"""What this process holds in memory of the record: the register, definitions and folds, by log position."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime
from threading import RLock
from typing import TypeVar

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.errors import NotFound
from domain.parties import Register
from domain.ports import REGISTER, dossier_stream
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.files import CAPACITY, File, Files, depends_on
from infrastructure.folds import Folds

Held = TypeVar("Held")

TREATY_PREFIX = dossier_stream("")

__all__ = ["Bounded", "Dossiers", "depends_on"]


class Bounded:
    """The values used last, at most so many; safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        """Hold at most `capacity` values."""
        self._values: OrderedDict[Hashable, object] = OrderedDict()
        self._capacity = capacity
        self._lock = RLock()
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, make: Callable[[], Held]) -> Held:
        """The value held under the key, made if it is not there; two threads may both make it."""
        with self._lock:
            if key in self._values:
                self.hits += 1
                self._values.move_to_end(key)
                return self._values[key]  # type: ignore[return-value]  # a key has values of one type
            self.misses += 1
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._capacity:
                self._values.popitem(last=False)
        return value


class Dossiers:
    """Opens dossiers at any log position; what it has read or folded once it keeps while there is room.

    Whoever follows the log tells it by `learn` what has grown; without that it asks the database each time.
    """

    def __init__(self, archive: EventArchive, *, capacity: int = CAPACITY) -> None:
        """Read from this archive; hold at most `capacity` entries, and folds of as many."""
        self._archive = archive
        self._files = Files(archive, capacity=capacity)
        self._folds = Folds(self._files, self._register_at, capacity=capacity)
        self._registers = Bounded(4)
        self._defined: dict[str, int] = {}
        self._defined_to = 0
        self._lock = RLock()

    @property
    def hits(self) -> int:
        """How many folds were found in memory."""
        return self._folds.hits

    @property
    def misses(self) -> int:
        """How many folds had to be made."""
        return self._folds.misses

    def learn(self, grown: Mapping[str, int], *, since: int, up_to: int) -> None:
        """That between two positions these streams have grown, each last at its position, and no others."""
        self._files.learn(grown, since=since, up_to=up_to)

    def forget(self) -> None:
        """Keep nothing: the log is another one now."""
        with self._lock:
            self._defined.clear()
            self._defined_to = 0
        self._files.forget()
        self._folds.forget()
        self._registers = Bounded(4)

    def record(self, at: int | datetime | None = None) -> Record:
        """The record that is asked for: the latest, or the one at a position or an instant.

        Raises `NotFound` for a position that the log has not reached.
        """
        head = self._archive.head()
        if at is None:
            return Record(position=head.position, at=head.at)
        position = at if isinstance(at, int) else self._archive.position_at(at)
        if position > head.position:
            raise NotFound(
                f"the record ends at position {head.position}; there is no position {position} yet"
            )
        if position <= 0:
            return Record(position=0)
        found = self._archive.between(position, position)
        if not found:
            raise NotFound(f"the record has no entry at position {position}")
        return Record(position=position, at=found[0].recorded_at)

    def register(self, record: Record) -> Register:
        """The register of parties as it stood."""
        return self._register_at(record.position)

    def treaties(self, record: Record) -> tuple[str, ...]:
        """The slugs of the treaties that had a definition, in order."""
        with self._lock:
            if self._defined_to < record.position:
                found = self._archive.defined(after=self._defined_to, up_to=record.position)
                for stream, position in found.items():
                    self._defined.setdefault(stream.removeprefix(TREATY_PREFIX), position)
                self._defined_to = record.position
            return tuple(
                sorted(
                    treaty
                    for treaty, position in self._defined.items()
                    if position <= record.position
                )
            )

    def definition(self, treaty: str, record: Record) -> Definition:
        """The latest version of the treaty's definition; raises `NotFound` without one."""
        file = self._file(treaty, record)
        found = file.definitions(file.version(record.position))
        if not found:
            raise NotFound(f"there is no treaty {treaty}")
        return found[-1]

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty, in the order of recording."""
        file = self._file(treaty, record)
        return tuple(file.up_to(file.version(record.position)))

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream had."""
        return self._files.file(stream, record.position).version(record.position)

    def fold(
        self,
        treaty: str,
        record: Record,
        *,
        as_seen: date | None = None,
        also: Sequence[Act | Definition] = (),
    ) -> TreatyFold:
        """The fold of the treaty and of those on which it depends; raises `NotFound` for a treaty without a definition.

        `also` are facts to be looked at as if they had been recorded; such a fold is not kept.
        The others are, and each is for one thread at a time, because it computes while it is read.
        """
        if not any(isinstance(each, Definition) and each.treaty == treaty for each in also):
            self.definition(treaty, record)
        if also:
            return self._folds.with_also(treaty, record.position, also, as_seen=as_seen)
        return self._folds.at(treaty, record.position, shelf=treaty, as_seen=as_seen)

    def _file(self, treaty: str, record: Record) -> File:
        return self._files.file(dossier_stream(treaty), record.position)

    def _register_at(self, position: int) -> Register:
        file = self._files.file(REGISTER, position)
        version = file.version(position)

        def read() -> Register:
            contents = (entry.content for entry in file.up_to(version))
            return Register(each for each in contents if isinstance(each, PartyEntry))

        return self._registers.get(version, read)
