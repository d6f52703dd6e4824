"""How a question arrives by HTTP: its bounds, its page, who asks; and how its answer is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

from fastapi import Depends, Header, Query, Request, Response
from fastapi.dependencies.models import Dependant

from api.cursors import NOT_OURS, Cursor, digest_of, read_cursor
from api.dependencies import PROOF, Caller, Service
from api.memento import PATH, memento_headers, read_http_date
from api.presenting import (
    CSV,
    JSON,
    NDJSON,
    chosen,
    csv_bytes,
    entity_tag,
    is_held,
    json_bytes,
    keeping_headers,
    ndjson_bytes,
    permalink,
    response,
)
from api.refusals import BadHeader, NotKnown
from domain.bounds import Bounds
from domain.errors import Fault, Malformed, NotAllowed
from domain.plain import escaped
from domain.ports import dossier_stream

AsOf: TypeAlias = Annotated[
    str | None,
    Query(
        description="Whose law on which day, `YYYY-MM-DD`; today (UTC) if not given.",
        examples=["2021-06-16"],
    ),
]
AsSeen: TypeAlias = Annotated[
    str | None,
    Query(
        description="With only what could be known by the end of that day, `YYYY-MM-DD`.",
        examples=["2021-06-08"],
    ),
]
AsRecorded: TypeAlias = Annotated[
    str | None,
    Query(
        description="With only what this record held: a log position, or an instant (RFC 3339).",
        examples=["412", "2026-11-22T12:00:00Z"],
    ),
]
Limit: TypeAlias = Annotated[
    int, Query(ge=1, le=1000, description="How many items a page has at most.")
]
CursorText: TypeAlias = Annotated[
    str | None,
    Query(alias="cursor", description="Where the page before ended, as its `next` said."),
]
WaitFor: TypeAlias = Annotated[
    str | None,
    Header(
        alias="X-Timeline-Position",
        json_schema_extra={"pattern": "^[0-9]{1,18}$"},  # ours is the message, not the framework's
        description="Wait, bounded, until the record holds this position: read your own writes.",
    ),
]


LAST_POSITION = 10**18 - 1
"""The last position that can be asked for; no database counts to twenty times that."""

LISTS = (JSON, CSV, NDJSON)
"""The forms in which a list exists."""

EXPLAINED = (JSON, PROOF)
"""The forms in which an answer with its reasons exists."""


class NotModified(Exception):
    """The client has this very representation; nothing has to be built."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """Hold the headers that an answer would have had."""
        super().__init__("not modified")
        self.headers = headers


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: the bounds, and how the answer is to be given."""

    service: Service
    request: Request
    bounds: Bounds
    pinned: bool
    """Whether day and record are both fixed, so that the answer never changes."""

    offered: tuple[str, ...] = (JSON,)
    """The forms in which the answer exists."""

    negotiated: bool = False
    """Whether the record was chosen by `Accept-Datetime`."""

    def answered(self, build: Callable[[], object]) -> Response:
        """The answer as JSON, built only if the client does not have it."""
        return self.answered_in_bytes(lambda: json_bytes(build()))

    def answered_in_bytes(self, build: Callable[[], bytes]) -> Response:
        """The same for an answer that is JSON already."""
        return self.sent(build, JSON, JSON, self.offered)

    def sent(
        self, build: Callable[[], bytes], media_type: str, form: str, offered: Sequence[str]
    ) -> Response:
        """The representation in one of the forms offered; raises `NotModified` if the client has it.

        What may still change is built only for who does not have it.
        What is pinned is known by its bytes, so that no release can give others under the same validator.
        """
        body = build() if self.pinned else None
        headers = self._headers(form, offered, body)
        return response(build() if body is None else body, media_type, headers)

    def _headers(self, form: str, offered: Sequence[str], body: bytes | None) -> dict[str, str]:
        parts = (self.service.release, self.permalink, form) if body is None else (body,)
        tag = entity_tag(*parts, version=self.version, position=self.bounds.record.position)
        memento = memento_headers(
            self.request.url.path,
            self.request.query_params.multi_items(),
            self.bounds,
            negotiated=self.negotiated,
            pinned=self.pinned,
        )
        headers = keeping_headers(
            self.permalink,
            offered,
            memento,
            tag=tag,
            pinned=self.pinned,
            is_public=self.service.settings.reads == "open",
        )
        if is_held(self.request.headers.get("if-none-match"), tag):
            raise NotModified(headers)
        return headers

    @cached_property
    def version(self) -> int:
        """The version of the dossier that is asked about, 0 where it is not about one treaty."""
        treaty = self.request.path_params.get("treaty")
        if treaty is None:
            return 0
        return self.service.version(dossier_stream(treaty), self.bounds.record)

    @cached_property
    def permalink(self) -> str:
        """The address of this very answer for ever."""
        url = self.request.url
        return permalink(url.path, self.request.query_params.multi_items(), self.bounds)


