"""What an import is given: the service it records in, how the file is meant, and who hears of its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.ports import Clock
from infrastructure.archive import EventArchive
from infrastructure.importers.mapping import TableMapping
from infrastructure.naming import Aliases


class Keeper(Protocol):
    """What an import needs of the service."""

    @property
    def archive(self) -> EventArchive:
        """Where the record is kept."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells the day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be imported; the format is seen from the content unless it is named.

    `strict` records nothing if any line is rejected; `rehearse` records nothing in any case.
    """

    recorded_by: str
    name: str = ""
    format: str | None = None
    mapping: TableMapping | None = None
    aliases: Aliases | None = None
    strict: bool = False
    rehearse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import has got: bytes while it reads, proposals while it records."""

    stage: str
    done: int
    total: int


Watch = Callable[[Progress], None]
"""Hears of progress; what it raises stops the import, with nothing half done."""
