"""A record to import into, whose clock stands still, and short words for what came of an import."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from domain.acts import Act, Entry
from domain.answers import Plain, answer, counted, roster
from domain.bounds import Bounds
from domain.depositary import Depositary
from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.importers.mapping import read_mapping
from infrastructure.importers.proposals import Finding
from infrastructure.intake import Options, Progress, Report, import_file
from infrastructure.naming import read_aliases

FILES = Path(__file__).parent.parent.parent / "data" / "registries"
TODAY = date(2026, 11, 22)


class StandingClock:
    """It is always noon of one day."""

    def now(self) -> datetime:
        """That noon."""
        return datetime(2026, 11, 22, 12, tzinfo=UTC)

    def today(self) -> date:
        """That day."""
        return TODAY


@dataclass(kw_only=True)
class Kept:
    """A record with the parts that an import needs."""

    archive: EventArchive
    clock: StandingClock

    @property
    def dossiers(self) -> Dossiers:
        """The dossiers, read anew."""
        return Dossiers(self.archive)

    def record(self, *facts: Any) -> None:
        """Record facts through the door."""
        Depositary(self.archive, self.dossiers).record(facts, recorded_by="clerk")

    def take(
        self,
        given: bytes | str | Path,
        name: str = "",
        *,
        mapping: str | None = None,
        aliases: str | None = None,
        watch: Any = None,
        **options: Any,
    ) -> Report:
        """What came of importing the bytes, the text, or the file of that name."""
        if isinstance(given, Path):
            name, given = given.name, given.read_bytes()
        content = given.encode() if isinstance(given, str) else given
        if aliases is not None:
            dossiers = self.dossiers
            register = dossiers.register(dossiers.record())
            options["aliases"] = read_aliases(io.BytesIO(aliases.encode()), register)
        if mapping is not None:
            options["mapping"] = read_mapping(mapping.encode())
        chosen = Options(recorded_by="clerk", name=name, **options)
        return import_file(io.BytesIO(content), self, chosen, watch or _unheard)

    def entries(self, treaty: str) -> tuple[Entry, ...]:
        """Everything on file about a treaty."""
        dossiers = self.dossiers
        return dossiers.entries(treaty, dossiers.record())

    def acts(self, treaty: str, party: str | None = None) -> list[Act]:
        """The acts on file, of one party if it is named, in the order of recording."""
        contents = [each.content for each in self.entries(treaty)]
        acts = [each for each in contents if isinstance(each, Act)]
        return [each for each in acts if party is None or each.party == party]

    def said(self, treaty: str, party: str, on: str) -> Plain:
        """The answer with its reasons."""
        dossiers = self.dossiers
        record = dossiers.record()
        bounds = Bounds(as_of=date.fromisoformat(on), as_seen=None, record=record)
        return answer(dossiers.fold(treaty, record), party, bounds, explain=True)

    def statuses(self, treaty: str, on: str) -> Mapping[str, int]:
        """How many parties have each status on the day."""
        dossiers = self.dossiers
        record = dossiers.record()
        bounds = Bounds(as_of=date.fromisoformat(on), as_seen=None, record=record)
        return counted(roster(dossiers.fold(treaty, record), bounds))

    def position(self) -> int:
        """The end of the record."""
        return self.archive.head().position


@contextmanager
def kept(url: str) -> Iterator[Kept]:
    """The record at this address."""
    engine = open_engine(url)
    yield Kept(archive=EventArchive(engine), clock=StandingClock())
    engine.dispose()


def counts(report: Report) -> tuple[int, int, int, int]:
    """Lines read, recorded, found on file, rejected; they add up."""
    assert report.read == report.recorded + report.duplicate + report.rejected
    return report.read, report.recorded, report.duplicate, report.rejected


def problems(report: Report) -> list[str]:
    """The names of the findings, in order."""
    return [each.problem for each in report.findings]


def found(report: Report, problem: str) -> Finding:
    """The one finding of this name."""
    matching = [each for each in report.findings if each.problem == problem]
    assert len(matching) == 1, [each.detail for each in report.findings]
    return matching[0]


def lines(*objects: object) -> bytes:
    """The objects, one a line."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def _unheard(progress: Progress) -> None:
    assert progress.done <= progress.total
