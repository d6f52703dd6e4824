"""What is said of each act: by which clause and rule, counted how, or why it moved nothing, and by which law."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.acts import Act
from tests.domain.dossiers import PLAIN, Clauses, did, folded

APPLIED: Clauses = {
    **PLAIN,
    "provisional_application": {"article": "Art. 45", "notice": {"n": 60, "unit": "days"}},
}
JOINED = did("AAA", "accession", "2000-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2003-01-15")
SIGNED = did("AAA", "signature", "1989-01-01")
DEPOSITED = did("AAA", "ratification", "1989-02-01")
APPLYING = did("AAA", "provisional_application_start", "1989-02-01")

Told = dict[str, str | None]


def leaving(**clause: Any) -> Clauses:
    return {**PLAIN, "withdrawal": {"article": "Art. 9", **clause}}


def joining(**delay: Any) -> Clauses:
    return {**PLAIN, "party_entry_into_force": {"article": "Art. 8", "delays": [{"delay": delay}]}}


def told(acts: Sequence[Act], about: Act, final: Clauses = PLAIN) -> Told:
    """What is said of the act, what is not said left out."""
    outcomes = folded(acts, final).course("AAA").outcomes
    outcome = next(each for each in outcomes if each.act.id == about.id)
    said = {name: getattr(outcome, name) for name in ("clause", "rule", "counted", "why", "source")}
    return {name: value for name, value in said.items() if value is not None}


SUSPENDED = did("AAA", "suspension", "2002-01-01")
APART = did("AAA", "suspension", "2002-01-01", towards=("BBB", "CCC"))
REFUSED = did("AAA", "depositary_rejection", "2002-02-01")
RESUMED = did("AAA", "resumption", "2002-01-01", towards=("BBB", "CCC"), sequence=2)
TAKEN_BACK = did("AAA", "ratification_withdrawn", "1989-03-01")
TOO_LATE = did("AAA", "ratification_withdrawn", "2000-02-01")
MOVED = did("AAA", "withdrawal_date_changed", "2003-07-01", effective="2003-10-01")
REVOKED = did("AAA", "withdrawal_notice_revoked", "2003-02-01")
STOPPED = did("AAA", "withdrawal_notice_suspended", "2003-02-01")
STATED = did("AAA", "withdrawal_notice", "2003-01-15", effective="2003-08-01")
NAMED = did("AAA", "withdrawal_notice", "2003-01-15", claimed_effective="2004-01-01")
ENDED = did("AAA", "provisional_application_end", "1989-04-01")
ENDED_ON = did("AAA", "provisional_application_end", "1989-04-01", effective="1989-07-01")
AD_REFERENDUM = did("AAA", "signature_ad_referendum", "1989-01-01")
CONFIRMED = did("AAA", "confirmation_of_signature", "1989-03-01")
INHERITED = did("AAA", "succession_to_signature", "1989-01-01", predecessor="BBB")
CEASED = did("AAA", "cessation_of_membership", "2003-01-01", effective="2003-03-01")
BY_SUSPENSION = "VCLT 57-58, 60, 62, 65, 72"
BY_NOTICE = "VCLT 54, 56, 65, 67"
BY_LATER_LAW = "clause (for example TEU 50(3))"

CASES: list[tuple[list[Act], Act, Clauses, Told]] = [
    ([JOINED, SUSPENDED], SUSPENDED, PLAIN, {"rule": "towards all", "source": BY_SUSPENSION}),
    (
        [JOINED, APART],
        APART,
        PLAIN,
        {"rule": "towards BBB, CCC only", "source": BY_SUSPENSION},
    ),
    (
        [JOINED, SUSPENDED, RESUMED],
        RESUMED,
        PLAIN,
        {"rule": "resumed towards BBB, CCC only", "source": "VCLT 68, 72"},
    ),
    (
        [JOINED, RESUMED],
        RESUMED,
        PLAIN,
        {"why": "there is no suspension to end", "source": "VCLT 72"},
    ),
    (
        [SUSPENDED],
        SUSPENDED,
        PLAIN,
        {"why": "not a party on that day: nothing to suspend", "source": "VCLT 57"},
    ),
    (
        [JOINED, SUSPENDED, REFUSED],
        SUSPENDED,
        PLAIN,
        {
            "why": "the suspension has no effect: rejection by the depositary of 1 February 2002",
            "source": "VCLT 57, 65",
        },
    ),
    (
        [JOINED, SUSPENDED, REFUSED],
        REFUSED,
        PLAIN,
        {
            "rule": "about the suspension of 1 January 2002: no effect",
            "source": "VCLT 77(1)(d), 77(2)",
        },
    ),
    (
        [TAKEN_BACK],
        TAKEN_BACK,
        PLAIN,
        {"why": "there is no instrument on deposit to take back", "source": "VCLT 18(b)"},
    ),
    (
        [JOINED, TOO_LATE],
        TOO_LATE,
        PLAIN,
        {"why": "the treaty is in force for it: one leaves by notice", "source": "VCLT 54"},
    ),
    (
        [SIGNED, DEPOSITED, TAKEN_BACK],
        DEPOSITED,
        PLAIN,
        {
            "clause": "Art. 8",
            "rule": "at once",
            "counted": "1 January 1990, as the depositary stated it (in the definition of the treaty)",
            "why": "withdrawn on 1 March 1989",
            "source": "VCLT 2(1)(b), 14(1), 16",
        },
    ),
    (
        [SIGNED, APPLYING],
        APPLYING,
        APPLIED,
        {"clause": "Art. 45", "rule": "provisional application", "source": "VCLT 25(1)"},
    ),
    (
        [SIGNED, APPLYING, ENDED],
        ENDED,
        APPLIED,
        {
            "clause": "Art. 45",
            "rule": "end of notice",
            "counted": "1 April 1989 + 60 days = 31 May 1989",
            "source": "VCLT 25(2)",
        },
    ),
    (
        [SIGNED, APPLYING, ENDED_ON],
        ENDED_ON,
        APPLIED,
        {
            "clause": "Art. 45",
            "rule": "end of notice",
            "counted": "1 July 1989",
            "source": "VCLT 25(2)",
        },
    ),
    (
        [SIGNED, ENDED],
        ENDED,
        APPLIED,
        {"why": "it does not apply the treaty provisionally", "source": "VCLT 25(2)"},
    ),
    (
        [JOINED, NOTICE, MOVED],
        NOTICE,
        PLAIN,
        {
            "clause": "Art. 9",
            "rule": "6 months after receipt",
            "counted": "15 January 2003 + 6 months = 15 July 2003; moved by agreement to 1 October 2003",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED, NOTICE, MOVED],
        MOVED,
        PLAIN,
        {
            "rule": "the day of exit is moved by agreement",
            "counted": "1 October 2003",
            "source": BY_LATER_LAW,
        },
    ),
    (
        [JOINED, MOVED],
        MOVED,
        PLAIN,
        {"why": "no exit was running whose day it could move", "source": "VCLT 54"},
    ),
    (
        [JOINED, NOTICE, REVOKED],
        NOTICE,
        PLAIN,
        {
            "clause": "Art. 9",
            "rule": "6 months after receipt",
            "counted": "15 January 2003 + 6 months = 15 July 2003",
            "why": "revoked on 1 February 2003, before its effect",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED, NOTICE, STOPPED],
        STOPPED,
        PLAIN,
        {
            "clause": "VCLT 68",
            "rule": "the notice is suspended before its effect",
            "source": "unregulated; cf. VCLT 68",
        },
    ),
    (
        [JOINED, REVOKED],
        REVOKED,
        PLAIN,
        {"why": "no notice was running that it could stop", "source": "VCLT 68"},
    ),
    (
        [AD_REFERENDUM, CONFIRMED],
        CONFIRMED,
        PLAIN,
        {
            "clause": "VCLT 12(2)(b)",
            "rule": "counts from the day of signing",
            "source": "VCLT 12(2)(b)",
        },
    ),
    (
        [CONFIRMED],
        CONFIRMED,
        PLAIN,
        {
            "why": "there is no signature ad referendum to confirm",
            "source": "VCLT 12(2)(b)",
        },
    ),
    (
        [INHERITED],
        INHERITED,
        PLAIN,
        {
            "clause": "VCSST 18-19",
            "rule": "takes its predecessor's place as a signatory",
            "source": "VCSST 18-19",
        },
    ),
    (
        [JOINED, CEASED],
        CEASED,
        PLAIN,
        {
            "clause": "Art. 9",
            "rule": "membership is ended by decision",
            "source": "constituent treaty; VCLT 60(2)(a)",
        },
    ),
    (
        [JOINED, STATED],
        STATED,
        PLAIN,
        {
            "clause": "Art. 9",
            "rule": "6 months after receipt",
            "counted": "1 August 2003, as the depositary stated it",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED, NOTICE],
        NOTICE,
        leaving(basis="general_law"),
        {
            "clause": "Art. 9",
            "rule": "no clause: twelve months' notice under general law",
            "counted": "15 January 2003 + 12 months = 15 January 2004",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED, NOTICE],
        NOTICE,
        leaving(fixed_exit={"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1}),
        {
            "clause": "Art. 9",
            "rule": "on 30 June after the cut-off",
            "counted": "received by the cut-off of 1 January 2004: out on 30 June 2004",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED, NAMED],
        NAMED,
        leaving(notice={"n": 1, "unit": "months"}, later_day_allowed=True),
        {
            "clause": "Art. 9",
            "rule": "1 month after receipt, or a later day named in the notice",
            "counted": "15 January 2003 + 1 month = 15 February 2003; the notice names a later day, 1 January 2004",
            "source": BY_NOTICE,
        },
    ),
    (
        [JOINED],
        JOINED,
        joining(n=6, unit="months", then="first_of_nth_month"),
        {
            "clause": "Art. 8",
            "rule": "the first day of the 6th month after deposit",
            "counted": "first day of the 6th month after that of 1 January 2000 = 1 July 2000",
            "source": "VCLT 15, 16",
        },
    ),
    (
        [JOINED],
        JOINED,
        joining(n=60, unit="days", then="first_of_month"),
        {
            "clause": "Art. 8",
            "rule": "the first day of the month after 60 days after deposit",
            "counted": "1 January 2000 + 60 days = 1 March 2000; first day of the following month = 1 April 2000",
            "source": "VCLT 15, 16",
        },
    ),
]


@pytest.mark.parametrize(("acts", "about", "final", "expected"), CASES)
def test_what_is_said_of_an_act(
    acts: list[Act], about: Act, final: Clauses, expected: Told
) -> None:
    assert told(acts, about, final) == expected
