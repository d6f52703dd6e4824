"""Random histories: transactions of acts, definitions and register entries that depend on each other in every way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid4, uuid5

from hypothesis import strategies as st

from domain.acts import Act, Definition, PartyEntry
from domain.dates import UncertainDay, When
from domain.ports import stream_of
from infrastructure.archive import EventArchive

Fact: TypeAlias = Act | Definition | PartyEntry

TREATIES = ("parent", "child", "rival", "alone")
PARTIES = ("AAA", "BBB", "OLD")
FIRST = date(1990, 1, 1)
DAYS = 400

AT_ONCE = {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]}
AFTER_THE_PARENT = {"article": "1", "all_of": [{"rule": "parent_in_force", "treaty": "parent"}]}
BY_A_MAJORITY = {
    "article": "1",
    "all_of": [{"rule": "fraction", "numerator": 1, "denominator": 2, "of": "rival"}],
}
LATER = {**AT_ONCE, "delay": {"n": 30, "unit": "days"}}
NOTICE = {"article": "2", "notice": {"n": 90, "unit": "days"}}

CLAUSES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "parent": (
        {"entry_into_force": AT_ONCE, "withdrawal": NOTICE},
        {"entry_into_force": LATER},
        {"entry_into_force": AT_ONCE, "duration": {"article": "9", "minimum_parties": 2}},
    ),
    "child": (
        {
            "parent": "parent",
            "entry_into_force": AT_ONCE,
            "withdrawal": {**NOTICE, "with_parent": ["parent"]},
        },
        {"parent": "parent", "entry_into_force": AFTER_THE_PARENT},
        {"entry_into_force": BY_A_MAJORITY},
    ),
    "rival": (
        {"entry_into_force": AT_ONCE, "withdrawal": {**NOTICE, "by_revising": ["parent"]}},
        {"parent": "child", "entry_into_force": AT_ONCE},
        {"entry_into_force": AT_ONCE},
    ),
    "alone": ({"entry_into_force": LATER, "withdrawal": NOTICE}, {}),
}
"""Versions of the definitions; among them they make circles, and depend on treaties that depend on others."""

KINDS = (
    "signature",
    *["ratification"] * 6,
    *["withdrawal_notice"] * 3,
    "withdrawal_notice_revoked",
    "ratification_withdrawn",
    "suspension",
    "resumption",
    "objection",
    "dispute_over_effectiveness",
    "provisional_application_start",
    "succession",
    "state_dissolution",
    "parliamentary_vote",
)
OF_THE_TREATY = ("adoption", "treaty_entry_into_force", "treaty_termination")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact to be, in small numbers; `what` chooses among the facts of its type."""

    type: str
    treaty: int
    party: int
    other: int
    what: int
    day: int
    width: int


Drafts: TypeAlias = list[list[Draft]]


def drafts(*, longest: int = 12) -> st.SearchStrategy[Drafts]:
    """Transactions of drafts, some of them of several facts."""
    small = st.integers(0, 7)
    draft = st.builds(
        Draft,
        type=st.sampled_from(
            ["act"] * 12 + ["treaty act", "correction", "correction"] + ["definition", "party"]
        ),
        treaty=small,
        party=small,
        other=small,
        what=st.integers(0, 100),
        day=st.integers(0, DAYS),
        width=st.sampled_from([0] * 15 + [40]),
    )
    return st.lists(st.lists(draft, min_size=1, max_size=3), min_size=1, max_size=longest)


