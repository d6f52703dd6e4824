"""A map in a Merkle tree: what it holds under a key, and that it holds nothing there, can be proved.

A key's place is the path that the bits of its SHA-256 describe from the root; a subtree with one key is that leaf.
So the same keys and values give the same root, whatever the order in which they came.

    root       SHA-256(0x01, left, right)
    leaf       SHA-256(0x00, SHA-256(key), SHA-256(value))
    nothing    32 zero bytes
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from domain.proof import node_hash

NOTHING = bytes(32)
KEY_BITS = 256


@dataclass(frozen=True, slots=True)
class Held:
    """A key that a map holds: the hashes of key and value."""

    key: bytes
    value: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Fork:
    """A subtree that holds at least two keys."""

    left: "Subtree"
    right: "Subtree"
    hash: bytes


Subtree: TypeAlias = Held | Fork | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapProof:
    """What a map holds under a key: the hashes beside the path to it, from the root down.

    Where it holds nothing there, `other` are the hashes of the key and value found at the end of the path, if any.
    """

    path: tuple[bytes, ...]
    other: tuple[bytes, bytes] | None = None


class ProvableMap:
    """Keys and values in a tree; each change gives another map, and shares with this one what is the same."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Subtree = None) -> None:
        """Begin with nothing, or with a tree."""
        self._tree = tree

    @property
    def root(self) -> bytes:
        """The hash over everything that the map holds."""
        return _hash(self._tree)

    def having(self, values: Mapping[str, bytes]) -> "ProvableMap":
        """The map with these values under their keys, the others as they were."""
        added = [_held(key, value) for key, value in values.items()]
        return ProvableMap(_having(self._tree, added, 0))

    def proof(self, key: str) -> MapProof:
        """The proof of what the map holds under the key."""
        wanted = sha256(key.encode()).digest()
        path: list[bytes] = []
        here = self._tree
        while isinstance(here, Fork):
            right = _bit(wanted, len(path))
            path.append(_hash(here.left if right else here.right))
            here = here.right if right else here.left
        found = here is not None and here.key != wanted
        return MapProof(path=tuple(path), other=(here.key, here.value) if here and found else None)


def holds(root: bytes, key: str, value: bytes | None, proof: MapProof) -> bool:
    """Whether the proof shows that the map with this root holds the value under the key, or nothing for None."""
    wanted = sha256(key.encode()).digest()
    if len(proof.path) > KEY_BITS or (value is not None and proof.other is not None):
        return False
    if value is not None:
        found = _held(key, value).hash
    elif proof.other is None:
        found = NOTHING
    else:
        if proof.other[0] == wanted:
            return False
        if any(_bit(proof.other[0], i) != _bit(wanted, i) for i in range(len(proof.path))):
            return False
        found = _leaf(*proof.other)
    for depth, beside in reversed(list(enumerate(proof.path))):
        found = node_hash(beside, found) if _bit(wanted, depth) else node_hash(found, beside)
    return found == root


def _having(tree: Subtree, added: Sequence[Held], depth: int) -> Subtree:
    if not added:
        return tree
    if isinstance(tree, Fork):
        left, right = tree.left, tree.right
    else:
        if tree is not None and all(each.key != tree.key for each in added):
            added = [*added, tree]
        if len(added) == 1:
            return added[0]
        left = right = None
    left = _having(left, [each for each in added if not _bit(each.key, depth)], depth + 1)
    right = _having(right, [each for each in added if _bit(each.key, depth)], depth + 1)
    return Fork(left, right, node_hash(_hash(left), _hash(right)))


def _held(key: str, value: bytes) -> Held:
    hashed, digest = sha256(key.encode()).digest(), sha256(value).digest()
    return Held(hashed, digest, _leaf(hashed, digest))


def _leaf(key: bytes, value: bytes) -> bytes:
    return sha256(b"\x00" + key + value).digest()


def _hash(tree: Subtree) -> bytes:
    return NOTHING if tree is None else tree.hash


def _bit(key: bytes, depth: int) -> int:
    return key[depth >> 3] >> (7 - (depth & 7)) & 1
