"""Clients over a record that is sealed and signed, and how it is sealed."""

from typing import Any

from fastapi.testclient import TestClient

from infrastructure.signing import signer
from infrastructure.verifier.notes import ED25519

ORIGIN = "example.org/log"
KEY = signer(ORIGIN, ED25519, b"1" * 32)
PROOF = "application/vnd.timeline.proof+json"


def seal(client: TestClient) -> int:
    """Declare the key, seal everything that is recorded, and say how much that is."""
    sealer = service_of(client).working.sealer([KEY])
    sealer.declare()
    sealer.catch_up()
    size: int = sealer.tree.size()
    return size


def service_of(client: TestClient) -> Any:
    """The service behind the client."""
    return client.app.state.service  # type: ignore[attr-defined]  # our app
