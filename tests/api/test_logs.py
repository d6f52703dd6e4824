"""The log: a line of JSON for whatever happens, by whoever tells it, and nothing secret in any of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.api.clients import ACTS
from tests.serving import free_port, running_service

FAULTS = """
import logging
import structlog
from api.logs import configure_logs

configure_logs("info")

def fail(key):
    raise ValueError("broken in here")

for told in (structlog.get_logger("timeline").exception, logging.getLogger("library").exception):
    try:
        fail("the secret key")
    except ValueError:
        told("a fault")
logging.getLogger("library").debug("nobody wants to know")
"""


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_fault_tells_where_it_broke_and_not_what_the_variables_held() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True
    )

    ours, theirs = lines_of(done.stderr)
    assert done.stdout == ""
    assert (ours["event"], theirs["event"], theirs["logger"]) == ("a fault", "a fault", "library")
    assert ours["exception"][0]["exc_value"] == theirs["exception"][0]["exc_value"]
    assert "the secret key" not in done.stderr.replace('fail(\\"the secret key\\")', "")


def test_every_line_of_a_server_is_json_with_the_request_id_and_no_key(
    tmp_path: Path, catalogue_template: Path
) -> None:
    (tmp_path / "timeline.db").write_bytes(catalogue_template.read_bytes())
    settings = {"TIMELINE_PROJECTOR": "external", "TIMELINE_API_KEY": "a-secret-key"}
    with running_service(tmp_path, free_port(), settings) as address:
        for key in ("a-secret-key", "a-guessed-key"):
            headers = {"Authorization": f"Bearer {key}", "X-Request-Id": f"id-{key[2:5]}"}
            httpx.post(f"{address}{ACTS}?key={key}", json={}, headers=headers)

    text = (tmp_path / "serve.log").read_text()

    asked = [each for each in lines_of(text) if each["event"] == "request"]
    assert [(each["request_id"], each["status"]) for each in asked] == [
        ("id-sec", 422),
        ("id-gue", 401),
    ]
    assert "secret-key" not in text
    assert "guessed-key" not in text
