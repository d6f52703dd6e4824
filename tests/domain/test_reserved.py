"""What becomes of reservations between two parties, by words, by silence, and by objections in time or too late."""

from typing import Any

import pytest

from domain.acts import Act
from domain.turning import turning_days
from tests.domain.dossiers import Clauses, day, did, folded, said

FINAL: dict[str, Any] = {
    "entry_into_force": {"article": "Art. 8", "stated": {"on": "1990-01-01"}},
}
JOINED = did("AAA", "accession", "2000-01-01", notified="2000-02-01")
OTHER = did("BBB", "accession", "1995-01-01")
RESERVED = did("AAA", "reservation", "2000-01-01")
BASE = [JOINED, OTHER, RESERVED]


def objection(on: str, by: str = "BBB", concerns: str = RESERVED.id, **more: Any) -> Act:
    return did("AAA", "objection", on, by=by, concerns=concerns, id=f"objection {on}", **more)


def standing(acts: list[Act], on: str, final: Clauses = FINAL) -> list[tuple[str, str]]:
    answer: Any = said(folded(acts, final), "AAA", on, towards="BBB")
    return [
        (each["standing"], each["since"]) for each in answer["relation"].get("reservations", ())
    ]


CASES: list[tuple[str, list[Act], str, list[tuple[str, str]]]] = [
    ("none before it is made", BASE, "1999-12-31", []),
    ("open while the other may object", BASE, "2001-01-31", [("open", "2000-01-01")]),
    (
        "accepted by silence after twelve months from the notification",
        BASE,
        "2001-02-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "counted from receipt where nothing tells when it was notified",
        [did("AAA", "accession", "2000-01-01"), OTHER, RESERVED],
        "2001-01-01",
        [("accepted_by_silence", "2001-01-01")],
    ),
    (
        "not before the other consented itself",
        [JOINED, did("BBB", "accession", "2003-01-01"), RESERVED],
        "2005-01-01",
        [("accepted_by_silence", "2003-01-01")],
    ),
    (
        "objected to",
        [*BASE, objection("2000-06-01")],
        "2005-01-01",
        [("objected", "2000-06-01")],
    ),
    (
        "objected to with the consent",
        [*BASE, objection("2000-06-01", concerns=JOINED.id)],
        "2005-01-01",
        [("objected", "2000-06-01")],
    ),
    (
        "an objection to something else",
        [
            *BASE,
            did("AAA", "withdrawal_notice", "2004-01-01", id="notice"),
            objection("2000-06-01", concerns="notice"),
        ],
        "2001-02-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "an objection by another is its own affair",
        [*BASE, objection("2000-06-01", by="CCC")],
        "2005-01-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "an objection without effect, so recorded",
        [*BASE, objection("2000-06-01", legal_effect=False)],
        "2005-01-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "an objection that is withdrawn",
        [
            *BASE,
            objection("2000-06-01"),
            did("AAA", "objection_withdrawn", "2002-06-01", by="BBB"),
        ],
        "2005-01-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "accepted in words",
        [
            *BASE,
            did("AAA", "reservation_accepted", "2000-06-01", by="BBB", concerns=RESERVED.id),
        ],
        "2000-06-01",
        [("accepted", "2000-06-01")],
    ),
    (
        "withdrawn",
        [*BASE, did("AAA", "reservation_withdrawn", "2004-06-01")],
        "2005-01-01",
        [],
    ),
    (
        "the other one withdrawn",
        [*BASE, did("AAA", "reservation_withdrawn", "2004-06-01", concerns=JOINED.id)],
        "2005-01-01",
        [("accepted_by_silence", "2001-02-01")],
    ),
    (
        "without effect, so recorded",
        [JOINED, OTHER, did("AAA", "reservation", "2000-01-01", legal_effect=False)],
        "2005-01-01",
        [],
    ),
]


