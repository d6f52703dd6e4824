"""Changes in law, windows and deadlines as a calendar (RFC 5545) that corrects itself: one entry a change for ever."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from icalendar import Calendar, Event

from domain.bounds import written_instant
from domain.deadlines import Deadline
from infrastructure.feed import ANNOUNCED, CAME_ABOUT, CANCELLED, FeedEvent

PRODUCT = "-//diplomatic-timeline//feed//EN"
REFRESHED_AFTER = timedelta(hours=6)
"""How often a calendar program may look again (RFC 7986)."""


def calendar(
    name: str,
    histories: Iterable[Sequence[FeedEvent]],
    deadlines: Iterable[Deadline],
    *,
    domain: str,
    at: datetime,
) -> bytes:
    """The calendar of these changes, each with all that was told of it, and of these deadlines.

    `domain` stands in the UIDs; `at` is when the record from which the deadlines come was last added to.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESHED_AFTER, parameters={"VALUE": "DURATION"})
    for told in histories:
        made.add_component(_change(told, domain))
    for deadline in deadlines:
        made.add_component(_deadline(deadline, domain, at))
    written: bytes = made.to_ical()
    return written


def _change(told: Sequence[FeedEvent], domain: str) -> Event:
    last = told[-1]
    day = last.day
    assert day is not None  # every change has one
    entry = _entry(f"{last.change}@{domain}", day, day, last.recorded_at)
    entry.add("sequence", corrections(told))
    entry.add("created", told[0].recorded_at)
    entry.add("status", _status(last))
    entry.add("summary", _summary(last))
    entry.add("description", _description(last))
    entry.add("categories", [str(last.treaty), str(last.status)])
    return entry


def corrections(told: Sequence[FeedEvent]) -> int:
    """How often what was told of the change was corrected; that its day came is no correction."""
    count = 0
    for before, after in pairwise(told):
        its_day = (before.type, after.type) == (ANNOUNCED, CAME_ABOUT) and before.day == after.day
        count += 0 if its_day else 1
    return count


def _deadline(deadline: Deadline, domain: str, at: datetime) -> Event:
    uid = f"{deadline.treaty}.{deadline.name}@{domain}"
    entry = _entry(uid, deadline.first, deadline.last, at)
    entry.add("sequence", 0 if deadline.stands else 1)
    entry.add("status", "CONFIRMED" if deadline.stands else "CANCELLED")
    of = f" of {deadline.party}" if deadline.party else ""
    entry.add("summary", f"{deadline.treaty}: {deadline.title}{of}")
    because = f"\nAct: {deadline.because}" if deadline.because else ""
    entry.add("description", f"{deadline.article}{because}")
    entry.add("categories", [deadline.treaty, "deadline"])
    return entry


def _entry(uid: str, first: date, last: date, at: datetime) -> Event:
    """An entry of whole days that blocks nobody's time."""
    entry = Event()
    entry.add("uid", uid)
    entry.add("dtstamp", at)
    entry.add("last-modified", at)
    entry.add("dtstart", first)
    if last < date.max:
        entry.add("dtend", last + timedelta(days=1))
    entry.add("transp", "TRANSPARENT")
    return entry


def _status(event: FeedEvent) -> str:
    if event.type == CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if event.data["certainty"] == "possible" else "CONFIRMED"


def _summary(event: FeedEvent) -> str:
    data = event.data
    who = data["party_name"] or data["party"]
    what = f"{data['from']} → {data['to']}" if data["from"] != data["to"] else str(data["to"])
    flags = [f"+{each}" for each in data["raised"]] + [f"-{each}" for each in data["lowered"]]
    return f"{data['treaty']}: {' '.join(filter(None, [who, what, *flags]))}"


def _description(event: FeedEvent) -> str:
    data = event.data
    lines = [
        f"Outcome: {data['outcome']}",
        data["rule"] and f"Rule: {data['rule']}",
        data["unless"] and f"Unless {data['unless']}",
        *(f"Act: {each}" for each in data["because"]),
        f"Known by entry {data['position']} of the record, {written_instant(event.recorded_at)}",
    ]
    return "\n".join(filter(None, lines))
