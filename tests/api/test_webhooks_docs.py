"""The page about webhooks is true: its receivers believe what we send and nothing else, its commands work."""

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from typer.testing import CliRunner

from api.cli.commands import application
from api.metrics import Metrics
from infrastructure.feed import TYPES
from infrastructure.webhooks.patience import Patience
from infrastructure.webhooks.secrets import Roots, Scheme, Signing
from tests.api.clients import OPERATOR
from tests.api.subscribed import Subscribing, subscribing
from tests.conftest import copy

PAGE = (Path(__file__).parent.parent.parent / "docs" / "webhooks.md").read_text(encoding="utf-8")
ROOTS = Roots([b"r" * 32])
WHO = UUID("0b5cf1b9-6c4a-4a6b-8f44-3a2f1f0f6f10")
BODY = b'{"type": "timeline.act"}'
FAR = "https://93.184.216.34/hook"
"""An address that need not be looked up, in the place of that of the page."""

RECEIVERS: dict[str, Scheme] = {
    "received": "secret",
    "received_without_library": "secret",
    "received_with_public_key": "ed25519",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def receiver(name: str) -> Callable[..., Any]:
    """The function of this name in the page."""
    (block,) = [each for each in blocks("python") if f"def {name}(" in each]
    known: dict[str, Any] = {}
    exec(compile(block, "docs/webhooks.md", "exec"), known)  # noqa: S102 (our own page)
    function: Callable[..., Any] = known[name]
    return function


def sent(scheme: Scheme, generation: int = 1, at: datetime | None = None) -> dict[str, str]:
    signing = Signing(
        scheme=scheme, root=ROOTS.latest, generation=generation, previous=generation > 1
    )
    return ROOTS.headers(WHO, signing, message="msg_1", at=at or datetime.now(UTC), body=BODY)


def shared(scheme: Scheme, generation: int = 1) -> str:
    signing = Signing(scheme=scheme, root=ROOTS.latest, generation=generation)
    return ROOTS.shared(WHO, signing)


def test_every_receiver_of_the_page_is_looked_at() -> None:
    assert re.findall(r"^def (\w+)\(", "".join(blocks("python")), flags=re.MULTILINE) == list(
        RECEIVERS
    )


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_receiver_believes_what_we_send_and_nothing_else(name: str) -> None:
    receive, scheme = receiver(name), RECEIVERS[name]
    key, long_ago = shared(scheme), datetime.now(UTC) - timedelta(hours=1)

    assert receive(key, sent(scheme), BODY) == {"type": "timeline.act"}
    for headers, body in (
        (sent(scheme), b'{"type": "timeline.forged"}'),
        (sent(scheme, at=long_ago), BODY),
        ({**sent(scheme), "webhook-signature": "v1,AAAA v1a,AAAA"}, BODY),
        ({**sent(scheme), "webhook-id": "msg_2"}, BODY),
    ):
        with pytest.raises(Exception, match=r".") as refused:
            receive(key, headers, body)
        assert type(refused.value).__name__ in {"ValueError", "WebhookVerificationError"}


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_receiver_goes_on_while_its_secret_is_replaced(name: str) -> None:
    scheme = RECEIVERS[name]

    for generation in (1, 2):
        receive = receiver(name)
        assert receive(shared(scheme, generation), sent(scheme, 2), BODY) is not None
    with pytest.raises(Exception, match=r"."):
        receiver(name)(shared(scheme, 3), sent(scheme, 2), BODY)


def test_a_webhook_that_came_before_is_not_dealt_with_again() -> None:
    receive = receiver("received")

    assert receive(shared("secret"), sent("secret"), BODY) is not None
    assert receive(shared("secret"), sent("secret"), BODY) is None


@pytest.fixture
def desk(
    tmp_path: Path, catalogue_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Subscribing]:
    """The application in a folder of its own, whose command line is that of the same record."""
    monkeypatch.chdir(tmp_path)
    copy(catalogue_template, tmp_path / "timeline.db")
    with subscribing(f"sqlite:///{tmp_path / 'timeline.db'}", migrate="never") as found:
        yield found


def test_the_commands_of_the_page_work(desk: Subscribing) -> None:
    made = desk.subscribe(FAR)
    commands = [
        line
        for block in blocks("sh")
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("timeline ")
    ]

    for line in commands:
        words = shlex.split(line.replace("https://desk.example/hook", FAR))[1:]
        result = CliRunner().invoke(
            application, [made["id"][:8] if each == "ID" else each for each in words]
        )
        assert result.exit_code == 0, (line, result.output)

    assert len(commands) == 12
    assert len({line.split()[2] for line in commands}) == 11


def test_the_request_of_the_page_is_answered(desk: Subscribing) -> None:
    (line,) = [each.replace("\\\n", " ") for each in blocks("sh") if each.startswith("curl")]
    words = shlex.split(line.replace("https://desk.example/hook", FAR))
    address, body = words[3].removeprefix("http://127.0.0.1:8000"), words[-1]

    answer = desk.client.post(address, json=orjson.loads(body), headers=OPERATOR)

    assert answer.status_code == 201
    assert answer.json()["secret"].startswith("whsec_")


def test_what_the_page_names_is_there() -> None:
    types = re.search(r"^\| `types` \|(.*)\|$", PAGE, flags=re.MULTILINE)
    measured = Metrics().written().decode()

    assert types is not None
    assert set(TYPES) <= set(re.findall(r"`([\w.]+)`", types[1]))
    for name in re.findall(r"^\| `(timeline_webhooks_\w+)`", PAGE, flags=re.MULTILINE):
        assert f"# HELP {name} " in measured
    assert [Patience().wait(each).total_seconds() for each in (1, 2, 3)] == [5, 15, 45]
    assert (Patience().longest, Patience().days) == (timedelta(hours=12), 5)
