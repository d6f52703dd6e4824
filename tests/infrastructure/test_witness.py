"""A witness signs one history of a log, and the log collects what its witnesses sign."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from domain.leaves import leaf_from
from domain.proof import frontier, tile_path, tile_place
from infrastructure.cosigning import Collector, WitnessAddress, witnesses_from
from infrastructure.signing import FAST, signed_note, signer
from infrastructure.verifier.notes import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Note,
    checkpoint_from,
    cosigned_at,
    is_signed,
    note_from,
)
from infrastructure.witness import (
    ADD_CHECKPOINT,
    LARGEST_REQUEST,
    LARGEST_RESPONSE,
    Log,
    NotWitnessed,
    Submission,
    Witness,
    serving,
    submission_from,
)
from tests.infrastructure.records import (
    LOG_KEY,
    ORIGIN,
    START,
    Record,
    SteadyClock,
    an_act,
    opened,
    some_acts,
)

WITNESS_KEY = signer("example.org/witness", COSIGNATURE, b"7" * 32)


@pytest.fixture
def record(migrated_sqlite_database: str) -> Iterator[Record]:
    with opened(migrated_sqlite_database) as record:
        yield record


@pytest.fixture
def either(migrated_database_url: str) -> Iterator[Record]:
    """A record on each of the databases, for what is kept there."""
    with opened(migrated_database_url) as record:
        yield record


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return a_witness(tmp_path)


def a_witness(folder: Path, logs: Any = (LOG_KEY.key,)) -> Witness:
    return Witness(folder / "seen.json", [WITNESS_KEY], logs, SteadyClock())


def latest(record: Record) -> Note:
    kept = record.tree.checkpoint()
    assert kept is not None
    return note_from(kept.note)


def submitted(record: Record, old: int, note: Note | None = None) -> Submission:
    note = note or latest(record)
    size = checkpoint_from(note.text).size
    return Submission(old=old, proof=record.tree.consistency(old, size), note=note)


def grow(record: Record, *numbers: int, treaty: str = "npt") -> None:
    record.add(*(an_act(number, treaty) for number in numbers))
    record.seal()


def refusal(witness: Witness, submission: Submission) -> tuple[HTTPStatus, int | None]:
    with pytest.raises(NotWitnessed) as refused:
        witness.cosign(submission)
    return refused.value.status, refused.value.size


def a_checkpoint(size: int, root: bytes) -> Note:
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root, heads=bytes(32))
    return signed_note(checkpoint.text(), [LOG_KEY])


# --- what a witness signs ---


def test_a_witness_signs_what_only_grew(record: Record, witness: Witness) -> None:
    grow(record, 1, 2, 3)
    first = witness.cosign(submitted(record, 0))
    grow(record, 4, 5)

    second = witness.cosign(submitted(record, 3))

    for note, lines in ((a_kept(record, 3), first), (latest(record), second)):
        signed = note_from(str(note) + lines)
        assert is_signed(signed, WITNESS_KEY.key) is True
        assert is_signed(signed, LOG_KEY.key) is True
        assert cosigned_at(signed, WITNESS_KEY.key) > START.timestamp()  # type: ignore[operator]
    seen = witness.seen(ORIGIN)
    assert seen is not None
    assert seen.size == 5


def a_kept(record: Record, size: int) -> Note:
    kept = record.tree.checkpoint(size)
    assert kept is not None
    return note_from(kept.note)


def test_the_same_checkpoint_is_signed_again(record: Record, witness: Witness) -> None:
    grow(record, 1)
    witness.cosign(submitted(record, 0))

    assert witness.cosign(submitted(record, 1)).startswith("— example.org/witness ")


def test_what_was_seen_is_remembered_by_another_process(record: Record, tmp_path: Path) -> None:
    grow(record, 1)
    a_witness(tmp_path).cosign(submitted(record, 0))

    seen = a_witness(tmp_path).seen(ORIGIN)

    assert seen == checkpoint_from(latest(record).text)
    assert a_witness(tmp_path).seen("example.org/other") is None


def test_a_forked_view_is_not_signed(record: Record, witness: Witness) -> None:
    grow(record, 1, 2)
    witness.cosign(submitted(record, 0))
    fork = a_checkpoint(2, bytes(32))

    assert refusal(witness, Submission(old=2, proof=(), note=fork)) == (HTTPStatus.CONFLICT, 2)


def test_a_rewritten_history_is_not_signed(record: Record, witness: Witness) -> None:
    grow(record, 1, 2, 3)
    witness.cosign(submitted(record, 0))
    grow(record, 4)
    leaves = [leaf.hash for leaf in record.tree.leaves(1, 4)]
    rewritten = a_checkpoint(4, frontier([bytes(32), *leaves[1:]]).root())

    refused = refusal(witness, submitted(record, 3, rewritten))

    assert refused == (HTTPStatus.UNPROCESSABLE_ENTITY, None)
    seen = witness.seen(ORIGIN)
    assert seen is not None
    assert seen.size == 3


def test_a_replayed_old_checkpoint_is_not_signed(record: Record, witness: Witness) -> None:
    grow(record, 1, 2)
    old = submitted(record, 0)
    grow(record, 3)
    witness.cosign(submitted(record, 0))

    assert refusal(witness, old) == (HTTPStatus.CONFLICT, 3)
    assert refusal(witness, replace(old, old=3)) == (HTTPStatus.BAD_REQUEST, None)


def test_a_log_that_is_behind_is_told_what_was_signed_last(
    record: Record, witness: Witness
) -> None:
    grow(record, 1, 2)
    witness.cosign(submitted(record, 0))
    grow(record, 3)

    assert refusal(witness, submitted(record, 1)) == (HTTPStatus.CONFLICT, 2)


def test_a_witness_signs_for_logs_that_it_knows(record: Record, tmp_path: Path) -> None:
    grow(record, 1)
    other = signer("example.org/other", ED25519)
    impostor = signer(ORIGIN, ED25519)

    assert refusal(a_witness(tmp_path, [other.key]), submitted(record, 0))[0] == 404
    assert refusal(a_witness(tmp_path, [impostor.key]), submitted(record, 0))[0] == 403
    unsigned = replace(latest(record), signatures=impostor_line(record))
    assert refusal(a_witness(tmp_path), submitted(record, 0, unsigned))[0] == 403


def impostor_line(record: Record) -> Any:
    return (signer(ORIGIN, ED25519).signed(latest(record).text),)


def test_a_note_that_is_no_checkpoint_is_not_signed(witness: Witness) -> None:
    note = signed_note("something else\n", [LOG_KEY])

    assert refusal(witness, Submission(old=0, proof=(), note=note))[0] == 400


def test_a_submission_is_read_as_it_is_written(record: Record) -> None:
    grow(record, *range(5))
    grow(record, *range(5, 12))

    written = submitted(record, 5)

    assert submission_from(written.text()) == written
    assert len(written.proof) > 1


@pytest.mark.parametrize(
    "text",
    ["", "old 5", "old 5\n\n", "old -5\n\nx", "old 05\n\nx", "new 5\n\nx", "old 5\nx\n\nx"],
)
def test_a_body_that_is_no_submission_is_refused(text: str) -> None:
    with pytest.raises(NotWitnessed, match="no submission") as refused:
        submission_from(text)

    assert refused.value.status == HTTPStatus.BAD_REQUEST


def test_a_proof_longer_than_any_is_refused(record: Record) -> None:
    grow(record, 1)
    long = replace(submitted(record, 0), proof=(bytes(32),) * 64)

    with pytest.raises(NotWitnessed, match="at most 63 hashes"):
        submission_from(long.text())


def test_of_two_histories_at_the_same_time_one_is_signed(record: Record, tmp_path: Path) -> None:
    grow(record, 1)
    heads = [Submission(old=0, proof=(), note=a_checkpoint(2, bytes([n] * 32))) for n in range(8)]
    signed: list[str] = []

    def try_it(submission: Submission) -> None:
        try:
            signed.append(a_witness(tmp_path).cosign(submission))
        except NotWitnessed:
            return

    threads = [threading.Thread(target=try_it, args=[each]) for each in heads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(signed) == 1


def test_nothing_is_said_before_it_is_kept(
    record: Record, witness: Witness, tmp_path: Path
) -> None:
    grow(record, 1)
    (tmp_path / "seen.json.new").mkdir()  # so that the file cannot be written

    with pytest.raises(IsADirectoryError):
        witness.cosign(submitted(record, 0))

    assert witness.seen(ORIGIN) is None


# --- over HTTP ---


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[str]:
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    worker.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        worker.join()
        server.server_close()


@pytest.fixture
def address(witness: Witness) -> Iterator[WitnessAddress]:
    with listening(serving(witness, "127.0.0.1", 0)) as url:
        yield WitnessAddress(key=WITNESS_KEY.key, url=url)


def collector(record: Record, *witnesses: WitnessAddress) -> Collector:
    return Collector(record.engine, SteadyClock(), witnesses, timeout_seconds=2.0)


def test_the_log_collects_signatures_and_serves_them(
    either: Record, address: WitnessAddress
) -> None:
    grow(either, 1, 2)

    assert collector(either, address).collect() == 1

    kept = either.tree.checkpoint()
    assert kept is not None
    assert is_signed(note_from(kept.signed()), WITNESS_KEY.key, FAST) is True
    assert len(kept.cosignatures) == 1
    assert collector(either, address).collect() == 0


def test_each_checkpoint_that_is_the_latest_is_signed(
    either: Record, address: WitnessAddress
) -> None:
    grow(either, 1, 2)
    collector(either, address).collect()
    grow(either, 3, 4, 5)

    assert collector(either, address).collect() == 1
    assert [len(each.cosignatures) for each in either.tree.checkpoints()] == [1, 1]


def test_a_witness_that_saw_more_than_we_remember_is_caught_up_with(
    record: Record, witness: Witness, address: WitnessAddress
) -> None:
    grow(record, 1, 2)
    witness.cosign(submitted(record, 0))
    grow(record, 3)

    assert collector(record, address).collect() == 1


def test_no_checkpoint_is_nothing_to_sign(record: Record, address: WitnessAddress) -> None:
    assert collector(record, address).collect() == 0


def test_a_witness_that_refuses_or_is_away_leaves_the_others_standing(
    record: Record, address: WitnessAddress
) -> None:
    grow(record, 1)
    away = WitnessAddress(key=signer("example.org/away", COSIGNATURE).key, url="http://127.0.0.1:1")

    assert collector(record, away, address).collect() == 1


def test_a_log_cut_back_is_not_signed_again(
    record: Record, witness: Witness, address: WitnessAddress
) -> None:
    """A database restored from an old copy has signed more before than it has now."""
    grow(record, 1)
    witness.cosign(Submission(old=0, proof=(), note=a_checkpoint(9, bytes(32))))

    assert collector(record, address).collect() == 0


@contextmanager
def answering(status: int, body: str, kind: str = "text/plain") -> Iterator[WitnessAddress]:
    """A witness that says always the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield WitnessAddress(key=WITNESS_KEY.key, url=url)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "", "text/plain"),
        (200, "nonsense\n", "text/plain"),
        (200, str(LOG_KEY.signed("another text\n")), "text/plain"),
        (200, str(WITNESS_KEY.signed("another text\n", 1)), "text/plain"),
        (200, "— example.org/witness AAAAAAAA\n" * 9_000, "text/plain"),
        (409, "many\n", "text/x.tlog.size"),
        (409, "1\n", "text/plain"),
        (409, "9\n", "text/x.tlog.size"),
        (403, "no\n", "text/plain"),
        (500, "", "text/plain"),
    ],
)
def test_what_is_no_signature_of_the_witness_is_not_kept(
    record: Record, status: int, body: str, kind: str
) -> None:
    grow(record, 1)

    with answering(status, body, kind) as address:
        assert collector(record, address).collect() == 0

    kept = record.tree.checkpoint()
    assert kept is not None
    assert kept.cosignatures == ()


