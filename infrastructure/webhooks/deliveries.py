"""The work of delivering: what is on its way to whom, in lanes that keep the order, and who is at it.

A lane is what one subscription is told of one treaty: its webhooks go out one after another, in the order in which
they were made. A worker takes the lane for a while (a lease), sends its first webhook, and says what came of it.
If the worker dies, the lease runs out and another sends the same webhook again: at least once, never none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.errors import NotFound
from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.tables import subscription, webhook, webhook_lane
from infrastructure.webhooks.patience import Patience
from infrastructure.webhooks.posting import Outcome
from infrastructure.webhooks.secrets import Signing

State: TypeAlias = Literal["pending", "delivered", "dead"]

LOOKED_AT = 20
"""Subscriptions that a worker looks at before it rests, those served longest ago first."""

SLOW_SECONDS = 2.0
"""An answer that takes longer is trouble, even if it is a good one."""

GONE = "the receiver answered 410: it wants nothing more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event for one subscription: its id in the feed, its type, its lane, and the body as it is sent."""

    event: str
    type: str
    lane: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A webhook that a worker has taken to send, and until when the lane is its own."""

    lease: UUID
    until: datetime
    subscription: UUID
    lane: str
    number: int
    message: str
    url: str
    signing: Signing
    body: bytes
    began_at: datetime
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook as it is looked at: what it tells, how often it was tried, and what came of it."""

    id: str
    """What the receiver sees as `webhook-id`, the same each time it is sent."""
    event: str
    type: str
    lane: str
    state: State
    attempts: int
    made_at: datetime
    tried_at: datetime | None
    next_try_at: datetime | None
    status: int | None
    trouble: str | None
    settled_at: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is measured of all deliveries."""

    pending: int
    failing: int
    """Those pending that failed at least once."""
    dead: int
    oldest_seconds: float
    """The age of the oldest that is pending, 0 if none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How deliveries are shared out: a lease's length, how many at once to one receiver, and the patience."""

    lease: timedelta = timedelta(seconds=60)
    at_once: int = 2
    patience: Patience = field(default_factory=Patience)


