"""More histories of real treaties: who left, who came back, who took whose place, by the treaties' own clauses."""

import pytest

from tests.domain.dossiers import coming, day, did, flags, history, said, status
from tests.scenarios import catalogue
from tests.scenarios.test_known_histories import Case

LEAVING = (
    Case(
        name="the Philippines leave the Rome Statute a year after their notice",
        treaty="rome-statute",
        party="PHL",
        acts=[
            ("signature", "2000-12-28"),
            ("ratification", "2011-08-30"),
            ("statement_of_intent", "2018-03-14"),
            ("withdrawal_notice", "2018-03-17"),
        ],
        history=[
            ("2000-12-28", "signatory"),
            ("2011-08-30", "contracting"),
            ("2011-11-01", "party"),
            ("2018-03-17", "party_withdrawing"),
            ("2019-03-17", "former_party"),
        ],
        up=[("2019-03-17", "survival_obligations")],
        seen=[
            ("2019-03-17", "2018-03-16", "party"),
            ("2019-03-16", "2018-03-17", "party_withdrawing"),
        ],
        expected=[("2018-03-17", "2019-03-17", "former_party")],
    ),
    Case(
        name="Hungary was among the sixty of the Rome Statute and gives notice in 2025",
        treaty="rome-statute",
        party="HUN",
        acts=[
            ("signature", "1999-01-15"),
            ("ratification", "2001-11-30"),
            ("parliamentary_vote", "2025-05-20"),
            ("withdrawal_notice", "2025-06-02"),
        ],
        history=[
            ("1999-01-15", "signatory"),
            ("2001-11-30", "contracting"),
            ("2002-07-01", "party"),
            ("2025-06-02", "party_withdrawing"),
            ("2026-06-02", "former_party"),
        ],
    ),
    Case(
        name="Turkey leaves the Istanbul Convention on the first of the month after three months",
        treaty="istanbul",
        party="TUR",
        acts=[
            ("signature", "2011-05-11"),
            ("ratification", "2012-03-14"),
            ("domestic_law_signed", "2021-03-20"),
            ("withdrawal_notice", "2021-03-22"),
        ],
        history=[
            ("2011-05-11", "signatory"),
            ("2012-03-14", "contracting"),
            ("2014-08-01", "party"),
            ("2021-03-22", "party_withdrawing"),
            ("2021-07-01", "former_party"),
        ],
        seen=[("2021-07-01", "2021-03-21", "party")],
    ),
    Case(
        name="Sweden's instrument of the first of July is in force on the first of November",
        treaty="istanbul",
        party="SWE",
        acts=[("signature", "2011-05-11"), ("ratification", "2014-07-01")],
        history=[
            ("2011-05-11", "signatory"),
            ("2014-07-01", "contracting"),
            ("2014-11-01", "party"),
        ],
    ),
    Case(
        name="Lithuania is the first to leave the Convention on Cluster Munitions",
        treaty="cluster-munitions",
        party="LTU",
        acts=[
            ("signature", "2008-12-03"),
            ("ratification", "2011-03-24"),
            ("parliamentary_vote", "2024-07-18"),
            ("withdrawal_notice", "2024-09-06"),
        ],
        history=[
            ("2008-12-03", "signatory"),
            ("2011-03-24", "contracting"),
            ("2011-09-01", "party"),
            ("2024-09-06", "party_withdrawing"),
            ("2025-03-06", "former_party"),
        ],
    ),
    Case(
        name="Honduras leaves ICSID on the day after six months",
        treaty="icsid",
        party="HND",
        acts=[
            ("signature", "1986-05-28"),
            ("ratification", "1989-02-14"),
            ("withdrawal_notice", "2024-02-24"),
        ],
        history=[
            ("1986-05-28", "signatory"),
            ("1989-02-14", "contracting"),
            ("1989-03-16", "party"),
            ("2024-02-24", "party_withdrawing"),
            ("2024-08-25", "former_party"),
        ],
    ),
    Case(
        name="the United Kingdom leaves the Energy Charter and is held by it for twenty years more",
        treaty="energy-charter",
        party="GBR",
        acts=[
            ("signature", "1994-12-17"),
            ("ratification", "1997-12-16"),
            ("withdrawal_notice", "2024-04-26"),
        ],
        history=[
            ("1994-12-17", "provisional"),
            ("1998-04-16", "party"),
            ("2024-04-26", "party_withdrawing"),
            ("2025-04-27", "former_party"),
        ],
        up=[
            ("1998-04-15", "contracting"),
            ("2025-04-27", "survival_obligations"),
            ("2045-04-26", "survival_obligations"),
        ],
    ),
    Case(
        name="the United States has had two periods in the Paris Agreement and leaves again",
        treaty="paris",
        party="USA",
        acts=[
            ("signature", "2016-04-22"),
            ("acceptance", "2016-09-03"),
            ("statement_of_intent", "2017-08-04"),
            ("withdrawal_notice", "2019-11-04"),
            ("acceptance", "2021-01-20"),
            ("withdrawal_notice", "2025-01-27"),
        ],
        history=[
            ("2016-04-22", "signatory"),
            ("2016-09-03", "contracting"),
            ("2016-11-04", "party"),
            ("2019-11-04", "party_withdrawing"),
            ("2020-11-04", "former_party"),
            ("2021-01-20", "contracting"),
            ("2021-02-19", "party"),
            ("2025-01-27", "party_withdrawing"),
            ("2026-01-27", "former_party"),
        ],
        up=[("2021-01-20", "former_party")],
        expected=[
            ("2021-01-20", "2021-02-19", "party"),
            ("2025-01-27", "2026-01-27", "former_party"),
        ],
    ),
    Case(
        name="the United Kingdom leaves UNESCO with the end of 1985 and comes back in 1997",
        treaty="unesco",
        party="GBR",
        acts=[
            ("acceptance", "1946-02-20"),
            ("withdrawal_notice", "1984-12-05"),
            ("acceptance", "1997-07-01"),
        ],
        history=[
            ("1946-02-20", "contracting"),
            ("1946-11-04", "party"),
            ("1984-12-05", "party_withdrawing"),
            ("1986-01-01", "former_party"),
            ("1997-07-01", "party"),
        ],
    ),
    Case(
        name="South Africa is out of UNESCO from 1957 to 1994",
        treaty="unesco",
        party="ZAF",
        acts=[
            ("acceptance", "1946-06-03"),
            ("withdrawal_notice", "1955-04-05"),
            ("acceptance", "1994-12-12"),
        ],
        history=[
            ("1946-06-03", "contracting"),
            ("1946-11-04", "party"),
            ("1955-04-05", "party_withdrawing"),
            ("1957-01-01", "former_party"),
            ("1994-12-12", "party"),
        ],
    ),
    Case(
        name="the United States leaves the International Labour Organization for two years and three months",
        treaty="ilo",
        party="USA",
        acts=[
            ("state_admission", "1934-08-20"),
            ("withdrawal_notice", "1975-11-06"),
            ("state_admission", "1980-02-18"),
        ],
        history=[
            ("1934-08-20", "party"),
            ("1975-11-06", "party_withdrawing"),
            ("1977-11-06", "former_party"),
            ("1980-02-18", "party"),
        ],
    ),
    Case(
        name="Poland's notice to the International Labour Organization is prolonged and taken back",
        treaty="ilo",
        party="POL",
        acts=[
            ("state_admission", "1919-06-28"),
            ("withdrawal_notice", "1984-11-17"),
            ("withdrawal_date_changed", "1986-11-10", {"effective": "1987-11-17"}),
            ("withdrawal_notice_revoked", "1987-11-16"),
        ],
        history=[
            ("1919-06-28", "party"),
            ("1984-11-17", "party_withdrawing"),
            ("1987-11-16", "party"),
        ],
        seen=[
            ("1986-11-17", "1986-11-09", "former_party"),
            ("1986-11-17", "1986-11-10", "party_withdrawing"),
            ("1987-11-17", "1987-11-15", "former_party"),
        ],
        expected=[
            ("1985-01-01", "1986-11-17", "former_party"),
            ("1987-01-01", "1987-11-17", "former_party"),
        ],
    ),
    Case(
        name="Belarus leaves the Aarhus Convention on the ninetieth day",
        treaty="aarhus",
        party="BLR",
        acts=[
            ("signature", "1998-12-16"),
            ("approval", "2000-03-09"),
            ("withdrawal_notice", "2022-07-26"),
        ],
        history=[
            ("1998-12-16", "signatory"),
            ("2000-03-09", "contracting"),
            ("2001-10-30", "party"),
            ("2022-07-26", "party_withdrawing"),
            ("2022-10-24", "former_party"),
        ],
    ),
    Case(
        name="Saudi Arabia leaves the Moon Agreement",
        treaty="moon",
        party="SAU",
        acts=[("accession", "2012-07-18"), ("withdrawal_notice", "2023-01-05")],
        history=[
            ("2012-07-18", "contracting"),
            ("2012-08-17", "party"),
            ("2023-01-05", "party_withdrawing"),
            ("2024-01-05", "former_party"),
        ],
    ),
    Case(
        name="North Korea cannot leave the Covenant on Civil and Political Rights",
        treaty="iccpr",
        party="PRK",
        acts=[
            ("accession", "1981-09-14"),
            ("withdrawal_notice", "1997-08-25"),
            ("depositary_rejection", "1997-09-23"),
        ],
        history=[("1981-09-14", "contracting"), ("1981-12-14", "party")],
        up=[("1997-08-25", "withdrawal_contested")],
    ),
    Case(
        name="the United Kingdom's instrument of December 1988 is in force on the day the clause fixes",
        treaty="montreal-protocol",
        party="GBR",
        acts=[("signature", "1987-09-16"), ("ratification", "1988-12-16")],
        history=[
            ("1987-09-16", "signatory"),
            ("1988-12-16", "contracting"),
            ("1989-01-01", "party"),
        ],
    ),
    Case(
        name="who joins the Montreal Protocol on the day after its entry into force waits ninety days",
        treaty="montreal-protocol",
        party="AUT",
        acts=[("accession", "1989-01-02")],
        history=[("1989-01-02", "contracting"), ("1989-04-02", "party")],
    ),
)


