"""The migrations go up and down on both databases, and the tables are what the code says."""

import threading
from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from domain.acts import Act
from infrastructure.archive import EventArchive
from infrastructure.database import (
    alembic_config,
    downgrade,
    glancing,
    migrate,
    open_engine,
    schema_state,
    writing,
)

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))
]


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    assert len(script.get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS


def test_an_empty_database_becomes_current(database_url: str, engine: sa.Engine) -> None:
    before = schema_state(engine)
    migrate(database_url)
    after = schema_state(engine)

    assert (before.current, before.is_current) == (None, False)
    assert (after.current, after.is_current) == (REVISIONS[-1], True)


def test_the_tables_are_what_the_code_says(database_url: str, engine: sa.Engine) -> None:
    migrate(database_url)

    with writing(engine) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.check(config)  # raises where autogenerate would find something to do


def test_each_migration_goes_down_and_up_again(database_url: str, engine: sa.Engine) -> None:
    migrate(database_url)
    schema = described(engine)

    for revision in reversed(["base", *REVISIONS[:-1]]):
        downgrade(database_url, revision)
        assert schema_state(engine).current == (None if revision == "base" else revision)
    left = described(engine)
    migrate(database_url)

    assert left == {"alembic_version": ["version_num"]}
    assert described(engine) == schema


def test_what_was_recorded_stays_through_later_migrations(
    database_url: str, engine: sa.Engine
) -> None:
    migrate(database_url)
    downgrade(database_url, REVISIONS[0])
    act = Act(id=str(uuid4()), treaty="npt", kind="signature", party="POL", dated=date(1968, 7, 1))
    recorded = EventArchive(engine).append([act], expected={}, recorded_by="clerk")

    for _ in range(2):
        migrate(database_url)
        downgrade(database_url, REVISIONS[0])
    migrate(database_url)

    assert EventArchive(engine).entries("treaty:npt") == recorded
    (after,) = EventArchive(engine).append(
        [Act(id=str(uuid4()), treaty="npt", kind="ratification", party="POL")],
        expected={"treaty:npt": 1},
        recorded_by="clerk",
    )
    assert after.position == 2


def test_several_may_migrate_at_once(database_url: str, engine: sa.Engine) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate(database_url)
        except BaseException as error:  # noqa: BLE001 (told to the test below)
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert schema_state(engine).is_current


def test_alembic_alone_finds_the_database_by_the_settings(
    database_url: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMELINE_DATABASE_URL", database_url)

    command.upgrade(alembic_config(), "head")

    assert schema_state(engine).is_current


def test_the_schema_holds_under_another_name_on_postgresql(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    with glancing(engine) as connection:
        connection.exec_driver_sql('CREATE SCHEMA "my record"')
    engine.dispose()
    url = sa.make_url(postgres_database).update_query_dict(
        {"options": '-c search_path="my\\ record"'}
    )

    migrate(url)
    engine = open_engine(url)
    act = Act(id=str(uuid4()), treaty="npt", kind="signature", party="POL")
    (entry,) = EventArchive(engine).append([act], expected={}, recorded_by="clerk")
    downgrade(url, "base")
    engine.dispose()

    assert entry.position == 1


def described(engine: sa.Engine) -> dict[str, list[str]]:
    inspector = sa.inspect(engine)
    tables = sorted(inspector.get_table_names())
    return {
        table: [str(column["name"]) for column in inspector.get_columns(table)]
        + sorted(str(index["name"]) for index in inspector.get_indexes(table))
        for table in tables
    }
