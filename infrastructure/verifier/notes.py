"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature): read, and checked.

A checkpoint of ours has one line beyond the three of the specification, the root of the map of all heads:

    example.org/log
    1034
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    heads 4cLTPpcYXTXHv5RoGlOdMbrSRFXtAoYKM2qSnCuwfzo=
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import TypeAlias

from domain.leaves import read_hash, written_hash
from infrastructure.verifier import ed25519, ml_dsa

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
ML_DSA_44 = b"\xffdiplomatic-timeline/ml-dsa-44"
"""A type of our own: the registered one does not sign extension lines, and ours commits to the heads."""

PUBLIC_BYTES: Mapping[bytes, int] = MappingProxyType(
    {
        ED25519: ed25519.PUBLIC_BYTES,
        COSIGNATURE: ed25519.PUBLIC_BYTES,
        ML_DSA_44: ml_dsa.PUBLIC_BYTES,
    }
)

LARGEST_NOTE = 1 << 20
MOST_SIGNATURES = 100

Verification: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Whether, of a public key and a message, this is a signature."""

PURE: Mapping[bytes, Verification] = MappingProxyType(
    {ED25519: ed25519.verifies, COSIGNATURE: ed25519.verifies, ML_DSA_44: ml_dsa.verifies}
)
"""How signatures are checked without any library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public part of a key, with the name of its holder and the type of its signatures."""

    name: str
    kind: bytes
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        return sha256(f"{self.name}\n".encode() + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line of a note."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {b64encode(self.id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text and the signatures beneath it; `str` writes it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log vouches for: its size, the root of its tree, and the root of the map of all heads."""

    origin: str
    size: int
    root: bytes
    heads: bytes | None = None

    @property
    def head(self) -> tuple[int, bytes]:
        """Size and root."""
        return self.size, self.root

    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), written_hash(self.root)]
        if self.heads is not None:
            lines.append(f"{_HEADS}{written_hash(self.heads)}")
        return "".join(f"{line}\n" for line in lines)


def key_from(text: str) -> VerifierKey:
    """The key that the text writes, `name+id+base64`; raises `ValueError`."""
    try:
        name, identifier, encoded = text.strip().split("+", 2)
        data = b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError(f"{text[:80]!r} is not a key like name+id+base64") from error
    for kind, length in PUBLIC_BYTES.items():
        if data.startswith(kind) and len(data) == len(kind) + length:
            key = VerifierKey(name=checked_name(name), kind=kind, public=data[len(kind) :])
            if key.id.hex() != identifier:
                raise ValueError(f"the key of {name} does not have the id {identifier}")
            return key
    raise ValueError(f"the key of {name} is of a type that is not known here")


def checked_name(name: str) -> str:
    """The name of a key, or of a log; raises `ValueError` for what a note cannot carry as one."""
    if not name or "+" in name or any(each.isspace() or ord(each) < 0x20 for each in name):
        raise ValueError(f"{name!r} is no name of a key: no blanks and no plus")
    return name


def note_from(text: str) -> Note:
    """The note that is written; raises `ValueError`."""
    if len(text) > LARGEST_NOTE:
        raise ValueError("the note is too long")
    if _CONTROL.search(text):
        raise ValueError("the note has control characters")
    body, separator, rest = text.rpartition("\n\n")
    lines = rest.split("\n")
    if not separator or not rest or lines.pop() or len(lines) > MOST_SIGNATURES:
        raise ValueError("the note has no signature lines")
    return Note(text=f"{body}\n", signatures=tuple(map(signature_from, lines)))


def signature_from(line: str) -> Signature:
    """The signature that a line writes; raises `ValueError`."""
    parts = line.removesuffix("\n").split(" ")
    try:
        mark, name, encoded = parts
        data = b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError("a signature line is not like `— name base64`") from error
    if mark != "—" or len(data) <= 4:
        raise ValueError("a signature line is not like `— name base64`")
    return Signature(name=checked_name(name), id=data[:4], signature=data[4:])


def checkpoint_from(text: str) -> Checkpoint:
    """The checkpoint that the text of a note writes; raises `ValueError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise ValueError("a checkpoint has an origin, a size and a root, each on a line")
    origin, size, root, *more = lines
    if not (size.isascii() and size.isdigit() and str(int(size)) == size):
        raise ValueError(f"{size[:40]!r} is not the size of a log")
    heads = [line.removeprefix(_HEADS) for line in more if line.startswith(_HEADS)]
    if len(heads) > 1:
        raise ValueError("a checkpoint has one root of heads")
    return Checkpoint(
        origin=origin,
        size=int(size),
        root=read_hash(root),
        heads=read_hash(heads[0]) if heads else None,
    )


def is_signed(note: Note, key: VerifierKey, by: Mapping[bytes, Verification] = PURE) -> bool | None:
    """Whether the holder of the key signed the note; None where no line claims so."""
    claims = [each for each in note.signatures if (each.name, each.id) == (key.name, key.id)]
    if not claims:
        return None
    return all(_verifies(note.text, each, key, by) for each in claims)


def cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """The second since 1970 at which a witness says that it saw the note; None where no line claims so."""
    claims = [each for each in note.signatures if (each.name, each.id) == (key.name, key.id)]
    return max((_time(each) for each in claims), default=None)


def message_of(text: str, kind: bytes, time: int = 0) -> bytes:
    """The bytes that are signed: the text itself, or with a cosignature also its time."""
    return f"cosignature/v1\ntime {time}\n{text}".encode() if kind == COSIGNATURE else text.encode()


def _verifies(
    text: str, signature: Signature, key: VerifierKey, by: Mapping[bytes, Verification]
) -> bool:
    if key.kind != COSIGNATURE:
        return by[key.kind](key.public, message_of(text, key.kind), signature.signature)
    message = message_of(text, key.kind, _time(signature))
    return by[key.kind](key.public, message, signature.signature[8:])


def _time(signature: Signature) -> int:
    return int.from_bytes(signature.signature[:8], "big")


_HEADS = "heads "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
