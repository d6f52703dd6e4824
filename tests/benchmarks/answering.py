"""Answers, rosters and many questions over HTTP, beside a bare route that returns the same bytes."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import orjson

from tests.benchmarks import invented
from tests.benchmarks.load import get, gzipped, load, post
from tests.benchmarks.measured import Row, at_least, in_turns, rate_of, tell
from tests.benchmarks.place import answered, bare_service, service

REQUESTS = 2_000
ROSTERS = 500
AT_ONCE = 1_000
TREATIES = 20
FIRST_DAY = date(2000, 1, 1)


def rows(name: str, url: str, folder: Path, treaties: int) -> Iterator[Row]:
    """The lines for one database."""
    chance, parties = Random(4), invented.codes()
    few = [invented.slug(number) for number in range(min(TREATIES, treaties))]
    with service(folder, url) as ours:
        one = answered(f"{ours}/v1/treaties/{few[0]}/parties/POL?as_of=2015-01-01")
        everybody = answered(f"{ours}/v1/treaties/{few[0]}/parties?as_of=2015-01-01")
        with bare_service(folder, one, everybody) as bare:
            paths = [
                f"/v1/treaties/{chance.choice(few)}/parties/{chance.choice(parties)}?as_of={_day(chance)}"
                for _ in range(REQUESTS)
            ]
            rosters = [
                f"/v1/treaties/{chance.choice(few)}/parties?as_of={_day(chance)}"
                for _ in range(ROSTERS)
            ]
            for what, asked, goal in (
                (f"one answer over HTTP ({len(one)} bytes)", [get(each) for each in paths], 0.85),
                (
                    f"a roster of {invented.PARTIES} parties ({len(everybody):,} bytes)",
                    [get(each) for each in rosters],
                    0.6,
                ),
                ("the same, compressed (gzip)", [gzipped(each) for each in rosters], 0.6),
            ):
                tell(f"{name}: {what}")
                load(ours, asked)  # warm
                rate, floor = in_turns(
                    lambda asked=asked: load(ours, asked).rate,  # type: ignore[misc]  # asked now
                    lambda asked=asked: load(bare, asked).rate,  # type: ignore[misc]
                )
                yield Row(
                    what=what,
                    database=name,
                    ours=f"{rate:,.0f}/s",
                    other=f"bare route {floor:,.0f}/s",
                    **at_least(goal, rate / floor),  # type: ignore[arg-type]
                )
        yield _many(name, ours, few, parties)


def _many(name: str, ours: str, treaties: list[str], parties: list[str]) -> Row:
    chance = Random(5)
    body = orjson.dumps(
        {
            "queries": [
                {
                    "treaty": chance.choice(treaties),
                    "party": chance.choice(parties),
                    "as_of": _day(chance),
                }
                for _ in range(AT_ONCE)
            ]
        }
    )
    tell(f"{name}: POST /v1/status")
    asked = [post("/v1/status", body) for _ in range(10)]
    load(ours, asked, connections=2)
    rate, _ = in_turns(lambda: load(ours, asked, connections=2).rate * AT_ONCE, lambda: 0.0)
    return Row(
        what=f"`POST /v1/status`, {AT_ONCE:,} questions at once",
        database=name,
        ours=f"{rate:,.0f} answers/s",
        **rate_of(30_000, rate),  # type: ignore[arg-type]
    )


def _day(chance: Random) -> str:
    return (FIRST_DAY + timedelta(chance.randrange(9_000))).isoformat()
