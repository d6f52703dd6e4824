"""A treaty of the UN Office for Disarmament Affairs' database, as its service answers.

Where a treaty has several depositaries a State has up to three deposits of one act, on different days.
The earliest is the act, and the others are further deposits of it, so that no day depends on the order of the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
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
    mark="unoda",
    title="UN Office for Disarmament Affairs, Disarmament Treaties Database",
    url="https://treaties.unoda.org",
    names_of="today",
)

TREATIES: Mapping[str, str] = MappingProxyType(
    {
        "npt": "npt",
        "bwc": "bwc",
        "ctbt": "ctbt",
        "cwc": "cwc",
        "tpnw": "tpnw",
        "test_ban": "ptbt",
        "outer_space": "outer-space",
        "open_skies": "open-skies",
        "moon": "moon",
        "att": "att",
    }
)
"""Our slugs by the short names of the database."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "SIG": "signature",
        "SIGNATORY": "signature",
        "SIGNATURE": "signature",
        "RAT": "ratification",
        "RATIFICATION": "ratification",
        "ACC": "accession",
        "ACCESSION": "accession",
        "SUC": "succession",
        "SUCCESSION": "succession",
        "ACP": "acceptance",
        "ACCEPTANCE": "acceptance",
        "APP": "approval",
        "APPROVAL": "approval",
        "WIT": "withdrawal_notice",
        "WITHDRAWAL": "withdrawal_notice",
        "CONSENT TO BE BOUND": FORMLESS_CONSENT,
    }
)

DEPOSITARIES: Mapping[str, str] = MappingProxyType(
    {
        "london": "GBR",
        "moscow": "RUS",
        "washington": "USA",
        "united kingdom": "GBR",
        "russian federation": "RUS",
        "united states": "USA",
        "l": "GBR",
        "m": "RUS",
        "w": "USA",
    }
)
"""The three depositaries by their capitals, or by their names."""

CAPITALS: Mapping[str, str] = MappingProxyType(
    {"GBR": "London", "RUS": "Moscow", "USA": "Washington"}
)

TREATY_DAYS = (
    ("adopted_date", "adoption"),
    ("open_for_signature_date", "opening_for_signature"),
    ("entry_into_force_date", "treaty_entry_into_force"),
)


