"""The examples of the description work: each body that it shows is taken, and each line of curl is answered."""

import json
import shlex
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.reference import Operation, operations
from infrastructure.settings import Settings
from tests.api.clients import OPERATOR

DESCRIBED = operations(create_app(Settings(database_url="sqlite:///nowhere.db")).openapi())

OURS = {"questions", "comparisons", "recording", "treaties", "parties", "acts", "timemaps"}
"""Tags whose examples need nothing but the built-in record."""

TAKEN = {200, 201, 409}
"""A notice that was given already is irregular; it is the example all the same, because it was given."""

HOST = "http://127.0.0.1:8000"


def ask(client: TestClient, line: str) -> Any:
    """What is answered to a line of curl."""
    words = shlex.split(line)
    address = next(each for each in words if each.startswith(HOST)).removeprefix(HOST)
    headers = dict(
        words[place + 1].split(": ", 1) for place, each in enumerate(words) if each == "-H"
    )
    if "Authorization" in headers:
        headers |= OPERATOR
    if "-d" not in words:
        return client.get(address, headers=headers)
    return client.post(address, content=words[words.index("-d") + 1], headers=headers)


@pytest.mark.parametrize(
    "operation",
    [each for each in DESCRIBED if each.tag in OURS],
    ids=lambda each: f"{each.method} {each.path}",
)
def test_the_line_that_is_shown_is_answered(client: TestClient, operation: Operation) -> None:
    answer = ask(client, operation.example)

    taken = {200} if operation.method == "GET" else TAKEN
    assert answer.status_code in taken, answer.text


def test_every_body_has_an_example(client: TestClient) -> None:
    poor = [
        each.path
        for each in DESCRIBED
        if each.tag in OURS and " -d " in each.example and " -d '{}'" in each.example
    ]

    assert poor == []
    assert json.loads(client.get("/openapi.json").text)["openapi"].startswith("3.1")
