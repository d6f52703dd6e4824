"""The checkout can be installed by a stranger: locks, doors, sizes, and nothing of one machine."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
DOORS = {"install", "serve", "test", "bench", "lint", "lock", "clean"}
LARGEST_FILE_BYTES = 800_000
FOREIGN = re.compile(r"^\s*--?(?!hash=)[a-z].*|.*https?:.*|.*file:.*|.*\s/[a-z].*", re.MULTILINE)


def test_every_committed_file_is_small() -> None:
    large = [
        str(path.relative_to(ROOT))
        for path in _committed()
        if path.stat().st_size > LARGEST_FILE_BYTES
    ]

    assert large == []


def test_the_doors_of_the_checkout_are_there() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert set(targets) >= DOORS


def test_what_runs_on_a_change_is_what_people_run() -> None:
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text().splitlines()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fixes_each_package_by_version_and_hashes(lock: str) -> None:
    loose = [
        entry
        for entry in _entries(lock)
        if "==" not in entry or not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)
    ]

    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_machine(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert FOREIGN.findall(text) == []


def test_whatever_the_project_asks_for_is_locked_at_a_version_it_accepts() -> None:
    project = _project()
    groups = project["dependency-groups"]
    running = project["project"]["dependencies"] + groups["build"]

    assert _unmet(running, "requirements.lock") == []
    assert _unmet(running + groups["dev"], "requirements-dev.lock") == []


def test_what_is_tested_is_what_runs() -> None:
    running, developing = _locked("requirements.lock"), _locked("requirements-dev.lock")

    assert {name: developing.get(name) for name in running} == running


def test_the_project_refuses_to_be_uploaded_to_an_index() -> None:
    classifiers = _project()["project"]["classifiers"]

    assert "Private :: Do Not Upload" in classifiers


def test_the_image_takes_in_only_what_the_service_runs() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    admitted = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)

    assert sorted(copied) == sorted(admitted)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _entries(lock: str) -> list[str]:
    """The lock's entries, each on one line, without its comments."""
    lines = [line for line in (ROOT / lock).read_text().splitlines() if "#" not in line]
    return [entry for entry in "\n".join(lines).replace("\\\n", " ").splitlines() if entry]


def _locked(lock: str) -> dict[str, str]:
    pairs = [entry.split(" ", 1)[0].split("==") for entry in _entries(lock)]
    return {canonicalize_name(name): version for name, version in pairs}


def _unmet(requirements: list[str], lock: str) -> list[str]:
    locked = _locked(lock)
    return [
        wanted
        for wanted in requirements
        if not (requirement := Requirement(wanted)).specifier.contains(
            locked.get(canonicalize_name(requirement.name), "0")
        )
    ]
