"""What is laid aside while a file is imported: proposals by treaty, and findings; on disk once it is much."""

import io
import weakref
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from infrastructure.importers.proposals import Finding, Proposal, Severity

Laid = TypeVar("Laid")

IN_MEMORY = 4 * 1024 * 1024
"""Bytes that are held in memory before a temporary file takes them."""


class Spool:
    """Proposals laid aside in the order of the file and taken out treaty by treaty.

    In memory stays where each of them begins, eight bytes a proposal, and the names of the treaties.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed when the spool is left)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Proposal)
        self._places: dict[str, array[int]] = {}
        self._family: dict[str, str] = {}
        self._end = 0
        self._at = 0
        self.count = 0

    def __enter__(self) -> Self:
        """The spool, for as long as the import takes."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the temporary file."""
        self._file.close()

    def add(self, key: str, proposal: Proposal) -> None:
        """Lay a proposal aside under its treaty."""
        packed = self._encoder.encode(proposal)
        self._places.setdefault(key, array("Q")).append(self._end)
        self._go_to(self._end)
        self._file.write(len(packed).to_bytes(4, "big") + packed)
        self._end = self._at = self._end + 4 + len(packed)
        self.count += 1

    def relate(self, key: str, others: Iterable[str]) -> None:
        """Have a treaty looked at together with those on which it depends."""
        for other in others:
            one, two = self.family_of(key), self.family_of(other)
            if one != two:
                self._family[two] = one

    def families(self) -> Iterator[tuple[str, ...]]:
        """The treaties that must be looked at together, in the order in which the file names them."""
        grouped: dict[str, list[str]] = {}
        for key in self._places:
            grouped.setdefault(self.family_of(key), []).append(key)
        yield from (tuple(each) for each in grouped.values())

    def size(self, keys: Iterable[str]) -> int:
        """How many proposals the treaties have."""
        return sum(len(self._places.get(each, ())) for each in keys)

    def take(self, keys: Iterable[str]) -> list[Proposal]:
        """The proposals of the treaties, in the order of the file."""
        places = sorted(place for each in keys for place in self._places.get(each, ()))
        return [self._read(place) for place in places]

    def _read(self, place: int) -> Proposal:
        self._go_to(place)
        length = int.from_bytes(self._file.read(4), "big")
        self._at = place + 4 + length
        return self._decoder.decode(self._file.read(length))

    def _go_to(self, place: int) -> None:
        """Be there; whoever goes there again throws away what was read ahead and written behind."""
        if place != self._at:
            self._file.seek(place)
            self._at = place

    def family_of(self, key: str) -> str:
        """One treaty that stands for all that are looked at together."""
        root = key
        while (above := self._family.get(root)) is not None:
            root = above
        if root != key:
            self._family[key] = root
        return root


class LaidAside(Generic[Laid]):
    """Values in their order, which can be iterated as often as one likes."""

    def __init__(self, kind: type[Laid]) -> None:
        """Begin with none; all will be of this type."""
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed when nobody holds this)
        weakref.finalize(self, self._file.close)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._count = 0

    def add(self, value: Laid) -> None:
        """Keep one more."""
        packed = self._encoder.encode(value)
        self._file.seek(0, io.SEEK_END)
        self._file.write(len(packed).to_bytes(4, "big") + packed)
        self._count += 1

    def __iter__(self) -> Iterator[Laid]:
        """All of them, in the order in which they came."""
        place = 0
        while True:
            self._file.seek(place)
            head = self._file.read(4)
            if not head:
                return
            length = int.from_bytes(head, "big")
            place += 4 + length
            yield self._decoder.decode(self._file.read(length))

    def __len__(self) -> int:
        """How many there are."""
        return self._count


class Findings(LaidAside[Finding]):
    """The findings of an import, counted by problem."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(Finding)
        self._counted: Counter[tuple[Severity, str]] = Counter()

    def add(self, value: Finding) -> None:
        """Keep one more."""
        super().add(value)
        self._counted[value.severity, value.problem] += 1

    def counted(self) -> Mapping[tuple[Severity, str], int]:
        """How many there are of each problem: errors, warnings, remarks, and in each the most frequent first."""
        order = list(Severity)
        return dict(
            sorted(
                self._counted.items(), key=lambda each: (order.index(each[0][0]), -each[1], each[0])
            )
        )
