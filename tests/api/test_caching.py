"""Caching: a validator for each representation, a permalink for each answer, and the same bytes for ever."""

import gzip
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from infrastructure.release import release
from tests.api.clients import (
    OPERATOR,
    PARTIES,
    POLAND,
    RUSSIA,
    client_over,
    notice,
    record,
    recorded,
)

READS = (
    "/v1/treaties",
    "/v1/treaties/open-skies",
    "/v1/treaties/open-skies/state",
    PARTIES,
    RUSSIA,
    f"{RUSSIA}?explain=true&as_of=2021-06-16",
    f"{RUSSIA}/periods",
    "/v1/parties",
    "/v1/parties/RUS",
    "/v1/parties/RUS/treaties",
    "/v1/acts?treaty=open-skies",
    "/v1/kinds",
    "/v1/changes?treaty=open-skies",
    "/v1/diff?treaty=open-skies&from=2020-01-01&to=2021-01-01",
)


@pytest.mark.parametrize("address", READS)
def test_every_read_has_a_strong_validator_and_its_permalink(
    reader: TestClient, address: str
) -> None:
    answer = reader.get(address)

    assert answer.headers["etag"].startswith('"')
    assert answer.headers["cache-control"] == "public, no-cache"
    assert "as_recorded=1451" in answer.headers["content-location"]


@pytest.mark.parametrize("address", READS)
def test_who_has_it_is_sent_nothing(reader: TestClient, address: str) -> None:
    tag = reader.get(address).headers["etag"]

    answer = reader.get(address, headers={"If-None-Match": f'"other", W/{tag}'})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


@pytest.mark.parametrize("address", READS)
def test_a_permalink_gives_the_same_bytes_after_more_recording_and_a_restart(
    database: str, address: str
) -> None:
    with client_over(database, migrate="never") as client:
        first = client.get(address)
        permalink = first.headers["content-location"]
        record(client, [notice("POL"), notice("RUS", despite=["not_a_party"], note="x")])
        client.post("/v1/parties/", headers=OPERATOR)
        after = client.get(permalink)

    with client_over(database, migrate="never") as client:
        restarted = client.get(permalink)

    assert (after.content, restarted.content) == (first.content, first.content)
    assert after.headers["etag"] == restarted.headers["etag"]
    assert restarted.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-location" not in restarted.headers


