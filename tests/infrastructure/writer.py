"""A writer in a process of its own: it records batches and says which were acknowledged."""

import sys
from datetime import date
from itertools import count
from uuid import uuid4

from domain.acts import Act
from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from infrastructure.projector import Projector

BATCH = 3


def main(url: str, name: str, batches: int, *, projects: bool = False) -> None:
    """Records that many batches into a treaty of its own; each acknowledged one is a line.

    What stands in the treaty already stays before them; one that projects does so after each batch.
    """
    engine = open_engine(url)
    archive = EventArchive(engine)
    begin = archive.versions([f"treaty:{name}"])[f"treaty:{name}"]
    projector = Projector(engine, archive)
    print("ready", flush=True)  # noqa: T201 (how it speaks to the test)
    sys.stdin.readline()
    for version in count(begin, BATCH):
        if version == begin + batches * BATCH:
            break
        acts = [
            Act(
                id=str(uuid4()),
                treaty=name,
                kind="signature",
                party="POL",
                dated=date(2000, 1, 1),
                note=f"{name} {version}",
            )
            for _ in range(BATCH)
        ]
        entries = archive.append(acts, expected={f"treaty:{name}": version}, recorded_by=name)
        print(entries[0].position, *(act.id for act in acts), flush=True)  # noqa: T201 (the same)
        while projects and projector.step():
            pass
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), projects="projects" in sys.argv[4:])
