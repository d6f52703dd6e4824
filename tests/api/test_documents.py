"""Documents by HTTP: to be saved and never shown, by their digest, for those who may see them."""

from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import OPERATOR, client_over, problem
from tests.api.sealed import service_of

PDF = b"%PDF-1.7 an instrument of ratification"
PAGE = b"<!doctype html><script>alert(1)</script>"
DIGEST = sha256(PDF).hexdigest()


def attach(client: TestClient, content: bytes) -> str:
    """Keep a document, and give its address."""
    kept = service_of(client).proving.documents.keep(content, kept_by="clerk")
    return f"/v1/documents/{kept.sha256}"


def key_with(client: TestClient, scope: str) -> dict[str, str]:
    """The header of somebody with this scope."""
    _, token = service_of(client).keys.create("visitor", [scope])
    return {"Authorization": f"Bearer {token}"}


def test_a_document_is_given_to_be_saved_under_its_digest(client: TestClient) -> None:
    answer = client.get(attach(client, PDF), headers=key_with(client, "read"))

    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{DIGEST}.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"


def test_a_page_is_never_shown(client: TestClient) -> None:
    answer = client.get(attach(client, PAGE), headers=OPERATOR)

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_whoever_has_it_is_not_sent_it_again(client: TestClient) -> None:
    address = attach(client, PDF)
    first = client.get(address, headers=OPERATOR)
    again = client.get(address, headers={**OPERATOR, "If-None-Match": first.headers["etag"]})
    head = client.head(address, headers=OPERATOR)

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PDF))


@pytest.mark.parametrize("digest", ["0" * 64, "F" * 64])
def test_a_document_that_is_not_kept_is_not_found(client: TestClient, digest: str) -> None:
    assert problem(client.get(f"/v1/documents/{digest}", headers=OPERATOR)) == (404, "not-found")


@pytest.mark.parametrize("digest", ["0" * 63, "g" * 64, "..%2Ftimeline.db", "*"])
def test_what_is_no_digest_cannot_be_read(client: TestClient, digest: str) -> None:
    answer = client.get(f"/v1/documents/{digest}", headers=OPERATOR)

    assert answer.status_code in {404, 422}
    assert b"sqlite" not in answer.content.lower()


def test_an_erased_document_is_gone_and_says_why(client: TestClient) -> None:
    address = attach(client, PDF)
    service_of(client).proving.documents.erase(
        DIGEST, erased_by="clerk", because="names a private person"
    )

    answer = client.get(address, headers=OPERATOR)

    assert problem(answer) == (410, "erased")
    assert "names a private person" in answer.json()["detail"]


def test_documents_are_for_those_who_may_read_them(client: TestClient) -> None:
    address = attach(client, PDF)

    assert problem(client.get(address)) == (401, "unauthenticated")
    other = key_with(client, "acts:record")
    assert problem(client.get(address, headers=other)) == (403, "forbidden")


@pytest.mark.parametrize(("reads", "status"), [("open", 200), ("private", 401)])
def test_documents_that_are_open_are_as_open_as_the_record(
    database: str, reads: Any, status: int
) -> None:
    with client_over(database, migrate="never", documents="open", reads=reads) as client:
        assert client.get(attach(client, PDF)).status_code == status
