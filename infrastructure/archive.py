"""The archive: facts recorded and read back as entries, over the event library and our recorder."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any, Self, TypeAlias, TypeVar
from uuid import uuid4

import msgspec
import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    AggregateRecorder,
    EventStore,
    InfrastructureFactory,
    IntegrityError,
    Recording,
    TrackingRecorder,
)
from eventsourcing.utils import Environment

from domain.acts import Entry
from domain.errors import Conflict, KeyReused, Unavailable
from domain.ports import Head, IdempotencyKey, stream_of
from infrastructure.codec import (
    Fact,
    FactMapper,
    PlacedFact,
    StoredFact,
    event_id_of,
)
from infrastructure.database import glancing, may_pass, passing, was_lost
from infrastructure.recorder import IS_DEFINITION, Claim, LoggedFact, Place, Recorder, Waker
from infrastructure.tables import event_log, idempotency_key

Result = TypeVar("Result")
Row: TypeAlias = sa.Row[*tuple[Any, ...]]

ATTEMPTS = 3
PAGE = 1_000
CHUNK = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was recorded under an idempotency key: the digest of the request, and the positions."""

    fingerprint: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What was recorded as one, and the position of its last entry: one step of what is known."""

    position: int
    entries: tuple[Entry, ...]

    @property
    def start(self) -> int:
        """The position before its first entry."""
        return self.entries[0].position - 1


class EventArchive:
    """The record in one database; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.recorder = Recorder(engine)
        self.application = Record(self.recorder)
        self._engine = engine
        self._mapper = FactMapper()

    def passing(self) -> "EventArchive":
        """The same archive for who reads all of it once; nothing of it is kept in memory for later."""
        return EventArchive(passing(self._engine))

    def head(self) -> Head:
        """The end of the log now."""
        row = self._glance_at_one(_head)
        return Head(position=0, at=None) if row is None else Head(position=row[0], at=row[1])

    def entries(
        self, stream: str, *, up_to: int | None = None, after: int = 0
    ) -> tuple[Entry, ...]:
        """The entries of one stream beyond version `after` in their order, no later than `up_to`."""
        return self._read(lambda: self.recorder.select_stream(stream, up_to=up_to, after=after))

    def find(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """The entries with these ids, as far as they are in the log."""
        if not ids:
            return {}
        asked = {each: event_id_of(each) for each in ids}
        entries = self._read(lambda: self.recorder.select_ids(tuple(set(asked.values()))))
        found = {event_id_of(each.content.id): each for each in entries}
        return {each: found[event_id] for each, event_id in asked.items() if event_id in found}

    def since(self, position: int, limit: int = PAGE) -> tuple[Entry, ...]:
        """The entries after a position, in commit order, at most `limit` of them."""
        return self._read(
            lambda: self.recorder.select_notifications(position, limit, inclusive_of_start=False)
        )

    def transactions(self, position: int, limit: int = PAGE) -> tuple["Transaction", ...]:
        """What was recorded after a position, each transaction whole; empty at the end of the log.

        They hold about `limit` entries together, more where one transaction alone does.
        """
        entries = list(self.since(position, limit))
        while len(entries) >= limit:
            more = self.since(entries[-1].position, limit)
            rest = list(takewhile(lambda each: _together(each, entries[-1]), more))
            entries.extend(rest)
            if not more or len(rest) < len(more):
                break
        return tuple(
            Transaction(position=together[-1].position, entries=together)
            for _, group in groupby(entries, key=lambda each: each.recorded_at)
            for together in [tuple(group)]
        )

    def between(self, first: int, last: int) -> tuple[Entry, ...]:
        """The entries from one position to another, both inclusive."""
        return self._read(
            lambda: self.recorder.select_notifications(first, last - first + 1, stop=last)
        )

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at that instant or before, 0 if there is none.

        Instants grow with positions, so that the answer for a past instant never changes.
        """
        query = (
            sa.select(event_log.c.position)
            .where(event_log.c.recorded_at <= instant)
            .order_by(event_log.c.recorded_at.desc(), event_log.c.position.desc())
            .limit(1)
        )
        return self._glance_at_number(query)

    def versions(self, streams: Iterable[str], *, up_to: int | None = None) -> Mapping[str, int]:
        """How far each stream has got, no later than position `up_to`; 0 where there is none."""
        asked = tuple(streams)
        return _patiently(lambda: self.recorder.versions(asked, up_to=up_to))

    def known_streams(self) -> tuple[str, ...]:
        """The streams in which something stands, in order."""
        return tuple(sorted(row[0] for row in self._glance(_streams)))

    def definitions(self, *, up_to: int) -> tuple[Entry, ...]:
        """Every version of every treaty's definition up to a position, in commit order."""
        return self._read(lambda: self.recorder.select_definitions(up_to=up_to))

    def transaction_ends(self) -> tuple[int, ...]:
        """The position of the last entry of each transaction, in order."""
        position = event_log.c.position
        query = (
            sa.select(sa.func.max(position))
            .group_by(event_log.c.recorded_at)
            .order_by(event_log.c.recorded_at)
        )
        return tuple(row[0] for row in self._glance(query))

    def defined(self, *, after: int, up_to: int) -> Mapping[str, int]:
        """The streams of treaties of which a definition was recorded between two positions, and where first.

        The first position does not count, the second does.
        """
        position = event_log.c.position
        query = (
            sa.select(event_log.c.originator_id, sa.func.min(position))
            .where(IS_DEFINITION, position > after, position <= up_to)
            .group_by(event_log.c.originator_id)
        )
        return {row[0]: row[1] for row in self._glance(query)}

    def recorded_under(self, key: IdempotencyKey, *, recorded_by: str) -> tuple[Entry, ...] | None:
        """What this caller recorded under the key before, None if nothing; raises `KeyReused`."""
        kept = self._kept(key, recorded_by)
        if kept is None:
            return None
        if kept.fingerprint != key.fingerprint:
            raise KeyReused(f"the key {key.key!r} was used before for another request")
        if kept.first is None or kept.last is None:
            return ()
        return self.between(kept.first, kept.last)

    def append(
        self,
        contents: Sequence[Fact],
        *,
        expected: Mapping[str, int],
        recorded_by: str,
        key: IdempotencyKey | None = None,
    ) -> tuple[Entry, ...]:
        """Records all of them or none, and gives them back with their places.

        Raises `Conflict` if a stream has moved or an id is in the log, `KeyReused`, `Unavailable`
        or `Full`; a key that was used for the same request gives what was recorded then.
        """
        facts = _placed(contents, expected)
        claim = Claim(expected=expected, recorded_by=recorded_by, key=key)
        correlation = uuid4().hex
        stored = self._stored(facts, claim, correlation)
        try:
            return _surely(
                lambda: _entries(facts, self.recorder.append(stored, claim), recorded_by),
                lambda: self._earlier(contents, correlation),
            )
        except IntegrityError as error:
            earlier = None if key is None else self.recorded_under(key, recorded_by=recorded_by)
            if earlier is None:
                raise self._conflict(facts, claim) from error
            return earlier

    def import_entries(
        self, contents: Iterable[Fact], *, expected: Mapping[str, int], recorded_by: str
    ) -> Iterator[tuple[Place, ...]]:
        """Records many facts of many streams, a chunk a transaction, and gives each chunk's places.

        `expected` names the version of each stream before the first chunk.
        Raises `Conflict`, `Unavailable` or `Full`; the chunks given before stay recorded.
        """
        versions = dict(expected)
        chunk: list[Fact] = []
        for content in contents:
            chunk.append(content)
            if len(chunk) == CHUNK:
                yield self._append_chunk(chunk, versions, recorded_by)
                chunk = []
        if chunk:
            yield self._append_chunk(chunk, versions, recorded_by)

    def follow(self, position: int) -> "Following":
        """Follows the log after a position; it is a context manager and an iterator of entries."""
        return Following(self, position)

    @contextmanager
    def waking(self, gather_seconds: float = 0.0) -> Iterator[Waker]:
        """Something to wait on until the log may have grown; who gathers is woken once for what grew meanwhile."""
        with self.recorder.waking(gather_seconds) as waker:
            yield waker

    def entry(self, logged: LoggedFact) -> Entry:
        """The entry that a row of the log holds."""
        return _entry(self._mapper.to_domain_event(logged), logged)

    def _stored(
        self, facts: Sequence[PlacedFact], claim: Claim, correlation: str
    ) -> Sequence[StoredFact]:
        metadata = _metadata(claim.recorded_by, correlation)
        return [self._mapper.to_stored_event(each, metadata) for each in facts]

    def _append_chunk(
        self, chunk: Sequence[Fact], versions: dict[str, int], recorded_by: str
    ) -> tuple[Place, ...]:
        facts = _placed(chunk, versions)
        expected = {each.originator_id: versions.get(each.originator_id, 0) for each in facts}
        claim = Claim(expected=expected, recorded_by=recorded_by)
        correlation = uuid4().hex
        stored = self._stored(facts, claim, correlation)
        try:
            places = _surely(
                lambda: self.recorder.append(stored, claim),
                lambda: tuple(map(_place, self._earlier(chunk, correlation))),
            )
        except IntegrityError as error:
            raise self._conflict(facts, claim) from error
        for fact in facts:
            versions[fact.originator_id] = fact.originator_version
        return places

    def _earlier(self, contents: Sequence[Fact], correlation: str) -> tuple[Entry, ...]:
        """The entries, if an attempt whose answer was lost had recorded them after all."""
        ids = [event_id_of(each.id) for each in contents]
        logged = _patiently(lambda: self.recorder.select_ids(ids))
        ours = [each for each in logged if each.metadata.get("correlation") == correlation]
        return tuple(map(self.entry, ours)) if len(ours) == len(ids) else ()

    def _conflict(self, facts: Sequence[PlacedFact], claim: Claim) -> Conflict:
        streams = {fact.originator_id: 0 for fact in facts} | dict(claim.expected)
        actual = self.versions(streams)
        for stream, expected in streams.items():
            if actual[stream] != expected:
                return Conflict(stream, expected, actual[stream])
        standing = self.find([fact.content.id for fact in facts])
        stream = next((each.stream for each in standing.values()), facts[0].originator_id)
        return Conflict(stream, streams.get(stream, 0), self.versions([stream])[stream])

    def _kept(self, key: IdempotencyKey, recorded_by: str) -> Kept | None:
        table = idempotency_key.c
        row = self._glance_at_one(
            sa.select(table.fingerprint, table.first_position, table.last_position).where(
                table.recorded_by == recorded_by, table.key == key.key
            )
        )
        return None if row is None else Kept(fingerprint=row[0], first=row[1], last=row[2])

    def _read(self, select: Callable[[], Sequence[LoggedFact]]) -> tuple[Entry, ...]:
        return tuple(map(self.entry, _patiently(select)))

    def _glance(self, query: sa.Executable) -> Sequence[Row]:
        def once() -> Sequence[Row]:
            with glancing(self._engine) as connection:
                return connection.execute(query).all()

        return _patiently(once)

    def _glance_at_one(self, query: sa.Executable) -> Row | None:
        rows = self._glance(query)
        return rows[0] if rows else None

    def _glance_at_number(self, query: sa.Executable) -> int:
        row = self._glance_at_one(query)
        return 0 if row is None else int(row[0])


class Following:
    """The entries after a position as they are recorded, each once and in order, until stopped."""

    def __init__(self, archive: EventArchive, position: int) -> None:
        self._archive = archive
        self._subscription = archive.recorder.subscribe(gt=position)

    def __enter__(self) -> Self:
        """Begins to follow."""
        self._subscription.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        """Stops, and ends the threads."""
        self._subscription.__exit__(*details)

    def __iter__(self) -> Iterator[Entry]:
        """The entries; waits for the next one."""
        for logged in self._subscription:
            assert isinstance(logged, LoggedFact)
            yield self._archive.entry(logged)

    def stop(self) -> None:
        """Ends the iteration, from another thread."""
        self._subscription.stop()


class Record(Application[str]):
    """The event library's application over our recorder, mapper and closed list of topics."""

    def __init__(self, recorder: Recorder) -> None:
        self._given = recorder
        super().__init__()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[TrackingRecorder]:
        """The factory that gives the one recorder."""
        return _OneRecorder(env, self._given)

    def construct_mapper(self) -> FactMapper:
        """Our mapper, which resolves nothing by import."""
        return FactMapper()

    def construct_event_store(self) -> EventStore[str]:
        """A store that passes on what is recorded with the facts."""
        return FactStore(FactMapper(), self._given)


class FactStore(EventStore[str]):
    """The library's event store; its recordings know the instant too."""

    def put(
        self, domain_events: Sequence[DomainEventProtocol[str]], **kwargs: Any
    ) -> list[Recording[str]]:
        """Stores facts with their metadata under a claim, and says where each came to stand."""
        claim: Claim = kwargs.get("claim") or Claim(tracking=kwargs.get("tracking"))
        metadata: str = kwargs.get("metadata", "{}")
        assert isinstance(self.mapper, FactMapper)
        assert isinstance(self.recorder, Recorder)
        stored = [self.mapper.to_stored_event(each, metadata) for each in domain_events]
        places = self.recorder.append(stored, claim, conn=kwargs.get("conn"))
        return [
            Recording(event, _logged(row, place))
            for event, row, place in zip(domain_events, stored, places, strict=True)
        ]


class _OneRecorder(InfrastructureFactory[TrackingRecorder]):
    """A factory of the library that gives what it was given."""

    def __init__(self, env: Environment, recorder: Recorder) -> None:
        super().__init__(env)
        self._given = recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """The recorder; snapshots are not kept."""
        assert purpose == "events", "snapshots are not needed for dossiers of thousands of acts"
        return self._given

    def application_recorder(self) -> Recorder:
        """The recorder."""
        return self._given

    def tracking_recorder(
        self, tracking_recorder_class: type[TrackingRecorder] | None = None
    ) -> TrackingRecorder:
        """The recorder, which also keeps positions."""
        assert tracking_recorder_class is None, "projections bring no recorder of their own"
        return self._given

    def process_recorder(self) -> Recorder:
        """The recorder."""
        return self._given


def _surely(
    write: Callable[[], tuple[Result, ...]], earlier: Callable[[], tuple[Result, ...]]
) -> tuple[Result, ...]:
    """Writes, again where that may help; `earlier` looks for what a lost attempt had written."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return write()
        except IntegrityError:
            if attempt > 1 and (written := earlier()):
                return written
            raise
        except Unavailable as error:
            if was_lost(error) and (written := earlier()):
                return written
            if attempt == ATTEMPTS or not may_pass(error):
                raise
    raise AssertionError("every attempt returns or raises")


def _patiently(read: Callable[[], Result]) -> Result:
    """Reads, again over a new connection where the old one turns out to be broken."""
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except Unavailable as error:
            if not may_pass(error):
                raise
    return read()


def _together(one: Entry, other: Entry) -> bool:
    """Whether both were recorded at once: the instant of each append is one that no other has."""
    return one.recorded_at == other.recorded_at


def _place(entry: Entry) -> Place:
    return Place(position=entry.position, recorded_at=entry.recorded_at)


def _placed(contents: Sequence[Fact], expected: Mapping[str, int]) -> list[PlacedFact]:
    versions = dict(expected)
    facts = []
    for content in contents:
        stream = stream_of(content)
        versions[stream] = versions.get(stream, 0) + 1
        facts.append(
            PlacedFact(originator_id=stream, originator_version=versions[stream], content=content)
        )
    return facts


def _metadata(recorded_by: str, correlation: str) -> str:
    return msgspec.json.encode({"recorded_by": recorded_by, "correlation": correlation}).decode()


def _logged(event: StoredFact, place: Place) -> LoggedFact:
    return LoggedFact(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=event.topic,
        state=event.state,
        id=place.position,
        metadata=msgspec.json.decode(event.metadata),
        recorded_at=place.recorded_at,
    )


def _entries(
    facts: Sequence[PlacedFact], places: Sequence[Place], recorded_by: str
) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            content=fact.content,
            position=place.position,
            stream=fact.originator_id,
            stream_version=fact.originator_version,
            recorded_at=place.recorded_at,
            recorded_by=recorded_by,
        )
        for fact, place in zip(facts, places, strict=True)
    )


def _entry(fact: PlacedFact, logged: LoggedFact) -> Entry:
    return Entry(
        content=fact.content,
        position=logged.id,
        stream=fact.originator_id,
        stream_version=fact.originator_version,
        recorded_at=logged.recorded_at,
        recorded_by=logged.metadata.get("recorded_by", ""),
    )


_head = (
    sa.select(event_log.c.position, event_log.c.recorded_at)
    .order_by(event_log.c.position.desc())
    .limit(1)
)

# From each stream the index leads straight to the next one, however many entries lie between.
_streams = sa.text(
    """
WITH RECURSIVE stream (id) AS (
    SELECT min(originator_id) FROM event_log
    UNION ALL
    SELECT (SELECT min(originator_id) FROM event_log WHERE originator_id > stream.id)
    FROM stream WHERE stream.id IS NOT NULL)
SELECT id FROM stream WHERE id IS NOT NULL"""
).columns(id=sa.Text)
