"""What belongs to one membership ends with it, and comes back with no later one."""

from typing import Any

import pytest

from domain.acts import Act
from tests.domain.dossiers import (
    PLAIN,
    Clauses,
    coming,
    day,
    did,
    flags,
    folded,
    history,
    said,
    status,
    why,
)

SILENT: Clauses = {**PLAIN, "withdrawal": {"article": "no clause", "basis": "general_law"}}
OBJECTED: Clauses = {
    **PLAIN,
    "objections": {"article": "Art. 12", "effect": "not_in_force_between"},
}
JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")
BACK = did("AAA", "accession", "2010-01-01")


def between(fold: Any, on: str, one: str = "AAA", other: str = "BBB") -> Any:
    found: Any = said(fold, one, on, other)["relation"]
    return found["status"]


# --- suspension ---


def test_a_suspension_ends_with_the_membership_that_it_suspends() -> None:
    fold = folded([JOINED, did("AAA", "suspension", "2002-01-01"), NOTICE, BACK], PLAIN)

    assert history(fold, "AAA")[2:] == [
        ("2002-01-01", "party_suspended"),
        ("2003-01-15", "party_withdrawing"),
        ("2003-07-15", "former_party"),
        ("2010-01-01", "contracting"),
        ("2010-01-31", "party"),
    ]


def test_a_suspension_does_not_outlive_a_membership_that_is_followed_at_once_by_another() -> None:
    back = did("AAA", "accession", "2003-03-01")

    fold = folded([JOINED, did("AAA", "suspension", "2002-01-01"), NOTICE, back], PLAIN)

    assert flags(fold, "AAA", "2003-07-14") == ("new_consent_pending", "suspended")
    assert status(fold, "AAA", "2003-07-15") == "party"


def test_a_suspension_towards_some_ends_with_the_membership_too() -> None:
    apart = did("AAA", "suspension", "2002-01-01", towards=("BBB",))
    fold = folded([JOINED, did("BBB", "accession", "2000-01-01"), apart, NOTICE, BACK], PLAIN)

    assert between(fold, "2002-06-01") == "suspended"
    assert (flags(fold, "AAA", "2011-01-01"), between(fold, "2011-01-01")) == ((), "in_force")


@pytest.mark.parametrize(
    ("kind", "flag"),
    [("suspension_claimed", "suspension_contested"), ("rights_suspended", "rights_suspended")],
)
def test_a_flag_of_a_membership_ends_with_it(kind: str, flag: str) -> None:
    fold = folded([JOINED, did("AAA", kind, "2002-01-01"), NOTICE, BACK], PLAIN)

    assert flags(fold, "AAA", "2003-07-14") == (flag,)
    assert flags(fold, "AAA", "2011-01-01") == ()


def test_a_suspension_that_was_ended_before_the_exit_stays_ended_on_its_day() -> None:
    resumed = did("AAA", "resumption", "2002-09-01")

    fold = folded([JOINED, did("AAA", "suspension", "2002-01-01"), resumed, NOTICE, BACK], PLAIN)

    assert status(fold, "AAA", "2002-08-31") == "party_suspended"
    assert status(fold, "AAA", "2002-09-01") == "party"


def test_operation_is_resumed_towards_one_of_those_towards_whom_it_was_suspended() -> None:
    apart = did("AAA", "suspension", "2002-01-01", towards=("BBB", "CCC"))
    resumed = did("AAA", "resumption", "2003-01-01", towards=("BBB",))
    fold = folded([JOINED, apart, resumed], PLAIN)

    assert (between(fold, "2002-12-31"), between(fold, "2003-01-01")) == ("suspended", "in_force")
    assert between(fold, "2003-01-01", other="CCC") == "suspended"
    assert flags(fold, "AAA", "2003-01-01") == ("suspended_inter_se",)
    assert why(fold, "AAA", resumed) is None


