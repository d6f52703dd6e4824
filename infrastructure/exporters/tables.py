"""The tables that are exported: rosters, acts and periods, their columns, and their rows one treaty at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

import orjson

from domain.acts import Act, Entry
from domain.answers import Plain, periods, roster
from domain.bounds import written_instant
from domain.dates import earliest, latest
from domain.treaty import TreatyFold
from infrastructure.exporters.asked import Opened
from infrastructure.importers.plain_csv import LISTS, SEPARATOR, SOURCE
from infrastructure.wire import Wire, written_fact

Cell: TypeAlias = str | int | bool | date | None
Cells: TypeAlias = tuple[Cell, ...]


class Form(Enum):
    """What a column holds; a day that is not certain is text, with its bounds in columns of days beside it."""

    TEXT = "text"
    WHOLE = "whole"
    TRUTH = "truth"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its columns, which never change their order or meaning, and its rows."""

    name: str
    title: str
    columns: Mapping[str, Form]
    rows: Callable[[Opened], Iterator[Cells]]


TEXT, WHOLE, TRUTH, DAY = Form.TEXT, Form.WHOLE, Form.TRUTH, Form.DAY
BOUNDS_OF_A_RUN = ("since_earliest", "since_latest", "until_earliest", "until_latest")

ROSTER = {
    "treaty": TEXT,
    "treaty_title": TEXT,
    "party": TEXT,
    "party_name": TEXT,
    "status": TEXT,
    "bound": TRUTH,
    "since": TEXT,
    "until": TEXT,
    **dict.fromkeys(BOUNDS_OF_A_RUN, DAY),
    "flags": TEXT,
    "certainty": TEXT,
    "possible": TEXT,
    "as_of": DAY,
    "as_seen": DAY,
    "record_position": WHOLE,
}

PERIODS = {
    "treaty": TEXT,
    "treaty_title": TEXT,
    "party": TEXT,
    "party_name": TEXT,
    "status": TEXT,
    "bound": TRUTH,
    "from": DAY,
    "until": DAY,
    "flags": TEXT,
    "holds": TRUTH,
    "as_of": DAY,
    "as_seen": DAY,
    "record_position": WHOLE,
}

ACTS = {
    "id": TEXT,
    "treaty": TEXT,
    "party": TEXT,
    "party_name": TEXT,
    "kind": TEXT,
    **dict.fromkeys(("dated", "received", "notified", "effective", "claimed_effective"), TEXT),
    "sequence": WHOLE,
    "by": TEXT,
    "towards": TEXT,
    "territories": TEXT,
    "predecessor": TEXT,
    "concerns": TEXT,
    "legal_effect": TRUTH,
    "contested_by": TEXT,
    "depositary": TEXT,
    "reference": TEXT,
    "note": TEXT,
    "despite": TEXT,
    **{f"source_{each}": TEXT for each in SOURCE},
    "more_sources": TEXT,
    "replacement": TEXT,
    "decisive_earliest": DAY,
    "decisive_latest": DAY,
    "stands": TRUTH,
    "position": WHOLE,
    "recorded_at": TEXT,
    "recorded_by": TEXT,
    "stream_version": WHOLE,
    "as_of": DAY,
    "as_seen": DAY,
    "record_position": WHOLE,
}


def roster_rows(asked: Opened) -> Iterator[Cells]:
    """A row for each party that has a status on the day."""
    for treaty, title, fold in asked.folds():
        yield from roster_of(asked, treaty, title, fold)


def roster_of(asked: Opened, treaty: str, title: str, fold: TreatyFold) -> Iterator[Cells]:
    """The rows of one treaty."""
    for line in roster(fold, asked.bounds):
        since, until = _text(line["since"]), _text(line["until"])
        yield (
            treaty,
            title,
            *(_text(line[each]) for each in ("party", "party_name", "status")),
            _truth(line["bound"]),
            since,
            until,
            *_bounds(since),
            *_bounds(until),
            _joined(line["flags"]),
            _text(line.get("certainty", "certain")),
            _joined(line.get("possible", ())),
            *_bounds_of_asking(asked),
        )


def period_rows(asked: Opened) -> Iterator[Cells]:
    """A row for each stretch of one status of each party, `none` left out; `holds` marks those of the day."""
    for treaty, title, fold in asked.folds():
        yield from periods_of(asked, treaty, title, fold)


