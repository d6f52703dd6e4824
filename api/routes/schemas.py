"""The forms of what is sent as data, as JSON Schema."""

from functools import cache

import orjson
from fastapi import APIRouter, Request, Response

from api.asking import may_read, only_known_parameters
from api.keeping import kept
from api.schemas import REFUSALS_OF_READING
from domain.clauses import Clauses
from domain.forms import form_of

router = APIRouter(prefix="/v1/schemas", tags=["schemas"], responses=REFUSALS_OF_READING)

MEDIA_TYPE = "application/schema+json"


@router.get(
    "/clauses",
    summary="The form of final clauses",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}},
)
def clauses(request: Request) -> Response:
    """The JSON Schema (2020-12) of the final clauses of a treaty: of `clauses` in a definition, read and sent.

    Clauses that have this form can still contradict themselves; they are then refused with the place.
    """
    only_known_parameters(request)
    may_read(request)
    return kept(request, _clauses(), MEDIA_TYPE)


@cache
def _clauses() -> bytes:
    return orjson.dumps(form_of(Clauses, "/v1/schemas/clauses"))
