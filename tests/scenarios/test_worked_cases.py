"""The worked cases: every probe, with the days that the depositary stated, and with those the clauses compute."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.answers import relation
from domain.treaty import TreatyFold
from tests.domain.dossiers import day, flags, positions, status
from tests.scenarios import catalogue

CASES: Sequence[Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "worked_cases.yaml").read_text(encoding="utf-8")
)
PROBES = [
    pytest.param(
        case, probe, stated, id=f"{case['id']}-{number}-{'stated' if stated else 'computed'}"
    )
    for case in CASES
    for number, probe in enumerate(case["probes"])
    for stated in (True, False)
]


@cache
def folded(name: str, as_seen: str | None, *, stated: bool) -> TreatyFold:
    """The fold of the case, with the effective days that a clause gives, or without them."""
    case = next(each for each in CASES if each["id"] == name)
    given = [
        {key: value for key, value in wire.items() if stated or key != "effective" or not computed}
        for wire in case["acts"]
        for computed in (wire.get("effective_given_by_clause", False),)
    ]
    acts = [catalogue.act(each) for each in given]
    return catalogue.fold(case["treaty"], acts, day(as_seen) if as_seen else None)


@pytest.mark.parametrize(("case", "probe", "stated"), PROBES)
def test_the_status_on_the_day_is_the_right_one(
    case: Mapping[str, Any], probe: Mapping[str, Any], *, stated: bool
) -> None:
    fold = folded(case["id"], probe.get("as_seen"), stated=stated)
    on, party = probe["as_of"], case["party"]

    found = fold.at(day(on)).state.value if party is None else status(fold, party, on)

    assert found == probe["status"]
    if party is not None:
        assert set(probe.get("flags", ())) <= set(flags(fold, party, on))
        held = positions(fold, party, on)
        assert set(probe.get("positions", {}).values()) <= set(held.values())
        for other, expected in probe.get("relations", {}).items():
            assert relation(fold, party, other, day(on))["status"] == expected
