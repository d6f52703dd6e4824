"""An application whose webhooks are told and sent step by step, as a test asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi.testclient import TestClient

from api.dependencies import Service
from api.relying import RelyingAnswers
from infrastructure.feeding import FeedWriter
from tests.api.clients import OPERATOR, client_over

ADDRESS = "/v1/subscriptions"
HERE = "127.0.0.0/8"


@dataclass(frozen=True)
class Subscribing:
    """A client, and what delivers behind it."""

    client: TestClient

    @property
    def service(self) -> Service:
        """The service behind the application."""
        service: Service = self.client.app.state.service  # type: ignore[attr-defined]  # our app
        return service

    def subscribe(self, url: str, **more: Any) -> dict[str, Any]:
        """A new subscription."""
        answer = self.client.post(ADDRESS, json={"url": url, **more}, headers=OPERATOR)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def shown(self, subscription: dict[str, Any], part: str = "") -> dict[str, Any]:
        """It, or a part of it, as it stands."""
        answer = self.client.get(f"{ADDRESS}/{subscription['id']}{part}", headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def deliver(self) -> int:
        """Project, tell and send all that is due; gives how many were sent."""
        project(self.service)
        teller = self.service.webhooks.teller(RelyingAnswers(self.service))
        while teller.tell():
            pass
        worker, sent = self.service.webhooks.worker(), 0
        while worker.step():
            sent += 1
        return sent


def project(service: Service) -> None:
    """Bring the read model and the feed level with the log."""
    projector = service.projector()
    while projector.step():
        pass
    writer = FeedWriter(service.engine, service.archive, service.clock)
    while writer.step():
        pass


@contextmanager
def subscribing(database_url: str, **chosen: Any) -> Iterator[Subscribing]:
    """The application over this database, whose receivers may be on this machine."""
    options = {"webhooks": "external", "webhook_networks": HERE, **chosen}
    with client_over(database_url, **options) as client:
        yield Subscribing(client)


def events_in(requests: list[bytes]) -> list[dict[str, Any]]:
    """The CloudEvents that a receiver was sent."""
    return [orjson.loads(each.partition(b"\r\n\r\n")[2]) for each in requests]


def headers_in(request: bytes) -> dict[str, str]:
    """The headers of a request."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
