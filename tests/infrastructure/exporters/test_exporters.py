"""What goes out: a record that comes in elsewhere with the same answers, and tables that say what they are of."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answers import periods, roster
from domain.bounds import Bounds
from domain.errors import NotFound
from infrastructure.exporters import FORMATS, TABLES, export, file_name, opened
from infrastructure.exporters.delimited import guarded
from infrastructure.exporters.sqlite_file import TITLES, metadata_of
from infrastructure.importers.plain_csv import COLUMNS, unguarded
from tests.infrastructure.importers.conftest import copied
from tests.infrastructure.importers.keeping import FILES, Kept, counts, kept, lines, problems

DAY = date(2021, 6, 16)


def written(keeper: Kept, form: str, table: str = "roster", *treaties: str, **bounds: Any) -> bytes:
    """The export as bytes."""
    out = io.BytesIO()
    export(opened(keeper, treaties, **bounds), form, out, table)
    return out.getvalue()


def rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture
def elsewhere(tmp_path: Path, sqlite_template: Path) -> Iterator[Kept]:
    """Another record, which is empty."""
    copied(sqlite_template, tmp_path / "elsewhere.db")
    with kept(f"sqlite:///{tmp_path / 'elsewhere.db'}") as keeper:
        yield keeper


# --- the whole record ---


def test_a_copy_of_the_record_has_the_same_bytes_and_no_line_is_refused(
    known: Kept, elsewhere: Kept
) -> None:
    for name in ("wipo.csv", "XXVII-7-d.en.xml", "unoda-npt.json"):
        known.take(FILES / name)
    first = written(known, "ndjson")

    report = elsewhere.take(first)

    assert counts(report) == (known.position(), known.position(), 0, 0)
    assert problems(report) == []
    assert written(elsewhere, "ndjson") == first


def test_a_copy_into_a_record_that_has_a_part_of_it_has_the_same_bytes(
    known: Kept, tmp_path: Path, catalogued_file: Path
) -> None:
    copied(catalogued_file, tmp_path / "part.db")
    known.take(FILES / "wipo.csv")
    first = written(known, "ndjson")

    with kept(f"sqlite:///{tmp_path / 'part.db'}") as part:
        report = part.take(first)
        again = written(part, "ndjson")

    assert (report.recorded, report.rejected) == (11, 0)
    assert again == first


def test_a_copy_answers_as_the_record_does_for_every_day_and_every_state_of_knowledge(
    known: Kept, elsewhere: Kept
) -> None:
    known.take(FILES / "XXVII-7-d.en.xml")
    elsewhere.take(written(known, "ndjson"))
    one, other = known.dossiers, elsewhere.dossiers
    here, there = one.record(), other.record()

    for treaty in one.treaties(here):
        for seen in (None, date(1999, 1, 1), date(2019, 6, 1)):
            first, second = (
                shelf.fold(treaty, record, as_seen=seen)
                for shelf, record in ((one, here), (other, there))
            )
            assert first.parties() == second.parties()
            for party in first.parties():
                assert periods(first, party) == periods(second, party)
        on = [
            roster(shelf.fold(treaty, record), Bounds(as_of=DAY, as_seen=None, record=record))
            for shelf, record in ((one, here), (other, there))
        ]
        assert on[0] == on[1]


def test_corrections_come_in_again_in_their_order(known: Kept, elsewhere: Kept) -> None:
    wrong = {"treaty": "open-skies", "party": "FJI", "kind": "signature", "dated": "1992-03-24"}
    known.take(lines(wrong))
    [signature] = known.acts("open-skies", "FJI")
    correction = {"treaty": "open-skies", "party": "FJI", "kind": "record_corrected"}
    correction |= {"dated": "2020-01-01", "concerns": signature.id, "note": "Not a signatory."}
    known.take(lines(correction))
    undone = known.acts("open-skies", "FJI")[1]
    known.take(lines({**correction, "concerns": undone.id, "note": "It was one after all."}))

    report = elsewhere.take(written(known, "ndjson"))

    assert report.rejected == 0
    assert elsewhere.said("open-skies", "FJI", "2000-01-01")["status"] == "signatory"
    assert written(elsewhere, "ndjson") == written(known, "ndjson")


def test_an_export_of_some_treaties_has_the_register_and_these(
    known: Kept, elsewhere: Kept
) -> None:
    report = elsewhere.take(written(known, "ndjson", "", "abm", "inf"))

    assert report.rejected == 0
    assert (report.treaties, report.parties) == (2, 643)


def test_an_export_is_of_one_position(known: Kept) -> None:
    position = known.position()
    before = written(known, "ndjson")
    known.take(FILES / "wipo.csv")

    assert written(known, "ndjson", at=position) == before
    assert written(known, "ndjson") != before


def test_an_empty_record_goes_out_in_every_form(elsewhere: Kept) -> None:
    assert written(elsewhere, "ndjson") == b""
    for table in TABLES:
        assert rows(written(elsewhere, "csv", table)) == []
        assert pq.read_table(io.BytesIO(written(elsewhere, "parquet", table))).num_rows == 0
    assert len(written(elsewhere, "sqlite")) > 0


@pytest.mark.parametrize("form", FORMATS)
def test_a_treaty_that_is_not_there_is_refused(form: str, known: Kept) -> None:
    with pytest.raises(NotFound):
        written(known, form, "roster", "no-such-treaty")


def test_a_form_that_is_not_there_is_refused(known: Kept) -> None:
    with pytest.raises(ValueError, match="there is no form xlsx"):
        written(known, "xlsx")


# --- tables ---


def test_a_roster_says_who_had_which_status_on_the_day_and_in_which_record(known: Kept) -> None:
    found = {
        each["party"]: each
        for each in rows(written(known, "csv", "roster", "open-skies", as_of=DAY))
    }

    russia, america = found["RUS"], found["USA"]
    assert (russia["status"], russia["bound"], russia["since"]) == ("party", "true", "2002-01-01")
    assert (america["status"], america["bound"]) == ("former_party", "false")
    assert america["party_name"] == "United States of America"
    assert {each["as_of"] for each in found.values()} == {"2021-06-16"}
    assert {each["record_position"] for each in found.values()} == {str(known.position())}


def test_a_roster_gives_the_bounds_of_a_day_that_is_not_known(known: Kept) -> None:
    known.take(
        lines(
            {"treaty": "open-skies", "party": "FJI", "kind": "accession", "received": "2010"},
        )
    )

    [fiji] = [
        each
        for each in rows(written(known, "csv", "roster", "open-skies", as_of=DAY))
        if each["party"] == "FJI"
    ]

    assert fiji["since"] == "2010-03-02/2011-03-01"
    assert (fiji["since_earliest"], fiji["since_latest"]) == ("2010-03-02", "2011-03-01")


def test_acts_are_those_done_by_the_day_and_known_by_the_other(known: Kept) -> None:
    by_day = rows(written(known, "csv", "acts", "open-skies", as_of=date(2020, 5, 22)))
    seen = rows(written(known, "csv", "acts", "open-skies", as_of=DAY, as_seen=date(2020, 5, 21)))

    assert max(each["decisive_earliest"] for each in by_day) == "2020-05-22"
    assert not any(each["kind"] == "withdrawal_notice" for each in seen)


def test_an_act_that_was_corrected_is_there_and_stands_no_longer(known: Kept) -> None:
    known.take(
        lines({"treaty": "abm", "party": "FJI", "kind": "communication", "dated": "2001-01-01"})
    )
    [wrong] = known.acts("abm", "FJI")
    correction = {
        "treaty": "abm",
        "party": "FJI",
        "kind": "record_corrected",
        "dated": "2020-01-01",
    }
    known.take(lines({**correction, "concerns": wrong.id, "note": "Another Fiji."}))

    found = {each["id"]: each for each in rows(written(known, "csv", "acts", "abm"))}

    assert found[wrong.id]["stands"] == "false"


def test_the_acts_of_an_export_come_in_as_our_own_table(known: Kept, elsewhere: Kept) -> None:
    elsewhere.take(written(known, "ndjson", "", "open-skies"))
    table = written(known, "csv", "acts", "open-skies")

    report = elsewhere.take(table)

    assert (report.format, report.recorded, report.rejected) == ("csv", 0, 0)
    assert report.duplicate == len(rows(table))
    assert problems(report) == []


def test_the_columns_are_those_that_they_were() -> None:
    assert {name: list(table.columns) for name, table in TABLES.items()} == {
        "roster": [
            *("treaty", "treaty_title", "party", "party_name", "status", "bound", "since", "until"),
            *("since_earliest", "since_latest", "until_earliest", "until_latest", "flags"),
            *("certainty", "possible", "as_of", "as_seen", "record_position"),
        ],
        "acts": [
            *("id", "treaty", "party", "party_name", "kind", "dated", "received", "notified"),
            *("effective", "claimed_effective", "sequence", "by", "towards", "territories"),
            *("predecessor", "concerns", "legal_effect", "contested_by", "depositary", "reference"),
            *("note", "despite", "source_title", "source_url", "source_published"),
            *("source_sha256", "source_quote", "more_sources", "replacement", "decisive_earliest"),
            *("decisive_latest", "stands", "position", "recorded_at", "recorded_by"),
            *("stream_version", "as_of", "as_seen", "record_position"),
        ],
        "periods": [
            *("treaty", "treaty_title", "party", "party_name", "status", "bound", "from", "until"),
            *("flags", "holds", "as_of", "as_seen", "record_position"),
        ],
    }
    assert set(COLUMNS) <= set(TABLES["acts"].columns)


def test_periods_are_the_whole_time_line_and_mark_those_of_the_day(known: Kept) -> None:
    found = [
        each
        for each in rows(written(known, "csv", "periods", "open-skies", as_of=DAY))
        if each["party"] == "RUS"
    ]

    assert [(each["status"], each["from"], each["holds"]) for each in found] == [
        ("signatory", "1992-03-24", "false"),
        ("contracting", "2001-11-02", "false"),
        ("party", "2002-01-01", "true"),
        ("party_withdrawing", "2021-06-18", "false"),
        ("former_party", "2021-12-18", "false"),
    ]


@given(st.text())
def test_no_cell_begins_with_what_a_spreadsheet_would_compute(text: str) -> None:
    cell = guarded(text)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text.startswith("'") or unguarded(cell) == text


def test_a_note_that_is_a_formula_is_guarded_and_comes_back(known: Kept) -> None:
    note = '=HYPERLINK("https://example.org")'
    known.take(
        lines(
            {
                "treaty": "abm",
                "party": "FJI",
                "kind": "communication",
                "dated": "2001-01-01",
                "note": note,
            }
        )
    )

    table = written(known, "csv", "acts", "abm")

    assert f"'{note}" in [each["note"] for each in rows(table)]
    assert counts(known.take(table))[1:] == (0, len(rows(table)), 0)


# --- Parquet ---


@pytest.mark.parametrize("table", TABLES)
def test_parquet_has_the_rows_of_the_csv_with_types_and_names_the_record(
    table: str, known: Kept
) -> None:
    text = rows(written(known, "csv", table, "open-skies", "paris", as_of=DAY))

    read = pq.read_table(
        io.BytesIO(written(known, "parquet", table, "open-skies", "paris", as_of=DAY))
    )

    assert read.column_names == list(TABLES[table].columns)
    assert [{key: _shown(each) for key, each in row.items()} for row in read.to_pylist()] == text
    metadata = {key.decode(): each.decode() for key, each in read.schema.metadata.items()}
    assert metadata["timeline.record_position"] == str(known.position())
    assert (metadata["timeline.table"], metadata["timeline.as_of"]) == (table, "2021-06-16")
    assert str(read.schema.field("record_position").type) == "int64"
    assert str(read.schema.field("as_of").type) == "date32[day]"


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return guarded(value)
        case _:
            return str(value)


# --- SQLite ---


def test_the_sqlite_file_has_keys_that_lead_somewhere_and_says_what_it_is_of(
    known: Kept, tmp_path: Path
) -> None:
    path = tmp_path / "export.db"
    path.write_bytes(written(known, "sqlite", "", as_of=DAY))

    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = {
            each
            for (each,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        about = dict(database.execute("SELECT key, value FROM about"))
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        state = database.execute(
            "SELECT state FROM treaties WHERE treaty = 'open-skies'"
        ).fetchone()
        status = database.execute(
            "SELECT status FROM roster WHERE treaty = 'open-skies' AND party = 'RUS'"
        ).fetchone()
        counted = database.execute("SELECT count(*) FROM acts").fetchone()
        keys = {each[3:5] for each in database.execute("PRAGMA foreign_key_list(acts)")}

    assert tables >= set(TITLES)
    assert about["record_position"] == str(known.position())
    assert (about["as_of"], broken) == ("2021-06-16", [])
    assert (state, status) == (("in_force",), ("party",))
    assert counted == (len(rows(written(known, "csv", "acts", as_of=DAY))),)
    assert keys == {("treaty", "treaty"), ("party", "party"), ("kind", "kind")}


def test_the_metadata_for_datasette_speaks_of_every_table(known: Kept) -> None:
    import json

    said = json.loads(metadata_of(opened(known, as_of=DAY)))

    assert set(said["databases"]["timeline"]["tables"]) == set(TITLES)
    assert f"position {known.position()}" in said["description"]


# --- names ---


@pytest.mark.parametrize(
    ("form", "table", "treaties", "name"),
    [
        ("csv", "roster", ("open-skies",), "roster-open-skies-2021-06-16-at-{}.csv"),
        ("parquet", "acts", (), "acts-all-2021-06-16-at-{}.parquet"),
        ("sqlite", "roster", (), "timeline-all-2021-06-16-at-{}.db"),
        ("ndjson", "roster", (), "timeline-at-{}.ndjson"),
    ],
)
def test_the_name_of_a_file_tells_the_day_and_the_position(
    form: str, table: str, treaties: tuple[str, ...], name: str, known: Kept
) -> None:
    asked = opened(known, treaties, as_of=DAY)

    assert file_name(asked, form, table) == name.format(known.position())
