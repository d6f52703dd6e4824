"""How a database is reached: engines, transactions, schema versions, errors in our words."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import orjson
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import errors as postgres_errors

from domain.errors import Full, Unavailable

MIGRATIONS = Path(__file__).parent.parent / "migrations"

Use: TypeAlias = Literal["writing", "reading", "glancing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """How an engine behaves; `role` is taken on after connecting to PostgreSQL."""

    role: str | None = None
    pool_size: int = 10
    pool_overflow: int = 10
    pool_timeout_seconds: float = 10.0
    connect_timeout_seconds: int = 5
    statement_timeout_seconds: float = 30.0
    lock_timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """The revision at which a database is, None when it is empty, and the one it should be at."""

    current: str | None
    head: str

    @property
    def is_current(self) -> bool:
        """Whether nothing is left to migrate."""
        return self.current == self.head


def normalised(url: str | sa.URL) -> sa.URL:
    """The address with the driver we use; raises ValueError for a database we do not know."""
    address = sa.make_url(url)
    match address.get_backend_name():
        case "sqlite" if address.database in (None, "", ":memory:"):
            raise ValueError("a record kept in memory is no record: name a file")
        case "sqlite":
            return address.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return address.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other} is neither sqlite nor postgresql")


def open_engine(url: str | sa.URL, options: DatabaseOptions | None = None) -> sa.Engine:
    """An engine for the database; nothing is connected before its first use."""
    address = normalised(url)
    options = options or DatabaseOptions()
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, options)
    return _open_postgres(address, options)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that writes, committed at the end of the block.

    On SQLite it holds the one write lock from its first moment, so that what it reads stays true.
    """
    with _translated(), _turn(engine), engine.connect() as connection:
        connection.execution_options(use="writing")
        with connection.begin():
            yield connection


@contextmanager
def deriving(engine: sa.Engine) -> Iterator[sa.Connection]:
    """The same for what follows from the log and can be written again: nobody waits until the disk has it.

    A loss of power may take back the last of these transactions, each whole, and never one that the log rests on.
    """
    with _translated(), _turn(engine), engine.connect() as connection:
        connection.execution_options(use="writing")
        with _leaving_the_disk_behind(connection):
            yield connection


@contextmanager
def _leaving_the_disk_behind(connection: sa.Connection) -> Iterator[None]:
    """A transaction whose commit does not wait; the connection waits again afterwards."""
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA synchronous=NORMAL")  # within a transaction it could not be chosen
    try:
        with connection.begin():
            yield
    finally:
        driver.execute("PRAGMA synchronous=FULL")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that only reads, all of it from one moment of the database."""
    with _translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execution_options(use="reading")
        else:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


@contextmanager
def glancing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection on which each statement is a transaction of its own, in one round trip."""
    with _translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execution_options(use="glancing")
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            if engine.get_execution_options().get("passing"):
                _let_go_of_pages(connection)


def passing(engine: sa.Engine) -> sa.Engine:
    """The same database for who reads each page once: what was read is not kept for later."""
    return engine.execution_options(passing=True)


def _let_go_of_pages(connection: sa.Connection) -> None:
    """Give back the pages that SQLite keeps for the connection, which else grow to 64 MiB."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute("PRAGMA shrink_memory")


def migrate(url: str | sa.URL) -> None:
    """Brings the database to the current schema; several processes may do so at once."""
    engine = _migrating_engine(url)
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK).select())
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def downgrade(url: str | sa.URL, revision: str) -> None:
    """Takes the database back to an older schema, `base` for none; what it held beyond is lost."""
    engine = _migrating_engine(url)
    try:
        with writing(engine) as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
    finally:
        engine.dispose()


def schema_state(engine: sa.Engine) -> SchemaState:
    """At which revision the database is, and at which it should be."""
    with glancing(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None
    return SchemaState(current=current, head=head)


def alembic_config() -> Config:
    """The migrations of this checkout, wherever it is run from."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def was_lost(error: Unavailable) -> bool:
    """Whether the connection broke, so that the fate of what was sent is unknown."""
    cause = error.__cause__
    if isinstance(cause, sa.exc.DBAPIError):
        return cause.connection_invalidated
    return isinstance(cause, postgres_errors.OperationalError) and cause.sqlstate is None


def may_pass(error: Unavailable) -> bool:
    """Whether the same request may well succeed at once: a broken connection, a lost race."""
    cause = error.__cause__
    return was_lost(error) or (
        isinstance(cause, sa.exc.DBAPIError)
        and isinstance(
            cause.orig,
            postgres_errors.SerializationFailure
            | postgres_errors.DeadlockDetected
            | postgres_errors.AdminShutdown
            | postgres_errors.CannotConnectNow,
        )
    )


