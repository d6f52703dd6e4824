"""The accounts of an import add up, whatever lines a file has: a property over invented files."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastructure.importers import wipo
from infrastructure.intake import Report
from tests.infrastructure.importers.conftest import copied
from tests.infrastructure.importers.keeping import counts, kept, lines
from tests.infrastructure.importers.test_intake import CONSENT, NOTICE, PARTY, SIGNATURE, TREATY

IDS = ("3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11", "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f12", "no id")
DAYS = ("2000-01-01", "2001-01-01", "2001-02-30", "1992?", "", "soon")
NAMES = ("Fiji", "France", "Freedonia", "", "Germany")

dates = st.sampled_from(DAYS)
acts = st.builds(
    lambda base, day, extra: {**base, ("dated" if "dated" in base else "received"): day, **extra},
    st.sampled_from((SIGNATURE, CONSENT, NOTICE)),
    dates,
    st.one_of(
        st.just({}),
        st.builds(lambda each: {"id": each}, st.sampled_from(IDS)),
        st.sampled_from(({"treaty": "war"}, {"party": "Freedonia"}, {"colour": "red"})),
        st.builds(lambda each: {"note": each}, st.sampled_from(("one", "two"))),
    ),
)
objects = st.one_of(
    acts,
    st.sampled_from(
        (
            PARTY,
            TREATY,
            {**TREATY, "treaty": "war"},
            {**TREATY, "title": "Another title"},
            {**TREATY, "id": IDS[0]},
            {"type": "party", "party": "ATLA", "names": []},
        )
    ),
).map(lines)
ndjson = st.lists(st.one_of(objects, st.sampled_from((b"{\n", b"[1]\n", b"null\n")))).map(b"".join)
plain = st.one_of(
    st.sampled_from(("peace", "ATLA", "signature", *DAYS)), st.text("a ;", max_size=3)
)
plain_rows = st.lists(st.lists(plain, min_size=3, max_size=5), max_size=12)
cells = st.one_of(
    st.sampled_from(("peace", "ATLA", "signature", *DAYS)), st.text('",\n\r;a', max_size=4)
)
delimited = st.lists(st.lists(cells, min_size=3, max_size=5), max_size=12)
wipo_rows = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(("Berne", "Paris", "New", "")),
        dates,
        st.sampled_from(("Accession", "Ratification", "", "Adhesion")),
        dates,
        dates,
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A record with the register of one party and one treaty."""
    path = tmp_path_factory.mktemp("accounts") / "timeline.db"
    copied(sqlite_template, path)
    with kept(f"sqlite:///{path}") as keeper:
        fiji, france = (
            {"type": "party", "party": code, "names": [{"name": name}]}
            for code, name in (("FJI", "Fiji"), ("FRA", "France"))
        )
        keeper.take(lines(fiji, france))
    return path


def twice(template: Path, content: bytes, form: str) -> Iterator[tuple[Report, int]]:
    """What came of importing the content, and of importing it again, with how far the record went."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.db"
        copied(template, path)
        with kept(f"sqlite:///{path}") as keeper:
            for _ in range(2):
                before = keeper.position()
                yield keeper.take(content, format=form), keeper.position() - before


def adds_up(template: Path, content: bytes, form: str) -> list[Report]:
    """The reports of two imports, the accounts of both looked through."""
    reports: list[Report] = []
    for report, recorded in twice(template, content, form):
        reports.append(report)
        read, new, _, rejected = counts(report)
        kept_out = Counter(each.line for each in report.findings if each.rejects)
        assert report.acts + report.treaties + report.parties == recorded
        assert new > 0 or report.acts == 0
        assert rejected <= sum(kept_out.values())
        assert read or not content.strip() or kept_out or report.findings
    first, second = reports
    assert second.recorded == 0
    assert (second.read, second.rejected) == (first.read, first.rejected)
    return reports


@settings(max_examples=25)
@given(content=ndjson)
def test_of_our_own_lines(template: Path, content: bytes) -> None:
    first, _ = adds_up(template, content, "ndjson")

    assert first.read == len(content.splitlines()) or not content
    lost = {each.line for each in first.findings if each.rejects}
    assert len(lost) == first.rejected or not content


@settings(max_examples=25)
@given(rows=delimited)
def test_of_our_own_table(template: Path, rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["treaty", "party", "kind", "dated"], *rows])

    adds_up(template, out.getvalue().encode(), "csv")


@settings(max_examples=25)
@given(rows=plain_rows)
def test_of_a_table_without_quotation_marks(template: Path, rows: list[list[str]]) -> None:
    header = ["treaty", "party", "kind", "dated"]
    content = "".join(",".join(row) + "\n" for row in [header, *rows])

    report, _ = adds_up(template, content.encode(), "csv")

    said = [row for row in rows if any(cell.strip() for cell in row)]
    assert report.read == len(said) or not said


@settings(max_examples=25)
@given(rows=wipo_rows)
def test_of_a_registrys_rows(template: Path, rows: list[tuple[str, ...]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([wipo.COLUMNS, *rows])

    report, _ = adds_up(template, out.getvalue().encode(), "wipo")

    said = [row for row in rows if any(cell.strip() for cell in row)]
    assert report.read == len(said) or not said
