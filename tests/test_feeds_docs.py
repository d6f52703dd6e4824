"""The page of feeds says what is told, and every command on it is run."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infrastructure.feed import TYPES
from infrastructure.flat import TABLES
from tests.postgres import free_port
from tests.serving import running_service
from tests.test_readme import BLOCK, environment
from tests.written_docs import DOCS

PAGE = (DOCS / "feeds.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for language, block in BLOCK.findall(PAGE)
    if language == "sh"
    for line in block.splitlines()
]
QUESTIONS = [block for language, block in BLOCK.findall(PAGE) if language == "sql"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder whose record is served and told, and the address."""
    place = tmp_path_factory.mktemp("feeds")
    with running_service(place, free_port()) as address:
        watch = ["timeline", "watch", "--type", "change", "--after", "0", "--count", "1000"]
        subprocess.run(watch, cwd=place, env=environment(), capture_output=True, check=True)
        yield place, address


def test_there_are_commands_to_run() -> None:
    assert len(COMMANDS) >= 14
    assert all(each.startswith(("curl -s", "timeline ")) for each in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_gives_something(served: tuple[Path, str], command: str) -> None:
    place, address = served
    here = command.replace("http://127.0.0.1:8000", address).replace("curl -s", "curl -sf", 1)

    done = subprocess.run(
        ["bash", "-c", here],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 80


def test_a_question_in_sql_is_answered(served: tuple[Path, str]) -> None:
    with closing(sqlite3.connect(served[0] / "timeline.db")) as database:
        (question,) = QUESTIONS
        rows = database.execute(question).fetchall()

    assert [row[:3] for row in rows][:2] == [
        ("2020-11-22", "USA", "former_party"),
        ("2021-12-18", "RUS", "former_party"),
    ]


def test_every_type_and_table_is_named() -> None:
    told = dict(re.findall(r"^\| `timeline\.([a-z_.]+)` \| (.+) \|$", PAGE, re.MULTILINE))

    assert told == dict(TYPES)
    assert all(f"`flat_{each}`" in PAGE for each in TABLES)
