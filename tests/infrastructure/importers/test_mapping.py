"""The mapping file: any table becomes acts by it, and what is wrong with a mapping is said before a row is read."""

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import Malformed
from infrastructure.importers.mapping import built_in, read_mapping
from tests.infrastructure.importers.keeping import Kept, counts, found, lines, problems

LONG = """
registry = "list"
title = "A list"
[treaty]
identifier = "treaty"
title = "name"
[party]
columns = ["code", "country"]
names = { EC = "EUE" }
nobody = { Others = "it names no State" }
[date]
columns = "day"
formats = ["edtf", "%d.%m.%Y"]
never = "01.01.0001"
[[act]]
name = "signed"
where = { what = "sign" }
kind = "signature"
field = "dated"
[[act]]
name = "bound"
where = { what = ["ratify", "accede"] }
kind = "consent"
field = "received"
[[act]]
name = "in force"
where = { what = "force" }
kind = "consent"
field = "effective"
joins = "bound"
[[skip]]
where = { what = "listed" }
because = "listed without a day"
"""
HEADER = "treaty,name,code,country,what,day\n"

WIDE = """
registry = "ohchr"
title = "A table of one treaty"
names_of = "today"
[treaty]
slug = "crc"
[party]
columns = "COUNTRY"
[date]
formats = "%d %b %Y"
[[act]]
name = "signature"
column = "Signature Date"
kind = "signature"
field = "dated"
[[act]]
name = "consent"
column = "Ratification Date, Accession(a), Succession(d) Date"
kind = "ratification"
field = "received"
letters = { a = "accession", d = "succession" }
"""
WIDE_HEADER = 'COUNTRY,Signature Date,"Ratification Date, Accession(a), Succession(d) Date"\n'


def days(known: Kept, treaty: str, party: str) -> list[tuple[str, dict[str, str]]]:
    """The acts of the party: kind, and the days that it has."""
    names = ("dated", "received", "effective")
    return [
        (
            each.kind,
            {name: str(getattr(each, name)) for name in names if getattr(each, name) is not None},
        )
        for each in known.acts(treaty, party)
    ]


def test_a_table_of_one_act_a_row_becomes_acts(known: Kept) -> None:
    rows = (
        "T 1,Treaty One,FJI,Fiji,sign,1990-01-02\n"
        "T 1,Treaty One,FJI,Fiji,ratify,03.04.1991\n"
        "T 1,Treaty One,,Poland,accede,1992\n"
    )

    report = known.take(HEADER + rows, mapping=LONG)

    assert counts(report) == (3, 3, 0, 0)
    assert days(known, "list-t-1", "FJI") == [
        ("signature", {"dated": "1990-01-02"}),
        ("consent_to_be_bound", {"received": "1991-04-03"}),
    ]
    [poland] = known.acts("list-t-1", "POL")
    assert poland.note == "The source does not say in which form consent was given."
    assert poland.reference == "list:T 1"
    assert poland.sources[0].quote == "bound 1992"


def test_a_further_day_is_put_into_the_act_before_it(known: Kept) -> None:
    rows = (
        "T,T,FJI,,force,1991-06-01\n"
        "T,T,FJI,,ratify,1991-04-03\n"
        "T,T,POL,,force,1991-06-01\n"
        "T,T,POL,,ratify,1992-04-03\n"
        "T,T,HUN,,force,1991-06-01\n"
    )

    report = known.take(HEADER + rows, mapping=LONG)

    assert counts(report) == (5, 5, 0, 0)
    assert report.acts == 4
    assert days(known, "list-t", "FJI") == [
        ("consent_to_be_bound", {"received": "1991-04-03", "effective": "1991-06-01"})
    ]
    assert days(known, "list-t", "HUN") == [("consent_to_be_bound", {"effective": "1991-06-01"})]
    assert found(report, "sources_disagree").line == 5


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("T,T,FJI,,listed,\n", "nothing_to_record"),
        ("T,T,FJI,,sign,\n", "nothing_to_record"),
        ("T,T,FJI,,sign,01.01.0001\n", "not_a_day"),
        ("T,T,FJI,,sign,2020-99-99\n", "not_a_day"),
        ("T,T,FJI,,waved,2020-01-01\n", "unknown_act"),
        ("T,T,,Others,sign,2020-01-01\n", "unknown_party"),
        ("T,T,,Atlantis,sign,2020-01-01\n", "unknown_party"),
        ("T,T,,,sign,2020-01-01\n", "unknown_party"),
        (",T,FJI,,sign,2020-01-01\n", "malformed"),
    ],
)
def test_a_row_of_which_nothing_can_be_made_is_reported(
    row: str, problem: str, known: Kept
) -> None:
    report = known.take(HEADER + row + "T,T,FJI,,sign,1990-01-02\n", mapping=LONG)

    assert counts(report) == (2, 1, 0, 1)
    assert found(report, problem).line == 2


