"""Days known only within bounds: what is certain, what is possible, and between which days it flips."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain import uncertainty
from domain.acts import Act
from domain.dates import UncertainDay, day_before
from domain.states import Course, Status
from domain.uncertainty import Envelope, envelope
from tests.domain.dossiers import day, did, folded, registered, said

PLAIN: dict[str, Any] = {
    "entry_into_force": {"article": "Art. 8", "stated": {"on": "1990-01-01"}},
    "party_entry_into_force": {
        "article": "Art. 8",
        "delays": [{"delay": {"n": 30, "unit": "days"}}],
    },
    "withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}},
}
COUNTED: dict[str, Any] = {
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 2}]},
    "withdrawal": PLAIN["withdrawal"],
}
JOINED = did("AAA", "accession", "2000-01-01")
VAGUE = did("AAA", "withdrawal_notice", "2003-03-01/2003-03-31")


def told(acts: Sequence[Act], on: str, final: Any = PLAIN) -> Any:
    return said(folded(acts, final), "AAA", on)


def test_an_answer_without_uncertain_days_says_nothing_of_doubt() -> None:
    found = told([JOINED], "2004-01-01")

    assert "certainty" not in found


@pytest.mark.parametrize(
    ("on", "possible", "bound"),
    [
        ("2003-02-28", ["party"], True),
        ("2003-03-01", ["party", "party_withdrawing"], True),
        ("2003-03-30", ["party", "party_withdrawing"], True),
        ("2003-03-31", ["party_withdrawing"], True),
        ("2004-02-29", ["party_withdrawing"], True),
        ("2004-03-01", ["party_withdrawing", "former_party"], None),
        ("2004-03-31", ["former_party"], False),
    ],
)
def test_what_a_vague_notice_leaves_open(on: str, possible: list[str], bound: bool | None) -> None:  # noqa: FBT001 (a value of the answer)
    found = told([JOINED, VAGUE], on)

    assert (found["possible"], found["bound"]) == (possible, bound)
    assert found["certainty"] == ("certain" if len(possible) == 1 else "possible")
    assert (found["flips"] is None) is (len(possible) == 1)


def test_the_days_between_which_an_answer_would_flip_are_told() -> None:
    found = told([JOINED, VAGUE], "2004-03-10")

    assert found["flips"] == {"from": "2004-03-01", "until": "2004-03-31"}
    assert told([JOINED, VAGUE], "2003-12-01")["since"] == "2003-03-01/2003-03-31"
    assert told([JOINED, VAGUE], "2003-12-01")["until"] == "2004-03-01/2004-03-31"
    assert told([JOINED, VAGUE], "2003-12-01")["periods"] == [
        {"from": "2000-01-31", "until": "2004-03-01/2004-03-31"}
    ]


def test_where_the_number_of_memberships_is_in_doubt_they_are_given_as_computed() -> None:
    given_up = did("AAA", "withdrawal_notice", "2003-03-01")
    revoked = did("AAA", "withdrawal_notice_revoked", "2004-02-01/2004-04-30")
    rejoined = did("AAA", "accession", "2006-01-01")

    one = told([JOINED, given_up, revoked], "2005-01-01")
    one_or_two = told([JOINED, given_up, revoked, rejoined], "2007-01-01")

    assert one["possible"] == ["party", "former_party"]
    assert one["periods"] == [{"from": "2000-01-31", "until": "2004-03-01/.."}]
    assert one_or_two["status"] == "party"
    assert one_or_two["periods"] == [{"from": "2000-01-31", "until": None}]


def test_an_exit_that_may_never_have_come_is_left_open_at_its_end() -> None:
    war = did("AAA", "armed_conflict_began", dated="2003-12-01/2004-06-30")
    barred = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "conflict_bar": True}}

    found = told([JOINED, did("AAA", "withdrawal_notice", "2003-03-01"), war], "2003-06-01", barred)

    assert found["until"] == "2004-03-01/.."


def test_a_flag_that_changes_beside_a_status_is_no_doubt_of_its_own() -> None:
    apart = did("AAA", "suspension", "2001-01-01", towards=("BBB",))

    found = told([JOINED, apart, VAGUE], "2002-01-01")

    assert (found["certainty"], found["since"]) == ("certain", "2000-01-31")


def test_vague_deposits_of_others_move_the_entry_into_force() -> None:
    theirs = did("BBB", "accession", "2001-01-01/2001-12-31")

    found = told([JOINED, theirs], "2001-06-01", COUNTED)

    assert found["possible"] == ["contracting", "party"]
    assert told([JOINED, theirs], "2001-12-31", COUNTED)["certainty"] == "certain"


def test_vague_deposits_of_others_do_not_matter_where_the_day_was_stated() -> None:
    assert "certainty" not in told(
        [JOINED, did("BBB", "accession", "2001-01-01/2001-12-31")], "2001-06-01"
    )
    assert "certainty" not in told(
        [JOINED, did("BBB", "accession", "2001-01-01/2001-12-31")], "2001-06-01", {}
    )


def test_a_vague_act_of_the_predecessor_reaches_the_successor() -> None:
    register = registered(
        {"party": "OLD", "names": [], "existence": [{"from": "1900-01-01", "until": "2003-01-01"}]},
        {"party": "NEW", "names": [], "existence": [{"from": "2003-01-01"}]},
    )
    acts = [
        did("OLD", "accession", "2002-11-01/2003-03-01"),
        did("NEW", "succession", "2004-01-01", predecessor="OLD"),
    ]

    found: Any = said(folded(acts, PLAIN, register=register), "NEW", "2003-02-01")

    assert len(found["possible"]) > 1


def test_what_is_known_only_from_a_vague_day_may_not_be_seen_yet() -> None:
    notice = did("AAA", "withdrawal_notice", "2003-03-01", notified="2003-03-05/2003-04-30")

    found: Any = said(folded([JOINED, notice], PLAIN, as_seen="2003-03-31"), "AAA", "2005-01-01")

    assert found["possible"] == ["party", "former_party"]


def test_many_vague_days_are_never_called_certain_before_all_orders_are_tried() -> None:
    acts = [
        JOINED,
        *(
            did("AAA", kind, f"2003-0{month}-01/2005-0{month}-28")
            for month in (1, 2, 3)
            for kind in ("withdrawal_notice", "withdrawal_notice_revoked")
        ),
        *(did("AAA", "suspension", f"2003-0{month}-05/2005-0{month}-25") for month in (1, 2, 3)),
    ]

    courses = envelope(folded(acts, PLAIN), "AAA")

    assert courses is not None
    assert not courses.complete
    assert not courses.is_certain(day("2004-01-01"))
    assert courses.is_certain(day("2001-01-01"))
    assert envelope(folded([JOINED], PLAIN), "AAA") is None


def test_vague_deposits_of_others_matter_where_the_day_of_the_conditions_was_not_stated() -> None:
    entry = {**COUNTED["entry_into_force"], "stated": {"on": "2001-07-01"}}
    final = {**PLAIN, "entry_into_force": entry}
    theirs = [
        did("BBB", "signature", "2000-01-01"),
        did("BBB", "ratification", "2001-03-01/2001-09-30"),
        did("CCC", "accession", "2001-05-01"),
    ]
    mine = did("AAA", "accession", "2001-06-15")

    found = told([mine, *theirs], "2001-07-10", final)

    assert found["possible"] == ["contracting", "party"]


def test_a_vague_notice_of_the_other_side_leaves_both_in_doubt() -> None:
    final = {
        "bilateral": ["AAA", "BBB"],
        "entry_into_force": {"article": "Art. 16", "stated": {"on": "1990-01-01"}},
        "withdrawal": {"article": "Art. 15", "notice": {"n": 6, "unit": "months"}},
    }
    theirs = did("BBB", "withdrawal_notice", "2003-03-01/2003-03-31")

    found = told([did("AAA", "ratification", "1989-01-01"), theirs], "2003-09-15", final)

    assert found["possible"] == ["party_withdrawing", "former_party"]
    assert (found["certainty"], found["bound"]) == ("possible", None)


def test_a_vague_notice_under_the_parent_leaves_the_child_in_doubt() -> None:
    parent = folded(
        [
            did("AAA", "accession", "1995-01-01", treaty="p"),
            did("AAA", "withdrawal_notice", "2003-03-01/2003-03-31", treaty="p"),
        ],
        PLAIN,
        treaty="p",
    )
    final = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "with_parent": ["p", "q"]}}

    found: Any = said(folded([JOINED], final, related={"p": parent}), "AAA", "2004-03-15")

    assert found["possible"] == ["party_withdrawing", "former_party"]


def test_the_vague_entry_into_force_of_the_parent_leaves_the_protocol_in_doubt() -> None:
    deposits = [did("CCC", "accession", "2000-06-01/2000-06-30", treaty="p")]
    parent = folded(
        deposits,
        {"entry_into_force": {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]}},
        treaty="p",
    )
    waits = [{"rule": "parent_in_force", "treaty": "p"}, {"rule": "instruments", "count": 1}]
    final = {"entry_into_force": {"article": "Art. 9", "all_of": waits}}
    fold = folded([JOINED], final, related={"p": parent})

    assert envelope(fold, "AAA") is not None
    assert said(fold, "AAA", "2000-06-15")["possible"] == ["contracting", "party"]


def test_a_vague_membership_of_the_body_leaves_an_amendment_in_doubt() -> None:
    body = folded(
        [
            did("AAA", "accession", "1995-01-01", treaty="b"),
            did("BBB", "accession", "1996-01-01", treaty="b"),
            did("BBB", "withdrawal_notice", "2000-03-01/2000-03-31", treaty="b"),
        ],
        {**PLAIN, "withdrawal": {"article": "1", "notice": {"n": 0, "unit": "days"}}},
        treaty="b",
    )
    share = {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "b"}
    final = {"entry_into_force": {"article": "Art. 20", "all_of": [share]}}
    acts = [did("AAA", "acceptance", "2000-03-15")]

    found: Any = said(folded(acts, final, related={"b": body}), "AAA", "2000-03-20")

    assert found["possible"] == ["contracting", "party"]


def test_vague_notices_of_others_matter_where_too_few_parties_end_the_treaty() -> None:
    final = {**PLAIN, "duration": {"article": "Art. 15", "minimum_parties": 2}}
    others = [
        did("BBB", "accession", "2000-01-01"),
        did("BBB", "withdrawal_notice", "2003-03-01/2003-03-31"),
    ]

    assert told([JOINED, *others], "2004-03-15", final)["possible"] == ["party", "former_party"]


def test_a_vague_signature_matters_where_every_signatory_must_ratify() -> None:
    final = {
        "entry_into_force": {
            "article": "Art. 22",
            "all_of": [{"rule": "all_signatories"}],
        }
    }
    acts = [
        did("AAA", "signature", "2000-01-01"),
        did("AAA", "ratification", "2000-06-15"),
        did("BBB", "signature", "2000-06-01/2000-06-30"),
    ]

    assert told(acts, "2000-06-20", final)["possible"] == ["contracting", "party"]


def test_what_follows_from_a_vague_day_is_tried_where_it_passes_another_day() -> None:
    revoked = did("AAA", "withdrawal_notice_revoked", "2004-06-15")
    vague = did("AAA", "withdrawal_notice", "2003-01-01/2003-12-31")

    found = told([JOINED, vague, revoked], "2005-01-01")

    assert found["possible"] == ["party", "former_party"]
    assert told([JOINED, vague, revoked], "2004-06-15")["possible"] == ["party", "former_party"]


def test_a_ruling_whose_day_is_vague_may_reach_back_before_it() -> None:
    void = did("AAA", "court_ruling", "2003-03-01/2003-03-31", effective="2002-06-01")

    found = told([did("AAA", "accession", "2003-03-10"), void], "2002-07-01")

    assert found["certainty"] == "possible"


def test_a_vague_step_at_home_leaves_nothing_in_doubt() -> None:
    vote = did("AAA", "parliamentary_vote", dated="2003-03-01/2003-03-31")

    assert "certainty" not in told([JOINED, vote], "2003-03-15")


KINDS_IN_DOUBT = (
    "accession",
    "court_ruling",
    "signature",
    "ratification",
    "withdrawal_notice",
    "withdrawal_notice_revoked",
    "suspension",
    "resumption",
)


@st.composite
def vague_histories(draw: st.DrawFn) -> tuple[Act, ...]:
    """A few acts of two parties, some of them with a day that is known only within a week."""
    acts = []
    for number in range(draw(st.integers(1, 4))):
        first = date(2000, 1, 1) + timedelta(days=draw(st.integers(0, 40)))
        span = draw(st.sampled_from((0, 0, 1, 4, 6)))
        when = (
            UncertainDay(edtf="x", earliest=first, latest=first + timedelta(days=span))
            if span
            else first
        )
        acts.append(
            Act(
                id=f"a{number}",
                treaty="t",
                kind=draw(st.sampled_from(KINDS_IN_DOUBT)),
                received=when,
                party=draw(st.sampled_from(("AAA", "AAA", "BBB"))),
            )
        )
    return tuple(acts)


def choices(acts: Sequence[Act]) -> Sequence[tuple[Act, ...]]:
    """Every choice of days within the bounds."""
    found: list[tuple[Act, ...]] = [()]
    for act in acts:
        when = act.received
        assert when is not None
        days = (
            [when]
            if isinstance(when, date)
            else [
                when.earliest + timedelta(days=n)
                for n in range((when.latest - when.earliest).days + 1)
            ]
        )
        found = [(*each, replace(act, received=one)) for each in found for one in days]
    return found


@settings(max_examples=25, deadline=None)
@given(acts=vague_histories(), bilateral=st.booleans())
def test_nothing_is_called_certain_that_some_choice_of_days_makes_different(
    acts: tuple[Act, ...],
    bilateral: bool,  # noqa: FBT001 (drawn)
) -> None:
    final: dict[str, Any] = {
        **PLAIN,
        "bilateral": ["AAA", "BBB"] if bilateral else [],
        "party_entry_into_force": {"article": "a"},
        "withdrawal": {"article": "w", "notice": {"n": 10, "unit": "days"}},
    }
    courses = envelope(folded(acts, final), "AAA")
    days = [date(1999, 12, 25) + timedelta(days=n) for n in range(75)]

    possible: dict[date, set[str]] = {each: set() for each in days}
    for chosen in choices(acts):
        course = folded(chosen, final).course("AAA")
        for each in days:
            possible[each].add(course.at(each).status.value)

    for each in days:
        if len(possible[each]) > 1:
            assert courses is not None
            assert not courses.is_certain(each)


def plainly_possible(courses: Envelope, on: date) -> tuple[Status, ...]:
    """What is possible on the day, looked up course by course."""
    families: dict[tuple[Status, ...], list[list[tuple[date, date | None, Status]]]] = {}
    for course in courses.courses:
        runs: list[tuple[date, date | None, Status]] = []
        for span in course.spans:
            if runs and runs[-1][2] is span.status:
                runs[-1] = (runs[-1][0], span.end, span.status)
            else:
                runs.append((span.start, span.end, span.status))
        families.setdefault(tuple(status for _, _, status in runs), []).append(runs)
    found = set()
    for family in families.values():
        for beside in zip(*family, strict=True):
            ends = [end or date.max for _, end, _ in beside]
            if min(start for start, _, _ in beside) <= on < max(ends):
                found.add(beside[0][2])
    return tuple(status for status in Status if status in found)


def plain_flips(courses: Envelope, on: date) -> tuple[date | None, date | None]:
    """The stretch of doubt around the day, looked for mark by mark."""

    def sure(day: date) -> bool:
        return len(plainly_possible(courses, day)) == 1

    marks = sorted({span.start for course in courses.courses for span in course.spans})
    starts = [each for each in marks if each <= on and sure(day_before(each))]
    ends = [each for each in marks if each > on and sure(each)]
    return max(starts, default=None), min(ends, default=None)


@settings(max_examples=25, deadline=None)
@given(acts=vague_histories(), bilateral=st.booleans())
def test_what_is_possible_is_what_the_courses_show_one_by_one(
    acts: tuple[Act, ...],
    bilateral: bool,  # noqa: FBT001 (drawn)
) -> None:
    final: dict[str, Any] = {**PLAIN, "bilateral": ["AAA", "BBB"] if bilateral else []}
    courses = envelope(folded(acts, final), "AAA")
    assume(courses is not None)
    assert courses is not None

    for number in (0, 5, 7, 8, 10, 14, 20, 35, 44, 52, 60, 75, 376, 390, 420):
        on = date(1999, 12, 25) + timedelta(days=number)
        assert courses.possible(on) == plainly_possible(courses, on)
        assert courses.flips(on) == plain_flips(courses, on)


def test_each_course_is_read_once_however_many_days_are_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[Course] = []

    def runs(course: Course) -> list[uncertainty.Run]:
        read.append(course)
        return plain(course)

    plain = uncertainty._runs
    monkeypatch.setattr(uncertainty, "_runs", runs)
    courses = envelope(folded([JOINED, VAGUE], PLAIN), "AAA")
    assert courses is not None

    for number in range(100):
        courses.flips(date(2003, 2, 1) + timedelta(days=number))

    assert len(read) == len(courses.courses)
