"""Others asked the same over the same statuses: the event library's own replay, datasette, django-simple-history.

The last two are no dependencies: they are measured where the Python that is named has them, and passed over with a
word where it has not.
"""

import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from api.answering import answer_bytes
from api.dependencies import Service, choose
from tests.benchmarks import invented
from tests.benchmarks.load import Asked, get, load
from tests.benchmarks.measured import Row, in_turns, tell
from tests.benchmarks.place import answered, process, service
from tests.postgres import free_port

ASKED = 400
TREATIES = 5
FIRST_DAY = date(2000, 1, 1)
NEVER = "9999-12-31"


class Membership(Aggregate):
    """A party to a treaty, as the library keeps it: its acts, replayed each time."""

    @event("Opened")
    def __init__(self, treaty: str, party: str) -> None:
        self.treaty, self.party = treaty, party
        self.acts: list[tuple[str, str]] = []

    @event("Acted")
    def act(self, kind: str, day: str) -> None:
        """One more act."""
        self.acts.append((kind, day))

    @staticmethod
    def create_id(treaty: str, party: str) -> UUID:
        """The id of the aggregate."""
        return uuid5(NAMESPACE_URL, f"{treaty}/{party}")


def replay(url: str, folder: Path) -> Row:
    """The library's own replay of a pair, without any law, beside an answer of ours in the same process."""
    tell("the event library's own replay")
    library = Application[UUID](
        {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / "library.db"),
        }
    )
    parties = invented.codes()
    for number in range(TREATIES):
        pairs: dict[str, Membership] = {}
        for act in invented.acts(number, parties):
            assert act.party is not None
            if act.party not in pairs:
                pairs[act.party] = Membership(act.treaty, act.party)
            pairs[act.party].act(act.kind, act.on().isoformat())
        library.save(*pairs.values())
    ours, stop = Service(choose({"database_url": url})), Event()
    Thread(target=ours.follow, args=(stop,), daemon=True).start()
    assert ours.heads.wait_for(1, 120)
    chance = Random(9)
    asked = [
        (invented.slug(chance.randrange(TREATIES)), chance.choice(parties)) for _ in range(ASKED)
    ]

    def replayed() -> float:
        began = time.perf_counter()
        for treaty, party in asked:
            library.repository.get(Membership.create_id(treaty, party))
        return ASKED / (time.perf_counter() - began)

    def answered_here() -> float:
        began = time.perf_counter()
        for treaty, party in asked:
            bounds = ours.bounds(FIRST_DAY + timedelta(chance.randrange(9_000)))
            answer_bytes(ours, treaty, party, bounds)
        return ASKED / (time.perf_counter() - began)

    answered_here()
    rate, other = in_turns(answered_here, replayed)
    stop.set()
    library.close()
    return Row(
        what="one answer in process, beside the event library's replay of the pair's acts",
        database="sqlite",
        ours=f"{rate:,.0f}/s",
        other=f"eventsourcing {other:,.0f}/s",
        ratio=rate / other,
    )


def over_http(url: str, folder: Path, python: str) -> Iterator[Row]:
    """One answer and one roster of ours over HTTP, beside others over the same statuses."""
    kept = folder / "statuses.db"
    count = _copied(url, kept)
    chance, parties = Random(10), invented.codes()
    pairs = [
        (invented.slug(chance.randrange(TREATIES)), chance.choice(parties), _day(chance))
        for _ in range(ASKED)
    ]
    with service(folder, url) as ours:
        mine = {
            "one status": [get(f"/v1/treaties/{t}/parties/{p}?as_of={d}") for t, p, d in pairs],
            "a roster": [get(f"/v1/treaties/{t}/parties?as_of={d}") for t, _, d in pairs],
        }
        for name, package, peer in (
            ("datasette", "datasette", _Datasette),
            ("django-simple-history", "simple_history", _Django),
        ):
            if subprocess.run(
                [python, "-c", f"import {package}"], capture_output=True, check=False
            ).returncode:
                tell(f"{name} is not installed: passed over")
                continue
            tell(f"{name} over {count:,} statuses")
            with peer(kept, folder, python) as (address, asked):
                for what, their in asked(pairs).items():
                    load(ours, mine[what])
                    rate, other = in_turns(
                        lambda what=what: load(ours, mine[what]).rate,  # type: ignore[misc]  # asked now
                        lambda their=their: load(address, their[:100]).rate,  # type: ignore[misc]
                    )
                    yield Row(
                        what=f"{what} over HTTP, beside {name}",
                        database="sqlite",
                        ours=f"{rate:,.0f}/s",
                        other=f"{name} {other:,.0f}/s",
                        ratio=rate / other,
                    )


