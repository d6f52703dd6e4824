"""What is written about the interface, the commands, the settings and the problems is what the code says."""

import re
import tomllib

import pytest

from tests.written_docs import DOCS, documents

NAMES = (
    "acts.md",
    "api.md",
    "clauses.md",
    "commands.md",
    "domain-words.md",
    "problems.md",
    "settings.md",
)


def test_every_document_that_is_made_is_looked_at() -> None:
    assert tuple(documents()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_as_the_code_makes_it(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")

    assert written == documents()[name], "make it anew: python -m tests.written_docs"


def test_the_page_of_mutants_has_the_modules_that_are_changed() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    paths = project["tool"]["mutmut"]["only_mutate"]
    page = (DOCS / "mutation.md").read_text(encoding="utf-8")

    modules = re.findall(r"^\| `(domain\.\w+)` \|", page, re.MULTILINE)

    assert sorted(modules) == sorted(each[:-3].replace("/", ".") for each in paths)


def test_the_figures_of_mutants_add_up() -> None:
    page = (DOCS / "mutation.md").read_text(encoding="utf-8")

    rows = re.findall(r"\| (\d+) \| (\d+) \| (\d+) \|", page)

    assert rows
    assert all(int(all_) == int(killed) + int(survived) for all_, killed, survived in rows)
