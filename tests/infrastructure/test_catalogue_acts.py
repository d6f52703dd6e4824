"""The built-in acts are well formed, sourced, in order, and refer to what the catalogue knows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from edtf import parse_edtf

from domain.kinds import KINDS, PartyRule

CATALOGUE = Path(__file__).parents[2] / "infrastructure" / "catalogue"
WORKED_CASES = Path(__file__).parents[1] / "data" / "worked_cases.yaml"
FILES = sorted((CATALOGUE / "acts").glob("*.ndjson"))
WIRE_KEYS = (
    "treaty",
    "party",
    "kind",
    "dated",
    "received",
    "notified",
    "effective",
    "claimed_effective",
    "sequence",
    "by",
    "towards",
    "territories",
    "predecessor",
    "concerns",
    "legal_effect",
    "contested_by",
    "depositary",
    "reference",
    "note",
    "sources",
    "despite",
)
SOURCE_KEYS = ("title", "url", "published", "sha256", "quote")
DATES = ("dated", "received", "notified", "effective", "claimed_effective")
LONGEST_QUOTE = 12

Wire = dict[str, Any]


def acts_of(file: Path) -> list[Wire]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def first_day(text: str) -> str:
    """The first day of the text's own bounds, without the width of an approximation."""
    start = text.split("/", maxsplit=1)[0].rstrip("~?%")
    return start + "0000-01-01"[len(start) :]


def decisive(act: Wire) -> str:
    return next(
        first_day(act[key]) for key in ("received", "dated", "notified", "effective") if key in act
    )


ALL = [(file, act) for file in FILES for act in acts_of(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_act_has_a_known_kind_a_date_and_a_source_and_no_other_keys(file: Path) -> None:
    for act in acts_of(file):
        kind = KINDS[act["kind"]]

        assert act["treaty"] == file.stem
        assert list(act) == [key for key in WIRE_KEYS if key in act], act
        assert all(act[key] not in (None, "", []) for key in act), act
        assert any(key in act for key in DATES), act
        assert set(act) & set(DATES) <= {*kind.dates, "dated"}, act
        assert ("party" in act) or kind.party is not PartyRule.REQUIRED, act
        assert ("party" not in act) or kind.party is not PartyRule.NEVER, act
        assert act["sources"], act


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_source_has_a_title_and_quotes_only_a_few_words(file: Path) -> None:
    for act in acts_of(file):
        for source in act["sources"]:
            assert set(source) <= set(SOURCE_KEYS), act
            assert source["title"], act
            assert source.get("url", "https://").startswith(("https://", "http://")), act
            assert len(source.get("quote", "").split()) <= LONGEST_QUOTE, act


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_day_is_a_day_or_an_uncertain_one_that_can_be_read(file: Path) -> None:
    for act in acts_of(file):
        for text in (act[key] for key in DATES if key in act):
            date.fromisoformat(first_day(text))
            parse_edtf(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_acts_stand_in_the_order_of_their_days_and_none_stands_twice(file: Path) -> None:
    acts = acts_of(file)

    days = [decisive(act) for act in acts]
    contents = [
        json.dumps({key: act[key] for key in act if key not in ("note", "sources")}) for act in acts
    ]

    assert days == sorted(days)
    assert len(set(contents)) == len(contents)


def test_every_party_named_is_in_the_register() -> None:
    register = json.loads((CATALOGUE / "parties.json").read_text(encoding="utf-8"))
    known = {entry["party"] for entry in register}

    named = {
        act[key] for _, act in ALL for key in ("party", "predecessor", "depositary") if key in act
    }
    towards = {party for _, act in ALL for party in act.get("towards", [])}

    assert named | towards <= known


def test_every_treaty_with_acts_is_defined() -> None:
    defined = {file.stem for file in (CATALOGUE / "treaties").glob("*.json")}

    with_acts = {file.stem for file in FILES}

    assert with_acts <= defined


def test_no_exit_from_open_skies_and_no_deposit_states_the_day_that_the_clauses_compute() -> None:
    acts = acts_of(CATALOGUE / "acts" / "open-skies.ndjson")

    assert not [act for act in acts if "effective" in act]


def test_open_skies_has_all_its_signatories_and_acceding_states() -> None:
    acts = acts_of(CATALOGUE / "acts" / "open-skies.ndjson")

    signed = {act["party"] for act in acts if act["kind"] == "signature"}
    acceded = {act["party"] for act in acts if act["kind"] == "accession"}
    succeeded = {act["party"] for act in acts if act["kind"] == "succession"}
    notices = {act["party"] for act in acts if act["kind"] == "withdrawal_notice"}

    assert len(signed - {"CSHH"}) == 25
    assert len(acceded) == 8
    assert succeeded == {"CZE", "SVK"}
    assert notices == {"USA", "RUS"}


def test_the_catalogue_has_the_acts_of_every_worked_case() -> None:
    """By treaty, party, kind and decisive day; a ratification there may be an accession here."""
    cases = yaml.safe_load(WORKED_CASES.read_text(encoding="utf-8"))
    consents = {"ratification", "accession"}

    def place(act: Wire) -> tuple[str, str | None, str, str]:
        kind = "consent" if act["kind"] in consents else act["kind"]
        return act["treaty"], act.get("party"), kind, decisive(act)

    have = {place(act) for _, act in ALL}
    wanted = {place(act) for case in cases for act in case["acts"]}

    assert wanted <= have
