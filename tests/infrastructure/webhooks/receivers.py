"""Receivers that behave in every way a receiver can: each is a socket of its own on this machine."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Where it listens, and what it was sent so far, each request whole."""

    url: str
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def receiver(behave: Callable[[socket.socket], None]) -> Iterator[Receiver]:
    """A receiver that reads a request and then behaves so."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        found = Receiver(url=f"http://127.0.0.1:{server.getsockname()[1]}/hook?a=b")

        def serve() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(2)
                        found.requests.append(_request(connection))
                        behave(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            stopped.set()
            thread.join()


def answers(text: bytes) -> Callable[[socket.socket], None]:
    """It answers this and closes."""
    return lambda connection: connection.sendall(text)


def goes_on_for_ever(start: bytes, part: bytes, every_seconds: float) -> Callable[..., None]:
    """It sends a part again and again, for as long as anybody listens."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        waiting = threading.Event()
        while not waiting.wait(every_seconds):
            connection.sendall(part)

    return behave


def _request(connection: socket.socket) -> bytes:
    text = b""
    while b"\r\n\r\n" not in text:
        text += _some(connection)
    head, _, body = text.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0].partition(b":")[2]):
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionResetError
    return part
