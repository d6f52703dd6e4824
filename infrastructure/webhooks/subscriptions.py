"""Who is told of what: subscriptions, kept for their owners, each with a target, a filter and a secret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4

import sqlalchemy as sa

from domain.errors import NotFound
from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.tables import reliance, subscription, webhook, webhook_lane
from infrastructure.webhooks.secrets import Scheme, Signing

State: TypeAlias = Literal["active", "paused", "ended"]

BOTH_SIGN_FOR = timedelta(days=1)
"""How long the secret before still signs once it is replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are wanted; what is empty does not restrict."""

    types: frozenset[str] = frozenset()
    treaties: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()

    def plain(self) -> dict[str, list[str]]:
        """The filter as it is kept and shown; what does not restrict is left out."""
        found = {each.name: sorted(getattr(self, each.name)) for each in fields(self)}
        return {name: members for name, members in found.items() if members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """An answer that somebody relied on: its permalink, the record it was given from, and how far it was watched."""

    permalink: str
    position: int
    number: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as it is kept; its secret is kept nowhere."""

    id: UUID
    owner: str
    url: str
    description: str | None
    wanted: Wanted
    scheme: Scheme
    root: str
    generation: int
    previous_until: datetime | None
    state: State
    reason: str | None
    place: str
    failures: int
    taken_at: datetime | None
    created_at: datetime
    permalinks: tuple[str, ...] = ()

    def signing(self, now: datetime) -> Signing:
        """What its webhooks are signed with at this instant."""
        return Signing(
            scheme=self.scheme,
            root=self.root,
            generation=self.generation,
            previous=self.previous_until is not None and now < self.previous_until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for who subscribes."""

    owner: str
    url: str
    description: str | None = None
    wanted: Wanted = Wanted()
    scheme: Scheme = "secret"
    reliances: Sequence[Reliance] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What of a subscription is to become another; what is None stays."""

    url: str | None = None
    description: str | None = None
    wanted: Wanted | None = None
    state: Literal["active", "paused"] | None = None
    reliances: Sequence[Reliance] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a subscription is served."""

    pending: int = 0
    dead: int = 0
    oldest: datetime | None = None
    """When the oldest webhook that is still pending was made."""


class Subscriptions:
    """The subscriptions of one database."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        """Keep them in this database."""
        self._engine = engine
        self._clock = clock

    def create(self, wish: Wish, *, root: str, place: str) -> Subscription:
        """A new subscription, told of everything that comes after a place of the feed."""
        now, identifier = self._clock.now(), uuid4()
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(subscription).values(
                    id=identifier,
                    owner=wish.owner,
                    url=wish.url,
                    description=wish.description,
                    wanted=wish.wanted.plain(),
                    scheme=wish.scheme,
                    root=root,
                    generation=1,
                    state="active",
                    place=place,
                    failures=0,
                    is_troubled=False,
                    served_at=now,
                    created_at=now,
                )
            )
            _rely(connection, identifier, wish.reliances)
        return self.get(identifier)

    def get(self, identifier: UUID, *, owner: str | None = None) -> Subscription:
        """The subscription, if it stands and, where an owner is given, is theirs; raises `NotFound`."""
        found = self._select(subscription.c.id == identifier)
        if not found or (owner is not None and found[0].owner != owner):
            raise NotFound(f"there is no subscription {identifier}")
        return found[0]

    def every(self, *, owner: str | None = None) -> tuple[Subscription, ...]:
        """All that stand, the oldest first, of one owner if one is given."""
        return self._select(*([] if owner is None else [subscription.c.owner == owner]))

    def change(self, identifier: UUID, changed: Changed) -> Subscription:
        """Change what is named; a subscription that is made active again is tried at once."""
        now = self._clock.now()
        values: dict[str, Any] = {
            name: value
            for name in ("url", "description", "state")
            if (value := getattr(changed, name)) is not None
        }
        if changed.wanted is not None:
            values["wanted"] = changed.wanted.plain()
        if changed.state is not None:
            values["reason"] = None
        with writing(self._engine) as connection:
            if values:
                connection.execute(
                    sa.update(subscription)
                    .where(subscription.c.id == identifier, subscription.c.state != "ended")
                    .values(**values)
                )
            if changed.state == "active" or changed.url is not None:
                _try_at_once(connection, identifier, now)
            if changed.reliances is not None:
                _delete(connection, reliance, identifier)
                _rely(connection, identifier, changed.reliances)
        return self.get(identifier)

    def replace_secret(self, identifier: UUID, *, root: str) -> Subscription:
        """Go on to the next secret; for a day the one before signs as well, if it has the same root."""
        standing = self.get(identifier)
        until = self._clock.now() + BOTH_SIGN_FOR if standing.root == root else None
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(subscription)
                .where(
                    subscription.c.id == identifier,
                    subscription.c.generation == standing.generation,
                )
                .values(generation=standing.generation + 1, root=root, previous_until=until)
            )
        return self.get(identifier)

    def end(self, identifier: UUID) -> None:
        """End it for ever: nothing is sent from now on, and what was on its way is dropped."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(subscription)
                .where(subscription.c.id == identifier)
                .values(state="ended", ended_at=self._clock.now())
            )
            for table in (reliance, webhook_lane, webhook):
                _delete(connection, table, identifier)

    def roots_in_use(self) -> tuple[str, ...]:
        """The fingerprints of the root keys on which standing subscriptions rest."""
        query = sa.select(subscription.c.root).where(subscription.c.state != "ended").distinct()
        with glancing(self._engine) as connection:
            return tuple(connection.scalars(query.order_by(subscription.c.root)))

    def standing(self, identifiers: Iterable[UUID]) -> dict[UUID, Standing]:
        """How far each of them is served."""
        asked = list(identifiers)
        query = (
            sa.select(
                webhook.c.subscription,
                webhook.c.state,
                sa.func.count().label("count"),
                sa.func.min(webhook.c.made_at).label("oldest"),
            )
            .where(webhook.c.subscription.in_(asked), webhook.c.state != "delivered")
            .group_by(webhook.c.subscription, webhook.c.state)
        )
        found = {each: {"pending": (0, None), "dead": (0, None)} for each in asked}
        with glancing(self._engine) as connection:
            for row in connection.execute(query):
                found[row.subscription][row.state] = (row[2], row.oldest)
        return {
            each: Standing(
                pending=counts["pending"][0], dead=counts["dead"][0], oldest=counts["pending"][1]
            )
            for each, counts in found.items()
        }

    def _select(self, *conditions: sa.ColumnElement[bool]) -> tuple[Subscription, ...]:
        query = (
            sa.select(*(subscription.c[name] for name in _COLUMNS))
            .where(subscription.c.state != "ended", *conditions)
            .order_by(subscription.c.created_at, subscription.c.id)
        )
        links = sa.select(reliance.c.subscription, reliance.c.permalink).order_by(
            reliance.c.subscription, reliance.c.number
        )
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
            if rows:
                links = links.where(reliance.c.subscription.in_([row.id for row in rows]))
            relied: dict[UUID, list[str]] = {}
            for row in connection.execute(links) if rows else ():
                relied.setdefault(row.subscription, []).append(row.permalink)
        return tuple(_read(row, tuple(relied.get(row.id, ()))) for row in rows)


