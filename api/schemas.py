"""The shapes of what is sent and given, for the description of the interface (OpenAPI 3.1)."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from api.problems import MEDIA_TYPE, TYPES
from domain.kinds import Group, PartyRule
from domain.states import State as StateName
from domain.states import Status

Day: TypeAlias = Annotated[str, Field(description="A day, ISO 8601.", examples=["2021-06-16"])]
Doubtful: TypeAlias = Annotated[
    str,
    Field(description="A day, or in EDTF the interval in which it lies.", examples=["2021-06-16"]),
]
Instant: TypeAlias = Annotated[str, Field(description="An instant in UTC, RFC 3339.")]


class Shape(BaseModel):
    """Exactly these keys."""

    model_config = ConfigDict(extra="forbid")


class Record(Shape):
    """The record from which something is given: everything up to a position of the log."""

    position: int = Field(
        description="Entries up to this one are taken into account; 0 is the empty record."
    )
    at: Instant | None = Field(description="When that entry was recorded.")


class Bounded(Shape):
    """The three bounds of the question."""

    as_of: Day
    as_seen: Day | None
    as_recorded: Record


class Claim(Shape):
    """Who holds which status to be right."""

    who: str
    status: Status
    since: Day | None
    source: str | None


class Period(Shape):
    """A span of membership, half-open."""

    from_: Doubtful | None = Field(alias="from")
    until: Doubtful | None


class Proceeding(Shape):
    """A step at home that is still under way on the day and moves nothing between States."""

    act: str
    kind: str
    on: Day
    by: str | None
    note: str | None


class Coming(Shape):
    """A change that already follows from what was done by the day, and what could still stop it."""

    on: Day
    status: Status
    because: list[str]
    rule: str | None
    unless: str | None


class Finding(Shape):
    """Something that a reader of the answer should know."""

    finding: str
    detail: str
    act: str | None
    source: str | None


class Reason(Shape):
    """An act on which the answer rests: its clause, its rule, and how its day was counted."""

    act: str
    kind: str
    on: Day
    effective: Day | None
    clause: str | None
    rule: str | None
    counted: str | None
    source: str | None
    moves_to: Status | None


class Operation(Shape):
    """An effect that follows from a clause with no act of the party."""

    kind: str
    effective: Day | None
    clause: str | None
    rule: str | None
    counted: str | None
    source: str | None
    moves_to: Status | None


class Disregarded(Shape):
    """An act that was looked at and moves nothing on the day, and why."""

    act: str
    kind: str
    on: Day
    why: str | None
    source: str | None


class Reserved(Shape):
    """A reservation as it stands between its author and the other."""

    act: str
    author: str
    standing: Literal["open", "accepted", "accepted_by_silence", "objected", "without_effect"]
    since: Day | None
    because: list[str]
    rule: str
    counted: str | None


class Relation(Shape):
    """Whether the treaty operates between the party and another."""

    party: str
    status: Literal["in_force", "not_in_force", "suspended"]
    since: Day | None
    because: list[str]
    rule: str | None
    reservations: list[Reserved] | None = Field(
        default=None, description="Where it is in force: the reservations of either that stand."
    )


class Flips(Shape):
    """Between which days the answer would be another."""

    from_: Day | None = Field(alias="from")
    until: Day | None


class Territory(Shape):
    """A territory that an act of the pair names: whether it is covered on the day, since when, and until when."""

    territory: str
    covered: bool
    since: Day
    until: Day | None
    because: list[str]


class Answer(Bounded):
    """What one party's position under one treaty was on the day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "treaty": "open-skies",
                    "party": "RUS",
                    "party_name": "Russian Federation",
                    "as_of": "2021-06-16",
                    "as_seen": None,
                    "as_recorded": {"position": 1451, "at": "2026-11-22T12:00:00Z"},
                    "status": "party",
                    "bound": True,
                    "since": "2002-01-01",
                    "until": "2021-06-18",
                    "flags": [],
                    "relation": None,
                    "positions": [],
                    "periods": [{"from": "2002-01-01", "until": "2021-12-18"}],
                    "proceedings": [],
                    "coming": [],
                    "findings": [],
                }
            ]
        },
    )

    treaty: str
    party: str
    party_name: str
    status: Status
    bound: bool | None = Field(
        description="Null where the authorities disagree, or the days leave it open."
    )
    since: Doubtful | None
    until: Doubtful | None
    flags: list[str]
    relation: Relation | None
    positions: list[Claim]
    periods: list[Period]
    proceedings: list[Proceeding]
    coming: list[Coming]
    territories: list[Territory] | None = None
    because: list[Reason] | None = None
    disregarded: list[Disregarded] | None = None
    by_operation: list[Operation] | None = None
    findings: list[Finding]
    certainty: Literal["certain", "possible"] | None = None
    possible: list[Status] | None = None
    flips: Flips | None = None


