"""Whatever was acknowledged outlives a kill and a loss of power inside any of the writer's syncs."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from domain.acts import Act
from infrastructure.archive import EventArchive
from infrastructure.database import migrate, open_engine
from infrastructure.projector import place_of
from tests.infrastructure.comparing import assert_tables_say_what_folds_say
from tests.infrastructure.histories import record
from tests.infrastructure.test_many_writers import acknowledged, batch_key, batches_of
from tests.infrastructure.test_projector import brought_level, defined
from tests.infrastructure.tracing import Traced, can_trace
from tests.infrastructure.writer import BATCH
from tests.postgres import create_database, running_postgres

ROOT = Path(__file__).parent.parent.parent
LONG = 100_000
TREATY = "npt"

pytestmark = pytest.mark.skipif(not can_trace(), reason="processes cannot be watched here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a writer had said when it was stopped inside a sync, and the files as they were then.

    `killed` holds all that was written, `without_power` only what the disk had been made to keep.
    """

    said: str
    killed: Path
    without_power: Path


@pytest.mark.parametrize("projects", [False, True])
def test_a_writer_that_stops_inside_any_of_its_syncs_leaves_the_record_whole(
    migrated_sqlite_database: str, tmp_path: Path, *, projects: bool
) -> None:
    engine = open_engine(migrated_sqlite_database)
    record(EventArchive(engine), [defined(TREATY)])
    engine.dispose()

    moments = list(stopped_in_syncs(tmp_path / "timeline.db", tmp_path, projects=projects))

    assert len(moments) >= 5
    assert len(acknowledged([moments[-1].said])) == 4
    for moment in moments:
        for image in (moment.killed, moment.without_power):
            assert_whole(f"sqlite:///{image / 'timeline.db'}", [moment.said])


def test_a_server_whose_process_is_killed_inside_a_sync_leaves_the_record_whole() -> None:
    with running_postgres() as server:
        url = create_database(server, "power")
        migrate(url)
        said: list[str] = []
        for number in (1, 2):
            said.append(killed_in_sync(url, f"treaty-{number}", number))
            until_it_answers(url)

            assert_whole(url, said, after=f"after {number}")


def assert_whole(url: str, said: Sequence[str], *, after: str = "after") -> None:
    """Every batch is whole and in its place, none that was acknowledged is missing, and the record goes on."""
    engine = open_engine(url)
    archive = EventArchive(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    entries = archive.since(0, limit=LONG)
    batches = [
        each for each in batches_of(entries) if each[0].recorded_by not in ("clerk", "historian")
    ]

    assert [each.position for each in entries] == list(range(1, len(entries) + 1))
    assert all(len(each) == BATCH for each in batches)
    assert acknowledged(said) <= {batch_key(each) for each in batches}
    assert place_of(engine).position <= len(entries)
    brought_level(engine, archive)
    if entries[0].stream == f"treaty:{TREATY}":
        assert_tables_say_what_folds_say(engine, archive, [TREATY], [len(entries)])
    (entry,) = archive.append(
        [Act(id=after, treaty="other", kind="signature", party="POL")],
        expected=archive.versions(["treaty:other"]),
        recorded_by="clerk",
    )
    assert entry.position == len(entries) + 1
    engine.dispose()


def stopped_in_syncs(database: Path, folder: Path, *, projects: bool) -> Iterator[Moment]:
    """A writer from its first batch to its end, each time that it asks the disk to keep something."""
    disk = folder / "disk"
    copied(database, disk)
    with writer(f"sqlite:///{database}", TREATY, 4, projects=projects) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        said, number = "", 0
        traced = Traced(process.pid)
        begin(process)
        for sync in traced.syncs():
            said += read_from(process.stdout.fileno())
            if sync.begins:
                number += 1
                moment = Moment(
                    said=said,
                    killed=folder / f"killed-{number}",
                    without_power=folder / f"without-power-{number}",
                )
                copied(database, moment.killed)
                shutil.copytree(disk, moment.without_power)
                yield moment
            elif sync.file.is_file():
                shutil.copy(sync.file, disk / sync.file.name)


def copied(database: Path, to: Path) -> None:
    """The database and its journal as they stand; the index of the journal is made anew by whoever opens it."""
    to.mkdir()
    for name in (database.name, f"{database.name}-wal"):
        if (database.parent / name).exists():
            shutil.copy(database.parent / name, to / name)


def killed_in_sync(url: str, treaty: str, number: int) -> str:
    """What a writer was told until its server process was killed as it began its n-th sync."""
    with writer(url, treaty, LONG) as process:
        assert process.stdout is not None
        traced = Traced(server_process_of(url))
        begin(process)
        begun = 0
        for sync in traced.syncs():
            begun += sync.begins
            if begun == number:
                traced.kill()
                break
        said, _ = process.communicate(timeout=60)
        return said


def server_process_of(url: str) -> int:
    """The one that serves the writer, the only other client that does not listen."""
    with psycopg.connect(url, autocommit=True) as connection:
        (found,) = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'timeline'"
            " AND pid <> pg_backend_pid()"
        ).fetchall()
    return int(found[0])


def until_it_answers(url: str) -> None:
    """Wait until the server has recovered."""
    end_by = time.monotonic() + 60
    while not _answers(url):
        assert time.monotonic() < end_by
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def writer(
    url: str, treaty: str, batches: int, *, projects: bool = False
) -> Iterator["subprocess.Popen[str]"]:
    """A writer that is ready, and waits for a line before it begins."""
    words = [sys.executable, "-m", "tests.infrastructure.writer", url, treaty, str(batches)]
    process = subprocess.Popen(
        [*words, *(["projects"] if projects else [])],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def begin(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def read_from(file: int) -> str:
    """What has arrived; nothing is waited for."""
    try:
        return os.read(file, 1_000_000).decode()
    except BlockingIOError:
        return ""
