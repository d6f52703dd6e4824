"""Webhooks from the outside: who may subscribe, where to, what arrives, and how it is looked after."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks import Webhook

from tests.api.clients import ACTS, OPERATOR, client_over, notice, pointers, problem, recorded
from tests.api.subscribed import (
    ADDRESS,
    Subscribing,
    events_in,
    headers_in,
    project,
    subscribing,
)
from tests.api.test_openapi import check
from tests.conftest import copy
from tests.infrastructure.webhooks.receivers import Receiver, answers, receiver

FAR = "https://93.184.216.34/hook"
"""An address of the public internet, written as a number so that nobody is asked for it; nothing is sent there."""


@pytest.fixture(scope="module")
def told_of(tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path) -> Path:
    """An SQLite file with the catalogue, which was projected and told of once."""
    path = tmp_path_factory.mktemp("told") / "timeline.db"
    copy(catalogue_template, path)
    with subscribing(f"sqlite:///{path}", migrate="never") as found:
        project(found.service)
    return path


@pytest.fixture
def desk(tmp_path: Path, told_of: Path) -> Iterator[Subscribing]:
    copy(told_of, tmp_path / "timeline.db")
    with subscribing(f"sqlite:///{tmp_path / 'timeline.db'}", migrate="never") as found:
        yield found


@pytest.fixture
def taking() -> Iterator[Receiver]:
    with receiver(answers(b"HTTP/1.1 204 No Content\r\n\r\n")) as found:
        yield found


def key_of(desk: Subscribing, name: str, *scopes: str) -> dict[str, str]:
    _, token = desk.service.keys.create(name, scopes)
    return {"Authorization": f"Bearer {token}"}


def test_the_subscriptions_of_a_revoked_key_are_told_nothing_more(
    desk: Subscribing, taking: Receiver
) -> None:
    key, token = desk.service.keys.create("consulate", ["subscriptions"])
    theirs = {"Authorization": f"Bearer {token}"}
    made = desk.client.post("/v1/subscriptions", json={"url": taking.url}, headers=theirs).json()
    recorded(desk.client, notice("POL"))
    project(desk.service)

    desk.service.keys.revoke(key.prefix)
    desk.deliver()

    shown = desk.shown(made)
    assert taking.requests == []
    assert (shown["state"], shown["reason"]) == ("paused", "the key of its owner was revoked")

    headers = key_of(desk, "consulate", "subscriptions")
    address = f"/v1/subscriptions/{made['id']}"
    desk.client.patch(address, json={"state": "active"}, headers=headers).raise_for_status()
    desk.deliver()

    assert events_in(taking.requests)[0]["type"] == "timeline.act"


def test_a_key_that_is_replaced_by_another_of_its_name_takes_no_subscription_with_it(
    desk: Subscribing, taking: Receiver
) -> None:
    key, token = desk.service.keys.create("consulate", ["subscriptions"])
    theirs = {"Authorization": f"Bearer {token}"}
    made = desk.client.post("/v1/subscriptions", json={"url": taking.url}, headers=theirs).json()
    key_of(desk, "consulate", "subscriptions")

    desk.service.keys.revoke(key.prefix)

    assert desk.shown(made)["state"] == "active"


def test_an_idempotency_key_is_refused_where_it_could_not_be_honoured(desk: Subscribing) -> None:
    headers = {**OPERATOR, "Idempotency-Key": "once"}

    answer = desk.client.post("/v1/subscriptions", json={"url": FAR}, headers=headers)

    assert answer.status_code == 422
    assert pointers(answer) == ["/Idempotency-Key"]
    assert desk.client.get("/v1/subscriptions", headers=OPERATOR).json()["subscriptions"] == []


def test_what_is_recorded_is_told_signed_and_once(desk: Subscribing, taking: Receiver) -> None:
    made = desk.subscribe(taking.url, treaties=["open-skies"], description="the desk")

    act = recorded(desk.client, notice("POL"))
    desk.deliver()
    desk.deliver()

    told = events_in(taking.requests)
    assert [each["type"] for each in told] == [
        "timeline.act",
        "timeline.change.came_about",  # it is withdrawing
        "timeline.change.announced",  # it will be out
    ]
    assert told[0]["data"]["id"] == act["id"]
    assert told[0]["time"] == "2026-11-20T00:00:00Z"
    first = headers_in(taking.requests[0])
    assert first["content-type"] == "application/cloudevents+json; charset=utf-8"
    body = taking.requests[0].partition(b"\r\n\r\n")[2]
    assert Webhook(made["secret"]).verify(body, first)["specversion"] == "1.0"
    shown = desk.shown(made)
    assert (shown["pending"], shown["dead"], shown["failures"]) == (0, 0, 0)
    assert shown["secret"] is None
    assert shown["taken_at"] is not None


def test_one_who_begins_at_the_beginning_is_told_all_of_it(
    desk: Subscribing, taking: Receiver
) -> None:
    desk.subscribe(taking.url, after=0, treaties=["inf"], types=["act"])
    desk.deliver()

    kinds = [each["data"]["kind"] for each in events_in(taking.requests)]
    assert kinds[0] == "adoption"
    assert len(kinds) == 17


def test_parties_are_called_by_any_name_and_kinds_and_statuses_by_theirs(
    desk: Subscribing,
) -> None:
    made = desk.subscribe(
        FAR,
        parties=["Poland", "TUR"],
        kinds=["withdrawal_notice"],
        statuses=["former_party"],
        types=["change", "act"],
    )

    assert made["parties"] == ["POL", "TUR"]
    assert made["kinds"] == ["withdrawal_notice"]
    assert made["statuses"] == ["former_party"]
    assert made["types"] == ["act", "change"]


def test_every_fault_of_what_is_asked_is_told_at_its_place(desk: Subscribing) -> None:
    asked = {
        "url": "https://127.1/",
        "parties": ["Atlantis"],
        "kinds": "act",
        "types": ["everything", "act"],
        "treaties": ["open-skies", 5],
        "statuses": ["bound"],
        "scheme": "rot13",
        "after": "yesterday",
        "permalinks": ["/v1/treaties/npt/parties/PRK", 7],
        "secret": "mine",
        "description": 3,
    }

    answer = desk.client.post(ADDRESS, json=asked, headers=OPERATOR)

    assert problem(answer) == (422, "malformed")
    assert sorted(pointers(answer)) == [
        "/after",
        "/description",
        "/kinds",
        "/parties/0",
        "/permalinks/0",
        "/permalinks/1",
        "/scheme",
        "/secret",
        "/statuses/0",
        "/treaties/1",
        "/types/0",
        "/url",
    ]
    bodies: list[object] = [{}, [], [{}], {"url": None}]
    for body in bodies:
        assert problem(desk.client.post(ADDRESS, json=body, headers=OPERATOR))[0] == 422


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "http://93.184.216.34/",
    ],
)
def test_a_target_on_this_machine_or_its_networks_is_refused(database: str, url: str) -> None:
    with client_over(database, migrate="never", webhooks="external") as client:
        answer = client.post(ADDRESS, json={"url": url}, headers=OPERATOR)

    assert problem(answer) == (422, "malformed")
    assert pointers(answer) == ["/url"]


def test_subscribing_needs_a_key_with_its_scope(desk: Subscribing) -> None:
    reader = key_of(desk, "reader", "read", "acts:record")

    assert problem(desk.client.post(ADDRESS, json={"url": FAR})) == (401, "unauthenticated")
    assert problem(desk.client.get(ADDRESS, headers=reader)) == (403, "forbidden")


def test_where_reading_is_private_being_told_is_too(database: str) -> None:
    with subscribing(database, migrate="never", reads="private") as desk:
        blind = key_of(desk, "blind", "subscriptions")
        reader = key_of(desk, "reader", "subscriptions", "read")

        assert problem(desk.client.get(ADDRESS, headers=blind)) == (403, "forbidden")
        assert desk.client.get(ADDRESS, headers=reader).status_code == 200


def test_everybody_sees_their_own_and_the_operator_all(desk: Subscribing) -> None:
    ada, bob = key_of(desk, "ada", "subscriptions"), key_of(desk, "bob", "subscriptions")
    made = desk.client.post(ADDRESS, json={"url": FAR}, headers=ada).json()
    address = f"{ADDRESS}/{made['id']}"

    assert len(desk.client.get(ADDRESS, headers=ada).json()["subscriptions"]) == 1
    assert desk.client.get(ADDRESS, headers=bob).json()["subscriptions"] == []
    assert len(desk.client.get(ADDRESS, headers=OPERATOR).json()["subscriptions"]) == 1
    for answer in (
        desk.client.get(address, headers=bob),
        desk.client.patch(address, json={"state": "paused"}, headers=bob),
        desk.client.delete(address, headers=bob),
        desk.client.post(f"{address}/secret", headers=bob),
        desk.client.get(f"{address}/dead-letters", headers=bob),
        desk.client.get(f"{ADDRESS}/none", headers=ada),
    ):
        assert problem(answer) == (404, "not-found")


def test_there_is_a_most_of_subscriptions_and_of_permalinks(database: str) -> None:
    with subscribing(database, migrate="never", max_subscriptions=1, max_permalinks=1) as desk:
        links = {"url": FAR, "permalinks": ["x", "y"]}

        assert problem(desk.client.post(ADDRESS, json=links, headers=OPERATOR))[0] == 413
        desk.subscribe(FAR)
        more = desk.client.post(ADDRESS, json={"url": FAR}, headers=OPERATOR)
        assert problem(more) == (403, "forbidden")


def test_a_subscription_is_changed_paused_and_ended(desk: Subscribing, taking: Receiver) -> None:
    made = desk.subscribe(taking.url, treaties=["inf"])
    address = f"{ADDRESS}/{made['id']}"

    def change(**what: Any) -> dict[str, Any]:
        answer = desk.client.patch(address, json=what, headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    changed = change(treaties=["open-skies"], types=["act"], description="new", state="paused")
    assert (changed["treaties"], changed["state"], changed["url"]) == (
        ["open-skies"],
        "paused",
        made["url"],
    )
    recorded(desk.client, notice("POL"))
    assert desk.deliver() == 0
    assert change(state="active", treaties=[])["treaties"] == []
    assert desk.deliver() == 1
    refused = desk.client.patch(
        address, json={"state": "ended", "scheme": "secret"}, headers=OPERATOR
    )
    assert sorted(pointers(refused)) == ["/scheme", "/state"]
    assert desk.client.delete(address, headers=OPERATOR).status_code == 204
    assert problem(desk.client.get(address, headers=OPERATOR)) == (404, "not-found")
    recorded(desk.client, notice("DEU"))
    assert desk.deliver() == 0


def test_a_receiver_can_be_tried(desk: Subscribing, taking: Receiver) -> None:
    made = desk.subscribe(taking.url, treaties=["inf"])

    answer = desk.client.post(f"{ADDRESS}/{made['id']}/test", headers=OPERATOR)
    desk.deliver()

    (told,) = events_in(taking.requests)
    assert answer.status_code == 202
    assert (told["type"], told["id"]) == ("timeline.test", answer.json()["event"])


def test_a_secret_is_replaced_while_the_one_before_still_counts(
    desk: Subscribing, taking: Receiver
) -> None:
    made = desk.subscribe(taking.url)

    again = desk.client.post(f"{ADDRESS}/{made['id']}/secret", headers=OPERATOR).json()
    desk.client.post(f"{ADDRESS}/{made['id']}/test", headers=OPERATOR)
    desk.deliver()

    assert again["secret"] != made["secret"]
    body, given = taking.requests[0].partition(b"\r\n\r\n")[2], headers_in(taking.requests[0])
    for secret in (made["secret"], again["secret"]):
        Webhook(secret).verify(body, given)


def test_a_public_key_is_shown_whenever_it_is_asked_for(desk: Subscribing) -> None:
    made = desk.subscribe(FAR, scheme="ed25519")

    assert made["secret"] is None
    assert made["public_key"].startswith("whpk_")
    assert desk.shown(made)["public_key"] == made["public_key"]


def test_without_the_file_of_keys_nothing_is_signed_and_nothing_is_lost(
    desk: Subscribing, taking: Receiver
) -> None:
    made = desk.subscribe(taking.url)
    path = desk.service.settings.webhook_keys_path()
    away = path.rename(path.with_suffix(".away"))
    desk.client.post(f"{ADDRESS}/{made['id']}/test", headers=OPERATOR)

    refused = desk.client.post(ADDRESS, json={"url": FAR}, headers=OPERATOR)
    with pytest.raises(Exception, match="is not there, and subscriptions"):
        desk.deliver()
    away.rename(path)
    desk.deliver()

    assert problem(refused) == (503, "unavailable")
    assert len(taking.requests) == 1
    assert desk.shown(made, "/webhooks")["webhooks"][0]["attempts"] == 1


def test_what_was_sent_and_what_came_of_it_is_seen(desk: Subscribing) -> None:
    with receiver(answers(b"HTTP/1.1 500 Oh\r\n\r\n")) as failing:
        made = desk.subscribe(failing.url, treaties=["open-skies"])
        recorded(desk.client, notice("POL"))
        desk.deliver()

    first = desk.shown(made, "/webhooks?state=pending&limit=1")
    second = desk.shown(made, f"/webhooks?limit=1&cursor={first['next']}")

    (seen,) = first["webhooks"]
    assert (seen["state"], seen["attempts"], seen["status"]) == ("pending", 1, 500)
    assert (seen["trouble"], seen["treaty"]) == ("it answered 500", "open-skies")
    assert seen["body"]["type"] == "timeline.act"
    assert headers_in(failing.requests[0])["webhook-id"] == seen["id"]
    assert second["webhooks"][0]["attempts"] == 0
    assert second["next"] is not None
    assert desk.shown(made, "/webhooks?state=delivered")["webhooks"] == []
    for wrong in ("state=lost", "cursor=x", "limit=0", "colour=red"):
        answer = desk.client.get(f"{ADDRESS}/{made['id']}/webhooks?{wrong}", headers=OPERATOR)
        assert problem(answer) == (422, "malformed")


def test_dead_letters_are_looked_at_and_replayed(desk: Subscribing) -> None:
    behaviour = [b"HTTP/1.1 500 Oh\r\n\r\n"]
    with receiver(lambda connection: connection.sendall(behaviour[0])) as changing:
        made = desk.subscribe(changing.url, treaties=["open-skies"], types=["act"])
        recorded(desk.client, notice("POL"))
        desk.service.webhooks.deliveries._terms = desk.service.webhooks.deliveries._terms.__class__(
            patience=desk.service.webhooks.deliveries._terms.patience.__class__(days=0)
        )
        desk.deliver()
        (dead,) = desk.shown(made, "/dead-letters")["webhooks"]
        paused = desk.shown(made)
        behaviour[0] = b"HTTP/1.1 200 Fine\r\n\r\n"
        replay = f"{ADDRESS}/{made['id']}/dead-letters/replay"

        assert dead["state"] == "dead"
        assert (paused["dead"], paused["state"]) == (1, "paused")
        bodies: list[object] = [{"ids": "x"}, {"ids": [1]}, {"which": []}, []]
        for wrong in bodies:
            assert problem(desk.client.post(replay, json=wrong, headers=OPERATOR))[0] == 422
        unknown = desk.client.post(replay, json={"ids": ["msg_x"]}, headers=OPERATOR)
        assert problem(unknown) == (404, "not-found")
        desk.client.patch(f"{ADDRESS}/{made['id']}", json={"state": "active"}, headers=OPERATOR)
        again = desk.client.post(replay, json={"ids": [dead["id"]]}, headers=OPERATOR)
        assert again.json() == {"replayed": 1}
        desk.deliver()
        assert desk.shown(made, "/dead-letters")["webhooks"] == []
        assert desk.client.post(replay, headers=OPERATOR).json() == {"replayed": 0}
        ids = [headers_in(each)["webhook-id"] for each in changing.requests]
        assert ids == [dead["id"]] * 2


def test_what_waits_is_measured(desk: Subscribing) -> None:
    made = desk.subscribe(FAR)
    desk.client.post(f"{ADDRESS}/{made['id']}/test", headers=OPERATOR)

    text = desk.client.get("/metrics").text

    assert "timeline_webhooks_pending 1.0" in text
    assert "timeline_webhooks_dead 0.0" in text
    assert "timeline_webhooks_failing 0.0" in text
    assert "timeline_webhooks_oldest_seconds " in text


def test_what_is_answered_is_what_is_declared(desk: Subscribing, taking: Receiver) -> None:
    description: dict[str, Any] = desk.client.get("/openapi.json").json()
    client: TestClient = desk.client
    made = client.post(ADDRESS, json={"url": taking.url}, headers=OPERATOR)
    address, path = f"{ADDRESS}/{made.json()['id']}", "/v1/subscriptions/{id}"

    check(description, ADDRESS, "post", made)
    check(description, ADDRESS, "post", client.post(ADDRESS, json={}, headers=OPERATOR))
    check(description, ADDRESS, "get", client.get(ADDRESS, headers=OPERATOR))
    check(description, ADDRESS, "get", client.get(ADDRESS))
    check(description, f"{path}/test", "post", client.post(f"{address}/test", headers=OPERATOR))
    desk.deliver()
    check(
        description, f"{path}/webhooks", "get", client.get(f"{address}/webhooks", headers=OPERATOR)
    )
    check(
        description,
        f"{path}/dead-letters",
        "get",
        client.get(f"{address}/dead-letters", headers=OPERATOR),
    )
    check(
        description,
        f"{path}/dead-letters/replay",
        "post",
        client.post(f"{address}/dead-letters/replay", headers=OPERATOR),
    )
    check(description, f"{path}/secret", "post", client.post(f"{address}/secret", headers=OPERATOR))
    check(description, path, "get", client.get(address, headers=OPERATOR))
    changed = client.patch(address, json={"description": "x"}, headers=OPERATOR)
    check(description, path, "patch", changed)
    assert client.post(ACTS, json=[], headers=OPERATOR).status_code == 422
