"""What is written about trust is true: its commands run as they stand, and every fault has its line."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api.metrics import Metrics
from infrastructure import verification
from infrastructure.verifier import evidence
from tests.postgres import free_port
from tests.serving import running_service

TEXT = (Path(__file__).parent.parent / "docs" / "trust.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)

WRITTEN = "http://127.0.0.1:8000"
"""Where the service is in what is written."""

CURL = """#!{python}
import sys, urllib.request
words = iter(sys.argv[1:])
headers, address = {{}}, ""
for word in words:
    if word == "-H":
        name, _, value = next(words).partition(": ")
        headers[name] = value
    elif not word.startswith("-"):
        address = word
asked = urllib.request.Request(address, headers=headers)
sys.stdout.buffer.write(urllib.request.urlopen(asked).read())
"""
"""As much of curl as is used, so that the test needs none."""


def test_every_fault_and_every_metric_has_its_line() -> None:
    named = set(re.findall(r"^\| `(\w+)`", TEXT, re.MULTILINE))
    measured = {each for each in named if each.startswith("timeline_")}

    assert named - measured == {*verification.FAULTS, *evidence.FAULTS}
    assert all(f"{each} " in Metrics().written().decode() for each in measured)


def test_every_address_of_the_log_has_its_line() -> None:
    from api.routes.log import router

    told = {each.partition("?")[0] for each in re.findall(r"`(/v1/log/[^`]+)`", TEXT)}

    assert told == {each.path_format for each in router.routes}  # type: ignore[attr-defined]  # ours


def test_every_block_is_run() -> None:
    assert {name for name, _ in BLOCK.findall(TEXT)} == {"sh"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a record was served, and is no more, once the first half of the commands is run."""
    place = tmp_path_factory.mktemp("trust")
    before, _, _ = TEXT.partition("## The keys")
    with running_service(place, free_port(), {"TIMELINE_CHECKPOINT_SECONDS": "0.2"}) as address:
        (place / "bin").mkdir()
        (place / "bin" / "curl").write_text(CURL.format(python=sys.executable))
        (place / "bin" / "curl").chmod(0o755)
        while httpx.get(f"{address}/v1/log/checkpoint").status_code != 200:
            time.sleep(0.1)
        commands = "".join(block for _, block in BLOCK.findall(before))
        (place / "said").write_text(run(place, commands.replace(WRITTEN, address)))
    return place


@pytest.mark.no_cover  # what it runs is measured by plainer tests, and tracing doubles its time
def test_an_answer_is_checked_and_witnessed_as_is_written(folder: Path) -> None:
    said = (folder / "said").read_text()

    assert said.count("Russian Federation (RUS) had the status party in open-skies") == 2
    assert "— example.net/witness " in (folder / "cosigned.checkpoint").read_text()


@pytest.mark.no_cover  # what it runs is measured by plainer tests, and tracing doubles its time
def test_the_operator_does_as_is_written(folder: Path) -> None:
    _, _, after = TEXT.partition("## The keys")

    said = run(folder, "".join(block for _, block in BLOCK.findall(after)))

    assert said.count("found nothing wrong") == 2
    assert "text/plain" in said


def run(folder: Path, commands: str) -> str:
    """What the commands print; the first that fails fails the test."""
    path = [folder / "bin", Path(sys.executable).parent, os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={"PATH": os.pathsep.join(map(str, path)), "HOME": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
