"""The built-in party register keeps the rules that its README states."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import infrastructure
from domain.acts import PartyEntry
from domain.parties import Register, day_from, folded

FILE = Path(infrastructure.__file__).parent / "catalogue" / "parties.json"
README = FILE.with_name("README.md")
KEYS = [
    "type",
    "party",
    "kind",
    "names",
    "aliases",
    "codes",
    "existence",
    "predecessors",
    "successors",
    "continues",
    "not_recognised_by",
    "sources",
    "note",
]
CODE_SYSTEMS = ("iso_alpha2", "iso_alpha3", "m49", "cow", "gw")
CODE_FORMS = {
    "iso_alpha2": r"[A-Z]{2}",
    "iso_alpha3": r"[A-Z]{3}",
    "m49": r"\d{3}",
    "cow": r"[A-Z]{3}",
    "gw": r"[A-Z]{3}",
}
USER_ASSIGNED = {"EUE", "XKX"}
EDTF_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?[?~%]?")

MEMBERS_AND_OBSERVERS = """
AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL BRA BRB
BRN BTN BWA CAF CAN CHE CHL CHN CIV CMR COD COG COL COM CPV CRI CUB CYP CZE DEU DJI DMA DNK DOM DZA
ECU EGY ERI ESP EST ETH FIN FJI FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD GTM GUY HND HRV HTI
HUN IDN IND IRL IRN IRQ ISL ISR ITA JAM JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA
LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MOZ MRT MUS MWI MYS NAM
NER NGA NIC NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW PNG POL PRK PRT PRY QAT ROU RUS RWA SAU SDN
SEN SGP SLB SLE SLV SMR SOM SRB SSD STP SUR SVK SVN SWE SWZ SYC SYR TCD TGO THA TJK TKM TLS TON TTO
TUN TUR TUV TZA UGA UKR URY USA UZB VCT VEN VNM VUT WSM YEM ZAF ZMB ZWE VAT PSE
"""

WIPO_NAMES = """
Afghanistan; African Intellectual Property Organization (OAPI); Albania; Algeria; Andorra; Angola;
Antigua and Barbuda; Argentina; Armenia; Australia; Austria; Azerbaijan; Bahamas; Bahrain;
Bangladesh; Barbados; Belarus; Belgium; Belize; Benelux Organization for Intellectual Property
(BOIP); Benin; Bhutan; Bolivia (Plurinational State of); Bosnia and Herzegovina; Botswana; Brazil;
Brunei Darussalam; Bulgaria; Burkina Faso; Burundi; Cabo Verde; Cambodia; Cameroon; Canada; Central
African Republic; Chad; Chile; China; Colombia; Comoros; Congo; Cook Islands; Costa Rica; Croatia;
Cuba; Cyprus; Czech Republic; Côte d'Ivoire; Democratic People's Republic of Korea; Democratic
Republic of the Congo; Denmark; Djibouti; Dominica; Dominican Republic; Ecuador; Egypt; El Salvador;
Equatorial Guinea; Estonia; Eswatini; Ethiopia; European Patent Organisation (EPO); European Union
(EU); Fiji; Finland; France; Gabon; Gambia; Georgia; Germany; Ghana; Greece; Grenada; Guatemala;
Guinea; Guinea-Bissau; Guyana; Haiti; Holy See; Honduras; Hungary; Iceland; India; Indonesia; Iran
(Islamic Republic of); Iraq; Ireland; Israel; Italy; Jamaica; Japan; Jordan; Kazakhstan; Kenya;
Kiribati; Kuwait; Kyrgyzstan; Lao People's Democratic Republic; Latvia; Lebanon; Lesotho; Liberia;
Libya; Liechtenstein; Lithuania; Luxembourg; Madagascar; Malawi; Malaysia; Maldives; Mali; Malta;
Marshall Islands; Mauritania; Mauritius; Mexico; Micronesia (Federated States of); Monaco; Mongolia;
Montenegro; Morocco; Mozambique; Namibia; Nauru; Nepal; Netherlands (Kingdom of the); New Zealand;
Nicaragua; Niger; Nigeria; Niue; North Macedonia; Norway; Oman; Pakistan; Panama; Papua New Guinea;
Paraguay; Peru; Philippines; Poland; Portugal; Qatar; Republic of Korea; Republic of Moldova;
Romania; Russian Federation; Rwanda; Saint Kitts and Nevis; Saint Lucia; Saint Vincent and the
Grenadines; Samoa; San Marino; Sao Tome and Principe; Saudi Arabia; Senegal; Serbia; Seychelles;
Sierra Leone; Singapore; Slovakia; Slovenia; Solomon Islands; South Africa; Spain; Sri Lanka; Sudan;
Suriname; Sweden; Switzerland; Syrian Arab Republic; Tajikistan; Thailand; Togo; Tonga; Trinidad and
Tobago; Tunisia; Turkmenistan; Tuvalu; Türkiye; Uganda; Ukraine; United Arab Emirates; United
Kingdom; United Republic of Tanzania; United States of America; Uruguay; Uzbekistan; Vanuatu;
Venezuela (Bolivarian Republic of); Viet Nam; Yemen; Zambia; Zimbabwe
"""

MEANINGS = [
    ("Byelorussia", "1956-01-01", "BLR"),
    ("Malaya", "1960-01-01", "MYS"),
    ("Federal Provinces of Central America", "1831-01-01", "UPCA"),
    ("Emirate of Najd", "1857-01-01", "NEJD"),
    ("Yemen Peoples Republic", "1979-01-01", "YDYE"),
    ("Yugoslavia", "1950-01-01", "YUCS"),
    ("Yugoslavia", "1992-04-26", "YUCS"),
    ("Yugoslavia", "1992-04-27", "CSXX"),
    ("Yugoslavia", "1995-01-01", "CSXX"),
    ("YUG", "1980-01-01", "YUCS"),
    ("SRB (Serbia and Montenegro)", "2006-10-23", "CSXX"),
    ("Serbia", "1900-01-01", "SERB"),
    ("Serbia", "1995-01-01", "SRB"),
    ("Montenegro", "1910-01-01", "MONT"),
    ("Montenegro", "2006-06-03", "MNE"),
    ("USSR", "1968-07-01", "SUHH"),
    ("Soviet Union", "1968-07-01", "SUHH"),
    ("Russia", "1899-07-29", "RUSE"),
    ("Russia", "2021-06-18", "RUS"),
    ("Czechoslovakia", "1975-12-23", "CSHH"),
    ("Czech Republic", "1993-02-22", "CZE"),
    ("Czechia", "2026-11-22", "CZE"),
    ("East Germany", "1973-11-08", "DDDE"),
    ("Germany", "1903-05-01", "DEU"),
    ("Kosovo", "2015-11-06", "XKX"),
    ("Republic of China", "1946-01-01", "CHN"),
    ("Republic of China", "2000-01-01", "TWN"),
    ("Korea", "1899-01-01", "KORE"),
    ("Korea", "1999-01-01", "KOR"),
    ("Yemen", "1968-09-03", "YEMA"),
    ("Yemen", "1996-01-01", "YEM"),
    ("South Yemen", "1980-01-01", "YDYE"),
    ("South Viet-Nam", "1963-10-01", "VNRV"),
    ("Vietnam", "1982-06-14", "VNM"),
    ("Congo", "1990-01-01", "COG"),
    ("Zaire", "1990-01-01", "COD"),
    ("Congo (Leopoldville)", "1961-01-01", "COD"),
    ("Austria", "1850-01-01", "AUHU"),
    ("Austria", "1955-07-27", "AUT"),
    ("Ottoman Empire", "1907-10-18", "TUR"),
    ("Turkey", "2026-01-01", "TUR"),
    ("Colombia", "1825-01-01", "GCOL"),
    ("Colombia", "1925-01-01", "COL"),
    ("European Economic Community", "1975-01-01", "EUE"),
    ("European Community", "1998-04-29", "EUE"),
    ("Euratom", "1990-01-01", "EAEC"),
    ("Ivory Coast", "1970-01-01", "CIV"),
    ("Cote d’Ivoire", "2020-01-01", "CIV"),
    ("Bolivia", "2007-05-02", "BOL"),
    ("Corée du Nord", "1985-12-12", "PRK"),
    ("Estados Unidos de América", "2020-05-22", "USA"),
    ("Vatican", "1971-02-25", "VAT"),
    ("Palestine", "2015-01-02", "PSE"),
    ("Hong Kong, China", "2000-01-01", "HKG"),
    ("Bayern", "1999-01-01", "DEBY"),
]

GHOST_CODES = {
    "ALG": "DZA", "ANT": "ANHH", "AUH": "AUHU", "BZL": "BLZ", "CSK": "CSHH", "DDR": "DDDE",
    "DZG": "DANZ", "EAT": "TANG", "EAZ": "ZANZ", "EUU": "EUE", "GDR": "DDDE", "HSG": "HESD",
    "KOS": "XKX", "LES": "LSO", "PRU": "PRUS", "ROM": "ROU", "SCG": "CSXX", "SUN": "SUHH",
    "UNK": "XKX", "YAR": "YEMA", "YMD": "YDYE", "YPR": "YDYE", "ZAR": "COD", "EFTA": "EFTA",
    "IO-EAEC": "EAEC", "IO-EBRD": "EBRD", "IO-IAEA": "IAEA", "IO-IBRD": "IBRD",
    "IO-NEFCO": "NEFCO", "EURATOM European Atomic Energy Community": "EAEC",
    "FAO Food and Agriculture Organization of the UN": "FAOORG",
    "IO-Un Food and Agriculture Organization": "FAOORG",
    "WHO World Health Organization": "WHOORG", "IO-World Health Organization": "WHOORG",
    "WMO World Metereological Organization": "WMOORG",
    "IO-World Meteorological Organization": "WMOORG",
    "IAEA International Atomic Energy Agency": "IAEA",
    "ECE UN Economic Commission for Europe": "UNECE",
    "Baden-Württemberg": "DEBW",
}  # fmt: skip

NAMES_OF_A_DAY = [
    ("MKD", "2019-02-11", "the former Yugoslav Republic of Macedonia"),
    ("MKD", "2019-02-12", "North Macedonia"),
    ("TUR", "2022-05-31", "Turkey"),
    ("TUR", "2022-06-01", "Türkiye"),
    ("SWZ", "2018-04-18", "Swaziland"),
    ("SWZ", "2018-04-19", "Eswatini"),
    ("EUE", "1993-10-31", "European Economic Community"),
    ("EUE", "2009-11-30", "European Community"),
    ("EUE", "2009-12-01", "European Union"),
    ("CSXX", "2003-02-03", "Yugoslavia"),
    ("CSXX", "2003-02-04", "Serbia and Montenegro"),
    ("COD", "1980-01-01", "Zaire"),
    ("KHM", "1976-04-06", "Democratic Kampuchea"),
    ("EGY", "1960-01-01", "United Arab Republic"),
    ("RUS", "2021-06-16", "Russian Federation"),
    ("SUHH", "1968-07-01", "Union of Soviet Socialist Republics"),
]

EXISTENCE = [
    ("SUHH", "1922-12-30", "1991-12-26"),
    ("CSHH", "1918-10-28", "1993-01-01"),
    ("DDDE", "1949-10-07", "1990-10-03"),
    ("YUCS", "1918-12-01", "1992-04-27"),
    ("CSXX", "1992-04-27", "2006-06-03"),
    ("SRB", "2006-06-03", None),
    ("MNE", "2006-06-03", None),
    ("BIH", "1992-03-06", None),
    ("HRV", "1991-10-08", None),
    ("SVN", "1991-06-25", None),
    ("MKD", "1991-11-17", None),
    ("CZE", "1993-01-01", None),
    ("SVK", "1993-01-01", None),
    ("SSD", "2011-07-09", None),
    ("ERI", "1993-05-24", None),
    ("TLS", "2002-05-20", None),
    ("YEM", "1990-05-22", None),
    ("XKX", "2008-02-17", None),
]


class Claim(NamedTuple):
    """An entity's claim to a text within days; None is without limit."""

    party: str
    start: date | None
    end: date | None

    def meets(self, other: "Claim") -> bool:
        """Whether both can be meant on one day."""
        before = self.end is None or other.start is None or other.start < self.end
        after = other.end is None or self.start is None or self.start < other.end
        return before and after


