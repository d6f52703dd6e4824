"""A process that tells and delivers, and is gone at a point of it: URL, POINT, and where receivers write."""

import os
import sys
from pathlib import Path

import orjson
import sqlalchemy as sa

from infrastructure.webhooks.posting import Outcome
from tests.infrastructure.webhooks.world import TAKEN, world

POINTS = (
    "before it is put on its way",
    "after it was put on its way",
    "before it is claimed",
    "before it is sent",
    "after it was taken",
    "before that is kept",
    "after that was kept",
)


def main(url: str, point: str, taken: Path) -> None:
    """Do all of it once, up to the point."""
    with world(url) as mine:
        mine.feed.happen("npt", "npt", "inf")
        commits = {"before it is put on its way": 1, "before it is claimed": 2}
        commits["before that is kept"] = 3
        count = 0

        def committing(_: sa.Connection) -> None:
            nonlocal count
            count += 1
            if commits.get(point) == count:
                os._exit(9)

        def send(url: str, headers: dict[str, str], body: bytes) -> Outcome:
            if point == "before it is sent":
                os._exit(9)
            with taken.open("a") as file:
                file.write(f"{url} {headers['webhook-id']} {orjson.loads(body)['id']}\n")
            if point == "after it was taken":
                os._exit(9)
            return TAKEN

        @sa.event.listens_for(mine.engine, "commit")
        def _(connection: sa.Connection) -> None:
            if connection.get_execution_options().get("use", "writing") == "writing":
                committing(connection)

        mine.teller.tell()
        if point == "after it was put on its way":
            os._exit(9)
        mine.receivers = send  # type: ignore[assignment]  # it writes to a file instead
        mine.worker().step()
        if point == "after that was kept":
            os._exit(9)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
