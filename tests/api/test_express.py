"""The short way gives the same bytes under the same headers as the long one, and takes only what is plain."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.dependencies import Service, open_service
from api.express import Express
from api.main import create_app
from infrastructure.clock import SystemClock
from infrastructure.settings import Settings
from tests.api.clients import KEY, recorded

ANSWER = "/v1/treaties/open-skies/parties/RUS"
ROSTER = "/v1/treaties/open-skies/parties"
LONG_WAY = {"X-Timeline-Position": "1"}
"""A header with which nothing goes the short way."""

SAID = ("etag", "cache-control", "vary", "content-location", "content-type", "content-length")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    path = tmp_path_factory.mktemp("express") / "timeline.db"
    return open_service(
        Settings(database_url=f"sqlite:///{path}", projector="external", log_requests=False)
    )


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service=service), headers={"Accept-Encoding": "identity"}) as client:
        assert service.heads.wait_for(1, 30)
        yield client


def both_ways(
    client: TestClient, address: str, **headers: str
) -> tuple[httpx2.Response, httpx2.Response]:
    """The answer by the long way, then, once it is at hand, by the short one."""
    long = client.get(address, headers={**headers, **LONG_WAY})
    client.get(address, headers=headers)
    return long, client.get(address, headers=headers)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?as_of=2021-06-16",
        "?as_of=2022-01-01&as_seen=2021-06-08",
        "?as_of=2021-06-16&explain=true",
        "?explain=false&as_of=2021-06-16",
        "?as_of=2021-06-16&as_recorded=1451",
        "?as_recorded=1451",
    ],
)
@pytest.mark.parametrize("address", [ANSWER, "/v1/treaties/open-skies/parties/USA", ROSTER])
def test_both_ways_say_the_same(client: TestClient, address: str, query: str) -> None:
    if address == ROSTER and "explain" in query:
        return

    long, short = both_ways(client, address + query)

    assert short.content == long.content
    assert {name: short.headers.get(name) for name in SAID} == {
        name: long.headers.get(name) for name in SAID
    }


def test_what_the_client_has_is_not_sent_again(client: TestClient) -> None:
    _, first = both_ways(client, f"{ANSWER}?as_of=2021-06-16")

    long, short = both_ways(
        client, f"{ANSWER}?as_of=2021-06-16", **{"If-None-Match": first.headers["etag"]}
    )

    assert (long.status_code, short.status_code, short.content) == (304, 304, b"")
    assert short.headers["etag"] == long.headers["etag"]


@pytest.mark.parametrize(
    "address",
    [
        f"{ANSWER}?as_of=today",
        f"{ANSWER}?as_of=2021-02-30",
        f"{ANSWER}?asof=2021-06-16",
        f"{ANSWER}?as_of=2021-06-16&as_of=2021-06-17",
        f"{ANSWER}?as_recorded=0",
        f"{ANSWER}?as_recorded=999999",
        f"{ANSWER}?explain=maybe",
        "/v1/treaties/open-skies/parties/Russia",
        "/v1/treaties/nowhere/parties/RUS",
        "/v1/treaties/open-skies/parties/ZZZ",
        f"{ROSTER}?limit=2",
    ],
)
def test_what_is_not_plain_goes_the_long_way(client: TestClient, address: str) -> None:
    long, other = both_ways(client, address)

    assert (other.status_code, other.content) == (long.status_code, long.content)


def test_head_is_answered_without_a_body(client: TestClient) -> None:
    _, short = both_ways(client, f"{ANSWER}?as_of=2021-06-16")

    head = client.head(f"{ANSWER}?as_of=2021-06-16")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(short.content))


def test_private_reads_never_go_the_short_way(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'timeline.db'}",
        projector="external",
        reads="private",
        api_key="secret",
    )
    service = open_service(settings)
    with TestClient(create_app(service=service)) as client:
        key = {"Authorization": "Bearer secret"}
        allowed = [
            client.get(f"{ANSWER}?as_of=2021-06-16", headers=key).status_code for _ in range(2)
        ]

        assert client.get(f"{ANSWER}?as_of=2021-06-16").status_code == 401

    assert allowed == [200, 200]


def test_nothing_is_at_hand_where_nobody_follows_the_log(service: Service) -> None:
    async def nobody(*_: object) -> None:
        """An application that is never reached."""

    express = Express(nobody, open_service(service.settings))
    scope = {"type": "http", "method": "GET", "path": ANSWER, "headers": [], "query_string": b""}

    assert express._reply(scope) is None


def test_what_was_recorded_meanwhile_is_not_passed_over(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'timeline.db'}", projector="external", api_key=KEY
    )
    service = open_service(settings)
    with TestClient(create_app(service=service)) as client:
        assert service.heads.wait_for(1, 30)
        _, before = both_ways(client, f"{ANSWER}?as_of=2021-06-16")

        told = recorded(client, {"kind": "policy_review", "party": "RUS", "dated": "2021-06-15"})
        _, after = both_ways(client, f"{ANSWER}?as_of=2021-06-16")

    assert after.json()["as_recorded"]["position"] == told["position"]
    assert len(after.json()["proceedings"]) == len(before.json()["proceedings"]) + 1


def test_a_day_left_open_is_the_day_on_which_it_is_asked(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'timeline.db'}", projector="external")
    service = open_service(settings)
    with TestClient(create_app(service=service)) as client:
        assert service.heads.wait_for(1, 30)
        days = []
        for day in (date(2021, 6, 16), date(2021, 6, 17), date(2021, 6, 17)):
            service.clock = Calendar(day)
            days.append(both_ways(client, ANSWER)[1].json()["as_of"])

    assert days == ["2021-06-16", "2021-06-17", "2021-06-17"]


class Calendar(SystemClock):
    """A clock on which it is always the same day."""

    def __init__(self, day: date) -> None:
        self._day = day

    def today(self) -> date:
        return self._day
