"""How what happens becomes webhooks: the feed, event by event, and the answers that somebody relied on.

Where a subscription has got to in the feed is kept with it. It moves in the transaction that puts its webhooks
on their way, and only from where it was: so nothing is left out, nothing is told twice, and any number of processes
may do this at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.tables import reliance, subscription
from infrastructure.webhooks.deliveries import Deliveries, Told
from infrastructure.webhooks.subscriptions import Wanted, wanted_from

PAGE = 200
"""Events that are put on their way in one transaction."""

MOST_PENDING = 1_000
"""Webhooks on their way to one subscription; beyond that the feed waits, which forgets nothing."""


class Feed(Protocol):
    """What happened, in one order for ever; a place in it is a text that only it can read."""

    def end(self) -> str:
        """The place after everything that has happened."""
        ...

    def after(self, place: str, wanted: Wanted, limit: int) -> tuple[Sequence[Told], str]:
        """At most so many of the events wanted after a place, and the place up to which it was looked."""
        ...


class Recalls(Protocol):
    """What became of answers that somebody relied on."""

    def end(self) -> int:
        """The last position of the log."""
        ...

    def after(self, permalink: str, relied_on: int, seen: int) -> tuple[Sequence[Told], int]:
        """Each time this answer changed after a position, and the position up to which it was looked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Puts on its way what happened since it last looked."""

    engine: sa.Engine
    clock: Clock
    deliveries: Deliveries
    feed: Feed
    recalls: Recalls
    most_pending: int = MOST_PENDING

    def tell(self) -> int:
        """Put one page for each subscription on its way, and look again at the answers relied on; gives how many.

        0 says that there was nothing new.
        """
        return self._tell_feed() + self._tell_recalls()

    def forget(self, keep: timedelta) -> int:
        """Take out what was delivered longer ago than that; gives how many."""
        return self.deliveries.forget(before=self.clock.now() - keep)

    def _tell_feed(self) -> int:
        end, told = self.feed.end(), 0
        query = (
            sa.select(subscription.c.id, subscription.c.place, subscription.c.wanted)
            .where(subscription.c.state == "active", subscription.c.place != end)
            .order_by(subscription.c.created_at, subscription.c.id)
        )
        with glancing(self.engine) as connection:
            behind = connection.execute(query).all()
        for row in behind:
            room = self.most_pending - self.deliveries.pending(row.id)
            if room > 0:
                told += self._tell(row, min(room, PAGE))
        return told

    def _tell(self, row: sa.Row[Any, Any, Any], limit: int) -> int:
        events, place = self.feed.after(row.place, wanted_from(row.wanted), limit)
        if place == row.place:
            return 0
        with writing(self.engine) as connection:
            moved = connection.execute(
                sa.update(subscription)
                .where(
                    subscription.c.id == row.id,
                    subscription.c.place == row.place,
                    subscription.c.state == "active",
                )
                .values(place=place)
            ).rowcount
            if moved:
                self.deliveries.put(connection, row.id, events)
        return len(events) if moved else 0

    def _tell_recalls(self) -> int:
        end, told = self.recalls.end(), 0
        query = (
            sa.select(reliance)
            .join(subscription, subscription.c.id == reliance.c.subscription)
            .where(subscription.c.state == "active", reliance.c.seen < end)
            .order_by(reliance.c.subscription, reliance.c.number)
            .limit(PAGE)
        )
        with glancing(self.engine) as connection:
            behind = connection.execute(query).all()
        for row in behind:
            told += self._recall(row)
        return told

    def _recall(self, row: sa.Row[Any]) -> int:
        events, seen = self.recalls.after(row.permalink, row.position, row.seen)
        with writing(self.engine) as connection:
            _hold(connection, row.subscription)
            moved = connection.execute(
                sa.update(reliance)
                .where(
                    reliance.c.subscription == row.subscription,
                    reliance.c.number == row.number,
                    reliance.c.permalink == row.permalink,
                    reliance.c.seen == row.seen,
                )
                .values(seen=seen)
            ).rowcount
            if moved:
                self.deliveries.put(connection, row.subscription, events)
        return len(events) if moved else 0


def _hold(connection: sa.Connection, identifier: UUID) -> None:
    connection.execute(
        sa.select(subscription.c.id).where(subscription.c.id == identifier).with_for_update()
    )
