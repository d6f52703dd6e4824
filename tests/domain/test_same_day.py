"""What meets on one day: exits and new beginnings, letters and signatures, and instruments that stand side by side."""

from typing import Any

import pytest

from domain.acts import Act, Source
from domain.dossier import dossier_of
from domain.treaty import TreatyFold
from tests.domain.dossiers import (
    NOBODY,
    PLAIN,
    coming,
    day,
    defined,
    did,
    flags,
    folded,
    history,
    positions,
    said,
)
from tests.domain.test_reasons import SILENT, reason, set_aside

JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")
BACK = did("AAA", "accession", "2003-06-15")
"""In force on 15 July 2003, the day on which the notice takes effect."""


def periods(fold: TreatyFold, party: str = "AAA") -> list[tuple[str, str | None]]:
    """The memberships: first day, and first day after."""
    found: Any = said(fold, party, "2100-01-01")["periods"]
    return [(each["from"], each["until"]) for each in found]


def test_a_notice_and_a_new_consent_of_one_day_make_two_memberships_without_a_gap() -> None:
    notice = did("AAA", "withdrawal_notice", "1999-01-05")
    back = did("AAA", "accession", "1999-01-05", sequence=2)
    first = did("AAA", "accession", "1993-05-10")

    fold = folded(
        [first, notice, back],
        {**PLAIN, "withdrawal": {"article": "Art. 12", "notice": {"n": 3, "unit": "months"}}},
    )

    assert periods(fold) == [("1993-06-09", "1999-04-05"), ("1999-04-05", None)]


def test_a_membership_that_others_end_on_the_day_of_the_consent_is_not_coming_again() -> None:
    at_once = {**PLAIN, "party_entry_into_force": {"article": "Art. 8"}}
    ended = did("AAA", "cessation_of_membership", "2000-01-01", effective="2000-01-02", sequence=2)

    fold = folded([JOINED, ended], at_once)

    assert coming(fold, "AAA", "2000-01-01") == [("2000-01-02", "former_party")]


def test_a_notice_whose_day_is_moved_at_once_is_followed_by_the_consent_of_that_day() -> None:
    at_once = {**PLAIN, "party_entry_into_force": {"article": "Art. 8"}}
    notice = did("AAA", "withdrawal_notice", "2003-01-15")
    back = did("AAA", "accession", "2003-01-15", sequence=2)
    moved = did("AAA", "withdrawal_date_changed", "2003-01-15", effective="2003-02-15", sequence=3)

    fold = folded([JOINED, notice, back, moved], at_once)

    assert periods(fold) == [("2000-01-01", "2003-02-15"), ("2003-02-15", None)]
    assert coming(fold, "AAA", "2003-01-15") == [("2003-02-15", "party")]


def test_of_two_new_consents_the_one_that_binds_first_begins_the_membership() -> None:
    acts = [
        JOINED,
        NOTICE,
        did("AAA", "accession", "2003-02-01", effective="2005-01-01"),
        did("AAA", "accession", "2003-03-01", effective="2004-01-01"),
        did("AAA", "withdrawal_notice", "2005-06-01"),
        did("AAA", "accession", "2008-01-01"),
    ]

    fold = folded(acts, PLAIN)

    assert periods(fold) == [
        ("2000-01-31", "2003-07-15"),
        ("2004-01-01", "2005-12-01"),
        ("2008-01-31", None),
    ]


def test_what_is_suspended_from_the_day_of_a_new_membership_is_suspended_in_that_one() -> None:
    suspended = did("AAA", "suspension", "2003-07-01", effective="2003-07-15")

    fold = folded([JOINED, NOTICE, BACK, suspended], PLAIN)

    assert history(fold, "AAA")[-1] == ("2003-07-15", "party_suspended")


def test_that_a_notice_had_no_clause_matters_no_more_from_the_day_of_a_new_membership() -> None:
    back = did("AAA", "accession", "2003-12-16")

    fold = folded([JOINED, NOTICE, back], SILENT)

    assert periods(fold)[-1] == ("2004-01-15", None)
    assert flags(fold, "AAA", "2004-01-14") == ("new_consent_pending", "withdrawal_without_clause")
    assert flags(fold, "AAA", "2004-01-15") == ()


def test_an_exit_that_others_deny_is_not_disputed_where_a_new_membership_begins_with_it() -> None:
    denied = did("AAA", "dispute_over_effectiveness", "2003-02-01", by="BBB")

    fold = folded([JOINED, NOTICE, denied, BACK], PLAIN)

    assert history(fold, "AAA")[-2:] == [
        ("2003-01-15", "party_withdrawing"),
        ("2003-07-15", "party"),
    ]


def test_a_state_that_signs_and_says_on_one_day_that_it_will_not_ratify_has_no_intent() -> None:
    acts = [
        did("AAA", "signature", "1998-01-01"),
        did("AAA", "intention_not_to_become_party", "1998-01-01", sequence=2),
    ]

    assert history(folded(acts, PLAIN), "AAA") == [("1998-01-01", "signatory_no_intent")]


def test_a_letter_of_the_day_of_the_instrument_stands_when_that_is_taken_back() -> None:
    waiting = {
        "entry_into_force": {"article": "-", "all_of": [{"rule": "instruments", "count": 9}]}
    }
    acts = [
        did("AAA", "signature", "1998-01-01"),
        did("AAA", "ratification", "1998-06-01"),
        did("AAA", "intention_not_to_become_party", "1998-06-01", sequence=2),
        did("AAA", "ratification_withdrawn", "1998-07-01"),
    ]

    assert history(folded(acts, waiting), "AAA")[-1] == ("1998-07-01", "signatory_no_intent")


