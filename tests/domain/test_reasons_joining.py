"""The reasons and positions that an answer gives where a State signs, consents, applies provisionally or suspends."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act
from tests.domain.dossiers import (
    PLAIN,
    Clauses,
    coming,
    did,
    flags,
    folded,
    history,
    positions,
    said,
)
from tests.domain.test_reasons import ORGAN, found, reason, set_aside
from tests.domain.test_reasons_leaving import cascade, held

JOINED = did("AAA", "accession", "2000-01-01")
SIGNED = did("AAA", "signature", "1989-01-01")
VOID = did("AAA", "accession", "2000-01-01", legal_effect=False)
SIGNED_IN_VAIN = did("AAA", "signature", "1989-01-01", legal_effect=False)
LETTER = did("AAA", "intention_not_to_become_party", "1989-03-01")
APPLYING = did("AAA", "provisional_application_start", "1989-02-01")
AGAIN = did("AAA", "provisional_application_start", "1989-03-01")
WITHIN = did("AAA", "provisional_application_start", "2001-01-01")
CLAIMED = did("AAA", "suspension_claimed", "2002-01-01")
LESS = did("AAA", "rights_suspended", "2002-01-01")
RESTORED = did("AAA", "rights_restored", "2003-01-01")
REFUSED = did("AAA", "depositary_rejection", "2000-01-10")
APPLIED: Clauses = {
    **PLAIN,
    "provisional_application": {"article": "Art. 45", "notice": {"n": 60, "unit": "days"}},
}
WAITING: Clauses = {
    **PLAIN,
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 9}]},
}


@pytest.mark.parametrize(
    ("acts", "about", "expected"),
    [
        pytest.param(
            [VOID],
            VOID,
            ("the instrument has no effect: so it is recorded", "VCLT 77(1)(d)"),
            id="an instrument recorded as without effect",
        ),
        pytest.param(
            [JOINED, REFUSED],
            JOINED,
            (
                "the instrument has no effect: rejection by the depositary of 10 January 2000",
                "VCLT 77(1)(d)",
            ),
            id="an instrument that the depositary refused",
        ),
        pytest.param(
            [SIGNED_IN_VAIN],
            SIGNED_IN_VAIN,
            ("the signature was not accepted", "VCLT 10(b), 14, 18(a)"),
            id="a signature that was not accepted",
        ),
        pytest.param(
            [LETTER],
            LETTER,
            ("it has not signed: there is no intention to give up", "VCLT 18(a)"),
            id="a letter of a State that has not signed",
        ),
        pytest.param(
            [APPLYING, AGAIN],
            AGAIN,
            ("it applies the treaty provisionally already", "VCLT 25(1)"),
            id="a second beginning of provisional application",
        ),
        pytest.param(
            [JOINED, WITHIN],
            WITHIN,
            ("the treaty is in force for it already", "VCLT 25(1)"),
            id="provisional application by a party",
        ),
        pytest.param(
            [JOINED, CLAIMED],
            CLAIMED,
            (
                "a suspension that the treaty does not admit moves nothing; it is contested",
                "VCLT 57",
            ),
            id="a suspension that the treaty does not admit",
        ),
        pytest.param(
            [JOINED, LESS, RESTORED],
            LESS,
            ("rights of membership are suspended; the State stays a party", "constituent treaty"),
            id="rights of membership suspended",
        ),
        pytest.param(
            [JOINED, LESS, RESTORED],
            RESTORED,
            ("rights of membership are restored", "constituent treaty"),
            id="rights of membership restored",
        ),
    ],
)
def test_what_moves_nothing_says_why_and_by_which_law(
    acts: Sequence[Act], about: Act, expected: tuple[str, str]
) -> None:
    assert set_aside(folded(acts, PLAIN), about, "2010-01-01") == expected


# --- signature and provisional application ---


def test_a_signature_with_which_provisional_application_begins_says_by_which_article() -> None:
    final = {**PLAIN, "provisional_application": {"article": "Art. 45", "begins": "signature"}}

    assert reason(folded([SIGNED], final), SIGNED, "1989-01-01") == {
        "clause": "Art. 45",
        "rule": "provisional application from signature",
        "source": "VCLT 25",
        "moves_to": "provisional",
    }


def test_a_confirmed_signature_makes_a_signatory_from_the_day_of_signing() -> None:
    signed = did("AAA", "signature_ad_referendum", "1989-01-01")
    confirmed = did("AAA", "confirmation_of_signature", "1989-03-01")

    line = reason(folded([signed, confirmed], PLAIN), confirmed, "1989-03-01")

    assert (line["effective"], line["moves_to"]) == ("1989-01-01", "signatory")


def test_a_letter_that_a_signatory_will_not_ratify_takes_effect_on_its_day() -> None:
    line = reason(folded([SIGNED, LETTER], PLAIN), LETTER, "1989-03-01")

    assert line == {
        "effective": "1989-03-01",
        "source": "VCLT 18(a), 25(2)",
        "moves_to": "signatory_no_intent",
    }


def test_a_letter_of_a_state_that_applies_without_having_signed_ends_that_alone() -> None:
    fold = folded([APPLYING, LETTER], APPLIED)

    assert history(fold, "AAA") == [("1989-02-01", "provisional"), ("1989-04-30", "none")]
    assert reason(fold, LETTER, "1989-04-30")["moves_to"] == "none"


def test_provisional_application_begins_on_the_day_that_was_agreed() -> None:
    begun = did("AAA", "provisional_application_start", "1989-02-01", effective="1989-04-01")

    fold = folded([begun], PLAIN)

    assert history(fold, "AAA")[0] == ("1989-04-01", "provisional")
    assert reason(fold, begun, "1989-04-01") == {
        "effective": "1989-04-01",
        "rule": "provisional application",
        "source": "VCLT 25(1)",
        "moves_to": "provisional",
    }


def test_a_second_act_on_the_day_of_the_beginning_is_a_reason_too() -> None:
    same = did("AAA", "provisional_application_start", "1989-02-01", sequence=2)

    assert reason(folded([APPLYING, same], PLAIN), same, "1989-02-01")["moves_to"] == "provisional"


ENDED = did("AAA", "provisional_application_end", "1989-06-01")


@pytest.mark.parametrize(
    ("acts", "remains"),
    [
        pytest.param([APPLYING], "none", id="that did no more"),
        pytest.param([SIGNED, APPLYING], "signatory", id="that signed"),
        pytest.param(
            [SIGNED, LETTER, did("AAA", "provisional_application_start", "1989-03-01")],
            "signatory_no_intent",
            id="that signed and will not ratify",
        ),
        pytest.param(
            [SIGNED, APPLYING, did("AAA", "ratification", "1989-05-01")],
            "contracting",
            id="whose instrument is on deposit",
        ),
        pytest.param(
            [
                SIGNED,
                APPLYING,
                did("AAA", "ratification", "1989-05-01"),
                did("AAA", "ratification_withdrawn", "1989-05-15"),
            ],
            "signatory",
            id="whose instrument was on deposit and was taken back",
        ),
    ],
)
def test_what_the_end_of_provisional_application_leaves_of_a_state(
    acts: Sequence[Act], remains: str
) -> None:
    fold = folded([*acts, ENDED], WAITING)

    assert history(fold, "AAA")[-1] == ("1989-06-01", remains)
    assert reason(fold, ENDED, "1989-06-01") == {
        "effective": "1989-06-01",
        "rule": "on receipt",
        "source": "VCLT 25(2)",
        "moves_to": remains,
    }


def test_an_instrument_taken_back_while_provisional_application_runs_out_is_not_coming() -> None:
    final = {**WAITING, "provisional_application": APPLIED["provisional_application"]}
    acts = [
        SIGNED,
        APPLYING,
        did("AAA", "ratification", "1989-05-01"),
        ENDED,
        did("AAA", "ratification_withdrawn", "1989-06-15"),
    ]

    fold = folded(acts, final)

    assert coming(fold, "AAA", "1989-06-14") == [("1989-07-31", "contracting")]
    assert coming(fold, "AAA", "1989-06-15") == [("1989-07-31", "signatory")]


def test_a_second_notice_brings_the_end_of_provisional_application_no_later() -> None:
    stated = did("AAA", "provisional_application_end", "1989-03-01", effective="1989-07-01")
    earlier = did("AAA", "provisional_application_end", "1989-04-01", effective="1989-06-01")
    later = did("AAA", "provisional_application_end", "1989-04-01", effective="1989-08-01")

    def out(*acts: Act) -> str:
        return history(folded([SIGNED, APPLYING, *acts], PLAIN), "AAA")[-1][0]

    assert (out(stated), out(stated, earlier), out(stated, later)) == (
        "1989-07-01",
        "1989-06-01",
        "1989-07-01",
    )


def test_a_notice_that_comes_before_provisional_application_begins_keeps_it_from_beginning() -> (
    None
):
    begins = did("AAA", "provisional_application_start", "1989-02-01", effective="1989-08-01")

    assert history(folded([SIGNED, begins, ENDED], PLAIN), "AAA") == [("1989-01-01", "signatory")]


def test_what_survives_provisional_application_is_counted_from_its_end() -> None:
    survival = {"article": "Art. 45(3)(b)", "period": {"n": 20, "unit": "years"}}
    clause = {"article": "Art. 45", "notice": {"n": 60, "unit": "days"}, "survival": survival}

    fold = folded([SIGNED, APPLYING, ENDED], {**WAITING, "provisional_application": clause})

    assert flags(fold, "AAA", "2009-07-30") == ("survival_obligations",)
    assert flags(fold, "AAA", "2009-07-31") == ()


def test_nothing_is_left_to_end_once_provisional_application_is_over() -> None:
    again = did("AAA", "provisional_application_end", "1989-06-01", sequence=2)

    fold = folded([SIGNED, APPLYING, ENDED, again], PLAIN)

    assert set_aside(fold, again, "1990-01-01") == (
        "it does not apply the treaty provisionally",
        "VCLT 25(2)",
    )


# --- consent ---


def test_an_exchange_that_is_not_on_record_binds_the_other_side_by_operation_of_law() -> None:
    final = {**PLAIN, "bilateral": ["AAA", "BBB"]}

    assert cascade(folded([did("BBB", "ratification", "1989-01-01")], final), "1990-01-01") == [
        {
            "effective": "1990-01-01",
            "clause": "Art. 8",
            "rule": "a bilateral treaty in force binds both sides",
            "source": "VCLT 24",
            "moves_to": "party",
        }
    ]


def test_a_day_that_was_ruled_is_told_with_the_clause_and_the_arithmetic_that_it_displaces() -> (
    None
):
    ruled = did("AAA", "court_ruling", "2001-01-01", effective="2000-06-01")

    assert reason(folded([JOINED, ruled], PLAIN), JOINED, "2001-01-01") == {
        "effective": "2000-06-01",
        "clause": "Art. 8",
        "rule": "as ruled",
        "counted": "1 January 2000 + 30 days = 31 January 2000",
        "source": "VCLT 15, 16",
        "moves_to": "party",
    }


@pytest.mark.parametrize(
    ("first", "second", "irregular"),
    [
        ("the UN", "the UN", True),
        ("the UN", "the IAEA", False),
        ("the UN", None, True),
        (None, "the UN", True),
        (None, None, True),
    ],
)
def test_a_second_instrument_is_regular_with_another_depositary_alone(
    first: str | None, second: str | None, irregular: Any
) -> None:
    acts = [
        did("AAA", "accession", "2000-01-01", depositary=first),
        did("AAA", "accession", "2000-03-01", depositary=second),
    ]
    found: Any = said(folded(acts, PLAIN), "AAA", "2001-01-01")["findings"]

    assert ([each["finding"] for each in found] == ["consent_already_given"]) is irregular


@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param([SIGNED], "signatory", id="that signed"),
        pytest.param([], "none", id="that did no more"),
        pytest.param([SIGNED, LETTER], "signatory_no_intent", id="that will not ratify"),
    ],
)
def test_an_instrument_taken_back_leaves_the_state_what_it_was(
    acts: Sequence[Act], left: str
) -> None:
    consent = did("AAA", "accession", "1989-02-01")
    letter = [did("AAA", "intention_not_to_become_party", "1989-06-01")] if LETTER in acts else []
    before = [each for each in acts if each is not LETTER]
    gone = did("AAA", "ratification_withdrawn", "1989-07-01")

    fold = folded([*before, consent, *letter, gone], WAITING)

    assert reason(fold, gone, "1989-07-01")["moves_to"] == left
    assert history(fold, "AAA")[-1] == ("1989-07-01", left)


def test_a_former_party_that_takes_its_new_instrument_back_is_a_former_party() -> None:
    acts = [
        JOINED,
        did("AAA", "withdrawal_notice", "2003-01-15"),
        did("AAA", "accession", "2010-01-01"),
    ]
    gone = did("AAA", "ratification_withdrawn", "2010-01-15")

    fold = folded([*acts, gone], PLAIN)

    assert history(fold, "AAA")[-2:] == [
        ("2010-01-01", "contracting"),
        ("2010-01-15", "former_party"),
    ]
    assert reason(fold, gone, "2010-01-15")["moves_to"] == "former_party"


def test_what_is_in_force_from_the_day_can_no_longer_be_taken_back_on_it() -> None:
    gone = did("AAA", "ratification_withdrawn", "2000-01-31")

    fold = folded([JOINED, gone], PLAIN)

    assert history(fold, "AAA")[-1] == ("2000-01-31", "party")


def test_of_two_instruments_the_one_that_is_named_is_taken_back() -> None:
    first = did("AAA", "accession", "1989-02-01")
    gone = did("AAA", "ratification_withdrawn", "1989-02-01", concerns=first.id, sequence=2)
    second = did("AAA", "accession", "1989-02-01", sequence=3)
    also_gone = did("AAA", "ratification_withdrawn", "1989-05-01", concerns=first.id)

    kept = folded([first, gone, second], WAITING)
    named = folded([first, gone, second, also_gone], WAITING)

    assert history(kept, "AAA") == history(named, "AAA") == [("1989-02-01", "contracting")]
    assert set_aside(named, also_gone, "1990-01-01")[0] == (
        "there is no instrument on deposit to take back"
    )


# --- in suspense, denied, or defeated ---


def test_an_instrument_in_suspense_says_what_it_waits_for_and_who_holds_what() -> None:
    acts = [
        JOINED,
        did("AAA", "withdrawal_notice", "2001-01-15"),
        did("AAA", "reservation", "2002-10-10", sequence=2),
    ]
    back = did("AAA", "adherence", "2002-10-10")

    fold = folded([*acts, back], ORGAN)

    assert reason(fold, back, "2002-10-10") == {
        "clause": "Art. 5",
        "rule": "the reservation needs the acceptance of the Commission",
        "source": "VCLT 15, 16",
        "moves_to": "disputed",
    }
    assert held(fold, "2002-10-10") == [
        ("AAA", "party", "2002-10-10"),
        ("the Commission", "former_party", None),
    ]


def test_an_instrument_that_follows_one_in_suspense_takes_its_place() -> None:
    first, second = (did("AAA", "adherence", on) for on in ("2001-06-08", "2002-10-10"))
    reserved = did("AAA", "reservation", "2001-06-08", sequence=2)

    fold = folded([first, reserved, second], ORGAN)

    assert held(fold, "2002-10-09") == [
        ("AAA", "party", "2001-06-08"),
        ("the Commission", "none", None),
    ]
    assert held(fold, "2002-10-10") == [
        ("AAA", "party", "2002-10-10"),
        ("the Commission", "none", None),
    ]


def test_a_reservation_to_another_instrument_leaves_this_one_binding() -> None:
    other = did("AAA", "reservation", "1999-01-01", concerns="another")

    assert history(folded([other, JOINED], ORGAN), "AAA")[-1] == ("2000-01-31", "party")


def test_a_consent_that_is_denied_says_so_and_since_when_its_author_claims_it() -> None:
    consent = did(
        "AAA", "accession", "2019-07-01", claimed_effective="2013-09-10", contested_by=("BBB",)
    )
    signed = did("AAA", "signature", "2000-01-01")

    fold = folded([signed, consent], PLAIN)

    assert reason(fold, consent, "2019-07-01") == {
        "rule": "done by one of two authorities, or denied by others",
        "source": "VCLT 15, 16",
        "moves_to": "disputed",
    }
    assert held(fold, "2019-07-01") == [
        ("AAA", "party", "2013-09-10"),
        ("BBB", "signatory", None),
    ]


SHARE: Clauses = {
    **PLAIN,
    "reservations": {
        "article": "Art. 20",
        "barred_by_share": [2, 3],
        "objections_within": {"n": 12, "unit": "months"},
    },
}
OTHERS = [did(party, "accession", "1995-01-01") for party in ("BBB", "CCC", "DDD")]
RESERVED = did("AAA", "reservation", "2000-01-01", sequence=2)


@pytest.mark.parametrize(
    ("notified", "objections", "barred_on"),
    [
        pytest.param(None, ["2000-01-01", "2001-01-01"], "2001-01-01", id="the first and last day"),
        pytest.param(None, ["2000-01-01", "2001-01-02"], None, id="a day too late"),
        pytest.param(
            "2000-02-01", ["2000-03-01", "2001-02-01"], "2001-02-01", id="from its circulation"
        ),
        pytest.param(
            "2000-02-01", ["2000-03-01", "2001-02-02"], None, id="too late from its circulation"
        ),
    ],
)
def test_a_share_of_objections_in_time_defeats_the_consent_on_the_day_of_the_last(
    notified: str | None, objections: Sequence[str], barred_on: str | None
) -> None:
    consent = did("AAA", "accession", "2000-01-01", notified=notified)
    said_no = [
        did("AAA", "objection", on, by=by, concerns=consent.id)
        for on, by in zip(objections, ("BBB", "CCC"), strict=True)
    ]

    fold = folded([consent, RESERVED, *OTHERS, *said_no], SHARE)

    if barred_on is None:
        assert history(fold, "AAA")[-1] == ("2000-01-31", "party")
        return
    assert history(fold, "AAA")[-1] == (barred_on, "none")
    assert set_aside(fold, consent, barred_on)[0] == (
        "so many parties objected that the reservation is barred"
    )


# --- suspension ---


def test_a_suspension_says_from_when_it_holds_and_what_it_leaves() -> None:
    total = did("AAA", "suspension", "2002-01-01", effective="2002-02-01")
    partial = did("AAA", "suspension", "2002-01-01", towards=("BBB",))
    resumed = did("AAA", "resumption", "2003-01-01")
    towards_one = did("AAA", "resumption", "2002-06-01", towards=("BBB",))

    whole = folded([JOINED, total, towards_one, resumed], PLAIN)
    one = folded([JOINED, partial], PLAIN)

    assert (reason(whole, total, "2002-02-01")["effective"]) == "2002-02-01"
    assert reason(whole, total, "2002-02-01")["moves_to"] == "party_suspended"
    assert reason(whole, towards_one, "2002-06-01")["effective"] == "2002-06-01"
    assert reason(whole, towards_one, "2002-06-01")["moves_to"] == "party_suspended"
    assert reason(whole, resumed, "2003-01-01")["moves_to"] == "party"
    assert reason(one, partial, "2002-01-01")["moves_to"] == "party"


def test_a_ruling_on_a_claimed_suspension_ends_the_contest() -> None:
    ruled = did("AAA", "court_ruling", "2003-01-01", legal_effect=False)

    fold = folded([JOINED, CLAIMED, ruled], PLAIN)

    assert flags(fold, "AAA", "2002-12-31") == ("suspension_contested",)
    assert flags(fold, "AAA", "2003-01-01") == ()


def test_who_suspends_holds_it_to_be_so_since_its_own_day() -> None:
    suspended = did("AAA", "suspension", "2002-01-01", contested_by=("CCC",))
    final = {**PLAIN, "bilateral": ["AAA", "BBB"]}

    fold = folded([JOINED, suspended], final)

    assert held(fold, "2002-01-01") == [
        ("AAA", "party_suspended", "2002-01-01"),
        ("CCC", "party", None),
        ("BBB", "party", None),
    ]
    assert positions(fold, "AAA", "2001-12-31") == {}


def test_a_claimed_suspension_is_not_ended_towards_one_alone() -> None:
    resumed = did("AAA", "resumption", "2003-01-01", towards=("BBB",))

    fold = folded([JOINED, CLAIMED, resumed], PLAIN)

    assert set_aside(fold, resumed, "2003-01-01") == ("there is no suspension to end", "VCLT 72")
    assert flags(fold, "AAA", "2003-01-01") == ("suspension_contested",)


BILATERAL: Clauses = {**PLAIN, "bilateral": ["AAA", "BBB"]}
SUSPENDED = did("AAA", "suspension", "2002-01-01")


@pytest.mark.parametrize(
    ("acts", "final"),
    [
        pytest.param(
            [SUSPENDED, did("AAA", "objection", "2002-02-01", by="BBB")], PLAIN, id="objected to"
        ),
        pytest.param([SUSPENDED], BILATERAL, id="of a bilateral treaty without a clause"),
        pytest.param([CLAIMED], PLAIN, id="that the treaty does not admit"),
    ],
)
def test_the_contest_of_a_suspension_ends_with_the_resumption_that_names_it(
    acts: Sequence[Act], final: Clauses
) -> None:
    resumed = did("AAA", "resumption", "2003-01-01", concerns=acts[0].id)

    fold = folded([JOINED, *acts, resumed], final)

    assert flags(fold, "AAA", "2002-12-31") == ("suspension_contested",)
    assert flags(fold, "AAA", "2003-01-01") == ()


def test_operation_that_is_resumed_towards_one_is_so_by_that_act() -> None:
    resumed = did("AAA", "resumption", "2003-01-01", towards=("BBB",))
    acts = [JOINED, did("BBB", "accession", "2000-01-01"), SUSPENDED, resumed]

    relations = folded(acts, PLAIN).course("AAA").relations

    assert [(each.towards, each.because) for each in relations] == [("BBB", (resumed.id,))]


# --- approval by an organ ---

BY_ORGAN: Clauses = {
    **PLAIN,
    "accession": {"article": "Art. 76(1)", "approval_by": "Committee of Ministers"},
}
PRESUMED = (
    "accession is subject to approval by the Committee of Ministers; that it was given is presumed"
)


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param([], [PRESUMED], id="no approval is on record"),
        pytest.param(
            [did("AAA", "organ_approval", "1999-01-01", by="committee of ministers")],
            [],
            id="the organ approved",
        ),
        pytest.param(
            [did("AAA", "organ_approval", "1999-01-01")], [], id="whose approval is not told"
        ),
        pytest.param(
            [did("AAA", "organ_approval", "1999-01-01", by="Assembly")],
            [f"{PRESUMED}; Assembly, which approved, is another body"],
            id="another body approved",
        ),
        pytest.param(
            [
                did("AAA", "organ_approval", "1998-01-01", by="Assembly"),
                did("AAA", "organ_approval", "1999-01-01", by="Committee of Ministers"),
            ],
            [],
            id="both approved",
        ),
        pytest.param(
            [did("AAA", "organ_approval", "1999-01-01", legal_effect=False)],
            [PRESUMED],
            id="an approval recorded as without effect",
        ),
        pytest.param(
            [did("BBB", "organ_approval", "1999-01-01", by="Committee of Ministers")],
            [PRESUMED],
            id="the organ approved another State",
        ),
    ],
)
def test_an_accession_that_needs_an_organs_approval_tells_where_none_is_on_record(
    acts: list[Act], expected: list[str]
) -> None:
    fold = folded([*acts, did("AAA", "accession", "2000-01-01")], BY_ORGAN)

    assert found(fold, "2001-01-01") == [
        ("approval_presumed", detail, "Art. 76(1)") for detail in expected
    ]
    assert history(fold, "AAA")[-1] == ("2000-01-31", "party")


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(
            [did("AAA", "signature", "1999-01-01"), did("AAA", "ratification", "2000-01-01")],
            id="a signatory ratifies",
        ),
        pytest.param([did("AAA", "state_admission", "2000-01-01")], id="the organ admits"),
    ],
)
def test_only_an_accession_needs_the_organs_approval(acts: list[Act]) -> None:
    assert found(folded(acts, BY_ORGAN), "2001-01-01") == []


# --- the form of the instrument ---


def test_the_accession_of_a_signatory_counts_and_is_told() -> None:
    fold = folded([SIGNED, did("AAA", "accession", "2000-01-01")], PLAIN)

    assert history(fold, "AAA")[-1] == ("2000-01-31", "party")
    assert found(fold, "2001-01-01") == [
        ("accession_by_signatory", "it had signed, and a signatory ratifies", "VCLT 14-15")
    ]


def test_a_former_party_accedes_though_it_had_signed() -> None:
    acts = [
        SIGNED,
        did("AAA", "ratification", "1990-01-01"),
        did("AAA", "withdrawal_notice", "1995-01-01"),
        did("AAA", "accession", "2000-01-01"),
    ]

    assert found(folded(acts, PLAIN), "2001-01-01") == []
