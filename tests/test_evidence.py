"""From end to end: what is served is proved without the service, and whatever is done to the record is named."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.commands import application
from api.witnessing import Witnessing
from infrastructure.signing import signer
from infrastructure.verifier.notes import ED25519
from tests.api.clients import client_over
from tests.api.sealed import PROOF
from tests.postgres import free_port
from tests.serving import running_service

ORIGIN = "example.org/log"
KEY = {"Authorization": "Bearer the key of the tests"}
PACT = "/v1/treaties/pact"
ANSWER = f"{PACT}/parties/POL?as_of=2001-01-01&explain=true"
WITHIN_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What somebody has kept who was a client of the service; the service is gone."""

    folder: Path
    log_key: str
    witness_key: str

    def verify(self, answer: str, *options: str, folder: Path | None = None) -> tuple[int, str]:
        """What the verifier, one file and Python alone, says of an answer."""
        ended = subprocess.run(
            [sys.executable, "-I", "verify.py", answer, "--key", self.log_key, *options, "--json"],
            cwd=folder or self.folder,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.stderr == ""
        said = json.loads(ended.stdout)
        return ended.returncode, said.get("fault", said["sentence"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Kept:
    """A service was started, recorded and was asked, had a witness, and was stopped."""
    folder = tmp_path_factory.mktemp("served")
    with closing(sqlite3.connect(sqlite_template)) as one, closing(_file(folder)) as other:
        one.backup(other)
    with _in(folder):
        _run("record", "-", given=_facts())
        log_key = _run("keys", "signing", "make", "--origin", ORIGIN).strip()
        _run("verifier", "--output", "verify.py")
    with _witness(folder, log_key) as (witness_key, address):
        settings = {
            "TIMELINE_API_KEY": KEY["Authorization"].removeprefix("Bearer "),
            "TIMELINE_CHECKPOINT_SECONDS": "0.2",
            "TIMELINE_WITNESSES": f"{witness_key} {address}",
            "TIMELINE_WITNESS_EVERY_SECONDS": "0.2",
        }
        with running_service(folder, free_port(), settings) as service:
            _use(service, folder, witness_key)
    return Kept(folder=folder, log_key=log_key, witness_key=witness_key)


def _use(service: str, folder: Path, witness_key: str) -> None:
    """Record, and keep what is given; record more, and keep that too."""
    with httpx.Client(base_url=service, headers=KEY) as client:
        for name in ("first", "second"):
            act = {"party": "POL", "kind": "declaration", "dated": "1999-01-01", "note": name}
            answer = client.post(f"{PACT}/acts", json=act)
            position = answer.headers["X-Timeline-Position"]
            seen = folder / "first.checkpoint"
            since = f"&since={seen.read_text().splitlines()[1]}" if seen.exists() else ""
            given = client.get(
                f"{ANSWER}{since}", headers={"Accept": PROOF, "X-Timeline-Position": position}
            )
            (folder / f"{name}.json").write_bytes(given.raise_for_status().content)
            checkpoint = _cosigned(client, int(position), witness_key.split("+", maxsplit=1)[0])
            (folder / f"{name}.checkpoint").write_text(checkpoint)
        _cosigned_proof(client, folder)


def _cosigned(client: httpx.Client, position: int, witness: str) -> str:
    """The checkpoint that covers the position, once the witness has signed it."""
    end_by = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < end_by:
        note = client.get("/v1/log/checkpoint").text
        if int(note.splitlines()[1]) >= position and f"— {witness} " in note:
            return note
        time.sleep(0.05)
    raise AssertionError("the witness did not sign in time")


def _cosigned_proof(client: httpx.Client, folder: Path) -> None:
    given = client.get(ANSWER, headers={"Accept": PROOF})
    (folder / "cosigned.json").write_bytes(given.content)


# --- with the service gone ---


def test_the_answer_is_proved_with_the_service_gone(kept: Kept) -> None:
    status, sentence = kept.verify("first.json")

    assert status == 0
    assert sentence.startswith("On 2001-01-01, Poland (POL) had the status signatory in pact")


def test_the_witness_saw_it_and_what_was_seen_before_goes_on(kept: Kept) -> None:
    status, sentence = kept.verify(
        "cosigned.json", "--witness", kept.witness_key, "--seen", "second.checkpoint"
    )

    assert (status, "seen by example.net/witness" in sentence) == (0, True)
    assert kept.verify("second.json", "--seen", "first.checkpoint")[0] == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d["entries"][-1]["content"]["fact"].update(note="Second"), "altered_entry"),
        (lambda d: d["entries"].pop(-2), "missing_entry"),
        (lambda d: d["entries"].insert(1, d["entries"].pop(2)), "entries_out_of_order"),
        (lambda d: d["answer"].update(status="party"), "another_answer"),
        (
            lambda d: d.update(checkpoint=d["checkpoint"].replace("\n", "\n1", 1)),
            "forged_checkpoint",
        ),
        (lambda d: d["heads"]["treaty:pact"].update(count=3), "altered_heads"),
    ],
)
def test_whatever_is_changed_in_an_answer_is_named(
    kept: Kept, tmp_path: Path, change: Callable[[Any], object], fault: str
) -> None:
    document = json.loads((kept.folder / "second.json").read_bytes())
    change(document)
    (tmp_path / "changed.json").write_text(json.dumps(document))

    assert kept.verify(str(tmp_path / "changed.json")) == (1, fault)


