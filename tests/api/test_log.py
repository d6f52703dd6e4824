"""The log by HTTP: whoever knows only C2SP and RFC 9162 can follow it and check it."""

import json
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.canonical import canonical
from domain.proof import is_consistent, is_included, leaf_hash
from infrastructure.database import migrate
from infrastructure.verifier.notes import checkpoint_from, is_signed, note_from
from tests.api.clients import OPERATOR, client_over, notice, problem, recorded
from tests.api.sealed import KEY, ORIGIN, PROOF, seal, service_of
from tests.api.test_openapi import check

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path) -> Iterator[Any]:
    """A client over the catalogue, sealed, that nobody adds to."""
    path = tmp_path_factory.mktemp("sealed") / "timeline.db"
    path.write_bytes(catalogue_template.read_bytes())
    with client_over(f"sqlite:///{path}", migrate="never") as client:
        seal(client)
        yield client


@pytest.fixture(scope="module")
def size(sealed: TestClient) -> int:
    found: int = service_of(sealed).archive.head().position
    return found


@pytest.fixture(scope="module")
def root(sealed: TestClient) -> bytes:
    note = note_from(sealed.get("/v1/log/checkpoint").text)
    return checkpoint_from(note.text).root


def test_the_checkpoint_is_a_note_signed_by_the_log(sealed: TestClient, size: int) -> None:
    answer = sealed.get("/v1/log/checkpoint")
    note = note_from(answer.text)
    checkpoint = checkpoint_from(note.text)

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert answer.headers["content-location"] == f"/v1/log/checkpoints/{size}"
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, size)
    assert is_signed(note, KEY.key) is True


def test_every_checkpoint_stays_where_its_size_says(sealed: TestClient, size: int) -> None:
    listed = sealed.get("/v1/log/checkpoints").json()
    first = listed["checkpoints"][0]

    assert listed["checkpoints"][-1]["size"] == size
    assert sealed.get(f"/v1/log/checkpoints/{first['size']}").text == first["note"]
    assert problem(sealed.get("/v1/log/checkpoints/3")) == (404, "not-found")


def test_checkpoints_come_a_page_at_a_time(sealed: TestClient) -> None:
    whole = sealed.get("/v1/log/checkpoints").json()["checkpoints"]

    first = sealed.get("/v1/log/checkpoints?limit=1").json()
    rest = sealed.get(f"/v1/log/checkpoints?cursor={first['next']}").json()

    assert len(whole) > 1
    assert [*first["checkpoints"], *rest["checkpoints"]] == whole


def test_the_root_follows_from_the_tiles(sealed: TestClient, size: int, root: bytes) -> None:
    hashes: list[bytes] = []
    while len(hashes) < size:
        number, width = len(hashes) // 256, min(256, size - len(hashes))
        path = f"/v1/log/tile/0/{number:03}" + ("" if width == 256 else f".p/{width}")
        answer = sealed.get(path)
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.headers["content-type"] == "application/octet-stream"
        hashes += [answer.content[at : at + 32] for at in range(0, len(answer.content), 32)]

    assert root_of(hashes) == root


def test_bundles_hold_the_entries_that_the_tiles_hash(sealed: TestClient) -> None:
    bundle, hashes = sealed.get("/v1/log/tile/entries/000").content, b""
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        hashes += leaf_hash(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]

    assert hashes == sealed.get("/v1/log/tile/0/000").content


@pytest.mark.parametrize(
    "path",
    [
        "0/001.p/0",
        "0/001.p/256",
        "0/1",
        "0/x001",
        "0/999",
        "64/000",
        "9/000",
        "x/000",
        "entries/999",
        "entries/000.p/",
        "0/005",
        "-1/000",
        "0/000/",
        "entries/x000/000",
    ],
)
def test_a_tile_that_is_not_there_is_not_found(sealed: TestClient, path: str) -> None:
    assert problem(sealed.get(f"/v1/log/tile/{path}")) == (404, "not-found")


def test_an_entry_is_given_byte_for_byte_as_it_is_hashed(
    sealed: TestClient, size: int, root: bytes
) -> None:
    answer = sealed.get("/v1/log/entries/412")
    proof = sealed.get("/v1/log/inclusion?position=412").json()
    path = [b64decode(each) for each in proof["inclusion_path"]]

    assert canonical(json.loads(answer.content)) == answer.content
    assert sha256(b"\x00" + answer.content).digest() == b64decode(proof["leaf_hash"])
    assert (proof["log_id"], proof["leaf_index"], proof["tree_size"]) == (ORIGIN, 411, size)
    assert is_included(leaf_hash(answer.content), 411, (size, root), path)
    assert proof["checkpoint"] == f"/v1/log/checkpoints/{size}"
    assert answer.headers["cache-control"] == IMMUTABLE


def test_inclusion_can_be_asked_for_in_any_earlier_tree(sealed: TestClient) -> None:
    answer = sealed.get("/v1/log/inclusion?position=7&tree_size=9")
    proof = answer.json()

    assert is_included(
        b64decode(proof["leaf_hash"]),
        6,
        (9, b64decode(proof["root_hash"])),
        [b64decode(each) for each in proof["inclusion_path"]],
    )
    assert proof["checkpoint"] is None
    assert answer.headers["cache-control"] == IMMUTABLE