@pytest.mark.parametrize("case", LEAVING, ids=lambda case: case.name)
def test_every_change_of_status_falls_on_its_day(case: Case) -> None:
    fold = case.fold()

    assert history(fold, case.party) == case.history
    for on, flag in case.up:
        assert flag in flags(fold, case.party, on), on
    for on, as_seen, expected in case.seen:
        assert status(case.fold(as_seen), case.party, on) == expected, (on, as_seen)
    for on, changes_on, to in case.expected:
        assert coming(fold, case.party, on)[:1] == [(changes_on, to)], on


def test_what_survives_the_energy_charter_is_over_twenty_years_and_a_day_after_the_exit() -> None:
    fold = next(each for each in LEAVING if each.treaty == "energy-charter").fold()

    assert "survival_obligations" not in flags(fold, "GBR", "2045-04-28")


# --- who takes whose place ---

YUGOSLAVIA = [
    did("YUCS", "signature", "1967-08-08", treaty="iccpr"),
    did("YUCS", "ratification", "1971-06-02", treaty="iccpr"),
    *(
        did(heir, "succession", on, treaty="iccpr", predecessor=predecessor)
        for heir, on, predecessor in (
            ("SVN", "1992-07-06", "YUCS"),
            ("HRV", "1992-10-12", "YUCS"),
            ("BIH", "1993-09-01", "YUCS"),
            ("MKD", "1994-01-18", "YUCS"),
            ("CSXX", "2001-03-12", "YUCS"),
            ("MNE", "2006-10-23", "CSXX"),
        )
    ),
]


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        ("YUCS", [("1976-03-23", "party"), ("1992-04-27", "extinct")]),
        ("SVN", [("1991-06-25", "party")]),
        ("HRV", [("1991-10-08", "party")]),
        ("BIH", [("1992-03-06", "party")]),
        ("MKD", [("1991-11-17", "party")]),
        ("SRB", [("1992-04-27", "party")]),
        ("MNE", [("2006-06-03", "party")]),
    ],
)
def test_the_successors_of_yugoslavia_are_parties_from_their_own_days(
    party: str, expected: list[tuple[str, str]]
) -> None:
    assert history(catalogue.fold("iccpr", YUGOSLAVIA), party)[-len(expected) :] == expected


