"""The reasons that an answer gives: what an act moved, from which day, by which rule, or why it moved nothing."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.treaty import TreatyFold
from tests.domain.dossiers import PLAIN, Clauses, did, folded, history, positions, said, status, why

SILENT: Clauses = {**PLAIN, "withdrawal": {"article": "-", "basis": "general_law"}}
ORGAN: Clauses = {**PLAIN, "reservations": {"article": "Art. 5", "accepted_by": "the Commission"}}
JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")

Reason = dict[str, Any]


def reason(fold: TreatyFold, act: Act, on: str, party: str = "AAA") -> Reason:
    """What the answer as of the day gives as the reason that is the act, what it does not give left out."""
    lines: Any = said(fold, party, on)["because"]
    line = next(each for each in lines if each["act"] == act.id)
    given = ("effective", "clause", "rule", "counted", "source", "moves_to")
    return {name: line[name] for name in given if line[name] is not None}


def set_aside(fold: TreatyFold, act: Act, on: str, party: str = "AAA") -> tuple[str, str | None]:
    """Why the act counts for nothing on the day, and by which law."""
    lines: Any = said(fold, party, on)["disregarded"]
    line = next(each for each in lines if each["act"] == act.id)
    return line["why"], line["source"]


def found(fold: TreatyFold, on: str, party: str = "AAA") -> list[tuple[str, str, str]]:
    """The findings of the answer: name, words, law."""
    lines: Any = said(fold, party, on)["findings"]
    return [(each["finding"], each["detail"], each["source"]) for each in lines]


# --- rulings ---


def test_a_settlement_that_fixes_a_later_day_leaves_a_contracting_state_until_then() -> None:
    consent = did("AAA", "accession", "2019-07-01", contested_by=("BBB",))
    settled = did("AAA", "settlement", "2024-01-01", effective="2024-02-01")

    fold = folded([consent, settled], PLAIN)

    assert reason(fold, settled, "2024-01-01") == {
        "effective": "2024-02-01",
        "rule": "about the accession of 1 July 2019: its effect is fixed",
        "source": "VCLT 65(3); UN Charter 33",
        "moves_to": "contracting",
    }
    assert reason(fold, consent, "2024-02-01")["rule"] == "as ruled"


DENIED = did("AAA", "objection", "2003-02-01", by="BBB", concerns=NOTICE.id)


@pytest.mark.parametrize(
    ("acts", "ruling", "rule", "to"),
    [
        pytest.param(
            [JOINED, NOTICE],
            did("AAA", "court_ruling", "2003-03-01", legal_effect=False, concerns=NOTICE.id),
            "about the notice of withdrawal or denunciation of 15 January 2003: no effect",
            "party",
            id="a notice without effect leaves a party",
        ),
        pytest.param(
            [
                JOINED,
                did("AAA", "suspension", "2002-01-01"),
                did("AAA", "resumption", "2002-06-01"),
                NOTICE,
            ],
            did("AAA", "court_ruling", "2003-03-01", legal_effect=False, concerns=NOTICE.id),
            "about the notice of withdrawal or denunciation of 15 January 2003: no effect",
            "party",
            id="a suspension that is over leaves a party",
        ),
        pytest.param(
            [JOINED, NOTICE],
            did("AAA", "court_ruling", "2003-03-01", effective="2004-01-01", concerns=NOTICE.id),
            "about the notice of withdrawal or denunciation of 15 January 2003: its effect is fixed",
            "party_withdrawing",
            id="a notice whose day is fixed goes on running",
        ),
        pytest.param(
            [JOINED, NOTICE],
            did("AAA", "court_ruling", "2005-03-01", effective="2003-07-15", concerns=NOTICE.id),
            "about the notice of withdrawal or denunciation of 15 January 2003: its effect is fixed",
            "former_party",
            id="a notice that took effect before the ruling",
        ),
        pytest.param(
            [JOINED, did("AAA", "suspension", "2003-01-15", id="s")],
            did("AAA", "court_ruling", "2003-03-01", effective="2003-02-01", concerns="s"),
            "about the suspension of 15 January 2003: its effect is fixed",
            "party_suspended",
            id="a suspension that is upheld",
        ),
        pytest.param(
            [did("AAA", "signature", "1999-01-01"), JOINED],
            did("AAA", "court_ruling", "2000-01-15", legal_effect=False, concerns=JOINED.id),
            "about the accession of 1 January 2000: no effect",
            "signatory",
            id="a signature is what remains of an accession without effect",
        ),
        pytest.param(
            [JOINED, NOTICE, did("AAA", "accession", "2004-01-01", id="back")],
            did("AAA", "court_ruling", "2004-01-15", legal_effect=False, concerns="back"),
            "about the accession of 1 January 2004: no effect",
            "former_party",
            id="a former party is what remains of one that came back without effect",
        ),
        pytest.param(
            [
                did("AAA", "signature", "1999-01-01"),
                JOINED,
                NOTICE,
                did("AAA", "signature", "2003-12-01"),
                did("AAA", "ratification", "2004-01-01", id="back"),
            ],
            did("AAA", "court_ruling", "2004-01-15", legal_effect=False, concerns="back"),
            "about the ratification of 1 January 2004: no effect",
            "signatory",
            id="one that left and signed again is a signatory",
        ),
        pytest.param(
            [
                JOINED,
                NOTICE,
                did("AAA", "signature", "2003-07-15"),
                did("AAA", "ratification", "2004-01-01", id="back"),
            ],
            did("AAA", "court_ruling", "2004-01-15", legal_effect=False, concerns="back"),
            "about the ratification of 1 January 2004: no effect",
            "signatory",
            id="one that signed again on the day on which it left is a signatory",
        ),
        pytest.param(
            [
                did("AAA", "signature", "1999-01-01"),
                JOINED,
                NOTICE,
                did("AAA", "ratification", "2004-01-01", id="back"),
            ],
            did("AAA", "court_ruling", "2004-01-15", legal_effect=False, concerns="back"),
            "about the ratification of 1 January 2004: no effect",
            "former_party",
            id="a signature before the membership that is over remains nothing",
        ),
        pytest.param(
            [JOINED],
            did("AAA", "court_ruling", "2000-01-15", legal_effect=False, concerns=JOINED.id),
            "about the accession of 1 January 2000: no effect",
            "none",
            id="nothing remains of an accession without effect",
        ),
    ],
)
def test_a_ruling_moves_to_what_it_leaves(
    acts: Sequence[Act], ruling: Act, rule: str, to: str
) -> None:
    fold = folded([*acts, ruling], PLAIN)

    given = reason(fold, ruling, "2006-01-01")

    assert (given["rule"], given["moves_to"]) == (rule, to)
    assert status(fold, "AAA", ruling.on().isoformat()) == to


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"legal_effect": False}, True),
        ({"effective": "2004-01-01"}, True),
        ({}, False),
    ],
)
def test_the_view_of_a_treaty_body_counts_where_it_fixes_something(more: Any, counts: Any) -> None:
    view = did("AAA", "treaty_body_determination", "2003-03-01", concerns=NOTICE.id, **more)

    fold = folded([JOINED, NOTICE, view], PLAIN)

    assert (history(fold, "AAA")[-1] != ("2003-07-15", "former_party")) is counts


# --- disputes and objections ---


def test_a_dispute_says_from_when_the_effect_is_denied() -> None:
    denied = did("AAA", "dispute_over_effectiveness", "2003-03-01", by="BBB")

    fold = folded([JOINED, NOTICE, denied], PLAIN)

    assert reason(fold, denied, "2003-07-15") == {
        "effective": "2003-07-15",
        "rule": "about the notice of withdrawal or denunciation of 15 January 2003: its effect is denied",
        "source": "VCLT 65-66",
        "moves_to": "disputed",
    }


def test_a_dispute_over_the_consent_beside_one_over_the_notice_is_about_the_consent() -> None:
    over_notice = did("AAA", "dispute_over_effectiveness", "2003-03-01", by="BBB")
    over_consent = did(
        "AAA", "dispute_over_effectiveness", "2003-03-02", by="CCC", concerns=JOINED.id
    )

    fold = folded([JOINED, NOTICE, over_notice, over_consent], PLAIN)

    assert (why(fold, "AAA", over_consent) or "").startswith("about the accession of 1 January")
    assert status(fold, "AAA", "2003-07-15") == "disputed"


def test_an_objection_after_its_time_is_set_aside_by_the_article_that_sets_the_time() -> None:
    final = {
        **PLAIN,
        "objections": {
            "article": "Art. 12",
            "within": {"n": 6, "unit": "months"},
            "effect": "not_in_force_between",
        },
    }
    consent = did("AAA", "accession", "2000-01-01", notified="2000-01-15")
    late = did("AAA", "objection", "2000-07-16", by="BBB")

    fold = folded([consent, late], final)

    assert set_aside(fold, late, "2001-01-01") == (
        "about the accession of 1 January 2000: it came after the time for objections",
        "Art. 12",
    )


# --- acceptance by an organ ---


def test_what_an_organ_accepts_counts_from_its_own_day_and_binds_after_the_usual_delay() -> None:
    first, second = (did("AAA", "adherence", on) for on in ("2001-06-08", "2002-10-10"))
    reserved = [
        did("AAA", "reservation", "2001-06-08", sequence=2),
        did("AAA", "reservation", "2002-10-10", sequence=2, concerns=second.id),
    ]
    accepted = did("AAA", "reservation_accepted", "2002-10-14", concerns=second.id)

    fold = folded([first, second, *reserved, accepted], ORGAN)

    assert history(fold, "AAA") == [
        ("2001-06-08", "disputed"),
        ("2002-10-10", "contracting"),
        ("2002-11-09", "party"),
    ]
    assert reason(fold, accepted, "2002-10-14") == {
        "effective": "2002-11-09",
        "clause": "VCLT 20(3)",
        "rule": "the reservation is accepted",
        "source": "VCLT 20",
        "moves_to": "contracting",
    }
    assert reason(fold, accepted, "2002-11-09")["moves_to"] == "party"


def test_an_instrument_that_binds_at_once_makes_a_party_when_it_is_accepted() -> None:
    at_once = {name: clause for name, clause in ORGAN.items() if name != "party_entry_into_force"}
    consent = did("AAA", "adherence", "2002-10-10")
    reserved = did("AAA", "reservation", "2002-10-10", sequence=2)
    accepted = did("AAA", "reservation_accepted", "2002-10-14")

    fold = folded([consent, reserved, accepted], at_once)

    assert history(fold, "AAA") == [("2002-10-10", "party")]
    assert reason(fold, accepted, "2002-10-14")["moves_to"] == "party"
    assert reason(fold, accepted, "2002-10-14")["effective"] == "2002-10-10"


def test_an_instrument_in_suspense_that_another_follows_is_disputed_for_the_organ_alone() -> None:
    first, second = (did("AAA", "adherence", on) for on in ("2001-06-08", "2002-10-10"))
    reserved = did("AAA", "reservation", "2001-06-08", sequence=2)

    fold = folded([first, reserved, second], ORGAN)

    assert history(fold, "AAA") == [("2001-06-08", "disputed")]
    assert positions(fold, "AAA", "2003-01-01") == {"AAA": "party", "the Commission": "none"}


def test_an_instrument_that_is_accepted_before_the_treaty_is_in_force_waits_for_it() -> None:
    waiting = {
        **ORGAN,
        "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 2}]},
    }
    consent = did("AAA", "adherence", "2002-10-10")
    reserved = did("AAA", "reservation", "2002-10-10", sequence=2)
    accepted = did("AAA", "reservation_accepted", "2002-10-14")

    fold = folded([consent, reserved, accepted], waiting)

    assert history(fold, "AAA") == [("2002-10-10", "contracting")]
    assert reason(fold, accepted, "2002-10-14") == {
        "clause": "VCLT 20(3)",
        "rule": "the reservation is accepted",
        "source": "VCLT 20",
        "moves_to": "contracting",
    }


def test_the_acceptance_of_an_instrument_that_was_refused_makes_nobody_a_party() -> None:
    consent = did("AAA", "adherence", "2002-10-10", legal_effect=False)
    accepted = did("AAA", "reservation_accepted", "2002-10-14", concerns=consent.id)

    fold = folded([consent, accepted], PLAIN)

    assert history(fold, "AAA") == []
    assert set_aside(fold, accepted, "2003-01-01") == (
        "the instrument that is accepted has no effect of its own",
        "VCLT 20(3)",
    )


# --- other days that sources give ---


def test_a_source_that_differs_in_both_days_is_told_with_both_and_the_law() -> None:
    consent = did("AAA", "accession", "2000-01-01", effective="2000-01-31")
    report = did(
        "AAA",
        "other_day_reported",
        None,
        dated="2000-01-02",
        effective="2000-02-01",
        by="a yearbook",
        concerns=consent.id,
    )

    fold = folded([consent, report], PLAIN)

    words = (
        "a yearbook gives for the accession: 2000-01-02, not 2000-01-01; "
        "effect on 2000-02-01, not 2000-01-31; the act on record counts"
    )
    assert found(fold, "2001-01-01") == [("sources_disagree", words, "VCLT 77-78")]


def test_an_act_about_another_of_another_day_is_no_disagreement_of_sources() -> None:
    reservation = did("AAA", "reservation", "2000-03-01", concerns=JOINED.id)

    assert found(folded([JOINED, reservation], PLAIN), "2001-01-01") == []
