"""What recording costs with a tree that grows behind the log, as a multiple of what it costs without one.

    python -m tests.benchmarks.appending [entries a run]

Both ways alternate in one run, on a database with nothing in it, and each writes to the disk as a service does.
Of each round the two are compared, and of these the median is printed: of the time, and of the work of the processor.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple
from uuid import uuid4

from domain.acts import Act
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import migrate, open_engine
from infrastructure.sealing import Pace, Sealer
from infrastructure.signing import signer
from infrastructure.verifier.notes import ED25519
from tests.postgres import create_database, running_postgres

ROUNDS = 9
TREATIES = 50


class Taken(NamedTuple):
    """Seconds that passed, and seconds of the processor that this process used."""

    seconds: float
    work: float


def main() -> None:
    """Prints a line for each database and each way of recording."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print(f"{'':38} {'without':>12} {'with':>12} {'time':>6} {'work':>6}")
    with tempfile.TemporaryDirectory() as folder:
        measure("sqlite", lambda: f"sqlite:///{Path(folder) / uuid4().hex}.db", entries)
    with running_postgres() as server:
        measure("postgresql", lambda: create_database(server, f"b{uuid4().hex}"), entries)


def measure(name: str, database: Callable[[], str], entries: int) -> None:
    """Prints the ratios for one database."""
    for way, record, count in (
        ("one act a transaction", one_by_one, entries),
        ("twenty acts a transaction", by_twenties, 10 * entries),
        ("import", imported, 50 * entries),
    ):
        taken: dict[bool, list[Taken]] = {False: [], True: []}
        for number in range(ROUNDS):
            for sealed in (False, True) if number % 2 else (True, False):
                taken[sealed].append(timed(database(), record, count, sealed=sealed))
        pairs = list(zip(taken[True], taken[False], strict=True))
        seconds = statistics.median(one.seconds / other.seconds for one, other in pairs)
        work = statistics.median(one.work / other.work for one, other in pairs)
        without, with_tree = (
            count / statistics.median(one.seconds for one in taken[each]) for each in (False, True)
        )
        print(
            f"{name + ', ' + way:38} {without:8,.0f} e/s {with_tree:8,.0f} e/s"
            f" {seconds:6.2f} {work:6.2f}",
            flush=True,
        )


def timed(
    url: str, record: Callable[[EventArchive, int], None], count: int, *, sealed: bool
) -> Taken:
    """What it takes to record so many acts."""
    migrate(url)
    engine = open_engine(url)
    archive = EventArchive(engine)
    with sealing(Sealer(archive, engine, SystemClock(), signers=KEYS, pace=PACE), on=sealed):
        began, worked = time.perf_counter(), time.process_time()
        record(archive, count)
        taken = Taken(time.perf_counter() - began, time.process_time() - worked)
    engine.dispose()
    return taken


@contextmanager
def sealing(sealer: Sealer, *, on: bool) -> Iterator[None]:
    """The sealer at work as the service runs it, in a thread of its own."""
    stop = Event()
    worker = Thread(target=sealer.run, args=[stop])
    if on:
        worker.start()
    yield
    stop.set()
    if on:
        worker.join()


def one_by_one(archive: EventArchive, count: int) -> None:
    """Records act after act."""
    for number in range(count):
        act = an_act(number)
        archive.append(
            [act], expected={f"treaty:{act.treaty}": number // TREATIES}, recorded_by="clerk"
        )


def by_twenties(archive: EventArchive, count: int) -> None:
    """Records twenty acts of one treaty at a time."""
    for batch in range(count // 20):
        acts = [an_act(batch) for _ in range(20)]
        before = batch // TREATIES * 20
        archive.append(acts, expected={f"treaty:{acts[0].treaty}": before}, recorded_by="clerk")


def imported(archive: EventArchive, count: int) -> None:
    """Records everything at once."""
    acts = map(an_act, range(count))
    for _ in archive.import_entries(acts, expected={}, recorded_by="clerk"):
        pass


def an_act(number: int) -> Act:
    """An act like others."""
    return Act(
        id=str(uuid4()),
        treaty=f"treaty-{number % TREATIES}",
        kind="ratification",
        party="POL",
        received=date(2001, 2, 3),
        note="Deposited with the Secretary-General of the United Nations.",
    )


KEYS = [signer("example.org/log", ED25519)]
PACE = Pace(seconds=1.0)

if __name__ == "__main__":
    main()