def test_nobody_knows_of_a_succession_before_it_is_notified() -> None:
    before = catalogue.fold("iccpr", YUGOSLAVIA, day("1992-10-11"))
    after = catalogue.fold("iccpr", YUGOSLAVIA, day("1992-10-12"))

    assert (status(before, "HRV", "1992-01-01"), status(after, "HRV", "1992-01-01")) == (
        "none",
        "party",
    )


def test_russia_goes_on_where_the_soviet_union_was_and_ukraine_joins_by_itself() -> None:
    acts = [
        did("SUHH", "signature", "1968-07-01", treaty="npt"),
        did("SUHH", "ratification", "1970-03-05", treaty="npt"),
        did("RUS", "continuity_declaration", "1992-01-13", treaty="npt"),
        did("UKR", "accession", "1994-12-05", treaty="npt"),
    ]
    fold = catalogue.fold("npt", acts)

    assert history(fold, "RUS") == [("1968-07-01", "signatory"), ("1970-03-05", "party")]
    assert (status(fold, "SUHH", "1991-12-25"), status(fold, "SUHH", "1991-12-26")) == (
        "party",
        "extinct",
    )
    assert history(fold, "UKR") == [("1994-12-05", "party")]


def test_the_two_successors_of_czechoslovakia_begin_on_the_day_after_its_last() -> None:
    acts = [
        did("CSHH", "signature", "1968-07-01", treaty="npt"),
        did("CSHH", "ratification", "1969-07-22", treaty="npt"),
        did("CSHH", "state_dissolution", "1992-12-31", treaty="npt"),
        did("CZE", "succession", "1993-01-01", treaty="npt", predecessor="CSHH"),
        did("SVK", "succession", "1993-04-17", treaty="npt", predecessor="CSHH"),
    ]
    fold = catalogue.fold("npt", acts)

    assert history(fold, "CSHH")[-2:] == [("1970-03-05", "party"), ("1993-01-01", "extinct")]
    assert history(fold, "CZE") == history(fold, "SVK") == [("1993-01-01", "party")]


