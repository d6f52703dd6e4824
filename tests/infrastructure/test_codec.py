"""What is stored can be read for ever, and nothing else can."""

import json
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Definition, PartyEntry, Source
from domain.dates import UncertainDay
from domain.kinds import KINDS
from infrastructure import codec
from infrastructure.codec import (
    FORMS,
    FactMapper,
    Form,
    PlacedFact,
    UnknownTopic,
    UnreadableState,
    decoded,
    encoded,
    event_id_of,
    topic_of,
)
from tests.infrastructure.pinned import pinned_lines

TEXTS = st.text(max_size=20)
DAYS = st.dates()
WHENS = DAYS | st.builds(UncertainDay, edtf=TEXTS, earliest=DAYS, latest=DAYS)
SOURCES = st.builds(Source, title=TEXTS, url=st.none() | TEXTS, quote=st.none() | TEXTS)
ACTS = st.builds(
    Act,
    id=st.uuids().map(str),
    treaty=TEXTS,
    kind=st.sampled_from(sorted(KINDS)),
    party=st.none() | TEXTS,
    dated=st.none() | WHENS,
    received=st.none() | WHENS,
    effective=st.none() | WHENS,
    sequence=st.integers(min_value=0, max_value=10**6),
    towards=st.lists(TEXTS, max_size=3).map(tuple),
    legal_effect=st.none() | st.booleans(),
    note=st.none() | TEXTS,
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    replacement=st.none(),
)


@given(act=ACTS)
def test_an_act_is_read_back_the_same(act: Act) -> None:
    assert decoded(topic_of(act), encoded(act)) == act


@given(act=ACTS, replacement=ACTS)
def test_an_act_that_brings_another_is_read_back_the_same(act: Act, replacement: Act) -> None:
    correction = replace(act, replacement=replacement)

    assert decoded(topic_of(correction), encoded(correction)) == correction


@pytest.mark.parametrize(
    "line", pinned_lines(), ids=lambda line: f"{line['topic']}-v{line['version']}"
)
def test_pinned_bytes_are_still_read_and_still_written(line: dict[str, Any]) -> None:
    fact = decoded(line["topic"], line["state"].encode())

    assert topic_of(fact) == line["topic"]
    if line["version"] == FORMS[line["topic"]].version:
        assert encoded(fact).decode() == line["state"]


def test_every_topic_has_pinned_bytes_in_each_of_its_versions() -> None:
    pinned = {(line["topic"], line["version"]) for line in pinned_lines()}

    assert pinned == {
        (topic, version) for topic, form in FORMS.items() for version in range(1, form.version + 1)
    }


def test_what_is_left_at_its_default_is_not_stored() -> None:
    act = Act(id="a", treaty="npt", kind="signature", party="POL", dated=date(1968, 7, 1))

    assert encoded(act) == (
        b'{"version":1,"fact":{"id":"a","treaty":"npt","kind":"signature","party":"POL",'
        b'"dated":"1968-07-01"}}'
    )


def test_read_only_data_is_stored_like_any_other() -> None:
    inner = MappingProxyType({"count": (1, 2)})
    definition = Definition(
        id="d",
        treaty="npt",
        title="T",
        identifiers=MappingProxyType({}),
        depositaries=(),
        clauses=MappingProxyType({"entry": inner}),
    )

    stored = json.loads(encoded(definition))

    assert stored["fact"]["clauses"] == {"entry": {"count": [1, 2]}}


def test_data_without_a_stored_form_is_refused_when_it_is_written() -> None:
    entry = PartyEntry(id="p", party="POL", data={"names": object()})

    with pytest.raises(NotImplementedError, match="object has no stored form"):
        encoded(entry)


@pytest.mark.parametrize("topic", ["os:system", "act.coronation", "domain.acts:Act", ""])
def test_an_unknown_topic_is_an_error_that_names_it(topic: str) -> None:
    with pytest.raises(UnknownTopic, match=f"'{topic}'"):
        decoded(topic, b'{"version":1,"fact":{}}')


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"[]",
        b'{"version":1}',
        b'{"version":1,"fact":{"id":"a"}}',
        b'{"version":1,"fact":{"id":"a","treaty":"t","kind":"signature","dated":"1992-13-01"}}',
        b'{"version":2,"fact":{"id":"a","treaty":"t","kind":"signature"}}',
        b'{"version":0,"fact":{"id":"a","treaty":"t","kind":"signature"}}',
    ],
)
def test_bytes_that_are_not_what_they_should_be_are_an_error(state: bytes) -> None:
    with pytest.raises(UnreadableState, match=r"act\.signature"):
        decoded("act.signature", state)


def test_an_older_version_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Form(
        type=Act,
        decoder=msgspec.json.Decoder(Act),
        version=3,
        upcasters={
            1: lambda data: {**data, "party": data.pop("state")},
            2: lambda data: {**data, "note": f"{data['party']} signed"},
        },
    )
    monkeypatch.setattr(codec, "FORMS", {"act.signature": now})
    first = b'{"version":1,"fact":{"id":"a","treaty":"t","kind":"signature","state":"POL"}}'
    second = b'{"version":2,"fact":{"id":"a","treaty":"t","kind":"signature","party":"POL"}}'

    lifted = decoded("act.signature", first)

    assert lifted == Act(id="a", treaty="t", kind="signature", party="POL", note="POL signed")
    assert decoded("act.signature", second) == lifted
    assert b'"version":3' in encoded(lifted)


def test_the_mapper_carries_facts_to_the_event_library_and_back() -> None:
    act = Act(id=str(uuid4()), treaty="npt", kind="signature", party="POL")
    placed = PlacedFact(originator_id="treaty:npt", originator_version=4, content=act)

    stored = FactMapper().to_stored_event(placed, '{"recorded_by":"clerk"}')

    assert (stored.originator_id, stored.originator_version) == ("treaty:npt", 4)
    assert (stored.topic, stored.event_id) == ("act.signature", UUID(act.id))
    assert FactMapper().to_domain_event(stored) == placed


def test_the_librarys_transcoder_is_plain_json() -> None:
    transcoder = FactMapper().transcoder

    assert transcoder.decode(transcoder.encode({"a": [1, None]})) == {"a": [1, None]}


def test_an_id_that_is_no_uuid_gets_one_that_never_changes() -> None:
    assert event_id_of("6F9619FF-8B86-D011-B42D-00CF4FC964FF") == event_id_of(
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    )
    assert event_id_of("poland-signs") == UUID("0997a40e-a59c-514c-afa4-6bcac2ff259f")
