"""The tree over the log, signed checkpoints with their cosignatures, and documents by digest."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

SIGNED = ("checkpoint", "cosignature")
"""Tables whose rows are statements that others hold copies of."""


def upgrade() -> None:
    create_tables()
    if op.get_context().dialect.name == "sqlite":
        guard_sqlite()
    else:
        guard_postgres()
        grant_to_service()


def downgrade() -> None:
    for table in ("document", "cosignature", "checkpoint", "log_head", "log_tile"):
        op.drop_table(table)
    op.execute("DELETE FROM projection_position WHERE name = 'sealed'")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION signed_refuse_change(), document_refuse_change()")


def create_tables() -> None:
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_tile"),
    )
    op.create_table(
        "log_head",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("last", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_log_head"),
    )
    op.create_index("ix_log_head_position", "log_head", ["position"])
    op.create_table(
        "checkpoint",
        sa.Column("size", POSITION, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("heads", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("size", "key", name="pk_cosignature"),
        sa.ForeignKeyConstraint(
            ["size"], ["checkpoint.size"], name="fk_cosignature_size_checkpoint"
        ),
    )
    op.create_table(
        "document",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("erased_at", INSTANT),
        sa.Column("erased_by", sa.Text()),
        sa.Column("erased_because", sa.Text()),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )


def guard_sqlite() -> None:
    """What was signed stays; of a document the bytes may go, and nothing else."""
    for table in SIGNED:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'what was signed stays'); END"
            )
    op.execute(
        "CREATE TRIGGER checkpoint_refuse_replacement BEFORE INSERT ON checkpoint WHEN "
        "EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size) "
        "BEGIN SELECT RAISE(ABORT, 'what was signed stays: this size was signed already'); END"
    )
    op.execute(
        "CREATE TRIGGER cosignature_refuse_replacement BEFORE INSERT ON cosignature WHEN "
        "EXISTS (SELECT 1 FROM cosignature WHERE size = NEW.size AND key = NEW.key) "
        "BEGIN SELECT RAISE(ABORT, 'what was signed stays: this key has signed already'); END"
    )
    op.execute(
        "CREATE TRIGGER document_refuse_delete BEFORE DELETE ON document "
        "BEGIN SELECT RAISE(ABORT, 'the digest of a document stays'); END"
    )
    op.execute(
        "CREATE TRIGGER document_refuse_replacement BEFORE INSERT ON document WHEN "
        "EXISTS (SELECT 1 FROM document WHERE sha256 = NEW.sha256) "
        "BEGIN SELECT RAISE(ABORT, 'the digest of a document stays'); END"
    )
    op.execute(
        "CREATE TRIGGER document_refuse_update BEFORE UPDATE ON document WHEN "
        "NEW.sha256 <> OLD.sha256 OR NEW.media_type <> OLD.media_type OR NEW.size <> OLD.size "
        "OR NEW.kept_at <> OLD.kept_at OR NEW.kept_by <> OLD.kept_by "
        "OR NEW.content IS NOT NULL OR OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL "
        "BEGIN SELECT RAISE(ABORT, 'a document can be erased, and changed in no other way'); END"
    )


def guard_postgres() -> None:
    """The same, also for those who replicate."""
    op.execute("""
        CREATE FUNCTION signed_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'what was signed stays' USING ERRCODE = 'restrict_violation';
        END $$""")
    for table in SIGNED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION signed_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
    op.execute("""
        CREATE FUNCTION document_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' THEN
                RAISE EXCEPTION 'the digest of a document stays'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF (NEW.sha256, NEW.media_type, NEW.size, NEW.kept_at, NEW.kept_by)
                    IS DISTINCT FROM
                    (OLD.sha256, OLD.media_type, OLD.size, OLD.kept_at, OLD.kept_by)
                OR NEW.content IS NOT NULL OR OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL
            THEN
                RAISE EXCEPTION 'a document can be erased, and changed in no other way'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$""")
    op.execute(
        "CREATE TRIGGER document_erase_only BEFORE UPDATE ON document "
        "FOR EACH ROW EXECUTE FUNCTION document_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER document_append_only BEFORE DELETE OR TRUNCATE ON document "
        "FOR EACH STATEMENT EXECUTE FUNCTION document_refuse_change()"
    )
    for trigger in ("document_erase_only", "document_append_only"):
        op.execute(f"ALTER TABLE document ENABLE ALWAYS TRIGGER {trigger}")


def grant_to_service() -> None:
    """The service builds the tree, adds what is signed, and keeps and erases documents."""
    op.execute("""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeline_service') THEN
                RETURN;
            END IF;
            REVOKE ALL ON checkpoint, cosignature, document FROM timeline_service;
            GRANT SELECT, INSERT ON checkpoint, cosignature, document TO timeline_service;
            GRANT UPDATE (content, erased_at, erased_by, erased_because)
                ON document TO timeline_service;
            GRANT SELECT, INSERT, UPDATE, DELETE ON log_tile, log_head TO timeline_service;
        END $$""")
