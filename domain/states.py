"""The statuses of a party and the states of a treaty, and the values in which a fold gives its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.acts import Act
from domain.dates import Interval


class Status(StrEnum):
    """The primary status of a party to a treaty on a day; there is exactly one."""

    NONE = "none"
    SIGNATORY = "signatory"
    SIGNATORY_NO_INTENT = "signatory_no_intent"
    CONTRACTING = "contracting"
    PROVISIONAL = "provisional"
    PARTY = "party"
    PARTY_WITHDRAWING = "party_withdrawing"
    PARTY_SUSPENDED = "party_suspended"
    FORMER_PARTY = "former_party"
    EXTINCT = "extinct"
    DISPUTED = "disputed"


class State(StrEnum):
    """The state of a treaty on a day."""

    NOT_OPEN = "not_open"
    NOT_ADOPTED = "not_adopted"
    ADOPTED_NOT_OPEN = "adopted_not_open"
    OPEN_NOT_IN_FORCE = "open_not_in_force"
    IN_FORCE = "in_force"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


MEMBER = frozenset({Status.PARTY, Status.PARTY_WITHDRAWING, Status.PARTY_SUSPENDED})
"""Statuses of a State for which the treaty is in force (VCLT 2(1)(g)); a suspended one stays a party (72)."""

BOUND = MEMBER | {Status.PROVISIONAL}
"""Statuses in which a State is bound: as a party, or as agreed for provisional application (VCLT 25)."""

NO_MORE = frozenset({State.TERMINATED, State.EXPIRED, State.SUPERSEDED})
"""States in which the treaty binds nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An act moves the status to `to`, from the day `on`.

    It follows from what was done by `known_from` (None: from the act itself),
    and until `known_until`, when a later act made it come out otherwise.
    """

    on: date
    to: Status
    known_from: date | None = None
    known_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one act: the moves it made, by which rule, or why it moved nothing.

    `breach` names the rule that it broke, if that is why (`domain.irregularities`),
    and `behind` the act because of which it did.
    `undone_on` is the day from which its moves count no more (a revoked notice), with the reason.
    """

    act: Act
    moves: tuple[Move, ...] = ()
    effective: date | None = None
    clause: str | None = None
    rule: str | None = None
    counted: str | None = None
    why: str | None = None
    breach: str | None = None
    behind: str | None = None
    source: str | None = None
    undone_on: date | None = None
    findings: tuple["Finding", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a reader of the answer should know: a stable name, words, and the act, if it is about one."""

    name: str
    detail: str
    act: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who holds which status to be right, since when, and where that can be read."""

    who: str
    status: Status
    since: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What lies behind a change: acts by id, the rule in words, and what could still stop it."""

    because: tuple[str, ...]
    rule: str
    unless: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of days, half-open, with one status, one set of flags and one set of positions."""

    start: date
    end: date | None
    status: Status
    flags: tuple[str, ...] = ()
    positions: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What keeps the treaty from operating between the party and another, from `start` until `end`."""

    towards: str
    status: str
    start: date
    end: date | None
    because: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The whole course of one party under one treaty: spans that tile the time line, and why."""

    party: str
    spans: tuple[Span, ...]
    periods: tuple[Interval, ...]
    outcomes: tuple[Outcome, ...]
    by_operation: tuple[Outcome, ...] = ()
    relations: tuple[Relation, ...] = ()
    causes: Mapping[date, Cause] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def at(self, day: date) -> Span:
        """The span that holds on the day."""
        return next(span for span in self.spans if span.end is None or day < span.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatySpan:
    """A stretch of days, half-open, with one state of the treaty and one set of flags."""

    start: date
    end: date | None
    state: State
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIntoForce:
    """When the treaty enters into force: as stated by the depositary, and as computed from the deposits.

    `on` is the day that counts; a stated day outranks a computed one, and both are kept.
    `unmade` has those that would have come, had no instrument been taken back on the day `unmade_on` of each.
    """

    on: date | None = None
    condition_met_on: date | None = None
    stated: date | None = None
    computed: date | None = None
    clause: str | None = None
    rule: str | None = None
    counted: str | None = None
    because: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmade: tuple["EntryIntoForce", ...] = ()
    unmade_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForceByNow:
    """The first day on which the record shows a treaty in force: for which party, and by which act."""

    on: date
    party: str
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyEnd:
    """How and when the treaty ends for all: the first day on which it binds nobody."""

    on: date
    state: State
    rule: str
    because: tuple[str, ...] = ()
    unless: str | None = None
    known_from: date = date.min
    known_until: date | None = None
