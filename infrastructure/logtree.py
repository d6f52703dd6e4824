"""The tree over the log as it is kept in tables: tiles, heads, checkpoints, and every proof that they give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from domain.leaves import Head, Leaf, head_of, instant_of, leaf_of
from domain.maps import ProvableMap
from domain.proof import (
    EMPTY_ROOT,
    HASH_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    Edge,
    Frontier,
    Hashes,
    Nodes,
    consistency,
    frontier_of,
    inclusion,
    nodes_in,
    tile_width,
)
from infrastructure.database import glancing
from infrastructure.recorder import position_of
from infrastructure.tables import checkpoint, cosignature, event_log, log_head, log_tile
from infrastructure.verifier.notes import Checkpoint, checkpoint_from, note_from

Row: TypeAlias = sa.Row[*tuple[Any, ...]]

SEALED = "sealed"
"""The projection that the tree is, in the table of positions."""

LARGEST_BUNDLED = 0xFFFF
"""Bytes of an entry that fits a bundle of C2SP tlog-tiles."""

TILES_HELD = 4_096
PAGE = 1_000


class Damaged(Exception):
    """What is kept does not fit together; the message says what and where, and `fault` names it."""

    def __init__(self, message: str, fault: str = "altered_tree") -> None:
        """Say what is wrong, by a name of `verification.FAULTS`."""
        super().__init__(message)
        self.fault = fault


class Unbundled(Exception):
    """An entry is too long for a bundle of C2SP tlog-tiles; nothing is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A checkpoint as it was signed, with the cosignatures that came since, and the keys that gave them."""

    checkpoint: Checkpoint
    note: str
    made_at: datetime
    cosignatures: tuple[str, ...] = ()
    cosigned_by: tuple[str, ...] = ()

    def signed(self) -> str:
        """The note, with the log's own signatures first and then those of the witnesses."""
        return self.note + "".join(self.cosignatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """All that is filed under a key: the tree over it as it grows, and the hash of what was filed last."""

    tree: Frontier
    last: bytes


class KeyHeads:
    """The heads of all keys at one size of the log, and the map that commits to them."""

    def __init__(self, before: "KeyHeads | None" = None) -> None:
        """Begin with nothing, or where others are."""
        self.size: int = before.size if before else 0
        self.filed: dict[str, Filed] = dict(before.filed) if before else {}
        self.map: ProvableMap = before.map if before else ProvableMap()
        self._changed: set[str] = set()

    def add(self, leaf: Leaf) -> None:
        """File one more entry; raises `Damaged` if it is not the next of its stream."""
        stream = self.filed.get(leaf.stream)
        if leaf.stream_version != (stream.tree.size if stream else 0) + 1:
            raise Damaged(
                f"entry {leaf.position} is number {leaf.stream_version} of {leaf.stream}, "
                f"after number {stream.tree.size if stream else 0}",
                "missing_entry",
            )
        for key, filed in leaf.filings():
            before = self.filed.get(key)
            grown = (before.tree if before else Frontier()).grown(filed)
            self.filed[key] = Filed(tree=grown, last=filed)
            self._changed.add(key)
        self.size = leaf.position

    def last(self, stream: str) -> bytes | None:
        """The hash of the last entry of a stream, None where there is none."""
        found = self.filed.get(stream)
        return found.last if found else None

    def head(self, key: str) -> Head | None:
        """The head of a key, None where nothing is filed under it."""
        found = self.filed.get(key)
        return head_of(found.tree) if found else None

    def commit(self) -> Mapping[str, Filed]:
        """Bring the map up to date, and give what changed since the last time."""
        changed = {key: self.filed[key] for key in self._changed}
        self._changed = set()
        self.map = self.map.having(
            {key: head_of(each.tree).data(key) for key, each in changed.items()}
        )
        return changed


class _Growing(Exception):
    """A tile that is not full yet, and so is not remembered; raised past the cache."""

    def __init__(self, hashes: bytes) -> None:
        super().__init__("not full")
        self.hashes = hashes


class LogTree:
    """Reads the tree of one database; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        """Read from this database."""
        self._engine = engine
        self._full_tile = lru_cache(maxsize=TILES_HELD)(self._read_full_tile)

    def size(self) -> int:
        """How many entries are in the tree."""
        with glancing(self._engine) as connection:
            return position_of(connection, SEALED) or 0

    # --- checkpoints ---

    def checkpoint(self, size: int | None = None) -> KeptCheckpoint | None:
        """The latest checkpoint, or the first that covers so many entries; None without one."""
        query = _checkpoints.limit(1)
        query = (
            query.order_by(checkpoint.c.size.desc())
            if size is None
            else query.where(checkpoint.c.size >= size).order_by(checkpoint.c.size)
        )
        return next(iter(self._kept(query)), None)

    def checkpoints(self, after: int = 0, limit: int = PAGE) -> tuple[KeptCheckpoint, ...]:
        """The checkpoints beyond a size, in order, at most `limit` of them."""
        query = _checkpoints.where(checkpoint.c.size > after).order_by(checkpoint.c.size)
        return self._kept(query.limit(limit))

    def _kept(self, query: sa.Select[Any]) -> tuple[KeptCheckpoint, ...]:
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
            lines: dict[int, list[tuple[str, str]]] = {row.size: [] for row in rows}
            asked = (
                sa.select(cosignature.c.size, cosignature.c.line, cosignature.c.key)
                .where(cosignature.c.size.in_(lines))
                .order_by(cosignature.c.size, cosignature.c.received_at, cosignature.c.key)
            )
            for size, line, key in connection.execute(asked) if lines else ():
                lines[size].append((line, key))
        return tuple(
            KeptCheckpoint(
                checkpoint=_checkpoint(row.size, row.note),
                note=row.note,
                made_at=row.made_at,
                cosignatures=tuple(line for line, _ in lines[row.size]),
                cosigned_by=tuple(key for _, key in lines[row.size]),
            )
            for row in rows
        )

    # --- tiles ---

    def tile(self, level: int, number: int, width: int = TILE_WIDTH) -> bytes:
        """The first hashes of a tile, as many as there are of the width asked for; a full tile is remembered."""
        try:
            hashes = self._full_tile(level, number)
        except _Growing as growing:
            hashes = growing.hashes
        return hashes[: width * HASH_BYTES]

    def _read_full_tile(self, level: int, number: int) -> bytes:
        with glancing(self._engine) as connection:
            hashes = bytes(connection.scalar(_tile, {"level": level, "number": number}) or b"")
        if len(hashes) < TILE_WIDTH * HASH_BYTES:
            raise _Growing(hashes)
        return hashes

    @property
    def nodes(self) -> Nodes:
        """The complete subtrees, out of the tiles, each of which is read once; for one use."""
        node = nodes_in(self.tile)

        def kept(level: int, index: int) -> bytes:
            try:
                return node(level, index)
            except LookupError as error:
                raise Damaged(str(error)) from error

        return kept

    def leaf(self, position: int) -> bytes:
        """The hash of the entry at a position, as it was sealed."""
        number, place = divmod(position - 1, TILE_WIDTH)
        found = self.tile(0, number)[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        if not found:
            raise Damaged(f"the tile of level 0 ends before hash {position}")
        return found

    def frontier(self, size: int) -> Frontier:
        """The frontier of the tree at a size."""
        return frontier_of(size, self.nodes)

    def root(self, size: int) -> bytes:
        """The root of the tree at a size."""
        return self.frontier(size).root() if size else EMPTY_ROOT

    def edge(self, size: int) -> Edge:
        """The edge at which the tree grows on."""
        growing = {}
        for level in range(-(-size.bit_length() // TILE_HEIGHT)):
            number = size >> (TILE_HEIGHT * (level + 1))
            growing[level] = self.tile(level, number, tile_width(level, number, size))
        return Edge(size, growing)

    def inclusion(self, position: int, size: int) -> Hashes:
        """The proof that the entry at a position is in the tree of a size."""
        return self.inclusions([position], size)[position]

    def inclusions(self, positions: Iterable[int], size: int) -> Mapping[int, Hashes]:
        """The proofs that the entries at these positions are in the tree of a size."""
        nodes = self.nodes
        return {each: inclusion(each - 1, size, nodes) for each in positions}

    def consistency(self, first: int, second: int) -> Hashes:
        """The proof that the tree of the first size begins the tree of the second."""
        return consistency(first, second, self.nodes)

    # --- entries ---

    def leaves(self, first: int, last: int) -> tuple[Leaf, ...]:
        """The entries from one position to another as they were sealed, at most a page of them."""
        before = event_log.alias("before")
        query = (
            sa.select(*ROW, before.c.position)
            .outerjoin(
                before,
                (before.c.originator_id == event_log.c.originator_id)
                & (before.c.originator_version == event_log.c.originator_version - 1),
            )
            .where(event_log.c.position.between(first, min(last, first + PAGE - 1)))
            .order_by(event_log.c.position)
        )
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        nodes = self.nodes
        return tuple(leaf_from_row(row, nodes(0, row[-1] - 1) if row[-1] else None) for row in rows)

    def stream(self, stream: str, first: int = 1, last: int | None = None) -> tuple[Leaf, ...]:
        """The entries of one stream between two of its versions, each chained to the one before it."""
        version = event_log.c.originator_version
        query = (
            sa.select(*ROW)
            .where(event_log.c.originator_id == stream, version >= max(first - 1, 1))
            .order_by(version)
        )
        if last is not None:
            query = query.where(version <= last)
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        leaves: list[Leaf] = []
        before = None
        for row in rows:
            if row.originator_version < first:
                before = self.leaf(row.position)
                continue
            leaves.append(leaf_from_row(row, before))
            before = leaves[-1].hash
        return tuple(leaves)

    def stream_hashes(self, stream: str, last: int) -> list[bytes]:
        """The hashes of the first entries of a stream, so many of them, as they were sealed."""
        version = event_log.c.originator_version
        query = (
            sa.select(event_log.c.position)
            .where(event_log.c.originator_id == stream, version <= last)
            .order_by(version)
        )
        with glancing(self._engine) as connection:
            positions = connection.scalars(query).all()
        return [self.leaf(position) for position in positions]

    def bundle(self, number: int, width: int = TILE_WIDTH) -> bytes:
        """A bundle of entries as C2SP tlog-tiles has it; raises `Unbundled` for an entry that fits none."""
        start = number * TILE_WIDTH
        found = self.leaves(start + 1, start + width)
        if any(len(leaf.data) > LARGEST_BUNDLED for leaf in found):
            raise Unbundled(f"an entry of bundle {number} is longer than {LARGEST_BUNDLED} bytes")
        return b"".join(len(leaf.data).to_bytes(2, "big") + leaf.data for leaf in found)

    # --- heads ---

    def heads(self, before: KeyHeads | None = None) -> KeyHeads:
        """The heads of all keys as they are; from those of a size before, only what changed is read."""
        heads = KeyHeads(before)
        columns = (log_head.c.key, log_head.c.count, log_head.c.frontier, log_head.c.last)
        query = sa.select(*columns, log_head.c.position).where(log_head.c.position > heads.size)
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()  # in one statement, so all of one size
        changed = {
            key: Filed(tree=Frontier(count, _split(hashes)), last=bytes(last))
            for key, count, hashes, last, _ in rows
        }
        heads.size = max((row.position for row in rows), default=heads.size)
        heads.filed.update(changed)
        heads.map = heads.map.having(
            {key: head_of(each.tree).data(key) for key, each in changed.items()}
        )
        return heads


ROW = (
    event_log.c.position,
    event_log.c.originator_id,
    event_log.c.originator_version,
    event_log.c.topic,
    event_log.c.state,
    event_log.c.event_id,
    event_log.c.metadata,
    event_log.c.recorded_at,
)
"""The columns of an entry, all of them."""


def leaf_from_row(row: Row, previous: bytes | None) -> Leaf:
    """The leaf of a row with the columns `ROW`, after the entry of this hash in its stream."""
    try:
        return leaf_of(
            row[4],
            metadata=row[6],
            position=row[0],
            stream=row[1],
            stream_version=row[2],
            topic=row[3],
            event_id=str(row[5]),
            recorded_at=instant_of(row[7]),
            previous=previous,
        )
    except (UnicodeDecodeError, AttributeError) as error:
        raise Damaged(f"entry {row[0]} holds bytes that are no text", "unreadable_entry") from error


def _checkpoint(size: int, note: str) -> Checkpoint:
    try:
        signed = checkpoint_from(note_from(note).text)
    except ValueError as error:
        raise Damaged(
            f"the checkpoint of size {size} cannot be read", "altered_checkpoint"
        ) from error
    if signed.size != size:
        raise Damaged(f"the checkpoint of size {size} is of another size", "altered_checkpoint")
    return signed


def pages(engine: sa.Engine, after: int, up_to: int, size: int = PAGE) -> Iterator[Sequence[Row]]:
    """The rows of the log after a position, with the columns `ROW`, in order, a page at a time."""
    while after < up_to:
        query = (
            sa.select(*ROW)
            .where(event_log.c.position > after, event_log.c.position <= up_to)
            .order_by(event_log.c.position)
            .limit(size)
        )
        with glancing(engine) as connection:
            rows = connection.execute(query).all()
        if not rows:
            return
        yield rows
        after = rows[-1].position


def joined(hashes: Iterable[bytes]) -> bytes:
    """The hashes side by side, as a column keeps them."""
    return b"".join(hashes)


def _split(hashes: bytes) -> Hashes:
    return tuple(bytes(hashes[at : at + HASH_BYTES]) for at in range(0, len(hashes), HASH_BYTES))


_tile = sa.select(log_tile.c.hashes).where(
    log_tile.c.level == sa.bindparam("level"), log_tile.c.number == sa.bindparam("number")
)
_checkpoints = sa.select(checkpoint.c.size, checkpoint.c.note, checkpoint.c.made_at)
