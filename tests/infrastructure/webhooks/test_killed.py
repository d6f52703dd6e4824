"""A process that is killed at any step of a delivery loses nothing: another goes on where it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.webhooks.victim import POINTS
from tests.infrastructure.webhooks.world import world

TWICE = {"after it was taken", "before that is kept"}
"""Where nobody can know that it was taken, it is sent again: at least once."""


@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_on_sqlite(
    migrated_sqlite_database: str, tmp_path: Path, point: str
) -> None:
    check(migrated_sqlite_database, tmp_path, point)


@pytest.mark.parametrize("point", ["before it is claimed", "after it was taken"])
def test_nothing_is_lost_on_postgresql(
    migrated_postgres_database: str, tmp_path: Path, point: str
) -> None:
    check(migrated_postgres_database, tmp_path, point)


def check(url: str, folder: Path, point: str) -> None:
    taken = folder / "taken"
    taken.touch()
    with world(url) as survivor:
        survivor.subscribe("desk")
        command = [sys.executable, "-m", "tests.infrastructure.webhooks.victim"]
        killed = subprocess.run([*command, url, point, str(taken)], check=False, timeout=60)
        assert killed.returncode == 9
        survivor.feed.happen("npt", "npt", "inf")

        survivor.tell()
        survivor.send()
        survivor.watch.goes_on(seconds=61)  # the lease of the dead
        survivor.tell()
        survivor.send()

        before = [line.split() for line in taken.read_text().splitlines()]
        after = [(message, event) for _, _, message, event in survivor.receivers.sent]
        sent = [(message, event) for _, message, event in before] + after
        assert {event for _, event in sent} == {"1", "2", "3"}
        assert len(sent) == (4 if point in TWICE else 3)
        assert len({message for message, _ in sent}) == 3
        of_npt = [event for _, event in sent if event in ("1", "2")]
        assert list(dict.fromkeys(of_npt)) == ["1", "2"]
        assert survivor.deliveries.backlog().pending == 0
