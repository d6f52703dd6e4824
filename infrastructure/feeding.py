"""What writes the feed: it follows the read model and the calendar, one writer at a time, each event exactly once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, assert_never

import orjson
import sqlalchemy as sa

from domain.acts import Act, Definition, Entry, PartyEntry, SigningKey
from domain.changes import Change, Ground, Held, Outcome, changes_in, revisions
from domain.parties import Party, party_from
from domain.ports import Clock
from infrastructure.archive import EventArchive
from infrastructure.bulk import Values, insert_rows
from infrastructure.codec import KEY_DECLARED, PARTY_ENTERED, TREATY_DEFINED
from infrastructure.database import deriving, glancing, reading, writing
from infrastructure.feed import (
    ACT,
    ANNOUNCED,
    CAME_ABOUT,
    CANCELLED,
    KEY,
    MOVED,
    PARTY,
    TREATY,
    Place,
)
from infrastructure.garbage import collecting
from infrastructure.readmodel import (
    POSITION_PREFIX,
    SERVING,
    built_act,
    built_party,
    built_status,
    built_treaty_state,
    read_model,
    serving,
)
from infrastructure.recorder import CHANNEL
from infrastructure.tables import event_log, feed, feed_state, projection_position

BATCH = 2_000
"""Entries that are told at once, more where one transaction alone has more."""

ASKED_AT_ONCE = 400

Owner: TypeAlias = tuple[str, str]
"""A treaty and a party, or a treaty and nothing for what is the treaty's own."""

Key: TypeAlias = tuple[object, ...]
"""What tells a change of an owner from the others: its day, and what happens."""

OTHERS = (TREATY_DEFINED, PARTY_ENTERED, KEY_DECLARED)
"""The topics of all entries but acts."""

COLUMNS = tuple(each.name for each in feed.columns)

