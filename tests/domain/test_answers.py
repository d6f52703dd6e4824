"""What is said of a party and of a treaty on a day: the whole answer, its reasons, and what is coming."""

from typing import Any

import pytest

from domain.acts import Act, Source
from domain.answers import answer, counted, periods, relation, roster, state
from domain.bounds import Bounds, written_instant
from domain.comparison import changes
from domain.dates import Interval
from domain.kinds import KINDS
from domain.numbers import below
from domain.states import Status
from domain.treaty import TreatyFold
from domain.turning import turning_days
from tests.domain.dossiers import (
    RECORD,
    coming,
    day,
    did,
    flags,
    folded,
    registered,
    said,
    status,
)

IN_FORCE = {"article": "Art. 8", "stated": {"on": "1990-01-01"}}
PLAIN: dict[str, Any] = {
    "entry_into_force": IN_FORCE,
    "party_entry_into_force": {
        "article": "Art. 8",
        "delays": [{"delay": {"n": 30, "unit": "days"}}],
    },
    "withdrawal": {"article": "Art. 9", "notice": {"n": 6, "unit": "months"}},
}
BILATERAL = {**PLAIN, "bilateral": ["AAA", "BBB"]}
SIGNED = did("AAA", "signature", "1989-01-01")
JOINED = did("AAA", "ratification", "2000-01-01")
VOTED = did("AAA", "parliamentary_vote", "2004-06-01", by="the Senate", note="60 to 40")
NOTICE = did("AAA", "withdrawal_notice", "2005-01-01")
REVOKED = did("AAA", "withdrawal_notice_revoked", "2005-03-01")


def bounds(on: str) -> Bounds:
    return Bounds(as_of=day(on), record=RECORD)


def test_an_answer_has_every_part_that_the_contract_names() -> None:
    fold = folded(
        [SIGNED, JOINED, VOTED, NOTICE],
        PLAIN,
        register=registered({"party": "AAA", "names": [{"name": "Land A"}]}),
    )

    found = answer(fold, "AAA", bounds("2004-07-01"), explain=True)

    assert found == {
        "treaty": "t",
        "party": "AAA",
        "party_name": "Land A",
        "as_of": "2004-07-01",
        "as_seen": None,
        "as_recorded": {"position": 1, "at": None},
        "status": "party",
        "bound": True,
        "since": "2000-01-31",
        "until": "2005-01-01",
        "flags": [],
        "relation": None,
        "positions": [],
        "periods": [{"from": "2000-01-31", "until": "2005-07-01"}],
        "proceedings": [
            {
                "act": VOTED.id,
                "kind": "parliamentary_vote",
                "on": "2004-06-01",
                "by": "the Senate",
                "note": "60 to 40",
            }
        ],
        "coming": [],
        "because": [
            {
                "act": SIGNED.id,
                "kind": "signature",
                "on": "1989-01-01",
                "effective": None,
                "clause": None,
                "rule": None,
                "counted": None,
                "source": "VCLT 10(b), 14, 18(a)",
                "moves_to": "signatory",
            },
            {
                "act": JOINED.id,
                "kind": "ratification",
                "on": "2000-01-01",
                "effective": "2000-01-31",
                "clause": "Art. 8",
                "rule": "30 days after deposit",
                "counted": "1 January 2000 + 30 days = 31 January 2000",
                "source": KINDS["ratification"].source,
                "moves_to": "party",
            },
        ],
        "disregarded": [
            {
                "act": VOTED.id,
                "kind": "parliamentary_vote",
                "on": "2004-06-01",
                "why": "a step of domestic law moves nothing in treaty law",
                "source": "VCLT 27, 46",
            },
            {
                "act": NOTICE.id,
                "kind": "withdrawal_notice",
                "on": "2005-01-01",
                "why": "done after the day asked about",
                "source": KINDS["withdrawal_notice"].source,
            },
        ],
        "by_operation": [],
        "findings": [],
    }


def test_reasons_are_told_only_when_they_are_asked_for() -> None:
    found = answer(folded([JOINED], PLAIN), "AAA", bounds("2004-07-01"))

    assert not {"because", "disregarded", "by_operation"} & found.keys()


def test_a_party_without_any_act_has_no_status() -> None:
    found = said(folded([], PLAIN), "ZZZ", "2000-01-01")

    assert (found["status"], found["bound"], found["since"]) == ("none", False, None)
    assert found["until"] is None