class RosterLine(Shape):
    """One party's status on the day."""

    party: str
    party_name: str
    status: Status
    bound: bool | None
    since: Doubtful | None
    until: Doubtful | None
    flags: list[str]
    certainty: Literal["certain", "possible"] | None = None
    possible: list[Status] | None = None
    flips: Flips | None = None


class Roster(Bounded):
    """All parties that have a status under the treaty on the day."""

    treaty: str
    counts: dict[Status, int]
    parties: list[RosterLine]
    next: str | None


class EntryIntoForce(Shape):
    """When the treaty entered into force, as stated and as computed, and why."""

    on: Day | None
    condition_met_on: Day | None
    stated: Day | None
    computed: Day | None
    clause: str | None
    rule: str | None
    counted: str | None
    requirements: list[str]
    last: list[str]
    because: list[str]


class TreatyComing(Shape):
    """An end of the treaty that already follows."""

    on: Day
    state: StateName
    because: list[str]
    rule: str | None
    unless: str | None


class State(Bounded):
    """The treaty's own state on the day."""

    treaty: str
    state: StateName
    since: Day | None
    until: Day | None
    flags: list[str]
    counts: dict[Status, int]
    entry_into_force: EntryIntoForce
    coming: list[TreatyComing]
    findings: list[Finding]


class Span(Shape):
    """A stretch of days with one status."""

    from_: Day | None = Field(alias="from")
    until: Day | None
    status: Status
    bound: bool | None
    flags: list[str]
    positions: list[Claim]


class Periods(Bounded):
    """The whole time line of one party."""

    treaty: str
    party: str
    party_name: str
    periods: list[Span]
    next: str | None


class Source(Shape):
    """Where a fact can be read."""

    title: str = Field(min_length=1)
    url: str | None = None
    published: str | None = None
    sha256: str | None = None
    quote: str | None = None


class TreatyLine(Shape):
    """A treaty in a line."""

    treaty: str
    title: str
    state: StateName
    flags: list[str]
    in_force_on: Day | None
    depositaries: list[str]
    identifiers: dict[str, str]


class Treaties(Bounded):
    """A page of the treaties on record."""

    treaties: list[TreatyLine]
    next: str | None


class Version(Shape):
    """Where a version of a definition stands in the record."""

    id: str
    holds_from: Day | None
    position: int
    recorded_at: Instant
    recorded_by: str


class TreatyEntry(Bounded):
    """The version of a treaty's definition that holds on the day."""

    treaty: str
    title: str
    identifiers: dict[str, str]
    depositaries: list[str]
    clauses: dict[str, Any] = Field(
        description="Final clauses as data; their schema is at /v1/schemas/clauses."
    )
    holds_from: Day | None
    note: str | None
    sources: list[Source]
    position: int
    recorded_at: Instant
    recorded_by: str
    stream_version: int
    versions: list[Version]


class PartyLine(Shape):
    """A party in a line."""

    party: str
    party_name: str
    kind: Literal["state", "organisation", "territory", "other"]
    exists: bool = Field(description="Whether it existed on the day.")


class Parties(Bounded):
    """A page of the register."""

    parties: list[PartyLine]
    next: str | None


