"""Answers in time (RFC 7089, Memento): the datetime that is negotiated is that of our record, never the day of the law.

An answer or a roster is its own TimeGate: `Accept-Datetime` stands for `as_recorded`.
Its TimeMap lists the states of the record at which this very answer became another.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

from domain.bounds import Bounds

PATH = re.compile(r"/v1(/treaties/[^/]+/parties(?:/[^/]+)?)")
TIMEMAPS = "/v1/timemaps"
LINK_FORMAT = "application/link-format"


NEGOTIATED: dict[str, Any] = {
    "parameters": [
        {
            "name": "Accept-Datetime",
            "in": "header",
            "required": False,
            "description": "The record as it stood then, a date as HTTP writes it; in the place of `as_recorded`.",
            "schema": {"type": "string"},
            "example": "Sun, 22 Nov 2026 12:00:00 GMT",
        }
    ]
}
"""What the description of an answer or a roster says of the header that is negotiated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memento:
    """One state of an answer: the record from which it was first given like that, and its address for ever."""

    at: datetime
    position: int
    address: str


def read_http_date(text: str) -> datetime | None:
    """The instant that an HTTP date names (RFC 9110, 5.6.7), None for anything else."""
    try:
        instant = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return instant.astimezone(UTC) if instant.tzinfo is not None else None


def http_date(instant: datetime) -> str:
    """The instant as an HTTP date, whole seconds."""
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0), usegmt=True)


def memento_headers(
    path: str,
    parameters: Iterable[tuple[str, str]],
    bounds: Bounds,
    *,
    negotiated: bool,
    pinned: bool,
) -> dict[str, str]:
    """What Memento says of the answer at this address; nothing where it has no mementos."""
    found = PATH.fullmatch(path)
    if found is None:
        return {}
    kept = [(name, each) for name, each in parameters if name != "as_recorded"]
    original = address(path, kept)
    timemap = address(f"{TIMEMAPS}{found[1]}", kept)
    headers = {
        "Link": f'<{original}>; rel="original timegate", <{timemap}>; rel="timemap"; type="{LINK_FORMAT}"'
    }
    if (negotiated or pinned) and bounds.record.at is not None:
        headers["Memento-Datetime"] = http_date(bounds.record.at)
    return headers


def address(path: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The address with these parameters."""
    query = urlencode(parameters, safe=":")
    return f"{quote(path)}?{query}" if query else quote(path)


def as_link_format(original: str, timemap: str, mementos: Sequence[Memento]) -> str:
    """The TimeMap as links (RFC 6690)."""
    lines = [
        f'<{original}>; rel="original timegate"',
        f'<{timemap}>; rel="self"; type="{LINK_FORMAT}"',
    ]
    for index, each in enumerate(mementos):
        ends = [
            name for name, place in (("first", 0), ("last", len(mementos) - 1)) if index == place
        ]
        rel = " ".join([*ends, "memento"])
        lines.append(f'<{each.address}>; rel="{rel}"; datetime="{http_date(each.at)}"')
    return ",\n".join(lines) + "\n"


def as_document(original: str, timemap: str, mementos: Sequence[Memento]) -> Mapping[str, object]:
    """The TimeMap as JSON, with the exact instants and positions."""
    return {
        "original": original,
        "timemap": timemap,
        "mementos": [
            {
                "position": each.position,
                "at": each.at.isoformat().replace("+00:00", "Z"),
                "address": each.address,
            }
            for each in mementos
        ],
        "next": None,
    }