def test_an_act_that_was_undone_is_disregarded_with_the_reason() -> None:
    fold = folded([JOINED, NOTICE, REVOKED], PLAIN)

    undone: Any = said(fold, "AAA", "2005-04-01")

    assert [(each["act"], each["why"]) for each in undone["disregarded"]] == [
        (NOTICE.id, "revoked on 1 March 2005, before its effect")
    ]


def test_an_act_whose_effect_lies_ahead_is_set_aside_for_now() -> None:
    later = did("AAA", "suspension", "2004-01-01", effective="2004-06-01")

    found: Any = said(folded([JOINED, later], PLAIN), "AAA", "2004-02-01")

    assert found["disregarded"][0]["why"] == "its effect begins after the day asked about"


def test_an_act_recorded_against_a_rule_carries_it_as_a_finding() -> None:
    knowingly = did(
        "AAA", "withdrawal_notice", "1999-01-01", despite=("not_a_party",), note="it did so"
    )

    found: Any = said(folded([knowingly], PLAIN), "AAA", "2000-01-01")

    assert found["findings"] == [
        {
            "finding": "not_a_party",
            "detail": "recorded although it breaks the rule not_a_party: it did so",
            "act": knowingly.id,
            "source": KINDS["withdrawal_notice"].source,
        }
    ]


# --- steps at home ---


def test_steps_at_home_are_under_way_until_the_act_to_which_they_lead() -> None:
    review = did("AAA", "policy_review", "2006-01-01")
    done = did("AAA", "policy_review_concluded", "2006-06-01")
    fold = folded([JOINED, VOTED, NOTICE, review, done], PLAIN)

    under_way = {
        on: [each["act"] for each in answer(fold, "AAA", bounds(on))["proceedings"]]  # type: ignore[attr-defined]  # a list of objects
        for on in ("2004-06-01", "2005-01-01", "2006-01-01", "2006-06-01")
    }

    assert under_way == {
        "2004-06-01": [VOTED.id],
        "2005-01-01": [],
        "2006-01-01": [review.id],
        "2006-06-01": [],
    }


# --- what is coming ---


def test_the_entry_into_force_of_the_treaty_comes_for_those_that_have_consented() -> None:
    final = {
        "entry_into_force": {
            "article": "Art. 8",
            "all_of": [{"rule": "instruments", "count": 2}],
            "delay": {"n": 30, "unit": "days"},
        }
    }
    fold = folded([JOINED, did("BBB", "accession", "2001-01-01")], final)

    assert coming(fold, "AAA", "2000-12-31") == []
    assert coming(fold, "AAA", "2001-01-01") == [("2001-01-31", "party")]
    assert coming(fold, "AAA", "2001-01-31") == []


def test_what_is_coming_says_by_which_rule_and_what_could_stop_it() -> None:
    fold = folded(
        [
            JOINED,
            did("BBB", "accession", "2004-12-20"),
            NOTICE,
            did("BBB", "suspension", "2005-03-01", effective="2005-04-01"),
        ],
        PLAIN,
    )
    end: Any = folded(
        [JOINED], {**PLAIN, "duration": {"article": "Art. 10", "term": {"n": 20, "unit": "years"}}}
    )

    exit_to_come: Any = said(fold, "AAA", "2005-01-15")["coming"]
    entry_to_come: Any = said(fold, "BBB", "2005-01-01")["coming"]
    suspended: Any = said(fold, "BBB", "2005-03-01")["coming"]
    term: Any = said(end, "AAA", "2005-01-01")["coming"]

    assert [(each["on"], each["status"], each["unless"]) for each in exit_to_come] == [
        ("2005-07-01", "former_party", "the notice is revoked before that day (VCLT 68)"),
    ]
    assert exit_to_come[0]["because"] == [NOTICE.id]
    assert [(each["on"], each["status"], each["unless"]) for each in suspended] == [
        ("2005-04-01", "party_suspended", "it resumes operation before that day")
    ]
    assert [(each["on"], each["unless"]) for each in entry_to_come] == [
        ("2005-01-19", "the instrument is withdrawn before that day")
    ]
    assert [(each["on"], each["status"], each["unless"]) for each in term] == [
        ("2010-01-01", "former_party", "the term is extended before that day")
    ]