@cache
def parties() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return entries


@cache
def by_code() -> dict[str, dict[str, Any]]:
    return {each["party"]: each for each in parties()}


@cache
def register() -> Register:
    return Register(
        PartyEntry(id=each["party"], party=each["party"], data=each) for each in parties()
    )


def claims(entry: dict[str, Any]) -> Iterator[tuple[str, Claim]]:
    code = entry["party"]
    yield folded(code), Claim(code, None, None)
    for named in (*entry["names"], *entry["aliases"]):
        for text in filter(None, {named["name"], named.get("formal")}):
            yield folded(text), Claim(code, day_from(named["from"]), day_from(named["until"]))


def test_the_file_has_one_entry_a_line_sorted_by_code() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()

    entries = [json.loads(line.removesuffix(",")) for line in lines[1:-1]]

    assert (lines[0], lines[-1]) == ("[", "]")
    assert entries == parties()
    codes = [each["party"] for each in entries]
    assert codes == sorted(set(codes))


def test_every_entry_has_exactly_the_keys_of_the_register() -> None:
    kinds = {"state", "organisation", "territory", "other"}

    odd = [
        each["party"]
        for each in parties()
        if [key for key in each if key != "newly_independent"] != KEYS
        or each["type"] != "party"
        or each["kind"] not in kinds
        or not each["names"]
        or not each["existence"]
        or not each["sources"]
        or not each["note"]
        or any(list(name) != ["name", "formal", "from", "until"] for name in each["names"])
        or any(list(alias) != ["name", "from", "until"] for alias in each["aliases"])
        or any(list(span) != ["from", "until"] for span in each["existence"])
        or any(list(source) != ["title", "url"] for source in each["sources"])
    ]

    assert odd == []


