"""What one party's acts amount to, as far as they have been read: consents, exits, suspensions, disputes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from domain.acts import Act
from domain.clauses import Clauses
from domain.consents import InForce
from domain.counting import Period, count
from domain.dates import Interval, earliest, in_words
from domain.dossier import Dossier
from domain.kinds import KINDS, Group
from domain.parties import Register
from domain.references import references
from domain.states import Claim, EntryIntoForce, Finding, Move, Outcome, Status

INTERNAL_LAW = ("a step of domestic law moves nothing in treaty law", "VCLT 27, 46")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """The position of a predecessor on the day of the succession; `on_file` tells whether any act of it is known."""

    on_file: bool
    status: Status
    deposited: date | None = None
    deposit: Act | None = None


class Surroundings(Protocol):
    """What the fold of one party needs to know of the treaty and of the others."""

    dossier: Dossier
    register: Register

    def entry(self) -> EntryIntoForce:
        """The entry into force of the treaty."""
        ...

    def inherited(self, predecessor: str, on: date) -> Inherited:
        """The position of a predecessor just before the day."""
        ...

    def heard(self, party: str) -> Sequence[tuple[date, date]]:
        """The other parties' notices: when each was circulated, and the exit to which it leads."""
        ...

    def parent_exits(self, party: str) -> Sequence[tuple[str, date, date]]:
        """The party's exits from the parents whose exit carries it out of this treaty: parent, notice, exit."""
        ...

    def revised(self, party: str) -> Sequence[tuple[str, date]]:
        """The revising treaties that came into force for the party, and when."""
        ...

    def other_side_notices(self, party: str) -> Sequence[date]:
        """In a bilateral treaty, the days of the other side's notices."""
        ...

    def other_side_exits(self, party: str) -> Sequence[tuple[str, date, date]]:
        """In a bilateral treaty, the other side's notices that run: act, notice, exit."""
        ...

    def parties_apart(self, on: date) -> int:
        """How many parties the treaty has on the day, had no reservation been defeated."""
        ...


@dataclass(kw_only=True)
class Consent:
    """A consent to be bound: contracting from `received`, in force from `starts` unless withdrawn before."""

    act: Act
    received: date
    starts: date | None
    withdrawn: date | None = None


@dataclass(kw_only=True)
class Exit:
    """A notice or a decision that ends a membership: running from `given`, effective on `effect` unless stopped."""

    act: Act | None
    given: date
    effect: date | None
    stopped: date | None = None
    without_clause: bool = False
    due: date | None = None
    """The day on which it would have taken effect, were it not for an armed conflict."""
    war: date | None = None
    """The day on which that conflict began."""
    disputed: bool = False
    claimed: date | None = None
    deniers: list[str] = field(default_factory=list)
    rule: str = ""

    def runs(self, on: date) -> bool:
        """Whether it has been given and has neither taken effect nor been stopped."""
        ends = [day for day in (self.effect, self.stopped) if day is not None]
        return self.given <= on and (not ends or on < min(ends))

    def counts(self) -> bool:
        """Whether it takes effect at all."""
        return self.effect is not None and (self.stopped is None or self.stopped >= self.effect)