class PartyEntry(Bounded):
    """One entry of the register, whole."""

    model_config = ConfigDict(extra="allow")

    type: Literal["party"]
    id: str
    party: str
    party_name: str
    position: int
    recorded_at: Instant
    recorded_by: str
    stream_version: int


class PartyTreaty(Shape):
    """The party's status under one treaty on the day."""

    treaty: str
    title: str
    status: Status
    bound: bool | None
    since: Doubtful | None
    until: Doubtful | None
    flags: list[str]
    certainty: Literal["certain", "possible"] | None = None
    possible: list[Status] | None = None
    flips: Flips | None = None


class PartyTreaties(Bounded):
    """All treaties under which the party has a status on the day."""

    party: str
    party_name: str
    counts: dict[Status, int]
    treaties: list[PartyTreaty]
    next: str | None


class ActToRecord(Shape):
    """An act as it is sent. Days are ISO 8601 or EDTF level 1; a party is named by its code or any of its names."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "party": "USA",
                    "kind": "withdrawal_notice",
                    "received": "2020-05-22",
                    "notified": "2020-05-22",
                    "note": "Art. XV(2)",
                    "sources": [{"title": "Note to the depositaries", "published": "2020-05-22"}],
                }
            ]
        },
    )

    type: Literal["act"] = "act"
    id: str | None = Field(
        default=None, description="A UUID; derived from the content if not given."
    )
    treaty: str | None = Field(
        default=None, description="May be left out where the address names it."
    )
    party: str | None = None
    kind: str
    dated: str | None = None
    received: str | None = None
    notified: str | None = None
    effective: str | None = Field(
        default=None, description="What the depositary stated; else the clauses compute it."
    )
    claimed_effective: str | None = None
    sequence: int = Field(default=1, ge=0, le=1_000_000)
    by: str | None = None
    towards: list[str] = []
    territories: list[str] = []
    predecessor: str | None = None
    concerns: str | None = None
    legal_effect: bool | None = None
    contested_by: list[str] = []
    depositary: str | None = None
    reference: str | None = None
    note: str | None = None
    sources: list[Source] = []
    despite: list[str] = Field(
        default=[], description="Rules that the act breaks, knowingly recorded all the same."
    )
    replacement: dict[str, Any] | None = Field(
        default=None, description="In a correction: the act as it should be."
    )


class TreatyToDefine(Shape):
    """A version of a treaty's definition as it is sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "treaty": "cluster-munitions",
                    "title": "Convention on Cluster Munitions",
                    "identifiers": {"unts": "I-47713"},
                    "clauses": {
                        "signature": {"article": "Art. 15", "opens": "2008-12-03"},
                        "withdrawal": {
                            "article": "Art. 20(2)-(3)",
                            "notice": {"n": 6, "unit": "months"},
                        },
                    },
                }
            ]
        },
    )

    type: Literal["treaty"] = "treaty"
    id: str | None = Field(
        default=None, description="A UUID; derived from the content if not given."
    )
    treaty: str = Field(description="The slug: small letters, digits and hyphens.")
    title: str = Field(min_length=1)
    identifiers: dict[str, str] = {}
    depositaries: list[str] = []
    clauses: dict[str, Any] = Field(
        default={}, description="Final clauses as data; their schema is at /v1/schemas/clauses."
    )
    holds_from: str | None = Field(
        default=None, description="The first day of this version; from the beginning if not given."
    )
    note: str | None = None
    sources: list[Source] = []


class NameOfParty(Shape):
    """A name with the days of its use, the last one excluded."""

    name: str = Field(min_length=1)
    formal: str | None = None
    from_: str | None = Field(default=None, alias="from")
    until: str | None = None


class DaysOfParty(Shape):
    """Days from one, inclusive, to another, exclusive."""

    from_: str | None = Field(default=None, alias="from")
    until: str | None = None


