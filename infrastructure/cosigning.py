"""How the log collects the signatures of its witnesses: it hands in its latest checkpoint, and keeps what they sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event

import httpx
import sqlalchemy as sa
import structlog

from domain.errors import Unavailable
from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.logtree import KeptCheckpoint, LogTree
from infrastructure.signing import FAST
from infrastructure.tables import cosignature
from infrastructure.verifier.notes import (
    COSIGNATURE,
    Note,
    VerifierKey,
    is_signed,
    key_from,
    note_from,
    signature_from,
)
from infrastructure.witness import ADD_CHECKPOINT, SIZE_TYPE, Submission

log = structlog.get_logger("timeline")

LARGEST_RESPONSE = 1 << 16
EVERY_SECONDS = 30.0
TIMEOUT_SECONDS = 5.0


class NotCosigned(Exception):
    """A witness did not sign, and the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessAddress:
    """A witness that the log asks: its public key, and the address under which it listens."""

    key: VerifierKey
    url: str


def witnesses_from(text: str) -> tuple[WitnessAddress, ...]:
    """The witnesses that a setting names, each `name+id+base64 https://address`, separated by commas.

    Raises `ValueError`.
    """
    found = []
    for each in filter(None, map(str.strip, text.split(","))):
        key, _, url = each.partition(" ")
        if not url.strip().startswith(("http://", "https://")):
            raise ValueError(f"{each[:80]!r} is not a key and an address like https://…")
        found.append(WitnessAddress(key=key_from(key), url=url.strip().rstrip("/")))
        if found[-1].key.kind != COSIGNATURE:
            raise ValueError(f"the key of {found[-1].key.name} is not that of a witness")
    return tuple(found)


class Collector:
    """Asks each witness for its signature of the latest checkpoint."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        witnesses: Sequence[WitnessAddress],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Ask these witnesses, and wait for each at most so long."""
        self._engine = engine
        self._clock = clock
        self._witnesses = tuple(witnesses)
        self._tree = LogTree(engine)
        self._timeout = httpx.Timeout(timeout_seconds)

    def collect(self) -> int:
        """Ask all witnesses that have not signed the latest checkpoint; gives how many did now.

        One that cannot be reached, or refuses, is logged and leaves the others standing.
        """
        kept = self._tree.checkpoint()
        if kept is None:
            return 0
        signed = 0
        with httpx.Client(timeout=self._timeout) as client:
            for witness in self._witnesses:
                if is_signed(note_from(kept.signed()), witness.key, FAST):
                    continue
                try:
                    self._keep(kept, witness, self.ask(client, witness, kept))
                    signed += 1
                except NotCosigned as refusal:
                    log.warning("not cosigned", witness=witness.key.name, why=str(refusal))
        return signed

    def run(self, stop: Event, *, every_seconds: float = EVERY_SECONDS) -> None:
        """Collect now and then, until told to stop."""
        while not stop.is_set():
            try:
                self.collect()
            except Unavailable as error:
                log.warning("cosigning waits", error=str(error))
            except Exception:
                log.exception("cosigning failed")
            stop.wait(every_seconds)

    def ask(self, client: httpx.Client, witness: WitnessAddress, kept: KeptCheckpoint) -> str:
        """The signature line of a witness, checked; raises `NotCosigned`."""
        old = self._signed_last(witness)
        response = self._submit(client, witness, kept, old)
        if response.status_code == HTTPStatus.CONFLICT:
            old = _size(response)
            if old > kept.checkpoint.size:
                raise NotCosigned(
                    f"it has signed size {old}, and the log has {kept.checkpoint.size}"
                )
            response = self._submit(client, witness, kept, old)
        if response.status_code != HTTPStatus.OK:
            raise NotCosigned(f"{response.status_code} {response.text.strip()[:200]}")
        return _line(response.text, witness, note_from(kept.note))

    def _submit(
        self, client: httpx.Client, witness: WitnessAddress, kept: KeptCheckpoint, old: int
    ) -> httpx.Response:
        proof = self._tree.consistency(old, kept.checkpoint.size)
        submission = Submission(old=old, proof=proof, note=note_from(kept.note))
        try:
            response = client.post(
                f"{witness.url}{ADD_CHECKPOINT}", content=submission.text().encode()
            )
        except httpx.HTTPError as error:
            raise NotCosigned(f"it cannot be reached: {error!r}") from error
        if len(response.content) > LARGEST_RESPONSE:
            raise NotCosigned("it answers at too great a length")
        return response

    def _signed_last(self, witness: WitnessAddress) -> int:
        query = sa.select(sa.func.max(cosignature.c.size)).where(
            cosignature.c.key == str(witness.key)
        )
        with glancing(self._engine) as connection:
            return connection.scalar(query) or 0

    def _keep(self, kept: KeptCheckpoint, witness: WitnessAddress, line: str) -> None:
        size, key = kept.checkpoint.size, str(witness.key)
        mine = (cosignature.c.size == size) & (cosignature.c.key == key)
        with writing(self._engine) as connection:
            if connection.scalar(sa.select(sa.func.count()).where(mine)):
                return  # another process asked at the same time
            connection.execute(
                sa.insert(cosignature).values(
                    size=size, key=key, line=line, received_at=self._clock.now()
                )
            )


def _size(response: httpx.Response) -> int:
    text = response.text.strip()
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith(SIZE_TYPE) or not (text.isascii() and text.isdigit()):
        raise NotCosigned(f"it does not say what it signed last: {text[:80]!r}")
    return int(text[:20])


def _line(text: str, witness: WitnessAddress, note: Note) -> str:
    """The line by the key of the witness, among those that it sent."""
    for line in text.splitlines():
        try:
            signature = signature_from(line)
        except ValueError:
            continue  # lines of keys that nobody knows are passed over
        if is_signed(Note(text=note.text, signatures=(signature,)), witness.key, FAST):
            return str(signature)
    raise NotCosigned("it sent no signature by its key")
