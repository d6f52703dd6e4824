"""One door in: what is malformed, what is irregular, what stands already, and what others recorded meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.acts import Act, Definition, PartyEntry
from domain.depositary import ATTEMPTS, ROUNDS, UNWEIGHED, Depositary, Fact
from domain.errors import Conflict, Fault, Irregular, Malformed
from domain.ports import IdempotencyKey
from tests.domain.dossiers import day, defined, did, said
from tests.domain.records import Log, Shelves, depositary_of

CLAUSES = {
    "signature": {"article": "Art. 1"},
    "entry_into_force": {"article": "Art. 8", "stated": {"on": "1990-01-01"}},
    "withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}},
}


def entered(code: str) -> PartyEntry:
    return PartyEntry(
        id=code, party=code, data={"party": code, "names": [{"name": f"Land {code}"}]}
    )


def log_of(*more: Fact) -> Log:
    """A log with two parties, a treaty, and these facts."""
    return Log(entered("AAA"), entered("BBB"), defined(CLAUSES), *more)


SIGNED = did("AAA", "signature", "2000-01-01")
RATIFIED = did("AAA", "ratification", "2001-01-01")
LEFT = did("BBB", "withdrawal_notice", "2001-01-01")


def faults_of(log: Log, *facts: Fact) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as refusal:
        depositary_of(log).record(facts, recorded_by="me")
    return [(each.pointer, each.detail) for each in refusal.value.faults]


def correction(concerns: str | None, **more: Any) -> Act:
    return did("AAA", "record_corrected", dated="2005-01-01", concerns=concerns, **more)


MALFORMED: Sequence[tuple[str, Act | Definition, str, str]] = [
    (
        "an unknown kind",
        Act(id="x", treaty="t", kind="nonsense"),
        "/kind",
        "there is no kind of act nonsense",
    ),
    ("no date at all", Act(id="x", treaty="t", kind="adoption"), "", "needs a date"),
    ("no party where one acts", did(None, "signature", "2000-01-01"), "/party", "is missing"),
    (
        "a party where none acts",
        did("AAA", "adoption", "2000-01-01"),
        "/party",
        "is an act of the treaty",
    ),
    ("an unknown party", did("CCC", "signature", "2000-01-01"), "/party", "there is no party CCC"),
    (
        "an unknown predecessor",
        did("AAA", "succession", "2000-01-01", predecessor="CCC"),
        "/predecessor",
        "CCC",
    ),
    (
        "an unknown addressee",
        did("AAA", "suspension", "2000-01-01", towards=("BBB", "Land BBC")),
        "/towards/1",
        "did you mean BBB (Land BBB)",
    ),
    (
        "an unknown treaty",
        did("AAA", "signature", "2000-01-03", treaty="u"),
        "/treaty",
        "there is no treaty u",
    ),
    (
        "an unknown rule",
        did("AAA", "signature", "2000-01-03", despite=("whim",), note="why"),
        "/despite/0",
        "there is no rule whim",
    ),
    (
        "a rule set aside without a word",
        did("AAA", "signature", "2000-01-03", despite=("not_a_party",)),
        "/note",
        "is needed",
    ),
    (
        "an act about none on file",
        did("AAA", "resumption", "2000-01-01", concerns="gone"),
        "/concerns",
        "there is no act gone",
    ),
    (
        "an act about another party's",
        did("BBB", "resumption", "2000-01-01", concerns=SIGNED.id),
        "/concerns",
        "is an act of AAA, not of BBB",
    ),
    ("a correction of nothing", correction(None), "/concerns", "names the entry that it corrects"),
    (
        "a replacement in another treaty",
        correction(SIGNED.id, replacement=did("AAA", "signature", "2000-01-02", treaty="u")),
        "/replacement/treaty",
        "another treaty",
    ),
    (
        "a malformed replacement",
        correction(SIGNED.id, replacement=did("CCC", "signature", "2000-01-02")),
        "/replacement/party",
        "there is no party CCC",
    ),
    (
        "clauses that cannot be read",
        defined({"withdrawal": {}}, "u"),
        "/clauses/withdrawal/article",
        "is missing",
    ),
    (
        "clauses that contradict themselves",
        defined({"bilateral": ["AAA", "AAA"]}, "u"),
        "/clauses/bilateral",
        "two different parties",
    ),
    (
        "clauses that name nobody known",
        defined({"bilateral": ["AAA", "CCC"]}, "u"),
        "/clauses/bilateral/1",
        "there is no party CCC",
    ),
]


BAD_ENTRIES = [
    ("no name in a name", {"party": "CCC", "names": [{}]}, "/0", "cannot be read as a party"),
    (
        "a day that no calendar has",
        {"party": "CCC", "names": [{"name": "C", "from": "2000-13"}]},
        "/0",
        "cannot be read",
    ),
    ("no code", {"names": []}, "/0", "cannot be read as a party"),
    ("another code", {"party": "DDD", "names": []}, "/0/party", "describes DDD, not CCC"),
]


@pytest.mark.parametrize(
    ("data", "pointer", "detail"),
    [each[1:] for each in BAD_ENTRIES],
    ids=[each[0] for each in BAD_ENTRIES],
)
def test_an_entry_that_the_register_could_not_read_is_refused(
    data: dict[str, Any], pointer: str, detail: str
) -> None:
    log = log_of()

    found = faults_of(log, PartyEntry(id="CCC", party="CCC", data=data), entered("DDD"))

    assert [place for place, _ in found] == [pointer]
    assert detail in found[0][1]


@pytest.mark.parametrize(
    ("fact", "pointer", "detail"),
    [each[1:] for each in MALFORMED],
    ids=[each[0] for each in MALFORMED],
)
def test_what_is_malformed_is_refused_at_its_place_and_nothing_is_recorded(
    fact: Act | Definition, pointer: str, detail: str
) -> None:
    log = log_of(SIGNED)
    before = len(log.kept)

    found = faults_of(log, fact)

    assert any(place == pointer and detail in words for place, words in found)
    assert len(log.kept) == before


class StandingClock:
    """It is always noon of one day."""

    def now(self) -> datetime:
        return datetime(2001, 1, 1, 12, tzinfo=UTC)

    def today(self) -> date:
        return date(2001, 1, 1)


@pytest.mark.parametrize("name", ["dated", "received", "notified"])
def test_what_is_still_to_come_is_not_recorded(name: str) -> None:
    log = log_of()
    depositary = Depositary(log, Shelves(log), StandingClock())
    tomorrow, later = (
        did("AAA", "signature", **{name: each}) for each in ("2001-01-02", "2001-01-03")
    )

    with pytest.raises(Malformed) as refusal:
        depositary.record([tomorrow, later], recorded_by="me")

    assert [each.pointer for each in refusal.value.faults] == [f"/1/{name}"]
    assert "is still to come" in refusal.value.faults[0].detail
    assert list(depositary.sift([tomorrow, later]).refused) == [1]
    assert [len(each) for each in depositary.faults([tomorrow, later])] == [0, 1]


def test_an_effect_may_lie_ahead() -> None:
    log = log_of()
    signed = did("AAA", "signature", "2000-01-01", effective="2031-01-01")

    recording = Depositary(log, Shelves(log), StandingClock()).record([signed], recorded_by="me")

    assert len(recording.new) == 1


def test_faults_of_several_facts_are_told_together_each_at_its_place() -> None:
    log = log_of()

    found = faults_of(
        log, SIGNED, did("CCC", "signature", "2000-01-01"), Act(id="x", treaty="t", kind="y")
    )

    assert [pointer for pointer, _ in found] == ["/1/party", "/2/kind"]


def test_what_is_needed_may_come_in_the_same_batch() -> None:
    log = Log()

    recording = depositary_of(log).record(
        [
            SIGNED,
            entered("AAA"),
            defined({"bilateral": ["AAA", "BBB"]}),
            entered("BBB"),
            correction(SIGNED.id),
        ],
        recorded_by="me",
    )

    assert len(recording.new) == len(log.kept) == 5


def test_an_irregular_act_is_refused_with_its_rule_and_nothing_of_the_batch_is_recorded() -> None:
    log = log_of()

    with pytest.raises(Irregular) as refusal:
        depositary_of(log).record([SIGNED, LEFT], recorded_by="me")

    assert [(each.pointer, each.rule, each.source) for each in refusal.value.breaches] == [
        ("/1", "not_a_party", "VCLT 54, 65")
    ]
    assert len(log.entries("treaty:t")) == 1


def test_an_irregular_act_is_recorded_despite_the_rule_that_it_names() -> None:
    log = log_of()
    knowingly = did(
        "BBB", "withdrawal_notice", "2001-01-01", despite=("not_a_party",), note="it did so"
    )

    recording = depositary_of(log).record([knowingly], recorded_by="me")

    assert [entry.content for entry in recording.new] == [knowingly]
    assert recording.new[0].recorded_by == "me"


def test_an_irregular_act_is_recorded_as_it_was_amended() -> None:
    log = log_of()

    recording = depositary_of(log).record(
        [SIGNED, LEFT],
        recorded_by="me",
        amend=lambda place, found: replace(
            LEFT, despite=tuple(each.rule for each in found), note=f"It is number {place}."
        ),
    )

    assert [each.content for each in recording.new] == [
        SIGNED,
        replace(LEFT, despite=("not_a_party",), note="It is number 1."),
    ]


@pytest.mark.parametrize("amended", [LEFT, replace(LEFT, despite=("not_a_party",))])
def test_an_amended_act_that_does_not_name_its_rule_or_says_no_why_is_refused(amended: Act) -> None:
    log = log_of()

    with pytest.raises(Irregular) as refusal:
        depositary_of(log).record([SIGNED, LEFT], recorded_by="me", amend=lambda _, __: amended)

    assert [(each.pointer, each.rule) for each in refusal.value.breaches] == [("/1", "not_a_party")]
    assert log.head().position == 3


def test_a_replacement_is_held_against_the_rules_as_the_act_itself() -> None:
    log = log_of(SIGNED)

    with pytest.raises(Irregular) as refusal:
        depositary_of(log).record(
            [correction(SIGNED.id, replacement=did("AAA", "withdrawal_notice", "2000-01-02"))],
            recorded_by="me",
        )

    assert [each.rule for each in refusal.value.breaches] == ["not_a_party"]


def test_the_same_fact_again_is_given_back_and_not_recorded_twice() -> None:
    log = log_of(SIGNED)
    depositary = depositary_of(log)

    again = depositary.record([SIGNED], recorded_by="me")
    with_another = depositary.record([SIGNED, RATIFIED, RATIFIED], recorded_by="me")

    assert (again.new, again.duplicates) == ((), 1)
    assert [entry.content for entry in with_another.entries] == [SIGNED, RATIFIED, RATIFIED]
    assert ([entry.content for entry in with_another.new], with_another.duplicates) == (
        [RATIFIED],
        2,
    )


def test_an_id_that_is_taken_by_another_content_is_refused() -> None:
    log = log_of(SIGNED)

    found = faults_of(log, did("BBB", "signature", "2000-01-01", id=SIGNED.id))

    assert found == [("/id", "this id stands in the record with another content")]


def test_an_id_that_is_taken_is_refused_at_the_place_of_each_fact_that_has_it() -> None:
    log = log_of(SIGNED)
    taken, twice = replace(SIGNED, note="other"), replace(RATIFIED, note="other")

    found = faults_of(log, RATIFIED, taken, twice)

    assert [pointer for pointer, _ in found] == ["/1/id", "/2/id"]


def test_a_key_goes_to_the_archive_even_when_nothing_is_new() -> None:
    log, key = log_of(SIGNED), IdempotencyKey(key="k", fingerprint="f")

    recording = depositary_of(log).record([SIGNED], recorded_by="me", key=key)

    assert log.keys == [key]
    assert recording.duplicates == 1


def test_a_decision_is_taken_anew_when_others_recorded_meanwhile() -> None:
    log = log_of(SIGNED)
    log.meanwhile = [did("BBB", "signature", "2000-01-01")]

    recording = depositary_of(log).record([RATIFIED], recorded_by="me")

    assert recording.new[0].position == len(log.kept)
    assert len(log.entries("treaty:t")) == 4


def test_a_decision_is_not_taken_anew_for_ever() -> None:
    log = log_of(SIGNED)
    log.meanwhile = [
        did("BBB", "signature", f"2000-01-{number:02}") for number in range(1, ATTEMPTS + 2)
    ]

    with pytest.raises(Conflict):
        depositary_of(log).record([RATIFIED], recorded_by="me")

    assert len(log.meanwhile) == 1


@pytest.mark.parametrize("meanwhile", [True, False])
def test_a_version_that_has_moved_since_the_caller_saw_it_is_a_conflict(meanwhile: bool) -> None:  # noqa: FBT001 (a case)
    log = log_of(SIGNED)
    seen = len(log.entries("treaty:t")) if meanwhile else 1
    log.meanwhile = [did("BBB", "signature", "2000-01-01")] if meanwhile else []

    with pytest.raises(Conflict):
        depositary_of(log).record([RATIFIED], recorded_by="me", expected={"treaty:t": seen})

    assert RATIFIED not in [entry.content for entry in log.kept]


def test_a_version_that_has_moved_is_a_conflict_also_where_nothing_is_written_to_it() -> None:
    log = log_of(SIGNED)

    with pytest.raises(Conflict) as refusal:
        depositary_of(log).record(
            [RATIFIED], recorded_by="me", expected={"treaty:t": 2, "register": 1}
        )

    assert (refusal.value.stream, refusal.value.actual) == ("register", 2)


def test_an_act_is_weighed_beside_what_the_batch_has_of_its_parent() -> None:
    child = defined(
        {
            "entry_into_force": {
                "article": "1",
                "all_of": [{"rule": "parent_in_force", "treaty": "p"}],
            },
            "accession": {"article": "2", "open": "after_entry_into_force"},
        },
        "c",
    )
    parent = defined(
        {"entry_into_force": {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]}}, "p"
    )
    brought = did("AAA", "accession", "2000-01-01", treaty="p", id="the parent's")
    joined = did("BBB", "accession", "2000-01-02", treaty="c", id="the child's")
    log = log_of(child, parent)

    recording = depositary_of(log).record([joined, brought], recorded_by="me")

    assert len(recording.new) == 2


def test_a_version_that_has_not_moved_lets_the_act_in() -> None:
    log = log_of(SIGNED)

    recording = depositary_of(log).record(
        [RATIFIED], recorded_by="me", expected={"treaty:t": 2, "treaty:u": 0}
    )

    assert len(recording.new) == 1


def test_faults_are_told_without_recording_anything() -> None:
    log = log_of()

    found = depositary_of(log).faults([SIGNED, None, did("CCC", "signature", "2000-01-01")])

    assert found[:2] == [[], []]
    assert [each.pointer for each in found[2]] == ["/party"]


LATER = did("BBB", "accession", "2005-03-01")
EARLIER = did("BBB", "acceptance", "2005-02-01")


def rules_of(log: Log, *facts: Fact) -> list[tuple[str, str]]:
    with pytest.raises(Irregular) as refusal:
        depositary_of(log).record(facts, recorded_by="me")
    return [(each.pointer, each.rule) for each in refusal.value.breaches]


@pytest.mark.parametrize("turned", [False, True])
def test_two_consents_of_one_state_are_irregular_in_whatever_order_they_come(turned: bool) -> None:  # noqa: FBT001 (a case)
    one, other = (LATER, EARLIER) if turned else (EARLIER, LATER)
    free = {**CLAUSES, "signature": {"article": "Art. 1", "needed_to_ratify": False}}
    log = Log(entered("BBB"), defined(free), one)

    assert rules_of(log, other) == [("", "consent_already_given")]


def test_of_two_consents_in_one_batch_only_the_later_is_irregular() -> None:
    free = {**CLAUSES, "signature": {"article": "Art. 1", "needed_to_ratify": False}}
    log = Log(entered("BBB"), defined(free))

    assert rules_of(log, LATER, EARLIER) == [("/0", "consent_already_given")]


def test_an_earlier_consent_recorded_later_all_the_same_counts_and_both_are_shown() -> None:
    free = {**CLAUSES, "signature": {"article": "Art. 1", "needed_to_ratify": False}}
    log = Log(entered("BBB"), defined(free), LATER)
    known = replace(EARLIER, despite=("consent_already_given",), note="The register has both.")

    depositary_of(log).record([known], recorded_by="me")

    shelves = Shelves(log)
    answer: Any = said(shelves.fold("t", shelves.record()), "BBB", "2010-01-01")
    assert answer["since"] == "2005-02-01"
    assert [each["act"] for each in answer["because"]] == [EARLIER.id]
    assert [each["act"] for each in answer["disregarded"]] == [LATER.id]
    assert {(each["finding"], each["act"]) for each in answer["findings"]} == {
        ("consent_already_given", EARLIER.id),
        ("consent_already_given", LATER.id),
    }


def test_what_is_known_to_be_given_twice_is_not_irregular_again() -> None:
    free = {**CLAUSES, "signature": {"article": "Art. 1", "needed_to_ratify": False}}
    known = replace(LATER, despite=("consent_already_given",), note="The register has both.")
    log = Log(entered("BBB"), defined(free), known)

    recording = depositary_of(log).record([EARLIER], recorded_by="me")

    assert len(recording.new) == 1


def test_an_earlier_notice_that_would_stand_before_one_on_file_is_irregular() -> None:
    joined = did("BBB", "accession", "2000-01-01")
    log = log_of(joined, did("BBB", "withdrawal_notice", "2005-03-01"))

    found = rules_of(log, did("BBB", "withdrawal_notice", "2005-02-01"))

    assert found == [("", "notice_already_running")]


def test_a_replacement_that_comes_before_what_it_replaces_displaces_nothing() -> None:
    joined = did("BBB", "accession", "2000-01-01")
    notice = did("BBB", "withdrawal_notice", "2005-03-01")
    right = did("BBB", "withdrawal_notice", "2005-02-01")
    fix = did("BBB", "record_corrected", dated="2006-01-01", concerns=notice.id, replacement=right)

    recording = depositary_of(log_of(joined, notice)).record([fix], recorded_by="me")

    assert len(recording.new) == 1


def test_a_batch_with_a_definition_that_cannot_be_read_is_refused_at_its_place() -> None:
    unsound = defined({"withdrawal": {}}, "u")

    found = faults_of(log_of(), SIGNED, unsound)

    assert {pointer for pointer, _ in found} == {"/1/clauses/withdrawal/article"}


# --- sorting out a batch ---


def test_a_batch_is_sorted_out_and_each_refusal_keeps_its_place() -> None:
    log = log_of()
    unknown = did("CCC", "signature", "2000-01-01")

    sifted = depositary_of(log).sift([unknown, SIGNED, LEFT, RATIFIED])

    assert sifted.good == [SIGNED, RATIFIED]
    assert {place: type(each) for place, each in sifted.refused.items()} == {
        0: Malformed,
        2: Irregular,
    }


def test_what_rests_on_a_refused_fact_is_refused_with_it() -> None:
    log = log_of()
    unsound = defined({"withdrawal": {}}, "u")
    under_it = did("AAA", "signature", "2000-01-01", treaty="u", id="under it")
    about_it = did("AAA", "resumption", "2000-01-01", treaty="u", concerns=under_it.id)

    sifted = depositary_of(log).sift([SIGNED, under_it, about_it, unsound])

    assert sifted.good == [SIGNED]
    assert sorted(sifted.refused) == [1, 2, 3]


def test_what_is_on_record_already_is_not_weighed_again() -> None:
    log = log_of()
    depositary = depositary_of(log)
    depositary.record([SIGNED, RATIFIED], recorded_by="clerk")

    sifted = depositary.sift([SIGNED, RATIFIED, RATIFIED])

    assert (sifted.good, sifted.refused) == ([SIGNED, RATIFIED, RATIFIED], {})


def test_an_id_that_belongs_to_another_content_is_refused_in_a_batch() -> None:
    log = log_of()
    depositary = depositary_of(log)
    depositary.record([SIGNED], recorded_by="clerk")
    on_record, in_batch = replace(SIGNED, note="other"), replace(RATIFIED, note="other")

    sifted = depositary.sift([on_record, RATIFIED, in_batch])

    assert sifted.good == [RATIFIED]
    assert sorted(sifted.refused) == [0, 2]


def test_a_fact_that_is_refused_is_refused_each_time_it_stands_in_the_batch() -> None:
    sifted = depositary_of(log_of()).sift([SIGNED, LEFT, LEFT])

    assert sifted.good == [SIGNED]
    assert sorted(sifted.refused) == [1, 2]


def test_an_act_that_is_irregular_only_without_a_refused_one_is_refused_too() -> None:
    log = log_of()
    signature = did("AAA", "signature", "2000-01-01", concerns="gone")

    sifted = depositary_of(log).sift([signature, RATIFIED, entered("AAA")])

    assert sifted.good == [entered("AAA")]
    assert {place: type(each) for place, each in sifted.refused.items()} == {
        0: Malformed,
        1: Irregular,
    }


def test_a_chain_of_facts_that_rest_on_each_other_is_cut_after_so_many_rounds() -> None:
    log = log_of()
    chain = [
        did("AAA", "communication", "2000-01-01", id=f"act {number}", concerns=f"act {number - 1}")
        for number in range(ROUNDS + 10)
    ]

    sifted = depositary_of(log).sift([*chain, SIGNED])

    assert sifted.good == []
    last = sifted.refused[ROUNDS + 5]
    assert isinstance(last, Malformed)
    assert last.faults == (UNWEIGHED,)


def test_sifting_lets_through_exactly_what_can_be_recorded() -> None:
    log = log_of()
    batch: list[Fact] = [
        SIGNED,
        RATIFIED,
        LEFT,
        did("BBB", "accession", "2000-06-01"),
        did("DDD", "signature", "2000-01-01"),
    ]

    good = depositary_of(log).sift(batch).good
    recording = depositary_of(log).record(good, recorded_by="me")

    assert [entry.content for entry in recording.new] == good == [SIGNED, RATIFIED, LEFT, batch[3]]


# --- what if ---


def test_what_if_gives_the_fold_with_the_acts_and_records_nothing() -> None:
    log = log_of(did("BBB", "accession", "2000-06-01"))
    depositary, shelf_record = depositary_of(log), len(log.kept)

    fold = depositary.what_if([LEFT], "t", depositary._shelf.record())

    assert fold.course("BBB").at(day("2002-01-01")).status == "former_party"
    assert len(log.kept) == shelf_record


def test_what_if_refuses_malformed_acts_at_their_places() -> None:
    log = log_of()
    depositary = depositary_of(log)

    with pytest.raises(Malformed) as refusal:
        depositary.what_if(
            [SIGNED, did("CCC", "signature", "2000-01-01")], "t", depositary._shelf.record()
        )

    assert refusal.value.faults == (Fault(pointer="/acts/1/party", detail="there is no party CCC"),)
