"""How the read model is built anew beside the one that serves, compared with it, and put in its place.

A new generation is written while the old one answers; several may be under way at once, beside live projectors.
Where there is much to build, several processes do it, a family of treaties at a time.
"""

import multiprocessing
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import sqlalchemy as sa

from domain.acts import Definition
from domain.dossier import Dossier
from domain.errors import Unavailable
from domain.family import depends_on
from domain.ports import dossier_stream
from infrastructure.archive import EventArchive
from infrastructure.building import Builder
from infrastructure.database import DatabaseOptions, glancing, open_engine, writing
from infrastructure.differences import Difference, Samples, compare
from infrastructure.projection import families
from infrastructure.projector import Projector, place_of
from infrastructure.readmodel import (
    BUILDING,
    BUILT,
    RETIRED,
    SERVING,
    position_name,
    read_model,
)
from infrastructure.recorder import advance
from infrastructure.tables import event_log, projection_position

ABANDONED_AFTER = timedelta(hours=1)
"""A building that gave no sign of life for so long is nobody's."""
ATTEMPTS = 100
"""How often the end of the log is caught up with before the switch is given up."""
WORTH_PROCESSES = 20_000
"""Entries; what is less is built here and now."""
CHUNK = 5_000
"""Entries that are given to a process at once, more where one family alone has more."""
REMOVED_AT_ONCE = 20_000
"""Rows of an old generation."""

TREATY_PREFIX = dossier_stream("")


class Outrun(Exception):
    """The log grew faster than the new read model could be brought level with it; nothing was switched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of it: the generation that serves now, how much it holds, and how far it differs from the last."""

    generation: int
    position: int
    entries: int
    build_seconds: float
    differences: int | None


def rebuild(
    url: str,
    options: DatabaseOptions | None = None,
    *,
    progress: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
    report: Callable[[Difference], None] = lambda _difference: None,
    samples: Samples | None = None,
    processes: int | None = None,
) -> Rebuilt:
    """Build the read model anew, compare it with the serving one if `samples` are given, and switch to it.

    `progress` is told the phase, and how much of it is done; `report` each difference.
    Raises `Unavailable`, or `Outrun` if the log grows too fast; then the old one goes on serving.
    """
    engine = open_engine(url, options)
    try:
        _remove_what_is_left(engine)
        generation = _begin(engine)
        try:
            return _Rebuild(engine, url, options, generation, progress).run(
                report, samples, processes
            )
        except BaseException:
            with suppress(Unavailable):  # then the next rebuild removes it
                _remove(engine, generation)
            raise
    finally:
        engine.dispose()


