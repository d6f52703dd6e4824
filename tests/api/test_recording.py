"""Recording by HTTP: all or none, once, against what the client has seen, and corrected for ever."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import (
    ACTS,
    OPERATOR,
    POLAND,
    client_over,
    head_of,
    notice,
    pointers,
    problem,
    record,
    recorded,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_client(request: pytest.FixtureRequest) -> TestClient:
    """A client over a record of its own, on SQLite and on PostgreSQL."""
    fixture = "client" if request.param == "sqlite" else "postgres_client"
    client: TestClient = request.getfixturevalue(fixture)
    return client


def correct(client: TestClient, identifier: str, what: object) -> Any:
    """What is answered to a request to correct an entry."""
    return client.post(f"/v1/acts/{identifier}/corrections", json=what, headers=OPERATOR)


def standing_of_poland(client: TestClient) -> str:
    """The status of Poland four days after its notice."""
    status: str = client.get(POLAND, params={"as_of": "2026-11-24"}).json()["status"]
    return status


# --- one act ---


def test_an_act_is_recorded_with_its_place(client: TestClient) -> None:
    before = head_of(client)

    answer = record(client, notice("POL", depositary="CAN"))

    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["treaty"], shown["party"], shown["depositary"]) == ("open-skies", "POL", "CAN")
    assert (shown["position"], shown["recorded_by"]) == (before + 1, "operator")
    assert shown["recorded_at"].endswith("Z")


def test_location_is_where_the_act_is_found(client: TestClient) -> None:
    answer = record(client, notice("POL"))

    found = client.get(answer.headers["location"])

    assert found.json() == answer.json()


def test_what_is_recorded_is_in_the_next_answer(client: TestClient) -> None:
    answer = record(client, notice("POL"))

    read = {"X-Timeline-Position": answer.headers["x-timeline-position"]}
    said = client.get(POLAND, params={"as_of": "2026-11-24"}, headers=read).json()

    assert (said["status"], said["coming"][0]["on"]) == ("party_withdrawing", "2027-05-20")


def test_the_same_act_again_is_given_back_and_not_recorded(any_client: TestClient) -> None:
    first = record(any_client, notice("POL"))
    before = head_of(any_client)

    again = record(any_client, notice("Poland"))

    assert (again.status_code, again.json()) == (200, first.json())
    assert head_of(any_client) == before


def test_an_id_may_be_given(client: TestClient) -> None:
    given = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"

    shown = recorded(client, notice("POL", id=given.upper()))

    assert shown["id"] == given


def test_an_id_stands_for_one_content(client: TestClient) -> None:
    given = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"
    recorded(client, notice("POL", id=given))

    answer = record(client, notice("DEU", id=given))

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/id"])


def test_a_recorded_act_may_be_sent_as_it_came_back(client: TestClient) -> None:
    shown = recorded(client, notice("POL"))

    again = record(client, shown)

    assert (again.status_code, again.json()) == (200, shown)


# --- refused ---


def test_every_fault_is_named_at_its_place_and_nothing_is_recorded(client: TestClient) -> None:
    before = head_of(client)

    answer = record(
        client,
        {
            "kind": "withdrawl_notice",
            "party": "Polnad",
            "received": "2026-13-01",
            "depsite": [],
            "concerns": "last week",
            "sequence": "first",
            "sources": [{"title": "A note"}, {"title": "", "url": "file:///etc"}],
        },
    )

    assert problem(answer) == (422, "malformed")
    assert set(pointers(answer)) == {
        "/kind",
        "/party",
        "/received",
        "/depsite",
        "/concerns",
        "/sequence",
        "/sources/1/title",
    }
    assert head_of(client) == before


def test_faults_of_the_form_and_of_the_law_come_together(client: TestClient) -> None:
    answer = record(client, {"kind": "withdrawal_notice", "dated": "soon", "despite": ["luck"]})

    assert set(pointers(answer)) == {"/dated", "/party", "/despite/0", "/note"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"7", ""),
        (b"null", ""),
        (b"[null]", "/0"),
        (b"NaN", ""),
        (b"\xff\xfe", ""),
        (b'{"kind": "signature", "party": "\\ud800"}', ""),
        (b'{"acts": []}', ""),
        (b'{"acts": [{}], "note": "x"}', "/acts"),
    ],
)
def test_what_is_no_act_is_refused_at_its_place(
    client: TestClient, body: bytes, pointer: str
) -> None:
    answer = client.post(ACTS, content=body, headers=OPERATOR)

    assert problem(answer) == (422, "malformed")
    assert pointer in pointers(answer)


def test_a_reference_to_an_act_that_is_not_there_is_a_fault(client: TestClient) -> None:
    nowhere = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"

    answer = record(
        client,
        {
            "kind": "withdrawal_notice_revoked",
            "party": "POL",
            "received": "2026-11-21",
            "concerns": nowhere,
        },
    )

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/concerns"])


def test_an_irregular_act_is_refused_with_rule_and_source(client: TestClient) -> None:
    before = head_of(client)

    answer = record(client, notice("USA"))

    [breach] = answer.json()["errors"]
    assert problem(answer) == (409, "irregular")
    assert (breach["rule"], breach["source"]) == ("not_a_party", "VCLT 54, 65")
    assert answer.json()["despite"] == ["not_a_party"]
    assert head_of(client) == before


def test_an_irregular_act_is_recorded_knowingly_and_carries_its_finding(
    client: TestClient,
) -> None:
    shown = recorded(client, notice("USA", despite=["not_a_party"], note="It was sent again."))

    said = client.get("/v1/treaties/open-skies/parties/USA").json()

    findings = [each for each in said["findings"] if each["act"] == shown["id"]]
    assert [each["finding"] for each in findings] == ["not_a_party"]


def test_to_record_knowingly_needs_a_note(client: TestClient) -> None:
    answer = record(client, notice("USA", despite=["not_a_party"]))

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/note"])


def test_another_treaty_than_that_of_the_address_is_a_fault(client: TestClient) -> None:
    answer = record(client, notice("POL", treaty="inf"))

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/treaty"])


def test_nothing_is_recorded_on_a_treaty_that_is_not_there(client: TestClient) -> None:
    answer = client.post("/v1/treaties/atlantis/acts", json=notice("POL"), headers=OPERATOR)

    assert problem(answer) == (404, "not-found")


def test_only_acts_are_recorded_on_a_treaty(client: TestClient) -> None:
    answer = record(client, {"type": "party", "party": "ZZZ", "names": [{"name": "Zed"}]})

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/type"])


def test_a_form_that_is_not_read_is_told(client: TestClient) -> None:
    answer = client.post(
        ACTS, content=b"<act/>", headers={**OPERATOR, "Content-Type": "application/xml"}
    )

    assert problem(answer) == (415, "unsupported-media-type")


def test_more_acts_than_one_request_may_bring_are_refused(database: str) -> None:
    with client_over(database, max_batch=2) as client:
        answer = record(client, [notice(each) for each in ("POL", "DEU", "FRA")])

        assert problem(answer) == (413, "too-large")


# --- who may ---


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "the key of the tests", ""]
)
def test_nobody_records_without_a_key_that_is_known(client: TestClient, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}

    answer = client.post(ACTS, json=notice("POL"), headers=headers)

    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="timeline"'


@pytest.mark.parametrize(
    ("scope", "address", "body"),
    [
        ("acts:correct", ACTS, notice("POL")),
        ("acts:record", "/v1/acts/x/corrections", {"reason": "none"}),
        ("acts:record", "/v1/treaties", {"treaty": "x", "title": "X"}),
        ("acts:record", "/v1/parties", {"party": "ZZZ", "names": [{"name": "Zed"}]}),
        ("read", ACTS, notice("POL")),
    ],
)
def test_a_key_without_the_scope_may_not(
    client: TestClient, scope: str, address: str, body: object
) -> None:
    _, token = client.app.state.service.keys.create("clerk", [scope])  # type: ignore[attr-defined]  # our app

    answer = client.post(address, json=body, headers={"Authorization": f"Bearer {token}"})

    assert problem(answer) == (403, "forbidden")


def test_who_holds_the_key_stands_in_the_entry_until_it_is_revoked(client: TestClient) -> None:
    keys = client.app.state.service.keys  # type: ignore[attr-defined]  # our app
    key, token = keys.create("treaty office", ["acts:record"])
    bearer = {"Authorization": f"Bearer {token}"}

    first = client.post(ACTS, json=notice("POL"), headers=bearer)
    keys.revoke(key.prefix)
    second = client.post(ACTS, json=notice("DEU"), headers=bearer)

    assert first.json()["recorded_by"] == "treaty office"
    assert problem(second) == (401, "unauthenticated")


def test_a_stranger_learns_nothing_of_what_exists(client: TestClient) -> None:
    here = client.post(ACTS, json=notice("POL"))
    nowhere = client.post("/v1/treaties/atlantis/acts", json=notice("POL"))

    assert here.json() == nowhere.json()


def test_where_reading_is_private_a_stranger_learns_nothing(database: str) -> None:
    with client_over(database, reads="private") as client:
        here, nowhere = client.get(POLAND), client.get("/v1/treaties/atlantis/parties/XXX")

        assert problem(here) == (401, "unauthenticated")
        assert here.json() == nowhere.json()
        assert client.get(POLAND, headers=OPERATOR).status_code == 200


def test_where_reading_is_private_a_key_needs_the_scope(database: str) -> None:
    with client_over(database, reads="private") as client:
        keys = client.app.state.service.keys  # type: ignore[attr-defined]  # our app
        tokens = [keys.create(each, [each])[1] for each in ("read", "acts:record")]

        statuses = [
            client.get(POLAND, headers={"Authorization": f"Bearer {each}"}).status_code
            for each in tokens
        ]

    assert statuses == [200, 403]


# --- several as one ---


def test_several_acts_are_recorded_as_one(any_client: TestClient) -> None:
    before = head_of(any_client)

    answer = record(any_client, [notice("POL"), notice("DEU")])

    said = answer.json()
    assert (answer.status_code, said["recorded"], said["duplicate"]) == (201, 2, 0)
    assert [(each["party"], each["position"]) for each in said["acts"]] == [
        ("POL", before + 1),
        ("DEU", before + 2),
    ]
    assert answer.headers["x-timeline-position"] == str(before + 2)


def test_one_bad_act_holds_back_all_the_others(any_client: TestClient) -> None:
    before = head_of(any_client)

    answer = record(any_client, [notice("POL"), notice("USA"), notice("DEU")])

    assert (problem(answer), pointers(answer)) == ((409, "irregular"), ["/1"])
    assert head_of(any_client) == before


def test_places_count_what_stands_in_the_record_already(client: TestClient) -> None:
    recorded(client, notice("POL"))

    irregular = record(client, [notice("POL"), notice("DEU"), notice("USA")])
    malformed = record(client, [notice("POL"), notice("DEU", concerns=None, despite=["luck"])])

    assert pointers(irregular) == ["/2"]
    assert pointers(malformed) == ["/1/despite/0", "/1/note"]


def test_places_are_those_of_what_was_sent(client: TestClient) -> None:
    acts = {"acts": [notice("POL"), notice("USA")]}
    lines = b'{"kind": "signature"}\n\n{"kind": "signatur", "party": "POL", "dated": "2026"}\n'

    listed = record(client, acts)
    lined = client.post(
        ACTS, content=lines, headers={**OPERATOR, "Content-Type": "application/x-ndjson"}
    )

    assert pointers(listed) == ["/acts/1"]
    assert set(pointers(lined)) == {"/0", "/0/party", "/2/kind"}


def test_an_act_twice_in_a_batch_is_recorded_once(client: TestClient) -> None:
    answer = record(client, [notice("POL"), notice("POL")])

    said = answer.json()
    assert (said["recorded"], said["duplicate"]) == (1, 1)
    assert said["acts"][0] == said["acts"][1]


def test_a_batch_may_hold_what_stands_already(client: TestClient) -> None:
    first = recorded(client, notice("POL"))

    answer = record(client, [notice("POL"), notice("DEU")])
    again = record(client, [notice("POL"), notice("DEU")])

    assert (answer.status_code, answer.json()["acts"][0]) == (201, first)
    assert (answer.json()["recorded"], answer.json()["duplicate"]) == (1, 1)
    assert (again.status_code, again.json()["recorded"]) == (200, 0)


def test_one_act_of_a_batch_may_concern_another(client: TestClient) -> None:
    given = "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"
    revoked = {
        "kind": "withdrawal_notice_revoked",
        "party": "POL",
        "received": "2026-11-22",
        "concerns": given,
    }

    recorded(client, [notice("POL", id=given), revoked])

    assert standing_of_poland(client) == "party"


# --- once ---


def test_a_request_under_a_key_is_recorded_once(client: TestClient) -> None:
    first = record(client, notice("POL"), **{"Idempotency-Key": '"k-1"'})
    before = head_of(client)

    again = record(client, notice("POL"), **{"Idempotency-Key": '"k-1"'})

    assert (first.status_code, again.json()) == (201, first.json())
    assert head_of(client) == before


def test_a_key_belongs_to_one_request(client: TestClient) -> None:
    recorded(client, notice("POL"), **{"Idempotency-Key": "k-1"})

    answer = record(client, notice("DEU"), **{"Idempotency-Key": "k-1"})

    assert problem(answer) == (422, "key-reused")


@pytest.mark.parametrize("given", ["", '""', "x" * 256, "a\tb"])
def test_what_is_no_idempotency_key_is_refused(client: TestClient, given: str) -> None:
    answer = record(client, notice("POL"), **{"Idempotency-Key": given})

    assert (problem(answer), pointers(answer)) == ((422, "malformed"), ["/Idempotency-Key"])


def test_a_key_sent_fifty_times_at_once_records_once(any_client: TestClient) -> None:
    before = head_of(any_client)
    batch = [notice("POL"), notice("DEU")]

    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda _: record(any_client, batch, **{"Idempotency-Key": "k-50"}), range(50))
        )

    assert {each.status_code for each in answers} <= {200, 201}
    assert len({str(each.json()["acts"]) for each in answers}) == 1
    assert head_of(any_client) == before + 2


def test_the_same_act_sent_by_many_at_once_is_recorded_once(any_client: TestClient) -> None:
    before = head_of(any_client)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: record(any_client, notice("POL")), range(20)))

    assert sorted(each.status_code for each in answers) == [200] * 19 + [201]
    assert head_of(any_client) == before + 1


# --- against what was seen ---


def test_who_has_seen_the_latest_may_record(client: TestClient) -> None:
    seen = client.get(POLAND).headers["etag"]

    answer = record(client, notice("POL"), **{"If-Match": seen})

    assert answer.status_code == 201


def test_what_recording_gives_is_good_for_the_next_request(client: TestClient) -> None:
    first = record(client, notice("POL"))

    second = record(client, notice("DEU"), **{"If-Match": first.headers["etag"]})

    assert second.status_code == 201


def test_who_has_not_seen_the_latest_learns_what_it_is(client: TestClient) -> None:
    seen = client.get(POLAND).headers["etag"]
    first = recorded(client, notice("POL"))

    answer = record(client, notice("DEU"), **{"If-Match": seen})

    said = answer.json()
    assert problem(answer) == (412, "changed-meanwhile")
    assert said["recorded"] == [first]
    assert said["actual"] == said["expected"] + 1


@pytest.mark.parametrize("given", ['"none of ours"', '""', '"-1.2.x"', "x"])
def test_a_validator_that_is_not_ours_matches_nothing(client: TestClient, given: str) -> None:
    answer = record(client, notice("POL"), **{"If-Match": given})

    assert problem(answer) == (412, "changed-meanwhile")


def test_a_star_matches_whatever_stands(client: TestClient) -> None:
    answer = record(client, notice("POL"), **{"If-Match": "*"})

    assert answer.status_code == 201


def test_of_many_who_saw_the_same_one_wins_and_the_others_learn_of_it(
    any_client: TestClient,
) -> None:
    seen = any_client.get(POLAND).headers["etag"]
    parties = ["POL", "DEU", "FRA", "ITA", "ESP", "BEL", "DNK", "NOR"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda each: record(any_client, notice(each), **{"If-Match": seen}), parties)
        )

    [winner] = [each for each in answers if each.status_code == 201]
    losers = [each for each in answers if each is not winner]
    assert {problem(each) for each in losers} == {(412, "changed-meanwhile")}
    assert all(each.json()["recorded"] == [winner.json()] for each in losers)


def test_many_who_record_on_one_treaty_at_once_are_all_recorded(any_client: TestClient) -> None:
    before = head_of(any_client)
    parties = ["POL", "DEU", "FRA", "ITA"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: record(any_client, notice(each)), parties))

    assert [each.status_code for each in answers] == [201] * 4
    assert head_of(any_client) == before + 4


# --- corrected ---


def test_a_correction_takes_an_act_out_of_every_answer(client: TestClient) -> None:
    act = recorded(client, notice("POL"))

    answer = correct(client, act["id"], {"reason": "It was a draft."})

    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["kind"], shown["concerns"]) == ("record_corrected", act["id"])
    assert (shown["note"], shown["party"]) == ("It was a draft.", "POL")
    assert standing_of_poland(client) == "party"


def test_a_correction_may_bring_the_act_as_it_should_be(client: TestClient) -> None:
    act = recorded(client, notice("POL"))

    correct(
        client,
        act["id"],
        {"reason": "The year was misread.", "replacement": notice("POL", received="2025-11-20")},
    )

    said = client.get(POLAND, params={"as_of": "2026-11-24"}).json()
    assert (said["status"], said["since"]) == ("former_party", "2026-05-20")


def test_a_correction_can_itself_be_corrected(client: TestClient) -> None:
    act = recorded(client, notice("POL"))
    correction = correct(client, act["id"], {"reason": "It was a draft."}).json()

    answer = correct(client, correction["id"], {"reason": "It was sent after all."})

    assert answer.status_code == 201
    assert standing_of_poland(client) == "party_withdrawing"


def test_what_was_said_before_a_correction_can_still_be_asked_for(client: TestClient) -> None:
    act = recorded(client, notice("POL"))
    correct(client, act["id"], {"reason": "It was a draft."})

    said = client.get(POLAND, params={"as_of": "2026-11-24", "as_recorded": act["position"]})

    assert said.json()["status"] == "party_withdrawing"


@pytest.mark.parametrize(
    ("what", "places"),
    [
        ({}, {"/reason"}),
        ({"reason": " "}, {"/reason"}),
        ({"reason": "x", "kind": "signature", "a/b": 1}, {"/kind", "/a~1b"}),
        ({"reason": "x", "dated": "soon"}, {"/dated"}),
        ({"reason": "x", "replacement": {"kind": "nothing"}}, {"/replacement/kind"}),
        ({"reason": "x\0"}, {"/reason"}),
        ([], {""}),
        (["x"], {""}),
    ],
)
def test_what_is_no_correction_is_refused(
    client: TestClient, what: object, places: set[str]
) -> None:
    act = recorded(client, notice("POL"))

    answer = correct(client, act["id"], what)

    assert problem(answer) == (422, "malformed")
    assert set(pointers(answer)) == places


@pytest.mark.parametrize("identifier", ["x", "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"])
def test_only_what_is_on_record_is_corrected(client: TestClient, identifier: str) -> None:
    answer = correct(client, identifier, {"reason": "It was a draft."})

    assert problem(answer) == (404, "not-found")


# --- treaties and parties ---


def test_a_treaty_is_defined_and_answers_at_once(client: TestClient) -> None:
    answer = client.post(
        "/v1/treaties", json={"treaty": "moon-base", "title": "Moon Base"}, headers=OPERATOR
    )

    found = client.get(answer.headers["location"]).json()

    assert answer.status_code == 201
    assert (found["treaty"], found["title"]) == ("moon-base", "Moon Base")


def test_clauses_that_cannot_be_read_are_refused_each_at_its_place(client: TestClient) -> None:
    clauses = {"withdrawal": {"period": "soon", "colour": 1}, "moon": {}}

    answer = client.post(
        "/v1/treaties", json={"treaty": "x", "title": "X", "clauses": clauses}, headers=OPERATOR
    )

    assert problem(answer) == (422, "malformed")
    assert {"/clauses/moon", "/clauses/withdrawal/colour"} <= set(pointers(answer))


def test_a_party_is_entered_and_known_at_once(client: TestClient) -> None:
    answer = client.post(
        "/v1/parties",
        json={"party": "RUR", "names": [{"name": "Ruritania", "from": "1894-01-01"}]},
        headers=OPERATOR,
    )

    found = client.get("/v1/parties/Ruritania").json()

    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/parties/RUR"
    assert (found["party"], found["party_name"]) == ("RUR", "Ruritania")


# --- what would be ---


def test_what_is_supposed_is_answered_and_not_recorded(client: TestClient) -> None:
    before = head_of(client)

    answer = client.post(
        "/v1/whatif", json={"acts": [notice("POL", treaty="open-skies")], "as_of": "2027-12-31"}
    )

    [said] = answer.json()["answers"]
    assert (said["party"], said["status"], said["since"]) == ("POL", "former_party", "2027-05-20")
    assert head_of(client) == before
