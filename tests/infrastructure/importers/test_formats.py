"""Each format: what its files say is what is proposed, and which format a file is shows in its content."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infrastructure.importers import FORMATS, recognise
from infrastructure.importers.lines import head_of
from infrastructure.importers.proposals import Finding, Item, Proposal, Registry
from infrastructure.importers.reading import Reading
from infrastructure.importers.untc_xml import exit_days
from tests.infrastructure.importers.keeping import FILES, TODAY, Kept, counts, found, problems

IGNORED = ("reference", "treaty", "note")
HEADER = "treaty,party,kind,received,note\n"


def items(given: bytes | str | Path, name: str = "", form: str | None = None) -> list[Item]:
    """What the reader of the file yields."""
    if isinstance(given, Path):
        name, given = given.name, given.read_bytes()
    content = given.encode() if isinstance(given, str) else given
    file = io.BytesIO(content)
    reading = Reading(file=file, head=head_of(file), name=name, today=TODAY)
    recognised = recognise(reading, form)
    if isinstance(recognised, Finding):
        return [recognised]
    found_form, reading = recognised
    return list(found_form.read(reading))


def facts(given: bytes | str | Path, name: str = "", kind: str = "act") -> list[dict[str, Any]]:
    """The proposed acts, without what every one of them has."""
    proposed = [each.fact for each in items(given, name) if isinstance(each, Proposal)]
    return [
        {key: each for key, each in fact.items() if key not in IGNORED and each is not None}
        for fact in proposed
        if fact.get("type", "act") == kind
    ]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("IV-4.en.xml", "untc-xml"),
        ("XXVII-7-d.en.xml", "untc-xml"),
        ("coe-005.json", "coe-json"),
        ("unoda-npt.json", "unoda-json"),
        ("wipo.csv", "wipo"),
    ],
)
def test_the_format_is_seen_from_the_content(name: str, form: str, known: Kept) -> None:
    report = known.take((FILES / name).read_bytes())

    assert report.format == form
    assert report.rejected == 0


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"<!DOCTYPE html><html><p>urgent maintenance", "an HTML page"),
        (b"\x89PNG\r\n\x1a\n", "no format begins like this"),
        (b"name;day\nx;y\n", "no format begins like this"),
    ],
)
def test_what_is_of_no_format_is_said(head: bytes, said: str, blank: Kept) -> None:
    report = blank.take(head)

    assert counts(report) == (1, 0, 0, 1)
    assert found(report, "unknown_format").detail.startswith(said)


# --- our own table ---


def test_a_row_of_our_table_is_an_act() -> None:
    given = (
        "treaty;party;kind;dated;sequence;towards;legal_effect;source_title;source_url\r\n"
        "open-skies;Türkiye;signature;1992-03-24;2;POL|Hungary;false;List;https://example.org\r\n"
    )

    [act] = items(given)[0:1]

    assert isinstance(act, Proposal)
    assert act.lines == (2,)
    assert act.fact == {
        "treaty": "open-skies",
        "party": "Türkiye",
        "kind": "signature",
        "dated": "1992-03-24",
        "sequence": 2,
        "towards": ["POL", "Hungary"],
        "legal_effect": False,
        "sources": [{"title": "List", "url": "https://example.org"}],
    }


@pytest.mark.parametrize(
    "encoded",
    [
        ("\ufeff" + HEADER + "t,Türkiye,ratification,2000,é\n").encode(),
        (HEADER + "t,Türkiye,ratification,2000,é\n").encode("utf-16"),
        (HEADER.replace(",", "\t") + "t\tTürkiye\tratification\t2000\té\n").encode(),
        (HEADER.replace(",", ";") + "t;Türkiye;ratification;2000;é\n").encode(),
        (HEADER + "t,Türkiye,ratification,2000,é\n").encode("latin-1"),
    ],
    ids=["mark", "utf-16", "tabs", "semicolons", "latin-1"],
)
def test_marks_encodings_and_delimiters_make_no_difference(encoded: bytes) -> None:
    [fact] = facts(encoded)

    assert fact == {"party": "Türkiye", "kind": "ratification", "received": "2000"}


def test_a_quoted_cell_may_hold_line_breaks_and_the_line_is_where_the_row_begins() -> None:
    given = HEADER + 't,POL,ratification,2000,"one\ntwo, ""three"""\nt,HUN,ratification,2001,\n'

    first, second = (each for each in items(given) if isinstance(each, Proposal))

    assert first.fact["note"] == 'one\ntwo, "three"'
    assert (first.lines, second.lines) == ((2,), (4,))


