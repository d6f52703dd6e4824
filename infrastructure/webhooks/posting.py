"""One request to a receiver, bounded in every way: whom it reaches, how long it takes, how much is read.

The status of the answer is all that is looked at. Its body is not read, let alone kept; a redirect is not followed.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Self

import httpcore

from infrastructure.webhooks.targets import Guard, NotAllowed, Resolver, Target, system_resolver

LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one attempt: the status of the answer, or why there was none."""

    seconds: float
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    refused: bool = False
    """Whether we did not even try, because the target is none to which a webhook may go."""

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has taken it: any status from 200 to 299."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_unwanted(self) -> bool:
        """Whether the receiver wants nothing more (410)."""
        return self.status == HTTPStatus.GONE

    @property
    def trouble(self) -> str | None:
        """What went wrong, in a phrase; None if nothing did."""
        if self.is_delivered:
            return None
        if self.status is None:
            return self.error
        return _said(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """How requests are sent; a call sends one."""

    guard: Guard
    timeout_seconds: float = 10.0
    resolver: Resolver = system_resolver
    trusted: ssl.SSLContext | None = None
    """Whose certificates are believed; those that the machine believes unless given."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send it, and say what came of it; whatever the receiver does, it takes no longer than the time allowed."""
        began = time.monotonic()
        try:
            with _Line(self, self.guard.target(url), began + self.timeout_seconds) as line:
                status, answered = line.send(headers, body)
        except NotAllowed as refusal:
            return Outcome(seconds=_since(began), error=str(refusal), refused=True)
        except _FAILURES as failure:
            late = _since(began) >= self.timeout_seconds
            why = f"no answer within {self.timeout_seconds:g} s" if late else _in_words(failure)
            return Outcome(seconds=_since(began), error=why[:LONGEST_ERROR])
        return Outcome(
            seconds=_since(began), status=status, retry_after=retry_after(answered, status)
        )


def retry_after(given: str | None, status: int) -> timedelta | None:
    """How long the receiver asks to wait (RFC 9110, 10.2.3), None where it does not, or where it is not heard.

    It is heard with the statuses 429 and 503.
    """
    if given is None or status not in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ):
        return None
    text = given.strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if until.tzinfo is None:
        return None
    return max(until - datetime.now(UTC), timedelta())


class _Line:
    """One connection for one request, cut when its time is over."""

    def __init__(self, post: Post, target: Target, ends_at: float) -> None:
        self._target = target
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), post.timeout_seconds)
        self._backend = _Guarded(post, target, ends_at)
        self._pool = httpcore.ConnectionPool(
            ssl_context=post.trusted or _trusted(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=self._backend,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._backend.release()
        with suppress(OSError, *_FAILURES):
            self._pool.close()

    def send(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None]:
        """The status of the answer, and its `Retry-After`; the answer is left where it is."""
        with self._pool.stream(
            "POST",
            httpcore.URL(
                scheme=self._target.scheme,
                host=self._target.host,
                port=self._target.port,
                target=self._target.path,
            ),
            headers=[
                ("Host", _authority(self._target)),
                ("Content-Length", str(len(body))),
                *headers.items(),
            ],
            content=body,
            extensions={"timeout": self._timeouts},
        ) as response:
            found = [value for name, value in response.headers if name.lower() == b"retry-after"]
            return response.status, found[0].decode("latin-1") if found else None


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to nothing else; cuts the line at its end.

    The time limits of a library count from one byte to the next; whoever sends a byte now and then
    could hold a worker for ever. So the socket itself is shut down when the time is over.
    """

    def __init__(self, post: Post, target: Target, ends_at: float) -> None:
        self._post = post
        self._target = target
        self._ends_at = ends_at
        self._cutter: threading.Timer | None = None
        self._held: socket.socket | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the target that is allowed and answers."""
        del timeout
        assert (host, port) == (self._target.host, self._target.port)  # no redirects, one target
        failure: Exception = OSError(f"{host} cannot be reached")
        for address in self._post.guard.addresses(self._target, self._left(), self._post.resolver):
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, max(self._left(), 0.001), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self._cut_in_time(stream)
            return stream
        raise failure

    def release(self) -> None:
        """Call the end of time off; the connection is closed by whoever holds it."""
        if self._cutter is not None:
            self._cutter.cancel()
        if self._held is not None:
            self._held.close()

    def _cut_in_time(self, stream: httpcore.NetworkStream) -> None:
        # A socket of our own for the same connection: TLS takes the first one over.
        self._held = stream.get_extra_info("socket").dup()
        self._cutter = threading.Timer(max(self._left(), 0), _cut, [self._held])
        self._cutter.daemon = True
        self._cutter.start()

    def _left(self) -> float:
        return self._ends_at - time.monotonic()


def _cut(held: socket.socket) -> None:
    with suppress(OSError):
        held.shutdown(socket.SHUT_RDWR)


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _authority(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = 443 if target.scheme == "https" else 80
    return host if target.port == usual else f"{host}:{target.port}"


def _since(began: float) -> float:
    return time.monotonic() - began


def _in_words(failure: Exception) -> str:
    text = str(failure) or type(failure).__name__
    return text.partition("\n")[0]


def _said(status: int) -> str:
    if 300 <= status < 400:
        return f"it answered {status}; redirects are not followed"
    return f"it answered {status}"


_FAILURES = (
    OSError,
    ssl.SSLError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
