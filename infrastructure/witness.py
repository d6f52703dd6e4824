"""A witness: sees that a log only grows, and says when it saw how much of it (C2SP tlog-witness, tlog-cosignature).

It keeps one file, and nothing of the log but its last checkpoint.
Two who trust one witness cannot be shown two histories of a log: it signs no second one.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from domain.leaves import read_hash, written_hash
from domain.ports import Clock
from domain.proof import (
    EMPTY_ROOT,
    HASH_BYTES,
    Hashes,
    consistency,
    is_consistent,
    nodes_in,
    tile_path,
    tile_width,
)
from infrastructure.signing import FAST, Signer
from infrastructure.verifier.notes import (
    Checkpoint,
    Note,
    VerifierKey,
    checkpoint_from,
    is_signed,
    note_from,
)

ADD_CHECKPOINT = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
LONGEST_PROOF = 63
LARGEST_REQUEST = 1 << 20
LARGEST_RESPONSE = 1 << 20
FETCH_SECONDS = 10.0


class NotWitnessed(Exception):
    """The witness does not sign; `status` says why, as C2SP tlog-witness has it."""

    def __init__(self, status: HTTPStatus, why: str, size: int | None = None) -> None:
        """Say why; `size` is that of the last checkpoint signed, where that is what the log must know."""
        super().__init__(why)
        self.status = status
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a log hands in: a checkpoint, and the proof that it continues one of the old size."""

    old: int
    proof: Hashes
    note: Note

    def text(self) -> str:
        """The body of a request."""
        lines = [f"old {self.old}", *map(written_hash, self.proof), "", str(self.note)]
        return "\n".join(lines)


def submission_from(text: str) -> Submission:
    """The submission that a body writes; raises `NotWitnessed`."""
    try:
        return _read_submission(text)
    except ValueError as error:
        raise NotWitnessed(HTTPStatus.BAD_REQUEST, f"the body is no submission: {error}") from error


def _read_submission(text: str) -> Submission:
    head, _, note = text.partition("\n\n")
    first, *proof = head.split("\n")
    old = _OLD.fullmatch(first)
    if old is None or len(proof) > LONGEST_PROOF:
        raise ValueError("it begins with the old size and at most 63 hashes")
    return Submission(old=int(old[1]), proof=tuple(map(read_hash, proof)), note=note_from(note))