class _Rebuild:
    """One building, from its first row to the switch."""

    def __init__(
        self,
        engine: sa.Engine,
        url: str,
        options: DatabaseOptions | None,
        generation: int,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._engine = engine
        self._url = url
        self._options = options
        self._generation = generation
        self._archive = EventArchive(engine)
        self._progress = progress

    def run(
        self,
        report: Callable[[Difference], None],
        samples: Samples | None,
        processes: int | None,
    ) -> Rebuilt:
        """The whole of it."""
        start = time.perf_counter()
        entries = self._build(processes)
        self._catch_up()
        seconds = time.perf_counter() - start
        differences = None if samples is None else self._compare(report, samples)
        old, position = self._switch()
        _remove(self._engine, old)
        return Rebuilt(
            generation=self._generation,
            position=position,
            entries=entries,
            build_seconds=seconds,
            differences=differences,
        )

    # --- building ---

    def _build(self, processes: int | None) -> int:
        """All that the log holds now; gives the number of entries about treaties."""
        ends = self._archive.transaction_ends()
        if not ends:
            return 0
        builder = Builder(self._engine, self._generation, ends)
        builder.build_parties()
        sizes = self._archive.versions(self._treaty_streams(), up_to=ends[-1])
        total = sum(sizes.values())
        chunks = _chunks(self._families(ends[-1]), sizes)
        number = processes if processes is not None else (os.cpu_count() or 1)
        done = 0
        built = (
            map(builder.build_all, chunks)
            if total < WORTH_PROCESSES or number < 2
            else self._built_by(number, chunks, ends)
        )
        for count in built:
            done += count
            self._progress("building", done, total)
            self._give_a_sign()
        with writing(self._engine) as connection:
            advance(connection, position_name(self._generation), ends[-1])
        return total

    def _treaty_streams(self) -> list[str]:
        streams = self._archive.known_streams()
        return [each for each in streams if each.startswith(TREATY_PREFIX)]

    def _families(self, up_to: int) -> Sequence[Sequence[str]]:
        """The treaties, each with all on which it ever depended and all that ever depended on it."""
        dependents: dict[str, set[str]] = defaultdict(set)
        for entry in self._archive.definitions(up_to=up_to):
            assert isinstance(entry.content, Definition)  # as the topic says
            known = Dossier(treaty="", acts=(), definitions=(entry.content,))
            for each in depends_on(known.now):
                dependents[each].add(entry.content.treaty)
        streams = self._treaty_streams()
        return families((each.removeprefix(TREATY_PREFIX) for each in streams), dependents)

    def _built_by(
        self, number: int, chunks: Sequence[Sequence[Sequence[str]]], ends: Sequence[int]
    ) -> Iterator[int]:
        """Have the chunks built by other processes, and give the size of each as it is done."""
        context = multiprocessing.get_context("spawn")
        given = (self._url, self._options, self._generation, ends)
        with ProcessPoolExecutor(number, context, _begin_process, given) as pool:
            for future in as_completed([pool.submit(_build_in_process, each) for each in chunks]):
                yield future.result()

    def _give_a_sign(self) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(read_model)
                .where(read_model.c.generation == self._generation)
                .values(alive_at=datetime.now(UTC))
            )

    # --- catching up, comparing, switching ---

    def _catch_up(self) -> None:
        """Project what was recorded meanwhile."""
        projector = Projector(self._engine, self._archive, generation=self._generation)
        place = projector.place()
        behind = place.lag
        while projector.step():
            self._progress("catching up", behind - min(behind, projector.lag), behind)

    def _compare(self, report: Callable[[Difference], None], samples: Samples) -> int:
        serving = place_of(self._engine)
        own = place_of(self._engine, self._generation)
        return compare(
            self._engine,
            serving.generation,
            self._generation,
            up_to=min(serving.position, own.position),
            samples=samples,
            report=report,
            step=lambda done, total: self._progress("comparing", done, total),
        )

    def _switch(self) -> tuple[int, int]:
        """Put the new generation in the place of the one that serves; gives that one, and the position."""
        for attempt in range(ATTEMPTS):
            self._progress("switching", attempt, ATTEMPTS)
            self._catch_up()
            switched = _switched(self._engine, self._generation)
            if switched is not None:
                return switched
        raise Outrun("the log grows faster than it can be projected")


def _begin(engine: sa.Engine) -> int:
    """A generation of our own, with nothing in it."""
    last = sa.select(sa.func.coalesce(sa.func.max(read_model.c.generation), 0))
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(GENERATION_LOCK)))
        generation: int = connection.scalar(last) + 1  # type: ignore[operator]  # never null
        connection.execute(
            sa.insert(read_model).values(
                generation=generation, phase=BUILDING, alive_at=datetime.now(UTC)
            )
        )
        connection.execute(
            sa.insert(projection_position).values(name=position_name(generation), position=0)
        )
    return generation


