"""Our own form: one JSON object a line, an act, a treaty or a party as they travel everywhere."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from infrastructure.importers.lines import byte_lines
from infrastructure.importers.proposals import Finding, Item, Proposal

KEYS = ('"kind"', '"type"', '"treaty"', '"party"')

ESCAPED_COLON = b"\\u003"
"""What a colon begins with that is written as an escape, and some other characters."""


def recognises(head: bytes) -> bool:
    """Whether the file begins with an object that is a fact."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    line = text.split(b"\n", 1)[0].decode("utf-8", "replace")
    return line.startswith("{") and any(key in line for key in KEYS)


def read(file: BinaryIO) -> Iterator[Item]:
    """The objects, as they stand."""
    for each in byte_lines(file):
        if isinstance(each, Finding):
            yield each
        else:
            yield _read(*each)


def _read(number: int, line: bytes) -> Item:
    shown = line[:200].decode("utf-8", "replace").rstrip()
    try:
        given = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return _malformed(number, f"is not JSON: {error}", shown)
    if not isinstance(given, dict):
        return _malformed(number, "must be an object", shown)
    if _may_have_lost(line, given) and (twice := _twice(line)) is not None:
        return _malformed(number, f"the key {twice[:80]} stands twice in one object", shown)
    return Proposal(fact=given, lines=(number,), raw=shown)


def _may_have_lost(line: bytes, given: dict[str, Any]) -> bool:
    """Whether the object as it was read could say less than the line: it has fewer colons, or they cannot be told.

    Colons stand in texts too, and there they can be written as an escape; then one has to look.
    """
    return line.count(b":") != msgspec.json.encode(given).count(b":") or ESCAPED_COLON in line


def _twice(line: bytes) -> str | None:
    """A key that an object has twice; of the two only one would be read (RFC 8259, section 4)."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for name in names if names.count(name) > 1)

    json.loads(line, object_pairs_hook=look)
    return found[0] if found else None


def _malformed(number: int, detail: str, read: str) -> Finding:
    return Finding(line=number, problem="malformed", detail=detail, read=read, rejects=True)