def test_signatures_are_collected_until_told_to_stop(
    record: Record, address: WitnessAddress
) -> None:
    grow(record, 1)
    stop = Event()
    worker = threading.Thread(
        target=collector(record, address).run, args=[stop], kwargs={"every_seconds": 0.01}
    )
    worker.start()
    try:
        signed = any(cosignatures(record) or stop.wait(0.01) for _ in range(500))
    finally:
        stop.set()
        worker.join()

    assert signed
    assert len(cosignatures(record)) == 1


def cosignatures(record: Record) -> tuple[str, ...]:
    kept = record.tree.checkpoint()
    assert kept is not None
    return kept.cosignatures


@pytest.mark.parametrize(
    ("path", "length", "body", "status"),
    [
        ("/elsewhere", "0", b"", 404),
        (ADD_CHECKPOINT, "8", b"nonsense", 400),
        (ADD_CHECKPOINT, "2", b"\xff\xfe", 400),
        (ADD_CHECKPOINT, str(LARGEST_REQUEST + 1), b"", 400),
        (ADD_CHECKPOINT, "many", b"", 400),
    ],
)
def test_what_is_no_request_is_refused(
    address: WitnessAddress, path: str, length: str, body: bytes, status: int
) -> None:
    connection = HTTPConnection(address.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", length)
    connection.endheaders(body)

    response = connection.getresponse()
    connection.close()

    assert response.status == status


# --- fetching from a log that is served as files ---


class Served:
    """The files of a log, and what a liar puts in their place."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.instead: dict[str, bytes] = {}

    def file(self, path: str) -> bytes | None:
        if path in self.instead:
            return self.instead[path]
        if path == "/log/checkpoint":
            return str(latest(self.record)).encode()
        level, number, width = tile_place(path.removeprefix("/log/tile/"))
        return self.record.tree.tile(int(level), number, width)


@pytest.fixture
def served(record: Record) -> Served:
    return Served(record)


@pytest.fixture
def site(served: Served) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.file(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/log/"


def look(witness: Witness, site: str) -> Note:
    with httpx.Client(timeout=5) as client:
        return witness.look(Log(site, client))


def test_a_witness_looks_for_itself(record: Record, witness: Witness, site: str) -> None:
    record.add(*some_acts(300))
    record.seal()
    look(witness, site)
    record.add(*(an_act(number, "new") for number in range(400)))
    record.seal()

    signed = look(witness, site)

    assert checkpoint_from(signed.text).size == 700
    assert is_signed(signed, WITNESS_KEY.key) is True


def test_a_witness_that_looks_is_not_shown_another_history(
    record: Record, witness: Witness, served: Served, site: str
) -> None:
    grow(record, 1, 2, 3)
    look(witness, site)
    grow(record, 4)
    served.instead["/log/checkpoint"] = str(a_checkpoint(4, bytes(32))).encode()

    with pytest.raises(NotWitnessed, match="the log of size 4 does not continue that of size 3"):
        look(witness, site)


def test_a_witness_that_looks_is_not_shown_less_than_before(
    record: Record, witness: Witness, served: Served, site: str
) -> None:
    grow(record, 1)
    before = str(latest(record)).encode()
    grow(record, 2)
    look(witness, site)
    served.instead["/log/checkpoint"] = before

    with pytest.raises(NotWitnessed, match="the old size 2 is beyond the new one"):
        look(witness, site)


LIES = {
    "serves no checkpoint": ("/log/checkpoint", b"nothing"),
    "codec can't decode": ("/log/checkpoint", b"\xff"),
    "is too large": ("/log/checkpoint", b"x" * (LARGEST_RESPONSE + 1)),
    "serves a tile that is too short": (f"/log/tile/{tile_path(0, 0, 2)}", b"short"),
}


@pytest.mark.parametrize("why", LIES)
def test_a_site_that_serves_no_log_is_not_signed(
    record: Record, witness: Witness, served: Served, site: str, why: str
) -> None:
    grow(record, 1)
    look(witness, site)
    grow(record, 2)
    served.instead.update([LIES[why]])

    with pytest.raises(NotWitnessed, match=why):
        look(witness, site)


def test_a_site_that_is_away_is_said_to_be(witness: Witness) -> None:
    with pytest.raises(NotWitnessed, match="cannot be reached"):
        look(witness, "http://127.0.0.1:1")


# --- settings ---


def test_witnesses_are_named_in_a_setting() -> None:
    other = signer("example.net/w", COSIGNATURE)
    text = f"{WITNESS_KEY.key} https://one.example/w/ , {other.key} http://two.example"

    found = witnesses_from(text)

    assert found == (
        WitnessAddress(key=WITNESS_KEY.key, url="https://one.example/w"),
        WitnessAddress(key=other.key, url="http://two.example"),
    )
    assert witnesses_from("") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{WITNESS_KEY.key}", "is not a key and an address"),
        (f"{WITNESS_KEY.key} ftp://one.example", "is not a key and an address"),
        ("nonsense https://one.example", "is not a key like"),
        (f"{LOG_KEY.key} https://one.example", "is not that of a witness"),
    ],
)
def test_a_setting_that_names_no_witness_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        witnesses_from(text)


def test_the_file_of_a_witness_can_be_read_by_people(
    record: Record, witness: Witness, tmp_path: Path
) -> None:
    grow(record, 1)
    witness.cosign(submitted(record, 0))

    state = json.loads((tmp_path / "seen.json").read_text())

    assert state == {ORIGIN: str(latest(record))}
    assert leaf_from(record.tree.leaves(1, 1)[0].plain()).position == 1
