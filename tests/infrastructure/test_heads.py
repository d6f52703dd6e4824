"""Where the log has got to is known in memory, never ahead of what is committed, and waited for."""

import threading
from collections.abc import Iterable, Iterator
from datetime import date

import pytest

from domain.acts import Act, Definition, Entry
from domain.errors import Unavailable
from infrastructure.archive import EventArchive
from infrastructure.database import open_engine
from infrastructure.heads import Heads, Versions


@pytest.fixture
def archive(migrated_database_url: str) -> Iterator[EventArchive]:
    engine = open_engine(migrated_database_url)
    yield EventArchive(engine)
    engine.dispose()


def definition(treaty: str) -> Definition:
    return Definition(
        id=f"definition of {treaty}",
        treaty=treaty,
        title=treaty,
        identifiers={},
        depositaries=(),
        clauses={},
    )


def signature(treaty: str, number: int) -> Act:
    return Act(
        id=f"{treaty} {number}",
        treaty=treaty,
        kind="signature",
        party="POL",
        dated=date(2000, 1, number),
    )


def record(archive: EventArchive, *facts: Act | Definition) -> tuple[Entry, ...]:
    streams = [f"treaty:{each.treaty}" for each in facts]
    return archive.append(facts, expected=archive.versions(set(streams)), recorded_by="clerk")


def test_an_empty_log_has_no_head(archive: EventArchive) -> None:
    now = Heads(archive).now()

    assert (now.position, now.at, dict(now.versions), now.treaties) == (0, None, {}, ())


def test_the_end_of_the_log_and_of_each_stream_is_known(archive: EventArchive) -> None:
    record(archive, definition("npt"), signature("npt", 1), signature("cfe", 1))

    now = Heads(archive).now()

    assert now.position == 3
    assert now.versions == {"treaty:npt": 2, "treaty:cfe": 1}
    assert now.treaties == ("npt",)


def test_what_is_recorded_later_is_learnt_without_reading_all_again(archive: EventArchive) -> None:
    record(archive, definition("npt"))
    heads = Heads(archive)
    heads.now()
    record(archive, signature("npt", 1), definition("cfe"))

    now = heads.now()

    assert (now.position, now.treaties) == (3, ("cfe", "npt"))
    assert now.versions == {"treaty:npt": 2, "treaty:cfe": 1}
    assert now.record.at == archive.head().at


def test_whoever_keeps_entries_is_told_of_each_new_one(archive: EventArchive) -> None:
    record(archive, definition("npt"))
    heads = Heads(archive)
    heads.now()
    kept = Kept()
    heads.tell(kept)
    record(archive, signature("npt", 1))

    heads.catch_up()
    heads.catch_up()

    assert kept.told == [(1, 2, 1)]


def test_what_was_recorded_here_is_taken_in_without_asking(archive: EventArchive) -> None:
    fickle = Fickle(archive)
    heads, kept = Heads(fickle), Kept()
    heads.tell(kept)
    fickle.answers.set()
    heads.take_in(record(archive, definition("npt")))
    fickle.answers.clear()

    now = heads.take_in(record(archive, signature("npt", 1), signature("npt", 2)))

    assert (now.position, dict(now.versions), kept.told) == (3, {"treaty:npt": 3}, [(1, 3, 2)])
    assert now == Heads(archive).catch_up()


def test_what_others_recorded_before_is_not_passed_over(archive: EventArchive) -> None:
    heads = Heads(archive)
    heads.take_in(record(archive, definition("npt")))
    record(archive, signature("npt", 1))

    now = heads.take_in(record(archive, signature("npt", 2)))

    assert (now.position, dict(now.versions)) == (3, {"treaty:npt": 3})


def test_streams_are_known_however_many_there_are_and_whichever_moved_lately() -> None:
    streams = {f"treaty:{number}": 1 for number in range(1_000)}
    versions = Versions({})

    for number, stream in enumerate(streams):
        versions = versions.with_these({stream: 1, "register": number})

    assert versions == {**streams, "register": 999}
    assert (len(versions), versions.get("treaty:nowhere", 0)) == (1_001, 0)


def test_a_position_is_waited_for(archive: EventArchive) -> None:
    heads = Heads(archive)
    writer = threading.Timer(0.1, record, (archive, definition("npt")))
    writer.start()

    arrived = heads.wait_for(1, seconds=10)

    writer.join()
    assert arrived


def test_a_position_that_does_not_come_is_not_waited_for_longer_than_asked(
    archive: EventArchive,
) -> None:
    assert not Heads(archive).wait_for(1, seconds=0.01)


def test_a_follower_knows_what_others_record(archive: EventArchive) -> None:
    heads, stop = Heads(archive), threading.Event()
    follower = threading.Thread(target=heads.follow, args=(stop,))
    follower.start()
    elsewhere = EventArchive(archive.recorder.engine)

    record(elsewhere, definition("npt"))
    arrived = heads.wait_for(1, seconds=10)
    followed = heads.followed()
    stop.set()
    follower.join()

    assert arrived
    assert followed is not None
    assert followed.position == 1
    assert heads.followed() is None


def test_a_follower_outlives_a_database_that_does_not_answer(archive: EventArchive) -> None:
    fickle = Fickle(archive)
    heads, stop = Heads(fickle), threading.Event()
    record(archive, definition("npt"))
    follower = threading.Thread(target=heads.follow, args=(stop,))
    follower.start()

    fickle.asked.wait(10)
    fickle.answers.set()
    arrived = heads.wait_for(1, seconds=10)
    stop.set()
    follower.join()

    assert arrived


def test_a_log_that_is_far_ahead_is_not_read_entry_by_entry(
    archive: EventArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.heads.FAR_BEHIND", 1)
    record(archive, definition("npt"))
    heads = Heads(archive)
    heads.now()
    kept = Kept()
    heads.tell(kept)
    record(archive, *(signature("npt", number) for number in range(1, 4)))

    now = heads.catch_up()

    assert (now.position, now.versions["treaty:npt"]) == (4, 4)
    assert kept.told == []


class Kept:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def take(self, entries: Iterable[Entry], *, since: int, up_to: int) -> None:
        self.told.append((since, up_to, len(list(entries))))


class Fickle(EventArchive):
    """An archive that does not answer until it is told to."""

    def __init__(self, archive: EventArchive) -> None:
        super().__init__(archive.recorder.engine)
        self.asked = threading.Event()
        self.answers = threading.Event()

    def head(self):  # type: ignore[no-untyped-def]  # as the archive declares it
        if not self.answers.is_set():
            self.asked.set()
            raise Unavailable("not now")
        return super().head()
