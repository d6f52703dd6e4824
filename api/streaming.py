"""The feed as it happens, for many clients at once: read once a process, rendered once, held by nobody for a client.

The latest events lie in one ring. A client asks for what comes after its place: from the ring, or from the database
where it is farther behind. So it hears everything once and in order, and what it does not take costs no memory.
"""

import asyncio
import threading
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.dependencies import Feed, FeedEvent, FeedWanted, Place, Service, feed_place
from domain.errors import Unavailable

EVENT_STREAM = "text/event-stream"
HELD = 4_096
"""Events in the ring, and up to twice as many; who is farther behind reads from the database."""
PAGE = 500
SENT_AT_ONCE = 64 * 1024
"""Bytes that are handed on at once, more where one event alone has more."""
LOOKED_AT_EVERY_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""How long it waits for more: many acts are told at once, and each wakes whoever waits."""
WAIT_AFTER_FAULT_SECONDS = 0.5
RETRY_MILLISECONDS = 2_000
"""After how long a client that was cut off comes back."""

log = structlog.get_logger("timeline")


class Told(NamedTuple):
    """An event with its lines, as the stream carries them."""

    place: Place
    event: FeedEvent
    lines: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many may follow, how often a silent stream says that it is alive, and how long one may take nothing."""

    clients: int
    heartbeat_seconds: float
    slow_seconds: float


