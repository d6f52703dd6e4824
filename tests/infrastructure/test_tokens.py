"""Tokens of an issuer: only what it signed, for us, and not yet over, has a holder."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from jwt.algorithms import ECAlgorithm

from domain.errors import Unavailable
from infrastructure.tokens import Tokens

ISSUER, AUDIENCE = "https://login.example.org", "timeline"


@pytest.fixture(scope="module")
def signing_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@pytest.fixture(scope="module")
def keys_address(signing_key: EllipticCurvePrivateKey) -> Iterator[str]:
    """The address at which the issuer shows its public key."""
    public = json.loads(ECAlgorithm.to_jwk(signing_key.public_key()))
    body = json.dumps({"keys": [{**public, "kid": "one", "alg": "ES256", "use": "sig"}]}).encode()

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tokens(keys_address: str) -> Tokens:
    return Tokens(issuer=ISSUER, audience=AUDIENCE, keys_address=keys_address)


def signed(key: Any, *, algorithm: str = "ES256", kid: str = "one", **changes: object) -> str:
    """A token with these claims beside the usual ones; None takes one away."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "clerk",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        "scope": "acts:record read",
        **changes,
    }
    kept = {name: each for name, each in claims.items() if each is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})


def test_a_token_names_its_holder_and_its_scopes(
    tokens: Tokens, signing_key: EllipticCurvePrivateKey
) -> None:
    holder = tokens.holder(signed(signing_key))

    assert holder is not None
    assert (holder.name, holder.scopes) == ("clerk", frozenset({"acts:record", "read"}))


def test_scopes_may_come_as_a_list(tokens: Tokens, signing_key: EllipticCurvePrivateKey) -> None:
    holder = tokens.holder(signed(signing_key, scope=None, scp=["read", 7]))

    assert holder is not None
    assert holder.scopes == {"read"}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example.org"},
        {"aud": "another"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 101},
        {"sub": "a\nb"},
        {"kid": "two"},
    ],
    ids=str,
)
def test_any_other_token_has_no_holder(
    tokens: Tokens, signing_key: EllipticCurvePrivateKey, changes: dict[str, Any]
) -> None:
    assert tokens.holder(signed(signing_key, **changes)) is None


def test_a_scope_that_is_no_text_allows_nothing(
    tokens: Tokens, signing_key: EllipticCurvePrivateKey
) -> None:
    holder = tokens.holder(signed(signing_key, scope=7))

    assert holder is not None
    assert holder.scopes == frozenset()


def test_what_somebody_else_signed_has_no_holder(tokens: Tokens) -> None:
    assert tokens.holder(signed(generate_private_key(SECP256R1()))) is None


def test_a_shared_secret_signs_nothing(tokens: Tokens) -> None:
    forged = signed("a secret that is long enough to sign", algorithm="HS256")

    assert tokens.holder(forged) is None


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "a.b.c.d", "x" * 9_000 + ".b.c"], ids=len)
def test_what_is_no_token_has_no_holder(tokens: Tokens, text: str) -> None:
    assert tokens.holder(text) is None


def test_without_the_keys_of_the_issuer_nobody_can_say(
    signing_key: EllipticCurvePrivateKey,
) -> None:
    lonely = Tokens(
        issuer=ISSUER,
        audience=AUDIENCE,
        keys_address="http://127.0.0.1:9/jwks",
        timeout_seconds=0.5,
    )

    with pytest.raises(Unavailable):
        lonely.holder(signed(signing_key))
