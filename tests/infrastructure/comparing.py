"""What the tables say beside what the folds say, by plain SQL on the views and by the answers of the domain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from domain.answers import answer, state
from domain.bounds import Bounds, Record
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.database import glancing
from infrastructure.dossiers import Dossiers

ONE_DAY = timedelta(days=1)

AS_OF = """
SELECT {columns} FROM {view}
WHERE treaty = :treaty AND valid_from <= :day AND (valid_until > :day OR valid_until IS NULL)
    AND recorded_from <= :position AND (recorded_until > :position OR recorded_until IS NULL)
"""


def assert_tables_say_what_folds_say(
    engine: sa.Engine, archive: EventArchive, treaties: Iterable[str], positions: Sequence[int]
) -> None:
    """On every day on which anything changes, and the day before, as recorded at each position."""
    dossiers = Dossiers(archive)
    for position in positions:
        for treaty in treaties:
            fold = dossiers.fold(treaty, Record(position=position))
            for day in days_of(fold):
                assert told(engine, treaty, day, position) == said(fold, day, position)


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
    for party, *line in _asked(engine, "status", status, bounds):
        assert party not in parties
        if line != ["none", False, [], [], "certain", []]:
            parties[party] = tuple(line)
    ((now, flags),) = _asked(engine, "treaty_state", ("state", "flags"), bounds)
    return {"state": (now, flags), "parties": parties}


def _asked(
    engine: sa.Engine, view: str, columns: Sequence[str], bounds: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    documents = {name: sa.JSON() for name in ("flags", "positions", "possible") if name in columns}
    truths = {name: sa.Boolean() for name in ("bound",) if name in columns}
    query = (
        sa.text(AS_OF.format(columns=", ".join(columns), view=view))
        .columns(**{name: sa.Text() for name in columns} | documents | truths)
        .bindparams(sa.bindparam("day", type_=sa.Date()))
    )
    with glancing(engine) as connection:
        return connection.execute(query, bounds).all()
