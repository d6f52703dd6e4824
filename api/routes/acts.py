"""The audit history: every act as it was recorded, filtered; and the kinds of acts."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query, Response

from api import answering
from api.asking import LAST_POSITION, Asked, AskedForList
from api.dependencies import Wanted, read_span
from api.schemas import REFUSALS_OF_READING, Acts, Kinds, RecordedAct
from domain.errors import Fault, Malformed
from domain.kinds import KINDS

router = APIRouter(prefix="/v1", tags=["acts"], responses=REFUSALS_OF_READING)

Text: TypeAlias = Annotated[
    str | None,
    Query(
        max_length=200, description="Only acts whose note, author, reference or sources say this."
    ),
]
OneTreaty: TypeAlias = Annotated[str | None, Query(description="Only acts of this treaty.")]
OneParty: TypeAlias = Annotated[
    str | None, Query(description="Only acts of this party, by code or name.")
]
OneKind: TypeAlias = Annotated[
    str | None, Query(description="Only acts of this kind, or of these, with commas between.")
]
FirstDay: TypeAlias = Annotated[
    str | None, Query(alias="from", description="Only acts done on this day or later.")
]
LastDay: TypeAlias = Annotated[
    str | None, Query(alias="to", description="Only acts done on this day or earlier.")
]
FirstPosition: TypeAlias = Annotated[
    int | None,
    Query(ge=1, le=LAST_POSITION, description="Only acts recorded at this position or later."),
]
LastPosition: TypeAlias = Annotated[
    int | None,
    Query(ge=1, le=LAST_POSITION, description="Only acts recorded at this position or earlier."),
]
Recorder: TypeAlias = Annotated[
    str | None, Query(max_length=200, description="Only acts that this one recorded.")
]

ACT_COLUMNS = (
    "id",
    "treaty",
    "party",
    "kind",
    "dated",
    "received",
    "notified",
    "effective",
    "claimed_effective",
    "sequence",
    "by",
    "towards",
    "territories",
    "predecessor",
    "concerns",
    "legal_effect",
    "contested_by",
    "depositary",
    "reference",
    "note",
    "sources",
    "despite",
    "replacement",
    "position",
    "recorded_at",
    "recorded_by",
    "stream_version",
    "attested_by",
)
KIND_COLUMNS = (
    "kind",
    "title",
    "group",
    "meaning",
    "who",
    "dates",
    "party",
    "moves_status",
    "moves",
    "undone_by",
    "source",
)


@router.get("/acts", summary="The audit history", responses={200: {"model": Acts}})
def acts(  # noqa: PLR0917 (parameters of the interface)
    asked: AskedForList,
    treaty: OneTreaty = None,
    party: OneParty = None,
    kind: OneKind = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    from_position: FirstPosition = None,
    to_position: LastPosition = None,
    recorded_by: Recorder = None,
    text: Text = None,
) -> Response:
    """The acts in the order in which they were recorded, each with its sources and its recorder."""
    service, record = asked.service, asked.bounds.record
    if treaty is not None:
        service.known_treaty(treaty, record)
    faults: list[Fault] = []
    first, last = read_span(first_day, last_day, faults)
    wanted = Wanted(
        treaty=treaty,
        party=service.party(party, asked.bounds) if party is not None else None,
        kinds=_kinds(kind, faults),
        first_day=first,
        last_day=last,
        first_position=from_position,
        last_position=to_position,
        recorded_by=recorded_by,
        text=text,
        done_by=asked.bounds.as_of,
        seen_by=asked.bounds.as_seen,
    )
    if faults:
        raise Malformed(faults)

    def build() -> tuple[list[answering.Plain], str | None]:
        page, last = answering.acts(
            service, wanted, record, after=asked.after_position, limit=asked.limit
        )
        return page, None if last is None else str(last)

    return asked.listed(
        "acts", ACT_COLUMNS, build, lambda _: {"as_recorded": answering.record_of(record)}
    )


@router.get("/acts/{id}", summary="One act", responses={200: {"model": RecordedAct}})
def one_act(asked: Asked, id: Annotated[str, Path(description="The id of the act.")]) -> Response:  # noqa: A002 (its name in the address)
    """The act as it was recorded, with its place in the record."""
    shown = answering.act(asked.service, id, asked.bounds.record)
    return asked.answered(lambda: shown)


@router.get("/kinds", summary="The kinds of acts", responses={200: {"model": Kinds}})
def kinds(asked: AskedForList) -> Response:
    """Who does each kind of act, which dates it carries, what it moves, its legal source, what undoes it."""
    numbered = {f"{index:06}": each for index, each in enumerate(answering.kinds())}

    def build() -> tuple[list[answering.Plain], str | None]:
        page, last = asked.page(numbered)
        return [numbered[each] for each in page], last

    return asked.listed("kinds", KIND_COLUMNS, build)


def _kinds(given: str | None, faults: list[Fault]) -> frozenset[str]:
    wanted = [each.strip() for each in given.split(",")] if given is not None else []
    unknown = [each for each in wanted if each not in KINDS]
    faults.extend(
        Fault(pointer="/kind", detail=f"there is no kind of act {each[:80]}") for each in unknown
    )
    return frozenset(wanted)
