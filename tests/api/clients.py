"""A client of the service over a database: the application as it is met from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient

from api.main import create_app
from infrastructure.settings import Settings

KEY = "the key of the tests"
OPERATOR = {"Authorization": f"Bearer {KEY}"}

ACTS = "/v1/treaties/open-skies/acts"
PARTIES = "/v1/treaties/open-skies/parties"
RUSSIA = f"{PARTIES}/RUS"
POLAND = f"{PARTIES}/POL"


@contextmanager
def client_over(database_url: str, **chosen: Any) -> Iterator[TestClient]:
    """A client of an application over the database, with these settings; a fault of ours is an answer, as outside."""
    settings = Settings(
        **{
            "database_url": database_url,
            "projector": "external",
            "log_requests": False,
            "api_key": KEY,
            **chosen,
        }
    )
    with TestClient(
        create_app(settings), headers={"Accept-Encoding": "identity"}, raise_server_exceptions=False
    ) as client:
        yield client


def notice(party: str, **more: Any) -> dict[str, Any]:
    """A notice of withdrawal that arrived on 20 November 2026."""
    return {"kind": "withdrawal_notice", "party": party, "received": "2026-11-20", **more}


def record(client: TestClient, what: object, **headers: str) -> Any:
    """What is answered to a request to record on the Treaty on Open Skies."""
    return client.post(ACTS, json=what, headers={**OPERATOR, **headers})


def recorded(client: TestClient, what: object, **headers: str) -> dict[str, Any]:
    """What was recorded; anything else fails the test."""
    answer = record(client, what, **headers)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def head_of(client: TestClient) -> int:
    """The position at which the record stands."""
    position: int = client.get(RUSSIA).json()["as_recorded"]["position"]
    return position


def pointers(answer: Any) -> list[str]:
    """The places that a problem names, in its order."""
    return [each["pointer"] for each in answer.json()["errors"]]


def problem(answer: Any) -> tuple[int, str]:
    """The status and the name of the problem that an answer tells."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")
