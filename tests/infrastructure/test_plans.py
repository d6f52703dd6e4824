"""Whatever recording and answering ask of the log is found by an index, however long the log is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.errors import Conflict
from domain.ports import IdempotencyKey
from infrastructure import feeding
from infrastructure.archive import EventArchive
from infrastructure.database import glancing, open_engine, writing
from infrastructure.heads import Heads

ROWS = 20_000
STREAM = "treaty:17"
LAST = str(UUID(int=ROWS))
KEY = IdempotencyKey(key="one", fingerprint="of the request")


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    fill(engine)
    yield engine
    engine.dispose()


def test_no_question_to_the_log_reads_all_of_it(engine: sa.Engine) -> None:
    archive = EventArchive(engine)

    scanned = {}
    for question, ask in ASKED.items():
        with statements_of(engine) as sent:
            ask(archive)
        assert sent, question
        scanned[question] = [plan for each in sent if (plan := scan_in(engine, *each))]

    assert {question: plans for question, plans in scanned.items() if plans} == {}


def test_the_feed_finds_what_was_believed_of_each_owner_by_the_owner(
    migrated_sqlite_database: str,
) -> None:
    engine = open_engine(migrated_sqlite_database)
    with statements_of(engine, "built_status") as sent, glancing(engine) as connection:
        feeding._spans(connection, 100, 200)

    (asked,) = sent
    with glancing(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1]).all()
    engine.dispose()

    assert "(generation=? AND treaty=? AND party=?" in str(plan)


def appended(archive: EventArchive, key: IdempotencyKey | None = None) -> None:
    act, standing = an_act("17", str(uuid4())), archive.versions([STREAM])
    archive.append([act], expected=standing, recorded_by="me", key=key)


def too_late(archive: EventArchive) -> None:
    with pytest.raises(Conflict):
        archive.append([an_act("17", str(uuid4()))], expected={STREAM: 3}, recorded_by="me")


def fill(engine: sa.Engine) -> None:
    """So many acts of fifty streams, in turns, each with its number as its id."""
    acts = (an_act(str(n % 50), str(UUID(int=n))) for n in range(1, ROWS + 1))
    for _ in EventArchive(engine).import_entries(acts, expected={}, recorded_by="me"):
        pass
    with writing(engine) as connection:
        connection.exec_driver_sql("ANALYZE")


def an_act(treaty: str, identifier: str) -> Act:
    day = date(1995, 1, 1)
    return Act(id=identifier, treaty=treaty, kind="ratification", party="POL", dated=day)


@contextmanager
def statements_of(engine: sa.Engine, *tables: str) -> Iterator[list[tuple[str, Any]]]:
    """The statements about the log, else these tables, that are sent in the block, with their parameters."""
    wanted = tables or ("event_log", "idempotency_key")
    sent: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        statement, parameters, many = given[2], given[3], given[5]
        if any(each in statement for each in wanted):
            sent.append((statement, parameters[0] if many else parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def scan_in(engine: sa.Engine, statement: str, parameters: Any) -> str | None:
    """The plan of the statement if it reads a table from one end to the other."""
    is_sqlite = engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    with writing(engine) as connection:
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    if is_sqlite:
        backwards = "ORDER BY event_log.position DESC" in statement and "LIMIT" in statement
        scans = [line for line in plan.splitlines() if line.startswith("SCAN event_log")]
        found = bool(scans) and not backwards
    else:
        found = "Seq Scan on event_log" in plan
    return f"{statement}\n{plan}" if found else None


ASKED: dict[str, Callable[[EventArchive], object]] = {
    "an act by its id": lambda archive: archive.find([LAST]),
    "many acts by their ids": lambda archive: archive.find([str(uuid4()) for _ in range(50)]),
    "the end of the log": lambda archive: archive.head(),
    "a stream": lambda archive: archive.entries(STREAM),
    "a stream up to a position": lambda archive: archive.entries(STREAM, up_to=9_000),
    "what was added to a stream": lambda archive: archive.entries(STREAM, after=390),
    "what was recorded since": lambda archive: archive.since(ROWS - 5),
    "a stretch of the log": lambda archive: archive.between(100, 105),
    "the position of an instant": lambda archive: archive.position_at(datetime.now(UTC)),
    "how far streams have got": lambda archive: archive.versions([STREAM, "register"]),
    "how far they had got": lambda archive: archive.versions([STREAM], up_to=9_000),
    "the streams there are": lambda archive: archive.known_streams(),
    "the definitions": lambda archive: archive.definitions(up_to=ROWS),
    "what was defined": lambda archive: archive.defined(after=0, up_to=ROWS),
    "what was recorded under a key": lambda archive: archive.recorded_under(KEY, recorded_by="me"),
    "an act that is recorded": appended,
    "an act that is recorded under a key": lambda archive: appended(archive, KEY),
    "an act that comes too late": too_late,
    "the snapshot of a process": lambda archive: Heads(archive).catch_up(),
}
