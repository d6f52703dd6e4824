"""The database full, busy or gone: 503 or 507 and when to try again, nothing half done, and back by itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from infrastructure.database import normalised
from tests.api.clients import OPERATOR, client_over, problem

ACTS = "/v1/treaties/river/acts"
SIGNED = [
    {"kind": "signature", "party": party, "dated": "2001-02-03", "note": "of the river " * 200}
    for party in ("AAA", "BBB")
]
IMPATIENT = {
    "lock_timeout_seconds": 0.2,
    "statement_timeout_seconds": 2,
    "connect_timeout_seconds": 2,
    "pool_timeout_seconds": 2,
}


@pytest.fixture
def client(migrated_database_url: str) -> Iterator[TestClient]:
    """A client over a record with one treaty and two parties, that waits for no database."""
    with client_over(migrated_database_url, migrate="never", **IMPATIENT) as client:
        for path, body in (
            (
                "/v1/parties",
                [{"party": each, "names": [{"name": each}]} for each in ("AAA", "BBB")],
            ),
            ("/v1/treaties", {"treaty": "river", "title": "River"}),
        ):
            assert client.post(path, json=body, headers=OPERATOR).status_code == 201
        yield client


def sign(client: TestClient) -> Any:
    """What is answered to the same request to record two acts, under the same key."""
    return client.post(ACTS, json=SIGNED, headers={**OPERATOR, "Idempotency-Key": "once"})


def recorded(client: TestClient) -> list[str]:
    return [each["party"] for each in client.get("/v1/acts?treaty=river").json()["acts"]]


def engine_of(client: TestClient) -> sa.Engine:
    engine: sa.Engine = client.app.state.service.engine  # type: ignore[attr-defined]  # our app
    return engine


@contextmanager
def full(client: TestClient) -> Iterator[None]:
    """No room for another page, by what each database has for that."""
    engine = engine_of(client)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

        def limit(connection: Any, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages}")

        sa.event.listen(engine, "checkout", limit)
        yield
        sa.event.remove(engine, "checkout", limit)
        sa.event.listen(
            engine, "checkout", lambda one, *_: one.execute("PRAGMA max_page_count=1000000")
        )
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER full_disk AFTER INSERT ON event_log"
            " FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON event_log")


@contextmanager
def busy(client: TestClient) -> Iterator[None]:
    """Somebody of another process holds what is needed to write."""
    engine = engine_of(client)
    held = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "LOCK TABLE event_log"
    other = sa.create_engine(engine.url, isolation_level=None, poolclass=sa.NullPool)
    with other.connect() as connection:
        connection.exec_driver_sql(held)
        yield
        connection.rollback()


@contextmanager
def gone(client: TestClient) -> Iterator[None]:
    """The database takes no connection, and those that there were are cut."""
    url = normalised(engine_of(client).url)
    admin = sa.create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{url.database}'"
        )
        yield
        connection.exec_driver_sql(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')


Outage = Callable[[TestClient], Any]


@pytest.mark.parametrize(("outage", "told"), [(full, (507, "full")), (busy, (503, "unavailable"))])
def test_what_cannot_be_written_now_is_refused_whole_and_recorded_once_later(
    client: TestClient, outage: Outage, told: tuple[int, str]
) -> None:
    with outage(client):
        refused = sign(client)
        reading = client.get("/v1/treaties/river/parties/AAA")
    later, again = sign(client), sign(client)

    assert problem(refused) == told
    assert int(refused.headers["retry-after"]) > 0
    assert reading.status_code in {200, 503}  # PostgreSQL may hold readers too
    assert (later.status_code, later.json()["recorded"]) == (201, 2)
    assert again.json()["acts"] == later.json()["acts"]
    assert recorded(client) == ["AAA", "BBB"]


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_told_without_its_address_and_comes_back(
    client: TestClient,
) -> None:
    addresses = ["/v1/acts", "/readyz"]
    with gone(client):
        refused = [sign(client), *(client.get(each) for each in addresses)]
        many = client.post("/v1/status", json={"queries": [{"treaty": "river", "party": "AAA"}]})
        alive = client.get("/healthz")
    back = [sign(client), *(client.get(each) for each in addresses)]

    assert [each.status_code for each in refused] == [503] * 3
    assert all(int(each.headers["retry-after"]) > 0 for each in refused[:2])
    assert not any("127.0.0.1" in each.text or "timeline_test" in each.text for each in refused)
    assert many.status_code in {200, 503}  # what is in memory is still answered for a moment
    assert alive.status_code == 200
    assert [each.status_code for each in back] == [201, 200, 200]
    assert recorded(client) == ["AAA", "BBB"]
