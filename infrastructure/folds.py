"""The folds of treaties at positions of the log, with those on which they depend; the newest of each is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import RLock
from typing import TypeAlias

from domain.acts import Act, Definition, Entry
from domain.dossier import Dossier, open_dossier
from domain.family import Side, fold_of, related_to
from domain.parties import Register
from domain.ports import dossier_stream
from domain.treaty import TreatyFold
from infrastructure.files import CAPACITY, File, Files

Related: TypeAlias = Mapping[str, TreatyFold]


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

        def fold(name: str, side: Side) -> TreatyFold:
            if (name, side) not in made:
                related = related_to(name, side, dependencies_of, fold)
                slot = (shelf, name, side, as_seen)
                made[name, side] = self._kept_or_made(slot, name, position, related, as_seen)
            return made[name, side]

        def dependencies_of(name: str) -> Sequence[str]:
            file = self._file(name, position)
            return file.dependencies(file.version(position))

        return fold(treaty, Side.WHOLE)

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
            standing = self.at(treaty, position, shelf=treaty, as_seen=as_seen)
            standing.entry()  # once for all that is looked at beside it, which carry it over
            return standing.with_acts(acts)

        def dossier(name: str) -> Dossier:
            file = self._file(name, position)
            entries = file.up_to(file.version(position))
            added = [each for each in also if each.treaty == name]
            return open_dossier(name, entries, as_seen=as_seen, also=added)

        return fold_of(treaty, dossier, self._register_at(position))

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
            fold = _extended(kept.fold, file.between(kept.version, version))
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
