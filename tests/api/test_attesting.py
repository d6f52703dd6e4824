"""Attestations: what one person recorded and another vouches for shows both, and nobody vouches for himself."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import ACTS, OPERATOR, notice, pointers, problem, record, recorded

Attesting = Callable[..., Any]


@pytest.fixture
def attest(client: TestClient) -> Attesting:
    """Vouches for an act under a name, with a key that may do that and nothing else."""
    tokens: dict[str, str] = {}

    def attest(act: str, name: str, body: object = None, scope: str = "acts:attest") -> Any:
        if name not in tokens:
            keys = client.app.state.service.keys  # type: ignore[attr-defined]  # our app
            tokens[name] = keys.create(name, [scope])[1]
        return client.post(
            f"/v1/acts/{act}/attestations",
            json={} if body is None else body,
            headers={"Authorization": f"Bearer {tokens[name]}"},
        )

    return attest


def test_an_act_shows_who_recorded_it_and_who_vouches_for_it(
    client: TestClient, attest: Attesting
) -> None:
    act = recorded(client, notice("POL"))

    first, second = attest(act["id"], "Ann", {"note": "seen"}), attest(act["id"], "Bob")

    shown = client.get(f"/v1/acts/{act['id']}").json()
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.json()["kind"], first.json()["concerns"]) == ("record_attested", act["id"])
    assert first.json()["note"] == "seen"
    assert (shown["recorded_by"], shown["attested_by"]) == ("operator", ["Ann", "Bob"])


def test_the_same_attestation_again_is_given_back(client: TestClient, attest: Attesting) -> None:
    act = recorded(client, notice("POL"))

    first, again = attest(act["id"], "Ann"), attest(act["id"], "Ann")

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_an_attestation_changes_no_answer_and_no_permalink(
    client: TestClient, attest: Attesting
) -> None:
    act = recorded(client, notice("POL"))
    addresses = [f"/v1/acts/{act['id']}", "/v1/acts?treaty=open-skies&party=POL"]
    permalinks = [client.get(each).headers["content-location"] for each in addresses]
    before = [client.get(each).content for each in permalinks]
    status = client.get("/v1/treaties/open-skies/parties/POL").json()["status"]

    attest(act["id"], "Ann")

    assert [client.get(each).content for each in permalinks] == before
    assert client.get("/v1/treaties/open-skies/parties/POL").json()["status"] == status


def test_nobody_vouches_for_what_he_recorded(client: TestClient) -> None:
    act = recorded(client, notice("POL"))

    answer = client.post(f"/v1/acts/{act['id']}/attestations", json={}, headers=OPERATOR)
    around = record(
        client,
        {"kind": "record_attested", "party": "POL", "dated": "2026-11-20", "concerns": act["id"]},
    )

    assert problem(answer) == (403, "forbidden")
    assert (problem(around), pointers(around)) == ((422, "malformed"), ["/kind"])


def test_a_key_that_may_record_may_not_vouch(client: TestClient, attest: Attesting) -> None:
    act = recorded(client, notice("POL"))

    assert problem(attest(act["id"], "Cay", scope="acts:record")) == (403, "forbidden")


def test_a_key_that_may_record_may_not_correct_by_recording(client: TestClient) -> None:
    act = recorded(client, notice("POL"))
    keys = client.app.state.service.keys  # type: ignore[attr-defined]  # our app
    correction = {
        "kind": "record_corrected",
        "party": "POL",
        "dated": "2026-11-20",
        "concerns": act["id"],
        "note": "a typing error",
    }

    answers = [
        client.post(
            ACTS,
            json=correction,
            headers={"Authorization": f"Bearer {keys.create(scopes[-1], scopes)[1]}"},
        )
        for scopes in (["acts:record"], ["acts:record", "acts:correct"])
    ]

    assert problem(answers[0]) == (403, "forbidden")
    assert answers[1].status_code == 201


@pytest.mark.parametrize("act", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_only_what_is_on_record_is_vouched_for(attest: Attesting, act: str) -> None:
    assert problem(attest(act, "Ann")) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "places"), [([], [""]), ({"reason": "x"}, ["/reason"]), ([{}, {}], [""])]
)
def test_what_is_no_attestation_is_refused(
    client: TestClient, attest: Attesting, body: object, places: list[str]
) -> None:
    act = recorded(client, notice("POL"))

    answer = attest(act["id"], "Ann", body)

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), places)
