"""How families of treaties are built into a generation of the read model, each whole, from the log alone."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import orjson
import sqlalchemy as sa

from domain.acts import Act, Definition, Entry
from domain.ports import REGISTER, dossier_stream
from infrastructure.archive import EventArchive, Transaction
from infrastructure.database import deriving
from infrastructure.files import CAPACITY, File, Files
from infrastructure.garbage import collecting
from infrastructure.projection import Believed, Bench, Changes, Registers, in_order, spread
from infrastructure.projector import write

ROWS = 10_000
"""So many rows are written at once."""


class Builder:
    """Builds what the log says up to a position; for one thread.

    `ends` are the positions at which its transactions end, in order.
    """

    def __init__(
        self, engine: sa.Engine, generation: int, ends: Sequence[int], *, capacity: int = CAPACITY
    ) -> None:
        """Write into this generation."""
        self._engine = engine
        self._archive = EventArchive(engine)
        self._generation = generation
        self._ends = ends
        self._target = ends[-1] if ends else 0
        self._capacity = capacity
        self._registers = Registers()
        self._entered = Changes()
        self._law: list[tuple[int, frozenset[str]]] = []
        for transaction in self._together(self._archive.entries(REGISTER, up_to=self._target)):
            persons = self._registers.enter(transaction, self._entered)
            if persons:
                self._law.append((transaction.position, persons))

    def build_parties(self) -> None:
        """Write the entries of the register."""
        self._entered.settle()
        self._write(self._entered)

    def build_all(self, chunk: Iterable[Sequence[str]]) -> int:
        """Write everything about the treaties of several families, and give the number of their entries."""
        with collecting.put_off():
            return sum(map(self.build, chunk))

    def build(self, family: Sequence[str]) -> int:
        """Write everything about the treaties of a family, and give the number of their entries.

        The family holds whatever any of them depends on.
        """
        files = Files(self._archive, capacity=self._capacity)
        bench = Bench(files, self._registers.at, capacity=self._capacity)
        changes, dependents = Changes(), defaultdict[str, set[str]](set)
        entries: list[Entry] = []
        for treaty in family:
            entries.extend(files.file(dossier_stream(treaty), self._target).entries)
            bench.put(treaty, Believed())
        due: dict[str, set[int]] = defaultdict(set)
        for transaction in self._together(sorted(entries, key=lambda each: each.position)):
            for treaty, needed in bench.take_in(transaction, changes).items():
                due[treaty].add(transaction.position)
                for each in needed:
                    dependents[each].add(treaty)
        for treaty in family:
            due[treaty].update(self._turns_of_law(files.file(dossier_stream(treaty), self._target)))
        spread(due, dependents)
        for treaty, position in in_order(due, dependents):
            bench.step(treaty, position, changes)
            if changes.size >= ROWS:
                self._write(changes)
        changes.settle()
        self._write(changes)
        return len(entries)

    def _turns_of_law(self, file: File) -> Iterator[int]:
        """The positions at which the register may have changed what is said of the parties of a treaty."""
        named = set(_named(file.entries)) if self._law else set[str]()
        return (position for position, persons in self._law if not named.isdisjoint(persons))

    def _together(self, entries: Iterable[Entry]) -> Iterator[Transaction]:
        """The entries by the transactions in which they were recorded."""

        def end_of(entry: Entry) -> int:
            return self._ends[bisect_left(self._ends, entry.position)]

        for end, group in groupby(entries, key=end_of):
            yield Transaction(position=end, entries=tuple(group))

    def _write(self, changes: Changes) -> None:
        with deriving(self._engine) as connection:
            write(connection, self._generation, changes)
        changes.clear()


def _named(entries: Iterable[Entry]) -> Iterator[str]:
    """The parties named in acts or clauses, and whatever else looks like a code there."""
    for entry in entries:
        match entry.content:
            case Act() as act:
                for each in (act, act.replacement):
                    if each is not None:
                        yield from (code for code in (each.party, each.predecessor) if code)
            case Definition() as definition:
                yield from _CODE.findall(orjson.dumps(dict(definition.clauses)).decode())
            case _:
                continue


_CODE = re.compile(r'"([A-Z][A-Z0-9]{2,11})"')
