"""The boundary cases: the day before, the day, and the day after each change, reasoned from the law."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.answers import relation
from domain.deadlines import deadlines
from domain.dossier import dossier_of
from domain.irregularities import breaches
from domain.treaty import TreatyFold
from tests.domain.dossiers import (
    NOBODY,
    coming,
    day,
    defined,
    flags,
    history,
    positions,
    said,
    status,
)
from tests.scenarios import catalogue

CASES: Sequence[Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "boundary_cases.yaml").read_text(encoding="utf-8")
)
BY_ID = {case["id"]: case for case in CASES}
READINGS = [
    pytest.param(case, stated, id=f"{case['id']}-{'stated' if stated else 'computed'}")
    for case in CASES
    for stated in (True, False)
    if not stated or any("effective" in each for each in case["acts"])
]
ONE_DAY = timedelta(days=1)


@cache
def folded(
    name: str, treaty: str, as_seen: str | None, *, stated: bool, recorded: int | None = None
) -> TreatyFold:
    """The fold of one treaty of the case, with the effective days that its clauses give or without them.

    `recorded` is how many of the acts are on file, all if left out.
    """
    case = BY_ID[name]
    acts = [
        catalogue.act({"treaty": treaty, **_given(each, stated=stated)})
        for each in case["acts"][:recorded]
        if each.get("treaty", case["treaty"]) == treaty
    ]
    if treaty in catalogue.SLUGS:
        return catalogue.fold(treaty, acts, day(as_seen) if as_seen else None)
    definition = defined(
        case["clauses"][treaty], treaty, depositaries=tuple(case.get("depositaries", ()))
    )
    related = {
        other: folded(name, other, as_seen, stated=stated, recorded=recorded)
        for other in case["clauses"]
        if other != treaty and _refers(case["clauses"][treaty], other)
    }
    seen = day(as_seen) if as_seen else None
    return TreatyFold(dossier_of(treaty, [definition], acts, as_seen=seen), NOBODY, related)


def _given(wire: Mapping[str, Any], *, stated: bool) -> Mapping[str, Any]:
    computed = wire.get("effective_given_by_clause", False) and not stated
    return {key: value for key, value in wire.items() if key != "effective" or not computed}


def _refers(clauses: object, treaty: str) -> bool:
    """Whether the treaty is named anywhere in the clauses."""
    if isinstance(clauses, Mapping):
        return any(_refers(each, treaty) for each in clauses.values())
    if isinstance(clauses, list):
        return any(_refers(each, treaty) for each in clauses)
    return clauses == treaty


@pytest.mark.parametrize(("case", "stated"), READINGS)
def test_every_change_falls_on_its_day(case: Mapping[str, Any], *, stated: bool) -> None:
    fold = folded(case["id"], case["treaty"], None, stated=stated)

    for party, course in case.get("courses", {}).items():
        assert history(fold, party) == [tuple(each) for each in course], party
        before = "none"
        for on, expected in course:
            assert status(fold, party, str(day(on) - ONE_DAY)) == before
            assert status(fold, party, on) == expected
            before = expected
    for probe in case.get("probes", ()):
        _check(case, probe, stated=stated)


def _check(case: Mapping[str, Any], probe: Mapping[str, Any], *, stated: bool) -> None:
    fold = folded(case["id"], case["treaty"], probe.get("as_seen"), stated=stated)
    party, on = probe["party"], probe["as_of"]
    if party is None:
        assert fold.at(day(on)).state.value == probe["status"], probe
        assert set(probe.get("flags", ())) <= set(fold.at(day(on)).flags), probe
        return
    if "status" in probe:
        assert status(fold, party, on) == probe["status"], probe
    up = set(flags(fold, party, on))
    assert set(probe.get("flags", ())) <= up, probe
    assert up.isdisjoint(probe.get("without", ())), (probe, up)
    held = positions(fold, party, on)
    assert probe.get("positions", {}).items() <= held.items(), (probe, held)
    for other, expected in probe.get("relations", {}).items():
        assert relation(fold, party, other, day(on))["status"] == expected, probe
    if "coming" in probe:
        assert coming(fold, party, on) == [tuple(each) for each in probe["coming"]], probe
    if "certainty" in probe:
        assert said(fold, party, on)["certainty"] == probe["certainty"], probe
    if "findings" in probe:
        findings: Any = said(fold, party, on)["findings"]
        assert sorted(each["finding"] for each in findings) == probe["findings"], (probe, findings)
    if "conferences" in probe:
        found = [
            [str(each.first), str(each.last), each.stands]
            for each in deadlines(fold)
            if each.name.startswith("conference.") and each.party == party
        ]
        assert found == probe["conferences"], (probe, found)


IRREGULAR = [
    pytest.param(case, number, id=f"{case['id']}-{number}")
    for case in CASES
    for number, each in enumerate(case["acts"])
]


@pytest.mark.parametrize(("case", "number"), IRREGULAR)
def test_every_act_is_regular_or_breaks_the_rules_that_the_case_names(
    case: Mapping[str, Any], number: int
) -> None:
    """What `despite` names is what is found, and nothing else; a rule that an act does not break is not named."""
    wire = case["acts"][number]
    treaty = wire.get("treaty", case["treaty"])
    fold = folded(case["id"], treaty, None, stated=True, recorded=number + 1)
    act = catalogue.act({"treaty": treaty, **_given(wire, stated=True)})

    assert {each.rule for each in breaches(fold, act)} == set(wire.get("despite", ()))
