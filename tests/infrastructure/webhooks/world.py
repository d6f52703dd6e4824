"""A small world of subscriptions, receivers and workers, in which time goes by when it is told to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import orjson
import sqlalchemy as sa

from infrastructure.database import open_engine
from infrastructure.webhooks.deliveries import Deliveries, Terms, Told
from infrastructure.webhooks.posting import Outcome
from infrastructure.webhooks.secrets import Roots
from infrastructure.webhooks.subscriptions import (
    Reliance,
    Subscription,
    Subscriptions,
    Wanted,
    Wish,
)
from infrastructure.webhooks.telling import Teller
from infrastructure.webhooks.working import Worker

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOTS = Roots([b"r" * 32])
TAKEN = Outcome(seconds=0.01, status=204)
BROKEN = Outcome(seconds=0.01, status=500)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()

    def goes_on(self, **by: float) -> None:
        self.instant += timedelta(**by)


@dataclass
class Happenings:
    """A feed in memory: what happened, in its order; a place is how many there were."""

    events: list[Told] = field(default_factory=list)

    def happen(self, *treaties: str) -> None:
        """One event under each of these treaties."""
        for treaty in treaties:
            number = len(self.events) + 1
            body = orjson.dumps({"id": str(number), "subject": treaty})
            self.events.append(Told(event=str(number), type="act", lane=treaty, body=body))

    def end(self) -> str:
        return str(len(self.events))

    def after(self, place: str, wanted: Wanted, limit: int) -> tuple[Sequence[Told], str]:
        found = [
            (number, each)
            for number, each in enumerate(self.events[int(place) :], int(place) + 1)
            if not wanted.treaties or each.lane in wanted.treaties
        ][:limit]
        end = str(found[-1][0]) if len(found) == limit else self.end()
        return [each for _, each in found], end


class NoRecalls:
    """Nobody relied on anything."""

    def end(self) -> int:
        return 0

    def after(self, permalink: str, relied_on: int, seen: int) -> tuple[Sequence[Told], int]:
        raise AssertionError(permalink, relied_on, seen)


@dataclass
class Receivers:
    """Receivers by their addresses: how each behaves, and what it took, in its order."""

    watch: Watch
    behaviour: dict[str, Callable[[], Outcome]] = field(default_factory=dict)
    sent: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    """When, where to, the id of the webhook, the id of the event."""
    taken: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        event = orjson.loads(body)["id"]
        self.sent.append((self.watch.now(), url, headers["webhook-id"], event))
        outcome = self.behaviour.get(url, lambda: TAKEN)()
        if outcome.is_delivered:
            self.taken.setdefault(url, []).append(event)
        return outcome


@dataclass
class World:
    """All of it, over one database."""

    engine: sa.Engine
    watch: Watch
    feed: Happenings
    receivers: Receivers
    deliveries: Deliveries
    subscriptions: Subscriptions
    teller: Teller

    def subscribe(self, name: str, *treaties: str, relying: Sequence[Reliance] = ()) -> UUID:
        """A subscription with a receiver of this name, to these treaties or to all."""
        wish = Wish(
            owner="desk",
            url=f"https://{name}.example/",
            wanted=Wanted(treaties=frozenset(treaties)),
            reliances=relying,
        )
        return self.subscriptions.create(wish, root=ROOTS.latest, place=self.feed.end()).id

    def subscription(self, identifier: UUID) -> Subscription:
        """It, as it stands."""
        return self.subscriptions.get(identifier)

    def worker(self, *, troubled: bool = True) -> Worker:
        """Who sends."""
        return Worker(
            deliveries=self.deliveries,
            clock=self.watch,
            roots=lambda: ROOTS,
            send=self.receivers,
            troubled=troubled,
        )

    def tell(self) -> None:
        """Put everything on its way that happened."""
        while self.teller.tell():
            pass

    def send(self, most: int = 10_000) -> int:
        """Send what is due now; gives how many."""
        worker = self.worker()
        return next((count for count in range(most) if not worker.step()), most)

    def goes_by(self, every: timedelta, until: timedelta) -> None:
        """Let time go by, and send what is due each time."""
        end = self.watch.now() + until
        while self.watch.now() < end:
            self.tell()
            self.send()
            self.watch.instant += every

    def taken(self, name: str) -> list[str]:
        """The events that the receiver took, in its order."""
        return self.receivers.taken.get(f"https://{name}.example/", [])

    def behaves(self, name: str, how: Callable[[], Outcome]) -> None:
        """From now on the receiver behaves so."""
        self.receivers.behaviour[f"https://{name}.example/"] = how


@contextmanager
def world(url: str, terms: Terms | None = None) -> Iterator[World]:
    """A world over this database, in which nothing has happened."""
    engine, watch, feed = open_engine(url), Watch(), Happenings()
    deliveries = Deliveries(engine, watch, lambda: 0.5, terms)
    yield World(
        engine=engine,
        watch=watch,
        feed=feed,
        receivers=Receivers(watch),
        deliveries=deliveries,
        subscriptions=Subscriptions(engine, watch),
        teller=Teller(
            engine=engine, clock=watch, deliveries=deliveries, feed=feed, recalls=NoRecalls()
        ),
    )
    engine.dispose()
