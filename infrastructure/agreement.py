"""Whether the read model says what follows from the log: now, and as it was believed at sampled positions before."""

import random
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from domain.acts import Act
from domain.bounds import Record
from infrastructure.archive import EventArchive
from infrastructure.beliefs import ACT, Row, act_row, doubt_of, state_rows, status_rows
from infrastructure.database import glancing
from infrastructure.dossiers import Dossiers
from infrastructure.projector import Place, Written, place_of, plain_row
from infrastructure.readmodel import built_act, built_status, built_treaty_state

EARLIER = 2
"""Positions of each treaty before the last one at which its rows are compared."""

Key = TypeVar("Key", bound=Hashable)


class Agreement:
    """Compares the generation of the read model that serves with the folds of the log."""

    def __init__(
        self, engine: sa.Engine, archive: EventArchive, *, seed: int | None = None
    ) -> None:
        """Compare what stands in this database."""
        self._engine = engine
        self._archive = archive
        self._dossiers = Dossiers(archive)
        self._random = random.Random(seed)  # noqa: S311 (a sample, not a secret)

    def differences(self, progress: Callable[[str, int, int], None]) -> Iterator[str]:
        """Each difference in words; `progress` is told how many treaties are done."""
        place = place_of(self._engine)
        ends = [each for each in self._archive.transaction_ends() if each <= place.position]
        now = Record(position=place.position)
        treaties = self._dossiers.treaties(now) if ends else ()
        for treaty in sorted(self._told_of(place.generation) - set(treaties)):
            yield f"the read model tells of a treaty {treaty}, and the log does not"
        for done, treaty in enumerate(treaties, start=1):
            yield from self._of_acts(treaty, place)
            for position in self._positions(treaty, now, ends):
                yield from self._of_treaty(treaty, place.generation, position)
            progress("read_model", done, len(treaties))

    def _told_of(self, generation: int) -> set[str]:
        found: set[str] = set()
        with glancing(self._engine) as connection:
            for table in (built_status, built_treaty_state, built_act):
                of_generation = table.c.generation == generation
                query = sa.select(table.c.treaty).distinct().where(of_generation)
                found.update(connection.scalars(query))
        return found

    def _positions(self, treaty: str, now: Record, ends: Sequence[int]) -> Sequence[int]:
        """Where beliefs about the treaty turned, a few of those places, and the last position."""
        entries = self._dossiers.entries(treaty, now)
        turns = {ends[bisect_left(ends, each.position)] for each in entries}
        some = self._random.sample(sorted(turns), k=min(EARLIER, len(turns)))
        return sorted({*some, now.position})

    def _of_treaty(self, treaty: str, generation: int, position: int) -> Iterator[str]:
        at = Record(position=position)
        if treaty not in self._dossiers.treaties(at):
            return
        fold = self._dossiers.fold(treaty, at)
        told = Written(self._engine, generation, at=position).believed([treaty])[treaty]
        for party in sorted({*fold.parties(), *told.statuses}):
            rows = {row[2]: row for row in status_rows(fold, party, doubt=doubt_of(fold, party))}
            where = f"{party} in {treaty} at position {position}"
            yield from _compared(where, rows, told.statuses[party])
        states = {row[1]: row for row in state_rows(fold)}
        yield from _compared(f"{treaty} at position {position}", states, told.states)

    def _of_acts(self, treaty: str, place: Place) -> Iterator[str]:
        entries = self._dossiers.entries(treaty, Record(position=place.position))
        rows = {
            each.position: _without_instant(act_row(each, each.content))
            for each in entries
            if isinstance(each.content, Act)
        }
        acts = built_act.c
        query = sa.select(*(acts[name] for name in ACT)).where(
            acts.generation == place.generation, acts.treaty == treaty
        )
        with glancing(self._engine) as connection:
            told = {row[0]: _without_instant(plain_row(row)) for row in connection.execute(query)}
        yield from _compared(f"the acts of {treaty}", rows, told)


def _compared(where: str, rows: Mapping[Key, Row], told: Mapping[Key, Row]) -> Iterator[str]:
    """The first difference between the rows that follow and those that are told."""
    if rows == told:
        return
    places = dict.fromkeys([*rows, *told])
    first = next(each for each in places if rows.get(each) != told.get(each))
    if first not in told:
        yield f"of {where} a row is missing ({first})"
    elif first not in rows:
        yield f"of {where} there is a row too many ({first})"
    else:
        yield f"of {where} another row follows ({first})"


def _without_instant(row: Row) -> Row:
    """The row without the instant, which each database writes in its own way; the log's own is checked elsewhere."""
    at = ACT.index("recorded_at")
    return (*row[:at], *row[at + 1 :])
