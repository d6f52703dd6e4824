"""What is answered: the story of the Treaty on Open Skies, and every key of an answer with its type."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import OPERATOR, PARTIES, POLAND, RUSSIA, notice, recorded

TREATY = "/v1/treaties/open-skies"


def ask(client: TestClient, address: str, **query: object) -> dict[str, Any]:
    """The answer to a question that is answered."""
    answer = client.get(address, params={name: str(each) for name, each in query.items()})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_the_united_states_had_left_six_months_after_the_notice(reader: TestClient) -> None:
    said = ask(reader, f"{PARTIES}/USA", as_of="2021-05-27")

    assert (said["status"], said["bound"], said["since"]) == ("former_party", False, "2020-11-22")


def test_votes_at_home_are_under_way_and_nothing_is_coming(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2021-05-27")

    assert said["status"] == "party"
    assert [(each["kind"], each["by"], each["on"]) for each in said["proceedings"]] == [
        ("domestic_bill_introduced", "President", "2021-05-11"),
        ("parliamentary_vote", "State Duma", "2021-05-19"),
    ]
    assert said["coming"] == []


@pytest.mark.parametrize(
    ("seen", "status"), [("2021-06-08", "party"), ("2021-06-19", "former_party")]
)
def test_only_what_could_be_known_counts(reader: TestClient, seen: str, status: str) -> None:
    said = ask(reader, RUSSIA, as_of="2022-01-01", as_seen=seen)

    assert (said["as_seen"], said["status"]) == (seen, status)


def test_an_exit_that_was_given_notice_of_is_coming(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2021-07-01")

    [coming] = said["coming"]
    assert (said["status"], said["bound"]) == ("party_withdrawing", True)
    assert (coming["on"], coming["status"]) == ("2021-12-18", "former_party")
    assert coming["unless"].startswith("the notice is revoked")


def test_the_reasons_name_act_clause_and_count(reader: TestClient) -> None:
    said = ask(reader, f"{PARTIES}/USA", as_of="2021-05-27", explain="true")

    last = said["because"][-1]
    assert (last["kind"], last["on"], last["effective"], last["moves_to"]) == (
        "withdrawal_notice",
        "2020-05-22",
        "2020-11-22",
        "former_party",
    )
    assert last["clause"] == "Art. XV(2)-(3)"
    assert last["counted"] == "22 May 2020 + 6 months = 22 November 2020"


def test_acts_that_move_nothing_are_disregarded_with_the_law(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2021-06-16", explain="true")

    votes = [each for each in said["disregarded"] if each["kind"] == "parliamentary_vote"]
    assert votes
    assert {each["source"] for each in votes} == {"VCLT 27, 46"}


def test_reasons_come_only_where_they_are_asked_for(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2021-06-16")

    assert not {"because", "disregarded", "by_operation"} & said.keys()


def test_entry_into_force_is_explained(reader: TestClient) -> None:
    entry = ask(reader, f"{TREATY}/state")["entry_into_force"]

    assert (entry["on"], entry["condition_met_on"]) == ("2002-01-01", "2001-11-02")
    assert entry["requirements"] == [
        "20 instruments: met on 28 June 1995",
        "those of CAN, HUN among them: met on 11 August 1993",
        "all of the group passive_quota_8_or_more among them: met on 2 November 2001",
    ]
    last = [ask(reader, f"/v1/acts/{each}") for each in entry["last"]]
    assert {(each["party"], each["received"]) for each in last} == {
        ("BLR", "2001-11-02"),
        ("RUS", "2001-11-02"),
    }


def test_a_treaty_counts_its_parties_by_status(reader: TestClient) -> None:
    said = ask(reader, f"{TREATY}/state", as_of="2021-05-27")

    assert said["counts"] == {"signatory": 1, "party": 33, "former_party": 1, "extinct": 1}


KEYS: dict[str, type | tuple[type, ...]] = {
    "treaty": str,
    "party": str,
    "party_name": str,
    "as_of": str,
    "as_seen": (str, type(None)),
    "as_recorded": dict,
    "status": str,
    "bound": bool,
    "since": (str, type(None)),
    "until": (str, type(None)),
    "flags": list,
    "relation": (dict, type(None)),
    "positions": list,
    "periods": list,
    "proceedings": list,
    "coming": list,
    "findings": list,
}


def test_an_answer_has_every_key_with_its_type_and_no_other(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2021-06-16")

    assert said.keys() == KEYS.keys()
    assert {name: each for name, each in said.items() if not isinstance(each, KEYS[name])} == {}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("periods", {"from", "until"}),
        ("proceedings", {"act", "kind", "on", "by", "note"}),
        ("coming", {"on", "status", "because", "rule", "unless"}),
        (
            "because",
            {
                "act",
                "kind",
                "on",
                "effective",
                "clause",
                "rule",
                "counted",
                "source",
                "moves_to",
            },
        ),
        ("disregarded", {"act", "kind", "on", "why", "source"}),
    ],
)
def test_each_part_of_an_answer_has_its_keys(reader: TestClient, name: str, keys: set[str]) -> None:
    day = "2021-07-01" if name == "coming" else "2021-06-16"

    parts = ask(reader, RUSSIA, as_of=day, explain="true")[name]

    assert parts
    assert all(each.keys() == keys for each in parts)


def test_a_relation_is_told_where_it_is_asked_for(reader: TestClient) -> None:
    said = ask(reader, RUSSIA, as_of="2020-12-01", towards="United States")

    assert said["relation"] == {
        "party": "USA",
        "status": "not_in_force",
        "since": None,
        "because": [],
        "rule": "USA is not bound on the day (former_party)",
    }


@pytest.mark.parametrize("name", ["Russia", "russian federation", "RUS", "rus"])
def test_a_party_is_found_by_any_name_and_told_by_its_code(reader: TestClient, name: str) -> None:
    said = ask(reader, f"{PARTIES}/{name}", as_of="2021-06-16")

    assert (said["party"], said["party_name"]) == ("RUS", "Russian Federation")


def test_one_name_for_two_is_refused_with_both_codes(client: TestClient) -> None:
    twins = [{"party": code, "names": [{"name": "Ruritania"}]} for code in ("RUA", "RUB")]
    client.post("/v1/parties", json=twins, headers=OPERATOR)

    answer = client.get(f"{PARTIES}/Ruritania")

    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["detail"].startswith("Ruritania can mean RUA or RUB")


def test_the_periods_of_a_party_are_its_whole_time_line(reader: TestClient) -> None:
    spans = ask(reader, f"{RUSSIA}/periods")["periods"]

    assert [(each["from"], each["status"]) for each in spans] == [
        (None, "none"),
        ("1992-03-24", "signatory"),
        ("2001-11-02", "contracting"),
        ("2002-01-01", "party"),
        ("2021-06-18", "party_withdrawing"),
        ("2021-12-18", "former_party"),
    ]
    assert [each["until"] for each in spans[:-1]] == [each["from"] for each in spans[1:]]
    assert spans[-1]["until"] is None


def test_a_definition_is_given_with_its_clauses_and_versions(reader: TestClient) -> None:
    said = ask(reader, TREATY)

    assert (said["treaty"], said["depositaries"]) == ("open-skies", ["CAN", "HUN"])
    assert {"entry_into_force", "withdrawal"} <= said["clauses"].keys()
    assert len(said["versions"]) == 1


def test_a_party_has_its_entry_and_all_its_treaties(reader: TestClient) -> None:
    entry = ask(reader, "/v1/parties/Türkiye")
    treaties = ask(reader, "/v1/parties/RUS/treaties", as_of="2021-05-27")

    assert (entry["party"], entry["party_name"]) == ("TUR", "Türkiye")
    statuses = {each["treaty"]: each["status"] for each in treaties["treaties"]}
    assert statuses["open-skies"] == "party"
    assert statuses["inf"] == "former_party"


def test_many_questions_are_answered_in_order_and_a_fault_leaves_the_others(
    reader: TestClient,
) -> None:
    queries: list[object] = [
        {"treaty": "open-skies", "party": "USA", "as_of": "2021-05-27"},
        {"treaty": "open-skies", "party": "Atlantis"},
        5,
        {"treaty": "open-skies", "as_of": "soon", "color": 1},
        {"treaty": "open-skies", "party": "RUS", "as_of": "2021-05-27", "as_recorded": 10**30},
        {"treaty": "open-skies", "party": "RUS", "as_of": "2021-05-27", "explain": True},
    ]

    answers = reader.post("/v1/status", json={"queries": queries}).json()["answers"]

    assert [each["status"] for each in answers] == ["former_party", 404, 422, 422, 422, "party"]
    assert answers[0] == ask(reader, f"{PARTIES}/USA", as_of="2021-05-27")
    assert answers[5] == ask(reader, RUSSIA, as_of="2021-05-27", explain="true")


def test_ten_thousand_questions_are_answered_and_no_more(reader: TestClient) -> None:
    one = {"treaty": "open-skies", "party": "USA", "as_of": "2021-05-27"}

    most = reader.post("/v1/status", json={"queries": [one] * 10_000})
    more = reader.post("/v1/status", json={"queries": [one] * 10_001})

    assert (most.status_code, len(most.json()["answers"])) == (200, 10_000)
    assert more.status_code == 413


def test_the_same_answers_come_from_postgresql(
    reader: TestClient, postgres_client: TestClient
) -> None:
    query = {"as_of": "2021-06-16", "explain": "true"}

    here, there = ask(reader, RUSSIA, **query), ask(postgres_client, RUSSIA, **query)

    assert {**there, "as_recorded": None} == {**here, "as_recorded": None}


def test_an_act_recorded_on_postgresql_is_in_the_next_answer(postgres_client: TestClient) -> None:
    recorded(postgres_client, notice("POL"))

    said = ask(postgres_client, POLAND, as_of="2026-11-24")

    assert (said["status"], said["until"]) == ("party_withdrawing", "2027-05-20")