def _copied(url: str, path: Path) -> int:
    """The statuses of some treaties in a table of their own, as a peer would keep them."""
    slugs = [invented.slug(number) for number in range(TREATIES)]
    marks = ", ".join("?" * len(slugs))
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(path)) as copy,
        copy,
    ):
        rows = source.execute(
            "SELECT treaty, party, status, valid_from, coalesce(valid_until, ?) FROM status"
            f" WHERE recorded_until IS NULL AND treaty IN ({marks})",
            (NEVER, *slugs),
        ).fetchall()
        copy.execute("CREATE TABLE m (treaty TEXT, party TEXT, status TEXT, vf TEXT, vt TEXT)")
        copy.executemany("INSERT INTO m VALUES (?, ?, ?, ?, ?)", rows)
        copy.execute("CREATE INDEX m_key ON m (treaty, party, vf, vt, status)")
        copy.execute("ANALYZE")
    return len(rows)


class _Datasette:
    """datasette with a canned query for each question, as JSON."""

    def __init__(self, kept: Path, folder: Path, python: str) -> None:
        self._port = free_port()
        where = "WHERE treaty = :t AND vf <= :d AND vt > :d"
        queries = {
            "one": {"sql": f"SELECT status FROM m {where} AND party = :p"},
            "all": {"sql": f"SELECT party, status FROM m {where}"},
        }
        described = folder / "datasette.json"
        described.write_bytes(orjson.dumps({"databases": {kept.stem: {"queries": queries}}}))
        words: list[str | Path] = [python, "-m", "datasette", "-i", kept, "-m", described]
        words += ["-h", "127.0.0.1", "-p", str(self._port)]
        self._name = kept.stem
        self._process = process(words, folder, "")

    def __enter__(self):  # type: ignore[no-untyped-def]  # an address and what asks there
        self._process.__enter__()
        address = f"http://127.0.0.1:{self._port}"
        answered(f"{address}/{self._name}.json")
        return address, self._asked

    def __exit__(self, *details: object) -> None:
        self._process.__exit__(None, None, None)

    def _asked(self, pairs: Sequence[tuple[str, str, str]]) -> dict[str, list[Asked]]:
        def path(query: str, **given: str) -> str:
            return f"/{self._name}/{query}.json?{urlencode({**given, '_shape': 'array'})}"

        return {
            "one status": [get(path("one", t=t, p=p, d=d)) for t, p, d in pairs],
            "a roster": [get(path("all", t=t, d=d)) for t, _, d in pairs],
        }


class _Django:
    """django-simple-history behind two views, which knows one axis of time."""

    def __init__(self, kept: Path, folder: Path, python: str) -> None:
        self._port = free_port()
        script = Path(__file__).parent / "peer_django.py"
        self._process = process(
            [python, script, kept, folder / "django.db", str(self._port)], folder, ""
        )

    def __enter__(self):  # type: ignore[no-untyped-def]  # the same
        self._process.__enter__()
        address = f"http://127.0.0.1:{self._port}"
        answered(f"{address}/all?t={invented.slug(0)}&d=2015-01-01")
        return address, self._asked

    def __exit__(self, *details: object) -> None:
        self._process.__exit__(None, None, None)

    def _asked(self, pairs: Sequence[tuple[str, str, str]]) -> dict[str, list[Asked]]:
        return {
            "one status": [get(f"/one?t={t}&p={p}&d={d}") for t, p, d in pairs],
            "a roster": [get(f"/all?t={t}&d={d}") for t, _, d in pairs],
        }


def _day(chance: Random) -> str:
    return (FIRST_DAY + timedelta(chance.randrange(9_000))).isoformat()
