"""What lies ahead of a day: no more and no less than what follows from the acts done by then."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acts import Act
from domain.coming import ends_ahead
from domain.treaty import TreatyFold
from tests.domain.dossiers import (
    PLAIN,
    Clauses,
    History,
    coming,
    day,
    did,
    flags,
    folded,
    history,
    said,
    why,
)

BARRED: Clauses = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "conflict_bar": True}}
APPLIED: Clauses = {
    **PLAIN,
    "entry_into_force": {"article": "Art. 44", "all_of": [{"rule": "instruments", "count": 3}]},
    "provisional_application": {
        "article": "Art. 45",
        "begins": "signature",
        "notice": {"n": 60, "unit": "days"},
    },
}
JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")


def war(kind: str, on: str, **more: Any) -> Act:
    return did("AAA", f"armed_conflict_{kind}", None, dated=on, **more)


@pytest.mark.parametrize(
    ("acts", "on", "ahead"),
    [
        pytest.param(
            [did("AAA", "suspension", "2002-01-01"), did("AAA", "resumption", "2003-03-01")],
            "2003-03-01",
            [("2003-07-15", "former_party")],
            id="operation resumed while the notice runs makes no party of a State that has left",
        ),
        pytest.param(
            [did("AAA", "cessation_of_membership", "2003-03-01", effective="2003-04-01")],
            "2003-03-15",
            [("2003-04-01", "former_party")],
            id="of two exits the earlier one is what comes",
        ),
        pytest.param(
            [
                did("AAA", "cessation_of_membership", "2003-03-01", effective="2003-04-01"),
                did("AAA", "withdrawal_notice_revoked", "2003-03-10"),
            ],
            "2003-03-15",
            [("2003-04-01", "former_party")],
            id="a notice revoked leaves a decision to end the membership as it is",
        ),
        pytest.param(
            [did("AAA", "accession", "2003-06-30")],
            "2003-06-30",
            [("2003-07-15", "contracting"), ("2003-07-30", "party")],
            id="a new consent that takes longer than the notice leaves a gap",
        ),
    ],
)
def test_what_comes_while_a_notice_runs(acts: Sequence[Act], on: str, ahead: History) -> None:
    assert coming(folded([JOINED, NOTICE, *acts], PLAIN), "AAA", on) == ahead


def test_an_exit_whose_day_was_moved_has_run_since_the_notice_behind_it() -> None:
    again = did("AAA", "accession", "2003-02-01")
    moved = did("AAA", "withdrawal_date_changed", "2003-03-01", effective="2003-09-01")
    fold = folded([JOINED, NOTICE, again, moved], PLAIN)

    assert coming(fold, "AAA", "2003-02-28") == [("2003-07-15", "party")]
    assert coming(fold, "AAA", "2003-03-01") == [("2003-09-01", "party")]
    assert history(fold, "AAA")[-1] == ("2003-09-01", "party")


def test_a_war_changes_what_comes_from_the_day_on_which_it_begins() -> None:
    fold = folded([JOINED, NOTICE, war("began", "2003-03-01"), war("ended", "2005-01-01")], BARRED)

    assert coming(fold, "AAA", "2003-02-28") == [("2003-07-15", "former_party")]
    assert coming(fold, "AAA", "2003-03-01") == coming(fold, "AAA", "2004-12-31") == []
    assert flags(fold, "AAA", "2003-02-28") == ()
    assert flags(fold, "AAA", "2003-03-01") == ("withdrawal_postponed",)


@pytest.mark.parametrize(
    ("wars", "out"),
    [
        pytest.param(
            [war("began", "2003-07-15"), war("ended", "2004-01-01")],
            "2004-01-01",
            id="begun on the day of the exit",
        ),
        pytest.param([war("began", "2003-07-16")], "2003-07-15", id="begun on the day after"),
        pytest.param(
            [war("began", "2003-03-01"), war("ended", "2003-07-15")],
            "2003-07-15",
            id="over on the day of the exit",
        ),
        pytest.param(
            [
                war("began", "2003-03-01"),
                war("ended", "2003-09-15"),
                war("began", "2003-09-15"),
                war("ended", "2005-01-01"),
            ],
            "2003-09-15",
            id="the war that is on when the notice runs out counts, not the next one",
        ),
        pytest.param(
            [
                war("began", "2003-03-01", id="first"),
                war("began", "2003-04-01", id="second"),
                war("ended", "2003-08-15", concerns="first"),
                war("ended", "2004-09-15", concerns="second"),
            ],
            "2004-09-15",
            id="of two wars that are on, the longer one counts",
        ),
        pytest.param(
            [
                war("began", "2003-03-01"),
                war("began", "2003-04-01"),
                war("ended", "2003-08-15"),
            ],
            "2003-08-15",
            id="an end that names no war is that of all",
        ),
        pytest.param(
            [war("began", "2003-07-01"), war("ended", "2003-07-01")],
            "2003-07-15",
            id="a war of one day",
        ),
    ],
)
def test_a_notice_waits_for_the_war_in_which_it_runs_out(wars: Sequence[Act], out: str) -> None:
    fold = folded([JOINED, NOTICE, *wars], BARRED)

    assert history(fold, "AAA")[-1] == (out, "former_party")


def test_a_war_that_is_not_over_while_another_is_keeps_the_state_bound() -> None:
    wars = [
        war("began", "2003-03-01", id="first"),
        war("began", "2003-04-01"),
        war("ended", "2003-08-15", concerns="first"),
    ]

    fold = folded([JOINED, NOTICE, *wars], BARRED)

    assert history(fold, "AAA")[-1] == ("2003-01-15", "party_withdrawing")


def test_the_reason_for_a_moved_exit_does_not_say_that_the_first_day_came() -> None:
    moved = did("AAA", "withdrawal_date_changed", "2003-07-01", effective="2004-01-01")

    reasons: Any = said(folded([JOINED, NOTICE, moved], PLAIN), "AAA", "2003-10-01")["because"]

    assert [each["moves_to"] for each in reasons] == [
        "party",
        "party_withdrawing",
        "party_withdrawing",
    ]


# --- provisional application ---


def test_a_letter_ends_provisional_application_when_its_notice_is_over_and_says_how_it_is_counted() -> (
    None
):
    letter = did("AAA", "intention_not_to_become_party", "2009-08-20")
    fold = folded([did("AAA", "signature", "1994-12-17"), letter], APPLIED)

    reasons: Any = said(fold, "AAA", "2009-11-01")["because"]

    assert history(fold, "AAA") == [
        ("1994-12-17", "provisional"),
        ("2009-10-19", "signatory_no_intent"),
    ]
    assert coming(fold, "AAA", "2009-08-19") == []
    assert coming(fold, "AAA", "2009-08-20") == [("2009-10-19", "signatory_no_intent")]
    assert (reasons[1]["effective"], reasons[1]["counted"]) == (
        "2009-10-19",
        "20 August 2009 + 60 days = 19 October 2009",
    )


def test_what_remains_of_provisional_application_when_a_consent_is_on_deposit() -> None:
    acts = [
        did("AAA", "signature", "1994-12-17"),
        did("AAA", "ratification", "1996-01-01"),
        did("AAA", "provisional_application_end", "1997-01-01"),
    ]

    assert coming(folded(acts, APPLIED), "AAA", "1997-01-01") == [("1997-03-02", "contracting")]


@pytest.mark.parametrize(
    ("acts", "remains"),
    [
        ([], "none"),
        ([did("AAA", "signature", "1991-01-01")], "signatory"),
        ([did("AAA", "accession", "1991-01-01")], "former_party"),
        (
            [
                did("AAA", "signature", "1991-01-01"),
                did("AAA", "intention_not_to_become_party", "1992-01-01"),
            ],
            "signatory_no_intent",
        ),
    ],
)
def test_what_remains_of_provisional_application_when_the_treaty_ends(
    acts: Sequence[Act], remains: str
) -> None:
    final = {**PLAIN, "duration": {"article": "Art. 10", "term": {"n": 20, "unit": "years"}}}
    left = [did("AAA", "withdrawal_notice", "1995-01-01")] if remains == "former_party" else []
    applied = did("AAA", "provisional_application_start", "2000-01-01")
    fold = folded([*acts, *left, applied], final)

    assert coming(fold, "AAA", "2000-01-01") == [("2010-01-01", remains)]
    assert history(fold, "AAA")[-1] == ("2010-01-01", remains)


def test_a_letter_of_a_state_that_has_not_signed_moves_nothing() -> None:
    letter = did("AAA", "intention_not_to_become_party", "2000-01-01")
    fold = folded([letter], PLAIN)

    assert why(fold, "AAA", letter) == "it has not signed: there is no intention to give up"
    assert history(fold, "AAA") == []


def test_a_signature_after_the_letter_is_what_remains_of_provisional_application() -> None:
    acts = [
        did("AAA", "signature", "1994-12-17"),
        did("AAA", "intention_not_to_become_party", "2009-08-20"),
        did("AAA", "signature", "2009-09-01"),
    ]
    fold = folded(acts, {**APPLIED, "provisional_application": {"article": "Art. 45"}})
    begun = did("AAA", "provisional_application_start", "1995-01-01")
    ending = folded([*acts, begun], {**APPLIED})

    assert history(fold, "AAA")[-1] == ("2009-09-01", "signatory")
    assert coming(ending, "AAA", "2009-09-01") == [("2009-10-19", "signatory")]


# --- what befalls a State ---


def test_the_end_of_a_state_that_is_announced_is_coming_and_nothing_after_it() -> None:
    union = did("AAA", "state_union", "2003-02-01", effective="2003-06-01")

    assert coming(folded([JOINED, NOTICE, union], PLAIN), "AAA", "2003-02-01") == [
        ("2003-06-01", "extinct")
    ]


def test_who_joins_while_leaving_the_parent_is_leaving_from_the_first_day() -> None:
    parent = folded(
        [
            did("AAA", "accession", "1995-01-01", treaty="p"),
            did("AAA", "withdrawal_notice", "2003-01-01", treaty="p"),
        ],
        PLAIN,
        treaty="p",
    )
    final = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "with_parent": ["p"]}}

    fold = folded([did("AAA", "accession", "2003-02-01")], final, related={"p": parent})

    assert coming(fold, "AAA", "2003-02-10") == [
        ("2003-03-03", "party_withdrawing"),
        ("2003-07-01", "former_party"),
    ]


def test_a_dispute_that_begins_with_the_effect_is_coming() -> None:
    silent = {**PLAIN, "withdrawal": {"article": "no clause", "basis": "general_law"}}
    denied = did("AAA", "dispute_over_effectiveness", "2003-02-01", by="BBB")

    fold = folded([JOINED, NOTICE, denied], silent)

    assert coming(fold, "AAA", "2003-02-01") == [("2004-01-15", "disputed")]
    assert history(fold, "AAA")[-1] == ("2004-01-15", "disputed")


# --- the end of the treaty ---


def test_the_end_of_a_term_is_known_when_its_beginning_is() -> None:
    final = {
        "entry_into_force": {
            "article": "Art. 8",
            "all_of": [{"rule": "instruments", "count": 1}],
            "delay": {"n": 1, "unit": "years"},
        },
        "duration": {"article": "Art. 10", "term": {"n": 4, "unit": "years"}},
    }

    assert coming(folded([JOINED], final), "AAA", "2000-01-01") == [
        ("2001-01-01", "party"),
        ("2005-01-01", "former_party"),
    ]


def test_nobody_becomes_a_party_to_a_treaty_that_has_ended() -> None:
    final = {**PLAIN, "duration": {"article": "Art. 10", "term": {"n": 4, "unit": "years"}}}

    fold = folded([did("AAA", "accession", "1993-12-20")], final)

    assert coming(fold, "AAA", "1993-12-20") == [("1994-01-01", "none")]
    assert coming(fold, "AAA", "1994-01-10") == []
    assert history(folded([JOINED], final), "AAA") == []


# --- the entry into force that the record cannot explain ---


def test_deposits_that_come_after_a_stated_entry_into_force_did_not_bring_it_about() -> None:
    final = {
        "entry_into_force": {
            "article": "Art. 8",
            "all_of": [{"rule": "instruments", "count": 1}],
            "stated": {"on": "1990-01-01"},
        },
        "party_entry_into_force": PLAIN["party_entry_into_force"],
    }
    fold = folded([JOINED], final)

    assert history(fold, "AAA") == [("2000-01-01", "contracting"), ("2000-01-31", "party")]
    assert (fold.entry().condition_met_on, fold.entry().last) == (None, ())
    assert fold.entry().requirements == ("1 instrument: not shown by the deposits on record",)


# --- all histories ---

KINDS = st.sampled_from(
    (
        "signature",
        "ratification",
        "accession",
        "accession",
        "withdrawal_notice",
        "withdrawal_notice",
        "withdrawal_notice_revoked",
        "ratification_withdrawn",
        "suspension",
        "resumption",
        "provisional_application_start",
        "provisional_application_end",
        "withdrawal_date_changed",
        "cessation_of_membership",
        "intention_not_to_become_party",
    )
)
FIRST = date(2000, 1, 1)
PERIODS = (None, {"n": 30, "unit": "days"}, {"n": 3, "unit": "months"}, {"n": 1, "unit": "years"})
delays = st.sampled_from(PERIODS)


@st.composite
def histories(draw: st.DrawFn) -> list[Act]:
    """Acts of two parties, possible and impossible ones, all certain."""
    made: list[Act] = []
    for number in range(draw(st.integers(1, 8))):
        kind, on = draw(KINDS), FIRST + timedelta(days=draw(st.integers(0, 2000)))
        more: dict[str, Any] = {}
        if kind in ("withdrawal_date_changed", "cessation_of_membership"):
            more["effective"] = (on + timedelta(days=draw(st.integers(1, 400)))).isoformat()
        party = draw(st.sampled_from(("AAA", "AAA", "BBB")))
        made.append(did(party, kind, on.isoformat(), id=f"a{number}", **more))
    return made


@st.composite
def finals(draw: st.DrawFn) -> Clauses:
    """Clauses that make a State wait for others, for itself, or for neither, with a term or without one."""
    count = draw(st.integers(1, 2))
    term = {"duration": {"article": "D", "term": {"n": 4, "unit": "years"}}}
    return {
        **(term if draw(st.booleans()) else {}),
        "entry_into_force": {
            "article": "E",
            "all_of": [{"rule": "instruments", "count": count}],
            "delay": draw(delays),
        },
        "party_entry_into_force": {"article": "P", "delays": [{"delay": draw(delays)}]},
        "withdrawal": PLAIN["withdrawal"],
        "provisional_application": {"article": "V", "notice": draw(delays)},
    }


def of(fold: TreatyFold, after: str) -> History:
    """The changes of the status of AAA after the day."""
    return [(on, status) for on, status in history(fold, "AAA") if on > after]


@settings(max_examples=150, deadline=None)
@given(acts=histories(), final=finals(), asked=st.integers(-1, 1))
def test_what_is_coming_is_what_would_come_if_nothing_more_were_done(
    acts: list[Act], final: Clauses, asked: int
) -> None:
    fold = folded(acts, final)

    for act in acts:
        on = act.on() + timedelta(days=asked)
        done = folded([each for each in acts if each.on() <= on], final)
        assert coming(fold, "AAA", on.isoformat()) == of(done, on.isoformat()), on


def test_an_entry_into_force_that_was_unmade_later_was_coming_until_then() -> None:
    final = {
        "entry_into_force": {
            "article": "Art. 8",
            "all_of": [{"rule": "instruments", "count": 1}],
            "delay": {"n": 1, "unit": "years"},
        }
    }
    withdrawn = did("AAA", "ratification_withdrawn", "2000-06-01")

    fold = folded([JOINED, withdrawn], final)

    assert coming(fold, "AAA", "2000-01-01") == [("2001-01-01", "party")]
    assert coming(fold, "AAA", "2000-05-31") == [("2001-01-01", "party")]
    assert coming(fold, "AAA", "2000-06-01") == []


UNMADE: Clauses = {
    "entry_into_force": {
        "article": "Art. 8",
        "all_of": [{"rule": "instruments", "count": 2}],
        "delay": {"n": 1, "unit": "years"},
    },
    "party_entry_into_force": {
        "article": "Art. 8",
        "delays": [{"delay": {"n": 18, "unit": "months"}}],
    },
    "duration": {"article": "Art. 10", "term": {"n": 4, "unit": "years"}},
}


def test_what_was_coming_for_each_before_one_took_its_instrument_back() -> None:
    acts = [
        did("AAA", "accession", "2000-01-01"),
        did("BBB", "accession", "2000-02-01"),
        did("CCC", "accession", "2000-03-01"),
        did("BBB", "ratification_withdrawn", "2000-05-01"),
        did("AAA", "ratification_withdrawn", "2000-06-01"),
        did("DDD", "accession", "2000-06-15"),
    ]

    fold = folded(acts, UNMADE)

    assert coming(fold, "AAA", "2000-01-31") == []
    assert coming(fold, "AAA", "2000-02-01") == [
        ("2001-02-01", "party"),
        ("2005-02-01", "former_party"),
    ]
    assert coming(fold, "CCC", "2000-05-31") == [
        ("2001-09-01", "party"),
        ("2005-02-01", "former_party"),
    ]
    assert coming(fold, "DDD", "2000-06-20") == [
        ("2001-06-15", "party"),
        ("2005-06-15", "former_party"),
    ]
    assert coming(fold, "CCC", "2000-06-01") == []
    assert coming(fold, "CCC", "2000-06-20") == coming(fold, "DDD", "2000-06-20")


def test_the_end_of_the_term_that_would_have_followed_is_told_until_then() -> None:
    acts = [
        did("AAA", "accession", "2000-01-01"),
        did("BBB", "accession", "2000-02-01"),
        did("BBB", "ratification_withdrawn", "2000-06-01"),
        did("CCC", "accession", "2000-09-01"),
    ]

    fold = folded(acts, UNMADE)

    assert [each.on for each in ends_ahead(fold, day("2000-05-31"))] == [day("2005-02-01")]
    assert ends_ahead(fold, day("2000-06-01")) == []
    assert [each.on for each in ends_ahead(fold, day("2000-09-01"))] == [day("2005-09-01")]
    assert (fold.end and fold.end.on) == day("2005-09-01")


def test_a_day_that_the_depositary_stated_for_a_state_was_never_coming_otherwise() -> None:
    acts = [
        did("AAA", "accession", "2000-01-01", effective="2002-05-05"),
        did("BBB", "accession", "2000-02-01"),
        did("BBB", "ratification_withdrawn", "2000-06-01"),
    ]

    fold = folded(acts, UNMADE)

    assert coming(fold, "AAA", "2000-03-01")[0] == ("2002-05-05", "party")


def test_an_instrument_taken_back_is_told_alike_whenever_it_was_recorded() -> None:
    acts = [did("AAA", "accession", "2000-01-01"), did("BBB", "accession", "2000-02-01")]
    gone = did("BBB", "ratification_withdrawn", "2000-06-01")
    before = folded(acts, UNMADE)
    before.course("AAA")

    after = before.with_acts([gone])

    assert after.course("AAA") == folded([*acts, gone], UNMADE).course("AAA")
