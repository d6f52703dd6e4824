"""The folds of treaties at positions of the log, with those on which they depend; the newest of each is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from threading import RLock
from typing import TypeAlias

from domain.acts import Act, Definition, Entry
from domain.dossier import Dossier, open_dossier
from domain.family import depends_on
from domain.parties import Register
from domain.ports import dossier_stream
from domain.treaty import TreatyFold
from infrastructure.files import CAPACITY, File, Files

Related: TypeAlias = Mapping[str, TreatyFold]
FoldOf: TypeAlias = Callable[[str, "Side"], TreatyFold]


class Side(Enum):
    """How a treaty is looked at: with all it depends on, or without those that depend on it too."""

    WHOLE = "whole"
    BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A fold, and from what it was made."""

    fold: TreatyFold
    version: int
    register: Register
    related: Related

    def rests_on(self, register: Register, related: Related) -> bool:
        """Whether it was made with these very ones."""
        return (
            self.register is register
            and self.related.keys() == related.keys()
            and all(self.related[name] is fold for name, fold in related.items())
        )


class Folds:
    """Gives the fold of a treaty at a position.

    Treaties that depend on each other in a circle are each folded with the others as they are without it.
    A fold computes while it is read: what is on one shelf is for one thread at a time.
    """

    def __init__(
        self, files: Files, register_at: Callable[[int], Register], *, capacity: int = CAPACITY
    ) -> None:
        """Take entries from these files, and keep folds of at most `capacity` entries."""
        self._files = files
        self._register_at = register_at
        self._capacity = capacity
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()
        self._weight = 0
        self._lock = RLock()
        self.hits = 0
        self.misses = 0

    def at(
        self, treaty: str, position: int, *, shelf: str = "", as_seen: date | None = None
    ) -> TreatyFold:
        """The fold of the treaty as the record stood at the position."""
        made: dict[tuple[str, Side], TreatyFold] = {}

        def fold_of(name: str, side: Side) -> TreatyFold:
            if (name, side) not in made:
                related = _related(name, side, dependencies_of, fold_of)
                slot = (shelf, name, side, as_seen)
                made[name, side] = self._kept_or_made(slot, name, position, related, as_seen)
            return made[name, side]

        def dependencies_of(name: str) -> Sequence[str]:
            file = self._file(name, position)
            return file.dependencies(file.version(position))

        return fold_of(treaty, Side.WHOLE)

    def with_also(
        self,
        treaty: str,
        position: int,
        also: Sequence[Act | Definition],
        *,
        as_seen: date | None = None,
    ) -> TreatyFold:
        """The fold as it would be if these facts were recorded last; it is not kept."""
        acts = [each for each in also if isinstance(each, Act) and each.treaty == treaty]
        if len(acts) == len(also):
            return self.at(treaty, position, shelf=treaty, as_seen=as_seen).with_acts(acts)
        dossiers: dict[str, Dossier] = {}
        made: dict[tuple[str, Side], TreatyFold] = {}
        register = self._register_at(position)

        def dossier(name: str) -> Dossier:
            if name not in dossiers:
                file = self._file(name, position)
                entries = file.up_to(file.version(position))
                added = [each for each in also if each.treaty == name]
                dossiers[name] = open_dossier(name, entries, as_seen=as_seen, also=added)
            return dossiers[name]

        def fold_of(name: str, side: Side) -> TreatyFold:
            if (name, side) not in made:
                related = _related(name, side, dependencies_of, fold_of)
                made[name, side] = TreatyFold(dossier(name), register, related)
            return made[name, side]

        def dependencies_of(name: str) -> Sequence[str]:
            return depends_on(dossier(name).now)

        return fold_of(treaty, Side.WHOLE)

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._weight = 0

    def _file(self, treaty: str, position: int) -> File:
        return self._files.file(dossier_stream(treaty), position)

    def _kept_or_made(
        self,
        slot: tuple[Hashable, ...],
        treaty: str,
        position: int,
        related: Related,
        as_seen: date | None,
    ) -> TreatyFold:
        """The newest version of a treaty has a slot of its own, each older one another."""
        file, register = self._file(treaty, position), self._register_at(position)
        version = file.version(position)
        newest = self._kept.get(slot)
        if newest is not None and version < newest.version:
            slot = (*slot, version)
        kept = self._kept.get(slot)
        if kept is not None and kept.version == version and kept.rests_on(register, related):
            self.hits += 1
            with self._lock:
                self._kept.move_to_end(slot)
            return kept.fold
        self.misses += 1
        fold = None
        if kept is not None and kept.version < version and kept.rests_on(register, related):
            fold = _extended(kept.fold, file.up_to(version)[kept.version :])
        if fold is None:
            dossier = open_dossier(treaty, file.up_to(version), as_seen=as_seen)
            fold = TreatyFold(dossier, register, related)
        self._keep(slot, Made(fold=fold, version=version, register=register, related=related))
        return fold

    def _keep(self, slot: Hashable, made: Made) -> None:
        with self._lock:
            before = self._kept.pop(slot, None)
            self._kept[slot] = made
            self._weight += made.version - (before.version if before is not None else 0)
            while self._weight > self._capacity and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._weight -= gone.version


def _extended(fold: TreatyFold, added: Sequence[Entry]) -> TreatyFold | None:
    """The fold with what was recorded since; None where its definition is among that."""
    acts = [entry.content for entry in added if isinstance(entry.content, Act)]
    return fold.with_acts(acts) if len(acts) == len(added) else None


def _related(
    treaty: str,
    side: Side,
    dependencies_of: Callable[[str], Sequence[str]],
    fold_of: FoldOf,
) -> Related:
    """The folds on which a treaty depends."""
    related: dict[str, TreatyFold] = {}
    for name in dependencies_of(treaty):
        if not _leads_to(name, treaty, dependencies_of):
            related[name] = fold_of(name, Side.WHOLE)
        elif side is Side.WHOLE and name != treaty:
            related[name] = fold_of(name, Side.BARE)
    return related


def _leads_to(start: str, end: str, dependencies_of: Callable[[str], Sequence[str]]) -> bool:
    """Whether one treaty is another, or depends on it by whatever way."""
    found = [start]
    for name in found:
        if name == end:
            return True
        found.extend(each for each in dependencies_of(name) if each not in found)
    return False
