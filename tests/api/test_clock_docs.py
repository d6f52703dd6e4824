"""The examples of the three clocks are true: each question is answered as the document says."""

import re
import shlex
from pathlib import Path

from fastapi.testclient import TestClient

from tests.api.clients import KEY

DOCUMENT = Path(__file__).parents[2] / "docs" / "as-of.md"
HOST = "http://127.0.0.1:8000"


def exchanges() -> list[tuple[str, str]]:
    """Each command of the document with what it prints, in order."""
    blocks = re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    parts = [part for block in blocks for part in re.findall(r"\$ (.*)\n(.*)\n", block)]
    assert len(parts) == sum(block.count("$ ") for block in blocks)
    return parts


def printed(client: TestClient, command: str) -> str:
    """What the command prints: a question, or something to record, and one member of the answer."""
    words = shlex.split(command.replace("$KEY", KEY))
    assert (words[:2], words[-4:-1]) == (["curl", "-s"], ["|", "jq", "-r"]), command
    address = words[2].removeprefix(HOST)
    if "-d" in words:
        headers = dict(words[i + 1].split(": ") for i, word in enumerate(words) if word == "-H")
        answer = client.post(address, content=words[words.index("-d") + 1], headers=headers)
    else:
        answer = client.get(address)
    found = answer.json()[words[-1].removeprefix(".")]
    return str(found).lower() if isinstance(found, bool) else str(found)


def test_each_example_prints_what_the_document_says(client: TestClient) -> None:
    shown = exchanges()

    assert [printed(client, command) for command, _ in shown] == [output for _, output in shown]
