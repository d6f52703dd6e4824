"""On which day a consent to be bound takes effect for its State under the treaty's clause (VCLT 24(3))."""

from dataclasses import dataclass
from datetime import date

from domain.acts import Act
from domain.clauses import Clauses, PartyDelay
from domain.counting import Convention, count, described
from domain.dates import earliest, in_words
from domain.kinds import KINDS
from domain.states import EntryIntoForce, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The first day on which the treaty is in force for the State (None: not yet), by which rule, counted how."""

    day: date | None
    clause: str | None = None
    rule: str | None = None
    counted: str | None = None
    findings: tuple[Finding, ...] = ()
    without_war: date | None = None
    """The later day on which it would bind, had no armed conflict of the State begun before."""


def in_force(
    act: Act,
    received: date,
    *,
    entry: EntryIntoForce,
    clauses: Clauses,
    convention: Convention,
    at_war: date | None,
) -> InForce:
    """The day on which the consent binds; a day stated by the depositary outranks the computed one.

    `at_war` is the first day from receipt on which the State is in an armed conflict.
    """
    computed = _computed(act, received, entry, clauses, convention, at_war=at_war)
    if act.effective is None:
        return computed
    stated = earliest(act.effective)
    return InForce(
        day=stated,
        clause=computed.clause,
        rule=computed.rule,
        counted=computed.counted
        if computed.day == stated
        else f"{in_words(stated)}, as the depositary stated it",
        findings=(
            *differing(act, stated, computed.day),
            *_before_treaty(act, stated, entry, clauses),
        ),
    )


def differing(act: Act, stated: date, computed: date | None) -> tuple[Finding, ...]:
    """The finding that a stated day is not the computed one; the stated one counts, and both are kept."""
    if computed is None or stated == computed:
        return ()
    detail = f"stated {stated.isoformat()}, computed {computed.isoformat()}; the stated day counts"
    return (
        Finding(
            name="stated_differs_from_computed", detail=detail, act=act.id, source="VCLT 77(1)(d)"
        ),
    )


def _before_treaty(
    act: Act, stated: date, entry: EntryIntoForce, clauses: Clauses
) -> tuple[Finding, ...]:
    own = clauses.party_entry_into_force
    if entry.on is None or stated >= entry.on or (own is not None and own.before_treaty):
        return ()
    detail = f"in force for the party on {stated.isoformat()}, before the treaty itself on {entry.on.isoformat()}"
    return (Finding(name="in_force_before_treaty", detail=detail, act=act.id, source="VCLT 24"),)


def _computed(
    act: Act,
    received: date,
    entry: EntryIntoForce,
    clauses: Clauses,
    convention: Convention,
    *,
    at_war: date | None,
) -> InForce:
    if act.kind == "state_admission":
        return InForce(day=received, rule="membership from the decision")
    if entry.on is None and not says_when(clauses):
        return InForce(
            day=None,
            rule="when the treaty entered into force is not on record",
            findings=(_not_on_record(act),),
        )
    if entry.on is None:
        return InForce(day=None, clause=entry.clause, rule="the treaty is not in force")
    if received <= (entry.condition_met_on or date.min):
        return InForce(day=entry.on, clause=entry.clause, rule=entry.rule, counted=entry.counted)
    return _later(act, received, entry.on, clauses, convention, at_war=at_war)


def says_when(clauses: Clauses) -> bool:
    """Whether the clauses tell when the treaty enters into force, or that it did."""
    clause = clauses.entry_into_force
    return clauses.opt_out is not None or (
        clause is not None and (bool(clause.all_of) or clause.stated is not None)
    )


def _not_on_record(act: Act) -> Finding:
    detail = (
        "no clause or act on record tells when the treaty entered into force,"
        " so that whether this consent is in force cannot be told"
    )
    return Finding(
        name="entry_into_force_not_on_record", detail=detail, act=act.id, source="VCLT 24"
    )


def _later(
    act: Act,
    received: date,
    treaty: date,
    clauses: Clauses,
    convention: Convention,
    *,
    at_war: date | None,
) -> InForce:
    """For a State whose instrument was not among those that brought the treaty into force."""
    own = clauses.party_entry_into_force
    if own is None:
        day = max(received, treaty)
        rule = (
            "with the treaty"
            if received < treaty
            else "on the day of consent, no clause being known"
        )
        return InForce(day=day, clause="VCLT 24(3)", rule=rule, counted=in_words(day))
    delay = _delay_for(own.delays, act)
    start, waited, findings = _start(act, received, delay, convention)
    day, words = start, waited or in_words(start)
    if delay.delay is not None:
        counted = count(start, delay.delay, convention)
        day, words = (
            counted.day,
            f"{waited}; {counted.arithmetic}" if waited else counted.arithmetic,
        )
    if day < treaty and not own.before_treaty:
        day, words = treaty, f"{words}; not before the treaty itself, {in_words(treaty)}"
    if own.at_once_in_conflict and at_war is not None:
        at_once = at_war if own.before_treaty else max(at_war, treaty)
        if at_once < day:
            return InForce(
                day=at_once,
                clause=own.article,
                rule="at once for a State in conflict",
                without_war=day if received < at_war else None,
            )
    rule = f"{described(delay.delay)} after deposit" if delay.delay else "on deposit"
    return InForce(day=day, clause=own.article, rule=rule, counted=words, findings=findings)


def _delay_for(delays: tuple[PartyDelay, ...], act: Act) -> PartyDelay:
    fitting = [each for each in delays if act.kind in each.kinds]
    general = [each for each in delays if not each.kinds]
    return next(iter((*fitting, *general)), PartyDelay())


def _start(
    act: Act, received: date, delay: PartyDelay, convention: Convention
) -> tuple[date, str | None, tuple[Finding, ...]]:
    """The day from which the delay runs: the deposit, or the end of the time for objections."""
    if delay.objection_period is None:
        return received, None, ()
    notified = earliest(act.notified) if act.notified is not None else None
    counted = count(notified or received, delay.objection_period, convention)
    words = f"time for objections: {counted.arithmetic}"
    if notified is not None:
        return counted.day, words, ()
    detail = "the day of the depositary's notification is not on record; counted from receipt, it can only be later"
    finding = Finding(
        name="counted_from_receipt", detail=detail, act=act.id, source=KINDS[act.kind].source
    )
    return counted.day, words, (finding,)
