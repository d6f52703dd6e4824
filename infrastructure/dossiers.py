"""What this process holds in memory of the record: the register, definitions and folds, by log position."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
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
from infrastructure.files import CAPACITY, File, Files
from infrastructure.folds import Folds
from infrastructure.heads import Heads

Held = TypeVar("Held")

TREATY_PREFIX = dossier_stream("")


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
        """The value held under the key, made if it is not there.

        Two threads may both make it, and both are given the one that was there first.
        """
        with self._lock:
            if key in self._values:
                self.hits += 1
                self._values.move_to_end(key)
                return self._values[key]  # type: ignore[return-value]  # a key has values of one type
            self.misses += 1
        value = make()
        with self._lock:
            held = self._values.setdefault(key, value)
            if len(self._values) > self._capacity:
                self._values.popitem(last=False)
        return held  # type: ignore[return-value]  # the same

    def held(self, key: Hashable) -> object | None:
        """The value held under the key, None if there is none."""
        return self._values.get(key)


class Dossiers:
    """Opens dossiers at any log position; what it has read or folded once it keeps while there is room.

    It knows by `heads` how far the log and its streams have got, and asks the database for what lies before.
    """

    def __init__(
        self, archive: EventArchive, heads: Heads | None = None, *, capacity: int = CAPACITY
    ) -> None:
        """Read from this archive; hold at most `capacity` entries, and folds of as many."""
        self._archive = archive
        self._files = Files(archive, capacity=capacity)
        self._folds = Folds(self._files, self._register_at, capacity=capacity)
        self._registers = Bounded(4)
        self._records = Bounded(4_096)
        self._defined = Bounded(64)
        self.heads = heads or Heads(archive)
        self.heads.tell(self._files)

    @property
    def hits(self) -> int:
        """How many folds were found in memory."""
        return self._folds.hits

    @property
    def misses(self) -> int:
        """How many folds had to be made."""
        return self._folds.misses

    def record(self, at: int | datetime | None = None) -> Record:
        """The record that is asked for: the one at a position or an instant, or all that is committed by now.

        Decisions are taken on the latter, and taken anew on it; questions are content with what `heads` holds.
        Raises `NotFound` for a position that the log has not reached.
        """
        if at is None:
            return self.heads.catch_up().record
        now = self.heads.now()
        position = at if isinstance(at, int) else self._archive.position_at(at)
        if position > now.position:
            now = self.heads.catch_up()
        if position > now.position:
            raise NotFound(
                f"the record ends at position {now.position}; there is no position {position} yet"
            )
        if position == now.position:
            return now.record
        return self._records.get(position, lambda: self._past(position))

    def _past(self, position: int) -> Record:
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
        now = self.heads.now()
        if record.position >= now.position:
            return now.treaties
        return self._defined.get(record.position, lambda: self._defined_by(record.position))

    def _defined_by(self, position: int) -> tuple[str, ...]:
        streams = self._archive.defined(after=0, up_to=position)
        return tuple(sorted(each.removeprefix(TREATY_PREFIX) for each in streams))

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
        now = self.heads.now()
        if record.position >= now.position:
            return now.versions.get(stream, 0)
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
