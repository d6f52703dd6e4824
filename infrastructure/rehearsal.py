"""A record that takes everything and keeps nothing: what would be recorded, tried without recording it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.acts import Entry
from domain.ports import Head, IdempotencyKey, stream_of
from infrastructure.archive import EventArchive
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