def test_silence_is_foreseen_from_the_notification() -> None:
    final = {
        "opt_out": {
            "article": "Art. 59",
            "reject_within": {"n": 10, "unit": "months"},
            "effective_after": {"n": 12, "unit": "months"},
            "addressees": ["AAA"],
        }
    }
    fold = folded([did(None, "amendment_notified", "2024-09-19")], final)

    ahead: Any = said(fold, "AAA", "2025-01-01")["coming"]

    assert [(each["on"], each["status"], each["unless"]) for each in ahead] == [
        ("2025-07-19", "contracting", "it rejects the amendment in time"),
        ("2025-09-19", "party", "it rejects the amendment in time"),
    ]
    assert coming(fold, "AAA", "2024-09-18") == []
    assert (
        status(
            folded([did(None, "amendment_notified", "2024-09-19")], final, as_seen="2025-07-18"),
            "AAA",
            "2026-01-01",
        )
        == "none"
    )


def test_the_exit_of_the_other_side_is_coming_for_both() -> None:
    theirs = did("BBB", "withdrawal_notice", "2005-01-01")
    fold = folded([JOINED, theirs], BILATERAL)

    ahead: Any = said(fold, "AAA", "2005-01-01")["coming"]

    assert [(each["on"], each["status"], each["because"]) for each in ahead] == [
        ("2005-07-01", "former_party", [theirs.id])
    ]
    assert coming(fold, "AAA", "2004-12-31") == []
    assert turning_days(fold, "AAA") is not None
    assert day("2005-07-01") in (turning_days(fold, "AAA") or ())


def test_both_sides_may_suspend_and_leave_together() -> None:
    acts = [
        did(party, kind, "2019-02-02")
        for party in ("AAA", "BBB")
        for kind in ("suspension", "withdrawal_notice")
    ]

    fold = folded(acts, BILATERAL)

    assert flags(fold, "AAA", "2019-03-01") == flags(fold, "BBB", "2019-03-01") == ("suspended",)


def test_two_sides_that_claim_to_succeed_each_other_are_read_all_the_same() -> None:
    acts = [
        did("AAA", "succession", "2001-01-01", predecessor="BBB"),
        did("BBB", "succession", "2001-01-01", predecessor="AAA"),
    ]

    fold = folded(acts, BILATERAL)

    assert status(fold, "AAA", "1989-12-31") == status(fold, "BBB", "1989-12-31") == "none"


def test_a_re_entry_on_the_day_of_an_exit_is_what_is_coming() -> None:
    back = did("AAA", "accession", "2005-06-01")

    assert coming(folded([JOINED, NOTICE, back], PLAIN), "AAA", "2005-06-01") == [
        ("2005-07-01", "party")
    ]


@pytest.mark.parametrize("on", ["2005-03-01", "2005-05-01"])
def test_a_new_consent_while_a_notice_runs_makes_a_party_again_on_the_day_of_the_exit(
    on: str,
) -> None:
    back = did("AAA", "accession", "2005-03-01")

    fold = folded([JOINED, NOTICE, back], PLAIN)

    assert coming(fold, "AAA", on) == [("2005-07-01", "party")]
    assert status(fold, "AAA", "2005-07-01") == "party"


def test_a_decision_on_the_day_of_a_re_entry_is_over_before_it() -> None:
    back = did("AAA", "accession", "2005-06-01")
    ended = did("AAA", "cessation_of_membership", "2005-06-20", effective="2005-07-01")

    fold = folded([JOINED, NOTICE, back, ended], PLAIN)

    assert coming(fold, "AAA", "2005-06-20") == [("2005-07-01", "party")]
    assert status(fold, "AAA", "2005-07-01") == "party"


def test_a_roster_tells_of_doubt_too() -> None:
    vague = did("AAA", "withdrawal_notice", "2003-03-01/2003-03-31")

    lines = roster(folded([JOINED, vague], PLAIN), bounds("2003-03-10"))

    assert (lines[0]["certainty"], lines[0]["possible"]) == (
        "possible",
        ["party", "party_withdrawing"],
    )
    assert "periods" not in lines[0]


