"""Flat views with stable names and columns, for tools that speak SQL and cannot nest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

VIEWS = ("flat_changes", "flat_memberships", "flat_acts", "flat_treaties")

MEMBERSHIPS = """
CREATE VIEW flat_memberships AS
SELECT status.treaty, treaty.title AS treaty_title, status.party, party.name AS party_name,
    status.status, status.bound, status.valid_from, status.valid_until, status.certainty,
    {flags} AS flags, status.recorded_from AS position
FROM status
LEFT JOIN treaty ON treaty.treaty = status.treaty AND treaty.recorded_until IS NULL
LEFT JOIN party ON party.party = status.party AND party.recorded_until IS NULL
WHERE status.recorded_until IS NULL AND status.status <> 'none'"""

ACTS = """
CREATE VIEW flat_acts AS
SELECT act.position, act.id, act.treaty, treaty.title AS treaty_title, act.party,
    party.name AS party_name, act.kind, act.day, act.dated, act.received, act.notified,
    act.effective, act.claimed_effective, act.done_by, act.concerns, act.reference, act.note,
    act.source_title, act.source_url, act.recorded_at, act.recorded_by
FROM act
LEFT JOIN treaty ON treaty.treaty = act.treaty AND treaty.recorded_until IS NULL
LEFT JOIN party ON party.party = act.party AND party.recorded_until IS NULL"""

CHANGES = """
CREATE VIEW flat_changes AS
SELECT feed.change, feed.day, feed.treaty, treaty.title AS treaty_title, feed.party,
    {party_name} AS party_name, {before} AS from_status, feed.status AS to_status,
    {outcome} AS outcome, {certainty} AS certainty, {rule} AS rule, {unless} AS unless,
    {because} AS because, feed.position, feed.recorded_at AS told_at
FROM feed
LEFT JOIN treaty ON treaty.treaty = feed.treaty AND treaty.recorded_until IS NULL
WHERE feed.change IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM feed AS later
    WHERE later.change = feed.change
        AND (later.position, later.number) > (feed.position, feed.number))"""

TREATIES = """
CREATE VIEW flat_treaties AS
SELECT treaty.treaty, treaty.title, state.state, state.valid_from AS state_since,
    (SELECT count(*) FROM status WHERE status.treaty = treaty.treaty
        AND status.recorded_until IS NULL AND status.bound = {true}
        AND status.valid_from <= CURRENT_DATE
        AND (status.valid_until IS NULL OR status.valid_until > CURRENT_DATE)) AS bound_parties,
    treaty.recorded_from AS position
FROM treaty
LEFT JOIN treaty_state AS state ON state.treaty = treaty.treaty
    AND state.recorded_until IS NULL AND state.valid_from <= CURRENT_DATE
    AND (state.valid_until IS NULL OR state.valid_until > CURRENT_DATE)
WHERE treaty.recorded_until IS NULL"""


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    words = of_sqlite() if is_sqlite else of_postgres()
    for view in (MEMBERSHIPS, ACTS, CHANGES, TREATIES):
        op.execute(sa.text(view.format(**words).replace(":", "\\:")))
    if not is_sqlite:
        grant_to_service()


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")


def of_sqlite() -> dict[str, str]:
    """How JSON is read by SQLite."""
    words = {name: f"feed.data ->> '{key}'" for name, key in KEYS.items()}
    joined = "(SELECT group_concat(value, ' ') FROM json_each({}))"
    return {
        **words,
        "because": joined.format("feed.data -> 'because'"),
        "flags": joined.format("status.flags"),
        "true": "1",
    }


def of_postgres() -> dict[str, str]:
    """How JSON is read by PostgreSQL."""
    words = {name: f"feed.data ->> '{key}'" for name, key in KEYS.items()}
    joined = "(SELECT string_agg(value, ' ') FROM jsonb_array_elements_text({}) AS value)"
    return {
        **words,
        "because": joined.format("feed.data -> 'because'"),
        "flags": joined.format("status.flags"),
        "true": "true",
    }


KEYS = {
    "party_name": "party_name",
    "before": "from",
    "outcome": "outcome",
    "certainty": "certainty",
    "rule": "rule",
    "unless": "unless",
}


def grant_to_service() -> None:
    op.execute(f"""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                GRANT SELECT ON {", ".join(VIEWS)} TO timeline_service;
            END IF;
        END $$""")
