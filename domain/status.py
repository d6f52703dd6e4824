"""The fold of one party: its acts in order become consents, exits, suspensions and disputes, and what came of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, assert_never

from domain.acts import Act
from domain.clauses import Clauses
from domain.consents import InForce, differing, in_force
from domain.counting import Period, count
from domain.dates import Interval, day_after, earliest, in_words
from domain.dossier import Dossier
from domain.exits import ExitDay, Notice, exit_day
from domain.kinds import KINDS, Effect, Group
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
    postponed: bool = False
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


class PartyFold:
    """Reads one party's acts once, in order, and holds what they amount to.

    Nothing here refuses: an act that breaks a rule is kept, with the reason why it moved nothing.
    """

    def __init__(self, party: str, acts: Sequence[Act], around: Surroundings) -> None:
        """Fold the acts, which are in order."""
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
        self.flags: list[tuple[str, Stretch]] = []
        self.disputes: list[Stretch] = []
        self.conflicts: list[Stretch] = []
        self.rivalries: list[Stretch] = []
        self.in_suspense: list[tuple[Act, Stretch]] = []
        self.extinct: date | None = None
        self._movers: list[Act] = []
        self.findings: list[Finding] = []
        self._survey()
        self._bilateral_consent()
        for act in acts:
            self._evolve(act)
        self._by_operation()
        self._close()
        del self.around  # a finished fold may outlive it (TreatyFold.with_acts)

    # --- what the acts amount to ---

    def memberships(self) -> list[Interval]:
        """The spans of being bound as a party, in order; one that follows at once is a period of its own."""
        spans: list[Interval] = []
        for consent in sorted(
            self._in_force(), key=lambda each: (each.starts or date.max, each.received)
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

    def _in_force(self) -> list[Consent]:
        return [
            each
            for each in self.consents
            if each.starts is not None and (each.withdrawn is None or each.withdrawn > each.starts)
        ]

    def _ending(self, start: date) -> date | None:
        effects = [each.effect for each in self.exits if each.counts() and each.effect is not None]
        return min((effect for effect in effects if effect > start), default=None)

    # --- first look: what later acts say of earlier ones ---

    def _survey(self) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.accepted: dict[str, Act] = {}
        self.contested: dict[str, list[Act]] = {}
        self.withdrawn_objections: dict[str, date] = {}
        for act in self.acts if self.targets else ():
            target = self.targets.get(act.id)
            if target is not None:
                self._judge(act, target)

    def _judge(self, act: Act, target: Act) -> None:
        match KINDS[act.kind].effect:
            case Effect.REJECTION:
                self.verdicts[target.id] = Verdict(void=True, settled=act.on(), by=act)
            case Effect.RULING if act.kind != "treaty_body_determination" or _fixes(act):
                stated = earliest(act.effective) if act.effective is not None else None
                void = act.legal_effect is False
                self.verdicts[target.id] = Verdict(
                    void=void, settled=act.on(), effective=stated, by=act
                )
            case Effect.RESERVATION_ACCEPTED:
                self.accepted[target.id] = act
            case Effect.DISPUTE | Effect.OBJECTION:
                self.contested.setdefault(target.id, []).append(act)
            case Effect.OBJECTION_WITHDRAWN:
                self.withdrawn_objections[target.id] = act.on()
            case _:
                pass

    def _verdict(self, act: Act) -> Verdict:
        found = self.verdicts.get(act.id, NO_VERDICT) if self.verdicts else NO_VERDICT
        if act.legal_effect is False and not found.void and found.by is None:
            return Verdict(void=True)
        return found

    def _bilateral_consent(self) -> None:
        """A bilateral treaty in force binds both sides, also the one whose instrument is not on record (VCLT 24)."""
        dossier, entry = self.around.dossier, self.around.entry()
        if self.party not in dossier.now.bilateral or entry.on is None:
            return
        if any(KINDS[act.kind].effect in (Effect.CONSENT, Effect.SUCCESSION) for act in self.acts):
            return
        marker = Act(id="", treaty=dossier.treaty, kind="exchange_of_instruments", party=self.party)
        self.consents.append(Consent(act=marker, received=entry.on, starts=entry.on))
        self.by_operation.append(
            Outcome(
                act=marker,
                moves=(Move(on=entry.on, to=Status.PARTY),),
                effective=entry.on,
                clause=entry.clause,
                rule="a bilateral treaty in force binds both sides",
                source="VCLT 24",
            )
        )

    # --- one act after the other ---

    def _evolve(self, act: Act) -> None:  # noqa: C901, PLR0912 (one case for each effect)
        match KINDS[act.kind].effect:
            case Effect.NONE:
                self._inert(act)
            case Effect.SIGNATURE:
                self._sign(act)
            case Effect.SIGNATURE_CONFIRMED:
                self._confirm(act)
            case Effect.CONSENT | Effect.OPT_OUT_WITHDRAWN:
                self._consent(act)
            case Effect.CONSENT_WITHDRAWN:
                self._withdraw_consent(act)
            case Effect.NO_INTENT:
                self._no_intent(act)
            case Effect.PROVISIONAL_START:
                self._provisional_start(act)
            case Effect.PROVISIONAL_END:
                self._provisional_end(act)
            case Effect.SUSPENSION:
                self._suspend(act)
            case Effect.RESUMPTION:
                self._resume(act)
            case Effect.NOTICE:
                self._notice(act)
            case Effect.NOTICE_SUSPENDED | Effect.NOTICE_REVOKED:
                self._stop(act)
            case Effect.EXIT_MOVED:
                self._move_exit(act)
            case Effect.CESSATION:
                self._cease(act)
            case Effect.SUCCESSION:
                self._succeed(act)
            case Effect.SUCCESSION_TO_SIGNATURE:
                self._succeed_to_signature(act)
            case Effect.EXTINCTION:
                self._extinguish(act)
            case Effect.SUSPENSION_CLAIMED | Effect.RIGHTS_SUSPENDED | Effect.RIGHTS_RESTORED:
                self._flag_only(act)
            case Effect.RIVAL_AUTHORITY | Effect.RIVALRY_ENDED:
                self._rivalry(act)
            case Effect.CONFLICT_BEGAN | Effect.CONFLICT_ENDED:
                self._conflict(act)
            case Effect.RESERVATION_ACCEPTED | Effect.OBJECTION | Effect.OBJECTION_WITHDRAWN:
                self._said_by_others(act)
            case Effect.DISPUTE | Effect.REJECTION | Effect.RULING:
                self._said_by_others(act)
            case Effect.INDEPENDENCE | Effect.CONTINUITY | Effect.TERRITORY | Effect.OPT_OUT:
                self._inert(act)
            case Effect.AMENDMENT_NOTIFIED | Effect.RECORD_CORRECTED:
                self._inert(act)
            case (
                Effect.TREATY_ADOPTED
                | Effect.TREATY_OPENED
                | Effect.TREATY_CLOSED
                | Effect.TREATY_CONDITION_MET
                | Effect.TREATY_IN_FORCE
                | Effect.TREATY_PROVISIONAL
                | Effect.TREATY_TERM_EXTENDED
                | Effect.TREATY_ENDED
            ):
                self._of_the_treaty(act)
            case _:
                assert_never(KINDS[act.kind].effect)

    def _clauses(self, act: Act) -> Clauses:
        return self.around.dossier.clauses(act.on())

    def _inert(
        self,
        act: Act,
        why: str | None = None,
        source: str | None = None,
        *,
        breach: str | None = None,
    ) -> None:
        kind = KINDS[act.kind]
        if why is None and kind.group is Group.HOME:
            why, source = INTERNAL_LAW
        self.outcomes[act.id] = Outcome(
            act=act,
            why=why or f"{kind.title.lower()}: {kind.moves}",
            source=source or kind.source,
            breach=breach,
        )

    def _moved(self, act: Act, *moves: Move, found: InForce | None = None, **more: object) -> None:
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
            **more,  # type: ignore[arg-type]  # named fields of Outcome
        )

    def _of_the_treaty(self, act: Act) -> None:
        self._moved(act, Move(on=act.on(), to=Status.FORMER_PARTY)) if KINDS[
            act.kind
        ].effect is Effect.TREATY_ENDED else self._inert(
            act, "an act of the treaty itself, not of a party"
        )

    # --- signature ---

    def _sign(self, act: Act) -> None:
        day = act.on()
        if self._verdict(act).void:
            self._inert(act, "the signature was not accepted", KINDS[act.kind].source)
            return
        self.signatures.append(Stretch(start=day, act=act))
        self._moved(act, Move(on=day, to=Status.SIGNATORY))
        if act.kind == "signature_ad_referendum":
            self.flags.append(("unconfirmed_signature", Stretch(start=day, act=act)))
        clause = self._clauses(act).provisional_application
        if (
            clause is not None
            and clause.begins == "signature"
            and clause.whole
            and self.party not in clause.declined_by
        ):
            self.provisional.append(Stretch(start=day, act=act))
            self.outcomes[act.id] = Outcome(
                act=act,
                moves=(Move(on=day, to=Status.PROVISIONAL),),
                clause=clause.article,
                rule="provisional application from signature",
                source="VCLT 25",
            )

    def _confirm(self, act: Act) -> None:
        target = self.targets.get(act.id)
        if target is None:
            self._inert(
                act, "there is no signature ad referendum to confirm", breach="nothing_to_end"
            )
            return
        for _, stretch in self.flags:
            if stretch.act is target:  # the one flag of a signature: that it is unconfirmed
                stretch.end = stretch.start
        found = InForce(
            day=target.on(), rule="counts from the day of signing", clause="VCLT 12(2)(b)"
        )
        self._moved(act, Move(on=target.on(), to=Status.SIGNATORY), found=found)

    def _no_intent(self, act: Act) -> None:
        day = act.on()
        self.no_intent.append(Stretch(start=day, act=act))
        self._moved(act, Move(on=day, to=Status.SIGNATORY_NO_INTENT))
        if any(each.end is None for each in self.provisional):
            self._end_provisional(act)

    # --- consent ---

    def _consent(self, act: Act) -> None:
        day, verdict = act.on(), self._verdict(act)
        if self._needs_acceptance(act, verdict):
            self._hold_in_suspense(act)
            return
        if verdict.void:
            self.flags.append(
                ("consent_contested", Stretch(start=day, end=verdict.settled, act=act))
            )
            self._inert(
                act, self._void_words(verdict, "the instrument has no effect"), "VCLT 77(1)(d)"
            )
            return
        rival = any(each.holds(day) for each in self.rivalries)
        if (act.contested_by or rival) and act.id not in self.accepted:
            self._dispute_consent(act)
            return
        if self._already_consented(day):
            breach = None if self._another_depositary(act) else "consent_already_given"
            self._inert(
                act,
                "its consent stands already; the earliest deposit counts",
                "VCLT 16",
                breach=breach,
            )
            return
        self._add_consent(act, day, self._in_force_day(act, day))

    def _another_depositary(self, act: Act) -> bool:
        return any(
            each.act.depositary is not None
            and act.depositary is not None
            and each.act.depositary != act.depositary
            for each in self.consents
        )

    def _in_force_day(self, act: Act, received: date) -> InForce:
        verdict = self._verdict(act)
        found = in_force(
            act,
            received,
            entry=self.around.entry(),
            clauses=self._clauses(act),
            convention=self.around.dossier.convention,
            in_conflict=any(each.holds(received) for each in self.conflicts),
        )
        if verdict.effective is None:
            return found
        return InForce(
            day=verdict.effective, clause=found.clause, rule="as ruled", counted=found.counted
        )

    def _add_consent(self, act: Act, received: date, found: InForce) -> None:
        self.consents.append(Consent(act=act, received=received, starts=found.day))
        silent = act.kind == "tacit_acceptance" and not act.id and act.notified is not None
        told = earliest(act.notified) if silent and act.notified is not None else None
        moves = (
            [Move(on=received, to=Status.CONTRACTING, known_from=told)]
            if found.day is None or found.day > received
            else []
        )
        if found.day is not None:
            known = told or self._foreseen(received, found.day)
            moves.append(Move(on=found.day, to=Status.PARTY, known_from=known))
        self._moved(act, *moves, found=found)

    def _foreseen(self, received: date, starts: date) -> date:
        """The day from which the entry into force for the State follows from what was done."""
        entry = self.around.entry()
        if entry.on != starts:
            return received
        return max(received, entry.condition_met_on or entry.on)

    def _already_consented(self, day: date) -> bool:
        """Whether a consent stands on the day, with no exit running from it."""
        member = self.member_on(day)
        if member is not None:
            return not any(each.runs(day) for each in self.exits)
        return any(
            each.received <= day
            and (each.withdrawn is None or day < each.withdrawn)
            and (each.starts is None or day < each.starts)
            for each in self.consents
        )

    def _withdraw_consent(self, act: Act) -> None:
        day, target = act.on(), self.targets.get(act.id)
        standing = [
            each for each in self.consents if each.withdrawn is None and each.received <= day
        ]
        chosen = [each for each in standing if target is None or each.act is target]
        if not chosen:
            self._inert(
                act,
                "there is no instrument on deposit to take back",
                "VCLT 18(b)",
                breach="nothing_to_withdraw",
            )
        elif chosen[-1].starts is not None and chosen[-1].starts <= day:
            self._inert(
                act,
                "the treaty is in force for it: one leaves by notice",
                "VCLT 54",
                breach="already_in_force",
            )
        else:
            chosen[-1].withdrawn = day
            self._undo(chosen[-1].act, day, f"withdrawn on {in_words(day)}")
            self._moved(
                act, Move(on=day, to=Status.SIGNATORY if self._signed(day) else Status.NONE)
            )

    def _signed(self, day: date) -> bool:
        return any(each.holds(day) for each in self.signatures)

    # --- consent that hangs on others ---

    def _needs_acceptance(self, act: Act, verdict: Verdict) -> bool:
        clause = self._clauses(act).reservations
        if clause is None or clause.accepted_by is None or verdict.settled is not None:
            return False
        if act.id in self.accepted and not verdict.void:
            return False
        open_ones = [stretch for _, stretch in self.in_suspense if stretch.end is None]
        return verdict.void or bool(open_ones) or self._reserved(act)

    def _reserved(self, act: Act) -> bool:
        """Whether the instrument came with a reservation that needs acceptance."""
        return any(
            each.kind == "reservation" and (each.concerns == act.id or each.on() == act.on())
            for each in self.acts
        )

    def _hold_in_suspense(self, act: Act) -> None:
        day = act.on()
        clause = self._clauses(act).reservations
        organ = (
            clause.accepted_by
            if clause is not None and clause.accepted_by
            else "the competent organ"
        )
        denied = Status.FORMER_PARTY if self._was_member(day) else Status.NONE
        deniers = act.contested_by or (organ,)
        claims = (
            Claim(who=self.party, status=Status.PARTY, since=day),
            *(Claim(who=who, status=denied) for who in deniers),
        )
        stretch = Stretch(start=day, act=act, claims=claims)
        for _, earlier in self.in_suspense:
            earlier.end = earlier.end or day
        self.in_suspense.append((act, stretch))
        self.disputes.append(stretch)
        rule = f"the reservation needs the acceptance of {organ}"
        found = InForce(day=None, clause=clause.article if clause else None, rule=rule)
        self._moved(act, Move(on=day, to=Status.DISPUTED), found=found)

    def _was_member(self, day: date) -> bool:
        return any(each.end is not None and each.end <= day for each in self.memberships())

    def _dispute_consent(self, act: Act) -> None:
        """A consent by one of two authorities, or denied by others, rewrites nothing before it was given."""
        day = act.on()
        deniers = act.contested_by or ("the other authority",)
        without = self._status_without(day)
        claims = (
            Claim(who=act.by or self.party, status=Status.PARTY, since=self._claimed(act) or day),
            *(Claim(who=who, status=without) for who in deniers),
        )
        settled = self._verdict(act).settled
        if settled is not None:
            self._add_consent(act, day, self._in_force_day(act, day))
            return
        self.disputes.append(Stretch(start=day, act=act, claims=claims))
        found = InForce(day=None, rule="done by one of two authorities, or denied by others")
        self._moved(act, Move(on=day, to=Status.DISPUTED), found=found)

    def _status_without(self, day: date) -> Status:
        if self.member_on(day) is not None:
            return Status.PARTY
        return Status.FORMER_PARTY if self._was_member(day) else Status.NONE

    def _claimed(self, act: Act) -> date | None:
        claimed = act.claimed_effective or act.effective
        return earliest(claimed) if claimed is not None else None

    # --- provisional application ---

    def _provisional_start(self, act: Act) -> None:
        start = earliest(act.effective) if act.effective is not None else act.on()
        if any(each.holds(start) for each in self.provisional):
            self._inert(act, "it applies the treaty provisionally already", "VCLT 25(1)")
            for each in self.provisional:
                if each.holds(start) and each.start == start:
                    self._moved(act, Move(on=start, to=Status.PROVISIONAL))
            return
        self.provisional.append(Stretch(start=start, act=act))
        clause = self._clauses(act).provisional_application
        found = InForce(
            day=start, clause=clause.article if clause else None, rule="provisional application"
        )
        self._moved(act, Move(on=start, to=Status.PROVISIONAL), found=found)

    def _provisional_end(self, act: Act) -> None:
        if not any(each.end is None or each.holds(act.on()) for each in self.provisional):
            self._inert(
                act,
                "it does not apply the treaty provisionally",
                "VCLT 25(2)",
                breach="nothing_to_end",
            )
            return
        found = self._end_provisional(act)
        day = found.day or act.on()
        self._moved(act, Move(on=day, to=self._after_provisional(day)), found=found)

    def _after_provisional(self, day: date) -> Status:
        if any(each.holds(day) for each in self.no_intent):
            return Status.SIGNATORY_NO_INTENT
        return Status.SIGNATORY if self._signed(day) else Status.NONE

    def _end_provisional(self, act: Act) -> InForce:
        day = act.on()
        open_ones = [each for each in self.provisional if each.end is None or each.holds(day)]
        clause = self._clauses(act).provisional_application
        declined = act.kind == "provisional_application_declined"
        found = InForce(day=open_ones[-1].start if declined else day, rule="on receipt")
        if clause is not None and clause.notice is not None and not declined:
            counted = count(day, clause.notice, self.around.dossier.convention)
            found = InForce(
                day=counted.day,
                clause=clause.article,
                rule="end of notice",
                counted=counted.arithmetic,
            )
        if act.effective is not None:
            stated = earliest(act.effective)
            differs = differing(act, stated, found.day)
            found = InForce(
                day=stated,
                clause=found.clause,
                rule=found.rule,
                counted=in_words(stated),
                findings=differs,
            )
        for each in open_ones:
            each.end = max(found.day or day, each.start)
        if clause is not None and clause.survival is not None and not declined:
            self._survive(clause.survival.period, found.day or day, act)
        return found

    # --- suspension ---

    def _suspend(self, act: Act) -> None:
        start = earliest(act.effective) if act.effective is not None else act.on()
        verdict = self._verdict(act)
        claims = self._suspension_claims(act)
        if verdict.void:
            self.flags.append(
                (
                    "suspension_contested",
                    Stretch(start=act.on(), end=verdict.settled, act=act, claims=claims),
                )
            )
            self._inert(
                act, self._void_words(verdict, "the suspension has no effect"), "VCLT 57, 65"
            )
            return
        if self.member_on(start) is None and not self._pending_on(start):
            self._inert(
                act, "not a party on that day: nothing to suspend", "VCLT 57", breach="not_a_party"
            )
            return
        self.suspensions.append(
            Stretch(start=verdict.effective or start, act=act, towards=act.towards, claims=claims)
        )
        rule = f"towards {', '.join(act.towards)} only" if act.towards else "towards all"
        move = () if act.towards else (Move(on=start, to=Status.PARTY_SUSPENDED),)
        found = InForce(day=verdict.effective or start, rule=rule)
        self._moved(act, *(move or (Move(on=start, to=Status.PARTY),)), found=found)
        self._contest_suspension(act, start, claims)

    def _pending_on(self, day: date) -> bool:
        return any(each.starts is not None and each.starts <= day for each in self.consents)

    def _suspension_claims(self, act: Act) -> tuple[Claim, ...]:
        deniers = [
            *act.contested_by,
            *(each.by or "an objecting State" for each in self.contested.get(act.id, ())),
        ]
        own = Claim(who=self.party, status=Status.PARTY_SUSPENDED, since=act.on())
        return (own, *(Claim(who=who, status=Status.PARTY) for who in dict.fromkeys(deniers)))

    def _contest_suspension(self, act: Act, start: date, claims: tuple[Claim, ...]) -> None:
        if self._verdict(act).settled is not None:
            return
        clauses = self._clauses(act)
        if act.contested_by:
            self.flags.append(
                ("suspension_contested", Stretch(start=start, act=act, claims=claims))
            )
        for denial in self.contested.get(act.id, ()):
            since = max(start, denial.on())
            until = self.withdrawn_objections.get(denial.id)
            self.flags.append(
                ("suspension_contested", Stretch(start=since, end=until, act=act, claims=claims))
            )
        provided = clauses.suspension is not None and clauses.suspension.provided
        if clauses.bilateral and not provided and not self._other_side_leaves(start):
            other = next(each for each in clauses.bilateral if each != self.party)
            denied = (*claims[:1], Claim(who=other, status=Status.PARTY))
            self.flags.append(
                ("suspension_contested", Stretch(start=start, act=act, claims=denied))
            )

    def _other_side_leaves(self, day: date) -> bool:
        """Whether a notice of either side runs, so that the suspension only stands in for the notice period."""
        noticed = [each.on() for each in self.acts if KINDS[each.kind].effect is Effect.NOTICE]
        return any(
            given <= day for given in (*noticed, *self.around.other_side_notices(self.party))
        )

    def _resume(self, act: Act) -> None:
        day = earliest(act.effective) if act.effective is not None else act.on()
        target = self.targets.get(act.id)
        ended = False
        for stretch in (
            *self.suspensions,
            *(each for name, each in self.flags if name == "suspension_contested"),
        ):
            named = act.concerns is None or stretch.act is target
            if named and stretch.end is None and stretch.start <= day and _covers(act, stretch):
                stretch.end = day
                ended = True
        if ended:
            self._moved(act, Move(on=day, to=Status.PARTY))
        else:
            self._inert(act, "there is no suspension to end", "VCLT 72", breach="nothing_to_end")

    def _flag_only(self, act: Act) -> None:
        day = act.on()
        match KINDS[act.kind].effect:
            case Effect.SUSPENSION_CLAIMED:
                claims = self._suspension_claims(act)
                if len(claims) == 1:
                    claims = (*claims, Claim(who="the other parties", status=Status.PARTY))
                settled = self._verdict(act).settled
                self.flags.append(
                    (
                        "suspension_contested",
                        Stretch(start=day, end=settled, act=act, claims=claims),
                    )
                )
                self._inert(
                    act,
                    "a suspension that the treaty does not admit moves nothing; it is contested",
                    "VCLT 57",
                )
            case Effect.RIGHTS_SUSPENDED:
                start = earliest(act.effective) if act.effective is not None else day
                self.flags.append(("rights_suspended", Stretch(start=start, act=act)))
                self._inert(act, "rights of membership are suspended; the State stays a party")
            case _:
                for name, stretch in self.flags:
                    if name == "rights_suspended" and stretch.end is None:
                        stretch.end = day
                self._inert(act, "rights of membership are restored")

    # --- leaving ---

    def _notice(self, act: Act) -> None:
        day, verdict = act.on(), self._verdict(act)
        if verdict.void:
            self._contest_withdrawal(act, day, verdict.settled)
            self._inert(act, self._void_words(verdict, "the notice has no effect"), "VCLT 54, 56")
            return
        member = self.member_on(day)
        if member is None:
            self._inert(
                act,
                "not a party on that day: there is nothing to leave",
                "VCLT 54",
                breach="not_a_party",
            )
            return
        running = [each.act for each in self.exits if each.runs(day)]
        if running:
            elsewhere = any(each and each.depositary != act.depositary for each in running)
            breach = None if elsewhere else "notice_already_running"
            self._inert(act, "a notice runs already", "VCLT 54", breach=breach)
            return
        self._give_notice(act, day, member, verdict)

    def _give_notice(self, act: Act, day: date, member: Interval, verdict: Verdict) -> None:
        clause = self._clauses(act).withdrawal
        found = exit_day(
            clause, self._notice_facts(act, day, member), self.around.dossier.convention
        )
        stated = verdict.effective or (
            earliest(act.effective) if act.effective is not None else None
        )
        if stated is None and found.excluded:
            self._contest_withdrawal(act, day, None)
            self._inert(act, found.rule, "VCLT 56(1)", breach="withdrawal_excluded")
            return
        if stated is None and found.premature_until is not None:
            finding = Finding(
                name="premature_notice", detail=found.rule, act=act.id, source="VCLT 54(a)"
            )
            self._inert(
                act, found.rule, clause.article if clause else None, breach="premature_notice"
            )
            self.findings.append(finding)
            return
        running = self._running(act, day, stated or found.day, found)
        self.exits.append(running)
        self._postpone(running, clause is not None and clause.conflict_bar)
        self._tell_notice(act, running, found, stated)
        self._contest_notice(act, running)

    def _notice_facts(self, act: Act, day: date, member: Interval) -> Notice:
        claimed = earliest(act.claimed_effective) if act.claimed_effective is not None else None
        return Notice(
            received=day,
            party_since=member.start,
            treaty_since=self.around.entry().on or member.start,
            later_day=claimed,
            heard=self.around.heard(self.party),
        )

    def _running(self, act: Act, day: date, effect: date | None, found: ExitDay) -> Exit:
        clause = self._clauses(act).withdrawal
        return Exit(
            act=act,
            given=day,
            effect=effect,
            without_clause=clause is not None and clause.basis != "clause",
            claimed=earliest(act.claimed_effective) if act.claimed_effective is not None else None,
            rule=found.rule,
        )

    def _postpone(self, running: Exit, barred: bool) -> None:  # noqa: FBT001 (a fact of the clause)
        """A State in an armed conflict when its notice runs out stays bound until the conflict is over (W8)."""
        if not barred or running.effect is None:
            return
        for began, ended in self._conflict_days():
            due = running.effect
            if due is not None and began <= due and (ended is None or due < ended):
                running.effect, running.postponed = ended, True

    def _conflict_days(self) -> list[tuple[date, date | None]]:
        days: list[tuple[date, date | None]] = []
        for act in self.acts:
            effect = KINDS[act.kind].effect
            if effect is Effect.CONFLICT_BEGAN and (not days or days[-1][1] is not None):
                days.append((act.on(), None))
            elif effect is Effect.CONFLICT_ENDED and days and days[-1][1] is None:
                days[-1] = (days[-1][0], act.on())
        return days

    def _tell_notice(self, act: Act, running: Exit, found: ExitDay, stated: date | None) -> None:
        clause = self._clauses(act).withdrawal
        moves = [Move(on=running.given, to=Status.PARTY_WITHDRAWING)]
        if running.effect is not None:
            moves.append(Move(on=running.effect, to=Status.FORMER_PARTY))
        counted = found.counted
        if stated is not None and stated != found.day:
            counted = f"{in_words(stated)}, as the depositary stated it"
        if running.postponed:
            counted = f"{counted}; postponed to the end of the armed conflict"
        findings = differing(act, stated, found.day) if stated is not None else ()
        told = InForce(
            day=running.effect,
            clause=clause.article if clause else None,
            rule=found.rule,
            counted=counted,
            findings=findings,
        )
        self._moved(act, *moves, found=told)
        if clause is not None and clause.survival is not None and running.effect is not None:
            self._survive(clause.survival.period, running.effect, act)

    def _contest_notice(self, act: Act, running: Exit) -> None:
        if self._verdict(act).settled is not None:
            return
        if running.without_clause:
            self.flags.append(("withdrawal_without_clause", Stretch(start=running.given, act=act)))
        for denial in self.contested.get(act.id, ()):
            if denial.id in self.withdrawn_objections:
                continue
            disputes = KINDS[denial.kind].effect is Effect.DISPUTE or running.without_clause
            running.disputed = running.disputed or disputes
            running.deniers.append(denial.by or "those who deny the effect")
            if not disputes:
                self._contest_withdrawal(act, denial.on(), None)
        running.deniers.extend(act.contested_by)
        if act.contested_by:
            running.disputed = running.disputed or running.without_clause
            self._contest_withdrawal(act, running.given, None)

    def _contest_withdrawal(self, act: Act, start: date, end: date | None) -> None:
        deniers = [
            *act.contested_by,
            *(each.by or "an objecting State" for each in self.contested.get(act.id, ())),
        ]
        claims = (
            Claim(who=self.party, status=Status.FORMER_PARTY, since=self._claimed(act)),
            *(
                Claim(who=who, status=Status.PARTY)
                for who in dict.fromkeys(deniers or ["the depositary"])
            ),
        )
        self.flags.append(
            ("withdrawal_contested", Stretch(start=start, end=end, act=act, claims=claims))
        )

    def _stop(self, act: Act) -> None:
        day, target = act.on(), self.targets.get(act.id)
        running = [
            each for each in self.exits if each.runs(day) and (target is None or each.act is target)
        ]
        revoked = KINDS[act.kind].effect is Effect.NOTICE_REVOKED
        if self._verdict(act).void or not running:
            self._inert(
                act,
                "no notice was running that it could stop",
                "VCLT 68",
                breach="nothing_to_revoke",
            )
            return
        if act.contested_by or (revoked and any(each.holds(day) for each in self.rivalries)):
            running[-1].disputed = True
            running[-1].deniers.append(act.by or self.party)
            self._inert(
                act, "revoked by one of two authorities: the effect is in dispute", "VCLT 68"
            )
            return
        running[-1].stopped = day
        word = "revoked" if revoked else "suspended"
        notice = running[-1].act
        assert notice is not None  # exits by operation of law come after all acts
        self._undo(notice, day, f"{word} on {in_words(day)}, before its effect")
        rule = f"the notice is {word} before its effect"
        self._moved(
            act, Move(on=day, to=Status.PARTY), found=InForce(day=day, clause="VCLT 68", rule=rule)
        )

    def _undo(self, act: Act, day: date, why: str) -> None:
        self.outcomes[act.id] = replace(self.outcomes[act.id], why=why, undone_on=day)

    def _move_exit(self, act: Act) -> None:
        day = act.on()
        running = [each for each in self.exits if each.runs(day)]
        new = earliest(act.effective) if act.effective is not None else None
        if not running or new is None:
            self._inert(
                act,
                "no exit was running whose day it could move",
                "VCLT 54",
                breach="nothing_to_revoke",
            )
            return
        running[-1].effect = new
        for outcome in [
            each for each in self.outcomes.values() if each.act in (running[-1].act, *self._movers)
        ]:
            self._retell(outcome.act, new, day)
        self._movers.append(act)
        found = InForce(
            day=new, rule="the day of exit is moved by agreement", counted=in_words(new)
        )
        self._moved(
            act,
            Move(on=day, to=Status.PARTY_WITHDRAWING),
            Move(on=new, to=Status.FORMER_PARTY),
            found=found,
        )

    def _retell(self, act: Act, new: date, day: date) -> None:
        before = self.outcomes[act.id]
        moves = tuple(
            replace(each, known_until=day)
            if each.to is Status.FORMER_PARTY and each.known_until is None
            else each
            for each in before.moves
        )
        counted = f"{before.counted}; moved by agreement to {in_words(new)}"
        self.outcomes[act.id] = replace(before, moves=moves, effective=new, counted=counted)

    def _cease(self, act: Act) -> None:
        day, verdict = act.on(), self._verdict(act)
        if verdict.void:
            self._inert(act, self._void_words(verdict, "the decision has no effect"))
            return
        effect = verdict.effective or (
            earliest(act.effective) if act.effective is not None else day
        )
        if self.member_on(min(day, effect)) is None and self.member_on(day) is None:
            self._inert(
                act, "not a party on that day: nothing to end", "VCLT 54", breach="not_a_party"
            )
            return
        self.exits.append(Exit(act=act, given=day, effect=effect, rule="membership is ended"))
        moves = [Move(on=day, to=Status.PARTY_WITHDRAWING)] if day < effect else []
        clause = self._clauses(act).withdrawal
        found = InForce(
            day=effect,
            clause=clause.article if clause else None,
            rule="membership is ended by decision",
        )
        self._moved(act, *moves, Move(on=effect, to=Status.FORMER_PARTY), found=found)
        self._contest_notice(act, self.exits[-1])
        if clause is not None and clause.survival is not None:
            self._survive(clause.survival.period, effect, act)

    def _survive(self, period: object, start: date, act: Act | None) -> None:
        end = (
            count(start, period, self.around.dossier.convention).day
            if isinstance(period, Period)
            else None
        )
        self.flags.append(("survival_obligations", Stretch(start=start, end=end, act=act)))

    # --- who the party is ---

    def _succeed(self, act: Act) -> None:
        verdict = self._verdict(act)
        if verdict.void:
            self._inert(act, self._void_words(verdict, "the succession has no effect"))
            return
        received, succeeded = act.on(), self._date_of_succession(act)
        stated = earliest(act.effective) if act.effective is not None else None
        before = self._predecessor(act, succeeded)
        ended = self.around.register.get(act.predecessor or "").extinct_from()
        if (
            before.on_file
            and before.status not in _PASSES
            and ended is not None
            and ended <= received
        ):
            succeeded, before = ended, self._predecessor(act, ended)
        position = self._position(before, stated, received, succeeded)
        self._tell_unknown(act, before)
        match position:
            case Status.PARTY:
                found = InForce(day=stated or succeeded, clause="VCSST 17, 22-23", rule=_SUCCESSION)
                self._add_consent(act, min(received, succeeded), found)
            case Status.CONTRACTING:
                start = min(received, succeeded)
                deposited = before.deposited or start
                entered = self._in_force_day(act, deposited)
                found = InForce(
                    day=entered.day, clause="VCSST 18", rule=_SUCCESSION, counted=entered.counted
                )
                self._add_consent(act, start, found)
            case Status.SIGNATORY:
                self._succeed_to_signature(act)
            case _:
                self._inert(
                    act, "its predecessor had no position that could pass to it", "VCSST 17-18"
                )

    def _predecessor(self, act: Act, succeeded: date) -> Inherited:
        if act.predecessor is None:
            return Inherited(on_file=False, status=Status.NONE)
        return self.around.inherited(act.predecessor, succeeded)

    def _position(
        self, before: Inherited, stated: date | None, received: date, succeeded: date
    ) -> Status:
        """The position that passes; where the predecessor's is not on file, only what follows for certain."""
        entry = self.around.entry().on
        if stated is not None and stated > max(received, succeeded):
            return Status.CONTRACTING
        if stated is not None:
            return Status.PARTY
        if before.on_file:
            return _PASSES.get(before.status, Status.NONE)
        if entry is not None and entry <= max(received, succeeded):
            return Status.PARTY
        consented_itself = self._signed(received) or self._consents_after(received)
        return Status.SIGNATORY if consented_itself else Status.CONTRACTING

    def _consents_after(self, day: date) -> bool:
        """Whether an instrument of its own follows, which shows that none had passed to it."""
        return any(
            KINDS[each.kind].effect is Effect.CONSENT
            and each.on() > day
            and each.legal_effect is not False
            for each in self.acts
        )

    def _tell_unknown(self, act: Act, before: Inherited) -> None:
        if act.predecessor is not None and not before.on_file:
            detail = f"no act of the predecessor {act.predecessor} is on record; its position is presumed"
            self.findings.append(
                Finding(
                    name="predecessor_not_on_record",
                    detail=detail,
                    act=act.id,
                    source="VCSST 17-18",
                )
            )

    def _date_of_succession(self, act: Act) -> date:
        received = act.on()
        if act.effective is not None and earliest(act.effective) <= received:
            return earliest(act.effective)
        for earlier in self.acts:
            if KINDS[earlier.kind].effect is Effect.INDEPENDENCE:
                return (
                    earliest(earlier.effective) if earlier.effective is not None else earlier.on()
                )
        existed = self.around.register.get(self.party).existed_from(received)
        if existed is not None and act.predecessor is not None:
            ended = self.around.register.get(act.predecessor).extinct_from()
            return (
                existed if ended is None or ended >= existed else max(existed, min(ended, received))
            )
        return existed or received

    def _succeed_to_signature(self, act: Act) -> None:
        day = min(act.on(), self._date_of_succession(act))
        self.signatures.append(Stretch(start=day, act=act))
        found = InForce(
            day=day, clause="VCSST 18-19", rule="takes its predecessor's place as a signatory"
        )
        self._moved(act, Move(on=day, to=Status.SIGNATORY), found=found)

    def _extinguish(self, act: Act) -> None:
        day = act.on()
        if act.effective is not None:
            day = earliest(act.effective)
        elif act.kind == "state_dissolution":
            day = day_after(day)
        self.extinct = day if self.extinct is None else min(day, self.extinct)
        self._moved(
            act,
            Move(on=day, to=Status.EXTINCT),
            found=InForce(day=day, rule="the State ceases to exist"),
        )

    def _rivalry(self, act: Act) -> None:
        if KINDS[act.kind].effect is Effect.RIVAL_AUTHORITY:
            stretch = Stretch(start=act.on(), act=act)
            self.rivalries.append(stretch)
            self.flags.append(("authority_contested", stretch))
        else:
            for stretch in self.rivalries:
                stretch.end = stretch.end or act.on()
        self._inert(act)

    def _conflict(self, act: Act) -> None:
        if KINDS[act.kind].effect is Effect.CONFLICT_BEGAN:
            self.conflicts.append(Stretch(start=act.on(), act=act))
        else:
            for stretch in self.conflicts:
                stretch.end = stretch.end or act.on()
        self._inert(act)

    # --- what others say ---

    def _said_by_others(self, act: Act) -> None:
        target = self.targets.get(act.id)
        kind = KINDS[act.kind]
        if target is None:
            self._inert(
                act, f"there is no act on record that this {kind.title.lower()} could be about"
            )
            return
        if kind.effect is Effect.RESERVATION_ACCEPTED:
            self._accept(act, target)
            return
        about = f"about the {KINDS[target.kind].title.lower()} of {in_words(target.on())}"
        disputed = any(each.act is target and each.disputed for each in self.exits)
        if kind.effect is Effect.DISPUTE and disputed:
            running = next(each for each in self.exits if each.act is target)
            self._moved(
                act,
                Move(on=max(act.on(), _dispute_starts(running) or act.on()), to=Status.DISPUTED),
                found=InForce(day=_dispute_starts(running), rule=f"{about}: its effect is denied"),
            )
            return
        if (
            kind.effect in (Effect.REJECTION, Effect.RULING)
            and self.verdicts.get(target.id, NO_VERDICT).by is act
        ):
            rule = f"{about}: {'no effect' if self.verdicts[target.id].void else 'its effect is fixed'}"
            self._moved(
                act,
                Move(on=act.on(), to=self._status_without(act.on())),
                found=InForce(day=self.verdicts[target.id].effective, rule=rule),
            )
            return
        self._inert(act, f"{about}: {kind.moves}")

    def _accept(self, act: Act, target: Act) -> None:
        """The organ accepts: the consent that waited takes its effect from its own day (VCLT 20(3))."""
        waiting = [
            stretch
            for held, stretch in self.in_suspense
            if stretch.end is None and held.id != target.id
        ]
        for stretch in waiting:
            stretch.end = target.on()
        self._moved(
            act,
            Move(on=target.on(), to=Status.PARTY),
            found=InForce(day=target.on(), clause="VCLT 20(3)", rule="the reservation is accepted"),
        )

    def _void_words(self, verdict: Verdict, words: str) -> str:
        if verdict.by is None:
            return f"{words}: so it is recorded"
        return f"{words}: {KINDS[verdict.by.kind].title.lower()} of {in_words(verdict.by.on())}"

    # --- effects with no act of the party ---

    def _by_operation(self) -> None:
        self._reject_by_threshold()
        for parent, given, effect in self.around.parent_exits(self.party):
            self._leave_with(given, effect, f"leaving {parent} is leaving this treaty")
        for treaty, day in self.around.revised(self.party):
            self._leave_with(
                day, day, f"{treaty}, which revises this treaty, came into force for it"
            )

    def _leave_with(self, given: date, effect: date, rule: str) -> None:
        member = self.member_on(given)
        if member is None or (member.end is not None and member.end <= effect):
            return
        clause = self.around.dossier.clauses(given).withdrawal
        self.exits.append(Exit(act=None, given=given, effect=effect, rule=rule))
        moves = [Move(on=given, to=Status.PARTY_WITHDRAWING)] if given < effect else []
        moves.append(Move(on=effect, to=Status.FORMER_PARTY))
        marker = Act(
            id="", treaty=self.around.dossier.treaty, kind="withdrawal_by_cascade", party=self.party
        )
        self.by_operation.append(
            Outcome(
                act=marker,
                moves=tuple(moves),
                effective=effect,
                clause=clause.article if clause else None,
                rule=rule,
            )
        )

    def _reject_by_threshold(self) -> None:
        """A reservation that too many object to in time defeats the consent to which it belongs (VCLT 20; clause)."""
        for consent in self.consents:
            clause = self._clauses(consent.act).reservations
            if clause is None or clause.barred_by_share is None or not self._reserved(consent.act):
                continue
            objectors = self._objectors(consent, clause.objections_within)
            numerator, denominator = clause.barred_by_share
            parties = self.around.parties_apart(consent.received)
            if parties and len(objectors) * denominator >= numerator * parties:
                day = sorted(objectors.values())[-(-numerator * parties // denominator) - 1]
                consent.withdrawn = day
                consent.starts = None
                self._undo(
                    consent.act, day, "so many parties objected that the reservation is barred"
                )

    def _objectors(self, consent: Consent, within: object) -> dict[str, date]:
        known = consent.act.known_from()
        start = earliest(known) if known is not None else consent.received
        deadline = (
            count(start, within, self.around.dossier.convention).day
            if isinstance(within, Period)
            else date.max
        )
        return {
            act.by: act.on()
            for act in self.acts
            if KINDS[act.kind].effect is Effect.OBJECTION
            and act.by is not None
            and consent.received <= act.on() <= deadline
            and act.id not in self.withdrawn_objections
        }

    # --- last: what ends what ---

    def _close(self) -> None:
        starts = [each.starts for each in self._in_force() if each.starts is not None]
        for stretch in self.provisional:
            entered = min((day for day in starts if day >= stretch.start), default=None)
            if entered is not None and (stretch.end is None or entered < stretch.end):
                stretch.end = entered
        for running in self.exits:
            self._dispute_exit(running)
        for dispute in self.disputes:
            later = [day for day in starts if day >= dispute.start and self._settles(day, dispute)]
            if dispute.end is None and later:
                dispute.end = min(later)
        for refusal in self.no_intent:
            refusal.end = self._consented_after(refusal.start)

    def _settles(self, day: date, dispute: Stretch) -> bool:
        """Whether a membership that starts on the day rests on an instrument later than the disputed act."""
        return any(
            each.starts == day and dispute.act is not None and each.received > dispute.act.on()
            for each in self._in_force()
        )

    def _consented_after(self, day: date) -> date | None:
        """When the State consented all the same; a letter that it will not ratify does not bar it."""
        later = [each.received for each in self.consents if each.received > day]
        return min(later, default=None)

    def _dispute_exit(self, running: Exit) -> None:
        starts = _dispute_starts(running)
        if not running.disputed or starts is None or running.act is None:
            return
        if running.stopped is not None and running.stopped <= starts:
            return
        claims = [
            Claim(
                who=self.party, status=Status.FORMER_PARTY, since=running.claimed or running.effect
            )
        ]
        if (
            running.claimed is not None
            and running.effect is not None
            and running.claimed != running.effect
        ):
            claims.append(Claim(who=running.rule, status=Status.FORMER_PARTY, since=running.effect))
        claims.extend(Claim(who=who, status=Status.PARTY) for who in dict.fromkeys(running.deniers))
        self.disputes.append(Stretch(start=starts, act=running.act, claims=tuple(claims)))


_SUCCESSION = "takes its predecessor's place from the date of the succession of States"
_PASSES = {
    Status.PARTY: Status.PARTY,
    Status.PARTY_WITHDRAWING: Status.PARTY,
    Status.PARTY_SUSPENDED: Status.PARTY,
    Status.CONTRACTING: Status.CONTRACTING,
    Status.PROVISIONAL: Status.SIGNATORY,
    Status.SIGNATORY: Status.SIGNATORY,
}
"""The position that passes from a predecessor to its successor (VCSST 17-19)."""


def _dispute_starts(running: Exit) -> date | None:
    """The first day on which the readings differ on whether the State is bound."""
    days = [day for day in (running.claimed, running.effect) if day is not None]
    return min(days, default=None)


def _fixes(act: Act) -> bool:
    return act.effective is not None or act.legal_effect is not None


def _covers(act: Act, stretch: Stretch) -> bool:
    return not act.towards or not stretch.towards or set(stretch.towards) <= set(act.towards)