def test_a_consent_beside_a_membership_that_stands_makes_no_second_one() -> None:
    early = did("AAA", "signature_definitive", "1999-12-01", effective="2000-06-01")

    fold = folded([early, did("AAA", "succession", "2000-02-01", effective="1995-01-01")], PLAIN)

    assert len(fold.course("AAA").periods) == 1


# --- towards another party ---


def relations(fold: TreatyFold, on: str, one: str = "AAA", other: str = "BBB") -> tuple[str, str]:
    there, back = relation(fold, one, other, day(on)), relation(fold, other, one, day(on))
    return str(there["status"]), str(back["status"])


BOTH = [JOINED, did("BBB", "accession", "2000-01-01")]
OBJECTING = {**PLAIN, "objections": {"article": "Art. 12", "effect": "not_in_force_between"}}


@pytest.mark.parametrize(
    ("more", "final", "on", "expected"),
    [
        ([], PLAIN, "2004-01-01", "in_force"),
        ([], PLAIN, "2000-01-15", "not_in_force"),
        ([did("BBB", "suspension", "2004-01-01")], PLAIN, "2004-01-01", "suspended"),
        (
            [did("BBB", "suspension", "2004-01-01"), did("BBB", "withdrawal_notice", "2005-01-01")],
            PLAIN,
            "2005-01-01",
            "suspended",
        ),
        (
            [did("AAA", "suspension", "2004-01-01", towards=("BBB",))],
            PLAIN,
            "2004-01-01",
            "suspended",
        ),
        (
            [
                did("AAA", "suspension", "2004-01-01", towards=("BBB",)),
                did("AAA", "resumption", "2005-01-01"),
            ],
            PLAIN,
            "2005-01-01",
            "in_force",
        ),
        (
            [did("AAA", "objection", "2000-02-01", by="BBB")],
            OBJECTING,
            "2004-01-01",
            "not_in_force",
        ),
        (
            [
                did("AAA", "objection", "2000-02-01", by="BBB"),
                did("AAA", "objection_withdrawn", "2003-01-01", by="BBB"),
            ],
            OBJECTING,
            "2004-01-01",
            "in_force",
        ),
        (
            [did("AAA", "objection", "2000-02-01", by="BBB", legal_effect=False)],
            OBJECTING,
            "2004-01-01",
            "in_force",
        ),
        ([did("AAA", "objection", "2000-02-01")], OBJECTING, "2004-01-01", "in_force"),
        (
            [did("AAA", "objection", "2000-02-01", by="BBB")],
            {**PLAIN, "objections": {"article": "a"}},
            "2004-01-01",
            "in_force",
        ),
        (
            [
                did("AAA", "suspension", "2003-01-01"),
                did("AAA", "objection", "2003-02-01", by="BBB"),
                did("AAA", "resumption", "2003-03-01"),
            ],
            OBJECTING,
            "2004-01-01",
            "in_force",
        ),
    ],
)
def test_whether_the_treaty_operates_between_two(
    more: list[Act], final: Any, on: str, expected: str
) -> None:
    assert relations(folded([*BOTH, *more], final), on) == (expected, expected)


def test_a_state_that_the_other_does_not_recognise_is_kept_apart_where_objections_do_so() -> None:
    register = registered({"party": "AAA", "names": [], "not_recognised_by": ["BBB"]})

    assert relations(folded(BOTH, OBJECTING, register=register), "2004-01-01") == (
        "not_in_force",
        "not_in_force",
    )
    assert relations(folded(BOTH, PLAIN, register=register), "2004-01-01") == (
        "in_force",
        "in_force",
    )


def test_nothing_is_held_against_a_party_that_is_not_on_record() -> None:
    found = relation(folded([JOINED], PLAIN), "AAA", "ZZZ", day("2004-01-01"))

    assert (found["status"], found["rule"]) == (
        "in_force",
        "nothing on record of ZZZ stands against it",
    )


def test_the_days_of_a_relation_and_of_its_undoing_turn_an_answer() -> None:
    acts = [
        *BOTH,
        did("AAA", "suspension", "2004-01-01", towards=("BBB",)),
        did("AAA", "resumption", "2005-01-01", effective="2005-02-01"),
    ]

    turning = turning_days(
        folded(
            [
                *acts,
                did("AAA", "withdrawal_notice", "2006-01-01"),
                did("AAA", "withdrawal_notice_revoked", "2006-02-01"),
            ],
            PLAIN,
        ),
        "AAA",
        "BBB",
    )

    assert turning is not None
    assert {day("2004-01-01"), day("2005-02-01"), day("2006-02-01")} <= set(turning)


