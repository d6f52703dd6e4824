"""Answers that carry their proof: whoever has the key of the log and the verifier needs nobody else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from infrastructure.bundle import bundled
from infrastructure.verifier.evidence import Trust
from tests.api.clients import RUSSIA, client_over, head_of, notice, problem, recorded
from tests.api.sealed import KEY, ORIGIN, PROOF, seal, service_of
from tests.api.test_openapi import check
from tests.infrastructure.proved import fault, verdict

ASK = {"Accept": PROOF}
QUESTION = f"{RUSSIA}?as_of=2021-06-16&explain=true"
TRUST = Trust(keys=[KEY.key])


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, catalogue_template: Path) -> Iterator[Any]:
    """A client over the catalogue, sealed, that nobody adds to."""
    path = tmp_path_factory.mktemp("sealed") / "timeline.db"
    path.write_bytes(catalogue_template.read_bytes())
    with client_over(f"sqlite:///{path}", migrate="never") as client:
        seal(client)
        yield client


def test_the_proof_shows_the_answer_that_is_given_without_it(sealed: TestClient) -> None:
    answer = sealed.get(QUESTION, headers=ASK)
    plain = sealed.get(QUESTION).json()

    assert answer.headers["content-type"] == PROOF
    assert answer.json()["answer"] | {"as_recorded": None} == plain | {"as_recorded": None}
    assert verdict(answer.json(), TRUST).answer["status"] == "party"


def test_the_proof_is_of_the_record_as_far_as_it_is_signed(client: TestClient) -> None:
    size = seal(client)
    recorded(client, notice("POL"))

    answer = client.get(QUESTION, headers=ASK)

    assert answer.json()["answer"]["as_recorded"]["position"] == size < head_of(client)
    assert f"as_recorded={size}" in answer.headers["content-location"]


def test_a_record_that_is_named_is_proved_or_refused_in_time(database: str) -> None:
    with client_over(database, migrate="never", wait_seconds=0.1) as client:
        seal(client)
        position = recorded(client, notice("POL"))["position"]
        named = f"{QUESTION}&as_recorded={position}"
        early = client.get(named, headers=ASK)
        own = client.get(QUESTION, headers={**ASK, "X-Timeline-Position": str(position)})
        seal(client)
        then = client.get(named, headers=ASK)

    assert [problem(each) for each in (early, own)] == [(503, "lagging")] * 2
    assert early.headers["retry-after"] == "1"
    assert then.json()["answer"]["as_recorded"]["position"] == position
    assert fault(then.json(), TRUST) is None


def test_an_old_record_is_proved_by_the_checkpoint_of_today(client: TestClient) -> None:
    then = seal(client)
    recorded(client, notice("RUS", concerns=None, kind="declaration"))
    seal(client)

    proof = client.get(f"{QUESTION}&as_recorded={then}", headers=ASK).json()

    assert proof["answer"]["as_recorded"]["position"] == then
    assert fault(proof, TRUST) is None


def test_the_proof_goes_on_from_a_checkpoint_seen_before(client: TestClient) -> None:
    seal(client)
    seen = client.get("/v1/log/checkpoint").text
    size = int(seen.splitlines()[1])
    recorded(client, notice("POL"))
    seal(client)

    proof = client.get(f"{QUESTION}&since={size}", headers=ASK).json()

    assert proof["consistency"]["from"] == size
    assert problem(client.get(f"{QUESTION}&since=999999", headers=ASK)) == (404, "not-found")


def test_a_relation_and_what_was_known_then_are_proved_too(sealed: TestClient) -> None:
    asked = f"{RUSSIA}?as_of=2021-07-01&as_seen=2021-06-08&explain=true&towards=Poland"

    proof = sealed.get(asked, headers=ASK).json()

    assert proof["answer"]["relation"]["party"] == "POL"
    assert fault(proof, TRUST) is None


def test_a_name_will_do_for_the_party(sealed: TestClient) -> None:
    named = QUESTION.replace("/RUS", "/Russian Federation")

    assert sealed.get(named, headers=ASK).json()["answer"]["party"] == "RUS"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (f"{PROOF};q=0.5, application/json", "application/json"),
        (f"application/json;q=0.5, {PROOF}", PROOF),
        (PROOF.upper(), PROOF),
    ],
)
def test_the_client_has_the_form_that_it_likes_best(
    sealed: TestClient, accept: str, form: str
) -> None:
    answer = sealed.get(QUESTION, headers={"Accept": accept})

    assert answer.headers["content-type"] == form
    assert "Accept" in [each.strip() for each in answer.headers["vary"].split(",")]


def test_a_proof_goes_with_the_reasons(sealed: TestClient) -> None:
    refused = sealed.get(RUSSIA, headers=ASK)

    assert problem(refused) == (406, "not-acceptable")
    assert refused.json()["detail"] == "a proof goes with the reasons: add explain=true"


def test_what_was_seen_before_goes_with_a_proof(sealed: TestClient) -> None:
    refused = sealed.get(f"{QUESTION}&since=3")

    assert problem(refused) == (422, "malformed")
    assert refused.json()["errors"][0]["pointer"] == "/since"


def test_whoever_has_the_proof_is_not_sent_it_again(sealed: TestClient) -> None:
    first = sealed.get(QUESTION, headers=ASK)
    again = sealed.get(QUESTION, headers={**ASK, "If-None-Match": first.headers["etag"]})
    head = sealed.head(QUESTION, headers=ASK)

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "public, no-cache"
    assert (head.status_code, head.content, head.headers["etag"]) == (
        200,
        b"",
        first.headers["etag"],
    )


@pytest.mark.parametrize("party", ["USA", "DEU", "POL", "AFG", "KGZ"])
def test_every_proof_has_the_form_that_is_declared(sealed: TestClient, party: str) -> None:
    description = sealed.get("/openapi.json").json()
    address = f"/v1/treaties/open-skies/parties/{party}?explain=true"

    check(
        description,
        "/v1/treaties/{treaty}/parties/{party}",
        "get",
        sealed.get(address, headers=ASK),
    )


def test_what_nobody_signed_is_not_proved(client: TestClient) -> None:
    assert problem(client.get(QUESTION, headers=ASK)) == (503, "lagging")


def test_a_bit_that_is_flipped_on_the_way_is_found(sealed: TestClient) -> None:
    proof = sealed.get(QUESTION, headers=ASK).text

    changed = json.loads(proof.replace("withdrawal_notice", "withdrawal_notics", 1))

    assert fault(changed, TRUST) is not None


def test_the_one_file_verifier_needs_nothing_but_python(sealed: TestClient, tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_text(bundled(), encoding="utf-8")
    (tmp_path / "answer.json").write_bytes(sealed.get(QUESTION, headers=ASK).content)

    ended = subprocess.run(
        [sys.executable, "-I", "verify.py", "answer.json", "--key", str(KEY.key)],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"of {ORIGIN}, and none is left out" in ended.stdout
    assert service_of(sealed).settings.database_url not in ended.stdout
