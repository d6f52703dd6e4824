"""What keeps the read model level with the log: whole transactions in bounded batches, each exactly once."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa

from infrastructure import beliefs
from infrastructure.archive import EventArchive
from infrastructure.beliefs import Row
from infrastructure.bulk import insert_rows
from infrastructure.database import deriving, glancing
from infrastructure.feeding import FeedWriter
from infrastructure.garbage import collecting
from infrastructure.projection import Believed, Changes, Projection
from infrastructure.readmodel import (
    POSITION_PREFIX,
    RETIRED,
    SERVING,
    built_act,
    built_party,
    built_status,
    built_treaty,
    built_treaty_state,
    position_name,
    read_model,
)
from infrastructure.recorder import CHANNEL, Waker, advance
from infrastructure.tables import event_log, projection_position

BATCH = 5_000
"""Entries that are projected at once, more where one transaction alone has more."""

LOOK_SECONDS = 1.0
"""How long the log is waited for before it is looked at again."""

REST = 2.0
"""How long it rests after a small batch, as a multiple of the time that the batch took."""
SHORTEST_REST_SECONDS = 0.05
"""So that where many record one act each, many are projected at once."""
LONGEST_REST_SECONDS = 0.08
"""So that who follows hears of an act within a quarter of a second, also while many record."""

FEED_WAITS_SECONDS = 2.0
"""How long what is told waits, at most, while the read model has whole batches to catch up with."""

_log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Another projector was faster, or another generation serves now; nothing was written."""


class Disagreement(Exception):
    """A row that should end is not there as it was written: somebody changed the read model by hand."""


class OfAnotherLog(Exception):
    """The read model holds entries that the log has not, as after the restoration of an older one: build it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a generation of the read model has got, and how far the log."""

    generation: int
    position: int
    head: int

    @property
    def lag(self) -> int:
        """How many positions are not projected yet."""
        return max(0, self.head - self.position)

    @property
    def is_beyond(self) -> bool:
        """Whether more is projected than the log holds."""
        return self.position > self.head


