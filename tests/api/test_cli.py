"""The command line, as a user meets it: in a folder, with exit statuses, and never with a traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.api.clients import PARTIES, RUSSIA, client_over, notice

TIMELINE = Path(sys.executable).parent / "timeline"


def run(
    folder: Path, *words: str, sent: bytes = b"", **settings: Any
) -> subprocess.CompletedProcess[str]:
    """What the command does in the folder; a traceback fails the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    done = subprocess.run(
        [TIMELINE, *words],
        cwd=folder,
        env={**kept, "TIMELINE_PROJECTOR": "external", **settings},
        input=sent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode()
    assert "Traceback" not in said, said
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), said)


def printed(folder: Path, *words: str, sent: bytes = b"") -> Any:
    """The JSON that the command prints."""
    done = run(folder, *words, "--json", sent=sent)
    return json.loads(done.stdout)


@pytest.fixture
def folder(database: str, tmp_path: Path) -> Path:
    """A folder in whose database the catalogue stands."""
    assert database.endswith("timeline.db")
    return tmp_path


@pytest.mark.parametrize(
    "words", [["status", "npt", "FRA"], ["roster", "npt"], ["history"], ["catalogue"]]
)
def test_an_empty_folder_gets_advice_and_stays_empty(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert "timeline migrate" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_status_is_told_in_a_sentence(folder: Path) -> None:
    done = run(folder, "status", "open-skies", "Russia", "--as-of", "2021-06-16", "--explain")

    assert done.returncode == 0
    assert "On 16 June 2021 Russian Federation was a party, bound by it." in done.stdout
    assert "Art. XVII(2)" in done.stdout


ASKED: list[tuple[Sequence[str], str]] = [
    (
        ["status", "open-skies", "RUS", "--as-of", "2021-06-16", "--explain"],
        f"{RUSSIA}?as_of=2021-06-16&explain=true",
    ),
    (["roster", "open-skies", "--as-of", "2021-05-27"], f"{PARTIES}?as_of=2021-05-27"),
    (["history", "open-skies", "RUS"], "/v1/acts?treaty=open-skies&party=RUS"),
]


@pytest.mark.parametrize(("words", "address"), ASKED)
def test_json_is_that_of_http(
    folder: Path, database: str, words: Sequence[str], address: str
) -> None:
    said = printed(folder, *words)

    with client_over(database, migrate="never") as client:
        assert said == client.get(address).json()


def test_acts_are_recorded_from_standard_input(folder: Path) -> None:
    acts = [notice("POL", treaty="open-skies"), notice("DEU", treaty="open-skies")]
    lines = "\n".join(map(json.dumps, acts)).encode()

    said = printed(folder, "record", "-", "--as", "clerk", sent=lines)
    again = printed(folder, "record", "-", sent=lines)

    history = printed(folder, "history", "open-skies", "POL")["acts"]
    assert (said["recorded"], again["duplicate"]) == (2, 2)
    assert history[-1]["recorded_by"] == "clerk"


def test_what_is_refused_is_told_with_place_rule_and_remedy(folder: Path) -> None:
    acts = json.dumps([notice("POL", treaty="open-skies"), notice("USA", treaty="open-skies")])

    done = run(folder, "record", "-", sent=acts.encode())
    told = run(folder, "record", "-", "--json", sent=acts.encode())

    assert (done.returncode, told.returncode) == (1, 1)
    assert "/1  not_a_party (VCLT 54, 65)" in done.stderr
    assert '"despite": ["not_a_party"]' in done.stderr
    assert json.loads(told.stdout)["type"] == "/problems/irregular"


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet", "sqlite"])
def test_the_record_goes_out_to_a_file_as_to_standard_output(folder: Path, form: str) -> None:
    done = run(folder, "export", "npt", "--format", form, "--output", f"copy.{form}")

    assert (done.returncode, done.stdout) == (0, "")
    assert "written, from the record at position" in done.stderr
    assert (folder / f"copy.{form}").stat().st_size > 300
    assert not list(folder.glob(".timeline-*"))


def test_an_export_into_a_folder_that_is_not_there_is_refused(folder: Path) -> None:
    done = run(folder, "export", "--output", "nowhere/copy.db", "--format", "sqlite")

    assert (done.returncode, done.stderr) == (2, "There is no folder nowhere.\n")


def test_a_form_that_there_is_not_is_refused_with_those_that_there_are(folder: Path) -> None:
    done = run(folder, "export", "--format", "nonsense")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'nonsense' is none of: ndjson, csv, parquet, sqlite" in done.stderr


def test_what_goes_out_comes_in_again_and_changes_nothing(folder: Path) -> None:
    out = run(folder, "export")
    (folder / "all.ndjson").write_text(out.stdout)

    done = run(folder, "import", "all.ndjson", "--json")

    assert out.returncode == done.returncode == 0
    said = json.loads(done.stdout)
    assert (said["recorded"], said["rejected"]) == (0, 0)
    assert said["read"] == said["duplicate"] > 100


@pytest.mark.parametrize("words", [["record"], ["whatif"], ["import"]])
def test_a_file_that_is_not_there_is_told_without_a_traceback(
    folder: Path, words: Sequence[str]
) -> None:
    done = run(folder, *words, "not-there.json")

    assert (done.returncode, done.stderr) == (2, "not-there.json: No such file or directory.\n")