def test_a_suspension_towards_all_that_is_ended_towards_one_goes_on_towards_the_others() -> None:
    resumed = did("AAA", "resumption", "2002-06-01", towards=("BBB",))
    later = did("AAA", "resumption", "2002-12-01")
    theirs = did("BBB", "suspension", "2002-09-01", towards=("AAA",))
    joined = [did(party, "accession", "2000-01-01") for party in ("AAA", "BBB", "CCC")]
    fold = folded([*joined, did("AAA", "suspension", "2002-01-01"), resumed, theirs, later], PLAIN)

    assert status(fold, "AAA", "2002-06-01") == "party_suspended"
    assert between(fold, "2002-05-31") == between(fold, "2002-06-01", other="CCC") == "suspended"
    assert between(fold, "2002-06-01") == between(fold, "2002-06-01", "BBB", "AAA") == "in_force"
    assert between(fold, "2002-09-01") == between(fold, "2002-09-01", "BBB", "AAA") == "suspended"
    assert status(fold, "AAA", "2002-12-01") == "party"


def test_a_resumption_towards_somebody_else_ends_nothing() -> None:
    apart = did("AAA", "suspension", "2002-01-01", towards=("BBB",))
    resumed = did("AAA", "resumption", "2003-01-01", towards=("CCC",))

    fold = folded([JOINED, apart, resumed], PLAIN)

    assert why(fold, "AAA", resumed) == "there is no suspension to end"
    assert flags(fold, "AAA", "2004-01-01") == ("suspended_inter_se",)


def test_a_contested_suspension_stays_contested_until_it_is_ended_towards_all() -> None:
    contested = did(
        "AAA", "suspension", "2002-01-01", towards=("BBB", "CCC"), contested_by=("CCC",)
    )
    first = did("AAA", "resumption", "2003-01-01", towards=("BBB",))
    last = did("AAA", "resumption", "2004-01-01", towards=("CCC",))

    fold = folded([JOINED, contested, first, last], PLAIN)

    assert "suspension_contested" in flags(fold, "AAA", "2003-12-31")
    assert flags(fold, "AAA", "2004-01-01") == ()


def test_who_has_left_has_nothing_to_suspend() -> None:
    late = did("AAA", "suspension", "2004-01-01")

    fold = folded([JOINED, NOTICE, late], PLAIN)

    assert why(fold, "AAA", late) == "not a party on that day: nothing to suspend"
    assert next(each.breach for each in fold.course("AAA").outcomes if each.act is late) == (
        "not_a_party"
    )


# --- consent ---


def test_a_consent_given_again_is_behind_the_one_on_which_the_membership_rests() -> None:
    back = did("AAA", "accession", "2003-03-01")
    again = did("AAA", "accession", "2005-01-01")

    fold = folded([JOINED, NOTICE, back, again], PLAIN)

    assert history(fold, "AAA")[-1] == ("2003-07-15", "party")
    assert why(fold, "AAA", again) == "its consent stands already; the earliest deposit counts"
    assert next(each.behind for each in fold.course("AAA").outcomes if each.act is again) == back.id


# --- provisional application ---


def test_what_is_in_force_cannot_be_applied_provisionally_and_does_not_come_back_after_the_exit() -> (
    None
):
    begun = did("AAA", "provisional_application_start", "2001-01-01")

    fold = folded([JOINED, begun, NOTICE], PLAIN)

    assert why(fold, "AAA", begun) == "the treaty is in force for it already"
    assert status(fold, "AAA", "2003-07-15") == "former_party"


def test_a_signature_of_a_party_begins_no_provisional_application() -> None:
    final = {**PLAIN, "provisional_application": {"article": "Art. 45", "begins": "signature"}}

    fold = folded([JOINED, did("AAA", "signature", "2001-01-01"), NOTICE], final)

    assert history(fold, "AAA")[-1] == ("2003-07-15", "former_party")


def test_provisional_application_ends_with_the_treaty() -> None:
    open_ended = {"provisional_application": {"article": "Art. 45"}}
    acts = [
        did("AAA", "signature", "2000-01-01"),
        did("AAA", "provisional_application_start", "2001-01-01"),
        did(None, "treaty_termination", "2005-01-01"),
    ]

    assert history(folded(acts, open_ended), "AAA") == [
        ("2000-01-01", "signatory"),
        ("2001-01-01", "provisional"),
        ("2005-01-01", "signatory"),
    ]


