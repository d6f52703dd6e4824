"""Keys lie in a file for the eyes of their owner, and are what they were when they come back."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.acts import SigningKey
from infrastructure.private_files import UnsafeKeys
from infrastructure.settings import Settings
from infrastructure.signing import (
    Signer,
    keep,
    kept,
    newest,
    opened,
    own_origin,
    renewed,
    replaced,
    signed_note,
    signer,
    with_second_kind,
)
from infrastructure.verifier.notes import COSIGNATURE, ED25519, ML_DSA_44, is_signed

KINDS = [ED25519, ML_DSA_44, COSIGNATURE]


def some_keys() -> list[Signer]:
    return [signer("example.org/log", kind) for kind in KINDS]


def test_keys_come_back_from_their_file(tmp_path: Path) -> None:
    made = some_keys()

    keep(tmp_path / "keys", made)
    found = kept(tmp_path / "keys")

    assert [each.key for each in found] == [each.key for each in made]
    note = signed_note("text\n", found[:2])
    assert all(is_signed(note, each.key) for each in made[:2])


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    keep(tmp_path / "keys", some_keys())

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_reach_is_not_used(tmp_path: Path, mode: int) -> None:
    keep(tmp_path / "keys", some_keys())
    (tmp_path / "keys").chmod(mode)

    with pytest.raises(UnsafeKeys, match="can be read by others"):
        kept(tmp_path / "keys")


def test_a_file_of_keys_is_never_written_over(tmp_path: Path) -> None:
    keep(tmp_path / "keys", some_keys())
    before = (tmp_path / "keys").read_text()

    with pytest.raises(UnsafeKeys, match="File exists"):
        keep(tmp_path / "keys", some_keys())

    assert (tmp_path / "keys").read_text() == before


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UnsafeKeys, match="no keys can be read from"):
        kept(tmp_path / "keys")


LINE = signer("example.org/log", ED25519, bytes(32)).line()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no key"),
        ("\n\n", "holds no key"),
        ("secret\n", "is no key"),
        (LINE.removeprefix("PRIVATE+KEY+"), "its id, its type or its length is wrong"),
        (LINE.replace("example", "elpmaxe"), "its id, its type or its length is wrong"),
        ("PRIVATE+KEY+example.org/log+00000000+AQID\n", "its id, its type or its length is wrong"),
        ("PRIVATE+KEY+two words+00000000+????\n", "is no key"),
    ],
)
def test_a_file_that_holds_something_else_is_not_used(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(text)

    with pytest.raises(UnsafeKeys, match=why):
        kept(path)


def test_a_private_key_shows_in_no_message() -> None:
    made = signer("example.org/log", ED25519, bytes(32))

    assert made.line().rsplit("+", 1)[1].strip() not in repr(made)
    assert "private" not in repr(made)


def test_a_new_key_is_another_each_time() -> None:
    assert len({signer("example.org/log", ED25519).key.public for _ in range(3)}) == 3


def test_the_private_key_of_the_go_languages_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
    )

    (found,) = kept(path)

    assert str(found.key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


# --- the keys of a log ---


def declared(*signers: Signer, in_use: bool = True) -> list[SigningKey]:
    return [SigningKey(id=str(each.key), key=str(each.key), in_use=in_use) for each in signers]


def test_a_new_log_gets_a_key_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"

    first = opened(path, origin=None, declared=[])

    assert [each.key.kind for each in first] == [ED25519]
    assert first[0].key.name.startswith("timeline.local/")
    again = opened(path, origin=first[0].key.name, declared=declared(*first))
    assert [each.key for each in again] == [each.key for each in first]
    assert own_origin() != own_origin()


def test_a_log_has_the_name_that_is_given_to_it(tmp_path: Path) -> None:
    (made,) = opened(tmp_path / "keys", origin="example.org/log", declared=[])

    assert made.key.name == "example.org/log"
    with pytest.raises(UnsafeKeys, match=r"in several names: example\.org/log, example\.org/other"):
        opened(tmp_path / "keys", origin="example.org/other", declared=[])


def test_a_signed_log_whose_keys_are_lost_gets_no_new_ones(tmp_path: Path) -> None:
    lost = signer("example.org/log", ED25519)

    with pytest.raises(UnsafeKeys, match="is not there, and the log is signed by example"):
        opened(tmp_path / "keys", origin=None, declared=declared(lost))

    assert not (tmp_path / "keys").exists()


def test_a_log_whose_keys_were_all_taken_out_of_use_can_begin_anew(tmp_path: Path) -> None:
    retired = declared(signer("example.org/log", ED25519), in_use=False)

    assert len(opened(tmp_path / "keys", origin="example.org/log", declared=retired)) == 1


def test_keys_can_be_replaced_while_one_overlaps_the_other(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old, new = (signer("example.org/log", kind) for kind in (ED25519, ML_DSA_44))
    keep(path, [old])

    replaced(path, [*kept(path), new])

    assert [each.key for each in kept(path)] == [old.key, new.key]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "timeline.keys"),
        ({"database_url": "sqlite:////srv/record.db"}, "/srv/record.keys"),
        ({"database_url": "postgresql://db/timeline"}, "timeline.keys"),
        ({"signing_keys": "/run/secrets/log"}, "/run/secrets/log"),
    ],
)
def test_keys_lie_beside_the_record_unless_told_otherwise(given: dict[str, str], path: str) -> None:
    assert Settings.model_validate(given).signing_keys_path() == Path(path)


def test_whoever_is_second_to_make_the_first_key_takes_that_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "keys"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: opened(path, origin=None, declared=()), range(8)))

    assert len({each[0].key for each in found}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_keys_of_another_log_are_refused(tmp_path: Path) -> None:
    keep(tmp_path / "keys", [signer("example.org/other", ED25519)])
    declared = [SigningKey(id="1", key=str(signer("example.org/log", ED25519).key), in_use=True)]

    with pytest.raises(UnsafeKeys, match="and the log is signed as example"):
        opened(tmp_path / "keys", origin=None, declared=declared)


def test_a_second_kind_signs_beside_the_first_once() -> None:
    both = with_second_kind([signer("example.org/log", ED25519)])

    assert [each.key.kind for each in both] == [ED25519, ML_DSA_44]
    assert {each.key.name for each in both} == {"example.org/log"}
    with pytest.raises(UnsafeKeys, match="already"):
        with_second_kind(both)


def test_keys_are_renewed_kind_by_kind_and_the_newest_are_kept() -> None:
    old = with_second_kind([signer("example.org/log", ED25519)])
    new = renewed(old)

    assert [each.key.kind for each in new] == [ED25519, ML_DSA_44]
    assert not {each.key for each in old} & {each.key for each in new}
    assert newest((*old, *new)) == new
