"""What somebody with all rights over the database did to it is found, and named."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from domain.acts import Act
from infrastructure.cosigning import Collector, WitnessAddress
from infrastructure.database import DatabaseOptions, open_engine
from infrastructure.documents import Documents
from infrastructure.logtree import LogTree
from infrastructure.signing import Signer, signed_note, signer
from infrastructure.verification import FAULTS, Checked, Progress, Verification
from infrastructure.verifier.notes import COSIGNATURE, ED25519
from tests.infrastructure.records import (
    LOG_KEY,
    ORIGIN,
    Record,
    SteadyClock,
    an_act,
    opened,
    some_acts,
)

WITNESS = signer("example.org/witness", COSIGNATURE, b"5" * 32)
TABLES = ("event_log", "checkpoint", "cosignature", "document")

Intruder = Callable[..., None]


@pytest.fixture
def record(migrated_database_url: str) -> Iterator[Record]:
    """Thirty acts of three treaties and the key of the log, sealed in batches of ten."""
    with opened(migrated_database_url) as record:
        record.sealer().declare()
        record.add(*some_acts(30))
        record.seal(entries=10)
        Documents(record.engine, SteadyClock()).keep(b"an instrument", kept_by="clerk")
        yield record


@pytest.fixture
def intruder(migrated_database_url: str, record: Record) -> Intruder:
    """Somebody who owns the database, and takes the guards away for as long as it takes."""

    def on_sqlite(*statements: str) -> None:
        path = record.engine.url.database
        assert path is not None
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            guards = connection.execute(query).fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            for _, sql in guards:
                connection.execute(sql)

    def on_postgres(*statements: str) -> None:
        with psycopg.connect(migrated_database_url, autocommit=True) as connection:
            for table in TABLES:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                connection.execute(statement)
            guards = connection.execute(
                "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                " WHERE NOT tgisinternal AND relname = ANY(%s)",
                [list(TABLES)],
            ).fetchall()
            for table, name in guards:
                always = "" if name == "event_log_one_writer" else "ALWAYS"
                connection.execute(f"ALTER TABLE {table} ENABLE {always} TRIGGER {name}")

    return on_sqlite if record.engine.dialect.name == "sqlite" else on_postgres


def verification(record: Record) -> Verification:
    return Verification(record.engine, record.archive, seed=1)


def faults(checks: Iterator[Checked]) -> list[str]:
    """The names of all faults, each once, in the order in which they were found."""
    found = [each.fault for check in checks for each in check.faults]
    return list(dict.fromkeys(found))


def details(checks: Iterator[Checked], fault: str) -> list[str]:
    return [each.detail for check in checks for each in check.faults if each.fault == fault]


def deep(record: Record) -> list[str]:
    return faults(verification(record).deep())


def fast(record: Record) -> list[str]:
    return faults(verification(record).fast())


def state_of(record: Record, position: int) -> str:
    """An expression for the stored bytes of an entry, with one bit flipped."""
    with record.engine.connect() as connection:
        state = connection.execute(
            sa.text("SELECT state FROM event_log WHERE position = :p"), {"p": position}
        ).scalar_one()
    flipped = bytes(state).replace(b"POL", b"QOL", 1)
    assert flipped != bytes(state)
    return (
        f"x'{flipped.hex()}'" if record.engine.dialect.name == "sqlite" else f"'\\x{flipped.hex()}'"
    )


# --- what is as it was ---


def test_a_record_that_nobody_touched_is_found_whole(record: Record) -> None:
    checks = list(verification(record).deep())

    assert [each for each in checks if each.faults] == []
    assert [each.name for each in checks] == [
        "positions",
        "streams",
        "guards",
        "rights",
        "tree",
        "heads",
        "checkpoints",
        "entries",
        "tiles",
        "sealed_heads",
        "checkpoints",
        "documents",
    ]
    notes = {each.name: each.notes for each in checks}
    assert notes["positions"] == ("31 entries",)
    assert notes["tree"] == ("31 of 31 sealed entries were read",)
    assert notes["checkpoints"] == ("4 checkpoints",)


def test_an_empty_record_is_whole(migrated_database_url: str) -> None:
    with opened(migrated_database_url) as record:
        assert deep(record) == []


def test_what_is_not_sealed_yet_is_no_fault(record: Record) -> None:
    record.add(an_act(99))

    checks = {each.name: each for each in verification(record).deep()}

    assert faults(iter(checks.values())) == []
    assert "1 entries are not sealed yet" in checks["tree"].notes


def test_a_log_without_keys_has_nothing_signed(migrated_database_url: str) -> None:
    with opened(migrated_database_url) as record:
        record.add(an_act(1))
        record.seal(signers=[])

        checks = {each.name: each for each in verification(record).deep()}

    assert checks["checkpoints"] == Checked(
        name="checkpoints", notes=("no checkpoint has been signed",)
    )


def test_progress_is_told(record: Record) -> None:
    told: list[tuple[str, int, int]] = []

    list(verification(record).deep(lambda *step: told.append(step)))

    assert ("positions", 0, 7) in told
    assert ("entries", 31, 31) in told
    assert ("checkpoints", 31, 31) in told
    assert ("documents", 1, 1) in told


# --- what was done to entries ---


def test_one_flipped_bit_is_found(record: Record, intruder: Intruder) -> None:
    intruder(f"UPDATE event_log SET state = {state_of(record, 7)} WHERE position = 7")

    assert (
        details(verification(record).deep(), "altered_entry")
        == ["entry 7 is not what was sealed"] * 2
    )
    assert fast(record) == ["altered_entry"]


def test_a_flipped_bit_in_an_old_entry_is_found_deeply(record: Record, intruder: Intruder) -> None:
    """What the quick look does not read, it cannot find."""
    record.add(*(an_act(number, "later") for number in range(2_000)))
    record.seal()
    intruder(f"UPDATE event_log SET state = {state_of(record, 7)} WHERE position = 7")

    assert deep(record) == ["altered_entry"]


def test_one_removed_act_is_found(record: Record, intruder: Intruder) -> None:
    intruder("DELETE FROM event_log WHERE position = 7")

    assert details(verification(record).fast(), "missing_entry") == [
        "the log has no entry at position 7",
        "treaty:t2 has 9 entries up to number 10",
    ]
    assert deep(record)[0] == "missing_entry"


def test_acts_removed_from_the_end_are_found(record: Record, intruder: Intruder) -> None:
    intruder("DELETE FROM event_log WHERE position > 29")

    assert "31 entries are sealed, and the log has 29" in details(
        verification(record).fast(), "missing_entry"
    )


def test_the_first_act_removed_is_found(record: Record, intruder: Intruder) -> None:
    intruder("DELETE FROM event_log WHERE position = 1")

    assert "the log has no entry at position 1" in details(
        verification(record).fast(), "missing_entry"
    )


@pytest.mark.parametrize(("one", "other"), [(7, 8), (7, 10), (3, 28)])
def test_one_swapped_pair_is_found(
    record: Record, intruder: Intruder, one: int, other: int
) -> None:
    if record.engine.dialect.name == "sqlite":
        move = "UPDATE event_log SET position = {} WHERE position = {}"
        intruder(move.format(-1, one), move.format(one, other), move.format(other, -1))
    else:
        intruder(
            "ALTER TABLE event_log ALTER position DROP IDENTITY",
            "ALTER TABLE event_log DROP CONSTRAINT pk_event_log",
            f"UPDATE event_log SET position = {one} + {other} - position"
            f" WHERE position IN ({one}, {other})",
            "ALTER TABLE event_log ADD CONSTRAINT pk_event_log PRIMARY KEY (position)",
        )

    found = list(verification(record).deep())

    assert details(iter(found), "swapped_entries") == [
        f"entries {one} and {other} stand in each other's place"
    ]


def test_an_entry_put_in_by_hand_is_found_when_it_is_no_entry(record: Record) -> None:
    with record.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO event_log (originator_id, originator_version, topic, state, event_id, metadata)"
            " VALUES ('treaty:t0', 11, 'act.coronation', 'x', '00000000000000000000000000000001', '{}')"
        )

    assert deep(record) == ["unreadable_entry"]


def test_bytes_that_say_the_same_in_another_way_are_found(
    record: Record, intruder: Intruder
) -> None:
    spaced = "CAST(replace(CAST(state AS TEXT), ',', ', ') AS BLOB)"
    if record.engine.dialect.name == "postgresql":
        spaced = "convert_to(replace(convert_from(state, 'UTF8'), ',', ', '), 'UTF8')"
    intruder(f"UPDATE event_log SET state = {spaced} WHERE position = 7")

    assert deep(record) == ["unreadable_entry"]


def test_bytes_that_are_no_bytes_any_more_are_found(
    migrated_sqlite_database: str, tmp_path: Path
) -> None:
    """SQLite keeps in a column whatever it is given."""
    with opened(migrated_sqlite_database) as record:
        record.add(an_act(1))
        record.seal()
        with closing(sqlite3.connect(tmp_path / "timeline.db")) as connection:
            connection.execute("DROP TRIGGER event_log_refuse_update")
            connection.execute("UPDATE event_log SET state = CAST(state AS TEXT)")
            connection.commit()

        assert "unreadable_entry" in deep(record)


def test_an_instant_set_back_is_found(record: Record, intruder: Intruder) -> None:
    intruder("UPDATE event_log SET recorded_at = '2001-01-01 00:00:00' WHERE position = 7")

    assert set(deep(record)) == {"altered_entry", "disordered_instants"}


# --- what was done to the tree and to what was signed ---


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE log_tile SET hashes = {zeros} WHERE level = 0", "altered_entry"),
        ("DELETE FROM log_tile", "altered_tree"),
        ("UPDATE log_head SET count = 3 WHERE key = 'treaty:t0'", "altered_heads"),
        ("DELETE FROM log_head WHERE key = 'treaty:t0'", "altered_heads"),
        ("DELETE FROM log_head", "altered_heads"),
        ("UPDATE checkpoint SET note = replace(note, 'example', 'elpmaxe')", "forged_signature"),
        ("UPDATE checkpoint SET note = 'nothing'", "altered_checkpoint"),
        ("UPDATE checkpoint SET size = 29 WHERE size = 31", "altered_checkpoint"),
        ("UPDATE document SET content = {zeros}", "altered_document"),
    ],
)
def test_what_was_done_beside_the_log_is_found(
    record: Record, intruder: Intruder, statement: str, named: str
) -> None:
    zeros = bytes(32 * 31).hex()
    is_sqlite = record.engine.dialect.name == "sqlite"
    intruder(statement.format(zeros=f"x'{zeros}'" if is_sqlite else f"'\\x{zeros}'"))

    assert named in deep(record)


def rewrite(record: Record, intruder: Intruder, keep: Signer | None) -> None:
    """Alters an entry, makes the tree anew, and signs it afresh if the key was stolen."""
    intruder(
        f"UPDATE event_log SET state = {state_of(record, 7)} WHERE position = 7",
        "DELETE FROM log_tile",
        "DELETE FROM log_head",
        "DELETE FROM projection_position WHERE name = 'sealed'",
        *(["DELETE FROM cosignature", "DELETE FROM checkpoint"] if keep else []),
    )
    fresh = replace(record, tree=LogTree(record.engine))
    fresh.sealer(signers=[keep] if keep else [], entries=10).catch_up()


def test_a_rewritten_history_does_not_fit_what_was_signed(
    record: Record, intruder: Intruder
) -> None:
    tampered = Record(engine=record.engine, archive=record.archive, tree=record.tree)
    intruder(
        f"UPDATE event_log SET state = {state_of(record, 7)} WHERE position = 7",
        "DELETE FROM log_tile",
        "DELETE FROM log_head",
        "DELETE FROM projection_position WHERE name = 'sealed'",
    )

    found = deep(tampered)

    assert found
    assert set(found) <= {"altered_checkpoint", "altered_heads", "altered_tree", "altered_entry"}


def test_a_rewritten_history_with_a_fresh_signature_does_not_fit_what_a_witness_signed(
    record: Record, intruder: Intruder
) -> None:
    """The witness's line is put back, to look like before; it is for another tree."""
    kept = record.tree.checkpoint()
    assert kept is not None
    line = str(WITNESS.signed(kept.checkpoint.text(), 1_800_000_000))
    rewrite(record, intruder, LOG_KEY)
    intruder(
        "INSERT INTO cosignature (size, key, line, received_at) VALUES"
        f" (31, '{WITNESS.key}', '{line}', '2027-01-15 08:00:00')"
    )

    assert deep(record) == ["forged_signature"]


