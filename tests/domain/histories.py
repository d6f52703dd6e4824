"""Random histories for properties: sequences of well-formed acts, possible and impossible ones, under many clauses."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.acts import Act
from domain.kinds import KINDS, Effect, PartyRule
from domain.parties import Register
from tests.domain.dossiers import registered

PARTIES = ("AAA", "BBB", "CCC", "DDD", "EEE")
FIRST = date(2000, 1, 1)
PERIODS = (
    {"n": 0, "unit": "days"},
    {"n": 30, "unit": "days"},
    {"n": 3, "unit": "months"},
    {"n": 1, "unit": "years"},
    {"n": 2, "unit": "months", "then": "first_of_month"},
    {"n": 6, "unit": "months", "then": "first_of_nth_month"},
    {"n": 6, "unit": "months", "plus_one": True},
)

REGISTER: Register = registered(
    {"party": "AAA", "names": [{"name": "A"}]},
    {"party": "BBB", "names": [{"name": "B"}], "continues": "AAA"},
    {"party": "CCC", "names": [{"name": "C"}], "existence": [{"from": "2000-06-01"}]},
    {"party": "DDD", "names": [{"name": "D"}], "not_recognised_by": ["EEE"]},
    {
        "party": "EEE",
        "names": [{"name": "E"}],
        "existence": [{"from": "1900-01-01", "until": "2008-01-01"}],
    },
)

days = st.integers(0, 3650).map(lambda n: FIRST + timedelta(days=n))
periods = st.sampled_from(PERIODS)
kinds = st.sampled_from(sorted(KINDS))
MOVING = sorted(code for code, kind in KINDS.items() if kind.effect is not Effect.NONE)


@st.composite
def acts(draw: st.DrawFn, at_most: int = 14) -> tuple[Act, ...]:
    """Well-formed acts in some order of recording; most of them of kinds that move something."""
    made: list[Act] = []
    for number in range(draw(st.integers(0, at_most))):
        made.append(draw(_act(number, made)))
    return tuple(made)


@st.composite
def _act(draw: st.DrawFn, number: int, before: Sequence[Act]) -> Act:
    common = st.sampled_from(("signature", "ratification", "accession", "withdrawal_notice"))
    kind = draw(st.one_of(common, st.sampled_from(MOVING), kinds))
    rule = KINDS[kind].party
    nobody = rule is PartyRule.NEVER or (rule is PartyRule.OPTIONAL and draw(st.booleans()))
    party = None if nobody else draw(st.sampled_from(PARTIES))
    received = draw(days)
    more: dict[str, Any] = {}
    if draw(st.integers(0, 4)) == 0:
        more["effective"] = received + timedelta(days=draw(st.integers(-400, 800)))
    if draw(st.integers(0, 9)) == 0:
        more["claimed_effective"] = received + timedelta(days=draw(st.integers(0, 800)))
    if draw(st.integers(0, 9)) == 0:
        more["notified"] = received + timedelta(days=draw(st.integers(0, 60)))
    if draw(st.integers(0, 12)) == 0:
        more["legal_effect"] = draw(st.booleans())
    if draw(st.integers(0, 12)) == 0:
        more["contested_by"] = (draw(st.sampled_from(PARTIES)),)
    if draw(st.integers(0, 12)) == 0:
        more["depositary"] = draw(st.sampled_from(("GBR", "USA")))
    if KINDS[kind].effect in (Effect.SUCCESSION, Effect.SUCCESSION_TO_SIGNATURE):
        more["predecessor"] = draw(st.sampled_from((*PARTIES, None)))
    if KINDS[kind].effect in (Effect.OBJECTION, Effect.DISPUTE, Effect.OBJECTION_WITHDRAWN):
        more["by"] = draw(st.sampled_from(PARTIES))
    if KINDS[kind].effect in (Effect.SUSPENSION, Effect.RESUMPTION) and draw(st.booleans()):
        more["towards"] = (draw(st.sampled_from(PARTIES)),)
    more.update(_about(draw, kind, party, before, number))
    return Act(
        id=f"a{number}",
        treaty="t",
        kind=kind,
        party=party,
        received=received,
        sequence=draw(st.integers(1, 3)),
        **more,
    )


def _about(
    draw: st.DrawFn, kind: str, party: str | None, before: Sequence[Act], number: int
) -> Mapping[str, Any]:
    corrects = KINDS[kind].effect is Effect.RECORD_CORRECTED
    possible = [each for each in before if corrects or each.party == party]
    if not possible or not (corrects or draw(st.integers(0, 4)) == 0):
        return {}
    target = draw(st.sampled_from(possible))
    more: dict[str, Any] = {"concerns": target.id}
    if corrects and target.kind != "record_corrected" and draw(st.booleans()):
        more["replacement"] = Act(
            id=f"r{number}",
            treaty="t",
            kind=target.kind,
            party=target.party,
            received=draw(days),
            predecessor=target.predecessor,
        )
    return more


@st.composite
def clauses(draw: st.DrawFn) -> Mapping[str, Any]:
    """Final clauses: each pattern of entry into force and of withdrawal, with or without the others."""
    made: dict[str, Any] = {
        "groups": {"g": {"title": "g", "parties": ["AAA", "CCC"]}},
        "weights": {
            "w": {"title": "w", "total": "100", "shares": {"AAA": "40", "BBB": "30", "DDD": "30"}}
        },
    }
    if draw(st.integers(0, 5)):
        made["entry_into_force"] = draw(_entry())
    if draw(st.integers(0, 5)):
        made["party_entry_into_force"] = draw(_party_entry())
    if draw(st.integers(0, 5)):
        made["withdrawal"] = draw(_withdrawal())
    if draw(st.integers(0, 5)) == 0:
        made["bilateral"] = ["AAA", "CCC"]
    if draw(st.integers(0, 5)) == 0:
        made["duration"] = draw(
            st.sampled_from(
                (
                    {"article": "D", "term": {"n": 3, "unit": "years"}},
                    {"article": "D", "minimum_parties": 2},
                )
            )
        )
    if draw(st.integers(0, 5)) == 0:
        made["provisional_application"] = {
            "article": "P",
            "begins": draw(st.sampled_from(("signature", "declaration"))),
            "notice": draw(st.one_of(st.none(), periods)),
            "declined_by": draw(st.sampled_from(((), ("AAA",)))),
        }
    if draw(st.integers(0, 5)) == 0:
        made["reservations"] = draw(
            st.sampled_from(
                (
                    {"article": "R", "accepted_by": "the Commission"},
                    {
                        "article": "R",
                        "barred_by_share": [1, 3],
                        "objections_within": {"n": 12, "unit": "months"},
                    },
                )
            )
        )
    if draw(st.integers(0, 5)) == 0:
        made["objections"] = {"article": "O", "effect": "not_in_force_between"}
    if draw(st.integers(0, 7)) == 0:
        made["opt_out"] = {
            "article": "T",
            "reject_within": draw(periods),
            "effective_after": draw(periods),
            "addressees": ["AAA", "BBB", "CCC"],
        }
    return made


@st.composite
def _entry(draw: st.DrawFn) -> Mapping[str, Any]:
    requirement = st.sampled_from(
        (
            {"rule": "instruments", "count": 1},
            {"rule": "instruments", "count": 2, "kinds": ["ratification", "accession"]},
            {"rule": "instruments", "count": 1, "among": "g", "not_counted": ["EEE"]},
            {"rule": "named", "parties": ["AAA"]},
            {"rule": "members", "group": "g", "at_least": 1},
            {"rule": "share", "weight": "w", "percent": "40"},
            {"rule": "share", "weight": "w", "percent": "30", "more_than": True},
            {"rule": "all_signatories"},
        )
    )
    made: dict[str, Any] = {
        "article": "E",
        "all_of": draw(st.lists(requirement, min_size=0, max_size=3)),
        "delay": draw(st.one_of(st.none(), periods)),
    }
    if draw(st.integers(0, 5)) == 0:
        made["not_before"] = {
            "period": {"n": 2, "unit": "years"},
            "counted_from": draw(st.sampled_from(("opening", "adoption"))),
        }
    if draw(st.integers(0, 5)) == 0:
        made["fixed_day"] = "2003-01-01"
    if draw(st.integers(0, 4)) == 0:
        made["stated"] = {
            "on": "2002-06-01",
            "condition_met_on": draw(st.sampled_from((None, "2002-03-01"))),
        }
    return made


@st.composite
def _party_entry(draw: st.DrawFn) -> Mapping[str, Any]:
    return {
        "article": "F",
        "delays": [
            {
                "delay": draw(st.one_of(st.none(), periods)),
                "objection_period": draw(st.one_of(st.none(), st.none(), periods)),
            }
        ],
        "at_once_in_conflict": draw(st.booleans()),
        "before_treaty": draw(st.integers(0, 9)) == 0,
    }


@st.composite
def _withdrawal(draw: st.DrawFn) -> Mapping[str, Any]:
    way: Mapping[str, Any] = draw(
        st.sampled_from(
            (
                {"basis": "excluded"},
                {"basis": "general_law"},
                {"terms": {"first": PERIODS[3], "further": PERIODS[3], "lead": PERIODS[2]}},
                {"fixed_exit": {"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1}},
                {
                    "fixed_exit": {
                        "month": 12,
                        "day": 31,
                        "cutoff_month": 12,
                        "cutoff_day": 31,
                        "years_after_cutoff": 1,
                        "at_end_of_day": True,
                    },
                    "follow_within": {"n": 1, "unit": "months"},
                },
                {
                    "notice": PERIODS[3],
                    "open_periods": {
                        "first_after": PERIODS[3],
                        "length": PERIODS[3],
                        "every": {"n": 3, "unit": "years"},
                    },
                },
                {"notice": PERIODS[3], "later_day_allowed": True},
                {"notice": PERIODS[2], "conflict_bar": True},
                {"notice": PERIODS[3], "earliest": {"period": {"n": 2, "unit": "years"}}},
                {
                    "notice": PERIODS[3],
                    "survival": {"article": "S", "period": {"n": 2, "unit": "years"}},
                },
                {"notice": PERIODS[3], "survival": {"article": "S"}},
            )
        )
    )
    return {"article": "W", **way}
