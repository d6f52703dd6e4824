"""The published form of clauses takes what is read, and refuses what is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from domain.clauses import Clauses
from domain.errors import Malformed
from domain.forms import form_of
from domain.plain import plain, read
from tests.scenarios import catalogue

FORM = form_of(Clauses, "/v1/schemas/clauses")
VALIDATOR = Draft202012Validator(FORM, format_checker=FormatChecker())
ODD: tuple[Any, ...] = (None, True, 7, 1.5, "x", "2000-13-45", [], {}, [1], {"x": 1})


def readable(data: Any) -> bool:
    try:
        read(Clauses, data)
    except Malformed:
        return False
    return True


def changed(data: Any) -> Iterator[Any]:
    """The data with another value at each of its places, of a list at both ends, and with a key too many."""
    if isinstance(data, dict):
        yield from ({**data, "unheard_of": odd} for odd in (None, 1))
        for key, value in data.items():
            yield {name: each for name, each in data.items() if name != key}
            for inner in (*ODD, *changed(value)):
                yield {**data, key: inner}
    elif isinstance(data, list):
        for index in sorted({0, len(data) - 1} if data else ()):
            for inner in (*ODD, *changed(data[index])):
                yield [*data[:index], inner, *data[index + 1 :]]


def test_the_form_is_a_schema_and_names_no_definition_that_it_lacks() -> None:
    Draft202012Validator.check_schema(FORM)

    named = {each.rpartition("/")[2] for each in _references(FORM)}
    assert named == FORM["$defs"].keys()


@pytest.mark.parametrize("slug", catalogue.SLUGS)
def test_every_definition_of_the_catalogue_has_the_form(slug: str) -> None:
    VALIDATOR.validate(plain(catalogue.definition(slug).clauses))


@pytest.mark.parametrize("slug", ["open-skies", "doha-amendment", "ihr-2024", "apostille", "icrw"])
def test_the_form_takes_exactly_what_is_read(slug: str) -> None:
    clauses = json.loads(json.dumps(plain(catalogue.definition(slug).clauses)))

    differing = [each for each in changed(clauses) if readable(each) != VALIDATOR.is_valid(each)]

    assert differing == []


def _references(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from (each for each in [data.get("$ref")] if isinstance(each, str))
        data = list(data.values())
    if isinstance(data, list):
        for each in data:
            yield from _references(each)
