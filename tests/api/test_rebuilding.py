"""`timeline rebuild`, as an operator meets it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.test_cli import printed, run


@pytest.fixture
def folder(database: str, tmp_path: Path) -> Path:
    """A folder in whose database the catalogue stands, projected nowhere yet."""
    assert database.endswith("timeline.db")
    return tmp_path


def test_the_read_model_is_built_and_serves(folder: Path) -> None:
    done = run(folder, "rebuild")

    assert (done.returncode, done.stdout) == (0, "")
    assert ": 0 differences; generation 2 serves." in done.stderr
    assert counted(folder, "SELECT count(*) FROM act") > 500
    assert counted(folder, "SELECT count(*) FROM read_model") == 1


def test_each_difference_is_told_and_the_exit_status_says_so(folder: Path) -> None:
    run(folder, "rebuild", "--no-compare")
    changed(folder, "UPDATE built_status SET status = 'signatory' WHERE party = 'RUS'")

    done = run(folder, "rebuild", "--days", "30", "--positions", "1")

    assert done.returncode == 3
    assert "open-skies" in done.stderr
    assert "; generation 3 serves." in done.stderr
    assert "RUS" in done.stderr


def test_a_program_is_told_the_same(folder: Path) -> None:
    run(folder, "rebuild", "--no-compare")
    last = counted(folder, "SELECT max(position) FROM built_act")
    changed(folder, f"DELETE FROM built_act WHERE position = {last}")

    told = printed(folder, "rebuild")
    again = printed(folder, "rebuild", "--no-compare")

    assert {each["position"] for each in told["differences"]} == {last}
    assert (told["generation"], again["generation"], again["differences"]) == (3, 4, None)
    assert told["position"] == counted(folder, "SELECT max(position) FROM event_log")


def counted(folder: Path, query: str) -> int:
    with closing(sqlite3.connect(folder / "timeline.db")) as connection:
        number: int = connection.execute(query).fetchone()[0]
    return number


def changed(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "timeline.db")) as connection, connection:
        connection.execute(statement)
