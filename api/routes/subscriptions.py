"""Webhooks by HTTP: to subscribe, to look after subscriptions, and to replay what did not get there."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.asking import caller_of, only_known_parameters, service_of
from api.presenting import JSON, json_bytes, response
from api.refusals import NotKnown
from api.routes.recording import SentBytes, read_body
from api.schemas import (
    REFUSALS_OF_ASKING_BY_BODY,
    REFUSALS_OF_SUBSCRIBING,
    Deliveries,
    Replay,
    Replayed,
    Subscription,
    Subscriptions,
    SubscriptionToChange,
    SubscriptionToMake,
    Tested,
)
from api.subscribing import SCOPE, Desk
from domain.errors import Fault, Malformed, NotAllowed

router = APIRouter(prefix="/v1/subscriptions", tags=["webhooks"], responses=REFUSALS_OF_SUBSCRIBING)

NOT_KEPT = {"Cache-Control": "no-store"}


def desk(request: Request) -> Desk:
    """Who looks after subscriptions, if the key has the scope; raises `NotKnown` or `NotAllowed`.

    A promise that would not be kept is refused (`Malformed`): nothing here is recorded, and no secret is kept
    to be shown again under an `Idempotency-Key`.
    """
    caller = caller_of(request)
    if caller is None:
        raise NotKnown("subscribing needs a key")
    if not caller.may(SCOPE):
        raise NotAllowed(f"the key lacks the scope {SCOPE}")
    service = service_of(request)
    if service.settings.reads == "private" and not caller.may("read"):
        raise NotAllowed("the key lacks the scope read")
    only_known_parameters(request)
    if "idempotency-key" in request.headers:
        detail = "is for what is recorded; after a lost answer look which subscriptions there are"
        raise Malformed([Fault(pointer="/Idempotency-Key", detail=detail)])
    return Desk(service=service, caller=caller)


AtDesk: TypeAlias = Annotated[Desk, Depends(desk)]
Which: TypeAlias = Annotated[str, Path(alias="id", description="The id of the subscription.")]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000, description="The most on one page.")]
CursorText: TypeAlias = Annotated[
    str | None, Query(description="Where the page begins: `next` of the page before.")
]
OneState: TypeAlias = Annotated[
    str | None, Query(description="Only those that are pending, delivered or dead.")
]


def _body(shape: Any, *, required: bool = True) -> dict[str, Any]:
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": required, "content": {JSON: {"schema": schema}}}}


@router.post(
    "",
    summary="Subscribe",
    status_code=201,
    openapi_extra=_body(SubscriptionToMake),
    responses={
        201: {"model": Subscription, "description": "Subscribed; with the secret."},
        **REFUSALS_OF_ASKING_BY_BODY,
    },
)
def subscribe(request: Request, at: AtDesk, sent: SentBytes) -> Response:
    """A receiver is told by webhooks of what is recorded and what changes, and of answers that it relied on.

    The secret is shown in this answer and never again.
    """
    made = at.create(_sent(request, sent))
    headers = {**NOT_KEPT, "Location": f"{router.prefix}/{made['id']}"}
    return response(json_bytes(made), JSON, headers, 201)


@router.get("", summary="Subscriptions", responses={200: {"model": Subscriptions}})
def every(at: AtDesk) -> Response:
    """Your subscriptions, the oldest first, with how far each is served; all of them for a key with `admin`."""
    return response(json_bytes({"subscriptions": at.every(), "next": None}), JSON, NOT_KEPT)


@router.get("/{id}", summary="One subscription", responses={200: {"model": Subscription}})
def one(at: AtDesk, which: Which) -> Response:
    """What it asks for, its state, and what is pending and dead."""
    return response(json_bytes(at.one(at.found(which))), JSON, NOT_KEPT)


@router.patch(
    "/{id}",
    summary="Change a subscription",
    openapi_extra=_body(SubscriptionToChange),
    responses={200: {"model": Subscription}, **REFUSALS_OF_ASKING_BY_BODY},
)
def change(request: Request, at: AtDesk, which: Which, sent: SentBytes) -> Response:
    """Change its address, filter, permalinks or state; what is left out stays. Active again, it is tried at once."""
    changed = at.change(at.found(which), _sent(request, sent))
    return response(json_bytes(changed), JSON, NOT_KEPT)


@router.delete(
    "/{id}",
    summary="End a subscription",
    status_code=204,
    responses={204: {"description": "Ended."}},
)
def end(at: AtDesk, which: Which) -> Response:
    """End it for ever: nothing is sent any more, and what was on its way is dropped."""
    at.end(at.found(which))
    return Response(status_code=204, headers=NOT_KEPT)


@router.post("/{id}/secret", summary="Replace the secret", responses={200: {"model": Subscription}})
def replace_secret(at: AtDesk, which: Which) -> Response:
    """A new secret or public key, shown in this answer; for a day the one before signs as well."""
    return response(json_bytes(at.replace_secret(at.found(which))), JSON, NOT_KEPT)


@router.post(
    "/{id}/test",
    summary="Try the receiver",
    status_code=202,
    responses={202: {"model": Tested, "description": "On its way."}},
)
def test(at: AtDesk, which: Which) -> Response:
    """Send a webhook that tells nothing, of the type `timeline.test`."""
    return response(json_bytes(at.test(at.found(which))), JSON, NOT_KEPT, 202)


@router.get("/{id}/webhooks", summary="What was sent", responses={200: {"model": Deliveries}})
def webhooks(
    at: AtDesk, which: Which, state: OneState = None, limit: Limit = 100, cursor: CursorText = None
) -> Response:
    """The webhooks of the last while: each with its event, how often it was tried, and what came of it."""
    return _listed(at, which, state, limit, cursor)


@router.get("/{id}/dead-letters", summary="Dead letters", responses={200: {"model": Deliveries}})
def dead_letters(
    at: AtDesk, which: Which, limit: Limit = 100, cursor: CursorText = None
) -> Response:
    """What was given up after days; nothing of it is lost, and it can be replayed."""
    return _listed(at, which, "dead", limit, cursor)


@router.post(
    "/{id}/dead-letters/replay",
    summary="Replay dead letters",
    openapi_extra=_body(Replay, required=False),
    responses={200: {"model": Replayed}, **REFUSALS_OF_ASKING_BY_BODY},
)
def replay(request: Request, at: AtDesk, which: Which, sent: SentBytes) -> Response:
    """Put dead letters on their way again, by their ids or all of them; each goes before what came later."""
    body = _sent(request, sent) if sent.strip() else None
    return response(json_bytes(at.replay(at.found(which), body)), JSON, NOT_KEPT)


def _listed(at: Desk, which: str, state: str | None, limit: int, cursor: str | None) -> Response:
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Malformed([Fault(pointer="/cursor", detail="is none that was given here")])
    found, following = at.deliveries(at.found(which), state, int(cursor or 0), limit)
    document = {"webhooks": found, "next": None if following is None else str(following)}
    return response(json_bytes(document), JSON, NOT_KEPT)


def _sent(request: Request, sent: bytes) -> object:
    body = read_body(request, sent).sent
    if not body.single:
        raise Malformed([Fault(pointer="", detail="must be an object")])
    return body.objects[0]
