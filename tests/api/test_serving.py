"""The service as it is started in an empty folder, over a real line."""

import time
from pathlib import Path

import httpx

from tests.serving import free_port, running_service

PATIENCE_SECONDS = 30
"""Twice what is promised, because tests share the machine with one another."""


def test_an_empty_folder_answers_its_first_question_within_seconds(tmp_path: Path) -> None:
    began = time.monotonic()

    with running_service(tmp_path, free_port()) as address:
        answer = httpx.get(
            f"{address}/v1/treaties/open-skies/parties/RUS", params={"as_of": "2021-06-16"}
        )
        took = time.monotonic() - began

    assert (answer.status_code, answer.json()["status"]) == (200, "party")
    assert took < PATIENCE_SECONDS
