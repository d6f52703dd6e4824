"""Final clauses as data: what can be read, what contradicts itself, and where."""

from typing import Any

import pytest

from domain.clauses import Clauses
from domain.contradictions import contradictions
from domain.errors import Malformed
from domain.plain import plain, read
from tests.scenarios import catalogue

GROUP = {"g": {"title": "a group", "parties": ["AAA", "BBB"]}}
WEIGHT = {"w": {"title": "a weight", "total": "100", "shares": {"AAA": "60.5", "BBB": "39.5"}}}
YEAR = {"n": 1, "unit": "years"}


def entry(*requirements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "entry_into_force": {"article": "Art. 1", "all_of": list(requirements), **more},
        "groups": GROUP,
        "weights": WEIGHT,
    }


def leaving(**more: Any) -> dict[str, Any]:
    return {"withdrawal": {"article": "Art. 2", **more}}


def fixed(**more: int) -> dict[str, int]:
    return {"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1, **more}


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "a share of none",
        {"reservations": {"article": "a", "barred_by_share": [0, 3]}},
        "/reservations/barred_by_share",
        "must be a share above 0 and not above the whole",
    ),
    (
        "too few instruments",
        entry({"rule": "instruments", "count": 0}),
        "/entry_into_force/all_of/0/count",
        "must be at least 1",
    ),
    (
        "instruments of a group that is not there",
        entry({"rule": "instruments", "count": 1, "among": "x"}),
        "/entry_into_force/all_of/0/among",
        "there is no group x",
    ),
    (
        "members of a group that is not there",
        entry({"rule": "members", "group": "x"}),
        "/entry_into_force/all_of/0/group",
        "there is no group x",
    ),
    (
        "more members than there are",
        entry({"rule": "members", "group": "g", "at_least": 3}),
        "/entry_into_force/all_of/0/at_least",
        "must lie between 1 and the size of the group",
    ),
    (
        "no member at all",
        entry({"rule": "members", "group": "g", "at_least": 0}),
        "/entry_into_force/all_of/0/at_least",
        "must lie between 1 and the size of the group",
    ),
    (
        "a weight that is not there",
        entry({"rule": "share", "weight": "x", "percent": "55"}),
        "/entry_into_force/all_of/0/weight",
        "there is no weight x",
    ),
    (
        "more than the whole",
        entry({"rule": "share", "weight": "w", "percent": "100.1"}),
        "/entry_into_force/all_of/0/percent",
        "must be a number above 0 and not above 100, as text",
    ),
    (
        "no share",
        entry({"rule": "share", "weight": "w", "percent": "0"}),
        "/entry_into_force/all_of/0/percent",
        "must be a number above 0 and not above 100, as text",
    ),
    (
        "a share that is no number",
        entry({"rule": "share", "weight": "w", "percent": "most"}),
        "/entry_into_force/all_of/0/percent",
        "must be a number above 0 and not above 100, as text",
    ),
    (
        "more than all",
        entry({"rule": "fraction", "numerator": 4, "denominator": 3, "of": "t"}),
        "/entry_into_force/all_of/0/numerator",
        "must be above 0 and not above the denominator",
    ),
    (
        "none of all",
        entry({"rule": "fraction", "numerator": 0, "denominator": 3, "of": "t"}),
        "/entry_into_force/all_of/0/numerator",
        "must be above 0 and not above the denominator",
    ),
    (
        "an exchange between nobody",
        entry({"rule": "exchange"}),
        "/entry_into_force/all_of/0/rule",
        "an exchange needs the two sides under bilateral",
    ),
    (
        "nobody named",
        entry({"rule": "named", "parties": []}),
        "/entry_into_force/all_of/0/parties",
        "must name a party",
    ),
    (
        "conditions met after the entry into force",
        entry(stated={"on": "2000-01-01", "condition_met_on": "2000-01-02"}),
        "/entry_into_force/stated/condition_met_on",
        "is later than the entry into force",
    ),
    (
        "two ways out",
        leaving(terms={"first": YEAR, "further": YEAR, "lead": YEAR}, fixed_exit=fixed()),
        "/withdrawal/fixed_exit",
        "one leaves at the end of a term or on a fixed day, not both",
    ),
    (
        "an exit that is excluded and has a notice",
        leaving(basis="excluded", notice=YEAR),
        "/withdrawal/basis",
        "an exit that is excluded has no period of notice",
    ),
    (
        "an exit that is excluded and has a day",
        leaving(basis="excluded", fixed_exit=fixed()),
        "/withdrawal/basis",
        "an exit that is excluded has no period of notice",
    ),
    (
        "a clause without a period",
        leaving(),
        "/withdrawal/notice",
        "is missing: a clause on withdrawal needs a period, a term or a fixed day",
    ),
    (
        "following others to no day",
        leaving(notice=YEAR, follow_within=YEAR),
        "/withdrawal/follow_within",
        "needs a fixed day of exit to follow to",
    ),
    (
        "a day that not every year has",
        leaving(fixed_exit=fixed(month=2, day=29)),
        "/withdrawal/fixed_exit/day",
        "is not a day of every year",
    ),
    (
        "a cut-off that no year has",
        leaving(fixed_exit=fixed(cutoff_month=13)),
        "/withdrawal/fixed_exit/cutoff_day",
        "is not a day of every year",
    ),
    (
        "one side twice",
        {"bilateral": ["AAA", "AAA"]},
        "/bilateral",
        "must name two different parties",
    ),
    (
        "three sides",
        {"bilateral": ["AAA", "BBB", "CCC"]},
        "/bilateral",
        "must name two different parties",
    ),
    (
        "a party's share that is no number",
        {"weights": {"w": {"title": "w", "total": "1", "shares": {"AAA": "a lot"}}}},
        "/weights/w/shares/AAA",
        "must be a number, as text",
    ),
    (
        "a whole that is no number",
        {"weights": {"w": {"title": "w", "total": "all", "shares": {"AAA": "1"}}}},
        "/weights/w/total",
        "must be a number above 0, as text",
    ),
    (
        "a whole of nothing",
        {"weights": {"w": {"title": "w", "total": "0", "shares": {}}}},
        "/weights/w/total",
        "must be a number above 0, as text",
    ),
    (
        "closed before it opens",
        {"signature": {"article": "a", "opens": "2000-01-02", "closes": "2000-01-01"}},
        "/signature/closes",
        "is earlier than the opening",
    ),
    (
        "a treaty of nobody",
        {"duration": {"article": "a", "minimum_parties": -1}},
        "/duration/minimum_parties",
        "must be at least 1",
    ),
    (
        "a treaty that no party is too few for",
        {"duration": {"article": "a", "minimum_parties": 0}},
        "/duration/minimum_parties",
        "must be at least 1",
    ),
    (
        "a fraction of at least nobody",
        entry({"rule": "fraction", "numerator": 1, "denominator": 2, "of": "u", "at_least": 0}),
        "/entry_into_force/all_of/0/at_least",
        "must be at least 1",
    ),
    (
        "a period of nothing",
        leaving(notice={"n": 0, "unit": "months"}),
        "/withdrawal/notice/n",
        "must be at least 1",
    ),
    (
        "a period deep in a list",
        {
            "party_entry_into_force": {
                "article": "a",
                "delays": [{"delay": {"n": -3, "unit": "days"}}],
            }
        },
        "/party_entry_into_force/delays/0/delay/n",
        "must be at least 1",
    ),
    (
        "terms that never go on",
        leaving(terms={"first": YEAR, "further": {"n": 0, "unit": "years"}, "lead": YEAR}),
        "/withdrawal/terms/further/n",
        "must be at least 1",
    ),
    (
        "days counted to the first of a month",
        leaving(notice={"n": 30, "unit": "days", "then": "first_of_nth_month"}),
        "/withdrawal/notice/unit",
        "must be months, to count to the first day of one",
    ),
    (
        "a first of a month that has expired in full",
        leaving(notice={"n": 3, "unit": "months", "then": "first_of_nth_month", "plus_one": True}),
        "/withdrawal/notice/plus_one",
        "has no meaning where one counts to the first day of a month",
    ),
    (
        "a conference that is over before it can begin",
        leaving(notice=YEAR, convene={"earliest": YEAR, "latest": {"n": 2, "unit": "months"}}),
        "/withdrawal/convene/latest",
        "is shorter than the earliest",
    ),
    (
        "open periods that run into each other",
        leaving(
            notice=YEAR,
            open_periods={
                "first_after": YEAR,
                "length": {"n": 13, "unit": "months"},
                "every": YEAR,
            },
        ),
        "/withdrawal/open_periods/length",
        "is longer than the time from one to the next",
    ),
    (
        "an effect before the time for rejection is over",
        {
            "opt_out": {
                "article": "a",
                "reject_within": {"n": 10, "unit": "months"},
                "effective_after": {"n": 9, "unit": "months"},
            }
        },
        "/opt_out/effective_after",
        "is shorter than the time for rejection",
    ),
    (
        "a group of nobody",
        {"groups": {"g": {"title": "g", "parties": []}}},
        "/groups/g/parties",
        "must name a party",
    ),
    (
        "a part that is more than the whole",
        {"weights": {"w": {"title": "w", "total": "10", "shares": {"AAA": "6", "BBB": "10.5"}}}},
        "/weights/w/shares/BBB",
        "is more than the whole",
    ),
    (
        "open before it is adopted",
        {
            "adoption": {"article": "a", "on": "2000-01-02"},
            "signature": {"article": "a", "opens": "2000-01-01"},
        },
        "/signature/opens",
        "is earlier than the adoption",
    ),
    (
        "approval of an accession that is never open",
        {"accession": {"article": "a", "open": "never", "approval_by": "the council"}},
        "/accession/approval_by",
        "nobody approves what is never open",
    ),
    (
        "acceptance of reservations that are not allowed",
        {"reservations": {"article": "a", "allowed": False, "accepted_by": "the council"}},
        "/reservations/accepted_by",
        "nobody accepts what is not allowed",
    ),
    (
        "a share of nothing that bars",
        {"reservations": {"article": "a", "barred_by_share": [1, 0]}},
        "/reservations/barred_by_share",
        "must be a share above 0 and not above the whole",
    ),
    (
        "instruments of a kind that there is not",
        entry({"rule": "instruments", "count": 1, "kinds": ["ratification", "blessing"]}),
        "/entry_into_force/all_of/0/kinds/1",
        "there is no kind of act blessing",
    ),
    (
        "a delay for what is no consent",
        {
            "party_entry_into_force": {
                "article": "a",
                "delays": [{"kinds": ["signature"], "delay": YEAR}],
            }
        },
        "/party_entry_into_force/delays/0/kinds/0",
        "signature is no consent to be bound",
    ),
]


