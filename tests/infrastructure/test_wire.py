"""How facts travel: what is read and what is refused, with every fault at its place, and what is written."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import msgspec
import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Definition, Entry, PartyEntry, Source
from domain.dates import UncertainDay
from domain.parties import Register
from infrastructure import catalogue
from infrastructure.misfits import misfits
from infrastructure.wire import (
    FORMS,
    Fact,
    derived_id,
    read_object,
    read_objects,
    written_entry,
    written_fact,
)

NOTICE: Mapping[str, Any] = {
    "treaty": "open-skies",
    "party": "USA",
    "kind": "withdrawal_notice",
    "received": "2020-05-22",
}


@cache
def register() -> Register:
    return Register(catalogue.parties())


def faults_of(given: object, treaty: str | None = None) -> dict[str, str]:
    """The faults of an object, by pointer."""
    return {each.pointer: each.detail for each in read_object(given, register(), treaty).faults}


def fact_of(given: object) -> Fact:
    """The fact that an object without fault describes."""
    read = read_object(given, register())
    assert read.faults == ()
    assert read.fact is not None
    return read.fact


def test_an_act_needs_only_treaty_kind_and_what_it_says() -> None:
    act = fact_of(NOTICE)

    assert act == Act(
        id=act.id,
        treaty="open-skies",
        party="USA",
        kind="withdrawal_notice",
        received=date(2020, 5, 22),
    )


def test_every_key_of_an_act_is_read() -> None:
    source = {
        "title": "A note",
        "url": "https://example.org/n",
        "published": "2020-05-22",
        "sha256": "AB" * 32,
    }

    act = fact_of(
        {
            "type": "act",
            "id": "3F2B8C1E-5D0A-4C77-9A55-0C2F6F0F7F11",
            "treaty": "open-skies",
            "party": "USA",
            "kind": "withdrawal_notice",
            "dated": "2020-05",
            "received": "2020-05-22",
            "notified": "2020-05-22",
            "effective": "2020-11-22",
            "claimed_effective": "2020-11-22",
            "sequence": 2,
            "by": "Department of State",
            "towards": ["Türkiye"],
            "territories": ["Guam"],
            "predecessor": "Czechoslovakia",
            "concerns": "3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f12",
            "legal_effect": False,
            "contested_by": ["RUS"],
            "depositary": "CAN",
            "reference": "No. 1",
            "note": "Art. XV(2)",
            "sources": [source],
            "despite": ["not_a_party"],
        }
    )

    assert act == Act(
        id="3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11",
        treaty="open-skies",
        party="USA",
        kind="withdrawal_notice",
        dated=UncertainDay(edtf="2020-05", earliest=date(2020, 5, 1), latest=date(2020, 5, 31)),
        received=date(2020, 5, 22),
        notified=date(2020, 5, 22),
        effective=date(2020, 11, 22),
        claimed_effective=date(2020, 11, 22),
        sequence=2,
        by="Department of State",
        towards=("TUR",),
        territories=("Guam",),
        predecessor="CSHH",
        concerns="3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f12",
        legal_effect=False,
        contested_by=("RUS",),
        depositary="CAN",
        reference="No. 1",
        note="Art. XV(2)",
        sources=(
            Source(
                title="A note",
                url="https://example.org/n",
                published="2020-05-22",
                sha256="ab" * 32,
            ),
        ),
        despite=("not_a_party",),
    )


@pytest.mark.parametrize("name", ["Türkiye", "Turkey", "turkey", "TUR", "Republic of Türkiye"])
def test_a_party_may_be_called_by_any_of_its_names(name: str) -> None:
    act = fact_of({**NOTICE, "party": name})

    assert isinstance(act, Act)
    assert act.party == "TUR"


def test_years_decide_between_entities_of_one_name() -> None:
    before, after = (
        fact_of(
            {"treaty": "un-charter", "kind": "communication", "party": "Yugoslavia", "dated": day}
        )
        for day in ("1950-01-01", "1995-01-01")
    )

    assert isinstance(before, Act)
    assert isinstance(after, Act)
    assert (before.party, after.party) == ("YUCS", "CSXX")


def test_every_fault_is_named_at_its_place() -> None:
    given = {
        "treaty": "Open Skies",
        "kind": "withdrawl_notice",
        "party": "Polnd",
        "received": "2020-02-30",
        "sequence": "1",
        "colour": "red",
        "sources": [
            {"url": "javascript:alert(1)"},
            {"title": "x", "sha256": "12", "published": "soon"},
        ],
    }

    faults = faults_of(given)

    assert set(faults) == {
        "/treaty",
        "/kind",
        "/party",
        "/received",
        "/sequence",
        "/colour",
        "/sources/0/title",
        "/sources/1/sha256",
        "/sources/1/published",
    }
    assert "did you mean withdrawal_notice" in faults["/kind"]
    assert "did you mean POL" in faults["/party"]
    assert faults["/received"] == "2020-02-30 is not a day of the calendar"
    assert faults["/sequence"] == "must be a whole number"
    assert faults["/colour"] == "is not known here"
    assert faults["/sources/0/title"] == "is missing"


def test_a_source_is_held_to_its_form() -> None:
    given = [
        {"title": "x", "url": "javascript:alert(1)"},
        {"title": "x", "sha256": "12", "published": "soon"},
    ]

    faults = faults_of({**NOTICE, "sources": given})

    assert set(faults) == {"/sources/0/url", "/sources/1/sha256", "/sources/1/published"}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([], ""),
        ("text", ""),
        (None, ""),
        ({"type": "deed"}, "/type"),
        ({"type": ["act"]}, "/type"),
        ({}, "/treaty"),
        ({**NOTICE, "note": "a\x00b"}, "/note"),
        ({**NOTICE, "note": "\ud800"}, "/note"),
        ({**NOTICE, "by": "\x00"}, "/by"),
        ({**NOTICE, "contested_by": ["a", "\x00"]}, "/contested_by/1"),
        ({**NOTICE, "id": "1"}, "/id"),
        ({**NOTICE, "id": "3f2b8c1e5d0a4c779a550c2f6f0f7f11"}, "/id"),
        ({**NOTICE, "concerns": "the other"}, "/concerns"),
        ({**NOTICE, "towards": ["POL", "Atlantis"]}, "/towards/1"),
        ({**NOTICE, "predecessor": "Atlantis"}, "/predecessor"),
        ({**NOTICE, "legal_effect": 0}, "/legal_effect"),
        ({**NOTICE, "sequence": True}, "/sequence"),
        ({**NOTICE, "sequence": -1}, "/sequence"),
        ({**NOTICE, "sequence": 10**9}, "/sequence"),
        ({**NOTICE, "note": "x" * 20_001}, "/note"),
        ({**NOTICE, "towards": ["POL"] * 2_001}, "/towards"),
        ({**NOTICE, "towards": "POL"}, "/towards"),
        ({**NOTICE, "a/b~c": 1}, "/a~1b~0c"),
        ({**NOTICE, "replacement": {"kind": "x"}}, "/replacement/kind"),
        ({**NOTICE, "replacement": {"kind": 1}}, "/replacement/kind"),
        (
            {**NOTICE, "replacement": {**NOTICE, "replacement": {**NOTICE}}},
            "/replacement/replacement",
        ),
    ],
)
def test_a_misfit_is_found_at_its_place(given: object, pointer: str) -> None:
    assert pointer in faults_of(given)


def test_a_name_that_can_mean_two_parties_is_a_fault_that_names_both() -> None:
    both = Register(
        PartyEntry(id=code, party=code, data={"party": code, "names": [{"name": "Twin"}]})
        for code in ("TWINA", "TWINB")
    )

    faults = read_object({**NOTICE, "party": "Twin"}, both).faults

    assert [each.detail for each in faults] == [
        "Twin can mean TWINA or TWINB: name one by its code"
    ]


def test_the_treaty_of_a_request_need_not_be_repeated_and_may_not_be_contradicted() -> None:
    bare = {key: value for key, value in NOTICE.items() if key != "treaty"}

    assert faults_of(bare, treaty="open-skies") == {}
    assert faults_of(NOTICE, treaty="open-skies") == {}
    assert set(faults_of(NOTICE, treaty="npt")) == {"/treaty"}


def test_what_stands_in_the_record_can_be_sent_again() -> None:
    act = fact_of({**NOTICE, "note": "Art. XV(2)"})
    entry = Entry(
        content=act,
        position=7,
        stream="treaty:open-skies",
        stream_version=3,
        recorded_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        recorded_by="clerk",
    )

    shown = written_entry(entry)

    assert fact_of(shown) == act
    assert shown["position"] == 7
    assert shown["recorded_at"] == "2026-11-22T12:00:00Z"
    assert (shown["recorded_by"], shown["stream_version"]) == ("clerk", 3)


def test_the_same_content_has_the_same_id_for_ever() -> None:
    act = fact_of(NOTICE)

    assert act.id == "d6861565-cd71-5460-bcf7-92a56ae1f21b"
    assert (
        fact_of({**NOTICE, "type": "act", "sequence": 1, "towards": [], "note": None}).id == act.id
    )
    assert fact_of({**NOTICE, "party": "United States of America"}).id == act.id
    assert fact_of({**NOTICE, "sequence": 2}).id != act.id


def test_parties_that_come_along_can_be_named_by_the_acts_beside_them() -> None:
    party = {
        "type": "party",
        "party": "ATLA",
        "names": [{"name": "Atlantis", "from": "2030-01-01"}],
    }
    act = {**NOTICE, "party": "Atlantis"}

    read = read_objects([act, party], register())

    assert [each.faults for each in read] == [(), ()]
    assert isinstance(read[0].fact, Act)
    assert read[0].fact.party == "ATLA"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"party": "at", "names": [{"name": "x"}]}, "/party"),
        ({"party": "ATLA", "names": []}, "/names"),
        ({"party": "ATLA", "names": [{"name": ""}]}, "/names/0/name"),
        ({"party": "ATLA", "names": [{"name": "x", "from": "never"}]}, "/names/0/from"),
        (
            {"party": "ATLA", "names": [{"name": "x", "from": "2001", "until": "2000"}]},
            "/names/0/until",
        ),
        (
            {"party": "ATLA", "names": [{"name": "x"}], "existence": [{"since": "2001"}]},
            "/existence/0/since",
        ),
        ({"party": "ATLA", "names": [{"name": "x"}], "kind": "continent"}, "/kind"),
        ({"party": "ATLA", "names": [{"name": "x"}], "codes": {"iso": 4}}, "/codes/iso"),
    ],
)
def test_an_entry_of_the_register_is_held_to_its_form(
    given: Mapping[str, object], pointer: str
) -> None:
    assert pointer in faults_of({"type": "party", **given})


def test_a_definition_is_read() -> None:
    definition = fact_of(
        {
            "type": "treaty",
            "treaty": "peace",
            "title": "Treaty of Peace",
            "identifiers": {"un": "I-1"},
            "depositaries": ["UN"],
            "clauses": {"withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}}},
            "holds_from": "1992-03-24",
            "sources": [{"title": "The text"}],
        }
    )

    assert definition == Definition(
        id=definition.id,
        treaty="peace",
        title="Treaty of Peace",
        identifiers={"un": "I-1"},
        depositaries=("UN",),
        clauses={"withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}}},
        holds_from=date(1992, 3, 24),
        sources=(Source(title="The text"),),
    )


def test_a_definition_holds_from_a_certain_day() -> None:
    given = {"type": "treaty", "treaty": "peace", "title": "Peace", "holds_from": "1992"}

    assert set(faults_of(given)) == {"/holds_from"}


def test_all_that_is_built_in_is_written_as_it_is_read() -> None:
    facts: list[Fact] = [
        *catalogue.parties(),
        *catalogue.definitions(register()),
        *catalogue.acts(register()),
    ]

    again = [each.fact for each in read_objects([written_fact(each) for each in facts], register())]

    assert again == facts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = sorted({field for form in FORMS.values() for field in form.__struct_encode_fields__})


@given(
    kind=st.sampled_from(sorted(FORMS)),
    data=st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), JSON),
)
def test_there_is_a_misfit_exactly_where_the_library_refuses(
    kind: str, data: dict[str, Any]
) -> None:
    form = FORMS[kind]

    try:
        msgspec.convert(data, form, strict=True)
        fits = True
    except msgspec.ValidationError:
        fits = False

    assert fits == (misfits(form, data) == ())


@given(given=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
def test_nothing_that_is_sent_breaks_the_reader(given: object) -> None:
    read = read_object(given, register())

    assert read.faults or read.fact is not None


@given(note=st.text(max_size=20), by=st.text(max_size=20), sequence=st.integers(2, 1_000_000))
def test_an_id_is_made_of_canonical_json(note: str, by: str, sequence: int) -> None:
    content: dict[str, Any] = {"note": note, "by": by, "sequence": sequence}

    assert orjson.dumps(content, option=orjson.OPT_SORT_KEYS) == rfc8785.dumps(content)


def test_an_id_is_never_made_of_what_may_come_later() -> None:
    act = fact_of(NOTICE)
    assert isinstance(act, Act)

    assert derived_id(act) == act.id
