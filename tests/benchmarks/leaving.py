"""How much memory an export takes, by the length of the record: the largest resident set of its process.

python -m tests.benchmarks.leaving [ENTRIES…]
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measured import tell
from tests.benchmarks.place import BIN, SETTINGS, filled

SIZES = (5_000, 30_000, 120_000)
KIBIBYTES_A_MEBIBYTE = 1024
WATCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process that starts the export: a process has the memory of the one that started it to begin with."""

FORMS: tuple[tuple[str, ...], ...] = (
    ("ndjson",),
    ("csv", "acts"),
    ("parquet", "acts"),
    ("parquet", "roster"),
    ("sqlite",),
)


def main() -> None:
    """Measure each form at each length, and print a table."""
    sizes = tuple(int(each) for each in sys.argv[1:]) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        databases = [_record(Path(folder), size) for size in sizes]
        print(f"| export | {' | '.join(f'{size:,} acts' for size in sizes)} |")
        print(f"|---|{'---|' * len(sizes)}")
        for form in FORMS:
            tell(" ".join(form))
            found = [peak_mebibytes(url, form, Path(folder)) for url in databases]
            print(f"| {' '.join(form)} | {' | '.join(f'{each:.0f} MiB' for each in found)} |")


def peak_mebibytes(url: str, form: Sequence[str], folder: Path) -> float:
    """The most memory that `timeline export` had at any time, as the operating system counted it."""
    table = ["--table", form[1]] if len(form) > 1 else []
    words: list[str | Path] = [BIN / "timeline", "export", "--format", form[0], *table]
    words += ["--output", folder / "out"]
    told = subprocess.run(
        [sys.executable, "-c", WATCHER, *words],
        env={**os.environ, **SETTINGS, "TIMELINE_DATABASE_URL": url},
        check=True,
        capture_output=True,
    )
    return int(told.stdout) / KIBIBYTES_A_MEBIBYTE


def _record(folder: Path, size: int) -> str:
    url = f"sqlite:///{folder / f'{size}.db'}"
    filled(url, size)
    return url


if __name__ == "__main__":
    main()
