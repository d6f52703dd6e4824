"""The tables of the read model: what was believed of each party on each day, from one log position to another.

Everything here follows from the log and can be built anew at any time.
Each row belongs to one generation, a building of the whole; readers look at the one that serves.
The views `treaty`, `party`, `act`, `status`, `treaty_state`, `change` and `treaty_change` show that one alone.
"""

from typing import Any

import sqlalchemy as sa

from infrastructure.tables import Document, Instant, Name, Position, metadata

BUILDING = "building"
SERVING = "serving"
RETIRED = "retired"

CURRENT = sa.text("recorded_until IS NULL")
SUPERSEDED = sa.text("recorded_until IS NOT NULL")
CURRENT_CHANGE = sa.text("recorded_until IS NULL AND previous_status <> status")
SUPERSEDED_CHANGE = sa.text("recorded_until IS NOT NULL AND previous_status <> status")
CURRENT_STATE_CHANGE = sa.text("recorded_until IS NULL AND previous_state <> state")
SUPERSEDED_STATE_CHANGE = sa.text("recorded_until IS NOT NULL AND previous_state <> state")


def _index(*columns: str, where: Any = None, unique: bool = False, name: str) -> sa.Index:
    return sa.Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)


read_model = sa.Table(
    "read_model",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("alive_at", Instant, nullable=False),
    sa.CheckConstraint("phase IN ('building', 'serving', 'retired')", name="phase"),
    _index(
        "phase",
        where=sa.text("phase = 'serving'"),
        unique=True,
        name="uq_read_model_serving",
    ),
)

