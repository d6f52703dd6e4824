"""The feed: all that was recorded and every change in law that follows, in one order, each once, as CloudEvents 1.0.

Entries of the log stand at their own position; what follows from a transaction stands after its last entry.
The day on which a foreseen change comes about is told at the position that the feed had reached by then.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from domain.bounds import written_instant
from infrastructure.archive import EventArchive
from infrastructure.database import glancing
from infrastructure.recorder import LoggedFact, Waker
from infrastructure.tables import event_log, feed
from infrastructure.wire import written_entry

SOURCE = "urn:diplomatic-timeline"
"""The `source` of events where the log has no name of its own (setting `log_origin`)."""

TYPE_PREFIX = "timeline."
"""What the `type` of a CloudEvent has before the type of the feed."""


def source_of(log_origin: str | None) -> str:
    """The `source` of the events of a record (CloudEvents 1.0): the name of its log, where it has one."""
    return SOURCE if log_origin is None else f"https://{log_origin}"


ACT, TREATY, PARTY, KEY = "act", "treaty", "party", "key"
ANNOUNCED = "change.announced"
CAME_ABOUT = "change.came_about"
MOVED = "change.moved"
CANCELLED = "change.cancelled"

TYPES: Mapping[str, str] = {
    ACT: "an act was recorded, or a correction of the record",
    TREATY: "a version of a treaty's definition was recorded",
    PARTY: "an entry of the party register was recorded",
    KEY: "a key that signs the record was taken into use or out of it",
    ANNOUNCED: "a change in law became known that lies ahead",
    CAME_ABOUT: "a change in law came about: its day has come, or had come when it became known",
    MOVED: "a change that was told happens on another day, which has an event of its own",
    CANCELLED: "a change that was told does not happen, or did not",
}
"""What is told."""

PAGE = 1_000

Conditions: TypeAlias = Sequence[sa.ColumnElement[bool]]


class Place(NamedTuple):
    """A place in the feed: a position of the log, and a number that counts what follows there; 0 is the entry itself.

    Places are ordered as they are told, and nothing is ever put before a place that was told.
    """

    position: int
    number: int = 0

    def __str__(self) -> str:
        """The place as an id: `412` for the entry, `412.1`, `412.2` … for what follows."""
        return f"{self.position}.{self.number}" if self.number else str(self.position)


START = Place(0)
"""Before everything."""

END = Place(2**62)
"""After everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWanted:
    """Which events are wanted; what is empty does not restrict.

    `types` are those of `TYPES`, or `change` for all changes.
    `kinds` are of acts, `statuses` those to which a change leads.
    """

    treaties: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    def takes(self, event: "FeedEvent") -> bool:
        """Whether the event is one of those."""
        return (
            (not self.treaties or event.treaty in self.treaties)
            and (not self.parties or event.party in self.parties)
            and (not self.kinds or event.kind in self.kinds)
            and (not self.statuses or event.status in self.statuses)
            and (not self.types or event.type in with_parts(self.types))
        )


