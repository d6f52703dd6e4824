"""The time line of one party: what its acts amount to, cut into spans with exactly one status each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.acts import Act
from domain.counting import count
from domain.dates import Interval, earliest
from domain.kinds import KINDS, Effect
from domain.leaving import rests
from domain.objections import too_late
from domain.standing import Stretch, Surroundings
from domain.states import (
    MEMBER,
    Cause,
    Claim,
    Course,
    Relation,
    Span,
    State,
    Status,
    TreatyEnd,
)
from domain.status import PartyFold

_OF_MEMBERS = frozenset({"suspension_contested", "rights_suspended", "operation_deemed_suspended"})
"""Flags that are shown of a State only while the treaty is in force for it, or that is in dispute."""

UNLESS_REVOKED = "the notice is revoked before that day (VCLT 68)"
UNLESS_TAKEN_BACK = "the instrument is withdrawn before that day"
UNLESS_REJECTED = "it rejects the amendment in time"
UNLESS_EXTENDED = "the term is extended before that day"
UNLESS_RESUMED = "it resumes operation before that day"


def course_of(fold: PartyFold, around: Surroundings, end: TreatyEnd | None) -> Course:
    """The course of the party, cut short where the treaty ends for all."""
    view = _View(fold, around, end)
    spans = _merged(view.span(start, finish) for start, finish in view.stretches())
    return Course(
        party=fold.party,
        spans=spans,
        periods=view.periods,
        outcomes=tuple(fold.outcomes[act.id] for act in fold.acts if act.id),
        by_operation=(
            *fold.by_operation,
            *(fold.outcomes[act.id] for act in fold.acts if not act.id),
        ),
        relations=_relations(fold, around),
        causes=view.causes(),
        findings=tuple(fold.findings),
    )


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last is not None and _alike(last, span):
            merged[-1] = replace(last, end=span.end)
        else:
            merged.append(span)
    return tuple(merged)


def _alike(one: Span, other: Span) -> bool:
    return (one.status, one.flags, one.positions) == (other.status, other.flags, other.positions)


class _View:
    """Reads a finished fold day by day."""

    def __init__(self, fold: PartyFold, around: Surroundings, end: TreatyEnd | None) -> None:
        self.fold = fold
        self.around = around
        self.end = end
        self.extinct = self._extinct_from()
        self.others = around.other_side_exits(fold.party)
        self.periods = tuple(self._cut(fold.memberships()))
        self.surviving = tuple(self._surviving())
        of_the_treaty = around.dossier.by_party.get(None, ())
        is_amendment = around.dossier.now.opt_out is not None
        self.amended = () if is_amendment else amended_on(of_the_treaty)
        self.amended_for_it = amended_on(fold.acts)

    # --- the days on which anything can change ---

    def stretches(self) -> Sequence[tuple[date, date | None]]:
        """The stretches between the days on which something changes; they tile the time line."""
        days = sorted({date.min, *(day for day in self._days() if day is not None)})
        return list(zip(days, [*days[1:], None], strict=True))

    def _days(self) -> Iterable[date | None]:
        fold = self.fold
        for period in self.periods:
            yield from (period.start, period.end)
        for consent in fold.consents:
            yield from (consent.received, consent.starts, consent.withdrawn)
        for running in fold.exits:
            yield from (running.given, running.war, running.effect, running.stopped)
        for stretch in (*fold.signatures, *fold.provisional, *fold.suspensions, *fold.disputes):
            yield from (stretch.start, stretch.end)
        for _, stretch in fold.flags:
            yield from (stretch.start, stretch.end)
        for _, given, effect in self.others:
            yield from (given, effect)
        for survived in self.surviving:
            yield from (survived.start, survived.end)
        for stretch in fold.no_intent:
            yield from (stretch.start, stretch.end)
        yield from self.amended_for_it
        yield self.extinct
        yield self.end.on if self.end is not None else None

    def _surviving(self) -> Iterable[Interval]:
        """What outlives the end that the other side of a bilateral treaty gave it: it holds both."""
        clause = self.around.dossier.now.withdrawal
        for _, _, effect in self.others:
            if (
                clause is not None
                and clause.survival is not None
                and any(each.end == effect for each in self.periods)
            ):
                period = clause.survival.period
                convention = self.around.dossier.convention
                yield Interval(effect, count(effect, period, convention).day if period else None)

    def _extinct_from(self) -> date | None:
        if self.fold.extinct is not None:
            return self.fold.extinct
        gone = self.around.register.extinct_from(self.fold.party)
        as_seen = self.around.dossier.as_seen
        return gone if gone is not None and (as_seen is None or gone <= as_seen) else None

    def _cut(self, memberships: Iterable[Interval]) -> Iterable[Interval]:
        """The memberships, none longer than the treaty and the State themselves."""
        limits = [
            day for day in (self.extinct, self.end.on if self.end else None) if day is not None
        ]
        for period in memberships:
            ends = [day for day in (period.end, *limits) if day is not None]
            if not ends or period.start < min(ends):
                yield Interval(period.start, min(ends, default=None))

    # --- one stretch ---

    def span(self, start: date, end: date | None) -> Span:
        """The status, flags and positions that hold from the day."""
        status = self.status(start)
        flags, claims = self._flags(start, status)
        if status is Status.DISPUTED:
            claims = self._positions(start)
        return Span(start=start, end=end, status=status, flags=flags, positions=claims)

    def status(self, day: date) -> Status:
        """The one primary status on the day, by precedence."""
        if self.extinct is not None and self.extinct <= day:
            return Status.EXTINCT
        if self.fold.disputes and self._dispute(day) is not None:
            return Status.DISPUTED
        if any(each.holds(day) for each in self.periods):
            return self._as_member(day)
        return self._as_other(day)

    def _as_member(self, day: date) -> Status:
        if self._leaving(day):
            return Status.PARTY_WITHDRAWING
        return Status.PARTY_SUSPENDED if self._suspended(day) else Status.PARTY

    def _leaving(self, day: date) -> bool:
        own = any(each.runs(day) for each in self.fold.exits)
        return own or any(given <= day < effect for _, given, effect in self.others)

    def _suspended(self, day: date) -> bool:
        return any(each.holds(day) and not each.towards for each in self.fold.suspensions)

    def _as_other(self, day: date) -> Status:
        """Not a party on the day: what it is by the acts since its last membership, or once was."""
        left = self._left(day)
        since = left or date.min
        over = self.end is not None and self.end.on <= day
        if not over and any(each.holds(day) for each in self.fold.provisional):
            return Status.PROVISIONAL
        if not over and self.fold.on_deposit(day):
            return Status.CONTRACTING
        signed = [each for each in self.fold.signatures if each.holds(day) and each.start >= since]
        if signed:
            refused = any(each.holds(day) for each in self.fold.no_intent)
            return Status.SIGNATORY_NO_INTENT if refused else Status.SIGNATORY
        return Status.FORMER_PARTY if left is not None else Status.NONE

    def _left(self, day: date) -> date | None:
        """The end of the last membership that is over on the day."""
        ended = [each.end for each in self.periods if each.end is not None and each.end <= day]
        return max(ended, default=None)

    def _dispute(self, day: date) -> Stretch | None:
        held = [each for each in self.fold.disputes if each.holds(day)]
        return held[-1] if held else None

    def _positions(self, day: date) -> tuple[Claim, ...]:
        dispute = self._dispute(day)
        assert dispute is not None  # only asked on a disputed day
        return tuple(self._position(claim, day, dispute) for claim in dispute.claims)

    def _position(self, claim: Claim, day: date, dispute: Stretch) -> Claim:
        """What the claim comes to on the day: an exit that lies ahead is a notice that runs."""
        source = (
            dispute.act.sources[0].title
            if dispute.act is not None and dispute.act.sources
            else None
        )
        if claim.status is Status.FORMER_PARTY and claim.since is not None and day < claim.since:
            return Claim(who=claim.who, status=Status.PARTY_WITHDRAWING, since=None, source=source)
        return replace(claim, source=claim.source or source)

    # --- flags ---

    def _flags(self, day: date, status: Status) -> tuple[tuple[str, ...], tuple[Claim, ...]]:
        flags = set(self._derived(day, status))
        claims: list[Claim] = []
        for name, stretch in self.fold.flags:
            if stretch.holds(day) and self._shown(name, stretch, status):
                flags.add(name)
                claims.extend(stretch.claims)
        ordered = tuple(sorted(flags))
        if not any("contested" in each for each in ordered):
            return ordered, ()
        return ordered, tuple(dict.fromkeys(claims))

    def _shown(self, name: str, stretch: Stretch, status: Status) -> bool:
        if name in _OF_MEMBERS or rests(stretch):
            return status in MEMBER or status is Status.DISPUTED
        if name == "unconfirmed_signature":
            return status is Status.SIGNATORY
        if name == "survival_obligations":
            return status not in MEMBER and status is not Status.PROVISIONAL
        return name != "withdrawal_without_clause" or status not in (Status.PARTY, Status.NONE)

    def _derived(self, day: date, status: Status) -> Iterable[str]:
        if status not in MEMBER and any(each.holds(day) for each in self.surviving):
            yield "survival_obligations"
        if status in MEMBER:
            yield from self._of_member(day, status)
        elif status is Status.FORMER_PARTY:
            if self.end is not None and self.end.on <= day and self._ended_here():
                yield "treaty_expired" if self.end.state is State.EXPIRED else "treaty_terminated"
        else:
            if status is Status.PROVISIONAL and self.fold.on_deposit(day):
                yield "contracting"
            if status is not Status.EXTINCT and self._left(day):
                yield "former_party"

    def _of_member(self, day: date, status: Status) -> Iterable[str]:
        if status is Status.PARTY_WITHDRAWING:
            if self._suspended(day):
                yield "suspended"
            if self._consent_pending(day):
                yield "new_consent_pending"
            if any(each.war and each.war <= day and each.runs(day) for each in self.fold.exits):
                yield "withdrawal_postponed"
        if any(each.holds(day) and each.towards for each in self.fold.suspensions):
            yield "suspended_inter_se"
        if self._as_amended(day):
            yield "as_amended"

    def _as_amended(self, day: date) -> bool:
        """Whether it is a party to the treaty as amended: it joined when an amendment was in force, or that reached it.

        Who was a party before is bound by an amendment only if that is on record for it (VCLT 40(4)-(5)).
        """
        if any(each <= day for each in self.amended_for_it):
            return True
        joined = next(each.start for each in self.periods if each.holds(day))
        return any(each <= joined for each in self.amended)

    def _consent_pending(self, day: date) -> bool:
        member = next((each for each in self.periods if each.holds(day)), None)
        return member is not None and any(
            each.received <= day
            and each.received > member.start
            and (each.withdrawn is None or day < each.withdrawn)
            for each in self.fold.consents
        )

    def _ended_here(self) -> bool:
        assert self.end is not None  # only asked once the treaty has ended
        return any(each.end == self.end.on for each in self.periods)

    # --- what lies behind each change ---

    def causes(self) -> Mapping[date, Cause]:
        """For each day on which the status changes: the acts behind it and what could still stop it."""
        causes: dict[date, Cause] = {}
        for outcome in (*self.fold.outcomes.values(), *self.fold.by_operation):
            for move in outcome.moves:
                if move.known_until is not None or (
                    outcome.undone_on is not None and outcome.undone_on <= move.on
                ):
                    continue
                known = causes.get(move.on)
                acts = (*(known.because if known else ()), *filter(None, [outcome.act.id]))
                rule = outcome.rule or KINDS[outcome.act.kind].title.lower()
                causes[move.on] = Cause(
                    because=tuple(acts), rule=rule, unless=unless(outcome.act, move.to)
                )
        if self.end is not None:
            causes[self.end.on] = Cause(
                because=self.end.because, rule=self.end.rule, unless=self.end.unless
            )
        for act, given, effect in self.others:
            causes.setdefault(given, Cause(because=(act,), rule="the other side's notice"))
            causes.setdefault(
                effect, Cause(because=(act,), rule="the other side's notice", unless=UNLESS_REVOKED)
            )
        return causes


def amended_on(acts: Iterable[Act]) -> tuple[date, ...]:
    """The days from which amendments are in force, as these acts tell."""
    return tuple(
        earliest(act.effective) if act.effective is not None else act.on()
        for act in acts
        if act.kind == "amendment_in_force" and act.legal_effect is not False
    )


def unless(act: Act, to: Status) -> str | None:
    """What could still stop the move that follows from the act, in words."""
    effect = KINDS[act.kind].effect
    if act.kind == "tacit_acceptance" and not act.id:
        return UNLESS_REJECTED
    if effect in (Effect.NOTICE, Effect.EXIT_MOVED) and to is Status.FORMER_PARTY:
        return UNLESS_REVOKED
    if effect in (Effect.CONSENT, Effect.SUCCESSION) and to is Status.PARTY:
        return UNLESS_TAKEN_BACK
    if effect is Effect.SUSPENSION:
        return UNLESS_RESUMED
    return None


# --- relations ---


def _relations(fold: PartyFold, around: Surroundings) -> tuple[Relation, ...]:
    """What keeps the treaty from operating between this party and others, by this party's own acts on file."""
    found = [
        Relation(
            towards=other,
            status="suspended",
            start=stretch.start,
            end=stretch.end,
            because=(stretch.act.id,) if stretch.act else (),
            rule="the operation is suspended between the two (VCLT 57, 60)",
        )
        for stretch in fold.suspensions
        for other in stretch.towards
    ]
    found.extend(_resumed(fold))
    found.extend(_objected(fold, around))
    found.extend(_not_recognised(fold, around))
    return tuple(found)