def test_consistency_shows_that_the_log_only_grew(
    sealed: TestClient, size: int, root: bytes
) -> None:
    proof = sealed.get("/v1/log/consistency?first=400").json()

    assert (proof["tree_size_1"], proof["tree_size_2"]) == (400, size)
    assert b64decode(proof["root_hash_2"]) == root
    assert is_consistent(
        (400, b64decode(proof["root_hash_1"])),
        (size, root),
        [b64decode(each) for each in proof["consistency_path"]],
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("inclusion?position=999999", (404, "not-found")),
        ("inclusion?position=10&tree_size=9", (404, "not-found")),
        ("inclusion?position=10&tree_size=999999", (404, "not-found")),
        ("inclusion", (422, "malformed")),
        ("inclusion?position=0", (422, "malformed")),
        ("inclusion?position=1&size=9", (422, "malformed")),
        ("consistency?first=999999", (404, "not-found")),
        ("consistency?first=9&second=8", (404, "not-found")),
        ("consistency", (422, "malformed")),
        ("entries/0", (422, "malformed")),
        ("entries/999999", (404, "not-found")),
        ("entries?cursor=x", (422, "malformed")),
        ("checkpoints/0", (422, "malformed")),
    ],
)
def test_what_is_not_there_or_cannot_be_read_is_a_problem(
    sealed: TestClient, address: str, expected: tuple[int, str]
) -> None:
    assert problem(sealed.get(f"/v1/log/{address}")) == expected


def test_entries_come_a_page_at_a_time_and_as_lines(sealed: TestClient, size: int) -> None:
    first = sealed.get("/v1/log/entries?limit=2").json()
    second = sealed.get(f"/v1/log/entries?limit=2&cursor={first['next']}").json()
    lines = sealed.get("/v1/log/entries?limit=4", headers={"Accept": "application/x-ndjson"})
    last = sealed.get(f"/v1/log/entries?from={size - 1}").json()

    assert [each["position"] for each in first["entries"]] == [1, 2]
    assert [json.loads(line) for line in lines.text.splitlines()] == [
        *first["entries"],
        *second["entries"],
    ]
    assert [each["position"] for each in last["entries"]] == [size - 1, size]
    assert last["next"] is None


def test_the_log_names_its_keys(sealed: TestClient, size: int) -> None:
    (key,) = sealed.get("/v1/log/keys").json()["keys"]

    assert (key["key"], key["in_use"], key["position"]) == (str(KEY.key), True, size)


@pytest.mark.parametrize(
    "address",
    [
        "checkpoint",
        "checkpoints",
        "tile/0/000",
        "entries/1",
        "entries",
        "inclusion?position=1",
        "keys",
    ],
)
def test_whoever_has_it_is_not_sent_it_again(sealed: TestClient, address: str) -> None:
    first = sealed.get(f"/v1/log/{address}")
    again = sealed.get(f"/v1/log/{address}", headers={"If-None-Match": first.headers["etag"]})
    head = sealed.head(f"/v1/log/{address}")

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]


def test_what_is_answered_is_what_is_declared(sealed: TestClient) -> None:
    description = sealed.get("/openapi.json").json()

    for path, address in {
        "/v1/log/checkpoints": "/v1/log/checkpoints",
        "/v1/log/entries": "/v1/log/entries?limit=1000",
        "/v1/log/entries/{position}": "/v1/log/entries/1",
        "/v1/log/inclusion": "/v1/log/inclusion?position=1",
        "/v1/log/consistency": "/v1/log/consistency?first=1",
        "/v1/log/keys": "/v1/log/keys",
    }.items():
        check(description, path, "get", sealed.get(address))
    for text in ("checkpoint", "checkpoints/{size}", "tile/{level}/{number}"):
        declared = description["paths"][f"/v1/log/{text}"]["get"]["responses"]["200"]["content"]
        assert declared.keys() <= {"text/plain", "application/octet-stream"}


def test_before_the_first_checkpoint_there_is_nothing_to_prove_with(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'timeline.db'}"
    migrate(url)
    with client_over(url, migrate="never") as client:
        early = client.get("/v1/log/checkpoint")
    with client_over(url, migrate="never", signing="off") as client:
        never = client.get("/v1/log/checkpoint")

    assert problem(early) == (503, "lagging")
    assert early.headers["retry-after"] == "1"
    assert problem(never) == (404, "not-found")


def test_a_private_log_is_read_with_a_key_only(database: str) -> None:
    with client_over(database, migrate="never", reads="private") as client:
        seal(client)
        refused = client.get("/v1/log/tile/0/000")
        given = client.get("/v1/log/tile/0/000", headers=OPERATOR)

    assert problem(refused) == (401, "unauthenticated")
    assert given.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_a_record_that_does_not_fit_together_proves_nothing(client: TestClient) -> None:
    seal(client)
    with service_of(client).engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_tile SET hashes = zeroblob(32) WHERE level = 0")
        connection.exec_driver_sql("UPDATE log_head SET count = 1")

    assert problem(client.get("/v1/log/inclusion?position=400")) == (500, "damaged")
    proof = client.get(
        "/v1/treaties/open-skies/parties/RUS?explain=true", headers={"Accept": PROOF}
    )
    assert problem(proof) == (500, "damaged")


def test_an_entry_too_long_for_a_bundle_is_read_by_itself(client: TestClient) -> None:
    long = recorded(client, notice("POL", note="\N{GOTHIC LETTER AHSA}" * 20_000))
    size = seal(client)
    bundle = client.get(f"/v1/log/tile/entries/{size // 256:03}.p/{size % 256}")

    assert problem(bundle) == (404, "not-found")
    assert "/v1/log/entries" in bundle.json()["detail"]
    assert client.get(f"/v1/log/entries/{long['position']}").status_code == 200


def root_of(hashes: list[bytes]) -> bytes:
    """The root over these hashes, by the definition in RFC 6962, 2.1."""
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_of(hashes[:middle]) + root_of(hashes[middle:])).digest()
