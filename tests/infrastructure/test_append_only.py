"""The log takes entries and gives none back: not to us, to a shell, or to the service's role."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from domain.acts import Act, Entry
from infrastructure.archive import EventArchive
from infrastructure.database import DatabaseOptions, open_engine, writing
from infrastructure.recorder import LARGEST_STATEMENT

COLUMNS = "(originator_id, originator_version, topic, state, event_id, metadata)"
CHANGES = (
    "UPDATE event_log SET topic = 'act.signature'",
    "UPDATE event_log SET recorded_at = recorded_at WHERE position = 1",
    "DELETE FROM event_log WHERE position = 2",
)


def an_act() -> Act:
    return Act(id=str(uuid4()), treaty="npt", kind="signature", party="POL")


def record(url: str, count: int = 2) -> tuple[Entry, ...]:
    engine = open_engine(url)
    acts = [an_act() for _ in range(count)]
    entries = EventArchive(engine).append(acts, expected={}, recorded_by="clerk")
    engine.dispose()
    return entries


def standing(url: str) -> tuple[Entry, ...]:
    engine = open_engine(url)
    entries = EventArchive(engine).entries("treaty:npt")
    engine.dispose()
    return entries


@pytest.fixture
def sqlite_shell(migrated_sqlite_database: str) -> Iterator[sqlite3.Connection]:
    """What an outsider's SQLite shell is: a connection with nothing set."""
    path = sa.make_url(migrated_sqlite_database).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def postgres_shell(migrated_postgres_database: str) -> Iterator[psycopg.Connection]:
    """What an administrator's psql is: a connection of the owner of all tables."""
    with psycopg.connect(migrated_postgres_database, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("change", CHANGES)
def test_our_own_connection_cannot_change_an_entry(migrated_database_url: str, change: str) -> None:
    before = record(migrated_database_url)
    engine = open_engine(migrated_database_url)

    with (
        pytest.raises(sa.exc.DBAPIError, match="the log is append-only"),
        writing(engine) as connection,
    ):
        connection.exec_driver_sql(change)
    engine.dispose()

    assert standing(migrated_database_url) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_shell_cannot_change_an_entry_on_sqlite(
    migrated_sqlite_database: str, sqlite_shell: sqlite3.Connection, change: str
) -> None:
    before = record(migrated_sqlite_database)

    with pytest.raises(sqlite3.IntegrityError, match="the log is append-only"):
        sqlite_shell.execute(change)

    assert standing(migrated_sqlite_database) == before


@pytest.mark.parametrize("clash", ["position", "event_id", "version"])
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
def test_a_shell_cannot_replace_an_entry_on_sqlite(
    migrated_sqlite_database: str,
    sqlite_shell: sqlite3.Connection,
    clash: str,
    recursive_triggers: str,
) -> None:
    before = record(migrated_sqlite_database)
    sqlite_shell.execute(f"PRAGMA recursive_triggers={recursive_triggers}")
    row = {
        "position": 1 if clash == "position" else None,
        "stream": "treaty:npt" if clash == "version" else "treaty:other",
        "event_id": before[0].content.id.replace("-", "") if clash == "event_id" else uuid4().hex,
    }

    with pytest.raises(sqlite3.IntegrityError, match="the log is append-only"):
        sqlite_shell.execute(
            "INSERT OR REPLACE INTO event_log (position, originator_id, originator_version, topic,"
            " state, event_id, metadata) VALUES (:position, :stream, 1, 't', x'00', :event_id, '')",
            row,
        )

    assert standing(migrated_sqlite_database) == before


@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE event_log", "TRUNCATE event_log CASCADE"])
@pytest.mark.parametrize("replication_role", ["origin", "replica"])
def test_the_owner_cannot_change_an_entry_on_postgresql(
    migrated_postgres_database: str,
    postgres_shell: psycopg.Connection,
    change: str,
    replication_role: str,
) -> None:
    before = record(migrated_postgres_database)
    postgres_shell.execute(f"SET session_replication_role = {replication_role}")

    with pytest.raises(psycopg.errors.RestrictViolation, match="the log is append-only"):
        postgres_shell.execute(change)

    assert standing(migrated_postgres_database) == before


@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE event_log"])
def test_the_services_role_has_no_right_to_change_an_entry(
    postgres_shell: psycopg.Connection, change: str
) -> None:
    postgres_shell.execute("SET ROLE timeline_service")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_shell.execute(change)


@pytest.mark.parametrize("column", ["position", "recorded_at"])
def test_the_services_role_chooses_neither_place_nor_instant(
    postgres_shell: psycopg.Connection, column: str
) -> None:
    postgres_shell.execute("SET ROLE timeline_service")
    value = "7" if column == "position" else "now()"

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_shell.execute(
            f"INSERT INTO event_log (originator_id, originator_version, topic, state, event_id,"
            f" metadata, {column}) OVERRIDING SYSTEM VALUE"
            f" VALUES ('treaty:npt', 1, 't', '', gen_random_uuid(), '{{}}', {value})"
        )


@pytest.mark.parametrize("count", [1, LARGEST_STATEMENT + 1])
def test_the_services_role_records_like_the_owner(
    migrated_postgres_database: str, count: int
) -> None:
    engine = open_engine(
        migrated_postgres_database, DatabaseOptions(role="timeline_service", pool_size=1)
    )
    acts = [an_act() for _ in range(count)]

    entries = EventArchive(engine).append(acts, expected={}, recorded_by="clerk")
    engine.dispose()

    assert standing(migrated_postgres_database) == entries


def test_a_login_in_the_services_group_records_and_nothing_more(
    migrated_postgres_database: str, postgres_shell: psycopg.Connection
) -> None:
    login = f"clerk_{uuid4().hex}"
    postgres_shell.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret' IN ROLE timeline_service").format(
            sql.Identifier(login)
        )
    )
    url = sa.make_url(migrated_postgres_database).set(username=login, password="secret")

    entries = record(url.render_as_string(hide_password=False))

    assert standing(migrated_postgres_database) == entries
    with (
        psycopg.connect(url.render_as_string(hide_password=False)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("DELETE FROM event_log")
    postgres_shell.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


def test_whoever_inserts_stands_in_the_one_order_on_postgresql(
    migrated_postgres_database: str, postgres_shell: psycopg.Connection
) -> None:
    before = record(migrated_postgres_database)
    with pytest.raises(psycopg.errors.UniqueViolation):
        postgres_shell.execute(
            f"INSERT INTO event_log {COLUMNS}"
            " VALUES ('treaty:npt', 1, 'act.signature', '', gen_random_uuid(), '{}')"
        )

    row = postgres_shell.execute(
        f"INSERT INTO event_log {COLUMNS}"
        " VALUES ('party:POL', 1, 'party.entered', '', gen_random_uuid(), '{}')"
        " RETURNING position, recorded_at"
    ).fetchone()

    assert row is not None
    assert row[0] == before[-1].position + 1
    assert row[1] > before[-1].recorded_at


def test_an_instant_never_goes_back_when_the_clock_does(migrated_database_url: str) -> None:
    engine = open_engine(migrated_database_url)
    future = datetime(2999, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
    value = (
        future.replace(tzinfo=None).isoformat(" ")
        if engine.dialect.name == "sqlite"
        else future.isoformat()
    )
    always = "" if engine.dialect.name == "sqlite" else " OVERRIDING SYSTEM VALUE"
    with writing(engine) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO event_log (position, originator_id, originator_version, topic, state,"
            f" event_id, metadata, recorded_at){always}"
            f" VALUES (1, 'party:POL', 1, 'x', '', '{uuid4().hex}', '{{}}', '{value}')"
        )

    (entry,) = EventArchive(engine).append([an_act()], expected={}, recorded_by="clerk")
    head = EventArchive(engine).head()
    engine.dispose()

    assert (entry.recorded_at - future).total_seconds() == pytest.approx(1e-6)
    assert head.at == entry.recorded_at
