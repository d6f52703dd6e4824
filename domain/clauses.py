"""A treaty's final clauses as data: how it enters into force, for whom, how it is left, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from domain.counting import Convention, Period

Certainty: TypeAlias = Literal["seen", "known", "check"]
"""How sure a clause is: read in the text, generally known, or to be checked before it is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What every clause carries: its article, how sure it is, and a remark."""

    article: str
    certainty: Certainty = "known"
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption(Clause):
    """The day on which the text was adopted (VCLT 9); nothing is done under it before."""

    on: date


# --- what must be there before the treaty enters into force (patterns E1 to E11) ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """A number of instruments; of some kinds only, or by members of a group, where named (E1, E5).

    `not_counted` are organisations whose instruments do not count beside those of their members.
    """

    rule: Literal["instruments"] = "instruments"
    count: int
    kinds: tuple[str, ...] = ()
    among: str | None = None
    not_counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The instruments of every party named (E3, E4)."""

    rule: Literal["named"] = "named"
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The instruments of all members of a group, or of a number of them (E5)."""

    rule: Literal["members"] = "members"
    group: str
    at_least: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Parties that together have a share of a weight, in percent (E6)."""

    rule: Literal["share"] = "share"
    weight: str
    percent: str
    more_than: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """A fraction of the parties to a treaty, counted when the clause says (E7).

    `counted` is `each_deposit` for a denominator that moves, or `adoption` for the parties on that day.
    """

    rule: Literal["fraction"] = "fraction"
    numerator: int
    denominator: int
    of: str
    counted: Literal["each_deposit", "adoption"] = "each_deposit"
    at_least: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSignatories:
    """The instruments of every signatory (E2)."""

    rule: Literal["all_signatories"] = "all_signatories"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentInForce:
    """Another treaty must be in force (E10)."""

    rule: Literal["parent_in_force"] = "parent_in_force"
    treaty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The instruments of both sides of a bilateral treaty (E11)."""

    rule: Literal["exchange"] = "exchange"


Requirement: TypeAlias = (
    Instruments | Named | Members | Share | Fraction | AllSignatories | ParentInForce | Exchange
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBefore:
    """A wait from the opening for signature or the adoption (E9)."""

    period: Period
    counted_from: Literal["opening", "adoption"] = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the depositary stated of the treaty's entry into force; it outranks what is computed."""

    on: date
    condition_met_on: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIntoForce(Clause):
    """When the treaty enters into force (VCLT 24(1)-(2))."""

    all_of: tuple[Requirement, ...] = ()
    delay: Period | None = None
    not_before: NotBefore | None = None
    fixed_day: date | None = None
    stated: Stated | None = None


