"""The fold of a whole treaty: its own states, its entry into force and end, and the course of every party."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from threading import get_ident

from domain.acts import Act
from domain.clauses import Instruments
from domain.consents import says_when
from domain.dates import Interval, day_after, day_before, earliest, in_words
from domain.deposits import Deposits
from domain.dossier import Dossier, extinct_from, order
from domain.ends import ends_of
from domain.entry import entry_into_force
from domain.exits import Notice, exit_day
from domain.kinds import KINDS, Effect
from domain.numbers import below
from domain.parties import Register
from domain.requirements import Circumstances
from domain.silence import consent_by_silence, notified_amendment
from domain.spans import amended_on, course_of
from domain.standing import Inherited
from domain.states import (
    BOUND,
    Course,
    EntryIntoForce,
    Finding,
    InForceByNow,
    State,
    Status,
    TreatyEnd,
    TreatySpan,
)
from domain.status import PartyFold
from domain.verdicts import disagreement


class TreatyFold:
    """Answers, from one dossier, what each party's course is and what became of the treaty.

    Everything is computed at most once and only when it is asked for.
    `related` holds the folds of the treaties whose course this one depends on (parent, revising treaty, body).
    """

    def __init__(
        self,
        dossier: Dossier,
        register: Register,
        related: Mapping[str, "TreatyFold"] | None = None,
    ) -> None:
        """Hold the dossier, the register of parties and the folds of related treaties."""
        self.dossier = dossier
        self.register = register
        self.related = related or {}
        self._folds: dict[str, PartyFold] = {}
        self._courses: dict[str, Course] = {}
        self._folding: dict[int, list[str]] = {}
        self._apart: dict[int, int] = {}
        self._circular: set[str] = set()
        self.envelopes: dict[str, object] = {}

    # --- more acts ---

    def with_acts(self, acts: Sequence[Act]) -> "TreatyFold":
        """The fold with these acts recorded last; it equals the one made from the beginning.

        What they cannot have changed is carried over, so that one act more costs little.
        """
        fold = TreatyFold(self.dossier.with_acts(acts), self.register, self.related)
        if "_entry" not in vars(self) or self.dossier.void != fold.dossier.void:
            return fold
        if all(self._leaves_entry(act) for act in acts):
            vars(fold)["_entry"] = self._entry
        elif not _alike(fold.entry(), self._entry):
            return fold
        untouched = self._folds.keys() - fold.touched_by(acts)
        fold._folds = {party: self._folds[party] for party in untouched}
        if (fold.end, fold.amended_days) == (self.end, self.amended_days):
            kept = self._courses.keys() & untouched
            fold._courses = {party: self._courses[party] for party in kept}
        return fold

    def _leaves_entry(self, act: Act) -> bool:
        """Whether the act cannot bear on the entry into force."""
        rejections = self.dossier.by_effect.get(Effect.REJECTION, ())
        if any(each.party == act.party for each in rejections):
            return False  # it may come between a rejection and what that was about
        effect, clause = KINDS[act.kind].effect, self.dossier.now.entry_into_force
        if effect not in SETTLES_ENTRY:
            return effect not in MAKES_ENTRY
        day = min(act.on(), extinct_from(act)) if effect is Effect.EXTINCTION else act.on()
        settled = self._entry.condition_met_on or date.min
        if clause is not None and clause.all_of:
            settled = max(settled, self._entry.computed or date.max)
        return settled < day

    def touched_by(self, acts: Sequence[Act]) -> frozenset[str]:
        """The parties whose fold these acts may bear on, while the entry into force is what it was."""
        clauses, effects = self.dossier.now, {KINDS[act.kind].effect for act in acts}
        leaving = clauses.withdrawal
        follows = leaving is not None and leaving.follow_within is not None
        if Effect.AMENDMENT_NOTIFIED in effects or (follows and Effect.NOTICE in effects):
            return frozenset(self._with_heirs(self.parties()))
        touched = {act.party for act in acts if act.party is not None}
        if not touched.isdisjoint(clauses.bilateral):
            touched.update(clauses.bilateral)
        if clauses.reservations is not None and clauses.reservations.barred_by_share is not None:
            touched.update(
                each.party for each in self.dossier.acts if each.party and _reserves(each)
            )
        return frozenset(self._with_heirs(touched))

    def _with_heirs(self, parties: Iterable[str]) -> set[str]:
        """The parties, those that are the same person under a later code, and all their successors."""
        found, new = set[str](), set(parties)
        while new:
            found |= new
            persons = {person for each in found for person in self.register.persons(each)}
            heirs = {each.party for each in self._successions if each.predecessor in persons}
            same = {other for each in new for other in self.register.continuing(each)}
            new = ({each for each in heirs if each is not None} | same) - found
        return found

    @property
    def _successions(self) -> tuple[Act, ...]:
        return self.dossier.by_effect.get(Effect.SUCCESSION, ())

    def changed_from(self, before: "TreatyFold") -> tuple[str, ...]:
        """The parties whose course is another than in the other fold, by code."""
        parties = sorted({*self.parties(), *before.parties()})
        return tuple(each for each in parties if not _same(self.course(each), before.course(each)))

    # --- parties ---

    def parties(self) -> tuple[str, ...]:
        """Every party with a course of its own, by code: those with acts on file, and those bound by silence."""
        return self._parties

    @cached_property
    def _parties(self) -> tuple[str, ...]:
        clause = self.dossier.now.opt_out
        notified = clause is not None and notified_amendment(self.dossier) is not None
        silent = clause.addressees if clause is not None and notified else ()
        found = {*self.dossier.parties, *silent}
        waiting = list(found)
        for party in waiting:  # which grows as it is gone through
            later = self.register.continued_by(party)
            if later is not None and later not in found:
                found.add(later)
                waiting.append(later)
        return tuple(sorted(found))

    def listed(self, party: str, day: date) -> bool:
        """Whether the party is listed on the day under this code: one legal person is listed once.

        Until the end of a State of which it is the same legal person, that State is listed.
        """
        earlier = [each for each in self.register.persons(party)[1:] if each in self._parties]
        ends = [self.register.extinct_from(each) for each in earlier]
        return not any(each is not None and day < each for each in ends)

    def _persons(self) -> list[str]:
        """Every party by its last code, so that each legal person is there once."""
        parties = frozenset(self.parties())
        return [each for each in self.parties() if self.register.continued_by(each) not in parties]

    def course(self, party: str) -> Course:
        """The course of one party; one without any act has the status `none` on every day."""
        if party not in self._courses:
            self._courses[party] = course_of(self.fold(party), self, self.end)
        return self._courses[party]

    def fold(self, party: str) -> PartyFold:
        """What the party's acts amount to, apart from the end of the treaty."""
        here = get_ident()  # another thread may fold the same, and comes to the same
        asking = self._folding.setdefault(here, [])
        if party not in self._folds or (asking and party in self._circular):
            asking.append(party)
            fold = PartyFold(party, self._acts(party), self)
            asking.pop()
            if self._apart.get(here, len(asking)) < len(asking):
                return fold  # made without one that waits for it: good for that one, and for nobody else
            if self._apart.pop(here, None) is not None:
                self._circular.add(party)
            self._folds[party] = fold
        return self._folds[party]

    def _waits(self, party: str | None) -> bool:
        """Whether the party's fold waits for the one being made; that one is made without it.

        So each party of a circle is read with the others as they are without it, whoever is asked first.
        """
        here = get_ident()
        asking = self._folding.get(here, [])
        if party not in asking:
            return False
        self._apart[here] = min(self._apart.get(here, len(asking)), asking.index(party))
        return True

    def acts(self, party: str) -> tuple[Act, ...]:
        """The acts of the pair, in order: the party's own and those of the person that it continues."""
        persons = self.register.persons(party)
        if len(persons) == 1:
            return self.dossier.by_party.get(party, ())
        found = [act for each in persons for act in self.dossier.by_party.get(each, ())]
        return tuple(sorted(found, key=order))

    def _acts(self, party: str) -> tuple[Act, ...]:
        acts = self.acts(party)
        silent = consent_by_silence(self.dossier, party, acts)
        return (*acts, silent) if silent is not None else acts

    # --- entry into force ---

    def entry(self) -> EntryIntoForce:
        """The entry into force of the treaty."""
        return self._entry

    @cached_property
    def _entry(self) -> EntryIntoForce:
        return entry_into_force(self._circumstances)

    @cached_property
    def _circumstances(self) -> Circumstances:
        return Circumstances(
            clauses=self.dossier.now,
            convention=self.dossier.convention,
            deposits=Deposits(self.dossier, self.register).all(),
            signatories=self._signatories,
            treaty_acts=self._treaty_acts,
            as_seen=self.dossier.as_seen,
            persons=self.register.persons,
            parent_in_force=self._parent_in_force,
            parties_of=self._parties_of,
        )

    @cached_property
    def _treaty_acts(self) -> tuple[Act, ...]:
        return self.dossier.by_party.get(None, ())

    @cached_property
    def _signatories(self) -> Mapping[str, date]:
        return {
            act.party: act.on()
            for act in reversed(self.dossier.by_effect.get(Effect.SIGNATURE, ()))
            if act.party is not None
        }

    def _parent_in_force(self, treaty: str) -> date | None:
        parent = self.related.get(treaty)
        return parent.entry().on if parent is not None else None

    def _parties_of(self, treaty: str, day: date) -> int:
        body = self.related.get(treaty)
        return body.party_count(day) if body is not None else 0

    # --- what a party's fold asks of the others ---

    def inherited(self, predecessor: str, on: date) -> Inherited:
        """The position of a predecessor on the day; just before it, where its existence ended with that."""
        if not self.acts(predecessor):
            predecessor = self.register.continued_by(predecessor) or predecessor
        if not self.acts(predecessor) or self._waits(predecessor):
            return Inherited(on_file=False, status=Status.NONE)
        fold = self.fold(predecessor)
        course = course_of(fold, self, None)
        status = course.at(on).status
        if status is Status.EXTINCT:
            status = course.at(day_before(on)).status
        standing = [
            each for each in fold.consents if each.received <= on and each.withdrawn is None
        ]
        last = standing[-1] if standing else None
        return Inherited(
            on_file=True,
            status=status,
            deposited=last.received if last else None,
            deposit=last.act if last else None,
        )

    def heard(self, party: str) -> Sequence[tuple[date, date]]:
        """The other parties' timely notices: when each could be heard of, and the exit to which it leads."""
        clause = self.dossier.now.withdrawal
        if clause is None or clause.follow_within is None:
            return ()
        return [each for other, each in self._timely_notices if other != party]

    @cached_property
    def _timely_notices(self) -> Sequence[tuple[str, tuple[date, date]]]:
        clause = self.dossier.now.withdrawal
        found: list[tuple[str, tuple[date, date]]] = []
        for act in self.dossier.by_effect.get(Effect.NOTICE, ()):
            if act.party is not None and act.legal_effect is not False:
                facts = Notice(
                    received=act.on(), party_since=date.min, treaty_since=self._entry.on or date.min
                )
                leads_to = exit_day(clause, facts, self.dossier.convention).day
                known = act.known_from()
                if leads_to is not None and known is not None:
                    found.append((act.party, (earliest(known), leads_to)))
        return found

    def parent_exits(self, party: str) -> Sequence[tuple[str, date, date]]:
        """The party's exits from the parents whose exit carries it out of this treaty."""
        clause = self.dossier.now.withdrawal
        found: list[tuple[str, date, date]] = []
        for parent in clause.with_parent if clause is not None else ():
            fold = self.related.get(parent)
            found.extend(
                (parent, each.given, each.effect)
                for each in (fold.fold(party).exits if fold is not None else ())
                if each.counts() and each.effect is not None
            )
        return found

    def revised(self, party: str) -> Sequence[tuple[str, date]]:
        """The revising treaties that came into force for the party, and when."""
        clause = self.dossier.now.withdrawal
        found: list[tuple[str, date]] = []
        for treaty in clause.by_revising if clause is not None else ():
            fold = self.related.get(treaty)
            found.extend(
                (treaty, each.start)
                for each in (fold.fold(party).memberships() if fold else [])[:1]
            )
        return found

    def other_side_notices(self, party: str) -> Sequence[date]:
        """In a bilateral treaty, the days of the other side's notices."""
        other = self._other_side(party)
        notices = self.dossier.by_effect.get(Effect.NOTICE, ())
        return [each.on() for each in notices if other is not None and each.party == other]

    def other_side_exits(self, party: str) -> Sequence[tuple[str, date, date]]:
        """In a bilateral treaty, the other side's notices that run to their effect."""
        other = self._other_side(party)
        if self._waits(other):
            return ()  # each side claims to succeed the other: the one asked about is read without it
        return [
            (
                each.act.id if each.act else "",
                each.given,
                min(each.effect, each.stopped or each.effect),
            )
            for each in (self.fold(other).exits if other is not None else ())
            if each.effect is not None
        ]

    def _other_side(self, party: str) -> str | None:
        sides = self.dossier.now.bilateral
        return next(each for each in sides if each != party) if party in sides else None

    def party_count(self, on: date) -> int:
        """How many parties the treaty has on the day."""
        starts, ends = self._membership_days
        return bisect_right(starts, on) - bisect_right(ends, on)

    def parties_apart(self, on: date) -> int:
        """How many parties the treaty has on the day, had no reservation been defeated."""
        return self._undefeated.party_count(on)

    @cached_property
    def _undefeated(self) -> "TreatyFold":
        return _Undefeated(self.dossier, self.register, self.related)

    @cached_property
    def shown_in_force(self) -> InForceByNow | None:
        """From when the record shows the treaty in force, where it does not tell when that began.

        A treaty that is in force for a party is in force (VCLT 24(4)), whatever is known of its clauses;
        one whose clauses let it bind a party before it is in force itself shows nothing in this way.
        """
        own = self.dossier.now.party_entry_into_force
        if self._entry.on is not None or (own is not None and own.before_treaty):
            return None
        first = min(
            (
                (each.starts, each.act.id, party)
                for party in self._persons()
                for each in self.fold(party).consents_in_force()
                if each.starts is not None
            ),
            default=None,
        )
        return InForceByNow(on=first[0], act=first[1], party=first[2]) if first else None

    @property
    def own_findings(self) -> tuple[Finding, ...]:
        """What a reader of the treaty's state should know."""
        shown, found = self.shown_in_force, (*self._entry.findings, *self._disagreements())
        if self._entry.on is not None or (says_when(self.dossier.now) and shown is None):
            return found
        detail = (
            f"no day of entry into force is on record; it was in force for {shown.party}"
            f" on {in_words(shown.on)}, and so at the latest then"
            if shown is not None
            else "nothing on record tells whether it is in force: no clause on that is known, and no day"
        )
        finding = Finding(
            name="entry_into_force_not_on_record",
            detail=detail,
            act=shown.act if shown is not None else None,
            source="VCLT 24",
        )
        return (*found, finding)

    def _disagreements(self) -> Iterator[Finding]:
        """What sources say otherwise of the treaty's own acts."""
        by_id = {act.id: act for act in self._treaty_acts}
        for act in self._treaty_acts:
            concerned = by_id.get(act.concerns or "")
            if act.kind == "other_day_reported" and concerned is not None:
                yield from disagreement(act, concerned)

    @cached_property
    def _below_minimum(self) -> tuple[Interval, ...]:
        """When fewer were parties than the entry into force had needed, after that many had been (VCLT 55)."""
        clause = self.dossier.now.entry_into_force
        counts = [
            each.count
            for each in (clause.all_of if clause is not None else ())
            if isinstance(each, Instruments) and each.among is None
        ]
        if not counts or not self._membership_days[1]:
            return ()
        return below(max(counts), *self._membership_days)

    @cached_property
    def _membership_days(self) -> tuple[list[date], list[date]]:
        """The first days of all memberships, and the first days on which they were over, each in order."""
        held = [each for party in self._persons() for each in self.fold(party).memberships()]
        starts = sorted(each.start for each in held)
        return starts, sorted(each.end for each in held if each.end is not None)

    # --- the treaty itself ---

    @cached_property
    def end(self) -> TreatyEnd | None:
        """How the treaty ends for all; None while it does not."""
        standing = [each for each in self.expected_ends if each.known_until is None]
        return min(standing, key=lambda each: each.on, default=None)

    @cached_property
    def expected_ends(self) -> tuple[TreatyEnd, ...]:
        """Every end that followed from what was done at some time, those that came out otherwise among them."""
        return ends_of(self)

    @cached_property
    def spans(self) -> tuple[TreatySpan, ...]:
        """The states of the treaty; they tile the time line."""
        days = sorted({date.min, *(day for day in self._turning_days() if day is not None)})
        ends = [*days[1:], None]
        return _joined([self._span(start, end) for start, end in zip(days, ends, strict=True)])

    def at(self, day: date) -> TreatySpan:
        """The state of the treaty on the day."""
        return next(span for span in self.spans if span.end is None or day < span.end)

    def counts(self, day: date) -> Mapping[Status, int]:
        """How many parties have each status on the day, those with `none` left out."""
        counted: dict[Status, int] = {}
        for party in self.parties():
            status = self.course(party).at(day).status
            if status is not Status.NONE and self.listed(party, day):
                counted[status] = counted.get(status, 0) + 1
        return counted

    def _turning_days(self) -> Sequence[date | None]:
        end = self.end.on if self.end is not None else None
        return (
            self.adopted,
            self._opened,
            self.closed_from,
            self._entry.on,
            self._condition,
            self._provisional,
            self._amended,
            self.shown_in_force.on if self.shown_in_force is not None else None,
            *(day for each in self._below_minimum for day in (each.start, each.end)),
            end,
        )

    @cached_property
    def _condition(self) -> date | None:
        return self._entry.condition_met_on

    @cached_property
    def adopted(self) -> date | None:
        """The day on which the text was adopted, as an act on file says, or else the definition."""
        clause = self.dossier.now.adoption
        stated = clause.on if clause is not None else None
        known = stated if stated is not None and self._could_be_known(stated) else None
        return self._first(Effect.TREATY_ADOPTED) or known

    def _could_be_known(self, day: date) -> bool:
        return self.dossier.as_seen is None or day <= self.dossier.as_seen

    @cached_property
    def closed_from(self) -> date | None:
        """The first day on which the treaty is no longer open for signature, as an act on file says."""
        closed = self._first(Effect.TREATY_CLOSED)
        return day_after(closed) if closed is not None else None

    @cached_property
    def _provisional(self) -> date | None:
        return self._first(Effect.TREATY_PROVISIONAL)

    @cached_property
    def _amended(self) -> date | None:
        """The day from which the first amendment is in force."""
        return min(self.amended_days, default=None)

    @cached_property
    def amended_days(self) -> tuple[date, ...]:
        """The days from which amendments of the treaty are in force."""
        return amended_on(self._treaty_acts)

    @cached_property
    def _opened(self) -> date | None:
        """The opening for signature, or the first act by which a State joined, whichever is on record and earlier."""
        opened = self._first(Effect.TREATY_OPENED)
        joining = (Effect.SIGNATURE, Effect.CONSENT)
        first = [act.on() for each in joining for act in self.dossier.by_effect.get(each, ())[:1]]
        return min([day for day in (opened, *first) if day is not None], default=None)

    def _first(self, effect: Effect) -> date | None:
        found = [act for act in self._treaty_acts if KINDS[act.kind].effect is effect]
        if not found:
            return None
        return earliest(found[0].effective) if found[0].effective is not None else found[0].on()

    def _span(self, start: date, end: date | None) -> TreatySpan:
        state = self._state(start)
        flags = []
        if (
            state is State.OPEN_NOT_IN_FORCE
            and self._provisional is not None
            and self._provisional <= start
        ):
            flags.append("provisional_application")
        if (
            state is State.OPEN_NOT_IN_FORCE
            and self._condition is not None
            and self._condition <= start
        ):
            flags.append("condition_met")
        if self.closed_from is not None and self.closed_from <= start:
            flags.append("closed_for_signature")
        if self._amended is not None and self._amended <= start:
            flags.append("amended")
        if state is State.IN_FORCE and any(each.holds(start) for each in self._below_minimum):
            flags.append("below_minimum")
        if any(each.name == "entry_into_force_not_on_record" for each in self.own_findings):
            flags.append("entry_into_force_not_on_record")
        return TreatySpan(start=start, end=end, state=state, flags=tuple(flags))

    def _state(self, day: date) -> State:
        if self.end is not None and self.end.on <= day:
            return self.end.state
        if self._entry.on is not None and self._entry.on <= day:
            return State.IN_FORCE
        if self.shown_in_force is not None and self.shown_in_force.on <= day:
            return State.IN_FORCE
        if self._opened is not None and self._opened <= day:
            return State.OPEN_NOT_IN_FORCE
        if self.adopted is None:
            return State.NOT_OPEN
        return State.ADOPTED_NOT_OPEN if self.adopted <= day else State.NOT_ADOPTED