# --- territories ---


def test_territories_are_covered_from_and_until_days_of_their_own() -> None:
    acts = [
        JOINED,
        did(
            "AAA",
            "territorial_extension",
            "2001-01-01",
            territories=("Isle", "Rock"),
            effective="2001-02-01",
        ),
        did("AAA", "territorial_withdrawal", "2003-01-01", territories=("Rock",)),
        did("AAA", "territorial_exclusion", "2000-01-01", territories=("Cape",)),
        did("AAA", "territorial_extension", "2001-01-01", territories=("Bay",), legal_effect=False),
        NOTICE,
    ]
    fold = folded(acts, PLAIN)

    before: Any = said(fold, "AAA", "2001-01-15")["territories"]
    within: Any = said(fold, "AAA", "2002-01-01")["territories"]
    after: Any = said(fold, "AAA", "2006-01-01")["territories"]

    assert [
        (each["territory"], each["covered"], each["since"], each["until"]) for each in before
    ] == [("Cape", False, "2000-01-01", None)]
    assert [
        (each["territory"], each["covered"], each["since"], each["until"]) for each in within
    ] == [
        ("Cape", False, "2000-01-01", None),
        ("Isle", True, "2001-02-01", None),
        ("Rock", True, "2001-02-01", "2003-01-01"),
    ]
    assert within[1]["because"] == [acts[1].id]
    assert [each["covered"] for each in after] == [False, False, False]
    assert "territories" not in said(folded([JOINED], PLAIN), "AAA", "2002-01-01")
    assert day("2001-02-01") in (turning_days(fold, "AAA") or ())


# --- all parties, and the treaty itself ---


def test_a_roster_has_a_line_for_each_party_with_a_status() -> None:
    fold = folded([*BOTH, did("CCC", "parliamentary_vote", dated="1999-01-01")], PLAIN)

    lines = roster(fold, bounds("2000-01-15"))

    assert [(each["party"], each["status"]) for each in lines] == [
        ("AAA", "contracting"),
        ("BBB", "contracting"),
    ]
    assert counted(lines) == {"contracting": 2}
    assert roster(fold, bounds("2000-01-15"), ["BBB", "CCC"]) == lines[1:]


def test_all_periods_of_all_statuses_are_told() -> None:
    found = periods(
        folded(
            [JOINED, NOTICE, did("AAA", "objection", "2005-02-01", by="BBB")],
            {**PLAIN, "withdrawal": {"article": "-", "basis": "general_law"}},
        ),
        "AAA",
    )

    assert [(each["from"], each["until"], each["status"], each["bound"]) for each in found] == [
        (None, "2000-01-01", "none", False),
        ("2000-01-01", "2000-01-31", "contracting", False),
        ("2000-01-31", "2005-01-01", "party", True),
        ("2005-01-01", "2006-01-01", "party_withdrawing", True),
        ("2006-01-01", None, "disputed", None),
    ]
    assert [each["who"] for each in found[-1]["positions"]] == ["AAA", "BBB"]  # type: ignore[attr-defined]  # a list of objects


def test_the_state_of_a_treaty_is_told_with_its_entry_into_force_and_what_is_coming() -> None:
    final = {**PLAIN, "duration": {"article": "Art. 10", "term": {"n": 20, "unit": "years"}}}

    found: Any = state(folded(BOTH, final), bounds("2005-01-01"))

    assert (found["state"], found["since"], found["until"]) == (
        "in_force",
        "1990-01-01",
        "2010-01-01",
    )
    assert found["counts"] == {"party": 2}
    assert found["entry_into_force"]["on"] == "1990-01-01"
    assert found["coming"] == [
        {
            "on": "2010-01-01",
            "state": "expired",
            "because": [],
            "rule": "end of its term (Art. 10)",
            "unless": "the term is extended before that day",
        }
    ]


