"""The Council of Europe's signatures and ratifications of one treaty, as its service gives them.

Three lists: member States, others, organisations; those that have done nothing are listed too.
The codes of States are the Council's own and not ISO's, so that names are read and codes are not.
Whether the consent was a ratification or an accession is not said.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from infrastructure.importers.documents import json_of
from infrastructure.importers.proposals import (
    FORM_NOT_SAID,
    FORMLESS_CONSENT,
    Finding,
    Item,
    Proposal,
    Registry,
    Wire,
    slug_of,
)
from infrastructure.importers.reading import Reading

REGISTRY = Registry(
    mark="coe",
    title="Council of Europe Treaty Office, chart of signatures and ratifications",
    url="https://www.coe.int/en/web/conventions/full-list",
    names_of="today",
)

SIGNED, CONSENTED, IN_FORCE = "DateSignature", "DateConsentement", "DateEntreeVigueur"
DENOUNCED, LEFT, SUSPENDED = "DateDenonciation", "DateEffetDenonciation", "DateSuspension"
DAYS = (SIGNED, CONSENTED, IN_FORCE, DENOUNCED, LEFT, SUSPENDED)
NAME, NUMBER = "LibPaysOrga", "NumSTE"


def recognises(head: bytes) -> bool:
    """Whether the file is JSON with the service's own keys."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") and b'"NumSTE"' in head


def read(reading: Reading) -> Iterator[Item]:
    """The registry, the treaties that are named, and the acts of each party that has done something."""
    document = json_of(reading.file)
    if isinstance(document, Finding):
        yield document
        return
    yield REGISTRY
    named: set[str] = set()
    for number, given in enumerate(_items(document), 1):
        if not isinstance(given, dict):
            yield _rejected(number, "", "malformed", "must be an object", str(given))
        elif any(given.get(day) for day in DAYS):
            yield from _item(number, given, named)


def _items(document: Any) -> Iterator[Any]:
    """The items of all lists, one after the other."""
    for each in document if isinstance(document, list) else [document]:
        if isinstance(each, list):
            yield from each
        else:
            yield each


def _item(number: int, given: Mapping[str, Any], named: set[str]) -> Iterator[Item]:
    treaty, party = given.get(NUMBER), given.get(NAME)
    if isinstance(treaty, int):
        treaty = str(treaty)
    if not isinstance(treaty, str) or not treaty.strip().isdigit() or len(treaty) > 4:
        yield _rejected(number, NUMBER, "malformed", "is no number of a treaty", str(treaty))
        return
    if not isinstance(party, str) or not party.strip():
        yield _rejected(number, NAME, "malformed", "the party is not named", str(party))
        return
    written = f"{int(treaty):03}"
    if written not in named:
        named.add(written)
        yield _defined(written)
    days = {name: _day(number, name, given.get(name)) for name in DAYS}
    faults = [each for each in days.values() if isinstance(each, Finding)]
    yield from faults
    about: Wire = {
        "treaty": slug_of("cets", written),
        "party": party.strip(),
        "reference": REGISTRY.reference(written),
    }
    plain = {name: each for name, each in days.items() if isinstance(each, str)}
    at_fault = {each.cell for each in faults}
    for kind, dates in _ACTS:
        if not at_fault & set(dates.values()):
            yield from _act(number, {**about, "kind": kind}, dates, plain)


def _act(
    number: int, fact: Wire, dates: Mapping[str, str], days: Mapping[str, str]
) -> Iterator[Item]:
    said = {field: days[name] for field, name in dates.items() if name in days}
    if not said:
        return
    note = {"note": FORM_NOT_SAID} if fact["kind"] == FORMLESS_CONSENT else {}
    shown = "; ".join(f"{dates[field]} {day}" for field, day in said.items())
    cell = next(dates[field] for field in said)
    yield Proposal(fact={**fact, **said, **note}, lines=(number,), cell=cell, raw=shown)


_ACTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("signature", {"dated": SIGNED}),
    (FORMLESS_CONSENT, {"received": CONSENTED, "effective": IN_FORCE}),
    ("withdrawal_notice", {"received": DENOUNCED, "effective": LEFT}),
    ("suspension", {"effective": SUSPENDED}),
)


def _day(number: int, name: str, given: object) -> str | Finding | None:
    """The first ten characters of the service's instants."""
    if given is None or given == "":
        return None
    try:
        if isinstance(given, str):
            return date.fromisoformat(given[: len("YYYY-MM-DD")]).isoformat()
    except ValueError:
        pass
    return _rejected(number, name, "not_a_day", f"{str(given)[:80]} is not a day", str(given))


def _defined(written: str) -> Proposal:
    fact: Wire = {
        "type": "treaty",
        "treaty": slug_of("cets", written),
        "title": f"Council of Europe treaty No. {written}",
        "identifiers": {"council_of_europe": f"CETS No. {written}"},
        "depositaries": ["COE"],
        "note": "The depositary's chart does not give the title; the final clauses are not known here.",
    }
    return Proposal(fact=fact, raw=written, known_by={"council_of_europe": written})


def _rejected(number: int, cell: str, problem: str, detail: str, read: str) -> Finding:
    return Finding(
        line=number, problem=problem, detail=detail, cell=cell, read=read[:200], rejects=True
    )
