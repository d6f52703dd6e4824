"""What already follows from what was done by a day: the changes of status that lie ahead, if nothing more is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from domain.acts import Act
from domain.dossier import order
from domain.kinds import KINDS, Effect
from domain.spans import UNLESS_REVOKED, unless
from domain.states import BOUND, MEMBER, Move, Outcome, Status, TreatyEnd
from domain.treaty import TreatyFold

Plain: TypeAlias = dict[str, object]

CONSENTING = frozenset({Effect.CONSENT, Effect.SUCCESSION, Effect.OPT_OUT_WITHDRAWN})
STOPPING = frozenset({Effect.NOTICE_SUSPENDED, Effect.NOTICE_REVOKED})

APART = frozenset({Status.FORMER_PARTY, Status.SIGNATORY, Status.SIGNATORY_NO_INTENT, Status.NONE})
"""Statuses that provisional application, or a consent that lapses, can leave behind."""

LEAVING = frozenset({Status.PARTY_WITHDRAWING, Status.FORMER_PARTY})
"""Statuses to which a notice, a decision, or what moves an exit leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A step that lies ahead: on which day, to which status, by which acts and rule, and what could still stop it."""

    on: date
    to: Status
    because: tuple[str, ...]
    rule: str
    unless: str | None = None
    consents: bool = False
    lapses: bool = False
    """Whether it is a consent that lapses on the day on which it was to bind."""


def coming(fold: TreatyFold, party: str, day: date) -> list[Plain]:
    """The changes of status after the day that follow from what was done by the end of it."""
    course = fold.course(party)
    known = [
        (outcome, move)
        for outcome in (*course.outcomes, *course.by_operation)
        for move in outcome.moves
        if _follows(outcome, move, day)
    ]
    steps = [*_of_moves(known, day), *_of_the_other_side(fold, party, day), *_of_ends(fold, day)]
    now = course.at(day).status
    ended = min((each.on for each in _standing_ends(fold, day)), default=date.max)
    changes: list[Plain] = []
    for on in sorted({each.on for each in steps}):
        before, last = now, None
        for step in sorted((each for each in steps if each.on == on), key=_in_order):
            pending = on < ended and _on_deposit(known, on)
            then = _after(now, step, on_deposit=pending, over=ended <= on)
            lapses = now is then is Status.CONTRACTING and ended <= on
            if now is Status.PROVISIONAL and then is Status.CONTRACTING and not pending:
                then = Status.NONE  # the instrument was taken back: what remains is looked up
            if step.lapses:
                lapses, then = now is Status.CONTRACTING, now
            if lapses or (now is Status.PROVISIONAL and then in APART):
                then = _apart(fold, party, day)
            if then is not now:
                now, last = then, step
        if last is not None and now is not before:
            changes.append(_change(on, now, last))
    return changes


def ends_ahead(fold: TreatyFold, day: date) -> list[TreatyEnd]:
    """The ends of the treaty after the day that follow from what was done by the end of it."""
    return [
        each
        for each in fold.expected_ends
        if each.on > day
        and each.known_from <= day
        and (each.known_until is None or day < each.known_until)
    ]


Known: TypeAlias = Sequence[tuple[Outcome, Move]]


def _follows(outcome: Outcome, move: Move, day: date) -> bool:
    known = move.known_from if move.known_from is not None else outcome.act.on()
    return (
        known <= day
        and (move.known_until is None or day < move.known_until)
        and (outcome.undone_on is None or day < outcome.undone_on)
    )


def _of_moves(known: Known, day: date) -> Iterable[Ahead]:
    """The steps of the acts; one that makes a party of a State that is leaving waits until it has left."""
    for outcome, move in known:
        consents = KINDS[outcome.act.kind].effect in CONSENTING
        on = _once_left(outcome, move, known) if consents else move.on
        if on > day:
            yield Ahead(
                on=on,
                to=move.to,
                because=_ids(outcome.act),
                rule=outcome.rule or KINDS[outcome.act.kind].title.lower(),
                unless=unless(outcome.act, move.to),
                consents=consents,
                lapses=outcome.act.kind == "withdrawal_by_cascade" and move.to not in LEAVING,
            )


def _once_left(outcome: Outcome, move: Move, known: Known) -> date:
    if move.to is not Status.PARTY:
        return move.on
    exits = [
        end.on
        for leaving, end in known
        if end.to is Status.FORMER_PARTY
        and _runs_before(leaving, outcome.act, known)
        and move.on < end.on
    ]
    return max(exits, default=move.on)


def _runs_before(leaving: Outcome, act: Act, known: Known) -> bool:
    """Whether the exit runs when the act is done; of one day, the order of the acts decides."""
    begun = _begun(leaving, known)
    if begun == act.on() and (_moved(leaving) or leaving.act.on() == begun):
        # a notice of that day whose exit was moved is behind the exit as much as what moved it
        of_the_day = [
            each.act for each, move in known if move.to in LEAVING and each.act.on() == begun
        ]
        return min(order(each) for each in of_the_day) < order(act)
    return begun <= act.on()


def _begun(leaving: Outcome, known: Known) -> date:
    """Since when the exit runs; one whose day was moved has run since the notice or decision behind it."""
    if not _moved(leaving):
        return min(each.on for each in leaving.moves)
    over = [
        move.on
        for each, move in known
        if move.on <= leaving.act.on()
        and (move.to is Status.FORMER_PARTY or KINDS[each.act.kind].effect in STOPPING)
    ]
    since = max(over, default=date.min)
    return min(
        move.on for _, move in known if move.to in LEAVING and since <= move.on <= leaving.act.on()
    )


def _moved(leaving: Outcome) -> bool:
    return KINDS[leaving.act.kind].effect is Effect.EXIT_MOVED


def _of_the_other_side(fold: TreatyFold, party: str, day: date) -> Iterable[Ahead]:
    for act, given, effect in fold.other_side_exits(party):
        if given <= day < effect:
            yield Ahead(
                on=effect,
                to=Status.FORMER_PARTY,
                because=(act,),
                rule="the other side's notice",
                unless=UNLESS_REVOKED,
            )


def _of_ends(fold: TreatyFold, day: date) -> Iterable[Ahead]:
    for end in ends_ahead(fold, day):
        yield Ahead(
            on=end.on,
            to=Status.FORMER_PARTY,
            because=end.because,
            rule=end.rule,
            unless=end.unless,
        )


def _apart(fold: TreatyFold, party: str, day: date) -> Status:
    """What remains of provisional application, or of a consent that lapses, by the acts of the day and before."""
    own = fold.fold(party)
    left = max(
        (each.end for each in own.memberships() if each.end and each.end <= day), default=None
    )
    if not any((left or date.min) <= each.start <= day for each in own.signatures):
        return Status.FORMER_PARTY if left else Status.NONE
    refused = any(each.holds(day) for each in own.no_intent)
    return Status.SIGNATORY_NO_INTENT if refused else Status.SIGNATORY


def _standing_ends(fold: TreatyFold, day: date) -> Iterable[TreatyEnd]:
    """The ends that have come by the day, or follow from what was done by then."""
    past = [fold.end] if fold.end is not None and fold.end.on <= day else []
    return (*past, *ends_ahead(fold, day))


def _on_deposit(known: Known, on: date) -> bool:
    """Whether a consent that was given is not in force on the day yet."""
    given = {
        id(outcome)
        for outcome, move in known
        if move.to is Status.CONTRACTING and KINDS[outcome.act.kind].effect in CONSENTING
    }
    begun = {id(outcome) for outcome, move in known if move.to is Status.PARTY and move.on <= on}
    return bool(given - begun)


def _in_order(step: Ahead) -> int:
    """Of one day: first what ends a membership, then what begins one, last what befalls it."""
    order = (Status.FORMER_PARTY, Status.PARTY, Status.PARTY_WITHDRAWING, Status.PARTY_SUSPENDED)
    return order.index(step.to) if step.to in order else 0


def _after(now: Status, step: Ahead, *, on_deposit: bool, over: bool) -> Status:
    """The status after the step; one that changes nothing leaves it as it is."""
    match step.to:
        case Status.FORMER_PARTY if now in BOUND or now is Status.DISPUTED:
            return Status.CONTRACTING if on_deposit else step.to
        case Status.PARTY if now is Status.PARTY_SUSPENDED or (step.consents and now not in MEMBER):
            return now if over else step.to
        case Status.PARTY_SUSPENDED if now is Status.PARTY:
            return step.to
        case Status.PARTY_WITHDRAWING if now in MEMBER:
            return step.to
        case Status.CONTRACTING | Status.PROVISIONAL if now not in MEMBER:
            return now if over else step.to
        case Status.SIGNATORY | Status.SIGNATORY_NO_INTENT | Status.NONE if (
            now is Status.PROVISIONAL
        ):
            return Status.CONTRACTING if on_deposit else step.to
        case Status.EXTINCT | Status.DISPUTED:
            return step.to
        case _:
            return now


def _change(on: date, status: Status, step: Ahead) -> Plain:
    return {
        "on": on.isoformat(),
        "status": status.value,
        "because": list(step.because),
        "rule": step.rule,
        "unless": step.unless,
    }


def _ids(act: Act) -> tuple[str, ...]:
    return (act.id,) if act.id else ()
