"""How a file comes in: good lines are recorded, bad ones are reported, and never half of either."""

from typing import Any
from uuid import uuid4

import pytest

from infrastructure.intake import Progress, recording
from infrastructure.wire import written_fact
from tests.infrastructure.importers.keeping import Kept, counts, found, lines, problems

TREATY = {"type": "treaty", "treaty": "peace", "title": "Treaty of Peace"}
PARTY = {"type": "party", "party": "ATLA", "names": [{"name": "Atlantis"}]}
ENTRY = {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]}
IN_FORCE_AT_ONCE = {**TREATY, "clauses": {"entry_into_force": ENTRY}}
SIGNATURE = {"treaty": "peace", "party": "Atlantis", "kind": "signature", "dated": "2000-01-01"}
CONSENT = {"treaty": "peace", "party": "ATLA", "kind": "ratification", "received": "2001-01-01"}
NOTICE = {"treaty": "peace", "party": "ATLA", "kind": "withdrawal_notice", "received": "2002-01-01"}


def test_good_lines_are_recorded(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, SIGNATURE) + b"\n")

    assert counts(report) == (3, 3, 0, 0)
    assert (report.acts, report.treaties, report.parties) == (1, 1, 1)
    assert report.format == "ndjson"
    assert blank.position() == 3


def test_the_same_lines_again_record_nothing(blank: Kept) -> None:
    blank.take(lines(PARTY, TREATY, SIGNATURE))

    report = blank.take(lines(PARTY, TREATY, SIGNATURE))

    assert counts(report) == (3, 0, 3, 0)
    assert problems(report) == []
    assert blank.position() == 3


def test_a_bad_line_is_reported_and_stops_nothing(blank: Kept) -> None:
    given = lines(PARTY) + b"{\n" + lines(TREATY, {**SIGNATURE, "colour": "red"}, SIGNATURE, NOTICE)

    report = blank.take(given)

    assert counts(report) == (6, 3, 0, 3)
    assert sorted((each.line, each.problem) for each in report.findings) == [
        (2, "malformed"),
        (4, "malformed"),
        (6, "not_a_party"),
    ]
    assert [each.detail for each in report.findings][1] == "/colour: is not known here"
    assert all(each.rejects for each in report.findings)


def test_lines_are_checked_together_whatever_their_order(blank: Kept) -> None:
    report = blank.take(lines(CONSENT, SIGNATURE, TREATY, PARTY))

    assert counts(report) == (4, 4, 0, 0)


def test_strict_records_nothing_if_any_line_is_bad(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, SIGNATURE, NOTICE), strict=True)

    assert (report.recorded, report.rejected) == (0, 1)
    assert problems(report) == ["not_a_party"]
    assert blank.position() == 0


def test_strict_records_all_if_every_line_is_good(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, CONSENT, SIGNATURE), strict=True)

    assert counts(report) == (4, 4, 0, 0)
    assert blank.position() == 4


def test_a_rehearsal_tells_what_would_be_and_records_nothing(blank: Kept) -> None:
    report = blank.take(lines(PARTY, TREATY, SIGNATURE), rehearse=True)

    assert counts(report) == (3, 3, 0, 0)
    assert blank.position() == 0


def test_treaties_that_depend_on_each_other_are_looked_at_together(
    blank: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = {**IN_FORCE_AT_ONCE, "treaty": "parent"}
    in_force = {"article": "1", "all_of": [{"rule": "parent_in_force", "treaty": "parent"}]}
    joining = {"article": "2", "open": "after_entry_into_force"}
    child = {
        **TREATY,
        "treaty": "child",
        "clauses": {"entry_into_force": in_force, "accession": joining},
    }
    accession = {**CONSENT, "treaty": "child", "kind": "accession", "received": "2002-01-01"}
    monkeypatch.setattr(recording, "BATCH", 1)

    report = blank.take(
        lines(PARTY, child, accession, parent, {**SIGNATURE, "treaty": "parent"})
        + lines({**CONSENT, "treaty": "parent"})
    )

    assert counts(report) == (6, 6, 0, 0)


def test_an_act_that_was_regular_when_it_was_recorded_stays_so_in_a_copy(known: Kept) -> None:
    known.take(lines(PARTY, IN_FORCE_AT_ONCE, SIGNATURE, CONSENT, NOTICE))
    with_notice = [written_fact(each.content) for each in known.entries("peace")]
    corrected = {
        "treaty": "peace",
        "party": "ATLA",
        "kind": "record_corrected",
        "dated": "2010-01-01",
        "concerns": with_notice[2]["id"],
        "note": "It never ratified.",
    }
    copy = {"treaty": "copy"}
    history = [{**each, **copy, "id": str(uuid4())} for each in with_notice]
    correction = {**corrected, **copy, "concerns": history[2]["id"]}

    report = known.take(lines(*history, correction, {**NOTICE, **copy, "received": "2009-01-01"}))

    assert counts(report) == (6, 5, 0, 1)
    assert found(report, "not_a_party").line == 6


def test_progress_is_told_in_bytes_and_then_in_proposals(blank: Kept) -> None:
    heard: list[Progress] = []

    blank.take(lines(PARTY, TREATY, SIGNATURE), watch=heard.append)

    assert [each.stage for each in heard][-1] == "recording"
    assert {each.stage for each in heard} == {"reading", "recording"}
    assert heard[-1].done == heard[-1].total == 3


def test_an_import_that_is_stopped_leaves_whole_batches_and_goes_on_when_it_is_run_again(
    blank: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "BATCH", 1)
    treaties = [{**TREATY, "treaty": f"peace-{number}"} for number in range(4)]
    acts = [{**SIGNATURE, "treaty": f"peace-{number}"} for number in range(4)]
    given = lines(PARTY, *treaties, *acts)

    def stop(progress: Progress) -> None:
        if progress.stage == "recording" and progress.done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blank.take(given, watch=stop)
    stopped_at = blank.position()
    report = blank.take(given)

    assert stopped_at == 3
    assert counts(report) == (9, 6, 3, 0)


@pytest.mark.parametrize("given", [b"[" * 100_000, b'{"kind": ' * 50_000, b"\x00" * 1_000])
def test_a_line_that_lies_too_deep_or_is_none_is_reported(blank: Kept, given: bytes) -> None:
    report = blank.take(given, format="ndjson")

    assert counts(report) == (1, 0, 0, 1)
    assert found(report, "malformed").line == 1


def test_a_line_that_is_too_long_is_passed_over(
    blank: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.importers.lines.LONGEST_LINE", 1_000)
    long: dict[str, Any] = {**SIGNATURE, "note": "x" * 3_000}

    report = blank.take(lines(PARTY, TREATY, long, SIGNATURE))

    assert counts(report) == (4, 3, 0, 1)
    assert found(report, "line_too_long").line == 3
