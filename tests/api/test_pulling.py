"""What is fetched of the feed: Atom and JSON Feed with pages that never change, and a calendar that corrects itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from infrastructure.feeding import FeedWriter
from tests.api.clients import OPERATOR, client_over, notice, problem, recorded
from tests.conftest import copy

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, told_template: Path) -> Iterator[TestClient]:
    """A client over a record of which all was told, for the tests that only fetch."""
    path = tmp_path_factory.mktemp("told") / "timeline.db"
    copy(told_template, path)
    with client_over(f"sqlite:///{path}", migrate="never") as client:
        yield client


@pytest.fixture
def telling(told_database: str) -> Iterator[TestClient]:
    """A client over a record of its own, for a test that records."""
    with client_over(told_database, migrate="never") as client:
        yield client


def level(client: TestClient) -> None:
    """Have everything told that was recorded."""
    service = client.app.state.service  # type: ignore[attr-defined]  # our application
    projector = service.projector()
    while projector.step():
        pass
    writer = FeedWriter(service.engine, service.archive, service.clock)
    while writer.step():
        pass


def entries(client: TestClient, **query: str) -> dict[str, Any]:
    """The calendar by the UIDs of its entries, read by a parser that lets nothing pass."""
    answer = client.get("/v1/calendar.ics", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert isinstance(calendar, Calendar)
    assert [each.errors for each in calendar.walk() if each.errors] == []
    return {str(each["uid"]): each for each in calendar.events}


def only(found: dict[str, Any], *words: str) -> Any:
    (event,) = [
        each for each in found.values() if all(word in str(each["summary"]) for word in words)
    ]
    return event


def test_the_exits_from_open_skies_stand_in_the_calendar(told: TestClient) -> None:
    found = entries(told, treaty="open-skies", status="former_party")

    exits = {
        str(each["summary"]).split(": ")[1].split(" party")[0]: each.start
        for each in found.values()
    }
    assert exits["United States of America"] == date(2020, 11, 22)
    assert exits["Russian Federation"] == date(2021, 12, 18)
    assert {each["status"] for each in found.values()} == {"CONFIRMED"}


def test_the_conference_on_a_notice_stands_in_the_calendar(told: TestClient) -> None:
    found = entries(told, treaty="open-skies", party="USA")

    conference = only(found, "conference")
    assert (conference.start, conference["status"]) == (date(2020, 6, 21), "CONFIRMED")
    assert conference.end == date(2020, 7, 22)


def test_a_revoked_notice_cancels_the_entry_and_the_change_is_sent(
    migrated_sqlite_database: str,
) -> None:
    """South Africa gave notice to the Rome Statute on 19 October 2016 and revoked it on 7 March 2017."""
    asked = {"treaty": "rome-statute", "party": "ZAF", "status": "former_party"}
    with client_over(migrated_sqlite_database, migrate="never") as client:
        client.app.state.service.load_catalogue(treaties_only=True)  # type: ignore[attr-defined]  # our application
        for kind, day in (
            ("signature", "1998-07-17"),
            ("ratification", "2000-11-27"),
            ("withdrawal_notice", "2016-10-19"),
        ):
            record(client, "rome-statute", {"kind": kind, "party": "ZAF", "received": day})
        level(client)
        ((uid, before),) = entries(client, **asked).items()
        revoked = {"kind": "withdrawal_notice_revoked", "party": "ZAF", "received": "2017-03-07"}
        act = record(client, "rome-statute", revoked)
        level(client)
        after = entries(client, **asked)[uid]
        items = client.get("/v1/feed.json", params=asked).json()["items"]

    assert (before.start, before["status"]) == (date(2017, 10, 19), "CONFIRMED")
    assert (after.start, after["status"]) == (date(2017, 10, 19), "CANCELLED")
    assert after["sequence"] == before["sequence"] + 1
    sent = items[0]["_timeline"]
    assert (sent["type"], sent["data"]["on"]) == ("timeline.change.cancelled", "2017-10-19")
    assert sent["data"]["position"] == act["position"]


def record(client: TestClient, treaty: str, act: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/v1/treaties/{treaty}/acts", json=act, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_an_entry_keeps_its_uid_and_is_corrected_and_cancelled(telling: TestClient) -> None:
    asked = {"treaty": "open-skies", "party": "POL", "status": "former_party"}
    act = recorded(telling, notice("POL"))
    level(telling)
    ((uid, first),) = entries(telling, **asked).items()

    better = {"kind": "withdrawal_notice", "party": "POL", "received": "2026-11-10"}
    correction = {"reason": "received ten days earlier", "replacement": better}
    answer = telling.post(f"/v1/acts/{act['id']}/corrections", json=correction, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    level(telling)
    second = entries(telling, **asked)[uid]
    recorded(
        telling, {"kind": "withdrawal_notice_revoked", "party": "POL", "received": "2026-11-22"}
    )
    level(telling)
    third = entries(telling, **asked)[uid]

    assert [each.start for each in (first, second, third)] == [
        date(2027, 5, 20),
        date(2027, 5, 10),
        date(2027, 5, 10),
    ]
    assert [str(each["status"]) for each in (first, second, third)] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
    ]
    assert first["sequence"] < second["sequence"] < third["sequence"]


def test_a_calendar_of_everything_begins_a_year_ago(told: TestClient) -> None:
    found = entries(told)

    first = min(each.start for each in found.values())
    assert first >= date.today() - timedelta(days=800)  # noqa: DTZ011 (a span of days is enough)
    assert entries(told, treaty="npt", **{"from": "1968-07-01", "to": "1968-07-31"})


@pytest.mark.parametrize("form", ["atom", "json"])
def test_archived_pages_lead_back_to_the_beginning_and_never_change(
    telling: TestClient, form: str
) -> None:
    pages = list(archive(telling, form))
    recorded(telling, notice("POL"))
    level(telling)

    again = [telling.get(address) for address, _ in pages]
    assert len(pages) > 10
    assert [each.content for each in again[1:]] == [body for _, body in pages[1:]]
    assert again[0].content != pages[0][1]
    assert all("immutable" in each.headers["cache-control"] for each in again[1:])
    assert again[0].headers["cache-control"] == "public, no-cache"
    ids = [each for _, body in pages for each in ids_in(body, form)]
    count = telling.app.state.service.feed.count()  # type: ignore[attr-defined]  # our application
    assert len(set(ids)) == count - 3


def archive(client: TestClient, form: str) -> Iterator[tuple[str, bytes]]:
    """The pages from the newest back, each with its address."""
    address: str | None = f"/v1/feed.{form}"
    while address is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        yield address, answer.content
        if form == "json":
            following = answer.json().get("next_url")
        else:
            links = ET.fromstring(answer.content).findall(f"{ATOM}link")  # noqa: S314 (our own)
            following = next(
                (each.get("href") for each in links if each.get("rel") == "prev-archive"), None
            )
        address = following and following.removeprefix("http://testserver")


def ids_in(body: bytes, form: str) -> list[str]:
    if form == "json":
        import orjson

        return [each["id"] for each in orjson.loads(body)["items"]]
    found = ET.fromstring(body).findall(f"{ATOM}entry/{ATOM}id")  # noqa: S314 (our own)
    return [str(each.text) for each in found]


def test_atom_has_what_its_standard_asks_for(told: TestClient) -> None:
    answer = told.get("/v1/feed.atom", params={"treaty": "open-skies", "page": "0"})
    feed = ET.fromstring(answer.content)  # noqa: S314 (our own)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert feed.find(ARCHIVE) is not None
    assert [feed.findtext(f"{ATOM}{name}") is None for name in ("id", "title", "updated")] == [
        False
    ] * 3
    for entry in feed.findall(f"{ATOM}entry"):
        for name in ("id", "title", "updated", "content"):
            assert entry.findtext(f"{ATOM}{name}"), name
    titles = [each.findtext(f"{ATOM}title") for each in feed.findall(f"{ATOM}entry")]
    assert all(str(each).startswith("open-skies") for each in titles)


def test_json_feed_has_what_its_standard_asks_for(told: TestClient) -> None:
    answer = told.get("/v1/feed.json", params={"party": "RUS", "type": "change"})
    document: dict[str, Any] = answer.json()

    assert answer.headers["content-type"] == "application/feed+json"
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["items"]
    for item in document["items"]:
        assert item["id"]
        assert item["url"]
        assert item["content_text"]
        assert item["_timeline"]["specversion"] == "1.0"
        assert told.get(item["url"]).status_code == 200


def test_who_has_the_newest_page_is_sent_nothing(told: TestClient) -> None:
    for address in ("/v1/feed.atom", "/v1/feed.json", "/v1/calendar.ics?treaty=npt"):
        first = told.get(address)
        again = told.get(address, headers={"If-None-Match": first.headers["etag"]})

        assert again.status_code == 304, address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/v1/feed.atom?page=999999", (404, "not-found")),
        ("/v1/feed.json?page=-1", (422, "malformed")),
        ("/v1/feed.json?type=gossip", (422, "malformed")),
        ("/v1/calendar.ics?treaty=no-such", (404, "not-found")),
        ("/v1/calendar.ics?from=yesterday", (422, "malformed")),
        ("/v1/calendar.ics?kind=signature", (422, "malformed")),
    ],
)
def test_what_is_not_there_is_refused(
    told: TestClient, address: str, expected: tuple[int, str]
) -> None:
    assert problem(told.get(address)) == expected
