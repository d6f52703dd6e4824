"""Changes as they were told: also those that were moved or cancelled, and by which entry each became known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from api.dependencies import FeedEvent, FeedWanted, Service
from api.refusals import TooLarge
from domain.bounds import Bounds
from domain.changes import Outcome
from domain.errors import Fault, Lagging, Malformed

Plain: TypeAlias = dict[str, Any]

MOST_CHANGES = 20_000
"""Changes that one question may be about."""

EVERY = frozenset(Outcome)
LEFT_OUT = ("type",)
"""What an event has and a line of a list does not need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWanted:
    """Which changes are wanted; days and positions are inclusive, None does not restrict."""

    filter: FeedWanted
    outcomes: frozenset[Outcome] = EVERY
    days: tuple[date | None, date | None] = (None, None)
    positions: tuple[int | None, int | None] = (None, None)

    def takes(self, line: Plain) -> bool:
        """Whether the line is one of those."""
        (first, last), (earliest, latest) = self.days, self.positions
        return (
            Outcome(line["outcome"]) in self.outcomes
            and (first is None or first.isoformat() <= line["on"])
            and (last is None or line["on"] <= last.isoformat())
            and (earliest is None or earliest <= line["position"])
            and (latest is None or line["position"] <= latest)
        )


def outcomes_in(given: str | None) -> frozenset[Outcome]:
    """The outcomes named, with commas between; all of them for `any` or nothing; raises `Malformed`."""
    named = {each.strip() for each in (given or "any").split(",")}
    if "any" in named:
        return EVERY
    known = {each.value for each in Outcome}
    faults = [
        Fault(
            pointer="/outcome", detail=f"must be any, {', '.join(sorted(known))}, not {each[:40]}"
        )
        for each in sorted(named - known)
    ]
    if faults:
        raise Malformed(faults)
    return frozenset(map(Outcome, named))


def told_changes(service: Service, bounds: Bounds, wanted: ToldWanted) -> list[Plain]:
    """The changes told by the record of the bounds, in the order of their days; the day asked about divides them.

    Raises `Lagging` where not all of that is told yet, `Malformed` with `as_seen`, `TooLarge`.
    """
    if bounds.as_seen is not None:
        detail = "cannot be asked together with outcome, status or positions"
        raise Malformed([Fault(pointer="/as_seen", detail=detail)])
    if not service.is_told(bounds.record):
        raise Lagging("what follows from this record is not told yet", retry_after=1)
    first, last = wanted.days
    found = service.feed.histories(
        wanted.filter, first, last, up_to=bounds.record.position, limit=MOST_CHANGES + 1
    )
    if len(found) > MOST_CHANGES:
        raise TooLarge(f"more than {MOST_CHANGES:,} changes: name a treaty, a party or days")
    lines = (line for told in found for line in _lines(told, bounds.as_of))
    return sorted((each for each in lines if wanted.takes(each)), key=place_of_told)


def place_of_told(line: Plain) -> str:
    """What orders the lines: day, treaty, party, and the name of the change."""
    return f"{line['on']} {line['treaty']} {line['party'] or ''} {line['change']} {line['outcome']}"


def _lines(told: Sequence[FeedEvent], as_of: date) -> Iterator[Plain]:
    """Each day from which the change was moved, and what became of it at last."""
    moved = {str(each.day): each for each in told if each.data["outcome"] == Outcome.MOVED}
    last = told[-1]
    for event in (*moved.values(), *(() if last.data["outcome"] == Outcome.MOVED else (last,))):
        line = {key: each for key, each in event.data.items() if key not in LEFT_OUT}
        if line["certainty"] is None:
            del line["certainty"]
        if line["outcome"] in (Outcome.LIES_AHEAD, Outcome.COME_ABOUT):
            ahead = date.fromisoformat(line["on"]) > as_of
            line["outcome"] = (Outcome.LIES_AHEAD if ahead else Outcome.COME_ABOUT).value
        yield line