TYPE_OF: Mapping[Outcome, str] = {
    Outcome.LIES_AHEAD: ANNOUNCED,
    Outcome.COME_ABOUT: CAME_ABOUT,
    Outcome.MOVED: MOVED,
    Outcome.CANCELLED: CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far the feed has been written: its last place, and the last day whose changes were told."""

    place: Place
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the feed has to know of a transaction of the log: its last position and its instant."""

    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be told: whole transactions, the number of acts among their entries, and all other entries."""

    transactions: Sequence[Recorded] = ()
    acts: int = 0
    others: Sequence[Entry] = ()


class Told(NamedTuple):
    """What was told last of a change, without its place and its instant."""

    treaty: str
    party: str | None
    status: str
    day: date
    change: str
    data: Mapping[str, Any]


class Incomplete(Exception):
    """The read model lacks acts that the log has: somebody changed it by hand; nothing was told."""


class Span(NamedTuple):
    """One row of the read model: what held from a day on, and at which positions that was believed."""

    held: Held
    since: int
    until: int | None

    def believed_at(self, position: int) -> bool:
        """Whether that was believed as the record stood at the position."""
        return self.since <= position and (self.until is None or self.until > position)


class FeedWriter:
    """Writes the feed; any number of them, in any processes, tell each event once.

    The day that a transaction was recorded on comes before the transaction:
    so the feed is the same, whether it was written at once or after a long sleep.
    """

    def __init__(
        self, engine: sa.Engine, archive: EventArchive, clock: Clock, *, batch: int = BATCH
    ) -> None:
        """Tell what this archive holds and what the read model derives from it, by this clock."""
        self._engine = engine
        self._archive = archive
        self._clock = clock
        self._batch = batch
        self.told = 0

    def step(self) -> int:
        """Tell one batch of what is due, and give the number of events; 0 where nothing is.

        A batch that another writer was faster with counts as well.
        Raises `Incomplete`.
        """
        reached, projected = self._places()
        now = self._clock.now()
        a_day_passed = reached.day is not None and reached.day < now.date()
        if projected <= reached.place.position and not a_day_passed:
            return 0
        with collecting.put_off(), reading(self._engine) as connection:
            due = self._due(connection, reached.place.position, projected)
            if not due.transactions and not a_day_passed:
                return 0
            batch = _Batch(connection, reached, due.transactions, now)
            rows = batch.rows()
            rows.extend(map(_of_entry, due.others))
        # What follows from the log alone is the same when it is written again after a loss of power;
        # what was told because a day began is not: it bears the instant at which that was noticed.
        kept = deriving if batch.reached.day == reached.day else writing
        with kept(self._engine) as connection:
            if not _moved(connection, reached, batch.reached):
                return 1
            if due.acts:
                _tell_acts(connection, reached.place, batch.reached.place, due.acts)
            insert_rows(connection, feed.name, COLUMNS, rows)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))
        self._archive.recorder.wake_followers()
        told = due.acts + len(rows)
        self.told += told
        return max(1, told)

    def _places(self) -> tuple[Reached, int]:
        """How far the feed and the read model that serves have got."""
        with glancing(self._engine) as connection:
            row = connection.execute(_places).one()
        return Reached(place=Place(row[0], row[1]), day=row[2]), row[3] or 0

    def _due(self, connection: sa.Connection, after: int, projected: int) -> Due:
        """What is recorded and projected and not told yet, about a batch of it."""
        bounds = {"after": after, "projected": projected, "limit": self._batch}
        last = connection.execute(_last_of_batch, bounds).scalar()
        if last is None:
            return Due()
        found = connection.execute(_transactions, {"after": after, "last": last}).all()
        count = sum(row[2] for row in found)
        entries = self._archive.recorder.select_notifications(
            after, count, last, OTHERS, inclusive_of_start=False
        )
        others = [self._archive.entry(each) for each in entries]
        return Due(
            transactions=[Recorded(position=row[0], recorded_at=row[1]) for row in found],
            acts=count - len(others),
            others=others,
        )


class _Names:
    """Under which name each change of one owner is told: the id under which it was told first."""

    def __init__(self) -> None:
        self._latest: dict[Key, str] = {}
        self._current: dict[str, Key | None] = {}

    def note(self, name: str, key: Key, outcome: Outcome) -> None:
        """That was told of the change, under this name."""
        stands = outcome in (Outcome.LIES_AHEAD, Outcome.COME_ABOUT)
        self._latest[key] = name
        self._current[name] = key if stands else None

    def current(self, key: Key) -> str | None:
        """The name of a change that stands by what was told last; None where none does."""
        name = self._latest.get(key)
        return name if name is not None and self._current[name] == key else None

    def free(self, key: Key) -> str | None:
        """The name that the change had before it was cancelled, unless something else goes by it."""
        name = self._latest.get(key)
        return name if name is not None and self._current[name] is None else None


class _Batch:
    """What is told of some transactions, and of the days that pass before, between and after them."""

    def __init__(
        self,
        connection: sa.Connection,
        reached: Reached,
        transactions: Sequence[Recorded],
        now: datetime,
    ) -> None:
        self._now = now
        self._transactions = transactions
        self._place = reached.place
        self._day = reached.day
        self._rows: list[Values] = []
        start = end = reached.place.position
        if transactions:
            end = transactions[-1].position
        self._spans = _spans(connection, start, end) if transactions else {}
        self._turns = _turns(self._spans, start, end)
        self._names_of = _names_of(connection, self._spans.keys())
        self._pending = _pending(connection, now.date())
        self._names = _names(connection, {party for _, party in self._spans} - {""})

    @property
    def reached(self) -> Reached:
        """How far the feed is written with this batch."""
        return Reached(place=self._place, day=self._day)

    def rows(self) -> list[Values]:
        """What is told beside the entries themselves, in its order, as rows of the feed."""
        for transaction in self._transactions:
            position, at = transaction.position, transaction.recorded_at
            self._pass_days(at.date(), at)
            self._place = Place(position)
            for owner in self._turns.get(position, ()):
                self._revise(owner, self._spans[owner], position, at)
        self._pass_days(self._now.date(), self._now)
        return self._rows

    def _pass_days(self, day: date, at: datetime) -> None:
        """Tell what comes about up to the day, and take the day as today."""
        if self._day is None:
            self._day = day
        if day <= self._day:
            return
        due = sorted(
            (each for each in self._pending.values() if each.day <= day),
            key=lambda each: (each.day, each.treaty, each.party or ""),
        )
        for each in due:
            del self._pending[each.change]
            data = {**each.data, "outcome": Outcome.COME_ABOUT.value}
            self._put(CAME_ABOUT, each._replace(data=data), at)
        self._day = day

    def _revise(self, owner: Owner, spans: Sequence[Span], position: int, at: datetime) -> None:
        before = _course(owner, [each for each in spans if each.believed_at(position - 1)])
        after = _course(owner, [each for each in spans if each.believed_at(position)])
        names, found = self._names_of[owner], revisions(before, after)
        known = [None if each.gone is None else names.current(_key(each.gone)) for each in found]
        for revision, name in zip(found, known, strict=True):
            new, gone = revision.new, revision.gone
            if revision.outcome is not None:
                assert gone is not None  # only that has an outcome
                moved_to = None if new is None else new.on
                name = self._change(owner, gone, name, (revision.outcome, moved_to), at)  # noqa: PLW2901 (it has one now)
            if new is not None:
                assert self._day is not None  # set by the first transaction
                outcome = Outcome.LIES_AHEAD if new.on > self._day else Outcome.COME_ABOUT
                self._change(owner, new, name or names.free(_key(new)), (outcome, None), at)

    def _change(
        self,
        owner: Owner,
        change: Change,
        known: str | None,
        told: tuple[Outcome, date | None],
        at: datetime,
    ) -> str:
        """Tell what became of the change; gives the name under which it is told."""
        outcome, moved_to = told
        treaty, party = owner
        name = known or str(Place(self._place.position, self._place.number + 1))
        self._names_of[owner].note(name, _key(change), outcome)
        ground = change.ground
        data = {
            "type": "change",
            "change": name,
            "outcome": outcome.value,
            "on": change.on.isoformat(),
            "moved_to": None if moved_to is None else moved_to.isoformat(),
            "treaty": treaty,
            "party": party or None,
            "party_name": self._names[party].name(change.on) if party in self._names else None,
            "from": change.before,
            "to": change.after,
            "raised": change.raised,
            "lowered": change.lowered,
            "because": ground.because,
            "rule": ground.rule,
            "unless": ground.unless,
            "certainty": ground.certainty,
            "position": self._place.position,
        }
        row = Told(treaty, party or None, change.after, change.on, name, data)
        self._put(TYPE_OF[outcome], row, at)
        self._pending.pop(name, None)
        if outcome is Outcome.LIES_AHEAD:
            self._pending[name] = row
        return name

    def _put(self, type_: str, row: Told, at: datetime) -> None:
        """Tell this next."""
        position, number = self._place
        self._place = Place(position, number + 1)
        self._rows.append(
            (
                position,
                number + 1,
                type_,
                row.treaty,
                row.party,
                None,
                row.status,
                row.day.isoformat(),
                row.change,
                orjson.dumps(row.data).decode(),
                _instant(at),
            )
        )


# --- what is read ---


def _spans(connection: sa.Connection, after: int, end: int) -> Mapping[Owner, Sequence[Span]]:
    """What was believed, between two positions, of each owner of whom anything else was believed then."""
    state = sa.literal("").label("party")
    found: dict[Owner, list[Span]] = {}
    for table, party, value, certainty in (
        (built_treaty_state, state, built_treaty_state.c.state, sa.null()),
        (built_status, built_status.c.party, built_status.c.status, _certainty),
    ):
        since, until = table.c.recorded_from, table.c.recorded_until
        turned = sa.union(
            sa.select(table.c.treaty, party).where(
                table.c.generation == serving, since > after, since <= end
            ),
            sa.select(table.c.treaty, party).where(
                table.c.generation == serving, until > after, until <= end
            ),
        ).subquery()
        same = table.c.treaty == turned.c.treaty
        if table is built_status:
            same = sa.and_(same, table.c.party == turned.c.party)
        query = (
            sa.select(
                turned.c.treaty,
                turned.c.party,
                table.c.valid_from,
                value.label("status"),
                table.c.flags,
                table.c.because,
                table.c.rule,
                table.c.unless,
                sa.cast(certainty, sa.Text).label("certainty"),
                since,
                until,
            )
            .join_from(turned, table, same)
            .where(
                table.c.generation == serving,
                since + 0
                <= end,  # a sum, lest SQLite look through all rows by their positions, an owner a time
                sa.or_(until.is_(None), until > after),
            )
            .order_by(turned.c.treaty, turned.c.party, table.c.valid_from, since)
        )
        for treaty, name, *rest in connection.execute(query):
            found.setdefault((treaty, name), []).append(_span(rest))
    return found


def _span(columns: Sequence[Any]) -> Span:
    day, status, flags, because, rule, unless, certainty, since, until = columns
    ground = Ground(because=tuple(because), rule=rule, unless=unless, certainty=certainty)
    held = Held(start=day, status=status, flags=tuple(flags), ground=ground)
    return Span(held, since, until)


def _turns(
    spans: Mapping[Owner, Sequence[Span]], after: int, end: int
) -> Mapping[int, Mapping[Owner, None]]:
    """Whose spans begin or end at each position after one and up to another, in the order of the spans."""
    found: dict[int, dict[Owner, None]] = defaultdict(dict)
    for owner, some in spans.items():
        for _, since, until in some:
            if since > after:
                found[since][owner] = None
            if until is not None and until <= end:
                found[until][owner] = None
    return found


def _names_of(connection: sa.Connection, owners: AbstractSet[Owner]) -> Mapping[Owner, _Names]:
    """The names under which changes of these owners were told so far."""
    found: dict[Owner, _Names] = {owner: _Names() for owner in owners}
    asked = sorted(owners)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        some = asked[start : start + ASKED_AT_ONCE]
        of_parties = [each for each in some if each[1]]
        of_treaties = [treaty for treaty, party in some if not party]
        query = (
            sa.select(feed.c.treaty, feed.c.party, feed.c.change, feed.c.data)
            .where(
                feed.c.change.is_not(None),
                sa.or_(
                    sa.tuple_(feed.c.treaty, feed.c.party).in_(of_parties),
                    sa.and_(feed.c.treaty.in_(of_treaties), feed.c.party.is_(None)),
                ),
            )
            .order_by(feed.c.position, feed.c.number)
        )
        for treaty, party, name, data in connection.execute(query):
            outcome = Outcome(data["outcome"])
            found[treaty, party or ""].note(name, _key_told(data), outcome)
    return found


def _pending(connection: sa.Connection, day: date) -> dict[str, Told]:
    """The changes that lie ahead by what was told last of them, up to the day, by name."""
    later = feed.alias("later")
    columns = (feed.c.treaty, feed.c.party, feed.c.status, feed.c.day, feed.c.change, feed.c.data)
    query = sa.select(*columns).where(
        feed.c.type == sa.text(f"'{ANNOUNCED}'"),  # written out, for the index of these alone
        feed.c.day <= day,
        ~sa.exists().where(
            later.c.change == feed.c.change,
            sa.tuple_(later.c.position, later.c.number) > sa.tuple_(feed.c.position, feed.c.number),
        ),
    )
    rows = (Told(*row) for row in connection.execute(query))
    return {each.change: each for each in rows}


def _names(connection: sa.Connection, parties: AbstractSet[str]) -> Mapping[str, Party]:
    query = sa.select(built_party.c.party, built_party.c.names).where(
        built_party.c.generation == serving, built_party.c.recorded_until.is_(None)
    )
    if len(parties) <= ASKED_AT_ONCE:
        query = query.where(built_party.c.party.in_(sorted(parties)))
    rows = connection.execute(query).all() if parties else ()
    return {row[0]: party_from({"party": row[0], "names": row[1]}) for row in rows}


# --- what is written ---


def _of_entry(entry: Entry) -> Values:
    """The row of an entry that is no act, in the order of `COLUMNS`."""
    content = entry.content
    treaty = party = day = None
    match content:
        case Definition():
            told, treaty, day = TREATY, content.treaty, content.holds_from
        case PartyEntry():
            told, party = PARTY, content.party
        case SigningKey():
            told = KEY
        case Act():
            raise AssertionError("acts are told from the read model")
        case _:
            assert_never(content)
    at, written = _instant(entry.recorded_at), None if day is None else day.isoformat()
    return (entry.position, 0, told, treaty, party, None, None, written, None, None, at)


def _tell_acts(connection: sa.Connection, before: Place, after: Place, count: int) -> None:
    """Tell the acts between two places, of which there are so many, as they stand in the read model."""
    bounds = {"after": before.position, "last": after.position}
    if connection.execute(_acts_told, bounds).rowcount != count:
        raise Incomplete(f"the read model lacks acts up to position {after.position}")


@lru_cache(maxsize=64)
def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _moved(connection: sa.Connection, before: Reached, after: Reached) -> bool:
    """Whether the feed was still where it was read, and is now farther: the one lock of all writers."""
    result = connection.execute(
        sa.update(feed_state)
        .where(
            feed_state.c.position == before.place.position,
            feed_state.c.number == before.place.number,
            feed_state.c.day.is_(None) if before.day is None else feed_state.c.day == before.day,
        )
        .values(position=after.place.position, number=after.place.number, day=after.day)
    )
    return result.rowcount == 1


def _course(owner: Owner, spans: Iterable[Span]) -> tuple[Change, ...]:
    """The changes in what is believed; before its first day a party is nothing, and a treaty nothing that is known."""
    held = (each.held for each in spans)
    return changes_in(held, Held(start=date.min, status="none") if owner[1] else None)


def _key(change: Change) -> Key:
    return (change.on.isoformat(), change.after, change.raised, change.lowered)


def _key_told(data: Mapping[str, Any]) -> Key:
    return (data["on"], data["to"], tuple(data["raised"]), tuple(data["lowered"]))


_certainty = sa.case(
    (built_status.c.doubtful.is_(False), sa.null()),
    (built_status.c.certainty == "certain", built_status.c.previous_certainty),
    else_=built_status.c.certainty,
)
_projected = (
    sa.select(projection_position.c.position)
    .join_from(
        read_model,
        projection_position,
        projection_position.c.name
        == sa.literal(POSITION_PREFIX) + sa.cast(read_model.c.generation, sa.Text),
    )
    .where(read_model.c.phase == SERVING)
    .scalar_subquery()
)
_places = sa.select(feed_state.c.position, feed_state.c.number, feed_state.c.day, _projected)

_log = event_log.c
_some = (
    sa.select(_log.position, _log.recorded_at)
    .where(_log.position > sa.bindparam("after"), _log.position <= sa.bindparam("projected"))
    .order_by(_log.position)
    .limit(sa.bindparam("limit"))
    .subquery()
)
_last_of_batch = sa.select(sa.func.max(_log.position)).where(
    _log.recorded_at == sa.select(sa.func.max(_some.c.recorded_at)).scalar_subquery(),
)
"""The end of the transaction in which the last of some entries after a position was recorded.

The instant of each append is one that no other has, and instants grow with positions.
"""
_transactions = (
    sa.select(sa.func.max(_log.position), _log.recorded_at, sa.func.count())
    .where(_log.position > sa.bindparam("after"), _log.position <= sa.bindparam("last"))
    .group_by(_log.recorded_at)
    .order_by(_log.recorded_at)
)
_acts = built_act.c
_acts_told = (
    sa.insert(feed)
    .execution_options(preserve_rowcount=True)
    .from_select(
        ["position", "number", "type", "treaty", "party", "kind", "day", "recorded_at"],
        sa.select(
            _acts.position,
            sa.literal_column("0"),
            sa.literal_column(f"'{ACT}'"),
            _acts.treaty,
            _acts.party,
            _acts.kind,
            sa.case(
                (
                    sa.func.coalesce(
                        _acts.received,
                        _acts.dated,
                        _acts.notified,
                        _acts.effective,
                        _acts.claimed_effective,
                    ).is_not(None),
                    _acts.day,
                )
            ),
            _acts.recorded_at,
        ).where(
            _acts.generation == serving,
            _acts.position > sa.bindparam("after"),
            _acts.position <= sa.bindparam("last"),
        ),
    )
)