def test_the_readme_counts_the_entries_of_each_kind() -> None:
    counted = Counter(each["kind"] for each in parties())

    printed = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", README.read_text(), re.MULTILINE)

    assert {kind: int(count) for kind, count in printed} == counted


def test_every_code_system_has_its_form() -> None:
    odd = [
        (each["party"], system, code)
        for each in parties()
        for system, code in each["codes"].items()
        if code is not None and not re.fullmatch(CODE_FORMS[system], code)
    ]

    assert odd == []
    assert all(tuple(each["codes"]) == CODE_SYSTEMS for each in parties())


def test_a_three_letter_code_is_that_of_iso_and_all_others_are_longer() -> None:
    mistakable = [
        each["party"]
        for each in parties()
        if each["party"] not in USER_ASSIGNED
        and each["party"] != each["codes"]["iso_alpha3"]
        and not re.fullmatch(r"[A-Z]{4,8}", each["party"])
    ]

    assert mistakable == []


def test_no_living_entities_share_an_iso_code() -> None:
    living = [each for each in parties() if each["existence"][-1]["until"] is None]
    holders = defaultdict(list)

    for each in living:
        for system in ("iso_alpha2", "iso_alpha3", "m49"):
            holders[system, each["codes"][system]].append(each["party"])

    shared = {key: found for key, found in holders.items() if key[1] and len(found) > 1}
    assert shared == {}


