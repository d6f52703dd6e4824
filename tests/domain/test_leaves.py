"""Every entry has one leaf, which names all that the log keeps of it."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, PartyEntry
from domain.leaves import (
    CONTINUITY,
    ENDED,
    EXISTENCE,
    Head,
    Leaf,
    existence_of,
    extract_hash,
    head_of,
    instant_of,
    leaf_from,
    leaf_of,
    party_key,
    read_hash,
    written_hash,
)
from domain.parties import party_from
from domain.proof import frontier, leaf_hash
from domain.stored import fact_from

STATE = b'{"version":1,"fact":{"id":"a","treaty":"npt","kind":"signature","party":"POL"}}'
RUSSIA = {"version": 1, "fact": {"id": "r", "party": "RUS", "data": {"continues": "SUHH"}}}


def a_leaf(state: bytes = STATE, **given: Any) -> Leaf:
    plain: dict[str, Any] = {
        "position": 7,
        "stream": "treaty:npt",
        "stream_version": 2,
        "topic": "act.signature",
        "event_id": "0997a40e-a59c-514c-afa4-6bcac2ff259f",
        "metadata": {"recorded_by": "clerk", "correlation": "c"},
        "recorded_at": "2026-11-22T12:00:00.000000Z",
        "previous": bytes(32),
    }
    return leaf_of(state, **{**plain, **given})


def entered(fact: object) -> Leaf:
    return a_leaf(json.dumps(fact).encode(), stream="register", topic="party.entered")


def test_a_leaf_is_the_canonical_bytes_of_the_entry() -> None:
    leaf = a_leaf()

    assert leaf.data == rfc8785.dumps(
        {
            "content": json.loads(STATE),
            "event_id": "0997a40e-a59c-514c-afa4-6bcac2ff259f",
            "metadata": {"correlation": "c", "recorded_by": "clerk"},
            "position": 7,
            "previous": b64encode(bytes(32)).decode(),
            "recorded_at": "2026-11-22T12:00:00.000000Z",
            "stream": "treaty:npt",
            "stream_version": 2,
            "topic": "act.signature",
        }
    )
    assert leaf.hash == sha256(b"\x00" + leaf.data).digest() == leaf_hash(leaf.data)


@pytest.mark.parametrize(
    "change",
    [
        {"position": 8},
        {"stream": "treaty:ctbt"},
        {"stream_version": 3},
        {"topic": "act.ratification"},
        {"event_id": "0997a40e-a59c-514c-afa4-6bcac2ff259e"},
        {"metadata": {"recorded_by": "clerk", "correlation": "d"}},
        {"recorded_at": "2026-11-22T12:00:00.000001Z"},
        {"previous": bytes(31) + b"\x01"},
        {"previous": None},
        {"state": STATE.replace(b"POL", b"PRT")},
    ],
    ids=str,
)
def test_whatever_changes_in_an_entry_changes_its_hash(change: dict[str, Any]) -> None:
    assert a_leaf(**change).hash != a_leaf().hash


def test_a_leaf_is_read_as_the_entry_that_the_law_knows() -> None:
    entry = a_leaf().entry

    assert entry.content == Act(id="a", treaty="npt", kind="signature", party="POL")
    assert (entry.position, entry.stream, entry.stream_version) == (7, "treaty:npt", 2)
    assert entry.recorded_at == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert entry.recorded_by == "clerk"


def test_a_leaf_comes_back_from_the_data_that_it_travels_as() -> None:
    leaf = a_leaf(previous=None)

    assert leaf_from(json.loads(leaf.data)) == leaf
    assert leaf_from(json.loads(a_leaf().data)) == a_leaf()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"position": "7"}, "the position of an entry is '7'"),
        ({"position": True}, "the position of an entry is True"),
        ({"stream": None}, "the stream of an entry is None"),
        ({"previous": "abc"}, "'abc' is not a hash"),
        ({"more": 1}, "an entry has these members: position, stream"),
    ],
)
def test_data_that_are_no_leaf_are_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        leaf_from({**a_leaf().plain(), **change})


def test_what_is_no_object_is_no_leaf() -> None:
    with pytest.raises(ValueError, match="an entry has these members"):
        leaf_from([])


@pytest.mark.parametrize(
    "data",
    [
        '{"share":0.5}',
        '{"votes":9007199254740992}',
        '{"digits":' + "9" * 5_000 + "}",
        '{"a":' * 70 + "1" + "}" * 70,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"half":"\\ud800"}',
    ],
    ids=["fraction", "vast", "vaster", "deep", "bottomless", "half a character"],
)
def test_what_has_no_canonical_form_stands_in_its_leaf_as_text(data: str) -> None:
    state = '{"version":1,"fact":{"id":"p","party":"POL","data":' + data + "}}"

    leaf = a_leaf(state.encode(), topic="party.entered", stream="register")

    assert leaf.content == state
    assert leaf.metadata == '{"correlation": "c", "recorded_by": "clerk"}'
    assert leaf_from(json.loads(leaf.data)) == leaf
    assert leaf.filed_under()[0] == "register"


def test_a_text_is_read_like_the_object_that_it_writes() -> None:
    state = b'{"version":1,"fact":{"id":"p","party":"POL","data":{"share":0.5}}}'

    leaf = a_leaf(state, topic="party.entered", stream="register")

    assert leaf.entry.content == PartyEntry(id="p", party="POL", data={"share": 0.5})
    assert leaf.entry.recorded_by == "clerk"
    assert leaf.filed_under() == ("register", "register/party:POL")


@pytest.mark.parametrize("state", [b"[]", b"3", b"not JSON", b""])
def test_bytes_that_are_no_fact_have_a_leaf_and_no_entry(state: bytes) -> None:
    leaf = a_leaf(state)

    assert leaf.content == state.decode()
    with pytest.raises(ValueError, match=r"an entry of topic act\.signature is no fact"):
        _ = leaf.entry


def test_an_act_is_filed_under_its_stream() -> None:
    assert a_leaf().filed_under() == ("treaty:npt",)


def test_an_entry_of_the_register_is_filed_under_its_party_too() -> None:
    poland = {"version": 1, "fact": {"id": "p", "party": "POL", "data": {"continues": None}}}

    assert entered(poland).filed_under() == ("register", party_key("POL"))


def test_who_continues_another_is_filed_under_one_key_for_all_of_them() -> None:
    assert entered(RUSSIA).filed_under() == ("register", party_key("RUS"), CONTINUITY)


@pytest.mark.parametrize("fact", [{}, {"fact": []}, {"fact": {"party": 3}}])
def test_an_entry_of_the_register_that_names_no_party_is_filed_under_its_stream(
    fact: object,
) -> None:
    assert entered(fact).filed_under() == ("register",)


def existing(*existence: object) -> Leaf:
    data = {"existence": list(existence)}
    return entered({"version": 1, "fact": {"id": "c", "party": "CSHH", "data": data}})


def test_of_a_party_that_ended_the_code_is_filed_under_one_key_for_all_of_them() -> None:
    leaf = existing({"from": "1918-10-28", "until": "1993-01-01"})

    assert list(leaf.filings()) == [
        ("register", leaf.hash),
        (party_key("CSHH"), leaf.hash),
        (ENDED, extract_hash("CSHH")),
        (EXISTENCE, extract_hash("7 1918-10-28/1993-01-01 CSHH")),
    ]


@pytest.mark.parametrize(
    ("existence", "days"),
    [
        ([], ""),
        ([{"from": "1993-01-01", "until": None}], "1993-01-01/"),
        ([{"until": "1938"}, {"from": "1945-04"}], "0001-01-01/1938-01-01,1945-04-01/"),
        (["1993-01-01"], ""),
    ],
)
def test_of_a_party_that_has_no_end_or_exists_again_a_line_is_filed(
    existence: list[object], days: str
) -> None:
    assert existing(*existence).extracts() == {EXISTENCE: f"7 {days} CSHH"}


@pytest.mark.parametrize("data", [None, [], {"existence": None}, {"existence": "1993"}])
def test_where_no_existence_is_told_the_line_is_without_days(data: object) -> None:
    leaf = entered({"version": 1, "fact": {"party": "CSHH", "data": data}})

    assert leaf.extracts() == {EXISTENCE: "7  CSHH"}


def test_of_a_party_whose_days_cannot_be_read_the_entry_has_to_be_shown() -> None:
    extracts = existing({"from": "1993-13-01"}).extracts()

    assert extracts == {ENDED: "CSHH", EXISTENCE: "7 ? CSHH"}
    with pytest.raises(ValueError, match="not enough values"):
        existence_of(extracts[EXISTENCE])


def test_of_an_act_nothing_is_extracted() -> None:
    assert a_leaf().extracts() == {}


EXISTENCES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "from": st.none() | st.dates().map(str) | st.just("1918~") | st.integers(1, 9999),
            "until": st.none() | st.dates().map(str) | st.just("1993-01"),
        },
    )
    | st.just("and no more"),
    max_size=3,
)


@given(existence=EXISTENCES, party=st.text(min_size=1, max_size=6))
def test_an_extract_tells_what_the_law_reads_of_the_entry(
    existence: list[object], party: str
) -> None:
    """Whoever wrote the entry, so that no end is hidden from whoever sees the extracts alone."""
    data = {"party": party, "existence": existence}
    law = party_from(data)

    leaf = entered({"version": 1, "fact": {"id": "c", "party": party, "data": data}})

    told = existence_of(leaf.extracts()[EXISTENCE])
    assert (told.position, told.party, told.intervals) == (7, party, law.existence)
    assert party_from(told.entry().data).existence == law.existence
    assert (ENDED in leaf.extracts()) == (law.extinct_from() is not None)


@pytest.mark.parametrize("line", ["", "7 CSHH", "x  CSHH", "7 1993 CSHH", "7 1993-01-01 CSHH"])
def test_what_is_no_line_of_an_existence_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        existence_of(line)


def test_an_extract_of_any_characters_has_its_hash() -> None:
    assert extract_hash("\ud800") != extract_hash("CSHH") == leaf_hash(b"CSHH")


def test_what_calls_itself_an_entry_of_the_register_elsewhere_is_none() -> None:
    assert a_leaf(json.dumps(RUSSIA).encode(), topic="party.entered").filed_under() == (
        "treaty:npt",
    )


def test_a_head_names_its_key_its_count_and_its_root() -> None:
    hashes = [leaf_hash(b"1"), leaf_hash(b"2")]

    head = head_of(frontier(hashes))

    assert head == Head(count=2, root=frontier(hashes).root())
    assert json.loads(head.data("treaty:npt")) == {
        "count": 2,
        "key": "treaty:npt",
        "root": written_hash(head.root),
    }


def test_instants_are_written_to_the_microsecond() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert instant_of(noon) == "2026-11-22T12:00:00.000000Z"
    assert instant_of(noon.replace(microsecond=120)) == "2026-11-22T12:00:00.000120Z"


def test_the_same_leaf_at_another_place_is_another_leaf() -> None:
    assert a_leaf().at(9) == a_leaf(position=9)


@pytest.mark.parametrize("text", [None, "", "AAAA", "?" * 44, "A" * 42 + "B="])
def test_a_hash_is_32_bytes_in_the_one_way_that_base64_writes_them(text: object) -> None:
    assert read_hash(written_hash(bytes(32))) == bytes(32)
    with pytest.raises(ValueError, match="is not a hash in base64"):
        read_hash(text)


@pytest.mark.parametrize(
    ("topic", "stored", "why"),
    [
        ("act.coronation", {}, "no topic 'act.coronation' is known here"),
        ("act.signature", [], "is no fact in version 1"),
        ("act.signature", {"version": 2, "fact": {}}, "is no fact in version 1"),
        ("act.signature", {"version": 1}, "fact"),
        ("act.signature", {"version": 1, "fact": {"id": "a", "crown": 1}}, "crown"),
        ("act.signature", {"version": 1, "fact": {"id": "a", "dated": "1968"}}, "1968"),
        ("party.entered", {"version": 1, "fact": 3}, "cannot be read"),
    ],
)
def test_a_stored_form_that_is_none_is_refused(topic: str, stored: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fact_from(topic, stored)
