"""The feed: what was recorded and what changed in law, in the one order in which it was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

BELIEVED = ("built_status", "built_treaty_state")
"""Where the feed looks for what began and what ended at a position."""


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("position", POSITION, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("treaty", NAME),
        sa.Column("party", NAME),
        sa.Column("kind", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("day", sa.Date()),
        sa.Column("change", sa.Text()),
        sa.Column("data", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("position", "number", name="pk_feed"),
    )
    op.create_index("ix_feed_treaty", "feed", ["treaty", "party", "position", "number"])
    op.create_index("ix_feed_party", "feed", ["party", "position", "number"])
    op.create_index("ix_feed_change", "feed", ["change", "position", "number"])
    partial_index("ix_feed_announced", "feed", ["day"], where="type = 'change.announced'")
    op.create_table(
        "feed_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", POSITION, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_feed_state"),
        sa.CheckConstraint("id = 1", name="ck_feed_state_only_one"),
    )
    op.execute("INSERT INTO feed_state (id, position, number) VALUES (1, 0, 0)")
    for table in BELIEVED:
        op.create_index(f"ix_{table}_begun", table, ["generation", "recorded_from"])
        partial_index(
            f"ix_{table}_ended",
            table,
            ["generation", "recorded_until"],
            where="recorded_until IS NOT NULL",
        )
    if op.get_context().dialect.name == "postgresql":
        grant_to_service()


def downgrade() -> None:
    for table in BELIEVED:
        op.drop_index(f"ix_{table}_ended", table)
        op.drop_index(f"ix_{table}_begun", table)
    op.drop_table("feed_state")
    op.drop_table("feed")


def partial_index(name: str, table: str, columns: list[str], *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)


def grant_to_service() -> None:
    """What was told stays told: the service adds to the feed, and moves only its own place in it."""
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                GRANT SELECT, INSERT ON feed TO timeline_service;
                GRANT SELECT, UPDATE ON feed_state TO timeline_service;
            END IF;
        END $$""")
