"""The wiring of what proves the record: tree, proofs, documents, keys; a part of `dependencies`."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
import structlog

from api.refusals import Damaged
from domain.bounds import Bounds
from domain.errors import NotFound
from domain.leaves import Leaf
from domain.ports import Clock
from domain.proof import TILE_WIDTH, Hashes, tile_width
from infrastructure import logtree
from infrastructure.archive import EventArchive
from infrastructure.documents import Documents
from infrastructure.dossiers import Dossiers
from infrastructure.keyring import Keyring
from infrastructure.logtree import KeptCheckpoint, LogTree
from infrastructure.proofs import Prover, Question, Unsealed
from infrastructure.settings import Settings
from infrastructure.verifier.evidence import MEDIA_TYPE

log = structlog.get_logger("timeline")

PROOF = MEDIA_TYPE
"""The form of an answer that carries its proof."""

LOOK_SECONDS = 0.05
"""How often a proof that waits for its checkpoint looks for it."""


class Proving:
    """Everything that vouches for one record; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        engine: sa.Engine,
        archive: EventArchive,
        dossiers: Dossiers,
        clock: Clock,
    ) -> None:
        """Prove what this archive holds; nothing is read yet."""
        self._settings = settings
        self._archive = archive
        self._tree = LogTree(engine)
        self._prover = Prover(self._tree, dossiers)
        self.keyring = Keyring(settings.signing_keys_path(), archive, origin=settings.log_origin)
        self.documents = Documents(engine, clock, largest_bytes=settings.max_document_bytes)

    # --- the log as others follow it ---

    def checkpoint(self, size: int | None = None) -> KeptCheckpoint:
        """The latest checkpoint, or that of exactly this size; raises `NotFound`, or `Unsealed` before the first."""
        with _whole():
            kept = self._tree.checkpoint(size)
        if size is not None and (kept is None or kept.checkpoint.size != size):
            raise NotFound(f"there is no checkpoint of size {size}")
        if kept is None:
            raise self._unsigned()
        return kept

    def checkpoints(self, after: int, limit: int) -> Sequence[KeptCheckpoint]:
        """The checkpoints beyond a size, in order, at most `limit` of them."""
        with _whole():
            return self._tree.checkpoints(after, limit)

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first hashes of a tile; raises `NotFound` where it has not so many."""
        self._reached(level, number, width)
        return self._tree.tile(level, number, width)

    def bundle(self, number: int, width: int) -> bytes:
        """The first entries of a bundle; raises `NotFound` where it has not so many, or one fits no bundle."""
        self._reached(0, number, width)
        try:
            with _whole():
                return self._tree.bundle(number, width)
        except logtree.Unbundled as oversized:
            raise NotFound(f"{oversized}: ask /v1/log/entries") from oversized

    def leaves(self, first: int, last: int) -> Sequence[Leaf]:
        """The sealed entries from one position to another; fewer where fewer are sealed."""
        last = min(last, self._tree.size())
        with _whole():
            return self._tree.leaves(first, last) if first <= last else ()

    def leaf(self, position: int) -> Leaf:
        """The sealed entry at a position; raises `NotFound`."""
        found = self.leaves(position, position)
        if not found:
            raise NotFound(f"there is no sealed entry at position {position}")
        return found[0]

    def inclusion(self, position: int, size: int) -> tuple[bytes, bytes, Hashes]:
        """The hash of the entry, the root of the tree of the size, and what connects them; raises `NotFound`."""
        if not 0 < position <= size <= self._tree.size():
            raise NotFound(f"there is no entry {position} in a tree of size {size}")
        with _whole():
            path = self._tree.inclusion(position, size)
            return self._tree.leaf(position), self._tree.root(size), path

    def unsealed(self) -> int:
        """How many entries of the log no checkpoint covers yet."""
        kept = self._tree.checkpoint()
        return self._archive.head().position - (0 if kept is None else kept.checkpoint.size)

    def consistency(self, first: int, second: int) -> tuple[bytes, bytes, Hashes]:
        """The roots of the trees of both sizes, and what connects them; raises `NotFound`."""
        if not 0 <= first <= second <= self._tree.size():
            raise NotFound(f"there is no tree of size {first} at the beginning of one of {second}")
        with _whole():
            path = self._tree.consistency(first, second)
            return self._tree.root(first), self._tree.root(second), path

    # --- answers that carry their proof ---

    def proved(
        self,
        treaty: str,
        party: str,
        bounds: Bounds,
        *,
        towards: str | None,
        since: int | None,
        pinned: bool,
    ) -> dict[str, Any]:
        """The answer with its proof.

        Where the record was named (`pinned`), of that record, and its checkpoint is waited for as long as
        the settings allow; else of the record as far as it is sealed.
        Raises `NotFound`, or `Unsealed` where no checkpoint comes in time.
        """
        position = bounds.record.position if pinned else None
        if position is not None:
            self._wait_for(position)
        question = Question(
            treaty=treaty,
            party=party,
            as_of=bounds.as_of,
            as_seen=bounds.as_seen,
            position=position,
            towards=towards,
        )
        with _whole():
            return self._prover.prove(question, since=since)

    def _wait_for(self, position: int) -> None:
        """Wait, bounded, until a checkpoint covers the position; whoever proves says if none does."""
        give_up_at = time.monotonic() + self._settings.wait_seconds
        while self._tree.checkpoint(position) is None and time.monotonic() < give_up_at:
            time.sleep(LOOK_SECONDS)

    def _reached(self, level: int, number: int, width: int) -> None:
        has = tile_width(level, number, self._tree.size())
        if width > has:
            whole = "whole" if width == TILE_WIDTH else f"of {width}"
            raise NotFound(
                f"tile {number} of level {level} has {has} hashes and is not {whole} yet"
            )

    def _unsigned(self) -> NotFound | Unsealed:
        if self._settings.signing == "off":
            return NotFound("this log is not signed")
        return Unsealed("no checkpoint of the log has been signed yet", retry_after=1)


@contextmanager
def _whole() -> Iterator[None]:
    """Says of what does not fit together that it is damaged, to whoever asked and in the log."""
    try:
        yield
    except logtree.Damaged as damaged:
        log.exception("the record is damaged", fault=damaged.fault, why=str(damaged))
        raise Damaged(str(damaged)) from damaged
