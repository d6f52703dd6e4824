"""Where the log and each of its streams have got to, held in memory and kept up to date by following the log."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from domain.acts import Definition, Entry
from domain.bounds import Record
from domain.errors import Unavailable
from domain.ports import dossier_stream
from infrastructure.archive import EventArchive

TREATY_PREFIX = dossier_stream("")
LOOKED_AT_EVERY_SECONDS = 1.0
GATHER_SECONDS = 0.005
"""How long it waits for more: what is recorded in this process is taken in meanwhile, and need not be read."""
WAIT_AFTER_FAULT_SECONDS = 0.5
PAGE = 1_000
MOST_LATELY = 256
"""Streams that are kept apart from all others, since every act moves one of them."""
FAR_BEHIND = 20_000
"""Entries; from here on the streams are asked for their versions, and not the log for its entries."""

log = structlog.get_logger("timeline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment of the log: its end, how far each stream had got, and the treaties that had a definition."""

    position: int
    at: datetime | None
    versions: "Versions"
    treaties: tuple[str, ...]

    @property
    def record(self) -> Record:
        """The record that ends here."""
        return Record(position=self.position, at=self.at)


class Versions(Mapping[str, int]):
    """How far streams have got; another that differs in a few of them is made without looking at the others."""

    def __init__(self, known: Mapping[str, int], lately: Mapping[str, int] | None = None) -> None:
        """What is known of most streams, and what is known better of some."""
        self._known = known
        self._lately = lately or {}

    def with_these(self, newer: Mapping[str, int]) -> "Versions":
        """The same but for these streams, which have got farther."""
        lately = {**self._lately, **newer}
        if len(lately) <= MOST_LATELY:
            return Versions(self._known, lately)
        return Versions({**self._known, **lately})

    def __getitem__(self, stream: str) -> int:
        """How far the stream has got."""
        found = self._lately.get(stream)
        return self._known[stream] if found is None else found

    def __iter__(self) -> Iterator[str]:
        """The streams."""
        yield from self._known
        yield from (each for each in self._lately if each not in self._known)

    def __len__(self) -> int:
        """How many streams there are."""
        return sum(1 for _ in self)


NOTHING = Snapshot(position=0, at=None, versions=Versions({}), treaties=())


class Taker(Protocol):
    """Who keeps what was recorded."""

    def take(self, entries: Iterable[Entry], *, since: int, up_to: int) -> None:
        """Take everything that was recorded between two positions."""
        ...


class Heads:
    """The latest moment that this process knows of; it never goes back, and never runs ahead of what is committed."""

    def __init__(self, archive: EventArchive) -> None:
        """Know nothing yet."""
        self._archive = archive
        self._now: Snapshot | None = None
        self._turn = threading.Lock()
        self._grown = threading.Condition()
        self._followed = False
        self._told: list[Taker] = []

    def tell(self, taker: "Taker") -> None:
        """Pass on to this one what is recorded from now on."""
        self._told.append(taker)

    def now(self) -> Snapshot:
        """The latest moment: what the follower saw last, or, where nobody follows, what the database says."""
        return self.followed() or self.catch_up()

    def followed(self) -> Snapshot | None:
        """The latest moment that the follower saw; None where nobody follows."""
        return self._now if self._followed else None

    def catch_up(self) -> Snapshot:
        """Look at the log, and know everything that is committed by now; raises `Unavailable`."""
        with self._turn:
            before = self._now
            after = self._reread() if before is None else self._advanced(before)
            self._now = after
        if before is None or after.position > before.position:
            with self._grown:
                self._grown.notify_all()
        return after

    def take_in(self, entries: Sequence[Entry]) -> Snapshot:
        """Know what was just recorded here, without asking for it where it is what comes next; raises `Unavailable`."""
        with self._turn:
            before, after = self._now, None
            if before is not None and entries and entries[0].position == before.position + 1:
                after = self._now = self._told_of(before, tuple(entries))
        if after is None:
            return self.catch_up()
        with self._grown:
            self._grown.notify_all()
        return after

    def wait_for(self, position: int, seconds: float) -> bool:
        """Whether the log gets as far as the position within the time."""
        end_by = time.monotonic() + seconds
        while self.now().position < position:
            left = end_by - time.monotonic()
            if left <= 0:
                return self.catch_up().position >= position
            with self._grown:
                self._grown.wait(min(left, 0.05))
        return True

    def follow(self, stop: threading.Event) -> None:
        """Keep up with the log until told to stop; a lost database is waited for."""
        with self._archive.waking(GATHER_SECONDS) as waker:
            while not stop.is_set():
                try:
                    self.catch_up()
                    self._followed = True
                except Unavailable as error:
                    self._followed = False
                    log.warning("cannot follow the log", detail=str(error))
                    stop.wait(WAIT_AFTER_FAULT_SECONDS)
                waker.wait(LOOKED_AT_EVERY_SECONDS)
        self._followed = False

    def _advanced(self, before: Snapshot) -> Snapshot:
        head = self._archive.head()
        if head.position - before.position > FAR_BEHIND:
            return self._reread()
        after = before
        while after.position < head.position:
            page = self._archive.since(after.position, PAGE)
            if not page:
                break
            after = self._told_of(after, page)
        return after

    def _told_of(self, before: Snapshot, page: tuple[Entry, ...]) -> Snapshot:
        for each in self._told:
            each.take(page, since=before.position, up_to=page[-1].position)
        return _with(before, page)

    def _reread(self) -> Snapshot:
        head = self._archive.head()
        if head.position == 0:
            return NOTHING
        streams = self._archive.known_streams()
        versions = self._archive.versions(streams, up_to=head.position)
        defined = self._archive.defined(after=0, up_to=head.position)
        treaties = tuple(sorted(each.removeprefix(TREATY_PREFIX) for each in defined))
        return Snapshot(
            position=head.position, at=head.at, versions=Versions(versions), treaties=treaties
        )


def _with(before: Snapshot, page: tuple[Entry, ...]) -> Snapshot:
    versions = before.versions.with_these({each.stream: each.stream_version for each in page})
    defined = {each.content.treaty for each in page if isinstance(each.content, Definition)}
    treaties = before.treaties
    if not defined <= set(treaties):
        treaties = tuple(sorted({*treaties, *defined}))
    return replace(
        before,
        position=page[-1].position,
        at=page[-1].recorded_at,
        versions=versions,
        treaties=treaties,
    )
