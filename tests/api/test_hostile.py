"""What is made up to break the service: numbers beyond any database, cursors that nobody was given, odd text."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cursors import Cursor, digest_of
from tests.api.clients import ACTS, OPERATOR, PARTIES, RUSSIA, problem

BEYOND = (2**63, 2**64 - 1, 10**30)


def integers(description: dict[str, Any]) -> dict[tuple[str, str], list[Any]]:
    """Every whole number that a parameter may be, by path and name."""
    return {
        (path, each["name"]): [
            one
            for one in each["schema"].get("anyOf", [each["schema"]])
            if one.get("type") == "integer"
        ]
        for path, operations in description["paths"].items()
        for operation in operations.values()
        for each in operation.get("parameters", ())
    }


def test_every_whole_number_has_an_end(reader: TestClient) -> None:
    numbers = integers(reader.get("/openapi.json").json())

    unbounded = [place for place, found in numbers.items() for one in found if "maximum" not in one]

    assert unbounded == []


@pytest.mark.parametrize("number", BEYOND)
@pytest.mark.parametrize(
    "address",
    [
        "/v1/acts?from_position={}",
        "/v1/log/checkpoints/{}",
        "/v1/log/entries/{}",
        f"{RUSSIA}?as_recorded={{}}",
        "/v1/diff?treaty=open-skies&recorded_from={}",
    ],
)
def test_a_number_beyond_any_database_is_refused(
    reader: TestClient, address: str, number: int
) -> None:
    assert reader.get(address.format(number)).status_code in {404, 422}


@pytest.mark.parametrize("number", BEYOND)
def test_a_number_beyond_any_database_in_a_body_is_refused(reader: TestClient, number: int) -> None:
    question = {"treaty": "open-skies", "party": "RUS", "as_recorded": number}
    many = reader.post("/v1/status", json={"queries": [question]})
    act = {"kind": "signature", "party": "POL", "dated": "2001-01-01", "sequence": number}

    assert many.status_code == 422 or many.json()["answers"][0]["status"] == 422
    assert problem(reader.post(ACTS, json=act, headers=OPERATOR)) == (422, "malformed")


@pytest.mark.parametrize("address", ["/v1/acts", "/v1/changes", PARTIES, "/v1/treaties"])
@pytest.mark.parametrize("after", ["abc", "-1", "9" * 40, "\0", "[1,2", "é", ""])
def test_a_cursor_that_was_made_up_never_breaks_anything(
    reader: TestClient, address: str, after: str
) -> None:
    made_up = Cursor(
        position=1451, as_of="2021-06-16", after=after, question=digest_of(address, {})
    ).written()

    assert reader.get(address, params={"cursor": made_up}).status_code in {200, 422}


@pytest.mark.parametrize(
    ("position", "as_of"), [(2**63, "2021-06-16"), (-1, "2021-06-16"), (1451, "soon"), (1451, "")]
)
def test_a_cursor_of_no_record_or_day_is_refused(
    reader: TestClient, position: int, as_of: str
) -> None:
    made_up = Cursor(
        position=position, as_of=as_of, after="", question=digest_of("/v1/treaties", {})
    ).written()

    answer = reader.get("/v1/treaties", params={"cursor": made_up})

    assert problem(answer) == (422, "malformed")


@pytest.mark.parametrize(
    "name",
    ["%00", "RUS%00", "%FF%FE", "..%2F..%2Fetc", "%E2%80%AERUS", "a" * 5_000, "%25s%25n", "'--"],
)
def test_a_name_of_any_letters_is_nobody(reader: TestClient, name: str) -> None:
    assert problem(reader.get(f"{PARTIES}/{name}")) == (404, "not-found")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'{"queries": "\xff"}',
        b'{"queries": [{"treaty": "\\ud800", "party": "RUS"}]}',
        b"NaN",
        b'{"queries": [1e999]}',
        b'{"queries": [], "queries": []}',
        b"",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_text_or_no_json_is_refused(reader: TestClient, body: bytes) -> None:
    answer = reader.post("/v1/status", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {200, 422}
    assert answer.status_code == 422 or all(
        each["status"] in {404, 422} for each in answer.json()["answers"]
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"party": "SMOM", "names": [{"name": "X"}], "aliases": [{"formal": None}]},
        {"party": "SMOM", "names": [{"name": "X", "from": "1992-13"}]},
        {"party": "SMOM", "names": [{}]},
        {"party": "SMOM", "names": [{"name": "X"}], "existence": [{"from": "1992-02-30"}]},
    ],
)
def test_an_entry_that_the_register_could_not_read_is_refused(
    reader: TestClient, entry: dict[str, Any]
) -> None:
    good = {"party": "SMOM", "names": [{"name": "Sovereign Order of Malta"}]}
    for body in (entry, [entry], [good, entry]):
        answer = reader.post("/v1/parties", json=body, headers=OPERATOR)

        assert problem(answer) == (422, "malformed")
