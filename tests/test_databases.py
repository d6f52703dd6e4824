"""The tests' own databases are what they claim: real, fresh and apart from each other."""

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.postgres import running_postgres


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_is_empty_however_often_one_is_asked_for(database_url: str, turn: int) -> None:
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mark (turn INTEGER)"))
        connection.execute(text("INSERT INTO mark VALUES (:turn)"), {"turn": turn})
        turns = connection.execute(text("SELECT turn FROM mark")).scalars().all()
    engine.dispose()

    assert turns == [turn]


def test_the_postgresql_of_the_tests_is_one_that_the_service_supports(
    postgres_database: str,
) -> None:
    with psycopg.connect(postgres_database) as connection:
        version = connection.info.server_version

    assert version >= 150000


def test_a_postgresql_of_ones_own_keeps_what_was_committed() -> None:
    with running_postgres() as url, psycopg.connect(url) as connection:
        settings = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()

    assert settings == ("on", "on")


def test_a_migrated_database_has_tables_and_no_acts(migrated_database_url: str) -> None:
    engine = create_engine(migrated_database_url.replace("postgresql:", "postgresql+psycopg:"))

    with engine.connect() as connection:
        revisions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    engine.dispose()

    assert len(revisions) == 1
