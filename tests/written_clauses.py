"""The document on clauses: each pattern with an example whose outcome is computed, and each class with its fields."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from inspect import cleandoc
from typing import Any, get_args, get_type_hints

from domain import clauses
from domain.acts import Act
from domain.clauses import Clauses
from domain.counting import CONVENTIONS, Convention, DayCounting, MonthCounting, Period, count
from domain.forms import default_of
from domain.plain import plain
from domain.treaty import TreatyFold
from tests.domain.dossiers import day, did, folded

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One pattern of final clauses: the clauses as data, acts, and whose course shows what comes of them."""

    code: str
    title: str
    clauses: Data
    acts: Sequence[Act]
    party: str | None = None
    related: Mapping[str, TreatyFold] | None = None


def instruments(number: int, **more: Any) -> Data:
    """A requirement of so many instruments."""
    return {"rule": "instruments", "count": number, **more}


def entry(*requirements: Data, **more: Any) -> Data:
    """Clauses on the entry into force."""
    return {"entry_into_force": {"article": "Art. 1", "all_of": list(requirements), **more}}


def leaving(**more: Any) -> Data:
    """Clauses of a treaty in force since 2000, on how it is left."""
    return {
        "entry_into_force": {"article": "Art. 1", "stated": {"on": "2000-01-01"}},
        "withdrawal": {"article": "Art. 9", **more},
    }


def joined(*days: str) -> list[Act]:
    """Accessions of AAA, BBB and CCC on these days."""
    return [did(letter * 3, "accession", on) for letter, on in zip("ABC", days, strict=False)]


def left(on: str = "2010-07-15", **more: Any) -> list[Act]:
    """A party since 2000 that gives notice on the day."""
    return [did("AAA", "accession", "2000-01-01"), did("AAA", "withdrawal_notice", on, **more)]


DAYS_30: Data = {"n": 30, "unit": "days"}
MONTHS_6: Data = {"n": 6, "unit": "months"}
YEAR: Data = {"n": 1, "unit": "years"}
YEARS_5: Data = {"n": 5, "unit": "years"}
YEARS_10: Data = {"n": 10, "unit": "years"}
MEMBERS: Data = {"groups": {"members": {"title": "Members", "parties": ["AAA", "BBB"]}}}
EMISSIONS: Data = {
    "weights": {
        "emissions": {
            "title": "Emissions of 1990",
            "total": "100",
            "shares": {"AAA": "40", "BBB": "35"},
        }
    }
}
BOTH: Data = {"bilateral": ["AAA", "BBB"]}