def test_no_name_is_the_iso_code_of_another_living_entity() -> None:
    owners = {
        folded(code): each["party"]
        for each in parties()
        for code in (each["codes"]["iso_alpha2"], each["codes"]["iso_alpha3"])
        if code and each["existence"][-1]["until"] is None
    }

    taken = [
        (each["party"], text)
        for each in parties()
        for text, _ in claims(each)
        if owners.get(text, each["party"]) != each["party"]
    ]

    assert taken == []


def test_no_text_means_two_entities_on_one_day() -> None:
    by_text = defaultdict(set)
    for each in parties():
        for text, claim in claims(each):
            by_text[text].add(claim)

    ambiguous = [
        (text, one, other)
        for text, found in by_text.items()
        for one, other in combinations(found, 2)
        if one.party != other.party and one.meets(other)
    ]

    assert ambiguous == []
    assert "" not in by_text


def test_no_alias_is_given_twice() -> None:
    twice = [
        (each["party"], text, claim)
        for each in parties()
        for text, claim in claims({**each, "names": []})
        if sum((text, claim) == found for found in claims({**each, "names": []})) > 1
    ]

    assert twice == []


def test_days_are_days_or_edtf_of_level_one() -> None:
    days = [
        (each["party"], day)
        for each in parties()
        for span in (*each["names"], *each["aliases"], *each["existence"])
        for day in (span["from"], span["until"])
        if day is not None
    ]

    odd = [found for found in days if not EDTF_DAY.fullmatch(found[1])]

    assert odd == []
    assert all(date.fromisoformat(day) for _, day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day))