def test_the_tables_own_names_for_parties_come_first(known: Kept) -> None:
    known.take(HEADER + "T,T,EC,,sign,1990-01-02\n", mapping=LONG)

    assert days(known, "list-t", "EUE") == [("signature", {"dated": "1990-01-02"})]


def test_a_table_of_one_treaty_with_a_column_for_each_act_becomes_acts(known: Kept) -> None:
    rows = (
        "Fiji,02 Jul 1993,13 Aug 1993\n"
        "Holy See,20 Apr 1990,20 Apr 1990\n"
        "Slovenia,,06 Jul 1992 (d)\n"
        "Palau,,04 Aug 1995 (a)\n"
        "United States of America,16 Feb 1995,\n"
        "Tuvalu,,1 Foo 1995\n"
        "Tonga,,06 Nov 1995 (x)\n"
        "Nauru,,\n"
    )

    report = known.take(WIDE_HEADER + rows, mapping=WIDE)

    assert counts(report) == (8, 5, 0, 3)
    assert {"not_a_day", "unknown_act", "nothing_to_record"} <= set(problems(report))
    assert days(known, "crc", "SVN") == [("succession", {"received": "1992-07-06"})]
    assert days(known, "crc", "PLW") == [("accession", {"received": "1995-08-04"})]


@pytest.mark.parametrize("form", ["parquet", "ndjson", "tabs"])
def test_the_same_table_in_other_forms_gives_the_same_acts(form: str, known: Kept) -> None:
    row = {"treaty": "T", "name": "T", "code": "FJI", "country": None, "what": "sign"}
    row["day"] = "1990-01-02"
    given: Mapping[str, Any] = {
        "parquet": parquet([row]),
        "ndjson": lines(row),
        "tabs": HEADER.replace(",", "\t") + "T\tT\tFJI\t\tsign\t1990-01-02\n",
    }

    report = known.take(given[form], mapping=LONG)

    assert counts(report) == (1, 1, 0, 0)
    assert days(known, "list-t", "FJI") == [("signature", {"dated": "1990-01-02"})]


def test_days_of_a_typed_column_are_read(known: Kept) -> None:
    from datetime import UTC, date, datetime

    base = {"treaty": "T", "name": "T", "country": "", "what": "sign"}
    by_day = parquet([{**base, "code": "FJI", "day": date(1990, 1, 2)}])
    by_instant = parquet([{**base, "code": "POL", "day": datetime(1990, 1, 3, tzinfo=UTC)}])

    reports = [known.take(each, mapping=LONG) for each in (by_day, by_instant)]

    assert [counts(each) for each in reports] == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert days(known, "list-t", "POL") == [("signature", {"dated": "1990-01-03"})]


def test_a_column_that_is_not_there_is_named(known: Kept) -> None:
    reports = [
        known.take("treaty,name\nT,T\n", mapping=LONG),
        known.take(parquet([{"treaty": "T", "name": "T"}]), mapping=LONG),
    ]

    assert [found(each, "missing_column").detail.split(";")[0] for each in reports] == [
        "there is no column code nor country nor day nor what"
    ] * 2


def test_a_treaty_may_be_said_to_be_one_of_ours(known: Kept) -> None:
    slugs = '[treaty]\nslugs = { "T 9" = "open-skies" }'

    report = known.take(
        HEADER + "T 9,x,FJI,,sign,2026-01-02\n", mapping=LONG.replace("[treaty]", slugs)
    )

    assert report.treaties == 0
    assert len(known.acts("open-skies", "FJI")) == 1


