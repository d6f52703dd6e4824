"""What this process holds in memory of the record: the register, definitions and folds, by log position."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime
from threading import RLock
from typing import TypeVar

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.clauses import Clauses
from domain.dossier import Dossier, open_dossier
from domain.errors import NotFound
from domain.family import family_of, fold_of
from domain.parties import Register
from domain.ports import REGISTER, dossier_stream
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive

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
    """Opens dossiers at any log position; what it has folded once it keeps while there is room."""

    def __init__(self, archive: EventArchive, *, capacity: int = 512) -> None:
        """Read from this archive, and hold at most `capacity` folds."""
        self._archive = archive
        self._folds = Bounded(capacity)
        self._entries = Bounded(capacity)
        self._registers = Bounded(4)

    @property
    def hits(self) -> int:
        """How many folds were found in memory."""
        return self._folds.hits

    @property
    def misses(self) -> int:
        """How many folds had to be made."""
        return self._folds.misses

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
        version = self.version(REGISTER, record)
        return self._registers.get(version, lambda: self._read_register(record))

    def treaties(self, record: Record) -> tuple[str, ...]:
        """The slugs of the treaties that have something on file, in order."""
        streams = [each for each in self._archive.known_streams() if each.startswith(TREATY_PREFIX)]
        versions = self._archive.versions(streams, up_to=record.position)
        return tuple(each.removeprefix(TREATY_PREFIX) for each in streams if versions[each])

    def definition(self, treaty: str, record: Record) -> Definition:
        """The latest version of the treaty's definition; raises `NotFound` without one."""
        found = [
            each for each in self.entries(treaty, record) if isinstance(each.content, Definition)
        ]
        if not found:
            raise NotFound(f"there is no treaty {treaty}")
        assert isinstance(found[-1].content, Definition)  # selected above
        return found[-1].content

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty, in the order of recording."""
        stream = dossier_stream(treaty)
        version = self.version(stream, record)
        key = (stream, version)
        return self._entries.get(key, lambda: self._archive.entries(stream, up_to=record.position))

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
        """
        family = self._family(treaty, record, also)
        register = self.register(record)
        if also:
            return self._make(family, register, record, as_seen, also)
        versions = tuple((each, self.version(dossier_stream(each), record)) for each in family)
        key = (versions, self.version(REGISTER, record), as_seen)
        return self._folds.get(key, lambda: self._make(family, register, record, as_seen, ()))

    def _make(
        self,
        family: Sequence[str],
        register: Register,
        record: Record,
        as_seen: date | None,
        also: Sequence[Act | Definition],
    ) -> TreatyFold:
        """The folds of the family; the one asked for is given."""

        def dossier(treaty: str) -> Dossier:
            added = [each for each in also if each.treaty == treaty]
            return self._dossier(treaty, record, as_seen, added)

        return fold_of(family, dossier, register)

    def _dossier(
        self, treaty: str, record: Record, as_seen: date | None, also: Sequence[Act | Definition]
    ) -> Dossier:
        return open_dossier(treaty, self.entries(treaty, record), as_seen=as_seen, also=also)

    def _family(
        self, treaty: str, record: Record, also: Sequence[Act | Definition]
    ) -> tuple[str, ...]:
        """The treaty, then those on which its course depends, nearest first."""

        def clauses(member: str) -> Clauses:
            added = [
                each for each in also if isinstance(each, Definition) and each.treaty == member
            ]
            dossier = self._dossier(member, record, None, added)
            if member == treaty and not dossier.definitions:
                raise NotFound(f"there is no treaty {treaty}")
            return dossier.now

        return family_of(treaty, clauses)

    def _read_register(self, record: Record) -> Register:
        entries = self._archive.entries(REGISTER, up_to=record.position)
        return Register(each.content for each in entries if isinstance(each.content, PartyEntry))

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream had."""
        return self._archive.versions([stream], up_to=record.position)[stream]
