"""Every word that an answer can say has a meaning, and no meaning is of a word that none says."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import domain
from domain.clauses import Clauses
from domain.contradictions import contradictions
from domain.irregularities import RULES
from domain.plain import read
from domain.states import State, Status
from domain.words import FINDINGS, FLAGS, STATES, STATUSES, TREATY_FLAGS
from tests.domain import dossiers
from tests.written_clauses import Pattern, patterns
from tests.written_words import DATES

DOMAIN = Path(domain.__file__).parent


def calls() -> Iterator[ast.Call]:
    for path in DOMAIN.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from (each for each in ast.walk(tree) if isinstance(each, ast.Call))


def function(name: str, module: str) -> ast.FunctionDef:
    tree = ast.parse((DOMAIN / f"{module}.py").read_text(encoding="utf-8"))
    [found] = [
        each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == name
    ]
    return found


def texts(*nodes: ast.AST) -> set[str]:
    return {
        each.value
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def test_each_status_and_state_has_its_meaning_in_the_order_of_the_statuses() -> None:
    assert list(STATUSES) == list(Status)
    assert list(STATES) == list(State)


def test_each_flag_of_a_party_has_its_meaning() -> None:
    raised = {
        call.args[0].elts[0].value
        for call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "append"
        and isinstance(call.func.value, ast.Attribute)
        and call.func.value.attr == "flags"
        and isinstance(call.args[0], ast.Tuple)
        and isinstance(call.args[0].elts[0], ast.Constant)
    }
    yields = [
        each.value
        for name in ("_derived", "_of_member")
        for each in ast.walk(function(name, "spans"))
        if isinstance(each, ast.Yield) and each.value is not None
    ]

    assert raised | texts(*yields) == FLAGS.keys()


def test_each_flag_of_a_treaty_has_its_meaning() -> None:
    added = [
        each.args[0]
        for each in ast.walk(function("_span", "treaty"))
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "append"
    ]

    assert texts(*added) == TREATY_FLAGS.keys()


def test_each_finding_has_its_meaning_or_is_a_rule() -> None:
    found = {
        word.value.value
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "Finding"
        for word in call.keywords
        if word.arg == "name" and isinstance(word.value, ast.Constant)
    }

    assert found - RULES.keys() == FINDINGS.keys()
    assert not FINDINGS.keys() & RULES.keys()


def test_every_pattern_of_the_law_has_its_example() -> None:
    codes = [each.code for each in patterns()]

    assert list(dict.fromkeys(codes)) == [
        *(f"E{number}" for number in range(1, 13)),
        *(f"W{number}" for number in range(16)),
    ]


@pytest.mark.parametrize("pattern", patterns(), ids=lambda each: f"{each.code} {each.title}")
def test_the_clauses_of_every_example_can_be_meant(pattern: Pattern) -> None:
    assert contradictions(read(Clauses, pattern.clauses), treaty="t") == ()


def test_the_dates_that_the_glossary_explains_are_those_of_an_act() -> None:
    assert tuple(DATES) == dossiers.DATES