class PartyToEnter(Shape):
    """An entry of the register as it is sent; it takes the place of an earlier one for the code."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "party": "SMOM",
                    "kind": "other",
                    "names": [{"name": "Sovereign Order of Malta"}],
                    "aliases": [{"name": "Order of Malta"}],
                }
            ]
        },
    )

    type: Literal["party"] = "party"
    id: str | None = Field(
        default=None, description="A UUID; derived from the content if not given."
    )
    party: str = Field(description="The code: ISO 3166 for States, capitals of our own for others.")
    kind: Literal["state", "organisation", "territory", "other"] = "state"
    names: list[NameOfParty] = Field(min_length=1)
    aliases: list[NameOfParty] = []
    codes: dict[str, str | None] = {}
    existence: list[DaysOfParty] = []
    predecessors: list[str] = []
    successors: list[str] = []
    continues: str | None = Field(
        default=None, description="The code of the entity whose legal person it is."
    )
    not_recognised_by: list[str] = []
    newly_independent: bool | None = Field(
        default=None,
        description="Whether its territory was dependent just before it became a State (VCSST 2(1)(f)).",
    )
    sources: list[Source] = []
    note: str | None = None


class RecordedAct(Shape):
    """An act as it stands in the record."""

    type: Literal["act"]
    id: str
    treaty: str
    party: str | None
    kind: str
    dated: str | None
    received: str | None
    notified: str | None
    effective: str | None
    claimed_effective: str | None
    sequence: int
    by: str | None
    towards: list[str]
    territories: list[str]
    predecessor: str | None
    concerns: str | None
    legal_effect: bool | None
    contested_by: list[str]
    depositary: str | None
    reference: str | None
    note: str | None
    sources: list[Source]
    despite: list[str]
    replacement: dict[str, Any] | None
    position: int
    recorded_at: Instant
    recorded_by: str
    stream_version: int
    attested_by: list[str] = Field(description="Who else vouches for the entry.")


class Acts(Shape):
    """A page of the audit history, in the order of the record."""

    as_recorded: Record
    acts: list[RecordedAct]
    next: str | None


class RecordedActs(Shape):
    """What came of recording several acts as one."""

    acts: list[RecordedAct]
    recorded: int = Field(description="How many of them are new.")
    duplicate: int = Field(description="How many stood in the record already.")


class Correction(Shape):
    """Why an entry is corrected, and the act as it should be, if it should be at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "The date was that of the press release."}]},
    )

    reason: str = Field(
        min_length=1, max_length=20_000, description="Why; it stands in the record."
    )
    dated: str | None = Field(
        default=None, description="The day of the correction; today if not given."
    )
    received: str | None = Field(
        default=None, description="The day the depositary made it, if it is his."
    )
    notified: str | None = Field(default=None, description="The day it was circulated, if it was.")
    by: str | None = None
    sources: list[Source] = []
    replacement: dict[str, Any] | None = None
    despite: list[str] = []


class Attestation(Shape):
    """What is said beside vouching for an entry."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"note": "Seen in the note verbale.", "by": "Treaty Section"}]
        },
    )

    note: str | None = Field(default=None, max_length=20_000)
    by: str | None = Field(
        default=None, description="The office or person, if not the holder of the key."
    )
    sources: list[Source] = []


class KindOfAct(Shape):
    """One kind of act that can be recorded."""

    kind: str
    title: str
    group: Group
    meaning: str
    who: str
    dates: list[str]
    party: PartyRule
    moves_status: bool
    moves: str
    undone_by: str
    source: str


class Kinds(Shape):
    """Every kind of act."""

    kinds: list[KindOfAct]
    next: str | None


class OneQuestion(Shape):
    """One of many questions."""

    treaty: str
    party: str
    as_of: str | None = None
    as_seen: str | None = None
    as_recorded: str | int | None = None
    towards: str | None = None
    explain: bool = False


class Questions(Shape):
    """Up to 10,000 questions at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "queries": [
                        {"treaty": "open-skies", "party": "RUS", "as_of": "2021-06-16"},
                        {
                            "treaty": "open-skies",
                            "party": "RUS",
                            "as_of": "2022-01-01",
                            "as_seen": "2021-06-08",
                        },
                    ]
                }
            ]
        },
    )

    queries: list[OneQuestion] = Field(max_length=10_000)