def test_names_follow_one_another_without_a_gap() -> None:
    broken = [
        (each["party"], one["until"], other["from"])
        for each in parties()
        for one, other in pairwise(each["names"])
        if one["until"] is None or one["until"] != other["from"]
    ]

    assert broken == []


def test_intervals_of_existence_are_ordered_and_apart() -> None:
    broken = []

    for each in parties():
        spans = [(day_from(span["from"]), day_from(span["until"])) for span in each["existence"]]
        broken += [each["party"] for start, end in spans if start and end and start >= end]
        broken += [
            each["party"]
            for (_, end), (start, _) in pairwise(spans)
            if end is None or start is None or end >= start
        ]

    assert broken == []


def test_predecessors_and_successors_answer_each_other() -> None:
    one_sided = [
        (each["party"], other)
        for each in parties()
        for mine, theirs in (("predecessors", "successors"), ("successors", "predecessors"))
        for other in each[mine]
        if each["party"] not in by_code()[other][theirs]
    ]

    assert one_sided == []
    assert all(each["party"] not in each["predecessors"] for each in parties())


def test_lists_of_codes_are_sorted_and_known() -> None:
    odd = [
        (each["party"], key)
        for each in parties()
        for key in ("predecessors", "successors", "not_recognised_by")
        if each[key] != sorted(set(each[key])) or not set(each[key]) <= set(by_code())
    ]

    assert odd == []


def test_an_entity_of_disputed_status_succeeds_nobody() -> None:
    disputed = [each for each in parties() if each["kind"] == "other"]

    linked = [each["party"] for each in disputed if each["predecessors"] or each["successors"]]

    assert linked == []


def test_a_living_party_is_found_today_by_every_name_without_years() -> None:
    today = date(2026, 11, 22)
    living = [each for each in parties() if each["existence"][-1]["until"] is None]

    lost = [
        (each["party"], named["name"])
        for each in living
        for named in (*each["names"], *each["aliases"])
        if named["until"] is None and register().find(named["name"], today) != (each["party"],)
    ]

    assert lost == []


def test_two_parties_continue_another_and_begin_where_it_ends() -> None:
    continued = {each["party"]: each["continues"] for each in parties() if each["continues"]}

    seams = {
        (by_code()[code]["existence"][0]["from"], by_code()[earlier]["existence"][-1]["until"])
        for code, earlier in continued.items()
    }

    assert continued == {"RUS": "SUHH", "SRB": "CSXX"}
    assert seams == {("1991-12-26", "1991-12-26"), ("2006-06-03", "2006-06-03")}
    assert all("`continues`" in by_code()[code]["note"] for code in continued)


