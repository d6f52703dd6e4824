"""Again and again: the same file, a newer one, another source, and what a person is asked to decide."""

import json
from typing import Any

import pytest

from domain.acts import Act
from tests.infrastructure.importers.keeping import FILES, Kept, counts, found, lines, problems

HEADER = "Contracting Party,Treaty,Signature Date,Instrument Type,Instrument Date,Entry Into Force Date\n"
FIRST = "Fiji,Berne,,Accession,1971-12-01,1972-03-01\n"
OTHER = "Poland,Berne,,Accession,1920-01-28,1920-01-28\n"


def corrections(report: Any) -> bytes:
    """The proposed corrections as a person would record them."""
    return lines(*report.corrections)


def standing(known: Kept, treaty: str, party: str) -> list[Act]:
    """The acts of the party that stand, in order."""
    dossiers = known.dossiers
    fold = dossiers.fold(treaty, dossiers.record())
    acts = [each for each in fold.dossier.acts if each.party == party]
    return [each for each in acts if each.kind != "record_corrected"]


@pytest.mark.parametrize(
    "name", ["IV-4.en.xml", "XXVII-7-d.en.xml", "coe-005.json", "unoda-npt.json", "wipo.csv"]
)
def test_the_same_file_again_records_nothing_and_proposes_nothing(name: str, known: Kept) -> None:
    first = known.take(FILES / name)
    position = known.position()

    again = known.take(FILES / name)

    assert counts(again)[1:] == (0, first.read, 0)
    assert len(again.corrections) == 0
    assert known.position() == position


def test_a_newer_export_records_only_what_is_new(known: Kept) -> None:
    known.take(HEADER + FIRST)

    report = known.take(HEADER + OTHER + FIRST)

    assert counts(report) == (2, 1, 1, 0)
    assert len(report.corrections) == 0
    assert [each.party for each in known.acts("berne-convention")] == ["FJI", "POL"]


def test_a_day_that_the_registry_changed_is_proposed_and_not_recorded(known: Kept) -> None:
    known.take(HEADER + FIRST)
    before = known.acts("berne-convention", "FJI")[0]

    report = known.take(HEADER + FIRST.replace("1971-12-01", "1971-12-02"))

    assert counts(report) == (1, 0, 0, 1)
    assert "1971-12-01" in found(report, "changed_in_registry").detail
    [proposed] = report.corrections
    assert proposed["concerns"] == before.id
    assert proposed["replacement"]["received"] == "1971-12-02"
    assert known.acts("berne-convention", "FJI") == [before]


def test_a_correction_that_a_person_records_settles_the_newer_export(known: Kept) -> None:
    newer = HEADER + FIRST.replace("1971-12-01", "1971-12-02")
    known.take(HEADER + FIRST)
    proposed = corrections(known.take(newer))

    recorded = known.take(proposed)
    report = known.take(newer)

    assert counts(recorded) == (1, 1, 0, 0)
    assert counts(report) == (1, 0, 1, 0)
    assert len(report.corrections) == 0
    assert [str(each.received) for each in standing(known, "berne-convention", "FJI")] == [
        "1971-12-02"
    ]


def test_an_older_export_after_the_correction_brings_nothing_back(known: Kept) -> None:
    older = HEADER + FIRST
    known.take(older)
    known.take(corrections(known.take(HEADER + FIRST.replace("1971-12-01", "1971-12-02"))))

    report = known.take(older + "\n")

    assert counts(report) == (1, 0, 1, 0)
    assert problems(report) == ["corrected_before"]
    assert len(report.corrections) == 0


def test_what_vanished_from_a_registry_is_proposed_and_stays_on_file(known: Kept) -> None:
    known.take(HEADER + FIRST + OTHER)

    report = known.take(HEADER + OTHER)

    assert "FJI" in found(report, "vanished_from_registry").detail
    [proposed] = report.corrections
    assert "replacement" not in proposed
    assert known.statuses("berne-convention", "2025-10-01") == {"party": 2}
    known.take(lines(proposed))
    assert known.statuses("berne-convention", "2025-10-01") == {"party": 1}
    assert problems(known.take(HEADER + OTHER)) == []


def test_a_whole_treaty_that_vanished_is_found_in_a_file_of_everything(known: Kept) -> None:
    known.take(HEADER + FIRST + "Fiji,Rome,,Accession,1972-01-11,1972-04-11\n")

    report = known.take(HEADER + FIRST)

    assert found(report, "vanished_from_registry").detail.startswith("rome-convention-1961, FJI")


def test_a_file_of_one_treaty_says_nothing_of_the_others(known: Kept) -> None:
    known.take(FILES / "IV-4.en.xml")

    report = known.take(FILES / "XXVII-7-d.en.xml")

    assert "vanished_from_registry" not in problems(report)


