"""Answers in time (RFC 7089): Accept-Datetime chooses the record, a TimeMap lists the states of one answer."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.dependencies import Service, open_service
from api.main import create_app
from api.memento import http_date, read_http_date
from infrastructure.settings import Settings

ANSWER = "/v1/treaties/open-skies/parties/RUS?as_of=2021-06-16&explain=true"
ROSTER = "/v1/treaties/open-skies/parties?as_of=2021-06-16"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    path = tmp_path_factory.mktemp("memento") / "timeline.db"
    return open_service(
        Settings(
            database_url=f"sqlite:///{path}",
            projector="external",
            log_requests=False,
            api_key="secret",
        )
    )


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    """A record to which a statement of Russia, and later one of Poland, were added."""
    with TestClient(create_app(service=service)) as client:
        for party in ("RUS", "POL"):
            act = {"party": party, "kind": "statement_of_intent", "dated": "2021-06-10"}
            key = {"Authorization": "Bearer secret"}
            assert (
                client.post("/v1/treaties/open-skies/acts", json=act, headers=key).status_code
                == 201
            )
        yield client


def links(header: str) -> dict[str, str]:
    """The addresses in a Link header, by relation."""
    return {rel: address for address, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', header)}


@pytest.mark.parametrize("address", [ANSWER, ROSTER])
def test_an_answer_is_its_own_timegate_and_names_its_timemap(
    client: TestClient, address: str
) -> None:
    given = client.get(address)

    found = links(given.headers["link"])

    assert found["original timegate"] == address
    assert client.get(found["timemap"]).status_code == 200
    assert "Accept-Datetime" in given.headers["vary"]
    assert "memento-datetime" not in given.headers


def test_other_addresses_have_no_mementos(client: TestClient) -> None:
    given = client.get("/v1/treaties/open-skies/state")

    assert "link" not in given.headers
    assert "Accept-Datetime" not in given.headers["vary"]


def test_a_timemap_lists_the_states_at_which_this_very_answer_changed(
    client: TestClient, service: Service
) -> None:
    end = service.archive.head().position
    timemap = links(client.get(ANSWER).headers["link"])["timemap"]

    shown = client.get(timemap, headers={"Accept": "application/json"}).json()

    positions = [each["position"] for each in shown["mementos"]]
    assert positions[1:] == [end - 1]
    bodies = [client.get(each["address"]).json()["disregarded"] for each in shown["mementos"]]
    assert len(bodies[1]) == len(bodies[0]) + 1


def test_a_timemap_is_written_as_links(client: TestClient) -> None:
    timemap = links(client.get(ANSWER).headers["link"])["timemap"]

    shown = client.get(timemap)

    assert shown.headers["content-type"] == "application/link-format"
    assert {"original timegate", "self", "first memento", "last memento"} == set(links(shown.text))


def test_a_roster_that_never_changed_has_one_state(client: TestClient) -> None:
    timemap = links(client.get(ROSTER).headers["link"])["timemap"]

    shown = client.get(timemap)

    assert set(links(shown.text)) == {"original timegate", "self", "first last memento"}


def test_a_datetime_chooses_the_record_of_that_second(client: TestClient, service: Service) -> None:
    head = service.archive.head()
    assert head.at is not None

    given = client.get(ANSWER, headers={"Accept-Datetime": http_date(head.at)})

    assert given.json()["as_recorded"]["position"] == head.position
    assert given.headers["memento-datetime"] == http_date(head.at)
    assert f"as_recorded={head.position}" in given.headers["content-location"]


def test_a_permalink_is_a_memento_and_keeps_for_ever(client: TestClient) -> None:
    permalink = client.get(ANSWER).headers["content-location"]

    given = client.get(permalink)

    assert "memento-datetime" in given.headers
    assert "Accept-Datetime" not in given.headers["vary"]
    assert given.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_before_the_record_began_there_is_nothing(client: TestClient) -> None:
    given = client.get(ANSWER, headers={"Accept-Datetime": "Tue, 08 Jun 1999 12:00:00 GMT"})

    assert given.status_code == 404


@pytest.mark.parametrize(
    "text", ["yesterday", "2021-06-08T12:00:00Z", "", "Tue, 99 Jun 2021 12:00:00 GMT"]
)
def test_what_is_no_http_date_is_refused(client: TestClient, text: str) -> None:
    given = client.get(ANSWER, headers={"Accept-Datetime": text})

    assert (given.status_code, given.json()["type"]) == (400, "/problems/bad-header")


def test_a_named_record_goes_before_a_datetime(client: TestClient) -> None:
    given = client.get(
        f"{ANSWER}&as_recorded=1300", headers={"Accept-Datetime": "Tue, 08 Jun 2100 12:00:00 GMT"}
    )

    assert given.json()["as_recorded"]["position"] == 1300


def test_an_http_date_is_read_as_it_is_written() -> None:
    instant = datetime(2026, 11, 24, 12, 0, 1, 5, tzinfo=UTC)

    assert read_http_date(http_date(instant)) == instant.replace(microsecond=0)
    assert read_http_date("Tue, 24 Nov 2026 12:00:01 +0100") == instant.replace(
        microsecond=0
    ) - timedelta(hours=1)
    assert read_http_date("Tue, 24 Nov 2026 12:00:01 -0000") is None
