"""What is asked of the read model: the treaties of a party, acts, and derived changes, page by page.

Each question is one statement, so that all of its answer is of one moment and of one generation.
It is asked as the record stood at a position, so that page two is of the same record as page one.
Nothing is said of positions that are not projected yet: whoever asks sees to it that they are (`reached`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa

from domain.acts import Act, Entry
from domain.dossier import is_seen
from domain.ports import Head
from infrastructure.archive import EventArchive
from infrastructure.beliefs import searchable, texts_of
from infrastructure.database import glancing
from infrastructure.readmodel import (
    POSITION_PREFIX,
    SERVING,
    built_act,
    built_status,
    built_treaty,
    built_treaty_state,
    read_model,
    serving,
)
from infrastructure.tables import event_log, projection_position

Conditions: TypeAlias = Sequence[sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which acts are asked for; what is None or empty does not restrict.

    Days are those of the decisive date, inclusive on both sides; so are positions.
    `text` is looked for without case, accents and punctuation in note, reference, author and sources.
    `done_by` leaves out what was done later, `seen_by` what could not be known on that day.
    An act of which only the effect is dated was done by the time it was recorded.
    """

    treaty: str | None = None
    party: str | None = None
    kinds: frozenset[str] = frozenset()
    first_day: date | None = None
    last_day: date | None = None
    first_position: int | None = None
    last_position: int | None = None
    recorded_by: str | None = None
    text: str | None = None
    done_by: date | None = None
    seen_by: date | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is one of those."""
        act = entry.content
        return (
            isinstance(act, Act)
            and (self.treaty is None or act.treaty == self.treaty)
            and (self.party is None or act.party == self.party)
            and (not self.kinds or act.kind in self.kinds)
            and (self.first_day is None or act.on() >= self.first_day)
            and (self.last_day is None or act.on() <= self.last_day)
            and (self.first_position is None or entry.position >= self.first_position)
            and (self.last_position is None or entry.position <= self.last_position)
            and (self.recorded_by is None or entry.recorded_by == self.recorded_by)
            and (self.text is None or searchable([self.text]) in searchable(texts_of(act)))
            and (self.done_by is None or not _has_its_day(act) or act.on() <= self.done_by)
            and is_seen(act, self.seen_by)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a party is under one treaty on the day asked about, and the unbroken run of that status.

    Where `doubtful` is true, uncertain days leave something open that only the fold can tell.
    """

    treaty: str
    title: str
    status: str
    bound: bool | None
    since: date
    until: date | None
    flags: Sequence[str]
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day on which the status of a party becomes another, or without a party the state of the treaty.

    `certainty` is None where no uncertain day plays a part.
    """

    on: date
    treaty: str
    party: str | None
    from_: str
    to: str
    because: Sequence[str]
    rule: str | None
    unless: str | None
    certainty: str | None

    @property
    def place(self) -> "PlaceOfChange":
        """Its place in the order of changes."""
        return (self.on, self.treaty, self.party or "")


PlaceOfChange: TypeAlias = tuple[date, str, str]
"""Changes stand in the order of days, then of treaties, the treaty's own before those of its parties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesWanted:
    """Which changes are asked for; what is None does not restrict; days are inclusive on both sides.

    Where a party is named, the treaties' own changes are left out.
    """

    treaty: str | None = None
    party: str | None = None
    first_day: date | None = None
    last_day: date | None = None


