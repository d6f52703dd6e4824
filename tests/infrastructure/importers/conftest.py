"""Records to import into: an empty one, one with the register alone, and one with the whole catalogue."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.depositary import Depositary
from infrastructure import catalogue
from infrastructure.dossiers import Dossiers
from tests.infrastructure.importers.keeping import Kept, kept


@pytest.fixture(scope="session")
def catalogued_file(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """An SQLite file into which the catalogue was loaded once for this process."""
    path = tmp_path_factory.mktemp("catalogued") / "timeline.db"
    copied(sqlite_template, path)
    with kept(f"sqlite:///{path}") as keeper:
        catalogue.load(Depositary(keeper.archive, Dossiers(keeper.archive)))
    return path


@pytest.fixture
def known(tmp_path: Path, catalogued_file: Path) -> Iterator[Kept]:
    """A record of one's own in which the catalogue stands."""
    copied(catalogued_file, tmp_path / "timeline.db")
    with kept(f"sqlite:///{tmp_path / 'timeline.db'}") as keeper:
        yield keeper


@pytest.fixture
def blank(migrated_database_url: str) -> Iterator[Kept]:
    """An empty record, on SQLite and on PostgreSQL."""
    with kept(migrated_database_url) as keeper:
        yield keeper


def copied(source: Path, target: Path) -> None:
    """Copy a database file."""
    with closing(sqlite3.connect(source)) as given, closing(sqlite3.connect(target)) as copy:
        given.backup(copy)
