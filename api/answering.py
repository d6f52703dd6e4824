"""What each question gives, as plain data: the same for HTTP, for the command line and for files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, TypeAlias

from api import compiled, projected
from api.dependencies import ChangesWanted, PlaceOfChange, Service, Wanted
from api.memento import Memento
from domain import answers, comparison
from domain.acts import Act, Definition, Entry
from domain.bounds import Bounds, Record, written_instant
from domain.coming import coming
from domain.dates import written
from domain.errors import NotFound
from domain.irregularities import breaches
from domain.kinds import KINDS, Kind
from domain.parties import Party
from domain.treaty import TreatyFold

Plain: TypeAlias = dict[str, Any]


def answer(
    service: Service,
    treaty: str,
    party: str,
    bounds: Bounds,
    *,
    towards: str | None = None,
    explain: bool = False,
) -> Plain:
    """The answer for one party of one treaty; raises `NotFound` where either is not there."""
    code = service.party(party, bounds)
    other = service.party(towards, bounds) if towards is not None else None
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return answers.answer(fold, code, bounds, towards=other, explain=explain)


def answer_bytes(
    service: Service,
    treaty: str,
    party: str,
    bounds: Bounds,
    *,
    towards: str | None = None,
    explain: bool = False,
) -> bytes:
    """The same as JSON, the parts that were made before used again."""
    code = service.party(party, bounds)
    other = service.party(towards, bounds) if towards is not None else None
    ready = service.compiled(treaty, bounds.record, bounds.as_seen)
    return ready.answer(code, bounds, towards=other, explain=explain)


def roster(service: Service, treaty: str, bounds: Bounds) -> list[Plain]:
    """One line for each party that has a status on the day, by code."""
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return answers.roster(fold, bounds)


def roster_bytes(service: Service, treaty: str, bounds: Bounds) -> bytes:
    """The whole roster as JSON, the parts that were made before used again."""
    return service.compiled(treaty, bounds.record, bounds.as_seen).roster(bounds)


def roster_document(service: Service, treaty: str, bounds: Bounds) -> Plain:
    """The whole roster, with what stands around it."""
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return compiled.roster_document(fold, bounds)


def around_roster(treaty: str, bounds: Bounds, lines: Sequence[Plain]) -> Plain:
    """What stands around the lines of a roster: the treaty, the bounds, and counts by status over all lines."""
    return {"treaty": treaty, **answers.bounds_of(bounds), "counts": answers.counted(lines)}


def state(service: Service, treaty: str, bounds: Bounds) -> Plain:
    """The treaty's own state on the day, with its entry into force explained."""
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return answers.state(fold, bounds)


def periods(service: Service, treaty: str, party: str, bounds: Bounds) -> Plain:
    """All spans of all statuses of one party; together they are the whole time line."""
    code = service.party(party, bounds)
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return {
            "treaty": treaty,
            "party": code,
            "party_name": fold.register.name(code, bounds.as_of),
            **answers.bounds_of(bounds),
            "periods": answers.periods(fold, code),
        }


def treaty_lines(service: Service, slugs: Sequence[str], bounds: Bounds) -> list[Plain]:
    """The treaties with these slugs, each in a line with its state on the day."""
    return [_treaty_line(service, each, bounds) for each in slugs]


def treaty_entry(service: Service, treaty: str, bounds: Bounds) -> Plain:
    """The version of the treaty's definition that holds on the day, with its clauses, and where all versions stand."""
    versions = _definitions(service, treaty, bounds.record)
    holding = [each for each in versions if _holds(each, bounds.as_of)] or versions[:1]
    written_version = service.written(holding[-1])
    return {
        **{key: value for key, value in written_version.items() if key not in ("type", "id")},
        **answers.bounds_of(bounds),
        "versions": [_version(each) for each in versions],
    }


def party_lines(service: Service, codes: Sequence[str], bounds: Bounds) -> list[Plain]:
    """The parties with these codes, each in a line with its name on the day."""
    register = service.register(bounds.record)
    return [_party_line(register.get(each), bounds.as_of) for each in codes]


