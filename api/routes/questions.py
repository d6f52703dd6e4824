"""Many questions at once."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api import answering
from api.asking import may_read, only_known_parameters, service_of
from api.dependencies import Service, read_day, read_place
from api.presenting import JSON, response
from api.problems import problem_of
from api.refusals import TooLarge
from api.routes.recording import SentBytes, read_body
from api.schemas import REFUSALS_OF_READING, Answers, OneQuestion, Questions
from domain.bounds import Bounds, Record
from domain.errors import Fault, Malformed, Refusal
from domain.plain import escaped

router = APIRouter(prefix="/v1", tags=["questions"], responses=REFUSALS_OF_READING)

MOST = 10_000
KEYS = frozenset(OneQuestion.model_fields)


@router.post(
    "/status",
    summary="Up to 10,000 questions at once",
    responses={200: {"model": Answers}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": Questions.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
        }
    },
)
def status(request: Request, sent: SentBytes) -> Response:
    """An answer for each question, in order, all from one record; a fault in one leaves the others standing."""
    may_read(request)
    only_known_parameters(request)
    service = service_of(request)
    record = service.record()
    answers = [_answer(service, each, record) for each in _queries(request, sent)]
    body = orjson.dumps({"answers": answers})
    return response(body, JSON, {"Cache-Control": "no-store"})


def _queries(request: Request, sent: bytes) -> list[object]:
    body = read_body(request, sent).sent
    match body.objects:
        case [{"queries": [*queries], **rest}] if body.single and not rest:
            if len(queries) > MOST:
                raise TooLarge(f"{len(queries):,} questions are more than {MOST:,}")
            return queries
        case _:
            raise Malformed(
                [
                    Fault(
                        pointer="/queries",
                        detail="must be a list of questions, and nothing beside it",
                    )
                ]
            )


def _answer(service: Service, given: object, record: Record) -> Mapping[str, Any]:
    try:
        return _answered(service, _checked(given), record)
    except Refusal as refusal:
        return problem_of(refusal)


def _checked(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Malformed([Fault(pointer="", detail="must be an object")])
    faults = [
        Fault(pointer=f"/{escaped(each)}", detail="is not known here")
        for each in given
        if each not in KEYS
    ]
    faults.extend(
        Fault(pointer=f"/{name}", detail="is missing" if name not in given else "must be text")
        for name in ("treaty", "party")
        if not isinstance(given.get(name), str)
    )
    faults.extend(
        Fault(pointer=f"/{name}", detail="must be text")
        for name in ("as_of", "as_seen", "towards")
        if not isinstance(given.get(name), str | None)
    )
    if not isinstance(given.get("explain", False), bool):
        faults.append(Fault(pointer="/explain", detail="must be true or false"))
    place = given.get("as_recorded")
    if isinstance(place, bool) or not isinstance(place, str | int | None):
        faults.append(Fault(pointer="/as_recorded", detail="must be a position or an instant"))
    if faults:
        raise Malformed(faults)
    return given


def _answered(service: Service, query: Mapping[str, Any], record: Record) -> Mapping[str, Any]:
    faults: list[Fault] = []
    day = read_day(query.get("as_of"), "/as_of", faults)
    seen = read_day(query.get("as_seen"), "/as_seen", faults)
    place = read_place(query.get("as_recorded"), "/as_recorded", faults)
    if faults:
        raise Malformed(faults)
    bounds = Bounds(
        as_of=day or service.clock.today(),
        as_seen=seen,
        record=record if place is None else service.record(place),
    )
    return answering.answer(
        service,
        query["treaty"],
        query["party"],
        bounds,
        towards=query.get("towards"),
        explain=query.get("explain", False),
    )
