"""How recorded transactions become rows of the read model; everything is computed here and written elsewhere.

A transaction is one step of what is known: rows begin and end at the position of its last entry.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry, SigningKey
from domain.parties import Party, Register
from domain.ports import REGISTER, dossier_stream
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
from infrastructure.files import CAPACITY, File, Files, Reader
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
    """The rows that are believed of one treaty now, by party and first day, and the fold that says so."""

    statuses: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    states: dict[str, Row] = field(default_factory=dict)
    fold: TreatyFold | None = None
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

    def settle(self) -> None:
        """What has begun and not ended goes on."""
        for (table, _), row in self._open.items():
            self.begun[table].append((*row, None))
        self._open.clear()


class Projection:
    """Carries what is believed along the log, transaction by transaction; for one thread."""

    def __init__(
        self, archive: Reader, memory: Memory, *, position: int, capacity: int = CAPACITY
    ) -> None:
        """Go on from the position, at which the memory stands."""
        self.position = position
        self._files = Files(archive, capacity=capacity)
        self._folds = Folds(self._files, self.register_at, capacity=capacity)
        self._memory = memory
        self._capacity = capacity
        self._believed: OrderedDict[str, Believed] = OrderedDict()
        self._weight = 0
        self._register = self._register_before(position)
        self._registers = [(0, self._register)]
        self._dependents: dict[str, set[str]] = defaultdict(set)
        for treaty, needed in memory.dependencies().items():
            self._depends(treaty, needed)

    def register_at(self, position: int) -> Register:
        """The register of parties as it stood, as far as it can matter to the law."""
        return next(register for since, register in reversed(self._registers) if since <= position)

    def project(self, transactions: Sequence[Transaction]) -> Changes:
        """What these transactions change, which are the next ones in the log."""
        changes = Changes()
        self._make_room()
        end = transactions[-1].position
        entries = [entry for transaction in transactions for entry in transaction.entries]
        self._files.take(entries, since=self.position, up_to=end)
        due = self._due(transactions, changes)
        self._remember(due)
        for treaty, position in _in_order(due, self._dependents):
            self._step(treaty, position, changes)
        self.position = end
        changes.settle()
        return changes

    # --- which treaties have to be looked at, and at which positions ---

    def _due(
        self, transactions: Iterable[Transaction], changes: Changes
    ) -> Mapping[str, Sequence[int]]:
        due: dict[str, set[int]] = defaultdict(set)
        for transaction in transactions:
            for treaty in self._touched(transaction, changes, tuple(due)):
                due[treaty].add(transaction.position)
        self._spread(due)
        return {treaty: sorted(positions) for treaty, positions in due.items()}

    def _touched(
        self, transaction: Transaction, changes: Changes, before: Iterable[str]
    ) -> set[str]:
        """The treaties that the transaction concerns; the rows of what was recorded are written down."""
        touched: set[str] = set()
        defined: dict[str, Definition] = {}
        entered: dict[str, PartyEntry] = {}
        for entry in transaction.entries:
            match entry.content:
                case Act() as act:
                    changes.add(built_act, act_row(entry, act))
                    touched.add(act.treaty)
                case Definition() as definition:
                    defined[definition.treaty] = definition
                    touched.add(definition.treaty)
                case PartyEntry() as party:
                    entered[party.party] = party
                case SigningKey():
                    continue
        for definition in defined.values():
            self._define(definition, transaction, changes)
        if entered:
            touched.update(self._enter(entered, transaction, changes, before))
        return touched

    def _define(self, definition: Definition, transaction: Transaction, changes: Changes) -> None:
        treaty, position = definition.treaty, transaction.position
        file = self._files.file(dossier_stream(treaty), position)
        needed = file.dependencies(file.version(position))
        self._depends(treaty, needed)
        if file.definitions(file.version(transaction.start)):
            changes.end(built_treaty, (treaty,), position)
        changes.begin(built_treaty, (treaty,), treaty_row(definition, needed), position)

    def _enter(
        self,
        entered: Mapping[str, PartyEntry],
        transaction: Transaction,
        changes: Changes,
        touched: Iterable[str],
    ) -> Iterable[str]:
        """The treaties for which it may matter what the register now says of these parties."""
        position, before = transaction.position, self._register
        after = self._register = self._register_before(position)
        for code, entry in entered.items():
            if code in before:
                changes.end(built_party, (code,), position)
            changes.begin(built_party, (code,), party_row(entry), position)
        changed = [code for code in entered if _in_law(before, code) != _in_law(after, code)]
        if not changed:
            return ()
        self._registers.append((position, after))
        persons = {each for code in changed for each in _same_person(code, (before, after))}
        return {*touched, *self._memory.mentioning(sorted(persons))}

    def _depends(self, treaty: str, needed: Iterable[str]) -> None:
        for each in needed:
            self._dependents[each].add(treaty)

    def _spread(self, due: dict[str, set[int]]) -> None:
        """Whatever depends on a treaty is looked at when that one is."""
        waiting = [treaty for treaty in due if treaty in self._dependents]
        for treaty in waiting:
            for dependent in self._dependents[treaty]:
                if not due[treaty] <= due[dependent]:
                    due[dependent] |= due[treaty]
                    waiting.append(dependent)

    # --- one treaty at one position ---

    def _step(self, treaty: str, position: int, changes: Changes) -> None:
        file = self._files.file(dossier_stream(treaty), position)
        version = file.version(position)
        if not file.definitions(version):
            return
        fold = self._folds.at(treaty, position)
        believed = self._believed[treaty]
        if fold is believed.fold:
            return
        parties = fold.parties()
        more = 0
        for party in sorted({*parties, *believed.statuses}):
            rows = self._rows(fold, party, file, version) if party in parties else ()
            before = believed.statuses[party]
            more += changes.turn(built_status, (treaty, party), before, rows, position)
        states = state_rows(fold)
        more += changes.turn(built_treaty_state, (treaty,), believed.states, states, position)
        believed.fold = fold
        believed.weight += more
        self._weight += more

    def _rows(self, fold: TreatyFold, party: str, file: File, version: int) -> tuple[Row, ...]:
        doubt = None if file.is_certain(version) else doubt_of(fold, party)
        return status_rows(fold, party, doubt=doubt)

    # --- memory ---

    def _remember(self, due: Iterable[str]) -> None:
        """Have at hand what is believed of these treaties; of new ones nothing is."""
        asked = []
        for treaty in due:
            if treaty in self._believed:
                self._believed.move_to_end(treaty)
                continue
            file = self._files.file(dossier_stream(treaty), self.position)
            if file.definitions(file.version(self.position)):
                asked.append(treaty)
            self._believed[treaty] = Believed()
        for start in range(0, len(asked), ASKED_AT_ONCE):
            found = self._memory.believed(asked[start : start + ASKED_AT_ONCE])
            self._believed.update(found)
            self._weight += sum(each.weight for each in found.values())

    def _make_room(self) -> None:
        """Between two calls, when all that is believed here has been written or is about to be forgotten."""
        del self._registers[:-1]
        while self._weight > self._capacity:
            _, gone = self._believed.popitem(last=False)
            self._weight -= gone.weight

    def _register_before(self, position: int) -> Register:
        file = self._files.file(REGISTER, position)
        contents = (entry.content for entry in file.up_to(file.version(position)))
        return Register(each for each in contents if isinstance(each, PartyEntry))


def _in_order(
    due: Mapping[str, Sequence[int]], dependents: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, int]]:
    """Each treaty with each position: group by group of those that depend on each other, and there by position."""
    groups: dict[str, list[str]] = {}
    leaders: dict[str, str] = {}

    def leader(treaty: str) -> str:
        while leaders.get(treaty, treaty) != treaty:
            treaty = leaders[treaty]
        return treaty

    for treaty in due:
        for dependent in dependents.get(treaty, ()):
            leaders[leader(dependent)] = leader(treaty)
    for treaty in due:
        groups.setdefault(leader(treaty), []).append(treaty)
    for group in groups.values():
        steps = sorted((position, treaty) for treaty in group for position in due[treaty])
        yield from ((treaty, position) for position, treaty in steps)


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
