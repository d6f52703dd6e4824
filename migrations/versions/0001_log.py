"""The log, append-only and in one order; projected positions; idempotency keys; keys of callers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_tables()
    if op.get_context().dialect.name == "sqlite":
        guard_sqlite()
    else:
        guard_postgres()
        grant_to_service()


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_table("idempotency_key")
    op.drop_table("projection_position")
    op.drop_table("event_log")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_log_one_writer(), event_log_refuse_change()")
        withdraw_from_service()


def create_tables() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    instant_by_itself = (
        sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
        if is_sqlite
        else sa.text("(current_setting('timeline.recorded_at'))::timestamptz")
    )
    op.create_table(
        "event_log",
        sa.Column("position", POSITION, sa.Identity(always=True), nullable=False),
        sa.Column("originator_id", sa.Text(), nullable=False),
        sa.Column("originator_version", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("metadata", DOCUMENT, nullable=False),
        sa.Column("recorded_at", INSTANT, server_default=instant_by_itself, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_event_log"),
        sa.UniqueConstraint(
            "originator_id",
            "originator_version",
            name="uq_event_log_originator_id_originator_version",
        ),
        sa.UniqueConstraint("event_id", name="uq_event_log_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_log_recorded_at_position", "event_log", ["recorded_at", "position"])
    op.create_table(
        "projection_position",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_projection_position"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_position", sa.BigInteger()),
        sa.Column("last_position", sa.BigInteger()),
        sa.PrimaryKeyConstraint("recorded_by", "key", name="pk_idempotency_key"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("prefix", name="uq_api_key_prefix"),
    )


def guard_sqlite() -> None:
    """An insert that replaces is refused before it deletes, whatever the connection has set."""
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_log_refuse_{change.lower()} BEFORE {change} ON event_log "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER event_log_refuse_replacement BEFORE INSERT ON event_log WHEN "
        "EXISTS (SELECT 1 FROM event_log WHERE position = NEW.position) "
        "OR EXISTS (SELECT 1 FROM event_log WHERE event_id = NEW.event_id) "
        "OR EXISTS (SELECT 1 FROM event_log WHERE originator_id = NEW.originator_id "
        "AND originator_version = NEW.originator_version) "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only: this entry is there already'); END"
    )


def guard_postgres() -> None:
    """One writer at a time, before a position is drawn; so positions stand in commit order.

    The sequence is set back to the last entry, so that no rolled-back writer leaves a gap,
    and all rows of one statement get one instant, later than that of every entry before them.
    It runs with the owner's rights, since nobody else may set the sequence.
    """
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE FUNCTION event_log_one_writer() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
        DECLARE
            last_position bigint;
            last_instant timestamptz;
        BEGIN
            PERFORM pg_advisory_xact_lock(7202105271);
            SELECT position, recorded_at INTO last_position, last_instant
                FROM {schema}.event_log ORDER BY position DESC LIMIT 1;
            PERFORM setval('{schema}.event_log_position_seq',
                coalesce(last_position, 0) + 1, false);
            PERFORM set_config('timeline.recorded_at', greatest(clock_timestamp(),
                last_instant + interval '1 microsecond')::text, true);
            PERFORM pg_notify('timeline_log', '');
            RETURN NULL;
        END $$""")  # noqa: S608 (the name of the schema, quoted by the database)
    op.execute(
        "CREATE TRIGGER event_log_one_writer BEFORE INSERT ON event_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_log_one_writer()"
    )
    op.execute("""
        CREATE FUNCTION event_log_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation';
        END $$""")
    op.execute(
        "CREATE TRIGGER event_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_log_refuse_change()"
    )
    op.execute("ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_append_only")


def grant_to_service() -> None:
    """The group role of the service: it may add to the log, and cannot choose place or instant.

    Where this user may not create roles, an administrator creates it and migrates again from base.
    """
    op.execute("""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                CREATE ROLE timeline_service NOLOGIN;
            END IF;
        EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
        END $$""")
    op.execute("""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                RETURN;
            END IF;
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO timeline_service', current_schema());
            GRANT SELECT ON event_log TO timeline_service;
            GRANT INSERT (originator_id, originator_version, topic, state, event_id, metadata)
                ON event_log TO timeline_service;
            GRANT SELECT, INSERT ON idempotency_key TO timeline_service;
            GRANT SELECT, INSERT, UPDATE ON projection_position, api_key TO timeline_service;
            GRANT SELECT ON alembic_version TO timeline_service;
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
                'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO timeline_service',
                current_schema());
        END $$""")


def withdraw_from_service() -> None:
    """The role itself stays, since other databases of the server may use it."""
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
                    'REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM timeline_service',
                    current_schema());
                EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM timeline_service',
                    current_schema());
                EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM timeline_service', current_schema());
            END IF;
        END $$""")
