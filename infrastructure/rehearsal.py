"""A record that takes everything and keeps nothing: what would be recorded, tried without recording it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.parties import Register
from domain.ports import REGISTER, Head, IdempotencyKey, stream_of
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.dossiers import Dossiers
from infrastructure.wire import Fact

NO_INSTANT = datetime.min.replace(tzinfo=UTC)


class Rehearsal:
    """An archive over the real one that holds what it is given for as long as the rehearsal lasts."""

    def __init__(self, archive: EventArchive) -> None:
        """Read from this archive."""
        self._archive = archive
        self._taken: dict[str, Entry] = {}

    def head(self) -> Head:
        """The end of the log now."""
        return self._archive.head()

    def entries(self, stream: str, *, up_to: int | None = None) -> tuple[Entry, ...]:
        """The entries of one stream that are recorded."""
        return self._archive.entries(stream, up_to=up_to)

    def find(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """The entries with these ids, recorded or taken."""
        taken = {each: self._taken[each] for each in ids if each in self._taken}
        return {**self._archive.find([each for each in ids if each not in taken]), **taken}

    def append(
        self,
        contents: Sequence[Fact],
        *,
        expected: Mapping[str, int],
        recorded_by: str,
        key: IdempotencyKey | None = None,  # noqa: ARG002 (of the port; nothing is kept under a key)
    ) -> tuple[Entry, ...]:
        """The facts as entries without a place."""
        added = tuple(
            Entry(
                content=each,
                position=0,
                stream=stream_of(each),
                stream_version=expected.get(stream_of(each), 0),
                recorded_at=NO_INSTANT,
                recorded_by=recorded_by,
            )
            for each in contents
        )
        self._taken |= {each.content.id: each for each in added}
        return added

    def parties(self) -> Iterator[PartyEntry]:
        """The entries of the register that were taken."""
        contents = (each.content for each in self._taken.values())
        yield from (each for each in contents if isinstance(each, PartyEntry))


class RehearsalShelf:
    """The dossiers as they stand, and a register that knows the parties taken in the rehearsal too."""

    def __init__(self, dossiers: Dossiers, rehearsal: Rehearsal) -> None:
        """Look at these dossiers."""
        self._dossiers = dossiers
        self._rehearsal = rehearsal
        self._known: tuple[int, Register] | None = None

    def record(self) -> Record:
        """The record as it stands."""
        return self._dossiers.record()

    def register(self, record: Record) -> Register:
        """The register of parties, those taken among them."""
        taken = tuple(self._rehearsal.parties())
        if not taken:
            return self._dossiers.register(record)
        if self._known is None or self._known[0] != len(taken):
            entries = self._rehearsal.entries(REGISTER, up_to=record.position)
            recorded = [each.content for each in entries if isinstance(each.content, PartyEntry)]
            self._known = (len(taken), Register((*recorded, *taken)))
        return self._known[1]

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty."""
        return self._dossiers.entries(treaty, record)

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
        """The fold of the treaty, with these looked at as if they were recorded."""
        return self._dossiers.fold(treaty, record, as_seen=as_seen, also=also)