def test_a_rewritten_history_with_all_signatures_is_found_by_others_alone(
    record: Record, intruder: Intruder
) -> None:
    """So it is written in docs/trust.md, and this keeps the sentence true."""
    before = record.tree.checkpoint()
    assert before is not None
    rewrite(record, intruder, LOG_KEY)

    after = LogTree(record.engine).checkpoint()

    assert deep(record) == []
    assert after is not None
    assert after.checkpoint.size == before.checkpoint.size
    assert after.checkpoint.root != before.checkpoint.root


def test_a_checkpoint_by_a_key_that_the_log_does_not_name_is_found(
    record: Record, intruder: Intruder
) -> None:
    kept = record.tree.checkpoint()
    assert kept is not None
    stranger = signer(ORIGIN, ED25519, b"8" * 32)
    note = str(signed_note(kept.checkpoint.text(), [stranger]))
    intruder(f"UPDATE checkpoint SET note = '{note}' WHERE size = 31")

    assert deep(record) == ["forged_signature"]


def test_a_forged_cosignature_is_found(record: Record, intruder: Intruder) -> None:
    line = str(WITNESS.signed("another text\n", 1_800_000_000))
    intruder(
        "INSERT INTO cosignature (size, key, line, received_at) VALUES"
        f" (31, '{WITNESS.key}', '{line}', '2027-01-15 08:00:00')"
    )

    assert details(verification(record).fast(), "forged_signature") == [
        "the cosignature of size 31 by example.org/witness is wrong"
    ]