class Fault(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="allow")

    pointer: str
    detail: str


class Problem(BaseModel):
    """What was refused, and why (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


class Answers(Shape):
    """An answer for each question, in order; where one could not be answered, a problem in its place."""

    answers: list[Answer | Problem]


class Change(Shape):
    """A change of a party's status, or of the treaty's own state where there is no party."""

    on: Day
    treaty: str
    party: str | None
    party_name: str | None
    from_: Status | StateName = Field(alias="from")
    to: Status | StateName
    because: list[str]
    rule: str | None
    unless: str | None
    certainty: Literal["certain", "possible"] | None = None
    outcome: Literal["lies_ahead", "come_about", "moved", "cancelled"] | None = None
    moved_to: Day | None = None
    position: int | None = None
    change: str | None = None
    raised: list[str] | None = None
    lowered: list[str] | None = None


class Changes(Bounded):
    """A page of derived changes, in the order of their days."""

    changes: list[Change]
    next: str | None


class Difference(Shape):
    """How a party stands under two sets of bounds; null where it has no status."""

    party: str
    party_name: str
    before: RosterLine | None
    after: RosterLine | None


class BothStates(Shape):
    """The treaty's own state under two sets of bounds."""

    before: StateName
    after: StateName


class Diff(Shape):
    """Who stands otherwise."""

    treaty: str
    from_: Bounded = Field(alias="from")
    to: Bounded
    state: BothStates
    changes: list[Difference]
    next: None