def wanted_from(kept: Any) -> Wanted:
    """The filter as it was kept."""
    return Wanted(**{name: frozenset(members) for name, members in kept.items()})


def _read(row: sa.Row[Any], permalinks: tuple[str, ...]) -> Subscription:
    values = {name: getattr(row, name) for name in _COLUMNS if name != "wanted"}
    return Subscription(wanted=wanted_from(row.wanted), permalinks=permalinks, **values)


def _rely(connection: sa.Connection, identifier: UUID, reliances: Sequence[Reliance]) -> None:
    if reliances:
        connection.execute(
            sa.insert(reliance),
            [
                {
                    "subscription": identifier,
                    "number": number,
                    "permalink": each.permalink,
                    "position": each.position,
                    "seen": each.position,
                }
                for number, each in enumerate(reliances)
            ],
        )


def _try_at_once(connection: sa.Connection, identifier: UUID, now: datetime) -> None:
    connection.execute(
        sa.update(webhook_lane)
        .where(webhook_lane.c.subscription == identifier, webhook_lane.c.due_at > now)
        .values(due_at=now)
    )


def _delete(connection: sa.Connection, table: sa.Table, identifier: UUID) -> None:
    connection.execute(sa.delete(table).where(table.c.subscription == identifier))


_COLUMNS = tuple(each.name for each in fields(Subscription) if each.name != "permalinks")
