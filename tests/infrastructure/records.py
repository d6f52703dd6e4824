"""Small records for tests of the tree over the log: what is recorded, and who seals it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry
from domain.ports import stream_of
from infrastructure.archive import EventArchive
from infrastructure.codec import Fact
from infrastructure.database import open_engine
from infrastructure.logtree import LogTree
from infrastructure.sealing import Pace, Sealer
from infrastructure.signing import Signer, signer
from infrastructure.verifier.notes import ED25519

ORIGIN = "example.org/log"
LOG_KEY = signer(ORIGIN, ED25519, b"1" * 32)
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class SteadyClock:
    """A clock that moves by a second each time it is asked."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def today(self) -> date:
        return self.at.date()


@dataclass(frozen=True, kw_only=True)
class Record:
    """One database with its archive and its tree."""

    engine: sa.Engine
    archive: EventArchive
    tree: LogTree

    def add(self, *facts: Fact, recorded_by: str = "clerk") -> None:
        """Record the facts, at the end of their streams."""
        expected = self.archive.versions({stream_of(fact) for fact in facts})
        self.archive.append(facts, expected=expected, recorded_by=recorded_by)

    def sealer(self, *, signers: Iterable[Signer] = (LOG_KEY,), entries: int = 1_000) -> Sealer:
        """A sealer with these keys and batches."""
        return Sealer(
            self.archive,
            self.engine,
            SteadyClock(),
            signers=tuple(signers),
            pace=Pace(entries=entries, seconds=0.1, patience_seconds=0.01),
        )

    def seal(self, *, signers: Iterable[Signer] = (LOG_KEY,), entries: int = 1_000) -> None:
        """Seal all that is recorded."""
        self.sealer(signers=signers, entries=entries).catch_up()


@contextmanager
def opened(url: str) -> Iterator[Record]:
    """The record in this database."""
    engine = open_engine(url)
    yield Record(engine=engine, archive=EventArchive(engine), tree=LogTree(engine))
    engine.dispose()


def an_act(number: int, treaty: str = "npt", **more: Any) -> Act:
    """An act like others, another for each number."""
    given: dict[str, Any] = {
        "kind": "signature",
        "party": "POL",
        "dated": date(1968, 7, 1),
        "note": f"{number}",
    }
    return Act(id=str(uuid5(NAMESPACE_OID, f"{treaty} {number}")), treaty=treaty, **given | more)


def some_acts(count: int, treaties: int = 3) -> list[Act]:
    """So many acts of so many treaties, taking turns."""
    return [an_act(number, f"t{number % treaties}") for number in range(count)]


def a_definition(treaty: str, clauses: Mapping[str, object] | None = None) -> Definition:
    """A definition of the treaty."""
    return Definition(
        id=f"definition of {treaty}",
        treaty=treaty,
        title=treaty.upper(),
        identifiers={},
        depositaries=(),
        clauses=clauses or {},
    )


def a_party(code: str, **data: object) -> PartyEntry:
    """An entry of the register."""
    named = {"party": code, "names": [{"name": code.title()}], **data}
    return PartyEntry(id=f"{code} {sorted(data.items())}", party=code, data=named)
