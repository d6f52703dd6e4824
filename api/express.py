"""The short way for what is asked most: one answer that is at hand is sent without passing through the routes.

Whatever is not plain (a name instead of a code, a key, a bound that has to be looked up, a fault) goes the long way.
Both ways give the same bytes under the same headers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from api.asking import LISTS
from api.compiled import Compiled
from api.dependencies import Service
from api.memento import memento_headers
from api.presenting import JSON, entity_tag, is_held, keeping_headers, permalink
from domain.bounds import Bounds
from domain.ports import dossier_stream

PATH = re.compile(r"/v1/treaties/([a-z0-9-]{1,80})/parties(?:/([A-Z0-9]{3,12}))?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
POSITION = re.compile(r"[1-9]\d{0,17}", re.ASCII)
ANY_FORM = frozenset({b"*/*", b"application/json"})
LONG_WAY = frozenset({b"authorization", b"x-timeline-position", b"accept-datetime"})
PARAMETERS = frozenset({"as_of", "as_seen", "as_recorded", "explain"})


@dataclass(frozen=True, slots=True)
class Route:
    """The route that an answer belongs to, for what is measured."""

    path: str


ONE = Route("/v1/treaties/{treaty}/parties/{party}")
ALL = Route("/v1/treaties/{treaty}/parties")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer on its way out; without a body the client has it already."""

    route: Route
    headers: Mapping[str, str]
    body: bytes | None


class Express:
    """Sends what is at hand, and passes everything else on."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Stand before the application."""
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, or let somebody else."""
        reply = self._reply(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if reply is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = reply.route
        headers = [(name.lower().encode(), each.encode()) for name, each in reply.headers.items()]
        if reply.body is None:
            status, body = 304, b""
        else:
            status, body = 200, reply.body
            headers.append((b"content-length", str(len(body)).encode()))
            headers.append((b"content-type", JSON.encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _reply(self, scope: Scope) -> Reply | None:
        found = PATH.fullmatch(scope["path"])
        if found is None or self._service.settings.reads != "open":
            return None
        held: str | None = None
        for name, each in scope["headers"]:
            if name in LONG_WAY or (name == b"accept" and each not in ANY_FORM):
                return None
            if name == b"if-none-match":
                held = each.decode("latin-1")
        asked = _plain_question(scope["query_string"])
        return (
            None if asked is None else self._answer(scope["path"], found[1], found[2], asked, held)
        )

    def _answer(
        self, path: str, treaty: str, party: str | None, asked: Mapping[str, str], held: str | None
    ) -> Reply | None:
        service = self._service
        now = service.heads.followed()
        if now is None:
            return None
        position = asked.get("as_recorded")
        if position is not None and int(position) != now.position:
            return None
        bounds = Bounds(
            as_of=_day(asked.get("as_of")) or service.clock.today(),
            as_seen=_day(asked.get("as_seen")),
            record=now.record,
        )
        compiled = service.at_hand(treaty, now.record, bounds.as_seen)
        if compiled is None:
            return None
        body = _ready(compiled, party, bounds, asked)
        if body is None:
            return None
        address = permalink(path, asked.items(), bounds)
        version = now.versions.get(dossier_stream(treaty), 0)
        tag = entity_tag(address, JSON, version=version, position=now.position)
        pinned = position is not None and "as_of" in asked
        offered = LISTS if party is None else (JSON,)
        memento = memento_headers(path, asked.items(), bounds, negotiated=False, pinned=pinned)
        headers = keeping_headers(address, offered, memento, tag=tag, pinned=pinned, is_public=True)
        route = ALL if party is None else ONE
        return Reply(route=route, headers=headers, body=None if is_held(held, tag) else body)


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
