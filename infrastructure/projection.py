"""How recorded transactions become rows of the read model; everything is computed here and written elsewhere.

A transaction is one step of what is known: rows begin and end at the position of its last entry.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry, SigningKey
from domain.parties import Party, Register
from domain.ports import REGISTER, dossier_stream
from domain.states import Course
from domain.treaty import TreatyFold
from infrastructure.archive import Transaction
from infrastructure.beliefs import (
    Row,
    act_row,
    doubt_of,
    party_row,
    state_rows,
    status_rows,
    treaty_row,
)
from infrastructure.files import CAPACITY, Files, Reader
from infrastructure.folds import Folds
from infrastructure.readmodel import (
    built_act,
    built_party,
    built_status,
    built_treaty,
    built_treaty_state,
)

Key: TypeAlias = tuple[str, ...]


@dataclass(kw_only=True)
class Believed:
    """The rows that are believed of one treaty now, by party and first day.

    `fold` and the certain `courses` of its parties are those from which they were made, as far as that is known.
    """

    statuses: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    states: dict[str, Row] = field(default_factory=dict)
    fold: TreatyFold | None = None
    courses: dict[str, Course] = field(default_factory=dict)
    weight: int = 0


class Memory(Protocol):
    """What stands in the read model at the position from which a projection goes on."""

    def believed(self, treaties: Sequence[str]) -> Mapping[str, Believed]:
        """What is believed of these treaties."""
        ...

    def dependencies(self) -> Mapping[str, Sequence[str]]:
        """On which treaties each one depends that depends on any."""
        ...

    def mentioning(self, parties: Sequence[str]) -> Iterable[str]:
        """The treaties in whose acts or clauses any of the parties is named."""
        ...


class Changes:
    """The rows that begin and those that end, by table; one that does both is written once."""

    def __init__(self) -> None:
        """Begin with no change."""
        self.begun: dict[sa.Table, list[Row]] = defaultdict(list)
        self.ended: dict[sa.Table, list[Row]] = defaultdict(list)
        self._open: dict[tuple[sa.Table, Key], Row] = {}

    def add(self, table: sa.Table, row: Row) -> None:
        """A row that never ends."""
        self.begun[table].append(row)

    def begin(self, table: sa.Table, key: Key, row: Row, position: int) -> None:
        """The row is believed from the position on."""
        self._open[table, key] = (*row, position)

    def end(self, table: sa.Table, key: Key, position: int) -> None:
        """The row under the key is believed no longer."""
        opened = self._open.pop((table, key), None)
        if opened is None:
            self.ended[table].append((*key, position))
        else:
            self.begun[table].append((*opened, position))

    def turn(
        self,
        table: sa.Table,
        owner: Key,
        before: dict[str, Row],
        rows: Sequence[Row],
        position: int,
    ) -> int:
        """These rows of an owner take the place of those before, which are keyed by their first days.

        Gives how many rows there are more than before.
        """
        after = {row[len(owner)]: row for row in rows}
        more = len(after) - len(before)
        if after == before:
            return more
        for day, row in before.items():
            if after.get(day) != row:
                self.end(table, (*owner, day), position)
        for day, row in after.items():
            if before.get(day) != row:
                self.begin(table, (*owner, day), row, position)
        before.clear()
        before.update(after)
        return more

    @property
    def size(self) -> int:
        """How many rows there are to be written."""
        return sum(map(len, self.begun.values())) + sum(map(len, self.ended.values()))

    def clear(self) -> None:
        """Those rows are written; what has begun and not ended stays open."""
        self.begun.clear()
        self.ended.clear()

    def settle(self) -> None:
        """What has begun and not ended goes on."""
        for (table, _), row in self._open.items():
            self.begun[table].append((*row, None))
        self._open.clear()


class Bench:
    """Where treaties are folded, at one position after the other, and beliefs turn; for one thread."""

    def __init__(
        self, files: Files, register_at: Callable[[int], Register], *, capacity: int = CAPACITY
    ) -> None:
        """Take entries from these files, and keep folds of at most `capacity` entries."""
        self.files = files
        self.believed: OrderedDict[str, Believed] = OrderedDict()
        self._folds = Folds(files, register_at, capacity=capacity)
        self._capacity = capacity
        self._weight = 0

    def take_in(self, transaction: Transaction, changes: Changes) -> Mapping[str, Sequence[str]]:
        """Put down what was recorded; gives each treaty concerned, with what it depends on if that is new."""
        touched: dict[str, Sequence[str]] = {}
        defined: dict[str, Definition] = {}
        for entry in transaction.entries:
            match entry.content:
                case Act() as act:
                    changes.add(built_act, act_row(entry, act))
                    touched.setdefault(act.treaty, ())
                case Definition() as definition:
                    defined[definition.treaty] = definition
                case PartyEntry() | SigningKey():
                    continue
        for treaty, definition in defined.items():
            touched[treaty] = self._define(definition, transaction, changes)
        return touched

    def put(self, treaty: str, believed: Believed) -> None:
        """What is believed of the treaty at the position before the next step."""
        self.believed[treaty] = believed
        self._weight += believed.weight

    def step(self, treaty: str, position: int, changes: Changes) -> None:
        """What changes in what is believed of the treaty at the position."""
        file = self.files.file(dossier_stream(treaty), position)
        version = file.version(position)
        if not file.definitions(version):
            return
        fold, believed = self._folds.at(treaty, position), self.believed[treaty]
        if fold is believed.fold:
            return
        doubtful = not all(self._is_certain(each, position) for each in _family(treaty, fold))
        more = _turn_statuses(fold, believed, changes, position, doubtful=doubtful)
        states, before = state_rows(fold), believed.states
        more += changes.turn(built_treaty_state, (treaty,), before, states, position)
        believed.fold = fold
        believed.weight += more
        self._weight += more

    def _is_certain(self, treaty: str, position: int) -> bool:
        file = self.files.file(dossier_stream(treaty), position)
        return file.is_certain(file.version(position))

    def make_room(self) -> None:
        """Let go of what was not needed lately; only when all that is believed here has been written."""
        while self._weight > self._capacity:
            _, gone = self.believed.popitem(last=False)
            self._weight -= gone.weight

    def _define(
        self, definition: Definition, transaction: Transaction, changes: Changes
    ) -> Sequence[str]:
        treaty, position = definition.treaty, transaction.position
        file = self.files.file(dossier_stream(treaty), position)
        needed = file.dependencies(file.version(position))
        if file.definitions(file.version(transaction.start)):
            changes.end(built_treaty, (treaty,), position)
        changes.begin(built_treaty, (treaty,), treaty_row(definition, needed), position)
        return needed


class Registers:
    """The register of parties at each position, as far as it can matter to the law."""

    def __init__(self, entries: Iterable[PartyEntry] = ()) -> None:
        """Begin with these entries."""
        self._entries = list(entries)
        self._latest = Register(self._entries)
        self._in_law = [(0, self._latest)]

    def at(self, position: int) -> Register:
        """The register as it stood; names may be older."""
        return next(register for since, register in reversed(self._in_law) if since <= position)

    def enter(self, transaction: Transaction, changes: Changes) -> frozenset[str]:
        """Put down what was entered; gives the parties of which the law may now say something else."""
        entered = {
            entry.content.party: entry.content
            for entry in transaction.entries
            if isinstance(entry.content, PartyEntry)
        }
        if not entered:
            return frozenset()
        position, before = transaction.position, self._latest
        self._entries.extend(entered.values())
        after = self._latest = Register(self._entries)
        for code, entry in entered.items():
            if code in before:
                changes.end(built_party, (code,), position)
            changes.begin(built_party, (code,), party_row(entry), position)
        changed = [code for code in entered if _in_law(before, code) != _in_law(after, code)]
        if changed:
            self._in_law.append((position, after))
        return frozenset(each for code in changed for each in _same_person(code, (before, after)))

    def forget_before(self, position: int) -> None:
        """Nobody will ask for an earlier position."""
        while len(self._in_law) > 1 and self._in_law[1][0] <= position:
            del self._in_law[0]


class Projection:
    """Carries what is believed along the log, transaction by transaction; for one thread."""

    def __init__(
        self, archive: Reader, memory: Memory, *, position: int, capacity: int = CAPACITY
    ) -> None:
        """Go on from the position, at which the memory stands."""
        self.position = position
        self._files = Files(archive, capacity=capacity)
        self._memory = memory
        file = self._files.file(REGISTER, position)
        contents = (entry.content for entry in file.up_to(file.version(position)))
        self._registers = Registers(each for each in contents if isinstance(each, PartyEntry))
        self._bench = Bench(self._files, self._registers.at, capacity=capacity)
        self._dependents: dict[str, set[str]] = defaultdict(set)
        for treaty, needed in memory.dependencies().items():
            self._depends(treaty, needed)

    def project(self, transactions: Sequence[Transaction]) -> Changes:
        """What these transactions change, which are the next ones in the log."""
        changes = Changes()
        self._registers.forget_before(self.position)
        self._bench.make_room()
        end = transactions[-1].position
        entries = [entry for transaction in transactions for entry in transaction.entries]
        self._files.take(entries, since=self.position, up_to=end)
        due = self._due(transactions, changes)
        self._remember(due)
        for treaty, position in in_order(due, self._dependents):
            self._bench.step(treaty, position, changes)
        self.position = end
        changes.settle()
        return changes

    def _due(self, transactions: Iterable[Transaction], changes: Changes) -> Mapping[str, set[int]]:
        """Which treaties have to be looked at, and at which positions."""
        due: dict[str, set[int]] = defaultdict(set)
        for transaction in transactions:
            touched = self._bench.take_in(transaction, changes)
            for treaty, needed in touched.items():
                self._depends(treaty, needed)
            parties = self._registers.enter(transaction, changes)
            named = {*due, *self._memory.mentioning(sorted(parties))} if parties else set()
            for treaty in {*touched, *named}:
                due[treaty].add(transaction.position)
        spread(due, self._dependents)
        return due

    def _depends(self, treaty: str, needed: Iterable[str]) -> None:
        for each in needed:
            self._dependents[each].add(treaty)

    def _remember(self, due: Iterable[str]) -> None:
        """Have at hand what is believed of these treaties; of new ones nothing is."""
        asked = []
        for treaty in due:
            if treaty in self._bench.believed:
                self._bench.believed.move_to_end(treaty)
                continue
            file = self._files.file(dossier_stream(treaty), self.position)
            if file.definitions(file.version(self.position)):
                asked.append(treaty)
            self._bench.put(treaty, Believed())
        for start in range(0, len(asked), ASKED_AT_ONCE):
            found = self._memory.believed(asked[start : start + ASKED_AT_ONCE])
            for treaty, believed in found.items():
                self._bench.put(treaty, believed)


def _family(treaty: str, fold: TreatyFold) -> frozenset[str]:
    """The treaty and all those on which its course depends."""
    related = (_family(name, each) for name, each in fold.related.items())
    return frozenset({treaty}).union(*related)


def _turn_statuses(
    fold: TreatyFold, believed: Believed, changes: Changes, position: int, *, doubtful: bool
) -> int:
    """The statuses of all parties as the fold says; gives how many rows there are more.

    With dates that are known only within bounds, a course may be the same and what is possible another.
    """
    treaty, parties = fold.dossier.treaty, fold.parties()
    more = 0
    for party in parties:
        course = fold.course(party)
        if believed.courses.get(party) is course and not doubtful:
            continue
        believed.courses[party] = course
        doubt = doubt_of(fold, party) if doubtful else None
        rows, before = status_rows(fold, party, doubt=doubt), believed.statuses[party]
        more += changes.turn(built_status, (treaty, party), before, rows, position)
    for party in believed.statuses.keys() - set(parties):
        believed.courses.pop(party, None)
        before = believed.statuses.pop(party)
        more += changes.turn(built_status, (treaty, party), before, (), position)
    return more


def spread(due: dict[str, set[int]], dependents: Mapping[str, Iterable[str]]) -> None:
    """Whatever depends on a treaty is looked at when that one is."""
    waiting = [treaty for treaty in due if treaty in dependents]
    for treaty in waiting:
        for dependent in dependents.get(treaty, ()):
            if not due[treaty] <= due[dependent]:
                due[dependent] |= due[treaty]
                waiting.append(dependent)


def in_order(
    due: Mapping[str, Iterable[int]], dependents: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, int]]:
    """Each treaty with each position: family by family, and within a family by position."""
    for family in families(due, dependents):
        steps = sorted((position, treaty) for treaty in family for position in due[treaty])
        yield from ((treaty, position) for position, treaty in steps)


def families(
    treaties: Iterable[str], dependents: Mapping[str, Iterable[str]]
) -> Sequence[Sequence[str]]:
    """The treaties, those together of which one depends on another by whatever way."""
    leaders: dict[str, str] = {}

    def leader(treaty: str) -> str:
        while leaders.get(treaty, treaty) != treaty:
            treaty = leaders[treaty]
        return treaty

    found: dict[str, list[str]] = {}
    treaties = tuple(treaties)
    for treaty in treaties:
        for dependent in dependents.get(treaty, ()):
            leaders[leader(dependent)] = leader(treaty)
    for treaty in treaties:
        found.setdefault(leader(treaty), []).append(treaty)
    return tuple(found.values())


def _in_law(register: Register, code: str) -> Party:
    """What the register says of a party that can matter to the law; names do not."""
    return replace(register.get(code), names=(), aliases=())


def _same_person(code: str, registers: Sequence[Register]) -> set[str]:
    """The codes that any of the registers holds for the same legal person, by whatever way."""
    found = [code]
    for each in found:
        for register in registers:
            near = (register.get(each).continues, register.continued_by(each))
            found.extend(other for other in near if other is not None and other not in found)
    return set(found)


ASKED_AT_ONCE = 500
