"""Every problem that a finding can name: here is a file that has it, and the page that tells of it."""

import re
from pathlib import Path

import pytest

from domain.irregularities import RULES
from infrastructure.importers import lines as text_lines
from infrastructure.importers.proposals import PROBLEMS, Severity
from tests.infrastructure.importers.keeping import FILES, Kept, lines, problems
from tests.infrastructure.importers.test_comparing import FIRST, HEADER, OTHER, act
from tests.infrastructure.importers.test_formats import cells, document
from tests.infrastructure.importers.test_mapping import HEADER as TABLE
from tests.infrastructure.importers.test_mapping import LONG

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "importing.md"

FILES_WITH: dict[str, bytes | str | Path] = {
    "unknown_format": "name\n",
    "unreadable": '<?xml version="1.0"?><MTDSG>',
    "too_large": (FILES / "IV-4.en.xml").read_bytes(),
    "line_too_long": b'{"kind": "' + b"x" * 2_000 + b'"}\n',
    "cut_off": HEADER + FIRST.rstrip(),
    "read_as_latin_1": "treaty,kind,party,note\nopen-skies,communication,POL,é\n".encode("latin-1"),
    "missing_column": b"day\n",
    "unknown_column": "treaty,kind,colour\n",
    "uneven_row": HEADER + "Fiji,Berne\n",
    "malformed": b'{"kind": "wave"}\n',
    "not_a_day": HEADER + "Fiji,Berne,1.1.1971,,,\n",
    "unknown_act": HEADER + "Fiji,Berne,,Adhesion,1971-12-01,\n",
    "nothing_to_record": HEADER + "Fiji,Berne,,,,\n",
    "nothing_said": HEADER,
    "form_not_said": document(
        cells("Participant", "Ratification, Acceptance", ("Fiji", "1 Jan 1990"))
    ),
    "bracketed": document(cells("Participant", "Ratification", ("Fiji", "[1 Jan 1990]"))),
    "note_not_understood": document(
        cells("Participant", "Ratification", ("Fiji<superscript>1</superscript>", "[1 Jan 1990]")),
        "<EndNotes><Note><Number>1</Number><Text>It withdrew.</Text></Note></EndNotes>",
    ),
    "special_table": document(cells("Participant", "Remarks", ("Fiji", "Many"))),
    "count_differs": (FILES / "IV-4.en.xml")
    .read_bytes()
    .replace(b"<Parties>5</Parties>", b"<Parties>6</Parties>"),
    "unknown_party": HEADER + "Atlantis,Berne,,Accession,1971-12-01,\n",
    "ambiguous_party": TABLE + "T,T,Korea,,sign,1920-01-01\n",
    "outside_existence": HEADER + "Czech Republic,Berne,,Accession,1992-12-18,1993-01-01\n",
    "treaty_defined": HEADER + FIRST,
    "treaty_matched": FILES / "IV-4.en.xml",
    "title_on_file": TABLE + "T,Treaty on Open Skies,FJI,,sign,1990\n",
    "said_twice": HEADER + FIRST + FIRST,
}
"""A file with the problem; those of comparing come after another file."""

AFTER: dict[str, tuple[bytes | str, bytes | str]] = {
    "same_act_on_file": (HEADER + FIRST, lines(act())),
    "form_differs": (HEADER + FIRST, lines(act(kind="acceptance"))),
    "says_more": (lines(act()), HEADER + FIRST),
    "sources_disagree": (lines(act(received="1970-01-01")), HEADER + FIRST),
    "changed_in_registry": (HEADER + FIRST, HEADER + FIRST.replace("12-01", "12-02")),
    "vanished_from_registry": (HEADER + FIRST + OTHER, HEADER + OTHER),
}


def test_every_problem_is_held_here_or_in_a_test_of_its_own() -> None:
    elsewhere = {"corrected_before", *RULES}

    assert set(PROBLEMS) == {*FILES_WITH, *AFTER, *elsewhere}


@pytest.mark.parametrize("problem", FILES_WITH)
def test_a_file_has_the_problem(problem: str, known: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    if problem == "line_too_long":
        monkeypatch.setattr(text_lines, "LONGEST_LINE", 1_000)
    if problem == "too_large":
        monkeypatch.setattr("infrastructure.importers.documents.LARGEST", 1_000)
    given = FILES_WITH[problem]
    mapped = problem in {"missing_column", "ambiguous_party", "title_on_file"}

    report = known.take(given, mapping=LONG if mapped else None)

    assert problem in problems(report)


@pytest.mark.parametrize("problem", AFTER)
def test_a_file_has_the_problem_after_another(problem: str, known: Kept) -> None:
    before, after = AFTER[problem]
    known.take(HEADER + OTHER)
    known.take(before)

    report = known.take(after)

    assert problem in problems(report)


def test_what_rejects_a_line_is_an_error_whatever_it_is_about(known: Kept) -> None:
    report = known.take(HEADER + FIRST + "Fiji,Berne,,,,\n" + FIRST)

    by_problem = {each.problem: each.severity for each in report.findings}
    assert by_problem["nothing_to_record"] is Severity.ERROR
    assert by_problem["said_twice"] is Severity.REMARK
    assert next(iter(report.findings.counted()))[0] is Severity.ERROR


def test_the_page_tells_of_every_problem_as_the_code_does() -> None:
    rows = re.findall(
        r"^\| `([a-z_0-9]+)` \| (error|warning|remark) \| (.+?) \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert {name: (severity, meaning) for name, severity, meaning in rows} == {
        each.name: (each.severity.value, each.meaning)
        for each in PROBLEMS.values()
        if each.name not in RULES
    }
