"""The record in one piece by HTTP: whole, of one position, written while it is sent, and to whom it is due."""

import csv
import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.outgoing import Exports
from api.refusals import RateExceeded
from tests.api.clients import OPERATOR, client_over, head_of, notice, problem, record


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def test_the_record_goes_out_as_the_lines_that_come_in_again(client: TestClient) -> None:
    before = head_of(client)
    whole = client.get("/v1/export")
    record(client, notice("POL"))
    later = client.get("/v1/export")
    then = client.get(f"/v1/export?as_recorded={before}")

    assert whole.headers["content-type"] == "application/x-ndjson"
    assert len(lines_of(whole.text)) == before
    assert len(lines_of(later.text)) == before + 1
    assert then.content == whole.content
    assert f'"timeline-at-{before}.ndjson"' in whole.headers["content-disposition"]
    assert f"as_recorded={before}" in whole.headers["content-location"]


@pytest.mark.parametrize("table", ["roster", "acts", "periods"])
def test_a_table_is_the_same_as_csv_and_as_parquet(reader: TestClient, table: str) -> None:
    asked = f"/v1/export?treaty=open-skies&as_of=2021-06-16&table={table}"

    as_csv = reader.get(f"{asked}&format=csv")
    as_parquet = pq.ParquetFile(io.BytesIO(reader.get(f"{asked}&format=parquet").content))

    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert rows
    assert as_parquet.metadata.num_rows == len(rows)
    assert as_parquet.schema_arrow.names == list(rows[0])
    assert {row["record_position"] for row in rows} == {str(head_of(reader))}
    metadata = as_parquet.schema_arrow.metadata
    assert metadata[b"timeline.record_position"] == str(head_of(reader)).encode()
    assert metadata[b"timeline.as_of"] == b"2021-06-16"


def test_the_database_is_one(reader: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    path.write_bytes(reader.get("/v1/export?format=sqlite").content)

    with closing(sqlite3.connect(path)) as database:
        [(count,)] = database.execute("SELECT count(*) FROM treaties")

    assert count == len(reader.get("/v1/treaties").json()["treaties"])


def test_who_has_it_is_not_sent_it_again(reader: TestClient) -> None:
    first = reader.get("/v1/export?treaty=npt")

    again = reader.get("/v1/export?treaty=npt", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_who_asks_for_the_head_has_nothing_written(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reader.get("/v1/export?treaty=npt")
    written: list[object] = []

    def stream(_: Exports, write: object) -> Iterator[bytes]:
        written.append(write)
        return iter(())

    monkeypatch.setattr(Exports, "stream", stream)

    head = reader.head("/v1/export?treaty=npt")

    own = ("x-request-id", "date")
    assert (head.status_code, head.content, written) == (200, b"", [])
    assert [each for each in head.headers.items() if each[0] not in own] == [
        each for each in whole.headers.items() if each[0] not in own
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/v1/export?treaty=nowhere", (404, "not-found")),
        ("/v1/export?format=xlsx", (422, "malformed")),
        ("/v1/export?table=people", (422, "malformed")),
        ("/v1/export?limit=3", (422, "malformed")),
        ("/v1/export?as_recorded=99999999", (404, "not-found")),
    ],
)
def test_what_cannot_go_out_is_refused(
    reader: TestClient, address: str, expected: tuple[int, str]
) -> None:
    assert problem(reader.get(address)) == expected


def test_a_private_record_goes_out_to_those_who_may_read(database: str) -> None:
    with client_over(database, migrate="never", reads="private") as client:
        assert problem(client.get("/v1/export")) == (401, "unauthenticated")
        allowed = client.get("/v1/export?treaty=npt", headers=OPERATOR)

    assert allowed.status_code == 200
    assert allowed.headers["cache-control"].startswith("private")


def test_only_so_many_go_out_at_the_same_time() -> None:
    exports, go_on = Exports(most=1), threading.Event()

    def write(out: BinaryIO) -> None:
        go_on.wait(10)
        out.write(b"done")

    first = exports.stream(write)
    with pytest.raises(RateExceeded) as refusal:
        exports.stream(write)
    go_on.set()

    assert b"".join(first) == b"done"
    assert refusal.value.retry_after > 0
    assert b"".join(exports.stream(write)) == b"done"


def test_a_slow_reader_makes_the_writer_wait() -> None:
    written = 0
    exports = Exports(most=1)

    def write(out: BinaryIO) -> None:
        nonlocal written
        for _ in range(1_000):
            written += out.write(bytes(10_000))

    pieces = exports.stream(write)
    next(pieces)

    assert written < 1_000_000
    assert sum(map(len, pieces)) + 65_536 == 10_000_000


def test_an_error_breaks_the_stream_and_is_not_taken_for_its_end() -> None:
    def write(out: BinaryIO) -> None:
        out.write(b"half")
        raise ValueError("the disk is gone")

    pieces = Exports().stream(write)

    assert next(pieces) == b"half"
    with pytest.raises(ValueError, match="the disk is gone"):
        next(pieces)


def test_a_reader_who_goes_away_frees_the_place() -> None:
    exports = Exports(most=1)
    ended = threading.Event()

    def write(out: BinaryIO) -> None:
        try:
            while True:
                out.write(bytes(100_000))
        finally:
            ended.set()

    pieces = exports.stream(write)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator

    assert ended.wait(10)
