"""Facts are read with the standard library as the codec reads them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Definition, PartyEntry, SigningKey
from domain.stored import _BUILDERS, VERSION, fact_from
from infrastructure.codec import FORMS, decoded, encoded, topic_of
from tests.infrastructure.pinned import pinned_lines
from tests.infrastructure.test_codec import ACTS, SOURCES, TEXTS

FACTS = (
    ACTS
    | st.builds(
        Definition,
        id=TEXTS,
        treaty=TEXTS,
        title=TEXTS,
        identifiers=st.dictionaries(TEXTS, TEXTS, max_size=2),
        depositaries=st.lists(TEXTS, max_size=2).map(tuple),
        clauses=st.dictionaries(TEXTS, st.none() | TEXTS | st.integers(), max_size=2),
        holds_from=st.none() | st.dates(),
        sources=st.lists(SOURCES, max_size=2).map(tuple),
    )
    | st.builds(PartyEntry, id=TEXTS, party=TEXTS, data=st.dictionaries(TEXTS, TEXTS, max_size=2))
    | st.builds(SigningKey, id=TEXTS, key=TEXTS, in_use=st.booleans(), note=st.none() | TEXTS)
)


@pytest.mark.parametrize("line", pinned_lines(), ids=lambda line: line["topic"])
def test_pinned_bytes_are_read_as_the_codec_reads_them(line: dict[str, Any]) -> None:
    read = fact_from(line["topic"], json.loads(line["state"]))

    assert read == decoded(line["topic"], line["state"].encode())


@given(fact=FACTS)
def test_whatever_the_codec_writes_is_read(
    fact: Act | Definition | PartyEntry | SigningKey,
) -> None:
    assert fact_from(topic_of(fact), json.loads(encoded(fact))) == fact


def test_every_topic_is_read_in_the_version_that_is_written_now() -> None:
    assert set(_BUILDERS) == set(FORMS)
    assert {form.version for form in FORMS.values()} == {VERSION}
