"""A document is kept by its digest, and can be erased while the digest stays."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.errors import Erased, Malformed, NotFound
from infrastructure.database import DatabaseOptions, open_engine, writing
from infrastructure.documents import Documents, media_type
from tests.infrastructure.records import SteadyClock

PDF = b"%PDF-1.7 an instrument of ratification"
DIGEST = sha256(PDF).hexdigest()


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def documents(engine: sa.Engine) -> Documents:
    return Documents(engine, SteadyClock(), largest_bytes=1_000)


def test_a_document_is_found_by_its_digest(documents: Documents) -> None:
    kept = documents.keep(PDF, kept_by="clerk")

    assert (kept.sha256, kept.media_type, kept.size) == (DIGEST, "application/pdf", len(PDF))
    assert documents.find(DIGEST) == kept
    assert documents.find(DIGEST.upper()) == kept
    assert documents.content(DIGEST) == PDF


def test_the_same_document_is_kept_once(documents: Documents) -> None:
    first = documents.keep(PDF, kept_by="clerk")

    assert documents.keep(PDF, kept_by="another") == first


@pytest.mark.parametrize("content", [b"", b"x" * 1_001])
def test_a_document_has_a_size(documents: Documents, content: bytes) -> None:
    with pytest.raises(Malformed, match="a document has 1 to 1000 bytes"):
        documents.keep(content, kept_by="clerk")


def test_what_is_not_there_is_not_found(documents: Documents) -> None:
    for ask in (documents.find, documents.content):
        with pytest.raises(NotFound, match=f"there is no document {DIGEST}"):
            ask(DIGEST)
    with pytest.raises(NotFound):
        documents.erase(DIGEST, erased_by="clerk", because="never here")


def test_bytes_can_be_erased_and_the_digest_stays(documents: Documents) -> None:
    documents.keep(PDF, kept_by="clerk")

    erased = documents.erase(DIGEST, erased_by="officer", because="names a private person")

    assert documents.find(DIGEST) == erased
    assert (erased.erased_by, erased.size) == ("officer", len(PDF))
    with pytest.raises(Erased, match="was erased on 2026-11-22: names a private person"):
        documents.content(DIGEST)


def test_what_was_erased_does_not_come_back(documents: Documents) -> None:
    documents.keep(PDF, kept_by="clerk")
    documents.erase(DIGEST, erased_by="officer", because="names a private person")

    with pytest.raises(Erased):
        documents.keep(PDF, kept_by="clerk")
    with pytest.raises(Erased):
        documents.erase(DIGEST, erased_by="officer", because="again")


def test_nothing_of_what_was_erased_is_left_in_the_file(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "timeline.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    documents = Documents(engine, SteadyClock(), largest_bytes=100_000)
    secret = b"the private address of a signatory " * 500
    kept = documents.keep(secret, kept_by="clerk")
    assert any(b"private address" in each.read_bytes() for each in tmp_path.iterdir())

    documents.erase(kept.sha256, erased_by="officer", because="asked for")

    assert not any(b"private address" in each.read_bytes() for each in tmp_path.iterdir())
    engine.dispose()


CHANGES = [
    "DELETE FROM document",
    "UPDATE document SET content = 'another'",
    "UPDATE document SET kept_by = 'another'",
    "UPDATE document SET content = NULL",
    "UPDATE document SET sha256 = 'another', content = NULL, erased_at = kept_at",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_document_is_changed_in_no_other_way(
    engine: sa.Engine, documents: Documents, change: str
) -> None:
    documents.keep(PDF, kept_by="clerk")

    with (
        pytest.raises(
            sa.exc.DBAPIError, match=r"a document can be erased|the digest of a document"
        ),
        writing(engine) as connection,
    ):
        connection.exec_driver_sql(change)

    assert documents.content(DIGEST) == PDF


def test_erasing_is_final(engine: sa.Engine, documents: Documents) -> None:
    documents.keep(PDF, kept_by="clerk")
    documents.erase(DIGEST, erased_by="officer", because="asked for")

    with pytest.raises(sa.exc.DBAPIError, match="a document can be erased"), writing(engine) as c:
        c.exec_driver_sql("UPDATE document SET erased_because = 'another reason'")


def test_the_services_role_keeps_and_erases(migrated_postgres_database: str) -> None:
    engine = open_engine(migrated_postgres_database, DatabaseOptions(role="timeline_service"))
    documents = Documents(engine, SteadyClock())

    documents.keep(PDF, kept_by="clerk")
    erased = documents.erase(DIGEST, erased_by="officer", because="asked for")

    assert documents.find(DIGEST) == erased
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"II*\x00", "image/tiff"),
        (b"{\\rtf1", "application/rtf"),
        (b"PK\x03\x04 word/document.xml", "application/vnd.openxmlformats-officedocument."),
        (b"PK\x03\x04 anything", "application/zip"),
        ("Gesetz über …".encode(), "text/plain; charset=utf-8"),
        (b"  <!DOCTYPE html>", "text/html; charset=utf-8"),
        ("\ufeff<?xml version='1.0'?>".encode(), "application/xml"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\xc3\x28", "application/octet-stream"),
    ],
)
def test_a_type_is_known_by_the_first_bytes(content: bytes, named: str) -> None:
    assert media_type(content).startswith(named)


def test_what_is_told_of_a_document_is_what_its_row_holds(
    engine: sa.Engine, documents: Documents
) -> None:
    kept = documents.keep(PDF, kept_by="clerk")

    with engine.connect() as connection:
        row: Any = connection.execute(sa.text("SELECT kept_by, size FROM document")).one()

    assert (row.kept_by, row.size) == (kept.kept_by, kept.size)