def recognises(head: bytes) -> bool:
    """Whether the file is the service's answer: JSON with its own keys."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and any(
        key in head for key in (b'"treaty_"', b'"actions_"')
    )


def read(reading: Reading) -> Iterator[Item]:
    """The registry, the treaty with its days, and the acts in the order of their days."""
    document = json_of(reading.file)
    if isinstance(document, Finding):
        yield document
        return
    treaty = _treaty(document)
    if treaty is None:
        detail = "the answer holds no treaty at data.treaty_.data"
        yield Finding(line=None, problem="unreadable", detail=detail, rejects=True)
        return
    yield REGISTRY
    short = _word(treaty, "short_name") or reading.name.rpartition("/")[2].partition(".")[0]
    known = TREATIES.get(short.casefold())
    title = _word(treaty, "full_name") or short
    slug = known or slug_of("unoda", short if _word(treaty, "short_name") else title)
    identifier = short if _word(treaty, "short_name") or known else title
    about: Wire = {"treaty": slug, "reference": REGISTRY.reference(identifier)}
    yield _defined(treaty, slug, identifier, title)
    yield from _treaty_acts(treaty, about)
    yield from _acts(treaty, about)


def _treaty(document: Any) -> Mapping[str, Any] | None:
    found = document
    for step in ("data", "treaty_", "data"):
        if isinstance(found, dict) and step in found and "actions_" not in found:
            found = found[step]
    return found if isinstance(found, dict) and "actions_" in found else None


def _defined(treaty: Mapping[str, Any], slug: str, identifier: str, title: str) -> Proposal:
    depositaries = [_depositary(each) for each in _list(treaty.get("depositaries_"))]
    fact: Wire = {
        "type": "treaty",
        "treaty": slug,
        "title": title,
        "identifiers": {"unoda": identifier},
        "depositaries": [each for each in depositaries if each],
        "note": "As the database lists it; its final clauses are not known here.",
    }
    return Proposal(
        fact=fact,
        raw=identifier,
        known_by={"unoda": identifier},
        titles=(title,),
        ours=slug in TREATIES.values(),
    )


def _treaty_acts(treaty: Mapping[str, Any], about: Wire) -> Iterator[Item]:
    for name, kind in TREATY_DAYS:
        day = _day(treaty.get(name))
        if day is not None:
            yield Proposal(fact={**about, "kind": kind, "dated": day}, cell=name, raw=day)
        elif treaty.get(name):
            shown = str(treaty[name])[:200]
            detail = f"{shown[:80]} is not a day"
            yield Finding(line=None, problem="not_a_day", detail=detail, cell=name, read=shown)


# --- the acts of States ---


def _acts(treaty: Mapping[str, Any], about: Wire) -> Iterator[Item]:
    """One act for the deposits of a State of one kind: the earliest, the others as further deposits."""
    deposits: dict[tuple[str, str], list[Proposal]] = {}
    if not isinstance(treaty["actions_"], list):
        detail = "the actions are no list, and none of them was read"
        yield _no_list(None, "actions_", detail, treaty["actions_"])
    for number, given in enumerate(_list(treaty["actions_"]), 1):
        read = _action(number, given, about)
        if isinstance(read, Finding):
            yield read
        else:
            deposits.setdefault((read.fact["party"], read.fact["kind"]), []).append(read)
            yield from _objections(number, given, read)
    for same in deposits.values():
        yield from _further(sorted(same, key=_order))


def _order(proposal: Proposal) -> tuple[str, str]:
    fact = proposal.fact
    return (fact.get("dated") or fact["received"], fact.get("depositary") or "")


def _further(same: Sequence[Proposal]) -> Iterator[Proposal]:
    """The first deposit, then those with other depositaries; two with one depositary are two acts."""
    first, *others = same
    yield first
    seen = {first.fact.get("depositary")}
    for each in others:
        at = each.fact.get("depositary")
        elsewhere = at not in seen
        seen.add(at)
        if at is None or not elsewhere or each.fact["kind"] == "signature":
            yield each
            continue
        fact = {**each.fact, "kind": "additional_deposit"}
        fact["note"] = (
            f"The same {first.fact['kind'].replace('_', ' ')}, deposited in {CAPITALS[at]}."
        )
        yield Proposal(fact=fact, lines=each.lines, cell=each.cell, raw=each.raw)


def _action(number: int, given: Any, about: Wire) -> Proposal | Finding:
    if not isinstance(given, dict):
        return _rejected(number, "", "malformed", "must be an object", str(given))
    kind = next(
        (
            KINDS[word]
            for word in (_word(given, "action_type_").upper(), _word(given, "type").upper())
            if word in KINDS
        ),
        None,
    )
    shown = f"{_word(given, 'action_type_') or _word(given, 'type')} {given.get('date')}"
    if kind is None:
        detail = f"{shown[:80]} is no act that is known"
        return _rejected(number, "action_type_", "unknown_act", detail, shown)
    party = _party(given.get("state"))
    if not party:
        return _rejected(number, "state", "malformed", "the State is not named", shown)
    day = _day(given.get("date"))
    if day is None:
        problem = "not_a_day" if given.get("date") else "nothing_to_record"
        return _rejected(number, "date", problem, f"{shown[:80]} has no day", shown)
    at = _depositary(given.get("depositary"))
    fact: Wire = {
        **about,
        "party": party,
        "kind": kind,
        "dated" if kind == "signature" else "received": day,
        "depositary": at,
    }
    notes = [_word(given, "note")[:2_000], FORM_NOT_SAID if kind == FORMLESS_CONSENT else ""]
    if any(notes):
        fact["note"] = " ".join(each for each in notes if each)
    return Proposal(fact=fact, lines=(number,), cell="date", raw=shown[:200])


def _objections(number: int, given: Mapping[str, Any], target: Proposal) -> Iterator[Item]:
    """Objections to an act: who objects stands in `by`, the party is the one whose act it is."""
    objections = given.get("objections_")
    if objections and not isinstance(objections, list):
        detail = "the objections are no list, and none of them was read"
        yield _no_list(number, "objections_", detail, objections)
    for each in _list(objections):
        day = _day(each.get("date")) if isinstance(each, dict) else None
        by = _party(each.get("state")) if isinstance(each, dict) else ""
        if day is None or not by:
            detail = "an objection without its State or its day"
            yield _rejected(number, "objections_", "nothing_to_record", detail, str(each))
            continue
        fact: Wire = {
            **{key: target.fact[key] for key in ("treaty", "reference", "party")},
            "kind": "objection",
            "received": day,
            "by": by,
        }
        if note := _word(each, "note"):
            fact["note"] = note[:2_000]
        yield Proposal(
            fact=fact, lines=(number,), cell="objections_", raw=f"objection of {by} {day}"
        )


def _party(given: Any) -> str:
    """The name of a State: the official short one where there is one."""
    if not isinstance(given, dict):
        return given.strip() if isinstance(given, str) else ""
    country = given.get("country_")
    names = country.get("country_country_name") if isinstance(country, dict) else None
    if isinstance(names, list):
        names = names[0] if names else None
    official = _word(names, "countryname_official_short_name") if isinstance(names, dict) else ""
    return official or _word(given, "name")


def _depositary(given: Any) -> str | None:
    if not isinstance(given, dict):
        return None
    words = (_word(given, "name").casefold(), _word(given, "short_name").casefold())
    return next((DEPOSITARIES[each] for each in words if each in DEPOSITARIES), None)


def _list(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list) else ()


def _word(given: Mapping[str, Any], key: str) -> str:
    found = given.get(key)
    if isinstance(found, dict):
        found = found.get("name")
    return found.strip() if isinstance(found, str) else ""


def _day(given: object) -> str | None:
    """The day of an instant whose time is always midnight."""
    if not isinstance(given, str):
        return None
    try:
        return date.fromisoformat(given[: len("YYYY-MM-DD")]).isoformat()
    except ValueError:
        return None


def _no_list(number: int | None, cell: str, detail: str, read: object) -> Finding:
    return Finding(
        line=number,
        problem="malformed",
        detail=detail,
        cell=cell,
        read=str(read)[:200],
        rejects=True,
    )


def _rejected(number: int, cell: str, problem: str, detail: str, read: str) -> Finding:
    return Finding(
        line=number, problem=problem, detail=detail, cell=cell, read=read[:200], rejects=True
    )
