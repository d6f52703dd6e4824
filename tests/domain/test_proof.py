"""Trees over a log: the vectors of RFC 6962, another implementation, and what a proof does not prove."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from domain.proof import (
    EMPTY_ROOT,
    HASH_BYTES,
    TILE_WIDTH,
    Edge,
    Frontier,
    Nodes,
    consistency,
    frontier,
    frontier_of,
    inclusion,
    is_consistent,
    is_included,
    leaf_hash,
    nodes_in,
    nodes_of,
    tile_path,
    tile_place,
    tile_width,
)

# The trees with which implementations of Certificate Transparency are tested.
ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSIONS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCIES = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

SIZES = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % each) for each in range(size)]


def in_hex(path: tuple[bytes, ...]) -> list[str]:
    return [each.hex() for each in path]


def flipped(data: bytes, bit: int = 0) -> bytes:
    return bytes([data[0] ^ 1 << bit]) + data[1:]


def another(size: int) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for each in range(size):
        tree.append_entry(b"entry %d" % each)
    return tree


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_known_trees(size: int) -> None:
    known = [leaf_hash(each) for each in ENTRIES[:size]]

    assert frontier(known).root().hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_known_root() -> None:
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("place", "known"), INCLUSIONS.items())
def test_inclusion_proofs_are_those_of_the_known_trees(
    place: tuple[int, int], known: list[str]
) -> None:
    index, size = place
    hashes = [leaf_hash(each) for each in ENTRIES[:size]]

    path = inclusion(index, size, nodes_of(hashes))

    assert in_hex(path) == known
    assert is_included(hashes[index], index, (size, bytes.fromhex(ROOTS[size - 1])), path)


@pytest.mark.parametrize(("sizes", "known"), CONSISTENCIES.items())
def test_consistency_proofs_are_those_of_the_known_trees(
    sizes: tuple[int, int], known: list[str]
) -> None:
    first, second = ((size, bytes.fromhex(ROOTS[size - 1])) for size in sizes)
    nodes = nodes_of([leaf_hash(each) for each in ENTRIES])

    path = consistency(*sizes, nodes)

    assert in_hex(path) == known
    assert is_consistent(first, second, path)


@given(size=SIZES, data=st.data())
def test_another_implementation_gives_the_same_roots_and_proofs(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    earlier = data.draw(st.integers(1, size))
    theirs, ours = another(size), nodes_of(leaves(size))

    included = theirs.prove_inclusion(index + 1, size).serialize()["path"]
    roots = frontier(leaves(earlier)).root(), frontier(leaves(size)).root()

    assert roots == (theirs.get_root(earlier), theirs.get_root(size))
    assert [leaves(size)[index].hex(), *in_hex(inclusion(index, size, ours))] == included
    assert is_consistent(
        (earlier, theirs.get_root(earlier)),
        (size, theirs.get_root(size)),
        consistency(earlier, size, ours),
    )
    verify_consistency(*roots, theirs.prove_consistency(earlier, size))  # raises where it fails


@given(size=SIZES, data=st.data())
def test_a_proof_of_inclusion_is_for_one_leaf_one_place_and_one_tree(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-2, size + 2).filter(lambda each: each != index))
    hashes = leaves(size)
    root = frontier(hashes).root()
    path = inclusion(index, size, nodes_of(hashes))
    leaf = hashes[index]

    assert is_included(leaf, index, (size, root), path)
    assert not is_included(flipped(leaf), index, (size, root), path)
    assert not is_included(leaf, other, (size, root), path)
    assert not is_included(leaf, index, (size, flipped(root)), path)
    assert not is_included(leaf, index, (size, root), (*path, root))
    for place in range(len(path)):
        spoilt = (*path[:place], flipped(path[place]), *path[place + 1 :])
        assert not is_included(leaf, index, (size, root), spoilt)
        assert not is_included(leaf, index, (size, root), path[:place] + path[place + 1 :])


@given(sizes=st.tuples(st.integers(1, 70), st.integers(1, 70)).map(sorted))
def test_a_proof_of_consistency_is_for_one_pair_of_trees(sizes: list[int]) -> None:
    hashes = leaves(sizes[1])
    first, second = ((size, frontier(hashes[:size]).root()) for size in sizes)
    path = consistency(sizes[0], sizes[1], nodes_of(hashes))

    assert is_consistent(first, second, path)
    assert not is_consistent((first[0], flipped(first[1])), second, path)
    assert not is_consistent(first, (second[0], flipped(second[1])), path)
    assert not is_consistent(first, second, (*path, first[1]))
    assert not is_consistent((first[0] + 1, first[1]), second, path)
    for place in range(len(path)):
        spoilt = (*path[:place], flipped(path[place]), *path[place + 1 :])
        assert not is_consistent(first, second, spoilt)
        assert not is_consistent(first, second, path[:place] + path[place + 1 :])


def test_a_tree_without_one_of_its_leaves_does_not_begin_the_tree_with_it() -> None:
    whole = leaves(9)
    without = [*whole[:2], *whole[3:]]
    first = (5, frontier(without[:5]).root())

    for path in (consistency(5, 9, nodes_of(whole)), consistency(5, 8, nodes_of(without))):
        assert not is_consistent(first, (9, frontier(whole).root()), path)


def test_everything_begins_with_the_empty_tree_and_nothing_else_does() -> None:
    head = (3, frontier(leaves(3)).root())

    assert consistency(0, 3, nodes_of(leaves(3))) == ()
    assert is_consistent((0, EMPTY_ROOT), head, ())
    assert not is_consistent((0, head[1]), head, ())
    assert not is_consistent((0, EMPTY_ROOT), head, (EMPTY_ROOT,))
    assert not is_consistent(head, (0, EMPTY_ROOT), ())
    assert not is_consistent((3, flipped(head[1])), head, ())
    assert not is_consistent((1, leaves(1)[0]), head, ())
    assert not is_consistent((3, head[1]), (4, frontier(leaves(4)).root()), ())


@given(size=st.integers(0, 300))
def test_a_frontier_is_found_again_from_the_nodes_of_the_tree(size: int) -> None:
    grown = frontier(leaves(size))

    assert frontier_of(size, nodes_of(leaves(size))) == grown
    assert grown.size == size


# --- tiles ---


def tiled(sizes: list[int]) -> dict[tuple[int, int], bytes]:
    """The tiles of a tree that grew to these sizes, each time by an edge opened anew."""
    kept: dict[tuple[int, int], bytes] = {}
    for before, size in pairwise([0, *sizes]):
        edge = Edge(
            before,
            {
                level: kept[level, before >> (8 * (level + 1))]
                for level in range(3)
                if tile_width(level, before >> (8 * (level + 1)), before)
            },
        )
        for leaf in leaves(size)[before:]:
            edge.add(leaf)
        kept.update(edge.changed())
        assert edge.changed() == {}
        assert edge.size == size
    return kept


def read_from(kept: dict[tuple[int, int], bytes]) -> Nodes:
    return nodes_in(lambda level, number: kept.get((level, number), b""))


def test_tiles_have_the_widths_that_the_specification_gives_for_70000_leaves() -> None:
    widths = {
        level: [tile_width(level, number, 70_000) for number in range(275)] for level in range(4)
    }

    assert widths[0] == [256] * 273 + [112, 0]
    assert widths[1] == [256, 17] + [0] * 273
    assert widths[2] == [1] + [0] * 274
    assert widths[3] == [0] * 275


@pytest.mark.parametrize(
    "sizes", [[1], [255, 256, 257], [100, 300, 511, 513], [65_535, 65_536, 65_537], [700, 66_000]]
)
def test_a_tree_grown_in_steps_is_in_its_tiles_whole(sizes: list[int]) -> None:
    kept, size = tiled(sizes), sizes[-1]

    for level in range(3):
        for number in range(300):
            width = tile_width(level, number, size)
            assert len(kept.get((level, number), b"")) == width * HASH_BYTES
    nodes, hashes = read_from(kept), leaves(size)
    head = (size, frontier(hashes).root())
    assert frontier_of(size, nodes).root() == head[1]
    for index in (0, size // 2, size - 1):
        assert is_included(hashes[index], index, head, inclusion(index, size, nodes))
    earlier = sizes[0]
    first = (earlier, frontier(hashes[:earlier]).root())
    assert is_consistent(first, head, consistency(earlier, size, nodes))


def test_a_node_beyond_the_tiles_is_an_error() -> None:
    nodes = read_from(tiled([300]))

    with pytest.raises(LookupError, match="the tile of level 0 ends before hash 302"):
        nodes(1, 150)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (("0", 0, 256), "0/000"),
        (("1", 999, 17), "1/999.p/17"),
        (("entries", 1_000, 256), "entries/x001/000"),
        (("0", 1_234_067, 1), "0/x001/x234/067.p/1"),
        (("63", 999_999_999, 255), "63/x999/x999/999.p/255"),
    ],
)
def test_paths_of_tiles_are_written_and_read(place: tuple[str, int, int], path: str) -> None:
    assert tile_path(*place) == path
    assert tile_place(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "64/000",
        "00/000",
        "-1/000",
        "0/x000/001",
        "0/001/002",
        "0/1000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/",
        "data/000",
        "0/000/",
        "0/٠٠٠",
    ],
)
def test_a_path_that_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="names no tile"):
        tile_place(path)


def test_a_full_tile_is_as_wide_as_the_specification_says() -> None:
    assert TILE_WIDTH * HASH_BYTES == 8192
