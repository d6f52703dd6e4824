"""Dossiers at any position are what the log says, however much of it is kept in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acts import Act, Entry
from domain.bounds import Record
from domain.dossier import open_dossier
from domain.errors import NotFound
from domain.parties import Register
from domain.ports import REGISTER, dossier_stream, stream_of
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.files import Files
from infrastructure.folds import Folds
from tests.domain.dossiers import history as courses_of
from tests.infrastructure.histories import Drafts, Fact, History, drafts, record
from tests.infrastructure.test_projector import defined, entered, ratified


class Shelf:
    """A log in memory, which counts how often it is read."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.reads = 0

    def record(self, facts: Sequence[Fact]) -> int:
        for fact in facts:
            stream = stream_of(fact)
            version = sum(each.stream == stream for each in self.log) + 1
            entry = Entry(
                content=fact,
                position=len(self.log) + 1,
                stream=stream,
                stream_version=version,
                recorded_at=SystemClock().now(),
                recorded_by="clerk",
            )
            self.log.append(entry)
        return len(self.log)

    def entries(
        self, stream: str, *, up_to: int | None = None, after: int = 0
    ) -> tuple[Entry, ...]:
        self.reads += 1
        return tuple(
            each
            for each in self.log
            if each.stream == stream
            and each.stream_version > after
            and (up_to is None or each.position <= up_to)
        )


def folds_over(shelf: Shelf, **options: Any) -> Folds:
    nobody = Register()
    return Folds(Files(shelf, **options), lambda _: nobody, **options)


def after(treaty: str) -> Mapping[str, Any]:
    required = {"rule": "parent_in_force", "treaty": treaty}
    return {"article": "1", "all_of": [required]}


def test_a_file_grows_by_what_was_recorded_since_it_was_read() -> None:
    shelf = Shelf()
    files = Files(shelf)
    first = shelf.record([defined("npt"), ratified("npt", "POL")])
    then = files.file("treaty:npt", first).version(first)
    second = shelf.record([ratified("npt", "USA")])
    now = files.file("treaty:npt", second)

    assert (then, now.version(second), now.version(first)) == (2, 3, 2)
    assert [each.position for each in now.up_to(2)] == [1, 2]


def test_a_file_of_which_nothing_new_is_told_is_not_read_again() -> None:
    shelf = Shelf()
    files = Files(shelf)
    position = shelf.record([defined("npt"), defined("ctbt")])
    files.learn({}, since=position, up_to=position)
    files.file("treaty:npt", position)
    files.file("treaty:ctbt", position)
    later = shelf.record([ratified("ctbt", "POL")])
    files.learn({"treaty:ctbt": later}, since=position, up_to=later)

    versions = [files.file(f"treaty:{name}", later).version(later) for name in ("npt", "ctbt")]

    assert versions == [1, 2]
    assert shelf.reads == 3


def test_what_happened_while_nobody_told_is_read() -> None:
    shelf = Shelf()
    files = Files(shelf)
    first = shelf.record([defined("npt")])
    files.learn({}, since=first, up_to=first)
    files.file("treaty:npt", first)
    second = shelf.record([ratified("npt", "POL")])
    third = shelf.record([defined("ctbt")])
    files.learn({"treaty:ctbt": third}, since=second, up_to=third)

    assert files.file("treaty:npt", third).version(third) == 2


def test_entries_that_are_handed_over_need_not_be_read() -> None:
    shelf = Shelf()
    files = Files(shelf)
    first = shelf.record([defined("npt"), ratified("npt", "POL")])
    files.take(shelf.log, since=0, up_to=first)
    second = shelf.record([ratified("npt", "USA"), defined("ctbt")])
    files.take(shelf.log[first:], since=first, up_to=second)

    versions = [files.file(f"treaty:{name}", second).version(second) for name in ("npt", "ctbt")]

    assert versions == [3, 1]
    assert shelf.reads == 0


def test_the_files_used_last_are_kept_as_far_as_there_is_room() -> None:
    shelf = Shelf()
    files = Files(shelf, capacity=4)
    names = ("npt", "ctbt", "open-skies")
    acts = [ratified(each, "POL") for each in names]
    position = shelf.record([*map(defined, names), *acts])
    for treaty in ("npt", "ctbt", "npt", "open-skies", "npt"):
        files.file(dossier_stream(treaty), position)
    before = shelf.reads

    files.file("treaty:ctbt", position)

    assert (before, shelf.reads) == (3, 4)


