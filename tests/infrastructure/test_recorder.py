"""The recorder does what the event library asks of one, on both databases."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.tests import persistence as library

from infrastructure.database import open_engine
from infrastructure.recorder import Recorder


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def recorder(engine: sa.Engine) -> Recorder:
    return Recorder(engine)


LIBRARY_CASES: tuple[tuple[type[Any], str], ...] = (
    (library.ApplicationRecorderTestCase, "test_insert_select"),
    (library.ApplicationRecorderTestCase, "test_concurrent_no_conflicts"),
    (library.ApplicationRecorderTestCase, "test_concurrent_throughput"),
    (library.ApplicationRecorderTestCase, "test_performance"),
    (library.ApplicationRecorderTestCase, "optional_test_insert_subscribe"),
    (library.TrackingRecorderTestCase, "test_insert_tracking"),
    (library.TrackingRecorderTestCase, "test_wait"),
    (library.ProcessRecorderTestCase, "test_insert_select"),
    (library.ProcessRecorderTestCase, "test_has_tracking_id"),
    (library.ProcessRecorderTestCase, "test_raises_when_lower_inserted_later"),
    (library.ProcessRecorderTestCase, "test_performance"),
)


@pytest.mark.parametrize(
    ("case", "name"), LIBRARY_CASES, ids=[f"{case.__name__}-{name}" for case, name in LIBRARY_CASES]
)
def test_the_librarys_own_case_passes(case: type[Any], name: str, engine: sa.Engine) -> None:
    class Case(case):  # type: ignore[misc]  # chosen by the parameter
        def create_recorder(self) -> Recorder:
            return Recorder(engine)

        def new_originator_id(self) -> str:
            return str(uuid4())

    before = set(threading.enumerate())
    Case(name).debug()

    for thread in set(threading.enumerate()) - before:  # the case leaves its readers behind
        thread.join()
