"""How two generations of the read model differ in what they answer, on sampled days and positions."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from infrastructure.database import reading
from infrastructure.readmodel import built_act, built_status, built_treaty_state
from infrastructure.tables import event_log

SEED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """On how many days, and as recorded at how many positions, the whole of all rosters is compared."""

    days: int = 6
    positions: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two generations answer differently: of a party, or without one of the treaty itself.

    Without a day it is about an act that only one of them has; None is no answer.
    """

    position: int
    treaty: str
    party: str | None = None
    day: date | None = None
    before: str | None = None
    after: str | None = None


def compare(
    engine: sa.Engine,
    before: int,
    after: int,
    *,
    up_to: int,
    samples: Samples,
    report: Callable[[Difference], None],
    step: Callable[[int, int], None],
) -> int:
    """Reports each difference between two generations, and gives their number.

    Both are read as of one moment. Positions beyond `up_to`, which one of them may lack, are left alone.
    """
    found = 0
    with reading(engine) as connection:
        days, positions = _sampled(connection, before, after, up_to, samples)
        total = len(days) * len(positions) + 1
        for done, (position, day) in enumerate((p, d) for p in positions for d in days):
            step(done, total)
            for difference in _at(connection, before, after, position, day):
                report(difference)
                found += 1
        step(total - 1, total)
        for difference in _of_acts(connection, before, after, up_to):
            report(difference)
            found += 1
        step(total, total)
    return found


def _sampled(
    connection: sa.Connection, before: int, after: int, up_to: int, samples: Samples
) -> tuple[Sequence[date], Sequence[int]]:
    """Days on which something turns, and ends of transactions, spread over all there are; the last one always."""
    chance = random.Random(SEED)  # noqa: S311 (the same samples for the same record)
    day = built_status.c.valid_from
    turning = sa.select(day).distinct().where(built_status.c.generation.in_((before, after)))
    days = connection.scalars(turning.order_by(day)).all()
    ends = (
        sa.select(sa.func.max(event_log.c.position).label("position"))
        .where(event_log.c.position <= up_to)
        .group_by(event_log.c.recorded_at)
        .subquery()
    )
    number = connection.scalar(sa.select(sa.func.count()).select_from(ends)) or 0
    places = sorted(chance.sample(range(number), min(number, samples.positions)))
    query = sa.select(ends.c.position).order_by(ends.c.position)
    positions = [connection.scalar(query.offset(place).limit(1)) for place in places[:-1]]
    last = connection.scalar(sa.select(sa.func.max(ends.c.position)))
    return (
        sorted(chance.sample(list(days), min(len(days), samples.days))),
        [position for position in (*positions, last) if position is not None],
    )


def _at(
    connection: sa.Connection, before: int, after: int, position: int, day: date
) -> Iterator[Difference]:
    """The differences of all rosters and states on a day, as recorded at a position."""
    status, state = built_status.c, built_treaty_state.c
    of_parties = (status.treaty, status.party, status.status, status.bound, status.certainty)
    of_treaties = (state.treaty, sa.literal(""), state.state, sa.null(), sa.literal("certain"))
    for table, columns in ((built_status, of_parties), (built_treaty_state, of_treaties)):
        one = _rows(table, columns, before, position, day)
        other = _rows(table, columns, after, position, day)
        gone = connection.execute(sa.except_(one, other)).all()
        come = connection.execute(sa.except_(other, one)).all()
        earlier = {(row[0], row[1]): _said(row) for row in gone}
        later = {(row[0], row[1]): _said(row) for row in come}
        for treaty, party in sorted({*earlier, *later}):
            yield Difference(
                position=position,
                treaty=treaty,
                party=party or None,
                day=day,
                before=earlier.get((treaty, party)),
                after=later.get((treaty, party)),
            )


def _rows(
    table: sa.Table, columns: Sequence[Any], generation: int, position: int, day: date
) -> sa.Select[Any]:
    flags = sa.cast(table.c.flags, sa.Text)
    return sa.select(*columns, flags).where(
        table.c.generation == generation,
        table.c.valid_from <= day,
        sa.or_(table.c.valid_until.is_(None), table.c.valid_until > day),
        table.c.recorded_from <= position,
        sa.or_(table.c.recorded_until.is_(None), table.c.recorded_until > position),
    )


def _said(row: sa.Row[*tuple[Any, ...]]) -> str:
    """The answer in words, `party, certain, ["suspended"]`; whether the party is bound follows from it."""
    _, _, status, _, certainty, flags = row
    return f"{status}, {certainty}, {flags}"


def _of_acts(
    connection: sa.Connection, before: int, after: int, up_to: int
) -> Iterator[Difference]:
    """The acts that only one of the two has."""
    acts = built_act.c
    for one, other, came in ((before, after, False), (after, before, True)):
        there = sa.select(acts.position).where(acts.generation == other)
        query = (
            sa.select(acts.position, acts.treaty, acts.party, acts.kind)
            .where(acts.generation == one, acts.position <= up_to, acts.position.not_in(there))
            .order_by(acts.position)
        )
        for position, treaty, party, kind in connection.execute(query):
            yield Difference(
                position=position,
                treaty=treaty,
                party=party,
                before=None if came else kind,
                after=kind if came else None,
            )
