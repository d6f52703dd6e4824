"""An export takes as much memory from a long record as from a short one."""

from pathlib import Path

import pytest

from tests.benchmarks.leaving import peak_mebibytes
from tests.benchmarks.place import filled

SHORT, LONG = 10_500, 42_000
MOST_MORE_MEBIBYTES = 9
"""With the pages of the record kept while it is read, the long one took from 18 to 36 MiB more."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A record and one four times as long."""
    folder = tmp_path_factory.mktemp("lengths")
    short, long = (f"sqlite:///{folder / f'{size}.db'}" for size in (SHORT, LONG))
    filled(short, SHORT)
    filled(long, LONG)
    return short, long


@pytest.mark.parametrize("form", [("ndjson",), ("csv", "acts"), ("parquet", "acts"), ("sqlite",)])
def test_memory_does_not_grow_with_the_record(
    form: tuple[str, ...], records: tuple[str, str], tmp_path: Path
) -> None:
    short, long = (peak_mebibytes(url, form, tmp_path) for url in records)

    assert long - short < MOST_MORE_MEBIBYTES
