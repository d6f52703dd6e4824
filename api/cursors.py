"""Where a list goes on: opaque to clients, and bound to one record, one day and one question."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from domain.errors import Fault, Malformed

NOT_OURS = Fault(pointer="/cursor", detail="was not made by this service")
"""Said of what is no cursor."""

LONGEST = 2_000
"""Characters of a cursor; what is longer was not made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last item of a page, and the bounds from which all pages are given.

    `question` is a digest of the rest of the question, so that a cursor is not carried to another one.
    """

    position: int
    as_of: str
    after: str
    question: str

    def written(self) -> str:
        """The cursor as text for an address."""
        parts = [self.position, self.as_of, self.after, self.question]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def read_cursor(text: str, question: str) -> Cursor:
    """The cursor in the text; raises `Malformed` for one that was not made for this question."""
    parts = _parts(text) if len(text) <= LONGEST else None
    match parts:
        case [int(position), str(as_of), str(after), str(digest)] if digest == question:
            return Cursor(position=position, as_of=as_of, after=after, question=question)
        case [int(), str(), str(), str()]:
            detail = "belongs to a list of another question"
        case _:
            raise Malformed([NOT_OURS])
    raise Malformed([Fault(pointer="/cursor", detail=detail)])


def digest_of(path: str, parameters: Mapping[str, str]) -> str:
    """A digest of what is asked, apart from where its pages begin and how long they are."""
    asked = sorted((name, each) for name, each in parameters.items() if name not in _PAGING)
    return hashlib.sha256(orjson.dumps([path, asked])).hexdigest()[:16]


def _parts(text: str) -> object:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
        return None


_PAGING = frozenset({"cursor", "limit", "as_of", "as_recorded"})
