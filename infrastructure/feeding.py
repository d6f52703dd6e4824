"""What writes the feed: it follows the read model and the calendar, one writer at a time, each event exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, assert_never

import orjson
import sqlalchemy as sa

from domain.acts import Act, Definition, Entry, PartyEntry, SigningKey
from domain.changes import Change, Ground, Held, Outcome, changes_in, revisions
from domain.parties import Party, party_from
from domain.ports import Clock
from infrastructure.archive import EventArchive, Transaction
from infrastructure.bulk import Values, insert_rows
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
    built_party,
    built_status,
    built_treaty_state,
    read_model,
    serving,
)
from infrastructure.recorder import CHANNEL
from infrastructure.tables import feed, feed_state, projection_position

BATCH = 2_000
"""Entries that are told at once, more where one transaction alone has more."""

ASKED_AT_ONCE = 400

Owner: TypeAlias = tuple[str, str]
"""A treaty and a party, or a treaty and nothing for what is the treaty's own."""

Key: TypeAlias = tuple[object, ...]
"""What tells a change of an owner from the others: its day, and what happens."""

Row: TypeAlias = dict[str, Any]

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
class Span:
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
        """
        reached, projected = self._places()
        now = self._clock.now()
        transactions = self._due(reached, projected)
        if not transactions and (reached.day is None or reached.day >= now.date()):
            return 0
        with collecting.put_off(), reading(self._engine) as connection:
            batch = _Batch(connection, reached, transactions, now)
            rows = [_values(each) for each in batch.rows()]
        # What follows from the log alone is the same when it is written again after a loss of power;
        # what was told because a day began is not: it bears the instant at which that was noticed.
        kept = deriving if batch.reached.day == reached.day else writing
        with kept(self._engine) as connection:
            if not _moved(connection, reached, batch.reached):
                return 1
            insert_rows(connection, feed.name, COLUMNS, rows)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))
        self._archive.recorder.wake_followers()
        self.told += len(rows)
        return max(1, len(rows))

    def _places(self) -> tuple[Reached, int]:
        """How far the feed and the read model that serves have got."""
        with glancing(self._engine) as connection:
            row = connection.execute(_places).one()
        return Reached(place=Place(row[0], row[1]), day=row[2]), row[3] or 0

    def _due(self, reached: Reached, projected: int) -> Sequence[Transaction]:
        if projected <= reached.place.position:
            return ()
        found = self._archive.transactions(reached.place.position, self._batch)
        return [each for each in found if each.position <= projected]


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
        transactions: Sequence[Transaction],
        now: datetime,
    ) -> None:
        self._now = now
        self._transactions = transactions
        self._place = reached.place
        self._day = reached.day
        self._rows: list[Row] = []
        end = transactions[-1].position if transactions else reached.place.position
        self._spans = _spans(connection, reached.place.position, end) if transactions else {}
        self._names_of = _names_of(connection, self._spans.keys())
        self._pending = _pending(connection, now.date())
        self._names = _names(connection, {party for _, party in self._spans} - {""})

    @property
    def reached(self) -> Reached:
        """How far the feed is written with this batch."""
        return Reached(place=self._place, day=self._day)

    def rows(self) -> Sequence[Row]:
        """What is told, in its order."""
        for transaction in self._transactions:
            at = transaction.entries[-1].recorded_at
            self._pass_days(at.date(), at)
            self._tell(transaction, at)
        self._pass_days(self._now.date(), self._now)
        return self._rows

    def _pass_days(self, day: date, at: datetime) -> None:
        """Tell what comes about up to the day, and take the day as today."""
        if self._day is None:
            self._day = day
        if day <= self._day:
            return
        due = sorted(
            (each for each in self._pending.values() if each["day"] <= day),
            key=lambda each: (each["day"], each["treaty"], each["party"] or ""),
        )
        for row in due:
            del self._pending[row["change"]]
            data = {**row["data"], "outcome": Outcome.COME_ABOUT.value}
            self._put({**row, "type": CAME_ABOUT, "data": data, "recorded_at": at})
        self._day = day

    def _tell(self, transaction: Transaction, at: datetime) -> None:
        for entry in transaction.entries:
            self._place = Place(entry.position)
            self._rows.append(_of_entry(entry))
        for owner, spans in self._spans.items():
            if any(transaction.position in (each.since, each.until) for each in spans):
                self._revise(owner, spans, transaction.position, at)

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
            "raised": list(change.raised),
            "lowered": list(change.lowered),
            "because": list(change.ground.because),
            "rule": change.ground.rule,
            "unless": change.ground.unless,
            "certainty": change.ground.certainty,
            "position": self._place.position,
        }
        row = self._put(
            {
                "type": TYPE_OF[outcome],
                "treaty": treaty,
                "party": party or None,
                "kind": None,
                "status": change.after,
                "day": change.on,
                "change": name,
                "data": data,
                "recorded_at": at,
            }
        )
        self._pending.pop(name, None)
        if outcome is Outcome.LIES_AHEAD:
            self._pending[name] = row
        return name

    def _put(self, row: Row) -> Row:
        """Tell this next."""
        self._place = Place(self._place.position, self._place.number + 1)
        placed = {**row, "position": self._place.position, "number": self._place.number}
        self._rows.append(placed)
        return placed


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
        for row in connection.execute(query):
            found.setdefault((row.treaty, row.party), []).append(_span(row))
    return found


def _span(row: sa.Row[Any]) -> Span:
    ground = Ground(
        because=tuple(row.because), rule=row.rule, unless=row.unless, certainty=row.certainty
    )
    return Span(
        held=Held(start=row.valid_from, status=row.status, flags=tuple(row.flags), ground=ground),
        since=row.recorded_from,
        until=row.recorded_until,
    )


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


def _pending(connection: sa.Connection, day: date) -> dict[str, Row]:
    """The changes that lie ahead by what was told last of them, up to the day, by name."""
    later = feed.alias("later")
    query = sa.select(feed).where(
        feed.c.type == sa.text(f"'{ANNOUNCED}'"),  # written out, for the index of these alone
        feed.c.day <= day,
        ~sa.exists().where(
            later.c.change == feed.c.change,
            sa.tuple_(later.c.position, later.c.number) > sa.tuple_(feed.c.position, feed.c.number),
        ),
    )
    return {row.change: dict(row._mapping) for row in connection.execute(query)}  # noqa: SLF001 (the library's own way)


def _names(connection: sa.Connection, parties: AbstractSet[str]) -> Mapping[str, Party]:
    query = sa.select(built_party.c.party, built_party.c.names).where(
        built_party.c.generation == serving, built_party.c.recorded_until.is_(None)
    )
    if len(parties) <= ASKED_AT_ONCE:
        query = query.where(built_party.c.party.in_(sorted(parties)))
    rows = connection.execute(query).all() if parties else ()
    return {row[0]: party_from({"party": row[0], "names": row[1]}) for row in rows}


# --- what is written ---


def _of_entry(entry: Entry) -> Row:
    content = entry.content
    told: Row = dict.fromkeys(("treaty", "party", "kind", "status", "day", "change", "data"))
    match content:
        case Act():
            day = None if content.decisive() is None else content.on()
            told |= {"type": ACT, "treaty": content.treaty, "party": content.party}
            told |= {"kind": content.kind, "day": day}
        case Definition():
            told |= {"type": TREATY, "treaty": content.treaty, "day": content.holds_from}
        case PartyEntry():
            told |= {"type": PARTY, "party": content.party}
        case SigningKey():
            told |= {"type": KEY}
        case _:
            assert_never(content)
    return {**told, "position": entry.position, "number": 0, "recorded_at": entry.recorded_at}


def _values(row: Row) -> Values:
    """The row in the order of `COLUMNS`, in values that both databases take."""
    day, data = row["day"], row["data"]
    instant = row["recorded_at"].astimezone(UTC).replace(tzinfo=None)
    return (
        row["position"],
        row["number"],
        row["type"],
        row["treaty"],
        row["party"],
        row["kind"],
        row["status"],
        None if day is None else day.isoformat(),
        row["change"],
        None if data is None else orjson.dumps(data).decode(),
        instant.isoformat(" ", "microseconds"),
    )


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
