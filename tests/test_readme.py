"""Every block of the README is true: commands print what it says, addresses answer, the two commands exist."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.postgres import free_port
from tests.serving import running_service

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
RECORD_LINE = re.compile(r"^Record: position [\d,]+, recorded \S+Z\.$", re.MULTILINE)


def blocks(language: str) -> list[str]:
    """The blocks of the README in this language."""
    return [
        text for name, text in BLOCK.findall((ROOT / "README.md").read_text()) if name == language
    ]


def exchanges(block: str) -> list[tuple[str, str]]:
    """Each command of a console block with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return [
        (command, output.rstrip("\n"))
        for command, output in zip(parts[::2], parts[1::2], strict=True)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with a record that was filled by serving it, and the address at which it is served."""
    place = tmp_path_factory.mktemp("readme")
    with running_service(place, free_port()) as address:
        yield place, address


def environment() -> Mapping[str, str]:
    ours = ("TIMELINE_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def test_every_block_is_looked_at() -> None:
    languages = [name for name, _ in BLOCK.findall((ROOT / "README.md").read_text())]

    assert set(languages) == {"console", "sh"}


def test_the_commands_print_what_is_shown(folder: tuple[Path, str]) -> None:
    place, _ = folder
    command, shown = exchanges(blocks("console")[0])[0]

    printed = subprocess.run(
        shlex.split(command),
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    lines = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
    assert RECORD_LINE.sub("Record", lines) == RECORD_LINE.sub("Record", shown)
    assert RECORD_LINE.search(lines)


def test_the_questions_by_http_are_answered_as_shown(folder: tuple[Path, str]) -> None:
    _, address = folder

    for command, shown in exchanges(blocks("console")[1]):
        url = shlex.split(command)[2].replace("http://127.0.0.1:8000", address)
        assert httpx.get(url).json()["status"] == shown


def test_recording_is_refused_as_shown(folder: tuple[Path, str]) -> None:
    place, address = folder
    (making, _), (recording, shown) = exchanges(blocks("console")[2])
    words = shlex.split(recording)
    make = shlex.split(making.removeprefix("export KEY=$(").removesuffix(")"))

    key = subprocess.run(
        make, cwd=place, env=environment(), capture_output=True, text=True, check=True
    ).stdout.strip()
    answer = httpx.post(
        words[2].replace("http://127.0.0.1:8000", address),
        content=words[words.index("-d") + 1],
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["detail"] == shown


def test_the_two_commands_are_doors_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    commands = [line.split() for block in blocks("sh") for line in block.splitlines()]

    assert commands == [["make", "serve"], ["make", "test"]]
    assert {"serve", "test"} <= set(targets)