def test_a_consent_denied_on_the_day_on_which_the_state_left_leaves_it_a_former_party() -> None:
    back = did("AAA", "accession", "2003-07-15", contested_by=("BBB",))

    fold = folded([JOINED, NOTICE, back], PLAIN)

    assert positions(fold, "AAA", "2003-07-15") == {"AAA": "party", "BBB": "former_party"}


# --- instruments side by side ---


@pytest.mark.parametrize("on", ["2000-01-15", "2001-01-01"])
def test_a_consent_that_others_deny_takes_nothing_from_one_that_stands(on: str) -> None:
    again = did("AAA", "accession", on, contested_by=("BBB",), sequence=2)

    fold = folded([JOINED, again], PLAIN)

    assert history(fold, "AAA") == [("2000-01-01", "contracting"), ("2000-01-31", "party")]
    assert set_aside(fold, again, "2002-01-01") == (
        "its consent stands already; the earliest deposit counts",
        "VCLT 16",
    )


def test_of_two_instruments_of_one_day_the_first_counts() -> None:
    again = did("AAA", "accession", "2000-01-01", sequence=2)

    assert set_aside(folded([JOINED, again], PLAIN), again, "2002-01-01")[0].startswith(
        "its consent stands already"
    )


def test_a_consent_that_others_deny_is_in_dispute_until_one_that_nobody_denies_binds() -> None:
    denied = did(
        "AAA", "accession", "2019-07-01", contested_by=("BBB",), sources=(Source(title="A list"),)
    )
    later = did("AAA", "accession", "2020-01-01")

    fold = folded([denied, later], PLAIN)

    assert history(fold, "AAA") == [("2019-07-01", "disputed"), ("2020-01-31", "party")]
    told: Any = said(fold, "AAA", "2019-07-01")["positions"]
    assert [each["source"] for each in told] == ["A list", "A list"]


def test_what_follows_from_a_consent_is_coming_from_its_receipt_whenever_it_was_circulated() -> (
    None
):
    consent = did("AAA", "accession", "2000-01-01", notified="2000-01-15")

    fold = folded([consent], PLAIN)

    assert coming(fold, "AAA", "2000-01-01") == [("2000-01-31", "party")]


def test_a_consent_that_others_deny_while_a_notice_runs_is_disputed_from_the_exit() -> None:
    back = did("AAA", "accession", "2003-02-01", contested_by=("BBB",))

    fold = folded([JOINED, NOTICE, back], PLAIN)

    assert history(fold, "AAA")[-2:] == [
        ("2003-01-15", "party_withdrawing"),
        ("2003-07-15", "disputed"),
    ]
    assert positions(fold, "AAA", "2003-07-15") == {"AAA": "party", "BBB": "former_party"}
    assert coming(fold, "AAA", "2003-02-01") == [("2003-07-15", "disputed")]


def test_a_notice_that_claims_an_earlier_day_rewrites_nothing_before_it_was_given() -> None:
    notice = did("AAA", "withdrawal_notice", "2003-01-15", claimed_effective="2002-01-01")
    denied = did("AAA", "dispute_over_effectiveness", "2003-02-01", by="BBB")

    fold = folded([JOINED, notice, denied], PLAIN)

    assert history(fold, "AAA") == [
        ("2000-01-01", "contracting"),
        ("2000-01-31", "party"),
        ("2003-01-15", "disputed"),
    ]
    assert positions(fold, "AAA", "2003-01-15") == {
        "AAA": "former_party",
        "6 months after receipt": "party_withdrawing",
        "BBB": "party",
    }


# --- clauses of their day ---


def test_a_notice_runs_as_long_as_the_clauses_of_its_day_say() -> None:
    amended = {
        **PLAIN,
        "withdrawal": {"article": "Art. 9 bis", "notice": {"n": 1, "unit": "years"}},
    }
    versions = [defined(PLAIN), defined(amended, id="amended", holds_from=day("2003-03-01"))]
    given = [
        did(party, "withdrawal_notice", on)
        for party, on in (("AAA", "2003-01-15"), ("BBB", "2003-03-01"))
    ]
    acts: list[Act] = [
        did("AAA", "accession", "2000-01-01"),
        did("BBB", "accession", "2000-01-01"),
        *given,
    ]

    fold = TreatyFold(dossier_of("t", versions, acts), NOBODY)

    assert history(fold, "AAA")[-1] == ("2003-07-15", "former_party")
    assert history(fold, "BBB")[-1] == ("2004-03-01", "former_party")


# --- acts that move nothing, and the end of the treaty ---


def test_a_step_at_home_and_a_word_abroad_are_set_aside_by_different_law() -> None:
    vote = did("AAA", "parliamentary_vote", "1999-01-01")
    words = did("AAA", "statement_of_intent", "1999-02-01")

    fold = folded([vote, words], PLAIN)

    assert set_aside(fold, vote, "2000-01-01") == (
        "a step of domestic law moves nothing in treaty law",
        "VCLT 27, 46",
    )
    assert set_aside(fold, words, "2000-01-01")[0].startswith("statement of intent: ")


def test_an_end_of_the_treaty_that_a_party_declared_makes_former_parties_of_all() -> None:
    ended = did("AAA", "treaty_termination", "2005-01-01")

    fold = folded([JOINED, did("BBB", "accession", "2000-01-01"), ended], PLAIN)

    assert reason(fold, ended, "2005-01-01")["moves_to"] == "former_party"
    assert [history(fold, party)[-1] for party in ("AAA", "BBB")] == [
        ("2005-01-01", "former_party")
    ] * 2