def test_a_replayed_checkpoint_is_named(kept: Kept) -> None:
    assert kept.verify("first.json", "--seen", "second.checkpoint") == (1, "replayed_checkpoint")


def test_a_key_that_nobody_trusts_proves_nothing(kept: Kept) -> None:
    stranger = Kept(folder=kept.folder, log_key=OTHER_KEY, witness_key="")

    assert stranger.verify("first.json") == (1, "forged_checkpoint")


# --- what is done to the database ---


TAMPERING = {
    "one bit": ("altered_entry", "UPDATE event_log SET state = {flipped} WHERE position = {last}"),
    "an act": ("missing_entry", "DELETE FROM event_log WHERE position = {last}"),
    "a pair": (
        "swapped_entries",
        "UPDATE event_log SET position = -1 WHERE position = {last} - 1",
        "UPDATE event_log SET position = {last} - 1 WHERE position = {last}",
        "UPDATE event_log SET position = {last} WHERE position = -1",
    ),
    "the keys": ("missing_entry", "DELETE FROM event_log WHERE originator_id = 'signing'"),
    "tiles": ("altered_entry", "UPDATE log_tile SET hashes = zeroblob(length(hashes))"),
    "heads": ("altered_heads", "UPDATE log_head SET last = zeroblob(32)"),
    "checkpoints": ("altered_checkpoint", "UPDATE checkpoint SET note = {another}"),
    "signatures": ("forged_signature", "UPDATE checkpoint SET note = {forged} WHERE size = {size}"),
    "read model": ("altered_read_model", "UPDATE built_status SET status = 'party'"),
}
"""What somebody changes: the fault that is then named, and the statements that do it."""


@pytest.mark.parametrize("what", TAMPERING)
def test_whatever_is_done_to_the_database_is_named(kept: Kept, tmp_path: Path, what: str) -> None:
    fault, *statements = TAMPERING[what]
    shutil.copy(kept.folder / "timeline.db", tmp_path)
    with _in(tmp_path):
        _tamper(tmp_path, statements)
        status, faults = _found("--deep")

    assert (status, fault in faults) == (1, True), faults


def test_a_record_that_nobody_touched_is_whole(kept: Kept) -> None:
    with _in(kept.folder):
        assert _found("--deep") == (0, [])


def test_a_guard_that_is_gone_is_named_at_once(kept: Kept, tmp_path: Path) -> None:
    shutil.copy(kept.folder / "timeline.db", tmp_path)
    with closing(_file(tmp_path)) as connection:
        connection.execute("DROP TRIGGER event_log_refuse_delete")

    with _in(tmp_path):
        assert _found() == (1, ["missing_guard"])


# --- another history, freshly signed ---


