"""What a map holds, and what it does not, is proved by hashes that fit nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from domain.maps import NOTHING, MapProof, ProvableMap, holds

MAPS = st.dictionaries(st.text(max_size=6), st.binary(max_size=6), max_size=30)


def of(values: Mapping[str, bytes]) -> ProvableMap:
    return ProvableMap().having(values)


def key_with_prefix(bits: str) -> str:
    """The first key of the form key-N whose hash begins with these bits."""
    number = 0
    while True:
        digest = sha256(f"key-{number}".encode()).digest()
        if f"{int.from_bytes(digest):0256b}".startswith(bits):
            return f"key-{number}"
        number += 1


def test_an_empty_map_holds_nothing_under_any_key() -> None:
    nobody = ProvableMap()

    assert nobody.root == NOTHING
    assert holds(NOTHING, "treaty:npt", None, nobody.proof("treaty:npt"))
    assert not holds(NOTHING, "treaty:npt", b"1", nobody.proof("treaty:npt"))


def test_one_key_is_the_whole_tree() -> None:
    alone = of({"a": b"1"})

    key, value = sha256(b"a").digest(), sha256(b"1").digest()
    assert alone.root == sha256(b"\x00" + key + value).digest()


def test_the_order_of_changes_leaves_no_trace() -> None:
    values = {"a": b"1", "b": b"2", "c": b"3", "d": b"4"}

    roots = set()
    for order in permutations(values):
        grown = ProvableMap()
        for key in order:
            grown = grown.having({key: b"before"}).having({key: values[key]})
        roots.add(grown.root)

    assert roots == {of(values).root}


@given(first=MAPS, second=MAPS)
def test_a_changed_map_is_the_map_of_all_its_values(
    first: dict[str, bytes], second: dict[str, bytes]
) -> None:
    before = of(first)

    assert before.having(second).root == of({**first, **second}).root
    assert before.root == of(first).root


@given(values=MAPS, key=st.text(max_size=6))
def test_what_is_held_is_proved_and_nothing_else(values: dict[str, bytes], key: str) -> None:
    whole = of(values)
    proof, held = whole.proof(key), values.get(key)

    assert holds(whole.root, key, held, proof)
    assert not holds(whole.root, key, b"another", proof)
    if held is not None:
        assert not holds(whole.root, key, None, proof)
        assert not holds(whole.root, f"{key}?", held, proof)
    assert not holds(sha256(whole.root).digest(), key, held, proof)


@given(values=MAPS, key=st.text(max_size=6))
def test_a_spoilt_proof_proves_nothing(values: dict[str, bytes], key: str) -> None:
    whole = of(values)
    proof, held = whole.proof(key), values.get(key)

    for place in range(len(proof.path)):
        spoilt = (*proof.path[:place], sha256(b"?").digest(), *proof.path[place + 1 :])
        assert not holds(whole.root, key, held, replace(proof, path=spoilt))
        assert not holds(whole.root, key, held, replace(proof, path=proof.path[:place]))
    assert not holds(whole.root, key, held, replace(proof, path=(*proof.path, NOTHING)))


def test_absence_is_not_proved_by_a_key_that_lies_elsewhere() -> None:
    first, second, absent = key_with_prefix("00"), key_with_prefix("01"), key_with_prefix("1")
    whole = of({first: b"1", second: b"2"})
    fair = whole.proof(absent)
    elsewhere = MapProof(
        path=whole.proof(first).path,
        other=(sha256(first.encode()).digest(), sha256(b"1").digest()),
    )

    assert holds(whole.root, absent, None, fair)
    assert fair.other is None
    assert not holds(whole.root, absent, None, elsewhere)


def test_a_key_that_is_there_is_not_proved_absent_by_itself() -> None:
    whole = of({"a": b"1", "b": b"2"})
    itself = MapProof(
        path=whole.proof("a").path, other=(sha256(b"a").digest(), sha256(b"1").digest())
    )

    assert not holds(whole.root, "a", None, itself)
    assert not holds(whole.root, "a", b"1", itself)


def test_a_path_longer_than_a_key_is_refused() -> None:
    assert not holds(NOTHING, "a", None, MapProof(path=(NOTHING,) * 257))


def test_keys_that_share_their_first_bits_lie_deep() -> None:
    one, other = key_with_prefix("000000000000"), key_with_prefix("000000000001")
    whole = of({one: b"1", other: b"2"})

    assert len(whole.proof(one).path) == 12
    assert holds(whole.root, one, b"1", whole.proof(one))