@dataclass(kw_only=True)
class Stretch:
    """Something that holds from `start` until `end`: a flag, a suspension, provisional application, a dispute."""

    start: date
    end: date | None = None
    act: Act | None = None
    towards: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()

    def holds(self, on: date) -> bool:
        """Whether it holds on the day."""
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What others have said of an act: it has no effect (`void`), or a fixed one, settled on a day."""

    void: bool = False
    settled: date | None = None
    effective: date | None = None
    by: Act | None = None


NO_VERDICT = Verdict()


class Standing:
    """What the acts of one party amount to, as far as they have been read.

    Nothing here refuses: an act that breaks a rule is kept, with the reason why it moved nothing.
    """

    def __init__(self, party: str, acts: Sequence[Act], around: Surroundings) -> None:
        """Begin with nothing; the acts are in order."""
        self.party = party
        self.acts = acts
        self.around = around
        self.targets: Mapping[str, Act] = references(acts)
        self.by_operation: list[Outcome] = []
        self.outcomes: dict[str, Outcome] = {}
        self.signatures: list[Stretch] = []
        self.no_intent: list[Stretch] = []
        self.consents: list[Consent] = []
        self.exits: list[Exit] = []
        self.provisional: list[Stretch] = []
        self.suspensions: list[Stretch] = []
        self.resumed: list[Stretch] = []
        self.flags: list[tuple[str, Stretch]] = []
        self.disputes: list[Stretch] = []
        self.conflicts: list[Stretch] = []
        self.rivalries: list[Stretch] = []
        self.in_suspense: list[tuple[Act, Stretch]] = []
        self.extinct: date | None = None
        self.movers: list[Act] = []
        self.findings: list[Finding] = []
        self.verdicts: dict[str, Verdict] = {}
        self.accepted: dict[str, Act] = {}
        self.contested: dict[str, list[Act]] = {}
        self.withdrawn_objections: dict[str, date] = {}

    def consents_in_force(self) -> list[Consent]:
        """The consents that bring the treaty into force for the State at some time."""
        return [
            each
            for each in self.consents
            if each.starts is not None and (each.withdrawn is None or each.withdrawn > each.starts)
        ]

    def _ending(self, start: date) -> date | None:
        if not self.exits:
            return None
        effects = [each.effect for each in self.exits if each.counts() and each.effect is not None]
        return min((effect for effect in effects if effect > start), default=None)

    def verdict(self, act: Act) -> Verdict:
        """What others have said of the act, or what is recorded of it from the start."""
        found = self.verdicts.get(act.id, NO_VERDICT) if self.verdicts else NO_VERDICT
        if act.legal_effect is False and not found.void and found.by is None:
            return Verdict(void=True)
        return found

    def clauses(self, act: Act) -> Clauses:
        """The clauses that held on the day of the act."""
        return self.around.dossier.clauses(act.on())

    def inert(
        self,
        act: Act,
        why: str | None = None,
        source: str | None = None,
        *,
        breach: str | None = None,
        behind: Act | None = None,
    ) -> None:
        """Tell that the act moves nothing, why, and which rule it breaks, if that is the reason."""
        kind = KINDS[act.kind]
        if why is None and kind.group is Group.HOME:
            why, source = INTERNAL_LAW
        self.outcomes[act.id] = Outcome(
            act=act,
            why=why or f"{kind.title.lower()}: {kind.moves}",
            source=source or kind.source,
            breach=breach,
            behind=behind.id if behind is not None else None,
        )

    def moved(self, act: Act, *moves: Move, found: InForce | None = None) -> None:
        """Tell what the act moves, and how its day was found."""
        found = found or InForce(day=None)
        self.outcomes[act.id] = Outcome(
            act=act,
            moves=moves,
            effective=found.day,
            clause=found.clause,
            rule=found.rule,
            counted=found.counted,
            findings=found.findings,
            source=KINDS[act.kind].source,
        )

    def undo(self, act: Act, day: date, why: str) -> None:
        """Tell that what the act moved counts no more from the day."""
        self.outcomes[act.id] = replace(self.outcomes[act.id], why=why, undone_on=day)

    def signed(self, day: date) -> bool:
        """Whether a signature stands on the day."""
        return any(each.holds(day) for each in self.signatures)

    def on_deposit(self, day: date) -> bool:
        """Whether a consent lies with the depositary that is not in force for the State yet."""
        return any(
            each.received <= day
            and (each.starts is None or day < each.starts)
            and (each.withdrawn is None or day < each.withdrawn)
            for each in self.consents
        )

    def status_by_now(self, day: date) -> Status:
        """The status on the day by the acts read so far, disputes and provisional application left aside."""
        if self.member_on(day) is not None:
            if any(each.runs(day) for each in self.exits):
                return Status.PARTY_WITHDRAWING
            suspended = any(each.holds(day) and not each.towards for each in self.suspensions)
            return Status.PARTY_SUSPENDED if suspended else Status.PARTY
        if self.on_deposit(day):
            return Status.CONTRACTING
        ended = [
            each.end for each in self.memberships() if each.end is not None and each.end <= day
        ]
        left = max(ended, default=date.min)
        if any(each.holds(day) and left <= each.start for each in self.signatures):
            refused = any(each.holds(day) for each in self.no_intent)
            return Status.SIGNATORY_NO_INTENT if refused else Status.SIGNATORY
        return Status.FORMER_PARTY if ended else Status.NONE

    def survive(self, period: object, start: date, act: Act | None) -> None:
        """Raise the flag of what outlives an exit, for the period or without end."""
        end = (
            count(start, period, self.around.dossier.convention).day
            if isinstance(period, Period)
            else None
        )
        self.flags.append(("survival_obligations", Stretch(start=start, end=end, act=act)))

    def memberships(self) -> Sequence[Interval]:
        """The spans of being bound as a party, in order; one that follows at once is a period of its own."""
        spans: list[Interval] = []
        if not self.consents:
            return spans
        for consent in sorted(
            self.consents_in_force(), key=lambda each: (each.starts or date.max, each.received)
        ):
            start = consent.starts or date.max
            last = spans[-1] if spans else None
            if last is not None and (last.end is None or start < last.end):
                ending = next(
                    (each for each in self.exits if each.counts() and each.effect == last.end), None
                )
                if last.end is None or ending is None or consent.received < ending.given:
                    continue
                start = last.end
            spans.append(Interval(start, self._ending(start)))
        return spans

    def member_on(self, day: date) -> Interval | None:
        """The membership that holds on the day."""
        return next((each for each in self.memberships() if each.holds(day)), None)


def claimed_day(act: Act) -> date | None:
    """The day on which the author of the act says that it takes effect, or else the stated one."""
    claimed = act.claimed_effective or act.effective
    return earliest(claimed) if claimed is not None else None


def void_words(verdict: Verdict, words: str) -> str:
    """The words, and who found that the act has no effect."""
    if verdict.by is None:
        return f"{words}: so it is recorded"
    return f"{words}: {KINDS[verdict.by.kind].title.lower()} of {in_words(verdict.by.on())}"
