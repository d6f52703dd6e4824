"""What canonical bytes are, held against the reference library for RFC 8785."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import DEEPEST, LARGEST_INTEGER, canonical

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(value=VALUES)
def test_the_bytes_are_those_of_the_reference_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(value=VALUES)
def test_the_bytes_can_be_read_back(value: Any) -> None:
    assert json.loads(canonical(value)) == value


def test_names_stand_in_the_order_of_their_utf_16() -> None:
    smiling, ligature = "\U0001f600", "\ufb33"

    written = canonical({ligature: 1, smiling: 2, "a": 3})

    assert written == f'{{"a":3,"{smiling}":2,"{ligature}":1}}'.encode()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (0.5, "float has no canonical form"),
        ({"share": [1.0]}, "float has no canonical form"),
        (LARGEST_INTEGER + 1, "beyond what every reader"),
        (-LARGEST_INTEGER - 1, "beyond what every reader"),
        ({1: "one"}, "names of an object are texts"),
        (b"bytes", "bytes has no canonical form"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_what_has_no_form_is_refused(value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        canonical(value)


def test_the_depth_has_a_limit_that_does_not_depend_on_the_machine() -> None:
    deepest: list[Any] = []
    for _ in range(DEEPEST - 1):
        deepest = [deepest]

    assert canonical(deepest) == b"[" * DEEPEST + b"]" * DEEPEST
    with pytest.raises(ValueError, match="nested deeper than 64"):
        canonical([deepest])
