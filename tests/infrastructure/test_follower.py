"""The follower knows the end of the log, wakes who waits for it, and tells its keepers before it says so."""

import threading
import time
from collections.abc import Iterator, Mapping

import psycopg
import pytest
import sqlalchemy as sa

from domain.bounds import Record
from domain.errors import Unavailable
from infrastructure.archive import EventArchive
from infrastructure.database import migrate, open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.follower import MOST_TOLD, Follower
from infrastructure.projector import Projector
from tests.infrastructure.histories import record
from tests.infrastructure.test_projector import admission, defined, ratified, wait_until

SOON_SECONDS = 30.0


class Notebook:
    """A keeper that writes down what it is told, and how far the log was said to go at that moment."""

    def __init__(self) -> None:
        self.follower: Follower | None = None
        self.told: list[tuple[dict[str, int], int, int]] = []
        self.known: list[int] = []
        self.forgotten = 0

    def learn(self, grown: Mapping[str, int], *, since: int, up_to: int) -> None:
        self.told.append((dict(grown), since, up_to))
        if self.follower is not None:
            self.known.append(self.follower._known.position)

    def forget(self) -> None:
        self.forgotten += 1


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


def test_what_another_process_records_is_seen_soon(
    migrated_database_url: str, archive: EventArchive
) -> None:
    other = open_engine(migrated_database_url)

    with Follower(archive) as follower:
        before = follower.head
        position = record(EventArchive(other), [defined("npt"), ratified("npt", "POL")])
        arrived = follower.wait_for(position, SOON_SECONDS)
    other.dispose()

    assert (before.position, before.at) == (0, None)
    assert arrived
    assert follower.head == archive.head()


def test_who_waits_for_what_is_not_recorded_waits_no_longer_than_he_said(
    archive: EventArchive,
) -> None:
    record(archive, [defined("npt")])

    with Follower(archive) as follower:
        start = time.monotonic()
        arrived = (follower.wait_for(1, 0.0), follower.wait_for(2, 0.05))
        waited = time.monotonic() - start

    assert arrived == (True, False)
    assert 0.05 <= waited < SOON_SECONDS


def test_many_may_wait_for_different_positions(archive: EventArchive) -> None:
    arrived: list[int] = []

    with Follower(archive) as follower:

        def wait(position: int) -> None:
            assert follower.wait_for(position, SOON_SECONDS)
            arrived.append(position)

        threads = [threading.Thread(target=wait, args=(each,)) for each in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for treaty in ("npt", "ctbt", "open-skies"):
            record(archive, [defined(treaty)])
        for thread in threads:
            thread.join()

    assert sorted(arrived) == [1, 2, 3]


def test_how_far_the_read_model_is_can_be_waited_for(
    engine: sa.Engine, archive: EventArchive
) -> None:
    with Follower(archive) as follower:
        position = record(archive, [defined("npt")])
        before = follower.wait_until_projected(position, 0.05)
        Projector(engine, archive).step()
        after = follower.wait_until_projected(position, SOON_SECONDS)

    assert (before, after) == (False, True)
    assert follower.projected == position


def test_keepers_are_told_what_grew_before_anybody_hears_of_it(archive: EventArchive) -> None:
    record(archive, [defined("npt"), defined("ctbt")])
    notebook = Notebook()

    with Follower(archive, [notebook]) as follower:
        notebook.follower = follower
        position = record(archive, [ratified("npt", "POL"), ratified("npt", "USA")])
        assert follower.wait_for(position, SOON_SECONDS)

    assert notebook.told == [
        ({"treaty:npt": 1, "treaty:ctbt": 2}, 0, 2),
        ({"treaty:npt": 4}, 2, 4),
    ]
    assert notebook.known == [2]


def test_what_grew_by_very_much_is_told_as_unknown(
    archive: EventArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.follower.MOST_TOLD", 2)
    notebook = Notebook()
    record(archive, [defined("npt"), ratified("npt", "POL"), ratified("npt", "USA")])

    Follower(archive, [notebook]).look()

    assert MOST_TOLD > 2
    assert notebook.told == [({}, 3, 3)]


def test_without_a_thread_the_database_is_asked_each_time(archive: EventArchive) -> None:
    follower = Follower(archive)
    before = follower.head.position
    position = record(archive, [defined("npt")])

    assert before == 0
    assert follower.head.position == position
    assert follower.wait_for(position, 0.0)
    assert not follower.wait_for(position + 1, 0.05)


def test_one_that_was_stopped_asks_the_database_again(archive: EventArchive) -> None:
    with Follower(archive) as follower:
        pass
    position = record(archive, [defined("npt")])

    assert follower.head.position == position


def test_a_log_that_is_shorter_than_before_makes_keepers_forget(
    archive: EventArchive, sqlite_database: str
) -> None:
    record(archive, [defined("npt"), defined("ctbt")])
    notebook = Notebook()
    follower = Follower(archive, [notebook])
    follower.look()

    migrate(f"{sqlite_database}.restored")
    restored = open_engine(f"{sqlite_database}.restored")
    follower._archive = EventArchive(restored)
    shorter = follower.look()
    restored.dispose()

    assert (shorter.position, notebook.forgotten) == (0, 1)


def test_a_lost_database_is_followed_again(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database)
    archive = EventArchive(engine)

    with Follower(archive) as follower:
        record(archive, [defined("npt")])
        assert follower.wait_for(1, SOON_SECONDS)
        with admission(migrated_postgres_database):
            wait_until(lambda: follower.silent_seconds > 1.5)
            during = follower.head.position
        wait_until(lambda: follower.silent_seconds < 1.0)
        record(archive, [defined("ctbt")])
        assert follower.wait_for(2, SOON_SECONDS)
    engine.dispose()

    assert during == 1


def test_one_cannot_begin_to_follow_what_is_not_there() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(Unavailable):
        Follower(EventArchive(engine)).start()


def test_a_cut_listener_is_replaced(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database)
    other = open_engine(migrated_postgres_database)

    with Follower(EventArchive(engine)) as follower:
        with psycopg.connect(migrated_postgres_database, autocommit=True) as shell:
            shell.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'timeline-waker' AND datname = current_database()"
            )
        position = record(EventArchive(other), [defined("npt")])
        arrived = follower.wait_for(position, SOON_SECONDS)
    engine.dispose()
    other.dispose()

    assert arrived


def test_dossiers_that_are_told_read_only_what_grew(
    engine: sa.Engine, archive: EventArchive
) -> None:
    record(archive, [defined("npt"), defined("ctbt"), ratified("npt", "POL")])
    dossiers = Dossiers(archive)
    statements: list[str] = []

    with Follower(archive, [dossiers]) as follower:
        first = dossiers.fold("npt", Record(position=follower.head.position))
        position = record(archive, [ratified("ctbt", "POL")])
        assert follower.wait_for(position, SOON_SECONDS)
        with counted(engine, "originator_id = ", statements):
            second = dossiers.fold("npt", Record(position=position))
            other = dossiers.entries("ctbt", Record(position=position))

    assert second is first
    assert len(other) == 2
    assert len(statements) == 1


class counted:  # noqa: N801 (a context manager reads as a word)
    """Notes the statements with a text in them."""

    def __init__(self, engine: sa.Engine, text: str, statements: list[str]) -> None:
        self._engine, self._text, self._statements = engine, text, statements

    def __enter__(self) -> None:
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def __exit__(self, *details: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if self._text in statement:
            self._statements.append(statement)