class Projector:
    """Projects the log into the read model; any number of them, in any processes, do each entry once.

    The one that loses a race stands by for as long as another gets on.
    """

    def __init__(
        self,
        engine: sa.Engine,
        archive: EventArchive,
        *,
        generation: int | None = None,
        batch: int = BATCH,
        feed: FeedWriter | None = None,
        feed_waits_seconds: float = FEED_WAITS_SECONDS,
    ) -> None:
        """Write what this archive holds into a generation, else into the one that serves at each step.

        While it runs, it has the feed written along, where one is given; the feed waits while there are
        whole batches to catch up with, but not longer than that without a turn.
        """
        self._engine = engine
        self._archive = archive
        self._generation = generation
        self._batch = batch
        self._feed = feed
        self._feed_waits_seconds = feed_waits_seconds
        self._standing: tuple[int, Projection] | None = None
        self._is_behind = False
        self._told_at = time.monotonic()
        self.projected = 0
        self.errors = 0

    @property
    def position(self) -> int:
        """The position up to which the read model holds the log."""
        return self.place().position

    @property
    def lag(self) -> int:
        """How many positions the read model is behind the log."""
        return self.place().lag

    def place(self) -> Place:
        """Where the read model and the log are now; raises `Unavailable`."""
        return place_of(self._engine, self._generation)

    def run(self, stop: threading.Event) -> None:
        """Projects until told to stop; whatever goes wrong is logged, counted and tried again."""
        with self._archive.waking() as waker:
            while not stop.is_set():
                try:
                    self._keep_up(stop, waker)
                except Exception:  # noqa: BLE001 (the one loop that outlives every fault)
                    self.errors += 1
                    self._standing = None
                    _log.exception("the read model could not be brought forward; trying again")
                    stop.wait(LOOK_SECONDS)

    def step(self) -> int:
        """Projects one batch and gives the number of its entries; 0 at the end of the log.

        A batch that another projector was faster with counts as well.
        """
        try:
            return self._advance()
        except Overtaken:
            return 1

    def _keep_up(self, stop: threading.Event, waker: Waker) -> None:
        """Get to the end of the log, or see somebody else get there; then wait for more."""
        try:
            while not stop.is_set() and self._advance_and_rest(stop):
                pass
            self._tell_feed(stop)  # a day may have passed
            waker.wait(LOOK_SECONDS)
        except Overtaken:
            self._stand_by(stop)

    def _advance_and_rest(self, stop: threading.Event) -> int:
        """Close to the end of the log, leave the machine and the database to those who record."""
        began = time.monotonic()
        count = self._advance()
        rest = REST * (time.monotonic() - began)
        if self._is_behind:
            self._tell_feed_in_passing()
        else:
            self._tell_feed(stop)
            if 0 < count < self._batch:
                stop.wait(min(max(rest, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS))
        return count

    def _tell_feed(self, stop: threading.Event) -> None:
        """Have everything told that is due by now."""
        while self._feed is not None and not stop.is_set() and self._feed.step():
            pass
        self._told_at = time.monotonic()

    def _tell_feed_in_passing(self) -> None:
        """Have one batch told, where nothing was for a while: answers go before tidings, but not for ever."""
        if self._feed is not None and time.monotonic() - self._told_at > self._feed_waits_seconds:
            self._feed.step()
            self._told_at = time.monotonic()

    def _advance(self) -> int:
        place = self.place()
        if place.is_beyond:
            self._standing = None
        generation, projection = self._projection_at(place)
        with collecting.put_off():
            transactions = self._archive.transactions(place.position, self._batch)
            self._is_behind = bool(transactions) and transactions[-1].position < place.head
            if not transactions:
                return 0
            changes = projection.project(transactions)
            with deriving(self._engine) as connection:
                self._take_over(connection, place, projection.position)
                write(connection, generation, changes)
                _tell(connection)
        self._archive.recorder.wake_followers()
        count = sum(len(each.entries) for each in transactions)
        self.projected += count
        return count

    def _projection_at(self, place: Place) -> tuple[int, Projection]:
        """The projection that goes on from this place; what it remembers is of no use for another."""
        standing = self._standing
        if (
            standing is None
            or standing[0] != place.generation
            or standing[1].position != place.position
        ):
            self._same_log(place)
            memory = Written(self._engine, place.generation)
            standing = (
                place.generation,
                Projection(self._archive, memory, position=place.position),
            )
            self._standing = standing
        return standing

    def _same_log(self, place: Place) -> None:
        """Raise `OfAnotherLog` unless the last act that is projected stands in the log, recorded when it was."""
        with glancing(self._engine) as connection:
            last = connection.execute(_last_act, {"generation": place.generation}).first()
        if place.is_beyond or (last is not None and last[0] != last[1]):
            raise OfAnotherLog(
                f"the read model is not of this log, which ends at position {place.head}: "
                "run `timeline rebuild`"
            )

    def _take_over(self, connection: sa.Connection, place: Place, position: int) -> None:
        """Move the position, if it is where it was and the generation is still one to write to."""
        name = position_name(place.generation)
        if connection.scalar(_position, {"name": name}) != place.position:
            raise Overtaken
        if connection.scalar(_phase, {"generation": place.generation}) in (None, RETIRED):
            raise Overtaken
        advance(connection, name, position)

    def _stand_by(self, stop: threading.Event) -> None:
        """Wait for as long as another projector gets on, or there is nothing to do."""
        before = None
        while not stop.wait(LOOK_SECONDS):
            self._tell_feed(stop)
            place = self.place()
            if place.lag and before == (place.generation, place.position):
                return
            before = (place.generation, place.position)


class Written:
    """What stands in one generation of the read model, as a projection has to know it."""

    def __init__(self, engine: sa.Engine, generation: int, *, at: int | None = None) -> None:
        """Read from this generation what is believed now, or what was at a position."""
        self._engine = engine
        self._generation = generation
        self._at = at

    def believed(self, treaties: Sequence[str]) -> Mapping[str, Believed]:
        """What is believed of these treaties."""
        found: dict[str, Believed] = {treaty: Believed() for treaty in treaties}
        statuses = self._current(built_status, beliefs.STATUS).where(
            built_status.c.treaty.in_(treaties)
        )
        states = self._current(built_treaty_state, beliefs.STATE).where(
            built_treaty_state.c.treaty.in_(treaties)
        )
        with glancing(self._engine) as connection:
            for row in map(plain_row, connection.execute(statuses)):
                treaty, party, day, *_ = row
                found[treaty].statuses[party][day] = row
                found[treaty].weight += 1
            for row in map(plain_row, connection.execute(states)):
                found[row[0]].states[row[1]] = row
                found[row[0]].weight += 1
        return found

    def dependencies(self) -> Mapping[str, Sequence[str]]:
        """On which treaties each one depends that depends on any."""
        query = self._current(built_treaty, ("treaty", "depends_on"))
        with glancing(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query) if row[1]}

    def mentioning(self, parties: Sequence[str]) -> Iterable[str]:
        """The treaties in whose acts or clauses any of the parties is named, and some that may."""
        found: set[str] = set()
        with glancing(self._engine) as connection:
            for start in range(0, len(parties), ASKED_AT_ONCE):
                some = parties[start : start + ASKED_AT_ONCE]
                for query in self._mentions(some):
                    found.update(connection.scalars(query))
        return found

    def _mentions(self, parties: Sequence[str]) -> Iterable[sa.Select[tuple[str]]]:
        """By acts, by statuses, by corrections whatever they say, and by clauses."""
        acts, treaties = built_act.c, built_treaty.c
        of_acts = sa.select(acts.treaty).distinct().where(acts.generation == self._generation)
        yield of_acts.where(acts.party.in_(parties))
        yield of_acts.where(acts.predecessor.in_(parties))
        yield of_acts.where(acts.kind == "record_corrected")
        yield self._current(built_status, ("treaty",)).where(built_status.c.party.in_(parties))
        text = sa.cast(treaties.clauses, sa.Text)
        named = sa.or_(*(text.contains(f'"{party}"', autoescape=True) for party in parties))
        yield self._current(built_treaty, ("treaty",)).where(named)

    def _current(self, table: sa.Table, columns: Iterable[str]) -> sa.Select[Any]:
        since, until = table.c.recorded_from, table.c.recorded_until
        query = sa.select(*(table.c[name] for name in columns)).where(
            table.c.generation == self._generation
        )
        if self._at is None:
            return query.where(until.is_(None))
        return query.where(since <= self._at, sa.or_(until.is_(None), until > self._at))


