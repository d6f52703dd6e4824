"""The read model: generations of treaties, parties, acts, statuses and states, and views of the one that serves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

CURRENT = "recorded_until IS NULL"
SUPERSEDED = "recorded_until IS NOT NULL"
CHANGE = "previous_status <> status"

TABLES = (
    "built_treaty_state",
    "built_status",
    "built_act",
    "built_party",
    "built_treaty",
    "read_model",
)
VIEWS = ("treaty_change", "change", "treaty_state", "status", "act", "party", "treaty")


def upgrade() -> None:
    index(
        "ix_event_log_definitions",
        "event_log",
        "position",
        "originator_id",
        where="topic = 'treaty.defined'",
    )
    create_generations()
    create_treaties_and_parties()
    create_acts()
    create_statuses()
    create_states()
    create_views()
    op.execute(
        "INSERT INTO read_model (generation, phase, alive_at) VALUES (1, 'serving', CURRENT_TIMESTAMP)"
    )
    op.execute("INSERT INTO projection_position (name, position) VALUES ('read-model-1', 0)")
    if op.get_context().dialect.name == "postgresql":
        grant_to_service()


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_event_log_definitions", "event_log")
    op.execute("DELETE FROM projection_position WHERE name LIKE 'read-model-%'")
    if op.get_context().dialect.name == "postgresql":
        withdraw_from_service()


def index(
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        postgresql_where=condition,
        sqlite_where=condition,
    )


def create_generations() -> None:
    op.create_table(
        "read_model",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("alive_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("generation", name="pk_read_model"),
        sa.CheckConstraint(
            "phase IN ('building', 'serving', 'retired')", name="ck_read_model_phase"
        ),
    )
    index("uq_read_model_serving", "read_model", "phase", where="phase = 'serving'", unique=True)


def create_treaties_and_parties() -> None:
    op.create_table(
        "built_treaty",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("treaty", NAME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("identifiers", DOCUMENT, nullable=False),
        sa.Column("depositaries", DOCUMENT, nullable=False),
        sa.Column("clauses", DOCUMENT, nullable=False),
        sa.Column("depends_on", DOCUMENT, nullable=False),
        sa.Column("holds_from", sa.Date()),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("recorded_from", POSITION, nullable=False),
        sa.Column("recorded_until", POSITION),
        sa.PrimaryKeyConstraint("generation", "treaty", "recorded_from", name="pk_built_treaty"),
        sa.CheckConstraint("recorded_until > recorded_from", name="ck_built_treaty_positions"),
    )
    index(
        "uq_built_treaty_current",
        "built_treaty",
        "generation",
        "treaty",
        where=CURRENT,
        unique=True,
    )
    op.create_table(
        "built_party",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("party", NAME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("existence", DOCUMENT, nullable=False),
        sa.Column("predecessors", DOCUMENT, nullable=False),
        sa.Column("successors", DOCUMENT, nullable=False),
        sa.Column("continues", sa.Text()),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("recorded_from", POSITION, nullable=False),
        sa.Column("recorded_until", POSITION),
        sa.PrimaryKeyConstraint("generation", "party", "recorded_from", name="pk_built_party"),
        sa.CheckConstraint("recorded_until > recorded_from", name="ck_built_party_positions"),
    )
    index(
        "uq_built_party_current",
        "built_party",
        "generation",
        "party",
        where=CURRENT,
        unique=True,
    )


def create_acts() -> None:
    op.create_table(
        "built_act",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("position", POSITION, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("treaty", NAME, nullable=False),
        sa.Column("party", NAME),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("day_latest", sa.Date(), nullable=False),
        sa.Column("dated", sa.Text()),
        sa.Column("received", sa.Text()),
        sa.Column("notified", sa.Text()),
        sa.Column("effective", sa.Text()),
        sa.Column("claimed_effective", sa.Text()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("done_by", sa.Text()),
        sa.Column("predecessor", sa.Text()),
        sa.Column("concerns", sa.Text()),
        sa.Column("legal_effect", sa.Boolean()),
        sa.Column("depositary", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("source_title", sa.Text()),
        sa.Column("source_url", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "position", name="pk_built_act"),
    )
    for column in ("treaty", "party", "kind", "recorded_by", "day"):
        index(f"ix_built_act_{column}", "built_act", "generation", column, "position")
    index(
        "ix_built_act_predecessor",
        "built_act",
        "generation",
        "predecessor",
        where="predecessor IS NOT NULL",
    )


def create_statuses() -> None:
    table = "built_status"
    op.create_table(
        table,
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("treaty", NAME, nullable=False),
        sa.Column("party", NAME, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("bound", sa.Boolean()),
        sa.Column("status_since", sa.Date(), nullable=False),
        sa.Column("status_until", sa.Date()),
        sa.Column("previous_status", sa.Text(), nullable=False),
        sa.Column("previous_certainty", sa.Text(), nullable=False),
        sa.Column("flags", DOCUMENT, nullable=False),
        sa.Column("positions", DOCUMENT, nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("possible", DOCUMENT, nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("because", DOCUMENT, nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("unless", sa.Text()),
        sa.Column("recorded_from", POSITION, nullable=False),
        sa.Column("recorded_until", POSITION),
        sa.PrimaryKeyConstraint(
            "generation", "treaty", "party", "valid_from", "recorded_from", name="pk_built_status"
        ),
        sa.CheckConstraint("valid_until > valid_from", name="ck_built_status_days"),
        sa.CheckConstraint("recorded_until > recorded_from", name="ck_built_status_positions"),
    )
    index(
        "uq_built_status_current",
        table,
        "generation",
        "treaty",
        "party",
        "valid_from",
        where=CURRENT,
        unique=True,
    )
    of_treaty = ("generation", "treaty", "recorded_until")
    of_party = ("generation", "party", "recorded_until")
    of_day = ("generation", "valid_from", "treaty", "party")
    index("ix_built_status_superseded", table, *of_treaty, where=SUPERSEDED)
    index("ix_built_status_current_of_party", table, "generation", "party", "treaty", where=CURRENT)
    index("ix_built_status_superseded_of_party", table, *of_party, where=SUPERSEDED)
    index("ix_built_status_current_change", table, *of_day, where=f"{CURRENT} AND {CHANGE}")
    index("ix_built_status_superseded_change", table, *of_day, where=f"{SUPERSEDED} AND {CHANGE}")


def create_states() -> None:
    table = "built_treaty_state"
    op.create_table(
        table,
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("treaty", NAME, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("previous_state", sa.Text()),
        sa.Column("flags", DOCUMENT, nullable=False),
        sa.Column("because", DOCUMENT, nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("unless", sa.Text()),
        sa.Column("recorded_from", POSITION, nullable=False),
        sa.Column("recorded_until", POSITION),
        sa.PrimaryKeyConstraint(
            "generation", "treaty", "valid_from", "recorded_from", name="pk_built_treaty_state"
        ),
        sa.CheckConstraint("valid_until > valid_from", name="ck_built_treaty_state_days"),
        sa.CheckConstraint(
            "recorded_until > recorded_from", name="ck_built_treaty_state_positions"
        ),
    )
    current = ("generation", "treaty", "valid_from")
    index("uq_built_treaty_state_current", table, *current, where=CURRENT, unique=True)
    change, of_day = "previous_state <> state", ("generation", "valid_from", "treaty")
    name = "ix_built_treaty_state_{}_change"
    index(name.format("current"), table, *of_day, where=f"{CURRENT} AND {change}")
    index(name.format("superseded"), table, *of_day, where=f"{SUPERSEDED} AND {change}")


def create_views() -> None:
    """Names and columns are those of this file; nothing comes from outside."""
    for view, columns in COLUMNS.items():
        op.execute(
            f"CREATE VIEW {view} AS SELECT {columns} FROM built_{view} WHERE {SERVING}"  # noqa: S608 (fixed texts)
        )
    op.execute(
        "CREATE VIEW change AS SELECT valid_from AS day, treaty, party, "  # noqa: S608 (fixed texts)
        "previous_status AS from_status, status AS to_status, bound, "
        "CASE WHEN certainty = 'certain' THEN previous_certainty ELSE certainty END AS certainty, "
        "because, rule, "
        f"unless, recorded_from, recorded_until FROM built_status WHERE {CHANGE} AND {SERVING}"
    )
    op.execute(
        "CREATE VIEW treaty_change AS SELECT valid_from AS day, treaty, "  # noqa: S608 (fixed texts)
        "previous_state AS from_state, state AS to_state, because, rule, unless, "
        "recorded_from, recorded_until "
        f"FROM built_treaty_state WHERE previous_state <> state AND {SERVING}"
    )


SERVING = "generation = (SELECT generation FROM read_model WHERE phase = 'serving')"
COLUMNS = {
    "treaty": "treaty, title, identifiers, depositaries, clauses, depends_on, holds_from, "
    "definition, recorded_from, recorded_until",
    "party": "party, kind, name, names, existence, predecessors, successors, continues, entry, "
    "recorded_from, recorded_until",
    "act": "position, id, treaty, party, kind, day, day_latest, dated, received, notified, "
    "effective, claimed_effective, sequence, done_by, predecessor, concerns, legal_effect, "
    "depositary, reference, note, source_title, source_url, words, recorded_at, recorded_by",
    "status": "treaty, party, valid_from, valid_until, status, bound, status_since, status_until, "
    "previous_status, previous_certainty, flags, positions, certainty, possible, doubtful, "
    "because, rule, unless, "
    "recorded_from, recorded_until",
    "treaty_state": "treaty, valid_from, valid_until, state, previous_state, flags, because, rule, "
    "unless, recorded_from, recorded_until",
}


def grant_to_service() -> None:
    """Whoever projects may write everything here, since all of it follows from the log."""
    op.execute(f"""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                GRANT SELECT, INSERT, UPDATE, DELETE ON {", ".join(TABLES)} TO timeline_service;
                GRANT SELECT ON {", ".join(VIEWS)} TO timeline_service;
                GRANT DELETE ON projection_position TO timeline_service;
            END IF;
        END $$""")


def withdraw_from_service() -> None:
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                REVOKE DELETE ON projection_position FROM timeline_service;
            END IF;
        END $$""")
