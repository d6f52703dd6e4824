"""The least that it costs to keep rows: one at a time, each durable, or very many at once; in a plain table."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import psycopg
import sqlalchemy as sa

from infrastructure.database import normalised

COLUMNS = "stream, version, topic, state, event_id, metadata, recorded_at"
MARKS = {"sqlite": ", ".join("?" * 7), "postgresql": ", ".join(["%s"] * 7)}
TABLE = {
    "sqlite": "CREATE TABLE {} (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, topic TEXT, "
    "state BLOB, event_id TEXT UNIQUE, metadata TEXT, recorded_at TEXT, UNIQUE (stream, version))",
    "postgresql": "CREATE TABLE {} (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text, "
    "version bigint, topic text, state bytea, event_id text UNIQUE, metadata text, recorded_at text, "
    "UNIQUE (stream, version))",
}
STATE = b'{"version":1,"fact":{"note":"' + b"x" * 350 + b'"}}'


class BareTable:
    """A table of its own in a database; each insert is a transaction on the disk."""

    def __init__(self, url: str, name: str | None = None) -> None:
        """Make the table, or use the one of that name."""
        self.url = url
        self.name = name or f"bare_{uuid4().hex[:12]}"
        self._address = normalised(url)
        self._kind = self._address.get_backend_name()
        self._connection = self._connected()
        if name is None:
            self._connection.execute(TABLE[self._kind].format(self.name))
        self._insert = f"INSERT INTO {self.name} ({COLUMNS}) VALUES ({MARKS[self._kind]})"

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def insert_one_by_one(self, rows: Sequence[tuple[Any, ...]]) -> float:
        """The seconds that it takes."""
        began = time.perf_counter()
        for row in rows:
            self._connection.execute(self._insert, row)
        return time.perf_counter() - began

    def insert_at_once(self, rows: Sequence[tuple[Any, ...]]) -> float:
        """The seconds that it takes by executemany on SQLite, by COPY on PostgreSQL."""
        began = time.perf_counter()
        if isinstance(self._connection, sqlite3.Connection):
            self._connection.execute("BEGIN")
            self._connection.executemany(self._insert, rows)
            self._connection.execute("COMMIT")
        else:
            with (
                self._connection.cursor() as cursor,
                cursor.copy(f"COPY {self.name} ({COLUMNS}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        return time.perf_counter() - began

    def _connected(self) -> Any:
        if self._kind == "sqlite":
            connection = sqlite3.connect(
                str(self._address.database), isolation_level=None, timeout=60
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            return connection
        return psycopg.connect(
            sa.make_url(self.url).set(drivername="postgresql").render_as_string(False),
            autocommit=True,
        )


def rows(count: int, stream: str = "") -> list[tuple[Any, ...]]:
    """Rows as the log has them."""
    mark = stream or uuid4().hex
    return list(_rows(count, mark))


def inserted_by_many(table: BareTable, writers: int, each: int) -> float:
    """The seconds in which so many processes insert, from the first row to the last."""
    context = get_context("spawn")
    ready, begin = context.Barrier(writers + 1), context.Event()
    processes = [
        context.Process(target=_insert, args=(table.url, table.name, each, ready, begin))
        for _ in range(writers)
    ]
    for process in processes:
        process.start()
    ready.wait(60)
    began = time.perf_counter()
    begin.set()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - began


def _insert(url: str, name: str, count: int, ready: Any, begin: Any) -> None:
    with closing(BareTable(url, name)) as table:
        given = rows(count)
        ready.wait(60)
        begin.wait(60)
        table.insert_one_by_one(given)


def _rows(count: int, mark: str) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        yield (
            mark,
            number + 1,
            "act.ratification",
            STATE,
            uuid4().hex,
            '{"recorded_by": "clerk"}',
            "2026-01-01 00:00:00.000000",
        )
