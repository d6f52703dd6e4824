"""The application over a record in which the built-in catalogue stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from fastapi.testclient import TestClient
from structlog.processors import JSONRenderer

from domain.depositary import Depositary
from domain.parties import Register
from infrastructure import catalogue
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.feeding import FeedWriter
from infrastructure.projector import Projector
from infrastructure.wire import Fact
from tests.api.clients import client_over
from tests.conftest import copy, template_of
from tests.postgres import create_database, drop_database

SMALL = "open-skies"


@pytest.fixture(scope="session", autouse=True)
def _logs_unseen() -> Iterator[None]:
    """Writes no log, whose default form draws every fault with all that its variables held."""
    structlog.configure(processors=[JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def catalogue_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """An SQLite file into which the catalogue was loaded once for this process."""
    path = tmp_path_factory.mktemp("catalogue") / "timeline.db"
    copy(sqlite_template, path)
    _load(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(tmp_path: Path, catalogue_template: Path) -> str:
    """The address of a fresh SQLite file in which the catalogue stands."""
    copy(catalogue_template, tmp_path / "timeline.db")
    return f"sqlite:///{tmp_path / 'timeline.db'}"


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """An SQLite file with the Treaty on Open Skies, its acts, and the parties named there."""
    path = tmp_path_factory.mktemp("small") / "timeline.db"
    copy(sqlite_template, path)
    entries = catalogue.parties()
    register = Register(entries)
    of_it = [each for each in catalogue.acts(register) if each.treaty == SMALL]
    defined = [each for each in catalogue.definitions(register) if each.treaty == SMALL]
    named = {each.party for each in of_it}
    facts: list[Fact] = [*(each for each in entries if each.party in named), *defined, *of_it]
    with _depositary(f"sqlite:///{path}") as depositary:
        depositary.record(facts, recorded_by=catalogue.RECORDER)
    return path


@pytest.fixture
def small_database(tmp_path: Path, small_template: Path) -> str:
    """The address of a fresh SQLite file in which one treaty stands, for what works on the whole log."""
    copy(small_template, tmp_path / "timeline.db")
    return f"sqlite:///{tmp_path / 'timeline.db'}"


@pytest.fixture(scope="session")
def told_template(tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path) -> Path:
    """The same file once the read model and the feed are level with it."""
    path = tmp_path_factory.mktemp("told") / "timeline.db"
    copy(catalogue_template, path)
    engine = open_engine(f"sqlite:///{path}")
    archive = EventArchive(engine)
    projector = Projector(engine, archive)
    while projector.step():
        pass
    writer = FeedWriter(engine, archive, SystemClock())
    while writer.step():
        pass
    engine.dispose()
    return path


@pytest.fixture
def told_database(tmp_path: Path, told_template: Path) -> str:
    """The address of a fresh SQLite file in which the catalogue stands, and all that follows was told."""
    copy(told_template, tmp_path / "timeline.db")
    return f"sqlite:///{tmp_path / 'timeline.db'}"


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    """A client over a record of its own, for a test that records."""
    with client_over(database, migrate="never") as client:
        yield client


@pytest.fixture(scope="session")
def reader(
    tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path
) -> Iterator[TestClient]:
    """A client over a record that nobody adds to, for the tests that only ask."""
    path = tmp_path_factory.mktemp("reader") / "timeline.db"
    copy(catalogue_template, path)
    with client_over(f"sqlite:///{path}", migrate="never") as client:
        yield client


@pytest.fixture
def postgres_client(
    postgres_url: str, postgres_template: str, pytestconfig: pytest.Config
) -> Iterator[TestClient]:
    """A client over a record on PostgreSQL, with the catalogue in it."""
    template = template_of(
        pytestconfig, postgres_url, "catalogue", _load, template=postgres_template
    )
    name = f"timeline_test_{uuid4().hex}"
    with client_over(
        create_database(postgres_url, name, template=template), migrate="never"
    ) as client:
        yield client
    drop_database(postgres_url, name)


def _load(url: str) -> None:
    """Load the catalogue into a database."""
    with _depositary(url) as depositary:
        catalogue.load(depositary)


@contextmanager
def _depositary(url: str) -> Iterator[Depositary]:
    """The door of the record over a database."""
    engine = open_engine(url)
    archive = EventArchive(engine)
    yield Depositary(archive, Dossiers(archive))
    engine.dispose()
