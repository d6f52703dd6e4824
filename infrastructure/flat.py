"""Flat tables with stable columns, read from the views that SQL tools read, a page at a time."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from domain.bounds import written_instant
from infrastructure.database import reading
from infrastructure.tables import Instant

TABLES: Mapping[str, Mapping[str, sa.types.TypeEngine[Any] | None]] = {
    "memberships": {
        "treaty": None,
        "treaty_title": None,
        "party": None,
        "party_name": None,
        "status": None,
        "bound": sa.Boolean(),
        "valid_from": sa.Date(),
        "valid_until": sa.Date(),
        "certainty": None,
        "flags": None,
        "position": None,
    },
    "acts": {
        "position": None,
        "id": None,
        "treaty": None,
        "treaty_title": None,
        "party": None,
        "party_name": None,
        "kind": None,
        "day": sa.Date(),
        "dated": None,
        "received": None,
        "notified": None,
        "effective": None,
        "claimed_effective": None,
        "done_by": None,
        "concerns": None,
        "reference": None,
        "note": None,
        "source_title": None,
        "source_url": None,
        "recorded_at": Instant(),
        "recorded_by": None,
    },
    "changes": {
        "change": None,
        "day": sa.Date(),
        "treaty": None,
        "treaty_title": None,
        "party": None,
        "party_name": None,
        "from_status": None,
        "to_status": None,
        "outcome": None,
        "certainty": None,
        "rule": None,
        "unless": None,
        "because": None,
        "position": None,
        "told_at": Instant(),
    },
    "treaties": {
        "treaty": None,
        "title": None,
        "state": None,
        "state_since": sa.Date(),
        "bound_parties": None,
        "position": None,
    },
}
"""The columns of each table, in their order for ever; later ones are added at the end."""

ORDERED_BY: Mapping[str, tuple[str, ...]] = {
    "memberships": ("treaty", "party", "valid_from"),
    "acts": ("position",),
    "changes": ("day", "treaty", "party", "change"),
    "treaties": ("treaty",),
}
AT_ONCE = 1_000


def flat_rows(
    engine: sa.Engine, table: str, equal: Mapping[str, str], limit: int
) -> Iterator[dict[str, Any]]:
    """The rows of a table in their order, those in which the columns named have these values.

    All of them are of one moment; days and instants are texts, as in every answer.
    """
    columns = [sa.column(name, type_) for name, type_ in TABLES[table].items()]
    of = {each.name: each for each in columns}
    query = (
        sa.select(*columns)
        .select_from(sa.table(f"flat_{table}"))
        .where(*(of[name] == value for name, value in equal.items()))
        .order_by(*(of[name].nulls_first() for name in ORDERED_BY[table]))
        .limit(limit)
    )
    with reading(engine) as connection:
        result = connection.execution_options(yield_per=AT_ONCE).execute(query)
        for row in result:
            yield {name: _plain(value) for name, value in zip(of, row, strict=True)}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return written_instant(value)
        case date():
            return None if value == date.min else value.isoformat()
        case _:
            return value
