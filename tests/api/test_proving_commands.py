"""Commands about what proves the record: its keys, its verifier, its documents, its witnesses."""

import json
import re
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.cli.commands import application
from infrastructure.bundle import bundled
from infrastructure.signing import kept
from tests.api.sealed import ORIGIN

Timeline = Callable[..., Result]

PDF = b"%PDF-1.7 an instrument of ratification"
DIGEST = sha256(PDF).hexdigest()
FACT = json.dumps({"type": "party", "party": "POL", "names": [{"name": "Poland"}]})


@pytest.fixture
def timeline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, migrated_sqlite_database: str
) -> Timeline:
    """Runs the command in a folder of its own, beside a database in which nothing stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert migrated_sqlite_database == f"sqlite:///{tmp_path / 'timeline.db'}"

    def run(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(application, list(words), input=given)

    return run


def keys(timeline: Timeline, *words: str) -> list[dict[str, Any]]:
    """The keys that a command about them tells."""
    result = timeline("keys", "signing", *words, "--json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)["keys"]
    return found


# --- keys ---


def test_keys_are_made_in_the_name_of_the_log(timeline: Timeline) -> None:
    (key,) = keys(timeline, "make", "--origin", ORIGIN)

    assert (key["name"], key["type"], key["in_file"], key["in_use"]) == (
        ORIGIN,
        "Ed25519",
        True,
        False,
    )
    assert stat.S_IMODE(Path("timeline.keys").stat().st_mode) == 0o600
    assert "PRIVATE" not in json.dumps(keys(timeline, "list"))


def test_the_public_key_is_what_the_verifier_takes(timeline: Timeline) -> None:
    made = timeline("keys", "signing", "make", "--origin", ORIGIN)
    listed = timeline("keys", "signing", "list")

    assert made.stdout.strip() == str(kept(Path("timeline.keys"))[0].key)
    assert made.stdout.strip() in listed.stdout


def test_keys_are_never_written_over(timeline: Timeline) -> None:
    timeline("keys", "signing", "make")
    before = Path("timeline.keys").read_text()

    again = timeline("keys", "signing", "make")

    assert (again.exit_code, "they stay what they are" in again.stderr) == (1, True)
    assert Path("timeline.keys").read_text() == before


def test_a_key_of_a_second_type_signs_beside_the_first(timeline: Timeline) -> None:
    timeline("record", "-", given=FACT)
    both = keys(timeline, "make", "--origin", ORIGIN, "--post-quantum")
    timeline("seal", "--once")

    assert [each["type"] for each in both] == ["Ed25519", "ML-DSA-44"]
    assert [each["in_use"] for each in keys(timeline, "list")] == [True, True]
    again = timeline("keys", "signing", "make", "--post-quantum")
    assert (again.exit_code, "already" in again.stderr) == (1, True)


@pytest.mark.parametrize("name", ["a log", "a+log", ""])
def test_a_name_that_a_note_cannot_carry_is_wrong_use(timeline: Timeline, name: str) -> None:
    result = timeline("keys", "signing", "make", "--origin", name)

    assert result.exit_code == (2 if name else 0)


def test_keys_are_rotated_in_two_steps_and_the_log_says_so(timeline: Timeline) -> None:
    timeline("record", "-", given=FACT)
    timeline("seal", "--once")
    old, new = keys(timeline, "rotate")
    timeline("seal", "--once")
    both = keys(timeline, "list")
    keys(timeline, "rotate", "--finish")
    timeline("seal", "--once")

    assert [each["in_use"] for each in both] == [True, True]
    assert [(each["key"], each["in_file"], each["in_use"]) for each in keys(timeline, "list")] == [
        (old["key"], False, False),
        (new["key"], True, True),
    ]
    assert timeline("verify", "--deep").exit_code == 0


def test_stolen_keys_are_replaced_at_once(timeline: Timeline) -> None:
    timeline("record", "-", given=FACT)
    timeline("seal", "--once")

    listed = keys(timeline, "rotate", "--stolen")
    timeline("seal", "--once")

    assert [each["in_file"] for each in listed] == [False, True]
    assert [each["in_use"] for each in keys(timeline, "list")] == [False, True]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["rotate", "--finish"], 1, "holds no new keys"),
        (["rotate", "--finish", "--stolen"], 2, "without --stolen"),
    ],
)
def test_what_cannot_be_rotated_is_said(
    timeline: Timeline, words: list[str], status: int, said: str
) -> None:
    timeline("keys", "signing", "make")

    result = timeline("keys", "signing", *words)

    assert (result.exit_code, said in result.stderr) == (status, True)


def test_old_keys_are_taken_out_before_others_come(timeline: Timeline) -> None:
    timeline("keys", "signing", "make")
    timeline("keys", "signing", "rotate")

    result = timeline("keys", "signing", "rotate")

    assert (result.exit_code, "take those out first" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", [["seal", "--once"], ["seal"], ["project"], ["serve"]])
def test_nothing_starts_that_cannot_sign_a_log_that_is_signed(
    timeline: Timeline, command: list[str]
) -> None:
    timeline("record", "-", given=FACT)
    timeline("seal", "--once")
    Path("timeline.keys").unlink()

    result = timeline(*command)

    assert (result.exit_code, "timeline.keys is not there" in result.stderr) == (1, True)
    assert not Path("timeline.keys").exists()


def test_keys_that_others_can_read_are_refused(timeline: Timeline) -> None:
    timeline("keys", "signing", "make")
    Path("timeline.keys").chmod(0o644)

    result = timeline("keys", "signing", "list")

    assert (result.exit_code, "chmod 600" in result.stderr) == (1, True)


# --- sealing, verifying ---


def test_sealing_once_signs_what_is_recorded(timeline: Timeline) -> None:
    timeline("record", "-", given=FACT)

    result = timeline("seal", "--once")

    assert (result.exit_code, result.stderr) == (0, "Signed at 2 entries.\n")
    assert timeline("seal", "--once").stderr == "Signed at 2 entries.\n"


def test_an_empty_record_is_not_sealed_and_stays_empty(timeline: Timeline) -> None:
    result = timeline("seal", "--once")

    assert (result.exit_code, "the record is empty" in result.stderr) == (1, True)
    assert "The record is empty" in timeline("roster", "pact").stderr


def test_a_whole_record_is_told_in_a_sentence(timeline: Timeline) -> None:
    timeline("record", "-", given=FACT)
    timeline("seal", "--once")

    fast, deep = timeline("verify"), timeline("verify", "--deep")

    assert (fast.exit_code, deep.exit_code) == (0, 0)
    assert fast.stdout.endswith(
        "Whole: 7 checks found nothing wrong; --deep looks at every entry.\n"
    )
    assert re.search(r"Whole: \d+ checks found nothing wrong\.\n$", deep.stdout)
    assert fast.stderr == ""


def test_the_verifier_is_written_to_a_file_or_out(timeline: Timeline, tmp_path: Path) -> None:
    written = timeline("verifier", "--output", "verify.py")
    nowhere = timeline("verifier", "--output", str(tmp_path / "nowhere" / "verify.py"))

    assert (written.exit_code, Path("verify.py").read_text()) == (0, bundled())
    assert timeline("verifier").stdout == bundled()
    assert (nowhere.exit_code, "No such file" in nowhere.stderr) == (2, True)


# --- documents ---


def test_documents_are_attached_by_their_digest(timeline: Timeline) -> None:
    Path("instrument.pdf").write_bytes(PDF)

    told = timeline("attach", "instrument.pdf", "--as", "clerk")
    again = json.loads(timeline("attach", "instrument.pdf", "--json").stdout)

    assert told.exit_code == 0
    assert DIGEST in told.stdout
    (document,) = again["documents"]
    assert (document["sha256"], document["media_type"]) == (DIGEST, "application/pdf")
    assert document["kept_by"] == "clerk"


def test_a_document_that_is_too_large_or_empty_or_missing_is_refused(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMELINE_MAX_DOCUMENT_BYTES", "8")
    Path("large").write_bytes(PDF)
    Path("empty").touch()

    large, empty = timeline("attach", "large"), timeline("attach", "empty")

    assert (large.exit_code, "1 to 8 bytes" in large.stderr) == (1, True)
    assert empty.exit_code == 1
    assert timeline("attach", "missing").exit_code == 2


def test_an_erased_document_keeps_its_digest_and_the_reason(timeline: Timeline) -> None:
    Path("instrument.pdf").write_bytes(PDF)
    timeline("attach", "instrument.pdf")

    erased = timeline("erase", DIGEST, "--because", "names a private person", "--json")
    again = timeline("erase", DIGEST, "--because", "again")

    assert json.loads(erased.stdout)["erased_because"] == "names a private person"
    assert (again.exit_code, "was erased on" in again.stderr) == (1, True)
    assert timeline("erase", DIGEST, "--because", " ").exit_code == 2
    assert timeline("erase", "0" * 64, "--because", "x").exit_code == 1
    assert timeline("attach", "instrument.pdf").exit_code == 1


# --- witnesses ---


def test_a_witness_needs_a_name_once(timeline: Timeline) -> None:
    (log,) = keys(timeline, "make")
    given = ["witness", "--log", log["key"], "--fetch", "http://127.0.0.1:1/v1/log"]

    nameless = timeline(*given)
    named = timeline(*given, "--name", "example.net/witness")
    again = timeline(*given)
    other = timeline(*given, "--name", "example.net/other")

    assert (nameless.exit_code, "say by --name" in nameless.stderr) == (1, True)
    assert "This witness is example.net/witness+" in named.stderr
    assert (named.exit_code, "cannot be reached" in named.stderr) == (1, True)
    assert named.stderr.splitlines()[0] == again.stderr.splitlines()[0]
    assert (other.exit_code, "not of example.net/other" in other.stderr) == (1, True)


@pytest.mark.parametrize(
    "options", [["--log", "no key"], ["--log", "a+b+c", "--name", "x"], ["--every", "0"]]
)
def test_a_witness_that_is_called_wrongly_says_so(timeline: Timeline, options: list[str]) -> None:
    assert timeline("witness", *options).exit_code == 2
    assert not Path("witness.keys").exists()


def test_the_keys_of_a_log_are_not_those_of_a_witness(timeline: Timeline) -> None:
    (log,) = keys(timeline, "make")

    result = timeline("witness", "--log", log["key"], "--keys", "timeline.keys", "--fetch", "x")

    assert (result.exit_code, "not that of a witness" in result.stderr) == (1, True)


# --- on PostgreSQL, by the role that may only add ---


def test_the_role_of_the_service_seals_and_is_found_unable_to_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, migrated_postgres_database: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIMELINE_DATABASE_URL", migrated_postgres_database)
    monkeypatch.setenv("TIMELINE_DATABASE_ROLE", "timeline_service")
    run = CliRunner().invoke
    run(application, ["record", "-"], input=FACT)

    sealed = run(application, ["seal", "--once"])
    checks = {
        each["name"]: each
        for each in json.loads(run(application, ["verify", "--deep", "--json"]).stdout)["checks"]
    }

    assert (sealed.exit_code, sealed.stderr) == (0, "Signed at 2 entries.\n")
    assert [each for each in checks.values() if each["faults"]] == []
    assert (
        checks["rights"]["notes"] == []
    )  # it is not the owner of the log, who could remove guards


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_right_too_many_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, migrated_postgres_database: str, right: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIMELINE_DATABASE_URL", migrated_postgres_database)
    with psycopg.connect(migrated_postgres_database, autocommit=True) as connection:
        connection.execute(f"GRANT {right} ON event_log TO timeline_service")

    result = CliRunner().invoke(application, ["verify"])

    assert result.exit_code == 1
    assert f"excess_right: timeline_service may {right.lower()} event_log" in result.stdout


def test_a_guard_that_is_switched_off_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, migrated_postgres_database: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIMELINE_DATABASE_URL", migrated_postgres_database)
    with psycopg.connect(migrated_postgres_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE event_log DISABLE TRIGGER event_log_append_only")

    result = CliRunner().invoke(application, ["verify"])

    assert result.exit_code == 1
    assert "missing_guard: the trigger event_log_append_only is not in force" in result.stdout
