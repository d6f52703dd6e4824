"""What changes along a course, and what becomes of a change when more is recorded."""

from datetime import date

import pytest

from domain.changes import Change, Ground, Held, Outcome, Revision, changes_in, revisions


def held(day: str, status: str, *flags: str) -> Held:
    return Held(start=date.fromisoformat(day), status=status, flags=flags)


def changed(
    day: str, before: str, after: str, *raised: str, certainty: str | None = None
) -> Change:
    return Change(
        on=date.fromisoformat(day),
        before=before,
        after=after,
        raised=raised,
        lowered=(),
        ground=Ground(certainty=certainty),
    )


NOTHING = held("0001-01-01", "none")
JOINED = changed("2002-01-01", "none", "party")
LEAVES = changed("2021-12-18", "party_withdrawing", "former_party")
LEAVES_LATER = changed("2022-06-18", "party_withdrawing", "former_party")


def test_a_change_is_a_day_on_which_status_or_flags_become_others() -> None:
    course = [
        held("2002-01-01", "party"),
        held("2003-01-01", "party"),
        held("2004-01-01", "party", "suspended_inter_se"),
        held("2005-01-01", "former_party"),
    ]

    found = changes_in(course, NOTHING)

    assert [
        (str(each.on), each.before, each.after, each.raised, each.lowered) for each in found
    ] == [
        ("2002-01-01", "none", "party", (), ()),
        ("2004-01-01", "party", "party", ("suspended_inter_se",), ()),
        ("2005-01-01", "party", "former_party", (), ("suspended_inter_se",)),
    ]


def test_where_nothing_is_known_to_have_held_before_nothing_changes() -> None:
    assert changes_in([held("1968-07-01", "not_open")], None) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((JOINED, LEAVES), (JOINED, LEAVES), []),
        ((JOINED,), (JOINED, LEAVES), [(None, LEAVES, None)]),
        ((JOINED, LEAVES), (JOINED,), [(LEAVES, None, Outcome.CANCELLED)]),
        ((LEAVES,), (LEAVES_LATER,), [(LEAVES, LEAVES_LATER, Outcome.MOVED)]),
        ((), (), []),
        ((), (LEAVES, JOINED), [(None, JOINED, None), (None, LEAVES, None)]),
    ],
    ids=["the same", "one more", "one less", "another day", "nothing", "the first"],
)
def test_what_is_recorded_revises_what_was_to_happen(
    before: tuple[Change, ...],
    after: tuple[Change, ...],
    expected: list[tuple[Change | None, Change | None, Outcome | None]],
) -> None:
    found = revisions(before, after)

    assert [(each.gone, each.new, each.outcome) for each in found] == expected


def test_a_change_that_only_becomes_certain_has_neither_moved_nor_ended() -> None:
    possible = changed("2021-12-18", "party", "former_party", certainty="possible")
    certain = changed("2021-12-18", "party", "former_party", certainty="certain")

    (revision,) = revisions([possible], [certain])

    assert revision == Revision(gone=possible, new=certain)
    assert revision.outcome is None


def test_of_several_the_nearest_day_takes_the_place() -> None:
    far = changed("2031-12-18", "party", "former_party")

    earlier = changed("2010-12-18", "party", "former_party")

    found = revisions([earlier, LEAVES], [LEAVES_LATER, far])

    assert found == (
        Revision(gone=LEAVES, new=LEAVES_LATER),
        Revision(gone=earlier, new=far),
    )