@pytest.mark.parametrize(
    ("data", "pointer", "detail"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_clauses_that_contradict_themselves_are_told_with_their_place(
    data: dict[str, Any], pointer: str, detail: str
) -> None:
    found = contradictions(read(Clauses, data))

    assert [(each.pointer, each.detail) for each in found] == [(f"/clauses{pointer}", detail)]


SOUND: list[dict[str, Any]] = [
    {},
    entry(
        {"rule": "instruments", "count": 1, "among": "g"},
        {"rule": "members", "group": "g", "at_least": 2},
    ),
    entry({"rule": "members", "group": "g"}, {"rule": "share", "weight": "w", "percent": "100"}),
    entry(
        {"rule": "members", "group": "g", "at_least": 1},
        {"rule": "share", "weight": "w", "percent": "0.5"},
    ),
    entry({"rule": "fraction", "numerator": 1, "denominator": 1, "of": "t"}),
    entry(
        {"rule": "fraction", "numerator": 3, "denominator": 4, "of": "t"},
        {"rule": "named", "parties": ["AAA"]},
    ),
    entry({"rule": "all_signatories"}, {"rule": "parent_in_force", "treaty": "t"}),
    {**entry({"rule": "exchange"}), "bilateral": ["AAA", "BBB"]},
    entry(stated={"on": "2000-01-01", "condition_met_on": "2000-01-01"}),
    entry(stated={"on": "2000-01-01"}),
    leaving(basis="excluded"),
    leaving(basis="general_law"),
    leaving(notice=YEAR),
    leaving(terms={"first": YEAR, "further": YEAR, "lead": YEAR}),
    leaving(fixed_exit=fixed(), follow_within=YEAR),
    {"signature": {"article": "a", "opens": "2000-01-01", "closes": "2000-01-01"}},
    {"duration": {"article": "a", "minimum_parties": 16}},
    {"duration": {"article": "a", "minimum_parties": 1}},
    {"duration": {"article": "a"}},
    {"weights": {"w": {"title": "all of it", "total": "100", "shares": {"AAA": "100"}}}},
    {
        "adoption": {"article": "a", "on": "2000-01-01"},
        "signature": {"article": "a", "opens": "2000-01-01"},
    },
    {"reservations": {"article": "a", "barred_by_share": [1, 1]}},
    entry({"rule": "fraction", "numerator": 1, "denominator": 2, "of": "t", "at_least": 1}),
]


@pytest.mark.parametrize("data", SOUND)
def test_sound_clauses_are_read_and_written_the_same(data: dict[str, Any]) -> None:
    clauses = read(Clauses, data)

    assert contradictions(clauses, parties=frozenset({"AAA", "BBB"})) == ()
    assert read(Clauses, plain(clauses)) == clauses


OF_ITSELF: list[tuple[dict[str, Any], str, str]] = [
    ({"parent": "t"}, "/parent", "a treaty is not its own parent"),
    (
        entry({"rule": "parent_in_force", "treaty": "t"}),
        "/entry_into_force/all_of/0/treaty",
        "a treaty does not wait for itself",
    ),
    (
        entry({"rule": "fraction", "numerator": 1, "denominator": 2, "of": "t"}),
        "/entry_into_force/all_of/0/of",
        "it has no parties before it is in force",
    ),
    (
        leaving(notice=YEAR, with_parent=["u", "t"]),
        "/withdrawal/with_parent/1",
        "a treaty is not left by leaving itself",
    ),
    (
        leaving(notice=YEAR, by_revising=["t"]),
        "/withdrawal/by_revising/0",
        "a treaty is not left by leaving itself",
    ),
]


@pytest.mark.parametrize(
    ("data", "pointer", "detail"), OF_ITSELF, ids=[each[1] for each in OF_ITSELF]
)
def test_a_treaty_that_depends_on_itself_contradicts_itself(
    data: dict[str, Any], pointer: str, detail: str
) -> None:
    clauses = read(Clauses, data)

    found = contradictions(clauses, treaty="t")

    assert [(each.pointer, each.detail) for each in found] == [(f"/clauses{pointer}", detail)]
    assert contradictions(clauses, treaty="s") == contradictions(clauses) == ()


def test_parties_that_nobody_knows_are_told_wherever_they_are_named() -> None:
    data = {
        **entry(
            {"rule": "named", "parties": ["AAA", "CCC"]},
            {"rule": "instruments", "count": 1, "not_counted": ["EEE"]},
        ),
        "bilateral": ["AAA", "DDD"],
        "provisional_application": {"article": "a", "declined_by": ["EEE"]},
        "opt_out": {
            "article": "a",
            "reject_within": YEAR,
            "effective_after": YEAR,
            "addressees": ["EEE"],
        },
    }
    clauses = read(Clauses, data)

    found = contradictions(clauses, parties=frozenset({"AAA"}))

    assert [each.pointer for each in found] == [
        "/clauses/bilateral/1",
        "/clauses/groups/g/parties/1",
        "/clauses/weights/w/shares/BBB",
        "/clauses/entry_into_force/all_of/0/parties/1",
        "/clauses/entry_into_force/all_of/1/not_counted/0",
        "/clauses/provisional_application/declined_by/0",
        "/clauses/opt_out/addressees/0",
    ]
    assert found[0].detail == "there is no party DDD"
    assert contradictions(clauses) == ()


@pytest.mark.parametrize("slug", catalogue.SLUGS)
def test_every_definition_of_the_catalogue_is_sound(slug: str) -> None:
    clauses = read(Clauses, catalogue.definition(slug).clauses)

    assert contradictions(clauses, parties=frozenset(catalogue.register().codes())) == ()


@pytest.mark.parametrize("text", ["", ".", "1.", ".5", "-1", "1e3", "1_0", "٣", "1.٣", "1,5"])
def test_only_plain_decimal_numbers_are_numbers(text: str) -> None:
    data = entry({"rule": "share", "weight": "w", "percent": text})

    assert len(contradictions(read(Clauses, data))) == 1


def test_faults_of_the_form_are_told_all_at_once_each_with_its_pointer() -> None:
    data = {
        "withdrawal": {"article": 3, "basis": "whim", "notice": {"n": True, "unit": "weeks"}},
        "entry_into_force": {
            "article": "a",
            "all_of": [{"rule": "x"}, 7],
            "fixed_day": "2000-13-01",
        },
        "opt_out": None,
        "weights": {"a/b": {"title": "t", "total": "1", "shares": []}},
        "bilateral": "AAA",
        "reservations": {"article": "a", "barred_by_share": [1]},
        "counting": {"days": "now"},
        "signature": [],
        "groups": 4,
        "duration": {"article": "a", "term": {"unit": "days"}},
        "x~y": 1,
    }

    with pytest.raises(Malformed) as refusal:
        read(Clauses, data)

    assert {(each.pointer, each.detail.partition(":")[0]) for each in refusal.value.faults} == {
        ("/x~0y", "is not known here"),
        ("/withdrawal/article", "must be text"),
        ("/withdrawal/basis", "must be one of"),
        ("/withdrawal/notice/n", "must be a whole number"),
        ("/withdrawal/notice/unit", "must be one of"),
        ("/entry_into_force/all_of/0/rule", "must be one of"),
        ("/entry_into_force/all_of/1/rule", "must be one of"),
        ("/entry_into_force/fixed_day", "must be a day, YYYY-MM-DD"),
        ("/weights/a~1b/shares", "must be an object"),
        ("/bilateral", "must be a list"),
        ("/reservations/barred_by_share", "must be a list of 2"),
        ("/counting/days", "must be one of"),
        ("/signature", "must be an object"),
        ("/groups", "must be an object"),
        ("/duration/term/n", "is missing"),
    }