# --- signature after a letter ---


def test_a_state_that_signs_anew_after_its_letter_is_a_signatory_again() -> None:
    acts = [
        did("AAA", "signature", "2000-01-01"),
        did("AAA", "intention_not_to_become_party", "2002-01-01"),
        did("AAA", "signature", "2010-01-01"),
    ]

    assert history(folded(acts, PLAIN), "AAA") == [
        ("2000-01-01", "signatory"),
        ("2002-01-01", "signatory_no_intent"),
        ("2010-01-01", "signatory"),
    ]


# --- a notice without a clause ---


def test_that_a_notice_had_no_clause_matters_until_the_next_membership() -> None:
    fold = folded([JOINED, NOTICE, BACK, did("AAA", "suspension", "2011-01-01")], SILENT)

    assert "withdrawal_without_clause" in flags(fold, "AAA", "2003-01-15")
    assert "withdrawal_without_clause" in flags(fold, "AAA", "2009-12-31")
    assert flags(fold, "AAA", "2011-01-01") == ()


def test_that_a_notice_had_no_clause_matters_no_more_once_it_is_revoked() -> None:
    revoked = did("AAA", "withdrawal_notice_revoked", "2003-02-01")
    suspended = did("AAA", "suspension", "2003-03-01")

    fold = folded([JOINED, NOTICE, revoked, suspended], SILENT)

    assert "withdrawal_without_clause" in flags(fold, "AAA", "2003-01-31")
    assert flags(fold, "AAA", "2003-03-01") == ()


# --- objections ---


def test_an_objection_to_an_accession_says_nothing_of_a_later_one() -> None:
    objection = did("AAA", "objection", "2000-02-01", by="BBB")
    theirs = did("BBB", "accession", "1995-01-01")
    fold = folded([theirs, JOINED, objection, NOTICE, BACK], OBJECTED)

    assert between(fold, "2003-07-14") == "not_in_force"
    assert between(fold, "2010-01-31") == "in_force"


def test_an_objection_is_over_when_it_is_withdrawn_while_the_membership_lasts() -> None:
    objection = did("AAA", "objection", "2000-02-01", by="BBB")
    withdrawn = did("AAA", "objection_withdrawn", "2001-02-01", by="BBB")
    theirs = did("BBB", "accession", "1995-01-01")
    fold = folded([theirs, JOINED, objection, withdrawn, NOTICE], OBJECTED)

    assert between(fold, "2001-01-31") == "not_in_force"
    assert between(fold, "2001-02-01") == "in_force"


# --- leaving with the parent ---


def parent(*acts: Any) -> Any:
    return folded([did("AAA", "accession", "1995-01-01", treaty="p"), *acts], PLAIN, treaty="p")


CHILD: Clauses = {
    **PLAIN,
    "withdrawal": {"article": "Art. 27", "notice": {"n": 1, "unit": "years"}, "with_parent": ["p"]},
}
PARENT_NOTICE = did("AAA", "withdrawal_notice", "2003-01-01", treaty="p")