def party_entry(service: Service, party: str, bounds: Bounds) -> Plain:
    """The register's entry for the party, whole."""
    code = service.party(party, bounds)
    entry = service.party_entry(code, bounds.record)
    return {
        **service.written(entry),
        "party_name": service.register(bounds.record).name(code, bounds.as_of),
        **answers.bounds_of(bounds),
    }


def treaties_of(service: Service, party: str, bounds: Bounds) -> list[Plain]:
    """Every treaty under which the party has a status on the day."""
    code = service.party(party, bounds)
    told = projected.treaties_of(service, code, bounds)
    if told is not None:
        return told
    lines = []
    for treaty in service.treaties(bounds.record):
        with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
            if not fold.acts(code) and code not in fold.parties():
                continue
            for line in answers.roster(fold, bounds, [code]):
                title = service.dossiers.definition(treaty, bounds.record).title
                shown = {
                    key: each for key, each in line.items() if key not in ("party", "party_name")
                }
                lines.append({"treaty": treaty, "title": title, **shown})
    return lines


def acts(
    service: Service, wanted: Wanted, record: Record, *, after: int = 0, limit: int
) -> tuple[list[Plain], int | None]:
    """The acts wanted after a position, in the order of the record, and the position to go on from.

    That position is None once there are no more.
    """
    found = projected.acts(service, wanted, record, after=after, limit=limit + 1)
    if found is None:
        scanned = _scanned(service, wanted, record, after)
        found = tuple(islice((each for each in scanned if wanted.takes(each)), limit + 1))
    page = found[:limit]
    following = page[-1].position if len(found) > limit else None
    return [service.written(each, record) for each in page], following


def history(service: Service, wanted: Wanted, record: Record) -> Plain:
    """All the acts wanted, as one page."""
    found, _ = acts(service, wanted, record, limit=projected.LONG)
    return {"as_recorded": record_of(record), "acts": found, "next": None}


def changes(
    service: Service,
    bounds: Bounds,
    wanted: ChangesWanted,
    *,
    after: str | None = None,
    limit: int = projected.LONG,
) -> list[Plain]:
    """The derived changes of status and state that are wanted, in the order of their days.

    With a place (`after`) those beyond it; they may be more than the limit, and more than it follow if they are.
    """
    place = None if after is None else _place_from(after)
    told = projected.changes(service, bounds, wanted, after=place, limit=limit)
    if told is not None:
        return told
    code, first, last = wanted.party, wanted.first_day, wanted.last_day
    slugs = service.treaties(bounds.record) if wanted.treaty is None else (wanted.treaty,)
    found: list[Plain] = []
    for slug in slugs:
        with service.fold(slug, bounds.record, bounds.as_seen) as fold:
            if code is None:
                found.extend(comparison.changes(fold, first, last))
            elif code in fold.parties() or fold.acts(code):
                found.extend(comparison.changes(fold, first, last, [code]))
    return sorted(found, key=place_of_change)


def place_of_change(change: Plain) -> str:
    """What orders changes: the day, the treaty, the treaty's own change before those of its parties."""
    return f"{change['on']} {change['treaty']} {change['party'] or ''}"


def _place_from(text: str) -> PlaceOfChange | None:
    """The place that was written so; None for what was not."""
    day, _, rest = text.partition(" ")
    treaty, _, party = rest.partition(" ")
    try:
        return date.fromisoformat(day), treaty, party
    except ValueError:
        return None


def diff(service: Service, treaty: str, one: Bounds, other: Bounds) -> Plain:
    """Which parties stand otherwise under two sets of bounds, and the treaty's own state under both.

    Between two days only what is told of a party counts; between two states of the record anything does.
    """
    telling = comparison.TELLING if one.as_of != other.as_of else None
    before, after = roster(service, treaty, one), roster(service, treaty, other)
    return {
        "treaty": treaty,
        "from": answers.bounds_of(one),
        "to": answers.bounds_of(other),
        "state": {
            "before": state(service, treaty, one)["state"],
            "after": state(service, treaty, other)["state"],
        },
        "changes": comparison.differences(before, after, telling),
        "next": None,
    }


