"""What works beside the service: it seals, it audits, it says so, and it stops with the service."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.beside import beside
from api.working import Changed
from infrastructure.database import migrate
from infrastructure.signing import Signer, keep, kept, signer
from infrastructure.verifier.notes import (
    COSIGNATURE,
    ED25519,
    checkpoint_from,
    is_signed,
    note_from,
)
from tests.api.clients import client_over, head_of, notice, recorded
from tests.api.sealed import ORIGIN, service_of

WITHIN_SECONDS = 120
QUICK: dict[str, Any] = {
    "migrate": "never",
    "projector": "inside",
    "checkpoint_seconds": 0.1,
    "audit_every_seconds": 0.05,
}

WORK = {f"timeline-{each}" for each in ("projector", "sealer", "collector", "auditor")}


@pytest.fixture
def database(small_database: str) -> str:
    """A record in which an audit is short: all threads of a process share its time."""
    return small_database


def until(holds: Callable[[], bool]) -> None:
    """Wait for what is to come, and fail if it does not."""
    end_by = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < end_by, "it did not come in time"
        time.sleep(0.2)


def signed(client: TestClient) -> int:
    """How many entries the latest checkpoint covers."""
    answer = client.get("/v1/log/checkpoint")
    return checkpoint_from(note_from(answer.text).text).size if answer.status_code == 200 else 0


def measured(client: TestClient, name: str) -> float:
    """What is measured under the name."""
    found = re.search(rf"^{name} (.+)$", client.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return float(found[1])


OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    """Passes over the threads of clients that live as long as the tests do."""
    OTHERS.clear()
    OTHERS.update(threading.enumerate())


def threads() -> set[str]:
    """The work that has begun since the test did, as far as it is looked at here."""
    return WORK & {each.name for each in threading.enumerate() if each not in OTHERS}


def test_what_is_recorded_is_signed_and_audited_and_that_is_measured(database: str) -> None:
    with capture_logs() as logged, client_over(database, **QUICK) as client:
        position = recorded(client, notice("POL"))["position"]
        until(lambda: signed(client) >= position)
        until(lambda: measured(client, "timeline_audited_answers_total") > 0)

        assert measured(client, "timeline_checkpoint_position") >= position
        assert measured(client, "timeline_checkpoint_time_seconds") > time.time() - 600
        assert measured(client, "timeline_checkpoint_cosignatures") == 0
        assert measured(client, "timeline_sealing_failures_total") == 0
        assert measured(client, "timeline_audit_differences_total") == 0
        assert threads() == WORK - {"timeline-collector"}
    until(lambda: threads() == set())  # an audit that had begun is ended first
    assert [each["event"] for each in logged if each["event"] == "sealing"] == ["sealing"]


def test_what_is_recorded_last_is_signed_before_the_end(database: str) -> None:
    slow = {**QUICK, "checkpoint_seconds": 3_600}
    with client_over(database, **slow) as client:
        position = recorded(client, notice("POL"))["position"]
        assert signed(client) < position

    with client_over(database, **{**slow, "signing": "off"}) as client:
        assert signed(client) >= position


def test_a_file_that_is_another_is_told_apart_from_being_told_to_stop(
    tmp_path: Path,
) -> None:
    stop, changed = threading.Event(), tmp_path / "keys"
    changed.write_text("one")
    watched = Changed(stop, changed)
    assert not watched.is_set()

    changed.write_text("the other")
    stop.set()

    assert watched.is_set()
    assert watched.is_another()


def test_several_may_seal_one_log_in_one_name(database: str) -> None:
    with client_over(database, **QUICK) as one, client_over(database, **QUICK) as other:
        position = recorded(one, notice("POL"))["position"]
        until(lambda: signed(other) >= position)
        until(lambda: signed(one) == head_of(one))

        assert len(one.get("/v1/log/keys").json()["keys"]) == 1
        notes = [each.get("/v1/log/checkpoint").text for each in (one, other)]
        assert notes[0] == notes[1]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"signing": "off"}, {"timeline-projector", "timeline-auditor"}),
        ({"signing": "external", "audit_every_seconds": 0}, {"timeline-projector"}),
        ({"projector": "external"}, {"timeline-auditor"}),
    ],
)
def test_nothing_works_beside_that_is_not_wanted(
    database: str, chosen: dict[str, Any], expected: set[str]
) -> None:
    with client_over(database, **QUICK | chosen):
        until(lambda: threads() == expected)
    assert not Path(database.removeprefix("sqlite:///")).with_suffix(".keys").exists()


def test_the_record_of_nobody_stays_empty(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'timeline.db'}"
    migrate(url)
    with client_over(url, **QUICK) as client:
        until((tmp_path / "timeline.keys").exists)
        time.sleep(0.3)

        assert service_of(client).archive.head().position == 0


def test_keys_that_cannot_be_used_are_told_of_and_answers_go_on(
    database: str, tmp_path: Path
) -> None:
    keep(tmp_path / "timeline.keys", [signer(ORIGIN, ED25519)])
    (tmp_path / "timeline.keys").chmod(0o644)

    with capture_logs() as logged, client_over(database, **QUICK) as client:
        until(lambda: measured(client, "timeline_sealing_failures_total") > 0)
        assert client.get("/v1/treaties").status_code == 200

    (told,) = [each for each in logged if each["event"] == "the log is not signed"]
    assert "chmod 600" in told["why"]


def test_witnesses_that_cannot_be_reached_are_told_of(database: str) -> None:
    key = signer("example.net/witness", COSIGNATURE).key
    witnesses = {"witnesses": f"{key} http://127.0.0.1:1", "witness_every_seconds": 0.1}

    with capture_logs() as logged, client_over(database, **QUICK | witnesses) as client:
        until(lambda: any(each["event"] == "not cosigned" for each in logged))
        assert signed(client) > 0


def test_witnesses_that_cannot_be_read_are_a_fault_of_the_settings(database: str) -> None:
    with (
        pytest.raises(ValueError, match="is not a key and an address"),
        client_over(database, **QUICK | {"witnesses": "nonsense"}),
    ):
        pass


def test_what_runs_beside_is_told_to_stop_when_the_rest_breaks() -> None:
    stopped = []

    def work(stop: threading.Event) -> None:
        stopped.append(stop.wait(WITHIN_SECONDS))

    with pytest.raises(ZeroDivisionError), beside({"timeline-work": work}):
        raise ZeroDivisionError

    assert stopped == [True]


def test_keys_that_come_into_the_file_sign_without_a_new_start(
    database: str, tmp_path: Path
) -> None:
    path = tmp_path / "timeline.keys"
    with client_over(database, **QUICK) as client:
        until(lambda: signed(client) > 0)
        old, new = service_of(client).proving.keyring.rotate()
        until(lambda: signed(client) == head_of(client) and len(declared(client)) == 2)
        until(lambda: signed_by(client, old) and signed_by(client, new))

    assert [each.key for each in kept(path)] == [old.key, new.key]


def signed_by(client: TestClient, who: Signer) -> bool:
    """Whether the latest checkpoint has a good signature of theirs."""
    note = note_from(client.get("/v1/log/checkpoint").text)
    return is_signed(note, who.key) is True


def declared(client: TestClient) -> list[Any]:
    """The keys that the log names."""
    found: list[Any] = client.get("/v1/log/keys").json()["keys"]
    return found
