"""What tests of the record share: the built-in catalogue, recorded and sealed once."""

from collections.abc import Iterator

import pytest

from infrastructure.database import migrate
from tests.infrastructure.proved import Proved, proved


@pytest.fixture(scope="session")
def catalogued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proved]:
    """The whole catalogue, sealed in batches of 500; for reading only."""
    url = f"sqlite:///{tmp_path_factory.mktemp('catalogued') / 'timeline.db'}"
    migrate(url)
    with proved(url) as known:
        known.load_catalogue()
        known.record.seal(entries=500)
        yield known
