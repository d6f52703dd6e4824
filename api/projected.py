"""What the read model answers in the place of the folds, in the same words.

It is asked only where it holds the whole record of the question; hindsight apart (`as_seen`) it knows every answer.
Of a legal person under several codes only the folds can tell, and of doubtful days.
"""

from datetime import date
from typing import Any, TypeAlias

from api.dependencies import (
    Change,
    ChangesWanted,
    PlaceOfChange,
    Service,
    Standing,
    Wanted,
)
from domain import answers
from domain.acts import Entry
from domain.bounds import Bounds, Record
from domain.parties import Register

Plain: TypeAlias = dict[str, Any]

PAGE = 1_000
"""Acts that are asked for at once."""
LONG = 1_000_000_000
"""More than there can be."""


def acts(
    service: Service, wanted: Wanted, record: Record, *, after: int, limit: int
) -> tuple[Entry, ...] | None:
    """The acts wanted after a position, at most so many; None where only the log can tell."""
    if not service.is_projected(record):
        return None
    found: list[Entry] = []
    while len(found) < limit:
        page = service.queries.acts(
            wanted, position=record.position, after=after, limit=min(limit, PAGE)
        )
        found.extend(each for each in page if wanted.takes(each))
        if len(page) < min(limit, PAGE):
            break
        after = page[-1].position
    return tuple(found[:limit])


def changes(
    service: Service,
    bounds: Bounds,
    wanted: ChangesWanted,
    *,
    after: PlaceOfChange | None = None,
    limit: int = LONG,
) -> list[Plain] | None:
    """The changes wanted after a place, at most so many; None where only the folds can tell."""
    register = service.register(bounds.record)
    if not _knows(service, bounds) or not _is_alone(register, wanted.party):
        return None
    found = service.queries.changes(
        wanted, position=bounds.record.position, after=after, limit=limit
    )
    return [_change(each, register) for each in found]


def treaties_of(service: Service, party: str, bounds: Bounds) -> list[Plain] | None:
    """All treaties of the party with its status on the day; None where only the folds can tell."""
    register = service.register(bounds.record)
    if not _knows(service, bounds) or not _is_alone(register, party):
        return None
    found = service.queries.treaties_of(
        party, as_of=bounds.as_of, position=bounds.record.position, limit=LONG
    )
    return [_line(service, party, each, bounds) for each in found]


def _knows(service: Service, bounds: Bounds) -> bool:
    return bounds.as_seen is None and service.is_projected(bounds.record)


def _is_alone(register: Register, party: str | None) -> bool:
    """Whether no other code is the same legal person."""
    return party is None or (
        len(register.persons(party)) == 1 and register.continued_by(party) is None
    )


def _change(change: Change, register: Register) -> Plain:
    said: Plain = {
        "on": change.on.isoformat(),
        "treaty": change.treaty,
        "party": change.party,
        "party_name": register.name(change.party, change.on) if change.party is not None else None,
        "from": change.from_,
        "to": change.to,
        "because": list(change.because),
        "rule": change.rule,
        "unless": change.unless,
    }
    if change.certainty is not None:
        said["certainty"] = change.certainty
    return said


def _line(service: Service, party: str, standing: Standing, bounds: Bounds) -> Plain:
    named = {"treaty": standing.treaty, "title": standing.title}
    if standing.doubtful:
        with service.fold(standing.treaty, bounds.record) as fold:
            (line,) = answers.roster(fold, bounds, [party])
        return {**named, **{key: line[key] for key in line if key not in ("party", "party_name")}}
    return {
        **named,
        "status": standing.status,
        "bound": standing.bound,
        "since": _day(standing.since),
        "until": _day(standing.until),
        "flags": list(standing.flags),
    }


def _day(day: date | None) -> str | None:
    """The day; the beginning of the calendar stands for no beginning."""
    return None if day in (None, date.min) else day.isoformat()