LIFE = [
    did(None, "adoption", "1988-01-01"),
    did(None, "opening_for_signature", "1989-01-01"),
    did(None, "treaty_provisional_application", "1989-02-01"),
    did(None, "closing_for_signature", "1989-12-31"),
    did(None, "entry_into_force_condition_met", "1990-06-01"),
    did(None, "treaty_entry_into_force", "1991-01-01"),
    did(None, "amendment_in_force", "1995-01-01", effective="1996-01-01"),
    did(None, "amendment_in_force", "1999-01-01"),
]


@pytest.mark.parametrize(
    ("on", "expected", "up"),
    [
        ("1987-12-31", "not_adopted", []),
        ("1988-01-01", "adopted_not_open", []),
        ("1989-01-01", "open_not_in_force", []),
        ("1989-02-01", "open_not_in_force", ["provisional_application"]),
        ("1990-01-01", "open_not_in_force", ["provisional_application", "closed_for_signature"]),
        (
            "1990-06-01",
            "open_not_in_force",
            ["provisional_application", "condition_met", "closed_for_signature"],
        ),
        ("1991-01-01", "in_force", ["closed_for_signature"]),
        ("1996-01-01", "in_force", ["closed_for_signature", "amended"]),
    ],
)
def test_a_treaty_passes_through_its_states(on: str, expected: str, up: list[str]) -> None:
    found = state(folded(LIFE, {}), bounds(on))

    assert (found["state"], found["flags"]) == (expected, up)


def test_a_treaty_that_is_in_force_for_a_party_is_in_force_whatever_is_known_of_its_clauses() -> (
    None
):
    acts = [
        did("AAA", "accession", "1886-09-09", effective="1887-12-05"),
        did("BBB", "accession", "1900-01-01", effective="1900-02-01"),
        did("CCC", "accession", "1900-01-01"),
    ]
    fold = folded(acts, {})

    before: Any = state(fold, bounds("1887-12-04"))
    after: Any = state(fold, bounds("1887-12-05"))

    assert (before["state"], after["state"], after["since"]) == (
        "open_not_in_force",
        "in_force",
        "1887-12-05",
    )
    assert after["flags"] == ["entry_into_force_not_on_record"]
    [finding] = after["findings"]
    assert (finding["finding"], finding["act"]) == ("entry_into_force_not_on_record", acts[0].id)
    assert finding["detail"] == (
        "no day of entry into force is on record; it was in force for AAA on 5 December 1887,"
        " and so at the latest then"
    )
    assert [each["to"] for each in changes(fold, day("1887-12-05"), day("1887-12-05"))] == [
        "in_force",
        "party",
    ]


REPORTED: list[tuple[str, dict[str, Any], str | None]] = [
    ("the same day", {"received": "2000-01-01"}, None),
    ("a day that may be the same", {"received": "1999-12-01/2000-03-01"}, None),
    (
        "another day",
        {"received": "2000-01-03", "by": "the registry"},
        "the registry gives for the accession: 2000-01-03, not 2000-01-01; the act on record counts",
    ),
    (
        "another effect",
        {"received": "2000-01-01", "effective": "2000-04-01"},
        (
            "another source gives for the accession: effect on 2000-04-01, not 2000-01-31;"
            " the act on record counts"
        ),
    ),
]


@pytest.mark.parametrize(
    ("days", "detail"), [each[1:] for each in REPORTED], ids=[each[0] for each in REPORTED]
)
def test_another_day_from_another_source_moves_nothing_and_is_told(
    days: dict[str, Any], detail: str | None
) -> None:
    act = did("AAA", "accession", "2000-01-01", effective="2000-01-31")
    report = did("AAA", "other_day_reported", None, concerns=act.id, **days)

    found: Any = said(folded([act, report], PLAIN), "AAA", "2010-01-01")

    assert found["since"] == "2000-01-31"
    assert [each["act"] for each in found["disregarded"]] == [report.id]
    told = [each for each in found["findings"] if each["finding"] == "sources_disagree"]
    assert [each["detail"] for each in told] == ([detail] if detail else [])
    assert all(each["act"] == act.id for each in told)


def test_another_day_for_an_act_of_the_treaty_is_told_with_its_state() -> None:
    opened = did(None, "opening_for_signature", "1989-01-01")
    reports = [
        did(None, "other_day_reported", "1989-02-01", concerns=opened.id, id="other"),
        did(None, "other_day_reported", "1989-02-01", concerns="nothing on file", id="of nothing"),
    ]

    found: Any = state(folded([opened, *reports], PLAIN), bounds("2005-01-01"))

    assert [(each["finding"], each["act"]) for each in found["findings"]] == [
        ("sources_disagree", opened.id)
    ]


