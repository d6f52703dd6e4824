"""Signatures are checked without a library as the library checks them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastructure.signing import FAST, signer
from infrastructure.verifier import ed25519, ml_dsa
from infrastructure.verifier.notes import ED25519, ML_DSA_44, PURE

SEEDS = st.binary(min_size=32, max_size=32)
MESSAGES = st.binary(max_size=80)
ORDER = 2**252 + 27742317777372353535851937790883648493

# RFC 8032, 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
]


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_the_standard_are_right(public: str, message: str, signature: str) -> None:
    given = (bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))

    assert ed25519.verifies(*given)
    assert not ed25519.verifies(given[0], given[1] + b"?", given[2])


@pytest.mark.parametrize("kind", [ED25519, ML_DSA_44], ids=["ed25519", "ml-dsa-44"])
@settings(max_examples=25)
@given(seed=SEEDS, message=MESSAGES, data=st.data())
def test_a_signature_is_for_one_key_and_one_message(
    kind: bytes, seed: bytes, message: bytes, data: st.DataObject
) -> None:
    key = signer("example.org/log", kind, seed)
    signature = key.private.sign(message)
    spoilt = flipped(signature, data.draw(st.integers(0, len(signature) * 8 - 1)))
    other = signer("example.org/log", kind, flipped(seed, 0)).key

    for by in (PURE, FAST):
        assert by[kind](key.key.public, message, signature)
        assert not by[kind](key.key.public, message, spoilt)
        assert not by[kind](key.key.public, message + b"?", signature)
        assert not by[kind](other.public, message, signature)


@pytest.mark.parametrize("module", [ed25519, ml_dsa], ids=["ed25519", "ml-dsa-44"])
def test_what_has_another_length_is_no_key_and_no_signature(module: object) -> None:
    verifies = module.verifies  # type: ignore[attr-defined]  # both modules have the same names
    public, signature = module.PUBLIC_BYTES, module.SIGNATURE_BYTES  # type: ignore[attr-defined]

    assert not verifies(bytes(public - 1), b"", bytes(signature))
    assert not verifies(bytes(public), b"", bytes(signature + 1))


def test_a_signature_is_not_right_in_a_second_way() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"act")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    malleable = signature[:32] + scalar.to_bytes(32, "little")

    assert ed25519.verifies(public, b"act", signature)
    assert not ed25519.verifies(public, b"act", malleable)


@pytest.mark.parametrize(
    "point",
    [
        (2**255 - 19 + 1).to_bytes(32, "little"),  # a coordinate beyond the field
        (2).to_bytes(32, "little"),  # no point of the curve has it
        (1 | 1 << 255).to_bytes(32, "little"),  # zero has no negative
    ],
    ids=["too large", "not on the curve", "negative zero"],
)
def test_bytes_that_write_no_point_are_no_key(point: bytes) -> None:
    assert not ed25519.verifies(point, b"", bytes(64))
    assert not ed25519.verifies(bytes.fromhex(RFC_8032[0][0]), b"", point + bytes(32))


HINTS = 32 + 4 * 576


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (HINTS + 80, 81),  # more hints than there may be
        (HINTS + 83, 0),  # fewer in all than in the first rows
        (HINTS + 79, 1),  # something in the room that is left
    ],
)
def test_hints_are_written_in_one_way(place: int, value: int) -> None:
    key = signer("example.org/log", ML_DSA_44, bytes(32))
    signature = bytearray(key.private.sign(b"act"))
    assert ml_dsa.verifies(key.key.public, b"act", bytes(signature))

    signature[place] = value

    assert not ml_dsa.verifies(key.key.public, b"act", bytes(signature))


def test_hints_stand_in_order() -> None:
    key = signer("example.org/log", ML_DSA_44, bytes(32))
    signature = bytearray(key.private.sign(b"act"))
    signature[HINTS], signature[HINTS + 1] = signature[HINTS + 1], signature[HINTS]

    assert signature[HINTS + 80] >= 2
    assert not ml_dsa.verifies(key.key.public, b"act", bytes(signature))


def test_a_response_that_could_tell_of_the_key_is_refused() -> None:
    key = signer("example.org/log", ML_DSA_44, bytes(32))
    signature = bytearray(key.private.sign(b"act"))
    signature[32:35] = bytes(3)  # a coefficient of 2**17, at the edge of what can be written

    assert not ml_dsa.verifies(key.key.public, b"act", bytes(signature))
