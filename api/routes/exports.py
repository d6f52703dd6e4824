"""The record, or a table of it, taken out in one piece."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.asking import Asked, NotModified
from api.outgoing import Exports
from api.presenting import CSV, NDJSON, entity_tag, is_held, keeping_headers
from api.schemas import REFUSALS_OF_READING

router = APIRouter(prefix="/v1/export", tags=["export"], responses=REFUSALS_OF_READING)


class Form(StrEnum):
    """The forms in which the record goes out."""

    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"


class Sheet(StrEnum):
    """The tables of which CSV and Parquet hold one."""

    ROSTER = "roster"
    ACTS = "acts"
    PERIODS = "periods"


MEDIA_TYPES = {
    Form.NDJSON: NDJSON,
    Form.CSV: f"{CSV}; charset=utf-8; header=present",
    Form.PARQUET: "application/vnd.apache.parquet",
    Form.SQLITE: "application/vnd.sqlite3",
}


@router.get(
    "",
    summary="The record in one piece",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                each.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for each in MEDIA_TYPES.values()
            }
        }
    },
)
def export(
    asked: Asked,
    form: Annotated[Form, Query(alias="format", description="The form.")] = Form.NDJSON,
    table: Annotated[Sheet, Query(description="For csv and parquet: which table.")] = Sheet.ROSTER,
    treaty: Annotated[
        str | None,
        Query(description="Only this treaty; all of them if none is named.", examples=["npt"]),
    ] = None,
) -> StreamingResponse:
    """The whole record as lines that can be read in anywhere, or its rosters, acts or periods as a table.

    The file is named for the day and the position of the record, which stand in it too, and nothing is in it that
    was recorded later. It is written while it is sent, so that its length is not known before; it is whole only if
    the transfer ends as it should. A process writes two at the same time, and sends others away for a while.
    """
    service, bounds = asked.service, asked.bounds
    if treaty is not None:
        service.known_treaty(treaty, bounds.record)
    outgoing = service.outgoing([treaty] if treaty else [], bounds, form, table)
    tag = entity_tag(service.release, asked.permalink, version=0, position=bounds.record.position)
    headers = keeping_headers(
        asked.permalink,
        (form,),
        {},
        tag=tag,
        pinned=False,
        is_public=service.settings.reads == "open",
    )
    if is_held(asked.request.headers.get("if-none-match"), tag):
        raise NotModified(headers)
    exports: Exports = asked.request.app.state.exports
    wants_head = "timeline.head" in asked.request.scope.get("extensions", {})
    return StreamingResponse(
        iter(()) if wants_head else exports.stream(outgoing.write),
        media_type=MEDIA_TYPES[form],
        headers={**headers, "Content-Disposition": f'attachment; filename="{outgoing.name}"'},
    )