def test_a_state_that_joins_the_child_while_it_leaves_the_parent_leaves_both() -> None:
    joined = did("AAA", "accession", "2003-02-01")

    fold = folded([joined], CHILD, related={"p": parent(PARENT_NOTICE)})

    assert history(fold, "AAA") == [
        ("2003-02-01", "contracting"),
        ("2003-03-03", "party_withdrawing"),
        ("2003-07-01", "former_party"),
    ]


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param(
            [did("AAA", "accession", "2003-06-01")],
            [("2003-06-01", "contracting"), ("2003-07-01", "none")],
            id="it had never signed",
        ),
        pytest.param(
            [did("AAA", "signature", "2003-05-01"), did("AAA", "ratification", "2003-06-01")],
            [
                ("2003-05-01", "signatory"),
                ("2003-06-01", "contracting"),
                ("2003-07-01", "signatory"),
            ],
            id="it had signed",
        ),
    ],
)
def test_a_state_out_of_the_parent_on_its_first_day_in_the_child_never_becomes_a_party(
    acts: list[Act], expected: list[tuple[str, str]]
) -> None:
    fold = folded(acts, CHILD, related={"p": parent(PARENT_NOTICE)})

    assert history(fold, "AAA") == expected
    assert fold.course("AAA").periods == ()
    assert coming(fold, "AAA", "2003-06-01") == expected[-1:]
    (outcome,) = fold.course("AAA").by_operation
    assert (outcome.clause, outcome.rule) == ("Art. 27", "leaving p is leaving this treaty")
    (lapsed,) = [each for each in fold.course("AAA").outcomes if each.act is acts[-1]]
    assert (lapsed.why, lapsed.undone_on) == (
        "it lapses on 1 July 2003, before it binds: leaving p is leaving this treaty",
        day("2003-07-01"),
    )


def test_what_was_to_come_of_a_consent_is_told_until_the_notice_by_which_it_lapses() -> None:
    joined = did("AAA", "accession", "2003-06-01")
    delays = [{"delay": {"n": 12, "unit": "months"}}]
    child = {**CHILD, "party_entry_into_force": {"article": "Art. 8", "delays": delays}}
    notice = did("AAA", "withdrawal_notice", "2003-12-01", treaty="p")

    fold = folded([joined], child, related={"p": parent(notice)})

    assert coming(fold, "AAA", "2003-11-30") == [("2004-06-01", "party")]
    assert coming(fold, "AAA", "2003-12-01") == [("2004-06-01", "none")]
    assert history(fold, "AAA")[-1] == ("2004-06-01", "none")


def test_a_state_that_applies_the_child_provisionally_goes_on_when_its_consent_lapses() -> None:
    applied = did("AAA", "provisional_application_start", "2003-05-01")
    joined = did("AAA", "accession", "2003-06-01")

    fold = folded([applied, joined], CHILD, related={"p": parent(PARENT_NOTICE)})

    assert status(fold, "AAA", "2003-07-01") == "provisional"
    assert coming(fold, "AAA", "2003-06-01") == []


def test_a_state_that_consents_on_the_day_on_which_it_is_out_of_the_parent_becomes_a_party() -> (
    None
):
    at_once = {key: value for key, value in CHILD.items() if key != "party_entry_into_force"}

    fold = folded(
        [did("AAA", "accession", "2003-07-01")], at_once, related={"p": parent(PARENT_NOTICE)}
    )

    assert history(fold, "AAA") == [("2003-07-01", "party")]


def test_the_old_treaty_binds_nobody_for_whom_the_revising_one_comes_into_force_on_the_same_day() -> (
    None
):
    revising = folded([did("AAA", "ratification", "2005-01-01", treaty="r")], PLAIN, treaty="r")
    old = {**PLAIN, "withdrawal": {"article": "Art. 9", "by_revising": ["r"]}}

    fold = folded([did("AAA", "ratification", "2005-01-01")], old, related={"r": revising})

    assert history(fold, "AAA") == [("2005-01-01", "contracting"), ("2005-01-31", "none")]


def test_nobody_foresees_a_cascade_before_the_parent_is_given_notice_of() -> None:
    fold = folded([JOINED], CHILD, related={"p": parent(PARENT_NOTICE)})

    assert coming(fold, "AAA", "2002-12-31") == []
    assert coming(fold, "AAA", "2003-01-01") == [("2003-07-01", "former_party")]


def test_nobody_foresees_an_exchange_of_instruments() -> None:
    final = {
        "bilateral": ["AAA", "BBB"],
        "entry_into_force": {"article": "Art. 16", "stated": {"on": "1990-01-01"}},
    }
    fold = folded([did("AAA", "signature", "1989-01-01")], final)

    assert status(fold, "AAA", "1990-01-01") == "party"
    assert coming(fold, "AAA", "1989-12-31") == []