def is_bound(status: Status) -> bool | None:
    """Whether a State of this status is bound; None where the authorities disagree."""
    return None if status is Status.DISPUTED else status in BOUND


class _Undefeated(TreatyFold):
    """The fold in which no objections defeat a reservation: it counts those whose share decides that."""

    def parties_apart(self, on: date) -> int:  # noqa: ARG002 (nobody is counted)
        """Nobody, so that no share of them objects."""
        return 0


SETTLES_ENTRY = frozenset(
    {
        Effect.SIGNATURE,
        Effect.CONSENT,
        Effect.CONSENT_WITHDRAWN,
        Effect.EXTINCTION,
    }
)
"""Effects that bear on the entry into force by their day; once it is settled, no later one does."""

MAKES_ENTRY = frozenset(
    {
        Effect.SUCCESSION,
        Effect.REJECTION,
        Effect.TREATY_ADOPTED,
        Effect.TREATY_OPENED,
        Effect.TREATY_CONDITION_MET,
        Effect.TREATY_IN_FORCE,
        Effect.AMENDMENT_NOTIFIED,
        Effect.RECORD_CORRECTED,
    }
)
"""Effects that bear on the entry into force whenever they were done."""


def _alike(one: EntryIntoForce, other: EntryIntoForce) -> bool:
    """Whether they are the same for the fold of a party."""
    return (one.on, one.condition_met_on, one.clause, one.rule, one.counted, one.unmade) == (
        other.on,
        other.condition_met_on,
        other.clause,
        other.rule,
        other.counted,
        other.unmade,
    )


def _reserves(act: Act) -> bool:
    return act.kind == "reservation"


def _same(one: Course, other: Course) -> bool:
    return one is other or one == other


def _joined(spans: Sequence[TreatySpan]) -> tuple[TreatySpan, ...]:
    joined: list[TreatySpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and (last.state, last.flags) == (span.state, span.flags):
            joined[-1] = TreatySpan(
                start=last.start, end=span.end, state=span.state, flags=span.flags
            )
        else:
            joined.append(span)
    return tuple(joined)
