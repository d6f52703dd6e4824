"""Keys of callers: made once, shown once, kept only as digests; who holds one, what it allows, until when."""

import hashlib
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID, uuid4

import sqlalchemy as sa

from domain.errors import NotFound, Unavailable
from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.tables import api_key, subscription

SCOPES = (
    "read",
    "acts:record",
    "acts:correct",
    "acts:attest",
    "treaties:define",
    "subscriptions",
    "admin",
)
"""What a key may allow; `admin` includes all the others."""

FORM = re.compile(r"timeline_([a-z2-7]{10})_([a-z2-7]{40})([0-9a-f]{8})")
"""A prefix by which the key is found and named, a secret of 200 bits, and a checksum over both."""

REVOKED = "the key of its owner was revoked"
"""Why a subscription is paused whose owner has no key any more."""

USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept: everything but the secret."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Keys:
    """The keys of one database; each use is looked up, so that a revoked key is out at once everywhere."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        """Keep keys in this database."""
        self._engine = engine
        self._clock = clock

    def create(
        self, name: str, scopes: Sequence[str], *, expires_at: datetime | None = None
    ) -> tuple[Key, str]:
        """A new key, and the text that its holder sends; the text is never seen again."""
        token = new_token()
        key = Key(
            id=uuid4(),
            name=name,
            prefix=_prefix(token),
            scopes=tuple(dict.fromkeys(scopes)),
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(api_key).values(
                    id=key.id,
                    name=key.name,
                    prefix=key.prefix,
                    hash=_digest(token),
                    scopes=list(key.scopes),
                    created_at=key.created_at,
                    expires_at=key.expires_at,
                )
            )
        return key, token

    def every(self) -> tuple[Key, ...]:
        """All keys, the oldest first, revoked ones among them."""
        with glancing(self._engine) as connection:
            rows = connection.execute(_keys.order_by(api_key.c.created_at, api_key.c.id)).all()
        return tuple(_key(row) for row in rows)

    def revoke(self, which: str) -> Key:
        """The key with this prefix or id, which holds no more from now on; raises `NotFound`.

        Subscriptions belong to a name: they are paused, unless another key of that name stands that may subscribe.
        """
        found = [key for key in self.every() if which in (key.prefix, str(key.id))]
        if not found:
            raise NotFound(f"there is no key {which[:80]}")
        now = self._clock.now()
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(api_key)
                .where(api_key.c.id == found[0].id, api_key.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            if not _may_subscribe(connection, found[0].name, now):
                connection.execute(
                    sa.update(subscription)
                    .where(subscription.c.owner == found[0].name, subscription.c.state == "active")
                    .values(state="paused", reason=REVOKED)
                )
        return next(key for key in self.every() if key.id == found[0].id)

    def holder(self, token: str) -> Key | None:
        """The standing key that the text is of, None if there is none; how long it takes says nothing."""
        well_formed = is_well_formed(token)
        prefix = _prefix(token) if well_formed else ""
        with glancing(self._engine) as connection:
            row = connection.execute(
                _keys.add_columns(api_key.c.hash).where(api_key.c.prefix == prefix)
            ).first()
        kept = row.hash if row is not None else _NOBODY
        same = compare_digest(kept, _digest(token))
        if row is None or not same or not well_formed:
            return None
        key = _key(row)
        now = self._clock.now()
        if not key.stands(now):
            return None
        self._note_use(key, now)
        return key

    def _note_use(self, key: Key, now: datetime) -> None:
        """Note the last use, at most once a minute; a use that cannot be noted is a use all the same."""
        if key.last_used_at is not None and now - key.last_used_at < USE_IS_NOTED_EVERY:
            return
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    sa.update(api_key).where(api_key.c.id == key.id).values(last_used_at=now)
                )
        except Unavailable:
            return


def _may_subscribe(connection: sa.Connection, name: str, now: datetime) -> bool:
    """Whether any key of the name stands that may look after subscriptions."""
    rows = connection.execute(_keys.where(api_key.c.name == name))
    standing = (key for key in map(_key, rows) if key.stands(now))
    return any({"subscriptions", "admin"} & set(key.scopes) for key in standing)


def new_token() -> str:
    """A key that nobody has."""
    body = f"timeline_{_letters(10)}_{_letters(40)}"
    return body + _checksum(body)


def is_well_formed(token: str) -> bool:
    """Whether the text is a key by its form and its checksum, so that a typing error needs no look-up."""
    return FORM.fullmatch(token) is not None and compare_digest(token[-8:], _checksum(token[:-8]))


def _letters(count: int) -> str:
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(count))


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _prefix(token: str) -> str:
    found = FORM.fullmatch(token)
    assert found is not None  # asked only of a key by its form
    return found[1]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: sa.Row[tuple[object, ...]]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )


_keys: sa.Select[tuple[object, ...]] = sa.select(
    api_key.c.id,
    api_key.c.name,
    api_key.c.prefix,
    api_key.c.scopes,
    api_key.c.created_at,
    api_key.c.expires_at,
    api_key.c.revoked_at,
    api_key.c.last_used_at,
)
_NOBODY = _digest("")
