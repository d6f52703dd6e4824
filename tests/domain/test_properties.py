"""What holds of every history, whatever was done and whichever clauses a treaty has."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acts import Act
from domain.answers import answer, roster, state
from domain.bounds import Bounds, Record
from domain.clauses import AllSignatories, Instruments, Members, Named, Requirement, Share
from domain.comparison import changes
from domain.dates import earliest
from domain.requirements import Circumstances, Deposit, read_deposits
from domain.treaty import TreatyFold
from tests.domain.dossiers import did, folded
from tests.domain.histories import PARTIES, REGISTER, acts, clauses, days

EXAMPLES = settings(max_examples=60, deadline=None)


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
@given(history=acts(), final=clauses(), on=days)
def test_any_history_can_be_answered_and_every_act_is_accounted_for(
    history: tuple[Act, ...], final: Mapping[str, Any], on: date
) -> None:
    fold = made(history, final)
    bounds = Bounds(as_of=on, record=Record(position=1))

    for party in PARTIES:
        said: Any = answer(fold, party, bounds, towards="AAA", explain=True)
        accounted = [each["act"] for each in (*said["because"], *said["disregarded"])]
        assert sorted(accounted) == sorted(act.id for act in fold.acts(party))
        assert all(each["why"] for each in said["disregarded"])
    assert state(fold, bounds)["state"]
    assert changes(fold, None, None) is not None
    assert len(roster(fold, bounds)) == sum(fold.counts(on).values())


@EXAMPLES
@given(history=acts(), final=clauses(), on=days)
def test_what_is_done_later_changes_no_answer_as_seen_before(
    history: tuple[Act, ...], final: Mapping[str, Any], on: date
) -> None:
    def seen(act: Act) -> bool:
        known = act.known_from()
        return act.kind == "record_corrected" or (known is not None and earliest(known) <= on)

    by_then = tuple(act for act in history if seen(act))

    seen_later = made(history, final, on.isoformat())
    seen_then = made(by_then, final, on.isoformat())

    for party in PARTIES:
        assert seen_later.course(party).spans == seen_then.course(party).spans


@EXAMPLES
@given(history=acts(), final=clauses(), place=st.integers(0, 13))
def test_a_correction_of_a_correction_restores_what_it_removed(
    history: tuple[Act, ...], final: Mapping[str, Any], place: int
) -> None:
    if place >= len(history):
        return
    target = history[place]
    fix = did(None, "record_corrected", dated="2020-01-01", concerns=target.id, id="fix")
    unfix = did(None, "record_corrected", dated="2020-01-02", concerns="fix", id="unfix")

    restored = made((*history, fix, unfix), final)

    assert [act for act in restored.dossier.acts if act.id != "unfix"] == list(
        made(history, final).dossier.acts
    )


@EXAMPLES
@given(history=acts(), final=clauses())
def test_the_deposits_counted_one_by_one_meet_the_conditions_when_counted_anew_for_each_day(
    history: tuple[Act, ...], final: Mapping[str, Any]
) -> None:
    fold = made(history, final)
    clause = fold.dossier.now.entry_into_force
    required = clause.all_of if clause is not None else ()

    reading = read_deposits(fold._circumstances, required, None, lambda day: day)

    assert reading.met_on == first_day_met(fold._circumstances, required)


def first_day_met(around: Circumstances, required: Sequence[Requirement]) -> date | None:
    """The obvious way: for each day of a deposit, count all that stands."""
    for on in sorted({each.day for each in around.deposits}) if required else ():
        standing = [each for each in around.deposits if each.stands(on)]
        if all(is_met(around, each, standing, on) for each in required):
            return on
    return None


def is_met(
    around: Circumstances, requirement: Requirement, standing: Sequence[Deposit], on: date
) -> bool:
    given_by = {each.party for each in standing}

    def has(party: str) -> bool:
        return any(
            party in around.persons(each) or each in around.persons(party) for each in given_by
        )

    match requirement:
        case Instruments():
            group = around.clauses.groups[requirement.among].parties if requirement.among else None
            counted = {
                each.party
                for each in standing
                if each.party not in requirement.not_counted
                and (not requirement.kinds or each.act.kind in requirement.kinds)
                and (group is None or each.party in group)
            }
            return len(counted) >= requirement.count
        case Named():
            return all(has(each) for each in requirement.parties)
        case Members():
            members = around.clauses.groups[requirement.group].parties
            return sum(has(each) for each in members) >= (requirement.at_least or len(members))
        case Share():
            weight = around.clauses.weights[requirement.weight]
            held = sum(Decimal(share) for party, share in weight.shares.items() if has(party))
            share = 100 * held / Decimal(weight.total)
            least = Decimal(requirement.percent)
            return share > least if requirement.more_than else share >= least
        case AllSignatories():
            signed = [party for party, day in around.signatories.items() if day <= on]
            return bool(signed) and all(has(each) for each in signed)
        case _:
            raise AssertionError(requirement)


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