class Stream:
    """What all clients of one process follow; everything but `run` belongs to the thread of the event loop."""

    def __init__(self, feed: Feed, source: str, patience: Patience, *, held: int = HELD) -> None:
        """Read from this feed; nothing is read before it is opened."""
        self._feed = feed
        self._source = source
        self.patience = patience
        self._ring: list[Told] = []
        self._held = held
        self._floor: Place | None = None
        self._clients: set[Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve clients in this loop from now on."""
        self._loop = loop

    def close(self) -> None:
        """Let every client go, so that the process can end."""
        self._closed = True
        for each in self._clients:
            each.wake()

    @property
    def is_closed(self) -> bool:
        """Whether clients are to go."""
        return self._closed

    @property
    def count(self) -> int:
        """How many follow."""
        return len(self._clients)

    def run(self, stop: threading.Event) -> None:
        """Read the feed until told to stop; a lost database is waited for."""
        with self._feed.waking(GATHER_SECONDS) as waker:
            last: Place | None = None
            while not stop.is_set():
                try:
                    last = self._read_on(last)
                except Unavailable as error:
                    log.warning("cannot follow the feed", detail=str(error))
                    stop.wait(WAIT_AFTER_FAULT_SECONDS)
                    continue
                waker.wait(LOOKED_AT_EVERY_SECONDS)

    def _read_on(self, last: Place | None) -> Place:
        """Take in what was told since, and give the place of the last of it."""
        if last is None:
            last = self._feed.head()
            self._call(partial(self._begin, last))
        while page := self._feed.after(last, limit=PAGE):
            self._call(partial(self._take, [self._rendered(each) for each in page]))
            last = page[-1].place
        return last

    def _call(self, what: Callable[[], None]) -> None:
        assert self._loop is not None  # opened before it is run
        with suppress(RuntimeError):  # the loop has ended, and with it all clients
            self._loop.call_soon_threadsafe(what)

    def _begin(self, floor: Place) -> None:
        self._floor = floor
        self._wake_all()

    def _take(self, told: Iterable[Told]) -> None:
        self._ring.extend(told)
        if len(self._ring) > 2 * self._held:
            self._floor = self._ring[-self._held - 1].place
            del self._ring[: -self._held]
        self._wake_all()

    def _wake_all(self) -> None:
        for each in self._clients:
            each.wake()

    # --- what a client asks ---

    def see_room(self) -> None:
        """Raise `Unavailable` where as many follow as may."""
        if self._closed or len(self._clients) >= self.patience.clients:
            raise Unavailable("as many follow here as can be served", retry_after=10)

    def admit(self, client: "Client") -> None:
        """Have the client woken from now on."""
        self._clients.add(client)

    def leave(self, client: "Client") -> None:
        """Wake the client no more."""
        self._clients.discard(client)

    @property
    def reached(self) -> Place | None:
        """The last place that was read; None before the first look."""
        return self._ring[-1].place if self._ring else self._floor

    def known_place(self, given: str) -> Place | None:
        """The place that an id names, where it is known without a look at the database to have been told."""
        place, reached = feed_place(given.strip()), self.reached
        return place if place is not None and reached is not None and place <= reached else None

    def held_after(self, place: Place) -> list[Told] | None:
        """What the ring holds after the place; None where it does not reach back so far."""
        if self._floor is None or place < self._floor:
            return None
        if not self._ring or place >= self._ring[-1].place:
            return []
        start = bisect_right(self._ring, place, key=_place)
        return self._ring[start : start + PAGE]

    async def read_after(self, place: Place, wanted: FeedWanted) -> tuple[list[Told], Place]:
        """A page of what the database holds after the place, and how far that was looked at."""
        reached = self.reached or place
        page = await run_in_threadpool(self._feed.after, place, wanted, PAGE)
        told = [self._rendered(each) for each in page]
        if len(page) < PAGE:
            place = max(place, reached)
        return told, max(place, page[-1].place) if page else place

    def _rendered(self, event: FeedEvent) -> Told:
        body = orjson.dumps(event.cloud_event(self._source))
        return Told(event.place, event, b"id: %b\ndata: %b\n\n" % (event.id.encode(), body))


def stream_of(service: Service) -> Stream:
    """The stream of a service, as its settings want it."""
    settings = service.settings
    patience = Patience(
        clients=settings.stream_clients,
        heartbeat_seconds=settings.stream_heartbeat_seconds,
        slow_seconds=settings.stream_slow_seconds,
    )
    return Stream(service.feed, service.event_source, patience)


class Client:
    """One who follows: where it is, and what it wants."""

    def __init__(self, stream: Stream, place: Place, wanted: FeedWanted) -> None:
        """Begin after the place."""
        self._stream = stream
        self._place = place
        self._wanted = wanted
        self._woken = asyncio.Event()
        self.gone = False

    def wake(self) -> None:
        """There may be more, or it is time to go."""
        self._woken.set()

    async def parts(self) -> AsyncIterator[bytes]:
        """The stream, in parts of bounded size, until either side ends it."""
        yield f": after {self._place}\nretry: {RETRY_MILLISECONDS}\n\n".encode()
        while not (self.gone or self._stream.is_closed):
            self._woken.clear()
            told = self._stream.held_after(self._place)
            if self._stream.reached is None:
                await self._more()
            elif told is None:
                told, self._place = await self._stream.read_after(self._place, self._wanted)
            elif told:
                self._place = told[-1].place
                told = [each for each in told if self._wanted.takes(each.event)]
            elif not await self._more():
                yield b": alive\n\n"
            for part in _parts(told or ()):
                yield part

    async def _more(self) -> bool:
        """Whether there may be more before it is time to say that the stream is alive."""
        try:
            async with asyncio.timeout(self._stream.patience.heartbeat_seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True


class StreamResponse(Response):
    """The stream of one client, as server-sent events; who does not take what is sent is hung up on."""

    def __init__(self, stream: Stream, client: Client) -> None:
        """Serve this client."""
        super().__init__(
            media_type=EVENT_STREAM,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        del self.headers["content-length"]
        self._stream = stream
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until either side ends it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if "timeline.head" in scope.get("extensions", {}):
            await send({"type": "http.response.body", "body": b""})
            return
        watching = asyncio.create_task(self._watch(receive))
        self._stream.admit(self._client)
        try:
            await self._send_all(send)
        except TimeoutError:
            log.info("a slow client was let go", after_seconds=self._stream.patience.slow_seconds)
            await _hang_up(scope)
        finally:
            self._stream.leave(self._client)
            watching.cancel()

    async def _send_all(self, send: Send) -> None:
        async for part in self._client.parts():
            async with asyncio.timeout(self._stream.patience.slow_seconds):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        if not self._client.gone:
            await send({"type": "http.response.body", "body": b""})

    async def _watch(self, receive: Receive) -> None:
        """Notice when the client goes."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._client.gone = True
        self._client.wake()


async def _hang_up(scope: Scope) -> None:
    """End the connection at once, with what is still on its way in it, where the server lets us."""
    abort = scope.get("extensions", {}).get("timeline.abort")
    if abort is not None:
        abort["now"]()
        await asyncio.sleep(0.05)  # until the server knows that it is gone


def _parts(told: Iterable[Told]) -> Iterable[bytes]:
    lines: list[bytes] = []
    size = 0
    for each in told:
        lines.append(each.lines)
        size += len(each.lines)
        if size >= SENT_AT_ONCE:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _place(told: Told) -> Place:
    return told.place