def test_only_kosovo_is_denied_statehood_and_only_by_serbia() -> None:
    denied = {
        each["party"]: each["not_recognised_by"] for each in parties() if each["not_recognised_by"]
    }

    assert denied == {"XKX": ["SRB"]}


def test_who_is_newly_independent_was_on_the_list_of_dependent_territories() -> None:
    said = [each for each in parties() if "newly_independent" in each]
    lists = "List of former Trust and Non-Self-Governing Territories"

    odd = [
        each["party"]
        for each in said
        if each["newly_independent"] is not True
        or each["kind"] != "state"
        or not each["predecessors"]
        or not any(lists in source["title"] for source in each["sources"])
        or not date(1946, 12, 14) < date.fromisoformat(each["existence"][0]["from"])
    ]

    assert odd == []
    assert len(said) == 62
    assert register().get("JAM").newly_independent
    assert not register().get("SGP").newly_independent  # it left Malaysia: a separation
    assert not register().get("BIH").newly_independent


def test_sources_are_titled_and_their_addresses_are_secure() -> None:
    odd = [
        (each["party"], source)
        for each in parties()
        for source in each["sources"]
        if not source["title"]
        or (source["url"] is not None and not source["url"].startswith("https://"))
    ]

    assert odd == []


def test_every_member_and_observer_of_the_united_nations_exists_today() -> None:
    today = date(2026, 11, 22)
    members = MEMBERS_AND_OBSERVERS.split()

    missing = [
        code
        for code in (*members, "COK", "NIU", "XKX")
        if code not in by_code()
        or by_code()[code]["kind"] != "state"
        or register().get(code).extinct_from() is not None
        or register().find(register().name(code, today), today) != (code,)
    ]

    assert missing == []
    assert len(members) == 195


@pytest.mark.parametrize("name", " ".join(WIPO_NAMES.split()).split("; "))
def test_a_name_that_wipo_prints_means_one_party(name: str) -> None:
    today = date(2025, 10, 1)

    found = register().find(name, today)

    assert len(found) == 1


@pytest.mark.parametrize(("name", "day", "code"), MEANINGS)
def test_a_name_means_the_party_of_its_day(name: str, day: str, code: str) -> None:
    on = date.fromisoformat(day)

    found = register().find(name, on)

    assert found == (code,)


@pytest.mark.parametrize(("text", "code"), GHOST_CODES.items())
def test_a_code_out_of_use_or_misspelt_in_data_sets_is_understood(text: str, code: str) -> None:
    found = register().find(text)

    assert found == (code,)


@pytest.mark.parametrize(("code", "day", "name"), NAMES_OF_A_DAY)
def test_a_party_has_the_name_of_the_day(code: str, day: str, name: str) -> None:
    on = date.fromisoformat(day)

    found = register().name(code, on)

    assert found == name


@pytest.mark.parametrize(("code", "start", "end"), EXISTENCE)
def test_a_state_exists_in_the_years_of_united_nations_practice(
    code: str, start: str, end: str | None
) -> None:
    spans = by_code()[code]["existence"]

    found = [(span["from"], span["until"]) for span in spans]

    assert found == [(start, end)]


@pytest.mark.parametrize(
    ("code", "restored"), [("EST", "1991-08-20"), ("LVA", "1991-08-21"), ("LTU", "1990-03-11")]
)
def test_a_baltic_state_is_one_entity_before_and_after_its_occupation(
    code: str, restored: str
) -> None:
    entry = by_code()[code]

    starts = [span["from"][:4] for span in entry["existence"]]

    assert starts[0] == "1918"
    assert entry["existence"][1]["from"] == restored
    assert "SUHH" not in entry["predecessors"]
