"""The feed tells each entry and each change once, in one order, whoever writes it and however long nobody did."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.acts import Act, Definition
from domain.dates import UncertainDay
from infrastructure.archive import EventArchive
from infrastructure.database import glancing, open_engine, writing
from infrastructure.feed import START, Feed, FeedEvent, FeedWanted, Place, read_place
from infrastructure.feeding import FeedWriter, Incomplete
from infrastructure.projector import Projector
from infrastructure.readmodel import built_act
from infrastructure.tables import feed, feed_state
from tests.infrastructure.histories import Drafts, Fact, History, drafts, record
from tests.infrastructure.records import a_party

TODAY = datetime.now(UTC).date()


class SetClock:
    """A clock that shows a day that was set, at noon."""

    def __init__(self) -> None:
        self.day = TODAY

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def today(self) -> date:
        return self.day


class Told:
    """A record whose feed is written when it is told to be."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.archive = EventArchive(self.engine)
        self.clock = SetClock()
        self.feed = Feed(self.engine)
        self.writer = FeedWriter(self.engine, self.archive, self.clock)

    def record(self, *facts: Fact) -> int:
        return record(self.archive, facts)

    def project(self) -> None:
        projector = Projector(self.engine, self.archive)
        while projector.step():
            pass

    def write(self, writer: FeedWriter | None = None) -> None:
        self.project()
        while (writer or self.writer).step():
            pass

    def all(self, **wanted: Any) -> list[FeedEvent]:
        return self.feed.after(START, FeedWanted(**wanted), limit=100_000)

    def changes(self, *, of_parties: bool = False) -> list[tuple[str, str, str, str | None]]:
        """What is told of changes: the type, the day, what it leads to, and whereto it moved."""
        told = self.all(types=frozenset({"change"}))
        told = [each for each in told if each.party is not None or not of_parties]
        return [
            (
                each.type.removeprefix("change."),
                *(each.data[key] for key in ("on", "to", "moved_to")),
            )
            for each in told
        ]


@pytest.fixture
def told(migrated_database_url: str) -> Iterator[Told]:
    made = Told(migrated_database_url)
    yield made
    made.engine.dispose()


def defined(treaty: str = "open-skies") -> Definition:
    return Definition(
        id=str(uuid4()),
        treaty=treaty,
        title=treaty,
        identifiers={},
        depositaries=(),
        clauses={
            "entry_into_force": {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]},
            "withdrawal": {"article": "2", "notice": {"n": 180, "unit": "days"}},
        },
    )


def act(kind: str, day: date, party: str = "USA", **more: Any) -> Act:
    treaty = more.pop("treaty", "open-skies")
    return Act(id=str(uuid4()), treaty=treaty, kind=kind, party=party, received=day, **more)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def joined() -> tuple[Fact, ...]:
    named = a_party("USA", names=[{"name": "United States of America"}])
    return (named, defined(), act("ratification", date(2002, 1, 1)))


def test_an_entry_stands_at_its_position_and_what_follows_after_its_transaction(told: Told) -> None:
    last = told.record(*joined())
    told.write()

    found = [(each.id, each.type, each.status) for each in told.all()]

    assert found[:3] == [("1", "party", None), ("2", "treaty", None), ("3", "act", None)]
    assert [each[0] for each in found[3:]] == [f"{last}.{number}" for number in range(1, 3)]
    assert [each[1:] for each in found[3:]] == [
        ("change.came_about", "in_force"),
        ("change.came_about", "party"),
    ]


def test_an_act_is_told_as_it_was_recorded(told: Told) -> None:
    told.record(*joined())
    told.write()

    (found,) = told.all(types=frozenset({"act"}))
    event = found.cloud_event("urn:example")

    assert (event["specversion"], event["id"], event["source"]) == ("1.0", "3", "urn:example")
    assert (event["type"], event["subject"]) == ("timeline.act", "open-skies/USA")
    assert event["time"] == "2002-01-01T00:00:00Z"
    assert event["recordedtime"] == event["data"]["recorded_at"]
    assert event["data"]["kind"] == "ratification"


def test_an_exit_is_told_when_it_is_foreseen_and_again_on_its_day(told: Told) -> None:
    told.record(*joined())
    notice = act("withdrawal_notice", TODAY)
    told.record(notice)
    told.write()
    foreseen = told.changes(of_parties=True)[-1]

    told.clock.day = ahead(179)
    told.write()
    before = told.changes(of_parties=True)[-1]
    told.clock.day = ahead(180)
    told.write()
    last = told.all(parties=frozenset({"USA"}))[-1]

    assert foreseen == before == ("announced", ahead(180).isoformat(), "former_party", None)
    assert (last.place.position, last.type) == (4, "change.came_about")
    assert last.data["because"] == [notice.id]
    assert last.data["party_name"] == "United States of America"
    assert last.cloud_event()["time"] == f"{ahead(180)}T00:00:00Z"
    assert last.recorded_at == told.clock.now()