def test_a_treaty_with_a_title_on_file_is_kept_apart_and_told(known: Kept) -> None:
    report = known.take(HEADER + "T 9,Treaty on Open Skies,FJI,,sign,2026-01-02\n", mapping=LONG)

    assert "open-skies" in found(report, "title_on_file").detail
    assert known.acts("open-skies", "FJI") == []
    assert len(known.acts("list-t-9", "FJI")) == 1


def test_identifiers_that_differ_only_in_punctuation_are_two_treaties(known: Kept) -> None:
    rows = "A/1,One,FJI,,sign,1990-01-02\nA-1,Two,FJI,,sign,1990-01-03\n"

    known.take(HEADER + rows, mapping=LONG)
    again = known.take(HEADER + rows, mapping=LONG)

    assert counts(again) == (2, 0, 2, 0)
    treaties = [
        each for each in known.dossiers.treaties(known.dossiers.record()) if "list-" in each
    ]
    assert len(treaties) == 2


def test_only_a_table_that_covers_its_treaties_makes_acts_vanish(known: Kept) -> None:
    first = HEADER + "T,T,FJI,,sign,1990-01-02\nT,T,POL,,sign,1990-01-02\n"
    second = HEADER + "T,T,FJI,,sign,1990-01-02\n"
    known.take(first, mapping=LONG)

    partial = known.take(second, mapping=LONG)
    covering = known.take(
        second, mapping=LONG.replace("title =", 'covers = "its treaties"\ntitle =', 1)
    )

    assert problems(partial) == []
    assert problems(covering) == ["vanished_from_registry"]


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ('registry = "list"', "", ""),
        ('registry = "list"', 'registry = "A List"', "/registry"),
        ('kind = "signature"', 'kind = "wave"', "/act/0/kind"),
        ('field = "dated"', 'field = "day"', "/act/0/field"),
        ('joins = "bound"', 'joins = "nothing"', "/act/2/joins"),
        ('identifier = "treaty"', "", "/treaty"),
        ('columns = "day"', "", "/act/0"),
        ('where = { what = "sign" }', "", "/act/0"),
        ('title = "A list"', 'title = "A list"\ncolour = "red"', ""),
        ('title = "A list"', 'title = "A list"\ndelimiter = "::"', "/delimiter"),
        ('title = "A list"', 'title = "A list"\nencoding = "koi8"', "/encoding"),
        ('title = "A list"', 'title = "A list"\ntext = { colour = "what" }', "/text/colour"),
        ('kind = "signature"', 'kind = "adoption"', "/act/0/kind"),
        (
            'kind = "signature"',
            'kind = "signature"\nletters = { "1" = "signature" }',
            "/act/0/letters",
        ),
        ("[treaty]", "[treaty", ""),
    ],
)
def test_what_is_wrong_with_a_mapping_is_named(old: str, new: str, pointer: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_mapping(LONG.replace(old, new, 1).encode())

    assert refusal.value.faults[0].pointer == pointer


@pytest.mark.parametrize("text", [b"\xff\xfe", b"x" * 2_000_000])
def test_what_is_no_mapping_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_mapping(text)


def test_mappings_that_come_with_the_program_can_be_read() -> None:
    assert {"ggo", "huggo"} <= set(built_in())
    assert [name for name, each in built_in().items() if each.registry != name] == []


def test_a_table_is_recognised_by_a_mapping_that_comes_with_the_program(known: Kept) -> None:
    row = {"source": "ggo_2025", "treaty_id": "X_1990A", "treaty_title": "X", "party_name": "FJI"}
    row |= {"iso3": "FJI", "act": "signature", "date": "1990", "note": "", "raw": ""}

    report = known.take(parquet([row]))

    assert (report.format, report.registry) == ("mapping", "ggo")
    assert counts(report) == (1, 1, 0, 0)


def test_a_table_of_another_source_with_the_same_columns_is_not_taken_for_it(known: Kept) -> None:
    row = {"source": "other", "treaty_id": "X_1990A", "treaty_title": "X", "party_name": "FJI"}
    row |= {"iso3": "FJI", "act": "signature", "date": "1990", "note": "", "raw": ""}

    assert problems(known.take(parquet([row]))) == ["unknown_format"]


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """The rows as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()
