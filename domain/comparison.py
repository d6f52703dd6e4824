"""What changes from day to day, and between two states of the record; nothing is signed on the day of an exit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from domain.answers import Plain
from domain.dates import day_before
from domain.states import Course, Span, Status
from domain.treaty import TreatyFold
from domain.uncertainty import envelope

TELLING = ("status", "bound", "flags", "certainty", "possible")
"""What of a line tells one day from another; the days of a status alone do not."""


def changes(
    fold: TreatyFold, first: date | None, last: date | None, parties: Iterable[str] | None = None
) -> list[Plain]:
    """Every change of status, and of the treaty's own state, from the first day to the last, both inclusive.

    They stand in the order of their days, the treaty's own before those of its parties.
    With `parties` only theirs are given, and none of the treaty itself.
    """
    found: list[Plain] = [] if parties is not None else list(_of_treaty(fold))
    for party in fold.parties() if parties is None else parties:
        found.extend(_of_party(fold, party))
    wanted = [
        each
        for each in found
        if (first is None or first.isoformat() <= str(each["on"]))
        and (last is None or str(each["on"]) <= last.isoformat())
    ]
    return sorted(wanted, key=lambda each: (str(each["on"]), str(each["party"] or "")))


def differences(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    telling: Sequence[str] | None = TELLING,
) -> list[Plain]:
    """The parties whose line is another in two rosters, each with both lines; None where there was none.

    `telling` names what makes two lines differ; None is anything.
    """
    earlier = {each["party"]: each for each in before}
    later = {each["party"]: each for each in after}
    return [
        {
            "party": party,
            "party_name": (later.get(party) or earlier[party])["party_name"],
            "before": earlier.get(party),
            "after": later.get(party),
        }
        for party in sorted({*earlier, *later})
        if _differ(earlier.get(party), later.get(party), telling)
    ]


def _differ(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, telling: Sequence[str] | None
) -> bool:
    if one is None or other is None or telling is None:
        return one != other
    return any(one.get(name) != other.get(name) for name in telling)


def _of_treaty(fold: TreatyFold) -> Iterator[Plain]:
    spans = fold.spans
    for earlier, later in pairwise(spans):
        if earlier.state is not later.state:
            yield {
                "on": later.start.isoformat(),
                "treaty": fold.dossier.treaty,
                "party": None,
                "party_name": None,
                "from": earlier.state.value,
                "to": later.state.value,
                **_ground_of_treaty(fold, later.start),
            }


def _ground_of_treaty(fold: TreatyFold, day: date) -> Plain:
    entry = fold.entry()
    if entry.on == day:
        return {"because": list(entry.because), "rule": entry.rule, "unless": None}
    shown = fold.shown_in_force
    if shown is not None and shown.on == day:
        rule = f"in force for {shown.party}, and so in force"
        return {"because": [shown.act], "rule": rule, "unless": None}
    if fold.end is not None and fold.end.on == day:
        return {"because": list(fold.end.because), "rule": fold.end.rule, "unless": fold.end.unless}
    acts = [act.id for act in fold.dossier.by_party.get(None, ()) if act.on() == day]
    return {"because": acts, "rule": None, "unless": None}


def _of_party(fold: TreatyFold, party: str) -> Iterator[Plain]:
    course = fold.course(party)
    courses = envelope(fold, party)
    for earlier, later in pairwise(course.spans):
        if earlier.status is later.status:
            continue
        change: Plain = {
            "on": later.start.isoformat(),
            "treaty": fold.dossier.treaty,
            "party": party,
            "party_name": fold.register.name(party, later.start),
            "from": earlier.status.value,
            "to": later.status.value,
            **_ground_of_party(course, later),
        }
        if courses is not None:
            sure = courses.is_certain(later.start) and courses.is_certain(day_before(later.start))
            change["certainty"] = "certain" if sure else "possible"
        yield change


def _ground_of_party(course: Course, span: Span) -> Plain:
    cause = course.causes.get(span.start)
    if cause is not None:
        return {"because": list(cause.because), "rule": cause.rule, "unless": cause.unless}
    rule = "the entity exists no more" if span.status is Status.EXTINCT else None
    return {"because": [], "rule": rule, "unless": None}
