"""Flat tables at stable addresses, for tools that read CSV, lines of JSON or a plain array."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Path, Query, Request, Response

from api.asking import LISTS, may_read, only_known_parameters, service_of
from api.dependencies import TABLES
from api.keeping import kept
from api.presenting import CSV, JSON, NDJSON, chosen, csv_bytes, json_bytes, ndjson_bytes
from api.schemas import REFUSALS_OF_READING
from domain.errors import Fault, Malformed

router = APIRouter(prefix="/v1", tags=["feeds"], responses=REFUSALS_OF_READING)

MOST_ROWS = 100_000

Table: TypeAlias = Annotated[
    Literal["memberships", "acts", "changes", "treaties"], Path(description="Which table.")
]
Form: TypeAlias = Annotated[
    Literal["csv", "ndjson", "json"] | None,
    Query(
        alias="format",
        description="The form, for tools that cannot send `Accept`; JSON if neither says.",
    ),
]
OneTreaty: TypeAlias = Annotated[str | None, Query(description="Only rows of this treaty.")]
OneParty: TypeAlias = Annotated[str | None, Query(description="Only rows of this party, by code.")]
MostRows: TypeAlias = Annotated[
    int, Query(ge=1, le=MOST_ROWS, description="How many rows at most.")
]
NAMED = {"csv": CSV, "ndjson": NDJSON, "json": JSON}
FORMS: Mapping[str, Callable[[Sequence[str], Sequence[Mapping[str, Any]]], bytes]] = {
    CSV: csv_bytes,
    NDJSON: lambda _, rows: ndjson_bytes(rows),
    JSON: lambda _, rows: json_bytes(rows),
}
SHAPES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            JSON: {"schema": {"type": "array", "items": {"type": "object"}}},
            CSV: {"schema": {"type": "string"}},
            NDJSON: {"schema": {"type": "string"}},
        }
    }
}


@router.get("/tables/{table}", summary="A flat table", response_class=Response, responses=SHAPES)
def table(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    table: Table,
    treaty: OneTreaty = None,
    party: OneParty = None,
    form: Form = None,
    limit: MostRows = MOST_ROWS,
) -> Response:
    """What is believed now, a row a membership, act, change or treaty, as CSV, lines of JSON or one array."""
    may_read(request)
    only_known_parameters(request)
    service = service_of(request)
    media = NAMED[form] if form else chosen(request.headers.get("accept"), LISTS)
    record = service.record()
    equal: dict[str, str] = {}
    if treaty is not None:
        service.known_treaty(treaty, record)
        equal["treaty"] = treaty
    columns = TABLES[table]
    if party is not None and "party" not in columns:
        raise Malformed([Fault(pointer="/party", detail=f"{table} has no column of parties")])
    if party is not None:
        equal["party"] = service.party(party, service.bounds())
    rows = list(service.flat(table, equal, limit))
    kind = f"{CSV}; charset=utf-8; header=present" if media == CSV else media
    body = FORMS[media](tuple(columns), rows)
    return kept(request, body, kind, further={"Vary": "Accept, Accept-Encoding"})
