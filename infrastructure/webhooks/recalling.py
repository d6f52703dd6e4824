"""Recall: an answer that somebody relied on is given anew after each recording, and they are told if it is another.

An answer can be another because of an act under the treaty, of one under a treaty on which it depends,
of a new definition, or of an entry in the register of parties. What was recorded as one is one step.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import orjson

from domain.acts import Entry
from domain.bounds import Record, written_instant
from infrastructure.archive import EventArchive, Transaction
from infrastructure.dossiers import Bounded
from infrastructure.webhooks.deliveries import Told

Plain: TypeAlias = Mapping[str, Any]

LOOKED_AT = 5_000
"""Entries that are looked at in one go."""

NARROWED = 64
"""Entries of one transaction of which each is looked at by itself, to say which of them made the difference."""

MOST_NAMED = 100
"""Entries that are named where more were recorded as one."""

BOUNDS = ("as_of", "as_seen", "as_recorded")


class Answers(Protocol):
    """Gives the answer that a permalink names, from any record."""

    def subject(self, permalink: str) -> tuple[str, str | None]:
        """The treaty that it is about, and the party if it is about one."""
        ...

    def streams(self, permalink: str, record: Record) -> AbstractSet[str]:
        """The streams of the log on which the answer rests."""
        ...

    def answer(self, permalink: str, record: Record) -> Plain:
        """What is said at that address from this record; a problem where nothing can be said."""
        ...

    def address(self, permalink: str, record: Record) -> str:
        """The permalink of the same question, asked of this record."""
        ...

    def written(self, entry: Entry) -> Plain:
        """The entry as it is shown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recaller:
    """Finds where answers became others."""

    archive: EventArchive
    answers: Answers
    source: str
    type: str
    _read: Bounded = field(default_factory=lambda: Bounded(8))

    def end(self) -> int:
        """The last position of the log."""
        return self.archive.head().position

    def after(self, permalink: str, relied_on: int, seen: int) -> tuple[Sequence[Told], int]:
        """Each time this answer changed after a position, and the position up to which it was looked."""
        transactions = self._read.get(
            (seen, self.end()), lambda: self.archive.transactions(seen, LOOKED_AT)
        )
        if not transactions:
            return (), seen
        end = transactions[-1].position
        streams = self.answers.streams(permalink, _at(transactions[-1]))
        found = [
            self._told(permalink, relied_on, each, before, after)
            for each in transactions
            if any(entry.stream in streams for entry in each.entries)
            for before, after in [self._around(permalink, each)]
            if _said(before) != _said(after)
        ]
        return found, end

    def _around(self, permalink: str, step: Transaction) -> tuple[Plain, Plain]:
        before = self.answers.answer(permalink, Record(position=step.start))
        return before, self.answers.answer(permalink, _at(step))

    def _told(
        self, permalink: str, relied_on: int, step: Transaction, before: Plain, after: Plain
    ) -> Told:
        treaty, party = self.answers.subject(permalink)
        identifier = f"recall-{uuid5(NAMESPACE_URL, permalink).hex}-{step.position}"
        document = {
            "specversion": "1.0",
            "id": identifier,
            "source": self.source,
            "type": self.type,
            "subject": treaty if party is None else f"{treaty}/{party}",
            "time": written_instant(step.entries[-1].recorded_at),
            "recordedtime": written_instant(step.entries[-1].recorded_at),
            "datacontenttype": "application/json",
            "data": {
                "permalink": permalink,
                "relied_on": relied_on,
                "changed": _changed(before, after),
                "before": before,
                "before_permalink": self.answers.address(permalink, Record(position=step.start)),
                "after": after,
                "after_permalink": self.answers.address(permalink, _at(step)),
                "because": [self.answers.written(each) for each in self._because(permalink, step)],
            },
        }
        return Told(event=identifier, type=self.type, lane=treaty, body=orjson.dumps(document))

    def _because(self, permalink: str, step: Transaction) -> Sequence[Entry]:
        """The entries of the step that made the answer another, in their order."""
        streams = self.answers.streams(permalink, _at(step))
        related = [each for each in step.entries if each.stream in streams]
        if not 1 < len(related) <= NARROWED:
            return related[:MOST_NAMED]
        return list(self._turning(permalink, related)) or related

    def _turning(self, permalink: str, entries: Sequence[Entry]) -> Iterator[Entry]:
        for each in entries:
            before, after = (
                self.answers.answer(permalink, Record(position=position, at=each.recorded_at))
                for position in (each.position - 1, each.position)
            )
            if _said(before) != _said(after):
                yield each


def _at(step: Transaction) -> Record:
    return Record(position=step.position, at=step.entries[-1].recorded_at)


def _changed(before: Plain, after: Plain) -> list[str]:
    """The parts of the answer that are others now, by their names, in its order."""
    names = dict.fromkeys([*_said(after), *_said(before)])
    return [name for name in names if before.get(name) != after.get(name)]


def _said(answer: Plain) -> Plain:
    """What was said, without the bounds, which differ in any case."""
    return {name: each for name, each in answer.items() if name not in BOUNDS}
