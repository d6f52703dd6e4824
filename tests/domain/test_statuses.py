"""Statuses, flags and positions where authorities disagree, operation is suspended, or identity is in question."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act, Source
from domain.irregularities import breaches
from tests.domain.dossiers import (
    did,
    flags,
    folded,
    history,
    positions,
    registered,
    said,
    status,
    why,
)

IN_FORCE = {"article": "Art. 8", "stated": {"on": "1990-01-01"}}
PLAIN: dict[str, Any] = {
    "entry_into_force": IN_FORCE,
    "withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}},
}
SILENT = {"entry_into_force": IN_FORCE, "withdrawal": {"article": "-", "basis": "general_law"}}
ORGAN = {**PLAIN, "reservations": {"article": "Art. 5", "accepted_by": "the Commission"}}
BILATERAL = {**PLAIN, "bilateral": ["AAA", "BBB"]}
JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2005-01-01")


# --- provisional application ---


def test_provisional_application_from_signature_binds_all_but_those_that_declined() -> None:
    final = {
        "provisional_application": {
            "article": "Art. 45",
            "begins": "signature",
            "declined_by": ["BBB"],
        }
    }
    signed = [did(party, "signature", "1994-12-17") for party in ("AAA", "BBB", "CCC")]
    declared = did("CCC", "provisional_application_declined", "1995-03-01")

    fold = folded([*signed, declared], final)

    assert history(fold, "AAA") == [("1994-12-17", "provisional")]
    assert history(fold, "BBB") == [("1994-12-17", "signatory")]
    assert history(fold, "CCC") == [("1994-12-17", "signatory")]


def test_provisional_application_of_a_part_gives_no_status() -> None:
    final = {
        "provisional_application": {"article": "Art. XVIII", "begins": "signature", "whole": False}
    }

    fold = folded([did("AAA", "signature", "1992-03-24")], final)

    assert history(fold, "AAA") == [("1992-03-24", "signatory")]


def test_a_second_start_of_provisional_application_changes_nothing() -> None:
    acts = [did("AAA", "provisional_application_start", f"2000-0{month}-01") for month in (1, 3)]
    same_day = did("AAA", "provisional_application_start", "2000-01-01", sequence=2)

    fold = folded([*acts, same_day], {})

    assert history(fold, "AAA") == [("2000-01-01", "provisional")]
    assert why(fold, "AAA", acts[1]) == "it applies the treaty provisionally already"
    assert why(fold, "AAA", same_day) is None


def test_what_survives_provisional_application_is_told() -> None:
    survival = {"article": "Art. 45(3)(b)", "period": {"n": 20, "unit": "years"}}
    final = {
        "provisional_application": {
            "article": "Art. 45",
            "notice": {"n": 60, "unit": "days"},
            "survival": survival,
        }
    }
    acts = [
        did("AAA", "provisional_application_start", "1994-12-17"),
        did("AAA", "provisional_application_end", "2009-08-20"),
    ]

    fold = folded(acts, final)

    assert flags(fold, "AAA", "2009-10-18") == ()
    assert flags(fold, "AAA", "2009-10-19") == ("survival_obligations",)
    assert flags(fold, "AAA", "2029-10-19") == ()


def test_a_stated_end_of_provisional_application_counts_and_the_difference_is_told() -> None:
    final = {"provisional_application": {"article": "Art. 45", "notice": {"n": 60, "unit": "days"}}}
    end = did("AAA", "provisional_application_end", "2009-08-20", effective="2009-10-18")
    acts = [did("AAA", "provisional_application_start", "1994-12-17"), end]

    answer: Any = said(folded(acts, final), "AAA", "2009-10-18")

    assert answer["status"] == "none"
    assert [each["finding"] for each in answer["findings"]] == ["stated_differs_from_computed"]


# --- suspension ---

SUSPENDED = did("AAA", "suspension", "2004-01-01")

CONTESTED: Sequence[tuple[str, Any, Sequence[Act], str, str, dict[str, str]]] = [
    (
        "denied in the act itself",
        PLAIN,
        [did("AAA", "suspension", "2004-01-01", contested_by=("BBB",))],
        "2004-01-01",
        "party_suspended",
        {"AAA": "party_suspended", "BBB": "party"},
    ),
    (
        "objected to",
        PLAIN,
        [SUSPENDED, did("AAA", "objection", "2004-02-01", by="BBB")],
        "2004-02-01",
        "party_suspended",
        {"AAA": "party_suspended", "BBB": "party"},
    ),
    (
        "objected to by nobody named",
        PLAIN,
        [SUSPENDED, did("AAA", "objection", "2004-02-01")],
        "2004-02-01",
        "party_suspended",
        {"AAA": "party_suspended", "an objecting State": "party"},
    ),
    (
        "refused by the depositary",
        PLAIN,
        [SUSPENDED, did("AAA", "depositary_rejection", "2004-03-01", concerns=SUSPENDED.id)],
        "2004-02-01",
        "party",
        {"AAA": "party_suspended"},
    ),
    (
        "of a bilateral treaty without a clause",
        BILATERAL,
        [SUSPENDED],
        "2004-01-01",
        "party_suspended",
        {"AAA": "party_suspended", "BBB": "party"},
    ),
    (
        "claimed, denied by the others",
        PLAIN,
        [did("AAA", "suspension_claimed", "2004-01-01")],
        "2004-01-01",
        "party",
        {"AAA": "party_suspended", "the other parties": "party"},
    ),
    (
        "claimed, denied by one",
        PLAIN,
        [did("AAA", "suspension_claimed", "2004-01-01", contested_by=("CCC",))],
        "2004-01-01",
        "party",
        {"AAA": "party_suspended", "CCC": "party"},
    ),
]


@pytest.mark.parametrize(
    ("final", "acts", "on", "expected", "held"),
    [each[1:] for each in CONTESTED],
    ids=[each[0] for each in CONTESTED],
)
def test_a_suspension_can_be_contested(
    final: Any, acts: Sequence[Act], on: str, expected: str, held: dict[str, str]
) -> None:
    fold = folded([JOINED, *acts], final)

    assert status(fold, "AAA", on) == expected
    assert "suspension_contested" in flags(fold, "AAA", on)
    assert positions(fold, "AAA", on) == held


def test_an_objection_that_is_withdrawn_contests_no_longer() -> None:
    acts = [
        SUSPENDED,
        did("AAA", "objection", "2004-02-01", by="BBB"),
        did("AAA", "objection", "2004-02-01", by="CCC", sequence=2),
        did("AAA", "objection_withdrawn", "2004-06-01", by="BBB"),
        did("AAA", "objection_withdrawn", "2004-07-01", by="CCC"),
        did("AAA", "objection_withdrawn", "2004-07-01", by="DDD"),
    ]

    fold = folded([JOINED, *acts], PLAIN)

    assert flags(fold, "AAA", "2004-06-30") == ("suspension_contested",)
    assert flags(fold, "AAA", "2004-07-01") == ()


@pytest.mark.parametrize(
    ("ruling", "expected", "contested"),
    [
        ({"legal_effect": False}, "party", False),
        ({"effective": "2004-06-01"}, "party_suspended", False),
        ({}, "party_suspended", False),
    ],
)
def test_a_ruling_settles_whether_the_treaty_is_suspended(
    ruling: dict[str, Any], expected: str, *, contested: bool
) -> None:
    acts = [
        SUSPENDED,
        did("AAA", "objection", "2004-02-01", by="BBB"),
        did("AAA", "court_ruling", "2008-01-01", **ruling),
    ]

    fold = folded([JOINED, *acts], PLAIN)

    assert status(fold, "AAA", "2010-01-01") == expected
    assert ("suspension_contested" in flags(fold, "AAA", "2010-01-01")) is contested


def test_a_suspension_of_a_bilateral_treaty_beside_a_notice_is_not_contested_by_itself() -> None:
    theirs = did("BBB", "withdrawal_notice", "2004-01-01")

    own = folded([JOINED, SUSPENDED, did("AAA", "withdrawal_notice", "2004-01-01")], BILATERAL)
    other = folded([JOINED, SUSPENDED, theirs], BILATERAL)
    provided = folded([JOINED, SUSPENDED], {**BILATERAL, "suspension": {"article": "Art. 7"}})

    assert flags(own, "AAA", "2004-01-01") == ("suspended",)
    assert flags(other, "AAA", "2004-01-01") == ("suspended",)
    assert flags(provided, "AAA", "2004-01-01") == ()


def test_a_resumption_ends_what_it_is_about() -> None:
    towards = did("AAA", "suspension", "2004-01-01", towards=("BBB", "CCC"), sequence=2)
    acts = [JOINED, SUSPENDED, towards, did("AAA", "suspension_claimed", "2004-03-01")]
    of_one = did("AAA", "resumption", "2005-01-01", concerns=SUSPENDED.id)
    towards_one = did("AAA", "resumption", "2005-01-01", towards=("BBB",))
    towards_both = did(
        "AAA", "resumption", "2005-01-01", towards=("BBB", "CCC"), effective="2005-02-01"
    )
    of_all = did("AAA", "resumption", "2005-01-01")

    named = folded([*acts, of_one], PLAIN)
    narrow = folded([JOINED, towards, towards_one], PLAIN)
    wide = folded([JOINED, towards, towards_both], PLAIN)
    whole = folded([*acts, of_all], PLAIN)

    assert (status(named, "AAA", "2005-01-01"), flags(named, "AAA", "2005-01-01")) == (
        "party",
        ("suspended_inter_se", "suspension_contested"),
    )
    assert flags(narrow, "AAA", "2005-01-01") == ("suspended_inter_se",)
    assert [flags(wide, "AAA", on) for on in ("2005-01-31", "2005-02-01")] == [
        ("suspended_inter_se",),
        (),
    ]
    assert (status(whole, "AAA", "2005-01-01"), flags(whole, "AAA", "2005-01-01")) == ("party", ())


def test_rights_of_membership_are_suspended_and_restored() -> None:
    acts = [
        JOINED,
        did("AAA", "rights_suspended", "2004-01-01", effective="2004-02-01"),
        did("AAA", "rights_restored", "2006-01-01"),
        did("AAA", "rights_restored", "2007-01-01"),
    ]

    fold = folded(acts, PLAIN)

    assert [flags(fold, "AAA", on) for on in ("2004-01-31", "2004-02-01", "2006-01-01")] == [
        (),
        ("rights_suspended",),
        (),
    ]
    assert status(fold, "AAA", "2004-02-01") == "party"


# --- disputes ---


def test_the_claimed_and_the_computed_day_are_two_readings_of_one_notice() -> None:
    notice = did(
        "AAA",
        "withdrawal_notice",
        "2005-01-01",
        claimed_effective="2005-01-02",
        sources=(Source(title="A note"),),
    )
    denied = did("AAA", "dispute_over_effectiveness", "2005-01-01", by="BBB")

    fold = folded([JOINED, notice, denied], PLAIN)

    assert history(fold, "AAA")[1:] == [
        ("2005-01-01", "party_withdrawing"),
        ("2005-01-02", "disputed"),
    ]
    assert positions(fold, "AAA", "2005-06-01") == {
        "AAA": "former_party",
        "1 year after receipt": "party_withdrawing",
        "BBB": "party",
    }
    assert positions(fold, "AAA", "2006-01-01") == {
        "AAA": "former_party",
        "1 year after receipt": "former_party",
        "BBB": "party",
    }
    span = fold.course("AAA").spans[-1]
    assert {each.source for each in span.positions} == {"A note"}


def test_a_dispute_ends_when_the_state_joins_anew() -> None:
    denied = did("AAA", "dispute_over_effectiveness", "2005-02-01")
    back = did("AAA", "accession", "2008-01-01")

    fold = folded([JOINED, NOTICE, denied, back], PLAIN)

    assert history(fold, "AAA")[-2:] == [("2006-01-01", "disputed"), ("2008-01-01", "party")]


def test_a_dispute_over_a_notice_that_was_revoked_in_time_is_none() -> None:
    acts = [
        NOTICE,
        did("AAA", "dispute_over_effectiveness", "2005-02-01"),
        did("AAA", "withdrawal_notice_revoked", "2005-06-01"),
    ]

    fold = folded([JOINED, *acts], PLAIN)

    assert history(fold, "AAA")[-1] == ("2005-06-01", "party")


def test_an_objection_to_an_exit_that_is_withdrawn_leaves_no_dispute() -> None:
    acts = [
        NOTICE,
        did("AAA", "objection", "2005-02-01", by="BBB"),
        did("AAA", "objection_withdrawn", "2005-03-01", by="BBB"),
    ]

    fold = folded([JOINED, *acts], SILENT)

    assert history(fold, "AAA")[-1] == ("2006-01-01", "former_party")


@pytest.mark.parametrize(("final", "last"), [(PLAIN, "former_party"), (SILENT, "disputed")])
def test_an_exit_that_others_deny_in_the_act_is_disputed_only_without_a_clause(
    final: Any, last: str
) -> None:
    notice = did("AAA", "withdrawal_notice", "2005-01-01", contested_by=("BBB",))

    fold = folded([JOINED, notice], final)

    assert status(fold, "AAA", "2006-01-01") == last
    assert "withdrawal_contested" in flags(fold, "AAA", "2005-06-01")


def test_a_decision_that_ends_a_membership_can_be_void_or_denied() -> None:
    ended = did("AAA", "cessation_of_membership", "2005-01-01")
    void = did("AAA", "cessation_of_membership", "2005-01-01", legal_effect=False)
    denied = did("AAA", "dispute_over_effectiveness", "2005-02-01", by="AAA")

    assert status(folded([JOINED, void], PLAIN), "AAA", "2006-01-01") == "party"
    assert (
        why(folded([JOINED, void], PLAIN), "AAA", void)
        == "the decision has no effect: so it is recorded"
    )
    assert status(folded([JOINED, ended, denied], PLAIN), "AAA", "2006-01-01") == "disputed"


def test_two_authorities_of_one_state_leave_its_consent_in_dispute_until_one_is_left() -> None:
    acts = [
        did("AAA", "rival_authority", "2019-01-23"),
        did("AAA", "accession", "2019-07-01", by="the interim government", sequence=2),
        did("AAA", "rival_authority_ended", "2023-01-05"),
    ]
    settled = did("AAA", "settlement", "2024-01-01", concerns=acts[1].id, effective="2024-02-01")

    fold = folded(acts, PLAIN)
    after = folded([*acts, settled], PLAIN)

    assert history(fold, "AAA") == [("2019-07-01", "disputed")]
    assert positions(fold, "AAA", "2020-01-01") == {
        "the interim government": "party",
        "the other authority": "none",
    }
    assert flags(fold, "AAA", "2020-01-01") == ("authority_contested",)
    assert flags(fold, "AAA", "2023-01-05") == ()
    assert history(after, "AAA") == [("2019-07-01", "contracting"), ("2024-02-01", "party")]


def test_a_consent_of_a_former_party_that_others_deny_leaves_it_a_former_one_for_them() -> None:
    back = did("AAA", "accession", "2010-01-01", contested_by=("BBB",), effective="2006-01-01")

    fold = folded([JOINED, NOTICE, back], PLAIN)

    assert positions(fold, "AAA", "2010-01-01") == {"AAA": "party", "BBB": "former_party"}
    assert status(fold, "AAA", "2009-12-31") == "former_party"


def test_a_revocation_by_one_of_two_authorities_leaves_the_exit_in_dispute() -> None:
    acts = [
        NOTICE,
        did("AAA", "rival_authority", "2005-03-01"),
        did("AAA", "withdrawal_notice_revoked", "2005-06-01"),
    ]

    fold = folded([JOINED, *acts], PLAIN)

    assert history(fold, "AAA")[-2:] == [
        ("2005-01-01", "party_withdrawing"),
        ("2006-01-01", "disputed"),
    ]


def test_a_consent_that_is_refused_is_contested_until_the_refusal() -> None:
    acts = [JOINED, did("AAA", "depositary_rejection", "2000-03-01")]

    fold = folded(acts, PLAIN)

    assert history(fold, "AAA") == []
    assert flags(fold, "AAA", "2000-02-01") == ("consent_contested",)
    assert flags(fold, "AAA", "2000-03-01") == ()


def test_a_signature_recorded_as_without_effect_makes_no_signatory() -> None:
    assert (
        history(folded([did("AAA", "signature", "1999-01-01", legal_effect=False)], PLAIN), "AAA")
        == []
    )


# --- acceptance by an organ ---


def test_a_consent_with_a_reservation_waits_for_the_organ() -> None:
    first = did("AAA", "adherence", "2001-06-08")
    second = did("AAA", "adherence", "2002-10-10")
    acts = [
        first,
        did("AAA", "reservation", "2001-06-08", sequence=2),
        second,
        did("AAA", "reservation", "2002-10-10", sequence=2, concerns=second.id),
    ]
    accepted = did("AAA", "reservation_accepted", "2002-10-14", concerns=second.id)

    waiting, settled = folded(acts, ORGAN), folded([*acts, accepted], ORGAN)

    assert history(waiting, "AAA") == [("2001-06-08", "disputed")]
    assert positions(waiting, "AAA", "2003-01-01") == {"AAA": "party", "the Commission": "none"}
    assert history(settled, "AAA") == [("2001-06-08", "disputed"), ("2002-10-10", "party")]


def test_an_acceptance_without_any_consent_is_about_nothing() -> None:
    acceptance = did("AAA", "reservation_accepted", "2002-10-14")

    fold = folded([acceptance], ORGAN)

    assert (
        why(fold, "AAA", acceptance)
        == "there is no act on record that this acceptance of a reservation could be about"
    )


def test_a_consent_without_a_reservation_waits_for_nobody() -> None:
    assert history(folded([JOINED], ORGAN), "AAA") == [("2000-01-01", "party")]


def test_objections_short_of_the_share_defeat_nothing() -> None:
    share = {**PLAIN, "reservations": {"article": "Art. 20", "barred_by_share": [2, 3]}}
    others = [did(party, "accession", "1995-01-01") for party in ("BBB", "CCC", "DDD")]
    acts = [
        JOINED,
        did("AAA", "reservation", "2000-01-01", sequence=2),
        did("AAA", "objection", "2009-01-01", by="BBB"),
    ]

    fold = folded([*others, *acts, did("AAA", "objection", "2009-01-01", sequence=2)], share)
    defeated = folded(
        [
            *others,
            *acts,
            did("AAA", "objection", "2010-01-01", by="CCC"),
            did("AAA", "objection", "2011-01-01", by="DDD"),
        ],
        share,
    )

    assert history(fold, "AAA") == [("2000-01-01", "party")]
    assert history(defeated, "AAA") == [("2000-01-01", "contracting"), ("2011-01-01", "none")]


# --- who the party is ---


def test_a_bilateral_treaty_in_force_binds_the_side_whose_instrument_is_not_on_record() -> None:
    answer: Any = said(
        folded([did("BBB", "parliamentary_vote", dated="1989-01-01")], BILATERAL),
        "BBB",
        "1995-01-01",
    )

    assert answer["status"] == "party"
    assert [each["rule"] for each in answer["by_operation"]] == [
        "a bilateral treaty in force binds both sides"
    ]


REGISTER = registered(
    {"party": "OLD", "names": [], "existence": [{"from": "1900-01-01", "until": "2003-01-01"}]},
    {"party": "NEW", "names": [], "existence": [{"from": "2003-01-01"}]},
    {"party": "PRE", "names": []},
    {"party": "RUS", "names": [], "continues": "SUHH"},
    {"party": "SUHH", "names": [], "existence": [{"from": "1922-12-30", "until": "1991-12-26"}]},
)


def test_a_succession_without_a_predecessor_on_record_is_presumed_and_says_so() -> None:
    answer: Any = said(
        folded(
            [did("NEW", "succession", "2004-01-01", predecessor="OLD")], PLAIN, register=REGISTER
        ),
        "NEW",
        "2003-06-01",
    )

    assert (answer["status"], answer["since"]) == ("party", "2003-01-01")
    assert [each["finding"] for each in answer["findings"]] == ["predecessor_not_on_record"]


SUCCEEDED: Sequence[tuple[str, Any, Sequence[Act], list[tuple[str, str]]]] = [
    ("to nobody named", PLAIN, [did("PRE", "succession", "2004-01-01")], [("2004-01-01", "party")]),
    (
        "to nobody named, after independence",
        PLAIN,
        [
            did("PRE", "state_independence", dated="2001-02-03"),
            did("PRE", "succession", "2004-01-01"),
        ],
        [("2001-02-03", "party")],
    ),
    (
        "with an independence whose day was stated",
        PLAIN,
        [
            did("PRE", "state_independence", dated="2001-02-03", effective="2001-03-03"),
            did("PRE", "succession", "2004-01-01"),
        ],
        [("2001-03-03", "party")],
    ),
    (
        "with a stated day back in time",
        PLAIN,
        [did("NEW", "succession", "2004-01-01", effective="2003-02-01")],
        [("2003-02-01", "party")],
    ),
    (
        "with a stated day to come",
        PLAIN,
        [did("NEW", "succession", "2004-01-01", effective="2005-01-01")],
        [("2003-01-01", "contracting"), ("2005-01-01", "party")],
    ),
    (
        "to a treaty that is not in force",
        {},
        [did("NEW", "succession", "2004-01-01")],
        [("2003-01-01", "contracting")],
    ),
    (
        "by a signatory to a treaty that is not in force",
        {},
        [did("NEW", "signature", "2003-06-01"), did("NEW", "succession", "2004-01-01")],
        [("2003-01-01", "signatory")],
    ),
    (
        "recorded as without effect",
        PLAIN,
        [did("NEW", "succession", "2004-01-01", legal_effect=False)],
        [],
    ),
    (
        "to a signature",
        PLAIN,
        [did("NEW", "succession_to_signature", "2004-01-01")],
        [("2003-01-01", "signatory")],
    ),
]


@pytest.mark.parametrize(
    ("final", "acts", "expected"),
    [each[1:] for each in SUCCEEDED],
    ids=[each[0] for each in SUCCEEDED],
)
def test_a_succession_holds_from_the_date_of_the_succession_of_states(
    final: Any, acts: Sequence[Act], expected: list[tuple[str, str]]
) -> None:
    party = acts[-1].party or ""

    assert history(folded(acts, final, register=REGISTER), party) == expected


def test_the_position_passes_as_it_was_at_the_end_of_a_predecessor_that_left_later() -> None:
    acts = [
        did("OLD", "accession", "2002-06-01"),
        did("NEW", "state_independence", dated="2001-01-01"),
        did("NEW", "succession", "2004-01-01", predecessor="OLD"),
    ]

    fold = folded(acts, PLAIN, register=REGISTER)

    assert history(fold, "NEW") == [("2003-01-01", "party")]


def test_one_person_under_a_later_code_keeps_what_it_did_under_the_earlier() -> None:
    acts = [did("SUHH", "accession", "1991-01-01"), did("RUS", "withdrawal_notice", "2020-01-01")]
    heir = did("PRE", "succession", "2005-01-01", predecessor="SUHH")

    fold = folded([*acts, heir], PLAIN, register=REGISTER)

    assert history(fold, "RUS")[0] == ("1991-01-01", "party")
    assert history(fold, "SUHH") == [("1991-01-01", "party"), ("1991-12-26", "extinct")]
    assert status(fold, "PRE", "2005-01-01") == "party"


def test_a_succession_to_a_person_on_file_under_its_later_code_is_found() -> None:
    acts = [
        did("RUS", "accession", "1995-01-01"),
        did("PRE", "succession", "2005-01-01", predecessor="SUHH"),
    ]

    fold = folded(acts, PLAIN, register=REGISTER)

    assert not fold.course("PRE").findings


def test_the_end_of_a_state_can_be_stated_and_the_earliest_counts() -> None:
    acts = [
        did("AAA", "state_dissolution", "2005-12-31", effective="2006-02-01"),
        did("AAA", "state_union", "2005-06-01"),
    ]

    assert history(folded([JOINED, *acts], PLAIN), "AAA") == [
        ("2000-01-01", "party"),
        ("2005-06-01", "extinct"),
    ]


def test_the_end_of_a_state_is_not_seen_before_its_day() -> None:
    acts = [did("SUHH", "accession", "1990-06-01")]

    assert (
        status(folded(acts, PLAIN, register=REGISTER, as_seen="1991-06-01"), "SUHH", "1995-01-01")
        == "party"
    )
    assert status(folded(acts, PLAIN, register=REGISTER), "SUHH", "1995-01-01") == "extinct"


# --- what is said of acts ---


def test_what_others_say_is_said_to_be_about_the_act() -> None:
    objection = did("AAA", "objection", "2000-06-01", by="BBB")
    opinion = did("AAA", "treaty_body_determination", "2005-06-01")

    fold = folded([JOINED, objection, opinion], PLAIN)

    assert (why(fold, "AAA", objection) or "").startswith("about the accession of 1 January 2000: ")
    assert (why(fold, "AAA", opinion) or "").startswith("about the accession of 1 January 2000: ")


def test_a_second_voice_on_an_act_that_is_settled_only_says_what_it_is_about() -> None:
    acts = [
        did("AAA", "depositary_rejection", "2005-03-01", concerns=NOTICE.id),
        did("AAA", "court_ruling", "2006-03-01", concerns=NOTICE.id, legal_effect=False),
    ]

    fold = folded([JOINED, NOTICE, *acts], PLAIN)

    assert history(fold, "AAA") == [("2000-01-01", "party")]
    assert (why(fold, "AAA", acts[0]) or "").startswith("about the notice of withdrawal")


def test_an_act_of_the_treaty_that_names_a_party_is_set_aside() -> None:
    extension = did("AAA", "extension", "2005-01-01", effective="2010-01-01")

    fold = folded([JOINED, extension], PLAIN)

    assert why(fold, "AAA", extension) == "an act of the treaty itself, not of a party"


def test_an_instrument_of_its_own_shows_that_none_had_passed_to_the_successor() -> None:
    acts = [
        did("NEW", "succession", "1992-05-15", predecessor="OLD"),
        did("NEW", "ratification", "1992-10-30"),
    ]
    fold = folded(acts, {})

    assert history(fold, "NEW") == [("1992-05-15", "signatory"), ("1992-10-30", "contracting")]
    assert breaches(fold, acts[1]) == ()


# --- amendments ---

AMENDED = did(None, "amendment_in_force", dated="2002-01-01", effective="2002-06-01")


def test_who_joins_when_an_amendment_is_in_force_joins_the_treaty_as_amended() -> None:
    acts = [
        AMENDED,
        did("AAA", "accession", "2000-01-01"),
        did("BBB", "accession", "2003-01-01"),
        did("CCC", "accession", "2000-01-01"),
        did("CCC", "amendment_in_force", dated="2005-01-01"),
        did("DDD", "accession", "2000-01-01"),
        did("DDD", "amendment_in_force", dated="2005-01-01", legal_effect=False),
    ]
    fold = folded(acts, {"entry_into_force": {"article": "8", "stated": {"on": "1990-01-01"}}})

    def shown(on: str) -> dict[str, tuple[str, ...]]:
        return {party: flags(fold, party, on) for party in ("AAA", "BBB", "CCC", "DDD")}

    assert shown("2004-12-31") == {"AAA": (), "BBB": ("as_amended",), "CCC": (), "DDD": ()}
    assert shown("2005-01-01")["CCC"] == ("as_amended",)


def test_an_amendment_that_is_a_treaty_of_its_own_is_not_amended_by_itself() -> None:
    final = {
        "opt_out": {
            "article": "59",
            "reject_within": {"n": 10, "unit": "months"},
            "effective_after": {"n": 12, "unit": "months"},
            "addressees": ["AAA"],
        }
    }
    acts = [
        did(None, "amendment_notified", dated="2001-06-01"),
        did(None, "amendment_in_force", dated="2002-06-01"),
    ]

    assert flags(folded(acts, final), "AAA", "2003-01-01") == ()
