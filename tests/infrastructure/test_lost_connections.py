"""A connection may break at any moment: nothing is recorded twice, nothing acknowledged lost."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.errors import Conflict, Unavailable
from domain.ports import IdempotencyKey
from infrastructure.archive import ATTEMPTS, EventArchive
from infrastructure.database import open_engine
from infrastructure.recorder import LARGEST_STATEMENT


class Wire:
    """A wire to a server that can be cut, before a request arrives or before its answer does."""

    def __init__(self, server: sa.URL) -> None:
        self._server = (server.host or "localhost", server.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = server.set(host="127.0.0.1", port=self._door.getsockname()[1])
        self.requests_to_lose: list[bytes] = []
        self.answers_to_lose: list[bytes] = []
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._cut(*self._sockets)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._sockets += [client, server]
            loses_answer = threading.Event()
            self._carry(client, server, loses_answer, is_request=True)
            self._carry(server, client, loses_answer, is_request=False)

    def _carry(
        self,
        source: socket.socket,
        target: socket.socket,
        loses_answer: threading.Event,
        *,
        is_request: bool,
    ) -> None:
        def run() -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    if is_request and self._takes(self.requests_to_lose, data):
                        break
                    if is_request and self._takes(self.answers_to_lose, data):
                        loses_answer.set()
                    if not is_request and loses_answer.is_set():
                        break
                    target.sendall(data)
            self._cut(source, target)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _takes(self, marks: list[bytes], data: bytes) -> bool:
        found = next((mark for mark in marks if mark in data), None)
        if found is not None:
            marks.remove(found)
        return found is not None

    def _cut(self, *sockets: socket.socket) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(migrated_postgres_database: str) -> Iterator[Wire]:
    wire = Wire(sa.make_url(migrated_postgres_database))
    yield wire
    wire.close()


@pytest.fixture
def archive(wire: Wire) -> Iterator[EventArchive]:
    """An archive at the other end of the wire."""
    engine = open_engine(wire.url)
    yield EventArchive(engine)
    engine.dispose()


def an_act() -> Act:
    return Act(id=str(uuid4()), treaty="npt", kind="signature", party="POL")


def test_a_lost_answer_is_found_in_the_log(wire: Wire, archive: EventArchive) -> None:
    wire.answers_to_lose = [b"INSERT INTO event_log"]

    entries = archive.append([an_act(), an_act()], expected={}, recorded_by="clerk")

    assert wire.answers_to_lose == []
    assert archive.entries("treaty:npt") == entries


def test_a_lost_request_is_sent_again(wire: Wire, archive: EventArchive) -> None:
    wire.requests_to_lose = [b"INSERT INTO event_log"] * (ATTEMPTS - 1)

    entries = archive.append([an_act(), an_act()], expected={}, recorded_by="clerk")

    assert wire.requests_to_lose == []
    assert archive.entries("treaty:npt") == entries


def test_a_request_that_is_lost_every_time_is_refused(wire: Wire, archive: EventArchive) -> None:
    wire.requests_to_lose = [b"INSERT INTO event_log"] * ATTEMPTS

    with pytest.raises(Unavailable):
        archive.append([an_act()], expected={}, recorded_by="clerk")

    assert archive.head().position == 0


@pytest.mark.parametrize("mark", [b"COPY event_log", b"COMMIT"])
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_large_batch_is_recorded_once_whichever_message_is_lost(
    wire: Wire, archive: EventArchive, mark: bytes, lost: str
) -> None:
    if lost == "answer":
        wire.answers_to_lose = [mark]
    else:
        wire.requests_to_lose = [mark]
    acts = [an_act() for _ in range(LARGEST_STATEMENT + 1)]

    entries = archive.append(acts, expected={}, recorded_by="clerk")

    assert wire.answers_to_lose == wire.requests_to_lose == []
    assert archive.entries("treaty:npt") == entries


def test_a_lost_answer_with_a_key_gives_the_same_entries(wire: Wire, archive: EventArchive) -> None:
    wire.answers_to_lose = [b"INSERT INTO event_log"]
    key = IdempotencyKey(key="k", fingerprint="f")

    entries = archive.append([an_act()], expected={}, recorded_by="clerk", key=key)

    assert archive.recorded_under(key, recorded_by="clerk") == entries


def test_another_writers_entry_is_not_taken_for_our_own(
    wire: Wire, archive: EventArchive, migrated_postgres_database: str
) -> None:
    act = an_act()
    archive.head()
    other = open_engine(migrated_postgres_database)
    EventArchive(other).append([act], expected={}, recorded_by="other")
    other.dispose()
    wire.requests_to_lose = [b"INSERT INTO event_log"]

    with pytest.raises(Conflict):
        archive.append([act], expected={}, recorded_by="clerk")

    assert [each.recorded_by for each in archive.entries("treaty:npt")] == ["other"]


def test_an_import_goes_on_after_a_lost_answer(wire: Wire, archive: EventArchive) -> None:
    wire.answers_to_lose = [b"INSERT INTO event_log"]
    acts = [an_act(), an_act()]

    (places,) = archive.import_entries(acts, expected={}, recorded_by="import")

    assert [each.position for each in places] == [1, 2]
    assert [each.content for each in archive.since(0)] == acts


def test_a_lost_read_is_asked_again(wire: Wire, archive: EventArchive) -> None:
    entries = archive.append([an_act()], expected={}, recorded_by="clerk")
    wire.requests_to_lose = [b"FROM event_log"]

    assert archive.entries("treaty:npt") == entries
    assert wire.requests_to_lose == []


def test_a_follower_outlives_its_connections(
    archive: EventArchive, migrated_postgres_database: str
) -> None:
    first = archive.append([an_act()], expected={}, recorded_by="clerk")

    with archive.follow(0) as following:
        entries = iter(following)
        seen = list(islice(entries, 1))
        with psycopg.connect(migrated_postgres_database, autocommit=True) as shell:
            shell.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        second = archive.append([an_act()], expected={"treaty:npt": 1}, recorded_by="clerk")
        seen += islice(entries, 1)

    assert tuple(seen) == first + second


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    engine = open_engine(f"postgresql://nobody@127.0.0.1:{port}/nothing")

    with pytest.raises(Unavailable, match="does not answer"):
        EventArchive(engine).head()
