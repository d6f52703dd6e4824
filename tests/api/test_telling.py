"""Changes as they were told, over HTTP and on the command line, and the feed watched in a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api.cli.commands import application
from tests.api.clients import OPERATOR, client_over, notice, problem, recorded
from tests.api.test_pulling import level

POLAND = {"treaty": "open-skies", "party": "POL"}


@pytest.fixture
def telling(told_database: str) -> Iterator[TestClient]:
    with client_over(told_database, migrate="never") as client:
        yield client


def changes(client: TestClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/changes", params={**POLAND, "from": "2026-01-01", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["changes"]
    return found


def exits(client: TestClient, **query: str) -> list[tuple[str, str, str | None]]:
    found = changes(client, status="former_party", **query)
    return [(each["on"], each["outcome"], each["moved_to"]) for each in found]


def test_a_change_lies_ahead_moves_and_is_cancelled(telling: TestClient) -> None:
    act = recorded(telling, notice("POL"))
    level(telling)
    foreseen = exits(telling)
    on_its_day = exits(telling, as_of="2027-05-20")

    better = {"kind": "withdrawal_notice", "party": "POL", "received": "2026-11-10"}
    correction = {"reason": "received ten days earlier", "replacement": better}
    telling.post(f"/v1/acts/{act['id']}/corrections", json=correction, headers=OPERATOR)
    level(telling)
    moved = exits(telling)
    revoked = recorded(
        telling, {"kind": "withdrawal_notice_revoked", "party": "POL", "received": "2026-11-22"}
    )
    level(telling)

    assert foreseen == [("2027-05-20", "lies_ahead", None)]
    assert on_its_day == [("2027-05-20", "come_about", None)]
    assert moved == [
        ("2027-05-10", "lies_ahead", None),
        ("2027-05-20", "moved", "2027-05-10"),
    ]
    assert exits(telling, outcome="cancelled") == [("2027-05-10", "cancelled", None)]
    position = str(revoked["position"])
    known = changes(telling, outcome="any", from_position=position, to_position=position)
    assert {each["position"] for each in known} == {revoked["position"]}
    assert {each["to"] for each in known} == {"party", "former_party"}


def test_what_was_told_by_an_earlier_record_stays(telling: TestClient) -> None:
    act = recorded(telling, notice("POL"))
    level(telling)
    address = f"/v1/changes?treaty=open-skies&status=former_party&as_of=2026-11-24&as_recorded={act['position']}"
    before = telling.get(address).content
    recorded(
        telling, {"kind": "withdrawal_notice_revoked", "party": "POL", "received": "2026-11-22"}
    )
    level(telling)

    assert telling.get(address).content == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"outcome": "gossip"}, (422, "malformed")),
        ({"status": "gossip"}, (422, "malformed")),
        ({"outcome": "any", "as_seen": "2020-01-01"}, (422, "malformed")),
        ({"from_position": "0"}, (422, "malformed")),
    ],
)
def test_what_cannot_be_told_is_refused(
    telling: TestClient, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert problem(telling.get("/v1/changes", params=query)) == expected


def test_pages_of_what_was_told_come_to_the_whole(telling: TestClient) -> None:
    query = {"treaty": "open-skies", "outcome": "come_about"}
    whole = telling.get("/v1/changes", params=query).json()["changes"]
    found, cursor = [], None
    while True:
        page = telling.get(
            "/v1/changes", params={**query, "limit": "40", **({"cursor": cursor} if cursor else {})}
        ).json()
        found += page["changes"]
        cursor = page["next"]
        if cursor is None:
            break

    assert found == whole
    assert len(whole) > 80


@pytest.fixture
def run(told_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    assert told_database.endswith(str(tmp_path / "timeline.db"))

    def run(*words: str) -> Result:
        return CliRunner().invoke(application, list(words))

    return run


def test_the_feed_is_watched_line_by_line(run: Any) -> None:
    shown = run("watch", "open-skies", "--status", "former_party", "--after", "0", "--count", "2")

    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert len(lines) == 2
    assert "open-skies, USA: party_withdrawing → former_party on 2020-11-22, came about" in lines[1]
    assert "open-skies, RUS: party_withdrawing → former_party on 2021-12-18" in lines[0]


def test_the_feed_is_watched_as_events(run: Any) -> None:
    shown = run("watch", "--type", "act", "--after", "0", "--count", "3", "--json")

    events = [json.loads(each) for each in shown.stdout.splitlines()]
    assert [each["type"] for each in events] == ["timeline.act"] * 3


def test_what_was_told_of_a_change_is_listed(run: Any) -> None:
    shown = run("changes", "open-skies", "--status", "former_party", "--outcome", "come_about")

    assert shown.exit_code == 0, shown.output
    assert "2020-11-22" in shown.stdout
    assert "come_about" in shown.stdout


def test_nothing_of_a_kind_is_nothing_found(run: Any) -> None:
    assert run("changes", "open-skies", "--outcome", "cancelled").exit_code == 1
    assert run("watch", "--type", "gossip").exit_code == 1
