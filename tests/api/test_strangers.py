"""What a stranger learns: nothing, by words, by time or by trying; and a key that ended is out everywhere at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from infrastructure.keys import new_token
from tests.api.clients import ACTS, OPERATOR, POLAND, client_over, notice, problem
from tests.serving import free_port, running_service


@contextmanager
def statements(client: TestClient) -> Iterator[list[str]]:
    """What requests ask of the database meanwhile; what works beside them is not counted."""
    engine = client.app.state.service.engine  # type: ignore[attr-defined]  # our app
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not threading.current_thread().name.startswith("timeline-"):
            found.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(engine, "before_cursor_execute", note)


def test_the_same_is_done_and_said_whether_or_not_there_is_such_a_key(client: TestClient) -> None:
    """Neither the statements nor the words tell a key of nobody from one that ended or is nearly right."""
    keys = client.app.state.service.keys  # type: ignore[attr-defined]  # our app
    ended, token = keys.create("clerk", ["acts:record"])
    keys.revoke(ended.prefix)
    _, other = keys.create("another", ["acts:record"])
    nearly = other[:30] + new_token()[30:]
    told = []
    for each in (new_token(), token, nearly, "timeline_x", "no key at all"):
        with statements(client) as asked:
            answer = client.post(
                ACTS, json=notice("POL"), headers={"Authorization": f"Bearer {each}"}
            )
        told.append((problem(answer), answer.json(), tuple(asked)))

    assert told == told[:1] * len(told)


@pytest.mark.parametrize(
    ("method", "here", "nowhere"),
    [
        ("POST", ACTS, "/v1/treaties/atlantis/acts"),
        (
            "POST",
            "/v1/acts/4737468f-b43d-536f-bd57-2a7ffae3e7b1/corrections",
            "/v1/acts/00000000-0000-0000-0000-000000000000/corrections",
        ),
        (
            "POST",
            "/v1/acts/4737468f-b43d-536f-bd57-2a7ffae3e7b1/attestations",
            "/v1/acts/00000000-0000-0000-0000-000000000000/attestations",
        ),
        ("GET", POLAND, "/v1/treaties/atlantis/parties/XXX"),
        (
            "GET",
            "/v1/acts/4737468f-b43d-536f-bd57-2a7ffae3e7b1",
            "/v1/acts/00000000-0000-0000-0000-000000000000",
        ),
        ("GET", "/v1/acts?treaty=open-skies", "/v1/acts?treaty=atlantis"),
        ("GET", "/v1/diff?treaty=open-skies", "/v1/diff?treaty=atlantis"),
        ("GET", "/v1/changes?treaty=open-skies", "/v1/changes?nonsense=1"),
    ],
)
def test_where_reading_is_private_the_same_is_done_and_said_of_what_is_there_and_what_is_not(
    database: str, method: str, here: str, nowhere: str
) -> None:
    told = []
    with client_over(database, migrate="never", reads="private") as client:
        for address in (here, nowhere):
            with statements(client) as asked:
                answer = client.request(method, address)
            told.append((problem(answer), answer.json(), tuple(asked)))

    assert told[0][0] == (401, "unauthenticated")
    assert told[0] == told[1]


def test_where_reading_is_private_questions_and_suppositions_need_a_key_too(database: str) -> None:
    questions = {"queries": [{"treaty": "open-skies", "party": "POL"}]}
    with client_over(database, migrate="never", reads="private") as client:
        answers = [
            client.post("/v1/status", json=questions),
            client.post("/v1/whatif", json={"acts": [notice("POL", treaty="open-skies")]}),
            client.get("/v1/log/checkpoint"),
            client.get("/v1/feeds/changes.atom"),
        ]
        allowed = client.post("/v1/status", json=questions, headers=OPERATOR)

    assert {each.status_code for each in answers} <= {401, 404}
    assert [each.status_code for each in answers[:3]] == [401, 401, 401]
    assert allowed.status_code == 200


def test_a_key_that_is_revoked_is_out_at_once_in_all_processes(
    tmp_path: Path, catalogue_template: Path
) -> None:
    (tmp_path / "timeline.db").write_bytes(catalogue_template.read_bytes())
    timeline = Path(sys.executable).parent / "timeline"

    def run(*words: str) -> str:
        done = subprocess.run(
            [timeline, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    settings = {"TIMELINE_PROJECTOR": "external"}
    with (
        running_service(tmp_path, free_port(), settings) as one,
        running_service(tmp_path, free_port(), settings) as other,
    ):
        token = run("keys", "create", "--name", "clerk", "--scope", "acts:record")
        headers = {"Authorization": f"Bearer {token}"}

        def statuses() -> list[int]:
            addresses = (one, other)
            return [
                httpx.post(f"{each}{ACTS}", json={}, headers=headers).status_code
                for each in addresses
            ]

        before = statuses()
        run("keys", "revoke", token.split("_")[1])
        after = statuses()

    assert (before, after) == ([422, 422], [401, 401])
