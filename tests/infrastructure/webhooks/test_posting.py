"""One request to a receiver: bounded in time and in what is read, whatever the receiver does."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from infrastructure.webhooks.posting import Outcome, Post, retry_after
from infrastructure.webhooks.targets import Guard, networks_from
from tests.infrastructure.webhooks.certificates import certificate_for
from tests.infrastructure.webhooks.receivers import answers, goes_on_for_ever, receiver

HERE = Guard(allowed=networks_from("127.0.0.0/8, ::1/128"))
SHORT = 0.4
LONG = 20.0


def sent(url: str, timeout_seconds: float = LONG, body: bytes = b"{}") -> Outcome:
    return Post(guard=HERE, timeout_seconds=timeout_seconds)(url, {"webhook-id": "msg_1"}, body)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_status_of_success_is_a_delivery(status: int) -> None:
    with receiver(answers(f"HTTP/1.1 {status} Yes\r\n\r\n".encode())) as found:
        outcome = sent(found.url, body=b'{"a": 1}')

    assert (outcome.status, outcome.is_delivered, outcome.trouble) == (status, True, None)
    (request,) = found.requests
    assert request.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert b"\r\nwebhook-id: msg_1\r\n" in request
    assert request.endswith(b'\r\n\r\n{"a": 1}')


@pytest.mark.parametrize("status", [300, 400, 404, 410, 429, 500, 503])
def test_any_other_status_is_none(status: int) -> None:
    with receiver(answers(f"HTTP/1.1 {status} No\r\nRetry-After: 7\r\n\r\n".encode())) as found:
        outcome = sent(found.url)

    assert (outcome.status, outcome.is_delivered) == (status, False)
    assert outcome.is_unwanted is (status == 410)
    assert (outcome.retry_after is not None) is (status in (429, 503))
    assert f"it answered {status}" in str(outcome.trouble)


def test_redirects_are_not_followed() -> None:
    with receiver(answers(b"HTTP/1.1 200 OK\r\n\r\n")) as other:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
        with receiver(answers(moved.encode())) as found:
            outcome = sent(found.url)

    assert (outcome.status, outcome.is_delivered) == (307, False)
    assert "redirects are not followed" in str(outcome.trouble)
    assert other.requests == []


ENDLESS = {
    "it says nothing": lambda _: threading.Event().wait(1.0),
    "a byte of the status now and then": goes_on_for_ever(b"HTTP", b" ", 0.05),
    "a byte of a header now and then": goes_on_for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05),
    "a header now and then": goes_on_for_ever(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n", 0.05),
    "provisional answers": goes_on_for_ever(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.02),
}


@pytest.mark.parametrize("behaviour", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_receiver_that_does_not_come_to_an_end_is_left(
    behaviour: Callable[[socket.socket], None],
) -> None:
    began = time.monotonic()
    with receiver(behaviour) as found:
        outcome = sent(found.url, SHORT)
        took = time.monotonic() - began

    assert outcome.error == "no answer within 0.4 s"
    assert SHORT <= took < 5
    assert outcome.seconds >= SHORT


def test_headers_without_end_are_not_kept() -> None:
    flood = goes_on_for_ever(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 60_000 + b"\r\n", 0)
    with receiver(flood) as found:
        outcome = sent(found.url)

    assert outcome.status is None
    assert outcome.seconds < LONG
    assert outcome.trouble


def test_a_body_is_not_read_however_long_it_is() -> None:
    endless = goes_on_for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 0)
    with receiver(endless) as found:
        outcome = sent(found.url)

    assert outcome.is_delivered
    assert outcome.seconds < LONG


@pytest.mark.parametrize("text", ["", "HTTP/1.1 20", "I am no web server\r\n\r\n"])
def test_a_receiver_that_closes_early_or_speaks_otherwise_has_taken_nothing(text: str) -> None:
    with receiver(answers(text.encode())) as found:
        outcome = sent(found.url)

    assert outcome.status is None
    assert outcome.trouble


def test_where_nobody_listens_nothing_is_delivered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    outcome = sent(f"http://127.0.0.1:{port}/")

    assert outcome.status is None
    assert "refused" in str(outcome.trouble).lower()


def test_what_is_not_allowed_is_not_connected_to() -> None:
    with receiver(answers(b"HTTP/1.1 200 OK\r\n\r\n")) as found:
        outcome = Post(guard=Guard(), timeout_seconds=LONG)(found.url, {}, b"")

    assert outcome.refused
    assert found.requests == []


def test_a_name_that_is_answered_differently_the_second_time_leads_nowhere_else() -> None:
    said = [["127.0.0.2"], ["127.0.0.1"]]

    def rebinding(host: str, port: int) -> Sequence[str]:
        del host, port
        return said.pop(0)

    guard = Guard(allowed=networks_from("127.0.0.2/32"))
    with receiver(answers(b"HTTP/1.1 200 OK\r\n\r\n")) as found:
        url = found.url.replace("127.0.0.1", "receiver.example")
        post = Post(guard=guard, timeout_seconds=LONG, resolver=rebinding)
        first, second = post(url, {}, b""), post(url, {}, b"")

    assert first.status is None
    assert not first.refused  # it was allowed, and nobody listens there
    assert second.refused
    assert found.requests == []


def test_the_second_address_of_a_name_is_tried_where_the_first_does_not_answer() -> None:
    with receiver(answers(b"HTTP/1.1 200 OK\r\n\r\n")) as found:
        url = found.url.replace("127.0.0.1", "receiver.example")
        resolver = lambda *_: ["127.0.0.3", "10.0.0.1", "127.0.0.1"]  # noqa: E731
        outcome = Post(guard=HERE, timeout_seconds=LONG, resolver=resolver)(url, {}, b"")

    assert outcome.is_delivered
    (request,) = found.requests
    assert b"\r\nHost: receiver.example:" in request


def test_a_certificate_must_be_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    serving, trusting = certificate_for("receiver.example", tmp_path)

    def behave(connection: socket.socket) -> None:
        with serving.wrap_socket(connection, server_side=True) as safe:
            safe.recv(65_536)
            safe.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with tls_receiver(behave) as port:
        post = Post(
            guard=HERE, timeout_seconds=LONG, resolver=lambda *_: ["127.0.0.1"], trusted=trusting
        )
        right = post(f"https://receiver.example:{port}/", {}, b"")
        wrong = post(f"https://other.example:{port}/", {}, b"")

    assert right.is_delivered, right
    assert wrong.status is None
    assert "certificate" in str(wrong.trouble).lower()


def test_a_handshake_that_does_not_come_to_an_end_is_left() -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00")
        goes_on_for_ever(b"", b"\x02", 0.05)(connection)

    with tls_receiver(behave) as port:
        outcome = Post(guard=HERE, timeout_seconds=SHORT, trusted=ssl.create_default_context())(
            f"https://127.0.0.1:{port}/", {}, b""
        )

    assert outcome.error == "no answer within 0.4 s"
    assert outcome.seconds < 5


@pytest.mark.parametrize(
    ("given", "status", "wait"),
    [
        ("120", 429, timedelta(seconds=120)),
        (" 0 ", 503, timedelta()),
        ("120", 500, None),
        (None, 429, None),
        ("soon", 429, None),
        ("-5", 503, None),
        ("99999999999999", 503, None),
        ("Tue, 24 Nov 2020 12:00:00 GMT", 503, timedelta()),
        ("Tue, 24 Nov 2020 12:00:00 -0000", 503, None),
    ],
)
def test_how_long_a_receiver_asks_to_wait(
    given: str | None, status: int, wait: timedelta | None
) -> None:
    assert retry_after(given, status) == wait


def test_a_receiver_may_name_the_instant() -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)

    wait = retry_after(format_datetime(later, usegmt=True), 429)

    assert wait is not None
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


@contextmanager
def tls_receiver(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on which connections are taken as they are, before anything is read."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def serve() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(2)
                        behave(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stopped.set()
        thread.join()
