"""What webhooks are signed with (Standard Webhooks 1.0): a secret or a pair of keys for each subscription.

None of them is kept. Each is derived (HKDF, RFC 5869) from a root key in a file that only its owner can read,
and from the id of the subscription and a number that goes up when its secret is replaced.
So the database holds nothing with which a webhook could be forged, and a copy of it gives nothing away.
"""

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook

from infrastructure.private_files import UnsafeKeys, keep_lines, kept_lines

Scheme: TypeAlias = Literal["secret", "ed25519"]
SCHEMES: tuple[Scheme, ...] = ("secret", "ed25519")

ROOT_BYTES = 32
_LINE = "timeline-webhooks "


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What a subscription is signed with: the scheme, the root key it came from, and which of its secrets."""

    scheme: Scheme
    root: str
    """The fingerprint of the root key."""
    generation: int
    previous: bool = False
    """Whether the secret before this one signs too, because the receiver may not have the new one yet."""


class Roots:
    """The root keys of a file, by their fingerprints; new subscriptions take the last."""

    def __init__(self, roots: Iterable[bytes]) -> None:
        """Hold these."""
        self._roots = {fingerprint(each): each for each in roots}

    @property
    def latest(self) -> str:
        """The fingerprint of the root from which new secrets are derived."""
        return list(self._roots)[-1]

    def __contains__(self, root: str) -> bool:
        """Whether the root of this fingerprint is there."""
        return root in self._roots

    def shared(self, subscription: UUID, signing: Signing) -> str:
        """What the receiver checks with: the secret (`whsec_…`), or the public key (`whpk_…`)."""
        derived = self._derived(subscription, signing, signing.generation)
        if signing.scheme == "secret":
            return "whsec_" + b64encode(derived).decode()
        public = Ed25519PrivateKey.from_private_bytes(derived).public_key()
        return "whpk_" + b64encode(public.public_bytes_raw()).decode()

    def headers(
        self, subscription: UUID, signing: Signing, *, message: str, at: datetime, body: bytes
    ) -> dict[str, str]:
        """The three headers of a signed webhook; while a secret is being replaced, both sign."""
        generations = [signing.generation]
        if signing.previous:
            generations.append(signing.generation - 1)
        signatures = [
            _signed(signing.scheme, self._derived(subscription, signing, each), message, at, body)
            for each in generations
        ]
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _derived(self, subscription: UUID, signing: Signing, generation: int) -> bytes:
        if signing.root not in self._roots:
            raise UnsafeKeys(f"the root key {signing.root} is not in the file of webhook keys")
        info = f"timeline webhooks 1 {signing.scheme} {subscription} {generation}"
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode())
        return kdf.derive(self._roots[signing.root])


def opened(path: Path, *, in_use: Sequence[str] = ()) -> Roots:
    """The root keys of the file; one that is not there yet gets its first, if no subscription rests on it.

    `in_use` are the fingerprints on which subscriptions rest.
    Raises `UnsafeKeys` where the file cannot be relied on, or lacks one of them.
    """
    if not path.exists():
        if in_use:
            raise UnsafeKeys(f"{path} is not there, and subscriptions are signed with its keys")
        _begin(path)
    lines = kept_lines(path)
    if not lines:
        raise UnsafeKeys(f"{path} holds no key")
    roots = Roots(map(_root_from, lines))
    lacking = [each for each in in_use if each not in roots]
    if lacking:
        raise UnsafeKeys(f"{path} lacks the root key {lacking[0]}, with which subscriptions sign")
    return roots


def _begin(path: Path) -> None:
    """Put a new file there, whole or not at all, unless another process was first."""
    new = path.with_name(f"{path.name}.{os.urandom(6).hex()}.new")
    keep_lines(new, [_LINE + b64encode(os.urandom(ROOT_BYTES)).decode() + "\n"])
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


def fingerprint(root: bytes) -> str:
    """What names a root key and says nothing about it."""
    return hashlib.sha256(b"timeline webhooks root" + root).hexdigest()[:16]


def _root_from(line: str) -> bytes:
    try:
        root = b64decode(line.removeprefix(_LINE).strip(), validate=True)
    except ValueError as error:
        raise UnsafeKeys("a line of the file of webhook keys is none") from error
    if not line.startswith(_LINE) or len(root) != ROOT_BYTES:
        raise UnsafeKeys("a line of the file of webhook keys is none")
    return root


def _signed(scheme: Scheme, derived: bytes, message: str, at: datetime, body: bytes) -> str:
    if scheme == "secret":
        return Webhook(derived).sign(message, at, body.decode())
    signed = f"{message}.{int(at.timestamp())}.".encode() + body
    signature = Ed25519PrivateKey.from_private_bytes(derived).sign(signed)
    return "v1a," + b64encode(signature).decode()


__all__ = ["SCHEMES", "Roots", "Scheme", "Signing", "UnsafeKeys", "fingerprint", "opened"]
