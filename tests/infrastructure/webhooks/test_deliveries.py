"""Everything gets there in the end, in the order of each treaty, and whoever fails holds up nobody else."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from domain.errors import NotFound
from infrastructure.webhooks.deliveries import GONE, Terms
from infrastructure.webhooks.posting import Outcome
from infrastructure.webhooks.subscriptions import Changed, Wanted
from tests.infrastructure.webhooks.world import BROKEN, NOON, TAKEN, World, world

MINUTE = timedelta(minutes=1)


@pytest.fixture
def small(migrated_database_url: str) -> Iterator[World]:
    with world(migrated_database_url) as found:
        yield found


@pytest.fixture
def embedded(migrated_sqlite_database: str) -> Iterator[World]:
    with world(migrated_sqlite_database) as found:
        yield found


def test_everybody_is_told_what_they_want_and_once(small: World) -> None:
    small.subscribe("all")
    small.subscribe("some", "npt", "inf")
    small.feed.happen("npt", "abm", "inf", "npt")

    small.tell()
    small.tell()
    small.send()

    assert sorted(small.taken("all")) == ["1", "2", "3", "4"]
    assert sorted(small.taken("some")) == ["1", "3", "4"]
    assert small.send() == 0


def test_whoever_subscribes_later_is_told_what_comes_later(small: World) -> None:
    small.feed.happen("npt")
    small.subscribe("late")
    small.feed.happen("npt")

    small.tell()
    small.send()

    assert small.taken("late") == ["2"]


def test_a_receiver_that_fails_for_an_hour_gets_everything_and_nobody_waits_for_it(
    small: World,
) -> None:
    small.subscribe("failing")
    small.subscribe("well")
    over = NOON + timedelta(hours=1)
    small.behaves("failing", lambda: TAKEN if small.watch.now() >= over else BROKEN)

    for _ in range(15):
        small.feed.happen("npt", "inf", "npt")
        small.tell()
        small.send()
        assert len(small.taken("well")) == len(small.feed.events)
        small.watch.instant += 4 * MINUTE
    small.goes_by(10 * MINUTE, timedelta(hours=2))

    assert sorted(small.taken("failing"), key=int) == [str(each) for each in range(1, 46)]
    for treaty in ("npt", "inf"):
        of_treaty = [each.event for each in small.feed.events if each.lane == treaty]
        assert [each for each in small.taken("failing") if each in of_treaty] == of_treaty
    tried = Counter(event for _, url, _, event in small.receivers.sent if "failing" in url)
    assert max(tried.values()) <= 12  # it was not hammered


def test_it_is_tried_later_each_time_and_by_the_same_id(embedded: World) -> None:
    embedded.subscribe("failing")
    embedded.behaves("failing", lambda: BROKEN)
    embedded.feed.happen("npt")

    embedded.goes_by(timedelta(seconds=5), timedelta(minutes=10))

    instants = [at for at, *_ in embedded.receivers.sent]
    waits = [later - earlier for earlier, later in pairwise(instants)]
    assert [each.total_seconds() for each in waits] == [5, 15, 45, 135]
    assert len({message for _, _, message, _ in embedded.receivers.sent}) == 1


def test_what_fails_for_days_is_dead_and_can_be_replayed_in_its_place(embedded: World) -> None:
    who = embedded.subscribe("failing")
    embedded.subscribe("well")
    broken = {"1"}
    embedded.behaves(
        "failing", lambda: BROKEN if embedded.receivers.sent[-1][3] in broken else TAKEN
    )
    embedded.feed.happen("npt", "npt", "inf")

    embedded.goes_by(timedelta(minutes=30), timedelta(days=6))
    (dead,), _ = embedded.deliveries.of(who, state="dead")

    assert embedded.taken("failing") == ["3", "2"]
    assert (dead.event, dead.status, dead.trouble) == ("1", 500, "it answered 500")
    assert dead.attempts >= 15
    assert embedded.subscription(who).state == "active"  # it took others meanwhile
    assert embedded.subscriptions.standing([who])[who].dead == 1
    broken.clear()
    embedded.feed.happen("npt")
    embedded.tell()
    assert embedded.deliveries.replay(who, [dead.id]) == 1
    embedded.send()
    assert embedded.taken("failing") == ["3", "2", "1", "4"]
    assert embedded.deliveries.replay(who) == 0


def test_only_what_is_dead_can_be_replayed(embedded: World) -> None:
    who = embedded.subscribe("well")
    embedded.feed.happen("npt")
    embedded.tell()
    embedded.send()
    (delivered,), _ = embedded.deliveries.of(who)

    with pytest.raises(NotFound, match="no dead letter"):
        embedded.deliveries.replay(who, [delivered.id])


def test_a_subscription_that_takes_nothing_for_days_is_paused_and_loses_nothing(
    embedded: World,
) -> None:
    who = embedded.subscribe("gone")
    embedded.behaves("gone", lambda: BROKEN)
    embedded.feed.happen("npt", "inf")

    embedded.goes_by(timedelta(hours=1), timedelta(days=6))
    embedded.feed.happen("npt")
    embedded.tell()
    sent = len(embedded.receivers.sent)
    assert embedded.send() == 0

    paused = embedded.subscription(who)
    assert (paused.state, paused.reason) == ("paused", "nothing was taken for 5 days")
    embedded.behaves("gone", lambda: TAKEN)
    embedded.subscriptions.change(who, Changed(state="active"))
    embedded.deliveries.replay(who)
    embedded.goes_by(timedelta(minutes=1), timedelta(minutes=5))
    assert len(embedded.receivers.sent) > sent
    assert sorted(embedded.taken("gone")) == ["1", "2", "3"]
    assert [each for each in embedded.taken("gone") if each != "2"] == ["1", "3"]


def test_a_receiver_that_is_gone_is_sent_nothing_more(embedded: World) -> None:
    who = embedded.subscribe("gone")
    embedded.behaves("gone", lambda: Outcome(seconds=0.01, status=410))
    embedded.feed.happen("npt", "inf")
    embedded.tell()

    assert embedded.send() == 1

    assert (embedded.subscription(who).state, embedded.subscription(who).reason) == ("paused", GONE)


def test_how_long_a_receiver_asks_to_wait_is_honoured(embedded: World) -> None:
    embedded.subscribe("busy")
    embedded.behaves(
        "busy", lambda: Outcome(seconds=0, status=429, retry_after=timedelta(minutes=20))
    )
    embedded.feed.happen("npt")

    embedded.goes_by(MINUTE, timedelta(minutes=30))

    assert [at - NOON for at, *_ in embedded.receivers.sent] == [
        timedelta(),
        timedelta(minutes=20),
    ]


def test_a_receiver_in_trouble_gets_one_at_a_time_and_leaves_workers_to_others(
    small: World,
) -> None:
    small.subscribe("slow")
    small.behaves("slow", lambda: Outcome(seconds=9, status=200))
    small.feed.happen("a", "b", "c", "d")
    small.tell()

    held = [small.deliveries.claim() for _ in range(4)]
    assert [each is not None for each in held] == [True, True, False, False]  # two at once
    for each in held[:2]:
        assert each is not None
        small.deliveries.settle(each, Outcome(seconds=9, status=200))
    held = [small.deliveries.claim() for _ in range(2)]
    assert [each is not None for each in held] == [True, False]  # it was slow: one
    small.subscribe("well")
    small.feed.happen("a")
    small.tell()
    assert small.worker(troubled=False).step()
    assert not small.worker(troubled=False).step()
    assert small.taken("well") == ["5"]


def test_subscriptions_take_turns(embedded: World) -> None:
    embedded.subscribe("much")
    embedded.feed.happen(*("npt", "inf", "abm") * 30)
    embedded.tell()
    embedded.watch.goes_on(seconds=1)
    embedded.subscribe("little")
    embedded.feed.happen("npt")
    embedded.tell()
    worker = embedded.worker()

    for _ in range(4):
        embedded.watch.goes_on(seconds=1)
        worker.step()

    assert len(embedded.taken("little")) == 1


def test_a_lease_that_ran_out_is_nobodys_and_what_its_holder_says_is_not_kept(
    small: World,
) -> None:
    who = small.subscribe("well")
    small.feed.happen("npt")
    small.tell()
    lost = small.deliveries.claim()
    assert lost is not None
    assert small.deliveries.claim() is None

    small.watch.goes_on(seconds=61)
    again = small.deliveries.claim()

    assert again is not None
    assert (again.message, again.lease) != (lost.message, lost.lease)
    assert again.message == lost.message
    assert not small.deliveries.settle(lost, BROKEN)
    assert small.deliveries.settle(again, TAKEN)
    assert not small.deliveries.settle(lost, BROKEN)
    (kept,), _ = small.deliveries.of(who)
    assert (kept.state, kept.attempts) == ("delivered", 2)


def test_a_change_of_the_filter_counts_for_what_comes_later(embedded: World) -> None:
    who = embedded.subscribe("desk", "npt")
    embedded.feed.happen("npt", "inf")
    embedded.tell()

    embedded.subscriptions.change(who, Changed(wanted=Wanted(treaties=frozenset({"inf"}))))
    embedded.feed.happen("npt", "inf")
    embedded.tell()
    embedded.send()

    assert sorted(embedded.taken("desk")) == ["1", "4"]


def test_what_is_ended_is_not_there_any_more(small: World) -> None:
    who = small.subscribe("desk")
    small.feed.happen("npt")
    small.tell()
    claim = small.deliveries.claim()
    assert claim is not None

    small.subscriptions.end(who)

    assert not small.deliveries.settle(claim, TAKEN)
    assert small.subscriptions.every() == ()
    assert small.subscriptions.roots_in_use() == ()
    with pytest.raises(NotFound):
        small.subscriptions.get(who)
    assert small.deliveries.backlog().pending == 0


def test_the_feed_waits_for_a_receiver_that_has_much_before_it(embedded: World) -> None:
    who = embedded.subscribe("failing")
    embedded.behaves("failing", lambda: BROKEN)
    embedded.feed.happen(*["npt"] * 25)
    embedded.teller = replace(embedded.teller, most_pending=10)

    embedded.tell()
    assert embedded.deliveries.pending(who) == 10
    embedded.behaves("failing", lambda: TAKEN)
    embedded.goes_by(MINUTE, timedelta(minutes=3))

    assert embedded.taken("failing") == [str(each) for each in range(1, 26)]


def test_what_was_delivered_is_forgotten_after_a_while(small: World) -> None:
    who = small.subscribe("desk")
    small.feed.happen("npt", "npt")
    small.tell()
    small.send()

    small.watch.goes_on(days=31)

    assert small.teller.forget(timedelta(days=30)) == 2
    assert small.deliveries.of(who) == ((), None)


def test_the_backlog_is_measured(small: World) -> None:
    small.subscribe("failing")
    small.behaves("failing", lambda: BROKEN)
    small.feed.happen("npt", "npt", "inf")
    small.tell()
    small.send()
    small.watch.goes_on(seconds=90)

    found = small.deliveries.backlog()

    assert (found.pending, found.failing, found.dead, found.oldest_seconds) == (3, 2, 0, 90)


def test_several_workers_and_tellers_at_once_send_everything_once_and_in_order(
    migrated_database_url: str,
) -> None:
    """Each with a connection of its own, as in processes of their own."""
    with world(migrated_database_url, Terms(at_once=3)) as first:
        for number in range(4):
            first.subscribe(f"r{number}")
        treaties = [f"t{number % 5}" for number in range(20)]
        first.feed.happen(*treaties)
        stop, faults = threading.Event(), []

        def work(place: int) -> None:
            with world(migrated_database_url, Terms(at_once=3)) as own:
                own.receivers, own.feed.events = first.receivers, first.feed.events
                worker = own.worker(troubled=place % 2 == 0)
                while not stop.is_set():
                    try:
                        if not (own.teller.tell() or worker.step()):
                            stop.wait(0.01)
                    except Exception as error:  # noqa: BLE001 (told to the test below)
                        faults.append(error)
                        return

        threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
        for thread in threads:
            thread.start()
        end = datetime.now() + timedelta(seconds=30)  # noqa: DTZ005 (a bound for the test)
        while sum(map(len, first.receivers.taken.values())) < 80 and not faults:
            assert datetime.now() < end  # noqa: DTZ005 (the same)
            stop.wait(0.02)
        stop.wait(0.1)
        stop.set()
        for thread in threads:
            thread.join()

        assert faults == []
        for number in range(4):
            taken = first.taken(f"r{number}")
            assert sorted(taken, key=int) == [str(each) for each in range(1, 21)]
            for treaty in set(treaties):
                of_treaty = [each.event for each in first.feed.events if each.lane == treaty]
                assert [each for each in taken if each in of_treaty] == of_treaty