class Witness:
    """Signs for the logs that it knows, each of which it follows in one file; threads and processes may share it."""

    def __init__(
        self, state: Path, signers: Sequence[Signer], logs: Sequence[VerifierKey], clock: Clock
    ) -> None:
        """Keep what was seen in the file `state`; `logs` are public keys of logs, named by their origins."""
        self._state = state
        self._signers = tuple(signers)
        self._logs = tuple(logs)
        self._clock = clock

    def seen(self, origin: str) -> Checkpoint | None:
        """The last checkpoint signed of a log, None where there is none."""
        note = self._read().get(origin)
        return None if note is None else checkpoint_from(note_from(note).text)

    def cosign(self, submission: Submission) -> str:
        """The signature lines for a checkpoint that continues the last one; raises `NotWitnessed`."""
        checkpoint = self._signed_checkpoint(submission.note)
        with self._alone():
            self._compare(submission, checkpoint)
            text = submission.note.text
            lines = "".join(str(each.signed(text, self._second())) for each in self._signers)
            self._write({**self._read(), checkpoint.origin: str(submission.note)})
        return lines

    def look(self, log: "Log") -> Note:
        """Fetch the checkpoint of a log and what proves that it only grew, sign it, and give it signed.

        Raises `NotWitnessed`, also where the log cannot be reached.
        """
        note = log.checkpoint()
        checkpoint = self._signed_checkpoint(note)
        seen = self.seen(checkpoint.origin)
        old = seen.size if seen is not None else 0
        proof = log.consistency(old, checkpoint.size) if old <= checkpoint.size else ()
        lines = self.cosign(Submission(old=old, proof=proof, note=note))
        return note_from(str(note) + lines)

    def _signed_checkpoint(self, note: Note) -> Checkpoint:
        try:
            checkpoint = checkpoint_from(note.text)
        except ValueError as error:
            why = f"the note is no checkpoint: {error}"
            raise NotWitnessed(HTTPStatus.BAD_REQUEST, why) from error
        keys = [each for each in self._logs if each.name == checkpoint.origin]
        if not keys:
            raise NotWitnessed(
                HTTPStatus.NOT_FOUND, f"no log {checkpoint.origin[:200]} is known here"
            )
        if not any(is_signed(note, key, FAST) for key in keys):
            why = f"the checkpoint is not signed by {checkpoint.origin}"
            raise NotWitnessed(HTTPStatus.FORBIDDEN, why)
        return checkpoint

    def _compare(self, submission: Submission, checkpoint: Checkpoint) -> None:
        """Raise `NotWitnessed` unless the checkpoint continues what was signed last."""
        seen = self.seen(checkpoint.origin)
        size, root = seen.head if seen is not None else (0, EMPTY_ROOT)
        if submission.old > checkpoint.size:
            why = f"the old size {submission.old} is beyond the new one"
            raise NotWitnessed(HTTPStatus.BAD_REQUEST, why)
        if submission.old != size:
            why = f"a checkpoint of size {size} was signed last, not {submission.old}"
            raise NotWitnessed(HTTPStatus.CONFLICT, why, size)
        if checkpoint.size == size and checkpoint.root != root:
            why = f"another checkpoint of size {size} was signed: the log is forked"
            raise NotWitnessed(HTTPStatus.CONFLICT, why, size)
        if not is_consistent((size, root), checkpoint.head, submission.proof):
            why = f"the log of size {checkpoint.size} does not continue that of size {size}"
            raise NotWitnessed(HTTPStatus.UNPROCESSABLE_ENTITY, why)

    def _second(self) -> int:
        return int(self._clock.now().timestamp())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else compares and writes meanwhile."""
        with Path(f"{self._state}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> Mapping[str, str]:
        if not self._state.exists():
            return {}
        found: dict[str, str] = json.loads(self._state.read_text(encoding="utf-8"))
        return found

    def _write(self, state: Mapping[str, str]) -> None:
        """Replaced whole, and on the disk before anything is said: what was signed is never forgotten."""
        new = Path(f"{self._state}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(state, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._state)
        folder = os.open(self._state.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Log:
    """A log that is served as C2SP tlog-tiles has it, under an address."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        """Fetch from beneath this address."""
        self._url = url.rstrip("/")
        self._client = client

    def checkpoint(self) -> Note:
        """The latest checkpoint; raises `NotWitnessed`."""
        body = self._fetch("checkpoint")
        try:
            return note_from(body.decode())
        except ValueError as error:
            why = f"{self._url} serves no checkpoint: {error}"
            raise NotWitnessed(HTTPStatus.BAD_GATEWAY, why) from error

    def consistency(self, old: int, new: int) -> Hashes:
        """The proof between two sizes, made from tiles; raises `NotWitnessed`."""

        def tile(level: int, number: int) -> bytes:
            width = tile_width(level, number, new)
            body = self._fetch(f"tile/{tile_path(level, number, width)}")
            if len(body) < width * HASH_BYTES:
                why = f"{self._url} serves a tile that is too short"
                raise NotWitnessed(HTTPStatus.BAD_GATEWAY, why)
            return body

        return consistency(old, new, nodes_in(tile))

    def _fetch(self, path: str) -> bytes:
        body = b""
        try:
            with self._client.stream("GET", f"{self._url}/{path}") as response:
                response.raise_for_status()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > LARGEST_RESPONSE:
                        break
        except httpx.HTTPError as error:
            why = f"{self._url} cannot be reached: {error}"
            raise NotWitnessed(HTTPStatus.BAD_GATEWAY, why) from error
        if len(body) > LARGEST_RESPONSE:
            raise NotWitnessed(HTTPStatus.BAD_GATEWAY, f"{self._url}/{path} is too large")
        return body


def serving(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server on which logs hand in checkpoints; `serve_forever` works until `shutdown`."""

    class Handler(_Handler):
        cosign = witness.cosign

    return ThreadingHTTPServer((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers `POST /add-checkpoint`."""

    cosign: Callable[[Submission], str]
    timeout = 30  # seconds that a client may take; else it would hold a thread for ever

    def do_POST(self) -> None:
        """Cosign, or say why not."""
        if self.path != ADD_CHECKPOINT:
            self._say(HTTPStatus.NOT_FOUND, "there is only /add-checkpoint here\n")
            return
        try:
            lines = type(self).cosign(submission_from(self._body()))
        except NotWitnessed as refusal:
            if refusal.size is not None:
                self._say(refusal.status, f"{refusal.size}\n", SIZE_TYPE)
            else:
                self._say(refusal.status, f"{refusal}\n")
            return
        self._say(HTTPStatus.OK, lines)

    def log_message(self, *args: Any) -> None:
        """Nothing: what a witness signs stands in its file."""

    def _body(self) -> str:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_REQUEST:
            why = f"the length of the body is needed, at most {LARGEST_REQUEST}"
            raise NotWitnessed(HTTPStatus.BAD_REQUEST, why)
        try:
            return self.rfile.read(int(length)).decode()
        except UnicodeDecodeError as error:
            raise NotWitnessed(HTTPStatus.BAD_REQUEST, "the body is no text") from error

    def _say(self, status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})", re.ASCII)
