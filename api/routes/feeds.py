"""What is told as it happens: the live stream of acts and of changes in law."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Header, Query, Request, Response

from api.asking import may_read, only_known_parameters, service_of
from api.following import place_after, wanted_of
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


@router.get(
    "/stream",
    summary="Acts and changes as they happen",
    response_class=Response,
    responses={200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
)
def stream(  # noqa: PLR0917 (parameters of the interface)
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
    may_read(request)
    only_known_parameters(request)
    followed: Stream = request.app.state.stream
    followed.see_room()
    service = service_of(request)
    wanted = wanted_of(service, treaty=treaty, party=party, kind=kind, status=status, type=type)
    given, pointer = (
        (after, "/after") if last_event_id is None else (last_event_id, "/Last-Event-ID")
    )
    place = place_after(service, given or None, pointer)
    return StreamResponse(followed, Client(followed, place, wanted))
