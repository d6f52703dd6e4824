"""What is fetched of the feed: pages as Atom or JSON Feed, and the calendar."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

from fastapi import Request, Response

from api.asking import NotModified
from api.dependencies import END, FeedPage, FeedWanted, Service, atom, calendar, json_feed, read_day
from api.presenting import FOR_EVER, REVALIDATED, is_held, response
from domain.deadlines import Deadline, deadlines
from domain.errors import Fault, Malformed, NotFound

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
CALENDAR = "text/calendar"

PAGE_SIZE = 100
"""Events on a page; it is the same for ever, for archived pages do not change."""
MOST_CHANGES = 20_000
"""Changes in a calendar."""
LOOKED_BACK = timedelta(days=366)
"""How far a calendar of everything reaches back."""
UID_DOMAIN = "diplomatic-timeline"

FORMS: dict[str, Callable[[FeedPage], bytes]] = {ATOM: atom, JSON_FEED: json_feed}


def page_of(
    request: Request, service: Service, wanted: FeedWanted, number: int | None, form: str
) -> Response:
    """A page of the feed; raises `NotFound` for an archived page that is not full yet."""
    archived = service.feed.count(wanted) // PAGE_SIZE
    if number is not None and number >= archived:
        raise NotFound(f"there are {archived:,} archived pages so far, counted from 0")
    if number is None:
        events = service.feed.before(END, wanted, PAGE_SIZE)
    else:
        events = service.feed.page(number, wanted, PAGE_SIZE)[::-1]
    page = FeedPage(
        events=events,
        number=number,
        archived=archived,
        base=str(request.base_url).rstrip("/"),
        query={key: each for key, each in request.query_params.items() if key != "page"},
        source=service.event_source,
    )
    return _given(request, service, FORMS[form](page), form, for_ever=number is not None)


def calendar_of(
    request: Request, service: Service, wanted: FeedWanted, days: tuple[str | None, str | None]
) -> Response:
    """The calendar of the changes wanted, and of the deadlines of their treaties."""
    faults: list[Fault] = []
    first, last = (
        read_day(day, pointer, faults) for day, pointer in zip(days, ("/from", "/to"), strict=True)
    )
    if faults:
        raise Malformed(faults)
    if first is None and not wanted.treaties and not wanted.parties:
        first = service.clock.today() - LOOKED_BACK
    found = service.feed.histories(wanted, first, last, limit=MOST_CHANGES)
    due = [
        each
        for each in _deadlines(service, wanted)
        if (first is None or first <= each.last) and (last is None or each.first <= last)
    ]
    name = ", ".join(["Treaties", *sorted(wanted.treaties), *sorted(wanted.parties)])
    at = service.heads.now().at or service.clock.now()
    body = calendar(name, found, due, domain=UID_DOMAIN, at=at)
    return _given(request, service, body, CALENDAR, for_ever=False)


def _deadlines(service: Service, wanted: FeedWanted) -> Iterator[Deadline]:
    """Those of the treaties wanted, and with a party only those that are about it or about everybody."""
    if wanted.statuses:
        return
    record = service.record()
    for treaty in sorted(wanted.treaties) or service.treaties(record):
        with service.fold(treaty, record) as fold:
            for each in deadlines(fold):
                if not wanted.parties or each.party in wanted.parties:
                    yield each


def _given(
    request: Request, service: Service, body: bytes, form: str, *, for_ever: bool
) -> Response:
    tag = f'"{hashlib.blake2s(body, digest_size=16).hexdigest()}"'
    who = "public" if service.settings.reads == "open" else "private"
    keeps = FOR_EVER if for_ever else REVALIDATED
    headers = {"ETag": tag, "Cache-Control": f"{who}, {keeps}"}
    if is_held(request.headers.get("if-none-match"), tag):
        raise NotModified(headers)
    charset = "; charset=utf-8" if form != JSON_FEED else ""
    return response(body, form + charset, headers)