def test_a_stray_quotation_mark_swallows_no_more_than_a_cell_may_hold() -> None:
    rows = "".join(f"t,POL,ratification,2000,n{number}\n" for number in range(20_000))
    given = HEADER + 't,POL,ratification,1999,"never closed\n' + rows

    read = items(given)

    assert [each.problem for each in read if isinstance(each, Finding)] == ["unreadable"]
    assert len([each for each in read if isinstance(each, Proposal)]) > 10_000


def test_what_a_spreadsheet_would_compute_is_guarded_and_comes_back() -> None:
    given = HEADER + "t,POL,ratification,2000,'=1+1\nt,POL,ratification,2000,'tis\n"

    notes = [each.fact["note"] for each in items(given) if isinstance(each, Proposal)]

    assert notes == ["=1+1", "'tis"]


# --- WIPO ---


def test_a_row_of_wipo_is_a_signature_and_an_instrument_with_its_entry_into_force() -> None:
    acts = facts(FILES / "wipo.csv")

    assert {"party": "Belgium", "kind": "signature", "dated": "2013-05-08"} in acts
    assert {
        "party": "Montenegro",
        "kind": "succession",
        "received": "2006-12-04",
        "effective": "2006-06-03",
    } in acts
    assert {"party": "Viet Nam", "kind": "consent_to_be_bound", "effective": "1949-03-08"} in acts


def test_every_dated_cell_of_wipo_is_in_an_act() -> None:
    text = (FILES / "wipo.csv").read_text()
    dated = sum(cell[:1].isdigit() for line in text.splitlines()[1:] for cell in line.split(","))

    said = sum(
        key in ("dated", "received", "effective")
        for fact in facts(FILES / "wipo.csv")
        for key in fact
    )

    assert said == dated


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Algeria,Berne,,Accession,1998-01-19,1998-04-1", "not_a_day"),
        ("Algeria,Berne,1998-02-30,,,", "not_a_day"),
        ("Algeria,Berne,,Adhesion,1998-01-19,1998-04-19", "unknown_act"),
        ("Algeria,Berne,,,,", "nothing_to_record"),
        ("Algeria,Berne,,Accession,,", "nothing_to_record"),
        ("Algeria,,,Accession,1998-01-19,", "malformed"),
        ("Algeria,Berne,,Accession,1998-01-19", "uneven_row"),
        ("Atlantis,Berne,,Accession,1998-01-19,1998-04-19", "unknown_party"),
    ],
)
def test_a_bad_row_of_wipo_is_rejected_and_the_others_are_recorded(
    row: str, problem: str, known: Kept
) -> None:
    text = (FILES / "wipo.csv").read_text()

    report = known.take(text + row + "\n")

    assert counts(report) == (8, 7, 0, 1)
    assert found(report, problem).line == 9


def test_a_treaty_that_joined_the_list_later_is_called_by_its_word(known: Kept) -> None:
    header = (FILES / "wipo.csv").read_text().splitlines()[0]

    known.take(f"{header}\nPoland,Lisbon Act,,Accession,2026-01-01,2026-04-01\n")

    assert known.statuses("wipo-lisbon-act", "2027-01-01") == {"party": 1}


# --- UN Treaty Collection ---


def test_letters_are_read_by_the_header_of_their_column() -> None:
    acts = facts(FILES / "IV-4.en.xml")

    assert {"party": "Côte d'Ivoire", "kind": "accession", "received": "1992-03-26"} in acts
    assert {"party": "Slovenia", "kind": "succession", "received": "1992-07-06"} in acts
    assert {"party": "Norway", "kind": "signature", "dated": "1968-03-20"} in acts
    assert {"party": "Norway", "kind": "ratification", "received": "1972-09-13"} in acts
    assert {"party": "China", "kind": "signature", "dated": "1998-10-05"} in acts
    assert {"kind": "treaty_entry_into_force", "dated": "1976-03-23"} in acts


