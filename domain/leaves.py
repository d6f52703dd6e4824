"""An entry of the log as a leaf of its tree: the bytes that are hashed, and the keys under which it is filed.

A leaf names everything that the log keeps of an entry, and the leaf before it in its stream.
So whoever has the last entry of a stream that nobody changed has them all.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from domain.acts import Entry, PartyEntry
from domain.bounds import written_instant
from domain.canonical import canonical
from domain.dates import Interval
from domain.parties import existence_from
from domain.ports import REGISTER
from domain.proof import HASH_BYTES, Frontier, leaf_hash
from domain.stored import fact_from

CONTINUITY = f"{REGISTER}/continuity"
"""The key of all entries of the register by which a party continues the legal person of another."""

ENDED = f"{REGISTER}/ended"
"""The key of the code of each party of which an entry of the register said at any time that it ended.

So a party whose code is not there had not ended at any position, and its entry is not needed to know it.
"""

EXISTENCE = f"{REGISTER}/existence"
"""The key of a line for each entry of the register: from when until when its party existed."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One entry, with all that is hashed of it.

    `content` is the stored form of the fact; it and `metadata` are texts where RFC 8785 has no form for them.
    `previous` is the hash of the entry before it in its stream.
    """

    position: int
    stream: str
    stream_version: int
    topic: str
    content: object
    event_id: str
    metadata: object
    recorded_at: str
    previous: bytes | None

    @cached_property
    def data(self) -> bytes:
        """The bytes that are hashed: the canonical form of `plain`."""
        return canonical(self.plain())

    @cached_property
    def hash(self) -> bytes:
        """The hash of the leaf (RFC 6962)."""
        return leaf_hash(self.data)

    @cached_property
    def entry(self) -> Entry:
        """The entry as the law reads it; raises `ValueError` where its fact cannot be read."""
        recorded_by = _member(_read(self.metadata), "recorded_by")
        return Entry(
            content=fact_from(self.topic, _read(self.content)),
            position=self.position,
            stream=self.stream,
            stream_version=self.stream_version,
            recorded_at=datetime.fromisoformat(self.recorded_at),
            recorded_by=str(recorded_by or ""),
        )

    def plain(self) -> dict[str, object]:
        """The leaf as plain data."""
        return {
            "position": self.position,
            "stream": self.stream,
            "stream_version": self.stream_version,
            "topic": self.topic,
            "content": self.content,
            "event_id": self.event_id,
            "metadata": self.metadata,
            "recorded_at": self.recorded_at,
            "previous": None if self.previous is None else written_hash(self.previous),
        }

    def filed_under(self) -> tuple[str, ...]:
        """The keys under which it is filed: its stream, and in the register also its party, and `CONTINUITY`."""
        party, data = self._entered()
        return (
            self.stream,
            *([] if party is None else [party_key(party)]),
            *([] if _member(data, "continues") is None else [CONTINUITY]),
        )

    def extracts(self) -> Mapping[str, str]:
        """What is filed of an entry of the register under `ENDED` and `EXISTENCE`."""
        party, data = self._entered()
        if party is None:
            return {}
        try:
            existence = existence_from(_member(data, "existence"))
        except ValueError:
            return {
                ENDED: party,
                EXISTENCE: f"{self.position} ? {party}",
            }  # it has to be shown, and is no evidence
        line = {EXISTENCE: Existence(self.position, party, existence).line()}
        return {ENDED: party, **line} if existence and existence[-1].end is not None else line

    def filings(self) -> Iterator[tuple[str, bytes]]:
        """Every key under which something of it is filed, with the hash of that: of the entry, or of an extract."""
        for key in self.filed_under():
            yield key, self.hash
        for key, extract in self.extracts().items():
            yield key, extract_hash(extract)

    def _entered(self) -> tuple[str | None, object]:
        """The party of an entry of the register, and what it says of it."""
        if self.stream != REGISTER or self.topic != _PARTY_ENTERED:
            return None, None
        fact = _member(_read(self.content), "fact")
        party = _member(fact, "party")
        return party if isinstance(party, str) else None, _member(fact, "data")

    def at(self, position: int) -> "Leaf":
        """The same entry at another place, for finding out what was exchanged."""
        return replace(self, position=position)


@dataclass(frozen=True, slots=True)
class Existence:
    """When a party existed, by the entry of the register at a position."""

    position: int
    party: str
    intervals: tuple[Interval, ...]

    def line(self) -> str:
        """The position, the intervals, and the code, which may have any characters."""
        days = ",".join(f"{each.start}/{each.end or ''}" for each in self.intervals)
        return f"{self.position} {days} {self.party}"

    def entry(self) -> PartyEntry:
        """An entry of the register that says this, and nothing else."""
        existence = [{"from": str(each.start), "until": _day(each.end)} for each in self.intervals]
        return PartyEntry(
            id="", party=self.party, data={"party": self.party, "existence": existence}
        )


def existence_of(line: str) -> Existence:
    """The existence that a line tells; raises `ValueError` for what is none."""
    position, days, party = line.split(" ", 2)
    intervals = (each.split("/") for each in days.split(",") if each)
    return Existence(
        int(position),
        party,
        tuple(Interval(date.fromisoformat(start), _end(end)) for start, end in intervals),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """All that is filed under a key: how many entries, and the root of the tree over them."""

    count: int
    root: bytes

    def data(self, key: str) -> bytes:
        """The bytes that the map of all heads holds under the key."""
        return canonical({"count": self.count, "key": key, "root": written_hash(self.root)})


def head_of(filed: Frontier) -> Head:
    """The head of a key whose entries make this tree."""
    return Head(count=filed.size, root=filed.root())


def party_key(party: str) -> str:
    """The key of one party's entries in the register."""
    return f"{REGISTER}/party:{party}"


