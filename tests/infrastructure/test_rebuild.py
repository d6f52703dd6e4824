"""A rebuild ends in the same read model, beside whoever reads, records, projects or rebuilds meanwhile."""

import multiprocessing
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from infrastructure.archive import EventArchive
from infrastructure.database import DatabaseOptions, glancing, open_engine, writing
from infrastructure.differences import Difference, Samples
from infrastructure.projector import OfAnotherLog, Projector, place_of
from infrastructure.readmodel import BUILT, position_name
from infrastructure.rebuild import ABANDONED_AFTER, Rebuilt, rebuild
from tests.infrastructure.comparing import assert_tables_say_what_folds_say
from tests.infrastructure.histories import Drafts, History, drafts, record
from tests.infrastructure.test_projector import (
    FINISHES_WITHIN_SECONDS,
    TREATIES,
    brought_level,
    defined,
    entered,
    ratified,
    recorded_singly,
    running,
    wait_until,
)

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(transactions=drafts(), what=st.integers(0, 2))
def test_what_is_built_anew_is_what_was_projected(
    migrated_database_url: str,
    engine: sa.Engine,
    archive: EventArchive,
    transactions: Drafts,
    what: int,
) -> None:
    history = History()
    record(archive, history.beginning(what))
    for transaction in transactions:
        record(archive, [history.fact(draft) for draft in transaction])
    brought_level(engine, archive)
    before = rows_of(engine)

    rebuilt = rebuild(migrated_database_url, samples=Samples())

    assert rows_of(engine) == before
    assert rebuilt.differences == 0


def test_an_empty_log_is_built_too(migrated_database_url: str, engine: sa.Engine) -> None:
    rebuilt = rebuild(migrated_database_url, samples=Samples())

    assert (rebuilt.generation, rebuilt.position, rebuilt.entries) == (2, 0, 0)
    assert generations(engine) == [(2, "serving")]


def test_what_lies_between_the_building_and_the_switch_is_there_too(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    positions = list(recorded_singly(archive, 10))
    brought_level(engine, archive)

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "building" and done == total:
            positions.append(record(archive, [ratified("npt", "ITA"), entered("ITA", "Italy")]))
            brought_level(engine, archive)

    rebuilt = rebuild(migrated_database_url, progress=progress)

    assert rebuilt.position == positions[-1]
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions[-2:])