def test_the_number_of_the_treaty_is_in_the_name_of_the_file_or_in_its_chapter() -> None:
    content = (FILES / "XXVII-7-d.en.xml").read_bytes()

    by_name = facts(content, "XXVI-5.en.xml", kind="treaty")[0]["identifiers"]
    by_chapter = facts(content, "download.xml", kind="treaty")[0]["identifiers"]

    assert by_name["un_treaty_collection"] == "XXVI-5"
    assert by_chapter["un_treaty_collection"] == "XXVII-7-d"


def test_a_consent_in_brackets_ends_on_the_day_that_its_end_note_tells() -> None:
    acts = [
        each
        for each in facts(FILES / "XXVII-7-d.en.xml")
        if each.get("party", "").startswith("United")
    ]

    assert acts == [
        {"party": "United States of America", "kind": "signature", "dated": "2016-04-22"},
        {"party": "United States of America", "kind": "acceptance", "received": "2021-01-20"},
        {
            "party": "United States of America",
            "kind": "withdrawal_notice",
            "received": "2025-01-27",
            "effective": "2026-01-27",
        },
    ]


def test_a_consent_in_brackets_without_a_note_ends_on_a_day_that_is_not_known(known: Kept) -> None:
    table = cells("Participant", "Ratification", ("Atlantis", "[1 Jan\t 1990 ]"))
    in_force = "<EIF><Labeltext>1 June 1985</Labeltext></EIF></ExternalData>"
    given = document(table).replace("Atlantis", "Fiji").replace("</ExternalData>", in_force)

    report = known.take(given)

    assert "1990-01-01 and 2026-11-22" in found(report, "bracketed").done
    assert known.said("untc-a-treaty", "FJI", "2000-01-01")["certainty"] == "possible"


@pytest.mark.parametrize(
    ("note", "days"),
    [
        (
            "The Government notified its denunciation on 10 September 2012, to take effect on 10 September 2013.",
            ("2012-09-10", "2013-09-10"),
        ),
        ("Denunciation received on 5 January 1999.", ("1999-01-05", None)),
        ("Withdrew with effect from 1 July 1994.", (None, "1994-07-01")),
        ("Withdrew its notification of withdrawal on 10 February 2017.", None),
        ("Denounced on 1 May 1990, 2 May 1990 and 3 May 1990.", None),
        ("It denounced the Convention.", None),
        ("Denounced on 31 February 1990.", None),
    ],
)
def test_the_days_of_an_exit_are_read_from_a_note_only_where_they_are_clear(
    note: str, days: tuple[str | None, str | None] | None
) -> None:
    assert exit_days(note) == days


@pytest.mark.parametrize(
    ("header", "cell", "kind"),
    [
        ("Signature, Succession to signature(d)", "1 Jan 2000 d", "succession_to_signature"),
        ("Approval(AA), Acceptance(A), Accession(a), Ratification", "1 Jan 2000 A", "acceptance"),
        ("Approval(AA), Acceptance(A), Accession(a), Ratification", "1 Jan 2000 a", "accession"),
        ("Approval(AA), Acceptance(A), Accession(a), Ratification", "1 Jan 2000 AA", "approval"),
        ("Formal confirmation(c), Accession(a)", "1 Jan 2000 c", "formal_confirmation"),
        ("Definitive signature(s), Ratification", "1 Jan 2000 s", "signature_definitive"),
        ("Participation(P), Accession(a)", "1 Jan 2000 P", "consent_to_be_bound"),
        ("Provisional application(n)", "1 Jan 2000 n", "provisional_application_start"),
        (
            "Definitive signature of the Protocol, Acceptance of the Protocol",
            "1 Jan 2000",
            "consent_to_be_bound",
        ),
    ],
)
def test_headers_and_letters(header: str, cell: str, kind: str) -> None:
    [act] = [
        each
        for each in facts(document(cells("Participant 2, 3", header, ("Fiji", cell))))
        if "party" in each
    ]

    assert act["kind"] == kind


def test_a_special_table_is_read_by_its_own_titles() -> None:
    special = (
        "<SpecialTables><SpecialTable><TableHeader><Title>Participant</Title><Title>Ratification</Title>"
        "</TableHeader><Row><Column>Fiji</Column><Column>1 Jan\t 2000 </Column></Row></SpecialTable></SpecialTables>"
    )

    acts = [each for each in facts(document(special)) if "party" in each]

    assert acts == [{"party": "Fiji", "kind": "ratification", "received": "2000-01-01"}]