def extract_hash(extract: str) -> bytes:
    """The hash of an extract, whatever characters it has."""
    return leaf_hash(extract.encode("utf-8", "surrogatepass"))


def leaf_of(state: bytes, *, metadata: object, **place: Any) -> Leaf:
    """The leaf of an entry with these stored bytes at its place.

    Whatever was recorded gets a leaf, so that nothing that one can record stops the tree from growing.
    """
    text = state.decode()
    try:
        content = json.loads(text)
        leaf = Leaf(content=content, metadata=metadata, **place)
        if isinstance(content, dict) and leaf.data:
            return leaf
    except (ValueError, RecursionError):
        pass  # fractions, vast numbers or bottomless nesting: the text stands for itself
    return Leaf(content=text, metadata=json.dumps(metadata, sort_keys=True), **place)


def instant_of(instant: datetime) -> str:
    """The instant as a leaf carries it, always to the microsecond."""
    written = written_instant(instant)
    assert written is not None
    return written if "." in written else f"{written.removesuffix('Z')}.000000Z"


def leaf_from(plain: object) -> Leaf:
    """The leaf that plain data describe; raises `ValueError` for what is none."""
    if not isinstance(plain, Mapping) or set(plain) != {*_NAMES, "previous"}:
        raise ValueError(f"an entry has these members: {', '.join((*_NAMES, 'previous'))}")
    wrong = [name for name, kind in _KINDS.items() if type(plain[name]) is not kind]
    if wrong:
        raise ValueError(f"the {wrong[0]} of an entry is {plain[wrong[0]]!r}")
    previous = None if plain["previous"] is None else read_hash(plain["previous"])
    return Leaf(**{name: plain[name] for name in _NAMES}, previous=previous)


def written_hash(digest: bytes) -> str:
    """The hash in base64, as checkpoints write it."""
    return b64encode(digest).decode()


def read_hash(text: object) -> bytes:
    """The hash that the text writes; raises `ValueError` for what is none."""
    try:
        digest = b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        digest = b""
    if len(digest) != HASH_BYTES or written_hash(digest) != text:
        raise ValueError(f"{text!r} is not a hash in base64")
    return digest


def _read(content: object) -> object:
    """The data, read from their text where they are one; None for what cannot be read."""
    try:
        return json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return None


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)


def _end(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


_PARTY_ENTERED = "party.entered"
_NAMES = tuple(each.name for each in fields(Leaf) if each.name != "previous")
_KINDS = {
    "position": int,
    "stream": str,
    "stream_version": int,
    "topic": str,
    "event_id": str,
    "recorded_at": str,
}
