"""How the tree grows behind the log: entries become leaves, and what they make is signed.

Nothing of this happens while an act is recorded; so recording costs what it costs without a tree.
A batch, its tiles, its heads and its checkpoint are one transaction, which moves the position of the projection.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import sqlalchemy as sa
import structlog
from eventsourcing.persistence import IntegrityError
from sqlalchemy.dialects import postgresql, sqlite

from domain.acts import Entry, SigningKey
from domain.errors import Conflict, Unavailable
from domain.leaves import Leaf
from domain.ports import SIGNING, Clock
from domain.proof import Edge, Frontier
from infrastructure.archive import EventArchive
from infrastructure.database import writing
from infrastructure.logtree import (
    SEALED,
    Damaged,
    Filed,
    KeptCheckpoint,
    KeyHeads,
    LogTree,
    Row,
    joined,
    leaf_from_row,
    pages,
)
from infrastructure.recorder import advance
from infrastructure.signing import FAST, Signer, signed_note
from infrastructure.tables import checkpoint, log_head, log_tile, projection_position
from infrastructure.verifier.notes import Checkpoint, is_signed, key_from, note_from

log = structlog.get_logger("timeline")

REST = 8.0
"""How long the sealer rests while others record, in times of what its batch took: it gives way to them."""

LAST_SECONDS = 3.0
"""For how long whoever was told to stop begins further batches: less than a process is given to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A checkpoint at least every so many entries, and so many seconds after the first that lacks one.

    After a failure, `patience_seconds` pass before the next attempt.
    """

    entries: int = 1_000
    seconds: float = 5.0
    patience_seconds: float = 1.0


class Sealer:
    """Seals the log of one database; several may run, and no entry is sealed twice.

    Without signers the tree grows all the same, and nothing vouches for it.
    """

    def __init__(
        self,
        archive: EventArchive,
        engine: sa.Engine,
        clock: Clock,
        *,
        signers: Sequence[Signer] = (),
        pace: Pace | None = None,
    ) -> None:
        """Seal what this archive records."""
        self.tree = LogTree(engine)
        self._archive = archive
        self._engine = engine
        self._clock = clock
        self._signers = tuple(signers)
        self._pace = pace or Pace()
        self._grown: _Growth | None = None
        self.failures = 0

    def seal(self) -> Checkpoint | None:
        """Seal the next batch, and give its head; None if there is nothing to seal.

        Raises `Damaged` where log, tree and checkpoints do not fit together: then nothing is signed.
        """
        while True:
            grown = self._opened()
            self._grown = None
            for row in self._next_rows(grown.size):
                if row.position != grown.size + 1:
                    raise Damaged(f"the log has no entry at position {grown.size + 1}")
                grown.add(leaf_from_row(row, grown.heads.last(row.originator_id)))
            if grown.is_written and not self._lacks_signature(grown):
                self._grown = grown
                return None
            if self._write(grown):
                self._grown = grown
                return self._head(grown)

    def catch_up(self, on_progress: Callable[[int, int], None] | None = None) -> Checkpoint | None:
        """Seal all that the log holds now, and give the last head; None if all of it was sealed."""
        last, end = None, self._archive.head().position
        while (sealed := self.seal()) is not None:
            last = sealed
            if on_progress is not None:
                on_progress(sealed.size, max(end, sealed.size))
        return last

    def declare(self) -> None:
        """Record in the log which keys sign from now on, and which no longer do.

        Raises `Damaged`, and records nothing, where the log is signed in another name.
        """
        if not self._signers:
            return
        while True:
            standing = self._archive.entries(SIGNING)
            check_names(standing, self._signers)
            changes = key_changes(
                [each.content for each in standing if isinstance(each.content, SigningKey)],
                [str(signer.key) for signer in self._signers],
            )
            if not changes:
                return
            try:
                self._archive.append(
                    changes, expected={SIGNING: len(standing)}, recorded_by="timeline"
                )
            except Conflict:
                continue  # another process said the same at the same time
            return

    def run(self, stop: Event, *, now: Callable[[], float] = time.monotonic) -> None:
        """Declare the keys once anything is recorded, then seal as the pace says, until told to stop.

        What fails is logged, counted and tried again. An empty log stays empty, so that it can be seen to be.
        """
        due, is_declared = Due(self._pace, now()), False
        while not stop.is_set():
            try:
                if not is_declared and self._archive.head().position:
                    self.declare()
                    is_declared = True
                wait = self._turn(due, now)
            except Unavailable as error:
                log.warning("sealing waits", error=str(error))
                wait = self._pace.patience_seconds
            except Exception:
                self.failures += 1
                log.exception("sealing failed")
                wait = self._pace.patience_seconds
            stop.wait(wait)

    def finish(
        self, within_seconds: float = LAST_SECONDS, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Seal what is left when told to stop, for so many seconds and one batch more at most.

        What is not sealed then, or fails, waits for whoever seals next.
        """
        until = now() + within_seconds
        try:
            if self._archive.head().position:
                self.declare()
            while self.seal() is not None and now() < until:
                pass
        except Unavailable as error:
            log.warning("sealing waits", error=str(error))
        except Exception:
            self.failures += 1
            log.exception("sealing failed")

    def _turn(self, due: "Due", now: Callable[[], float]) -> float:
        """One look at the log; gives for how many seconds to wait before the next."""
        began, end = now(), self._archive.head().position
        wait = due.wait(end - self.tree.size(), began)
        if wait > 0:
            return wait
        self.seal()
        grows = self._archive.head().position > end
        return (now() - began) * REST if grows else 0

    def _next_rows(self, size: int) -> Sequence[Row]:
        end = size + self._pace.entries
        return next(iter(pages(self._engine, size, end, self._pace.entries)), ())

    def _lacks_signature(self, grown: "_Growth") -> bool:
        return bool(self._signers) and grown.size > grown.signed

    def _opened(self) -> "_Growth":
        """The tree as it is kept, and remembered as far as nobody else went on.

        Raises `Damaged` if it is not what was signed last.
        """
        known, size = self._grown, self.tree.size()
        if known is not None and known.size == size:
            return known
        heads = self.tree.heads(known.heads if known else None)
        if heads.size < size:
            raise Damaged(f"the heads are those of {heads.size} entries, and {size} were sealed")
        latest = self.tree.checkpoint()
        if latest is not None:
            check_signed(latest, self.tree, self._signers)
            if latest.checkpoint.size == heads.size and latest.checkpoint.heads != heads.map.root:
                raise Damaged(f"the heads are not those that were signed at size {heads.size}")
        return _Growth(
            self.tree.frontier(heads.size),
            self.tree.edge(heads.size),
            heads,
            signed=latest.checkpoint.size if latest is not None else 0,
        )

    def _head(self, grown: "_Growth") -> Checkpoint:
        return Checkpoint(
            origin=self._signers[0].key.name if self._signers else "",
            size=grown.size,
            root=grown.tree.root(),
            heads=grown.heads.map.root,
        )

    def _write(self, grown: "_Growth") -> bool:
        """Keep the batch and what vouches for it; false if somebody else was first."""
        tiles, filed = grown.edge.changed(), grown.heads.commit()
        try:
            with writing(self._engine) as connection:
                if filed:
                    advance(connection, SEALED, grown.size)
                    _keep_tiles(connection, tiles)
                    _keep_heads(connection, filed, grown.size)
                if self._signers:
                    self._sign(connection, self._head(grown))
        except (IntegrityError, sa.exc.IntegrityError):
            return False
        grown.is_written = True
        grown.signed = grown.size if self._signers else grown.signed
        return True

    def _sign(self, connection: sa.Connection, head: Checkpoint) -> None:
        connection.execute(
            sa.insert(checkpoint).values(
                size=head.size,
                root=head.root,
                heads=head.heads,
                note=str(signed_note(head.text(), self._signers)),
                made_at=self._clock.now(),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of making the tree anew: how many entries it has, and which of its tiles and heads were others."""

    size: int
    differences: tuple[str, ...]


def rebuild(
    engine: sa.Engine, on_progress: Callable[[int, int], None] = lambda _done, _whole: None
) -> Rebuilt:
    """Make the tree anew from the log, compare it with the one that is kept, and put it in its place.

    Raises `Damaged`, and changes nothing, if it is not what was signed at each checkpoint.
    """
    tree = LogTree(engine)
    latest = tree.checkpoint()
    size = max(tree.size(), latest.checkpoint.size if latest is not None else 0)
    grown = _Growth(Frontier(), Edge(0, {}), KeyHeads(), signed=0)
    signed = iter(_all_checkpoints(tree))
    next_signed = next(signed, None)
    for rows in pages(engine, 0, size):
        for row in rows:
            if row.position != grown.size + 1:
                raise Damaged(f"the log has no entry at position {grown.size + 1}", "missing_entry")
            grown.add(leaf_from_row(row, grown.heads.last(row.originator_id)))
            if next_signed is not None and next_signed.checkpoint.size == grown.size:
                _compare(next_signed, grown)
                next_signed = next(signed, None)
        on_progress(grown.size, size)
    if grown.size < size:
        raise Damaged(f"{size} entries were sealed, and the log has {grown.size}", "missing_entry")
    return _put_in_place(engine, grown)


def _compare(kept: KeptCheckpoint, grown: "_Growth") -> None:
    grown.heads.commit()
    signed = kept.checkpoint
    if (signed.root, signed.heads) != (grown.tree.root(), grown.heads.map.root):
        raise Damaged(
            f"another tree follows from the entries than was signed at size {signed.size}",
            "altered_checkpoint",
        )


def _put_in_place(engine: sa.Engine, grown: "_Growth") -> Rebuilt:
    """Compare, and replace what differs, in one transaction; nobody seals meanwhile."""
    tiles = dict(grown.edge.changed())
    heads = {key: _head_columns(each) for key, each in grown.heads.filed.items()}
    with writing(engine) as connection:
        connection.execute(sa.delete(projection_position).where(_SEALED))
        kept_tiles = {
            (level, number): bytes(hashes)
            for level, number, hashes in connection.execute(sa.select(*log_tile.c))
        }
        columns = (log_head.c.count, log_head.c.frontier, log_head.c.last)
        kept_heads = {
            key: (count, bytes(frontier), bytes(last))
            for key, count, frontier, last in connection.execute(
                sa.select(log_head.c.key, *columns)
            )
        }
        connection.execute(sa.delete(log_tile))
        connection.execute(sa.delete(log_head))
        if grown.size:
            _keep_tiles(connection, tiles)
            _keep_heads(connection, grown.heads.filed, grown.size)
            advance(connection, SEALED, grown.size)
    wrong_tiles = sorted(
        each for each in {*tiles, *kept_tiles} if tiles.get(each) != kept_tiles.get(each)
    )
    wrong_heads = sorted(
        each for each in {*heads, *kept_heads} if heads.get(each) != kept_heads.get(each)
    )
    differences = [f"tile {number} of level {level}" for level, number in wrong_tiles]
    differences += [f"the head of {key}" for key in wrong_heads]
    return Rebuilt(size=grown.size, differences=tuple(differences))


def _all_checkpoints(tree: LogTree) -> Iterator[KeptCheckpoint]:
    after = 0
    while batch := tree.checkpoints(after=after):
        yield from batch
        after = batch[-1].checkpoint.size


def _head_columns(filed: Filed) -> tuple[int, bytes, bytes]:
    return filed.tree.size, joined(filed.tree.hashes), filed.last


class Due:
    """Says when to seal: at once when a whole batch waits, else so soon that no entry waits longer than it may."""

    def __init__(self, pace: Pace, now: float) -> None:
        """Keep to the pace; nothing waits now."""
        self._pace = pace
        self._look_seconds = min(_LOOK_SECONDS, pace.seconds / 4)
        self._idle_at = now

    def wait(self, waiting: int, now: float) -> float:
        """For how many seconds to wait while so many entries do; 0 means to seal now."""
        if waiting <= 0:
            self._idle_at = now
            return self._look_seconds
        left = self._idle_at + self._pace.seconds - now
        if waiting >= self._pace.entries or left <= 0:
            self._idle_at = now
            return 0
        return min(left, self._look_seconds)


class _Growth:
    """The tree at its edge, in memory while it grows."""

    def __init__(self, tree: Frontier, edge: Edge, heads: KeyHeads, *, signed: int) -> None:
        self.tree = tree
        self.edge = edge
        self.heads = heads
        self.signed = signed
        self.is_written = True

    @property
    def size(self) -> int:
        return self.tree.size

    def add(self, leaf: Leaf) -> None:
        self.is_written = False
        self.heads.add(leaf)
        self.edge.add(leaf.hash)
        self.tree = self.tree.grown(leaf.hash)


def key_changes(declared: Sequence[SigningKey], using: Sequence[str]) -> tuple[SigningKey, ...]:
    """What has to be recorded so that the log names the keys in use, and no other."""
    in_use = {each.key: each.in_use for each in declared}
    standing = [key for key, used in in_use.items() if used]
    said = len(declared)
    changes = [(key, True) for key in dict.fromkeys(using) if key not in standing]
    changes += [(key, False) for key in standing if key not in using]
    return tuple(
        SigningKey(id=f"{key}#{said + place}", key=key, in_use=used)
        for place, (key, used) in enumerate(changes, start=1)
    )


def check_names(standing: Sequence[Entry], signers: Sequence[Signer]) -> None:
    """Raise `Damaged` if the log names keys in another name than that of the signers."""
    contents = [each.content for each in standing]
    names = {key_from(each.key).name for each in contents if isinstance(each, SigningKey)}
    if names and names != {signers[0].key.name}:
        raise Damaged(
            f"the log is signed as {', '.join(sorted(names))}, not as {signers[0].key.name}"
        )


def check_signed(latest: KeptCheckpoint, tree: LogTree, signers: Sequence[Signer]) -> None:
    """Raise `Damaged` if what was signed last is not what the tree is, or was signed in another name."""
    signed = latest.checkpoint
    if signed.size > tree.size():
        raise Damaged(f"{signed.size} entries were signed, and the tree has {tree.size()}")
    if tree.root(signed.size) != signed.root:
        raise Damaged(f"the tree is not what was signed at size {signed.size}")
    if signers and signed.origin != signers[0].key.name:
        raise Damaged(f"the log was signed as {signed.origin}, not as {signers[0].key.name}")
    note = note_from(latest.note)
    if any(is_signed(note, each.key, FAST) is False for each in signers):
        raise Damaged(f"the checkpoint of size {signed.size} has a wrong signature of our own")


def _keep_tiles(connection: sa.Connection, tiles: Mapping[tuple[int, int], bytes]) -> None:
    insert = _INSERT[connection.dialect.name](log_tile)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["level", "number"], set_={"hashes": insert.excluded.hashes}
        ),
        [
            {"level": level, "number": number, "hashes": hashes}
            for (level, number), hashes in tiles.items()
        ],
    )


def _keep_heads(connection: sa.Connection, filed: Mapping[str, Filed], size: int) -> None:
    insert = _INSERT[connection.dialect.name](log_head)
    columns = ("count", "frontier", "last", "position")
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["key"], set_={name: insert.excluded[name] for name in columns}
        ),
        [
            {
                "key": key,
                "count": each.tree.size,
                "frontier": joined(each.tree.hashes),
                "last": each.last,
                "position": size,
            }
            for key, each in filed.items()
        ],
    )


_SEALED = projection_position.c.name == SEALED
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LOOK_SECONDS = 1.0
