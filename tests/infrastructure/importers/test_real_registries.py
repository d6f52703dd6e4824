"""The real files of registries, whole, where TIMELINE_TEST_REGISTRY_DATA names the folder that has them.

They are not part of the project, for they are others' work; `docs/importing.md` says what they are and where from.
"""

import csv
import resource
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from domain.acts import Act
from infrastructure.intake import Options, Report, import_file
from tests.infrastructure.importers.conftest import copied
from tests.infrastructure.importers.keeping import Kept, counts, kept, problems
from tests.infrastructure.registry_data import FOLDER, file

WIPO = FOLDER / "wipo_members_2025-10-01.csv"
GGO = FOLDER / "ggo_parties_2025.parquet"
HUGGO = FOLDER / "huggo_memberships_2024.parquet"
MOST_MEMORY_BYTES = 900 * 1024 * 1024


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, catalogued_file: Path) -> Iterator[Kept]:
    """One record for the whole module, with the catalogue in it."""
    path = tmp_path_factory.mktemp("registries") / "timeline.db"
    copied(catalogued_file, path)
    with kept(f"sqlite:///{path}") as keeper:
        yield keeper


def taken(record: Kept, path: Path) -> Report:
    """What came of importing the file."""
    with path.open("rb") as given:
        return import_file(given, record, Options(recorded_by="clerk", name=path.name))


@pytest.fixture(scope="module")
def wipo(record: Kept) -> Report:
    """What came of WIPO's file."""
    return taken(record, WIPO)


@pytest.fixture(scope="module")
def ggo(record: Kept) -> Report:
    """What came of the Observatory's file of parties."""
    return taken(record, GGO)


@file(WIPO)
def test_every_line_of_wipo_is_recorded(wipo: Report) -> None:
    assert counts(wipo) == (1501, 1501, 0, 0)
    assert set(problems(wipo)) == {"treaty_defined", "outside_existence"}


@file(WIPO)
@pytest.mark.parametrize(
    ("treaty", "parties"),
    [
        ("berne-convention", 181),
        ("paris-convention", 181),
        ("wct", 118),
        ("wppt", 114),
        ("marrakesh-treaty", 100),
        ("beijing-treaty", 48),
        ("trademark-law-treaty", 55),
        ("rome-convention-1961", 98),
        ("washington-treaty-1989", 0),
    ],
)
def test_wipo_has_the_parties_that_it_had_on_its_day(
    treaty: str, parties: int, wipo: Report, record: Kept
) -> None:
    assert wipo.rejected == 0
    assert record.statuses(treaty, "2025-10-01").get("party", 0) == parties


@file(WIPO)
def test_every_dated_cell_of_wipo_is_on_file(wipo: Report, record: Kept) -> None:
    with WIPO.open(encoding="utf-8") as given:
        rows = list(csv.reader(given))[1:]
    dated = Counter(cell for row in rows for cell in (row[2], row[4], row[5]) if cell)
    dossiers = record.dossiers

    on_file = Counter(
        str(day)
        for treaty in dossiers.treaties(dossiers.record())
        for entry in dossiers.entries(treaty, dossiers.record())
        if isinstance(act := entry.content, Act) and (act.reference or "").startswith("wipo:")
        for day in (act.dated, act.received, act.effective)
        if day is not None
    )

    assert wipo.registry == "wipo"
    assert on_file == dated


@file(WIPO)
def test_wipo_again_records_nothing(wipo: Report, record: Kept) -> None:
    again = taken(record, WIPO)

    assert counts(again) == (wipo.read, 0, wipo.read, 0)
    assert len(again.corrections) == 0


@file(GGO)
def test_every_row_of_the_observatory_is_recorded_or_found_or_reported(ggo: Report) -> None:
    reported = {each.line for each in ggo.findings if each.rejects}

    assert ggo.read == pq.ParquetFile(GGO).metadata.num_rows == 175_018
    assert counts(ggo)[3] == len(reported) == 6_196
    assert ggo.treaties == 3_510
    assert ggo.format == "mapping"


@file(GGO)
def test_the_observatory_comes_in_with_bounded_memory(ggo: Report) -> None:
    assert ggo.acts > 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_MEMORY_BYTES


@file(GGO)
def test_days_of_the_observatory_are_as_old_and_as_uncertain_as_it_has_them(
    ggo: Report, record: Kept
) -> None:
    [signature] = [
        each for each in record.acts("ggo-afrcec-2001a", "ESH") if each.kind == "signature"
    ]
    dossiers = record.dossiers
    of_it = [each for each in dossiers.treaties(dossiers.record()) if each.startswith("ggo-")]
    first = min(
        entry.content.on()
        for treaty in of_it
        for entry in dossiers.entries(treaty, dossiers.record())
        if isinstance(entry.content, Act)
    )

    assert ggo.registry == "ggo"
    assert signature.dated == date(2006, 6, 20)
    assert first == date(1351, 8, 1)
    [doubtful] = [
        each
        for each in record.acts("ggo-ai06po-1978p1-marpol-1973a", "AUS")
        if each.kind == "signature"
    ]
    assert str(doubtful.dated).startswith("UncertainDay(edtf='1978-02-17?'")


@file(GGO)
def test_the_observatory_again_records_nothing(ggo: Report, record: Kept) -> None:
    position = record.position()

    again = taken(record, GGO)

    assert counts(again)[1:] == (0, ggo.recorded + ggo.duplicate, ggo.rejected)
    assert len(again.corrections) == 0
    assert record.position() == position


@file(HUGGO)
def test_every_row_of_the_memberships_is_accounted_for(record: Kept) -> None:
    report = taken(record, HUGGO)

    assert counts(report)[0] == pq.ParquetFile(HUGGO).metadata.num_rows == 119_599
    assert report.rejected == len({each.line for each in report.findings if each.rejects})
    assert report.treaties == 2_540
