"""What this process holds in memory of the record: the register, definitions and folds, by log position."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime
from threading import RLock
from typing import TypeVar

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.clauses import Clauses, Fraction, ParentInForce
from domain.dossier import Dossier, open_dossier
from domain.errors import NotFound
from domain.parties import Register
from domain.ports import REGISTER, dossier_stream
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.heads import Heads

Held = TypeVar("Held")


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
    """Opens dossiers at any log position; what it has folded once it keeps while there is room."""

    def __init__(
        self, archive: EventArchive, heads: Heads | None = None, *, capacity: int = 512
    ) -> None:
        """Read from this archive, and hold at most `capacity` folds."""
        self._archive = archive
        self.heads = heads or Heads(archive)
        self._folds = Bounded(capacity)
        self._entries = Bounded(capacity)
        self._registers = Bounded(4)
        self._records = Bounded(4096)
        self._defined = Bounded(64)
        self._versions = Bounded(16384)
        self._dependences = Bounded(16384)

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
        now = self.heads.now()
        if at is None:
            return now.record
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
        version = self.version(REGISTER, record)
        return self._registers.get(version, lambda: self._read_register(record))

    def treaties(self, record: Record) -> tuple[str, ...]:
        """The slugs of the treaties that had a definition, in order."""
        now = self.heads.now()
        if record.position >= now.position:
            return now.treaties
        return self._defined.get(
            record.position, lambda: self._archive.defined_treaties(up_to=record.position)
        )

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
        """The folds of the family, those that others depend on first; the last is the one asked for."""
        folds: dict[str, TreatyFold] = {}
        for treaty in reversed(family):
            added = [each for each in also if each.treaty == treaty]
            dossier = self._dossier(treaty, record, as_seen, added)
            folds[treaty] = TreatyFold(dossier, register, dict(folds))
        return folds[family[0]]

    def _dossier(
        self, treaty: str, record: Record, as_seen: date | None, also: Sequence[Act | Definition]
    ) -> Dossier:
        return open_dossier(treaty, self.entries(treaty, record), as_seen=as_seen, also=also)

    def _family(
        self, treaty: str, record: Record, also: Sequence[Act | Definition]
    ) -> tuple[str, ...]:
        """The treaty, then those on which its course depends, nearest first."""
        if treaty not in self.treaties(record) and not _definitions_of(treaty, also):
            raise NotFound(f"there is no treaty {treaty}")
        family = [treaty]
        for member in family:
            needed = self._needed(member, record, _definitions_of(member, also))
            family.extend(each for each in needed if each not in family)
        return tuple(family)

    def _needed(self, treaty: str, record: Record, also: Sequence[Definition]) -> tuple[str, ...]:
        """The treaties on which the latest version of the definition makes this one depend."""
        if also:
            return depends_on(self._dossier(treaty, record, None, also).now)
        key = (treaty, self.version(dossier_stream(treaty), record))
        return self._dependences.get(
            key, lambda: depends_on(self._dossier(treaty, record, None, ()).now)
        )

    def _read_register(self, record: Record) -> Register:
        entries = self._archive.entries(REGISTER, up_to=record.position)
        return Register(each.content for each in entries if isinstance(each.content, PartyEntry))

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream had."""
        now = self.heads.now()
        if record.position >= now.position:
            return now.versions.get(stream, 0)
        return self._versions.get(
            (stream, record.position),
            lambda: self._archive.versions([stream], up_to=record.position)[stream],
        )


def _definitions_of(treaty: str, also: Sequence[Act | Definition]) -> list[Definition]:
    return [each for each in also if isinstance(each, Definition) and each.treaty == treaty]


def depends_on(clauses: Clauses) -> tuple[str, ...]:
    """The treaties on whose course the clauses make this one depend."""
    entry, withdrawal = clauses.entry_into_force, clauses.withdrawal
    found = [clauses.parent] if clauses.parent is not None else []
    for requirement in entry.all_of if entry is not None else ():
        if isinstance(requirement, ParentInForce):
            found.append(requirement.treaty)
        elif isinstance(requirement, Fraction):
            found.append(requirement.of)
    if withdrawal is not None:
        found.extend((*withdrawal.with_parent, *withdrawal.by_revising))
    return tuple(dict.fromkeys(found))
