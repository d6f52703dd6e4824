"""The register: names with their years, aliases, existence, and who is the same person under a later code."""

from datetime import date

import pytest

from domain.parties import day_from, folded
from tests.domain.dossiers import day, registered

REGISTER = registered(
    {
        "party": "SUHH",
        "names": [{"name": "USSR", "formal": "Union of Soviet Socialist Republics"}],
        "existence": [{"from": "1922-12-30", "until": "1991-12-26"}],
        "successors": ["RUS"],
    },
    {
        "party": "RUS",
        "names": [{"name": "Russia", "from": "1991-12-24", "formal": "Russian Federation"}],
        "continues": "SUHH",
        "predecessors": ["SUHH"],
    },
    {
        "party": "TUR",
        "names": [
            {"name": "Turkey", "until": "2022-06-01"},
            {"name": "Türkiye", "from": "2022-06-01"},
        ],
        "aliases": [{"name": "Turkish Republic"}],
    },
    {
        "party": "YUCS",
        "names": [{"name": "Yugoslavia", "until": "1992-04-27"}],
        "existence": [{"from": "1918-12-01", "until": "1992-04-27"}],
    },
    {
        "party": "CSXX",
        "kind": "former",
        "names": [
            {"name": "Yugoslavia", "from": "1992-04-27", "until": "2003-02-04"},
            {"name": "Serbia and Montenegro", "from": "2003-02-04"},
        ],
        "existence": [{"from": "1992-04-27", "until": "2006-06-03"}],
    },
)


@pytest.mark.parametrize(
    ("text", "on", "codes"),
    [
        ("TUR", None, ("TUR",)),
        ("turkiye", None, ("TUR",)),
        ("TÜRKIYE!", "2000-01-01", ("TUR",)),
        ("turkish republic", "2000-01-01", ("TUR",)),
        ("Russian Federation", None, ("RUS",)),
        ("Yugoslavia", None, ("YUCS", "CSXX")),
        ("Yugoslavia", "1950-01-01", ("YUCS",)),
        ("Yugoslavia", "1995-01-01", ("CSXX",)),
        ("Yugoslavia", "2020-01-01", ("YUCS", "CSXX")),
        ("Serbia and Montenegro", "2020-01-01", ("CSXX",)),
        ("Atlantis", None, ()),
    ],
)
def test_a_party_is_found_by_any_name_and_years_decide_between_two(
    text: str, on: str | None, codes: tuple[str, ...]
) -> None:
    assert REGISTER.find(text, day(on) if on else None) == codes


@pytest.mark.parametrize(
    ("code", "on", "name"),
    [
        ("TUR", "2022-05-31", "Turkey"),
        ("TUR", "2022-06-01", "Türkiye"),
        ("RUS", "1950-01-01", "Russia"),
        ("CSXX", "1950-01-01", "Yugoslavia"),
        ("YUCS", "2000-01-01", "Yugoslavia"),
        ("XYZ", "2000-01-01", "XYZ"),
    ],
)
def test_a_name_is_that_of_the_day_or_the_nearest(code: str, on: str, name: str) -> None:
    assert REGISTER.name(code, day(on)) == name


def test_a_party_without_any_name_is_called_by_its_code() -> None:
    assert registered({"party": "AAA", "names": []}).name("AAA", day("2000-01-01")) == "AAA"


def test_one_person_under_two_codes_is_known_as_one() -> None:
    assert REGISTER.persons("RUS") == REGISTER.persons("RUS") == ("RUS", "SUHH")
    assert REGISTER.persons("SUHH") == ("SUHH",)
    assert (REGISTER.continued_by("SUHH"), REGISTER.continued_by("RUS")) == ("RUS", None)


def test_persons_that_continue_each_other_in_a_circle_end_somewhere() -> None:
    circle = registered(
        {"party": "AAA", "names": [], "continues": "BBB"},
        {"party": "BBB", "names": [], "continues": "AAA"},
    )

    assert circle.persons("AAA") == ("AAA", "BBB")


def test_existence_tells_when_a_party_began_and_ended() -> None:
    soviet, russia = REGISTER.get("SUHH"), REGISTER.get("RUS")

    assert (soviet.extinct_from(), russia.extinct_from()) == (day("1991-12-26"), None)
    assert soviet.existed_from(day("1950-01-01")) == day("1922-12-30")
    assert soviet.existed_from(day("1900-01-01")) is None


def test_the_register_tells_what_it_has() -> None:
    assert REGISTER.codes() == ("CSXX", "RUS", "SUHH", "TUR", "YUCS")
    assert len(REGISTER) == 5
    assert "RUS" in REGISTER
    assert "XYZ" not in REGISTER


def test_a_name_that_is_nearly_right_is_hinted_at() -> None:
    assert REGISTER.near("Rusia") == ("RUS (Russia)",)


def test_nothing_is_near_to_nothing_and_a_name_without_end_is_cut() -> None:
    assert [REGISTER.near(each) for each in ("", "?!", "Rusia" * 10_000)] == [(), (), ()]


def test_a_name_with_what_cannot_be_printed_means_nobody() -> None:
    assert [REGISTER.find(each) for each in ("RUS\0", "RUS\u202e", "Russia")] == [(), (), ("RUS",)]


def test_names_are_read_without_case_accents_and_punctuation() -> None:
    assert folded("  Côte d'Ivoire ") == "cote d ivoire"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("1992-03-24", date(1992, 3, 24)),
        ("1992-03~", date(1992, 3, 1)),
        ("1992?", date(1992, 1, 1)),
        ("0000", date(1, 1, 1)),
        ("long ago", None),
        (None, None),
    ],
)
def test_a_day_of_the_register_is_the_first_that_its_text_can_mean(
    text: str | None, first: date | None
) -> None:
    assert day_from(text) == first


def test_data_of_another_shape_is_passed_over() -> None:
    party = registered({"party": "AAA", "names": "x", "successors": 3, "kind": None}).get("AAA")

    assert (party.names, party.successors, party.kind) == ((), (), "state")
