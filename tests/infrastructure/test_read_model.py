"""The read model is the fold: for any history, any day and any transaction, on both databases."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.answers import answer, state
from domain.bounds import Bounds, Record
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.database import glancing, open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.projector import Projector
from tests.infrastructure.histories import Drafts, History, drafts, record

ONE_DAY = timedelta(days=1)

AS_OF = """
SELECT {columns} FROM {view}
WHERE treaty = :treaty AND valid_from <= :day AND (valid_until > :day OR valid_until IS NULL)
    AND recorded_from <= :position AND (recorded_until > :position OR recorded_until IS NULL)
"""


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(written=st.tuples(drafts(), st.integers(0, 2)), turns=st.sets(st.integers(0, 12)))
def test_what_the_tables_say_is_what_the_fold_says(
    engine: sa.Engine, archive: EventArchive, written: tuple[Drafts, int], turns: set[int]
) -> None:
    transactions, what = written
    history = History()
    projector = Projector(engine, archive, batch=1 + len(turns))

    positions = [record(archive, history.beginning(what))]
    for turn, transaction in enumerate(transactions):
        positions.append(record(archive, [history.fact(draft) for draft in transaction]))
        if turn in turns:
            brought_level(projector)
    brought_level(projector)

    dossiers = Dossiers(archive)
    for position in positions:
        for treaty in history.treaties:
            fold = dossiers.fold(treaty, Record(position=position))
            for day in days_of(fold):
                assert told(engine, treaty, day, position) == said(fold, day, position)


def brought_level(projector: Projector) -> None:
    while projector.step():
        pass


def days_of(fold: TreatyFold) -> Sequence[date]:
    """The days on which anything changes, those before them, and the ends of the calendar."""
    turns = {span.start for party in fold.parties() for span in fold.course(party).spans}
    turns.update(span.start for span in fold.spans)
    turns.update(act.on() for act in fold.dossier.acts)
    before = {day - ONE_DAY for day in turns if day > date.min}
    return sorted({date.min, date.max, *turns, *before})


def said(fold: TreatyFold, day: date, position: int) -> Mapping[str, Any]:
    """What the fold answers about the treaty and each party with a status."""
    bounds = Bounds(as_of=day, record=Record(position=position))
    parties = {}
    for party in fold.parties():
        found: Any = answer(fold, party, bounds)
        certainty = found.get("certainty", "certain")
        possible = found["possible"] if certainty == "possible" else []
        line = (found["status"], found["bound"], found["flags"], found["positions"], certainty)
        if line != ("none", False, [], [], "certain"):
            parties[party] = (*line, possible)
    found = state(fold, bounds)
    return {"state": (found["state"], found["flags"]), "parties": parties}


def told(engine: sa.Engine, treaty: str, day: date, position: int) -> Mapping[str, Any]:
    """What plain SQL answers, by both axes."""
    status = ("party", "status", "bound", "flags", "positions", "certainty", "possible")
    bounds = {"treaty": treaty, "day": day, "position": position}
    parties = {}
    for party, *line in asked(engine, "status", status, bounds):
        assert party not in parties
        if line != ["none", False, [], [], "certain", []]:
            parties[party] = tuple(line)
    ((now, flags),) = asked(engine, "treaty_state", ("state", "flags"), bounds)
    return {"state": (now, flags), "parties": parties}


def asked(
    engine: sa.Engine, view: str, columns: Sequence[str], bounds: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    types = {"bound": sa.Boolean(), **dict.fromkeys(("flags", "positions", "possible"), sa.JSON())}
    query = (
        sa.text(AS_OF.format(columns=", ".join(columns), view=view))
        .columns(*(sa.column(name, types.get(name, sa.Text())) for name in columns))
        .bindparams(sa.bindparam("day", type_=sa.Date()))
    )
    with glancing(engine) as connection:
        return connection.execute(query, bounds).all()
