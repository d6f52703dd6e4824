"""A database with an invented record in it, and the service over it as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from api.dependencies import Service, choose
from infrastructure.archive import EventArchive
from infrastructure.database import migrate, open_engine
from infrastructure.feeding import FeedWriter
from infrastructure.projector import place_of
from infrastructure.wire import Fact, written_fact
from tests.benchmarks import invented
from tests.postgres import free_port

KEY = "benchmark"
BIN = Path(sys.executable).parent
SETTINGS = {
    "TIMELINE_API_KEY": KEY,
    "TIMELINE_LOG_LEVEL": "error",
    "TIMELINE_LOG_REQUESTS": "false",
    "TIMELINE_RATE_LIMIT": "off",
    "TIMELINE_SIGNING": "off",
    "TIMELINE_AUDIT_EVERY_SECONDS": "0",
}


def written(acts: int, path: Path) -> int:
    """Writes the invented record as lines, and says how many acts are among them."""
    parties, count = invented.codes(), 0
    with path.open("wb") as file:
        for party in invented.register():
            file.write(orjson.dumps(written_fact(party)) + b"\n")
        for number in range(invented.treaties(acts)):
            file.write(orjson.dumps(written_fact(invented.definition(number))) + b"\n")
            for act in invented.acts(number, parties):
                file.write(orjson.dumps(written_fact(act)) + b"\n")
                count += 1
    return count


def filled(url: str, acts: int) -> int:
    """Records the invented record without checks, as fast as the log takes it; gives the number of entries."""
    migrate(url)
    engine = open_engine(url)
    archive, parties = EventArchive(engine), invented.codes()

    def facts() -> Iterator[Fact]:
        yield from invented.register()
        for number in range(invented.treaties(acts)):
            yield invented.definition(number)
            yield from invented.acts(number, parties)

    for _ in archive.import_entries(facts(), expected={}, recorded_by="bench"):
        pass
    position = archive.head().position
    engine.dispose()
    return position


def projected(url: str) -> None:
    """Brings read model and feed level with the log, so that nothing but what is measured goes on."""
    service = Service(choose({"database_url": url}))
    projector = service.projector()
    while projector.step():
        pass
    feed = FeedWriter(service.engine, service.archive, service.clock)
    while feed.step():
        pass
    service.close()


def until_level(url: str, position: int) -> None:
    """Waits until the read model holds the position."""
    engine = open_engine(url)
    while place_of(engine).position < position:
        time.sleep(0.05)
    engine.dispose()


@contextmanager
def process(words: Sequence[str | Path], folder: Path, url: str) -> Iterator[None]:
    """A process that runs while the block does."""
    started = subprocess.Popen(
        words, cwd=folder, env={**os.environ, **SETTINGS, "TIMELINE_DATABASE_URL": url}
    )
    try:
        yield
    finally:
        started.terminate()
        started.wait(60)


@contextmanager
def service(folder: Path, url: str) -> Iterator[str]:
    """The address of the service over the database."""
    port = free_port()
    with process([BIN / "timeline", "serve", "--port", str(port)], folder, url):
        address = f"http://127.0.0.1:{port}"
        answered(f"{address}/readyz")
        yield address


@contextmanager
def bare_service(folder: Path, one: bytes, everybody: bytes) -> Iterator[str]:
    """The address of bare routes that return these bytes."""
    (folder / "one").write_bytes(one)
    (folder / "all").write_bytes(everybody)
    port = free_port()
    root = Path(__file__).parent.parent.parent
    words = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(folder)]
    with process(words, root, ""):
        address = f"http://127.0.0.1:{port}"
        answered(f"{address}/v1/treaties/any/parties")
        yield address


def answered(address: str, seconds: float = 120) -> bytes:
    """What is answered at the address, once it is."""
    end_by = time.monotonic() + seconds
    while True:
        try:
            with urlopen(Request(address)) as answer:  # noqa: S310 (our own address)
                body: bytes = answer.read()
                return body
        except (HTTPError, URLError, ConnectionError):
            if time.monotonic() > end_by:
                raise
            time.sleep(0.1)
