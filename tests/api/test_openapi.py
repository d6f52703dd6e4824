"""The description of the interface: every route is in it, and what is answered is what it declares."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from starlette.routing import Route

from api.asking import query_parameters
from api.main import create_app
from infrastructure.settings import Settings
from tests.api.clients import ACTS, OPERATOR, PARTIES, RUSSIA, notice, record

HIDDEN = {"/", "/openapi.json", "/docs", "/problems/", "/problems/{name}"}
"""Pages for people, and the description itself."""

READS = {
    "/v1/treaties": "/v1/treaties",
    "/v1/treaties/open-skies": "/v1/treaties/{treaty}",
    "/v1/treaties/open-skies/state": "/v1/treaties/{treaty}/state",
    f"{PARTIES}?limit=2": "/v1/treaties/{treaty}/parties",
    f"{RUSSIA}?as_of=2021-07-01&explain=true&towards=USA": "/v1/treaties/{treaty}/parties/{party}",
    f"{RUSSIA}/periods": "/v1/treaties/{treaty}/parties/{party}/periods",
    "/v1/parties": "/v1/parties",
    "/v1/parties/RUS": "/v1/parties/{party}",
    "/v1/parties/RUS/treaties": "/v1/parties/{party}/treaties",
    "/v1/acts": "/v1/acts",
    "/v1/acts/4737468f-b43d-536f-bd57-2a7ffae3e7b1": "/v1/acts/{id}",
    "/v1/kinds": "/v1/kinds",
    "/v1/changes?treaty=open-skies": "/v1/changes",
    "/v1/diff?treaty=open-skies&from=2020-01-01&to=2022-01-01": "/v1/diff",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
}


@pytest.fixture(scope="module")
def description(reader: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = reader.get("/openapi.json").json()
    return found


def check(description: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """Fails unless the answer is one that the description declares for the operation."""
    declared = description["paths"][path][method]["responses"]
    assert str(answer.status_code) in declared, answer.text
    media = answer.headers["content-type"].partition(";")[0]
    schema = declared[str(answer.status_code)]["content"][media]["schema"]
    whole = {**schema, "components": description["components"]}
    Draft202012Validator(whole).validate(answer.json())


def test_the_query_parameters_that_a_route_takes_are_those_that_are_described(
    reader: TestClient, description: dict[str, Any]
) -> None:
    parts = reader.app.router.routes  # type: ignore[attr-defined]  # our app
    routers = [each.original_router for each in parts if not isinstance(each, Route)]
    routes = [
        each for router in routers for each in router.routes if each.path_format not in HIDDEN
    ]

    taken = {
        (each.path_format, method.lower()): sorted(query_parameters(each.dependant))
        for each in routes
        for method in each.methods
    }

    assert taken == {
        (path, method): sorted(
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        )
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }


def test_the_first_question_does_not_wait_for_the_description(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'timeline.db'}"
    app = create_app(Settings(database_url=url, signing="off", projector="external"))
    with TestClient(app) as client:
        client.get("/v1/treaties").raise_for_status()

    assert app.openapi_schema is None


def test_the_description_is_of_openapi_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")


def test_every_route_is_described(reader: TestClient, description: dict[str, Any]) -> None:
    parts = reader.app.router.routes  # type: ignore[attr-defined]  # our app
    routers = [each.original_router for each in parts if not isinstance(each, Route)]
    routed = {each.path_format for router in routers for each in router.routes} - HIDDEN

    assert routed == description["paths"].keys()


def test_every_operation_has_a_summary_a_text_and_its_refusals(
    description: dict[str, Any],
) -> None:
    operations = {
        (path, method): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }

    poor = [
        each
        for each, operation in operations.items()
        if not operation.get("summary")
        or not operation.get("description")
        or (each[0].startswith("/v1") and "422" not in operation["responses"])
    ]

    assert poor == []


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for member in value.values() for each in references(member)]
        return (
            [each for member in value for each in references(member)]
            if isinstance(value, list)
            else []
        )

    named = {each.removeprefix("#/components/schemas/") for each in references(description)}

    assert named <= description["components"]["schemas"].keys()


@pytest.mark.parametrize(("address", "path"), READS.items())
def test_what_is_answered_is_what_is_declared(
    reader: TestClient, description: dict[str, Any], address: str, path: str
) -> None:
    answer = reader.get(address)

    assert answer.status_code in {200, 503}
    check(description, path, "get", answer)


@pytest.mark.parametrize(
    "path", ["/v1/treaties/{treaty}/parties", "/v1/treaties/{treaty}/parties/{party}"]
)
def test_where_a_state_of_the_record_is_negotiated_the_header_is_declared(
    description: dict[str, Any], path: str
) -> None:
    declared = description["paths"][path]["get"]

    named = {(each["in"], each["name"]) for each in declared["parameters"]}
    assert {("header", "Accept-Datetime"), ("query", "as_of")} <= named
    assert "400" in declared["responses"]


@pytest.mark.parametrize("slug", ["rome-statute", "npt", "inf", "abm", "apostille", "ilo", "ctbt"])
def test_every_answer_of_other_treaties_is_what_is_declared(
    reader: TestClient, description: dict[str, Any], slug: str
) -> None:
    roster = reader.get(f"/v1/treaties/{slug}/parties")
    check(description, "/v1/treaties/{treaty}/parties", "get", roster)
    check(
        description, "/v1/treaties/{treaty}/state", "get", reader.get(f"/v1/treaties/{slug}/state")
    )

    for line in roster.json()["parties"][:40]:
        answer = reader.get(f"/v1/treaties/{slug}/parties/{line['party']}?explain=true")
        check(description, "/v1/treaties/{treaty}/parties/{party}", "get", answer)


def test_what_recording_answers_is_what_is_declared(
    client: TestClient, description: dict[str, Any]
) -> None:
    path = "/v1/treaties/{treaty}/acts"
    first = record(client, notice("POL"))
    correction = client.post(
        f"/v1/acts/{first.json()['id']}/corrections", json={"reason": "x"}, headers=OPERATOR
    )

    for answer in (
        first,
        record(client, notice("POL")),
        record(client, [notice("POL"), notice("DEU")]),
        record(client, notice("USA")),
        record(client, {}),
        record(client, notice("FRA"), **{"If-Match": '"1.1.x"'}),
        client.post(ACTS, json=notice("POL")),
    ):
        check(description, path, "post", answer)
    check(description, "/v1/acts/{id}/corrections", "post", correction)


def test_what_definitions_and_entries_answer_is_what_is_declared(
    client: TestClient, description: dict[str, Any]
) -> None:
    treaty = client.post("/v1/treaties", json={"treaty": "x", "title": "X"}, headers=OPERATOR)
    party = client.post(
        "/v1/parties", json={"party": "ZZQ", "names": [{"name": "Zed"}]}, headers=OPERATOR
    )

    assert (treaty.status_code, party.status_code) == (201, 201)
    check(description, "/v1/treaties", "post", treaty)
    check(description, "/v1/parties", "post", party)
    check(description, "/v1/parties/{party}", "get", client.get("/v1/parties/ZZQ"))
    check(description, "/v1/treaties/{treaty}", "get", client.get("/v1/treaties/x"))


def test_what_many_questions_and_suppositions_answer_is_what_is_declared(
    reader: TestClient, description: dict[str, Any]
) -> None:
    queries = [
        {"treaty": "open-skies", "party": "USA", "explain": True},
        {"treaty": "open-skies", "party": "Atlantis"},
    ]

    many = reader.post("/v1/status", json={"queries": queries})
    supposed = reader.post("/v1/whatif", json={"acts": [notice("POL", treaty="open-skies")]})

    check(description, "/v1/status", "post", many)
    check(description, "/v1/whatif", "post", supposed)


@pytest.mark.parametrize(
    "address", [f"{PARTIES}/XXX", f"{PARTIES}?limit=0", "/v1/treaties/nowhere/parties"]
)
def test_refusals_are_what_is_declared(
    reader: TestClient, description: dict[str, Any], address: str
) -> None:
    path = "/v1/treaties/{treaty}/parties" + ("/{party}" if address.endswith("XXX") else "")

    check(description, path, "get", reader.get(address))


def test_the_page_of_the_reference_needs_no_other_host(reader: TestClient) -> None:
    page = reader.get("/docs")

    assert page.status_code == 200
    assert "src=" not in page.text
    assert 'rel="stylesheet"' not in page.text
    assert "/v1/treaties/{treaty}/parties/{party}" in page.text


def test_who_has_only_the_host_is_led_to_the_reference(reader: TestClient) -> None:
    answer = reader.get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
    assert reader.get("/").text == reader.get("/docs").text
