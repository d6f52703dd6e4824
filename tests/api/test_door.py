"""The door: what is too large, too slow, too deep or too often stays outside, and the others are served."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import ACTS, OPERATOR, RUSSIA, client_over, notice, pointers, problem
from tests.serving import free_port, running_service


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path) -> Iterator[int]:
    """The port of a real server over the catalogue, that waits a second for a body."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "timeline.db").write_bytes(catalogue_template.read_bytes())
    settings = {
        "TIMELINE_PROJECTOR": "external",
        "TIMELINE_API_KEY": "secret",
        "TIMELINE_BODY_SECONDS": "0.5",
    }
    port = free_port()
    with running_service(folder, port, settings):
        yield port


def talk(port: int, sent: bytes, *more: bytes) -> bytes:
    """What the server says to these bytes, up to the end of its first answer's head."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(sent)
        for each in more:
            try:
                line.sendall(each)
            except OSError:
                break
        heard = b""
        while b"\r\n\r\n" not in heard:
            try:
                part = line.recv(65_536)
            except ConnectionResetError:
                break
            if not part:
                break
            heard += part
    return heard


def post(length: int, body: bytes = b"") -> bytes:
    """A request to record that says it has a body of this length."""
    return (
        f"POST {ACTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode() + body


# --- over a real line ---


def test_a_body_of_a_hundred_megabytes_is_refused_before_it_comes(served: int) -> None:
    heard = talk(served, post(100_000_000), b"x" * 1_000_000)

    assert heard.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_say_its_length_is_bounded_too(served: int) -> None:
    head = f"POST {ACTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n".encode()
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"

    heard = talk(served, head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 20)

    assert heard.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_come_is_given_up(served: int) -> None:
    heard = talk(served, post(100, b'{"kind": '))

    assert heard.startswith(b"HTTP/1.1 408 ")


def test_a_flood_of_headers_is_refused(served: int) -> None:
    flood = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1_000) for number in range(300))

    heard = talk(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\n", flood + b"\r\n")

    assert heard.startswith(b"HTTP/1.1 400 ") or heard == b""


def test_a_header_without_end_is_refused(served: int) -> None:
    heard = talk(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", *[b"y" * 100_000] * 20)

    assert heard.startswith(b"HTTP/1.1 400 ") or heard == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
)
def test_what_is_no_request_is_refused(served: int, sent: bytes) -> None:
    heard = talk(served, sent)

    assert heard.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")) or heard == b""


def test_others_are_served_while_somebody_is_slow(served: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", served), timeout=20) for _ in range(20)]
    for each in slow:
        each.sendall(post(100, b"{"))

    heard = talk(served, f"GET {RUSSIA} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    for each in slow:
        each.close()
    assert heard.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_goes_away_leaves_the_others_served(served: int) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", served)) as line:
            line.sendall(b"GET /v1/acts HTTP/1.1\r\nHost: x\r\n\r\n")

    heard = talk(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 200 ")


# --- bodies ---


def nested(levels: int) -> bytes:
    return (
        b'{"kind": "signature", "replacement": ' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"
    )


@pytest.mark.parametrize("levels", [64, 300, 5_000, 100_000])
@pytest.mark.parametrize("address", [ACTS, "/v1/status", "/v1/whatif"])
def test_deep_json_is_refused(reader: TestClient, address: str, levels: int) -> None:
    answer = reader.post(address, content=nested(levels), headers=OPERATOR)

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), [""])


def test_what_is_not_deep_is_read(reader: TestClient) -> None:
    answer = reader.post(ACTS, content=nested(62), headers=OPERATOR)

    assert "/replacement/a" in pointers(answer)


def test_the_depth_of_many_acts_is_not_their_number(reader: TestClient) -> None:
    answer = reader.post(ACTS, json=[{}] * 100, headers=OPERATOR)

    assert pointers(answer)[0].startswith("/0")


def test_a_body_may_be_as_large_as_the_settings_say(database: str) -> None:
    with client_over(database, migrate="never", max_body_bytes=1024) as client:
        small = json.dumps(notice("POL")).encode()
        fits, too_large = small.ljust(1024), small.ljust(1025)

        answers = [client.post(ACTS, content=each, headers=OPERATOR) for each in (fits, too_large)]

    assert answers[0].status_code == 201
    assert problem(answers[1]) == (413, "too-large")


# --- too often ---


def test_who_asks_too_often_is_told_when_to_come_again(database: str) -> None:
    with client_over(database, migrate="never", rate_limit="2/hour") as client:
        stranger = TestClient(client.app, client=("203.0.113.9", 1), raise_server_exceptions=False)
        other = TestClient(client.app, client=("203.0.113.10", 1), raise_server_exceptions=False)

        answers = [stranger.get("/healthz") for _ in range(3)]

        assert [each.status_code for each in answers] == [200, 200, 429]
        assert problem(answers[2]) == (429, "too-many-requests")
        assert 1 <= int(answers[2].headers["retry-after"]) <= 3601
        assert other.get("/healthz").status_code == 200


def test_who_guesses_keys_has_no_more_requests_than_who_has_none(database: str) -> None:
    with client_over(database, migrate="never", rate_limit="3/hour") as client:
        stranger = TestClient(client.app, client=("203.0.113.9", 1), raise_server_exceptions=False)
        holder = TestClient(client.app, client=("203.0.113.8", 1), raise_server_exceptions=False)

        guesses = [
            stranger.post(ACTS, json={}, headers={"Authorization": f"Bearer guess-{number}"})
            for number in range(5)
        ]
        held = [holder.post(ACTS, json={}, headers=OPERATOR).status_code for _ in range(4)]

    assert [each.status_code for each in guesses] == [401, 401, 401, 429, 429]
    assert held == [422, 422, 422, 429]


def test_this_machine_asks_as_often_as_it_likes(database: str) -> None:
    with client_over(database, migrate="never", rate_limit="1/hour") as client:
        statuses = {client.get("/healthz").status_code for _ in range(5)}

    assert statuses == {200}


# --- said of every answer ---


@pytest.mark.parametrize("address", ["/healthz", RUSSIA, "/nowhere", "/docs", f"{RUSSIA}?x=1"])
def test_every_answer_is_safe_to_show_and_open_to_read(reader: TestClient, address: str) -> None:
    headers = reader.get(address).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["access-control-allow-origin"] == "*"
    assert "server" not in headers


def test_a_browser_may_ask_before_it_asks(reader: TestClient) -> None:
    answer = reader.options(
        ACTS,
        headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"},
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "OPTIONS, POST"
    assert "If-Match" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        (RUSSIA, "GET, HEAD, OPTIONS"),
        ("/v1/treaties", "GET, HEAD, OPTIONS, POST"),
        ("/v1/status", "OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_what_can_be_done_to_an_address_is_told(
    reader: TestClient, address: str, allowed: str
) -> None:
    assert reader.options(address).headers["allow"] == allowed


def test_nothing_can_be_done_where_nothing_is(reader: TestClient) -> None:
    assert problem(reader.options("/nowhere")) == (404, "not-found")


def test_a_slash_within_a_name_does_not_cut_it(client: TestClient) -> None:
    entry = {"party": "ZZQ", "names": [{"name": "Zed/Quebec"}]}
    client.post("/v1/parties", json=entry, headers=OPERATOR)

    answer = client.get("/v1/treaties/open-skies/parties/Zed%2FQuebec")
    unknown = client.get("/v1/treaties/open-skies/parties/Nobody%2fhere")
    again = client.get(answer.headers["content-location"])

    assert (answer.status_code, answer.json()["party"]) == (200, "ZZQ")
    assert again.content == answer.content
    assert problem(unknown) == (404, "not-found")
    assert "there is no party Nobody" in unknown.json()["detail"]


def test_what_may_be_compressed_says_so_also_where_it_is_not(reader: TestClient) -> None:
    assert reader.get("/docs").headers["vary"] == "Accept-Encoding"


def test_a_request_keeps_the_id_that_it_came_with(reader: TestClient) -> None:
    answer = reader.get("/healthz", headers={"X-Request-Id": "trace-1.a_B"})

    assert answer.headers["x-request-id"] == "trace-1.a_B"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 65, "<script>"])
def test_a_request_without_a_usable_id_is_given_one(reader: TestClient, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-Id": given}

    first, second = (reader.get("/healthz", headers=headers).headers["x-request-id"] for _ in "12")

    assert first != second
    assert len(first) == 16
