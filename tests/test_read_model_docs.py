"""The page of the read model says what the tables are, and its questions are answered on both databases."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.depositary import Depositary
from infrastructure.archive import EventArchive
from infrastructure.catalogue import load
from infrastructure.database import glancing, migrate, open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.projector import Projector
from infrastructure.readmodel import VIEWS
from tests.postgres import create_database, drop_database

PAGE = (Path(__file__).parent.parent / "docs" / "read-model.md").read_text(encoding="utf-8")
TABLES = (*VIEWS, "read_model", "projection_position")
QUESTIONS: list[tuple[str, str]] = re.findall(
    r"^### ([^\n]+)\n\n```sql\n(.+?)```", PAGE, re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sa.Engine]:
    """A database with the built-in treaties and acts, and the read model level with them."""
    server, name = None, f"timeline_test_{uuid4().hex}"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'timeline.db'}"
    else:
        server = request.getfixturevalue("postgres_url")
        url = create_database(server, name)
    migrate(url)
    engine = open_engine(url)
    archive = EventArchive(engine)
    load(Depositary(archive, Dossiers(archive)))
    while Projector(engine, archive).step():
        pass
    yield engine
    engine.dispose()
    if server is not None:
        drop_database(server, name)


def test_every_table_and_column_has_its_line(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)

    described = {table: lines_of(table) for table in TABLES}
    there = {table: [each["name"] for each in inspector.get_columns(table)] for table in TABLES}

    assert described == there


def test_there_are_questions_to_try() -> None:
    assert len(QUESTIONS) >= 8
    assert PAGE.count("```sql") == len(QUESTIONS)


@pytest.mark.parametrize(("title", "query"), QUESTIONS, ids=[title for title, _ in QUESTIONS])
def test_a_question_of_the_page_is_answered(engine: sa.Engine, title: str, query: str) -> None:
    rows = asked(engine, query)

    empty = {"What was believed before and is believed no longer", "What changes from today on"}
    assert rows or title in empty


def test_the_questions_answer_what_happened(engine: sa.Engine) -> None:
    roster = {
        row["party"]: row for row in asked(engine, query_of("Who was what to a treaty on a day"))
    }
    numbers = {str(row["day"]): row["parties"] for row in asked(engine, query_of("How the number"))}

    assert (roster["RUS"]["status"], str(roster["RUS"]["status_since"])) == ("party", "2002-01-01")
    assert roster["USA"]["status"] == "former_party"
    assert numbers["2021-12-18"] == numbers["2002-01-01"] + 6
    assert asked(engine, query_of("Whether the read model is level"))[0]["behind"] == 0


def lines_of(table: str) -> list[str]:
    """The columns that the page describes under the name of a table."""
    section = re.search(rf"^### `{table}`\n(.+?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, table
    return re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE)


def query_of(title: str) -> str:
    return next(query for each, query in QUESTIONS if each.startswith(title))


def asked(engine: sa.Engine, query: str) -> list[dict[str, Any]]:
    with glancing(engine) as connection:
        return [dict(row._mapping) for row in connection.exec_driver_sql(query.strip().rstrip(";"))]