def test_a_rewritten_and_a_forked_history_are_named_by_whoever_kept_anything(
    kept: Kept, tmp_path: Path, sqlite_template: Path
) -> None:
    with closing(sqlite3.connect(sqlite_template)) as one, closing(_file(tmp_path)) as other:
        one.backup(other)
    for name in ("timeline.keys", "verify.py", "second.checkpoint"):
        shutil.copy(kept.folder / name, tmp_path)
    for name in ("witness.json", "witness.keys"):
        shutil.copy(kept.folder / name, tmp_path)
    size = int((kept.folder / "second.checkpoint").read_text().splitlines()[1])
    with _in(tmp_path):
        _run("record", "-", given=_facts())
        _run("seal", "--once")
        while (position := _position(tmp_path)) < size:
            act = {"kind": "declaration", "dated": "1999-01-01", "note": f"other {position}"}
            _run("record", "-", given=json.dumps({"treaty": "pact", "party": "POL", **act}))
        _run("seal", "--once")
        forked = _proof(tmp_path)
        act = {"kind": "declaration", "dated": "1999-01-01", "note": "more"}
        _run("record", "-", given=json.dumps({"treaty": "pact", "party": "POL", **act}))
        _run("seal", "--once")
        rewritten = _proof(tmp_path, since=size)
        whole = _found("--deep")
        with running_service(tmp_path, free_port()) as service:
            refused = CliRunner().invoke(
                application, ["witness", "--log", kept.log_key, "--fetch", f"{service}/v1/log"]
            )

    assert whole == (0, [])  # by itself it looks right: that is what others keep something for
    assert kept.verify(str(forked))[0] == 0
    assert kept.verify(str(forked), "--seen", "second.checkpoint") == (1, "forked_log")
    assert kept.verify(str(rewritten), "--seen", "second.checkpoint") == (1, "rewritten_history")
    assert kept.verify(str(forked), "--witness", kept.witness_key) == (1, "too_few_witnesses")
    assert (refused.exit_code, "does not continue" in refused.stderr) == (1, True)


OTHER_KEY = str(signer(ORIGIN, ED25519).key)


def _proof(folder: Path, since: int | None = None) -> Path:
    """An answer with its proof, from the record in the folder."""
    asked = ANSWER if since is None else f"{ANSWER}&since={since}"
    path = folder / f"{'forked' if since is None else 'rewritten'}.json"
    with client_over(f"sqlite:///{folder / 'timeline.db'}", migrate="never") as client:
        path.write_bytes(client.get(asked, headers={"Accept": PROOF}).content)
    return path


def _found(*options: str) -> tuple[int, list[str]]:
    """The exit status of `timeline verify`, and the faults that it names, each once."""
    result = CliRunner().invoke(application, ["verify", *options, "--json"])
    checks = json.loads(result.stdout)["checks"]
    found = [each["fault"] for check in checks for each in check["faults"]]
    return result.exit_code, list(dict.fromkeys(found))


def _tamper(folder: Path, statements: Sequence[str]) -> None:
    """Do what only somebody can who holds the file: take the guards away, change, and put them back."""
    with closing(_file(folder)) as connection:
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        last, state = connection.execute(
            "SELECT position, state FROM event_log ORDER BY position DESC"
        ).fetchone()
        size, note = connection.execute("SELECT size, note FROM checkpoint").fetchone()
        flipped = bytes([*state[:-4], state[-4] ^ 1, *state[-3:]])
        words = {
            "last": last,
            "flipped": f"x'{flipped.hex()}'",
            "size": size,
            "another": f"'{note}'",
            "forged": f"'{note[:-20]}AAAA{note[-16:]}'",
        }
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for each in statements:
            connection.execute(each.format(**words))
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()


def _position(folder: Path) -> int:
    with closing(_file(folder)) as connection:
        (position,) = connection.execute("SELECT max(position) FROM event_log").fetchone()
    return int(position)


def _facts() -> str:
    """A treaty, two parties, and what they did."""
    facts = [
        {"type": "party", "party": "POL", "names": [{"name": "Poland"}]},
        {"type": "party", "party": "DEU", "names": [{"name": "Germany"}]},
        {"type": "treaty", "treaty": "pact", "title": "The Pact"},
        {"treaty": "pact", "party": "POL", "kind": "signature", "dated": "1998-01-01"},
        {"treaty": "pact", "party": "DEU", "kind": "signature", "dated": "1998-01-01"},
    ]
    return "\n".join(map(json.dumps, facts))


@contextmanager
def _witness(folder: Path, log_key: str) -> Iterator[tuple[str, str]]:
    """A witness that listens, with its key and its address."""
    witnessing = Witnessing(
        folder / "witness.json",
        folder / "witness.keys",
        name="example.net/witness",
        logs=[log_key],
    )
    with witnessing.serving("127.0.0.1", 0) as server:
        worker = threading.Thread(target=server.serve_forever)
        worker.start()
        yield str(witnessing.key), f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        worker.join()


def _run(*words: str, given: str | None = None) -> str:
    """What the command prints; it fails the test if it fails."""
    result = CliRunner().invoke(application, list(words), input=given)
    assert result.exit_code == 0, result.output
    return result.stdout


def _file(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "timeline.db")


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """With this as the working folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
