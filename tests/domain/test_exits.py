"""How a treaty is left, by each pattern of clause, with the arithmetic in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from domain.acts import Act
from domain.answers import run_of
from tests.domain.dossiers import History, day, did, flags, folded, history, said, why

ENTRY = {"entry_into_force": {"article": "Art. 1", "stated": {"on": "1951-01-12"}}}
JOINED = did("AAA", "accession", "1960-03-10")
YEAR = {"n": 1, "unit": "years"}
MONTHS_6 = {"n": 6, "unit": "months"}
GENOCIDE = {
    "terms": {
        "first": {"n": 10, "unit": "years"},
        "further": {"n": 5, "unit": "years"},
        "lead": MONTHS_6,
    }
}
WHALING = {
    "fixed_exit": {"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1},
    "follow_within": {"n": 1, "unit": "months"},
}
UNESCO = {
    "fixed_exit": {
        "month": 12,
        "day": 31,
        "cutoff_month": 12,
        "cutoff_day": 31,
        "years_after_cutoff": 1,
        "at_end_of_day": True,
    }
}
DRUGS = {
    "fixed_exit": {
        "month": 1,
        "day": 1,
        "cutoff_month": 7,
        "cutoff_day": 1,
        "years_after_cutoff": 1,
    }
}
LABOUR: dict[str, Any] = {
    "notice": YEAR,
    "open_periods": {
        "first_after": {"n": 10, "unit": "years"},
        "length": YEAR,
        "every": {"n": 10, "unit": "years"},
    },
}


def clauses(**withdrawal: Any) -> dict[str, Any]:
    return {**ENTRY, "withdrawal": {"article": "Art. 9", **withdrawal}}


def notice(on: str, **more: Any) -> Act:
    return did("AAA", "withdrawal_notice", on, **more)


EXITS: Sequence[tuple[str, Mapping[str, Any], Act, str | None]] = [
    (
        "W0 twelve months under general law",
        clauses(basis="general_law"),
        notice("1970-05-05"),
        "1971-05-05",
    ),
    ("W0 no exit at all", clauses(basis="excluded"), notice("1970-05-05"), None),
    ("W0 no clause is known, and the depositary stated no day", ENTRY, notice("1970-05-05"), None),
    (
        "W0 no clause is known, and the depositary stated a day",
        ENTRY,
        notice("1970-05-05", effective="1970-09-09"),
        "1970-09-09",
    ),
    ("W1 a period from receipt", clauses(notice=MONTHS_6), notice("1970-05-05"), "1970-11-05"),
    (
        "W2 a later day in the notice",
        clauses(notice=YEAR, later_day_allowed=True),
        notice("1970-05-05", claimed_effective="1972-01-01"),
        "1972-01-01",
    ),
    (
        "W2 an earlier day does not count",
        clauses(notice=YEAR, later_day_allowed=True),
        notice("1970-05-05", claimed_effective="1970-06-01"),
        "1971-05-05",
    ),
    (
        "W2 a later day where none is allowed",
        clauses(notice=YEAR),
        notice("1970-05-05", claimed_effective="1972-01-01"),
        "1971-05-05",
    ),
    (
        "W3 after three years of its own",
        clauses(notice=YEAR, earliest={"period": {"n": 3, "unit": "years"}}),
        notice("1963-03-10"),
        "1964-03-10",
    ),
    (
        "W3 a day too early",
        clauses(notice=YEAR, earliest={"period": {"n": 3, "unit": "years"}}),
        notice("1963-03-09"),
        None,
    ),
    (
        "W3 counted from the treaty",
        clauses(
            notice=YEAR,
            earliest={
                "period": {"n": 10, "unit": "years"},
                "counted_from": "treaty_entry_into_force",
            },
        ),
        notice("1961-01-12"),
        "1962-01-12",
    ),
    ("W4 by the cut-off", clauses(**WHALING), notice("1970-01-01"), "1970-06-30"),
    ("W4 after the cut-off", clauses(**WHALING), notice("1970-01-02"), "1971-06-30"),
    (
        "W4 the last day of the next year, in full",
        clauses(**UNESCO),
        notice("1970-05-05"),
        "1972-01-01",
    ),
    (
        "W4 by the first of July for the next January",
        clauses(**DRUGS),
        notice("1970-07-01"),
        "1971-01-01",
    ),
    ("W4 later for the January after", clauses(**DRUGS), notice("1970-07-02"), "1972-01-01"),
    (
        "W5 a first of month",
        clauses(notice={"n": 3, "unit": "months", "then": "first_of_month"}),
        notice("1970-05-05"),
        "1970-09-01",
    ),
    ("W6 the end of the first term", clauses(**GENOCIDE), notice("1960-07-12"), "1961-01-12"),
    ("W6 too late for the first term", clauses(**GENOCIDE), notice("1960-07-13"), "1966-01-12"),
    ("W6 the end of a later term", clauses(**GENOCIDE), notice("1968-01-01"), "1971-01-12"),
    ("W6 the window is not open yet", clauses(**LABOUR), notice("1961-01-11"), None),
    ("W6 the first day of the window", clauses(**LABOUR), notice("1961-01-12"), "1962-01-12"),
    ("W6 the last day of the window", clauses(**LABOUR), notice("1962-01-11"), "1963-01-11"),
    ("W6 the window is closed", clauses(**LABOUR), notice("1962-01-12"), None),
    ("W6 the second window", clauses(**LABOUR), notice("1971-06-01"), "1972-06-01"),
    (
        "W6 a window of its own",
        clauses(
            **{
                **LABOUR,
                "open_periods": {
                    **LABOUR["open_periods"],
                    "counted_from": "party_entry_into_force",
                },
            }
        ),
        notice("1970-03-10"),
        "1971-03-10",
    ),
    (
        "W14 negotiated, by agreement",
        clauses(notice={"n": 2, "unit": "years"}, negotiated=True),
        notice("1970-05-05", effective="1971-01-01"),
        "1971-01-01",
    ),
]


@pytest.mark.parametrize(
    ("final", "given", "exit_on"), [each[1:] for each in EXITS], ids=[each[0] for each in EXITS]
)
def test_a_notice_takes_effect_when_the_clause_says(
    final: Mapping[str, Any], given: Act, exit_on: str | None
) -> None:
    fold = folded([JOINED, given], final)

    left = [on for on, status in history(fold, "AAA") if status == "former_party"]

    assert left == ([exit_on] if exit_on else [])


def test_who_hears_of_another_notice_may_leave_with_it() -> None:
    first = did("BBB", "withdrawal_notice", "1969-12-20", notified="1969-12-28")
    others = [did("BBB", "accession", "1955-01-01"), first]

    in_time = folded([*others, JOINED, notice("1970-01-28")], clauses(**WHALING))
    too_late = folded([*others, JOINED, notice("1970-01-29")], clauses(**WHALING))

    assert history(in_time, "AAA")[-1] == ("1970-06-30", "former_party")
    assert history(too_late, "AAA")[-1] == ("1971-06-30", "former_party")
    counted = in_time.course("AAA").outcomes[-1].counted
    assert counted == "given soon after another party's notice: out with it on 30 June 1970"


def test_nobody_follows_a_notice_that_came_too_early() -> None:
    early = {"period": {"n": 30, "unit": "years"}, "counted_from": "treaty_entry_into_force"}
    theirs = [did("BBB", "accession", "1955-01-01"), did("BBB", "withdrawal_notice", "1980-12-20")]

    fold = folded([*theirs, JOINED, notice("1981-01-15")], clauses(**WHALING, earliest=early))

    assert history(fold, "BBB")[-1] == ("1955-01-01", "party")
    assert history(fold, "AAA")[-1] == ("1982-06-30", "former_party")


def test_who_leaves_without_hearing_of_others_keeps_to_the_cut_off() -> None:
    final = clauses(fixed_exit=WHALING["fixed_exit"])
    others = [did("BBB", "accession", "1955-01-01"), did("BBB", "withdrawal_notice", "1969-12-20")]

    fold = folded([*others, JOINED, notice("1970-01-28")], final)

    assert history(fold, "AAA")[-1] == ("1971-06-30", "former_party")


WORDS: Sequence[tuple[Mapping[str, Any], Act, str | None, str | None]] = [
    (
        clauses(notice=MONTHS_6),
        notice("1970-05-05"),
        "6 months after receipt",
        "5 May 1970 + 6 months = 5 November 1970",
    ),
    (
        clauses(basis="general_law"),
        notice("1970-05-05"),
        "no clause: twelve months' notice under general law",
        "5 May 1970 + 12 months = 5 May 1971",
    ),
    (
        clauses(**GENOCIDE),
        notice("1960-07-12"),
        "end of a term, with 6 months' notice",
        "end of the term that runs to 12 January 1961; notice came at least 6 months before",
    ),
    (
        clauses(**WHALING),
        notice("1970-01-02"),
        "on 30 June after the cut-off",
        "received by the cut-off of 1 January 1971: out on 30 June 1971",
    ),
    (
        clauses(notice=YEAR, later_day_allowed=True),
        notice("1970-05-05", claimed_effective="1972-01-01"),
        "1 year after receipt, or a later day named in the notice",
        "5 May 1970 + 1 year = 5 May 1971; the notice names a later day, 1 January 1972",
    ),
    (
        clauses(notice=YEAR),
        notice("1970-05-05", effective="1971-05-06"),
        "1 year after receipt",
        "6 May 1971, as the depositary stated it",
    ),
]


@pytest.mark.parametrize(("final", "given", "rule", "counted"), WORDS)
def test_the_rule_and_its_arithmetic_are_told(
    final: Mapping[str, Any], given: Act, rule: str, counted: str
) -> None:
    outcome = folded([JOINED, given], final).course("AAA").outcomes[-1]

    assert (outcome.rule, outcome.counted) == (rule, counted)


REFUSALS: Sequence[tuple[Mapping[str, Any], Act, str]] = [
    (
        clauses(basis="excluded"),
        notice("1970-05-05"),
        "the treaty cannot be left: no clause, and none implied",
    ),
    (
        clauses(notice=YEAR, earliest={"period": {"n": 3, "unit": "years"}}),
        notice("1963-03-09"),
        "premature: no notice before 10 March 1963 (10 March 1960 + 3 years = 10 March 1963)",
    ),
    (
        clauses(**LABOUR),
        notice("1965-01-01"),
        "premature: notice may next be given from 12 January 1971",
    ),
    (
        clauses(notice=YEAR),
        notice("1950-01-01"),
        "not a party on that day: there is nothing to leave",
    ),
]


@pytest.mark.parametrize(("final", "given", "reason"), REFUSALS)
def test_a_notice_that_moves_nothing_says_why(
    final: Mapping[str, Any], given: Act, reason: str
) -> None:
    fold = folded([JOINED, given], final)

    assert why(fold, "AAA", given) == reason


def test_a_second_notice_moves_nothing() -> None:
    fold = folded([JOINED, notice("1970-01-01"), notice("1970-06-01")], clauses(notice=YEAR))

    assert history(fold, "AAA")[-1] == ("1971-01-01", "former_party")


def test_no_clause_and_no_stated_day_leaves_a_notice_that_runs_without_end() -> None:
    fold = folded([JOINED, notice("1970-01-01")], ENTRY)

    assert history(fold, "AAA")[-1] == ("1970-01-01", "party_withdrawing")
    assert run_of(fold.course("AAA"), day("2020-01-01"))[1] is None


def test_what_survives_an_exit_is_told_for_as_long_as_it_does() -> None:
    twenty = clauses(
        notice=YEAR, survival={"article": "Art. 47", "period": {"n": 20, "unit": "years"}}
    )
    for_ever = clauses(notice=YEAR, survival={"article": "Art. 127"})

    ended, endless = (folded([JOINED, notice("1970-01-01")], each) for each in (twenty, for_ever))

    assert [
        flags(ended, "AAA", on) for on in ("1970-06-01", "1971-01-01", "1990-12-31", "1991-01-01")
    ] == [
        (),
        ("survival_obligations",),
        ("survival_obligations",),
        (),
    ]
    assert flags(endless, "AAA", "2500-01-01") == ("survival_obligations",)


def test_survival_also_follows_a_decision_that_ends_a_membership() -> None:
    final = clauses(notice=YEAR, survival={"article": "Art. 58"})

    fold = folded([JOINED, did("AAA", "cessation_of_membership", "1970-01-01")], final)

    assert flags(fold, "AAA", "1970-01-01") == ("survival_obligations",)


MOVED: Sequence[tuple[str, Sequence[Act], History]] = [
    (
        "a move without a new day",
        [did("AAA", "withdrawal_date_changed", "1970-06-01")],
        [("1971-01-01", "former_party")],
    ),
    (
        "a move after the exit",
        [did("AAA", "withdrawal_date_changed", "1971-06-01", effective="1972-01-01")],
        [("1971-01-01", "former_party")],
    ),
    (
        "a move later",
        [did("AAA", "withdrawal_date_changed", "1970-06-01", effective="1972-01-01")],
        [("1972-01-01", "former_party")],
    ),
    (
        "a move to an earlier day",
        [did("AAA", "withdrawal_date_changed", "1970-06-01", effective="1970-07-01")],
        [("1970-07-01", "former_party")],
    ),
    (
        "a revocation after a move",
        [
            did("AAA", "withdrawal_date_changed", "1970-06-01", effective="1972-01-01"),
            did("AAA", "withdrawal_notice_revoked", "1971-06-01"),
        ],
        [("1971-06-01", "party")],
    ),
]


@pytest.mark.parametrize(
    ("acts", "last"), [each[1:] for each in MOVED], ids=[each[0] for each in MOVED]
)
def test_the_day_of_exit_can_be_moved_while_the_notice_runs(
    acts: Sequence[Act], last: History
) -> None:
    fold = folded([JOINED, notice("1970-01-01"), *acts], clauses(notice=YEAR))

    assert history(fold, "AAA")[-1:] == last


def test_leaving_and_coming_back_on_one_day_keeps_both_periods() -> None:
    left = notice("1970-01-01", sequence=1)
    back = did("AAA", "accession", "1970-01-01", sequence=2, effective="1971-01-01")

    answer: Any = said(folded([JOINED, left, back], clauses(notice=YEAR)), "AAA", "1975-01-01")

    assert answer["periods"] == [
        {"from": "1960-03-10", "until": "1971-01-01"},
        {"from": "1971-01-01", "until": None},
    ]
    assert answer["status"] == "party"
