"""Callers known by somebody else: signed tokens (JWT, RFC 7519) of one OpenID Connect issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from domain.errors import Unavailable

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Signatures with a public key only: a shared secret would let whoever checks also sign."""

LONGEST = 8_192
"""Characters of a token; what is longer is not looked at."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who a token is of, and what it allows."""

    name: str
    scopes: frozenset[str]


class Tokens:
    """Checks the tokens of one issuer; its public keys are fetched when needed and kept for a while."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys_address: str,
        name_claim: str = "sub",
        timeout_seconds: float = 5.0,
        leeway_seconds: float = 30.0,
    ) -> None:
        """Trust this issuer for this audience, with the keys at this address."""
        self._issuer = issuer
        self._audience = audience
        self._name_claim = name_claim
        self._leeway = leeway_seconds
        self._keys = jwt.PyJWKClient(
            keys_address, cache_keys=True, lifespan=300, timeout=timeout_seconds
        )

    def holder(self, token: str) -> Holder | None:
        """The holder of a token that stands now, None for any other; raises `Unavailable` without the keys."""
        if len(token) > LONGEST or token.count(".") != 2:
            return None
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": ["exp", "iss", "aud", self._name_claim]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable("the keys of the issuer of tokens cannot be fetched") from error
        except jwt.PyJWTError:
            return None
        return self._named(claims)

    def _named(self, claims: Mapping[str, Any]) -> Holder | None:
        name = claims[self._name_claim]
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            return None
        return Holder(name=name, scopes=_scopes(claims))


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """The scopes of RFC 8693 (`scope`, with blanks between), or of those who write a list (`scp`)."""
    given = claims.get("scope", claims.get("scp", ""))
    words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(each for each in words if isinstance(each, str))
