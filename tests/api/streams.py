"""The service on a real line, and clients that follow its stream."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from api.main import create_app
from api.server import Server, server_over
from api.streaming import Stream
from infrastructure.settings import Settings
from tests.api.clients import KEY

WITHIN_SECONDS = 20.0
CLIENT = httpx.Client(
    verify=False,  # noqa: S501 (no line here is encrypted, and to load certificates takes long)
    timeout=WITHIN_SECONDS,
    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where the service listens, and the server itself."""

    address: str
    port: int
    server: Server

    @property
    def stream(self) -> Stream:
        """What the service's followers follow."""
        found: Stream = self.server.config.app.state.stream  # type: ignore[union-attr]  # our application
        return found


@contextmanager
def listening(database_url: str, **chosen: Any) -> Iterator[Line]:
    """The service, listening at a port of its own until the block ends; it projects and tells what happens.

    It signs nothing: the key that a sealer declares is an entry too, and comes when it comes.
    """
    quiet = {"log_requests": False, "signing": "off", "audit_every_seconds": 0}
    settings = Settings(**{"database_url": database_url, "api_key": KEY, **quiet, **chosen})
    server = server_over(create_app(settings), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait = threading.Event()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        wait.wait(0.01)
    service = server.config.app.state.service  # type: ignore[union-attr]  # our application
    while service.feed.head().position < service.archive.head().position:
        wait.wait(0.05)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Line(address=f"http://127.0.0.1:{port}", port=port, server=server)
    finally:
        server.should_exit = True
        thread.join(timeout=WITHIN_SECONDS)
        assert not thread.is_alive(), "the service did not end"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One event as it came."""

    id: str
    data: dict[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the feed, to compare."""
        position, _, number = self.id.partition(".")
        return int(position), int(number or 0)


@contextmanager
def following(line: Line, *, last: str | None = None, **query: str) -> Iterator[Iterator[Heard]]:
    """The events that one client hears, from where it was; it is there once the block begins."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with CLIENT.stream("GET", f"{line.address}/v1/stream", params=query, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        assert next(lines).startswith(": after ")
        yield heard(lines)


def heard(lines: Iterator[str]) -> Iterator[Heard]:
    """The events in the lines of a stream (HTML Living Standard, 9.2.6)."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in found:
            yield Heard(id=found["id"], data=orjson.loads(found["data"]))
        found = {} if not line else {**found, name: value}