def test_the_newest_fold_is_kept_and_older_ones_beside_it() -> None:
    shelf = Shelf()
    folds = folds_over(shelf)
    first = shelf.record([defined("npt"), ratified("npt", "POL")])
    second = shelf.record([ratified("npt", "USA")])

    made = [folds.at("npt", position) for position in (second, first, second, first)]

    assert made[0] is made[2]
    assert made[1] is made[3]
    assert [len(fold.dossier.acts) for fold in made[:2]] == [2, 1]
    assert (folds.hits, folds.misses) == (2, 2)


def test_a_fold_is_made_anew_when_one_that_it_depends_on_is() -> None:
    shelf = Shelf()
    folds = folds_over(shelf)
    first = shelf.record([defined("npt"), defined("ctbt", entry_into_force=after("npt"))])
    second = shelf.record([ratified("npt", "POL"), ratified("npt", "USA")])

    before, now = folds.at("ctbt", first), folds.at("ctbt", second)

    assert before.entry().on is None
    assert now.entry().on is not None
    assert now.related["npt"] is folds.at("npt", second)


def test_what_others_depend_on_is_folded_before_all_of_them() -> None:
    """Where a treaty depends on two, one of which depends on the other."""
    shelf = Shelf()
    folds = folds_over(shelf)
    both = {"article": "1", "all_of": [*after("ctbt")["all_of"], *after("npt")["all_of"]]}
    position = shelf.record(
        [
            defined("npt"),
            defined("ctbt", entry_into_force=after("npt")),
            defined("protocol", entry_into_force=both),
            ratified("npt", "POL"),
            ratified("npt", "USA"),
        ]
    )

    protocol = folds.at("protocol", position)

    assert protocol.related["ctbt"].related["npt"].entry().on is not None
    assert protocol.entry().on is not None


def test_a_circle_of_treaties_is_cut_where_it_closes() -> None:
    shelf = Shelf()
    folds = folds_over(shelf)
    position = shelf.record(
        [
            defined("old", withdrawal={"article": "2", "by_revising": ["new"]}),
            defined("new", entry_into_force=after("old")),
            defined("own", parent="own"),
        ]
    )

    old, new, own = (folds.at(treaty, position) for treaty in ("old", "new", "own"))

    assert old.related["new"].related == {}
    assert new.related["old"].related == {}
    assert own.related == {}
    assert folds.at("old", position) is old


def test_a_ladder_of_treaties_is_climbed_once() -> None:
    """Each treaty depends on the two before it, so that there are millions of ways down."""
    shelf = Shelf()
    folds = folds_over(shelf)
    names = [f"step-{number}" for number in range(40)]
    definitions = [
        defined(
            name,
            entry_into_force={
                "article": "1",
                "all_of": [
                    each for other in names[max(0, n - 2) : n] for each in after(other)["all_of"]
                ],
            },
        )
        for n, name in enumerate(names)
    ]
    position = shelf.record(definitions)

    folds.at(names[-1], position)

    assert folds.misses == len(names)


def test_facts_that_are_looked_at_as_if_recorded_change_nothing_that_is_kept() -> None:
    shelf = Shelf()
    folds = folds_over(shelf)
    position = shelf.record([defined("npt"), ratified("npt", "POL")])
    before = folds.at("npt", position)

    supposed = folds.with_also("npt", position, [ratified("npt", "USA")])

    assert len(supposed.dossier.acts) == 2
    assert folds.at("npt", position) is before


def test_a_supposed_definition_may_depend_on_other_treaties() -> None:
    shelf = Shelf()
    folds = folds_over(shelf)
    position = shelf.record([defined("npt"), defined("ctbt")])

    supposed = folds.with_also("ctbt", position, [defined("ctbt", parent="npt")])

    assert set(supposed.related) == {"npt"}


