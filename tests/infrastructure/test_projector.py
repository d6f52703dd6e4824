"""The projector takes whole transactions, each exactly once, whoever else projects and whatever breaks."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry
from domain.dates import UncertainDay
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import DatabaseOptions, glancing, open_engine, writing
from infrastructure.feeding import FeedWriter
from infrastructure.projector import Projector, place_of
from tests.infrastructure.comparing import assert_tables_say_what_folds_say
from tests.infrastructure.histories import Fact, record
from tests.infrastructure.projecting import projecting

FINISHES_WITHIN_SECONDS = 60
TREATIES = ("npt", "ctbt", "open-skies")
PARTIES = ("POL", "USA", "RUS", "DEU", "FRA")


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


def defined(treaty: str, **clauses: Any) -> Definition:
    entry = {"article": "1", "all_of": [{"rule": "instruments", "count": 2}]}
    return Definition(
        id=str(uuid4()),
        treaty=treaty,
        title=treaty,
        identifiers={},
        depositaries=(),
        clauses={"entry_into_force": entry, **clauses},
    )


def ratified(treaty: str, party: str, day: str = "1995-05-22", **more: Any) -> Act:
    return Act(
        id=str(uuid4()),
        treaty=treaty,
        kind="ratification",
        party=party,
        received=date.fromisoformat(day),
        **more,
    )


def entered(party: str, name: str, **more: Any) -> PartyEntry:
    return PartyEntry(
        id=str(uuid4()), party=party, data={"party": party, "names": [{"name": name}], **more}
    )


def brought_level(engine: sa.Engine, archive: EventArchive, batch: int = 1_000) -> Projector:
    projector = Projector(engine, archive, batch=batch)
    while projector.step():
        pass
    return projector


def count(engine: sa.Engine, table: str) -> int:
    with glancing(engine) as connection:
        number: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
    return number


def asked(engine: sa.Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with glancing(engine) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def recorded_singly(archive: EventArchive, transactions: int) -> Sequence[int]:
    """Acts of three treaties, one or two to a transaction; gives the positions."""
    chance = random.Random(7)
    positions = [record(archive, [defined(treaty) for treaty in TREATIES])]
    for number in range(transactions):
        facts: list[Fact] = [
            ratified(
                chance.choice(TREATIES),
                chance.choice(PARTIES),
                str(date(1990, 1, 1) + timedelta(days=chance.randrange(3000))),
                note=f"number {number}",
            )
            for _ in range(chance.randrange(1, 3))
        ]
        positions.append(record(archive, facts))
    return positions


def test_the_position_and_the_lag_are_told(engine: sa.Engine, archive: EventArchive) -> None:
    projector = Projector(engine, archive)
    before = (projector.position, projector.lag, projector.step())
    record(archive, [defined("npt"), ratified("npt", "POL")])

    behind = (projector.position, projector.lag)
    moved = projector.step()

    assert before == (0, 0, 0)
    assert behind == (0, 2)
    assert (moved, projector.position, projector.lag) == (2, 2, 0)
    assert projector.step() == 0


def test_a_transaction_is_taken_whole_however_small_the_batch(
    engine: sa.Engine, archive: EventArchive
) -> None:
    record(archive, [defined("npt"), *(ratified("npt", party) for party in PARTIES)])
    record(archive, [ratified("npt", "GBR")])
    projector = Projector(engine, archive, batch=2)

    moved = [projector.step(), projector.step(), projector.step()]

    assert moved == [6, 1, 0]
    assert asked(engine, "SELECT DISTINCT recorded_from FROM status ORDER BY 1") == [(6,), (7,)]


def test_several_transactions_of_one_batch_are_told_apart(
    engine: sa.Engine, archive: EventArchive
) -> None:
    positions = recorded_singly(archive, 12)

    assert Projector(engine, archive).step() == positions[-1]

    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions)


def test_a_treaty_is_projected_anew_when_one_that_it_depends_on_changes(
    engine: sa.Engine, archive: EventArchive
) -> None:
    after_npt = {"article": "1", "all_of": [{"rule": "parent_in_force", "treaty": "npt"}]}
    record(archive, [defined("npt"), defined("ctbt", entry_into_force=after_npt)])
    record(archive, [ratified("ctbt", "POL"), ratified("npt", "POL")])
    brought_level(engine, archive)
    position = record(archive, [ratified("npt", "USA", "1996-01-01")])
    brought_level(engine, archive)

    changed = asked(
        engine,
        "SELECT party, to_status, recorded_from FROM change WHERE treaty = 'ctbt' "
        "AND recorded_until IS NULL ORDER BY day DESC LIMIT 1",
    )

    assert changed == [("POL", "party", position)]


def test_a_vague_day_under_a_treaty_leaves_those_that_depend_on_it_in_doubt(
    engine: sa.Engine, archive: EventArchive
) -> None:
    after_npt = {"article": "1", "all_of": [{"rule": "parent_in_force", "treaty": "npt"}]}
    vague = UncertainDay(edtf="1996", earliest=date(1996, 1, 1), latest=date(1996, 12, 31))
    record(archive, [defined("npt"), defined("ctbt", entry_into_force=after_npt)])
    record(archive, [ratified("ctbt", "POL"), ratified("npt", "POL")])
    record(archive, [replace(ratified("npt", "USA"), received=vague)])
    brought_level(engine, archive)

    doubtful = asked(
        engine,
        "SELECT party, status, certainty FROM status WHERE treaty = 'ctbt'"
        " AND recorded_until IS NULL AND valid_from = '1996-01-01'",
    )

    assert doubtful == [("POL", "party", "possible")]


def test_an_entry_of_the_register_that_changes_the_law_changes_the_treaties_that_name_the_party(
    engine: sa.Engine, archive: EventArchive
) -> None:
    record(archive, [entered("SUN", "Soviet Union"), entered("POL", "Poland")])
    record(archive, [defined("npt"), ratified("npt", "SUN"), ratified("npt", "POL")])
    brought_level(engine, archive)
    gone = {"existence": [{"from": "1922-12-30", "until": "1991-12-26"}]}
    position = record(archive, [entered("SUN", "Soviet Union", **gone)])
    brought_level(engine, archive)

    rows = asked(
        engine,
        "SELECT valid_from, status FROM status WHERE party = 'SUN' AND recorded_from = :position",
        position=position,
    )

    assert [(str(day), status) for day, status in rows] == [("1991-12-26", "extinct")]
    assert asked(engine, "SELECT name FROM party WHERE recorded_until = :p", p=position) == [
        ("Soviet Union",)
    ]


def test_an_entry_that_changes_a_name_alone_changes_no_status(
    engine: sa.Engine, archive: EventArchive
) -> None:
    record(archive, [entered("CZE", "Czech Republic"), defined("npt"), ratified("npt", "CZE")])
    brought_level(engine, archive)
    position = record(archive, [entered("CZE", "Czechia")])
    brought_level(engine, archive)

    assert asked(engine, "SELECT name, recorded_from FROM party ORDER BY 2") == [
        ("Czech Republic", 3),
        ("Czechia", position),
    ]
    assert count(engine, "status WHERE recorded_until IS NOT NULL") == 0


def test_a_new_definition_takes_the_place_of_the_old_one(
    engine: sa.Engine, archive: EventArchive
) -> None:
    first = record(archive, [defined("npt")])
    brought_level(engine, archive)
    second = record(archive, [defined("npt", parent="ctbt")])
    brought_level(engine, archive)

    rows = asked(
        engine, "SELECT treaty, recorded_from, recorded_until FROM treaty ORDER BY recorded_from"
    )

    assert rows == [("npt", first, second), ("npt", second, None)]


def test_many_projectors_of_many_processes_do_each_entry_once(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    positions = recorded_singly(archive, 60)

    with projecting(migrated_database_url, batch=3, processes=3) as started:
        projected = [told.recv() for _, told in started]

    assert sum(projected) == positions[-1]
    assert count(engine, "act") == positions[-1] - len(TREATIES)
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions[::20])


def test_a_projector_that_is_killed_anywhere_is_taken_up_with_no_entry_twice(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    chance = random.Random(11)
    positions = recorded_singly(archive, 200)

    watched = Projector(engine, archive)
    seen = [0]
    while watched.lag and len(seen) < 12:
        with projecting(migrated_database_url, batch=2, processes=2) as started:
            wait_until(lambda: watched.position > seen[-1])
            time.sleep(chance.uniform(0.0, 0.03))  # a point that nobody chose
            for process, _ in started:
                process.kill()
        seen.append(watched.position)
    brought_level(engine, archive, batch=2)

    assert len(seen) > 3
    assert count(engine, "act") == positions[-1] - len(TREATIES)
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions[::50])


def test_one_that_loses_the_race_takes_nothing_away_and_goes_on_from_there(
    engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 4)
    slow, fast = Projector(engine, archive), Projector(engine, archive)
    place = slow.place()
    transactions = archive.transactions(0)
    fast.step()

    _, projection = slow._projection_at(place)
    projection.project(transactions)
    positions = [record(archive, [ratified("npt", "ITA")])]
    slow.step()

    assert fast.step() == 0
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions)


def test_what_somebody_changed_by_hand_is_noticed_and_believed_no_longer(
    engine: sa.Engine, archive: EventArchive
) -> None:
    record(archive, [defined("npt"), ratified("npt", "POL"), ratified("npt", "USA")])
    projector = brought_level(engine, archive)
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM built_status WHERE party = 'POL'")
    stop = threading.Event()
    position = record(archive, [ratified("npt", "POL", "1990-01-01")])

    with running(projector, stop):
        wait_until(lambda: projector.position == position)

    assert projector.errors == 1
    assert_tables_say_what_folds_say(engine, archive, ["npt"], [position])


def test_a_running_projector_keeps_up_and_stops_when_told(
    engine: sa.Engine, archive: EventArchive
) -> None:
    projector = Projector(engine, archive)
    stop = threading.Event()

    with running(projector, stop):
        position = record(archive, [defined("npt"), ratified("npt", "POL")])
        wait_until(lambda: projector.position == position)

    assert (projector.projected, projector.errors) == (2, 0)


class Overseen(FeedWriter):
    """A writer of the feed that remembers how far the read model was whenever it was its turn."""

    def __init__(self, engine: sa.Engine, archive: EventArchive) -> None:
        super().__init__(engine, archive, SystemClock())
        self._engine = engine
        self.turns: list[int] = []

    def step(self) -> int:
        self.turns.append(place_of(self._engine).lag)
        return super().step()


def test_while_it_is_batches_behind_the_read_model_goes_before_the_feed(
    engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 12)
    feed = Overseen(engine, archive)

    with running(Projector(engine, archive, batch=2, feed=feed), threading.Event()):
        wait_until(lambda: feed.told >= 12)

    assert feed.turns[0] == 0


def test_the_feed_does_not_wait_for_ever(engine: sa.Engine, archive: EventArchive) -> None:
    recorded_singly(archive, 12)
    feed = Overseen(engine, archive)
    projector = Projector(engine, archive, batch=2, feed=feed, feed_waits_seconds=0)

    with running(projector, threading.Event()):
        wait_until(lambda: feed.told >= 12)

    assert feed.turns[0] > 0


def test_one_that_stands_by_takes_over_when_the_other_is_gone(
    engine: sa.Engine, archive: EventArchive
) -> None:
    first, second = Projector(engine, archive, batch=1), Projector(engine, archive, batch=1)
    positions = recorded_singly(archive, 20)
    stop_first, stop_second = threading.Event(), threading.Event()

    with running(second, stop_second):
        with running(first, stop_first):
            wait_until(lambda: first.position == positions[-1])
        last = record(archive, [ratified("npt", "ITA")])
        wait_until(lambda: second.position == last)

    assert first.projected + second.projected == last
    assert (first.errors, second.errors) == (0, 0)


def test_a_lost_database_is_waited_for(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database)
    archive = EventArchive(engine)
    projector = Projector(engine, archive)
    stop = threading.Event()

    with running(projector, stop):
        record(archive, [defined("npt")])
        wait_until(lambda: projector.position == 1)
        with admission(migrated_postgres_database):
            wait_until(lambda: projector.errors > 0)
        position = record(archive, [ratified("npt", "POL")])
        wait_until(lambda: projector.position == position)
    engine.dispose()

    assert position == 2


def test_a_busy_database_is_waited_for(migrated_sqlite_database: str) -> None:
    engine = open_engine(migrated_sqlite_database, DatabaseOptions(lock_timeout_seconds=0.05))
    archive = EventArchive(engine)
    projector = Projector(engine, archive)
    position = record(archive, [defined("npt"), ratified("npt", "POL")])
    other = open_engine(f"{migrated_sqlite_database}?")
    stop = threading.Event()

    with other.connect() as holder:
        holder.execution_options(use="writing")
        holder.begin()
        with running(projector, stop):
            wait_until(lambda: projector.errors > 0)
            holder.rollback()
            wait_until(lambda: projector.position == position)
    other.dispose()
    engine.dispose()

    assert projector.projected == 2


@contextmanager
def running(projector: Projector, stop: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=projector.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(FINISHES_WITHIN_SECONDS)
    assert not thread.is_alive()


@contextmanager
def admission(url: str) -> Iterator[None]:
    """Nobody but the one who does this is let into the database, until the end of the block."""
    address = sa.make_url(url)
    server = open_engine(address.set(database="postgres"))

    def tell(*statements: str) -> None:
        with glancing(server) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    name = address.database
    tell(
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    try:
        yield
    finally:
        tell(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        server.dispose()


def wait_until(condition: Any) -> None:
    end_by = time.monotonic() + FINISHES_WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < end_by
        time.sleep(0.01)
