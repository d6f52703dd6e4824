"""Everything about webhooks over one database: who subscribed, what they are told, and who delivers it."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import RLock
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa

from domain.bounds import written_instant
from domain.ports import Clock
from infrastructure.archive import EventArchive
from infrastructure.database import writing
from infrastructure.feed import SOURCE, TYPE_PREFIX, Feed, Place, read_place, source_of
from infrastructure.private_files import UnsafeKeys
from infrastructure.settings import Settings
from infrastructure.webhooks.deliveries import Deliveries, Delivery, Terms, Told
from infrastructure.webhooks.feeding import RECALL, TEST, WANTED_TYPES, FeedForWebhooks
from infrastructure.webhooks.patience import Patience
from infrastructure.webhooks.posting import Post
from infrastructure.webhooks.recalling import Answers, Recaller
from infrastructure.webhooks.secrets import SCHEMES, Roots, opened
from infrastructure.webhooks.subscriptions import (
    Changed,
    Reliance,
    Standing,
    Subscription,
    Subscriptions,
    Wanted,
    Wish,
)
from infrastructure.webhooks.targets import (
    Guard,
    Network,
    NotAllowed,
    Resolver,
    networks_from,
    system_resolver,
)
from infrastructure.webhooks.telling import Teller
from infrastructure.webhooks.working import Crew, Worker

__all__ = [
    "SCHEMES",
    "WANTED_TYPES",
    "Changed",
    "Delivery",
    "NotAllowed",
    "Office",
    "Options",
    "Reliance",
    "Standing",
    "Subscription",
    "UnsafeKeys",
    "Wanted",
    "Wish",
    "options_from",
    "read_place",
]

LEASE_BEYOND_SECONDS = 30.0
"""How much longer than a request a lease lasts, so that its holder has time to keep the outcome."""

LOOK_UP_SECONDS = 3.0

GATHER_SECONDS = 0.1
"""How long the look-out waits for more: an act that was recorded is projected and told soon after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How webhooks are sent, as the operator chose."""

    keys: Path
    source: str = SOURCE
    workers: int = 4
    timeout_seconds: float = 10.0
    days: float = 5.0
    keep: timedelta = timedelta(days=30)
    allowed: tuple[Network, ...] = ()
    resolver: Resolver = field(default=system_resolver)


def options_from(settings: Settings) -> Options:
    """As the settings say."""
    return Options(
        keys=settings.webhook_keys_path(),
        source=source_of(settings.log_origin),
        workers=settings.webhook_workers,
        timeout_seconds=settings.webhook_timeout_seconds,
        days=settings.webhook_days,
        keep=timedelta(days=settings.webhook_keep_days),
        allowed=networks_from(settings.webhook_networks),
    )


class Office:
    """The webhooks of one database; safe to share between threads."""

    def __init__(
        self, engine: sa.Engine, archive: EventArchive, clock: Clock, options: Options
    ) -> None:
        """Work over this database; nothing is read or made yet."""
        self._engine = engine
        self._archive = archive
        self._clock = clock
        self._options = options
        self._lock = RLock()
        self._roots: tuple[float, Roots] | None = None
        self.guard = Guard(allowed=options.allowed)
        self.feed = FeedForWebhooks(feed=Feed(engine), source=options.source)
        self.subscriptions = Subscriptions(engine, clock)
        self.deliveries = Deliveries(
            engine,
            clock,
            random.random,
            Terms(
                lease=timedelta(seconds=options.timeout_seconds + LEASE_BEYOND_SECONDS),
                patience=Patience(days=options.days),
            ),
        )

    def checked(self, url: str) -> str:
        """The address as it is kept, if a webhook may go there.

        A name is looked up; one that nobody knows yet may become known. Raises `NotAllowed`.
        """
        target = self.guard.target(url)
        try:
            self.guard.addresses(target, LOOK_UP_SECONDS, self._options.resolver)
        except OSError:
            return target.url
        return target.url

    def subscribe(self, wish: Wish, place: str | None = None) -> Subscription:
        """A new subscription, told of what comes after the place, or from now on; raises `UnsafeKeys`.

        Now is the end of the log, also where the feed has not got there yet.
        """
        start = self._now() if place is None else place
        return self.subscriptions.create(wish, root=self.roots().latest, place=start)

    def _now(self) -> str:
        return str(max(Feed(self._engine).head(), Place(self._archive.head().position)))

    def replace_secret(self, identifier: UUID) -> Subscription:
        """Go on to the next secret; raises `UnsafeKeys`."""
        return self.subscriptions.replace_secret(identifier, root=self.roots().latest)

    def shared(self, of: Subscription) -> str:
        """What the receiver checks with: the secret, or the public key; raises `UnsafeKeys`."""
        return self.roots().shared(of.id, of.signing(self._clock.now()))

    def test(self, of: Subscription) -> str:
        """Put a webhook on its way that tells nothing, and give the id of its event."""
        identifier, now = f"{TEST}-{uuid4().hex}", written_instant(self._clock.now())
        document = {
            "specversion": "1.0",
            "id": identifier,
            "source": self._options.source,
            "type": TYPE_PREFIX + TEST,
            "time": now,
            "recordedtime": now,
            "datacontenttype": "application/json",
            "data": {"subscription": str(of.id)},
        }
        told = Told(event=identifier, type=TYPE_PREFIX + TEST, lane="", body=orjson.dumps(document))
        with writing(self._engine) as connection:
            self.deliveries.put(connection, of.id, [told])
        return identifier

    def roots(self) -> Roots:
        """The root keys of the file, read again when it changed; raises `UnsafeKeys`."""
        path = self._options.keys
        with self._lock:
            changed = path.stat().st_mtime if path.exists() else 0.0
            if self._roots is None or self._roots[0] != changed:
                roots = opened(path, in_use=self.subscriptions.roots_in_use())
                self._roots = (path.stat().st_mtime, roots)
            return self._roots[1]

    def crew(self, answers: Answers) -> Crew:
        """All that delivers in one process, for answers that somebody relied on too."""
        count = self._options.workers
        return Crew(
            teller=self.teller(answers),
            workers=tuple(
                # Half of them, and one that is alone, serve receivers in trouble as well.
                self.worker(troubled=number < max(1, count // 2))
                for number in range(count)
            ),
            keep=self._options.keep,
            waking=partial(self._archive.waking, GATHER_SECONDS),
        )

    def teller(self, answers: Answers) -> Teller:
        """Who puts on its way what happened."""
        recalls = Recaller(
            archive=self._archive,
            answers=answers,
            source=self._options.source,
            type=TYPE_PREFIX + RECALL,
        )
        return Teller(
            engine=self._engine,
            clock=self._clock,
            deliveries=self.deliveries,
            feed=self.feed,
            recalls=recalls,
        )

    def worker(self, *, troubled: bool = True) -> Worker:
        """Who sends."""
        send = Post(
            guard=self.guard,
            timeout_seconds=self._options.timeout_seconds,
            resolver=self._options.resolver,
        )
        return Worker(
            deliveries=self.deliveries,
            clock=self._clock,
            roots=self.roots,
            send=send,
            troubled=troubled,
        )
