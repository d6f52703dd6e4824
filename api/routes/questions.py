"""Many questions at once."""

from fastapi import APIRouter, Request, Response

from api.asking import may_read, only_known_parameters, service_of
from api.many import Answering
from api.presenting import JSON, response
from api.refusals import TooLarge
from api.routes.recording import SentBytes, read_body
from api.schemas import REFUSALS_OF_READING, Answers, Questions
from domain.errors import Fault, Malformed

router = APIRouter(prefix="/v1", tags=["questions"], responses=REFUSALS_OF_READING)

MOST = 10_000


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
    answers = Answering(service_of(request)).all(_queries(request, sent))
    return response(answers, JSON, {"Cache-Control": "no-store"})


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
