"""The reasons and days that an answer gives where a State succeeds to another, or comes to its end."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.treaty import TreatyFold
from tests.domain.dossiers import PLAIN, Clauses, History, did, flags, folded, history, registered
from tests.domain.test_reasons import found, reason, set_aside

REGISTER = registered(
    {"party": "OLD", "names": [], "existence": [{"from": "1900-01-01", "until": "2003-01-01"}]},
    {"party": "NEW", "names": [], "existence": [{"from": "2003-01-01"}]},
    {"party": "EARLY", "names": [], "existence": [{"from": "1989-06-01"}]},
    {
        "party": "FREE",
        "names": [],
        "existence": [{"from": "2003-01-01"}],
        "newly_independent": True,
    },
)
WAITING: Clauses = {
    **PLAIN,
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 9}]},
}
PLACE = "takes its predecessor's place from the date of the succession of States"


def heir(on: str, party: str = "NEW", **more: Any) -> Act:
    return did(party, "succession", on, **more)


def taken(acts: Sequence[Act], final: Clauses = PLAIN) -> TreatyFold:
    return folded(acts, final, register=REGISTER)


def test_who_succeeds_to_a_party_is_one_from_the_date_of_succession() -> None:
    succession = heir("2004-06-01", predecessor="OLD")

    fold = taken([did("OLD", "accession", "2000-01-01"), succession])
    line = reason(fold, succession, "2004-06-01", "NEW")

    assert line.pop("source").startswith("VCSST")
    assert line == {
        "effective": "2003-01-01",
        "clause": "VCSST 17, 22-23",
        "rule": PLACE,
        "moves_to": "party",
    }


def test_who_succeeds_to_a_contracting_state_waits_as_it_would_have() -> None:
    succession = heir("2004-06-01", predecessor="OLD")

    fold = taken([did("OLD", "accession", "2002-12-20"), succession])
    line = reason(fold, succession, "2004-06-01", "NEW")

    assert line.pop("source").startswith("VCSST")
    assert line == {
        "effective": "2003-01-19",
        "clause": "VCSST 18",
        "rule": PLACE,
        "counted": "20 December 2002 + 30 days = 19 January 2003",
        "moves_to": "party",
    }


def test_who_succeeds_to_a_signature_is_a_signatory_from_the_date_of_succession() -> None:
    succession = did("NEW", "succession_to_signature", "2004-06-01")

    line = reason(taken([succession]), succession, "2004-06-01", "NEW")

    assert (line["effective"], line["moves_to"]) == ("2003-01-01", "signatory")


@pytest.mark.parametrize(
    ("acts", "about", "expected"),
    [
        pytest.param(
            [],
            heir("2004-06-01", legal_effect=False),
            "the succession has no effect: so it is recorded",
            id="recorded as without effect",
        ),
        pytest.param(
            [did("NEW", "depositary_rejection", "2004-07-01")],
            heir("2004-06-01"),
            "the succession has no effect: rejection by the depositary of 1 July 2004",
            id="refused by the depositary",
        ),
    ],
)
def test_a_succession_without_effect_says_by_whom(
    acts: Sequence[Act], about: Act, expected: str
) -> None:
    assert set_aside(taken([*acts, about]), about, "2010-01-01", "NEW")[0] == expected


def test_nothing_passes_from_a_predecessor_that_had_left() -> None:
    left = [did("OLD", "accession", "1995-01-01"), did("OLD", "withdrawal_notice", "2000-01-01")]
    succession = heir("2004-06-01", predecessor="OLD")

    assert set_aside(taken([*left, succession]), succession, "2010-01-01", "NEW") == (
        "its predecessor had no position that could pass to it",
        "VCSST 17-18",
    )


def test_a_predecessor_that_is_not_on_record_is_found_with_the_law_that_would_tell() -> None:
    succession = heir("2004-06-01", predecessor="OLD")

    assert found(taken([succession]), "2010-01-01", "NEW") == [
        (
            "predecessor_not_on_record",
            "no act of the predecessor OLD is on record; its position is presumed",
            "VCSST 17-18",
        )
    ]
    assert taken([succession]).course("NEW").findings[0].act == succession.id


BEGAN = did("NEW", "state_independence", dated="2003-01-01")

DAYS: list[tuple[str, list[Act], Clauses, History]] = [
    (
        "the depositary states a day back in time",
        [heir("2004-01-01", effective="2003-02-01")],
        PLAIN,
        [("2003-02-01", "party")],
    ),
    (
        "the depositary states the day of the notification",
        [BEGAN, heir("2004-01-01", effective="2004-01-01")],
        PLAIN,
        [("2004-01-01", "party")],
    ),
    (
        "the depositary states the day on which the treaty entered into force",
        [heir("1992-01-01", "EARLY", effective="1990-01-01")],
        PLAIN,
        [("1990-01-01", "party")],
    ),
    (
        "the depositary states a day before the treaty was in force",
        [heir("1992-01-01", "EARLY", effective="1989-06-01")],
        PLAIN,
        [("1989-06-01", "contracting"), ("1990-01-01", "party")],
    ),
    (
        "it is notified on the day on which the treaty enters into force",
        [heir("1990-01-01", "EARLY")],
        PLAIN,
        [("1989-06-01", "party")],
    ),
    (
        "an instrument of its own that follows has no effect",
        [heir("2004-01-01"), did("NEW", "accession", "2005-01-01", legal_effect=False)],
        WAITING,
        [("2003-01-01", "contracting")],
    ),
    (
        "an instrument of its own follows",
        [heir("2004-01-01"), did("NEW", "accession", "2005-01-01")],
        WAITING,
        [("2003-01-01", "signatory"), ("2005-01-01", "contracting")],
    ),
    (
        "an instrument of its own without effect came before",
        [did("NEW", "accession", "2003-06-01", legal_effect=False), heir("2004-01-01")],
        WAITING,
        [("2003-01-01", "contracting")],
    ),
    (
        "it is notified on the day on which a predecessor that had joined later ends",
        [
            did("OLD", "accession", "2002-06-01"),
            did("NEW", "state_independence", dated="2001-01-01"),
            heir("2003-01-01", predecessor="OLD"),
        ],
        PLAIN,
        [("2003-01-01", "party")],
    ),
]


@pytest.mark.parametrize(
    ("acts", "final", "expected"), [each[1:] for each in DAYS], ids=[each[0] for each in DAYS]
)
def test_a_succession_holds_from_its_day_where(
    acts: list[Act], final: Clauses, expected: History
) -> None:
    party = next(act.party for act in acts if act.kind == "succession") or ""

    assert history(taken(acts, final), party) == expected


def test_the_end_of_a_state_is_told_with_its_day() -> None:
    joined = did("AAA", "accession", "2000-01-01")
    union = did("AAA", "state_union", "2005-06-01", effective="2005-07-01")

    line = reason(folded([joined, union], PLAIN), union, "2005-07-01")

    assert line.pop("source") is not None
    assert line == {
        "effective": "2005-07-01",
        "rule": "the State ceases to exist",
        "moves_to": "extinct",
    }


# --- newly independent States ---

FREED = heir("2004-06-01", "FREE", predecessor="OLD")
DEEMED = ("operation_deemed_suspended",)


def freed(*acts: Act, final: Clauses = PLAIN, as_seen: str | None = None) -> TreatyFold:
    theirs = did("OLD", "accession", "2000-01-01")
    return folded([theirs, *acts], final, register=REGISTER, as_seen=as_seen)


def test_operation_is_deemed_suspended_until_a_newly_independent_state_notifies() -> None:
    fold = freed(FREED)

    assert history(fold, "FREE") == [("2003-01-01", "party")]
    assert flags(fold, "FREE", "2003-01-01") == DEEMED
    assert flags(fold, "FREE", "2004-05-31") == DEEMED
    assert flags(fold, "FREE", "2004-06-01") == ()
    assert reason(fold, FREED, "2004-06-01", "FREE")["rule"] == (
        f"{PLACE}; operation is deemed suspended until the notification of 1 June 2004,"
        " save where the treaty was applied provisionally (VCSST 23(2))"
    )


def test_nobody_deems_operation_suspended_before_the_notification_is_known() -> None:
    fold = freed(FREED, as_seen="2004-05-31")

    assert flags(fold, "FREE", "2004-05-31") == ()


def test_a_successor_of_another_kind_is_bound_without_a_break() -> None:
    fold = freed(heir("2004-06-01", predecessor="OLD"))

    assert flags(fold, "NEW", "2003-06-01") == ()


def test_what_a_newly_independent_state_applies_provisionally_is_not_deemed_suspended() -> None:
    begun = did("FREE", "provisional_application_start", "2003-03-01")
    over = did("FREE", "provisional_application_end", "2003-09-01")

    fold = freed(begun, over, FREED)

    assert [
        day
        for day in ("2003-02-28", "2003-03-01", "2003-08-31", "2003-09-01", "2004-05-31")
        if flags(fold, "FREE", day) == DEEMED
    ] == ["2003-02-28", "2003-09-01", "2004-05-31"]


def test_what_it_applies_provisionally_from_the_first_day_is_never_deemed_suspended() -> None:
    begun = did("FREE", "provisional_application_start", "2003-01-01")

    fold = freed(begun, FREED)

    assert flags(fold, "FREE", "2003-01-01") == flags(fold, "FREE", "2004-05-31") == ()
    assert reason(fold, FREED, "2004-06-01", "FREE")["rule"] == PLACE


def test_no_operation_is_suspended_where_the_notification_comes_with_the_succession() -> None:
    fold = freed(heir("2003-01-01", "FREE", predecessor="OLD"))

    assert flags(fold, "FREE", "2003-01-01") == ()


def test_the_rule_is_one_for_multilateral_treaties() -> None:
    final = {**PLAIN, "bilateral": ["FREE", "OLD"]}

    fold = freed(FREED, final=final)

    assert flags(fold, "FREE", "2003-06-01") == ()


def test_operation_is_deemed_suspended_only_from_the_entry_into_force_of_the_treaty() -> None:
    stated = {"on": "2003-07-01", "condition_met_on": "2003-06-01"}
    final = {**PLAIN, "entry_into_force": {"article": "Art. 8", "stated": stated}}
    succession = heir("2004-06-01", "FREE", predecessor="OLD")

    fold = freed(succession, final=final)

    assert flags(fold, "FREE", "2003-06-30") == ()
    assert flags(fold, "FREE", "2003-07-01") == DEEMED
    assert flags(fold, "FREE", "2004-06-01") == ()