def test_several_processes_build_what_one_does(
    migrated_database_url: str,
    engine: sa.Engine,
    archive: EventArchive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded_singly(archive, 30)
    brought_level(engine, archive)
    before = rows_of(engine)
    monkeypatch.setattr("infrastructure.rebuild.WORTH_PROCESSES", 0)
    monkeypatch.setattr("infrastructure.rebuild.CHUNK", 10)

    rebuild(migrated_database_url, processes=2)

    assert rows_of(engine) == before


def test_only_the_generation_that_serves_is_left(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 10)
    brought_level(engine, archive)

    rebuilt = rebuild(migrated_database_url)

    assert generations(engine) == [(rebuilt.generation, "serving")]
    assert {row[0] for row in stored(engine, "projection_position", "name")} == {
        position_name(rebuilt.generation)
    }
    for table in BUILT:
        assert {row[0] for row in stored(engine, table.name, "generation")} <= {rebuilt.generation}


def test_the_projector_goes_on_with_the_new_generation(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 10)
    projector = brought_level(engine, archive)
    rebuild(migrated_database_url)

    position = record(archive, [ratified("npt", "ITA")])
    while projector.step():
        pass

    assert projector.position == position
    assert_tables_say_what_folds_say(engine, archive, TREATIES, [position])


def test_a_projector_cannot_write_to_a_generation_that_serves_no_more(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 5)
    slow = brought_level(engine, archive)
    place = slow.place()
    record(archive, [ratified("npt", "ITA")])
    rebuild(migrated_database_url)

    slow.place = lambda: place  # type: ignore[method-assign]  # what it saw before the switch
    slow.step()

    assert place_of(engine).position == archive.head().position
    assert {row[0] for row in stored(engine, "built_act", "generation")} == {2}


def test_each_difference_is_reported(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    position = record(archive, [defined("npt"), ratified("npt", "POL"), ratified("npt", "USA")])
    brought_level(engine, archive)
    with writing(engine) as connection:
        for change in (
            "UPDATE built_status SET status = 'signatory' WHERE party = 'POL'",
            "DELETE FROM built_status WHERE party = 'USA'",
            "UPDATE built_treaty_state SET state = 'expired' WHERE state = 'in_force'",
            "DELETE FROM built_act WHERE position = 2",
        ):
            connection.exec_driver_sql(change)
    found: list[Difference] = []

    rebuilt = rebuild(migrated_database_url, report=found.append, samples=Samples())

    day = date(1995, 5, 22)
    assert rebuilt.differences == len(found)
    assert {(each.treaty, each.party, each.before, each.after) for each in found if each.day} == {
        ("npt", None, "expired, certain, []", "in_force, certain, []"),
        ("npt", "POL", "signatory, certain, []", "party, certain, []"),
        ("npt", "USA", None, "party, certain, []"),
    }
    assert {each.day for each in found} == {day, None}
    assert [each for each in found if each.day is None] == [
        Difference(position=2, treaty="npt", party="POL", before=None, after="ratification")
    ]
    assert_tables_say_what_folds_say(engine, archive, ["npt"], [position])


@pytest.mark.parametrize("more", [0, 3])
def test_a_log_that_is_restored_from_an_older_one_is_noticed_and_built_anew(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive, more: int
) -> None:
    first = record(archive, [defined("npt"), ratified("npt", "POL")])
    record(archive, [ratified("npt", "USA"), ratified("npt", "FRA")])
    brought_level(engine, archive)
    cut(engine, after=first)
    for number in range(more):
        record(archive, [ratified("npt", f"X{number}X")])
    restored = archive.head().position

    with pytest.raises(OfAnotherLog, match="timeline rebuild"):
        Projector(engine, archive).step()
    rebuild(migrated_database_url)

    place = place_of(engine)
    assert (place.position, place.is_beyond) == (restored, False)
    assert Projector(engine, archive).step() == 0
    assert_tables_say_what_folds_say(engine, archive, ["npt"], [restored])


def cut(engine: sa.Engine, *, after: int) -> None:
    """Takes the last entries away, as nobody can but who restores an older copy of the log."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER event_log_refuse_delete")
        else:
            connection.exec_driver_sql(
                "ALTER TABLE event_log DISABLE TRIGGER event_log_append_only"
            )
        connection.exec_driver_sql(f"DELETE FROM event_log WHERE position > {after}")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = {after}")


def test_no_answer_is_refused_or_wrong_while_it_is_built(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 40)
    brought_level(engine, archive)
    question = "SELECT count(*), min(recorded_from), max(valid_from) FROM status"
    right = asked(engine, question)
    given: list[Any] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                given.append(asked(engine, question))
            except Unavailable as error:
                given.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(3):
        rebuild(migrated_database_url)
    stop.set()
    thread.join()

    assert len(given) > 3
    assert set(map(str, given)) == {str(right)}


def test_two_rebuilds_and_live_projectors_end_in_one_right_read_model(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    positions = list(recorded_singly(archive, 40))
    projectors = [Projector(engine, archive, batch=3) for _ in range(2)]
    stop, chance = threading.Event(), random.Random(5)

    with (
        running(projectors[0], stop),
        running(projectors[1], stop),
        rebuilding(migrated_database_url, times=2, processes=2) as processes,
    ):
        while any(process.is_alive() for process in processes):
            party = chance.choice(["ITA", "GBR", "JPN"])
            positions.append(record(archive, [ratified(chance.choice(TREATIES), party)]))
            time.sleep(0.02)
        wait_until(lambda: place_of(engine).position == positions[-1])

    assert [process.exitcode for process in processes] == [0, 0]
    assert [phase for _, phase in generations(engine)] == ["serving"]
    assert [projector.errors for projector in projectors] == [0, 0]
    acts = stored(engine, "built_act", "position")
    assert len(acts) == len(set(acts)) == positions[-1] - len(TREATIES)
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions[::9])


def test_a_rebuild_that_is_killed_leaves_the_old_one_serving_and_is_cleaned_up(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    positions = recorded_singly(archive, 40)
    brought_level(engine, archive)
    before = rows_of(engine)

    with rebuilding(migrated_database_url, times=1_000, processes=1) as (process,):
        wait_until(lambda: len(generations(engine)) > 1 or place_of(engine).generation > 1)
        process.kill()
        process.join()
    after = rows_of(engine)
    with writing(engine) as connection:
        connection.execute(
            sa.text("UPDATE read_model SET alive_at = :then WHERE phase = 'building'"),
            {"then": str(datetime.now(UTC) - 2 * ABANDONED_AFTER)},
        )
    rebuilt = rebuild(migrated_database_url)

    assert after == before
    assert generations(engine) == [(rebuilt.generation, "serving")]
    assert_tables_say_what_folds_say(engine, archive, TREATIES, positions[-1:])


def test_a_rebuild_that_fails_leaves_nothing_behind(
    migrated_database_url: str, engine: sa.Engine, archive: EventArchive
) -> None:
    recorded_singly(archive, 5)
    brought_level(engine, archive)

    def progress(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(migrated_database_url, progress=progress)

    assert generations(engine) == [(1, "serving")]
    assert {row[0] for row in stored(engine, "built_act", "generation")} == {1}


def test_the_services_role_may_rebuild(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database)
    archive = EventArchive(engine)
    recorded_singly(archive, 5)
    brought_level(engine, archive)
    before = rows_of(engine)

    rebuilt = rebuild(migrated_postgres_database, DatabaseOptions(role="timeline_service"))

    assert rows_of(engine) == before
    assert generations(engine) == [(rebuilt.generation, "serving")]
    engine.dispose()


def rows_of(engine: sa.Engine) -> Rows:
    """All rows that the views show, in one order."""
    views = ("treaty", "party", "act", "status", "treaty_state", "change", "treaty_change")
    return {view: sorted(stored(engine, view, "*"), key=str) for view in views}


def generations(engine: sa.Engine) -> list[tuple[Any, ...]]:
    return sorted(stored(engine, "read_model", "generation, phase"))


def stored(engine: sa.Engine, table: str, columns: str) -> list[tuple[Any, ...]]:
    return asked(engine, f"SELECT {columns} FROM {table}")


def asked(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    with glancing(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@contextmanager
def rebuilding(url: str, *, times: int, processes: int) -> Iterator[Sequence[BaseProcess]]:
    """Processes that rebuild, one time after the other."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.infrastructure.test_rebuild"])
    started: list[BaseProcess] = [
        context.Process(target=rebuild_often, args=(url, times), daemon=False)
        for _ in range(processes)
    ]
    for process in started:
        process.start()
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.join(FINISHES_WITHIN_SECONDS)


def rebuild_often(url: str, times: int) -> Rebuilt | None:
    last = None
    for _ in range(times):
        last = rebuild(url, samples=Samples(days=1, positions=1))
    return last
