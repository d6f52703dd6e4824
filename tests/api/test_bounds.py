"""The three bounds of a question: what is taken for a day, a position, an instant; and everything else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import PARTIES, POLAND, RUSSIA, notice, pointers, problem, recorded

READS = (
    "/v1/treaties",
    "/v1/treaties/open-skies",
    "/v1/treaties/open-skies/state",
    PARTIES,
    RUSSIA,
    f"{RUSSIA}/periods",
    "/v1/parties",
    "/v1/parties/RUS",
    "/v1/parties/RUS/treaties",
    "/v1/acts",
    "/v1/changes",
    "/v1/diff?treaty=open-skies&from=2020-01-01&to=2021-01-01",
)


def with_query(address: str, **query: str) -> str:
    """The address with these parameters beside those that it has."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


@pytest.mark.parametrize("address", READS)
def test_every_read_takes_the_three_bounds(reader: TestClient, address: str) -> None:
    bounds = {"as_of": "2021-06-16", "as_seen": "2021-06-08", "as_recorded": "1451"}

    answer = reader.get(with_query(address, **bounds))

    assert answer.status_code == 200


@pytest.mark.parametrize("address", READS)
@pytest.mark.parametrize("name", ["as_of", "as_seen", "as_recorded"])
def test_every_read_refuses_what_is_no_bound(reader: TestClient, address: str, name: str) -> None:
    answer = reader.get(with_query(address, **{name: "soon"}))

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), [f"/{name}"])


@pytest.mark.parametrize("address", [*READS, "/v1/acts/4737468f-b43d-536f-bd57-2a7ffae3e7b1"])
def test_an_unknown_parameter_is_refused_by_name(reader: TestClient, address: str) -> None:
    answer = reader.get(with_query(address, asof="2021-06-16"))

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/asof"])
    assert "as_of" in answer.json()["errors"][0]["detail"]


def test_a_bound_given_twice_is_refused(reader: TestClient) -> None:
    answer = reader.get(f"{RUSSIA}?as_of=2021-06-16&as_of=2021-06-17")

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/as_of"])


def test_every_bound_that_is_wrong_is_named(reader: TestClient) -> None:
    answer = reader.get(RUSSIA, params={"as_of": "x", "as_seen": "y", "as_recorded": "z"})

    assert pointers(answer) == ["/as_of", "/as_seen", "/as_recorded"]


@pytest.mark.parametrize(
    "day",
    [
        "",
        "today",
        "2021-6-16",
        "20210616",
        "2021-W24-3",
        "2021-02-30",
        "0000-01-01",
        "10000-01-01",
        "2021-06-16T00:00:00Z",
        " 2021-06-16",
        "٢٠٢١-٠٦-١٦",
        "2021-06-1\0",
        "\ud800",
    ],
)
def test_what_is_no_day_is_refused(reader: TestClient, day: str) -> None:
    answer = reader.get(f"{RUSSIA}?as_of={quote(day, errors='surrogatepass')}")

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/as_of"])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days(reader: TestClient, day: str) -> None:
    answer = reader.get(RUSSIA, params={"as_of": day, "explain": "true"})

    assert (answer.status_code, answer.json()["as_of"]) == (200, day)


@pytest.mark.parametrize(
    "place",
    [
        "-1",
        "1.5",
        "1e3",
        "٣",
        "9" * 19,
        "9" * 5000,
        "2021-06-08",
        "2021-06-08T12:00:00",
        "2021-06-08T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "T",
        "\0",
    ],
)
def test_what_is_no_place_in_the_record_is_refused(reader: TestClient, place: str) -> None:
    answer = reader.get(f"{RUSSIA}?as_recorded={quote(place)}")

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/as_recorded"])


def test_an_instant_that_is_still_to_come_names_no_record(reader: TestClient) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    answer = reader.get(RUSSIA, params={"as_recorded": tomorrow})
    many = reader.post(
        "/v1/status",
        json={"queries": [{"treaty": "open-skies", "party": "RUS", "as_recorded": tomorrow}]},
    )

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/as_recorded"])
    assert many.json()["answers"][0]["status"] == 422


def test_a_position_that_is_not_there_yet_is_not_found(reader: TestClient) -> None:
    answer = reader.get(RUSSIA, params={"as_recorded": "999999999999999999"})

    assert problem(answer) == (404, "not-found")