def what_if(service: Service, acts_given: Sequence[Act], bounds: Bounds) -> Plain:
    """What the answers would be if these acts were recorded; nothing is.

    `answers` has one for each party that an act names, `differences` every party that would stand otherwise,
    also under treaties that depend on those of the acts; `irregular` the rules that the acts would break.
    """
    touched = dict.fromkeys(each.treaty for each in acts_given)
    affected = dict.fromkeys([*touched, *service.dependents(touched, bounds.record)])
    told: dict[str, list[Plain]] = {
        "answers": [],
        "differences": [],
        "treaties": [],
        "irregular": [],
    }
    for treaty in affected:
        supposed = service.depositary.what_if(
            acts_given, treaty, bounds.record, as_seen=bounds.as_seen
        )
        named = dict.fromkeys(
            each.party for each in acts_given if each.treaty == treaty and each.party
        )
        told["answers"] += [answers.answer(supposed, each, bounds, explain=True) for each in named]
        told["irregular"] += _broken(
            supposed, [each for each in acts_given if each.treaty == treaty]
        )
        before, after = _views(service, treaty, bounds), _view_of(supposed, bounds)
        told["treaties"].append(
            {"treaty": treaty, "before": before["state"], "after": after["state"]}
        )
        told["differences"] += [
            {"treaty": treaty, **each}
            for each in comparison.differences(before["parties"], after["parties"], None)
        ]
    return {**answers.bounds_of(bounds), **told}


def _views(service: Service, treaty: str, bounds: Bounds) -> Plain:
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        return _view_of(fold, bounds)


def _view_of(fold: TreatyFold, bounds: Bounds) -> Plain:
    """The treaty's state and every party's position with what is coming."""
    lines = [
        {
            **line,
            "periods": answers.answer(fold, str(line["party"]), bounds)["periods"],
            "coming": coming(fold, str(line["party"]), bounds.as_of),
        }
        for line in answers.roster(fold, bounds)
    ]
    shown = answers.state(fold, bounds)
    entry = shown["entry_into_force"]
    assert isinstance(entry, dict)  # as `answers.state` makes it
    kept = {"state": shown["state"], "in_force_on": entry["on"], "coming": shown["coming"]}
    return {"state": kept, "parties": lines}


def _broken(fold: TreatyFold, acts_given: Sequence[Act]) -> list[Plain]:
    return [
        {
            "act": each.id,
            "rule": breach.rule,
            "source": breach.source,
            "detail": breach.detail,
        }
        for each in acts_given
        for breach in breaches(fold, each)
        if breach.rule not in each.despite
    ]


def turns_of_answer(
    service: Service,
    treaty: str,
    party: str,
    bounds: Bounds,
    *,
    towards: str | None = None,
    explain: bool = False,
) -> list[Record]:
    """The records at which this answer became another, the first and up to that of the bounds, in order."""

    def body(record: Record) -> bytes:
        at = replace(bounds, record=record)
        said = answer_bytes(service, treaty, party, at, towards=towards, explain=explain)
        return said.replace(compiled.bounds_bytes(at), b"", 1)

    return _turns(service, treaty, bounds.record, body)


def turns_of_roster(service: Service, treaty: str, bounds: Bounds) -> list[Record]:
    """The records at which this roster became another, the first and up to that of the bounds, in order."""

    def body(record: Record) -> bytes:
        at = replace(bounds, record=record)
        return roster_bytes(service, treaty, at).replace(compiled.bounds_bytes(at), b"", 1)

    return _turns(service, treaty, bounds.record, body)


