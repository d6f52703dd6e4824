"""What every request passes on its way in and out: an id, limits, headers, compression, one line in the log."""

import asyncio
import gzip
import re
import secrets
import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote

import limits
import structlog
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import Settings
from api.metrics import Metrics
from api.presenting import json_bytes
from api.problems import MEDIA_TYPE, TYPES, problem
from api.room import Room

Headers: TypeAlias = list[tuple[bytes, bytes]]

log = structlog.get_logger("timeline")

LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient", ""})
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that are asked every few seconds and are not logged when all is well."""

SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
OPEN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Link, Location, Content-Location, Retry-After, Memento-Datetime, X-Timeline-Position, X-Request-Id",
    ),
]
PREFLIGHT: Headers = [
    (
        b"access-control-allow-headers",
        b", ".join(
            (
                b"Accept",
                b"Accept-Datetime",
                b"Authorization",
                b"Content-Type",
                b"Idempotency-Key",
                b"If-Match",
                b"If-None-Match",
                b"Last-Event-ID",
                b"X-Timeline-Position",
            )
        ),
    ),
    (b"access-control-max-age", b"86400"),
]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_GZIP = re.compile(rb"(?:^|[,\s])gzip\s*(?:$|,|;\s*q=(?:1|0\.0*[1-9]))", re.IGNORECASE)
"""An `Accept-Encoding` that takes gzip with any liking but none."""
COMPRESSION_LEVEL = 5
COMPRESSED = 32 * 1024 * 1024
"""Bytes of compressed answers that are kept."""

SLASH_IN_A_NAME = "\N{DIVISION SLASH}"
"""What stands for a slash that belongs to a name and not to the address: the register reads both alike."""

Methods: TypeAlias = Callable[[Scope], Sequence[str]]
"""What can be done to the address of a request; nothing where there is nothing."""


class TooMuch(Exception):
    """The body is larger than it may be, or does not come."""

    def __init__(self, name: str, detail: str) -> None:
        """Name the problem."""
        super().__init__(detail)
        self.name = name


class Door:
    """The application as the outside meets it."""

    def __init__(
        self, app: ASGIApp, settings: Settings, metrics: Metrics, methods: Methods
    ) -> None:
        """Guard the application by these settings."""
        self._app = app
        self._methods = methods
        self._settings = settings
        self._metrics = metrics
        self._rate = None if settings.rate_limit == "off" else limits.parse(settings.rate_limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._smaller = Room[bytes](COMPRESSED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = Passage(scope, send, self._settings, self._smaller)
        try:
            await self._pass(scope, receive, passage)
        except TooMuch as refused:
            await passage.refuse(refused.name, str(refused))
        except Exception:
            log.exception("broken", request_id=passage.request_id)
            if passage.status:
                raise
            await passage.refuse("internal", "it has been logged under this request id")
        finally:
            if passage.status == 401 and b"authorization" in passage.given:
                self._count_guess(passage)
            self._note(scope, passage)

    async def _pass(self, scope: Scope, receive: Receive, passage: "Passage") -> None:
        scope = _with_names_whole(scope)
        if scope["method"] == "OPTIONS" and (methods := self._methods(scope)):
            await passage.allow(methods)
            return
        seconds = self._exceeded(passage)
        if seconds is not None:
            detail = f"more than {self._settings.rate_limit}"
            await passage.refuse(
                "too-many-requests", detail, [(b"retry-after", str(seconds).encode())]
            )
            return
        if scope["method"] == "HEAD":
            known = {**scope.get("extensions", {}), "timeline.head": {}}
            scope = {**scope, "method": "GET", "extensions": known}
        length = passage.given.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._settings.max_body_bytes:
            raise TooMuch("too-large", f"a body may have {self._settings.max_body_bytes:,} bytes")
        scope = {**scope, "state": {**scope.get("state", {}), "request_id": passage.request_id}}
        passage.scope = scope
        await self._app(scope, self._bounded(receive), passage.send)

    def _bounded(self, receive: Receive) -> Receive:
        """The body as it arrives, no more of it than may be, and no longer."""
        arrived = 0
        give_up_at = time.monotonic() + self._settings.body_seconds
        done = False

        async def bounded() -> Message:
            nonlocal arrived, done
            if done:
                return await receive()
            try:
                message = await asyncio.wait_for(
                    receive(), max(give_up_at - time.monotonic(), 0.001)
                )
            except TimeoutError as error:
                raise TooMuch("too-slow", "the body did not arrive in time") from error
            arrived += len(message.get("body", b""))
            done = not message.get("more_body", False)
            if arrived > self._settings.max_body_bytes:
                raise TooMuch(
                    "too-large", f"a body may have {self._settings.max_body_bytes:,} bytes"
                )
            return message

        return bounded

    def _exceeded(self, passage: "Passage") -> int | None:
        """After how many seconds this caller may come again; None while it is within its rate.

        A key has a rate of its own; what comes with a key that nobody has counts for its address.
        """
        rate = self._rate
        if rate is None or passage.address in LOOPBACK:
            return None
        key = passage.given.get(b"authorization", b"")
        who = str(hash(key)) if key else passage.address
        if key and not self._limiter.test(rate, passage.address):
            who = passage.address
        elif self._limiter.hit(rate, who):
            return None
        ends = self._limiter.get_window_stats(rate, who).reset_time
        return max(1, int(ends - time.time()) + 1)

    def _count_guess(self, passage: "Passage") -> None:
        """A key that nobody has costs its address a request, so that nobody guesses without end."""
        if self._rate is not None and passage.address not in LOOPBACK:
            self._limiter.hit(self._rate, passage.address)

    def _note(self, scope: Scope, passage: "Passage") -> None:
        seconds = time.perf_counter() - passage.began
        route = getattr(passage.scope.get("route"), "path", None) or "none"
        self._metrics.note(scope["method"], route, passage.status, seconds)
        if self._settings.log_requests and (route not in QUIET or passage.status >= 500):
            log.info(
                "request",
                request_id=passage.request_id,
                method=scope["method"],
                path=scope["path"],
                status=passage.status,
                milliseconds=round(seconds * 1000, 2),
                client=passage.address,
            )


def _with_names_whole(scope: Scope) -> Scope:
    """The request with its address cut at the slashes that were sent as slashes, and at no others."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return scope
    parts = raw.decode("latin-1").split("/")
    names = [unquote(each).replace("/", SLASH_IN_A_NAME) for each in parts]
    return {**scope, "path": "/".join(names)}


