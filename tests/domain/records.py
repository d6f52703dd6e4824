"""A record kept in memory: the ports of the depositary as small real things."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.depositary import Depositary, Fact
from domain.dossier import Dossier, open_dossier
from domain.errors import Conflict
from domain.family import fold_of
from domain.parties import Register
from domain.ports import REGISTER, Head, IdempotencyKey, dossier_stream, stream_of
from domain.treaty import TreatyFold

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Log:
    """An archive; `meanwhile` are facts that somebody else records, one before each append."""

    def __init__(self, *facts: Fact) -> None:
        self.kept: list[Entry] = []
        self.streams: dict[str, list[Entry]] = {}
        self.keys: list[IdempotencyKey | None] = []
        self.meanwhile: list[Fact] = []
        for fact in facts:
            self._add(fact, "the test")

    def head(self) -> Head:
        return Head(position=len(self.kept), at=NOON)

    def entries(self, stream: str, *, up_to: int | None = None) -> tuple[Entry, ...]:
        found = self.streams.get(stream, [])
        return tuple(each for each in found if up_to is None or each.position <= up_to)

    def find(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        wanted = set(ids)
        return {each.content.id: each for each in self.kept if each.content.id in wanted}

    def append(
        self,
        contents: Sequence[Fact],
        *,
        expected: Mapping[str, int],
        recorded_by: str,
        key: IdempotencyKey | None = None,
    ) -> tuple[Entry, ...]:
        if self.meanwhile:
            self._add(self.meanwhile.pop(0), "somebody else")
        for stream, version in expected.items():
            actual = len(self.streams.get(stream, []))
            if actual != version:
                raise Conflict(stream, version, actual)
        self.keys.append(key)
        return tuple(self._add(each, recorded_by) for each in contents)

    def _add(self, fact: Fact, recorded_by: str) -> Entry:
        stream = self.streams.setdefault(stream_of(fact), [])
        entry = Entry(
            content=fact,
            position=len(self.kept) + 1,
            stream=stream_of(fact),
            stream_version=len(stream) + 1,
            recorded_at=NOON,
            recorded_by=recorded_by,
        )
        self.kept.append(entry)
        stream.append(entry)
        return entry


class Shelves:
    """A shelf over that archive, which keeps nothing but the registers."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.registers: dict[int, Register] = {}

    def record(self) -> Record:
        return Record(position=len(self.log.kept), at=NOON)

    def register(self, record: Record) -> Register:
        found = self.log.entries(REGISTER, up_to=record.position)
        entries = (each.content for each in found if isinstance(each.content, PartyEntry))
        if len(found) not in self.registers:
            self.registers[len(found)] = Register(entries)
        return self.registers[len(found)]

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        return self.log.entries(dossier_stream(treaty), up_to=record.position)

    def version(self, stream: str, record: Record) -> int:
        return len(self.log.entries(stream, up_to=record.position))

    def fold(
        self,
        treaty: str,
        record: Record,
        *,
        as_seen: date | None = None,
        also: Sequence[Act | Definition] = (),
    ) -> TreatyFold:
        def dossier(name: str) -> Dossier:
            added = [each for each in also if each.treaty == name]
            return open_dossier(name, self.entries(name, record), as_seen=as_seen, also=added)

        return fold_of(treaty, dossier, self.register(record))


def depositary_of(log: Log) -> Depositary:
    """A depositary that keeps to this log."""
    return Depositary(log, Shelves(log))