def _resumed(fold: PartyFold) -> Iterable[Relation]:
    """Those towards whom alone a suspension towards all has ended."""
    for stretch in fold.resumed:
        for other in stretch.towards:
            yield Relation(
                towards=other,
                status="in_force",
                start=stretch.start,
                end=stretch.end,
                because=(stretch.act.id,) if stretch.act else (),
                rule="the operation is resumed between the two (VCLT 72)",
            )


def _objected(fold: PartyFold, around: Surroundings) -> Iterable[Relation]:
    clause = around.dossier.now.objections
    if clause is None or clause.effect == "none":
        return
    for act in fold.acts:
        target = fold.targets.get(act.id)
        if KINDS[act.kind].effect is not Effect.OBJECTION or act.by is None or target is None:
            continue
        if (
            KINDS[target.kind].effect in (Effect.CONSENT, Effect.SUCCESSION)
            and act.legal_effect is not False
            and not too_late(clause, act, target, around.dossier.convention)
        ):
            yield Relation(
                towards=act.by,
                status="not_in_force",
                start=target.on(),
                end=min(
                    filter(
                        None, (fold.withdrawn_objections.get(act.id), _left_after(fold, target))
                    ),
                    default=None,
                ),
                because=(target.id, act.id),
                rule=f"an objection keeps the treaty from entering into force between the two ({clause.article})",
            )


def _left_after(fold: PartyFold, consent: Act) -> date | None:
    """The end of the membership that rests on the consent; an objection to it says nothing of a later one."""
    starts = [each.starts for each in fold.consents if each.act is consent]
    return next(
        (
            each.end
            for each in fold.memberships()
            for start in starts
            if start is not None and each.start <= start and (each.end is None or start < each.end)
        ),
        None,
    )


def _not_recognised(fold: PartyFold, around: Surroundings) -> Iterable[Relation]:
    clause = around.dossier.now.objections
    if clause is None or clause.effect == "none":
        return
    for other in around.register.get(fold.party).not_recognised_by:
        yield Relation(
            towards=other,
            status="not_in_force",
            start=date.min,
            end=None,
            because=(),
            rule="the other does not recognise it as a State",
        )
