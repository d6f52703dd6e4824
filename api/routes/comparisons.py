"""What changes, what differs, and what would be: derived changes, diffs, and what-if."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Request, Response

from api import answering
from api.asking import (
    LAST_POSITION,
    Asked,
    AskedForList,
    ListQuestion,
    may_read,
    only_known_parameters,
    service_of,
)
from api.comparing import between, read_supposition
from api.dependencies import ChangesWanted, read_span
from api.following import wanted_of
from api.presenting import JSON, json_bytes, response
from api.routes.recording import SentBytes, read_body
from api.schemas import (
    REFUSALS_OF_ASKING_BY_BODY,
    REFUSALS_OF_READING,
    Changes,
    Diff,
    Supposition,
    WhatIf,
)
from api.telling import ToldWanted, outcomes_in, place_of_told, told_changes
from domain import answers
from domain.errors import Fault, Malformed

router = APIRouter(prefix="/v1", tags=["comparisons"], responses=REFUSALS_OF_READING)

FirstDay: TypeAlias = Annotated[
    str | None, Query(alias="from", description="The first day; the beginning if not given.")
]
LastDay: TypeAlias = Annotated[
    str | None,
    Query(
        alias="to",
        description="The last day; without end if not given, so that what is coming is told.",
    ),
]
OneTreaty: TypeAlias = Annotated[str | None, Query(description="Only changes of this treaty.")]
OneParty: TypeAlias = Annotated[
    str | None, Query(description="Only changes of this party, by code or name.")
]
DiffTreaty: TypeAlias = Annotated[
    str, Query(description="The slug of the treaty.", examples=["open-skies"])
]
FirstRecord: TypeAlias = Annotated[
    str | None, Query(description="The earlier record: a log position or an instant.")
]
LastRecord: TypeAlias = Annotated[
    str | None, Query(description="The later record; the latest if only the earlier is given.")
]

CHANGE_COLUMNS = (
    "on",
    "treaty",
    "party",
    "party_name",
    "from",
    "to",
    "because",
    "rule",
    "unless",
    "certainty",
)


CHANGE_COLUMNS_TOLD = (
    *CHANGE_COLUMNS,
    "outcome",
    "moved_to",
    "position",
    "change",
    "raised",
    "lowered",
)

OutcomesWanted: TypeAlias = Annotated[
    str | None,
    Query(
        description="Only changes of which this became, or one of these with commas between: `lies_ahead`, "
        "`come_about`, `moved`, `cancelled`, or `any`. Those that were moved or cancelled, and changes of flags, "
        "are told only where this or a position is asked for."
    ),
]
OneStatus: TypeAlias = Annotated[
    str | None,
    Query(
        description="Only changes that lead to this status or state, or to these, with commas between."
    ),
]
FirstKnown: TypeAlias = Annotated[
    int | None,
    Query(
        ge=1,
        le=LAST_POSITION,
        description="Only changes that this position or a later one made known.",
    ),
]
LastKnown: TypeAlias = Annotated[
    int | None,
    Query(
        ge=1,
        le=LAST_POSITION,
        description="Only changes that this position or an earlier one made known.",
    ),
]


@router.get("/changes", summary="Derived changes", responses={200: {"model": Changes}})
def changes(  # noqa: PLR0917 (parameters of the interface)
    asked: AskedForList,
    treaty: OneTreaty = None,
    party: OneParty = None,
    first: FirstDay = None,
    last: LastDay = None,
    status: OneStatus = None,
    outcome: OutcomesWanted = None,
    from_position: FirstKnown = None,
    to_position: LastKnown = None,
) -> Response:
    """Every change of a status or a state between two days, also those that already follow from the record."""
    service, bounds = asked.service, asked.bounds
    faults: list[Fault] = []
    first_day, last_day = read_span(first, last, faults)
    if faults:
        raise Malformed(faults)
    if treaty is not None:
        service.known_treaty(treaty, bounds.record)
    code = service.party(party, bounds) if party is not None else None
    positions = (from_position, to_position)
    if (outcome, status, positions) != (None, None, (None, None)):
        told = ToldWanted(
            filter=wanted_of(service, treaty=treaty, party=party, status=status),
            outcomes=outcomes_in(outcome),
            days=(first_day, last_day),
            positions=positions,
        )
        return asked.listed(
            "changes",
            CHANGE_COLUMNS_TOLD,
            lambda: page_told(asked, told),
            lambda _: answers.bounds_of(bounds),
        )

    def build() -> tuple[list[answering.Plain], str | None]:
        wanted = ChangesWanted(treaty=treaty, party=code, first_day=first_day, last_day=last_day)
        found = answering.changes(service, bounds, wanted, after=asked.after, limit=asked.limit + 1)
        placed = {answering.place_of_change(each): each for each in found}
        page, following = asked.page(placed)
        return [placed[each] for each in page], following

    return asked.listed("changes", CHANGE_COLUMNS, build, lambda _: answers.bounds_of(bounds))


def page_told(asked: ListQuestion, wanted: ToldWanted) -> tuple[list[answering.Plain], str | None]:
    """A page of the changes that were told."""
    placed = {
        place_of_told(each): each for each in told_changes(asked.service, asked.bounds, wanted)
    }
    page, following = asked.page(placed)
    return [placed[each] for each in page], following


@router.get("/diff", summary="What differs", responses={200: {"model": Diff}})
def diff(  # noqa: PLR0917 (parameters of the interface)
    asked: Asked,
    treaty: DiffTreaty,
    first: FirstDay = None,
    last: LastDay = None,
    recorded_from: FirstRecord = None,
    recorded_to: LastRecord = None,
) -> Response:
    """Which parties stand otherwise on two days (`from`, `to`), or by two states of the record about one day."""
    service = asked.service
    service.known_treaty(treaty, asked.bounds.record)
    one, other = between(service, asked.bounds, (first, last), (recorded_from, recorded_to))
    return asked.answered(lambda: answering.diff(service, treaty, one, other))


@router.post(
    "/whatif",
    summary="What would be",
    responses={200: {"model": WhatIf}, **REFUSALS_OF_ASKING_BY_BODY},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": Supposition.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
        }
    },
)
def what_if(request: Request, sent: SentBytes) -> Response:
    """The answers if these acts were recorded, and everybody who would stand otherwise; nothing is recorded."""
    may_read(request)
    only_known_parameters(request)
    service = service_of(request)
    acts, bounds = read_supposition(service, read_body(request, sent).sent.objects)
    return response(
        json_bytes(answering.what_if(service, acts, bounds)), JSON, {"Cache-Control": "no-store"}
    )