class Deliveries:
    """The deliveries of one database; any number of workers, in any processes, may take from it."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        chance: Callable[[], float],
        terms: Terms | None = None,
    ) -> None:
        """Share out what is in this database; `chance` gives a number from 0 to 1."""
        self._engine = engine
        self._clock = clock
        self._chance = chance
        self._terms = terms or Terms()

    # --- putting in ---

    def put(self, connection: sa.Connection, to: UUID, events: Sequence[Told]) -> None:
        """Put the events on their way to the subscription, in this transaction; none is put in twice."""
        if not events:
            return
        now = self._clock.now()
        for lane in sorted({each.lane for each in events}):
            _wake_lane(
                connection, to, lane, now
            )  # before its webhooks, so that whoever settles sees them
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        rows = [
            {
                "subscription": to,
                "lane": each.lane,
                "event": each.event,
                "type": each.type,
                "body": each.body,
                "state": "pending",
                "attempts": 0,
                "failures": 0,
                "made_at": now,
            }
            for each in events
        ]
        for row in rows:  # one by one, so that their numbers go up in their order on every database
            connection.execute(insert(webhook).values(row).on_conflict_do_nothing())

    def pending(self, of: UUID) -> int:
        """How many webhooks are on their way to the subscription."""
        query = sa.select(sa.func.count()).where(
            webhook.c.subscription == of, webhook.c.state == "pending"
        )
        with glancing(self._engine) as connection:
            return connection.scalar(query) or 0

    # --- taking out ---

    def has_due(self, *, troubled: bool = True) -> bool:
        """Whether there is something to claim, looked at without holding anybody up."""
        return bool(self._candidates(self._clock.now(), troubled=troubled))

    def claim(self, *, troubled: bool = True) -> Claim | None:
        """The next webhook that is due, ours until its lease runs out; None if there is none.

        Subscriptions take turns, the one served longest ago first. A receiver in trouble gets one at a time,
        and a worker that does not take the troubled on is there for the others.
        """
        for candidate in self._candidates(self._clock.now(), troubled=troubled):
            with writing(self._engine) as connection:
                claim = self._claim_from(connection, candidate)
            if claim is not None:
                return claim
        return None

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Keep what came of it, and say when the lane goes on; false if the lease had run out, and nothing is kept.

        Then somebody else has sent the webhook again, and their word counts.
        """
        now = self._clock.now()
        with writing(self._engine) as connection:
            _hold(connection, claim.subscription)
            if not _release(connection, claim):
                return False
            due = self._keep(connection, claim, outcome, now)
            if due is None and _has_pending(connection, claim.subscription, claim.lane):
                due = now
            connection.execute(
                sa.update(webhook_lane)
                .where(_lane(claim.subscription, claim.lane))
                .values(due_at=due)
            )
        return True

    # --- looking at ---

    def of(
        self, of: UUID, *, state: State | None = None, after: int = 0, limit: int = 1_000
    ) -> tuple[tuple[Delivery, ...], int | None]:
        """The webhooks of a subscription in the order in which they were made, and the number to go on after.

        That number is None once there are no more.
        """
        query = (
            sa.select(webhook)
            .where(webhook.c.subscription == of, webhook.c.number > after)
            .order_by(webhook.c.number)
            .limit(limit + 1)
        )
        if state is not None:
            query = query.where(webhook.c.state == state)
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        page = rows[:limit]
        return tuple(_delivery(row) for row in page), (
            page[-1].number if len(rows) > limit else None
        )

    def replay(self, of: UUID, ids: Iterable[str] | None = None) -> int:
        """Put dead webhooks on their way again, all or those with these ids, each in its old place; gives how many.

        Raises `NotFound` for an id that no dead webhook has.
        """
        now = self._clock.now()
        dead = sa.select(webhook.c.number, webhook.c.lane, webhook.c.event).where(
            webhook.c.subscription == of, webhook.c.state == "dead"
        )
        with writing(self._engine) as connection:
            _hold(connection, of)
            found = {message_id(of, row.event): row for row in connection.execute(dead)}
            wanted = list(found) if ids is None else list(dict.fromkeys(ids))
            missing = [each for each in wanted if each not in found]
            if missing:
                raise NotFound(f"there is no dead letter {missing[0][:80]}")
            for lane in sorted({found[each].lane for each in wanted}):
                _wake_lane(connection, of, lane, now)
                connection.execute(
                    sa.update(webhook_lane).where(_lane(of, lane)).values(due_at=now)
                )
            for each in wanted:
                connection.execute(
                    sa.update(webhook)
                    .where(webhook.c.number == found[each].number)
                    .values(state="pending", failures=0, began_at=None, settled_at=None)
                )
        return len(wanted)

    def backlog(self) -> Backlog:
        """What is on its way, in trouble or given up, over all subscriptions."""
        standing = sa.select(
            sa.func.count(sa.case((webhook.c.state == "pending", 1))),
            sa.func.count(sa.case((_FAILING, 1))),
            sa.func.count(sa.case((webhook.c.state == "dead", 1))),
        ).where(webhook.c.state.in_(("pending", "dead")))
        oldest = sa.select(sa.func.min(webhook.c.made_at)).where(webhook.c.state == "pending")
        with glancing(self._engine) as connection:
            pending, failing, dead = connection.execute(standing).one()
            since = connection.scalar(oldest)
        age = 0.0 if since is None else (self._clock.now() - since).total_seconds()
        return Backlog(pending=pending, failing=failing, dead=dead, oldest_seconds=max(age, 0.0))

    def forget(self, *, before: datetime) -> int:
        """Take out what was delivered before an instant; gives how many."""
        with writing(self._engine) as connection:
            return connection.execute(
                sa.delete(webhook).where(
                    webhook.c.state == "delivered", webhook.c.settled_at < before
                )
            ).rowcount

    # --- parts ---

    def _candidates(self, now: datetime, *, troubled: bool) -> Sequence[UUID]:
        """The subscriptions with something due and room for one more at once."""
        due = (
            sa.select(1)
            .where(webhook_lane.c.subscription == subscription.c.id, _is_free(now))
            .exists()
        )
        query = (
            sa.select(subscription.c.id)
            .where(subscription.c.state == "active", due, self._has_room(now))
            .order_by(subscription.c.served_at, subscription.c.id)
            .limit(LOOKED_AT)
        )
        if not troubled:
            query = query.where(subscription.c.is_troubled.is_(False))
        with glancing(self._engine) as connection:
            return list(connection.scalars(query))

    def _has_room(self, now: datetime) -> sa.ColumnElement[bool]:
        busy = webhook_lane.alias("busy")
        taken = (
            sa.select(sa.func.count())
            .where(busy.c.subscription == subscription.c.id, busy.c.leased_until > now)
            .scalar_subquery()
        )
        room = sa.case((subscription.c.is_troubled, 1), else_=self._terms.at_once)
        return taken < room

    def _claim_from(self, connection: sa.Connection, identifier: UUID) -> Claim | None:
        """Take the webhook that is first in the lane due first, while nobody else takes from this subscription."""
        now = self._clock.now()
        who = connection.execute(
            sa.select(subscription)
            .where(subscription.c.id == identifier, subscription.c.state == "active")
            .with_for_update()
        ).first()
        if who is None:
            return None
        lane = connection.scalar(
            sa.select(webhook_lane.c.lane)
            .join(subscription, subscription.c.id == webhook_lane.c.subscription)
            .where(subscription.c.id == identifier, _is_free(now), self._has_room(now))
            .order_by(webhook_lane.c.due_at, webhook_lane.c.lane)
            .limit(1)
            .with_for_update(of=webhook_lane, skip_locked=True)
        )
        if lane is None:
            return None
        return self._lease(connection, who, lane, now)

    def _lease(
        self, connection: sa.Connection, who: sa.Row[Any], lane: str, now: datetime
    ) -> Claim | None:
        mine = sa.update(webhook_lane).where(_lane(who.id, lane))
        first = connection.execute(
            sa.select(webhook)
            .where(_in_lane(who.id, lane), webhook.c.state == "pending")
            .order_by(webhook.c.number)
            .limit(1)
        ).first()
        if first is None:
            connection.execute(mine.values(due_at=None, lease=None, leased_until=None))
            return None
        lease, until = uuid4(), now + self._terms.lease
        connection.execute(mine.values(lease=lease, leased_until=until))
        connection.execute(
            sa.update(subscription).where(subscription.c.id == who.id).values(served_at=now)
        )
        began_at = first.began_at or now
        connection.execute(
            sa.update(webhook)
            .where(webhook.c.number == first.number)
            .values(began_at=began_at, tried_at=now, attempts=first.attempts + 1)
        )
        previous = who.previous_until is not None and now < who.previous_until
        return Claim(
            lease=lease,
            until=until,
            subscription=who.id,
            lane=lane,
            number=first.number,
            message=message_id(who.id, first.event),
            url=who.url,
            signing=Signing(
                scheme=who.scheme, root=who.root, generation=who.generation, previous=previous
            ),
            body=first.body,
            began_at=began_at,
            failures=first.failures,
        )

    def _keep(
        self, connection: sa.Connection, claim: Claim, outcome: Outcome, now: datetime
    ) -> datetime | None:
        """Keep the outcome with the webhook and its subscription; gives when it is tried again, None if never."""
        mine = sa.update(webhook).where(webhook.c.number == claim.number)
        theirs = sa.update(subscription).where(subscription.c.id == claim.subscription)
        said = {"status": outcome.status, "trouble": outcome.trouble}
        slow = outcome.seconds > SLOW_SECONDS
        if outcome.is_delivered:
            connection.execute(
                mine.values(state="delivered", settled_at=now, next_try_at=None, **said)
            )
            connection.execute(theirs.values(failures=0, is_troubled=slow, taken_at=now))
            return None
        failures = claim.failures + 1
        again = self._terms.patience.next_try(
            failures,
            began_at=claim.began_at,
            now=now,
            chance=self._chance,
            asked_to_wait=outcome.retry_after,
        )
        over = {"state": "dead", "settled_at": now} if again is None else {}
        connection.execute(mine.values(failures=failures, next_try_at=again, **said, **over))
        connection.execute(theirs.values(failures=subscription.c.failures + 1, is_troubled=True))
        if outcome.is_unwanted:
            connection.execute(theirs.values(state="paused", reason=GONE))
        elif again is None:
            self._pause_if_silent(connection, claim)
        return again

    def _pause_if_silent(self, connection: sa.Connection, claim: Claim) -> None:
        """Pause a subscription that has taken nothing since long before: the rest would only follow into death."""
        reason = f"nothing was taken for {self._terms.patience.days:g} days"
        connection.execute(
            sa.update(subscription)
            .where(
                subscription.c.id == claim.subscription,
                subscription.c.state == "active",
                sa.or_(subscription.c.taken_at.is_(None), subscription.c.taken_at < claim.began_at),
            )
            .values(state="paused", reason=reason)
        )


