"""A projector in a process of its own: it works in small batches until the end of the log, or until it is killed."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from infrastructure.projector import Projector

FINISHES_WITHIN_SECONDS = 60

Started = tuple[BaseProcess, Connection]


@contextmanager
def projecting(url: str, *, batch: int, processes: int) -> Iterator[Sequence[Started]]:
    """Projectors that have begun, each with what it tells: at the end, the number of entries it projected."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.infrastructure.projecting"])
    started: list[Started] = []
    for _ in range(processes):
        told, tell = context.Pipe(duplex=False)
        process: BaseProcess = context.Process(target=project, args=(url, batch, tell), daemon=True)
        process.start()
        tell.close()
        started.append((process, told))
    try:
        for _, told in started:
            assert told.poll(FINISHES_WITHIN_SECONDS)
            assert told.recv() == "ready"
        yield started
    finally:
        for process, told in started:
            process.kill()
            process.join()
            told.close()


def project(url: str, batch: int, tell: Connection) -> None:
    """Brings the read model to the end of the log."""
    engine = open_engine(url)
    projector = Projector(engine, EventArchive(engine), batch=batch)
    projector.place()
    tell.send("ready")
    while projector.step():
        pass
    tell.send(projector.projected)