def test_before_the_first_entry_there_was_nothing(reader: TestClient) -> None:
    answer = reader.get("/v1/treaties", params={"as_recorded": "0"})
    one = reader.get(RUSSIA, params={"as_recorded": "0"})

    assert answer.json()["treaties"] == []
    assert answer.json()["as_recorded"] == {"position": 0, "at": None}
    assert problem(one) == (404, "not-found")


def test_an_instant_stands_for_the_last_position_by_then(client: TestClient) -> None:
    before = client.get(POLAND).json()["as_recorded"]
    act = recorded(client, notice("POL"))

    then = client.get(POLAND, params={"as_recorded": before["at"]}).json()
    since = client.get(POLAND, params={"as_recorded": act["recorded_at"]}).json()

    assert then["as_recorded"] == before
    assert since["as_recorded"]["position"] == act["position"]


def test_a_plus_of_an_offset_may_be_sent_as_it_is(client: TestClient) -> None:
    at = client.get(POLAND).json()["as_recorded"]["at"].replace("Z", "+00:00")

    answer = client.get(f"{POLAND}?as_recorded={at}")

    assert answer.status_code == 200


def test_what_was_recorded_later_does_not_count(client: TestClient) -> None:
    act = recorded(client, notice("POL"))

    said = client.get(
        POLAND, params={"as_of": "2026-11-24", "as_recorded": str(act["position"] - 1)}
    ).json()

    assert (said["status"], said["as_recorded"]["position"]) == ("party", act["position"] - 1)


def test_a_read_waits_for_the_position_it_asks_for_and_no_longer(client: TestClient) -> None:
    there = client.get(RUSSIA, headers={"X-Timeline-Position": "1451"})
    client.app.state.service.settings.__dict__["wait_seconds"] = 0.0  # type: ignore[attr-defined]  # our app

    beyond = client.get(RUSSIA, headers={"X-Timeline-Position": "1452"})

    assert there.status_code == 200
    assert problem(beyond) == (503, "lagging")
    assert beyond.headers["retry-after"] == "1"


@pytest.mark.parametrize("given", ["", "-1", "soon", "9" * 19, "1 2"])
def test_what_is_no_position_to_wait_for_is_refused(reader: TestClient, given: str) -> None:
    answer = reader.get(RUSSIA, headers={"X-Timeline-Position": given})

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/X-Timeline-Position"])


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("from=2021-01-01&to=2021-02-30", ["/to"]),
        ("recorded_from=1&recorded_to=soon", ["/recorded_to"]),
        ("", [""]),
        ("from=2021-01-01&recorded_from=1", [""]),
    ],
)
def test_what_is_compared_is_refused_at_its_parameter(
    reader: TestClient, query: str, places: list[str]
) -> None:
    answer = reader.get(f"/v1/diff?treaty=open-skies&{query}")

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), places)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"as_of": 5}, "/as_of"),
        ({"as_seen": ["2021-01-01"]}, "/as_seen"),
        ({"as_recorded": True}, "/as_recorded"),
        ({"as_recorded": {}}, "/as_recorded"),
        ({"as_recorded": -1}, "/as_recorded"),
        ({"a/b": 1}, "/a~1b"),
    ],
)
def test_bounds_of_a_supposition_are_refused_at_their_place(
    reader: TestClient, more: dict[str, object], place: str
) -> None:
    supposed = {"acts": [notice("POL", treaty="open-skies")], **more}

    answer = reader.post("/v1/whatif", json=supposed)

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), [place])


@pytest.mark.parametrize("name", ["a%2Fb", "%00", "%ED%A0%80", "%FF", "x" * 4000, "..%2F..", "%20"])
@pytest.mark.parametrize(
    "address", [f"{PARTIES}/{{}}", "/v1/treaties/{}", "/v1/parties/{}", "/v1/acts/{}"]
)
def test_a_name_that_nobody_has_is_not_found(reader: TestClient, address: str, name: str) -> None:
    answer = reader.get(address.format(name))

    assert problem(answer) == (404, "not-found")


@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%FF"])
@pytest.mark.parametrize("name", ["text", "recorded_by", "treaty", "party", "kind", "from"])
def test_unprintable_filters_are_answered_or_refused(
    reader: TestClient, name: str, text: str
) -> None:
    answer = reader.get(f"/v1/acts?{name}={text}")

    assert answer.status_code in {200, 404, 422}