def patterns() -> Sequence[Pattern]:
    """Every pattern: E1 to E12 of entry into force, W0 to W15 of leaving."""
    parent = folded(joined("1999-01-01", "1999-01-01", "1999-01-01"), entry(instruments(2)))
    gone = folded(left("2009-01-01"), leaving(notice=YEAR), treaty="convention")
    revised = folded(
        [did("AAA", "accession", "2012-03-01")],
        {"entry_into_force": {"article": "Art. 8", "stated": {"on": "2011-01-01"}}},
        treaty="revised-convention",
    )
    silent = {
        "opt_out": {
            "article": "Art. 59",
            "reject_within": {"n": 10, "unit": "months"},
            "effective_after": {"n": 12, "unit": "months"},
            "addressees": ["AAA"],
        }
    }
    war = did("AAA", "armed_conflict_began", dated="2010-09-01")
    peace = did("AAA", "armed_conflict_ended", dated="2012-05-01")
    return (
        Pattern(
            code="E1",
            title="A number of instruments",
            clauses=entry(instruments(2), delay=DAYS_30),
            acts=joined("2000-01-01", "2000-03-10"),
        ),
        Pattern(
            code="E2",
            title="All signatories",
            clauses=entry({"rule": "all_signatories"}),
            acts=[
                did("AAA", "signature", "1999-01-01"),
                did("BBB", "signature", "1999-01-01"),
                *joined("2000-01-01", "2000-03-10"),
            ],
        ),
        Pattern(
            code="E3",
            title="Named States",
            clauses=entry({"rule": "named", "parties": ["AAA", "CCC"]}),
            acts=joined("2000-01-01", "2000-02-01", "2000-03-10"),
        ),
        Pattern(
            code="E4",
            title="A number with named States among them",
            clauses=entry(instruments(2), {"rule": "named", "parties": ["CCC"]}),
            acts=joined("2000-01-01", "2000-02-01", "2000-03-10"),
        ),
        Pattern(
            code="E5",
            title="A number with members of a group among them",
            clauses={
                **entry(instruments(3), {"rule": "members", "group": "members", "at_least": 2}),
                **MEMBERS,
            },
            acts=joined("2000-01-01", "2000-02-01", "2000-03-10"),
        ),
        Pattern(
            code="E6",
            title="A number, and a share of a weight",
            clauses={
                **entry(instruments(2), {"rule": "share", "weight": "emissions", "percent": "55"}),
                **EMISSIONS,
            },
            acts=joined("2000-01-01", "2000-03-10"),
        ),
        Pattern(
            code="E7",
            title="A fraction of a body that moves",
            clauses=entry(
                {"rule": "fraction", "numerator": 2, "denominator": 3, "of": "convention"}
            ),
            acts=joined("2000-01-01", "2000-03-10"),
            related={"convention": parent},
        ),
        Pattern(
            code="E8",
            title="A fixed day, or else the rule",
            clauses=entry(instruments(2), fixed_day="2001-01-01", delay=DAYS_30),
            acts=joined("2000-01-01", "2000-03-10"),
        ),
        Pattern(
            code="E9",
            title="Not before a time has passed",
            clauses={
                **entry(instruments(1), not_before={"period": {"n": 2, "unit": "years"}}),
                "signature": {"article": "Art. 2", "opens": "1999-06-01"},
            },
            acts=joined("2000-01-01"),
        ),
        Pattern(
            code="E10",
            title="Another treaty in force",
            clauses=entry(instruments(1), {"rule": "parent_in_force", "treaty": "convention"}),
            acts=joined("1998-01-01"),
            related={"convention": parent},
        ),
        Pattern(
            code="E11",
            title="Exchange of instruments",
            clauses={**entry({"rule": "exchange"}), **BOTH},
            acts=[
                did("AAA", "exchange_of_instruments", "2000-03-10"),
                did("BBB", "exchange_of_instruments", "2000-03-10"),
            ],
        ),
        Pattern(
            code="E12",
            title="Silence",
            clauses=silent,
            acts=[did(None, "amendment_notified", dated="2000-01-15")],
            party="AAA",
        ),
        Pattern(
            code="W0",
            title="No clause: general law",
            clauses=leaving(basis="general_law"),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W1",
            title="A period from receipt",
            clauses=leaving(notice=MONTHS_6),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W2",
            title="A later day named in the notice",
            clauses=leaving(notice=MONTHS_6, later_day_allowed=True),
            acts=left(claimed_effective="2011-12-31"),
            party="AAA",
        ),
        Pattern(
            code="W3",
            title="An earliest day of notice",
            clauses=leaving(notice=YEAR, earliest={"period": {"n": 3, "unit": "years"}}),
            acts=left("2002-07-15"),
            party="AAA",
        ),
        Pattern(
            code="W4",
            title="A fixed day of exit",
            clauses=leaving(fixed_exit={"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1}),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W5",
            title="The first of a month",
            clauses=leaving(notice={"n": 3, "unit": "months", "then": "first_of_month"}),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W6",
            title="Windows and terms",
            clauses=leaving(terms={"first": YEARS_10, "further": YEARS_5, "lead": MONTHS_6}),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W7",
            title="Supreme interests",
            clauses=leaving(
                notice={"n": 3, "unit": "months"},
                conditions=["a statement of the extraordinary events"],
                addressees=["all other parties", "the Security Council"],
            ),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W8",
            title="An armed conflict postpones the exit",
            clauses=leaving(notice=MONTHS_6, conflict_bar=True),
            acts=[*left(), war, peace],
            party="AAA",
        ),
        Pattern(
            code="W9",
            title="Conditions beside time",
            clauses=leaving(notice={"n": 2, "unit": "years"}, conditions=["the dues are paid"]),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W10",
            title="Addressees, and a conference",
            clauses=leaving(
                notice=MONTHS_6,
                addressees=["the depositary", "all other parties"],
                convene={"earliest": DAYS_30, "latest": {"n": 60, "unit": "days"}},
            ),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W11",
            title="Others may follow at once",
            clauses=leaving(
                fixed_exit={"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1},
                follow_within={"n": 1, "unit": "months"},
            ),
            acts=[
                did("BBB", "accession", "2000-01-01"),
                did("BBB", "withdrawal_notice", "2009-12-20"),
                *left("2010-01-15"),
            ],
            party="AAA",
        ),
        Pattern(
            code="W12",
            title="With the parent",
            clauses=leaving(notice=YEAR, with_parent=["convention"]),
            acts=[did("AAA", "accession", "2000-01-01")],
            party="AAA",
            related={"convention": gone},
        ),
        Pattern(
            code="W12",
            title="By a revising treaty",
            clauses=leaving(notice=YEAR, by_revising=["revised-convention"]),
            acts=[did("AAA", "accession", "2000-01-01")],
            party="AAA",
            related={"revised-convention": revised},
        ),
        Pattern(
            code="W13",
            title="Obligations that survive",
            clauses=leaving(
                notice=YEAR,
                survival={"article": "Art. 47(3)", "period": {"n": 20, "unit": "years"}},
            ),
            acts=left(),
            party="AAA",
        ),
        Pattern(
            code="W14",
            title="Negotiated, and moved by agreement",
            clauses=leaving(notice={"n": 2, "unit": "years"}, negotiated=True),
            acts=[
                *left(),
                did("AAA", "withdrawal_date_changed", "2012-06-01", effective="2012-10-31"),
            ],
            party="AAA",
        ),
        Pattern(
            code="W15",
            title="A notice that is taken back",
            clauses=leaving(notice=YEAR),
            acts=[*left(), did("AAA", "withdrawal_notice_revoked", "2011-03-01")],
            party="AAA",
        ),
    )


def document() -> str:
    """The document."""
    return "\n".join((*_opening(), *_patterns(), *_counting(), *_classes())) + "\n"


def _opening() -> Iterator[str]:
    yield from (
        "# Clauses",
        "",
        "Final clauses are data: `clauses` of a definition, with a JSON Schema at `GET /v1/schemas/clauses`.",
        "An absent clause is not guessed at; one that contradicts itself is refused with its place.",
        (
            "Each clause carries its `article`, a `note`, and how sure it is (`certainty`):"
            " `seen` in the text, `known` in general, or to `check` before it is quoted."
        ),
        (
            "What the depositary stated (`stated`, or the `effective` of an act) outranks what the clauses give;"
            " both are kept, and a difference is a finding."
        ),
        "The outcomes below are computed from the clauses and acts beside them.",
    )


def _patterns() -> Iterator[str]:
    headings = {"E": "Entry into force", "W": "Leaving"}
    for letter, heading in headings.items():
        yield from ("", f"## {heading}")
        for each in patterns():
            if each.code.startswith(letter):
                yield from _pattern(each)


def _pattern(each: Pattern) -> Iterator[str]:
    shown = {
        key: value
        for key, value in each.clauses.items()
        if each.code.startswith("E") or key != "entry_into_force"
    }
    yield from (
        "",
        f"### {each.code} {each.title}",
        "",
        "```json",
        json.dumps(shown, indent=2),
        "```",
        "",
    )
    yield from (f"- {_told(act)}" for act in each.acts)
    yield ""
    fold = folded(each.acts, each.clauses, related=each.related)
    yield _outcome_of_party(fold, each) if each.party else _outcome_of_treaty(fold)


def _told(act: Act) -> str:
    who = act.party or "the treaty"
    effective = f", effective {act.effective}" if act.effective is not None else ""
    claimed = f", naming {act.claimed_effective}" if act.claimed_effective is not None else ""
    return f"{who}: `{act.kind}`, {act.on()}{effective}{claimed}"


def _outcome_of_treaty(fold: TreatyFold) -> str:
    found = fold.entry()
    return f"In force on **{found.on}** ({found.rule}; {found.counted})."


def _outcome_of_party(fold: TreatyFold, each: Pattern) -> str:
    assert each.party is not None, "only asked of a party"
    course = fold.course(each.party)
    moves = [
        f"{span.start} `{span.status}`{''.join(f' with `{flag}`' for flag in span.flags)}"
        for span in _changes(course.spans)
    ]
    told = [*course.outcomes, *course.by_operation]
    last = next(
        (
            it
            for it in reversed(told)
            if it.act.kind not in ("accession", "armed_conflict_ended", "armed_conflict_began")
        ),
        told[-1],
    )
    why = ": ".join(filter(None, (last.rule, last.counted))) or last.why
    found = "".join(f" Finding `{it.name}`." for it in last.findings)
    return f"{each.party}: {', '.join(moves)} ({why}).{found}"


def _changes(spans: Sequence[Any]) -> Iterator[Any]:
    before = None
    for span in spans:
        if span.status != before and span.start > day("0001-01-01"):
            yield span
        before = span.status


def _counting() -> Iterator[str]:
    yield from (
        "",
        "## Counting",
        "",
        "A period runs from the day of receipt, which itself is not counted.",
        "How it is counted is the depositary's convention, unless `counting` or a period's `plus_one` says otherwise.",
        "A day that the month lacks is its last day.",
        "",
        "| period | from | convention | to |",
        "|---|---|---|---|",
    )
    for period, start, convention, name in _counted():
        found = count(day(start), Period(**period), convention)
        yield f"| {json.dumps(period)} | {start} | {name} | {found.day} |"
    codes = ", ".join(f"`{code}`" for code in CONVENTIONS)
    yield from (
        "",
        (
            f"Depositaries that count months to their full expiry: {codes};"
            " all others count to the same day number, and days to the nth day following."
        ),
    )


def _counted() -> Iterator[tuple[dict[str, Any], str, Convention, str]]:
    days = {"n": 30, "unit": "days"}
    months = {"n": 3, "unit": "months"}
    for way in DayCounting:
        yield days, "2016-10-05", Convention(days=way), f"days: `{way}`"
    for each in MonthCounting:
        yield months, "1992-11-30", Convention(months=each), f"months: `{each}`"
        yield {"n": 1, "unit": "years"}, "2016-02-29", Convention(months=each), f"months: `{each}`"
    for then in ("first_of_month", "first_of_nth_month"):
        yield {**months, "then": then}, "2021-03-22", Convention(), "any"
    yield {**months, "plus_one": True}, "2021-03-22", Convention(), "overridden"


def _classes() -> Iterator[str]:
    yield from (
        "",
        "## Every field",
        "",
        "What has no default is needed; what is not known here is refused by name.",
    )
    for kind in (Clauses, *_named(Clauses, {Clauses})):
        yield from (
            "",
            f"### {kind.__name__}",
            "",
            cleandoc(kind.__doc__ or ""),
            "",
            "| field | is | default |",
            "|---|---|---|",
        )
        hints = get_type_hints(kind)
        for field in fields(kind):
            default = default_of(field)
            shown = "needed" if default is MISSING else f"`{json.dumps(plain(default))}`"
            yield f"| `{field.name}` | {_in_words(hints[field.name])} | {shown} |"


def _named(kind: Any, known: set[Any]) -> Iterator[Any]:
    """The classes that a class names, nearest first, each once."""
    for each in get_type_hints(kind).values():
        for part in _parts(each):
            if (
                isinstance(part, type)
                and hasattr(part, "__dataclass_fields__")
                and part not in known
            ):
                known.add(part)
                yield part
                yield from _named(part, known)


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for each in get_args(kind):
        yield from _parts(each)


def _in_words(kind: Any) -> str:
    if kind == clauses.Requirement:
        return "one of the requirements, by its `rule`"
    arguments = [each for each in get_args(kind) if each is not type(None)]
    origin = getattr(kind, "__origin__", None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{each.value}`" for each in kind)
    if origin is tuple:
        return f"list of {_in_words(arguments[0])}"
    if origin is not None and len(arguments) == 2 and arguments[0] is str:
        return f"object of {_in_words(arguments[1])} by name"
    if arguments and all(isinstance(each, str) for each in arguments):
        return " or ".join(f"`{each}`" for each in arguments)
    if arguments:
        return " or ".join(_in_words(each) for each in arguments)
    simple = {str: "text", int: "number", bool: "true or false"}
    return simple.get(
        kind, "day" if kind.__name__ == "date" else f"[{kind.__name__}](#{kind.__name__.lower()})"
    )