def test_a_rule_that_an_act_on_record_breaks_is_told_once() -> None:
    final = {
        **PLAIN,
        "withdrawal": {**PLAIN["withdrawal"], "earliest": {"period": {"n": 9, "unit": "years"}}},
    }

    found: Any = said(folded([JOINED, NOTICE], final), "AAA", "2010-01-01")

    assert [each["finding"] for each in found["findings"]] == ["premature_notice"]


def test_a_report_names_its_source_where_it_says_by_whom_it_is_in_no_other_way() -> None:
    source = Source(title="A Registry")
    report = did("AAA", "other_day_reported", "1999-01-01", concerns=JOINED.id, sources=(source,))

    found: Any = said(folded([JOINED, report], PLAIN), "AAA", "2010-01-01")

    assert [each["detail"].partition(" gives")[0] for each in found["findings"]] == ["A Registry"]


def test_what_an_exit_hangs_on_beside_time_is_told_with_it() -> None:
    leaving: dict[str, Any] = {
        **PLAIN["withdrawal"],
        "conditions": ["the dues are paid"],
        "convene": {"earliest": {"n": 30, "unit": "days"}, "latest": {"n": 60, "unit": "days"}},
    }

    answer: Any = said(
        folded([JOINED, NOTICE], {**PLAIN, "withdrawal": leaving}), "AAA", "2006-01-01"
    )

    [notice] = [each for each in answer["because"] if each["act"] == NOTICE.id]
    assert notice["rule"].endswith(
        "; the parties are to meet between 31 January 2005 and 2 March 2005"
    )
    assert [(each["finding"], each["detail"]) for each in answer["findings"]] == [
        (
            "conditions_presumed",
            "the exit is subject to: the dues are paid; that this is fulfilled is presumed",
        )
    ]


def test_that_nothing_tells_whether_a_treaty_is_in_force_is_said() -> None:
    fold = folded([JOINED], {})

    of_treaty: Any = state(fold, bounds("2010-01-01"))
    of_party: Any = said(fold, "AAA", "2010-01-01")

    assert (of_treaty["state"], of_treaty["flags"]) == (
        "open_not_in_force",
        ["entry_into_force_not_on_record"],
    )
    assert of_party["status"] == "contracting"
    for each in (of_treaty, of_party):
        assert [it["finding"] for it in each["findings"]] == ["entry_into_force_not_on_record"]


def test_clauses_that_tell_leave_nothing_to_be_said() -> None:
    waiting = {
        "entry_into_force": {"article": "8", "all_of": [{"rule": "instruments", "count": 9}]}
    }
    early = {
        "entry_into_force": waiting["entry_into_force"],
        "party_entry_into_force": {"article": "8", "before_treaty": True},
    }

    plainly = state(folded([JOINED], waiting), bounds("2010-01-01"))
    before = state(
        folded([did("AAA", "accession", "2000-01-01", effective="2000-02-01")], early),
        bounds("2010-01-01"),
    )

    assert (plainly["state"], plainly["flags"], plainly["findings"]) == (
        "open_not_in_force",
        [],
        [],
    )
    assert (before["state"], before["flags"]) == ("open_not_in_force", [])


def test_a_treaty_whose_parties_fall_below_the_number_it_began_with_goes_on_and_says_so() -> None:
    final = {
        **PLAIN,
        "entry_into_force": {"article": "8", "all_of": [{"rule": "instruments", "count": 2}]},
    }
    acts = [
        did("AAA", "accession", "2000-01-01"),
        did("BBB", "accession", "2000-06-01"),
        did("BBB", "withdrawal_notice", "2003-01-01"),
        did("CCC", "accession", "2005-01-01"),
    ]
    fold = folded(acts, final)

    flagged = {on: fold.at(day(on)).flags for on in ("2000-06-01", "2003-07-01", "2005-03-01")}

    assert flagged == {"2000-06-01": (), "2003-07-01": ("below_minimum",), "2005-03-01": ()}
    assert fold.at(day("2004-01-01")).state.value == "in_force"
    assert fold.with_acts([]).at(day("2004-01-01")).flags == ("below_minimum",)


