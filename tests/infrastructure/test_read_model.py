"""The read model is the fold: for any history, any day and any transaction, on both databases."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from infrastructure.projector import Projector
from tests.infrastructure.comparing import assert_tables_say_what_folds_say
from tests.infrastructure.histories import Drafts, History, drafts, record


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


@pytest.mark.no_cover  # what it runs is measured by plainer tests, and tracing doubles its time
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(written=st.tuples(drafts(), st.integers(0, 2)), turns=st.sets(st.integers(0, 12)))
def test_what_the_tables_say_is_what_the_fold_says(
    engine: sa.Engine, archive: EventArchive, written: tuple[Drafts, int], turns: set[int]
) -> None:
    transactions, what = written
    history = History()
    projector = Projector(engine, archive, batch=1 + len(turns))

    positions = [record(archive, history.beginning(what))]
    for turn, transaction in enumerate(transactions):
        positions.append(record(archive, [history.fact(draft) for draft in transaction]))
        if turn in turns:
            brought_level(projector)
    brought_level(projector)

    assert_tables_say_what_folds_say(engine, archive, history.treaties, positions)


def brought_level(projector: Projector) -> None:
    while projector.step():
        pass
