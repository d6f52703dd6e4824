"""How entries get into the log and out of it, on both databases, as the event library asks."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakSet

import psycopg
import sqlalchemy as sa
from eventsourcing.persistence import (
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql, sqlite

from domain.errors import Unavailable
from domain.ports import IdempotencyKey
from infrastructure.codec import TREATY_DEFINED, StoredFact
from infrastructure.database import glancing, writing
from infrastructure.tables import event_log, idempotency_key, projection_position

CHANNEL = "timeline_log"
IS_DEFINITION = sa.text(f"topic = '{TREATY_DEFINED}'")
"""Written out, since the index of definitions is passed by for a value that comes later."""
LARGEST_STATEMENT = 1_000
"""Rows; what is larger goes to PostgreSQL by COPY."""


@dataclass(frozen=True)
class LoggedFact(Notification):
    """An entry of the log with the columns of our own; `id` is its position."""

    metadata: Mapping[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry came to stand, and when."""

    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What must hold for entries to be recorded, and what is recorded with them.

    `expected` names versions on which the decision rests: each stream must have got that far.
    The unique versions of a stream see to it that it has got no farther.
    """

    expected: Mapping[str, int] = field(default_factory=dict)
    recorded_by: str = ""
    key: IdempotencyKey | None = None
    tracking: Tracking | None = None


NO_CLAIM = Claim()


class Recorder(ProcessRecorder):
    """The log of one database; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._followers: WeakSet[threading.Event] = WeakSet()
        self._followers_lock = threading.Lock()

    def append(
        self,
        events: Sequence[StoredEvent],
        claim: Claim = NO_CLAIM,
        *,
        conn: sa.Connection | None = None,
    ) -> tuple[Place, ...]:
        """Records all of them or none, in this order, and says where; `conn` brings a transaction.

        Raises the library's IntegrityError if an entry, version, key or position is there already.
        """
        with _conflicts_named():
            if conn is not None:
                return self._append(conn, events, claim)
            places = self._append_alone(events, claim)
        self.wake_followers()
        return places

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Records all of them or none and gives their positions, as the event library asks."""
        claim = Claim(tracking=kwargs.get("tracking"))
        return [
            each.position for each in self.append(stored_events, claim, conn=kwargs.get("conn"))
        ]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream between two of its versions, in their order or against it."""
        version = event_log.c.originator_version
        query = (
            sa.select(event_log.c.originator_id, version, event_log.c.topic, event_log.c.state)
            .where(event_log.c.originator_id == str(originator_id))
            .order_by(version.desc() if desc else version)
        )
        if gt is not None:
            query = query.where(version > gt)
        if lte is not None:
            query = query.where(version <= lte)
        with glancing(self.engine) as connection:
            rows = connection.execute(query.limit(limit)).all()
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[LoggedFact]:
        """The log from a position on, in commit order, at most `limit` entries."""
        position = event_log.c.position
        query = _logged.order_by(position).limit(limit)
        if start is not None:
            query = query.where(position >= start if inclusive_of_start else position > start)
        if stop is not None:
            query = query.where(position <= stop)
        if topics:
            query = query.where(event_log.c.topic.in_(topics))
        return self.select(query)

    def select_stream(
        self, stream: str, *, up_to: int | None = None, after: int = 0
    ) -> Sequence[LoggedFact]:
        """The entries of one stream beyond version `after` in their order, no later than `up_to`."""
        version = event_log.c.originator_version
        query = _logged.where(event_log.c.originator_id == stream).order_by(version)
        if after:
            query = query.where(version > after)
        if up_to is not None:
            query = query.where(event_log.c.position <= up_to)
        return self.select(query)

    def select_definitions(self, *, up_to: int) -> Sequence[LoggedFact]:
        """Every version of every definition up to a position, in commit order."""
        position = event_log.c.position
        return self.select(_logged.where(IS_DEFINITION, position <= up_to).order_by(position))

    def select_ids(self, event_ids: Sequence[UUID]) -> Sequence[LoggedFact]:
        """The entries with these ids, as far as they are in the log, in commit order."""
        if self.engine.dialect.name == "sqlite":
            wanted: Any = json.dumps([each.hex for each in event_ids])
        else:
            wanted = list(event_ids)
        return self.select(_by_ids[self.engine.dialect.name], {"wanted": wanted})

    def select(
        self, query: sa.Select[Any], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[LoggedFact]:
        """The entries that a query over the log's columns finds."""
        with glancing(self.engine) as connection:
            rows = connection.execute(query, parameters).all()
        return [LoggedFact(*row) for row in rows]

    def versions(self, streams: Sequence[str], *, up_to: int | None = None) -> Mapping[str, int]:
        """How far each stream has got, no later than position `up_to`; 0 where there is none."""
        with glancing(self.engine) as connection:
            return _versions(connection, streams, up_to=up_to)

    def max_notification_id(self) -> int | None:
        """The position of the last entry, None in an empty log."""
        with glancing(self.engine) as connection:
            last: int | None = connection.scalar(sa.select(sa.func.max(event_log.c.position)))
        return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LogSubscription":
        """Follows the log from a position on, and never misses or repeats an entry."""
        return LogSubscription(self, gt=gt, topics=topics)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Moves a projection's position forward; raises IntegrityError if it is there already."""
        with _conflicts_named(), writing(self.engine) as connection:
            advance(connection, tracking.application_name, tracking.notification_id)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The position that a projection has got to, None if it has not begun."""
        with glancing(self.engine) as connection:
            return position_of(connection, application_name)

    @contextmanager
    def waking(self, gather_seconds: float = 0.0) -> Iterator["Waker"]:
        """Something to wait on until the log may have grown, in this process or another.

        Who gathers is woken once for all that grew within that time: whoever looks may take the processor from
        those who record.
        """
        waker = Waker(self, gather_seconds=gather_seconds)
        try:
            yield waker
        finally:
            waker.stop()

    def wake_followers(self) -> None:
        """Tells those who follow in this process that the log has grown."""
        with self._followers_lock:
            for event in self._followers:
                event.set()

    def add_follower(self, event: threading.Event) -> None:
        """Has this event set after each commit of this recorder, for as long as it lives."""
        with self._followers_lock:
            self._followers.add(event)

    def _append_alone(self, events: Sequence[StoredEvent], claim: Claim) -> tuple[Place, ...]:
        """One statement, its own transaction, where that can be: one round trip, not three."""
        if self.engine.dialect.name == "postgresql" and _fits_one_statement(events, claim):
            with glancing(self.engine) as connection:
                return _insert_by_statement(connection, events, claim)
        with writing(self.engine) as connection:
            return self._append(connection, events, claim)

    def _append(
        self, connection: sa.Connection, events: Sequence[StoredEvent], claim: Claim
    ) -> tuple[Place, ...]:
        if claim.tracking is not None:
            advance(connection, claim.tracking.application_name, claim.tracking.notification_id)
        if not events:
            _keep_key(connection, claim, ())
            return ()
        if connection.dialect.name == "sqlite":
            _check_expected(connection, claim)
            places = _insert_into_sqlite(connection, events)
        else:
            connection.execute(_take_turn)
            _check_expected(connection, claim)
            if len(events) <= LARGEST_STATEMENT:
                return _insert_by_statement(connection, events, claim)
            places = _insert_by_copy(connection, events)
        _keep_key(connection, claim, places)
        return places


def advance(connection: sa.Connection, name: str, position: int) -> None:
    """Moves a projection's position forward in the caller's transaction; it never goes back.

    Raises the library's IntegrityError if somebody else got there first: then roll back.
    """
    moved = connection.execute(
        _advance[connection.dialect.name], {"name": name, "position": position}
    ).first()
    if moved is None:
        raise IntegrityError(f"{name} is at position {position} or beyond")


def position_of(connection: sa.Connection, name: str) -> int | None:
    """The position that a projection has got to, None if it has not begun."""
    return connection.scalar(
        sa.select(projection_position.c.position).where(projection_position.c.name == name)
    )


class Waker:
    """Waits until the log may have grown: told by this process, by the database, or by its own timer.

    One connection of its own listens on PostgreSQL, or looks on SQLite whether anybody has written; when it breaks
    it is opened again.
    """

    def __init__(
        self,
        recorder: Recorder,
        event: threading.Event | None = None,
        *,
        gather_seconds: float = 0.0,
    ) -> None:
        self._engine = recorder.engine
        self._event = event or threading.Event()
        self._gather_seconds = gather_seconds
        self._stopped = threading.Event()
        self._is_postgres = recorder.engine.dialect.name == "postgresql"
        recorder.add_follower(self._event)
        self._thread = threading.Thread(target=self._run, name="timeline-waker", daemon=True)
        self._thread.start()

    def wait(self, timeout_seconds: float) -> bool:
        """Whether the log may have grown since the last call; false once the time is over."""
        was_set = self._event.wait(timeout_seconds)
        if was_set and self._gather_seconds:
            self._stopped.wait(self._gather_seconds)
        self._event.clear()
        return was_set

    def dismiss(self) -> None:
        """Tells the thread to end, soon."""
        self._stopped.set()
        self._event.set()

    def stop(self) -> None:
        """Ends the thread and closes its connection."""
        self.dismiss()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            if self._is_postgres:
                self._listen()
            else:
                self._watch()
            self._event.set()
            self._stopped.wait(_RECONNECT_SECONDS)

    def _watch(self) -> None:
        """Looks until stopped or cut off whether the database was written to, which costs no reading of it."""
        database = Path(self._engine.url.database or "")
        try:
            with closing(
                sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True)
            ) as file:
                seen, woken_at = None, 0.0
                while not self._stopped.is_set():
                    (version,) = file.execute("PRAGMA data_version").fetchone()
                    if version != seen or time.monotonic() > woken_at + _POLL_SECONDS:
                        seen, woken_at = version, time.monotonic()
                        self._event.set()
                    self._stopped.wait(_SQLITE_LOOK_SECONDS)
        except sqlite3.Error:
            return  # opened again by the caller; meanwhile the timer wakes

    def _listen(self) -> None:
        """Listens until stopped or cut off; wakes at once, for what came before listening began."""
        arguments, parameters = self._engine.dialect.create_connect_args(self._engine.url)
        try:
            with psycopg.connect(
                *arguments,
                **parameters,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
                application_name="timeline-waker",
            ) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                self._event.set()
                while not self._stopped.is_set():
                    self._hear(connection)
        except psycopg.OperationalError:
            return  # opened again by the caller; meanwhile the timer wakes

    def _hear(self, connection: psycopg.Connection) -> None:
        """One second of listening at most, then a wake-up in any case."""
        end = time.monotonic() + _POLL_SECONDS
        while not self._stopped.is_set() and time.monotonic() < end:
            for _ in connection.notifies(timeout=_STOP_SECONDS, stop_after=1):
                self._event.set()
        self._event.set()


class LogSubscription(ListenNotifySubscription[Recorder]):
    """The library's subscription, woken by a `Waker`, which survives a lost database."""

    _waker: Waker | None = None

    def __init__(
        self, recorder: Recorder, gt: int | None = None, topics: Sequence[str] = ()
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._waker = Waker(recorder, self._has_been_notified)

    def stop(self) -> None:
        """Ends the iteration; the threads end by themselves soon after."""
        super().stop()
        if self._waker is not None:
            self._waker.dismiss()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        """Ends the iteration and the threads."""
        try:
            super().__exit__(*args, **kwargs)
        finally:
            if self._waker is not None:
                self._waker.stop()

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._pull_if_possible()
                self._has_been_notified.wait()
        except BaseException as error:  # noqa: BLE001 (told to the thread that iterates)
            self._thread_error = error
            self.stop()

    def _pull_if_possible(self) -> None:
        try:
            self._pull()
        except Unavailable:
            time.sleep(_RECONNECT_SECONDS)
            self._has_been_notified.set()


@contextmanager
def _conflicts_named() -> Iterator[None]:
    try:
        yield
    except (sa.exc.IntegrityError, psycopg.IntegrityError) as error:
        raise IntegrityError(str(error)) from error


def _insert_into_sqlite(
    connection: sa.Connection, events: Sequence[StoredEvent]
) -> tuple[Place, ...]:
    """Under the write lock, so the last position and instant are those before ours."""
    last = connection.execute(_last).first()
    before = 0 if last is None else last.position
    now = datetime.now(UTC)
    if last is not None:
        now = max(now, last.recorded_at + timedelta(microseconds=1))
    text = now.replace(tzinfo=None).isoformat(" ", "microseconds")
    connection.exec_driver_sql(_SQLITE_INSERT, [(*_sqlite_row(each), text) for each in events])
    return tuple(Place(position=before + n, recorded_at=now) for n in range(1, len(events) + 1))


def _insert_by_statement(
    connection: sa.Connection, events: Sequence[StoredEvent], claim: Claim
) -> tuple[Place, ...]:
    """Lock, check, entries and key in one statement on PostgreSQL."""
    columns = zip(*map(_row, events), strict=True)
    names = ("streams", "versions", "topics", "states", "event_ids", "metadata")
    parameters: dict[str, Any] = dict(zip(names, map(list, columns), strict=True))
    checked = [(stream, version) for stream, version in claim.expected.items() if version > 0]
    parameters["expected_streams"] = [stream for stream, _ in checked]
    parameters["expected_versions"] = [version for _, version in checked]
    statement = _insert_and_return
    if claim.key is not None:
        statement = _insert_with_key
        parameters |= {
            "recorded_by": claim.recorded_by,
            "key": claim.key.key,
            "fingerprint": claim.key.fingerprint,
        }
    rows = connection.execute(statement, parameters).all()
    if len(rows) != len(events):
        raise IntegrityError("a stream has not got as far as was expected")
    return tuple(Place(position=row.position, recorded_at=row.recorded_at) for row in rows)


def _insert_by_copy(connection: sa.Connection, events: Sequence[StoredEvent]) -> tuple[Place, ...]:
    """Many entries at once on PostgreSQL, through the same triggers."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(("text", "int8", "text", "bytea", "uuid", "jsonb"))
        for each in events:
            stream, version, topic, state, event_id, metadata = _row(each)
            copy.write_row((stream, version, topic, state, event_id, _AsIs(metadata)))
    rows = connection.execute(
        sa.select(event_log.c.position, event_log.c.recorded_at)
        .order_by(event_log.c.position.desc())
        .limit(len(events))
    ).all()
    return tuple(
        Place(position=row.position, recorded_at=row.recorded_at) for row in reversed(rows)
    )


class _AsIs(Jsonb):
    """JSON that is written already."""

    def __init__(self, text: str) -> None:
        super().__init__(text, dumps=str)


def _fits_one_statement(events: Sequence[StoredEvent], claim: Claim) -> bool:
    """Whether the unique versions alone can tell that no expected stream has moved.

    The statement sees the log as it was before it waited for its turn.
    So a stream that is expected but not written to must be looked at in a statement of its own.
    """
    if not 0 < len(events) <= LARGEST_STATEMENT or claim.tracking is not None:
        return False
    return claim.expected.keys() <= {each.originator_id for each in events}


def _check_expected(connection: sa.Connection, claim: Claim) -> None:
    """That each expected stream is where it was; nobody else can write meanwhile."""
    actual = _versions(connection, tuple(claim.expected))
    for stream, version in claim.expected.items():
        if actual[stream] != version:
            raise IntegrityError(f"{stream} is at version {actual[stream]}, not {version}")


def _versions(
    connection: sa.Connection, streams: Sequence[str], *, up_to: int | None = None
) -> dict[str, int]:
    """How far each stream has got, all of them in one statement."""
    if connection.dialect.name == "sqlite":
        asked: Any = json.dumps(list(streams))
    else:
        asked = list(streams)
    statement = _versions_of[connection.dialect.name, up_to is not None]
    rows = connection.execute(statement, {"streams": asked, "up_to": up_to}).all()
    return {row[0]: row[1] or 0 for row in rows}


def _keep_key(connection: sa.Connection, claim: Claim, places: Sequence[Place]) -> None:
    if claim.key is None:
        return
    connection.execute(
        sa.insert(idempotency_key).values(
            recorded_by=claim.recorded_by,
            key=claim.key.key,
            fingerprint=claim.key.fingerprint,
            first_position=places[0].position if places else None,
            last_position=places[-1].position if places else None,
        )
    )


def _row(event: StoredEvent) -> tuple[str, int, str, bytes, UUID, str]:
    if isinstance(event, StoredFact):
        event_id, metadata = event.event_id, event.metadata
    else:
        event_id, metadata = uuid4(), "{}"
    stream = str(event.originator_id)
    return stream, event.originator_version, event.topic, event.state, event_id, metadata


def _sqlite_row(event: StoredEvent) -> tuple[str, int, str, bytes, str, str]:
    stream, version, topic, state, event_id, metadata = _row(event)
    return stream, version, topic, state, event_id.hex, metadata


def _advance_statement(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"position": insert.excluded.position},
        where=projection_position.c.position < insert.excluded.position,
    ).returning(projection_position.c.position)


_INSERT = """
INSERT INTO event_log (originator_id, originator_version, topic, state, event_id, metadata)
SELECT each.stream, each.version, each.topic, each.state, each.event_id, each.metadata
FROM unnest(:streams, :versions, :topics, :states, :event_ids, CAST(:metadata AS jsonb[]))
    WITH ORDINALITY AS each (stream, version, topic, state, event_id, metadata, place)
WHERE NOT EXISTS (
    SELECT FROM unnest(:expected_streams, :expected_versions) AS expected (stream, version)
    WHERE NOT EXISTS (
        SELECT FROM event_log AS standing
        WHERE standing.originator_id = expected.stream
            AND standing.originator_version = expected.version))
ORDER BY each.place
RETURNING position, recorded_at"""


def _postgres_statement(text: str) -> sa.TextualSelect:
    array = postgresql.ARRAY
    return (
        sa.text(text)
        .bindparams(
            sa.bindparam("streams", type_=array(sa.Text)),
            sa.bindparam("versions", type_=array(sa.BigInteger)),
            sa.bindparam("topics", type_=array(sa.Text)),
            sa.bindparam("states", type_=array(sa.LargeBinary)),
            sa.bindparam("event_ids", type_=array(sa.Uuid)),
            sa.bindparam("metadata", type_=array(sa.Text)),
            sa.bindparam("expected_streams", type_=array(sa.Text)),
            sa.bindparam("expected_versions", type_=array(sa.BigInteger)),
        )
        .columns(event_log.c.position, event_log.c.recorded_at)
    )


_insert_and_return = _postgres_statement(_INSERT)
_insert_with_key = _postgres_statement(
    f"""
WITH written AS ({_INSERT}), keyed AS (
    INSERT INTO idempotency_key (recorded_by, key, fingerprint, first_position, last_position)
    SELECT :recorded_by, :key, :fingerprint, min(position), max(position) FROM written
    HAVING count(*) > 0)
SELECT position, recorded_at FROM written ORDER BY position"""  # noqa: S608 (two fixed texts)
)

_SQLITE_INSERT = (
    "INSERT INTO event_log (originator_id, originator_version, topic, state, event_id, metadata, "
    "recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COPY = (
    "COPY event_log (originator_id, originator_version, topic, state, event_id, metadata) "
    "FROM STDIN (FORMAT BINARY)"
)

_logged = sa.select(
    event_log.c.originator_id,
    event_log.c.originator_version,
    event_log.c.topic,
    event_log.c.state,
    event_log.c.position,
    event_log.c.metadata,
    event_log.c.recorded_at,
)
_last = (
    sa.select(event_log.c.position, event_log.c.recorded_at)
    .order_by(event_log.c.position.desc())
    .limit(1)
)


def _found_by_ids(dialect: str) -> sa.Select[Any]:
    """Entries by their ids; made once, since to put it together takes longer than to ask it."""
    wanted: sa.BindParameter[Any] = sa.bindparam("wanted")
    if dialect == "sqlite":
        ids = sa.func.json_each(wanted).table_valued("value")
        # Compared as the text that it is there: a cast would hide the column from its index.
        condition: sa.ColumnElement[bool] = sa.type_coerce(event_log.c.event_id, sa.Text).in_(
            sa.select(ids.c.value)
        )
    else:
        condition = event_log.c.event_id == sa.any_(sa.cast(wanted, postgresql.ARRAY(sa.Uuid)))
    return _logged.where(condition).order_by(event_log.c.position)


def _found_versions(dialect: str, *, bounded: bool) -> sa.Select[Any]:
    """How far streams have got; the index leads to the last version of each."""
    streams: sa.BindParameter[Any] = sa.bindparam("streams")
    if dialect == "sqlite":
        asked: Any = sa.func.json_each(streams).table_valued("value")
    else:
        names = sa.cast(streams, postgresql.ARRAY(sa.Text))
        asked = sa.func.unnest(names).table_valued("value").render_derived()
    version = sa.select(sa.func.max(event_log.c.originator_version)).where(
        event_log.c.originator_id == asked.c.value
    )
    if bounded:
        version = version.where(event_log.c.position <= sa.bindparam("up_to"))
    return sa.select(asked.c.value, version.scalar_subquery())


_DIALECTS = ("sqlite", "postgresql")
_by_ids = {dialect: _found_by_ids(dialect) for dialect in _DIALECTS}
_versions_of = {
    (dialect, bounded): _found_versions(dialect, bounded=bounded)
    for dialect in _DIALECTS
    for bounded in (False, True)
}
_take_turn = sa.select(sa.func.pg_advisory_xact_lock(7202105271))  # the lock of the log's trigger


def _advance_statements() -> Mapping[str, Any]:
    values: dict[str, Any] = {"name": sa.bindparam("name"), "position": sa.bindparam("position")}
    return {
        "sqlite": _advance_statement(sqlite.insert(projection_position).values(values)),
        "postgresql": _advance_statement(postgresql.insert(projection_position).values(values)),
    }


_advance = _advance_statements()

_SQLITE_LOOK_SECONDS = 0.05
_POLL_SECONDS = 1.0
_STOP_SECONDS = 0.1
_CONNECT_SECONDS = 5
_RECONNECT_SECONDS = 0.2