def test_a_file_that_breaks_off_makes_nothing_vanish(known: Kept) -> None:
    known.take(HEADER + FIRST + OTHER)

    report = known.take((FILES / "XXVII-7-d.en.xml").read_bytes()[:-40])

    assert problems(report) == ["unreadable"]
    assert len(report.corrections) == 0


# --- two sources ---


def act(**more: Any) -> dict[str, Any]:
    """An act of another source, as it travels."""
    given: dict[str, Any] = {
        "treaty": "berne-convention",
        "party": "FJI",
        "kind": "accession",
        "received": "1971-12-01",
        "sources": [{"title": "Another list"}],
    }
    return {key: each for key, each in {**given, **more}.items() if each is not None}


def test_the_same_act_in_other_words_is_one_act(known: Kept) -> None:
    known.take(HEADER + FIRST)

    report = known.take(lines(act(note="In other words.")))

    assert counts(report) == (1, 0, 1, 0)
    assert "WIPO" in found(report, "same_act_on_file").detail
    assert len(known.acts("berne-convention", "FJI")) == 1


def test_an_act_with_an_id_of_its_own_is_an_act_of_its_own(known: Kept) -> None:
    known.take(HEADER + FIRST)
    identifier = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"

    note = "The second of two."
    report = known.take(lines(act(id=identifier, despite=["consent_already_given"], note=note)))

    assert counts(report) == (1, 1, 0, 0)


def test_another_day_is_kept_beside_the_first_and_moves_nothing(known: Kept) -> None:
    known.take(HEADER + OTHER)
    known.take(lines(act(received="1971-11-30", effective="1972-02-28")))
    before = known.said("berne-convention", "FJI", "2000-01-01")

    report = known.take(HEADER + OTHER + FIRST)

    assert counts(report) == (2, 1, 1, 0)
    assert "1971-12-01" in found(report, "sources_disagree").detail
    first, beside = known.acts("berne-convention", "FJI")
    assert (beside.kind, beside.concerns) == ("other_day_reported", first.id)
    assert [str(each) for each in (beside.received, beside.effective)] == [
        "1971-12-01",
        "1972-03-01",
    ]
    assert [each.title for each in (*first.sources, *beside.sources)] == [
        "Another list",
        "WIPO, contracting parties of WIPO-administered treaties",
    ]
    after = known.said("berne-convention", "FJI", "2000-01-01")
    assert {key: after[key] for key in ("status", "since", "periods")} == {
        key: before[key] for key in ("status", "since", "periods")
    }
    disregarded: Any = after["disregarded"]
    assert [each["act"] for each in disregarded] == [beside.id]


def test_a_disagreement_is_told_once(known: Kept) -> None:
    known.take(HEADER + OTHER)
    known.take(lines(act(received="1971-11-30")))
    known.take(HEADER + OTHER + FIRST)

    report = known.take(HEADER + FIRST + OTHER)

    assert counts(report) == (2, 0, 2, 0)
    assert problems(report) == []


def test_who_left_and_came_back_is_no_disagreement(known: Kept) -> None:
    known.take(HEADER + OTHER)
    known.take(lines(act(received="1950-01-01", effective="1950-04-01")))
    known.take(lines(act(kind="withdrawal_notice", received="1960-01-01", effective="1961-01-01")))

    report = known.take(HEADER + OTHER + FIRST)

    assert "sources_disagree" not in problems(report)
    assert known.acts("berne-convention", "FJI")[-1].kind == "accession"
    periods: Any = known.said("berne-convention", "FJI", "2000-01-01")["periods"]
    assert [each["from"] for each in periods] == ["1950-04-01", "1972-03-01"]


def test_another_form_on_the_same_day_is_the_same_act(known: Kept) -> None:
    known.take(HEADER + OTHER)
    known.take(
        lines(act(kind="ratification", despite=["ratification_without_signature"], note="So."))
    )

    report = known.take(HEADER + OTHER + FIRST)

    assert found(report, "form_differs").line == 3


def test_a_day_that_the_record_lacks_is_proposed(known: Kept) -> None:
    known.take(HEADER + OTHER)
    known.take(lines(act()))

    report = known.take(HEADER + OTHER + FIRST)

    assert counts(report) == (2, 0, 2, 0)
    assert "effect on 1972-03-01" in found(report, "says_more").detail
    [proposed] = report.corrections
    assert proposed["replacement"]["effective"] == "1972-03-01"
    assert len(proposed["replacement"]["sources"]) == 2
    assert counts(known.take(corrections(report))) == (1, 1, 0, 0)
    assert known.statuses("berne-convention", "2000-01-01") == {"party": 2}
    assert problems(known.take(HEADER + OTHER + FIRST)) == ["same_act_on_file"]