@pytest.mark.parametrize("address", [RUSSIA, PARTIES, "/v1/treaties/open-skies/state"])
def test_another_release_has_other_validators_but_for_what_is_pinned(
    database: str, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def tags() -> tuple[str, str]:
        with client_over(database, migrate="never") as client:
            now = client.get(address)
            return now.headers["etag"], client.get(now.headers["content-location"]).headers["etag"]

    ours = tags()
    monkeypatch.setattr("api.dependencies.release", lambda: "another")
    theirs = tags()

    assert ours[0] != theirs[0]
    assert ours[1] == theirs[1]


def test_a_pinned_answer_is_known_by_its_bytes(reader: TestClient) -> None:
    query = "as_of=2021-06-16&as_recorded=1451"
    one, other = (
        reader.get(f"{RUSSIA}?{query}"),
        reader.get(f"{PARTIES}/Russia?as_recorded=1451&as_of=2021-06-16"),
    )

    answer = reader.get(f"{RUSSIA}?{query}", headers={"If-None-Match": one.headers["etag"]})

    assert one.headers["etag"] == other.headers["etag"]
    assert answer.status_code == 304


def test_a_release_is_named_by_its_sources(tmp_path: Path) -> None:
    def named(folder: str, *contents: str) -> str:
        for number, content in enumerate(contents):
            path = tmp_path / folder / "api" / f"module_{number}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return release(tmp_path / folder)

    assert named("one", "a = 1", "b") == named("same", "a = 1", "b")
    assert named("other", "a = 2", "b") != named("one", "a = 1", "b")
    assert named("moved", "a = 1b", "") != named("one", "a = 1", "b")


def test_what_is_recorded_changes_the_validator(client: TestClient) -> None:
    before = client.get(POLAND).headers["etag"]
    recorded(client, notice("POL"))

    answer = client.get(POLAND, headers={"If-None-Match": before})

    assert (answer.status_code, answer.headers["etag"] == before) == (200, False)


def test_a_day_left_open_is_not_immutable(reader: TestClient) -> None:
    answer = reader.get(RUSSIA, params={"as_recorded": "1451"})

    assert answer.headers["cache-control"] == "public, no-cache"


def test_an_instant_of_the_latest_entry_is_not_immutable(client: TestClient) -> None:
    at = client.get(POLAND).json()["as_recorded"]["at"]
    query = {"as_of": "2026-11-24", "as_recorded": at}
    latest = client.get(POLAND, params=query).headers["cache-control"]
    recorded(client, notice("POL"))

    answer = client.get(POLAND, params=query)

    assert latest == "public, no-cache"
    assert "Content-Location" in answer.headers or "immutable" in answer.headers["cache-control"]


def test_a_name_that_is_not_ascii_stands_encoded_in_the_permalink(reader: TestClient) -> None:
    first = reader.get(f"{PARTIES}/Türkiye", params={"towards": "Türkiye"})

    permalink = first.headers["content-location"]

    assert permalink.isascii()
    assert reader.get(permalink).content == first.content


def test_forms_have_validators_of_their_own(reader: TestClient) -> None:
    forms = ("application/json", "text/csv", "application/x-ndjson")

    answers = [reader.get(PARTIES, headers={"Accept": each}) for each in forms]

    assert len({each.headers["etag"] for each in answers}) == 3
    assert all("Accept" in each.headers["vary"].split(", ") for each in answers)


@pytest.mark.parametrize("address", [*READS, "/healthz", "/readyz", "/openapi.json", "/problems/"])
def test_head_says_what_get_says_without_a_body(reader: TestClient, address: str) -> None:
    said = reader.get(address)

    answer = reader.head(address)

    assert (answer.status_code, answer.content) == (said.status_code, b"")
    assert {name: each for name, each in answer.headers.items() if name != "x-request-id"} == {
        name: each for name, each in said.headers.items() if name != "x-request-id"
    }


def test_head_of_a_list_in_another_form_has_its_headers(reader: TestClient) -> None:
    answer = reader.head(PARTIES, headers={"Accept": "text/csv"})

    assert answer.headers["content-type"].startswith("text/csv")


def test_a_large_answer_is_compressed_where_the_client_takes_it(reader: TestClient) -> None:
    plain = reader.get(PARTIES)

    with reader.stream("GET", PARTIES, headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(sent))
    assert gzip.decompress(sent) == plain.content
    assert "Accept-Encoding" in answer.headers["vary"]


def test_the_compressed_representation_has_a_validator_of_its_own_that_is_known(
    reader: TestClient,
) -> None:
    gzipped = {"Accept-Encoding": "gzip"}
    plain, packed = reader.get(PARTIES), reader.get(PARTIES, headers=gzipped)

    answer = reader.get(PARTIES, headers={**gzipped, "If-None-Match": packed.headers["etag"]})

    assert plain.headers["etag"] != packed.headers["etag"]
    assert answer.status_code == 304


def test_a_compressed_answer_follows_what_is_recorded(client: TestClient) -> None:
    gzipped = {"Accept-Encoding": "gzip"}
    before = [client.get(PARTIES, headers=gzipped) for _ in range(2)]
    recorded(client, notice("POL"))

    after = [client.get(PARTIES, headers=gzipped) for _ in range(2)]

    assert before[0].content == before[1].content
    assert after[0].content == after[1].content == client.get(PARTIES).content
    assert after[0].content != before[0].content


@pytest.mark.parametrize("refused", ["gzip;q=0", "identity", "br", "gzip;q=0.0, identity"])
def test_nothing_is_compressed_for_who_does_not_take_it(reader: TestClient, refused: str) -> None:
    answer = reader.get(PARTIES, headers={"Accept-Encoding": refused})

    assert "content-encoding" not in answer.headers


def test_a_small_answer_is_not_compressed(reader: TestClient) -> None:
    answer = reader.get("/healthz", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in answer.headers


def test_private_answers_are_kept_by_nobody_else(database: str) -> None:
    with client_over(database, migrate="never", reads="private") as client:
        answer = client.get(RUSSIA, headers=OPERATOR)

    assert answer.headers["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in answer.headers


def test_refusals_are_not_kept(reader: TestClient) -> None:
    answer = reader.get(f"{PARTIES}/XXX")

    assert answer.headers["cache-control"] == "no-store"