@pytest.mark.parametrize(
    ("acts", "on", "expected"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_a_reservation_stands_between_two_parties_as_their_acts_and_silence_have_it(
    acts: list[Act], on: str, expected: list[tuple[str, str]]
) -> None:
    assert standing(acts, on) == expected


SIGNED = [
    did("AAA", "signature", "1998-01-01"),
    did("AAA", "reservation", "1998-01-01", id="signed"),
]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], [("signed", "without_effect", "2000-01-01")]),
        ([RESERVED], [(RESERVED.id, "accepted_by_silence", "2001-02-01")]),
    ],
)
def test_a_reservation_made_at_signature_is_confirmed_with_the_consent_or_has_no_effect(
    more: list[Act], expected: list[tuple[str, str, str]]
) -> None:
    acts = [*SIGNED, did("AAA", "ratification", "2000-01-01", notified="2000-02-01"), OTHER, *more]

    answer: Any = said(folded(acts, FINAL), "AAA", "2005-01-01", towards="BBB")

    told = answer["relation"]["reservations"]
    assert [(each["act"], each["standing"], each["since"]) for each in told] == expected


LATE = did("AAA", "reservation_late", "2004-01-01", notified="2004-02-01")


@pytest.mark.parametrize(
    ("more", "on", "expected"),
    [
        ([], "2005-01-31", ("open", "2004-01-01")),
        ([], "2005-02-01", ("accepted_by_silence", "2005-02-01")),
        (
            [objection("2004-06-01", by="CCC", concerns=LATE.id)],
            "2006-01-01",
            ("without_effect", "2004-06-01"),
        ),
        (
            [objection("2005-06-01", by="CCC", concerns=LATE.id)],
            "2006-01-01",
            ("accepted_by_silence", "2005-02-01"),
        ),
    ],
)
def test_a_late_reservation_needs_the_silence_of_all(
    more: list[Act], on: str, expected: tuple[str, str]
) -> None:
    assert standing([JOINED, OTHER, LATE, *more], on) == [expected]


def test_the_treatys_own_time_for_objections_counts() -> None:
    final = {
        **FINAL,
        "reservations": {"article": "Art. 20", "objections_within": {"n": 90, "unit": "days"}},
    }

    assert standing(BASE, "2000-05-01", final) == [("accepted_by_silence", "2000-05-01")]


def test_the_reservations_of_both_are_told_with_their_reasons() -> None:
    own = did("BBB", "reservation", "1995-01-01")
    answer: Any = said(folded([*BASE, own], FINAL), "AAA", "2005-01-01", towards="BBB")

    assert [(each["author"], each["act"]) for each in answer["relation"]["reservations"]] == [
        ("BBB", own.id),
        ("AAA", RESERVED.id),
    ]
    assert answer["relation"]["reservations"][1] == {
        "act": RESERVED.id,
        "author": "AAA",
        "standing": "accepted_by_silence",
        "since": "2001-02-01",
        "because": [RESERVED.id],
        "rule": "no objection in time is on record: in force between the two as the reservation modifies it"
        " (VCLT 20(5), 21(1))",
        "counted": "1 February 2000 + 12 months = 1 February 2001",
    }


def test_nothing_is_told_of_reservations_where_nothing_is_in_force_between_the_two() -> None:
    answer: Any = said(folded([OTHER, RESERVED], FINAL), "AAA", "2005-01-01", towards="BBB")

    assert answer["relation"]["status"] == "not_in_force"
    assert "reservations" not in answer["relation"]


def test_the_silence_of_a_party_of_which_nothing_is_on_record_is_not_known() -> None:
    answer: Any = said(folded(BASE, FINAL), "AAA", "2005-01-01", towards="CCC")

    assert answer["relation"]["status"] == "in_force"
    assert "reservations" not in answer["relation"]


def test_the_day_on_which_silence_becomes_acceptance_turns_an_answer() -> None:
    days = turning_days(folded(BASE, FINAL), "AAA", "BBB")

    assert days is not None
    assert day("2001-02-01") in days


# --- objections to a consent ---

KEPT_APART: dict[str, Any] = {
    **FINAL,
    "objections": {
        "article": "Art. 12",
        "effect": "not_in_force_between",
        "within": {"n": 6, "unit": "months"},
    },
}


