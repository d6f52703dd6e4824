"""What a reader is given: the file, what is known of it, and the day on which it is read."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from infrastructure.importers.mapping import TableMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file to be read; it is seekable, and belongs to the caller."""

    file: BinaryIO
    head: bytes
    name: str
    today: date
    mapping: "TableMapping | None" = None
