"""Notes, keys and checkpoints are those of C2SP, to the byte."""

from dataclasses import replace

import pytest

from infrastructure.signing import FAST, signed_note, signer
from infrastructure.verifier.notes import (
    COSIGNATURE,
    ED25519,
    LARGEST_NOTE,
    ML_DSA_44,
    PURE,
    Checkpoint,
    Note,
    checkpoint_from,
    cosigned_at,
    is_signed,
    key_from,
    note_from,
    signature_from,
)

# The example in the documentation of Go's signed notes, in which the format was first used.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

# The example of C2SP tlog-cosignature.
COSIGNED = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+"
    "ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3"
    "b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

LOG = signer("example.org/log", ED25519, b"1" * 32)
SECOND = signer("example.org/log", ML_DSA_44, b"2" * 32)
WITNESS = signer("example.org/witness", COSIGNATURE, b"3" * 32)
TEXT = Checkpoint(origin="example.org/log", size=7, root=bytes(32), heads=b"h" * 32).text()


def test_the_example_of_the_go_language_is_signed() -> None:
    assert is_signed(note_from(GO_NOTE), key_from(GO_KEY)) is True
    assert is_signed(note_from(GO_NOTE.replace("think", "drink")), key_from(GO_KEY)) is False


def test_the_example_of_the_specification_is_read_and_written() -> None:
    note = note_from(COSIGNED)
    checkpoint = checkpoint_from(note.text)

    assert str(note) == COSIGNED
    assert checkpoint.text() == note.text
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.heads is None
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1_679_315_147


@pytest.mark.parametrize("signer", [LOG, SECOND, WITNESS], ids=["ed25519", "ml-dsa", "witness"])
@pytest.mark.parametrize("by", [PURE, FAST], ids=["pure", "fast"])
def test_what_is_signed_is_found_signed(signer: object, by: object) -> None:
    key = signer.key  # type: ignore[attr-defined]  # a Signer
    note = Note(text=TEXT, signatures=(signer.signed(TEXT, 1_700_000_000),))  # type: ignore[attr-defined]

    read = note_from(str(note))

    assert read == note
    assert key_from(str(key)) == key
    assert is_signed(read, key, by) is True  # type: ignore[arg-type]
    assert is_signed(replace(read, text=TEXT.replace("7", "8")), key, by) is False  # type: ignore[arg-type]


def test_nothing_is_claimed_by_a_key_that_did_not_sign() -> None:
    note = signed_note(TEXT, [LOG])
    namesake = signer(LOG.key.name, ED25519, b"9" * 32)
    renamed = signer("example.org/other", ED25519, b"1" * 32)

    assert is_signed(note, namesake.key) is None
    assert is_signed(note, renamed.key) is None


def test_one_wrong_line_of_a_known_key_spoils_the_note() -> None:
    good = LOG.signed(TEXT)
    wrong = replace(good, signature=bytes(64))

    assert is_signed(Note(text=TEXT, signatures=(good, wrong)), LOG.key) is False


def test_a_cosignature_says_when_and_is_for_that_second_alone() -> None:
    line = WITNESS.signed(TEXT, 1_700_000_000)
    later = replace(line, signature=(1_700_000_001).to_bytes(8, "big") + line.signature[8:])

    assert cosigned_at(Note(text=TEXT, signatures=(line,)), WITNESS.key) == 1_700_000_000
    assert cosigned_at(Note(text=TEXT), WITNESS.key) is None
    assert is_signed(Note(text=TEXT, signatures=(later,)), WITNESS.key) is False


def test_a_key_cannot_be_taken_for_one_of_another_type() -> None:
    as_log = signer("example.org/witness", ED25519, b"3" * 32)

    assert as_log.key.id != WITNESS.key.id
    assert is_signed(signed_note(TEXT, [as_log]), WITNESS.key) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a key like"),
        ("example.org/log", "is not a key like"),
        ("example.org/log+00000000+????", "is not a key like"),
        (str(LOG.key).replace("example", "elpmaxe"), "does not have the id"),
        ("example.org/log+00000000+AQID", "type that is not known"),
        (str(LOG.key).replace("example.org/log", "two words"), "no name of a key"),
        (str(LOG.key).replace("example.org/log", ""), "no name of a key"),
    ],
)
def test_a_text_that_writes_no_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        key_from(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no signature lines"),
        (TEXT, "no signature lines"),
        (f"{TEXT}\n", "no signature lines"),
        (str(signed_note(TEXT, [LOG])).rstrip("\n"), "no signature lines"),
        (f"{TEXT}\n- example.org/log AAAAAAA=\n", "is not like"),
        (f"{TEXT}\n— example.org/log AAAA=AA\n", "is not like"),
        (f"{TEXT}\n— example.org/log AAAAAA==\n", "is not like"),
        (f"{TEXT}\n— example.org/log\n", "is not like"),
        (f"{TEXT}\n— a+b AAAAAAA=\n", "no name of a key"),
        (f"a\tb\n\n— {LOG.key.name} AAAAAAA=\n", "control characters"),
        (f"{TEXT}\n" + f"— {LOG.key.name} AAAAAAA=\n" * 101, "no signature lines"),
        ("a" * (LARGEST_NOTE + 1), "too long"),
    ],
)
def test_a_text_that_writes_no_note_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        note_from(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "an origin, a size and a root"),
        ("example.org/log\n7\n", "an origin, a size and a root"),
        (TEXT.rstrip("\n"), "an origin, a size and a root"),
        (TEXT.replace("example.org/log", ""), "an origin, a size and a root"),
        (TEXT.replace("7", "07"), "is not the size"),
        (TEXT.replace("7", "-7"), "is not the size"),
        (TEXT.replace("7", "seven"), "is not the size"),
        (TEXT.replace("AAAA", "AAA"), "is not a hash"),
        (TEXT + TEXT.splitlines()[-1] + "\n", "one root of heads"),
    ],
)
def test_a_text_that_writes_no_checkpoint_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checkpoint_from(text)


def test_other_extension_lines_are_passed_over() -> None:
    with_more = checkpoint_from(f"{TEXT}more of something\n")

    assert with_more == checkpoint_from(TEXT)
    assert with_more.head == (7, bytes(32))
    assert with_more.heads == b"h" * 32


def test_a_signature_line_is_read_with_its_end_or_without() -> None:
    line = str(LOG.signed(TEXT))

    assert signature_from(line) == signature_from(line.rstrip("\n")) == LOG.signed(TEXT)