@dataclass(frozen=True, kw_only=True)
class ListQuestion(Question):
    """A question whose answer is a list, given a page at a time."""

    offered: tuple[str, ...] = LISTS
    limit: int
    after: str | None

    def listed(
        self,
        name: str,
        columns: Sequence[str],
        build: Callable[[], tuple[Sequence[Mapping[str, Any]], str | None]],
        around: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]] = lambda _: {},
    ) -> Response:
        """A page of the list under its name, with what stands around it, and where the next page begins."""
        form = chosen(self.request.headers.get("accept"), self.offered)
        links: list[str] = []

        def written() -> bytes:
            rows, last = build()
            following = self._cursor(last) if last is not None else None
            if following is not None:
                links.append(f'<{self._address_of(following)}>; rel="next"')
            match form:
                case "text/csv":
                    return csv_bytes(columns, rows)
                case "application/x-ndjson":
                    return ndjson_bytes(rows)
                case _:
                    return json_bytes({**around(rows), name: rows, "next": following})

        media_type = f"{CSV}; charset=utf-8; header=present" if form == CSV else form
        answer = self.sent(written, media_type, form, self.offered)
        if links:
            answer.headers["Link"] = ", ".join(filter(None, [answer.headers.get("Link"), *links]))
        return answer

    def is_whole(self, narrowing: Sequence[str]) -> bool:
        """Whether the list is asked for as JSON and as a whole, with nothing that narrows it."""
        given = self.request.query_params
        form = chosen(self.request.headers.get("accept"), LISTS)
        return form == JSON and not any(name in given for name in ("cursor", "limit", *narrowing))

    @property
    def after_position(self) -> int:
        """The position after which a list of entries goes on, 0 at its beginning; raises `Malformed`."""
        if self.after is None:
            return 0
        if not (self.after.isascii() and self.after.isdigit() and len(self.after) < 19):
            raise Malformed([NOT_OURS])
        return int(self.after)

    def page(self, keys: Iterable[str]) -> tuple[list[str], str | None]:
        """The keys of this page, of all that are given in order, and the last one if more follow."""
        later = [each for each in keys if self.after is None or each > self.after]
        page = later[: self.limit]
        return page, page[-1] if len(later) > len(page) else None

    def _cursor(self, last: str) -> str:
        return Cursor(
            position=self.bounds.record.position,
            as_of=self.bounds.as_of.isoformat(),
            after=last,
            question=_digest(self.request),
        ).written()

    def _address_of(self, cursor: str) -> str:
        kept = {name: each for name, each in self.request.query_params.items() if name != "cursor"}
        return f"{self.request.url.path}?{urlencode({**kept, 'cursor': cursor}, safe=':')}"


def service_of(request: Request) -> Service:
    """The service behind the application."""
    service: Service = request.app.state.service
    return service


