"""The fold of one party: its acts in order become consents, exits, suspensions and disputes, and what came of each."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from domain.acts import Act
from domain.consenting import consent, consent_by_exchange, reject_by_threshold, withdraw_consent
from domain.dates import Interval
from domain.kinds import KINDS, Effect
from domain.leaving import (
    cease,
    dispute_exit,
    find_conflicts,
    leave,
    leave_with,
    move_exit,
    rests,
    stop_notice,
)
from domain.provisional import apply_provisionally, stop_applying
from domain.signing import confirm, declare_no_intent, sign
from domain.standing import Exit, Standing, Stretch, Surroundings
from domain.states import Move, Status
from domain.succeeding import extinguish, rivalry, succeed, succeed_to_signature
from domain.suspending import flag_only, resume, suspend
from domain.verdicts import disagree, said_by_others, survey


class PartyFold(Standing):
    """Reads one party's acts once, in order, and holds what they amount to."""

    def __init__(self, party: str, acts: Sequence[Act], around: Surroundings) -> None:
        """Fold the acts, which are in order."""
        super().__init__(party, acts, around)
        self._spans: Sequence[Interval] | None = None
        survey(self)
        find_conflicts(self)
        consent_by_exchange(self)
        for act in acts:
            self._evolve(act)
        self._by_operation()
        self._close()
        self._spans = super().memberships()
        del self.around  # a finished fold may outlive it (TreatyFold.with_acts)

    def memberships(self) -> Sequence[Interval]:
        """The spans of being bound as a party, in order; found once, now that all acts are read."""
        return super().memberships() if self._spans is None else self._spans

    def _evolve(self, act: Act) -> None:  # noqa: C901, PLR0912 (one case for each effect)
        match KINDS[act.kind].effect:
            case Effect.NONE:
                self.inert(act)
                disagree(self, act)
            case Effect.SIGNATURE:
                sign(self, act)
            case Effect.SIGNATURE_CONFIRMED:
                confirm(self, act)
            case Effect.CONSENT | Effect.OPT_OUT_WITHDRAWN:
                consent(self, act)
            case Effect.CONSENT_WITHDRAWN:
                withdraw_consent(self, act)
            case Effect.NO_INTENT:
                declare_no_intent(self, act)
            case Effect.PROVISIONAL_START:
                apply_provisionally(self, act)
            case Effect.PROVISIONAL_END:
                stop_applying(self, act)
            case Effect.SUSPENSION:
                suspend(self, act)
            case Effect.RESUMPTION:
                resume(self, act)
            case Effect.NOTICE:
                leave(self, act)
            case Effect.NOTICE_SUSPENDED | Effect.NOTICE_REVOKED:
                stop_notice(self, act)
            case Effect.EXIT_MOVED:
                move_exit(self, act)
            case Effect.CESSATION:
                cease(self, act)
            case Effect.SUCCESSION:
                succeed(self, act)
            case Effect.SUCCESSION_TO_SIGNATURE:
                succeed_to_signature(self, act)
            case Effect.EXTINCTION:
                extinguish(self, act)
            case Effect.SUSPENSION_CLAIMED | Effect.RIGHTS_SUSPENDED | Effect.RIGHTS_RESTORED:
                flag_only(self, act)
            case Effect.RIVAL_AUTHORITY | Effect.RIVALRY_ENDED:
                rivalry(self, act)
            case Effect.CONFLICT_BEGAN | Effect.CONFLICT_ENDED:
                self.inert(act)
            case Effect.RESERVATION_ACCEPTED | Effect.OBJECTION | Effect.OBJECTION_WITHDRAWN:
                said_by_others(self, act)
            case Effect.DISPUTE | Effect.REJECTION | Effect.RULING:
                said_by_others(self, act)
            case Effect.INDEPENDENCE | Effect.CONTINUITY | Effect.TERRITORY | Effect.OPT_OUT:
                self.inert(act)
            case Effect.AMENDMENT_NOTIFIED | Effect.RECORD_CORRECTED:
                self.inert(act)
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

    def _of_the_treaty(self, act: Act) -> None:
        self.moved(act, Move(on=act.on(), to=Status.FORMER_PARTY)) if KINDS[
            act.kind
        ].effect is Effect.TREATY_ENDED else self.inert(
            act, "an act of the treaty itself, not of a party"
        )

    def _by_operation(self) -> None:
        reject_by_threshold(self)
        for parent, given, effect in self.around.parent_exits(self.party):
            leave_with(self, given, effect, f"leaving {parent} is leaving this treaty")
        for treaty, day in self.around.revised(self.party):
            leave_with(
                self, day, day, f"{treaty}, which revises this treaty, came into force for it"
            )

    def _close(self) -> None:
        starts = [each.starts for each in self.consents_in_force() if each.starts is not None]
        for stretch in self.provisional:
            entered = min((day for day in starts if day >= stretch.start), default=None)
            if self.member_on(stretch.start) is not None:
                entered = stretch.start
            if entered is not None and (stretch.end is None or entered < stretch.end):
                stretch.end = entered
        for running in self.exits:
            dispute_exit(self, running)
        for dispute in self.disputes:
            later = [day for day in starts if day >= dispute.start and self._settles(day, dispute)]
            if dispute.end is None and later:
                dispute.end = min(later)
        for refusal in self.no_intent:
            refusal.end = self._joined_after(refusal.start)
        self._end_with_membership()

    def _settles(self, day: date, dispute: Stretch) -> bool:
        """Whether a membership that starts on the day rests on an instrument later than the disputed act."""
        return any(
            each.starts == day and dispute.act is not None and each.received > dispute.act.on()
            for each in self.consents_in_force()
        )

    def _joined_after(self, day: date) -> date | None:
        """When the State consented or signed all the same; a letter that it will not ratify bars neither."""
        later = [each.received for each in self.consents if each.received > day]
        later.extend(each.start for each in self.signatures if each.start > day)
        return min(later, default=None)

    def _end_with_membership(self) -> None:
        """What belongs to one membership ends with it, and does not come back with the next."""
        of_membership = [each for name, each in self.flags if name in _OF_MEMBERSHIP or rests(each)]
        if not (of_membership or self.suspensions or self.resumed or self.exits):
            return
        memberships = self.memberships()
        for stretch in (*self.suspensions, *self.resumed, *of_membership):
            ends = [
                each.end
                for each in memberships
                if each.end is not None and each.end > stretch.start
            ]
            if ends and (stretch.end is None or stretch.end > ends[0]):
                stretch.end = ends[0]
        for running in self.exits:
            self._end_of_doubt(running, memberships)

    def _end_of_doubt(self, running: Exit, memberships: Sequence[Interval]) -> None:
        """That a notice had no clause to rest on matters until it is stopped, or until a later membership begins."""
        if running.effect is None and running.stopped is None:
            return
        over = running.stopped if not running.counts() else None
        later = [
            each.start for each in memberships if running.effect and each.start >= running.effect
        ]
        for name, stretch in self.flags:
            if name == "withdrawal_without_clause" and stretch.act is running.act:
                stretch.end = over or min(later, default=None)


_OF_MEMBERSHIP = frozenset({"suspension_contested", "rights_suspended"})
