"""The reasons, findings and positions that an answer gives where a State leaves, or others end its membership."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.dossier import dossier_of
from domain.treaty import TreatyFold
from tests.domain.dossiers import (
    NOBODY,
    PLAIN,
    Clauses,
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
from tests.domain.test_reasons import SILENT, found, reason, set_aside

JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")
VOID = did("AAA", "withdrawal_notice", "2003-01-15", legal_effect=False)
SECOND = did("AAA", "withdrawal_notice", "2003-02-15")
REFUSED = did("AAA", "depositary_rejection", "2003-02-01")
STOPPED = did("AAA", "withdrawal_notice_suspended", "2003-02-01")
RIVALS = did("AAA", "rival_authority", "2003-02-01")
REVOKED = did("AAA", "withdrawal_notice_revoked", "2003-03-01", by="the interim government")
CEASED = did("AAA", "cessation_of_membership", "2003-02-01", effective="2003-04-01")
LATE_DECISION = did("AAA", "cessation_of_membership", "2005-02-01")
BY_NOTICE = "VCLT 54, 56, 65, 67"
BY_DECISION = "constituent treaty; VCLT 60(2)(a)"


def leaving(**clause: Any) -> Clauses:
    return {**PLAIN, "withdrawal": {"article": "Art. 9", **clause}}


NO_EXIT = leaving(basis="excluded")
AFTER_YEARS = leaving(
    notice={"n": 6, "unit": "months"}, earliest={"period": {"n": 5, "unit": "years"}}
)


@pytest.mark.parametrize(
    ("acts", "about", "final", "expected"),
    [
        pytest.param(
            [JOINED, VOID],
            VOID,
            PLAIN,
            ("the notice has no effect: so it is recorded", "VCLT 54, 56"),
            id="a notice recorded as without effect",
        ),
        pytest.param(
            [JOINED, NOTICE, REFUSED],
            NOTICE,
            PLAIN,
            (
                "the notice has no effect: rejection by the depositary of 1 February 2003",
                "VCLT 54, 56",
            ),
            id="a notice that the depositary refused",
        ),
        pytest.param(
            [NOTICE],
            NOTICE,
            PLAIN,
            ("not a party on that day: there is nothing to leave", "VCLT 54"),
            id="a notice of a State that is no party",
        ),
        pytest.param(
            [JOINED, NOTICE, SECOND],
            SECOND,
            PLAIN,
            ("a notice runs already", "VCLT 54"),
            id="a second notice",
        ),
        pytest.param(
            [JOINED, NOTICE],
            NOTICE,
            NO_EXIT,
            ("the treaty cannot be left: no clause, and none implied", "VCLT 56(1)"),
            id="a treaty that cannot be left",
        ),
        pytest.param(
            [JOINED, NOTICE],
            NOTICE,
            AFTER_YEARS,
            (
                "premature: no notice before 31 January 2005 (31 January 2000 + 5 years = 31 January 2005)",
                "Art. 9",
            ),
            id="a premature notice",
        ),
        pytest.param(
            [JOINED, STOPPED],
            STOPPED,
            PLAIN,
            ("no notice was running that it could stop", "VCLT 68"),
            id="nothing to suspend",
        ),
        pytest.param(
            [JOINED, NOTICE, RIVALS, REVOKED],
            REVOKED,
            PLAIN,
            ("revoked by one of two authorities: the effect is in dispute", "VCLT 68"),
            id="a revocation by one of two authorities",
        ),
        pytest.param(
            [CEASED],
            CEASED,
            PLAIN,
            ("not a party on that day: nothing to end", "VCLT 54"),
            id="a decision about a State that is no party",
        ),
        pytest.param(
            [JOINED, NOTICE, LATE_DECISION],
            LATE_DECISION,
            PLAIN,
            ("not a party on that day: nothing to end", "VCLT 54"),
            id="a decision about a State that has left",
        ),
    ],
)
def test_what_moves_nothing_says_why_and_by_which_law(
    acts: Sequence[Act], about: Act, final: Clauses, expected: tuple[str, str]
) -> None:
    assert set_aside(folded(acts, final), about, "2010-01-01") == expected


def test_each_authority_that_denies_a_revocation_or_an_exit_has_its_position() -> None:
    fold = folded([JOINED, NOTICE, RIVALS, REVOKED], PLAIN)

    assert positions(fold, "AAA", "2003-07-15") == {
        "AAA": "former_party",
        "the interim government": "party",
    }


# --- the days of an exit ---


def test_a_notice_says_from_when_it_frees_the_state_and_what_it_moves() -> None:
    fold = folded([JOINED, NOTICE], PLAIN)
    line = {
        "effective": "2003-07-15",
        "clause": "Art. 9",
        "rule": "6 months after receipt",
        "counted": "15 January 2003 + 6 months = 15 July 2003",
        "source": BY_NOTICE,
    }

    assert reason(fold, NOTICE, "2003-07-14") == {**line, "moves_to": "party_withdrawing"}
    assert reason(fold, NOTICE, "2003-07-15") == {**line, "moves_to": "former_party"}


def test_an_exit_that_was_moved_twice_is_told_by_the_last_day_alone() -> None:
    first = did("AAA", "withdrawal_date_changed", "2003-07-01", effective="2004-01-01")
    second = did("AAA", "withdrawal_date_changed", "2003-12-01", effective="2004-06-01")

    fold = folded([JOINED, NOTICE, first, second], PLAIN)

    for act in (NOTICE, first, second):
        assert reason(fold, act, "2004-05-31")["effective"] == "2004-06-01"
        assert reason(fold, act, "2004-05-31")["moves_to"] == "party_withdrawing"
    assert reason(fold, second, "2004-06-01")["moves_to"] == "former_party"
    assert coming(fold, "AAA", "2003-06-30") == [("2003-07-15", "former_party")]
    assert coming(fold, "AAA", "2003-07-01") == [("2004-01-01", "former_party")]
    assert coming(fold, "AAA", "2003-12-01") == [("2004-06-01", "former_party")]


def test_a_stop_says_from_which_day_the_state_is_a_party_again() -> None:
    fold = folded([JOINED, NOTICE, STOPPED], PLAIN)

    line = reason(fold, STOPPED, "2003-02-01")

    assert (line["effective"], line["moves_to"]) == ("2003-02-01", "party")


def test_a_notice_that_waits_for_the_end_of_a_war_says_so() -> None:
    barred = leaving(notice={"n": 6, "unit": "months"}, conflict_bar=True)
    war = [
        did("AAA", "armed_conflict_began", dated="2003-03-01"),
        did("AAA", "armed_conflict_ended", dated="2004-03-01"),
    ]

    line = reason(folded([JOINED, NOTICE, *war], barred), NOTICE, "2004-03-01")

    assert line == {
        "effective": "2004-03-01",
        "clause": "Art. 9",
        "rule": "6 months after receipt",
        "counted": "15 January 2003 + 6 months = 15 July 2003; postponed to the end of the armed conflict",
        "source": BY_NOTICE,
        "moves_to": "former_party",
    }


def test_a_stated_day_of_exit_that_differs_is_found() -> None:
    stated = did("AAA", "withdrawal_notice", "2003-01-15", effective="2003-07-16")

    fold = folded([JOINED, stated], PLAIN)

    assert found(fold, "2003-02-01") == [
        (
            "stated_differs_from_computed",
            "stated 2003-07-16, computed 2003-07-15; the stated day counts",
            "VCLT 77(1)(d)",
        )
    ]


def test_what_an_exit_hangs_on_is_found_with_the_article() -> None:
    final = leaving(
        notice={"n": 6, "unit": "months"}, conditions=["dues are paid", "nothing is owed"]
    )
    lines: Any = said(folded([JOINED, NOTICE], final), "AAA", "2003-02-01")["findings"]

    assert [(each["finding"], each["act"], each["source"]) for each in lines] == [
        ("conditions_presumed", NOTICE.id, "Art. 9")
    ]
    assert lines[0]["detail"] == (
        "the exit is subject to: dues are paid; nothing is owed; that this is fulfilled is presumed"
    )


# --- armed conflicts ---

BARRED = leaving(notice={"n": 6, "unit": "months"}, conflict_bar=True)


def war(kind: str, on: str, **more: Any) -> Act:
    return did("AAA", f"armed_conflict_{kind}", None, dated=on, **more)


def test_the_end_of_the_war_that_it_names_leaves_the_other_on() -> None:
    wars = [
        war("began", "2003-03-01", id="first"),
        war("began", "2003-04-01", id="second"),
        war("ended", "2003-08-15", concerns="second"),
        war("ended", "2005-01-01", concerns="first"),
    ]

    fold = folded([JOINED, NOTICE, *wars], BARRED)

    assert history(fold, "AAA")[-1] == ("2005-01-01", "former_party")


def test_an_end_on_the_first_day_of_another_war_is_not_that_of_the_other() -> None:
    wars = [
        war("began", "2003-03-01"),
        war("began", "2003-07-01", id="other"),
        war("ended", "2003-07-01", sequence=2),
    ]

    fold = folded([JOINED, NOTICE, *wars], BARRED)

    assert history(fold, "AAA")[-1] == ("2003-01-15", "party_withdrawing")


def test_a_war_keeps_nobody_in_a_treaty_that_does_not_say_so() -> None:
    wars = [war("began", "2003-03-01"), war("ended", "2005-01-01")]

    assert history(folded([JOINED, NOTICE, *wars], PLAIN), "AAA")[-1] == (
        "2003-07-15",
        "former_party",
    )


# --- denials ---


def test_an_objection_that_is_withdrawn_leaves_the_next_one_standing() -> None:
    acts = [
        did("AAA", "objection", "2003-02-01", by="BBB"),
        did("AAA", "objection_withdrawn", "2003-03-01", by="BBB"),
        did("AAA", "objection", "2003-04-01", by="CCC"),
    ]

    fold = folded([JOINED, NOTICE, *acts], SILENT)

    assert positions(fold, "AAA", "2004-01-15") == {"AAA": "former_party", "CCC": "party"}


def held(fold: TreatyFold, on: str) -> list[tuple[str, str, str | None]]:
    """Who holds which status to be right on the day, since when."""
    lines: Any = said(fold, "AAA", on)["positions"]
    return [(each["who"], each["status"], each["since"]) for each in lines]


def test_those_who_object_to_an_exit_under_a_clause_are_told_beside_the_state() -> None:
    notice = did("AAA", "withdrawal_notice", "2003-01-15", claimed_effective="2003-02-01")
    acts = [
        did("AAA", "objection", "2003-02-01", by="BBB"),
        did("AAA", "objection", "2003-02-01", sequence=2),
    ]

    fold = folded([JOINED, notice, *acts], PLAIN)

    assert flags(fold, "AAA", "2003-03-01") == ("withdrawal_contested",)
    assert held(fold, "2003-03-01") == [
        ("AAA", "former_party", "2003-02-01"),
        ("BBB", "party", None),
        ("an objecting State", "party", None),
    ]


def test_a_notice_that_has_no_effect_is_denied_by_the_depositary_where_nobody_else_is_named() -> (
    None
):
    fold = folded([JOINED, VOID], PLAIN)

    assert held(fold, "2003-03-01") == [
        ("AAA", "former_party", None),
        ("the depositary", "party", None),
    ]


def test_a_dispute_by_nobody_named_gives_the_day_on_which_the_state_says_that_it_left() -> None:
    denied = did("AAA", "dispute_over_effectiveness", "2003-02-01")

    fold = folded([JOINED, NOTICE, denied], PLAIN)

    assert held(fold, "2003-07-15") == [
        ("AAA", "former_party", "2003-07-15"),
        ("those who deny the effect", "party", None),
    ]


def test_a_notice_revoked_on_the_day_from_which_it_claims_to_be_out_leaves_no_dispute() -> None:
    notice = did("AAA", "withdrawal_notice", "2003-01-15", claimed_effective="2003-03-01")
    denied = did("AAA", "dispute_over_effectiveness", "2003-02-01", by="BBB")
    revoked = did("AAA", "withdrawal_notice_revoked", "2003-03-01")

    fold = folded([JOINED, notice, denied, revoked], PLAIN)

    assert history(fold, "AAA")[-1] == ("2003-03-01", "party")


def test_nobody_follows_its_own_notice_that_was_revoked() -> None:
    final = leaving(
        fixed_exit={"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1},
        follow_within={"n": 2, "unit": "months"},
    )
    acts = [
        did("AAA", "withdrawal_notice", "2002-12-15"),
        did("AAA", "withdrawal_notice_revoked", "2002-12-20"),
        did("AAA", "withdrawal_notice", "2003-01-05"),
    ]

    assert history(folded([JOINED, *acts], final), "AAA")[-1] == ("2004-06-30", "former_party")


# --- decisions ---


def test_a_decision_for_a_later_day_leaves_a_state_that_is_going_out_until_then() -> None:
    fold = folded([JOINED, CEASED], PLAIN)
    line = {
        "effective": "2003-04-01",
        "clause": "Art. 9",
        "rule": "membership is ended by decision",
        "source": BY_DECISION,
    }

    assert reason(fold, CEASED, "2003-02-01") == {**line, "moves_to": "party_withdrawing"}
    assert reason(fold, CEASED, "2003-04-01") == {**line, "moves_to": "former_party"}


@pytest.mark.parametrize("effective", ["2003-02-01", "2003-01-10"])
def test_a_decision_at_once_or_for_an_earlier_day_leaves_nobody_going_out(effective: str) -> None:
    decided = did("AAA", "cessation_of_membership", "2003-02-01", effective=effective)

    silent = {name: clause for name, clause in PLAIN.items() if name != "withdrawal"}

    fold = folded([JOINED, decided], silent)

    assert history(fold, "AAA")[-1] == (effective, "former_party")
    assert reason(fold, decided, "2003-02-01")["moves_to"] == "former_party"


def test_a_decision_with_effect_from_before_its_own_exit_ends_the_membership_earlier() -> None:
    decided = did("AAA", "cessation_of_membership", "2003-08-01", effective="2003-06-01")

    fold = folded([JOINED, NOTICE, decided], PLAIN)

    assert history(fold, "AAA")[-1] == ("2003-06-01", "former_party")


def test_what_survives_a_decision_survives_for_the_period_of_the_clause() -> None:
    survival = {"article": "Art. 47", "period": {"n": 20, "unit": "years"}}
    final = leaving(notice={"n": 6, "unit": "months"}, survival=survival)

    fold = folded([JOINED, CEASED], final)

    assert flags(fold, "AAA", "2023-03-31") == ("survival_obligations",)
    assert flags(fold, "AAA", "2023-04-01") == ()


# --- with the parent, or by a later treaty ---


def cascade(fold: TreatyFold, on: str) -> list[dict[str, Any]]:
    """What the answer says came about by operation of law, what it does not give left out."""
    lines: Any = said(fold, "AAA", on)["by_operation"]
    return [
        {name: value for name, value in line.items() if value is not None and name != "kind"}
        for line in lines
    ]


def with_parent(parent: Sequence[Act], acts: Sequence[Act]) -> TreatyFold:
    of_parent = [did("AAA", "accession", "1995-01-01", treaty="p"), *parent]
    related = {"p": folded(of_parent, PLAIN, treaty="p")}
    return folded(
        acts, leaving(notice={"n": 1, "unit": "years"}, with_parent=["p"]), related=related
    )


def test_who_leaves_the_parent_leaves_this_treaty_by_the_article_that_says_so() -> None:
    notice = did("AAA", "withdrawal_notice", "2003-01-01", treaty="p")

    fold = with_parent([notice], [JOINED])

    line = {
        "effective": "2003-07-01",
        "clause": "Art. 9",
        "rule": "leaving p is leaving this treaty",
    }
    assert cascade(fold, "2003-06-30") == [{**line, "moves_to": "party_withdrawing"}]
    assert cascade(fold, "2003-07-01") == [{**line, "moves_to": "former_party"}]
    assert coming(fold, "AAA", "2002-12-31") == []
    assert coming(fold, "AAA", "2003-01-01") == [("2003-07-01", "former_party")]
    ahead: Any = said(fold, "AAA", "2003-01-01")["coming"]
    assert ahead[0]["because"] == []


def test_an_earlier_notice_of_its_own_that_ends_with_the_parents_leaves_nothing_to_the_cascade() -> (
    None
):
    parents = did("AAA", "withdrawal_notice", "2003-01-15", treaty="p")
    own = did("AAA", "withdrawal_notice", "2002-07-15")

    fold = with_parent([parents], [JOINED, own])

    assert cascade(fold, "2003-07-15") == []
    assert history(fold, "AAA")[-1] == ("2003-07-15", "former_party")


def test_a_revising_treaty_ends_the_old_one_on_the_day_of_its_own_and_says_so() -> None:
    later = folded([did("AAA", "accession", "2005-01-01", treaty="r")], PLAIN, treaty="r")
    final = leaving(notice={"n": 1, "unit": "years"}, by_revising=["r"])

    fold = folded([JOINED], final, related={"r": later})

    assert cascade(fold, "2005-01-31") == [
        {
            "effective": "2005-01-31",
            "clause": "Art. 9",
            "rule": "r, which revises this treaty, came into force for it",
            "moves_to": "former_party",
        }
    ]
    assert history(fold, "AAA")[-1] == ("2005-01-31", "former_party")
    assert fold.course("AAA").by_operation[0].act.party == "AAA"
    assert fold.course("AAA").by_operation[0].moves[0].to.value == "former_party"


def test_a_cascade_is_by_the_article_of_its_day() -> None:
    parents = [
        did("AAA", "accession", "1995-01-01", treaty="p"),
        did("AAA", "withdrawal_notice", "2003-01-01", treaty="p"),
    ]
    before = leaving(notice={"n": 1, "unit": "years"}, with_parent=["p"])
    after = {
        **leaving(notice={"n": 1, "unit": "years"}, with_parent=["p"]),
        "withdrawal": {
            "article": "Art. 9 bis",
            "with_parent": ["p"],
            "notice": {"n": 1, "unit": "years"},
        },
    }
    versions = [defined(before), defined(after, id="amended", holds_from=day("2003-03-01"))]

    fold = TreatyFold(
        dossier_of("t", versions, [JOINED]),
        NOBODY,
        {"p": folded(parents, PLAIN, treaty="p")},
    )

    assert [each["clause"] for each in cascade(fold, "2003-07-01")] == ["Art. 9"]