# --- for a party ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDelay:
    """How long a consent given later takes to bind; `kinds` empty means every kind.

    Where others may object first, `objection_period` runs from the day the depositary notified them.
    """

    kinds: tuple[str, ...] = ()
    delay: Period | None = None
    objection_period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyEntryIntoForce(Clause):
    """When the treaty enters into force for a State that consents later (VCLT 24(3))."""

    delays: tuple[PartyDelay, ...] = ()
    at_once_in_conflict: bool = False
    before_treaty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature(Clause):
    """Who may sign and until when; after closing a State accedes (VCLT 15).

    `needed_to_ratify` false lets every State ratify, accept or approve without having signed.
    """

    opens: date | None = None
    closes: date | None = None
    closes_at_entry_into_force: bool = False
    needed_to_ratify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Accession(Clause):
    """Whether others may join, from when, and by whose approval.

    An accession without an `organ_approval` of the organ `approval_by` on record is told as a finding.
    """

    open: Literal["always", "after_closing", "after_entry_into_force", "never"] = "always"
    approval_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What outlives an exit: for a period from the exit, or without end."""

    article: str
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionalApplication(Clause):
    """Provisional application (VCLT 25); in part only, it gives no party a status of its own."""

    begins: Literal["signature", "declaration"] = "declaration"
    whole: bool = True
    declined_by: tuple[str, ...] = ()
    notice: Period | None = None
    survival: Survival | None = None


# --- leaving (patterns W0 to W15) ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Earliest:
    """The time that must pass before a notice may be given (W3)."""

    period: Period
    counted_from: Literal["party_entry_into_force", "treaty_entry_into_force"] = (
        "party_entry_into_force"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms that renew themselves; one leaves at the end of a term, with a notice that leads it (W6)."""

    first: Period
    further: Period
    lead: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriods:
    """Stretches of time in which alone a notice may be given, counted from the treaty's entry into force (W6)."""

    first_after: Period
    length: Period
    every: Period
    counted_from: Literal["party_entry_into_force", "treaty_entry_into_force"] = (
        "treaty_entry_into_force"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedExit:
    """A day of the calendar on which one leaves, if the notice came by the cut-off (W4).

    `years_after_cutoff` counts from the year of the first cut-off on or after the notice.
    `at_end_of_day` keeps the party bound on the day itself.
    """

    month: int
    day: int
    cutoff_month: int
    cutoff_day: int
    years_after_cutoff: int = 0
    at_end_of_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Convene:
    """A conference of the parties that a notice sets in motion, between two periods after its receipt (W10)."""

    earliest: Period
    latest: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Clause):
    """How the treaty is left (VCLT 54-56, 65-68).

    `basis` is `clause`, `general_law` where the treaty is silent (VCLT 56) or `excluded` where no exit is admitted.
    `follow_within` lets the others leave on the same day if they give notice that soon after another's (W11).
    """

    basis: Literal["clause", "general_law", "excluded"] = "clause"
    notice: Period | None = None
    later_day_allowed: bool = False
    earliest: Earliest | None = None
    terms: Terms | None = None
    open_periods: OpenPeriods | None = None
    fixed_exit: FixedExit | None = None
    follow_within: Period | None = None
    conflict_bar: bool = False
    conditions: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    convene: Convene | None = None
    negotiated: bool = False
    with_parent: tuple[str, ...] = ()
    by_revising: tuple[str, ...] = ()
    survival: Survival | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Clause):
    """How the treaty ends: a term from its entry into force, or too few parties (VCLT 54-55)."""

    term: Period | None = None
    minimum_parties: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections(Clause):
    """What an objection to a consent does between the two, and within which time from its notification."""

    effect: Literal["not_in_force_between", "none"] = "none"
    within: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservations(Clause):
    """Conditions on consent with a reservation (VCLT 19-20).

    `accepted_by` names the organ without whose acceptance the consent has no effect (VCLT 20(3)).
    `barred_by_share` of the parties objecting within `objections_within` defeats the reservation.
    """

    allowed: bool = True
    accepted_by: str | None = None
    barred_by_share: tuple[int, int] | None = None
    objections_within: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension(Clause):
    """Whether the treaty itself provides for suspension (VCLT 57(a))."""

    provided: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut(Clause):
    """An amendment that binds all who do not reject it in time, counted from its notification (E12)."""

    reject_within: Period
    effective_after: Period
    addressees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A set of parties that a clause refers to, with where the list is from."""

    title: str
    parties: tuple[str, ...]
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a clause weighs parties by; `shares` are decimal numbers as text, `total` their whole."""

    title: str
    total: str
    shares: Mapping[str, str]
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """All final clauses of one treaty, as far as they are known; an absent clause is not guessed at."""

    counting: Convention | None = None
    bilateral: tuple[str, ...] = ()
    parent: str | None = None
    adoption: Adoption | None = None
    signature: Signature | None = None
    accession: Accession | None = None
    entry_into_force: EntryIntoForce | None = None
    party_entry_into_force: PartyEntryIntoForce | None = None
    provisional_application: ProvisionalApplication | None = None
    reservations: Reservations | None = None
    objections: Objections | None = None
    suspension: Suspension | None = None
    withdrawal: Withdrawal | None = None
    duration: Duration | None = None
    opt_out: OptOut | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    weights: Mapping[str, Weight] = field(default_factory=dict)
