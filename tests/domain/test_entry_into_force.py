"""When a treaty enters into force, by each pattern of clause, and for a State that consents later."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.treaty import TreatyFold
from tests.domain.dossiers import day, did, folded, history, registered, said

DAYS_30 = {"n": 30, "unit": "days"}
GROUPS = {"g": {"title": "members", "parties": ["AAA", "BBB", "CCC"]}}
WEIGHTS = {
    "w": {
        "title": "emissions",
        "total": "200",
        "shares": {"AAA": "100", "BBB": "10.5", "CCC": "40"},
    }
}


def clause(*requirements: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "entry_into_force": {"article": "Art. 1", "all_of": list(requirements), **more},
        "groups": GROUPS,
        "weights": WEIGHTS,
    }


def joined(*days: str, kind: str = "accession") -> list[Act]:
    """Accessions of AAA, BBB, CCC and so on, on these days."""
    return [did(letter * 3, kind, on) for letter, on in zip("ABCDEF", days, strict=False)]


def instruments(count: int, **more: Any) -> dict[str, Any]:
    return {"rule": "instruments", "count": count, **more}


PATTERNS: Sequence[tuple[str, Mapping[str, Any], Sequence[Act], str | None, str | None]] = [
    (
        "E1 a number of instruments",
        clause(instruments(2)),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2001-01-01",
        "2001-01-01",
    ),
    ("E1 too few", clause(instruments(2)), joined("2000-01-01"), None, None),
    (
        "E1 of some kinds only",
        clause(instruments(1, kinds=["ratification"])),
        [*joined("2000-01-01"), did("BBB", "ratification", "2001-01-01")],
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E1 with a delay",
        clause(instruments(1), delay=DAYS_30),
        joined("2000-01-01"),
        "2000-01-01",
        "2000-01-31",
    ),
    (
        "E1 an organisation is not counted beside its members",
        clause(instruments(2, not_counted=["AAA"])),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2002-01-01",
        "2002-01-01",
    ),
    (
        "E1 two instruments of one State are one",
        clause(instruments(2)),
        [*joined("2000-01-01"), did("AAA", "acceptance", "2000-06-01")],
        None,
        None,
    ),
    (
        "E2 all signatories",
        clause({"rule": "all_signatories"}),
        [
            did("AAA", "signature", "1999-01-01"),
            did("BBB", "signature", "1999-01-01"),
            *joined("2000-01-01", "2001-01-01"),
        ],
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E2 with no signatory at all",
        clause({"rule": "all_signatories"}),
        joined("2000-01-01"),
        None,
        None,
    ),
    (
        "E3 States named",
        clause({"rule": "named", "parties": ["AAA", "CCC"]}),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2002-01-01",
        "2002-01-01",
    ),
    (
        "E4 a number, those named among them",
        clause(instruments(2), {"rule": "named", "parties": ["CCC"]}),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2002-01-01",
        "2002-01-01",
    ),
    (
        "E5 members of a group",
        clause(instruments(2, among="g")),
        [did("XXX", "accession", "1999-01-01"), *joined("2000-01-01", "2001-01-01")],
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E5 all members of a group",
        clause({"rule": "members", "group": "g"}),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2002-01-01",
        "2002-01-01",
    ),
    (
        "E5 so many members of a group",
        clause({"rule": "members", "group": "g", "at_least": 2}),
        joined("2000-01-01", "2001-01-01", "2002-01-01"),
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E6 a share",
        clause(instruments(1), {"rule": "share", "weight": "w", "percent": "55"}),
        joined("2000-01-01", "2001-01-01"),
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E6 exactly the share",
        clause({"rule": "share", "weight": "w", "percent": "50"}),
        joined("2000-01-01"),
        "2000-01-01",
        "2000-01-01",
    ),
    (
        "E6 more than the share",
        clause({"rule": "share", "weight": "w", "percent": "50", "more_than": True}),
        joined("2000-01-01", "2001-01-01"),
        "2001-01-01",
        "2001-01-01",
    ),
    (
        "E6 those without a weight add nothing",
        clause({"rule": "share", "weight": "w", "percent": "50", "more_than": True}),
        [*joined("2000-01-01"), did("XXX", "accession", "2001-01-01")],
        None,
        None,
    ),
    (
        "E8 a fixed day, reached in time",
        clause(instruments(1), delay=DAYS_30, fixed_day="2001-01-01"),
        joined("2000-06-01"),
        "2000-06-01",
        "2001-01-01",
    ),
    (
        "E8 else the rule",
        clause(instruments(1), delay=DAYS_30, fixed_day="2001-01-01"),
        joined("2001-01-02"),
        "2001-01-02",
        "2001-02-01",
    ),
    (
        "E9 not before a wait from the opening",
        clause(instruments(1), not_before={"period": {"n": 2, "unit": "years"}}),
        [did(None, "opening_for_signature", "2000-01-01"), *joined("2000-06-01")],
        "2000-06-01",
        "2002-01-01",
    ),
    (
        "E9 a wait that is over",
        clause(instruments(1), not_before={"period": {"n": 2, "unit": "years"}}),
        [did(None, "opening_for_signature", "1990-01-01"), *joined("2000-06-01")],
        "2000-06-01",
        "2000-06-01",
    ),
    (
        "E9 a wait from the adoption that the definition gives",
        {
            **clause(
                instruments(1),
                not_before={"period": {"n": 2, "unit": "years"}, "counted_from": "adoption"},
            ),
            "adoption": {"article": "-", "on": "2000-02-01"},
        },
        joined("2000-06-01"),
        "2000-06-01",
        "2002-02-01",
    ),
    (
        "E9 a wait from the adoption",
        clause(
            instruments(1),
            not_before={"period": {"n": 2, "unit": "years"}, "counted_from": "adoption"},
        ),
        [did(None, "adoption", "2000-02-01"), *joined("2000-06-01")],
        "2000-06-01",
        "2002-02-01",
    ),
    (
        "E9 the opening that the definition knows",
        {
            **clause(instruments(1), not_before={"period": {"n": 2, "unit": "years"}}),
            "signature": {"article": "s", "opens": "2000-03-01"},
        },
        joined("2000-06-01"),
        "2000-06-01",
        "2002-03-01",
    ),
    (
        "E9 an opening that nobody knows",
        clause(instruments(1), not_before={"period": {"n": 2, "unit": "years"}}),
        [did("AAA", "accession", "2000-06-01")],
        "2000-06-01",
        "2000-06-01",
    ),
    (
        "E11 an exchange",
        {**clause({"rule": "exchange"}), "bilateral": ["AAA", "BBB"]},
        joined("2000-01-01", "2000-02-01", kind="exchange_of_instruments"),
        "2000-02-01",
        "2000-02-01",
    ),
    ("no clause at all", {}, joined("2000-01-01", "2001-01-01"), None, None),
]


@pytest.mark.parametrize(
    ("clauses", "acts", "met", "entered"),
    [each[1:] for each in PATTERNS],
    ids=[each[0] for each in PATTERNS],
)
def test_a_treaty_enters_into_force_as_its_clause_says(
    clauses: Mapping[str, Any], acts: Sequence[Act], met: str | None, entered: str | None
) -> None:
    entry = folded(acts, clauses).entry()

    assert entry.condition_met_on == (day(met) if met else None)
    assert entry.on == entry.computed == (day(entered) if entered else None)
    assert entry.stated is None


def parent(*days: str) -> TreatyFold:
    return folded(joined(*days), clause(instruments(1)), treaty="parent")


MOVING: Sequence[tuple[str, Mapping[str, Any], TreatyFold | None, Sequence[str], str | None]] = [
    (
        "E10 a parent in force",
        {"rule": "parent_in_force", "treaty": "parent"},
        parent("2005-01-01"),
        ["2000-01-01"],
        "2005-01-01",
    ),
    (
        "E10 a parent never in force",
        {"rule": "parent_in_force", "treaty": "parent"},
        parent(),
        ["2000-01-01"],
        None,
    ),
    (
        "E10 a parent that is not known",
        {"rule": "parent_in_force", "treaty": "parent"},
        None,
        ["2000-01-01"],
        None,
    ),
    (
        "E7 three quarters of the parties of the day",
        {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "parent"},
        parent("1999-01-01", "1999-01-01", "1999-01-01", "2000-06-01"),
        ["2000-01-01", "2000-02-01", "2000-07-01"],
        "2000-07-01",
    ),
    (
        "E7 before the body grew",
        {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "parent"},
        parent("1999-01-01", "1999-01-01", "2000-06-01"),
        ["2000-01-01", "2000-02-01"],
        "2000-02-01",
    ),
    (
        "E7 of a body without parties",
        {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "parent"},
        parent(),
        ["2000-01-01", "2000-02-01"],
        None,
    ),
    (
        "E7 of a body without parties, but so many at least",
        {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "parent", "at_least": 2},
        None,
        ["2000-01-01", "2000-02-01"],
        "2000-02-01",
    ),
    (
        "E7 at least so many",
        {"rule": "fraction", "numerator": 1, "denominator": 4, "of": "parent", "at_least": 2},
        parent("1999-01-01"),
        ["2000-01-01", "2000-02-01"],
        "2000-02-01",
    ),
]


@pytest.mark.parametrize(
    ("requirement", "other", "days", "entered"),
    [each[1:] for each in MOVING],
    ids=[each[0] for each in MOVING],
)
def test_a_treaty_can_wait_for_another(
    requirement: Mapping[str, Any],
    other: TreatyFold | None,
    days: Sequence[str],
    entered: str | None,
) -> None:
    related = {"parent": other} if other is not None else {}

    fold = folded(joined(*days), clause(requirement), related=related)

    assert fold.entry().on == (day(entered) if entered else None)


def test_a_fraction_can_be_of_the_parties_on_the_day_of_adoption() -> None:
    requirement = {
        "rule": "fraction",
        "numerator": 1,
        "denominator": 1,
        "of": "parent",
        "counted": "adoption",
    }
    body = parent("1999-01-01", "2000-06-01")
    adopted = did(None, "adoption", "2000-01-01")

    fold = folded([adopted, *joined("2001-01-01")], clause(requirement), related={"parent": body})

    by_definition = folded(
        joined("2001-01-01"),
        {**clause(requirement), "adoption": {"article": "-", "on": "2000-01-01"}},
        related={"parent": body},
    )

    assert fold.entry().on == by_definition.entry().on == day("2001-01-01")


# --- instruments that come and go ---


def test_an_instrument_taken_back_or_refused_is_not_counted() -> None:
    acts = [
        *joined("2000-01-01", "2002-01-01"),
        did("AAA", "ratification_withdrawn", "2001-01-01"),
        did("CCC", "accession", "1999-01-01", legal_effect=False),
        did("DDD", "accession", "1999-01-01"),
        did("DDD", "depositary_rejection", "1999-02-01"),
        did("EEE", "accession", "1999-01-01"),
        did("EEE", "state_dissolution", "1999-06-01"),
    ]

    fold = folded(acts, clause(instruments(2)))

    assert fold.entry().on is None


def test_an_instrument_that_is_taken_back_before_the_entry_into_force_unmakes_it() -> None:
    acts = [*joined("2000-01-01", "2000-02-01"), did("AAA", "ratification_withdrawn", "2000-02-15")]
    final = clause(instruments(2), delay=DAYS_30)

    unmade = folded(acts, final).entry()
    made_again = folded([*acts, did("CCC", "accession", "2000-06-01")], final).entry()

    assert (unmade.on, unmade.requirements) == (None, ("2 instruments: not met",))
    assert made_again.on == day("2000-07-01")
    assert [each.name for each in made_again.findings] == ["threshold_unmade"]


def test_one_that_is_taken_back_in_the_delay_but_not_missed_unmakes_nothing() -> None:
    acts = [
        *joined("2000-01-01", "2000-02-01", "2000-02-01"),
        did("AAA", "ratification_withdrawn", "2000-02-15"),
    ]

    entry = folded(acts, clause(instruments(2), delay=DAYS_30)).entry()

    assert (entry.on, entry.findings) == (day("2000-03-02"), ())


def test_a_day_that_the_depositary_stated_is_never_recomputed() -> None:
    acts = [
        *joined("2000-01-01", "2000-02-01"),
        did(None, "treaty_entry_into_force", "2000-03-02"),
        did("AAA", "ratification_withdrawn", "2000-02-15"),
    ]

    entry = folded(acts, clause(instruments(2), delay=DAYS_30)).entry()

    assert (entry.on, entry.computed) == (day("2000-03-02"), None)
    assert [each.name for each in entry.findings] == ["threshold_unmade"]


def test_a_successor_counts_with_its_predecessors_instrument() -> None:
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("OLD", "state_dissolution", "2000-12-31"),
        did("NEW", "succession", "2001-02-01", predecessor="OLD"),
        did("XXX", "succession", "2001-02-01", predecessor="XXX"),
        did("YYY", "succession", "2001-02-01"),
        did("BBB", "accession", "2002-01-01"),
    ]

    entry = folded(acts, clause(instruments(2))).entry()

    assert entry.on == day("2002-01-01")


def test_one_instrument_is_not_counted_for_a_state_that_is_gone_and_for_its_heir() -> None:
    register = registered(
        {"party": "OLD", "existence": [{"from": "1900-01-01", "until": "2001-01-01"}]}
    )
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("NEW", "succession", "2001-02-01", predecessor="OLD"),
        did("BBB", "accession", "2002-01-01"),
    ]

    two = folded(acts, clause(instruments(2)), register=register).entry()
    three = folded(acts, clause(instruments(3)), register=register).entry()
    seen_before = folded(
        acts[:1], clause(instruments(1)), register=register, as_seen="2000-06-01"
    ).entry()

    assert (two.on, three.on) == (day("2002-01-01"), None)
    assert seen_before.on == day("2000-01-01")


def test_of_two_heirs_the_second_counts_from_its_own_notification() -> None:
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("OLD", "state_dissolution", "2000-12-31"),
        did("ONE", "succession", "2001-02-01", predecessor="OLD"),
        did("TWO", "succession", "2001-03-01", predecessor="OLD"),
    ]

    assert folded(acts, clause(instruments(2))).entry().on == day("2001-03-01")


def test_a_part_that_left_counts_from_its_notification_though_the_whole_ended_later() -> None:
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("NEW", "succession", "2000-06-01", predecessor="OLD"),
        did("OLD", "state_dissolution", "2001-01-01"),
    ]

    assert folded(acts, clause(instruments(2))).entry().on == day("2000-06-01")


def test_nothing_passes_of_an_instrument_that_was_taken_back_before() -> None:
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("OLD", "ratification_withdrawn", "2000-06-01"),
        did("OLD", "state_dissolution", "2000-12-31"),
        did("NEW", "succession", "2001-02-01", predecessor="OLD"),
    ]

    assert folded(acts, clause(instruments(1))).entry().on == day("2000-01-01")
    assert folded(acts[1:], clause(instruments(1))).entry().on is None
    late = [*acts, did("BBB", "accession", "2000-07-01")]
    assert folded(late, clause(instruments(2))).entry().on is None


def test_an_heir_of_a_contracting_state_is_a_party_no_earlier_than_the_treaty_is_in_force() -> None:
    acts = [
        did("OLD", "accession", "2000-01-01"),
        did("NEW", "succession", "2000-03-01", predecessor="OLD", effective="2000-02-01"),
        did("BBB", "accession", "2001-01-01"),
    ]

    fold = folded(acts, clause(instruments(3)))

    assert history(fold, "NEW") == [("2000-02-01", "contracting"), ("2001-01-01", "party")]


def test_a_person_under_a_later_code_is_the_one_that_is_named() -> None:
    register = registered(
        {"party": "SUHH", "names": []}, {"party": "RUS", "names": [], "continues": "SUHH"}
    )
    wanting_old = clause({"rule": "named", "parties": ["SUHH"]})
    wanting_new = clause({"rule": "named", "parties": ["RUS"]})

    by_new = folded([did("RUS", "accession", "2000-01-01")], wanting_old, register=register)
    by_old = folded([did("SUHH", "accession", "1980-01-01")], wanting_new, register=register)

    assert by_new.entry().on == day("2000-01-01")
    assert by_old.entry().on == day("1980-01-01")


# --- stated against computed ---


def test_a_stated_day_outranks_the_computed_one_and_a_later_one_is_a_finding() -> None:
    stated = did(None, "treaty_entry_into_force", dated="2000-06-01", effective="2000-07-01")

    entry = folded([*joined("2000-01-01"), stated], clause(instruments(1))).entry()

    assert (entry.on, entry.stated, entry.computed) == (
        day("2000-07-01"),
        day("2000-07-01"),
        day("2000-01-01"),
    )
    assert entry.counted == "1 July 2000, as the depositary stated it (in an act on record)"
    assert [each.name for each in entry.findings] == ["stated_differs_from_computed"]


def test_stated_conditions_give_the_day_by_the_clause() -> None:
    met = did(None, "entry_into_force_condition_met", "2000-03-01")

    entry = folded([*joined("2000-01-01"), met], clause(instruments(2), delay=DAYS_30)).entry()

    assert (entry.condition_met_on, entry.on) == (day("2000-03-01"), day("2000-03-31"))
    assert entry.requirements == ("2 instruments: not shown by the deposits on record",)


def test_an_earlier_stated_day_may_only_mean_that_deposits_are_missing() -> None:
    stated = clause(instruments(1), stated={"on": "1999-01-01"})

    entry = folded(joined("2000-01-01"), stated).entry()

    assert (entry.on, entry.findings) == (day("1999-01-01"), ())
    assert (
        entry.counted
        == "1 January 1999, as the depositary stated it (in the definition of the treaty)"
    )


def test_where_all_signatories_count_a_missing_one_is_no_contradiction() -> None:
    final = clause({"rule": "all_signatories"}, stated={"on": "2005-01-01"})

    entry = folded([did("AAA", "signature", "1999-01-01"), *joined("2000-01-01")], final).entry()

    assert (entry.on, entry.findings) == (day("2005-01-01"), ())


def test_what_the_definition_states_is_not_seen_before_its_day() -> None:
    final = clause(stated={"on": "2000-07-01", "condition_met_on": "2000-06-01"})

    before = folded(joined("2000-01-01"), final, as_seen="2000-05-31").entry()
    after = folded(joined("2000-01-01"), final, as_seen="2000-06-01").entry()

    assert (before.on, after.on) == (None, day("2000-07-01"))


def test_the_rule_is_told_in_words_with_the_day_on_which_each_part_was_met() -> None:
    final = clause(
        instruments(2, among="g"),
        {"rule": "named", "parties": ["AAA", "BBB"]},
        {"rule": "members", "group": "g"},
        {"rule": "members", "group": "g", "at_least": 1},
        {"rule": "share", "weight": "w", "percent": "5"},
        {"rule": "share", "weight": "w", "percent": "5", "more_than": True},
        {"rule": "fraction", "numerator": 1, "denominator": 2, "of": "parent"},
        {"rule": "all_signatories"},
        {"rule": "parent_in_force", "treaty": "parent"},
        {"rule": "exchange"},
        delay=DAYS_30,
        not_before={"period": {"n": 2, "unit": "years"}},
        fixed_day="1990-01-01",
    )
    acts = [
        did("AAA", "signature", "1999-01-01"),
        *joined("2000-01-01", "2000-02-01", "2000-03-01"),
    ]

    entry = folded(
        acts, {**final, "bilateral": ["AAA", "BBB"]}, related={"parent": parent("1999-01-01")}
    ).entry()

    assert entry.rule == (
        "2 instruments by members of g; those of AAA, BBB among them; all of the group g among them;"
        " 1 of the group g among them; at least 5 % of w; more than 5 % of w; 1/2 of the parties to parent;"
        " the instruments of all signatories; parent in force; exchange of the instruments of both sides;"
        " not before 2 years from the opening; not before 1 January 1990; 30 days after"
    )
    assert entry.requirements[:2] == (
        "2 instruments by members of g: met on 1 February 2000",
        "those of AAA, BBB among them: met on 1 February 2000",
    )
    assert (entry.on, entry.last) == (day("2000-03-31"), (acts[-1].id,))


# --- for a State that consents later ---

LATER: Sequence[tuple[str, Mapping[str, Any] | None, Act, str, str]] = [
    (
        "no clause is known",
        None,
        did("AAA", "accession", "2000-01-10"),
        "2000-01-10",
        "on the day of consent, no clause being known",
    ),
    ("on deposit", {}, did("AAA", "accession", "2000-01-10"), "2000-01-10", "on deposit"),
    (
        "after a delay",
        {"delays": [{"delay": DAYS_30}]},
        did("AAA", "accession", "2000-01-10"),
        "2000-02-09",
        "30 days after deposit",
    ),
    (
        "a delay for its kind",
        {
            "delays": [
                {"delay": DAYS_30},
                {"kinds": ["accession"], "delay": {"n": 60, "unit": "days"}},
            ]
        },
        did("AAA", "accession", "2000-01-10"),
        "2000-03-10",
        "60 days after deposit",
    ),
    (
        "none for its kind",
        {"delays": [{"kinds": ["accession"], "delay": DAYS_30}]},
        did("AAA", "ratification", "2000-01-10"),
        "2000-01-10",
        "on deposit",
    ),
    (
        "after the time for objections",
        {"delays": [{"objection_period": {"n": 6, "unit": "months"}, "delay": DAYS_30}]},
        did("AAA", "accession", "2000-01-10", notified="2000-02-01"),
        "2000-08-31",
        "30 days after deposit",
    ),
    (
        "admitted by an organ",
        {"delays": [{"delay": DAYS_30}]},
        did("AAA", "state_admission", "2000-01-10"),
        "2000-01-10",
        "membership from the decision",
    ),
]


@pytest.mark.parametrize(
    ("own", "act", "starts", "rule"), [each[1:] for each in LATER], ids=[each[0] for each in LATER]
)
def test_a_later_consent_binds_as_the_clause_says(
    own: Mapping[str, Any] | None, act: Act, starts: str, rule: str
) -> None:
    final = clause(stated={"on": "1990-01-01"})
    fold = folded(
        [act],
        final if own is None else {**final, "party_entry_into_force": {"article": "Art. 2", **own}},
    )

    outcome = fold.course("AAA").outcomes[0]

    assert outcome.effective == day(starts)
    assert outcome.rule == rule


def test_a_consent_before_the_treaty_but_after_its_conditions_waits_for_the_later_of_both() -> None:
    final = clause(stated={"on": "2000-06-01", "condition_met_on": "2000-01-01"})
    own = {"party_entry_into_force": {"article": "Art. 2", "delays": [{"delay": DAYS_30}]}}

    without = folded([did("AAA", "accession", "2000-02-01")], final)
    waiting = folded([did("AAA", "accession", "2000-02-01")], {**final, **own})
    longer = folded([did("AAA", "accession", "2000-05-20")], {**final, **own})

    assert history(without, "AAA")[-1] == ("2000-06-01", "party")
    assert history(waiting, "AAA")[-1] == ("2000-06-01", "party")
    assert history(longer, "AAA")[-1] == ("2000-06-19", "party")
    counted = waiting.course("AAA").outcomes[0].counted
    assert (
        counted
        == "1 February 2000 + 30 days = 2 March 2000; not before the treaty itself, 1 June 2000"
    )


def test_a_treaty_that_binds_before_it_is_in_force_does_so_only_where_it_says() -> None:
    final = clause(stated={"on": "2000-06-01", "condition_met_on": "2000-01-01"})
    own = {"article": "Art. 2", "before_treaty": True}

    fold = folded([did("AAA", "accession", "2000-02-01")], {**final, "party_entry_into_force": own})

    assert history(fold, "AAA") == [("2000-02-01", "party")]


def test_a_state_in_conflict_is_bound_at_once_where_the_clause_says_so() -> None:
    own = {
        "article": "Art. 2",
        "at_once_in_conflict": True,
        "delays": [{"delay": {"n": 6, "unit": "months"}}],
    }
    final = {**clause(stated={"on": "1950-10-21"}), "party_entry_into_force": own}
    war = did("AAA", "armed_conflict_began", dated="1999-01-01")
    peace = did("AAA", "armed_conflict_ended", dated="1999-12-31")
    deposit = did("AAA", "accession", "2000-01-10")

    assert history(folded([war, deposit], final), "AAA") == [("2000-01-10", "party")]
    assert history(folded([war, peace, deposit], final), "AAA")[-1] == ("2000-07-10", "party")


def test_the_time_for_objections_counts_from_receipt_where_the_notification_is_not_on_record() -> (
    None
):
    own = {"article": "Art. 12", "delays": [{"objection_period": {"n": 6, "unit": "months"}}]}
    final = {**clause(stated={"on": "1990-01-01"}), "party_entry_into_force": own}

    answer: Any = said(folded([did("AAA", "accession", "2000-01-10")], final), "AAA", "2001-01-01")

    assert answer["since"] == "2000-07-10"
    assert [each["finding"] for each in answer["findings"]] == ["counted_from_receipt"]


def test_a_stated_day_that_differs_is_told_and_counts() -> None:
    final = clause(stated={"on": "1990-01-01"})
    early = did("AAA", "accession", "1985-01-10", effective="1989-01-01")

    answer: Any = said(folded([early], final), "AAA", "1989-06-01")

    assert (answer["status"], answer["since"]) == ("party", "1989-01-01")
    assert [each["finding"] for each in answer["findings"]] == [
        "stated_differs_from_computed",
        "in_force_before_treaty",
    ]


def test_an_amendment_takes_effect_for_those_that_were_silent() -> None:
    tacit = {
        "opt_out": {
            "article": "Art. 59",
            "reject_within": {"n": 10, "unit": "months"},
            "effective_after": {"n": 12, "unit": "months"},
            "addressees": ["AAA"],
        }
    }

    told = folded([did(None, "amendment_notified", "2024-09-19")], tacit)
    untold = folded([], tacit)

    assert (told.entry().condition_met_on, told.entry().on) == (
        day("2025-07-19"),
        day("2025-09-19"),
    )
    assert history(told, "AAA") == [("2025-07-19", "contracting"), ("2025-09-19", "party")]
    assert (untold.entry().on, untold.parties()) == (None, ())