class Queries:
    """Asks the read model; safe to share between threads."""

    def __init__(self, engine: sa.Engine, archive: EventArchive) -> None:
        """Ask this database; the archive reads the acts themselves."""
        self._engine = engine
        self._archive = archive

    def reached(self) -> Head:
        """The last position that is projected, and when it was recorded."""
        with glancing(self._engine) as connection:
            row = connection.execute(_reached).first()
        return Head(position=0, at=None) if row is None else Head(position=row[0], at=row[1])

    def treaties_of(
        self, party: str, *, as_of: date, position: int, after: str = "", limit: int
    ) -> tuple[Standing, ...]:
        """The treaties under which the party has a status on the day, by slug, those after one of them."""
        standing = _standing(party, as_of, position).subquery()
        query = (
            sa.select(standing, _title(standing.c.treaty, position))
            .where(standing.c.treaty > after)
            .order_by(standing.c.treaty)
            .limit(limit)
        )
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            Standing(
                treaty=row.treaty,
                title=row.title,
                status=row.status,
                bound=row.bound,
                since=row.status_since,
                until=row.status_until,
                flags=row.flags,
                doubtful=row.doubtful,
            )
            for row in rows
        )

    def statuses_of(self, party: str, *, as_of: date, position: int) -> Mapping[str, int]:
        """Under how many treaties the party has each status on the day."""
        standing = _standing(party, as_of, position).subquery()
        query = (
            sa.select(standing.c.status, sa.func.count())
            .group_by(standing.c.status)
            .order_by(standing.c.status)
        )
        with glancing(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def acts(
        self, wanted: Wanted, *, position: int, after: int = 0, limit: int
    ) -> tuple[Entry, ...]:
        """The acts wanted, in the order of the record, those after a position.

        What could be known on a day (`seen_by`) is not asked here: the caller looks at each of them.
        """
        acts = built_act.c
        query = (
            sa.select(*_LOGGED)
            .join_from(built_act, event_log, event_log.c.position == acts.position)
            .where(*_taken(wanted, position), acts.position > after)
            .order_by(acts.position)
            .limit(limit)
        )
        logged = self._archive.recorder.select(query)
        return tuple(map(self._archive.entry, logged))

    def count_acts(self, wanted: Wanted, *, position: int) -> int:
        """How many acts are wanted."""
        query = sa.select(sa.func.count()).select_from(built_act).where(*_taken(wanted, position))
        with glancing(self._engine) as connection:
            number: int = connection.execute(query).scalar_one()
        return number

    def changes(
        self,
        wanted: ChangesWanted,
        *,
        position: int,
        after: PlaceOfChange | None = None,
        limit: int,
    ) -> tuple[Change, ...]:
        """The changes wanted, past and coming, in their order, those after a place in it."""
        changes = _changes(wanted, position).subquery()
        place = (changes.c.day, changes.c.treaty, changes.c.party)
        query = sa.select(changes).order_by(*place).limit(limit)
        if after is not None:
            query = query.where(sa.tuple_(*place) > sa.tuple_(*after))
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(map(_change, rows))

    def count_changes(self, wanted: ChangesWanted, *, position: int) -> int:
        """How many changes are wanted."""
        query = sa.select(sa.func.count()).select_from(_changes(wanted, position).subquery())
        with glancing(self._engine) as connection:
            number: int = connection.execute(query).scalar_one()
        return number


def _has_its_day(act: Act) -> bool:
    """Whether it is said when the act itself was done."""
    return any(each is not None for each in (act.received, act.dated, act.notified))


# --- parts of statements ---


def _believed(
    columns: Sequence[sa.ColumnElement[Any]], table: sa.Table, conditions: Conditions, position: int
) -> sa.CompoundSelect[Any]:
    """What was believed at the position: what still is, and what is no longer, each by its own index."""
    since, until = table.c.recorded_from, table.c.recorded_until
    query = sa.select(*columns).where(table.c.generation == serving, *conditions, since <= position)
    return sa.union_all(
        query.where(until.is_(None)), query.where(until.is_not(None), until > position)
    )


def _standing(party: str, as_of: date, position: int) -> sa.CompoundSelect[Any]:
    status = built_status.c
    conditions = (
        status.party == party,
        status.status != "none",
        status.valid_from <= as_of,
        sa.or_(status.valid_until.is_(None), status.valid_until > as_of),
    )
    columns = (
        status.treaty,
        status.status,
        status.bound,
        status.status_since,
        status.status_until,
        status.flags,
        status.doubtful,
    )
    return _believed(columns, built_status, conditions, position)


def _title(treaty: sa.ColumnElement[str], position: int) -> sa.Label[str]:
    """The title by the definition that was the latest at the position."""
    of = built_treaty.c
    return (
        sa.select(of.title)
        .where(of.generation == serving, of.treaty == treaty, of.recorded_from <= position)
        .order_by(of.recorded_from.desc())
        .limit(1)
        .scalar_subquery()
        .label("title")
    )


def _taken(wanted: Wanted, position: int) -> Conditions:
    acts = built_act.c
    last = position if wanted.last_position is None else min(position, wanted.last_position)
    conditions = [acts.generation == serving, acts.position <= last]
    if wanted.first_position is not None:
        conditions.append(acts.position >= wanted.first_position)
    for column, value in (
        (acts.treaty, wanted.treaty),
        (acts.party, wanted.party),
        (acts.recorded_by, wanted.recorded_by),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.kinds:
        conditions.append(acts.kind.in_(sorted(wanted.kinds)))
    if wanted.first_day is not None:
        conditions.append(acts.day >= wanted.first_day)
    if wanted.last_day is not None:
        conditions.append(acts.day <= wanted.last_day)
    if wanted.done_by is not None:
        undated = [each.is_(None) for each in (acts.received, acts.dated, acts.notified)]
        conditions.append(sa.or_(acts.day <= wanted.done_by, sa.and_(*undated)))
    if wanted.text is not None:
        conditions.append(acts.words.contains(searchable([wanted.text]), autoescape=True))
    return conditions


def _changes(wanted: ChangesWanted, position: int) -> sa.CompoundSelect[Any]:
    status, state = built_status.c, built_treaty_state.c
    of_parties = _believed(
        (
            status.valid_from.label("day"),
            status.treaty.label("treaty"),
            status.party.label("party"),
            status.previous_status.label("before"),
            status.status.label("after"),
            status.because,
            status.rule,
            status.unless,
            _certainty.label("certainty"),
        ),
        built_status,
        (
            status.previous_status != status.status,
            *_within(status.valid_from, wanted),
            *_of(status.treaty, wanted.treaty),
            *_of(status.party, wanted.party),
        ),
        position,
    )
    if wanted.party is not None:
        return of_parties
    of_treaties = _believed(
        (
            state.valid_from,
            state.treaty,
            sa.literal(""),
            state.previous_state,
            state.state,
            state.because,
            state.rule,
            state.unless,
            sa.cast(sa.null(), sa.Text),
        ),
        built_treaty_state,
        (
            state.previous_state != state.state,
            *_within(state.valid_from, wanted),
            *_of(state.treaty, wanted.treaty),
        ),
        position,
    )
    return sa.union_all(*of_parties.selects, *of_treaties.selects)


def _within(day: sa.ColumnElement[date], wanted: ChangesWanted) -> Conditions:
    first = [] if wanted.first_day is None else [day >= wanted.first_day]
    return first if wanted.last_day is None else [*first, day <= wanted.last_day]


def _of(column: sa.ColumnElement[str], value: str | None) -> Conditions:
    return [] if value is None else [column == value]


def _change(row: sa.Row[Any]) -> Change:
    return Change(
        on=row.day,
        treaty=row.treaty,
        party=row.party or None,
        from_=row.before,
        to=row.after,
        because=row.because,
        rule=row.rule,
        unless=row.unless,
        certainty=row.certainty,
    )


_certainty = sa.case(
    (built_status.c.doubtful.is_(False), sa.null()),
    (built_status.c.certainty == "certain", built_status.c.previous_certainty),
    else_=built_status.c.certainty,
)
_LOGGED = (
    event_log.c.originator_id,
    event_log.c.originator_version,
    event_log.c.topic,
    event_log.c.state,
    event_log.c.position,
    event_log.c.metadata,
    event_log.c.recorded_at,
)
_reached = (
    sa.select(event_log.c.position, event_log.c.recorded_at)
    .join_from(
        read_model,
        projection_position,
        projection_position.c.name
        == sa.literal(POSITION_PREFIX) + sa.cast(read_model.c.generation, sa.Text),
    )
    .join(event_log, event_log.c.position == projection_position.c.position)
    .where(read_model.c.phase == SERVING)
)