def _open_postgres(address: sa.URL, options: DatabaseOptions) -> sa.Engine:
    parameters = {
        "timezone": "UTC",
        "synchronous_commit": "on",
        "statement_timeout": _milliseconds(options.statement_timeout_seconds),
        "lock_timeout": _milliseconds(options.lock_timeout_seconds),
        "idle_in_transaction_session_timeout": "60000",
    }
    if options.role is not None:
        parameters["role"] = options.role
    given = address.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in parameters.items())
    return sa.create_engine(
        address,
        pool_size=options.pool_size,
        max_overflow=options.pool_overflow,
        pool_timeout=options.pool_timeout_seconds,
        pool_recycle=1800,
        json_deserializer=orjson.loads,
        connect_args={
            "options": f"{ours} {given if isinstance(given, str) else ' '.join(given)}".strip(),
            "connect_timeout": options.connect_timeout_seconds,
            "application_name": "timeline",
            **_noticing_a_dead_line(options),
        },
    )


def _noticing_a_dead_line(options: DatabaseOptions) -> dict[str, int]:
    """When the network has gone without a word: nobody then waits for the operating system's quarter of an hour."""
    return {
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": int((options.statement_timeout_seconds + 10) * 1000),
    }


def _open_sqlite(address: sa.URL, options: DatabaseOptions) -> sa.Engine:
    engine = sa.create_engine(
        address,
        pool_size=options.pool_size,
        max_overflow=options.pool_overflow,
        pool_timeout=options.pool_timeout_seconds,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": options.lock_timeout_seconds,
            "isolation_level": None,  # the driver begins nothing by itself; `_begin_sqlite` does
            "check_same_thread": False,
        },
    )
    sa.event.listen(
        engine,
        "connect",
        lambda connection, _record: _prepare_sqlite(connection, options.lock_timeout_seconds),
    )
    sa.event.listen(
        engine,
        "begin",
        lambda connection: _begin_sqlite(connection, options.lock_timeout_seconds),
    )
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Sets what each connection needs.

    A change to WAL waits for readers like any lock, but not for another change: that is tried again.
    """
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(0.02)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE deletes in silence
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA cache_size=-65536")


def _begin_sqlite(connection: sa.Connection, patience_seconds: float) -> None:
    use = connection.get_execution_options().get("use", "writing")
    if use == "writing":
        _take_write_lock(connection, patience_seconds)
    elif use == "reading":
        connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: sa.Connection, patience_seconds: float) -> None:
    """Begins to write, asking for the lock each millisecond while another process has it.

    SQLite itself would sleep longer from one look to the next, and leave the lock lying while many wait.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    give_up_at = time.monotonic() + patience_seconds
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < give_up_at:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # says what is wrong as any statement does
    finally:
        driver.execute(f"PRAGMA busy_timeout={_milliseconds(patience_seconds)}")


@contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Our turn to write on SQLite: threads of one process queue, instead of polling a file."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with _TURNS_LOCK:
        turn = _TURNS.setdefault(str(engine.url), threading.Lock())
    if not turn.acquire(timeout=_TURN_SECONDS):
        raise Unavailable("another writer did not finish in time")
    try:
        yield
    finally:
        turn.release()


@contextmanager
def _translated() -> Iterator[None]:
    """Says what the drivers say in the words of the domain; a broken constraint stays as it is."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Unavailable("no connection to the database was free in time") from error
    except sa.exc.IntegrityError:
        raise
    except (sa.exc.DBAPIError, postgres_errors.Error) as error:
        refusal = _refusal(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: BaseException | None) -> Unavailable | None:
    match error:
        case sqlite3.Error() as cause:
            return _sqlite_refusal(cause)
        case postgres_errors.DiskFull():
            return Full("the database has no room left")
        case postgres_errors.UndefinedTable():
            return Unavailable("the database lacks a table: run `timeline migrate`")
        case postgres_errors.ReadOnlySqlTransaction():
            return Unavailable("the database can only be read now")
        case (
            postgres_errors.OperationalError()
            | postgres_errors.IdleInTransactionSessionTimeout() as cause
        ):
            return Unavailable(f"the database does not answer: {_first_line(cause)}")
        case _:
            return None


def _sqlite_refusal(cause: sqlite3.Error) -> Unavailable | None:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Full("the disk of the database has no room left")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Unavailable("the database is busy with another writer")
    if code == sqlite3.SQLITE_READONLY:
        return Unavailable("the database can only be read now")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM):
        return Unavailable(f"the database does not answer: {_first_line(cause)}")
    if "no such table" in str(cause):
        return Unavailable("the database lacks a table: run `timeline migrate`")
    return None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def _migrating_engine(url: str | sa.URL) -> sa.Engine:
    """An engine with patience: a migration may take long, and wait long for another one."""
    return open_engine(
        url,
        DatabaseOptions(
            pool_size=1, pool_overflow=0, statement_timeout_seconds=3600, lock_timeout_seconds=600
        ),
    )


_LOOK_AGAIN_SECONDS = 0.001
_MIGRATION_LOCK = 7_202_105_27
_TURN_SECONDS = 60.0
_TURNS: dict[str, threading.Lock] = {}
_TURNS_LOCK = threading.Lock()