built_treaty = sa.Table(
    "built_treaty",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("treaty", Name, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("identifiers", Document, nullable=False),
    sa.Column("depositaries", Document, nullable=False),
    sa.Column("clauses", Document, nullable=False),
    sa.Column("depends_on", Document, nullable=False),
    sa.Column("holds_from", sa.Date),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("recorded_from", Position, primary_key=True),
    sa.Column("recorded_until", Position),
    sa.CheckConstraint("recorded_until > recorded_from", name="positions"),
    _index("generation", "treaty", where=CURRENT, unique=True, name="uq_built_treaty_current"),
)

built_party = sa.Table(
    "built_party",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("party", Name, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("names", Document, nullable=False),
    sa.Column("existence", Document, nullable=False),
    sa.Column("predecessors", Document, nullable=False),
    sa.Column("successors", Document, nullable=False),
    sa.Column("continues", sa.Text),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("recorded_from", Position, primary_key=True),
    sa.Column("recorded_until", Position),
    sa.CheckConstraint("recorded_until > recorded_from", name="positions"),
    _index("generation", "party", where=CURRENT, unique=True, name="uq_built_party_current"),
)

built_act = sa.Table(
    "built_act",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("treaty", Name, nullable=False),
    sa.Column("party", Name),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("day_latest", sa.Date, nullable=False),
    sa.Column("dated", sa.Text),
    sa.Column("received", sa.Text),
    sa.Column("notified", sa.Text),
    sa.Column("effective", sa.Text),
    sa.Column("claimed_effective", sa.Text),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("done_by", sa.Text),
    sa.Column("predecessor", sa.Text),
    sa.Column("concerns", sa.Text),
    sa.Column("legal_effect", sa.Boolean),
    sa.Column("depositary", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("source_title", sa.Text),
    sa.Column("source_url", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    _index("generation", "treaty", "position", name="ix_built_act_treaty"),
    _index("generation", "party", "position", name="ix_built_act_party"),
    _index("generation", "kind", "position", name="ix_built_act_kind"),
    _index("generation", "recorded_by", "position", name="ix_built_act_recorded_by"),
    _index("generation", "day", "position", name="ix_built_act_day"),
    _index(
        "generation",
        "predecessor",
        where=sa.text("predecessor IS NOT NULL"),
        name="ix_built_act_predecessor",
    ),
)

built_status = sa.Table(
    "built_status",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("treaty", Name, primary_key=True),
    sa.Column("party", Name, primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("valid_until", sa.Date),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("bound", sa.Boolean),
    sa.Column("status_since", sa.Date, nullable=False),
    sa.Column("status_until", sa.Date),
    sa.Column("previous_status", sa.Text, nullable=False),
    sa.Column("previous_certainty", sa.Text, nullable=False),
    sa.Column("flags", Document, nullable=False),
    sa.Column("positions", Document, nullable=False),
    sa.Column("certainty", sa.Text, nullable=False),
    sa.Column("possible", Document, nullable=False),
    sa.Column("doubtful", sa.Boolean, nullable=False),
    sa.Column("because", Document, nullable=False),
    sa.Column("rule", sa.Text),
    sa.Column("unless", sa.Text),
    sa.Column("recorded_from", Position, primary_key=True),
    sa.Column("recorded_until", Position),
    sa.CheckConstraint("valid_until > valid_from", name="days"),
    sa.CheckConstraint("recorded_until > recorded_from", name="positions"),
    _index(
        "generation",
        "treaty",
        "party",
        "valid_from",
        where=CURRENT,
        unique=True,
        name="uq_built_status_current",
    ),
    _index(
        "generation",
        "treaty",
        "recorded_until",
        where=SUPERSEDED,
        name="ix_built_status_superseded",
    ),
    _index("generation", "party", "treaty", where=CURRENT, name="ix_built_status_current_of_party"),
    _index(
        "generation",
        "party",
        "recorded_until",
        where=SUPERSEDED,
        name="ix_built_status_superseded_of_party",
    ),
    _index(
        "generation",
        "valid_from",
        "treaty",
        "party",
        where=CURRENT_CHANGE,
        name="ix_built_status_current_change",
    ),
    _index(
        "generation",
        "valid_from",
        "treaty",
        "party",
        where=SUPERSEDED_CHANGE,
        name="ix_built_status_superseded_change",
    ),
    _index("generation", "recorded_from", name="ix_built_status_begun"),
    _index("generation", "recorded_until", where=SUPERSEDED, name="ix_built_status_ended"),
)

built_treaty_state = sa.Table(
    "built_treaty_state",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("treaty", Name, primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("valid_until", sa.Date),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("previous_state", sa.Text),
    sa.Column("flags", Document, nullable=False),
    sa.Column("because", Document, nullable=False),
    sa.Column("rule", sa.Text),
    sa.Column("unless", sa.Text),
    sa.Column("recorded_from", Position, primary_key=True),
    sa.Column("recorded_until", Position),
    sa.CheckConstraint("valid_until > valid_from", name="days"),
    sa.CheckConstraint("recorded_until > recorded_from", name="positions"),
    _index(
        "generation",
        "treaty",
        "valid_from",
        where=CURRENT,
        unique=True,
        name="uq_built_treaty_state_current",
    ),
    _index(
        "generation",
        "valid_from",
        "treaty",
        where=CURRENT_STATE_CHANGE,
        name="ix_built_treaty_state_current_change",
    ),
    _index(
        "generation",
        "valid_from",
        "treaty",
        where=SUPERSEDED_STATE_CHANGE,
        name="ix_built_treaty_state_superseded_change",
    ),
    _index("generation", "recorded_from", name="ix_built_treaty_state_begun"),
    _index("generation", "recorded_until", where=SUPERSEDED, name="ix_built_treaty_state_ended"),
)

BUILT = (built_treaty, built_party, built_act, built_status, built_treaty_state)
"""Every table of which a generation is made."""

VIEWS = ("treaty", "party", "act", "status", "treaty_state", "change", "treaty_change")
"""What plain SQL reads, made by the migrations."""

serving = sa.select(read_model.c.generation).where(read_model.c.phase == SERVING).scalar_subquery()
"""The generation that serves, for use inside another query, so that both are of one moment."""


POSITION_PREFIX = "read-model-"


def position_name(generation: int) -> str:
    """The name under which the position of a generation is kept."""
    return f"{POSITION_PREFIX}{generation}"