EVERYTHING = FeedWanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One thing that is told.

    `day` is the day of the act or of the change, None for what has none; `recorded_at` is when the record got it.
    `data` is the entry as `GET /v1/acts` shows it, or the change.
    `change` is the same for all that is told of one change.
    """

    place: Place
    type: str
    treaty: str | None
    party: str | None
    kind: str | None
    status: str | None
    day: date | None
    change: str | None
    recorded_at: datetime
    data: Mapping[str, Any] = field(hash=False)

    @property
    def id(self) -> str:
        """Its place as text: stable for ever, and the same for whoever follows."""
        return str(self.place)

    def cloud_event(self, source: str = SOURCE) -> dict[str, Any]:
        """The event in the JSON form of CloudEvents 1.0, all of it in one object.

        `time` is the day in the world, `recordedtime` (an extension that CloudEvents documents) our own clock.
        `sequence` orders events as text (extension Sequence).
        """
        told: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": TYPE_PREFIX + self.type,
            "subject": "/".join(each for each in (self.treaty, self.party) if each) or None,
            "time": None if self.day in (None, date.min) else f"{self.day}T00:00:00Z",
            "recordedtime": written_instant(self.recorded_at),
            "sequence": f"{self.place.position:012}.{self.place.number:08}",
            "datacontenttype": "application/json",
            "data": self.data,
        }
        return {name: each for name, each in told.items() if each is not None}


class Feed:
    """Reads the feed of one database; safe to share between threads and processes.

    For one who delivers, a webhook worker for instance: keep the place of the last event that was dealt with,
    and move it in the same transaction in which the deliveries that it causes are written down.

        with feed.waking() as waker:
            while not stop.is_set():
                for event in feed.after(place, wanted, limit=500):
                    ...  # one transaction: the deliveries of this event, and place = event.place
                waker.wait(1.0)  # at once when there is more, from whatever process; else after a second

    With a filter most events are passed over: `head()` before the query is as far as is known to be looked at,
    so a worker whose query gave fewer than its limit may move its place there.
    Nothing is repeated or left out for who goes on `after` the last place, however often it is interrupted.
    An event never changes, so that `id` is a stable key against doubles.
    """

    def __init__(self, engine: sa.Engine, archive: EventArchive | None = None) -> None:
        """Read from this database, over an archive of it that knows at once what this process records."""
        self._engine = engine
        self._archive = archive or EventArchive(engine)

    def after(
        self, place: Place, wanted: FeedWanted = EVERYTHING, limit: int = PAGE
    ) -> list[FeedEvent]:
        """The first events wanted after a place, at most `limit` of them, in their order; none at the end."""
        later = sa.tuple_(feed.c.position, feed.c.number) > sa.tuple_(place.position, place.number)
        query = _told.where(later, feed.c.position >= place.position, *conditions(wanted))
        return self._events(query.order_by(feed.c.position, feed.c.number).limit(limit))

    def before(
        self, place: Place, wanted: FeedWanted = EVERYTHING, limit: int = PAGE
    ) -> list[FeedEvent]:
        """The last events wanted before a place, at most `limit` of them, the latest first."""
        earlier = sa.tuple_(feed.c.position, feed.c.number) < sa.tuple_(
            place.position, place.number
        )
        query = _told.where(earlier, feed.c.position <= place.position, *conditions(wanted))
        newest = query.order_by(feed.c.position.desc(), feed.c.number.desc())
        return self._events(newest.limit(limit))

    def page(
        self, number: int, wanted: FeedWanted = EVERYTHING, size: int = PAGE
    ) -> list[FeedEvent]:
        """The events wanted, cut into pages from the beginning; a page that is full never changes."""
        query = _told.where(*conditions(wanted)).order_by(feed.c.position, feed.c.number)
        return self._events(query.offset(number * size).limit(size))

    def histories(
        self,
        wanted: FeedWanted,
        first: date | None = None,
        last: date | None = None,
        *,
        up_to: int | None = None,
        limit: int = PAGE,
    ) -> list[list[FeedEvent]]:
        """All that was told of each change wanted that was at any time to happen between the days, both inclusive.

        They stand in the order in which they were told first; there are at most `limit` changes.
        With a position (`up_to`) only what was told up to there.
        """
        asked = [feed.c.change.is_not(None), *conditions(wanted)]
        asked += [] if first is None else [feed.c.day >= first]
        asked += [] if last is None else [feed.c.day <= last]
        by_then = [] if up_to is None else [feed.c.position <= up_to]
        names = sa.select(feed.c.change).where(*asked, *by_then).group_by(feed.c.change)
        chosen = names.order_by(sa.func.min(feed.c.position)).limit(limit).subquery()
        query = _told.join(chosen, chosen.c.change == feed.c.change).where(*by_then)
        found: dict[str | None, list[FeedEvent]] = {}
        for event in self._events(query.order_by(feed.c.position, feed.c.number)):
            found.setdefault(event.change, []).append(event)
        return list(found.values())

    def count(self, wanted: FeedWanted = EVERYTHING) -> int:
        """How many events are wanted that were told so far."""
        query = sa.select(sa.func.count()).select_from(feed).where(*conditions(wanted))
        with glancing(self._engine) as connection:
            number: int = connection.execute(query).scalar_one()
        return number

    def head(self) -> Place:
        """The place of the last event that was told; `START` where nothing was."""
        query = (
            sa.select(feed.c.position, feed.c.number)
            .order_by(feed.c.position.desc(), feed.c.number.desc())
            .limit(1)
        )
        with glancing(self._engine) as connection:
            row = connection.execute(query).first()
        return START if row is None else Place(row[0], row[1])

    @contextmanager
    def waking(self, gather_seconds: float = 0.0) -> Iterator[Waker]:
        """Something to wait on until more may have been told, in this process or another.

        Who gathers is woken once for what was told meanwhile.
        """
        with self._archive.waking(gather_seconds) as waker:
            yield waker

    def _events(self, query: sa.Select[Any]) -> list[FeedEvent]:
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        return [self._event(row) for row in rows]

    def _event(self, row: sa.Row[Any]) -> FeedEvent:
        logged = row[: len(_LOGGED)]
        data = row.data
        if data is None:
            data = written_entry(self._archive.entry(LoggedFact(*logged)))
            data.pop("attested_by", None)  # what others say of it later is no part of it
        return FeedEvent(
            place=Place(row.feed_position, row.number),
            type=row.type,
            treaty=row.treaty,
            party=row.party,
            kind=row.kind,
            status=row.status,
            day=row.day,
            change=row.change,
            recorded_at=row.told_at,
            data=data,
        )


def read_place(text: str) -> Place | None:
    """The place that an id names; None for what is no id."""
    match = _PLACE.fullmatch(text)
    return None if match is None else Place(int(match[1]), int(match[2] or 0))


def with_parts(types: Iterable[str]) -> frozenset[str]:
    """The types, and for `change` all of its parts."""
    return frozenset(
        each
        for each in TYPES
        for wanted in types
        if each == wanted or each.startswith(f"{wanted}.")
    )


def conditions(wanted: FeedWanted) -> Conditions:
    """What holds of the rows of `feed` that are wanted."""
    asked = (
        (feed.c.treaty, wanted.treaties),
        (feed.c.party, wanted.parties),
        (feed.c.kind, wanted.kinds),
        (feed.c.status, wanted.statuses),
        (feed.c.type, with_parts(wanted.types) if wanted.types else ()),
    )
    return [column.in_(sorted(values)) for column, values in asked if values]


_LOGGED = (
    event_log.c.originator_id,
    event_log.c.originator_version,
    event_log.c.topic,
    event_log.c.state,
    event_log.c.position,
    event_log.c.metadata,
    event_log.c.recorded_at,
)
_told = sa.select(
    *_LOGGED,
    feed.c.position.label("feed_position"),
    feed.c.number,
    feed.c.type,
    feed.c.treaty,
    feed.c.party,
    feed.c.kind,
    feed.c.status,
    feed.c.day,
    feed.c.change,
    feed.c.data,
    feed.c.recorded_at.label("told_at"),
).join_from(
    feed,
    event_log,
    sa.and_(feed.c.number == 0, event_log.c.position == feed.c.position),
    isouter=True,
)
_PLACE = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([1-9][0-9]{0,8}))?", re.ASCII)
