"""The examples of the pages on importing and exporting: each file is read, each command prints what is shown."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
FILE = re.compile(r"^`([\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def exchanges(page: str) -> list[tuple[str, str]]:
    """Each command of the page with what it prints."""
    parts = [
        part
        for block in CONSOLE.findall(page)
        for part in re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    ]
    return list(zip(parts[::2], parts[1::2], strict=True))


def environment(folder: Path) -> Mapping[str, str]:
    """What a shell in the folder has, with the command of this environment first."""
    ours = ("TIMELINE_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**kept, "PATH": path, "TIMELINE_DATABASE_URL": f"sqlite:///{folder / 'timeline.db'}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a record in which the catalogue stands."""
    for words in (["migrate"], ["catalogue"]):
        subprocess.run(
            ["timeline", *words],
            cwd=tmp_path,
            env=environment(tmp_path),
            check=True,
            capture_output=True,
        )
    return tmp_path


@pytest.mark.parametrize("name", ["importing.md", "exporting.md"])
def test_every_example_of_the_page_is_true(name: str, folder: Path) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    for file, text in FILE.findall(page):
        (folder / file).write_text(text, encoding="utf-8")
    asked = exchanges(page)

    for command, shown in asked:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment(folder),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
        if shown:
            assert printed == shown.rstrip("\n"), command
        else:
            assert done.returncode == 0, printed

    assert len(asked) > 4
