"""A Merkle tree over a log (RFC 6962, RFC 9162): hashes, tree heads, inclusion, consistency, tiles."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TypeAlias

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile, as C2SP tlog-tiles has it."""

EMPTY_ROOT = sha256(b"").digest()

Nodes: TypeAlias = Callable[[int, int], bytes]
"""The hash of the complete subtree at a level and an index: over 2**level leaves, from index * 2**level on."""

Hashes: TypeAlias = tuple[bytes, ...]
"""The hashes that a proof consists of, from the leaves up."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that must be kept of a tree for it to grow: the roots of its complete subtrees, the largest first."""

    size: int = 0
    hashes: Hashes = ()

    def grown(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf, given by its hash."""
        hashes, size = list(self.hashes), self.size
        while size & 1:
            leaf = node_hash(hashes.pop(), leaf)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, leaf))

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for each in reversed(self.hashes[:-1]):
            root = node_hash(each, root)
        return root


def frontier(leaves: Iterable[bytes]) -> Frontier:
    """The frontier of a tree of these leaf hashes."""
    grown = Frontier()
    for each in leaves:
        grown = grown.grown(each)
    return grown


def frontier_of(size: int, nodes: Nodes) -> Frontier:
    """The frontier of the tree that these nodes make at the size."""
    hashes, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(nodes(level, start >> level))
            start += 1 << level
    return Frontier(size, tuple(hashes))


# --- proofs ---


def inclusion(index: int, size: int, nodes: Nodes) -> Hashes:
    """The proof that the leaf at the index, from 0, is in the tree of the size (RFC 9162, 2.1.3.1)."""
    assert 0 <= index < size
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root(middle, end, nodes))
            end = middle
        else:
            path.append(_root(start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency(first: int, second: int, nodes: Nodes) -> Hashes:
    """The proof that the tree of the first size begins the tree of the second (RFC 9162, 2.1.4.1)."""
    assert 0 <= first <= second
    if first in (0, second):
        return ()
    path = []
    start, end, whole = 0, second, True
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_root(middle, end, nodes))
            end = middle
        else:
            path.append(_root(start, middle, nodes))
            start, whole = middle, False
    if not whole:
        path.append(_root(start, end, nodes))
    return tuple(reversed(path))


def is_included(leaf: bytes, index: int, head: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether the path proves the leaf hash at the index in the tree of that size and root (RFC 9162, 2.1.3.2)."""
    size, root = head
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: tuple[int, bytes], second: tuple[int, bytes], path: Sequence[bytes]
) -> bool:
    """Whether the path proves that the first size and root begin the second (RFC 9162, 2.1.4.2)."""
    if first[0] == 0:
        return first[1] == EMPTY_ROOT and not path
    if first[0] >= second[0]:
        return first == second and not path
    if first[0] & (first[0] - 1) == 0:  # then the whole first tree is a subtree of the second
        path = (first[1], *path)
    if not path:
        return False
    place, last = first[0] - 1, second[0] - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == (first[1], second[1])


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """The complete subtrees over these leaf hashes."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_parents(levels[-1]))
    return lambda level, index: levels[level][index]


# --- tiles ---


class Edge:
    """The growing edge of a tree kept in tiles: each new leaf is added, and the tiles that changed are told.

    `edge` holds the tiles that are not full yet, by level.
    """

    def __init__(self, size: int, edge: Mapping[int, bytes]) -> None:
        """Go on from a tree of this size."""
        self.size = size
        self._edge = {level: bytearray(tile) for level, tile in edge.items() if tile}
        self._full: dict[tuple[int, int], bytes] = {}
        self._grown: set[int] = set()

    def add(self, leaf: bytes) -> None:
        """Add a leaf, given by its hash."""
        level, number = 0, self.size >> TILE_HEIGHT
        self.size += 1
        while True:
            self._grown.add(level)
            tile = self._edge.setdefault(level, bytearray())
            tile += leaf
            if len(tile) < TILE_WIDTH * HASH_BYTES:
                return
            self._full[level, number] = bytes(self._edge.pop(level))
            leaf = tile_root(tile)
            level, number = level + 1, number >> TILE_HEIGHT

    def changed(self) -> Mapping[tuple[int, int], bytes]:
        """The tiles that changed since the last call, by level and number."""
        growing = {
            (level, self.size >> (TILE_HEIGHT * (level + 1))): bytes(self._edge[level])
            for level in self._grown
            if level in self._edge
        }
        changed = {**self._full, **growing}
        self._full, self._grown = {}, set()
        return changed


def tile_root(hashes: bytes | bytearray) -> bytes:
    """The hash over 1, 2, 4 … 256 hashes that stand side by side."""
    row = _hashes(hashes)
    while len(row) > 1:
        row = _parents(row)
    return row[0]


def nodes_in(tile: Callable[[int, int], bytes]) -> Nodes:
    """The complete subtrees as tiles hold them; `tile` gives what there is of a tile, by level and number.

    What was read and hashed once is remembered, so this is for one use.
    """

    @cache
    def rows(level: int, number: int) -> list[list[bytes]]:
        return [_hashes(tile(level, number))]

    def node(level: int, index: int) -> bytes:
        row, within = divmod(level, TILE_HEIGHT)
        number, at = divmod(index << within, TILE_WIDTH)
        known = rows(row, number)
        while len(known) <= within:
            known.append(_parents(known[-1]))
        if at >> within >= len(known[within]):
            end = (index + 1) << within
            raise LookupError(f"the tile of level {row} ends before hash {end}")
        return known[within][at >> within]

    return node


def tile_width(level: int, number: int, size: int) -> int:
    """How many hashes a tile has in a tree of the size; 0 where it has no such tile."""
    hashes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, hashes - number * TILE_WIDTH))


def tile_place(text: str) -> tuple[str, int, int]:
    """The level (or `entries`), the number and the width that a path names, `0/x001/x234/067.p/12`.

    Raises `ValueError` for any other text.
    """
    found = _TILE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} names no tile")
    *upper, last = found["number"].split("/")
    number = int("".join([each[1:] for each in upper] + [last]))
    return found["level"], number, int(found["width"] or TILE_WIDTH)


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """The path that names a tile, or a bundle of entries."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03}")
    suffix = "" if width == TILE_WIDTH else f".p/{width}"
    return f"{level}/{'/'.join(reversed(parts))}{suffix}"


_TILE = re.compile(
    r"(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/"
    r"(?P<number>(?:x(?!000/)[0-9]{3}/(?:x[0-9]{3}/){0,3})?[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?",
    re.ASCII,
)


def _hashes(joined: bytes | bytearray) -> list[bytes]:
    return [bytes(joined[at : at + HASH_BYTES]) for at in range(0, len(joined), HASH_BYTES)]


def _parents(row: list[bytes]) -> list[bytes]:
    return [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _root(start: int, end: int, nodes: Nodes) -> bytes:
    """The root over the leaves from start, which is a multiple of what fits, to end."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return node_hash(_root(start, middle, nodes), _root(middle, end, nodes))
