"""Flat tables are the same in every form, over HTTP and in SQL, on both databases."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from infrastructure.database import glancing, open_engine
from infrastructure.flat import TABLES
from tests.api.clients import client_over, problem
from tests.conftest import copy
from tests.infrastructure.test_feed import Told, act, ahead, joined
from tests.written_docs import DOCS


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, told_template: Path) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("tables") / "timeline.db"
    copy(told_template, path)
    with client_over(f"sqlite:///{path}", migrate="never") as client:
        yield client


def rows(client: TestClient, table: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/tables/{table}", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same_in_every_form(tables: TestClient, table: str) -> None:
    found = rows(tables, table, limit="50")
    lines = tables.get(f"/v1/tables/{table}", params={"format": "ndjson", "limit": "50"})
    flat = tables.get(f"/v1/tables/{table}", params={"limit": "50"}, headers={"Accept": "text/csv"})

    read = list(csv.DictReader(io.StringIO(flat.text)))
    assert found
    assert [orjson.loads(each) for each in lines.text.splitlines()] == found
    assert flat.headers["content-type"].startswith("text/csv")
    assert [list(each) for each in (found[0], read[0])] == [list(TABLES[table])] * 2
    assert len(read) == len(found)
    assert not any(isinstance(each, list | dict) for row in found for each in row.values())


@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
def test_a_table_that_the_client_has_is_not_sent_again(tables: TestClient, form: str) -> None:
    query = {"treaty": "open-skies", "format": form}
    first = tables.get("/v1/tables/memberships", params=query)
    held = {"If-None-Match": first.headers["etag"]}

    again = tables.get("/v1/tables/memberships", params=query, headers=held)
    other = tables.get("/v1/tables/acts", params=query, headers=held)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


def test_memberships_are_those_of_the_treaty(tables: TestClient) -> None:
    found = rows(tables, "memberships", treaty="open-skies", party="United States")

    assert {each["party"] for each in found} == {"USA"}
    assert found[-1]["status"] == "former_party"
    assert (found[-1]["valid_from"], found[-1]["bound"]) == ("2020-11-22", False)


def test_treaties_are_counted_as_their_states_count(tables: TestClient) -> None:
    (found,) = [each for each in rows(tables, "treaties") if each["treaty"] == "open-skies"]
    counts = tables.get("/v1/treaties/open-skies/state").json()["counts"]

    assert found["state"] == "in_force"
    assert found["bound_parties"] == sum(
        number for status, number in counts.items() if status.startswith("party")
    )


def test_changes_say_whether_they_have_come_about(tables: TestClient) -> None:
    found = rows(tables, "changes", treaty="open-skies", party="RUS")

    (exit_,) = [each for each in found if each["to_status"] == "former_party"]
    assert (exit_["day"], exit_["outcome"]) == ("2021-12-18", "come_about")
    assert exit_["because"]


def test_tables_are_views_for_sql_on_both_databases(migrated_database_url: str) -> None:
    told = Told(migrated_database_url)
    told.record(*joined())
    told.record(act("withdrawal_notice", ahead(0)))
    told.write()
    told.engine.dispose()

    with client_over(migrated_database_url, migrate="never") as client:
        over_http = {table: rows(client, table) for table in TABLES}
    engine = open_engine(migrated_database_url)
    with glancing(engine) as connection:
        counts = {
            table: connection.scalar(sa.text(f"SELECT count(*) FROM flat_{table}"))
            for table in TABLES
        }
        views = {
            table: [each["name"] for each in sa.inspect(engine).get_columns(f"flat_{table}")]
            for table in TABLES
        }
    engine.dispose()

    assert counts == {table: len(found) for table, found in over_http.items()}
    assert views == {table: list(columns) for table, columns in TABLES.items()}
    last = over_http["changes"][-1]
    assert (last["to_status"], last["outcome"]) == ("former_party", "lies_ahead")
    assert last["party_name"] == "United States of America"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/v1/tables/gossip", (422, "malformed")),
        ("/v1/tables/acts?format=pdf", (422, "malformed")),
        ("/v1/tables/acts?treaty=no-such", (404, "not-found")),
        ("/v1/tables/treaties?party=USA", (422, "malformed")),
    ],
)
def test_what_is_no_table_is_refused(
    tables: TestClient, address: str, expected: tuple[int, str]
) -> None:
    assert problem(tables.get(address)) == expected


def test_a_form_that_there_is_not_is_refused(tables: TestClient) -> None:
    answer = tables.get("/v1/tables/acts", headers={"Accept": "image/png"})

    assert answer.status_code == 406


def test_every_query_of_the_dashboard_is_answered_with_its_columns(tables: TestClient) -> None:
    dashboard = orjson.loads((DOCS / "grafana" / "treaties.json").read_bytes())
    targets = [each for panel in dashboard["panels"] for each in panel["targets"]]
    targets += [each["target"] for each in dashboard["annotations"]["list"]]
    targets += [
        each["query"]["infinityQuery"]
        for each in dashboard["templating"]["list"]
        if isinstance(each["query"], dict)
    ]

    assert len(targets) == 7
    for target in targets:
        found = tables.get(target["url"].replace("${treaty}", "open-skies")).json()
        assert {each["selector"] for each in target["columns"]} <= found[0].keys()
