"""What holds of every history, whatever was done and whichever clauses a treaty has."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acts import Act
from domain.treaty import TreatyFold
from tests.domain.dossiers import folded
from tests.domain.histories import PARTIES, REGISTER, acts, clauses

EXAMPLES = settings(max_examples=150, deadline=None)


def made(
    given_acts: tuple[Act, ...], final: Mapping[str, Any], as_seen: str | None = None
) -> TreatyFold:
    """The fold of the history."""
    return folded(given_acts, final, register=REGISTER, as_seen=as_seen)


def everything(fold: TreatyFold) -> object:
    """All that a fold can tell, in values that can be compared."""
    courses = {party: fold.course(party) for party in (*PARTIES, *fold.parties())}
    return courses, fold.parties(), fold.entry(), fold.end, fold.spans, fold.expected_ends


@EXAMPLES
@given(
    history=acts(), final=clauses(), cut=st.integers(0, 14), asked=st.sets(st.sampled_from(PARTIES))
)
def test_a_fold_with_acts_more_equals_the_one_made_from_the_beginning(
    history: tuple[Act, ...], final: Mapping[str, Any], cut: int, asked: set[str]
) -> None:
    before = made(history[:cut], final)
    for party in asked:
        before.course(party)
    before.entry()

    extended = before.with_acts(history[cut:])

    assert everything(extended) == everything(made(history, final))


@EXAMPLES
@given(history=acts(), final=clauses(), cut=st.integers(0, 14))
def test_the_parties_that_changed_are_those_whose_courses_differ(
    history: tuple[Act, ...], final: Mapping[str, Any], cut: int
) -> None:
    before, after = made(history[:cut], final), made(history, final)

    extended = before.with_acts(history[cut:])

    on_file = {*before.parties(), *after.parties()}
    differ = {party for party in on_file if before.course(party) != after.course(party)}
    assert set(extended.changed_from(before)) == differ


@EXAMPLES
@given(history=acts(), final=clauses(), shuffled=st.randoms(use_true_random=False))
def test_acts_recorded_in_another_order_give_the_same_answers(
    history: tuple[Act, ...], final: Mapping[str, Any], shuffled: Any
) -> None:
    another = list(history)
    shuffled.shuffle(another)

    assert everything(made(tuple(another), final)) == everything(made(history, final))


@EXAMPLES
@given(history=acts(), final=clauses())
def test_the_order_of_asking_changes_no_answer(
    history: tuple[Act, ...], final: Mapping[str, Any]
) -> None:
    one, other = made(history, final), made(history, final)

    backwards = {party: other.course(party) for party in reversed(PARTIES)}

    assert {party: one.course(party) for party in PARTIES} == backwards


@EXAMPLES
@given(history=acts(), final=clauses())
def test_every_day_has_exactly_one_status_and_the_periods_tile_the_time_line(
    history: tuple[Act, ...], final: Mapping[str, Any]
) -> None:
    fold = made(history, final)

    for party in PARTIES:
        spans = fold.course(party).spans
        assert spans[0].start == date.min
        assert spans[-1].end is None
        assert [each.end for each in spans[:-1]] == [each.start for each in spans[1:]]
        assert all(each.end is None or each.start < each.end for each in spans)
