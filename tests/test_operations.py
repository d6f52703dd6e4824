"""The commands of docs/operations.md do what it says, on SQLite and, where its tools are there, on PostgreSQL."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from tests.postgres import address_of

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
STARTS_A_SERVICE = ("timeline serve", "timeline project")
SQLITE_SHELL = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])"


def blocks(language: str) -> list[str]:
    """The blocks of the page in this language that end by themselves."""
    found = [text for name, text in BLOCK.findall(PAGE.read_text()) if name == language]
    return [each for each in found if not any(word in each for word in STARTS_A_SERVICE)]


def test_every_block_is_run_or_starts_a_service() -> None:
    languages = [name for name, _ in BLOCK.findall(PAGE.read_text())]

    assert set(languages) == {"sh", "sqlite", "postgresql"}


def test_the_commands_work_in_their_order_on_sqlite(tmp_path: Path) -> None:
    with_tools = tools(tmp_path)
    run("timeline migrate && timeline catalogue --treaties-only", tmp_path, with_tools)

    for block in [*blocks("sqlite"), *blocks("sh")]:
        run(block, tmp_path, with_tools)

    assert (tmp_path / "record.ndjson").read_text().startswith("{")
    assert position(f"sqlite:///{tmp_path / 'restored.db'}") == position(
        f"sqlite:///{tmp_path / 'timeline.db'}"
    )


@pytest.mark.skipif(
    not all(map(shutil.which, ("pg_dump", "pg_restore", "createdb"))),
    reason="the tools of PostgreSQL are not installed",
)
def test_the_commands_work_in_their_order_on_postgresql(
    postgres_url: str, postgres_database: str, tmp_path: Path
) -> None:
    if not can_dump(postgres_database):
        pytest.skip("pg_dump is older than the server")
    restored = address_of(postgres_url, "restored")
    given = {
        **tools(tmp_path),
        "TIMELINE_DATABASE_URL": postgres_database,
        "SERVER": postgres_url,
        "RESTORED": restored,
    }
    run("timeline migrate && timeline catalogue --treaties-only", tmp_path, given)

    try:
        for block in blocks("postgresql"):
            run(block, tmp_path, given)

        assert position(restored) == position(postgres_database)
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")


def run(block: str, folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-e", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def tools(folder: Path) -> Mapping[str, str]:
    """Where commands are found; a shell for SQLite is made of Python's where there is none."""
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if shutil.which("sqlite3") is None:
        script = folder / "bin" / "sqlite3"
        script.parent.mkdir()
        script.write_text(f"#!{sys.executable}\n{SQLITE_SHELL}\n")
        script.chmod(0o755)
        places.insert(0, str(script.parent))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    return {**kept, "PATH": os.pathsep.join(places)}


def can_dump(url: str) -> bool:
    """Whether the tools are not older than the server."""
    said = subprocess.run(
        ["pg_dump", "--version"], capture_output=True, text=True, check=True
    ).stdout
    with psycopg.connect(url) as connection:
        server = connection.info.server_version // 10_000
    return int(re.findall(r"\d+", said)[0]) >= server


def position(url: str) -> int:
    engine = open_engine(url)
    found = EventArchive(engine).head().position
    engine.dispose()
    return found
