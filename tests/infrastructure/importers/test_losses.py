"""Nothing is lost on the way in: each line is recorded, found on file, or reported, and never two of these."""

import csv
import io
import json

import pytest

from domain.dates import written
from infrastructure.intake import Report
from infrastructure.wire import written_fact
from tests.infrastructure.importers.keeping import FILES, Kept, counts, found, lines, problems
from tests.infrastructure.importers.test_intake import (
    CONSENT,
    ENTRY,
    IN_FORCE_AT_ONCE,
    NOTICE,
    PARTY,
    SIGNATURE,
    TREATY,
)

GIVEN = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"
CALL = {"treaty": "peace", "party": "ATLA", "kind": "communication", "dated": "2000-01-01"}
WIDE = """
registry = "wide"
title = "A wide table"
covers = "its treaties"
format = "csv"
[treaty]
identifier = "treaty"
[party]
columns = "party"
[[act]]
name = "signature"
kind = "signature"
field = "dated"
column = "signed"
[[act]]
name = "consent"
kind = "consent"
field = "received"
column = "bound"
"""


def table(*rows: tuple[str, ...]) -> bytes:
    """The rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def rejected_lines(report: Report) -> set[int | None]:
    """The lines that a finding keeps out."""
    return {each.line for each in report.findings if each.rejects}


# --- one id, two lines ---


def test_a_second_line_with_the_id_of_another_act_is_rejected(blank: Kept) -> None:
    first, second = {**CALL, "id": GIVEN, "note": "one"}, {**CALL, "id": GIVEN, "note": "two"}

    report = blank.take(lines(PARTY, TREATY, first, second))

    assert counts(report) == (4, 3, 0, 1)
    assert rejected_lines(report) == {4}
    assert [each.note for each in blank.acts("peace")] == ["one"]


def test_a_line_with_the_id_of_an_act_on_file_is_rejected_and_not_taken_for_it(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY, {**CALL, "id": GIVEN, "note": "one"}))

    report = blank.take(lines({**CALL, "id": GIVEN, "note": "two"}))

    assert counts(report) == (1, 0, 0, 1)
    assert "another content" in found(report, "malformed").detail


def test_an_id_that_two_treaties_share_is_one_act_and_one_rejection(blank: Kept) -> None:
    other = {**TREATY, "treaty": "war"}
    acts = ({**CALL, "id": GIVEN}, {**CALL, "id": GIVEN, "treaty": "war"})

    report = blank.take(lines(PARTY, TREATY, other, *acts))

    assert counts(report) == (5, 4, 0, 1)
    assert rejected_lines(report) == {5}


def test_a_definition_given_twice_is_recorded_once(blank: Kept) -> None:
    report = blank.take(lines(PARTY, PARTY, TREATY, TREATY))

    assert counts(report) == (4, 2, 2, 0)
    assert (report.treaties, report.parties) == (1, 1)
    assert blank.position() == 2


def test_the_same_act_twice_is_recorded_once(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, CALL, CALL))

    assert counts(report) == (4, 3, 1, 0)
    assert report.acts == 1


# --- a consent beside the one on file ---


def test_an_earlier_consent_does_not_displace_the_one_on_file(blank: Kept) -> None:
    blank.take(lines(PARTY, IN_FORCE_AT_ONCE, SIGNATURE, CONSENT))
    before = blank.said("peace", "ATLA", "2002-01-01")

    report = blank.take(lines({**CONSENT, "received": "2000-06-01"}))

    assert counts(report) == (1, 0, 0, 1)
    assert "2001-01-01" in found(report, "sources_disagree").detail
    assert blank.said("peace", "ATLA", "2002-01-01")["since"] == before["since"]


def test_a_consent_after_an_exit_is_another_one(blank: Kept) -> None:
    out = {**NOTICE, "effective": "2003-01-01"}
    blank.take(lines(PARTY, IN_FORCE_AT_ONCE, SIGNATURE, CONSENT, out))

    report = blank.take(lines({**CONSENT, "kind": "accession", "received": "2004-01-01"}))

    assert "sources_disagree" not in problems(report)


# --- objections ---


def test_objections_of_two_states_on_one_day_are_two_acts(known: Kept) -> None:
    document = json.loads((FILES / "unoda-npt.json").read_text())
    action = next(
        each for each in document["data"]["treaty_"]["data"]["actions_"] if each.get("state")
    )
    objections = [
        {"date": "1990-01-01 00:00:00", "note": "", "state": {"name": name}}
        for name in ("France", "Poland")
    ]
    document["data"]["treaty_"]["data"]["actions_"] = [{**action, "objections_": objections}]

    known.take(json.dumps(document), name="npt.json")

    filed = [each for each in known.acts("npt") if each.kind == "objection"]
    assert sorted(str(each.by) for each in filed if str(each.received) == "1990-01-01") == [
        "FRA",
        "POL",
    ]


@pytest.mark.parametrize("key", ["actions_", "objections_"])
def test_a_part_that_is_no_list_is_reported(known: Kept, key: str) -> None:
    document = json.loads((FILES / "unoda-npt.json").read_text())
    treaty = document["data"]["treaty_"]["data"]
    if key == "actions_":
        treaty["actions_"] = {"0": treaty["actions_"][0]}
    else:
        treaty["actions_"][0]["objections_"] = {"date": "1990-01-01", "state": {"name": "France"}}

    report = known.take(json.dumps(document), name="npt.json", rehearse=True)

    assert key in {each.cell for each in report.findings if each.problem == "malformed"}


# --- lines of a table ---


def test_an_open_quotation_mark_swallows_no_line_after_it(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY))
    rows = [f"peace,ATLA,communication,2000-01-{day:02}," for day in range(1, 20)]
    rows[4] += '"never closed'
    content = "\n".join(["treaty,party,kind,dated,note", *rows]) + "\n"

    report = blank.take(content)

    assert counts(report) == (19, 18, 0, 1)
    assert rejected_lines(report) == {6}


def test_a_quotation_mark_that_a_later_one_closes_swallows_no_line(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY))
    rows = [f'peace,ATLA,communication,2000-01-{day:02},"note {day}"' for day in range(1, 20)]
    rows[4] = rows[4][:-1]
    content = "\n".join(["treaty,party,kind,dated,note", *rows]) + "\n"

    report = blank.take(content)

    assert counts(report) == (19, 18, 0, 1)
    assert rejected_lines(report) == {6}


def test_a_note_of_several_lines_is_one_row(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY))
    header = ("treaty", "party", "kind", "dated", "note")
    row = ("peace", "ATLA", "communication", "2000-01-01", "one\ntwo\nthree")

    report = blank.take(table(header, row, (*row[:3], "2000-01-02", "")))

    assert counts(report) == (2, 2, 0, 0)


def test_a_row_with_a_line_that_is_too_long_is_not_recorded_without_it(
    blank: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank.take(lines(PARTY, TREATY))
    monkeypatch.setattr("infrastructure.importers.lines.LONGEST_LINE", 200)
    header = ("treaty", "party", "kind", "dated", "note")
    row = ("peace", "ATLA", "communication", "2000-01-01", "one\n" + "x" * 500 + "\nthree")

    report = blank.take(table(header, row, (*row[:3], "2000-01-02", "")))

    assert report.recorded == 1
    assert [str(each.dated) for each in blank.acts("peace")] == ["2000-01-02"]
    assert "line_too_long" in problems(report)
    assert counts(report)[3] >= 1


def test_lines_that_end_in_carriage_returns_are_not_passed_over_with_one_too_long(
    blank: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank.take(lines(PARTY, TREATY))
    monkeypatch.setattr("infrastructure.importers.lines.LONGEST_LINE", 200)
    rows = [f"peace,ATLA,communication,2000-01-{day:02}," for day in range(1, 6)]
    rows[1] += "x" * 500

    report = blank.take("\r".join(["treaty,party,kind,dated,note", *rows]) + "\r")

    assert counts(report) == (5, 4, 0, 1)


def test_bytes_that_are_not_in_the_encoding_named_are_reported_and_not_replaced(
    known: Kept,
) -> None:
    mapping = 'encoding = "utf-8"\n' + WIDE + '[text]\nnote = "note"\n'
    content = "treaty,party,signed,bound,note\nX,FRA,2000-01-01,,café\nX,DEU,2000-01-02,,tea\n"

    report = known.take(content.encode("latin-1"), mapping=mapping)

    assert counts(report) == (2, 1, 0, 1)
    assert rejected_lines(report) == {2}


def test_a_column_without_a_name_is_told_of_when_it_holds_something(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY))
    row = "peace,ATLA,communication,2000-01-01,"

    empty = blank.take(f"treaty,party,kind,dated,\n{row}\n", rehearse=True)
    full = blank.take(f"treaty,party,kind,dated,\n{row}withdrawn\n")

    assert problems(empty) == []
    assert problems(full) == ["unknown_column"]


def test_a_new_column_in_wipos_list_is_told_of(known: Kept) -> None:
    header, first, *_ = (FILES / "wipo.csv").read_text().splitlines()

    report = known.take(
        f"{header},Denunciation Date\n{first},2020-01-01\n", rehearse=True, format="wipo"
    )

    assert found(report, "unknown_column").cell == "Denunciation Date"


def test_a_row_of_a_wide_table_without_any_day_is_reported(known: Kept) -> None:
    report = known.take("treaty,party,signed,bound\nX,FRA,,\nX,DEU,2000-01-01,\n", mapping=WIDE)

    assert counts(report) == (2, 1, 0, 1)
    assert found(report, "nothing_to_record").line == 2


@pytest.mark.parametrize(
    "number", ["123456789012345678901234567890", "-123456789012345678901234567890", "1e400"]
)
def test_a_number_that_is_too_great_is_reported(blank: Kept, number: str) -> None:
    line = b'{"treaty":"peace","party":"ATLA","kind":"communication","dated":"2000-01-01","sequence":%s}\n'

    report = blank.take(lines(PARTY, TREATY) + line % number.encode())

    assert counts(report) == (3, 2, 0, 1)


def test_half_a_surrogate_pair_is_reported(blank: Kept) -> None:
    line = b'{"treaty":"peace","party":"ATLA","kind":"communication","dated":"2000-01-01","note":"\\ud800"}\n'

    report = blank.take(lines(PARTY, TREATY) + line)

    assert counts(report) == (3, 2, 0, 1)


@pytest.mark.parametrize(
    "dated",
    [
        b'"dated" :"2000-01-01","dated":"2001-01-01"',
        b'"dated":"2000-01-01","dated":"2001-01-01","note":"at ten \\u003a thirty"',
        b'"dated":"2000-01-01","note":"\\u003a","d\\u0061ted":"2001-01-01"',
    ],
)
def test_a_key_given_twice_is_reported_however_it_is_written(blank: Kept, dated: bytes) -> None:
    line = b'{"treaty":"peace","party":"ATLA","kind":"communication",' + dated + b"}\n"

    report = blank.take(lines(PARTY, TREATY) + line)

    assert counts(report) == (3, 2, 0, 1)
    assert "stands twice" in found(report, "malformed").detail


def test_a_key_given_twice_is_reported(blank: Kept) -> None:
    twice = b'{"treaty":"peace","party":"ATLA","kind":"communication","dated":"2000-01-01","dated":"2001-01-01"}\n'

    report = blank.take(lines(PARTY, TREATY) + twice)

    assert counts(report) == (3, 2, 0, 1)


# --- two treaties that are one only at first sight ---


def test_treaties_whose_numbers_differ_in_the_case_of_letters_are_two(known: Kept) -> None:
    report = known.take(
        "treaty,party,signed,bound\nA1,FRA,2000-01-01,\na1,FRA,2000-01-01,\n", mapping=WIDE
    )

    assert report.treaties == 2
    assert report.acts == 2


# --- days of one act in several rows ---

ROWS = """
registry = "rows"
title = "A table of rows"
covers = "nothing"
format = "csv"
[treaty]
identifier = "treaty"
[party]
columns = "party"
[date]
columns = "date"
[[act]]
name = "consent"
where = { act = "consent" }
kind = "consent"
field = "received"
[[act]]
name = "force"
where = { act = "force" }
kind = "consent"
field = "effective"
joins = "consent"
[[act]]
name = "left"
where = { act = "left" }
kind = "withdrawal_notice"
field = "effective"
"""


def days_of(kept: Kept, text: str) -> list[tuple[str, str | None, str | None]]:
    """Kind, receipt and effect of the acts that the rows become."""
    kept.take("treaty,party,act,date\n" + text, mapping=ROWS)
    acts = sorted(kept.acts("rows-x"), key=lambda each: each.on())
    return [(each.kind, written(each.received), written(each.effective)) for each in acts]


def test_an_effect_after_an_exit_is_not_put_into_the_consent_before_it(known: Kept) -> None:
    acts = days_of(
        known,
        "X,FRA,consent,1950-01-01\nX,FRA,left,1960-01-01\nX,FRA,force,1990-01-01\n",
    )

    assert ("consent_to_be_bound", "1950-01-01", None) in acts
    assert ("consent_to_be_bound", None, "1990-01-01") in acts


def test_a_second_effect_is_not_put_into_a_consent_before_the_last(known: Kept) -> None:
    acts = days_of(
        known,
        "X,FRA,consent,1950-01-01\nX,FRA,consent,1955-01-01\n"
        "X,FRA,force,1956-01-01\nX,FRA,force,1957-01-01\n",
    )

    assert not any(received == "1950-01-01" and effect for _, received, effect in acts)


# --- what is checked together ---


def test_a_line_that_is_regular_without_a_bad_one_before_it_is_recorded(known: Kept) -> None:
    clauses = {"entry_into_force": ENTRY, "accession": {"article": "2", "open": "always"}}
    unsigned = {**CONSENT, "received": "2001-01-01"}
    accession = {**CONSENT, "kind": "accession", "received": "2002-01-01"}
    known.take(lines(PARTY, {**TREATY, "clauses": clauses}))

    report = known.take(lines(unsigned, accession))

    assert rejected_lines(report) == {1}
    assert "ratification_without_signature" in problems(report)
    assert counts(report) == (2, 1, 0, 1)


def test_a_rehearsal_says_of_a_copy_what_the_import_does(known: Kept) -> None:
    known.take(lines(PARTY, IN_FORCE_AT_ONCE, SIGNATURE, CONSENT, NOTICE))
    correction = {
        "treaty": "peace",
        "party": "ATLA",
        "kind": "record_corrected",
        "dated": "2010-01-01",
        "concerns": known.acts("peace")[1].id,
        "note": "It never ratified.",
    }
    known.take(lines(correction))
    ids = {
        each.content.id: f"{index:08}{each.content.id[8:]}"
        for index, each in enumerate(known.entries("peace"))
    }
    text = lines(*(written_fact(each.content) for each in known.entries("peace"))).decode()
    for before, after in ids.items():
        text = text.replace(before, after)
    text = text.replace('"peace"', '"copy"')

    rehearsed = known.take(text, rehearse=True)
    report = known.take(text, strict=True)

    assert counts(rehearsed) == counts(report) == (5, 5, 0, 0)


def test_strict_tells_what_was_held_back(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, SIGNATURE, NOTICE), strict=True)

    assert (report.read, report.recorded, report.duplicate, report.rejected) == (4, 0, 0, 1)
    assert report.held_back == 3


# --- what vanished ---


def test_what_cannot_be_read_today_has_not_vanished(known: Kept) -> None:
    before = "treaty,party,signed,bound\nX,FRA,2000-01-01,\nX,Freedonia,2001-01-01,\n"
    known.take(before, mapping=WIDE, aliases="name,code\nFreedonia,DEU\n")

    unnamed = known.take(before, mapping=WIDE)
    unread = known.take(
        before.replace("2000-01-01", "2000-o1-01"),
        mapping=WIDE,
        aliases="name,code\nFreedonia,DEU\n",
    )
    gone = known.take("treaty,party,signed,bound\nX,FRA,2000-01-01,\n", mapping=WIDE)

    assert "vanished_from_registry" not in problems(unnamed)
    assert len(unnamed.corrections) == 0
    assert "vanished_from_registry" not in problems(unread)
    assert problems(gone) == ["vanished_from_registry"]


def test_a_list_without_any_row_says_nothing_and_nothing_has_vanished(known: Kept) -> None:
    content = (FILES / "wipo.csv").read_text()
    known.take(content)

    report = known.take(content.splitlines()[0] + "\n")

    assert problems(report) == ["nothing_said"]
    assert len(report.corrections) == 0


@pytest.mark.parametrize("content", [b"[[], [], []]", b'{"NumSTE": "005", "message": "down"}'])
def test_an_answer_that_holds_nothing_is_told_of(known: Kept, content: bytes) -> None:
    report = known.take(content, format="coe-json")

    assert problems(report) == ["nothing_said"]


def test_a_signature_in_brackets_is_told_of(known: Kept) -> None:
    content = (FILES / "IV-4.en.xml").read_text(encoding="latin-1")
    head, row, rest = content.partition("<Rows>")
    assert row
    signed = "<Row><Entry>Fiji</Entry><Entry>[ 1 Jan\t 1970 ]</Entry><Entry></Entry></Row>"

    report = known.take(
        (head + row + signed + rest).encode("latin-1"), name="IV-4.en.xml", rehearse=True
    )

    assert 1 in {each.line for each in report.findings if each.problem == "bracketed"}
