"""Alive, ready, measured: what whoever runs the service sees of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import RUSSIA, client_over, notice, recorded


@pytest.fixture
def not_migrated(tmp_path: Path) -> Iterator[TestClient]:
    """A client over a database to which nothing was done, and nothing may be."""
    with client_over(f"sqlite:///{tmp_path / 'timeline.db'}", migrate="never") as client:
        yield client


def test_alive_says_nothing_of_the_database(not_migrated: TestClient) -> None:
    answer = not_migrated.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_ready_tells_how_far_the_read_model_is_behind(client: TestClient) -> None:
    recorded(client, notice("POL"))

    said = client.get("/readyz").json()

    assert said == {
        "status": "ready",
        "schema_current": True,
        "position": 1452,
        "projected": 0,
        "lag": 1452,
        "detail": None,
    }


def test_a_database_of_another_schema_is_not_ready(not_migrated: TestClient) -> None:
    answer = not_migrated.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["schema_current"] is False
    assert answer.json()["detail"] == "run `timeline migrate`"


def test_a_database_that_is_not_reached_is_not_ready() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    with client_over(nowhere, migrate="never", connect_timeout_seconds=1) as client:
        ready, asked = client.get("/readyz"), client.get(RUSSIA)
        measured = client.get("/metrics")

    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert (asked.status_code, asked.json()["type"]) == (503, "/problems/unavailable")
    assert "timeline_database_reachable 0.0" in measured.text


def test_requests_are_measured_by_route_and_status(client: TestClient) -> None:
    client.get("/v1/treaties/nowhere/state")

    measured = client.get("/metrics")

    assert measured.headers["content-type"].startswith("text/plain; version=0.0.4")
    route = 'method="GET",route="/v1/treaties/{treaty}/state",status="404"'
    assert f"timeline_requests_total{{{route}}} 1.0" in measured.text
    assert "timeline_log_position 1451.0" in measured.text
    assert "timeline_read_model_lag_entries 1451.0" in measured.text


def test_addresses_that_are_not_there_make_no_measurement_of_their_own(
    client: TestClient,
) -> None:
    for each in range(3):
        client.get(f"/nowhere/{each}")

    measured = client.get("/metrics").text

    assert 'timeline_requests_total{method="GET",route="none",status="404"} 3.0' in measured
