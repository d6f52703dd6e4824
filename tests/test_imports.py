"""What the import checker does not see: declared dependencies, frozen migrations, file names."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ROOMS = ["domain", "infrastructure", "api"]
PEER = "peer_"
ROLES_WITHOUT_A_NOUN = {
    "utils",
    "util",
    "helper",
    "helpers",
    "manager",
    "service",
    "base",
    "common",
}


def test_the_domain_imports_the_standard_library_alone() -> None:
    foreign = {
        (str(path), name)
        for path, name in _imports("domain")
        if name != "domain" and name not in sys.stdlib_module_names
    }

    assert foreign == set()


def test_a_frozen_migration_imports_nothing_that_may_change() -> None:
    ours = {(str(path), name) for path, name in _imports("migrations/versions") if name in ROOMS}

    assert ours == set()


def test_whatever_runs_imports_only_what_is_installed_to_run_it() -> None:
    running = _project()["project"]["dependencies"]

    undeclared = _undeclared([*ROOMS, "migrations"], running)

    assert undeclared == set()


def test_whatever_tests_imports_only_what_is_installed_to_develop_it() -> None:
    project = _project()
    developing = project["project"]["dependencies"] + project["dependency-groups"]["dev"]

    undeclared = _undeclared(["tests"], developing)
    undeclared -= {
        (path, name) for path, name in undeclared if Path(path).name.startswith(PEER)
    }  # a peer runs in an environment of its own

    assert undeclared == set()


def test_every_file_is_named_for_what_it_knows() -> None:
    nameless = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.stem in ROLES_WITHOUT_A_NOUN
    ]

    assert nameless == []


def _imports(folder: str) -> Iterator[tuple[Path, str]]:
    """Each file of the folder with the top-level name of each module that it imports."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path.relative_to(ROOT), alias.name.partition(".")[0]
            elif isinstance(node, ast.ImportFrom):
                yield path.relative_to(ROOT), (node.module or "").partition(".")[0]


def _undeclared(folders: list[str], dependencies: list[str]) -> set[tuple[str, str]]:
    """Each file with an import that none of the dependencies provides by itself."""
    declared = {canonicalize_name(Requirement(wanted).name) for wanted in dependencies}
    distributions = packages_distributions()
    known = sys.stdlib_module_names | {*ROOMS, "tests"}
    return {
        (str(path), name)
        for folder in folders
        for path, name in _imports(folder)
        if name not in known
        if declared.isdisjoint(canonicalize_name(found) for found in distributions.get(name, []))
    }


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
