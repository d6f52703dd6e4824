"""The live stream: each event once and in order, whoever drops, resumes, dawdles or comes too many."""

import os
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.ports import stream_of
from infrastructure.archive import EventArchive
from infrastructure.codec import Fact
from infrastructure.database import open_engine
from infrastructure.feed import Place
from tests.api.clients import OPERATOR, notice, problem
from tests.api.streams import CLIENT, WITHIN_SECONDS, Heard, Line, following, listening
from tests.infrastructure.records import a_definition, a_party


@pytest.fixture
def line(told_database: str) -> Iterator[Line]:
    with listening(told_database, stream_heartbeat_seconds=0.2) as line:
        yield line


def recorded(line: Line, what: object, treaty: str = "open-skies") -> dict[str, Any]:
    answer = CLIENT.post(f"{line.address}/v1/treaties/{treaty}/acts", json=what, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_an_act_is_told_when_it_is_recorded_and_so_is_what_follows(line: Line) -> None:
    with following(line) as events:
        act = recorded(line, notice("POL"))
        first, *changes = islice(events, 3)

    assert first.id == str(act["position"])
    assert (first.data["type"], first.data["subject"]) == ("timeline.act", "open-skies/POL")
    assert first.data["data"]["id"] == act["id"]
    assert first.data["time"] == "2026-11-20T00:00:00Z"
    assert [each.id for each in changes] == [f"{first.id}.1", f"{first.id}.2"]
    assert [(each.data["type"], each.data["data"]["to"]) for each in changes] == [
        ("timeline.change.came_about", "party_withdrawing"),
        ("timeline.change.announced", "former_party"),
    ]
    assert changes[1].data["data"]["on"] == "2027-05-20"
    assert changes[1].data["data"]["because"] == [act["id"]]


def test_whoever_was_cut_off_goes_on_where_it_was(line: Line) -> None:
    with following(line) as events:
        recorded(line, notice("POL"))
        last = next(events).id
    recorded(line, notice("CZE"))

    with following(line, last=last) as events:
        rest = [each.id for each in islice(events, 5)]

    position = int(last)
    expected = ["{0}.1", "{0}.2", "{1}", "{1}.1", "{1}.2"]
    assert rest == [each.format(position, position + 1) for each in expected]


def test_where_somebody_was_is_known_once_the_stream_has_read_as_far(line: Line) -> None:
    stream = line.stream
    with following(line) as events:
        recorded(line, notice("POL"))
        last = next(events).id

    known = [stream.known_place(each) for each in ("", "no id", "1", last, f"{int(last) + 1}")]

    assert known == [None, None, Place(1), Place(int(last)), None]


def test_the_whole_feed_can_be_followed_from_its_beginning(line: Line) -> None:
    act = recorded(line, notice("POL"))
    end = (act["position"], 2)

    with following(line, after="0") as events:
        places = [each.place for each in events_until(events, end)]

    assert places == sorted(set(places))
    assert {position for position, _ in places} == set(range(1, act["position"] + 1))


@pytest.mark.parametrize(
    ("query", "takes"),
    [
        ({"treaty": "open-skies,npt"}, lambda data: data["treaty"] in ("open-skies", "npt")),
        ({"party": "Russia"}, lambda data: data["party"] == "RUS"),
        ({"kind": "withdrawal_notice"}, lambda data: data.get("kind") == "withdrawal_notice"),
        ({"status": "former_party"}, lambda data: data.get("to") == "former_party"),
        ({"type": "change", "treaty": "open-skies"}, lambda data: data["type"] == "change"),
    ],
    ids=["treaties", "a party by its name", "a kind", "a status", "a type"],
)
def test_only_what_is_wanted_comes(line: Line, query: dict[str, str], takes: Any) -> None:
    with following(line, after="0", **query) as events:
        some = list(islice(events, 8))
    assert len(some) == 8

    assert all(takes(each.data["data"]) for each in some)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "gossip"}, (422, "malformed")),
        ({"status": "absent"}, (422, "malformed")),
        ({"type": "rumour"}, (422, "malformed")),
        ({"treaty": "no-such-treaty"}, (404, "not-found")),
        ({"party": "Nowhere"}, (404, "not-found")),
        ({"after": "yesterday"}, (422, "malformed")),
        ({"after": "999999999"}, (404, "not-found")),
        ({"afterwards": "1"}, (422, "malformed")),
    ],
)
def test_what_cannot_be_followed_is_refused(
    reader: TestClient, query: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = reader.get("/v1/stream", params=query)

    assert problem(answer) == expected


def test_a_silent_stream_says_that_it_is_alive(line: Line) -> None:
    with CLIENT.stream(
        "GET", f"{line.address}/v1/stream", params={"kind": "policy_review"}
    ) as answer:
        lines = answer.iter_lines()
        first = list(islice(lines, 5))

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert first[0].startswith(": after ")
    assert first[1:] == ["retry: 2000", "", ": alive", ""]


def test_head_of_the_stream_ends(line: Line) -> None:
    answer = CLIENT.head(f"{line.address}/v1/stream")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_no_more_follow_than_may(told_database: str) -> None:
    with listening(told_database, stream_clients=2) as line, following(line), following(line):
        answer = CLIENT.get(f"{line.address}/v1/stream")

    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "10"


def test_where_reading_needs_a_key_so_does_following(told_database: str) -> None:
    with listening(told_database, reads="private") as line:
        answer = CLIENT.get(f"{line.address}/v1/stream")

    assert answer.status_code == 401


def test_a_service_that_ends_lets_everybody_go_at_once(told_database: str) -> None:
    with listening(told_database) as line, following(line) as events:
        began = time.monotonic()
        line.server.should_exit = True
        rest = list(events)

    assert rest == []
    assert time.monotonic() - began < 5


def test_a_client_that_takes_nothing_is_let_go_and_delays_nobody(told_database: str) -> None:
    with listening(told_database, stream_slow_seconds=0.3) as line:
        stream = line.stream
        sends_little_ahead(line)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", line.port))
            slow.sendall(b"GET /v1/stream?after=0 HTTP/1.1\r\nHost: here\r\n\r\n")
            with following(line) as events:
                act = recorded(line, notice("POL"))
                assert next(events).id == str(act["position"])
            until(lambda: stream.count == 0)


@pytest.mark.no_cover  # what it runs is measured by plainer tests, and tracing doubles its time
def test_clients_that_drop_and_resume_at_random_hear_everything_once_and_in_order(
    migrated_database_url: str,
) -> None:
    """Four write at once to as many treaties; each of the clients is cut off again and again."""
    treaties, each_writes, count = ("t0", "t1", "t2", "t3"), 8, 10
    start = begun(migrated_database_url, treaties)
    end = start + len(treaties) * each_writes
    results: list[list[Heard]] = [[] for _ in range(count)]
    with listening(migrated_database_url) as line:
        threads = [
            *(
                threading.Thread(
                    target=follow_restlessly,
                    args=(line, end, into, random.Random(index)),
                    kwargs={"last": str(start)},
                )
                for index, into in enumerate(results)
            ),
            *(threading.Thread(target=write, args=(line, each, each_writes)) for each in treaties),
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(timeout=60)

    for heard in results:
        places = [each.place for each in heard]
        assert places == sorted(set(places))
        assert [place[0] for place in places if place[1] == 0] == list(range(start + 1, end + 1))
    assert len({tuple(each.id for each in heard) for heard in results}) == 1


def begun(database_url: str, treaties: Sequence[str]) -> int:
    """Record these treaties, and a party that may act on them; gives the position of the last entry."""
    engine = open_engine(database_url)
    archive = EventArchive(engine)
    facts: list[Fact] = [a_party("POL", names=[{"name": "Poland"}]), *map(a_definition, treaties)]
    entries = archive.append(
        facts, expected={stream_of(each): 0 for each in facts}, recorded_by="clerk"
    )
    engine.dispose()
    return entries[-1].position


def follow_restlessly(
    line: Line, end: int, into: list[Heard], chance: random.Random, *, last: str
) -> None:
    """Note down what is heard up to the position, cut off after a few events each time."""
    while not into or into[-1].place < (end, 0):
        with following(line, last=into[-1].id if into else last) as events:
            for each in islice(events, chance.randint(1, 9)):
                into.append(each)
                if each.place >= (end, 0):
                    return


def write(line: Line, treaty: str, count: int) -> None:
    for number in range(count):
        act = {
            "kind": "policy_review",
            "party": "POL",
            "dated": "2026-11-20",
            "by": "a ministry",
            "note": f"review {number}",
        }
        recorded(line, act, treaty)


def events_until(events: Iterator[Heard], end: tuple[int, int]) -> Iterator[Heard]:
    for each in events:
        yield each
        if each.place >= end:
            return


def sends_little_ahead(line: Line) -> None:
    """Have the system hold little of what a client does not take, on connections from now on."""
    listener = line.server.servers[0].sockets[0].fileno()
    with socket.socket(fileno=os.dup(listener)) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


def until(holds: Any) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