@settings(max_examples=40)
@given(
    transactions=drafts(),
    what=st.integers(0, 2),
    capacity=st.integers(1, 40),
    asked=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=12),
)
def test_a_fold_is_the_same_whatever_is_kept(
    transactions: Drafts, what: int, capacity: int, asked: list[tuple[int, int]]
) -> None:
    history, shelf = History(), Shelf()
    kept = folds_over(shelf, capacity=capacity)
    positions = [shelf.record(history.beginning(what))]
    for transaction in transactions:
        positions.append(shelf.record([history.fact(each) for each in transaction]))
        kept.at(history.treaty(what), positions[-1])

    for turn, treaty in asked:
        position, name = positions[turn % len(positions)], history.treaty(treaty)
        fold, anew = kept.at(name, position), folds_over(shelf).at(name, position)
        assert fold.parties() == anew.parties()
        assert [courses_of(fold, each) for each in fold.parties()] == [
            courses_of(anew, each) for each in anew.parties()
        ]


# --- over a database ---


@pytest.fixture
def archive(migrated_database_url: str) -> Any:
    engine = open_engine(migrated_database_url)
    yield EventArchive(engine)
    engine.dispose()


def test_the_treaties_are_those_that_had_a_definition(archive: EventArchive) -> None:
    dossiers = Dossiers(archive)
    first = record(archive, [defined("npt"), ratified("ctbt", "POL")])
    before = dossiers.treaties(Record(position=first))
    second = record(archive, [defined("ctbt"), defined("npt")])

    assert before == ("npt",)
    assert dossiers.treaties(Record(position=second)) == ("ctbt", "npt")
    assert dossiers.treaties(Record(position=first)) == ("npt",)
    assert dossiers.treaties(Record(position=0)) == ()


def test_a_treaty_without_a_definition_is_not_found(archive: EventArchive) -> None:
    position = record(archive, [ratified("npt", "POL")])
    dossiers = Dossiers(archive)

    with pytest.raises(NotFound):
        dossiers.fold("npt", Record(position=position))
    with pytest.raises(NotFound):
        dossiers.fold("npt", Record(position=position), also=[ratified("npt", "USA")])
    supposed = dossiers.fold("npt", Record(position=position), also=[defined("npt")])

    assert [act.party for act in supposed.dossier.acts] == ["POL"]


def test_the_register_is_that_of_the_position(archive: EventArchive) -> None:
    dossiers = Dossiers(archive)
    first = record(archive, [entered("CZE", "Czech Republic")])
    second = record(archive, [entered("CZE", "Czechia"), entered("POL", "Poland")])

    names = [dossiers.register(Record(position=each)).get("CZE").names for each in (first, second)]

    assert [each[-1].name for each in names] == ["Czech Republic", "Czechia"]
    assert len(dossiers.register(Record(position=second))) == 2
    assert dossiers.version(REGISTER, Record(position=first)) == 1


def test_the_latest_definition_and_all_entries_are_given(archive: EventArchive) -> None:
    dossiers = Dossiers(archive)
    first = record(archive, [defined("npt"), ratified("npt", "POL")])
    second = record(archive, [defined("npt", parent="ctbt")])

    then, now = Record(position=first), Record(position=second)

    assert dossiers.definition("npt", now).clauses["parent"] == "ctbt"
    assert "parent" not in dossiers.definition("npt", then).clauses
    assert dossiers.entries("npt", now) == archive.entries("treaty:npt")
    assert len(dossiers.entries("npt", then)) == 2


def test_a_fold_of_what_could_be_known_is_kept_apart(archive: EventArchive) -> None:
    dossiers = Dossiers(archive)
    acts = [ratified("npt", "POL", "1990-01-01"), ratified("npt", "USA", "1995-01-01")]
    now = Record(position=record(archive, [defined("npt"), *acts]))
    day = acts[0].received

    whole, seen = dossiers.fold("npt", now), dossiers.fold("npt", now, as_seen=day)  # type: ignore[arg-type]  # a certain day

    assert (len(whole.dossier.acts), len(seen.dossier.acts)) == (2, 1)
    assert dossiers.fold("npt", now) is whole
    assert dossiers.hits == 1


def test_a_fold_says_what_one_made_by_hand_says(archive: EventArchive) -> None:
    acts: list[Act] = [ratified("npt", "POL"), ratified("npt", "USA", "1996-01-01")]
    position = record(archive, [defined("npt"), *acts])

    fold = Dossiers(archive).fold("npt", Record(position=position))
    by_hand = TreatyFold(open_dossier("npt", archive.entries("treaty:npt")), Register())

    assert [fold.course(each) for each in fold.parties()] == [
        by_hand.course(each) for each in by_hand.parties()
    ]