def test_a_known_treaty_of_the_collection_is_compared_with_the_record(known: Kept) -> None:
    report = known.take(FILES / "IV-4.en.xml")

    assert report.treaties == 0
    assert found(report, "treaty_matched").detail == "IV-4 is iccpr in the record"
    assert {"count_differs", "unknown_party"}.isdisjoint(problems(report))


# --- Council of Europe ---


def test_parties_of_the_council_that_did_nothing_are_no_lines(known: Kept) -> None:
    report = known.take(FILES / "coe-005.json")

    assert report.read == 4
    assert found(report, "treaty_matched").detail.startswith("005 is echr")


def test_the_council_tells_consent_entry_into_force_and_exit() -> None:
    acts = [each for each in facts(FILES / "coe-005.json") if each["party"] == "Russian Federation"]

    assert acts == [
        {"party": "Russian Federation", "kind": "signature", "dated": "1996-02-28"},
        {
            "party": "Russian Federation",
            "kind": "consent_to_be_bound",
            "received": "1998-05-05",
            "effective": "1998-05-05",
        },
        {"party": "Russian Federation", "kind": "withdrawal_notice", "effective": "2022-09-16"},
    ]


def test_codes_of_the_council_are_not_read() -> None:
    assert {each["party"] for each in facts(FILES / "coe-005.json")} == {
        "Bulgaria",
        "Greece",
        "Poland",
        "Russian Federation",
    }


# --- UNODA ---


def test_of_three_deposits_the_earliest_is_the_act_and_the_others_are_further_ones() -> None:
    acts = [each for each in facts(FILES / "unoda-npt.json") if each.get("party") == "Fiji"]

    assert acts == [
        {"party": "Fiji", "kind": "succession", "received": "1972-07-18", "depositary": "GBR"},
        {
            "party": "Fiji",
            "kind": "additional_deposit",
            "received": "1972-08-14",
            "depositary": "RUS",
        },
        {
            "party": "Fiji",
            "kind": "additional_deposit",
            "received": "1972-08-29",
            "depositary": "USA",
        },
    ]


def test_signatures_in_three_capitals_are_three_signatures() -> None:
    signed = [
        each["depositary"]
        for each in facts(FILES / "unoda-npt.json")
        if each.get("party") == "Poland" and each["kind"] == "signature"
    ]

    assert signed == ["GBR", "RUS", "USA"]


def test_the_order_of_the_answer_makes_no_difference(known: Kept) -> None:
    import json

    document_ = json.loads((FILES / "unoda-npt.json").read_text())
    actions = document_["data"]["treaty_"]["data"]["actions_"]
    known.take(json.dumps(document_))
    before = known.position()
    actions.reverse()

    known.take(json.dumps(document_))

    assert known.position() == before
    assert known.said("npt", "FJI", "1972-08-01")["since"] == "1970-10-10"


def test_a_registry_tells_who_it_is_first() -> None:
    first = [
        items(FILES / name)[0]
        for name in ("IV-4.en.xml", "coe-005.json", "unoda-npt.json", "wipo.csv")
    ]

    assert [each.mark for each in first if isinstance(each, Registry)] == [
        "untc",
        "coe",
        "unoda",
        "wipo",
    ]


def test_every_format_has_a_title() -> None:
    assert [name for name, form in FORMATS.items() if not form.title] == []
    assert date.fromisoformat("2026-11-22") == TODAY


def cells(*titles_and_rows: Any) -> str:
    """A table of participants: titles, then rows as tuples."""
    titles = [each for each in titles_and_rows if isinstance(each, str)]
    rows = [each for each in titles_and_rows if isinstance(each, tuple)]
    head = "".join(f"<Entry>{each}</Entry>" for each in titles)
    body = "".join(
        "<Row>" + "".join(f"<Entry>{cell}</Entry>" for cell in row) + "</Row>" for row in rows
    )
    return (
        f"<Participants><Table><TGroup><Thead><Row>{head}</Row></Thead>"
        f"<Tbody><Rows>{body}</Rows></Tbody></TGroup></Table></Participants>"
    )


def document(table: str, more: str = "") -> str:
    """A status document with this table."""
    return (
        '<?xml version="1.0"?><MTDSG><Header><ExternalData><Titlesect>A Treaty</Titlesect></ExternalData>'
        f"</Header><Treaty>{table}{more}</Treaty></MTDSG>"
    )