def test_a_service_that_slept_for_weeks_tells_each_day_in_its_order(told: Told) -> None:
    told.record(*joined(), act("ratification", date(2003, 1, 1), "POL"))
    told.record(act("withdrawal_notice", ahead(-90), "POL"))
    told.record(act("withdrawal_notice", ahead(-100)))
    told.write()

    told.clock.day = ahead(300)
    told.write()

    exits = told.all(statuses=frozenset({"former_party"}))
    came = [each for each in exits if each.type == "change.came_about"]
    assert [(each.day, each.party, each.type) for each in came] == [
        (ahead(80), "USA", "change.came_about"),
        (ahead(90), "POL", "change.came_about"),
    ]


def test_a_day_passes_once_whoever_looks(told: Told) -> None:
    told.record(*joined(), act("withdrawal_notice", TODAY))
    told.write()
    told.clock.day = ahead(181)
    writers = [FeedWriter(told.engine, told.archive, told.clock) for _ in range(6)]

    threads = [threading.Thread(target=told.write, args=(each,)) for each in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    changes = told.changes(of_parties=True)
    came = [each for each in changes if each[:2] == ("came_about", str(ahead(180)))]
    assert [each[2] for each in came] == ["former_party"]


def test_a_notice_that_is_revoked_cancels_what_was_foreseen(told: Told) -> None:
    told.record(*joined())
    notice = act("withdrawal_notice", ahead(-10))
    told.record(notice)
    told.write()
    announced = told.all()[-1]
    told.record(act("withdrawal_notice_revoked", TODAY, concerns=notice.id))
    told.write()
    told.clock.day = ahead(400)
    told.write()

    of_the_exit = [each for each in told.all() if each.change == announced.change]
    assert [each.type for each in of_the_exit] == ["change.announced", "change.cancelled"]
    assert of_the_exit[-1].data["outcome"] == "cancelled"
    assert told.changes(of_parties=True)[-2][:3] == ("came_about", TODAY.isoformat(), "party")


def test_a_corrected_date_moves_what_was_foreseen_under_one_name(told: Told) -> None:
    told.record(*joined())
    notice = act("withdrawal_notice", TODAY)
    told.record(notice)
    told.write()
    better = act("withdrawal_notice", ahead(-5))
    told.record(
        act(
            "record_corrected",
            TODAY,
            concerns=notice.id,
            replacement=better,
            note="received five days earlier",
        )
    )
    told.write()

    first, second = ahead(180).isoformat(), ahead(175).isoformat()
    exits = [each for each in told.all() if each.status == "former_party"]
    assert [(each.type, each.data["on"], each.data["moved_to"]) for each in exits] == [
        ("change.announced", first, None),
        ("change.moved", first, second),
        ("change.announced", second, None),
    ]
    assert len({each.change for each in exits}) == 1

    told.clock.day = ahead(200)
    told.write()
    assert [each.day for each in told.all() if each.type == "change.came_about"][-1] == ahead(175)


def test_whoever_goes_on_from_an_id_gets_the_rest_once(told: Told) -> None:
    random_numbers = random.Random(5)
    for year in range(10):
        told.record(
            defined(f"t{year}"), act("ratification", date(2000 + year, 1, 1), treaty=f"t{year}")
        )
    told.write()
    whole = told.all()

    place, found = START, []
    while page := told.feed.after(place, limit=random_numbers.randint(1, 7)):
        found += page
        place = read_place(page[-1].id) or START

    assert found == whole
    assert told.feed.head() == whole[-1].place
    assert told.feed.before(Place(10**9), limit=100) == whole[::-1]
    assert told.feed.count() == len(whole)


def test_only_what_is_wanted_is_given(told: Told) -> None:
    told.record(*joined(), act("ratification", date(2003, 1, 1), "POL"))
    told.record(defined("npt"), act("signature", date(1968, 7, 1), treaty="npt"))
    told.write()
    whole = told.all()

    for wanted in (
        {"treaties": frozenset({"npt"})},
        {"parties": frozenset({"POL", "USA"})},
        {"kinds": frozenset({"signature"})},
        {"statuses": frozenset({"party", "signatory"})},
        {"types": frozenset({"change"}), "treaties": frozenset({"open-skies"})},
        {"types": frozenset({"act", "change.came_about"})},
    ):
        found = told.all(**wanted)
        assert found == [each for each in whole if FeedWanted(**wanted).takes(each)]
        assert 0 < len(found) < len(whole)
        assert told.feed.count(FeedWanted(**wanted)) == len(found)


def test_what_was_told_is_the_same_written_at_once_or_step_by_step(
    migrated_sqlite_database: str, migrated_postgres_database: str
) -> None:
    history = [joined(), (act("withdrawal_notice", TODAY),), (defined("npt"),)]
    one, other = Told(migrated_sqlite_database), Told(migrated_postgres_database)
    slow = FeedWriter(other.engine, other.archive, other.clock, batch=1)

    for facts in history:
        one.record(*facts)
        other.record(*facts)
        other.write(slow)
    one.write()

    def plain(told: Told) -> list[tuple[Any, ...]]:
        left_out = ("recorded_at", "position")
        return [
            (
                each.place,
                each.type,
                {key: said for key, said in each.data.items() if key not in left_out},
            )
            for each in told.all()
        ]

    assert plain(one) == plain(other)
    one.engine.dispose()
    other.engine.dispose()


def test_who_waits_is_woken_from_another_process(migrated_database_url: str) -> None:
    told, elsewhere = Told(migrated_database_url), Feed(open_engine(migrated_database_url))
    with elsewhere.waking() as waker:
        told.record(*joined())
        told.write()
        while waker.wait(0.2) and not elsewhere.after(START):
            pass

        assert len(elsewhere.after(START)) == 5
    told.engine.dispose()
    elsewhere._engine.dispose()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("412", Place(412)),
        ("412.3", Place(412, 3)),
        ("0", START),
        ("412.0", None),
        ("-1", None),
        ("4 12", None),
        ("٤", None),
        ("1" * 40, None),
        ("", None),
    ],
)
def test_an_id_is_a_place(text: str, place: Place | None) -> None:
    assert read_place(text) == place
    assert place is None or str(place) == text


