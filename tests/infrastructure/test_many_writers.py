"""Writers of many processes stand in one order, and one that is killed leaves the record whole."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.acts import Act, Entry
from infrastructure.archive import EventArchive, Following
from infrastructure.database import open_engine
from tests.infrastructure.writer import BATCH

ROOT = Path(__file__).parent.parent.parent
LONG = 100_000
FINISHES_WITHIN_SECONDS = 60


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


def test_a_follower_sees_each_entry_of_eight_writers_once_and_in_order(
    migrated_database_url: str, archive: EventArchive
) -> None:
    batches = 30
    seen: list[Entry] = []
    with (
        archive.follow(0) as following,
        writers(migrated_database_url, [f"treaty-{n}" for n in range(8)], batches) as processes,
    ):
        follower = followed(following, 8 * batches * BATCH, seen)
        outputs = [process.communicate("go\n", FINISHES_WITHIN_SECONDS)[0] for process in processes]
        follower.join(FINISHES_WITHIN_SECONDS)

    assert [each.position for each in seen] == list(range(1, 8 * batches * BATCH + 1))
    assert tuple(seen) == archive.since(0, limit=LONG)
    assert [each.recorded_at for each in seen] == sorted(each.recorded_at for each in seen)
    assert acknowledged(outputs) == {batch_key(batch) for batch in batches_of(seen)}


def test_a_killed_writer_leaves_whole_batches_and_loses_none_that_it_was_told_of(
    migrated_database_url: str, archive: EventArchive
) -> None:
    names = [f"treaty-{n}" for n in range(4)]
    with writers(migrated_database_url, names, LONG) as processes:
        outputs = []
        for number, process in enumerate(processes):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            outputs.append("".join(islice(process.stdout, 3 + 2 * number)))
            process.send_signal(signal.SIGKILL)
            outputs[-1] += process.communicate(timeout=FINISHES_WITHIN_SECONDS)[0]

    recorded = archive.since(0, limit=LONG)

    whole = {batch_key(batch) for batch in batches_of(recorded)}
    assert acknowledged(outputs) <= whole
    assert all(len(ids) == BATCH for _, ids in whole)
    assert [each.position for each in recorded] == list(range(1, len(recorded) + 1))
    versions = archive.versions([f"treaty:{name}" for name in names])
    assert sum(versions.values()) == len(recorded)


def test_the_record_goes_on_after_a_killed_writer(
    migrated_database_url: str, archive: EventArchive
) -> None:
    with writers(migrated_database_url, ["npt"], LONG) as (process,):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=FINISHES_WITHIN_SECONDS)
    before = archive.head().position

    (entry,) = archive.append(
        [Act(id="after", treaty="other", kind="signature", party="POL")],
        expected={},
        recorded_by="clerk",
    )

    assert entry.position == before + 1


@contextmanager
def writers(
    url: str, names: Sequence[str], batches: int
) -> Iterator[Sequence["subprocess.Popen[str]"]]:
    """Writers that are ready, each waiting for a line before it begins."""
    command = [sys.executable, "-m", "tests.infrastructure.writer", url]
    processes = [
        subprocess.Popen(
            [*command, name, str(batches)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in names
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def followed(following: Following, count: int, seen: list[Entry]) -> threading.Thread:
    """A thread that follows until it has seen so many."""
    thread = threading.Thread(target=lambda: seen.extend(islice(following, count)), daemon=True)
    thread.start()
    return thread


def batches_of(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries as they were recorded together: each batch has one instant of its own."""
    return [list(batch) for _, batch in groupby(entries, key=lambda each: each.recorded_at)]


def batch_key(batch: Sequence[Entry]) -> tuple[int, tuple[str, ...]]:
    return batch[0].position, tuple(each.content.id for each in batch)


def acknowledged(outputs: Sequence[str]) -> set[tuple[int, tuple[str, ...]]]:
    lines = [line.split() for output in outputs for line in output.splitlines() if line != "ready"]
    return {(int(position), tuple(ids)) for position, *ids in lines if len(ids) == BATCH}
