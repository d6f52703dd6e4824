"""How long after its commit an entry is heard, with many that write, follow, drop and come back.

    python -m tests.benchmarks.following [--database sqlite|postgresql] [--clients N] [--writers N]
        [--acts N] [--rate R]

Each client is cut off after a random number of events and goes on by `Last-Event-ID`.
A lag runs from the instant at which the log took the entry in to the moment at which the client has its line.
"""

import argparse
import asyncio
import random
import tempfile
import time
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

import httpx
import orjson

from domain.ports import stream_of
from infrastructure.archive import EventArchive
from infrastructure.codec import Fact
from infrastructure.database import migrate, open_engine
from tests.infrastructure.records import a_definition, a_party, an_act
from tests.postgres import create_database, running_postgres
from tests.serving import free_port, running_service

KEY = "key of the benchmark"
EVENTS_AT_ONCE = (20, 200)


class Follower:
    """One client: what it heard, and how long after."""

    def __init__(self, port: int, start: str, seed: int) -> None:
        """Go on after this event."""
        self._port = port
        self._chance = random.Random(seed)
        self.last = start
        self._start = int(start)
        self.ids: list[str] = []
        self.lags: list[float] = []
        self.drops = 0

    async def follow(self, end: str) -> None:
        """Hear everything up to the event `end`."""
        while self.last != end:
            with suppress(OSError, EOFError):
                await self._once(self._chance.randint(*EVENTS_AT_ONCE), end)
            self.drops += 1

    async def _once(self, count: int, end: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        began = time.time()
        try:
            writer.write(
                f"GET /v1/stream HTTP/1.1\r\nHost: here\r\nLast-Event-ID: {self.last}\r\n\r\n".encode()
            )
            event = ""
            while count and self.last != end:
                line = await asyncio.wait_for(reader.readuntil(b"\n"), 30)
                if line.startswith(b"id: "):
                    event = line[4:].decode().strip()
                elif line.startswith(b"data: "):
                    self._note(event, orjson.loads(line[6:]), began)
                    count -= 1
        finally:
            writer.transport.abort()

    def _note(self, event: str, told: dict[str, Any], began: float) -> None:
        self.last = event
        if int(event.partition(".")[0]) <= self._start:
            return  # what follows from the setting up
        self.ids.append(event)
        recorded = datetime.fromisoformat(told["recordedtime"]).timestamp()
        if recorded > began:  # what was recorded before this connection waited for the client
            self.lags.append(time.time() - recorded)


async def write(address: str, number: int, asked: argparse.Namespace) -> None:
    """Record one act after another on a treaty of its own, at the rate asked for."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        began = time.monotonic()
        for index in range(asked.acts):
            due = began + (index + number / asked.writers) / asked.rate
            await asyncio.sleep(max(0, due - time.monotonic()))
            act = {"kind": "signature", "party": f"P{index:03}", "dated": "2026-11-20"}
            answer = await client.post(f"/v1/treaties/t{number}/acts", json=act)
            assert answer.status_code == 201, answer.text


async def measure(port: int, start: int, address: str, asked: argparse.Namespace) -> None:
    """Let all of them run at once, and tell what they heard."""
    followers = [Follower(port, str(start), seed) for seed in range(asked.clients)]
    end = f"{start + asked.writers * asked.acts}.1"
    began = time.monotonic()
    await asyncio.gather(
        *(each.follow(end) for each in followers),
        *(write(address, number, asked) for number in range(asked.writers)),
    )
    seconds = time.monotonic() - began
    expected = [
        f"{start + 1 + index // 2}{'.1' * (index % 2)}"
        for index in range(2 * asked.writers * asked.acts)
    ]
    lags = sorted(lag for each in followers for lag in each.lags)
    cuts = quantiles(lags, n=1000)
    print(
        f"{asked.database}: {asked.writers} writers, {asked.clients} clients, "
        f"{len(expected)} events in {seconds:.1f} s, {sum(each.drops for each in followers)} connections"
    )
    print(
        f"each client heard each event once and in order: {all(each.ids == expected for each in followers)}"
    )
    print(
        f"lag of {len(lags)} events heard live: median {cuts[499] * 1000:.0f} ms, "
        f"p99 {cuts[989] * 1000:.0f} ms, p99.9 {cuts[998] * 1000:.0f} ms, most {lags[-1] * 1000:.0f} ms"
    )


def begun(url: str, asked: argparse.Namespace) -> int:
    """A record with the treaties and parties; gives its last position."""
    migrate(url)
    engine = open_engine(url)
    facts: list[Fact] = [
        a_party("FIRST"),
        *(a_party(f"P{index:03}") for index in range(asked.acts)),
        *(a_definition(f"t{number}") for number in range(asked.writers)),
        *(an_act(0, f"t{number}", party="FIRST") for number in range(asked.writers)),
    ]
    expected = {stream_of(each): 0 for each in facts}
    entries = EventArchive(engine).append(facts, expected=expected, recorded_by="clerk")
    engine.dispose()
    return entries[-1].position


def settled(address: str, before: int) -> int:
    """The last position once the service has recorded the key with which it signs."""
    while True:
        position: int = httpx.get(f"{address}/readyz").json()["position"]
        if position > before:
            return position
        time.sleep(0.1)


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--acts", type=int, default=40)
    parser.add_argument("--rate", type=float, default=1.0, help="acts a second of each writer")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'timeline.db'}"
        if asked.database == "postgresql":
            server = stack.enter_context(running_postgres())
            url = create_database(server, f"following_{uuid4().hex}")
        start, port = begun(url, asked), free_port()
        settings = {
            "TIMELINE_DATABASE_URL": url,
            "TIMELINE_API_KEY": KEY,
            "TIMELINE_LOG_REQUESTS": "false",
        }
        address = stack.enter_context(running_service(folder, port, settings))
        asyncio.run(measure(port, settled(address, start), address, asked))


if __name__ == "__main__":
    main()