def periods_of(asked: Opened, treaty: str, title: str, fold: TreatyFold) -> Iterator[Cells]:
    """The rows of one treaty."""
    day = asked.bounds.as_of
    for party in fold.parties():
        for span in periods(fold, party):
            if span["status"] == "none":
                continue
            start, end = _day(span["from"]), _day(span["until"])
            holds = (start is None or start <= day) and (end is None or day < end)
            yield (
                treaty,
                title,
                party,
                fold.register.name(party, day),
                _text(span["status"]),
                _truth(span["bound"]),
                start,
                end,
                _joined(span["flags"]),
                holds,
                *_bounds_of_asking(asked),
            )


def act_rows(asked: Opened) -> Iterator[Cells]:
    """A row for each act that was done by the day and could be known by the day `as_seen`, corrected ones too."""
    for treaty, _, fold in asked.folds():
        yield from acts_of(asked, treaty, fold)


def acts_of(asked: Opened, treaty: str, fold: TreatyFold) -> Iterator[Cells]:
    """The rows of one treaty."""
    void = fold.dossier.void
    for entry in asked.dossiers.entries(treaty, asked.record):
        act = entry.content
        if (
            isinstance(act, Act)
            and act.on() <= asked.bounds.as_of
            and _seen(act, asked.bounds.as_seen)
        ):
            yield _act(asked, entry, act, fold, stands=act.id not in void)


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        each.name: each
        for each in (
            Table(
                name="roster",
                title="The status of every party on the day",
                columns=ROSTER,
                rows=roster_rows,
            ),
            Table(name="acts", title="The acts done by the day", columns=ACTS, rows=act_rows),
            Table(
                name="periods",
                title="Every stretch of one status of every party",
                columns=PERIODS,
                rows=period_rows,
            ),
        )
    }
)
"""Every table, by name."""


def _act(asked: Opened, entry: Entry, act: Act, fold: TreatyFold, *, stands: bool) -> Cells:
    fact = written_fact(act)
    decisive = act.decisive()
    sources: Sequence[Wire] = fact["sources"]
    first = sources[0] if sources else {}
    cells: dict[str, Cell] = {
        **{name: _cell(fact.get(name)) for name in ACTS if name in fact},
        **{name: SEPARATOR.join(fact[name]) or None for name in LISTS},
        **{f"source_{each}": first.get(each) for each in SOURCE},
        "party_name": None
        if act.party is None
        else fold.register.name(act.party, asked.bounds.as_of),
        "more_sources": _json(sources[1:]),
        "replacement": _json(fact["replacement"]),
        "decisive_earliest": None if decisive is None else earliest(decisive),
        "decisive_latest": None if decisive is None else latest(decisive),
        "stands": stands,
        "position": entry.position,
        "recorded_at": written_instant(entry.recorded_at),
        "recorded_by": entry.recorded_by,
        "stream_version": entry.stream_version,
        "as_of": asked.bounds.as_of,
        "as_seen": asked.bounds.as_seen,
        "record_position": asked.record.position,
    }
    return tuple(cells[name] for name in ACTS)


def _seen(act: Act, as_seen: date | None) -> bool:
    known = act.known_from()
    return as_seen is None or (known is not None and earliest(known) <= as_seen)


def _bounds_of_asking(asked: Opened) -> tuple[date, date | None, int]:
    return asked.bounds.as_of, asked.bounds.as_seen, asked.record.position


def _bounds(text: str | None) -> tuple[date | None, date | None]:
    """The first and the last day of a day that may be an interval; an open end is empty."""
    if text is None:
        return None, None
    first, stroke, last = text.partition("/")
    return _day(first), _day(last if stroke else first)


def _day(text: object) -> date | None:
    return None if text in (None, "", "..") else date.fromisoformat(str(text))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _joined(values: object) -> str | None:
    return (
        " ".join(str(each) for each in values) or None if isinstance(values, list | tuple) else None
    )


def _json(value: object) -> str | None:
    return orjson.dumps(value).decode() if value else None


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | bool) else None


def plain_of(columns: Mapping[str, Form], cells: Cells) -> Plain:
    """A row as an object."""
    return dict(zip(columns, cells, strict=True))
