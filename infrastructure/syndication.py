"""Pages of the feed as Atom (RFC 4287), with archives (RFC 5005), and as JSON Feed 1.1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import orjson

from domain.bounds import written_instant
from domain.kinds import KINDS
from infrastructure.feed import ACT, PARTY, TREATY, FeedEvent

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
BEFORE_ANYTHING = "1970-01-01T00:00:00Z"
TITLE = "diplomatic-timeline"

ET.register_namespace("", ATOM)
ET.register_namespace("fh", HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Some events, the latest first, and where they stand among the pages.

    `number` is None for the newest events; `archived` is how many full pages there are, numbered from 0.
    `base` is the address of the service without a slash at its end, `query` the filter.
    """

    events: Sequence[FeedEvent]
    number: int | None
    archived: int
    base: str
    query: Mapping[str, str]
    source: str

    def address(self, form: str, number: int | None) -> str:
        """The address of a page in the form `atom` or `json`."""
        asked = {**self.query, **({} if number is None else {"page": str(number)})}
        return f"{self.base}/v1/feed.{form}" + (f"?{urlencode(asked)}" if asked else "")

    @property
    def earlier(self) -> int | None:
        """The archived page before this one; None for the first."""
        before = (self.archived if self.number is None else self.number) - 1
        return before if before >= 0 else None


def atom(page: FeedPage) -> bytes:
    """The page as Atom; a page that is archived says so, and leads to the one before it.

    It does not lead to the one after it, which was not there when it was archived.
    """
    feed = ET.Element(_atom("feed"))
    _text(feed, "id", page.address("atom", None))
    _text(feed, "title", TITLE)
    _text(ET.SubElement(feed, _atom("author")), "name", TITLE)
    times = [written_instant(each.recorded_at) or BEFORE_ANYTHING for each in page.events]
    _text(feed, "updated", max(times, default=BEFORE_ANYTHING))
    _link(feed, "self", page.address("atom", page.number))
    if page.number is not None:
        ET.SubElement(feed, f"{{{HISTORY}}}archive")
        _link(feed, "current", page.address("atom", None))
    if page.earlier is not None:
        _link(feed, "prev-archive", page.address("atom", page.earlier))
    for event in page.events:
        _entry(feed, event, page)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def json_feed(page: FeedPage) -> bytes:
    """The page as JSON Feed 1.1; each item has the whole event under `_timeline`."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": f"{page.base}/docs",
        "feed_url": page.address("json", page.number),
        "items": [_item(each, page) for each in page.events],
    }
    if page.earlier is not None:
        document["next_url"] = page.address("json", page.earlier)
    return orjson.dumps(document)


def title_of(event: FeedEvent) -> str:
    """What is told, in one line that never changes."""
    data = event.data
    match event.type:
        case type_ if type_ == ACT:
            what = KINDS[str(event.kind)].title if event.kind in KINDS else str(event.kind)
            who = f"{event.party}: " if event.party else ""
            return f"{event.treaty}, {who}{what}"
        case type_ if type_ == TREATY:
            return f"{event.treaty}: {data['title']}"
        case type_ if type_ == PARTY:
            return f"Register of parties: {event.party}"
        case type_ if event.change is not None:
            who = f"{event.party}: " if event.party else ""
            became = type_.removeprefix("change.").replace("_", " ")
            return f"{event.treaty}, {who}{data['from']} → {data['to']} on {data['on']}, {became}"
        case _:
            return "A key that signs the record"


def _entry(feed: ET.Element, event: FeedEvent, page: FeedPage) -> None:
    entry = ET.SubElement(feed, _atom("entry"))
    _text(entry, "id", _identity(event, page))
    _text(entry, "title", title_of(event))
    _text(entry, "updated", written_instant(event.recorded_at) or BEFORE_ANYTHING)
    ET.SubElement(entry, _atom("category"), term=event.type)
    for each in filter(None, (event.treaty, event.party, event.kind, event.status)):
        ET.SubElement(entry, _atom("category"), term=each)
    _link(entry, "alternate", _address(event, page))
    content = ET.SubElement(entry, _atom("content"), type="text")
    content.text = _fit(_said(event))


def _item(event: FeedEvent, page: FeedPage) -> dict[str, Any]:
    return {
        "id": _identity(event, page),
        "url": _address(event, page),
        "title": title_of(event),
        "content_text": _said(event),
        "date_published": written_instant(event.recorded_at),
        "tags": [
            each
            for each in (event.type, event.treaty, event.party, event.kind, event.status)
            if each is not None
        ],
        "_timeline": event.cloud_event(page.source),
    }


def _said(event: FeedEvent) -> str:
    """What explains the event: for a change its rule and what could stop it, for an act its note."""
    data = event.data
    parts = [title_of(event), data.get("rule"), data.get("note")]
    if data.get("unless"):
        parts.append(f"unless {data['unless']}")
    return ". ".join(str(each) for each in parts if each)


def _identity(event: FeedEvent, page: FeedPage) -> str:
    mark = ":" if page.source.startswith("urn:") else "#"
    return f"{page.source}{mark}{event.id}"


def _address(event: FeedEvent, page: FeedPage) -> str:
    """Where more is said of it, as the record stood then."""
    if event.type == ACT:
        return f"{page.base}/v1/acts/{event.data['id']}"
    if event.treaty is None:
        return f"{page.base}/v1/parties/{event.party}" if event.party else f"{page.base}/docs"
    about = f"{page.base}/v1/treaties/{event.treaty}"
    if event.change is None:
        return f"{about}?as_recorded={event.place.position}"
    about += f"/parties/{event.party}" if event.party else "/state"
    return f"{about}?as_of={event.day}&as_recorded={event.place.position}"


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, _atom(name)).text = _fit(text)


def _link(parent: ET.Element, rel: str, address: str) -> None:
    ET.SubElement(parent, _atom("link"), rel=rel, href=address)


def _fit(text: str) -> str:
    """The text without what XML cannot hold."""
    return "".join(each for each in text if each in "\t\n" or ord(each) >= 32)
