"""Lists: pages of one record while others record, and the forms in which they come."""

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import PARTIES, head_of, notice, pointers, problem, recorded

LISTS = {
    "/v1/treaties": "treaties",
    PARTIES: "parties",
    f"{PARTIES}/RUS/periods": "periods",
    "/v1/parties": "parties",
    "/v1/parties/RUS/treaties": "treaties",
    "/v1/acts?treaty=open-skies": "acts",
    "/v1/kinds": "kinds",
    "/v1/changes?treaty=open-skies": "changes",
}


def pages(client: TestClient, address: str, name: str, limit: int) -> list[list[Any]]:
    """The items of all pages, each page followed by its link."""
    found = []
    following: str | None = f"{address}{'&' if '?' in address else '?'}limit={limit}"
    while following is not None:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()[name])
        following = answer.links.get("next", {}).get("url")
    return found


@pytest.mark.parametrize(("address", "name"), LISTS.items())
def test_pages_together_are_the_whole_list(reader: TestClient, address: str, name: str) -> None:
    whole = reader.get(address).json()[name]
    limit = max(1, len(whole) // 3)

    found = pages(reader, address, name, limit)

    assert [each for page in found for each in page] == whole
    assert all(len(page) == limit for page in found[:-1])
    assert 1 <= len(found[-1]) <= limit


@pytest.mark.parametrize(("address", "name"), LISTS.items())
def test_the_last_page_says_so(reader: TestClient, address: str, name: str) -> None:
    answer = reader.get(address)

    assert answer.json()["next"] is None
    assert "next" not in answer.links
    assert isinstance(answer.json()[name], list)


def test_later_pages_are_of_the_same_record_while_others_record(client: TestClient) -> None:
    address = "/v1/acts?treaty=open-skies"
    whole, before = client.get(address).json()["acts"], head_of(client)
    first = client.get(f"{address}&limit=90").json()
    recorded(client, notice("POL"))

    second = client.get(f"{address}&limit=90&cursor={first['next']}").json()

    assert first["acts"] + second["acts"] == whole
    assert second["as_recorded"]["position"] == before


def test_a_cursor_keeps_the_day_of_the_first_page(reader: TestClient) -> None:
    first = reader.get(PARTIES, params={"as_of": "1995-01-01", "limit": 1}).json()

    second = reader.get(PARTIES, params={"limit": 1, "cursor": first["next"]}).json()

    assert second["as_of"] == "1995-01-01"


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": "2021-01-01"},
        {"as_recorded": "1"},
        {"status": "party"},
        {"as_seen": "2021-01-01"},
        {"cursor": "nonsense"},
        {"cursor": "WzFd"},
        {"cursor": "é"},
        {"cursor": "x" * 3000},
    ],
)
def test_a_cursor_belongs_to_one_question(reader: TestClient, change: dict[str, str]) -> None:
    query = {"as_of": "2020-01-01", "limit": "1"}
    cursor = reader.get(PARTIES, params=query).json()["next"]

    answer = reader.get(PARTIES, params={**query, "cursor": cursor, **change})

    assert problem(answer) == (422, "malformed")
    assert pointers(answer)[0] in {f"/{each}" for each in (*change, "cursor")}


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many", "1.5", "", "9" * 5000])
def test_a_page_has_1_to_1000_items(reader: TestClient, limit: str) -> None:
    answer = reader.get("/v1/acts", params={"limit": limit})

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/limit"])


@pytest.mark.parametrize(("address", "name"), LISTS.items())
def test_a_list_comes_as_csv_with_a_header_and_as_many_rows(
    reader: TestClient, address: str, name: str
) -> None:
    whole = reader.get(address).json()[name]

    answer = reader.get(address, headers={"Accept": "text/csv"})

    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert len(rows) == len(whole) + 1
    assert {len(each) for each in rows} == {len(rows[0])}


@pytest.mark.parametrize(("address", "name"), LISTS.items())
def test_a_list_comes_as_a_line_of_json_each(reader: TestClient, address: str, name: str) -> None:
    whole = reader.get(address).json()[name]

    answer = reader.get(address, headers={"Accept": "application/x-ndjson"})

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(each) for each in answer.text.splitlines()] == whole


def test_pages_of_csv_are_linked_too(reader: TestClient) -> None:
    answer = reader.get(PARTIES, params={"limit": 2}, headers={"Accept": "text/csv"})

    following = reader.get(answer.links["next"]["url"], headers={"Accept": "text/csv"})

    assert following.text.splitlines()[0] == answer.text.splitlines()[0]
    assert following.text.splitlines()[1:] != answer.text.splitlines()[1:]


def test_no_cell_is_taken_for_a_formula(client: TestClient) -> None:
    recorded(client, notice("POL", note='=HYPERLINK("https://example.org")'))

    answer = client.get("/v1/acts?treaty=open-skies&text=hyperlink", headers={"Accept": "text/csv"})

    [row] = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert row["note"] == '\'=HYPERLINK("https://example.org")'


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/*", "text/csv"),
        ("application/x-ndjson;q=0.1, */*;q=0", "application/x-ndjson"),
        ("text/csv;q=rubbish, */*", "application/json"),
    ],
)
def test_the_form_liked_best_is_given(reader: TestClient, accept: str, form: str) -> None:
    answer = reader.get(PARTIES, headers={"Accept": accept})

    assert answer.headers["content-type"].partition(";")[0] == form


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*"])
def test_a_form_that_does_not_exist_is_refused(reader: TestClient, accept: str) -> None:
    answer = reader.get(PARTIES, headers={"Accept": accept})

    assert problem(answer) == (406, "not-acceptable")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("party=Russia&kind=parliamentary_vote&treaty=open-skies", {"parliamentary_vote"}),
        ("kind=withdrawal_notice,policy_review&treaty=open-skies", {"withdrawal_notice"}),
        ("from=2021-06-18&to=2021-06-18&treaty=open-skies", {"withdrawal_notice"}),
        ("text=no. 158-FZ&treaty=open-skies", {"domestic_law_signed"}),
        ("treaty=open-skies&recorded_by=nobody", set()),
    ],
)
def test_the_history_is_narrowed(reader: TestClient, query: str, expected: set[str]) -> None:
    answer = reader.get(f"/v1/acts?{query}")

    assert {each["kind"] for each in answer.json()["acts"]} >= expected
    assert bool(answer.json()["acts"]) == bool(expected)


def test_the_history_is_narrowed_by_positions(reader: TestClient) -> None:
    answer = reader.get("/v1/acts?from_position=1000&to_position=1004&recorded_by=catalogue")

    assert [each["position"] for each in answer.json()["acts"]] == [1000, 1001, 1002, 1003, 1004]


def test_a_roster_is_narrowed_by_status_and_still_counts_all(reader: TestClient) -> None:
    answer = reader.get(PARTIES, params={"as_of": "2021-05-27", "status": "former_party"})

    said = answer.json()
    assert [each["party"] for each in said["parties"]] == ["USA"]
    assert said["counts"] == {"signatory": 1, "party": 33, "former_party": 1, "extinct": 1}


def test_the_register_is_searched_by_name(reader: TestClient) -> None:
    answer = reader.get("/v1/parties", params={"name": "Burma"})

    assert [each["party"] for each in answer.json()["parties"]] == ["MMR"]


@pytest.mark.parametrize("address", ["/v1/changes", "/v1/acts"])
def test_a_span_that_ends_before_it_begins_is_refused(reader: TestClient, address: str) -> None:
    answer = reader.get(address, params={"from": "2021-01-01", "to": "2020-01-01"})

    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (
        422,
        ["/to"],
    )