def test_that_a_number_is_below_what_it_was_lasts_until_it_is_not() -> None:
    days = [day(f"200{number}-01-01") for number in range(6)]

    assert below(3, days[:2], days[3:4]) == ()
    assert below(2, days[:2], days[3:4]) == (Interval(days[3], None),)
    assert below(2, (*days[:2], days[4]), days[3:4]) == (Interval(days[3], days[4]),)
    assert below(2, (*days[:2], days[3]), days[3:4]) == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("treaty_termination", "terminated"),
        ("treaty_expiry", "expired"),
        ("supersession", "superseded"),
        ("participation_below_minimum", "terminated"),
    ],
)
def test_a_treaty_ends_in_its_way(kind: str, expected: str) -> None:
    ended = did(None, kind, dated="2004-01-01", effective="2005-01-01")

    fold = folded([JOINED, ended], PLAIN)

    assert fold.at(day("2004-12-31")).state.value == "in_force"
    assert fold.at(day("2005-01-01")).state.value == expected
    assert status(fold, "AAA", "2005-01-01") == "former_party"


def test_an_end_recorded_as_without_effect_ends_nothing() -> None:
    fold = folded(
        [JOINED, did(None, "treaty_termination", dated="2004-01-01", legal_effect=False)], PLAIN
    )

    assert fold.end is None


def test_a_term_is_extended_only_in_time_and_to_a_stated_day() -> None:
    final = {**PLAIN, "duration": {"article": "Art. 10", "term": {"n": 10, "unit": "years"}}}
    acts = [
        did(None, "extension", "1999-01-01", effective="2005-01-01"),
        did(None, "extension", "2000-06-01"),
        did(None, "extension", "2005-06-01", effective="2010-01-01"),
    ]

    fold = folded(acts, final)

    assert fold.end is not None
    assert fold.end.on == day("2005-01-01")
    assert [each.on for each in fold.expected_ends] == [day("2000-01-01"), day("2005-01-01")]


def test_a_treaty_with_too_few_parties_ends_where_it_says_so() -> None:
    final = {**PLAIN, "duration": {"article": "XV", "minimum_parties": 2}}
    others = [did("BBB", "accession", "2000-01-01"), did("CCC", "accession", "2000-01-01")]
    first = did("CCC", "withdrawal_notice", "2003-01-01")

    standing = folded([JOINED, *others, first], final)
    ended = folded([JOINED, *others, first, NOTICE], final)

    assert standing.end is None
    assert ended.end is not None
    assert (ended.end.on, ended.end.rule) == (day("2005-07-01"), "fewer than 2 parties remain (XV)")
    assert status(ended, "BBB", "2005-07-01") == "former_party"


def test_who_leaves_with_a_parent_is_not_made_to_leave_twice() -> None:
    left = folded(
        [
            did("AAA", "accession", "1995-01-01"),
            did("BBB", "accession", "1995-01-01"),
            did("AAA", "withdrawal_notice", "2004-12-31"),
            did("BBB", "withdrawal_notice", "2004-12-31"),
        ],
        PLAIN,
        treaty="parent",
    )
    final = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "with_parent": ["parent", "unknown"]}}

    fold = folded(
        [
            JOINED,
            did("AAA", "withdrawal_notice", "2004-06-01"),
            did("BBB", "accession", "2010-01-01"),
        ],
        final,
        related={"parent": left},
    )

    assert [
        each.kind for outcome in fold.course("AAA").by_operation for each in (outcome.act,)
    ] == []
    assert fold.course("AAA").at(day("2005-06-01")).status is Status.FORMER_PARTY
    assert fold.course("BBB").by_operation == ()


def test_changes_of_flags_alone_are_no_changes_of_status() -> None:
    suspended = did("AAA", "suspension", "2004-01-01", towards=("BBB",))

    found = changes(folded([JOINED, suspended], PLAIN), None, None, ["AAA"])

    assert [(each["on"], each["to"]) for each in found] == [
        ("2000-01-01", "contracting"),
        ("2000-01-31", "party"),
    ]


def test_an_instant_is_written_in_utc() -> None:
    assert written_instant(None) is None


def test_a_kind_says_whether_it_can_move_a_status() -> None:
    assert KINDS["ratification"].moves_status
    assert not KINDS["parliamentary_vote"].moves_status
