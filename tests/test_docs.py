"""What is written about the interface, the commands, the settings and the problems is what the code says."""

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
