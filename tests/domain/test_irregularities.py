"""Each rule that an act may break: the act that breaks it, and the act beside it that does not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.irregularities import RULES, breaches
from tests.domain.dossiers import did, folded, registered

IN_FORCE = {"article": "Art. 8", "stated": {"on": "1990-01-01"}}
PLAIN: dict[str, Any] = {
    "entry_into_force": IN_FORCE,
    "withdrawal": {"article": "Art. 9", "notice": {"n": 6, "unit": "months"}},
}
NOT_YET: dict[str, Any] = {
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 50}]}
}
EARLIEST = {
    **PLAIN,
    "withdrawal": {**PLAIN["withdrawal"], "earliest": {"period": {"n": 3, "unit": "years"}}},
}
EXCLUDED = {**PLAIN, "withdrawal": {"article": "-", "basis": "excluded"}}
NO_RESERVATIONS = {**PLAIN, "reservations": {"article": "Art. 19", "allowed": False}}

JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2005-01-01")
SIGNED = did("AAA", "signature", "1999-01-01")


REGISTER = registered(
    {"party": "AAA", "kind": "state", "names": [{"name": "A"}]},
    {"party": "BBB", "kind": "state", "names": [{"name": "B"}]},
    {"party": "ORG", "kind": "organisation", "names": [{"name": "O"}]},
)


def signing(**more: Any) -> dict[str, Any]:
    return {"signature": {"article": "Art. 6", **more}}


def of_accession(when: str) -> dict[str, Any]:
    return {"accession": {"article": "Art. 7", "open": when}}


def signature(**more: Any) -> dict[str, Any]:
    return {**PLAIN, **signing(**more)}


def accession(when: str) -> dict[str, Any]:
    return {**PLAIN, **of_accession(when)}


BROKEN: Sequence[tuple[str, Mapping[str, Any], Sequence[Act], Act, str]] = [
    ("a notice by a State that is no party", PLAIN, [], NOTICE, "not_a_party"),
    (
        "a suspension by a State that is no party",
        PLAIN,
        [],
        did("AAA", "suspension", "2005-01-01"),
        "not_a_party",
    ),
    (
        "an exclusion of a State that is no party",
        PLAIN,
        [],
        did("AAA", "cessation_of_membership", "2005-01-01"),
        "not_a_party",
    ),
    (
        "a ratification without signature",
        PLAIN,
        [],
        did("AAA", "ratification", "2000-01-01"),
        "ratification_without_signature",
    ),
    (
        "an acceptance without signature, of a treaty that is signed",
        signature(),
        [],
        did("AAA", "acceptance", "2000-01-01"),
        "ratification_without_signature",
    ),
    (
        "a signature after the act of closing",
        PLAIN,
        [did(None, "closing_for_signature", "1998-12-31")],
        SIGNED,
        "signature_after_closing",
    ),
    (
        "a signature after the day of closing",
        signature(closes="1998-12-31"),
        [],
        SIGNED,
        "signature_after_closing",
    ),
    (
        "a signature after the entry into force that closes it",
        signature(closes_at_entry_into_force=True),
        [],
        SIGNED,
        "signature_after_closing",
    ),
    (
        "a signature before the opening",
        signature(opens="1999-01-02"),
        [],
        SIGNED,
        "signature_before_opening",
    ),
    (
        "an accession to a treaty that is closed",
        accession("never"),
        [],
        JOINED,
        "accession_not_open",
    ),
    (
        "an accession before the entry into force",
        {**NOT_YET, "accession": accession("after_entry_into_force")["accession"]},
        [],
        JOINED,
        "accession_not_open",
    ),
    (
        "an accession while States may still sign",
        accession("after_closing"),
        [did(None, "closing_for_signature", "2000-01-01")],
        JOINED,
        "accession_not_open",
    ),
    (
        "an accession before the last day of signing, as the definition gives it",
        {**accession("after_closing"), **signing(closes="2000-01-01")},
        [],
        JOINED,
        "accession_not_open",
    ),
    (
        "an accession before the entry into force that closes signing",
        {**NOT_YET, **of_accession("after_closing"), **signing(closes_at_entry_into_force=True)},
        [],
        JOINED,
        "accession_not_open",
    ),
    (
        "a definitive signature after the day of closing",
        signature(closes="1998-12-31"),
        [],
        did("AAA", "signature_definitive", "1999-01-01"),
        "signature_after_closing",
    ),
    (
        "a definitive signature before the opening",
        signature(opens="1999-01-02"),
        [],
        did("AAA", "signature_definitive", "1999-01-01"),
        "signature_before_opening",
    ),
    (
        "a formal confirmation by a State",
        PLAIN,
        [SIGNED],
        did("AAA", "formal_confirmation", "2000-01-01"),
        "formal_confirmation_by_state",
    ),
    (
        "a formal confirmation without signature, of a treaty that is signed",
        signature(),
        [],
        did("ORG", "formal_confirmation", "2000-01-01"),
        "ratification_without_signature",
    ),
    (
        "an effect before receipt",
        PLAIN,
        [],
        did("AAA", "accession", "2000-01-01", effective="1999-12-31"),
        "effect_before_receipt",
    ),
    (
        "an effect before the treaty",
        PLAIN,
        [],
        did("AAA", "accession", "1989-01-01", effective="1989-12-31"),
        "effect_before_treaty",
    ),
    (
        "an act before the adoption",
        PLAIN,
        [did(None, "adoption", "1999-01-02")],
        SIGNED,
        "before_adoption",
    ),
    (
        "a signature before the adoption that the definition gives",
        {**PLAIN, "adoption": {"article": "-", "on": "1999-01-02"}},
        [],
        SIGNED,
        "before_adoption",
    ),
    (
        "a consent before the adoption that the definition gives",
        {**PLAIN, "adoption": {"article": "-", "on": "2000-01-02"}},
        [],
        JOINED,
        "before_adoption",
    ),
    (
        "an act after the end",
        PLAIN,
        [did(None, "treaty_termination", "1998-01-01")],
        JOINED,
        "after_termination",
    ),
    (
        "a circular before the receipt",
        PLAIN,
        [],
        did("AAA", "accession", "2000-01-02", notified="2000-01-01"),
        "notified_before_receipt",
    ),
    (
        "a receipt before the day on the paper",
        PLAIN,
        [],
        did("AAA", "accession", "2000-01-02", dated="2000-01-03"),
        "received_before_dated",
    ),
    (
        "a premature notice",
        EARLIEST,
        [JOINED],
        did("AAA", "withdrawal_notice", "2002-12-31"),
        "premature_notice",
    ),
    (
        "a notice under a treaty that cannot be left",
        EXCLUDED,
        [JOINED],
        NOTICE,
        "withdrawal_excluded",
    ),
    (
        "a second notice",
        PLAIN,
        [JOINED, NOTICE],
        did("AAA", "withdrawal_notice", "2005-03-01"),
        "notice_already_running",
    ),
    (
        "a revocation of nothing",
        PLAIN,
        [JOINED],
        did("AAA", "withdrawal_notice_revoked", "2005-03-01"),
        "nothing_to_revoke",
    ),
    (
        "a revocation that comes too late",
        PLAIN,
        [JOINED, NOTICE],
        did("AAA", "withdrawal_notice_revoked", "2005-07-01"),
        "nothing_to_revoke",
    ),
    (
        "a move of no exit",
        PLAIN,
        [JOINED],
        did("AAA", "withdrawal_date_changed", "2005-03-01", effective="2006-01-01"),
        "nothing_to_revoke",
    ),
    (
        "nothing to take back",
        NOT_YET,
        [],
        did("AAA", "ratification_withdrawn", "2005-03-01"),
        "nothing_to_withdraw",
    ),
    (
        "an instrument that is in force",
        PLAIN,
        [JOINED],
        did("AAA", "ratification_withdrawn", "2005-03-01"),
        "already_in_force",
    ),
    (
        "a consent that stands",
        PLAIN,
        [JOINED],
        did("AAA", "acceptance", "2005-03-01"),
        "consent_already_given",
    ),
    (
        "a consent that stands while the treaty is not in force",
        NOT_YET,
        [JOINED],
        did("AAA", "acceptance", "2005-03-01"),
        "consent_already_given",
    ),
    (
        "a reservation to a treaty that admits none",
        NO_RESERVATIONS,
        [JOINED],
        did("AAA", "reservation", "2000-01-01"),
        "reservation_prohibited",
    ),
    (
        "a resumption of nothing",
        PLAIN,
        [JOINED],
        did("AAA", "resumption", "2005-03-01"),
        "nothing_to_end",
    ),
    (
        "an end of no provisional application",
        PLAIN,
        [],
        did("AAA", "provisional_application_end", "2005-03-01"),
        "nothing_to_end",
    ),
    (
        "a confirmation of no signature",
        PLAIN,
        [],
        did("AAA", "confirmation_of_signature", "2005-03-01"),
        "nothing_to_end",
    ),
]


@pytest.mark.parametrize(
    ("final", "before", "act", "rule"),
    [each[1:] for each in BROKEN],
    ids=[each[0] for each in BROKEN],
)
def test_an_act_breaks_the_rule_and_the_rule_has_a_source(
    final: Mapping[str, Any], before: Sequence[Act], act: Act, rule: str
) -> None:
    found = {
        each.rule: each
        for each in breaches(folded([*before, act], final, register=REGISTER), act, "/0")
    }

    assert rule in found
    assert (found[rule].source, found[rule].pointer) == (RULES[rule].source, "/0")
    assert found[rule].detail


def test_every_rule_is_broken_by_some_act() -> None:
    assert {each[4] for each in BROKEN} == set(RULES)


KEPT: Sequence[tuple[str, Mapping[str, Any], Sequence[Act], Act]] = [
    ("a notice by a party", PLAIN, [JOINED], NOTICE),
    ("a ratification after a signature", PLAIN, [SIGNED], did("AAA", "ratification", "2000-01-01")),
    (
        "a ratification where none need sign",
        signature(needed_to_ratify=False),
        [],
        did("AAA", "ratification", "2000-01-01"),
    ),
    (
        "a ratification by a successor",
        PLAIN,
        [
            did("AAA", "succession_to_signature", "1995-01-01"),
            did("AAA", "succession", "1995-01-02", legal_effect=False),
        ],
        did("AAA", "ratification", "2000-01-01"),
    ),
    (
        "a ratification by a former party",
        PLAIN,
        [did("AAA", "accession", "1991-01-01"), did("AAA", "withdrawal_notice", "1992-01-01")],
        did("AAA", "ratification", "2000-01-01"),
    ),
    (
        "an acceptance of a treaty that nobody signs",
        PLAIN,
        [],
        did("AAA", "acceptance", "2000-01-01"),
    ),
    (
        "a signature on the last day",
        PLAIN,
        [did(None, "closing_for_signature", "1999-01-01")],
        SIGNED,
    ),
    (
        "a signature on the last day that the clause gives",
        signature(closes="1999-01-01", opens="1999-01-01"),
        [],
        SIGNED,
    ),
    (
        "a signature before the entry into force that closes it",
        {**NOT_YET, "signature": {"article": "a", "closes_at_entry_into_force": True}},
        [],
        SIGNED,
    ),
    (
        "an accession when signature is closed",
        accession("after_closing"),
        [did(None, "closing_for_signature", "1999-12-31")],
        JOINED,
    ),
    ("an accession where the closing is not on record", accession("after_closing"), [], JOINED),
    ("an accession after the entry into force", accession("after_entry_into_force"), [], JOINED),
    ("an accession at any time", accession("always"), [], JOINED),
    (
        "a succession that reaches back",
        PLAIN,
        [],
        did("AAA", "succession", "2000-01-01", effective="1991-01-01"),
    ),
    (
        "an effect before the treaty where it is so agreed",
        {**PLAIN, "party_entry_into_force": {"article": "a", "before_treaty": True}},
        [],
        did("AAA", "accession", "1989-01-01", effective="1989-12-31"),
    ),
    (
        "an admission before the treaty",
        PLAIN,
        [],
        did("AAA", "state_admission", "1989-01-01", effective="1989-12-31"),
    ),
    (
        "an effect where no entry into force is known",
        NOT_YET,
        [],
        did("AAA", "accession", "1989-01-01", effective="1989-12-31"),
    ),
    (
        "a second deposit with another depositary",
        PLAIN,
        [did("AAA", "accession", "2000-01-01", depositary="GBR")],
        did("AAA", "accession", "2000-01-05", depositary="USA"),
    ),
    (
        "a second notice to another depositary",
        PLAIN,
        [JOINED, did("AAA", "withdrawal_notice", "2005-01-01", depositary="GBR")],
        did("AAA", "withdrawal_notice", "2005-01-05", depositary="USA"),
    ),
    (
        "a reservation that the treaty admits",
        {**PLAIN, "reservations": {"article": "a"}},
        [JOINED],
        did("AAA", "reservation", "2000-01-01"),
    ),
    ("an act of the treaty", PLAIN, [], did(None, "adoption", "1980-01-01")),
    (
        "an act of a year in which the text was adopted",
        {**PLAIN, "adoption": {"article": "-", "on": "1999-01-02"}},
        [],
        did("AAA", "signature", "1999-01-01/1999-12-31"),
    ),
    (
        "a signature of a year in which signing began",
        signature(opens="1999-06-01"),
        [],
        did("AAA", "signature", "1999-01-01/1999-12-31"),
    ),
    (
        "an accession of the year of entry into force",
        accession("after_entry_into_force"),
        [],
        did("AAA", "accession", "1989-06-01/1990-06-01"),
    ),
    (
        "an act without effect, so recorded",
        PLAIN,
        [],
        did("AAA", "withdrawal_notice", "2005-01-01", legal_effect=False),
    ),
    (
        "an accession after the last day of signing, as the definition gives it",
        {**accession("after_closing"), **signing(closes="1999-12-31")},
        [],
        JOINED,
    ),
    (
        "an accession after the entry into force that closes signing",
        {**accession("after_closing"), **signing(closes_at_entry_into_force=True)},
        [],
        JOINED,
    ),
    (
        "an accession after closing, of which no day is known",
        {**accession("after_closing"), **signing()},
        [],
        JOINED,
    ),
    (
        "a definitive signature on the last day of signing",
        signature(closes="1999-01-01"),
        [],
        did("AAA", "signature_definitive", "1999-01-01"),
    ),
    (
        "a definitive signature that brings the treaty into force, and so closes it",
        {
            "entry_into_force": {"article": "-", "all_of": [{"rule": "instruments", "count": 1}]},
            **signing(closes_at_entry_into_force=True),
        },
        [],
        did("AAA", "signature_definitive", "1999-01-01"),
    ),
    (
        "a formal confirmation by an organisation that signed",
        signature(),
        [did("ORG", "signature", "1999-01-01")],
        did("ORG", "formal_confirmation", "2000-01-01"),
    ),
    (
        "a formal confirmation by whoever is not in the register",
        PLAIN,
        [],
        did("ZZZ", "formal_confirmation", "2000-01-01"),
    ),
    (
        "a vote after the end",
        PLAIN,
        [did(None, "treaty_termination", "1998-01-01")],
        did("AAA", "parliamentary_vote", "2000-01-01"),
    ),
]


@pytest.mark.parametrize(
    ("final", "before", "act"), [each[1:] for each in KEPT], ids=[each[0] for each in KEPT]
)
def test_an_act_that_breaks_no_rule_is_let_through(
    final: Mapping[str, Any], before: Sequence[Act], act: Act
) -> None:
    assert breaches(folded([*before, act], final, register=REGISTER), act) == ()
