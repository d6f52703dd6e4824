"""The short way for what is asked most: one answer that is at hand is sent without passing through the routes.

Whatever is not plain (a name instead of a code, a key, a bound that has to be looked up, a fault) goes the long way.
Both ways give the same bytes under the same headers.
A reply is kept as it left, while there is room, and sent again to whoever asks the same of the same record.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from api.asking import EXPLAINED, LISTS
from api.compiled import Compiled
from api.dependencies import Service, Snapshot
from api.memento import memento_headers
from api.presenting import JSON, entity_tag, is_held, keeping_headers, permalink
from api.room import Room
from domain.bounds import Bounds
from domain.ports import dossier_stream

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

PATH = re.compile(r"/v1/treaties/([a-z0-9-]{1,80})/parties(?:/([A-Z0-9]{3,12}))?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
POSITION = re.compile(r"[1-9]\d{0,17}", re.ASCII)
ANY_FORM = frozenset({b"*/*", b"application/json"})
LONG_WAY = frozenset({b"authorization", b"x-timeline-position", b"accept-datetime"})
PARAMETERS = frozenset({"as_of", "as_seen", "as_recorded", "explain"})
CONTENT_TYPE = (b"content-type", JSON.encode())
REPLIES = 64 * 1024 * 1024
"""Bytes of replies that are kept."""
AROUND = 2_048
"""Bytes that a reply takes beside its body, about."""


@dataclass(frozen=True, slots=True)
class Route:
    """The route that an answer belongs to, for what is measured."""

    path: str


ONE = Route("/v1/treaties/{treaty}/parties/{party}")
ALL = Route("/v1/treaties/{treaty}/parties")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it leaves, the record that it is of, and the day where none was asked for."""

    route: Route
    position: int
    today: date | None
    tag: str
    headers: Headers
    body: bytes

    def holds(self, now: Snapshot, today: date) -> bool:
        """Whether it is what would be said now."""
        return self.position == now.position and self.today in (None, today)


class Express:
    """Sends what is at hand, and passes everything else on."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Stand before the application."""
        self._app = app
        self._service = service
        self._replies = Room[Reply](REPLIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, or let somebody else."""
        reply = None
        if scope["type"] == "http" and scope["method"] == "GET" and _is_plain_request(scope):
            reply = self._reply(scope)
        if reply is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = reply.route
        held = _header(scope, b"if-none-match")
        if is_held(held, reply.tag):
            start = {"type": "http.response.start", "status": 304, "headers": [*reply.headers]}
            body = b""
        else:
            length = (b"content-length", str(len(reply.body)).encode())
            headers = [*reply.headers, length, CONTENT_TYPE]
            start = {"type": "http.response.start", "status": 200, "headers": headers}
            body = reply.body
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _reply(self, scope: Scope) -> Reply | None:
        now = self._service.heads.followed()
        if now is None or self._service.settings.reads != "open":
            return None
        path, query = scope["path"], scope["query_string"]
        today = self._service.clock.today()
        kept = self._replies.get((path, query))
        if kept is not None and kept.holds(now, today):
            return kept
        found = PATH.fullmatch(path)
        asked = _plain_question(query) if found is not None else None
        if found is None or asked is None:
            return None
        made = self._made(path, found[1], found[2], asked, now, today)
        if made is None:
            return None
        return self._replies.put((path, query), made, len(made.body) + AROUND)

    def _made(  # noqa: PLR0917 (what the request says, taken apart once)
        self,
        path: str,
        treaty: str,
        party: str | None,
        asked: Mapping[str, str],
        now: Snapshot,
        today: date,
    ) -> Reply | None:
        position = asked.get("as_recorded")
        if position is not None and int(position) != now.position:
            return None
        bounds = Bounds(
            as_of=_day(asked.get("as_of")) or today,
            as_seen=_day(asked.get("as_seen")),
            record=now.record,
        )
        compiled = self._service.at_hand(treaty, now.record, bounds.as_seen)
        body = None if compiled is None else _ready(compiled, party, bounds, asked)
        if body is None:
            return None
        address = permalink(path, asked.items(), bounds)
        version = now.versions.get(dossier_stream(treaty), 0)
        pinned = position is not None and "as_of" in asked
        parts = (body,) if pinned else (self._service.release, address, JSON)
        tag = entity_tag(*parts, version=version, position=now.position)
        offered = _offered(party, asked)
        memento = memento_headers(path, asked.items(), bounds, negotiated=False, pinned=pinned)
        headers = keeping_headers(address, offered, memento, tag=tag, pinned=pinned, is_public=True)
        return Reply(
            route=ALL if party is None else ONE,
            position=now.position,
            today=None if "as_of" in asked else today,
            tag=tag,
            headers=tuple((name.lower().encode(), each.encode()) for name, each in headers.items()),
            body=body,
        )


def _is_plain_request(scope: Scope) -> bool:
    """Whether no header asks for anything but JSON from the latest record."""
    return not any(
        name in LONG_WAY or (name == b"accept" and each not in ANY_FORM)
        for name, each in scope["headers"]
    )


def _header(scope: Scope, wanted: bytes) -> str | None:
    found = None
    for name, each in scope["headers"]:
        if name == wanted:
            found = each.decode("latin-1")
    return found


def _offered(party: str | None, asked: Mapping[str, str]) -> tuple[str, ...]:
    if party is None:
        return LISTS
    return EXPLAINED if asked.get("explain") == "true" else (JSON,)


def _ready(
    compiled: Compiled, party: str | None, bounds: Bounds, asked: Mapping[str, str]
) -> bytes | None:
    if party is not None:
        return compiled.ready(party, bounds, explain=asked.get("explain") == "true")
    return None if "explain" in asked else compiled.ready_roster(bounds)


def _plain_question(query: bytes) -> dict[str, str] | None:
    """The parameters, where all of them are plain; else None."""
    if not query:
        return {}
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    asked = dict(pairs)
    plain = len(asked) == len(pairs) and asked.keys() <= PARAMETERS
    return asked if plain and all(_is_plain(name, each) for name, each in asked.items()) else None


def _is_plain(name: str, value: str) -> bool:
    match name:
        case "explain":
            return value in {"true", "false"}
        case "as_recorded":
            return POSITION.fullmatch(value) is not None
        case _:
            return _day(value) is not None


def _day(text: str | None) -> date | None:
    if text is None or DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
