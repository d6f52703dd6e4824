"""The register of parties, and what each of them is bound by."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Response

from api import answering
from api.asking import Asked, AskedForList
from api.routes.treaties import Party
from api.schemas import REFUSALS_OF_READING, Parties, PartyEntry, PartyTreaties
from domain import answers

router = APIRouter(prefix="/v1/parties", tags=["parties"], responses=REFUSALS_OF_READING)

Named: TypeAlias = Annotated[
    str | None,
    Query(description="Only the parties that this name can mean on the day.", max_length=200),
]

PARTY_COLUMNS = ("party", "party_name", "kind", "exists")
TREATY_COLUMNS = (
    "treaty",
    "title",
    "status",
    "bound",
    "since",
    "until",
    "flags",
    "certainty",
    "possible",
)


@router.get("", summary="The register of parties", responses={200: {"model": Parties}})
def parties(asked: AskedForList, name: Named = None) -> Response:
    """Every entry of the register by code, each with its name on the day."""
    service, bounds = asked.service, asked.bounds

    def build() -> tuple[list[answering.Plain], str | None]:
        register = service.register(bounds.record)
        codes = register.codes() if name is None else sorted(register.find(name, bounds.as_of))
        page, last = asked.page(codes)
        return answering.party_lines(service, page, bounds), last

    return asked.listed("parties", PARTY_COLUMNS, build, lambda _: answers.bounds_of(bounds))


@router.get("/{party}", summary="One entry of the register", responses={200: {"model": PartyEntry}})
def party_entry(asked: Asked, party: Party) -> Response:
    """Names with their years, existence, predecessors and successors, codes and sources."""
    asked.service.party(party, asked.bounds)
    return asked.answered(lambda: answering.party_entry(asked.service, party, asked.bounds))


@router.get(
    "/{party}/treaties",
    summary="All treaties of a party",
    responses={200: {"model": PartyTreaties}},
)
def treaties_of(asked: AskedForList, party: Party) -> Response:
    """Every treaty under which the party has a status on the day, by slug."""
    service, bounds = asked.service, asked.bounds
    code = service.party(party, bounds)
    lines: dict[str, answering.Plain] = {}

    def build() -> tuple[list[answering.Plain], str | None]:
        lines.update(
            {each["treaty"]: each for each in answering.treaties_of(service, code, bounds)}
        )
        page, last = asked.page(lines)
        return [lines[each] for each in page], last

    def around(_: object) -> answering.Plain:
        return {
            "party": code,
            "party_name": service.register(bounds.record).name(code, bounds.as_of),
            **answers.bounds_of(bounds),
            "counts": answers.counted(lines.values()),
        }

    return asked.listed("treaties", TREATY_COLUMNS, build, around)
