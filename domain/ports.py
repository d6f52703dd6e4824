"""What the domain asks of the outside: the archive that keeps the record, and a clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, assert_never

from domain.acts import Act, Definition, Entry, PartyEntry, SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the log: its last position (0 when empty) and when that entry was recorded."""

    position: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A client's key for one request, and the digest of that request; both are the client's own."""

    key: str
    fingerprint: str


class Archive(Protocol):
    """Keeps entries for ever, in commit order."""

    def head(self) -> Head:
        """The end of the log now."""
        ...

    def entries(self, stream: str, *, up_to: int | None = None) -> tuple[Entry, ...]:
        """The entries of one stream in their order, no later than position `up_to`."""
        ...

    def find(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """The entries with these ids, as far as they are in the log."""
        ...

    def append(
        self,
        contents: Sequence[Act | Definition | PartyEntry],
        *,
        expected: Mapping[str, int],
        recorded_by: str,
        key: IdempotencyKey | None = None,
    ) -> tuple[Entry, ...]:
        """Record all of them or none, and give them back with their places.

        `expected` names the version of each stream on which the decision rests (0 when it is new).
        Raises `Conflict` if a stream has moved, `KeyReused`, `Unavailable` or `Full`.
        """
        ...


class Clock(Protocol):
    """Tells the time; nothing else does."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """The day in UTC."""
        ...


def stream_of(content: Act | Definition | PartyEntry | SigningKey) -> str:
    """The stream to which a fact belongs: its treaty's dossier, the register of parties, or the signing keys."""
    match content:
        case PartyEntry():
            return REGISTER
        case SigningKey():
            return SIGNING
        case Act() | Definition():
            return dossier_stream(content.treaty)
        case _:
            assert_never(content)


def dossier_stream(treaty: str) -> str:
    """The stream of a treaty's dossier."""
    return f"treaty:{treaty}"


REGISTER = "register"
"""The stream of the party register."""

SIGNING = "signing"
"""The stream of the keys that vouch for the record."""
