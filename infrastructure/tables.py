"""The tables of the record: the log, its tree and checkpoints, what has been projected, keys, documents."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant in UTC with microseconds; SQLite keeps it as text that sorts, without a zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """What the database is given; an instant without a zone is a mistake."""
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant has a zone"
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """What the database gave, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Document = sa.JSON().with_variant(JSONB(), "postgresql")

event_log = sa.Table(
    "event_log",
    metadata,
    sa.Column("position", Position, sa.Identity(always=True), primary_key=True),
    sa.Column("originator_id", sa.Text, nullable=False),
    sa.Column("originator_version", sa.BigInteger, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("metadata", Document, nullable=False),
    sa.Column("recorded_at", Instant, sa.FetchedValue(), nullable=False),
    sa.UniqueConstraint("originator_id", "originator_version"),
    sa.UniqueConstraint("event_id"),
    sa.Index(None, "recorded_at", "position"),
    sa.Index(
        "ix_event_log_definitions",
        "position",
        "originator_id",
        postgresql_where=sa.text("topic = 'treaty.defined'"),
        sqlite_where=sa.text("topic = 'treaty.defined'"),
    ),
    sqlite_autoincrement=True,
)

projection_position = sa.Table(
    "projection_position",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("recorded_by", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("first_position", sa.BigInteger),
    sa.Column("last_position", sa.BigInteger),
)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("scopes", Document, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("last_used_at", Instant),
    sa.UniqueConstraint("prefix"),
)

log_tile = sa.Table(
    "log_tile",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)

log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("last", sa.LargeBinary, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index(None, "position"),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", Position, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("heads", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)

cosignature = sa.Table(
    "cosignature",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["size"], ["checkpoint.size"]),
)

document = sa.Table(
    "document",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("kept_at", Instant, nullable=False),
    sa.Column("kept_by", sa.Text, nullable=False),
    sa.Column("erased_at", Instant),
    sa.Column("erased_by", sa.Text),
    sa.Column("erased_because", sa.Text),
)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("wanted", Document, nullable=False),
    sa.Column("scheme", sa.Text, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("previous_until", Instant),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("is_troubled", sa.Boolean, nullable=False),
    sa.Column("taken_at", Instant),
    sa.Column("served_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name="state"),
    sa.CheckConstraint("scheme IN ('secret', 'ed25519')", name="scheme"),
    sa.Index(None, "owner", "created_at"),
)

reliance = sa.Table(
    "reliance",
    metadata,
    sa.Column("subscription", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("permalink", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["subscription"], ["subscription.id"], ondelete="CASCADE"),
    sa.Index(None, "seen"),
)

webhook_lane = sa.Table(
    "webhook_lane",
    metadata,
    sa.Column("subscription", sa.Uuid, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("due_at", Instant),
    sa.Column("lease", sa.Uuid),
    sa.Column("leased_until", Instant),
    sa.ForeignKeyConstraint(["subscription"], ["subscription.id"], ondelete="CASCADE"),
    sa.Index(None, "due_at"),
)

webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("number", Position, sa.Identity(always=True), primary_key=True),
    sa.Column("subscription", sa.Uuid, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("began_at", Instant),
    sa.Column("tried_at", Instant),
    sa.Column("next_try_at", Instant),
    sa.Column("status", sa.Integer),
    sa.Column("trouble", sa.Text),
    sa.Column("settled_at", Instant),
    sa.ForeignKeyConstraint(["subscription"], ["subscription.id"], ondelete="CASCADE"),
    sa.UniqueConstraint("subscription", "event"),
    sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
    sa.Index("ix_webhook_lane", "subscription", "lane", "state", "number"),
    sa.Index("ix_webhook_state", "state", "settled_at"),
    sqlite_autoincrement=True,
)

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Slugs and codes, which sort alike everywhere."""

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("treaty", Name),
    sa.Column("party", Name),
    sa.Column("kind", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("day", sa.Date),
    sa.Column("change", sa.Text),
    sa.Column("data", Document),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_feed_treaty", "treaty", "party", "position", "number"),
    sa.Index("ix_feed_party", "party", "position", "number"),
    sa.Index("ix_feed_change", "change", "position", "number"),
    sa.Index(
        "ix_feed_announced",
        "day",
        postgresql_where=sa.text("type = 'change.announced'"),
        sqlite_where=sa.text("type = 'change.announced'"),
    ),
)

feed_state = sa.Table(
    "feed_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("day", sa.Date),
    sa.CheckConstraint("id = 1", name="only_one"),
)
