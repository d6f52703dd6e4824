"""Recall: whoever relied on an answer is told when something recorded later makes it another, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.acts import Act
from domain.parties import Register
from infrastructure import catalogue
from tests.api.clients import OPERATOR, pointers, problem
from tests.api.subscribed import ADDRESS, Subscribing, events_in, subscribing
from tests.infrastructure.webhooks.receivers import Receiver, answers, receiver

ROME = "/v1/treaties/rome-statute"
SOUTH_AFRICA = f"{ROME}/parties/ZAF"
LATER = ("domestic_court_ruling", "withdrawal_notice_revoked")


@pytest.fixture
def taking() -> Iterator[Receiver]:
    with receiver(answers(b"HTTP/1.1 204 No Content\r\n\r\n")) as found:
        yield found


@cache
def acts_of_rome() -> tuple[Act, ...]:
    """The acts under the Rome Statute, as the catalogue has them."""
    known = catalogue.acts(Register(catalogue.parties()))
    return tuple(each for each in known if each.treaty == "rome-statute")


def is_later(act: Act) -> bool:
    """Whether South Africa did it after its notice."""
    return act.party == "ZAF" and act.kind in LATER


@contextmanager
def before_the_revocation(url: str, folder: Path) -> Iterator[Subscribing]:
    """The Rome Statute as it stood when South Africa had given notice, and had not taken it back."""
    with subscribing(url, migrate="never", webhook_keys=folder / "timeline.webhooks") as desk:
        desk.service.load_catalogue(treaties_only=True)
        earlier = [each for each in acts_of_rome() if not is_later(each)]
        desk.service.record_facts(earlier, recorded_by="clerk")
        yield desk


@pytest.fixture
def before(migrated_sqlite_database: str, tmp_path: Path) -> Iterator[Subscribing]:
    with before_the_revocation(migrated_sqlite_database, tmp_path) as desk:
        yield desk


@pytest.fixture
def before_on_each(migrated_database_url: str, tmp_path: Path) -> Iterator[Subscribing]:
    with before_the_revocation(migrated_database_url, tmp_path) as desk:
        yield desk


def later(desk: Subscribing, kind: str) -> dict[str, Any]:
    """Record what South Africa did later, as the catalogue has it."""
    (act,) = [each for each in acts_of_rome() if is_later(each) and each.kind == kind]
    recording = desk.service.record_facts([act], recorded_by="clerk")
    return desk.service.written(recording.entries[0])


def permalink_of(desk: Subscribing, address: str) -> str:
    answer = desk.client.get(address)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["content-location"])


def test_south_africa_takes_its_notice_back_and_whoever_relied_on_its_exit_is_told(
    before_on_each: Subscribing, taking: Receiver
) -> None:
    before = before_on_each
    link = permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19")
    relied_on = before.client.get(link).json()
    assert relied_on["status"] == "former_party"
    before.subscribe(taking.url, permalinks=[link], types=["recall"])

    later(before, "domestic_court_ruling")
    before.deliver()
    act = later(before, "withdrawal_notice_revoked")
    before.deliver()

    first, told = events_in(taking.requests)
    assert first["data"]["changed"] == ["proceedings"]  # at home, which moves nothing in law
    assert told["type"] == "timeline.recall"
    assert told["subject"] == "rome-statute/ZAF"
    said = told["data"]
    assert said["permalink"] == link
    assert said["relied_on"] == relied_on["as_recorded"]["position"]
    assert said["changed"] == ["status", "bound", "since", "flags", "periods", "proceedings"]
    assert (said["before"]["status"], said["before"]["bound"]) == ("former_party", False)
    assert (said["after"]["status"], said["after"]["bound"]) == ("party", True)
    assert said["before"] == before.client.get(said["before_permalink"]).json()
    assert said["after"] == before.client.get(said["after_permalink"]).json()
    (because,) = said["because"]
    assert because["id"] == act["id"]
    assert because["kind"] == "withdrawal_notice_revoked"
    assert because["received"] == "2017-03-07"
    assert before.deliver() == 0


def test_an_answer_that_stays_is_not_recalled(before: Subscribing, taking: Receiver) -> None:
    links = [
        permalink_of(before, f"{ROME}/parties/FRA?as_of=2017-10-19"),
        permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19&as_seen=2017-03-06"),
    ]
    before.subscribe(taking.url, permalinks=links, types=["recall"])

    later(before, "withdrawal_notice_revoked")

    assert before.deliver() == 0


def test_a_roster_a_state_and_periods_are_recalled_too(
    before: Subscribing, taking: Receiver
) -> None:
    links = [
        permalink_of(before, f"{ROME}/parties?as_of=2017-10-19"),
        permalink_of(before, f"{ROME}/state?as_of=2017-10-19"),
        permalink_of(before, f"{SOUTH_AFRICA}/periods?as_of=2017-10-19"),
        permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19&towards=FRA&explain=true"),
        permalink_of(before, f"{ROME}/parties/South%20Africa?as_of=2017-10-19"),
    ]
    before.subscribe(taking.url, permalinks=links, types=["recall"])

    later(before, "withdrawal_notice_revoked")
    before.deliver()

    told = [each["data"] for each in events_in(taking.requests)]
    assert sorted(each["permalink"] for each in told) == sorted(links)
    for each in told:
        assert each["after"] == before.client.get(each["after_permalink"]).json()
        assert each["before"] == before.client.get(each["before_permalink"]).json()


def test_who_subscribes_after_the_change_is_told_of_it_at_once(
    before: Subscribing, taking: Receiver
) -> None:
    link = permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19")
    later(before, "withdrawal_notice_revoked")

    before.subscribe(taking.url, permalinks=[f"https://timeline.example{link}"], types=["recall"])
    before.deliver()

    (told,) = events_in(taking.requests)
    assert told["data"]["after"]["status"] == "party"


def test_a_correction_of_the_record_recalls_and_so_does_taking_it_back(
    before: Subscribing, taking: Receiver
) -> None:
    link = permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19")
    before.subscribe(taking.url, permalinks=[link], types=["recall"])
    act = later(before, "withdrawal_notice_revoked")
    corrected = before.client.post(
        f"/v1/acts/{act['id']}/corrections", json={"reason": "misread"}, headers=OPERATOR
    )
    assert corrected.status_code == 201

    before.deliver()

    first, second = [each["data"] for each in events_in(taking.requests)]
    assert (first["before"]["status"], first["after"]["status"]) == ("former_party", "party")
    assert (second["before"]["status"], second["after"]["status"]) == ("party", "former_party")
    assert [each["kind"] for each in second["because"]] == ["record_corrected"]


def test_of_many_acts_recorded_as_one_those_are_named_that_made_the_difference(
    before: Subscribing, taking: Receiver
) -> None:
    link = permalink_of(before, f"{SOUTH_AFRICA}?as_of=2017-10-19")
    before.subscribe(taking.url, permalinks=[link], types=["recall"])
    both = [each for each in acts_of_rome() if is_later(each)]
    before.service.record_facts(both, recorded_by="clerk")

    before.deliver()

    (told,) = events_in(taking.requests)
    assert [each["kind"] for each in told["data"]["because"]] == [
        "domestic_court_ruling",
        "withdrawal_notice_revoked",
    ]


NO_PERMALINKS = (
    "",
    "/v1/treaties/rome-statute/parties/ZAF",
    "/v1/treaties/rome-statute/parties/ZAF?as_of=2017-10-19",
    "/v1/treaties/rome-statute/parties/ZAF?as_recorded=20",
    "/v1/treaties/rome-statute/parties/ZAF?as_of=someday&as_recorded=20",
    "/v1/treaties/rome-statute/parties/ZAF?as_of=2017-10-19&as_recorded=99999999",
    "/v1/treaties/nowhere/parties/ZAF?as_of=2017-10-19&as_recorded=20",
    "/v1/treaties/rome-statute/parties/Atlantis?as_of=2017-10-19&as_recorded=800",
    "/v1/treaties/rome-statute/parties/ZAF?as_of=2017-10-19&as_recorded=800&colour=red",
    "/v1/treaties/rome-statute/parties/ZAF?as_of=2017-10-19&as_of=2018-01-01&as_recorded=800",
    "/v1/treaties/rome-statute?as_of=2017-10-19&as_recorded=800",
    "/v1/treaties/rome-statute/parties?as_of=2017-10-19&as_recorded=800&limit=3",
    "/v1/acts?as_of=2017-10-19&as_recorded=800",
)


def test_only_a_permalink_can_be_relied_on(database: str) -> None:
    with subscribing(database, migrate="never") as desk:
        asked = {"url": "https://93.184.216.34/", "permalinks": NO_PERMALINKS}
        answer = desk.client.post(ADDRESS, json=asked, headers=OPERATOR)

    assert problem(answer) == (422, "malformed")
    places = [f"/permalinks/{number}" for number in range(len(NO_PERMALINKS))]
    assert list(dict.fromkeys(pointers(answer))) == places
