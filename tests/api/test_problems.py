"""Problems: each type is reached, has its page, and the table leaves no refusal out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from api import refusals
from api.problems import BY_REFUSAL, BY_STATUS, TYPES, problem_of, type_of
from api.refusals import Damaged
from domain import errors
from domain.errors import Conflict, Erased, Full, Lagging, Malformed, Refusal, Unavailable
from tests.api.clients import (
    ACTS,
    OPERATOR,
    PARTIES,
    POLAND,
    RUSSIA,
    client_over,
    notice,
    problem,
    record,
)

Asking = Callable[[TestClient], Any]


def with_stale_version(client: TestClient) -> Any:
    seen = client.get(POLAND).headers["etag"]
    record(client, notice("POL"))
    return record(client, notice("DEU"), **{"If-Match": seen})


def with_reused_key(client: TestClient) -> Any:
    record(client, notice("POL"), **{"Idempotency-Key": "k"})
    return record(client, notice("DEU"), **{"Idempotency-Key": "k"})


def with_small_scope(client: TestClient) -> Any:
    _, token = client.app.state.service.keys.create("visitor", ["read"])  # type: ignore[attr-defined]  # our app
    return client.post(ACTS, json=notice("POL"), headers={"Authorization": f"Bearer {token}"})


REACHED: dict[str, Asking] = {
    "malformed": lambda client: record(client, {}),
    "irregular": lambda client: record(client, notice("USA")),
    "not-found": lambda client: client.get(f"{PARTIES}/XXX"),
    "changed-meanwhile": with_stale_version,
    "key-reused": with_reused_key,
    "unauthenticated": lambda client: client.post(ACTS, json=notice("POL")),
    "forbidden": with_small_scope,
    "too-large": lambda client: record(client, [notice("POL")] * 1001),
    "bad-header": lambda client: client.get(RUSSIA, headers={"Accept-Datetime": "soon"}),
    "not-acceptable": lambda client: client.get(PARTIES, headers={"Accept": "image/png"}),
    "unsupported-media-type": lambda client: client.post(
        "/v1/status", content=b"<a/>", headers={"Content-Type": "text/xml"}
    ),
    "method-not-allowed": lambda client: client.delete(ACTS, headers=OPERATOR),
    "lagging": lambda client: client.get(RUSSIA, headers={"X-Timeline-Position": "999999"}),
}
"""How each type is reached that a client can reach by what it sends."""

RAISED: dict[str, Exception] = {
    "contended": Conflict("treaty:open-skies", 1, 2),
    "full": Full("the disk is full"),
    "unavailable": Unavailable("the database does not answer"),
    "erased": Erased("document 0 was erased on 2026-11-22: names a private person"),
    "damaged": Damaged("the tree is not what was signed at size 9"),
    "internal": ZeroDivisionError("a fault of ours"),
}
"""What is reached only by what goes wrong beneath the application."""

AT_THE_DOOR = {"too-many-requests", "too-slow"}
"""Reached in the tests of the door."""


@pytest.mark.parametrize("name", REACHED)
def test_each_type_that_a_client_can_cause_is_told(database: str, name: str) -> None:
    with client_over(database, migrate="never", wait_seconds=0) as client:
        answer = REACHED[name](client)

    assert problem(answer) == (TYPES[name].status, name)
    assert answer.json()["title"] == TYPES[name].title
    assert answer.json()["status"] == answer.status_code


@pytest.fixture
def failing(database: str) -> Iterator[TestClient]:
    """A client of the application with a route at which things go wrong as the query says."""

    def fail(request: Request) -> None:
        raise RAISED[request.query_params["how"]]

    with client_over(database, migrate="never") as client:
        client.app.add_api_route("/fail", fail)  # type: ignore[attr-defined]  # our app
        yield client


@pytest.mark.parametrize("name", RAISED)
def test_each_type_from_beneath_is_told(failing: TestClient, name: str) -> None:
    answer = failing.get("/fail", params={"how": name})

    assert problem(answer) == (TYPES[name].status, name)
    assert ("retry-after" in answer.headers) == (TYPES[name].status in {503, 507})


def test_a_fault_of_ours_says_nothing_of_itself_but_its_request_id(failing: TestClient) -> None:
    answer = failing.get("/fail", params={"how": "internal"}, headers={"X-Request-Id": "r-1"})

    assert answer.json()["request_id"] == "r-1"
    assert "a fault of ours" not in answer.text


def test_every_type_is_reached_by_some_test() -> None:
    assert REACHED.keys() | RAISED.keys() | AT_THE_DOOR == TYPES.keys()


@pytest.mark.parametrize("name", TYPES)
def test_each_type_has_a_page_that_says_what_to_do(reader: TestClient, name: str) -> None:
    page = reader.get(TYPES[name].uri)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h2>What to do</h2>" in page.text
    assert TYPES[name].uri in reader.get("/problems/").text


def test_a_page_of_no_problem_is_not_found(reader: TestClient) -> None:
    answer = reader.get("/problems/none")

    assert problem(answer) == (404, "not-found")


def every_refusal() -> list[type[Refusal]]:
    """Every class of refusal that the tree has."""
    found = [
        each
        for module in (errors, refusals)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Refusal) and each is not Refusal
    ]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("kind", every_refusal())
def test_every_refusal_has_a_type_of_its_own(kind: type[Refusal]) -> None:
    assert kind in [each for each, _ in BY_REFUSAL]


def test_a_refusal_is_told_by_its_own_type_and_not_by_that_of_its_kin() -> None:
    assert type_of(Lagging("x")).name == "lagging"
    assert type_of(Full("x")).name == "full"
    assert type_of(Unavailable("x")).name == "unavailable"


def test_the_table_names_only_types_that_there_are() -> None:
    named = {name for _, name in BY_REFUSAL} | set(BY_STATUS.values())

    assert named <= TYPES.keys()
    assert {TYPES[name].status for name in BY_STATUS.values()} == BY_STATUS.keys()


def test_faults_are_counted_in_words() -> None:
    fault = errors.Fault(pointer="/x", detail="is wrong")

    one, two = problem_of(Malformed([fault])), problem_of(Malformed([fault, fault]))

    assert (one["detail"], two["detail"]) == ("1 fault", "2 faults")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/v1/treaties", "GET, HEAD, OPTIONS, POST"),
        (ACTS, "OPTIONS, POST"),
        (RUSSIA, "GET, HEAD, OPTIONS"),
    ],
)
def test_what_an_address_takes_is_told(reader: TestClient, address: str, allowed: str) -> None:
    answer = reader.patch(address)

    assert (problem(answer), answer.headers["allow"]) == ((405, "method-not-allowed"), allowed)


@pytest.mark.parametrize("address", [ACTS, "/v1/status", "/v1/whatif"])
def test_head_is_not_taken_where_get_is_not(reader: TestClient, address: str) -> None:
    answer = reader.head(address)

    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize("address", ["/v1", "/v1/treaties/", "/v2/treaties", "/%00"])
def test_where_nothing_is_a_problem_says_so(reader: TestClient, address: str) -> None:
    answer = reader.get(address)

    assert problem(answer) == (404, "not-found")
