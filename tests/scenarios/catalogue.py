"""The built-in catalogue as the domain sees it: its treaties, its acts and its register."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from domain.acts import Act, Definition, PartyEntry, Source
from domain.dossier import dossier_of
from domain.parties import Register
from domain.treaty import TreatyFold
from infrastructure.days import read_day

CATALOGUE = Path(__file__).parents[2] / "infrastructure" / "catalogue"
DATES = ("dated", "received", "notified", "effective", "claimed_effective")
LISTS = ("towards", "territories", "contested_by", "despite")
SLUGS = tuple(sorted(path.stem for path in (CATALOGUE / "treaties").glob("*.json")))

Wire = Mapping[str, Any]


@cache
def register() -> Register:
    """The register of parties."""
    entries = json.loads((CATALOGUE / "parties.json").read_text(encoding="utf-8"))
    return Register(
        PartyEntry(id=each["party"], party=each["party"], data=each) for each in entries
    )


@cache
def definition(slug: str) -> Definition:
    """The definition of the treaty."""
    data = json.loads((CATALOGUE / "treaties" / f"{slug}.json").read_text(encoding="utf-8"))
    return Definition(
        id=slug,
        treaty=slug,
        title=data["title"],
        identifiers=data["identifiers"],
        depositaries=tuple(data["depositaries"]),
        clauses=data["clauses"],
    )


@cache
def acts(slug: str) -> tuple[Act, ...]:
    """The acts of the treaty that the catalogue has on file."""
    path = CATALOGUE / "acts" / f"{slug}.ndjson"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return tuple(act(json.loads(line)) for line in lines)


def act(wire: Wire) -> Act:
    """The act that the object describes; the same object gives the same id."""
    fields = {name: value for name, value in wire.items() if name != "effective_given_by_clause"}
    identifier = fields.pop("id", None) or json.dumps(wire, sort_keys=True)
    for name in DATES:
        if name in fields:
            fields[name] = read_day(fields[name])
    for name in LISTS:
        if name in fields:
            fields[name] = tuple(fields[name])
    fields["sources"] = tuple(Source(**each) for each in fields.get("sources", ()))
    return Act(id=identifier, **fields)


def fold(slug: str, given: Iterable[Act], as_seen: date | None = None) -> TreatyFold:
    """The fold of these acts with the treaty's definition, and with the treaties to which its clauses refer."""
    dossier = dossier_of(slug, [definition(slug)], list(given), as_seen=as_seen)
    related = {other: fold(other, acts(other), as_seen) for other in related_to(slug)}
    return TreatyFold(dossier, register(), related)


def related_to(slug: str) -> tuple[str, ...]:
    """The treaties to which the clauses refer, as far as the catalogue has them."""
    clauses: Any = definition(slug).clauses
    withdrawal = clauses.get("withdrawal", {})
    named = {
        clauses.get("parent"),
        *withdrawal.get("with_parent", ()),
        *withdrawal.get("by_revising", ()),
    }
    for requirement in clauses.get("entry_into_force", {}).get("all_of", ()):
        named.update((requirement.get("treaty"), requirement.get("of")))
    return tuple(sorted(each for each in named if each in SLUGS and each != slug))
