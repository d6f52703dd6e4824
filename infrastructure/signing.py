"""The keys that sign: made, kept in a file that only their owner can read, and used.

A line of such a file is a key as Go's signed notes write it, `PRIVATE+KEY+name+id+base64`.
Each key of the file signs every checkpoint, so that an old and a new one can overlap while one replaces the other.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from domain.acts import SigningKey
from infrastructure.private_files import (
    KeysExist,
    UnsafeKeys,
    keep_lines,
    kept_lines,
    replace_lines,
)
from infrastructure.verifier.notes import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Note,
    Signature,
    Verification,
    VerifierKey,
    checked_name,
    key_from,
    message_of,
)

Private: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey

SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key that signs notes; its private part shows in no message."""

    key: VerifierKey
    private: Private = field(repr=False)

    def signed(self, text: str, time: int = 0) -> Signature:
        """The signature of the text; of a cosigner also the second since 1970 at which it is given."""
        signature = self.private.sign(message_of(text, self.key.kind, time))
        stamp = time.to_bytes(8, "big") if self.key.kind == COSIGNATURE else b""
        return Signature(name=self.key.name, id=self.key.id, signature=stamp + signature)

    def line(self) -> str:
        """The private key, as the file keeps it."""
        encoded = b64encode(self.key.kind + self.private.private_bytes_raw()).decode()
        return f"{_PRIVATE}{self.key.name}+{self.key.id.hex()}+{encoded}\n"


def signer(name: str, kind: bytes, seed: bytes | None = None) -> Signer:
    """A key of this type for this name, a new one unless a seed is given."""
    made = _FROM_SEED[kind](os.urandom(SEED_BYTES) if seed is None else seed)
    public = made.public_key().public_bytes_raw()
    return Signer(key=VerifierKey(name=checked_name(name), kind=kind, public=public), private=made)


def signed_note(text: str, signers: Sequence[Signer]) -> Note:
    """The note of this text, signed by all of them."""
    return Note(text=text, signatures=tuple(each.signed(text) for each in signers))


def keep(path: Path, signers: Sequence[Signer]) -> None:
    """Write a new file of keys, for the owner's eyes, whole or not at all.

    Raises `UnsafeKeys` where it cannot be written, `KeysExist` if there is one already.
    """
    keep_lines(path, [each.line() for each in signers])


def replaced(path: Path, signers: Sequence[Signer]) -> None:
    """Put these keys in the place of those that the file holds, whole or not at all; raises `UnsafeKeys`."""
    replace_lines(path, [each.line() for each in signers])


def opened(path: Path, *, origin: str | None, declared: Sequence[SigningKey]) -> tuple[Signer, ...]:
    """The keys that sign a log which has declared these; a log that never had any gets its first.

    `origin` is the name of the log, one of its own unless given.
    Raises `UnsafeKeys` where the file is missing although the log is signed, or signs in another name than the log.
    """
    in_use = {each.key: each.in_use for each in declared}
    standing = [key for key, used in in_use.items() if used]
    if not path.exists():
        if standing:
            raise UnsafeKeys(f"{path} is not there, and the log is signed by {', '.join(standing)}")
        with suppress(KeysExist):  # another process was faster
            keep(path, [signer(origin or own_origin(), ED25519)])
    found = kept(path)
    names = {each.key.name for each in found} | ({origin} if origin else set())
    if len(names) > 1:
        raise UnsafeKeys(f"{path} signs in several names: {', '.join(sorted(names))}")
    signed_as = {key_from(each).name for each in standing}
    if signed_as and names != signed_as:
        known = ", ".join(sorted(signed_as))
        raise UnsafeKeys(f"{path} signs as {names.pop()}, and the log is signed as {known}")
    return found


def with_second_kind(signers: Sequence[Signer]) -> tuple[Signer, ...]:
    """These keys and one of type ML-DSA-44 beside them; raises `UnsafeKeys` if there is one."""
    if any(each.key.kind == ML_DSA_44 for each in signers):
        raise UnsafeKeys("there is a key of type ML-DSA-44 already")
    return (*signers, signer(signers[0].key.name, ML_DSA_44))


def renewed(signers: Sequence[Signer]) -> tuple[Signer, ...]:
    """New keys of the same name and types, one for each type."""
    kinds = dict.fromkeys(each.key.kind for each in signers)
    return tuple(signer(signers[0].key.name, kind) for kind in kinds)


def newest(signers: Sequence[Signer]) -> tuple[Signer, ...]:
    """Of each type the last key of the file, which is the newest."""
    return tuple({each.key.kind: each for each in signers}.values())


def own_origin() -> str:
    """A name for a log that no other log has."""
    return f"timeline.local/{os.urandom(6).hex()}"


def kept(path: Path) -> tuple[Signer, ...]:
    """The keys of a file; raises `UnsafeKeys` where it cannot be relied on."""
    lines = kept_lines(path)
    try:
        signers = tuple(map(_signer_from, lines))
    except ValueError as error:
        raise UnsafeKeys(f"{path} holds a line that is no key: {error}") from error
    if not signers:
        raise UnsafeKeys(f"{path} holds no key")
    return signers


def _signer_from(line: str) -> Signer:
    name, identifier, encoded = line.strip().removeprefix(_PRIVATE).split("+", 2)
    data = b64decode(encoded, validate=True)
    for kind in _FROM_SEED:
        if data.startswith(kind) and len(data) == len(kind) + SEED_BYTES:
            found = signer(name, kind, data[len(kind) :])
            if found.key.id.hex() != identifier or not line.startswith(_PRIVATE):
                break
            return found
    raise ValueError("its id, its type or its length is wrong")


def _verifies_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _verifies_ml_dsa_44(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


FAST: Mapping[bytes, Verification] = MappingProxyType(
    {
        ED25519: _verifies_ed25519,
        COSIGNATURE: _verifies_ed25519,
        ML_DSA_44: _verifies_ml_dsa_44,
    }
)
"""How the service checks signatures; `notes.PURE` says the same, without a library."""


def kind_of(key: str) -> str:
    """What a public key, `name+id+base64`, is called by its type."""
    return _KINDS[key_from(key).kind]


_KINDS: Mapping[bytes, str] = {
    ED25519: "Ed25519",
    COSIGNATURE: "Ed25519 cosignature",
    ML_DSA_44: "ML-DSA-44",
}
_PRIVATE = "PRIVATE+KEY+"
_FROM_SEED: Mapping[bytes, Callable[[bytes], Private]] = {
    ED25519: Ed25519PrivateKey.from_private_bytes,
    COSIGNATURE: Ed25519PrivateKey.from_private_bytes,
    ML_DSA_44: MLDSA44PrivateKey.from_seed_bytes,
}
