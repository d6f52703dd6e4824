"""Files that are cut, changed or invented: a clear finding, no crash, and nothing that the file does not say."""

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infrastructure.importers import recognise
from infrastructure.importers.lines import head_of
from infrastructure.importers.mapping import built_in
from infrastructure.importers.proposals import PROBLEMS, Finding, Item, Proposal
from infrastructure.importers.reading import Reading
from tests.infrastructure.importers.conftest import copied
from tests.infrastructure.importers.keeping import FILES, TODAY, Kept, kept, lines, problems
from tests.infrastructure.importers.test_mapping import parquet

ACT = {"treaty": "open-skies", "party": "POL", "kind": "communication", "dated": "2020-01-01"}
ROW = {"source": "ggo_2025", "treaty_id": "X_1990A", "treaty_title": "X", "party_name": "FJI"}
ROW |= {"iso3": "FJI", "act": "signature", "date": "1990-02-03", "note": "", "raw": ""}

SAMPLES = {
    "ndjson": lines(ACT, {**ACT, "party": "HUN", "note": "Türkiye"}),
    "csv": b'treaty,party,kind,dated,note\nopen-skies,POL,communication,2020-01-01,"a, b"\n',
    "mapping": parquet([ROW, {**ROW, "iso3": "POL"}]),
    **{
        name: (FILES / name).read_bytes()
        for name in (
            "wipo.csv",
            "IV-4.en.xml",
            "XXVII-7-d.en.xml",
            "coe-005.json",
            "unoda-npt.json",
        )
    },
}
FORMS = {
    "wipo.csv": "wipo",
    "IV-4.en.xml": "untc-xml",
    "XXVII-7-d.en.xml": "untc-xml",
    "coe-005.json": "coe-json",
    "unoda-npt.json": "unoda-json",
}


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory, catalogued_file: Path) -> Iterator[Kept]:
    """A record into which nothing is recorded, for the files of a whole module."""
    path = tmp_path_factory.mktemp("listening") / "timeline.db"
    copied(catalogued_file, path)
    with kept(f"sqlite:///{path}") as keeper:
        yield keeper


def items(content: bytes, form: str) -> list[Item]:
    """What the reader of a form makes of the bytes, whatever they are."""
    file = io.BytesIO(content)
    mapping = built_in()["ggo"] if form == "mapping" else None
    reading = Reading(file=file, head=head_of(file), name="f", today=TODAY, mapping=mapping)
    recognised = recognise(reading, form)
    assert not isinstance(recognised, Finding)
    found, reading = recognised
    return list(found.read(reading))


def days(proposal: Proposal) -> set[str]:
    """The days that a proposal gives for an act."""
    names = ("dated", "received", "effective")
    return {str(proposal.fact[each]) for each in names if proposal.fact.get(each)}


@st.composite
def changed(draw: st.DrawFn, name: str) -> bytes:
    """The sample with pieces taken out, put in, doubled or overwritten."""
    content = bytearray(SAMPLES[name])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.one_of(st.binary(max_size=20), st.just(bytes(content[start:end])), PIECES))
        content[start:end] = piece
    return bytes(content)


PIECES = st.sampled_from(
    [
        *(b"", b'"', b"'", b",", b"\n", b"\r", b"\x00", b"<", b">", b"&", b"]]>", b"{"),
        *(b"[" * 200, b"null", b"1e999", b"-1", b"\xff\xfe", b"\xed\xa0\x80"),
        *(b"9999-12-31", b"0000-00-00", b"[1 Jan 0001 ]", b"XXXX", b"2000/1990"),
    ]
)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=60)
@given(data=st.data())
def test_a_changed_file_is_read_to_its_end(name: str, data: st.DataObject) -> None:
    content = data.draw(changed(name))

    for each in items(content, FORMS.get(name, name)):
        if isinstance(each, Finding):
            assert each.problem in PROBLEMS
            assert len(each.detail) < 2_000
        elif isinstance(each, Proposal):
            assert all(line > 0 for line in each.lines)


@pytest.mark.parametrize("form", [*sorted(set(FORMS.values())), "ndjson", "csv", "mapping"])
@settings(max_examples=40)
@given(content=st.binary(max_size=400))
@example(content=b"")
@example(content=b"PAR1PAR1")
@example(content=b"\xff\xfe\x00")
@example(content=b"[" * 50_000)
@example(content=b"<a>" * 20_000)
def test_any_bytes_are_read_to_their_end(form: str, content: bytes) -> None:
    read = items(content, form)

    assert all(each.problem in PROBLEMS for each in read if isinstance(each, Finding))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_that_is_cut_off_is_found_to_be(name: str, listening: Kept) -> None:
    whole = SAMPLES[name]
    cuts = sorted({*range(1, len(whole) - 1, max(1, len(whole) // 40)), len(whole) - 2})

    for cut in cuts:
        report = listening.take(whole[:cut], rehearse=True)

        told = set(problems(report))
        assert told & {"unreadable", "unknown_format", "malformed", "cut_off", "uneven_row"} or (
            whole[:cut].endswith(b"\n") and report.rejected == 0
        ), (cut, told)


@pytest.mark.parametrize("name", ["wipo.csv", "csv", "ndjson"])
@settings(max_examples=60)
@given(data=st.data())
def test_no_day_is_proposed_that_is_not_in_the_file(name: str, data: st.DataObject) -> None:
    content = data.draw(changed(name))
    text = content.decode("latin-1") + content.decode("utf-8", "replace")

    for each in items(content, FORMS.get(name, name)):
        if isinstance(each, Proposal) and each.fact.get("type", "act") == "act":
            assert all(day in text for day in days(each))


@pytest.mark.parametrize("name", ["IV-4.en.xml", "XXVII-7-d.en.xml"])
@settings(max_examples=40)
@given(data=st.data())
def test_no_day_of_a_table_is_proposed_that_is_not_in_the_file(
    name: str, data: st.DataObject
) -> None:
    content = data.draw(changed(name))
    found = re.findall(r"(\d{1,2})\s+([A-Z][a-z]{2,8})\.?\s+(\d{4})", content.decode("latin-1"))
    written = {f"{year}-{int(day):02}" for day, _, year in found}

    for each in items(content, "untc-xml"):
        if isinstance(each, Proposal):
            for day in days(each):
                first = date.fromisoformat(day.partition("/")[0])
                assert f"{first.year:04}-{first.day:02}" in written


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=8)
@given(data=st.data())
def test_a_changed_file_comes_in_without_a_crash(
    name: str, data: st.DataObject, listening: Kept
) -> None:
    content = data.draw(changed(name))

    report = listening.take(content, rehearse=True)

    assert report.read == report.recorded + report.duplicate + report.rejected
    assert len(report.findings) > 0 or report.rejected == 0


ENTITIES = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>
<MTDSG><Participants><Table><Row><Entry>&b;&c;</Entry></Row></Table></Participants></MTDSG>"""


def test_entities_are_not_read(listening: Kept) -> None:
    report = listening.take(ENTITIES, rehearse=True)

    assert problems(report) == ["unreadable"]
    assert "entities" in next(iter(report.findings)).detail


def test_a_document_type_without_entities_is_no_harm(listening: Kept) -> None:
    content = SAMPLES["IV-4.en.xml"].replace(b"<MTDSG>", b"<!DOCTYPE MTDSG><MTDSG>", 1)

    report = listening.take(content, "IV-4.en.xml", rehearse=True)

    assert report.rejected == 0
