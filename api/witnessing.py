"""The wiring of a witness: its files, its key, the logs that it knows; nothing of the service."""

from collections.abc import Sequence
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx

from infrastructure.clock import SystemClock
from infrastructure.private_files import KeysExist, UnsafeKeys
from infrastructure.signing import Signer, keep, kept, signer
from infrastructure.verifier.notes import COSIGNATURE, Note, key_from
from infrastructure.witness import FETCH_SECONDS, Log, NotWitnessed, Witness, serving

__all__ = ["NotWitnessed", "Witnessing"]


class Witnessing:
    """One witness with its files."""

    def __init__(self, state: Path, keys: Path, *, name: str | None, logs: Sequence[str]) -> None:
        """Open the witness, and make its key where it has none.

        Raises `UnsafeKeys`, and `ValueError` for a key of a log or a name that is none.
        """
        known = [key_from(each) for each in logs]
        signers = _signers(keys, name)
        self.key = signers[-1].key
        self._witness = Witness(state, signers, known, SystemClock())

    def look(self, address: str) -> Note:
        """Fetch the checkpoint of the log beneath the address, and give it cosigned; raises `NotWitnessed`."""
        with httpx.Client(timeout=FETCH_SECONDS, follow_redirects=False) as client:
            return self._witness.look(Log(address, client))

    def serving(self, host: str, port: int) -> ThreadingHTTPServer:
        """A server on which logs hand in their checkpoints; raises `OSError` where nothing can listen."""
        return serving(self._witness, host, port)


def _signers(path: Path, name: str | None) -> Sequence[Signer]:
    if not path.exists():
        if name is None:
            raise UnsafeKeys(f"there is no key in {path}: say by --name whose it is to be")
        with suppress(KeysExist):  # another process was faster
            keep(path, [signer(name, COSIGNATURE)])
    found = kept(path)
    if any(each.key.kind != COSIGNATURE for each in found):
        raise UnsafeKeys(f"{path} holds a key that is not that of a witness")
    if name is not None and {each.key.name for each in found} != {name}:
        raise UnsafeKeys(f"{path} holds the key of {found[0].key.name}, not of {name}")
    return found