@pytest.mark.parametrize(
    ("on", "known", "expected"),
    [
        ("2000-08-01", JOINED, "not_in_force"),
        ("2000-08-02", JOINED, "in_force"),
        ("2000-08-02", did("AAA", "accession", "2000-01-01"), "not_in_force"),
        ("2000-07-01/2000-09-01", JOINED, "not_in_force"),
    ],
)
def test_an_objection_that_comes_too_late_keeps_nobody_apart(
    on: str, known: Act, expected: str
) -> None:
    late = did("AAA", "objection", on, by="BBB")

    answer: Any = said(folded([known, OTHER, late], KEPT_APART), "AAA", "2005-01-01", towards="BBB")

    assert answer["relation"]["status"] == expected
    [told] = [each for each in answer["disregarded"] if each["act"] == late.id]
    assert ("came after the time for objections" in told["why"]) == (expected == "in_force")


# --- what a successor maintains (VCSST 20) ---

INDEPENDENT = did("NEW", "state_independence", "2004-03-01")
SUCCEEDED = did("NEW", "succession", "2005-01-01", predecessor="AAA")
HEIR = [*BASE, INDEPENDENT, SUCCEEDED]
OBJECTED = objection("2000-06-01")


@pytest.mark.parametrize(
    ("acts", "on", "expected"),
    [
        (HEIR, "2004-02-29", None),
        (HEIR, "2004-03-01", [("NEW", "accepted_by_silence", "2004-03-01")]),
        ([*HEIR, OBJECTED], "2005-01-01", [("NEW", "objected", "2004-03-01")]),
        (
            [*HEIR, did("NEW", "reservation_withdrawn", "2005-01-01")],
            "2004-12-31",
            [("NEW", "accepted_by_silence", "2004-03-01")],
        ),
        ([*HEIR, did("NEW", "reservation_withdrawn", "2005-01-01")], "2005-01-01", []),
        ([*HEIR, did("AAA", "reservation_withdrawn", "2004-03-01")], "2005-01-01", []),
        (
            [*HEIR, did("AAA", "reservation_withdrawn", "2004-03-02")],
            "2005-01-01",
            [("NEW", "accepted_by_silence", "2004-03-01")],
        ),
        (
            [*HEIR, did("NEW", "reservation", "2005-01-01", concerns=RESERVED.id)],
            "2005-06-01",
            [("NEW", "open", "2005-01-01")],
        ),
        ([*BASE, INDEPENDENT, did("NEW", "accession", "2005-01-01")], "2005-01-01", []),
        (
            [JOINED, OTHER, did("AAA", "reservation", "2004-03-02"), INDEPENDENT, SUCCEEDED],
            "2005-01-01",
            [],
        ),
        (
            [
                did("AAA", "signature", "1999-01-01"),
                did("AAA", "reservation", "1999-01-01"),
                JOINED,
                OTHER,
                INDEPENDENT,
                SUCCEEDED,
            ],
            "2005-01-01",
            [],
        ),
        (
            [*BASE, INDEPENDENT, did("NEW", "succession", "2005-01-01")],
            "2005-01-01",
            [],
        ),
    ],
)
def test_a_successor_maintains_what_its_predecessor_reserved_unless_it_says_otherwise(
    acts: list[Act], on: str, expected: list[tuple[str, str, str]] | None
) -> None:
    answer: Any = said(folded(acts, FINAL), "NEW", on, towards="BBB")
    found = answer["relation"].get("reservations")

    assert answer["relation"]["status"] == ("not_in_force" if expected is None else "in_force")
    assert [(each["author"], each["standing"], each["since"]) for each in found or ()] == (
        expected or []
    )


def test_that_a_reservation_is_maintained_is_told_with_its_reasons_and_its_turn() -> None:
    fold = folded([*HEIR, OBJECTED], FINAL)
    answer: Any = said(fold, "NEW", "2005-01-01", towards="BBB")
    found = answer["relation"]["reservations"][0]

    assert found["because"] == [RESERVED.id, OBJECTED.id, SUCCEEDED.id]
    assert found["rule"].startswith("maintained with the succession (VCSST 20(1)); ")
    assert day("2001-02-01") in (turning_days(fold, "NEW", "BBB") or ())
