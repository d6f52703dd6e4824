"""The form of final clauses as it is served."""

from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator


def test_the_form_of_clauses_is_served_and_kept(reader: TestClient) -> None:
    answer = reader.get("/v1/schemas/clauses")
    again = reader.get("/v1/schemas/clauses", headers={"If-None-Match": answer.headers["etag"]})

    assert answer.headers["content-type"] == "application/schema+json"
    assert again.status_code == 304
    Draft202012Validator.check_schema(answer.json())


def test_what_is_served_as_clauses_has_that_form(reader: TestClient) -> None:
    form = Draft202012Validator(reader.get("/v1/schemas/clauses").json())

    for slug in ("open-skies", "kyoto", "genocide"):
        form.validate(reader.get(f"/v1/treaties/{slug}").json()["clauses"])
