"""A treaty's course can depend on others, which are folded before it."""

from collections.abc import Mapping

import pytest

from domain.clauses import Clauses
from domain.dossier import Dossier, dossier_of
from domain.family import depends_on, family_of, fold_of
from domain.plain import read
from tests.domain.dossiers import NOBODY, day, defined, did, status

PROTOCOL: Mapping[str, object] = {
    "parent": "convention",
    "entry_into_force": {
        "article": "Art. 1",
        "certainty": "seen",
        "all_of": [{"rule": "parent_in_force", "treaty": "convention"}],
    },
}
CONVENTION: Mapping[str, object] = {
    "entry_into_force": {
        "article": "Art. 2",
        "certainty": "seen",
        "all_of": [{"rule": "instruments", "count": 1}],
    },
}


def clauses(given: Mapping[str, object]) -> Clauses:
    return read(Clauses, given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, ()),
        ({"parent": "a"}, ("a",)),
        (
            {
                "entry_into_force": {
                    "article": "Art. 1",
                    "certainty": "seen",
                    "all_of": [
                        {"rule": "parent_in_force", "treaty": "a"},
                        {"rule": "fraction", "numerator": 2, "denominator": 3, "of": "b"},
                        {"rule": "instruments", "count": 5},
                    ],
                }
            },
            ("a", "b"),
        ),
        (
            {
                "parent": "a",
                "withdrawal": {
                    "article": "Art. 9",
                    "certainty": "seen",
                    "with_parent": ["a", "c"],
                    "by_revising": ["d"],
                },
            },
            ("a", "c", "d"),
        ),
    ],
)
def test_clauses_name_the_treaties_on_which_they_depend(
    given: Mapping[str, object], named: tuple[str, ...]
) -> None:
    assert depends_on(clauses(given)) == named


def test_a_family_is_the_treaty_and_then_those_that_each_depends_on() -> None:
    known = {"a": {"parent": "b"}, "b": {"parent": "c"}, "c": {"parent": "a"}}

    assert family_of("a", lambda treaty: clauses(known[treaty])) == ("a", "b", "c")


def test_the_course_of_a_protocol_follows_that_of_its_convention() -> None:
    files = {
        "protocol": ([defined(PROTOCOL, "protocol")], [did("POL", "ratification", "1999-01-01")]),
        "convention": (
            [defined(CONVENTION, "convention")],
            [did("FRA", "ratification", "2000-01-01")],
        ),
    }

    def dossier(treaty: str) -> Dossier:
        return dossier_of(treaty, *files[treaty])

    fold = fold_of("protocol", dossier, NOBODY)

    assert status(fold, "POL", "1999-12-31") == "contracting"
    assert status(fold, "POL", "2000-01-01") == "party"


def test_two_that_rest_on_a_third_are_folded_over_it_whichever_way_it_is_reached() -> None:
    parent = {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]}
    waits = {"article": "1", "all_of": [{"rule": "parent_in_force", "treaty": "base"}]}
    files = {
        "top": (
            [
                defined(
                    {
                        "entry_into_force": {
                            "article": "1",
                            "all_of": [
                                {"rule": "parent_in_force", "treaty": "base"},
                                {"rule": "parent_in_force", "treaty": "middle"},
                            ],
                        }
                    },
                    "top",
                )
            ],
            [],
        ),
        "middle": ([defined({"entry_into_force": waits}, "middle")], []),
        "base": (
            [defined({"entry_into_force": parent}, "base")],
            [did("AAA", "accession", "2000-01-01")],
        ),
    }

    fold = fold_of("top", lambda treaty: dossier_of(treaty, *files[treaty]), NOBODY)

    assert fold.entry().on == day("2000-01-01")
    assert fold.related["middle"].related["base"] is fold.related["base"]


def test_treaties_that_depend_on_each_other_in_a_circle_are_folded() -> None:
    files = {
        "one": [defined({**PROTOCOL, "parent": "other"}, "one")],
        "other": [defined({**CONVENTION, "parent": "one"}, "other")],
        "convention": [defined(CONVENTION, "convention")],
    }

    fold = fold_of("one", lambda treaty: dossier_of(treaty, files[treaty], []), NOBODY)

    assert set(fold.related) == {"other", "convention"}
    assert fold.related["other"].related == {}
    assert fold.related["convention"].related == {}


def test_a_treaty_that_depends_on_itself_is_folded() -> None:
    fold = fold_of(
        "one", lambda treaty: dossier_of(treaty, [defined({"parent": "one"}, treaty)], []), NOBODY
    )

    assert fold.related == {}
