"""The record as one SQLite file that opens in datasette as it is: tables with keys, indexes, and what they mean."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

import orjson

from domain.answers import state
from domain.bounds import written_instant
from domain.kinds import KINDS
from domain.parties import Party
from infrastructure.exporters.asked import Opened
from infrastructure.exporters.columnar import ROWS_AT_ONCE, in_pieces
from infrastructure.exporters.tables import (
    ACTS,
    PERIODS,
    ROSTER,
    Cell,
    Form,
    acts_of,
    periods_of,
    roster_of,
)

VERSION = 1
"""Of the tables, in `PRAGMA user_version`; it grows when a column changes its meaning."""

TYPES: Mapping[Form, str] = {
    Form.TEXT: "TEXT",
    Form.WHOLE: "INTEGER",
    Form.TRUTH: "INTEGER",
    Form.DAY: "TEXT",
}
KEYS = {"treaty": "treaties", "party": "parties", "kind": "kinds"}
"""Columns that lead to another table; datasette wants the column there by name too."""

TITLES = {
    "about": "The record from which this file was made",
    "treaties": "The treaties, with their state on the day",
    "parties": "The register of parties",
    "kinds": "The kinds of acts and what they move",
    "acts": "The acts, in order of recording within each treaty",
    "roster": "The status of every party on the day",
    "periods": "Every stretch of one status of every party",
}


def write(asked: Opened, out: BinaryIO) -> int:
    """Write the file, and say how many acts it has; it is built beside and then copied, since SQLite seeks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.db"
        count = write_file(asked, path)
        with path.open("rb") as built:
            copyfileobj(built, out)
    return count


def write_file(asked: Opened, path: Path) -> int:
    """Write the file at a path where none is, and say how many acts it has."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA user_version = {VERSION}")
        for statement in _schema():
            database.execute(statement)
        _fill_small(database, asked)
        count = _fill(database, asked)
        for statement in _indexes():
            database.execute(statement)
        database.commit()
        database.execute("ANALYZE")
        database.commit()
    return count


def metadata_of(asked: Opened) -> bytes:
    """The metadata of datasette for the file called timeline.db, as JSON: titles, and what the tables are."""
    position, day = asked.record.position, asked.bounds.as_of.isoformat()
    tables = {
        name: {"title": title, **({"hidden": True} if name == "about" else {})}
        for name, title in TITLES.items()
    }
    tables["acts"] |= {"facets": ["kind"], "sort": "position"}
    tables["roster"] |= {"facets": ["status", "treaty"]}
    tables["parties"] |= {"label_column": "name"}
    tables["treaties"] |= {"label_column": "title"}
    tables["kinds"] |= {"label_column": "title"}
    described = f"The record at position {position}, with the status of every party on {day}."
    found = {
        "title": "Diplomatic timeline",
        "description": described,
        "databases": {"timeline": {"description": described, "tables": tables}},
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


# --- tables ---


def _schema() -> Iterator[str]:
    yield "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT)"
    yield (
        "CREATE TABLE treaties (treaty TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT, "
        "state_since TEXT, state_until TEXT, in_force_on TEXT, depositaries TEXT, identifiers TEXT, clauses TEXT)"
    )
    yield (
        "CREATE TABLE parties (party TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT, "
        "exists_from TEXT, exists_until TEXT, predecessors TEXT, successors TEXT, continues TEXT)"
    )
    yield (
        "CREATE TABLE kinds (kind TEXT PRIMARY KEY, title TEXT, meaning TEXT, who TEXT, "
        "moves_status INTEGER, moves TEXT, legal_source TEXT)"
    )
    yield _table("acts", ACTS, key="id")
    yield _table("roster", ROSTER)
    yield _table("periods", PERIODS)


def _table(name: str, columns: Mapping[str, Form], key: str | None = None) -> str:
    parts = [
        f'"{column}" {TYPES[form]}'
        + (" PRIMARY KEY" if column == key else "")
        + (f" REFERENCES {KEYS[column]} ({column})" if column in KEYS else "")
        for column, form in columns.items()
    ]
    return f"CREATE TABLE {name} ({', '.join(parts)})"


def _indexes() -> Iterator[str]:
    for table in ("acts", "roster", "periods"):
        yield f"CREATE INDEX {table}_treaty ON {table} (treaty, party)"
        yield f"CREATE INDEX {table}_party ON {table} (party)"
    yield "CREATE INDEX acts_decisive ON acts (decisive_earliest)"
    yield "CREATE INDEX acts_position ON acts (position)"


# --- rows ---


def _fill_small(database: sqlite3.Connection, asked: Opened) -> None:
    about = {
        "record_position": str(asked.record.position),
        "recorded_at": written_instant(asked.record.at),
        "as_of": asked.bounds.as_of.isoformat(),
        "as_seen": None if asked.bounds.as_seen is None else asked.bounds.as_seen.isoformat(),
    }
    _insert(database, "about", about.items())
    _insert(
        database,
        "kinds",
        (
            (k.code, k.title, k.meaning, k.who, k.moves_status, k.moves, k.source)
            for k in KINDS.values()
        ),
    )
    register = asked.register
    parties = (register.get(code) for code in register.codes())
    _insert(database, "parties", (_party(each, asked) for each in parties))


def _party(party: Party, asked: Opened) -> tuple[Cell, ...]:
    first = party.existence[0].start if party.existence else None
    return (
        party.code,
        party.name(asked.bounds.as_of),
        party.kind,
        None if first is None or first.year == 1 else first,
        party.extinct_from(),
        " ".join(party.predecessors) or None,
        " ".join(party.successors) or None,
        party.continues,
    )


def _fill(database: sqlite3.Connection, asked: Opened) -> int:
    """The treaties with their acts, rosters and periods, one treaty in memory at a time."""
    count = 0
    for treaty, title, fold in asked.folds():
        definition = asked.dossiers.definition(treaty, asked.record)
        said = state(fold, asked.bounds)
        entered = fold.entry().on
        row: tuple[Cell, ...] = (
            treaty,
            title,
            str(said["state"]),
            _text(said["since"]),
            _text(said["until"]),
            entered,
            " ".join(definition.depositaries) or None,
            orjson.dumps(dict(definition.identifiers)).decode(),
            orjson.dumps(dict(definition.clauses)).decode(),
        )
        _insert(database, "treaties", [row])
        count += _insert(database, "acts", acts_of(asked, treaty, fold))
        _insert(database, "roster", roster_of(asked, treaty, title, fold))
        _insert(database, "periods", periods_of(asked, treaty, title, fold))
    return count


def _insert(database: sqlite3.Connection, table: str, rows: Iterable[tuple[Cell, ...]]) -> int:
    """Insert the rows, and say how many; days as ISO 8601."""
    count = 0
    for piece in in_pieces(iter(rows), ROWS_AT_ONCE):
        written = [
            tuple(each.isoformat() if isinstance(each, date) else each for each in row)
            for row in piece
        ]
        marks = ", ".join("?" * len(written[0]))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", written)  # noqa: S608 (names of ours)
        count += len(written)
    return count


def _text(value: object) -> str | None:
    return None if value is None else str(value)