class Passage:
    """One request on its way: what is noted of it, and how its answer leaves."""

    def __init__(self, scope: Scope, send: Send, settings: Settings, smaller: Room[bytes]) -> None:
        """Note the arrival; what is compressed on the way out is kept for those who ask for it again."""
        self.began = time.perf_counter()
        self.scope = scope
        self.given: MutableMapping[bytes, bytes] = dict(scope["headers"])
        self.address: str = (scope.get("client") or ("", 0))[0]
        self.status = 0
        self._send = send
        self._method = scope["method"]
        self._open = settings.reads == "open"
        self._compress_from = settings.compress_from_bytes
        self._smaller = smaller
        self._start: Message | None = None
        asked = self.given.get(b"x-request-id", b"")
        known = _REQUEST_ID.fullmatch(asked) is not None
        self.request_id = asked.decode() if known else secrets.token_hex(8)

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer, with what is said of every answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers()]
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if not message.get("more_body", False):
                message = self._compressed(start, message)
            await self._send(start)
        if self._method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(
        self, name: str, detail: str, more: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        """Answer with a problem."""
        body = json_bytes(problem(TYPES[name], detail, request_id=self.request_id))
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *more,
        ]
        self._start = None
        await self.send(
            {"type": "http.response.start", "status": TYPES[name].status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": body})

    async def allow(self, methods: Sequence[str]) -> None:
        """Answer what can be done here, and a browser whether it may ask (CORS)."""
        named = ", ".join(methods).encode()
        headers = [
            (b"allow", named),
            (b"access-control-allow-methods", named),
            *PREFLIGHT,
            (b"content-length", b"0"),
        ]
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})

    def _headers(self) -> Headers:
        return [(b"x-request-id", self.request_id.encode()), *SAFE, *(OPEN if self._open else ())]

    def _compressed(self, start: Any, message: Message) -> Message:
        """The whole body compressed, where it is worth it and the client takes it; its validator then differs."""
        body = message.get("body", b"")
        if not 0 < self._compress_from <= len(body):
            return message
        if not any(name == b"vary" for name, _ in start["headers"]):
            start["headers"].append((b"vary", b"Accept-Encoding"))
        if _GZIP.search(self.given.get(b"accept-encoding", b"")) is None:
            return message
        kept = [
            (name, value)
            for name, value in start["headers"]
            if name not in {b"content-length", b"etag"}
        ]
        tags = [value for name, value in start["headers"] if name == b"etag"]
        kept.extend((b"etag", value[:-1] + b'-gzip"') for value in tags)
        smaller = self._compressed_once(body, tags)
        kept += [(b"content-encoding", b"gzip"), (b"content-length", str(len(smaller)).encode())]
        start["headers"] = kept
        return {**message, "body": smaller}

    def _compressed_once(self, body: bytes, tags: list[bytes]) -> bytes:
        """The body compressed; a strong validator stands for the same bytes, which need it only once."""
        key = (*tags, len(body))
        kept = self._smaller.get(key) if tags else None
        if kept is not None:
            return kept
        smaller = gzip.compress(body, COMPRESSION_LEVEL, mtime=0)
        return self._smaller.put(key, smaller, len(smaller)) if tags else smaller