def test_a_day_that_the_clauses_compute_is_nothing_more(known: Kept) -> None:
    report = known.take(FILES / "coe-005.json")

    assert "says_more" not in problems(report)


def test_an_exit_by_decision_is_the_one_that_a_registry_calls_a_denunciation(known: Kept) -> None:
    report = known.take(FILES / "coe-005.json")

    assert "not_a_party" not in problems(report)
    assert (
        "on file as cessation of membership 2022-03-16"
        in found(report, "form_differs").detail.lower()
    )
    assert known.statuses("echr", "2022-09-15")["party_withdrawing"] == 1


def test_an_exit_by_decision_on_another_day_is_kept_beside_it(known: Kept) -> None:
    exit_day = b"2022-09-16T00:00:00"
    given = (FILES / "coe-005.json").read_bytes()
    assert exit_day in given

    report = known.take(given.replace(exit_day, b"2022-09-17T00:00:00"))

    assert "not_a_party" not in problems(report)
    assert "cessation of membership" in found(report, "sources_disagree").detail.lower()


def test_a_better_known_form_is_proposed(known: Kept) -> None:
    document = json.loads((FILES / "coe-005.json").read_text())
    known.take(json.dumps(document))
    bulgaria = {"treaty": "echr", "party": "BGR", "kind": "ratification", "received": "1992-09-07"}

    report = known.take(lines(bulgaria))

    assert "by ratification" in found(report, "says_more").detail
    [proposed] = report.corrections
    assert proposed["replacement"]["kind"] == "ratification"
    assert "note" not in proposed["replacement"]


def test_a_less_certain_day_is_the_same_act_and_another_day_is_not(known: Kept) -> None:
    known.take(HEADER + FIRST)

    within, without = (
        known.take(lines(act(received=year, kind="accession"))) for year in ("1971", "1970")
    )

    assert problems(within) == ["same_act_on_file"]
    assert "sources_disagree" in problems(without)


def test_statements_of_one_day_are_not_one_statement(known: Kept) -> None:
    reservation = act(kind="reservation", note="On Article 1.")
    other = act(kind="reservation", note="On Article 2.")
    known.take(HEADER + FIRST)

    report = known.take(lines(reservation, other, reservation))

    assert (report.recorded, report.duplicate) == (2, 1)


def test_a_registry_that_says_two_days_itself_has_both_kept(known: Kept) -> None:
    report = known.take(HEADER + FIRST + FIRST.replace("1971-12-01", "1971-12-02"))

    assert counts(report) == (2, 2, 0, 0)
    assert "as well" in found(report, "sources_disagree").detail
    assert known.said("berne-convention", "FJI", "2000-01-01")["since"] == "1972-03-01"


def test_a_row_that_stands_twice_is_one_act(known: Kept) -> None:
    report = known.take(HEADER + FIRST + FIRST)

    assert counts(report) == (2, 1, 1, 0)
    assert found(report, "said_twice").line == 3


# --- irregular acts ---


def test_an_irregular_act_of_a_registry_is_recorded_with_the_rule_and_the_registry_named(
    known: Kept,
) -> None:
    report = known.take(HEADER + "Fiji,Berne,,Ratification,1971-12-01,1972-03-01\n")

    assert counts(report) == (1, 1, 0, 0)
    told = found(report, "ratification_without_signature")
    assert (told.line, told.rejects, told.done) == (2, False, "recorded as the registry has it")
    [recorded] = known.acts("berne-convention", "FJI")
    assert recorded.despite == ("ratification_without_signature",)
    assert "WIPO" in (recorded.note or "")


def test_an_irregular_line_of_ours_is_rejected_unless_it_says_that_it_breaks_the_rule(
    known: Kept,
) -> None:
    known.take(HEADER + OTHER)
    irregular = act(kind="ratification")

    refused = known.take(lines(irregular))
    admitted = known.take(
        lines({**irregular, "despite": ["ratification_without_signature"], "note": "As listed."})
    )

    assert counts(refused) == (1, 0, 0, 1)
    assert found(refused, "ratification_without_signature").rejects
    assert counts(admitted) == (1, 1, 0, 0)


def test_an_act_dated_before_its_party_existed_is_recorded_as_listed_and_told(known: Kept) -> None:
    report = known.take(FILES / "wipo.csv")

    told = [each.detail for each in report.findings if each.problem == "outside_existence"]
    assert told[0].startswith("AUT did not exist on 30 November 1908")
    assert known.said("paris-convention", "AUT", "2025-10-01")["status"] == "party"