def test_the_german_democratic_republic_ends_and_the_federal_republic_goes_on_under_another_name() -> (
    None
):
    acts = [
        did("DDDE", "signature", "1973-03-27", treaty="iccpr"),
        did("DDDE", "ratification", "1973-11-08", treaty="iccpr"),
        did("DEU", "signature", "1968-10-09", treaty="iccpr"),
        did("DEU", "ratification", "1973-12-17", treaty="iccpr"),
    ]
    fold = catalogue.fold("iccpr", acts)

    assert history(fold, "DDDE")[-2:] == [("1976-03-23", "party"), ("1990-10-03", "extinct")]
    assert history(fold, "DEU")[-1] == ("1976-03-23", "party")
    assert said(fold, "DEU", "1990-10-02")["party_name"] != said(fold, "DEU", "1990-10-03")
    assert said(fold, "DEU", "1990-10-03")["party_name"] == "Germany"


def test_united_yemen_takes_the_place_of_the_democratic_republic_on_the_day_of_union() -> None:
    acts = [
        did("YDYE", "accession", "1972-10-18", treaty="cerd"),
        did("YEM", "succession", "1990-05-22", treaty="cerd", predecessor="YDYE"),
    ]
    fold = catalogue.fold("cerd", acts)

    assert history(fold, "YDYE") == [
        ("1972-10-18", "contracting"),
        ("1972-11-17", "party"),
        ("1990-05-22", "extinct"),
    ]
    assert history(fold, "YEM") == [("1990-05-22", "party")]


def test_south_sudan_is_no_party_to_what_sudan_joined_until_it_says_so() -> None:
    sudan = did("SDN", "accession", "2003-10-13", treaty="genocide")
    fold = catalogue.fold("genocide", [sudan])

    assert status(fold, "SSD", "2012-01-01") == "none"
    assert history(fold, "SDN")[-1] == ("2004-01-11", "party")