class Supposition(Shape):
    """Acts that are supposed to be done, and the bounds of the question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "acts": [
                        {
                            "treaty": "open-skies",
                            "party": "POL",
                            "kind": "withdrawal_notice",
                            "received": "2027-01-20",
                        }
                    ],
                    "as_of": "2027-12-31",
                }
            ]
        },
    )

    acts: list[ActToRecord] = Field(max_length=1_000)
    as_of: str | None = None
    as_seen: str | None = None
    as_recorded: str | int | None = None


class Broken(Shape):
    """A rule that a supposed act would break."""

    act: str
    rule: str
    source: str
    detail: str


class WhatIf(Bounded):
    """What would be if the acts were recorded."""

    answers: list[Answer]
    differences: list[dict[str, Any]]
    treaties: list[dict[str, Any]]
    irregular: list[Broken]


class MementoLine(Shape):
    """One state of an answer."""

    position: int
    at: Instant
    address: str


class TimeMap(Shape):
    """The states of the record at which an answer became another."""

    original: str
    timemap: str
    mementos: list[MementoLine]
    next: None


class SubscriptionToMake(Shape):
    """Who is to be told, and of what; what is left out or empty does not restrict."""

    url: str = Field(description="Where webhooks go: an https address of the public internet.")
    description: str | None = Field(default=None, max_length=1_000)
    scheme: Literal["secret", "ed25519"] | None = Field(
        default=None, description="How webhooks are signed; by a shared secret if not given."
    )
    types: list[str] | None = Field(
        default=None,
        description="Of which types: act, treaty, party, key, change.announced, change.came_about, "
        "change.moved, change.cancelled, change for all changes, recall for nothing but recalls.",
    )
    treaties: list[str] | None = None
    parties: list[str] | None = Field(default=None, description="By code or name.")
    kinds: list[str] | None = Field(default=None, description="Kinds of acts.")
    statuses: list[str] | None = Field(default=None, description="To which a change leads.")
    permalinks: list[str] | None = Field(
        default=None, description="Answers that are relied on: told when they become others."
    )
    after: str | int | None = Field(
        default=None,
        description="The id of the event after which to begin, 0 for all; from now on if not given.",
    )


class SubscriptionToChange(Shape):
    """What of a subscription is to become another."""

    url: str | None = None
    description: str | None = None
    state: Literal["active", "paused"] | None = None
    types: list[str] | None = None
    treaties: list[str] | None = None
    parties: list[str] | None = None
    kinds: list[str] | None = None
    statuses: list[str] | None = None
    permalinks: list[str] | None = None


class Subscription(Shape):
    """A subscription, and how far it is served."""

    id: str
    owner: str
    url: str
    description: str | None
    types: list[str]
    treaties: list[str]
    parties: list[str]
    kinds: list[str]
    statuses: list[str]
    permalinks: list[str]
    scheme: Literal["secret", "ed25519"]
    public_key: str | None = Field(description="`whpk_…`, where it is signed by ed25519.")
    secret: str | None = Field(
        description="`whsec_…`, only in the answer that makes or replaces it."
    )
    state: Literal["active", "paused"]
    reason: str | None = Field(description="Why it was paused, if not by you.")
    created_at: Instant
    taken_at: Instant | None = Field(description="When the receiver last took something.")
    failures: int = Field(description="How many attempts in a row have failed.")
    pending: int
    dead: int
    oldest_pending_at: Instant | None


class Subscriptions(Shape):
    """Subscriptions, the oldest first."""

    subscriptions: list[Subscription]
    next: str | None


class Tested(Shape):
    """What is on its way."""

    event: str


class DeliveredEvent(Shape):
    """A webhook, and what came of it."""

    id: str = Field(description="As the receiver sees it in `webhook-id`.")
    event: str
    type: str
    treaty: str | None
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    made_at: Instant
    tried_at: Instant | None
    next_try_at: Instant | None
    status: int | None
    trouble: str | None
    settled_at: Instant | None
    body: dict[str, Any] = Field(description="The CloudEvent.")


class Deliveries(Shape):
    """A page of webhooks in the order in which they were made."""

    webhooks: list[DeliveredEvent]
    next: str | None


class Replay(Shape):
    """Which dead letters to replay; all if not given."""

    ids: list[str] | None = None


class Replayed(Shape):
    """How many are on their way again."""

    replayed: int


class Health(Shape):
    """That the process is alive."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether questions can be answered, and how far the read model is behind the log."""

    status: Literal["ready", "not_ready"]
    schema_current: bool
    position: int | None
    projected: int | None
    lag: int | None
    detail: str | None


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """The declared responses for these types of problem."""
    found: dict[int | str, dict[str, Any]] = {}
    for name in names:
        kind = TYPES[name]
        earlier = found.get(kind.status)
        text = kind.title if earlier is None else f"{earlier['description']}, or: {kind.title}"
        found[kind.status] = {
            "description": text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def lift_shapes(part: Any, shapes: dict[str, Any]) -> None:
    """Move the shapes that a part of the description brings along to where its references lead."""
    if isinstance(part, dict):
        for name, shape in part.pop("$defs", {}).items():
            shapes.setdefault(name, shape)
    for member in list(part.values() if isinstance(part, dict) else part):
        if isinstance(member, dict | list):
            lift_shapes(member, shapes)


REFUSALS_OF_READING = problems(
    "malformed",
    "not-found",
    "unauthenticated",
    "forbidden",
    "not-acceptable",
    "too-many-requests",
    "unavailable",
)
REFUSALS_OF_ASKING_BY_BODY = problems("too-large", "unsupported-media-type", "too-slow")
REFUSALS_OF_RECORDING = problems(
    "malformed",
    "irregular",
    "not-found",
    "changed-meanwhile",
    "key-reused",
    "unauthenticated",
    "forbidden",
    "too-large",
    "unsupported-media-type",
    "too-slow",
    "too-many-requests",
    "full",
    "unavailable",
)
REFUSALS_OF_SUBSCRIBING = problems(
    "malformed",
    "not-found",
    "unauthenticated",
    "forbidden",
    "too-many-requests",
    "unavailable",
)


def one_or_several(shape: type[Shape]) -> dict[str, Any]:
    """The part of a description that says: the body is an object of this shape, or a list of them."""
    one = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    several = {"type": "array", "minItems": 1, "items": one}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": [one, several]}}},
        }
    }
