"""Every definition of the catalogue can be read, contradicts nothing and counts to known days."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.clauses import Clauses, EntryIntoForce
from domain.contradictions import contradictions
from domain.counting import Convention, convention_of, count
from domain.exits import ExitDay, Notice, exit_day
from domain.plain import read

CATALOGUE = Path(__file__).parents[2] / "infrastructure" / "catalogue"
ORGANISATIONS = {"UN", "COE", "IBRD", "ILO", "OAS", "WHO", "ECOWAS"}
NOT_IN_FORCE = {"ctbt"}
WAITED_FOR_ANOTHER = {"iccpr-op1", "vccr-op"}
"""Treaties whose own conditions were met before the treaty on which they depend."""

TITLES = {
    "vclt-1969": "Vienna Convention on the Law of Treaties",
    "vcsst-1978": "Vienna Convention on Succession of States in respect of Treaties",
    "un-charter": "Charter of the United Nations",
    "open-skies": "Treaty on Open Skies",
    "cfe": "Treaty on Conventional Armed Forces in Europe",
    "inf": "INF Treaty",
    "new-start": "New START",
    "abm": "ABM Treaty",
    "npt": "Treaty on the Non-Proliferation of Nuclear Weapons",
    "ctbt": "Comprehensive Nuclear-Test-Ban Treaty",
    "cwc": "Chemical Weapons Convention",
    "bwc": "Biological Weapons Convention",
    "ptbt": "Partial Test Ban Treaty",
    "outer-space": "Outer Space Treaty",
    "moon": "Moon Agreement",
    "ottawa": "Anti-Personnel Mine Ban Convention (Ottawa)",
    "cluster-munitions": "Convention on Cluster Munitions",
    "att": "Arms Trade Treaty",
    "tpnw": "Treaty on the Prohibition of Nuclear Weapons",
    "geneva-1949": "Geneva Conventions of 1949",
    "iccpr": "International Covenant on Civil and Political Rights",
    "iccpr-op1": "First Optional Protocol to the ICCPR",
    "cerd": "Convention on the Elimination of All Forms of Racial Discrimination",
    "cedaw": "Convention on the Elimination of All Forms of Discrimination against Women",
    "cat": "Convention against Torture",
    "crc": "Convention on the Rights of the Child",
    "crpd": "Convention on the Rights of Persons with Disabilities",
    "genocide": "Genocide Convention",
    "rome-statute": "Rome Statute of the International Criminal Court",
    "unfccc": "UNFCCC",
    "kyoto": "Kyoto Protocol",
    "doha-amendment": "Doha Amendment to the Kyoto Protocol",
    "paris": "Paris Agreement",
    "montreal-protocol": "Montreal Protocol",
    "cbd": "Convention on Biological Diversity",
    "cites": "CITES",
    "minamata": "Minamata Convention on Mercury",
    "aarhus": "Aarhus Convention",
    "unclos": "United Nations Convention on the Law of the Sea",
    "fish-stocks": "UN Fish Stocks Agreement",
    "bbnj": "Agreement on marine biodiversity beyond national jurisdiction (BBNJ)",
    "icrw": "International Convention for the Regulation of Whaling",
    "single-convention": "Single Convention on Narcotic Drugs as amended",
    "unesco": "UNESCO Constitution",
    "who": "WHO Constitution",
    "ilo": "ILO Constitution",
    "ilo-c182": "Worst Forms of Child Labour Convention (ILO C182)",
    "icsid": "ICSID Convention",
    "energy-charter": "Energy Charter Treaty",
    "echr": "European Convention on Human Rights",
    "istanbul": "Istanbul Convention",
    "teu": "Treaty on European Union",
    "american-convention": "American Convention on Human Rights",
    "pact-of-bogota": "Pact of Bogota",
    "oas-charter": "Charter of the OAS",
    "apostille": "Apostille Convention",
    "ecowas": "ECOWAS Revised Treaty",
    "oau-charter": "OAU Charter",
    "territorial-sea-1958": "Convention on the Territorial Sea 1958",
    "vccr-op": "Optional Protocol to the VCCR on Compulsory Settlement of Disputes",
    "cets-085": "European Convention on the Legal Status of Children Born out of Wedlock",
    "ihr-2024": "2024 amendments to the International Health Regulations (2005)",
}

EXITS = (
    ("open-skies", "USA", "2002-01-01", "2020-05-22", "2020-11-22"),
    ("open-skies", "RUS", "2002-01-01", "2021-06-18", "2021-12-18"),
    ("cfe", "RUS", "1992-11-09", "2023-06-09", "2023-11-07"),
    ("inf", "USA", "1988-06-01", "2019-02-02", "2019-08-02"),
    ("abm", "USA", "1972-10-03", "2001-12-13", "2002-06-13"),
    ("npt", "PRK", "1985-12-12", "1993-03-12", "1993-06-12"),
    ("npt", "PRK", "1985-12-12", "2003-01-10", "2003-04-10"),
    ("ottawa", "LTU", "2003-11-01", "2025-06-27", "2025-12-27"),
    ("ottawa", "FIN", "2012-07-01", "2025-07-10", "2026-01-10"),
    ("ottawa", "POL", "2013-06-01", "2025-08-20", "2026-02-20"),
    ("cluster-munitions", "LTU", "2011-09-01", "2024-09-06", "2025-03-06"),
    ("rome-statute", "BDI", "2004-12-01", "2016-10-27", "2017-10-27"),
    ("paris", "USA", "2016-11-04", "2019-11-04", "2020-11-04"),
    ("paris", "USA", "2021-02-19", "2025-01-27", "2026-01-27"),
    ("kyoto", "CAN", "2005-02-16", "2011-12-15", "2012-12-15"),
    ("echr", "GRC", "1953-09-03", "1969-12-12", "1970-06-13"),
    ("icsid", "BOL", "1995-07-23", "2007-05-02", "2007-11-03"),
    ("icsid", "ECU", "1986-02-14", "2009-07-06", "2010-01-07"),
    ("icsid", "VEN", "1995-06-01", "2012-01-24", "2012-07-25"),
    ("energy-charter", "ITA", "1998-04-16", "2014-12-31", "2016-01-01"),
    ("energy-charter", "FRA", "1999-12-27", "2022-12-07", "2023-12-08"),
    ("energy-charter", "LUX", "1998-04-16", "2023-06-16", "2024-06-17"),
    ("icrw", "ISL", "1948-11-10", "1991-12-27", "1992-06-30"),
    ("icrw", "JPN", "1951-04-21", "2018-12-26", "2019-06-30"),
    ("icrw", "JPN", "1951-04-21", "2019-01-02", "2020-06-30"),
    ("american-convention", "TTO", "1991-05-28", "1998-05-26", "1999-05-26"),
    ("american-convention", "VEN", "1978-07-18", "2012-09-10", "2013-09-10"),
    ("iccpr-op1", "JAM", "1976-03-23", "1997-10-23", "1998-01-23"),
    ("unesco", "USA", "2003-10-01", "2017-10-12", "2019-01-01"),
    ("single-convention", "BOL", "1976-10-23", "2011-06-29", "2012-01-01"),
    ("single-convention", "BOL", "1976-10-23", "2011-07-02", "2013-01-01"),
    ("who", "USA", "1948-06-21", "2025-01-22", "2026-01-22"),
    ("ilo", "USA", "1934-08-20", "1975-11-06", "1977-11-06"),
    ("teu", "GBR", "1993-11-01", "2017-03-29", "2019-03-30"),
    ("istanbul", "TUR", "2014-08-01", "2021-03-22", "2021-07-01"),
    ("pact-of-bogota", "COL", "1968-11-06", "2012-11-27", "2013-11-27"),
    ("oas-charter", "NIC", "1951-12-13", "2021-11-19", "2023-11-19"),
    ("moon", "SAU", "2012-08-17", "2023-01-05", "2024-01-05"),
    ("aarhus", "BLR", "2001-10-30", "2022-07-26", "2022-10-24"),
    ("ecowas", "MLI", "1995-08-23", "2024-01-29", "2025-01-29"),
    ("oau-charter", "MAR", "1963-09-19", "1984-11-12", "1985-11-12"),
    ("genocide", "GBR", "1970-04-30", "2025-07-12", "2026-01-12"),
    ("genocide", "GBR", "1970-04-30", "2025-07-13", "2031-01-12"),
    ("apostille", "FRA", "1965-01-24", "2024-07-24", "2025-01-24"),
    ("apostille", "FRA", "1965-01-24", "2024-07-25", "2030-01-24"),
    ("vccr-op", "USA", "1969-12-24", "2005-03-07", "2006-03-07"),
)

PREMATURE = (
    ("paris", "2016-11-04", "2019-11-03"),
    ("kyoto", "2005-02-16", "2008-02-15"),
    ("unfccc", "1994-03-21", "1997-03-20"),
    ("cbd", "1993-12-29", "1995-12-28"),
    ("echr", "1953-09-03", "1958-09-02"),
    ("energy-charter", "1998-04-16", "2003-04-15"),
    ("american-convention", "1991-05-28", "1983-07-17"),
    ("outer-space", "1967-10-10", "1968-10-09"),
    ("aarhus", "2001-10-30", "2004-10-29"),
    ("ilo-c182", "2002-05-01", "2010-11-18"),
    ("ilo-c182", "2002-05-01", "2011-11-19"),
    ("ilo-c182", "2002-05-01", "2020-11-18"),
)

LATER_PARTIES = (
    ("open-skies", "FIN", "2002-12-12", "2003-02-10"),
    ("open-skies", "EST", "2005-03-24", "2005-05-23"),
    ("paris", "USA", "2021-01-20", "2021-02-19"),
    ("rome-statute", "ARM", "2023-11-14", "2024-02-01"),
    ("rome-statute", "UKR", "2024-10-25", "2025-01-01"),
    ("rome-statute", "PSE", "2015-01-02", "2015-04-01"),
    ("ottawa", "LTU", "2003-05-12", "2003-11-01"),
    ("ottawa", "POL", "2012-12-27", "2013-06-01"),
    ("istanbul", "LVA", "2024-01-10", "2024-05-01"),
    ("icsid", "BOL", "1995-06-23", "1995-07-23"),
    ("iccpr", "PRK", "1981-09-14", "1981-12-14"),
    ("fish-stocks", "LUX", "2003-12-19", "2004-01-18"),
    ("single-convention", "BOL", "2013-01-11", "2013-02-10"),
    ("cets-085", "ROU", "1992-11-30", "1993-03-01"),
    ("cets-085", "LUX", "1981-02-24", "1981-05-25"),
    ("echr", "GRC", "1974-11-28", "1974-11-28"),
    ("npt", "PRK", "1985-12-12", "1985-12-12"),
)


@cache
def definition(slug: str) -> dict[str, Any]:
    found = json.loads((CATALOGUE / "treaties" / f"{slug}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def clauses_of(slug: str) -> Clauses:
    return read(Clauses, definition(slug)["clauses"], "/clauses")


def entry_of(slug: str) -> EntryIntoForce:
    clause = clauses_of(slug).entry_into_force
    assert clause is not None
    return clause


def counting_of(slug: str) -> Convention:
    return clauses_of(slug).counting or convention_of(tuple(definition(slug)["depositaries"]))


def exit_after(slug: str, party_since: str, received: str) -> ExitDay:
    stated = entry_of(slug).stated
    assert stated is not None
    notice = Notice(
        received=date.fromisoformat(received),
        party_since=date.fromisoformat(party_since),
        treaty_since=stated.on,
    )
    return exit_day(clauses_of(slug).withdrawal, notice, counting_of(slug))


@cache
def register() -> frozenset[str] | None:
    path = CATALOGUE / "parties.json"
    if not path.exists():
        return None
    return frozenset(entry["party"] for entry in json.loads(path.read_text(encoding="utf-8")))


def test_the_catalogue_has_the_treaties_of_the_list_and_no_others() -> None:
    files = {path.stem for path in (CATALOGUE / "treaties").glob("*.json")}

    assert files == set(TITLES)


@pytest.mark.parametrize(("slug", "title"), TITLES.items(), ids=list(TITLES))
def test_a_definition_has_its_name_its_title_and_its_sources(slug: str, title: str) -> None:
    found = definition(slug)

    assert (found["type"], found["treaty"], found["title"]) == ("treaty", slug, title)
    assert found["sources"]
    assert all(
        source["title"] and source["url"].startswith("https://") for source in found["sources"]
    )
    assert all(isinstance(value, str) for value in found["identifiers"].values())


@pytest.mark.parametrize("slug", TITLES)
def test_the_clauses_are_read_without_a_fault_and_contradict_nothing(slug: str) -> None:
    faults = contradictions(clauses_of(slug), parties=register())

    assert faults == ()


@pytest.mark.parametrize("slug", TITLES)
def test_depositaries_and_parties_named_are_known(slug: str) -> None:
    clauses = clauses_of(slug)
    named = {*definition(slug)["depositaries"]} - ORGANISATIONS
    named.update(clauses.opt_out.addressees if clauses.opt_out else ())
    named.update(
        clauses.provisional_application.declined_by if clauses.provisional_application else ()
    )

    unknown = named - (register() or named)

    assert not unknown
    assert bool(definition(slug)["depositaries"]) is not bool(clauses.bilateral)


@pytest.mark.parametrize("slug", TITLES)
def test_parents_of_a_treaty_are_in_the_catalogue(slug: str) -> None:
    clauses = clauses_of(slug)
    with_parent = clauses.withdrawal.with_parent if clauses.withdrawal else ()

    parents = {clauses.parent, *with_parent} - {None}

    assert parents <= set(TITLES)


@pytest.mark.parametrize("slug", TITLES)
def test_a_treaty_in_force_says_since_when(slug: str) -> None:
    stated = entry_of(slug).stated

    assert (stated is None) == (slug in NOT_IN_FORCE)


@pytest.mark.parametrize("slug", sorted(set(TITLES) - NOT_IN_FORCE - WAITED_FOR_ANOTHER))
def test_the_delay_leads_from_the_last_deposit_to_the_entry_into_force(slug: str) -> None:
    clause = entry_of(slug)
    stated = clause.stated
    assert stated is not None
    if stated.condition_met_on is None or stated.on == clause.fixed_day:
        assert stated.condition_met_on is not None or clause.delay is None
        return

    day = stated.condition_met_on
    if clause.delay is not None:
        day = count(day, clause.delay, counting_of(slug)).day

    assert day == stated.on


@pytest.mark.parametrize(("slug", "party", "since", "notice", "out"), EXITS)
def test_a_notice_leads_to_the_known_day_of_exit(
    slug: str, party: str, since: str, notice: str, out: str
) -> None:
    found = exit_after(slug, since, notice)

    assert found.day == date.fromisoformat(out), f"{party}: {found.rule}"


@pytest.mark.parametrize(("slug", "since", "notice"), PREMATURE)
def test_a_notice_before_its_time_leads_nowhere(slug: str, since: str, notice: str) -> None:
    found = exit_after(slug, since, notice)

    assert found.day is None
    assert found.premature_until is not None


@pytest.mark.parametrize(("slug", "party", "deposit", "bound"), LATER_PARTIES)
def test_a_later_deposit_binds_on_the_known_day(
    slug: str, party: str, deposit: str, bound: str
) -> None:
    clause = clauses_of(slug).party_entry_into_force
    assert clause is not None
    day = date.fromisoformat(deposit)

    delay = clause.delays[0].delay
    if delay is not None:
        day = count(day, delay, counting_of(slug)).day

    assert day == date.fromisoformat(bound), party


def test_an_accession_to_the_apostille_convention_waits_for_objections() -> None:
    clause = clauses_of("apostille").party_entry_into_force
    assert clause is not None
    delay = next(each for each in clause.delays if "accession" in each.kinds)
    assert delay.objection_period is not None
    assert delay.delay is not None

    objections_until = count(
        date(2015, 11, 15), delay.objection_period, counting_of("apostille")
    ).day
    bound = count(objections_until, delay.delay, counting_of("apostille")).day

    assert bound == date(2016, 7, 14)


def test_silence_on_the_health_regulations_is_consent_after_ten_months_and_binds_after_twelve() -> (
    None
):
    clause = clauses_of("ihr-2024").opt_out
    assert clause is not None
    notified = date(2024, 9, 19)

    consent = count(notified, clause.reject_within, counting_of("ihr-2024")).day
    bound = count(notified, clause.effective_after, counting_of("ihr-2024")).day

    assert (consent, bound) == (date(2025, 7, 19), date(2025, 9, 19))
    assert len(set(clause.addressees)) == len(clause.addressees) == 192


@pytest.mark.parametrize(
    ("slug", "weight", "tolerance"), [("kyoto", "annex_i_co2_1990", 0), ("paris", "emissions", 9)]
)
def test_the_shares_of_a_weight_sum_to_the_published_total(
    slug: str, weight: str, tolerance: int
) -> None:
    found = clauses_of(slug).weights[weight]

    total = sum(int(share) for share in found.shares.values())

    assert abs(total - int(found.total)) <= tolerance


def test_named_lists_have_the_number_of_states_that_the_treaty_says() -> None:
    quotas = clauses_of("open-skies").groups["passive_quota_8_or_more"].parties

    named = [requirement for requirement in entry_of("ctbt").all_of if requirement.rule == "named"]

    assert [len(set(requirement.parties)) for requirement in named] == [44]
    assert len(set(quotas)) == 10
