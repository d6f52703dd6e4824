"""Whom a name means: by spelling, by year, by the user's aliases; what is not clear is told with what is near."""

import io
from datetime import date
from functools import cache

import pytest

from domain.errors import Malformed
from domain.parties import Register
from infrastructure import catalogue
from infrastructure.naming import Aliases, Naming, read_aliases
from tests.infrastructure.importers.keeping import Kept, counts, found

HEADER = "Contracting Party,Treaty,Signature Date,Instrument Type,Instrument Date,Entry Into Force Date\n"


TOML = """
[[alias]]
name = "SAR"
code = "ESH"
[[alias]]
name = "The Realm"
code = "FJI"
from = "1990"
[[alias]]
name = "The Realm"
code = "POL"
until = 1990-01-01
"""


@cache
def register() -> Register:
    return Register(catalogue.parties())


@cache
def naming() -> Naming:
    return Naming(register())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Congo, Democratic Republic Of", "COD"),
        ("Korea, Republic of", "KOR"),
        ("Tanzania, United Republic of 3", "TZA"),
        ("Gambia, Republic of The", "GMB"),
    ],
)
def test_a_name_that_was_turned_round_for_the_alphabet_is_turned_back(text: str, code: str) -> None:
    assert naming().meant(text, date(2000, 1, 1)).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Türkiye", "TUR"),
        ("TURKEY", "TUR"),
        ("Viet Nam 7", "VNM"),
        ("China 5, 6", "CHN"),
        ("Serbia [1]", "SRB"),
        ("Syrian Arab Republic (2)", "SYR"),
        ("Cyprus*", "CYP"),
        ("Türkiye¹", "TUR"),
        ("Cote d'Ivoire", "CIV"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Czech Republic", "CZE"),
        ("Swaziland", "SWZ"),
        ("Burma", "MMR"),
        ("European Community", "EUE"),
    ],
)
def test_spellings_former_names_and_footnote_marks_lead_to_the_party(text: str, code: str) -> None:
    assert naming().meant(text, date(1995, 1, 1)).code == code


@pytest.mark.parametrize(
    ("text", "on", "code"),
    [
        ("Yugoslavia", "1950-01-01", "YUCS"),
        ("Yugoslavia", "1995-01-01", "CSXX"),
        ("Yugoslavia 12", "1995-01-01", "CSXX"),
        ("Austria", "1900-01-01", "AUHU"),
        ("Austria", "1955-01-01", "AUT"),
        ("Germany", "1890-01-01", "DEU"),
    ],
)
def test_the_year_decides_between_entities_of_one_name(text: str, on: str, code: str) -> None:
    assert naming().meant(text, date.fromisoformat(on)).code == code


def test_a_registry_of_today_means_the_party_of_today() -> None:
    on = date(1908, 11, 30)

    assert naming().meant("Austria", on).code == "AUHU"
    assert naming().meant("Austria", on, today=True).code == "AUT"
    assert naming().meant("Yugoslavia", date(1950, 1, 1), today=True).code == "YUCS"


def test_what_is_unknown_or_ambiguous_is_told_with_what_is_near() -> None:
    unknown = naming().meant("Polnad", date(2000, 1, 1))
    ambiguous = naming().meant("YUG", None)

    assert (unknown.code, unknown.problem) == (None, "unknown_party")
    assert "POL (Poland)" in unknown.candidates
    assert (ambiguous.code, ambiguous.problem) == (None, "ambiguous_party")
    assert set(ambiguous.candidates) == {"CSXX", "YUCS"}


@pytest.mark.parametrize(
    "text",
    [
        "name,code,from,until\nSAR,ESH,,\nThe Realm,FJI,1990,\nThe Realm,POL,,1990-01-01\n",
        TOML,
    ],
    ids=["csv", "toml"],
)
def test_aliases_of_the_user_settle_names_with_their_years(text: str) -> None:
    settled = Naming(register(), read_aliases(io.BytesIO(text.encode()), register()))

    assert settled.meant("sar", date(2012, 1, 1)).code == "ESH"
    assert settled.meant("The realm", date(1989, 12, 31)).code == "POL"
    assert settled.meant("The realm", date(1990, 1, 1)).code == "FJI"
    assert settled.meant("SAR", None, today=True).code == "ESH"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("name,code\nX,ATLANTIS\n", "/0/code"),
        ("name,code\n,FJI\n", "/0/name"),
        ("name,code,from\nX,FJI,soon\n", "/0/from"),
        ("name,code,colour\nX,FJI,red\n", "/0/colour"),
        ("name\nX\n", ""),
        ("[[alias]]\nname = ", ""),
        ('x = 1\n[[alias]]\nname = "X"\ncode = "FJI"\n', ""),
        ("\xff", ""),
    ],
)
def test_what_is_wrong_with_an_alias_is_named(text: str, pointer: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_aliases(io.BytesIO(text.encode("latin-1")), register())

    assert refusal.value.faults[0].pointer == pointer


def test_a_file_of_aliases_has_a_bound() -> None:
    with pytest.raises(Malformed):
        read_aliases(io.BytesIO(b"name,code\n" + b"x,FJI\n" * 1_000_000), register())


def test_an_alias_comes_before_the_register() -> None:
    text = b"name,code\nTurkey,FJI\n"

    settled = Naming(register(), read_aliases(io.BytesIO(text), register()))

    assert settled.meant("Turkey", date(2000, 1, 1)).code == "FJI"
    assert Naming(register(), Aliases()).meant("Turkey", date(2000, 1, 1)).code == "TUR"


def test_an_unclear_name_in_a_file_is_found_and_an_alias_settles_it(known: Kept) -> None:
    given = HEADER + "Polnad,Berne,,Accession,1920-01-28,1920-01-28\n"

    refused = known.take(given)
    settled = known.take(given, aliases="name,code\nPolnad,POL\n")

    assert counts(refused) == (1, 0, 0, 1)
    assert "POL (Poland)" in found(refused, "unknown_party").detail
    assert counts(settled) == (1, 1, 0, 0)
    assert known.said("berne-convention", "POL", "2000-01-01")["status"] == "party"


def test_aliases_settle_names_in_our_own_lines_too(known: Kept) -> None:
    line = b'{"treaty": "open-skies", "party": "Polnad", "kind": "communication", "dated": "2020-01-01"}\n'

    report = known.take(line, aliases="name,code\nPolnad,POL\n")

    assert counts(report) == (1, 1, 0, 0)
    assert known.acts("open-skies", "POL")[-1].kind == "communication"
