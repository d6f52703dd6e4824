"""The dossiers with facts beside them that are looked at as if they were recorded.

They are those of a batch, and in a rehearsal what was taken before, as if it were on file.
A treaty's course can depend on others (a parent, a body, a revising treaty); what is to be recorded of those in
the same batch counts, so that it does not matter in which order a file names them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.parties import Register
from domain.ports import REGISTER
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.dossiers import Dossiers
from infrastructure.wire import Fact


class Beside:
    """A shelf for the depositary, over the dossiers of the record."""

    def __init__(
        self, archive: EventArchive, dossiers: Dossiers, family_of: Callable[[str], str]
    ) -> None:
        """Look at these dossiers; treaties of one family depend on each other."""
        self._archive = archive
        self._dossiers = dossiers
        self._family_of = family_of
        self._families: dict[str, list[Act | Definition]] = {}
        self._parties: dict[str, PartyEntry] = {}
        self._taken: dict[str, list[Entry]] = {}
        self._taken_parties: dict[str, PartyEntry] = {}
        self._register: tuple[tuple[int, frozenset[str]], Register] | None = None

    def put(self, facts: Iterable[Fact]) -> None:
        """Lay more facts beside."""
        for each in facts:
            if isinstance(each, PartyEntry):
                self._parties[each.id] = each
            else:
                self._families.setdefault(self._family_of(each.treaty), []).append(each)

    def take(self, entries: Iterable[Entry]) -> None:
        """Have entries that are not recorded stand as if they were."""
        for each in entries:
            content = each.content
            if isinstance(content, PartyEntry):
                self._taken_parties[content.id] = content
            elif isinstance(content, Act | Definition):
                self._taken.setdefault(content.treaty, []).append(each)

    def forget(self) -> None:
        """Take away what was taken, but for the register's entries."""
        self._taken.clear()

    def clear(self) -> None:
        """Take all of them away but what was taken."""
        self._families.clear()
        self._parties.clear()

    def record(self) -> Record:
        """The record as it stands."""
        return self._dossiers.record()

    def register(self, record: Record) -> Register:
        """The register of parties, those that lie beside it among them."""
        beside = {**self._taken_parties, **self._parties}
        if not beside:
            return self._dossiers.register(record)
        key = (record.position, frozenset(beside))
        if self._register is None or self._register[0] != key:
            entries = self._archive.entries(REGISTER, up_to=record.position)
            recorded = [each.content for each in entries if isinstance(each.content, PartyEntry)]
            self._register = (key, Register((*recorded, *beside.values())))
        return self._register[1]

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty."""
        return (*self._dossiers.entries(treaty, record), *self._taken.get(treaty, ()))

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream has."""
        return self._dossiers.version(stream, record)

    def fold(
        self,
        treaty: str,
        record: Record,
        *,
        as_seen: date | None = None,
        also: Sequence[Act | Definition] = (),
    ) -> TreatyFold:
        """The fold of the treaty with these, and with what lies beside it of the treaties of its family."""
        given = {each.id for each in also}
        family = self._family_of(treaty)
        taken = [
            entry.content
            for name, entries in self._taken.items()
            if self._family_of(name) == family
            for entry in entries
            if isinstance(entry.content, Act | Definition)
        ]
        beside = [each for each in self._families.get(family, ()) if each.treaty != treaty]
        others = [each for each in (*taken, *beside) if each.id not in given]
        return self._dossiers.fold(treaty, record, as_seen=as_seen, also=(*others, *also))
