"""How fast it is on this machine, as ratios within one run.

    python -m tests.benchmarks [--acts N] [--grown N] [--database sqlite|postgresql] [--only PART] [--write]

`--write` puts the table into docs/performance.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.benchmarks import answering, invented, page, peers, recording
from tests.benchmarks.measured import Row, machine, tell
from tests.benchmarks.place import filled, projected
from tests.postgres import create_database, running_postgres

PARTS = ("answers", "recording", "import", "writers", "growth", "peers")


def main() -> None:
    """Measure, and print the table."""
    asked = _asked()
    rows: list[Row] = []
    version = None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in asked.database:
            fresh = partial(_file, folder)
            if name == "postgresql":
                server = stack.enter_context(running_postgres())
                version, fresh = _version(server), partial(_database, server)
            for row in _measured(name, fresh, folder, asked):
                rows.append(row)
                tell(f"    {row.what}: {row.ours} {row.other} {row.ratio or ''} {row.goal}")
    text = f"Measured on {machine(version)}.\n\n{page.table(rows)}"
    print(text)
    if asked.write:
        page.write(text)


def _measured(
    name: str, fresh: Callable[[], str], folder: Path, asked: argparse.Namespace
) -> Iterator[Row]:
    wanted = asked.only or PARTS
    treaties = invented.treaties(asked.acts)
    if {"answers", "recording"} & set(wanted):
        url = fresh()
        filled(url, asked.acts)
        projected(url)
        if "answers" in wanted:
            yield from answering.rows(name, url, folder, treaties)
        if "recording" in wanted:
            yield recording.one_act(name, url, fresh(), folder, treaties)
    if "import" in wanted or ("peers" in wanted and name == "sqlite"):
        url = fresh()
        yield from recording.imported(name, url, fresh(), folder, asked.acts)
        if "peers" in wanted and name == "sqlite":
            yield peers.replay(url, folder)
            yield from peers.over_http(url, folder, asked.peers)
    if "writers" in wanted:
        yield recording.many_writers(name, fresh(), fresh())
    if "growth" in wanted:
        yield from recording.growth(name, fresh(), fresh(), (20_000, asked.grown))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--acts", type=int, default=50_000, help="acts in the record")
    parser.add_argument("--grown", type=int, default=2_000_000, help="acts in the large log")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument(
        "--peers",
        default=sys.executable,
        help="a Python that has datasette and django-simple-history",
    )
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    asked.database = asked.database or ["sqlite", "postgresql"]
    return asked


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / uuid4().hex}.db"


def _database(server: str) -> str:
    return create_database(server, f"b{uuid4().hex}")


def _version(server: str) -> str:
    with psycopg.connect(server) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]


if __name__ == "__main__":
    main()
