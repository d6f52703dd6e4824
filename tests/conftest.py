"""What every test may ask for: a fresh database, on SQLite, on a real PostgreSQL, or on each."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

from tests.postgres import (
    FAST_BUT_FORGETFUL,
    Server,
    close_to_visitors,
    create_database,
    drop_database,
    start,
    stop,
)

OWNER = pytest.StashKey[int]()
SHARED_FOLDER = pytest.StashKey[Path]()

settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Gives the processes of this run one folder, and hides the machine's own settings."""
    for name in [name for name in os.environ if name.startswith("TIMELINE_")]:
        if not name.startswith("TIMELINE_TEST_"):
            del os.environ[name]
    given = getattr(config, "workerinput", {})
    config.stash[OWNER] = given.get("owner") or os.getpid()
    config.stash[SHARED_FOLDER] = Path(
        given.get("shared_folder") or tempfile.mkdtemp(prefix="timeline-tests-")
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # pytest-xdist names no type for it
    """Tells a worker of pytest-xdist what it shares with the others."""
    node.workerinput["owner"] = node.config.stash[OWNER]
    node.workerinput["shared_folder"] = str(node.config.stash[SHARED_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the PostgreSQL of this run, once every worker is done."""
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[SHARED_FOLDER]
    if (folder / "server.json").exists():
        stop(Server(**json.loads((folder / "server.json").read_text())), folder / "postgres")
    if (folder / "template").exists() and "TIMELINE_TEST_POSTGRES_URL" in os.environ:
        drop_database(os.environ["TIMELINE_TEST_POSTGRES_URL"], (folder / "template").read_text())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The address of a real PostgreSQL: the one named by the environment, else one of our own."""
    named = os.environ.get("TIMELINE_TEST_POSTGRES_URL")
    if named:
        return named
    folder = pytestconfig.stash[SHARED_FOLDER]
    with _one_process_at_a_time(folder):
        if not (folder / "server.json").exists():
            folder.chmod(0o755)
            (folder / "postgres").mkdir()
            server = start(folder / "postgres", FAST_BUT_FORGETFUL, owner=pytestconfig.stash[OWNER])
            (folder / "server.json").write_text(json.dumps(asdict(server)))
    return Server(**json.loads((folder / "server.json").read_text())).url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = f"timeline_test_{uuid4().hex}"
    yield create_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
def migrated_postgres_database(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with the current schema and nothing in it."""
    name = f"timeline_test_{uuid4().hex}"
    yield create_database(postgres_url, name, template=postgres_template)
    drop_database(postgres_url, name)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The address of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'timeline.db'}"


@pytest.fixture
def migrated_sqlite_database(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a fresh SQLite file with the current schema and nothing in it."""
    copy(sqlite_template, tmp_path / "timeline.db")
    return f"sqlite:///{tmp_path / 'timeline.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, empty database, once on SQLite and once on PostgreSQL."""
    fixture = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with the current schema, on SQLite and on PostgreSQL."""
    fixture = (
        "migrated_sqlite_database" if request.param == "sqlite" else "migrated_postgres_database"
    )
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, pytestconfig: pytest.Config) -> str:
    """The name of a PostgreSQL database that was migrated once for the whole run."""
    from infrastructure.database import migrate

    return template_of(pytestconfig, postgres_url, "template", migrate)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was migrated once for this process."""
    from infrastructure.database import migrate

    path = tmp_path_factory.mktemp("template") / "timeline.db"
    migrate(f"sqlite:///{path}")
    return path


def template_of(
    config: pytest.Config,
    server_url: str,
    name: str,
    fill: Callable[[str], None],
    *,
    template: str = "template0",
) -> str:
    """The name of a PostgreSQL database that was filled once for the whole run, to make copies of."""
    folder = config.stash[SHARED_FOLDER]
    with _one_process_at_a_time(folder):
        if not (folder / name).exists():
            database = f"timeline_test_{name}_{uuid4().hex}"
            fill(create_database(server_url, database, template=template))
            close_to_visitors(server_url, database)
            (folder / name).write_text(database)
    return (folder / name).read_text()


def copy(template: Path, path: Path) -> None:
    """Make a copy of an SQLite file that nobody has open."""
    assert not template.with_name(f"{template.name}-wal").exists(), "somebody has it open"
    shutil.copyfile(template, path)


@contextmanager
def _one_process_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