@hypothesis_settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(transactions=drafts(longest=8))
def test_what_was_told_comes_to_what_is_believed(told: Told, transactions: Drafts) -> None:
    """Whoever notes down each change that is told, and strikes out what moved or was cancelled, knows the law."""
    history = History()
    told.record(*history.beginning())
    for transaction in transactions:
        told.record(*(history.fact(each) for each in transaction))
    told.write()

    noted: dict[str, tuple[Any, ...]] = {}
    for event in told.all(treaties=frozenset(history.treaties), types=frozenset({"change"})):
        noted.pop(str(event.change), None)
        stands = event.type in ("change.announced", "change.came_about")
        if stands and event.data["from"] != event.data["to"]:
            noted[str(event.change)] = (event.day, event.treaty, event.party, event.status)

    with glancing(told.engine) as connection:
        believed = connection.execute(
            sa.text(
                "SELECT day, treaty, party, to_status AS status, certainty FROM change WHERE recorded_until IS NULL "
                "UNION ALL SELECT day, treaty, NULL, to_state, NULL FROM treaty_change WHERE recorded_until IS NULL"
            ).columns(day=sa.Date)
        ).all()
    ours = {tuple(row[:4]) for row in believed if row.treaty in history.treaties}
    assert sorted(map(str, noted.values())) == sorted(map(str, ours))


def test_every_entry_is_told_once_as_it_stands_in_the_log(told: Told) -> None:
    """The plain way, an event of each entry by itself, comes to the same as what is told from the read model."""
    told.record(*joined(), act("declaration", date(2003, 1, 1)))
    undated = Act(id=str(uuid4()), treaty="open-skies", kind="policy_review", party="USA")
    of_a_year = UncertainDay(edtf="2004", earliest=date(2004, 1, 1), latest=date(2004, 12, 31))
    unclear = UncertainDay(edtf="0001-01-01/..", earliest=date.min, latest=date.max)
    for each in (of_a_year, unclear):
        told.record(replace(act("declaration", TODAY), received=None, effective=each))
    told.record(undated, defined("npt"))
    told.write(FeedWriter(told.engine, told.archive, told.clock, batch=2))

    plain = []
    for entry in told.archive.since(0, 100):
        content = entry.content
        type_, of_party, kind, day = "party", getattr(content, "party", None), None, None
        if isinstance(content, Act):
            type_, kind = "act", content.kind
            day = None if content.decisive() is None else content.on()
        elif isinstance(content, Definition):
            type_, day = "treaty", content.holds_from
        told_of = getattr(content, "treaty", None)
        plain.append((entry.position, type_, told_of, of_party, kind, day, entry.recorded_at))

    entries = [each for each in told.all() if each.place.number == 0]
    assert [
        (
            each.place.position,
            each.type,
            each.treaty,
            each.party,
            each.kind,
            each.day,
            each.recorded_at,
        )
        for each in entries
    ] == plain
    assert [each[5] for each in plain[-4:-1]] == [date(2004, 1, 1), date.min, None]


def test_where_the_read_model_lacks_an_act_nothing_is_told(told: Told) -> None:
    told.record(*joined())
    told.project()
    with writing(told.engine) as connection:
        connection.execute(sa.delete(built_act))

    with pytest.raises(Incomplete, match="lacks acts up to position 3"):
        told.writer.step()

    assert told.all() == []


@hypothesis_settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(transactions=drafts(longest=8), batch=st.integers(1, 12))
def test_batches_of_any_size_tell_the_same(told: Told, transactions: Drafts, batch: int) -> None:
    history = History()
    told.record(*history.beginning())
    for transaction in transactions:
        told.record(*(history.fact(each) for each in transaction))
    told.write(FeedWriter(told.engine, told.archive, told.clock, batch=batch))
    step_by_step = told.all()
    with writing(told.engine) as connection:
        connection.execute(sa.delete(feed))
        connection.execute(sa.update(feed_state).values(position=0, number=0, day=None))

    told.write(FeedWriter(told.engine, told.archive, told.clock, batch=10_000))

    assert told.all() == step_by_step
