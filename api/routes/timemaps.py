"""TimeMaps: at which states of the record an answer, or a roster, became another."""

from fastapi import APIRouter, Response

from api import answering
from api.asking import Asked
from api.memento import LINK_FORMAT, address, as_document, as_link_format
from api.presenting import JSON, chosen, json_bytes, permalink
from api.routes.treaties import Explain, Party, Towards, Treaty
from api.schemas import REFUSALS_OF_READING, TimeMap
from domain.bounds import Record

router = APIRouter(prefix="/v1/timemaps", tags=["timemaps"], responses=REFUSALS_OF_READING)

OFFERED = (LINK_FORMAT, JSON)


@router.get(
    "/treaties/{treaty}/parties/{party}",
    summary="The states of one answer",
    responses={200: {"model": TimeMap, "content": {LINK_FORMAT: {"schema": {"type": "string"}}}}},
)
def of_answer(
    asked: Asked, treaty: Treaty, party: Party, towards: Towards = None, explain: Explain = False
) -> Response:
    """Every state of the record at which this very answer became another, up to the record asked about."""
    service, bounds = asked.service, asked.bounds
    service.known_treaty(treaty, bounds.record)
    code = service.party(party, bounds)
    other = service.party(towards, bounds) if towards is not None else None
    return _told(
        asked,
        answering.turns_of_answer(service, treaty, code, bounds, towards=other, explain=explain),
    )


@router.get(
    "/treaties/{treaty}/parties",
    summary="The states of a roster",
    responses={200: {"model": TimeMap, "content": {LINK_FORMAT: {"schema": {"type": "string"}}}}},
)
def of_roster(asked: Asked, treaty: Treaty) -> Response:
    """Every state of the record at which this very roster became another, up to the record asked about."""
    asked.service.known_treaty(treaty, asked.bounds.record)
    return _told(asked, answering.turns_of_roster(asked.service, treaty, asked.bounds))


def _told(asked: Asked, records: list[Record]) -> Response:
    request = asked.request
    form = chosen(request.headers.get("accept"), OFFERED)
    own = request.url.path
    path = "/v1" + own.removeprefix("/v1/timemaps")
    kept = [
        (name, each) for name, each in request.query_params.multi_items() if name != "as_recorded"
    ]
    original, timemap = address(path, kept), address(own, kept)

    def written() -> bytes:
        mementos = answering.mementos(
            records, lambda bounds: permalink(path, kept, bounds), asked.bounds
        )
        if form == JSON:
            return json_bytes(as_document(original, timemap, mementos))
        return as_link_format(original, timemap, mementos).encode()

    return asked.sent(written, form, form, OFFERED)