def caller_of(request: Request) -> Caller | None:
    """Who asks, by the bearer key (RFC 6750); None without a key; raises `NotKnown` for a key that nobody has."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    caller = service_of(request).caller(token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise NotKnown("the key is not known")
    return caller


def may_read(request: Request) -> None:
    """That reading is open, or that the caller may read; raises `NotKnown` or `NotAllowed`."""
    if service_of(request).settings.reads != "open":
        must_hold(request, "read", "reading needs a key here")


def must_hold(request: Request, scope: str, otherwise: str) -> Caller:
    """The caller, whose key has the scope; raises `NotKnown`, saying this, or `NotAllowed`."""
    caller = caller_of(request)
    if caller is None:
        raise NotKnown(otherwise)
    if not caller.may(scope):
        raise NotAllowed(f"the key lacks the scope {scope}")
    return caller


def question(
    request: Request,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    wait_for: WaitFor = None,
) -> Question:
    """The question with its bounds."""
    service = _prepared(request, wait_for)
    chosen_record = _negotiated(request, service) if as_recorded is None else None
    bounds = service.bounds(as_of, as_seen, as_recorded if chosen_record is None else chosen_record)
    return Question(
        service=service,
        request=request,
        bounds=bounds,
        negotiated=chosen_record is not None,
        pinned=_is_pinned(service, as_of, as_recorded, bounds),
    )


def list_question(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
    limit: Limit = 1000,
    cursor: CursorText = None,
    wait_for: WaitFor = None,
) -> ListQuestion:
    """The question for a page of a list; a cursor brings its own record and day."""
    service = _prepared(request, wait_for)
    chosen_record: int | None = None
    if cursor is None:
        chosen_record = _negotiated(request, service) if as_recorded is None else None
        wanted = as_recorded if chosen_record is None else chosen_record
        bounds, after = service.bounds(as_of, as_seen, wanted), None
    else:
        place = read_cursor(cursor, _digest(request))
        _not_contradicted(place, as_of, as_recorded)
        bounds, after = service.bounds(place.as_of, as_seen, place.position), place.after
    return ListQuestion(
        service=service,
        request=request,
        bounds=bounds,
        pinned=_is_pinned(service, as_of, as_recorded, bounds) or cursor is not None,
        negotiated=chosen_record is not None,
        limit=limit,
        after=after,
    )


Asked: TypeAlias = Annotated[Question, Depends(question)]
AskedForList: TypeAlias = Annotated[ListQuestion, Depends(list_question)]


def _prepared(request: Request, wait_for: str | None) -> Service:
    may_read(request)
    only_known_parameters(request)
    service = service_of(request)
    if wait_for is not None:
        if not (wait_for.isascii() and wait_for.isdigit() and len(wait_for) < 19):
            raise Malformed(
                [Fault(pointer="/X-Timeline-Position", detail="must be a position of the record")]
            )
        service.wait_for(int(wait_for))
    return service


def _negotiated(request: Request, service: Service) -> int | None:
    """The position of the record that `Accept-Datetime` asks for, to the second; None without it, or elsewhere."""
    given = request.headers.get("accept-datetime")
    if given is None or PATH.fullmatch(request.url.path) is None:
        return None
    instant = read_http_date(given)
    if instant is None:
        raise BadHeader(f"Accept-Datetime is not an HTTP date: {given[:60]}")
    return service.position_at(instant + timedelta(seconds=1, microseconds=-1))


def only_known_parameters(request: Request) -> None:
    """That every query parameter is one of the route: a misspelt bound must not become today's answer."""
    known = _parameters_of(request)
    given = [name for name, _ in request.query_params.multi_items()]
    faults = [
        Fault(pointer=f"/{escaped(name)}", detail=_unknown(known))
        for name in dict.fromkeys(given)
        if name not in known
    ]
    faults.extend(
        Fault(pointer=f"/{name}", detail="is given more than once")
        for name in sorted(known)
        if given.count(name) > 1
    )
    if faults:
        raise Malformed(faults)


def _unknown(known: frozenset[str]) -> str:
    return f"is no parameter here; there are: {', '.join(sorted(known)) or 'none'}"


def _parameters_of(request: Request) -> frozenset[str]:
    """The query parameters of the route, by its signature: the description is long in the making."""
    known: dict[str, frozenset[str]] = request.app.state.parameters
    route = request.scope["route"]
    path = f"{request.method} {route.path_format}"
    if path not in known:
        known[path] = frozenset(query_parameters(route.dependant))
    return known[path]


def query_parameters(dependant: Dependant) -> Iterator[str]:
    """The query parameters that a route or one of its dependencies declares."""
    for each in dependant.query_params:
        yield each.alias
    for dependency in dependant.dependencies:
        yield from query_parameters(dependency)


def _is_pinned(
    service: Service, as_of: str | None, as_recorded: str | None, bounds: Bounds
) -> bool:
    """Whether no later entry and no later day can change the answer."""
    if as_of is None or as_recorded is None:
        return False
    if as_recorded.isdigit():
        return True
    head = service.record()
    return (
        head.position > bounds.record.position
        and head.at is not None
        and _instant(as_recorded) < head.at
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)


def _not_contradicted(place: Cursor, as_of: str | None, as_recorded: str | None) -> None:
    faults = []
    if as_of is not None and as_of != place.as_of:
        faults.append(Fault(pointer="/as_of", detail=f"the cursor belongs to {place.as_of}"))
    if as_recorded is not None and as_recorded.isdigit() and int(as_recorded) != place.position:
        faults.append(
            Fault(pointer="/as_recorded", detail=f"the cursor belongs to position {place.position}")
        )
    if faults:
        raise Malformed(faults)


def _digest(request: Request) -> str:
    return digest_of(request.url.path, dict(request.query_params))
