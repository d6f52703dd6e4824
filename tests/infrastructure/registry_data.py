"""The registries' own files, which are not committed: read where a setting names their folder."""

import os
from pathlib import Path

import pytest

VARIABLE = "TIMELINE_TEST_REGISTRY_DATA"
FOLDER = Path(os.environ.get(VARIABLE, "no folder"))


def file(path: Path) -> pytest.MarkDecorator:
    """Skips what needs a file that is not here."""
    return pytest.mark.skipif(
        not path.is_file(), reason=f"{VARIABLE} names no folder with {path.name}"
    )
