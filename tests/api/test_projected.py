"""Lists are the same whether the read model answers or the folds and the log do."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import answering, projected
from api.dependencies import ChangesWanted, Service, Wanted, open_service
from domain.acts import Act
from domain.bounds import Bounds, Record
from domain.errors import NotFound
from infrastructure.settings import Settings
from tests.api.clients import client_over, recorded
from tests.infrastructure.histories import Drafts, History, drafts, record
from tests.infrastructure.test_projector import brought_level

DAYS = (date(1990, 3, 1), date(1991, 1, 1), date(2000, 1, 1))


@pytest.fixture
def database_url(migrated_database_url: str) -> str:
    return migrated_database_url


@pytest.mark.no_cover  # what it runs is measured by plainer tests, and tracing doubles its time
@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(transactions=drafts(), what=st.integers(0, 2))
def test_lists_are_those_of_the_folds_at_every_position(
    database_url: str, transactions: Drafts, what: int
) -> None:
    history, services = History(), [opened(database_url) for _ in range(2)]
    by_folds, by_read_model = services
    by_folds.is_projected = lambda _: False  # type: ignore[method-assign, assignment]  # as before
    written = [history.beginning(what)]
    written += [[history.fact(draft) for draft in transaction] for transaction in transactions]
    positions = [record(by_folds.archive, facts) for facts in written]
    brought_level(by_read_model.engine, by_read_model.archive)
    acts = [each for facts in written for each in facts if isinstance(each, Act)]

    try:
        for position in positions:
            assert by_read_model.is_projected(Record(position=position))
            for ask in questions(history, acts, position):
                assert said(ask, by_read_model) == said(ask, by_folds)
    finally:
        for each in services:
            each.close()


def questions(
    history: History, acts: list[Act], position: int
) -> Iterator[Callable[[Service], Any]]:
    """What can be asked for as a list, of every treaty and party of the history."""
    now = Record(position=position)
    for treaty in history.treaties:
        yield lambda of, treaty=treaty: answering.changes(  # type: ignore[misc]  # all are alike
            of, Bounds(as_of=DAYS[0], record=now), ChangesWanted(treaty=treaty)
        )
        yield lambda of, treaty=treaty: answering.acts(  # type: ignore[misc]
            of, Wanted(treaty=treaty, done_by=DAYS[1]), now, limit=3
        )
        yield lambda of, treaty=treaty: answering.acts(  # type: ignore[misc]
            of, Wanted(treaty=treaty, seen_by=DAYS[1]), now, after=position - 4, limit=2
        )
    for party in sorted({each.party for each in acts if each.party is not None}):
        for day in DAYS:
            bounds = Bounds(as_of=day, record=now)
            yield lambda of, party=party, bounds=bounds: answering.treaties_of(of, party, bounds)  # type: ignore[misc]
        for wanted in (ChangesWanted(party=party), ChangesWanted(party=party, first_day=DAYS[1])):
            yield lambda of, wanted=wanted: answering.changes(  # type: ignore[misc]
                of, Bounds(as_of=DAYS[0], record=now), wanted
            )


def said(ask: Callable[[Service], Any], service: Service) -> Any:
    try:
        return ask(service)
    except NotFound as refusal:
        return str(refusal)


def test_nothing_is_asked_of_a_read_model_that_lags_behind(database: str) -> None:
    with client_over(database, migrate="never") as client:
        service: Service = client.app.state.service  # type: ignore[attr-defined]  # an application of ours
        brought_level(service.engine, service.archive)
        before = service.record()
        told = recorded(client, {"kind": "policy_review", "party": "RUS", "dated": "2021-06-15"})
        after = service.record()

        listed = client.get("/v1/acts", params={"treaty": "open-skies", "from": "2021-06-15"})

        assert (service.is_projected(before), service.is_projected(after)) == (True, False)
        assert projected.acts(service, Wanted(), after, after=0, limit=9) is None
        assert told["id"] in [each["id"] for each in listed.json()["acts"]]


def test_pages_of_changes_are_the_whole(database: str) -> None:
    with client_over(database, migrate="never") as client:
        service: Service = client.app.state.service  # type: ignore[attr-defined]  # the same
        brought_level(service.engine, service.archive)
        address = "/v1/changes?treaty=open-skies&as_of=2021-06-16"

        whole = client.get(address).json()["changes"]
        pages = paged(client, f"{address}&limit=7")

    assert pages == whole
    assert len(whole) > 14


def paged(client: TestClient, address: str) -> list[Any]:
    """All pages, one after the other."""
    found, page = [], client.get(address).json()
    found += page["changes"]
    while page["next"] is not None:
        page = client.get(f"{address}&cursor={page['next']}").json()
        found += page["changes"]
    return found


@pytest.mark.parametrize("projects", [False, True])
def test_acts_are_those_done_by_the_day_and_known_by_the_other(
    database: str, *, projects: bool
) -> None:
    with client_over(database, migrate="never") as client:
        service: Service = client.app.state.service  # type: ignore[attr-defined]  # the same
        if projects:
            brought_level(service.engine, service.archive)
        told = recorded(
            client,
            {
                "kind": "policy_review",
                "party": "RUS",
                "dated": "2021-06-10",
                "notified": "2021-07-01",
            },
        )
        if projects:
            brought_level(service.engine, service.archive)

        def listed(**bounds: str) -> bool:
            asked = {"treaty": "open-skies", "party": "RUS", **bounds}
            return told["id"] in [
                each["id"] for each in client.get("/v1/acts", params=asked).json()["acts"]
            ]

        assert listed()
        assert [listed(as_of="2021-06-09"), listed(as_of="2021-06-10")] == [False, True]
        assert [listed(as_seen="2021-06-30"), listed(as_seen="2021-07-01")] == [False, True]


def opened(database_url: str) -> Service:
    return open_service(Settings(database_url=database_url, projector="external"))
