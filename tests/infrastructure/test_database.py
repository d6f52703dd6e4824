"""How the databases are reached: what each connection promises, and what is said when one fails."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.errors import Full, Unavailable
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import (
    DatabaseOptions,
    deriving,
    glancing,
    normalised,
    open_engine,
    reading,
    schema_state,
    writing,
)
from infrastructure.settings import Settings
from infrastructure.tables import projection_position

IMPATIENT = DatabaseOptions(
    lock_timeout_seconds=0.1, statement_timeout_seconds=0.5, pool_size=1, pool_overflow=1
)
OURS = sa.select(projection_position).where(projection_position.c.name == "x")
SOME_ACT = Act(id="a", treaty="npt", kind="signature", party="POL", note="x" * 10_000)


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url, IMPATIENT)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///timeline.db", "sqlite"),
        ("sqlite+pysqlite:///timeline.db", "sqlite"),
        ("postgresql://clerk@db/timeline", "postgresql+psycopg"),
        ("postgresql+psycopg2://clerk@db/timeline", "postgresql+psycopg"),
    ],
)
def test_an_address_gets_our_driver(given: str, driver: str) -> None:
    assert normalised(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://db/timeline", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_keep_a_record_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"neither|memory"):
        normalised(given)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: each commit is on the disk before it is acknowledged
        ("recursive_triggers", 1),
        ("foreign_keys", 1),
    ],
)
def test_each_sqlite_connection_is_set(
    migrated_sqlite_database: str, pragma: str, value: object
) -> None:
    engine = open_engine(migrated_sqlite_database)

    with glancing(engine) as connection:
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
    engine.dispose()

    assert found == value


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("statement_timeout", "500ms"),
        ("lock_timeout", "100ms"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("timezone", "UTC"),
        ("role", "timeline_service"),
    ],
)
def test_each_postgresql_connection_is_set(
    migrated_postgres_database: str, setting: str, value: str
) -> None:
    options = DatabaseOptions(
        role="timeline_service", lock_timeout_seconds=0.1, statement_timeout_seconds=0.5
    )
    engine = open_engine(migrated_postgres_database, options)

    with glancing(engine) as connection:
        found = connection.exec_driver_sql(f"SHOW {setting}").scalar()
    engine.dispose()

    assert found == value


def test_a_dead_line_to_postgresql_is_noticed(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database, IMPATIENT)

    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        asked = driver.info.get_parameters()
    engine.dispose()

    assert asked["tcp_user_timeout"] == "10500"
    assert (asked["keepalives_idle"], asked["keepalives_count"]) == ("10", "3")


def test_what_is_written_is_committed_at_the_end_of_the_block(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(projection_position).values(name="x", position=1))

    with reading(engine) as connection:
        assert connection.execute(OURS).all() == [("x", 1)]


def test_a_block_that_fails_writes_nothing(engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(engine)

    with reading(engine) as connection:
        assert connection.execute(OURS).all() == []


def test_only_what_can_be_written_again_does_not_wait_for_the_disk(engine: sa.Engine) -> None:
    is_sqlite = engine.dialect.name == "sqlite"
    asked = "PRAGMA synchronous" if is_sqlite else "SHOW synchronous_commit"
    waits, does_not = (2, 1) if is_sqlite else ("on", "off")

    with deriving(engine) as connection:
        within = connection.exec_driver_sql(asked).scalar()
        connection.execute(sa.insert(projection_position).values(name="x", position=1))
    with pytest.raises(ZeroDivisionError), deriving(engine) as connection:
        1 / 0  # noqa: B018 (whatever may fail)
    with writing(engine) as connection:
        afterwards = connection.exec_driver_sql(asked).scalar()
        written = connection.execute(OURS).all()

    assert (within, afterwards) == (does_not, waits)
    assert written == [("x", 1)]


def test_a_reading_block_sees_one_moment(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        before = connection.execute(OURS).all()
        with writing(engine) as writer:
            writer.execute(sa.insert(projection_position).values(name="x", position=1))
        during = connection.execute(OURS).all()
    with reading(engine) as connection:
        after = connection.execute(OURS).all()

    assert (before, during, after) == ([], [], [("x", 1)])


def test_a_reading_block_cannot_write_on_postgresql(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database)

    with pytest.raises(Unavailable, match="only be read"), reading(engine) as connection:
        connection.execute(sa.insert(projection_position).values(name="x", position=1))
    engine.dispose()


def test_a_writer_that_waits_too_long_is_told_so(
    migrated_database_url: str, engine: sa.Engine
) -> None:
    other = open_engine(migrated_database_url, IMPATIENT)

    with writing(engine) as connection:
        EventArchive(engine).recorder.append([], conn=connection)
        connection.exec_driver_sql(_HOLD[connection.dialect.name])
        with pytest.raises(Unavailable):
            _append_in_another_process_or_thread(other)
    other.dispose()

    assert EventArchive(engine).head().position == 0


_HOLD = {"sqlite": "SELECT 1", "postgresql": "SELECT pg_advisory_xact_lock(7202105271)"}


def _append_in_another_process_or_thread(engine: sa.Engine) -> None:
    """On SQLite past our own queue, as another process would come."""
    if engine.dialect.name == "postgresql":
        EventArchive(engine).append([SOME_ACT], expected={}, recorded_by="clerk")
        return
    with (
        engine.connect() as connection,
        glancing(engine),
    ):
        try:
            connection.begin()
        except sa.exc.OperationalError as error:
            raise Unavailable("as `writing` says it") from error


def test_a_full_disk_is_said_and_reading_goes_on_on_sqlite(migrated_sqlite_database: str) -> None:
    engine = open_engine(migrated_sqlite_database, DatabaseOptions(pool_size=1, pool_overflow=0))
    archive = EventArchive(engine)
    with glancing(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with pytest.raises(Full, match="no room left"):
        archive.append([SOME_ACT], expected={}, recorded_by="clerk")

    assert archive.head().position == 0
    engine.dispose()


def test_a_full_disk_is_said_and_reading_goes_on_on_postgresql(
    migrated_postgres_database: str,
) -> None:
    engine = open_engine(migrated_postgres_database)
    archive = EventArchive(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER full_disk AFTER INSERT ON event_log"
            " FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )

    with pytest.raises(Full, match="no room left"):
        archive.append([SOME_ACT], expected={}, recorded_by="clerk")

    assert archive.head().position == 0
    engine.dispose()


def test_a_database_without_our_tables_says_what_to_do(database_url: str) -> None:
    engine = open_engine(database_url)

    with pytest.raises(Unavailable, match="run `timeline migrate`"):
        EventArchive(engine).head()
    engine.dispose()


def test_a_file_that_cannot_be_written_is_unavailable(
    migrated_sqlite_database: str, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/no/such/folder/timeline.db")

    with pytest.raises(Unavailable, match="does not answer"):
        schema_state(engine)

    path = sa.make_url(migrated_sqlite_database).database
    assert path is not None
    read_only = open_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(Unavailable, match="only be read"):
        EventArchive(read_only).append([SOME_ACT], expected={}, recorded_by="clerk")
    read_only.dispose()


def test_a_slow_statement_is_ended_on_postgresql(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database, IMPATIENT)

    with pytest.raises(Unavailable, match="statement timeout"), glancing(engine) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(10)")
    engine.dispose()


def test_no_free_connection_is_unavailable(migrated_database_url: str) -> None:
    options = DatabaseOptions(pool_size=1, pool_overflow=0, pool_timeout_seconds=0.05)
    engine = open_engine(migrated_database_url, options)

    with (
        glancing(engine),
        pytest.raises(Unavailable, match="free in time"),
        glancing(engine),
    ):
        pass
    engine.dispose()


def test_a_mistake_of_ours_is_no_refusal(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError), glancing(engine) as connection:
        connection.exec_driver_sql("SELEKT 1")


def test_threads_of_one_process_write_one_after_the_other(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(projection_position).values(name="x", position=0))

    def count_up() -> None:
        for _ in range(20):
            with writing(engine) as connection:
                connection.execute(
                    sa.update(projection_position)
                    .where(projection_position.c.name == "x")
                    .values(position=projection_position.c.position + 1)
                )

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as connection:
        assert (
            connection.scalar(
                sa.select(projection_position.c.position).where(projection_position.c.name == "x")
            )
            == 80
        )


def test_an_older_journal_is_changed_while_others_read(tmp_path: Path) -> None:
    path = tmp_path / "timeline.db"
    with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1), (2)")
        connection.commit()
        reader = connection.execute("SELECT a FROM t")
        reader.fetchone()
        threading.Timer(0.2, reader.close).start()

        engine = open_engine(f"sqlite:///{path}")
        with glancing(engine) as ours:
            mode = ours.exec_driver_sql("PRAGMA journal_mode").scalar()
        engine.dispose()

    assert mode == "wal"


def test_the_settings_reach_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMELINE_DATABASE_ROLE", "timeline_service")
    monkeypatch.setenv("TIMELINE_LOCK_TIMEOUT_SECONDS", "2.5")
    monkeypatch.setenv("TIMELINE_PORT", "")

    settings = Settings()

    assert settings.database_url == "sqlite:///timeline.db"
    assert settings.port == 8000
    assert settings.database_options() == DatabaseOptions(
        role="timeline_service", lock_timeout_seconds=2.5
    )


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_key_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMELINE_API_KEY", "s3cret")

    settings = Settings()

    assert "s3cret" not in repr(settings)
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "s3cret"


def test_the_clock_tells_utc() -> None:
    clock = SystemClock()

    before = clock.now()

    assert before.utcoffset() is not None
    assert before <= clock.now()
    assert clock.today() >= before.date()


def _write_and_fail(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(projection_position).values(name="x", position=1))
        raise ZeroDivisionError
