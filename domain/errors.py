"""Every refusal, in one tree.

Refusal                       the request is not carried out, and nothing is changed
  Malformed                   the input cannot be read as what it claims to be (every fault named)
  Irregular                   an act breaks rules of treaty law, each named, and none was accepted
  NotFound                    what was asked for is not in the record
    Erased                    the document was kept here once, and its bytes were erased
  Conflict                    somebody recorded on the same treaty meanwhile
  KeyReused                   an idempotency key was used before for another request
  NotAllowed                  no key, or a key without the scope
  Unavailable                 the record cannot be read or written now; try again later
    Lagging                   the read model does not yet hold the position asked for
    Full                      the store has no room
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with the input, at its JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule that an act breaks: the rule's stable name, its legal source, and how it is broken."""

    pointer: str
    rule: str
    source: str
    detail: str


class Refusal(Exception):
    """The request is not carried out, and nothing is changed."""


class Malformed(Refusal):
    """The input cannot be read as what it claims to be; every fault is named."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Hold the faults, in the order of the input."""
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = tuple(faults)


class Irregular(Refusal):
    """An act breaks rules of treaty law that it does not say it breaks knowingly (`despite`)."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        """Hold the breaches, in the order of the acts."""
        super().__init__("; ".join(f"{breach.rule}: {breach.detail}" for breach in breaches))
        self.breaches = tuple(breaches)


class NotFound(Refusal):
    """What was asked for is not in the record."""


class Erased(NotFound):
    """The document was kept here once, and its bytes were erased."""


class Conflict(Refusal):
    """Somebody recorded on the same stream meanwhile; `actual` is its version now."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Name the stream and both versions."""
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class KeyReused(Refusal):
    """The idempotency key was used before for a request with another content."""


class NotAllowed(Refusal):
    """No key, or a key without the scope that the request needs."""


class Unavailable(Refusal):
    """The record cannot be read or written now; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        """Say what is unavailable, and when to try again."""
        super().__init__(message)
        self.retry_after = retry_after


class Lagging(Unavailable):
    """The read model does not yet hold the position asked for."""


class Full(Unavailable):
    """The store has no room for another entry; reading goes on."""