def mementos(
    records: Iterable[Record], address: Callable[[Bounds], str], bounds: Bounds
) -> list[Memento]:
    """Each of these states of an answer with its address for ever."""
    return [
        Memento(at=each.at, position=each.position, address=address(replace(bounds, record=each)))
        for each in records
        if each.at is not None
    ]


def _turns(
    service: Service, treaty: str, upto: Record, body: Callable[[Record], bytes]
) -> list[Record]:
    """Where the body became another, looked at after each transaction that can have changed it."""
    found: list[Record] = []
    before: bytes | None = None
    for record in service.steps(treaty, upto):
        try:
            said = body(record)
        except NotFound:
            continue
        if said != before:
            found.append(record)
            before = said
    return found


def act(service: Service, identifier: str, record: Record) -> Plain:
    """The act with this id; raises `NotFound` where it was not recorded by then."""
    entry = service.archive.find([identifier]).get(identifier) if _may_be_id(identifier) else None
    if entry is None or entry.position > record.position or not isinstance(entry.content, Act):
        raise NotFound(f"there is no act {identifier[:80]}")
    return service.written(entry, record)


def kinds() -> list[Plain]:
    """Every kind of act that can be recorded."""
    return [_kind(each) for each in KINDS.values()]


def record_of(record: Record) -> Plain:
    """The record from which something is given."""
    return {"position": record.position, "at": written_instant(record.at)}


# --- parts ---


def _treaty_line(service: Service, treaty: str, bounds: Bounds) -> Plain:
    definition = service.dossiers.definition(treaty, bounds.record)
    with service.fold(treaty, bounds.record, bounds.as_seen) as fold:
        span, entry = fold.at(bounds.as_of), fold.entry()
        return {
            "treaty": treaty,
            "title": definition.title,
            "state": span.state.value,
            "flags": list(span.flags),
            "in_force_on": written(entry.on),
            "depositaries": list(definition.depositaries),
            "identifiers": dict(definition.identifiers),
        }


def _definitions(service: Service, treaty: str, record: Record) -> list[Entry]:
    entries = service.entries(treaty, record)
    return [each for each in entries if isinstance(each.content, Definition)]


def _holds(entry: Entry, day: date) -> bool:
    content = entry.content
    assert isinstance(content, Definition)  # selected by the caller
    return content.holds_from is None or content.holds_from <= day


def _version(entry: Entry) -> Plain:
    assert isinstance(entry.content, Definition)  # selected by the caller
    return {
        "id": entry.content.id,
        "holds_from": written(entry.content.holds_from),
        "position": entry.position,
        "recorded_at": written_instant(entry.recorded_at),
        "recorded_by": entry.recorded_by,
    }


def _party_line(party: Party, day: date) -> Plain:
    return {
        "party": party.code,
        "party_name": party.name(day),
        "kind": party.kind,
        "exists": not party.existence or any(each.holds(day) for each in party.existence),
    }


def _scanned(service: Service, wanted: Wanted, record: Record, after: int) -> Iterator[Entry]:
    """Entries after the position that may be wanted, in order, up to the end of the record."""
    start = max(after, (wanted.first_position or 1) - 1)
    end = min(record.position, wanted.last_position or record.position)
    if wanted.treaty is not None:
        entries = service.entries(wanted.treaty, record)
        yield from (each for each in entries if start < each.position <= end)
        return
    while start < end:
        page = service.archive.since(start, min(1_000, end - start))
        if not page:
            return
        yield from (each for each in page if each.position <= end)
        start = page[-1].position


def _may_be_id(text: str) -> bool:
    return len(text) == 36


def _kind(kind: Kind) -> Plain:
    return {
        "kind": kind.code,
        "title": kind.title,
        "group": kind.group.value,
        "meaning": kind.meaning,
        "who": kind.who,
        "dates": list(kind.dates),
        "party": kind.party.value,
        "moves_status": kind.moves_status,
        "moves": kind.moves,
        "undone_by": kind.undone_by,
        "source": kind.source,
    }