def place_of(engine: sa.Engine, generation: int | None = None) -> Place:
    """Where a generation, else the one that serves, and the log are now; raises `Unavailable`."""
    query = _place if generation is None else _place_of_generation
    with glancing(engine) as connection:
        row = connection.execute(query, {"generation": generation}).one()
    return Place(generation=row[0], position=row[1], head=row[2] or 0)


def write(connection: sa.Connection, generation: int, changes: Changes) -> None:
    """Writes the changes into a generation, in the caller's transaction.

    Raises `Disagreement` if a row that ends is not there.
    """
    for table, ended in changes.ended.items():
        _end(connection, table, generation, [(row[-1], *row[:-1]) for row in ended])
    for table, begun in changes.begun.items():
        columns = ("generation", *COLUMNS[table])
        insert_rows(connection, table.name, columns, ((generation, *each) for each in begun))


def _end(connection: sa.Connection, table: sa.Table, generation: int, rows: Sequence[Row]) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    keys = " AND ".join(f"{name} = {mark}" for name in KEYS[table])
    result = connection.exec_driver_sql(
        f"UPDATE {table.name} SET recorded_until = {mark}"  # noqa: S608 (names of our own)
        f" WHERE generation = {generation} AND {keys} AND recorded_until IS NULL",
        list(rows),
    )
    if result.rowcount != len(rows):
        raise Disagreement(f"{len(rows) - result.rowcount} rows of {table.name} are not there")


def _tell(connection: sa.Connection) -> None:
    """Wake those who wait for the read model, once this is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def plain_row(row: Sequence[Any]) -> Row:
    """The row in the values in which it was written."""
    return tuple(_as_written(each) for each in row)


def _as_written(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return value


ASKED_AT_ONCE = 100
KEYS: Mapping[sa.Table, Sequence[str]] = {
    built_status: ("treaty", "party", "valid_from"),
    built_treaty_state: ("treaty", "valid_from"),
    built_treaty: ("treaty",),
    built_party: ("party",),
}
"""How the current row is found that ends."""

_SPAN = ("recorded_from", "recorded_until")
COLUMNS: Mapping[sa.Table, Sequence[str]] = {
    built_status: (*beliefs.STATUS, *_SPAN),
    built_treaty_state: (*beliefs.STATE, *_SPAN),
    built_treaty: (*beliefs.TREATY, *_SPAN),
    built_party: (*beliefs.PARTY, *_SPAN),
    built_act: beliefs.ACT,
}
"""The columns in the order of the rows, the generation apart."""

_place = sa.select(
    read_model.c.generation,
    projection_position.c.position,
    sa.select(sa.func.max(event_log.c.position)).scalar_subquery(),
).join(
    projection_position,
    projection_position.c.name
    == sa.literal(POSITION_PREFIX) + sa.cast(read_model.c.generation, sa.Text),
)
_place_of_generation = _place.where(read_model.c.generation == sa.bindparam("generation"))
_place = _place.where(read_model.c.phase == SERVING)
_position = (
    sa.select(projection_position.c.position)
    .where(projection_position.c.name == sa.bindparam("name"))
    .with_for_update()
)
_phase = sa.select(read_model.c.phase).where(read_model.c.generation == sa.bindparam("generation"))
_last_act = (
    sa.select(built_act.c.recorded_at, event_log.c.recorded_at)
    .join_from(built_act, event_log, event_log.c.position == built_act.c.position, isouter=True)
    .where(built_act.c.generation == sa.bindparam("generation"))
    .order_by(built_act.c.position.desc())
    .limit(1)
)
