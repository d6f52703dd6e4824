"""The recorder does what the event library asks of one, on both databases."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as library

from infrastructure.database import migrate, open_engine
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


def test_who_gathers_is_woken_once_for_what_grew_meanwhile(recorder: Recorder) -> None:
    with recorder.waking(gather_seconds=0.3) as waker:
        began = time.monotonic()
        recorder.wake_followers()
        later = threading.Timer(0.1, recorder.wake_followers)
        later.start()

        assert waker.wait(1.0)
        assert time.monotonic() - began >= 0.3
        later.join()


def test_who_is_dismissed_gathers_no_longer(recorder: Recorder) -> None:
    with recorder.waking(gather_seconds=60.0) as waker:
        waker.dismiss()

        assert waker.wait(1.0)


def test_what_another_process_records_wakes_and_nothing_else_does_before_its_time(
    recorder: Recorder, migrated_database_url: str
) -> None:
    elsewhere = Recorder(open_engine(migrated_database_url))
    with recorder.waking() as waker:
        while waker.wait(0.3):  # as long as the timer leaves alone, nothing is there to wake for
            pass
        elsewhere.insert_events([StoredEvent(str(uuid4()), 1, "topic", b"state")])

        assert waker.wait(0.5)
    elsewhere.engine.dispose()


def test_a_file_that_is_not_there_is_looked_for_again(tmp_path: Path) -> None:
    file = tmp_path / "later.db"
    recorder = Recorder(open_engine(f"sqlite:///{file}"))
    with recorder.waking() as waker:
        assert waker.wait(1.0)
        assert not file.exists()
        migrate(f"sqlite:///{file}")

        assert waker.wait(1.0)
    recorder.engine.dispose()
