"""Requests sent over a few connections, each connection one after the other, as fast as they are answered."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 8
LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as bytes, and the status that it is answered with if all is well."""

    sent: bytes
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a load: how many requests were answered in how many seconds, and the bodies' bytes."""

    requests: int
    seconds: float
    bytes: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def get(path: str) -> Asked:
    """A plain question."""
    return Asked(sent=f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".encode())


def gzipped(path: str) -> Asked:
    """The same by a client that takes it compressed."""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n"
    return Asked(sent=head.encode())


def post(path: str, body: bytes, *, status: int = 200, key: str = "") -> Asked:
    """Something to be read or recorded."""
    allowed = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"{allowed}Content-Length: {len(body)}\r\n\r\n"
    )
    return Asked(sent=head.encode() + body, status=status)


def load(address: str, asked: Iterable[Asked], *, connections: int = CONNECTIONS) -> Told:
    """Sends all of them, and says how long it took; an answer with another status is an error."""
    return uvloop.run(_load(address, deque(asked), connections))


async def _load(address: str, asked: deque[Asked], connections: int) -> Told:
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    loop = asyncio.get_running_loop()
    count = len(asked)
    clients: list[_Client] = []
    for _ in range(min(connections, count)):
        _, client = await loop.create_connection(
            lambda: _Client(asked, loop.create_future()), parts.hostname, parts.port
        )
        clients.append(client)
    began = time.perf_counter()
    for client in clients:
        client.go_on()
    await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - began
    return Told(requests=count, seconds=seconds, bytes=sum(client.bytes for client in clients))


class _Client(asyncio.Protocol):
    """One connection, which asks as long as there is something to ask."""

    def __init__(self, asked: deque[Asked], done: asyncio.Future[None]) -> None:
        self.done = done
        self.bytes = 0
        self._asked = asked
        self._status = 0
        self._parts: list[bytes] = []
        self._missing: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            "asyncio.Transport", transport
        )  # as it is, though uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def go_on(self) -> None:
        """Ask the next question, or be done."""
        if not self._asked:
            self.done.set_result(None)
            self._transport.close()
            return
        asked = self._asked.popleft()
        self._status, self._missing = asked.status, None
        self._parts.clear()
        self._transport.write(asked.sent)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._parts.append(data)
            head, blank, body = b"".join(self._parts).partition(b"\r\n\r\n")
            if not blank:
                return
            length = self._length_in(head)
            if length is None:
                self.bytes += len(data)
                if body.endswith(LAST_CHUNK):
                    self.go_on()
                return
            self._missing = length - len(body)
        else:
            self._missing -= len(data)
        if self._missing <= 0 and not self.done.done():
            self.go_on()

    def _length_in(self, head: bytes) -> int | None:
        """The length of the body, None where it comes in chunks."""
        status, *lines = head.split(b"\r\n")
        if int(status[9:12]) != self._status and not self.done.done():
            self.done.set_exception(AssertionError(f"answered {status.decode()}"))
        fields = (line.partition(b":") for line in lines)
        found = [int(value) for name, _, value in fields if name.lower() == b"content-length"]
        if not found:
            return None
        self.bytes += found[0]
        return found[0]
