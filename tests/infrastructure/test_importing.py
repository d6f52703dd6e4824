"""Our own lines come in: good ones are recorded, bad ones are reported, and never half of either."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from domain.ports import Clock
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.intake import Options, Report, import_file

TREATY = {"type": "treaty", "treaty": "peace", "title": "Treaty of Peace"}
PARTY = {"type": "party", "party": "ATLA", "names": [{"name": "Atlantis"}]}
SIGNATURE = {"treaty": "peace", "party": "Atlantis", "kind": "signature", "dated": "2000-01-01"}


@pytest.fixture
def dossiers(migrated_database_url: str) -> Iterator[Dossiers]:
    engine = open_engine(migrated_database_url)
    yield Dossiers(EventArchive(engine))
    engine.dispose()


def imported(dossiers: Dossiers, *objects: object, strict: bool = False) -> Report:
    """What came of these objects, one a line; text stands for itself."""
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in objects]
    keeper = Kept(archive=dossiers._archive, dossiers=dossiers, clock=SystemClock())
    options = Options(recorded_by="clerk", format="ndjson", strict=strict)
    return import_file(io.BytesIO(b"\n".join([*lines, b""])), keeper, options)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What an import needs."""

    archive: EventArchive
    dossiers: Dossiers
    clock: Clock


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.read, report.recorded, report.duplicate, report.rejected


def test_good_lines_are_recorded(dossiers: Dossiers) -> None:
    report = imported(dossiers, PARTY, TREATY, SIGNATURE, b"\n")

    assert counts(report) == (3, 3, 0, 0)
    assert dossiers.record().position == 3


def test_the_same_lines_again_record_nothing(dossiers: Dossiers) -> None:
    imported(dossiers, PARTY, TREATY, SIGNATURE)

    report = imported(dossiers, PARTY, TREATY, SIGNATURE)

    assert counts(report) == (3, 0, 3, 0)
    assert dossiers.record().position == 3


def test_a_bad_line_is_reported_and_stops_nothing(dossiers: Dossiers) -> None:
    irregular: dict[str, Any] = {**SIGNATURE, "kind": "withdrawal_notice"}

    report = imported(
        dossiers, PARTY, b"{", TREATY, {**SIGNATURE, "colour": "red"}, SIGNATURE, irregular
    )

    assert counts(report) == (6, 3, 0, 3)
    assert [(each.line, each.problem) for each in report.findings] == [
        (2, "malformed"),
        (4, "malformed"),
        (6, "not_a_party"),
    ]


def test_strict_records_nothing_if_any_line_is_bad(dossiers: Dossiers) -> None:
    report = imported(dossiers, PARTY, TREATY, SIGNATURE, {"kind": "x"}, strict=True)

    assert counts(report) == (4, 0, 0, 1)
    assert dossiers.record().position == 0


def test_strict_records_all_if_every_line_is_good(dossiers: Dossiers) -> None:
    assert counts(imported(dossiers, PARTY, TREATY, SIGNATURE, strict=True)) == (3, 3, 0, 0)


def test_a_line_that_lies_too_deep_is_reported(dossiers: Dossiers) -> None:
    report = imported(dossiers, b"[" * 100_000)

    assert counts(report) == (1, 0, 0, 1)
