"""Treaties: the catalogue, definitions, states, rosters, answers and periods."""

from dataclasses import replace
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query, Response

from api import answering
from api.asking import EXPLAINED, LAST_POSITION, Asked, AskedForList
from api.dependencies import PROOF
from api.evidence import is_to_be_proved, proved
from api.memento import NEGOTIATED
from api.proof_schemas import ProvedAnswer
from api.schemas import (
    REFUSALS_OF_READING,
    Answer,
    Periods,
    Roster,
    State,
    Treaties,
    TreatyEntry,
    problems,
)
from domain import answers
from domain.errors import Fault, Malformed
from domain.states import Status

router = APIRouter(prefix="/v1/treaties", tags=["treaties"], responses=REFUSALS_OF_READING)

Treaty: TypeAlias = Annotated[
    str, Path(description="The slug of the treaty.", examples=["open-skies"])
]
Party: TypeAlias = Annotated[
    str, Path(description="The party: its code or any of its names.", examples=["RUS"])
]
Explain: TypeAlias = Annotated[bool, Query(description="Whether the answer carries its reasons.")]
Towards: TypeAlias = Annotated[
    str | None, Query(description="Another party: whether the treaty operates between the two.")
]
Since: TypeAlias = Annotated[
    int | None,
    Query(
        ge=0,
        le=LAST_POSITION,
        description="The size of a checkpoint seen before: the proof then shows that its log goes on.",
    ),
]
OneStatus: TypeAlias = Annotated[
    Status | None, Query(description="Only the parties with this status.")
]

TREATY_COLUMNS = ("treaty", "title", "state", "flags", "in_force_on", "depositaries", "identifiers")
ROSTER_COLUMNS = (
    "party",
    "party_name",
    "status",
    "bound",
    "since",
    "until",
    "flags",
    "certainty",
    "possible",
)
PERIOD_COLUMNS = ("from", "until", "status", "bound", "flags", "positions")


@router.get("", summary="The treaties on record", responses={200: {"model": Treaties}})
def treaties(asked: AskedForList) -> Response:
    """Every treaty with a definition on record, by slug, each with its state on the day."""

    def build() -> tuple[list[answering.Plain], str | None]:
        page, last = asked.page(asked.service.treaties(asked.bounds.record))
        return answering.treaty_lines(asked.service, page, asked.bounds), last

    return asked.listed(
        "treaties", TREATY_COLUMNS, build, lambda _: answers.bounds_of(asked.bounds)
    )


@router.get("/{treaty}", summary="One treaty's definition", responses={200: {"model": TreatyEntry}})
def treaty_entry(asked: Asked, treaty: Treaty) -> Response:
    """The version of the definition that holds on the day, with its final clauses as data."""
    asked.service.known_treaty(treaty, asked.bounds.record)
    return asked.answered(lambda: answering.treaty_entry(asked.service, treaty, asked.bounds))


@router.get("/{treaty}/state", summary="The state of a treaty", responses={200: {"model": State}})
def state(asked: Asked, treaty: Treaty) -> Response:
    """The treaty's own state on the day, counts by status, and its entry into force with reasons."""
    asked.service.known_treaty(treaty, asked.bounds.record)
    return asked.answered(lambda: answering.state(asked.service, treaty, asked.bounds))


@router.get(
    "/{treaty}/parties",
    summary="The roster",
    responses={200: {"model": Roster}, **problems("bad-header")},
    openapi_extra=NEGOTIATED,
)
def roster(asked: AskedForList, treaty: Treaty, status: OneStatus = None) -> Response:
    """Every party that has a status on the day, by code, with counts by status over all of them."""
    service, bounds = asked.service, asked.bounds
    service.known_treaty(treaty, bounds.record)
    if asked.is_whole(("status",)):
        return asked.answered_in_bytes(lambda: answering.roster_bytes(service, treaty, bounds))
    lines: list[answering.Plain] = []

    def build() -> tuple[list[answering.Plain], str | None]:
        lines.extend(answering.roster(service, treaty, bounds))
        wanted = {each["party"]: each for each in lines if status in (None, each["status"])}
        page, last = asked.page(wanted)
        return [wanted[each] for each in page], last

    def around(_: object) -> answering.Plain:
        return answering.around_roster(treaty, bounds, lines)

    return asked.listed("parties", ROSTER_COLUMNS, build, around)


@router.get(
    "/{treaty}/parties/{party}",
    summary="One answer",
    responses={
        200: {
            "model": Answer,
            "content": {
                PROOF: {
                    "schema": ProvedAnswer.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
        },
        **problems("bad-header"),
    },
    openapi_extra=NEGOTIATED,
)
def one_answer(  # noqa: PLR0917 (parameters of the interface)
    asked: Asked,
    treaty: Treaty,
    party: Party,
    towards: Towards = None,
    explain: Explain = False,
    since: Since = None,
) -> Response:
    """Who was bound by what on the day: status, periods, what is under way, what is coming, and why.

    With `explain=true` and `Accept: application/vnd.timeline.proof+json` the answer carries its proof, of the record
    as far as it is signed; where `as_recorded` or `X-Timeline-Position` names more, its checkpoint is waited for.
    """
    service, bounds = asked.service, asked.bounds
    service.known_treaty(treaty, bounds.record)
    asked = replace(asked, offered=EXPLAINED if explain else asked.offered)
    if is_to_be_proved(asked):
        code = service.party(party, bounds)
        other = service.party(towards, bounds) if towards is not None else None
        return proved(asked, treaty, code, towards=other, since=since)
    if since is not None:
        raise Malformed([Fault(pointer="/since", detail=f"goes with Accept: {PROOF}")])
    return asked.answered_in_bytes(
        lambda: answering.answer_bytes(
            service, treaty, party, bounds, towards=towards, explain=explain
        )
    )


@router.get(
    "/{treaty}/parties/{party}/periods",
    summary="All periods of all statuses",
    responses={200: {"model": Periods}},
)
def periods(asked: AskedForList, treaty: Treaty, party: Party) -> Response:
    """The whole time line of one party, cut into spans with exactly one status each."""
    service, bounds = asked.service, asked.bounds
    service.known_treaty(treaty, bounds.record)
    whole: answering.Plain = {}

    def build() -> tuple[list[answering.Plain], str | None]:
        whole.update(answering.periods(service, treaty, party, bounds))
        spans = whole.pop("periods")
        numbered = {f"{index:06}": each for index, each in enumerate(spans)}
        page, last = asked.page(numbered)
        return [numbered[each] for each in page], last

    return asked.listed("periods", PERIOD_COLUMNS, build, lambda _: whole)