class History:
    """Facts of drafts, under names of their own, so that many histories can stand in one log."""

    def __init__(self) -> None:
        """Take names that nobody has."""
        self.mark = uuid4().hex[:8]
        self._acts: dict[str, list[Act]] = {}
        self._count = 0

    @property
    def treaties(self) -> tuple[str, ...]:
        """The slugs of the treaties."""
        return tuple(self.treaty(index) for index in range(len(TREATIES)))

    def treaty(self, index: int) -> str:
        """The slug of a treaty."""
        return f"{TREATIES[index % len(TREATIES)]}-{self.mark}"

    def party(self, index: int) -> str:
        """The code of a party."""
        return f"{PARTIES[index % len(PARTIES)]}{self.mark.upper()}"

    def beginning(self, what: int = 0) -> list[Fact]:
        """A definition of each treaty, and entries of two parties; `what` chooses among the definitions."""
        parties = [
            PartyEntry(id=self._id(), party=code, data={"party": code, "names": [{"name": code}]})
            for code in (self.party(0), self.party(1))
        ]
        return [*(self._definition(each, what) for each in range(len(TREATIES))), *parties]

    def fact(self, draft: Draft) -> Fact:
        """The fact that a draft becomes."""
        match draft.type:
            case "definition":
                return self._definition(draft.treaty, draft.what)
            case "party":
                return self._entry(draft)
            case "correction":
                return self._correction(draft) or self._act(draft)
            case "treaty act":
                kind = OF_THE_TREATY[draft.what % len(OF_THE_TREATY)]
                return self._act(draft, kind=kind, party=None)
            case _:
                return self._act(draft)

    def _act(self, draft: Draft, **given: Any) -> Act:
        kind = KINDS[draft.what % len(KINDS)]
        predecessor = self.party(draft.other) if kind == "succession" else None
        by = (
            self.party(draft.other) if kind in ("objection", "dispute_over_effectiveness") else None
        )
        act = Act(
            **{
                "id": self._id(),
                "treaty": self.treaty(draft.treaty),
                "kind": kind,
                "party": self.party(draft.party),
                "received": _when(draft),
                "predecessor": predecessor,
                "by": by,
                **given,
            }
        )
        self._acts.setdefault(act.treaty, []).append(act)
        return act

    def _correction(self, draft: Draft) -> Act | None:
        """Of any act before it, a correction among them; every other one puts another act in its place."""
        before = self._acts.get(self.treaty(draft.treaty), [])
        if not before:
            return None
        target = before[draft.what % len(before)]
        replacement = None
        if draft.other % 2:
            replacement = Act(
                id=self._id(),
                treaty=target.treaty,
                kind="ratification",
                party=self.party(draft.party),
                received=_when(draft),
            )
        return self._act(
            draft,
            kind="record_corrected",
            party=target.party,
            concerns=target.id,
            replacement=replacement,
            note="it was otherwise",
        )

    def _definition(self, index: int, what: int) -> Definition:
        name = TREATIES[index % len(TREATIES)]
        clauses = CLAUSES[name][what % len(CLAUSES[name])]
        return Definition(
            id=self._id(),
            treaty=self.treaty(index),
            title=name,
            identifiers={},
            depositaries=(),
            clauses=self._renamed(clauses),
        )

    def _entry(self, draft: Draft) -> PartyEntry:
        code = self.party(draft.party)
        day = (FIRST + timedelta(days=draft.day)).isoformat()
        data: dict[str, Any] = {"party": code, "names": [{"name": f"name {draft.what}"}]}
        if draft.what % 3 == 0:
            data["existence"] = [{"from": "1900-01-01", "until": day}]
        if draft.what % 3 == 1:
            data["continues"] = self.party(draft.other)
        return PartyEntry(id=self._id(), party=code, data=data)

    def _renamed(self, value: Any) -> Any:
        """The clauses with the treaties called as they are in this history."""
        if isinstance(value, dict):
            return {key: self._renamed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        return f"{value}-{self.mark}" if value in TREATIES else value

    def _id(self) -> str:
        self._count += 1
        return str(uuid5(NAMESPACE_URL, f"{self.mark} {self._count}"))


def record(archive: EventArchive, facts: Sequence[Fact]) -> int:
    """Records the facts as one, whatever they break, and gives the position of the last."""
    streams = {stream_of(fact) for fact in facts}
    entries = archive.append(facts, expected=archive.versions(streams), recorded_by="historian")
    return entries[-1].position


def _when(draft: Draft) -> When:
    day = FIRST + timedelta(days=draft.day)
    if not draft.width:
        return day
    last = day + timedelta(days=draft.width)
    return UncertainDay(edtf=f"{day}/{last}", earliest=day, latest=last)
