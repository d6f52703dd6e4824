"""What is told: the live stream of acts and of changes in law, pages to be fetched, and a calendar."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.asking import may_read, only_known_parameters, service_of
from api.dependencies import Service
from api.following import place_after, wanted_of
from api.pulling import ATOM, CALENDAR, JSON_FEED, calendar_of, page_of
from api.schemas import REFUSALS_OF_READING
from api.streaming import EVENT_STREAM, Client, Stream, StreamResponse

router = APIRouter(prefix="/v1", tags=["feeds"], responses=REFUSALS_OF_READING)

Treaties: TypeAlias = Annotated[
    str | None, Query(description="Only of this treaty, or of these, with commas between.")
]
Parties: TypeAlias = Annotated[
    str | None,
    Query(description="Only of this party, by code or name, or of these, with commas between."),
]
KindsOfActs: TypeAlias = Annotated[
    str | None, Query(description="Only acts of this kind, or of these, with commas between.")
]
Statuses: TypeAlias = Annotated[
    str | None,
    Query(
        description="Only changes that lead to this status or state, or to these, with commas between."
    ),
]
Types: TypeAlias = Annotated[
    str | None,
    Query(
        description="Only events of this type, or of these, with commas between: `act`, `treaty`, `party`, `key`, "
        "`change`, or one of `change.announced`, `change.came_about`, `change.moved`, `change.cancelled`."
    ),
]
After: TypeAlias = Annotated[
    str | None,
    Query(
        description="Go on after the event with this id, 0 for the beginning; "
        "the header `Last-Event-ID` goes before it. Without either, only what is told from now on."
    ),
]
LastEventId: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The id of the last event that was received; a browser sends it by itself.",
    ),
]

PageNumber: TypeAlias = Annotated[
    int | None,
    Query(
        ge=0,
        le=10_000_000,
        description="An archived page, counted from 0; it never changes. The newest events if not given.",
    ),
]
FirstDay: TypeAlias = Annotated[
    str | None, Query(alias="from", description="Only what falls on this day or later.")
]
LastDay: TypeAlias = Annotated[
    str | None, Query(alias="to", description="Only what falls on this day or earlier.")
]


def _gives(media_type: str) -> dict[str, Any]:
    """What the description says of a route that gives one form of text, or of JSON."""
    kind = "object" if media_type.endswith("json") else "string"
    shape = {"content": {media_type: {"schema": {"type": kind}}}}
    return {"response_class": Response, "responses": {200: shape}}


@router.get("/stream", summary="Acts and changes as they happen", **_gives(EVENT_STREAM))
async def stream(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    treaty: Treaties = None,
    party: Parties = None,
    kind: KindsOfActs = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002 (its name in the address)
    after: After = None,
    last_event_id: LastEventId = None,
) -> StreamResponse:
    """Server-sent events without end, each a CloudEvent 1.0, each once and in order, from the place asked for on."""
    followed: Stream = request.app.state.stream
    given, pointer = (
        (after, "/after") if last_event_id is None else (last_event_id, "/Last-Event-ID")
    )
    known = followed.known_place(given or "")

    def client() -> Client:
        service = _read(request)
        followed.see_room()
        wanted = wanted_of(service, treaty=treaty, party=party, kind=kind, status=status, type=type)
        return Client(followed, known or place_after(service, given or None, pointer), wanted)

    asks_nothing = service_of(request).settings.reads == "open" and not (treaty or party)
    if known is not None and asks_nothing:
        # Hundreds come back at once after a fault of the network: each is let in without a thread.
        return StreamResponse(followed, client())
    return StreamResponse(followed, await run_in_threadpool(client))


@router.get("/feed.atom", summary="Acts and changes as Atom", **_gives(ATOM))
def feed_atom(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    treaty: Treaties = None,
    party: Parties = None,
    kind: KindsOfActs = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002 (its name in the address)
    page: PageNumber = None,
) -> Response:
    """The newest events (RFC 4287), and archived pages behind them that never change (RFC 5005)."""
    service = _read(request)
    wanted = wanted_of(service, treaty=treaty, party=party, kind=kind, status=status, type=type)
    return page_of(request, service, wanted, page, ATOM)


@router.get("/feed.json", summary="Acts and changes as JSON Feed", **_gives(JSON_FEED))
def feed_json(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    treaty: Treaties = None,
    party: Parties = None,
    kind: KindsOfActs = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002 (its name in the address)
    page: PageNumber = None,
) -> Response:
    """The same pages as JSON Feed 1.1, each item with its whole CloudEvent under `_timeline`."""
    service = _read(request)
    wanted = wanted_of(service, treaty=treaty, party=party, kind=kind, status=status, type=type)
    return page_of(request, service, wanted, page, JSON_FEED)


@router.get("/calendar.ics", summary="Changes and deadlines as a calendar", **_gives(CALENDAR))
def calendar(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    treaty: Treaties = None,
    party: Parties = None,
    status: Statuses = None,
    first: FirstDay = None,
    last: LastDay = None,
) -> Response:
    """Changes in law, windows and deadlines (RFC 5545); entries keep their UIDs, and correct or cancel themselves.

    Without a treaty or a party only what falls on the last year or later.
    """
    service = _read(request)
    wanted = wanted_of(service, treaty=treaty, party=party, status=status)
    return calendar_of(request, service, wanted, (first, last))


def _read(request: Request) -> Service:
    may_read(request)
    only_known_parameters(request)
    return service_of(request)
