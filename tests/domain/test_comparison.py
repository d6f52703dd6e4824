"""What changes from day to day, and what differs between two rosters."""

from domain.answers import roster
from domain.bounds import Bounds
from domain.comparison import changes, differences
from tests.domain.dossiers import RECORD, day, did, folded, registered

CLAUSES = {
    "entry_into_force": {
        "article": "Art. 9",
        "all_of": [{"rule": "instruments", "count": 2}],
        "delay": {"n": 30, "unit": "days"},
    },
    "withdrawal": {"article": "Art. 10", "notice": {"n": 6, "unit": "months"}},
    "duration": {"article": "Art. 11", "term": {"n": 10, "unit": "years"}},
}
ACTS = (
    did(None, "adoption", "2000-01-01"),
    did("AAA", "ratification", "2000-02-01"),
    did("BBB", "ratification", "2000-03-02"),
    did("BBB", "withdrawal_notice", "2005-01-15"),
)


def told(
    *wanted: str, first: str | None = None, last: str | None = None
) -> list[tuple[object, ...]]:
    """The changes in short: day, party, from, to."""
    fold = folded(ACTS, CLAUSES)
    found = changes(
        fold, day(first) if first else None, day(last) if last else None, wanted or None
    )
    return [(each["on"], each["party"], each["from"], each["to"]) for each in found]


def test_every_change_is_told_in_the_order_of_its_day_the_treatys_own_first() -> None:
    assert told() == [
        ("2000-01-01", None, "not_adopted", "adopted_not_open"),
        ("2000-02-01", None, "adopted_not_open", "open_not_in_force"),
        ("2000-02-01", "AAA", "none", "contracting"),
        ("2000-03-02", "BBB", "none", "contracting"),
        ("2000-04-01", None, "open_not_in_force", "in_force"),
        ("2000-04-01", "AAA", "contracting", "party"),
        ("2000-04-01", "BBB", "contracting", "party"),
        ("2005-01-15", "BBB", "party", "party_withdrawing"),
        ("2005-07-15", "BBB", "party_withdrawing", "former_party"),
        ("2010-04-01", None, "in_force", "expired"),
        ("2010-04-01", "AAA", "party", "former_party"),
    ]


def test_both_days_are_inclusive() -> None:
    assert told(first="2000-03-02", last="2000-03-02") == [
        ("2000-03-02", "BBB", "none", "contracting")
    ]


def test_with_parties_only_theirs_are_told() -> None:
    assert told("BBB", first="2001-01-01") == [
        ("2005-01-15", "BBB", "party", "party_withdrawing"),
        ("2005-07-15", "BBB", "party_withdrawing", "former_party"),
    ]


def test_a_change_names_its_acts_its_rule_and_what_could_stop_it() -> None:
    found = {
        (each["on"], each["party"]): each for each in changes(folded(ACTS, CLAUSES), None, None)
    }

    leaving, expiry = found["2005-07-15", "BBB"], found["2010-04-01", None]

    assert leaving["because"] == [ACTS[3].id]
    assert leaving["unless"] == "the notice is revoked before that day (VCLT 68)"
    assert expiry["rule"] == "end of its term (Art. 11)"
    assert expiry["unless"] == "the term is extended before that day"
    assert found["2000-04-01", None]["because"] == [ACTS[1].id, ACTS[2].id]
    assert found["2000-01-01", None]["because"] == [ACTS[0].id]


def test_a_change_on_a_day_known_within_bounds_is_possible() -> None:
    acts = [did("AAA", "signature", dated="2000-01-01/2000-03-31")]

    (change,) = changes(folded(acts), None, None, ["AAA"])

    assert (change["to"], change["certainty"]) == ("signatory", "possible")


def test_a_change_on_a_certain_day_beside_uncertain_ones_is_certain() -> None:
    acts = [
        did("AAA", "signature", dated="2000-01-01/2000-03-31"),
        did("AAA", "ratification", "2005-01-01"),
    ]

    last = changes(folded(acts), None, None, ["AAA"])[-1]

    assert (last["on"], last["certainty"]) == ("2005-01-01", "certain")


def test_the_end_of_an_entity_is_a_change_that_no_act_of_the_treaty_made() -> None:
    gone = {
        "party": "OLD",
        "names": [{"name": "Old"}],
        "existence": [{"from": "1900", "until": "1992-01-01"}],
    }
    fold = folded([did("OLD", "signature", "1980-01-01")], register=registered(gone))

    last = changes(fold, None, None)[-1]

    assert (last["on"], last["to"], last["because"]) == ("1992-01-01", "extinct", [])
    assert last["rule"] == "the entity exists no more"


def test_two_rosters_differ_where_a_status_does() -> None:
    fold = folded(ACTS, CLAUSES)
    before, after = (
        roster(fold, Bounds(as_of=day(each), record=RECORD))
        for each in ("2000-02-15", "2005-02-01")
    )

    found = differences(before, after)

    assert [(each["party"], each["before"] is None) for each in found] == [
        ("AAA", False),
        ("BBB", True),
    ]


def test_what_is_told_of_two_days_is_not_that_days_have_passed() -> None:
    fold = folded(ACTS, CLAUSES)
    one, other = (
        roster(fold, Bounds(as_of=day(each), record=RECORD))
        for each in ("2005-02-01", "2005-03-01")
    )

    assert differences(one, other) == []
    assert differences(one, [{**each, "until": None} for each in other]) == []
    assert len(differences(one, [{**each, "until": "2030-01-01"} for each in other], None)) == 2