# --- guards and rights ---


def test_a_guard_that_is_gone_is_missed(record: Record) -> None:
    is_sqlite = record.engine.dialect.name == "sqlite"
    name = "event_log_refuse_update" if is_sqlite else "event_log_append_only"
    on = "" if is_sqlite else " ON event_log"
    with record.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")

    found = details(verification(record).fast(), "missing_guard")

    assert f"the trigger {name} is not in force" in found
    assert "it was possible to update the log" in found
    assert deep(record) == ["missing_guard"]


def test_a_guard_that_does_nothing_is_missed(record: Record) -> None:
    if record.engine.dialect.name == "sqlite":
        statements = [
            "DROP TRIGGER checkpoint_refuse_update",
            "CREATE TRIGGER checkpoint_refuse_update BEFORE UPDATE ON checkpoint BEGIN SELECT 1; END",
        ]
    else:
        statements = [
            """CREATE OR REPLACE FUNCTION signed_refuse_change() RETURNS trigger
            LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"""
        ]
    with record.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)

    assert "it was possible to update checkpoints" in details(
        verification(record).fast(), "missing_guard"
    )


def test_a_guard_that_is_switched_off_is_missed(migrated_postgres_database: str) -> None:
    with psycopg.connect(migrated_postgres_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE checkpoint ENABLE TRIGGER checkpoint_append_only")
        connection.execute("ALTER TABLE document DISABLE TRIGGER document_erase_only")

    with opened(migrated_postgres_database) as record:
        found = details(verification(record).fast(), "missing_guard")

    assert found == [
        "the trigger checkpoint_append_only is not in force",
        "the trigger document_erase_only is not in force",
    ]


def test_rights_beyond_adding_are_found(migrated_postgres_database: str) -> None:
    with psycopg.connect(migrated_postgres_database, autocommit=True) as connection:
        connection.execute("GRANT DELETE ON event_log TO timeline_service")
        connection.execute("GRANT INSERT (recorded_at) ON event_log TO timeline_service")
        connection.execute("GRANT UPDATE ON checkpoint TO timeline_service")

    with opened(migrated_postgres_database) as record:
        checks = {each.name: each for each in verification(record).fast()}

    assert [each.detail for each in checks["rights"].faults] == [
        "timeline_service may delete event_log",
        "timeline_service may update checkpoint",
        "timeline_service may choose recorded_at of an entry",
    ]
    assert "owns the log and could remove its guards" in checks["rights"].notes[0]


def test_the_services_role_can_check_the_record_itself(migrated_postgres_database: str) -> None:
    with opened(migrated_postgres_database) as owner:
        owner.add(an_act(1))
        owner.seal()
    engine = open_engine(migrated_postgres_database, DatabaseOptions(role="timeline_service"))
    with opened(migrated_postgres_database) as owner:
        checks = list(Verification(engine, owner.archive).deep())
    engine.dispose()

    assert faults(iter(checks)) == []
    assert next(each for each in checks if each.name == "rights").notes == ()


# --- what others compare ---


def test_what_others_compare_is_told_with_the_rest(record: Record) -> None:
    def read_model(progress: Progress) -> list[str]:
        progress("read_model", 1, 1)
        return ["npt, POL, 1970-03-05: party, not signatory"]

    checks = list(
        Verification(
            record.engine,
            record.archive,
            read_model=read_model,
            answers=lambda _: ["/v1/treaties/npt/parties/POL?as_recorded=9"],
        ).deep()
    )

    assert [(each.name, each.faults[0].fault) for each in checks if each.faults] == [
        ("read_model", "altered_read_model"),
        ("answers", "altered_answer"),
    ]


def test_what_is_wrong_too_often_is_counted(record: Record) -> None:
    checks = list(
        Verification(
            record.engine, record.archive, answers=lambda _: [str(each) for each in range(150)]
        ).deep()
    )

    assert len(checks[-1].faults) == 100
    assert checks[-1].notes == ("and 50 more",)


def test_every_fault_that_is_named_has_a_meaning(record: Record, intruder: Intruder) -> None:
    intruder("DELETE FROM log_head", "DELETE FROM event_log WHERE position = 7")

    assert set(deep(record)) <= set(FAULTS)


def test_a_witness_that_signed_is_found_to_have_signed(record: Record) -> None:
    """A line that came in the ordinary way is no fault."""
    collector = Collector(
        record.engine, SteadyClock(), [WitnessAddress(key=WITNESS.key, url="http://unused")]
    )
    kept = record.tree.checkpoint()
    assert kept is not None
    line = str(WITNESS.signed(kept.checkpoint.text(), 1_800_000_000))
    collector._keep(kept, WitnessAddress(key=WITNESS.key, url=""), line)

    assert deep(record) == []
    assert isinstance(record.archive.since(30)[0].content, Act)
