"""Recording: one act over HTTP, an import with its read model, a rebuild, eight writers at once, and growth."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import orjson

from api.answering import answer_bytes
from api.dependencies import Service, choose
from domain.acts import Act
from infrastructure.archive import EventArchive
from infrastructure.database import migrate, open_engine
from infrastructure.rebuild import rebuild
from tests.benchmarks import invented
from tests.benchmarks.bare_rows import BareTable, inserted_by_many
from tests.benchmarks.bare_rows import rows as bare_rows
from tests.benchmarks.load import load, post
from tests.benchmarks.measured import (
    ROUNDS,
    Row,
    at_least,
    at_most,
    in_turns,
    median,
    rate_of,
    tell,
)
from tests.benchmarks.place import (
    BIN,
    KEY,
    SETTINGS,
    bare_service,
    filled,
    process,
    service,
    until_level,
    written,
)

ONE_BY_ONE = 60
WRITERS = 8
EACH = 60


def one_act(name: str, url: str, bare_url: str, folder: Path, treaties: int) -> Row:
    """An act recorded over HTTP by one client, beside a bare route and a bare insert elsewhere."""
    tell(f"{name}: one act over HTTP")
    chance, parties = Random(6), invented.codes()

    def acts() -> list[Any]:
        return [
            post(
                f"/v1/treaties/{invented.slug(chance.randrange(min(20, treaties)))}/acts",
                orjson.dumps(_review(chance, parties)),
                status=201,
                key=KEY,
            )
            for _ in range(ONE_BY_ONE)
        ]

    with (
        service(folder, url) as ours,
        bare_service(folder, b"{}", b"{}") as bare,
        closing(BareTable(bare_url)) as table,
    ):
        load(ours, acts(), connections=1)

        def floor() -> float:
            route = load(bare, acts(), connections=1).seconds
            return (route + table.insert_one_by_one(bare_rows(ONE_BY_ONE))) / ONE_BY_ONE

        taken, least = in_turns(
            lambda: load(ours, acts(), connections=1).seconds / ONE_BY_ONE, floor
        )
    return Row(
        what="one act over HTTP, on the disk",
        database=name,
        ours=f"{taken * 1000:.1f} ms",
        other=f"bare route and bare insert {least * 1000:.1f} ms",
        **at_most(2, taken / least),  # type: ignore[arg-type]
    )


def imported(name: str, url: str, bare_url: str, folder: Path, acts: int) -> Iterator[Row]:
    """A file imported by one process and projected by another, then the read model built anew."""
    tell(f"{name}: import of {acts:,} acts")
    file = folder / "record.ndjson"
    count = written(acts, file)
    migrate(url)
    with process([BIN / "timeline", "project"], folder, url):
        began = time.perf_counter()
        subprocess.run(
            [BIN / "timeline", "import", file],
            cwd=folder,
            env={**SETTINGS, "PATH": "/usr/bin:/bin", "TIMELINE_DATABASE_URL": url},
            check=True,
            capture_output=True,
        )
        recorded = time.perf_counter() - began
        engine = open_engine(url)
        until_level(url, EventArchive(engine).head().position)
        engine.dispose()
        taken = time.perf_counter() - began
    with closing(BareTable(bare_url)) as table:
        bare = count / table.insert_at_once(bare_rows(count))
    yield Row(
        what=f"import of {count:,} acts, checks and read model included",
        database=name,
        ours=f"{count / taken:,.0f}/s (recorded at {count / recorded:,.0f}/s)",
        other=f"bare executemany or COPY {bare:,.0f}/s",
        **rate_of(10_000, count / taken),  # type: ignore[arg-type]
    )
    tell(f"{name}: rebuild")
    rebuilt = rebuild(url)
    rate = rebuilt.entries / rebuilt.build_seconds
    yield Row(
        what=f"rebuild of the read model, {rebuilt.entries:,} entries",
        database=name,
        ours=f"{rate:,.0f}/s",
        **rate_of(30_000, rate),  # type: ignore[arg-type]
    )


def many_writers(name: str, url: str, bare_url: str) -> Row:
    """Eight processes that record one act after the other, each on a treaty of its own."""
    tell(f"{name}: {WRITERS} writers")
    migrate(url)
    with closing(BareTable(bare_url)) as table:
        total = WRITERS * EACH
        rate, bare = in_turns(
            lambda: total / _appended_by_many(url),
            lambda: total / inserted_by_many(table, WRITERS, EACH),
        )
    _nothing_is_lost(url, ROUNDS * total)
    return Row(
        what=f"{WRITERS} writers at once on different treaties",
        database=name,
        ours=f"{rate:,.0f}/s",
        other=f"{WRITERS} bare inserters {bare:,.0f}/s",
        **at_least(0.5, rate / bare),  # type: ignore[arg-type]
    )


def growth(name: str, small: str, large: str, sizes: tuple[int, int]) -> Iterator[Row]:
    """One answer and one recording in a small log and in a large one, in turns."""
    for url, size in zip((small, large), sizes, strict=True):
        tell(f"{name}: a log of {size:,} acts")
        filled(url, size)
    opened = [Service(choose({"database_url": url})) for url in (small, large)]
    parties, stop = invented.codes(), Event()
    for each in opened:
        Thread(target=each.follow, args=(stop,), daemon=True).start()
        assert each.heads.wait_for(1, 120)
    for what, once in (
        ("one answer", _answering(parties)),
        ("one act recorded", _recording(parties)),
    ):
        for each in opened:
            once(each)
        one, other = in_turns(lambda once=once: once(opened[0]), lambda once=once: once(opened[1]))  # type: ignore[misc]
        yield Row(
            what=f"{what} at {sizes[1]:,} acts",
            database=name,
            ours=f"{other * 1000:.2f} ms",
            other=f"at {sizes[0]:,} acts {one * 1000:.2f} ms",
            **at_most(1.25, other / one),  # type: ignore[arg-type]
        )
    stop.set()


def _answering(parties: list[str]) -> Callable[[Service], float]:
    chance = Random(7)

    def once(service: Service) -> float:
        taken = []
        for number in range(300):
            bounds = service.bounds(FIRST_DAY + timedelta(chance.randrange(9_000)))
            began = time.perf_counter()
            answer_bytes(service, invented.slug(number % 20), chance.choice(parties), bounds)
            taken.append(time.perf_counter() - began)
        return median(taken)

    return once


def _recording(parties: list[str]) -> Callable[[Service], float]:
    chance = Random(8)

    def once(service: Service) -> float:
        taken = []
        for number in range(60):
            act = {"treaty": invented.slug(number % 20), **_review(chance, parties)}
            began = time.perf_counter()
            service.record_objects([act], recorded_by="bench")
            taken.append(time.perf_counter() - began)
        return median(taken)

    return once


def _review(chance: Random, parties: list[str]) -> dict[str, object]:
    return {
        "type": "act",
        "kind": "policy_review",
        "party": chance.choice(parties),
        "dated": (FIRST_DAY + timedelta(chance.randrange(9_000))).isoformat(),
        "by": "Parliament",
        "note": str(uuid4()),
    }


def _appended_by_many(url: str) -> float:
    context = get_context("spawn")
    ready, begin = context.Barrier(WRITERS + 1), context.Event()
    processes = [
        context.Process(target=_append, args=(url, f"writer-{uuid4().hex}", ready, begin))
        for _ in range(WRITERS)
    ]
    for each in processes:
        each.start()
    ready.wait(120)
    began = time.perf_counter()
    begin.set()
    for each in processes:
        each.join()
        assert each.exitcode == 0
    return time.perf_counter() - began


def _append(url: str, treaty: str, ready: Any, begin: Any) -> None:
    archive = EventArchive(open_engine(url))
    archive.head()
    ready.wait(120)
    begin.wait(120)
    for number in range(EACH):
        act = Act(
            id=str(uuid4()),
            treaty=treaty,
            kind="policy_review",
            party="POL",
            dated=date(2001, 2, 3),
            note="x" * 300,
        )
        archive.append([act], expected={f"treaty:{treaty}": number}, recorded_by=treaty)


def _nothing_is_lost(url: str, count: int) -> None:
    """That each act is there once, without a gap, and in order within its treaty."""
    engine = open_engine(url)
    entries = EventArchive(engine).since(0, limit=count + 1)
    engine.dispose()
    assert [each.position for each in entries] == list(range(1, count + 1))
    versions: dict[str, int] = {}
    for each in entries:
        assert each.stream_version == versions.get(each.stream, 0) + 1
        versions[each.stream] = each.stream_version
    assert set(versions.values()) == {EACH}


FIRST_DAY = date(2000, 1, 1)
