"""What is to be exported: which treaties, within which bounds, from which record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.bounds import Bounds, Record
from domain.parties import Register
from domain.ports import Clock
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.dossiers import Dossiers

IN_MEMORY = 4_000
"""Entries of the record that are kept at hand; each treaty is asked for once, and again by those that depend on it."""


class Keeper(Protocol):
    """What an export needs of the service."""

    @property
    def archive(self) -> EventArchive:
        """Where the record is kept."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells the day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The record at one position, opened for an export; nothing recorded later is seen."""

    dossiers: Dossiers
    archive: EventArchive
    bounds: Bounds
    treaties: tuple[str, ...]

    @property
    def record(self) -> Record:
        """The record that is exported."""
        return self.bounds.record

    @property
    def register(self) -> Register:
        """The register of parties as it stood."""
        return self.dossiers.register(self.record)

    def folds(self) -> Iterator[tuple[str, str, TreatyFold]]:
        """Each treaty with its title and its fold."""
        for treaty in self.treaties:
            title = self.dossiers.definition(treaty, self.record).title
            fold = self.dossiers.fold(treaty, self.record, as_seen=self.bounds.as_seen)
            yield treaty, title, fold


def opened(
    keeper: Keeper,
    treaties: Sequence[str] = (),
    *,
    as_of: date | None = None,
    as_seen: date | None = None,
    at: int | datetime | None = None,
) -> Opened:
    """The record opened at a position (the latest, unless one is named), with these treaties or all of them.

    Raises `NotFound` for a treaty that has no definition, or a position that the log has not reached.
    """
    archive = keeper.archive.passing()
    dossiers = Dossiers(archive, capacity=IN_MEMORY)
    record = dossiers.record(at)
    bounds = Bounds(as_of=as_of or keeper.clock.today(), as_seen=as_seen, record=record)
    for treaty in treaties:
        dossiers.definition(treaty, record)
    chosen = tuple(dict.fromkeys(treaties)) or dossiers.treaties(record)
    return Opened(dossiers=dossiers, archive=archive, bounds=bounds, treaties=chosen)
