"""Webhooks: who is told, what is on its way to them, and which answers they relied on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_subscriptions()
    create_deliveries()
    if op.get_context().dialect.name == "postgresql":
        grant_to_service()


def downgrade() -> None:
    for table in ("webhook", "webhook_lane", "reliance", "subscription"):
        op.drop_table(table)


def create_subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("wanted", DOCUMENT, nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("previous_until", INSTANT),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("is_troubled", sa.Boolean(), nullable=False),
        sa.Column("taken_at", INSTANT),
        sa.Column("served_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name="ck_subscription_state"),
        sa.CheckConstraint("scheme IN ('secret', 'ed25519')", name="ck_subscription_scheme"),
    )
    op.create_index("ix_subscription_owner_created_at", "subscription", ["owner", "created_at"])
    op.create_table(
        "reliance",
        sa.Column("subscription", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "number", name="pk_reliance"),
        belonging_to_subscription("reliance"),
    )
    op.create_index("ix_reliance_seen", "reliance", ["seen"])


def create_deliveries() -> None:
    op.create_table(
        "webhook_lane",
        sa.Column("subscription", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", INSTANT),
        sa.PrimaryKeyConstraint("subscription", "lane", name="pk_webhook_lane"),
        belonging_to_subscription("webhook_lane"),
    )
    op.create_index("ix_webhook_lane_due_at", "webhook_lane", ["due_at"])
    op.create_table(
        "webhook",
        sa.Column("number", POSITION, sa.Identity(always=True), nullable=False),
        sa.Column("subscription", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("began_at", INSTANT),
        sa.Column("tried_at", INSTANT),
        sa.Column("next_try_at", INSTANT),
        sa.Column("status", sa.Integer()),
        sa.Column("trouble", sa.Text()),
        sa.Column("settled_at", INSTANT),
        sa.PrimaryKeyConstraint("number", name="pk_webhook"),
        belonging_to_subscription("webhook"),
        sa.UniqueConstraint("subscription", "event", name="uq_webhook_subscription_event"),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="ck_webhook_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_lane", "webhook", ["subscription", "lane", "state", "number"])
    op.create_index("ix_webhook_state", "webhook", ["state", "settled_at"])


def belonging_to_subscription(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["subscription"],
        ["subscription.id"],
        name=f"fk_{table}_subscription_subscription",
        ondelete="CASCADE",
    )


def grant_to_service() -> None:
    """The work of delivering is the service's own; only who ever subscribed stays on record."""
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                REVOKE ALL ON subscription FROM timeline_service;
                GRANT SELECT, INSERT, UPDATE ON subscription TO timeline_service;
                GRANT SELECT, INSERT, UPDATE, DELETE
                    ON reliance, webhook_lane, webhook TO timeline_service;
            END IF;
        END $$""")
