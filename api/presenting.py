"""The form in which an answer leaves: JSON, or for lists also CSV and a line of JSON each; and how long it keeps."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import Response

from api.refusals import NotAcceptable
from domain.bounds import Bounds

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"

FOR_EVER = "max-age=31536000, immutable"
REVALIDATED = "no-cache"

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
"""With these a cell would be taken for a formula by a spreadsheet; it is then written after an apostrophe."""


def json_bytes(document: object) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document)


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as CSV (RFC 4180) with a header, the columns in this order.

    A list of words is one cell with blanks between; what is nested deeper is a cell of JSON; null is empty.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue().encode()


def ndjson_bytes(rows: Iterable[object]) -> bytes:
    """The rows as JSON, one a line."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def chosen(accept: str | None, offered: Sequence[str]) -> str:
    """The form that the client likes best of those offered (RFC 9110, 12.5.1); raises `NotAcceptable`.

    Of forms liked equally the one offered first is taken.
    """
    if not accept or accept.strip() == "*/*":
        return offered[0]
    ranges = [_range(each) for each in accept.split(",") if each.strip()]
    liked = [(_liking(form, ranges), -index, form) for index, form in enumerate(offered)]
    quality, _, form = max(liked)
    if quality <= 0:
        raise NotAcceptable(f"this exists as {', '.join(offered)}")
    return form


def permalink(path: str, parameters: Iterable[tuple[str, str]], bounds: Bounds) -> str:
    """The address of an answer for ever: the same question with day and record fixed."""
    fixed = {"as_of": bounds.as_of.isoformat()}
    if bounds.as_seen is not None:
        fixed["as_seen"] = bounds.as_seen.isoformat()
    fixed["as_recorded"] = str(bounds.record.position)
    kept = [(name, each) for name, each in parameters if name not in _BOUNDS]
    return f"{quote(path)}?{urlencode([*fixed.items(), *kept], safe=':')}"


def keeping_headers(
    address: str,
    offered: Sequence[str],
    memento: Mapping[str, str],
    *,
    tag: str,
    pinned: bool,
    is_public: bool,
) -> dict[str, str]:
    """How long a representation keeps, how it is told from another, and under which address it stays."""
    who = "public" if is_public else "private"
    headers = {
        "ETag": tag,
        "Cache-Control": f"{who}, {FOR_EVER if pinned else REVALIDATED}",
        "Vary": ", ".join(_varying(offered, memento, pinned=pinned)),
        **memento,
    }
    if not pinned:
        headers["Content-Location"] = address
    return headers


def _varying(offered: Sequence[str], memento: Mapping[str, str], *, pinned: bool) -> Iterator[str]:
    """The headers of a request on which the representation depends."""
    if len(offered) > 1:
        yield "Accept"
    if memento and not pinned:
        yield "Accept-Datetime"
    yield "Accept-Encoding"


def is_held(header: str | None, tag: str) -> bool:
    """Whether an `If-None-Match` lists the validator."""
    return header is not None and any(same(each, tag) for each in tags_in(header))


def entity_tag(*parts: object, version: int, position: int) -> str:
    """A strong validator: the version of the dossier, the position of the record, and a digest of the parts."""
    digest = hashlib.blake2s(digest_size=8)
    for each in parts:
        digest.update(each if isinstance(each, bytes) else str(each).encode() + b"\0")
    return f'"{version}.{position}.{digest.hexdigest()}"'


def version_in(tag: str) -> int | None:
    """The version of the dossier that a validator of ours names, None where it is not one of ours."""
    bare = tag.strip().strip('"')
    first = bare.split(".", 1)[0]
    return int(first) if first.isascii() and first.isdigit() and len(first) < 19 else None


def same(held: str, tag: str) -> bool:
    """Whether a validator that the client holds is of this representation, compressed or not (RFC 9110, 8.8.3.2)."""
    bare = held.removeprefix("W/")
    return bare in {"*", tag} or bare.replace('-gzip"', '"') == tag


def tags_in(header: str) -> tuple[str, ...]:
    """The validators that an `If-Match` or `If-None-Match` lists."""
    return tuple(each.strip() for each in header.split(",") if each.strip())


def response(
    body: bytes, media_type: str, headers: Mapping[str, str], status: int = 200
) -> Response:
    """A response with these bytes."""
    return Response(content=body, status_code=status, media_type=media_type, headers=dict(headers))


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return f"'{value}" if value.startswith(FORMULA_MARKS) else value
        case [*members] if all(isinstance(each, str) for each in members):
            return _cell(" ".join(members))
        case _:
            return orjson.dumps(value).decode()


def _range(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return media, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _liking(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most exact range that covers the form."""
    kind = form.partition("/")[0]
    for wanted in (form, f"{kind}/*", "*/*"):
        found = [quality for media, quality in ranges if media == wanted]
        if found:
            return max(found)
    return 0.0


_BOUNDS = frozenset({"as_of", "as_seen", "as_recorded"})