def message_id(of: UUID, event: str) -> str:
    """The `webhook-id` of an event for a subscription: the same each time it is sent."""
    return f"msg_{uuid5(of, event).hex}"


def _wake_lane(connection: sa.Connection, of: UUID, lane: str, now: datetime) -> None:
    """See to it that the lane is looked at; one that waits for its next try goes on waiting."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(webhook_lane).values(subscription=of, lane=lane, due_at=now)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subscription", "lane"],
            set_={"due_at": sa.func.coalesce(webhook_lane.c.due_at, statement.excluded.due_at)},
        )
    )


def _hold(connection: sa.Connection, identifier: UUID) -> None:
    """Lock the subscription before its lanes, as whoever claims and whoever puts in does."""
    connection.execute(
        sa.select(subscription.c.id).where(subscription.c.id == identifier).with_for_update()
    )


def _release(connection: sa.Connection, claim: Claim) -> bool:
    return (
        connection.execute(
            sa.update(webhook_lane)
            .where(
                _lane(claim.subscription, claim.lane),
                webhook_lane.c.lease == claim.lease,
            )
            .values(lease=None, leased_until=None)
        ).rowcount
        == 1
    )


def _has_pending(connection: sa.Connection, of: UUID, lane: str) -> bool:
    query = sa.select(sa.exists().where(_in_lane(of, lane), webhook.c.state == "pending"))
    return bool(connection.scalar(query))


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        webhook_lane.c.due_at <= now,
        sa.or_(webhook_lane.c.leased_until.is_(None), webhook_lane.c.leased_until <= now),
    )


def _lane(of: UUID, lane: str) -> sa.ColumnElement[bool]:
    return sa.and_(webhook_lane.c.subscription == of, webhook_lane.c.lane == lane)


def _in_lane(of: UUID, lane: str) -> sa.ColumnElement[bool]:
    return sa.and_(webhook.c.subscription == of, webhook.c.lane == lane)


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=message_id(row.subscription, row.event),
        event=row.event,
        type=row.type,
        lane=row.lane,
        state=row.state,
        attempts=row.attempts,
        made_at=row.made_at,
        tried_at=row.tried_at,
        next_try_at=row.next_try_at if row.state == "pending" else None,
        status=row.status,
        trouble=row.trouble,
        settled_at=row.settled_at,
        body=row.body,
    )


_FAILING = sa.and_(webhook.c.state == "pending", webhook.c.failures > 0)