def _switched(engine: sa.Engine, generation: int) -> tuple[int, int] | None:
    """The generation that served and the position of the new one, if it could be put in its place.

    That it could not means that the one that serves holds more, or that another took its place just now.
    """
    phase, position = read_model.c.phase, projection_position.c.position
    with writing(engine) as connection:
        old = connection.scalar(
            sa.select(read_model.c.generation).where(phase == SERVING).with_for_update()
        )
        if old is None:
            return None
        names = [position_name(old), position_name(generation)]
        rows = connection.execute(
            sa.select(projection_position.c.name, position)
            .where(projection_position.c.name.in_(names))
            .order_by(projection_position.c.name)
            .with_for_update()
        ).all()
        positions = {row[0]: row[1] for row in rows}
        head = connection.scalar(sa.select(sa.func.max(event_log.c.position))) or 0
        # One that holds more than the log is of another log, and need not be caught up with.
        if positions[position_name(generation)] < min(positions[position_name(old)], head):
            return None
        for which, now in ((old, RETIRED), (generation, SERVING)):
            connection.execute(
                sa.update(read_model).where(read_model.c.generation == which).values(phase=now)
            )
    return old, positions[position_name(generation)]


def _remove_what_is_left(engine: sa.Engine) -> None:
    """Remove generations that nobody builds and nobody reads."""
    given_up = datetime.now(UTC) - ABANDONED_AFTER
    query = sa.select(read_model.c.generation).where(
        sa.or_(
            read_model.c.phase == RETIRED,
            sa.and_(read_model.c.phase == BUILDING, read_model.c.alive_at < given_up),
        )
    )
    with glancing(engine) as connection:
        left = connection.scalars(query).all()
    for generation in left:
        _remove(engine, generation)


def _remove(engine: sa.Engine, generation: int) -> None:
    """Remove a generation that does not serve, so many rows at once that nobody waits for it."""
    with writing(engine) as connection:
        connection.execute(
            sa.update(read_model)
            .where(read_model.c.generation == generation, read_model.c.phase != SERVING)
            .values(phase=RETIRED)
        )
        phase = connection.scalar(
            sa.select(read_model.c.phase).where(read_model.c.generation == generation)
        )
    if phase != RETIRED:
        return
    is_sqlite = engine.dialect.name == "sqlite"
    place: sa.ColumnClause[Any] = sa.literal_column("rowid" if is_sqlite else "ctid")
    for table in BUILT:
        some = (
            sa.select(place)
            .select_from(table)
            .where(table.c.generation == generation)
            .limit(REMOVED_AT_ONCE)
        )
        while _deleted(engine, sa.delete(table).where(place.in_(some))):
            pass
    _deleted(
        engine,
        sa.delete(projection_position).where(
            projection_position.c.name == position_name(generation)
        ),
    )
    _deleted(engine, sa.delete(read_model).where(read_model.c.generation == generation))


def _deleted(engine: sa.Engine, statement: sa.Delete) -> int:
    with writing(engine) as connection:
        return connection.execute(statement).rowcount


def _chunks(found: Sequence[Sequence[str]], sizes: Mapping[str, int]) -> list[list[Sequence[str]]]:
    """The families in chunks of about one size, the largest first, so that no process is last with much to do."""
    weights = {
        tuple(family): sum(sizes[dossier_stream(treaty)] for treaty in family) for family in found
    }
    chunks: list[list[Sequence[str]]] = []
    room = 0
    for family in sorted(weights, key=lambda each: (-weights[each], each)):
        if weights[family] > room:
            chunks.append([])
            room = CHUNK
        chunks[-1].append(family)
        room -= weights[family]
    return chunks


# --- in a process of its own ---


def _begin_process(
    url: str, options: DatabaseOptions | None, generation: int, ends: Sequence[int]
) -> None:
    """What each process keeps from one chunk to the next; it ends with the one that started it."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs in a process that was started
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _BUILDERS.append(Builder(open_engine(url, options), generation, ends))


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _build_in_process(chunk: Sequence[Sequence[str]]) -> int:
    return _BUILDERS[0].build_all(chunk)


_BUILDERS: list[Builder] = []
GENERATION_LOCK = 7_202_105_272
