"""Small dossiers for tests: acts in a line each, folded with clauses written as data."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.acts import Act, Definition, PartyEntry
from domain.answers import Plain, answer
from domain.bounds import Bounds, Record
from domain.dates import UncertainDay, When
from domain.dossier import dossier_of
from domain.kinds import KINDS, Group
from domain.parties import Register
from domain.treaty import TreatyFold

NOBODY = Register()
RECORD = Record(position=1)
DATES = ("dated", "received", "notified", "effective", "claimed_effective")
PAPER = (Group.HOME, Group.MAKING)

Clauses = Mapping[str, object]
History = list[tuple[str, str]]

PLAIN: dict[str, Any] = {
    "entry_into_force": {
        "article": "Art. 8",
        "stated": {"on": "1990-01-01", "condition_met_on": "1989-12-01"},
    },
    "party_entry_into_force": {
        "article": "Art. 8",
        "delays": [{"delay": {"n": 30, "unit": "days"}}],
    },
    "withdrawal": {"article": "Art. 9", "notice": {"n": 6, "unit": "months"}},
}
"""In force since 1990; a consent takes effect after thirty days, a notice after six months."""


def day(text: str) -> date:
    """The day, from ISO 8601."""
    return date.fromisoformat(text)


def when(text: str) -> When:
    """A certain day, or two days with a stroke between: some day from the one to the other."""
    first, stroke, last = text.partition("/")
    if not stroke:
        return day(first)
    return UncertainDay(edtf=text, earliest=day(first), latest=day(last))


def did(party: str | None, kind: str, on: str | None = None, **more: Any) -> Act:
    """An act on a day: received, or dated for what has no depositary; its id can be read."""
    dates: dict[str, Any] = {
        name: when(more.pop(name)) for name in DATES if more.get(name) is not None
    }
    if on is not None:
        dates["dated" if KINDS[kind].group in PAPER else "received"] = when(on)
    shown = on or next(iter(dates.values()), "")
    identifier = more.pop("id", f"{kind} {party} {shown} {more.get('sequence', 1)}")
    return Act(
        id=identifier, treaty=more.pop("treaty", "t"), kind=kind, party=party, **dates, **more
    )


def defined(clauses: Clauses, treaty: str = "t", **more: Any) -> Definition:
    """A definition of a treaty with these clauses."""
    given = {
        "id": f"definition of {treaty}",
        "title": treaty,
        "identifiers": {},
        "depositaries": (),
    }
    return Definition(**{**given, **more}, treaty=treaty, clauses=clauses)


def folded(
    acts: Sequence[Act],
    clauses: Clauses | None = None,
    *,
    as_seen: str | None = None,
    register: Register = NOBODY,
    related: Mapping[str, TreatyFold] | None = None,
    depositaries: tuple[str, ...] = (),
    treaty: str = "t",
) -> TreatyFold:
    """The fold of these acts under these clauses."""
    definitions = [] if clauses is None else [defined(clauses, treaty, depositaries=depositaries)]
    seen = day(as_seen) if as_seen else None
    return TreatyFold(dossier_of(treaty, definitions, acts, as_seen=seen), register, related)


def status(fold: TreatyFold, party: str, on: str) -> str:
    """The party's status on the day."""
    return fold.course(party).at(day(on)).status.value


def flags(fold: TreatyFold, party: str, on: str) -> tuple[str, ...]:
    """The party's flags on the day."""
    return fold.course(party).at(day(on)).flags


def positions(fold: TreatyFold, party: str, on: str) -> dict[str, str]:
    """Who holds which status to be right on the day."""
    return {each.who: each.status.value for each in fold.course(party).at(day(on)).positions}


def history(fold: TreatyFold, party: str) -> History:
    """Every change of the party's status: the day, and the new status."""
    changes: History = []
    for span in fold.course(party).spans:
        if not changes or changes[-1][1] != span.status.value:
            changes.append((span.start.isoformat(), span.status.value))
    return changes[1:] if changes[0][1] == "none" else changes


def said(fold: TreatyFold, party: str, on: str, towards: str | None = None) -> Plain:
    """The whole answer for the party on the day, with the reasons."""
    seen = fold.dossier.as_seen
    bounds = Bounds(as_of=day(on), record=RECORD, as_seen=seen)
    return answer(fold, party, bounds, towards=towards, explain=True)


def coming(fold: TreatyFold, party: str, on: str) -> History:
    """The changes that follow, on the day asked about, from what was done by then."""
    found: Any = said(fold, party, on)["coming"]
    return [(each["on"], each["status"]) for each in found]


def why(fold: TreatyFold, party: str, act: Act) -> str | None:
    """Why the act moved nothing."""
    return next(each.why for each in fold.course(party).outcomes if each.act.id == act.id)


def registered(*entries: Mapping[str, object]) -> Register:
    """A register of these parties."""
    return Register(
        PartyEntry(id=str(each["party"]), party=str(each["party"]), data=each) for each in entries
    )
