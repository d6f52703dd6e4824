"""What is said of a party, of all parties and of a treaty on a day, as plain data, with the reasons."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from domain.acts import Act
from domain.bounds import Bounds, written_instant
from domain.coming import coming, ends_ahead
from domain.dates import Interval, earliest
from domain.kinds import KINDS, Effect, Group
from domain.reserved import Reserved, between
from domain.states import Claim, Course, Finding, Move, Outcome, Span, Status, TreatyEnd
from domain.treaty import TreatyFold, is_bound
from domain.uncertainty import Bounded, envelope

Plain: TypeAlias = dict[str, object]
"""An object as JSON carries it."""

CONCLUDING = frozenset(
    {
        Effect.SIGNATURE,
        Effect.CONSENT,
        Effect.CONSENT_WITHDRAWN,
        Effect.NOTICE,
        Effect.NOTICE_REVOKED,
    }
)
"""Effects of the acts to which a procedure at home leads, and which end it."""

ENDING = frozenset({"policy_review_concluded", "bill_withdrawn"})
"""Steps at home that end the procedure without an act towards the others."""


def answer(
    fold: TreatyFold,
    party: str,
    bounds: Bounds,
    *,
    towards: str | None = None,
    explain: bool = False,
) -> Plain:
    """The answer for one party on one day (section by section: status, periods, what is under way, what comes)."""
    day, course = bounds.as_of, fold.course(party)
    span = course.at(day)
    since, until = run_of(course, day)
    said: Plain = {
        "treaty": fold.dossier.treaty,
        "party": party,
        "party_name": fold.register.name(party, day),
        **bounds_of(bounds),
        "status": span.status.value,
        "bound": is_bound(span.status),
        "since": _day(since),
        "until": _day(until),
        "flags": list(span.flags),
        "relation": _relation_told(fold, party, towards, day) if towards is not None else None,
        "positions": [_claim(each) for each in span.positions],
        "periods": [_interval(each) for each in course.periods],
        "proceedings": proceedings(fold.acts(party), day),
        "coming": coming(fold, party, day),
    }
    covered = territories(fold, party, day)
    if covered:
        said["territories"] = covered
    if explain:
        said["because"] = [_reason(each, day) for each in _relied_on(course, day)]
        said["disregarded"] = [_set_aside(each, day) for each in _disregarded(course, day)]
        said["by_operation"] = [_operation(each, day) for each in course.by_operation]
    said["findings"] = [_finding(each) for each in findings(fold, course, day)]
    said.update(_doubts(fold, party, day, said))
    return said


def _doubts(fold: TreatyFold, party: str, day: date, said: Plain) -> Plain:
    """What uncertain days leave open; nothing is added where every day that matters is certain.

    A day that is known only within bounds is given as an EDTF interval, `2003-03-02/2004-02-29`.
    """
    courses = envelope(fold, party)
    if courses is None:
        return {}
    possible = courses.possible(day)
    bound = {is_bound(each) for each in possible}
    since, until = courses.run(day, Status(str(said["status"])))
    certain = courses.is_certain(day)
    start, end = courses.flips(day)
    doubts: Plain = {
        "bound": said["bound"] if len(bound) == 1 else None,
        "since": _between(since),
        "until": _between(until),
        "certainty": "certain" if certain else "possible",
        "possible": [each.value for each in possible],
        "flips": None if certain else {"from": _day(start), "until": _day(end)},
    }
    memberships = courses.periods()
    if "periods" in said:
        doubts["periods"] = (
            said["periods"]
            if memberships is None
            else [{"from": _between(first), "until": _between(last)} for first, last in memberships]
        )
    return doubts


def _between(bounds: Bounded) -> str | None:
    """One day, or the interval in which it lies; an end that may never come is left open."""
    first, last = bounds
    if first is None or first == last:
        return _day(first)
    return f"{_day(first) or '..'}/{_day(last) or '..'}"


def bounds_of(bounds: Bounds) -> Plain:
    """The bounds as they stand in every answer."""
    return {
        "as_of": bounds.as_of.isoformat(),
        "as_seen": _day(bounds.as_seen),
        "as_recorded": {
            "position": bounds.record.position,
            "at": written_instant(bounds.record.at),
        },
    }


def roster(fold: TreatyFold, bounds: Bounds, parties: Sequence[str] | None = None) -> list[Plain]:
    """One line for each party that has a status on the day, by code; a legal person is listed once.

    Of the `parties` named, each is told under the code asked for.
    """
    lines = []
    listed = [each for each in fold.parties() if fold.listed(each, bounds.as_of)]
    for party in listed if parties is None else parties:
        course = fold.course(party)
        span = course.at(bounds.as_of)
        if span.status is not Status.NONE:
            lines.append(_line(fold, course, span, bounds.as_of))
    return lines


def counted(lines: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """How many lines of a roster have each status, in the order of the statuses."""
    found = [str(line["status"]) for line in lines]
    return {status.value: found.count(status.value) for status in Status if status.value in found}


def state(fold: TreatyFold, bounds: Bounds) -> Plain:
    """The treaty's own state on the day, with its entry into force explained."""
    span, entry = fold.at(bounds.as_of), fold.entry()
    same = [each for each in fold.spans if each.state is span.state]
    return {
        "treaty": fold.dossier.treaty,
        **bounds_of(bounds),
        "state": span.state.value,
        "since": _day(same[0].start),
        "until": _day(same[-1].end),
        "flags": list(span.flags),
        "counts": {status.value: number for status, number in _in_order(fold.counts(bounds.as_of))},
        "entry_into_force": {
            "on": _day(entry.on),
            "condition_met_on": _day(entry.condition_met_on),
            "stated": _day(entry.stated),
            "computed": _day(entry.computed),
            "clause": entry.clause,
            "rule": entry.rule,
            "counted": entry.counted,
            "requirements": list(entry.requirements),
            "last": list(entry.last),
            "because": list(entry.because),
        },
        "coming": [_end(each) for each in ends_ahead(fold, bounds.as_of)],
        "findings": [_finding(each) for each in fold.own_findings],
    }


def periods(fold: TreatyFold, party: str) -> list[Plain]:
    """All spans of all statuses of the party; together they are the whole time line."""
    return [
        {
            "from": _day(span.start),
            "until": _day(span.end),
            "status": span.status.value,
            "bound": is_bound(span.status),
            "flags": list(span.flags),
            "positions": [_claim(each) for each in span.positions],
        }
        for span in fold.course(party).spans
    ]


# --- parts of an answer ---


def run_of(course: Course, day: date) -> tuple[date, date | None]:
    """The first day of the status that holds on the day, and the first day on which it holds no more."""
    index = next(i for i, span in enumerate(course.spans) if span.end is None or day < span.end)
    first = last = index
    while first > 0 and course.spans[first - 1].status is course.spans[index].status:
        first -= 1
    while (
        last + 1 < len(course.spans) and course.spans[last + 1].status is course.spans[index].status
    ):
        last += 1
    return course.spans[first].start, course.spans[last].end


def _relation_told(fold: TreatyFold, party: str, other: str, day: date) -> Plain:
    """The relation, with the reservations that stand between the two, where it is in force and there are any."""
    said = relation(fold, party, other, day)
    found = between(fold, party, other, day) if said["status"] == "in_force" else ()
    return {**said, "reservations": [_reserved(each) for each in found]} if found else said


def _reserved(reserved: Reserved) -> Plain:
    return {
        "act": reserved.act.id,
        "author": reserved.author,
        "standing": reserved.standing,
        "since": _day(reserved.since),
        "because": list(reserved.because),
        "rule": reserved.rule,
        "counted": reserved.counted,
    }


def relation(fold: TreatyFold, party: str, other: str, day: date) -> Plain:
    """Whether the treaty operates between two parties on the day, and if not, why."""
    for one in (party, other):
        span = fold.course(one).at(day)
        known = fold.acts(one) or one != other
        if known and is_bound(span.status) is False:
            why = f"{one} is not bound on the day ({span.status.value})"
            return _relation(other, "not_in_force", None, (), why)
    resumed = set()
    for one, two in ((party, other), (other, party)):
        for each in fold.course(one).relations:
            if each.towards == two and each.start <= day and (each.end is None or day < each.end):
                if each.status != "in_force":
                    return _relation(other, each.status, each.start, each.because, each.rule)
                resumed.add(one)
    for one in (party, other):
        span = fold.course(one).at(day)
        suspended = span.status is Status.PARTY_SUSPENDED or "suspended" in span.flags
        if suspended and one not in resumed:
            since = run_of(fold.course(one), day)[0]
            return _relation(other, "suspended", since, (), f"{one} suspends it towards all")
    rule = (
        "in force between the two"
        if fold.acts(other)
        else f"nothing on record of {other} stands against it"
    )
    return _relation(other, "in_force", None, (), rule)


def proceedings(acts: Sequence[Act], day: date) -> list[Plain]:
    """The steps at home still under way on the day: those after the last act that ended a procedure."""
    done = [act for act in acts if act.on() <= day]
    ended = [act.on() for act in done if KINDS[act.kind].effect in CONCLUDING or act.kind in ENDING]
    last = max(ended, default=date.min)
    steps = [act for act in done if KINDS[act.kind].group is Group.HOME and act.kind not in ENDING]
    return [
        {
            "act": act.id,
            "kind": act.kind,
            "on": act.on().isoformat(),
            "by": act.by,
            "note": act.note,
        }
        for act in steps
        if act.on() > last
    ]


def territories(fold: TreatyFold, party: str, day: date) -> list[Plain]:
    """The territories that acts of the pair name, each with whether it is covered on the day, and since when.

    Where no act names one, the treaty binds the party for its entire territory (VCLT 29).
    """
    said: dict[str, list[tuple[date, bool, str]]] = {}
    for act in fold.acts(party):
        effect = KINDS[act.kind].effect
        if effect not in (Effect.TERRITORY, Effect.CONSENT) or act.legal_effect is False:
            continue
        since = earliest(act.effective) if act.effective is not None else act.on()
        covers = act.kind not in ("territorial_exclusion", "territorial_withdrawal")
        for name in act.territories:
            said.setdefault(name, []).append((since, covers, act.id))
    bound = is_bound(fold.course(party).at(day).status) is not False
    return [
        _territory(name, [each for each in changes if each[0] <= day], changes, day, bound=bound)
        for name, changes in sorted(said.items())
        if any(since <= day for since, _, _ in changes)
    ]


def _territory(
    name: str,
    past: Sequence[tuple[date, bool, str]],
    changes: Sequence[tuple[date, bool, str]],
    day: date,
    *,
    bound: bool,
) -> Plain:
    since, covers, act = max(past, key=lambda each: each[0])
    until = min((each[0] for each in changes if each[0] > day), default=None)
    return {
        "territory": name,
        "covered": covers and bound,
        "since": since.isoformat(),
        "until": _day(until),
        "because": [act],
    }


def findings(fold: TreatyFold, course: Course, day: date) -> list[Finding]:
    """What a reader should know: irregular acts recorded knowingly, stated days that differ, what is not on record."""
    found = [*course.findings]
    for outcome in (*course.outcomes, *course.by_operation):
        if outcome.act.on() <= day or any(move.on <= day for move in outcome.moves):
            found.extend(outcome.findings)
            found.extend(_accepted(outcome.act))
            found.extend(_broken(outcome))
    if any(span.status is not Status.NONE for span in course.spans):
        found.extend(fold.entry().findings)
    return list(dict.fromkeys(found))


def _accepted(act: Act) -> Iterable[Finding]:
    for rule in act.despite:
        detail = f"recorded although it breaks the rule {rule}: {act.note}"
        yield Finding(name=rule, detail=detail, act=act.id, source=KINDS[act.kind].source)


def _broken(outcome: Outcome) -> Iterable[Finding]:
    """The rule that an act on record breaks although nobody recorded it so: by what was recorded after it."""
    if outcome.breach is not None and outcome.breach not in outcome.act.despite:
        detail = outcome.why or outcome.breach
        yield Finding(name=outcome.breach, detail=detail, act=outcome.act.id, source=outcome.source)


def _end(end: TreatyEnd) -> Plain:
    return {
        "on": end.on.isoformat(),
        "state": end.state.value,
        "because": list(end.because),
        "rule": end.rule,
        "unless": end.unless,
    }


def _relied_on(course: Course, day: date) -> list[Outcome]:
    return [each for each in course.outcomes if _counts(each, day)]


def _disregarded(course: Course, day: date) -> list[Outcome]:
    return [each for each in course.outcomes if not _counts(each, day)]


def _counts(outcome: Outcome, day: date) -> bool:
    undone = outcome.undone_on is not None and outcome.undone_on <= day
    return not undone and any(move.on <= day for move in outcome.moves)


def _reason(outcome: Outcome, day: date) -> Plain:
    return {
        "act": outcome.act.id,
        "kind": outcome.act.kind,
        "on": outcome.act.on().isoformat(),
        **_moved(outcome, day),
    }


def _operation(outcome: Outcome, day: date) -> Plain:
    return {"kind": outcome.act.kind, **_moved(outcome, day)}


def _moved(outcome: Outcome, day: date) -> Plain:
    past = [move for move in outcome.moves if move.on <= day and not _came_otherwise(move)]
    last = max(past, key=lambda move: move.on, default=None)
    return {
        "effective": _day(outcome.effective),
        "clause": outcome.clause,
        "rule": outcome.rule,
        "counted": outcome.counted,
        "source": outcome.source,
        "moves_to": last.to.value if last is not None else None,
    }


def _came_otherwise(move: Move) -> bool:
    return move.known_until is not None and move.known_until <= move.on


def _set_aside(outcome: Outcome, day: date) -> Plain:
    why = outcome.why
    if outcome.act.on() > day and (outcome.moves or why is None):
        why = "done after the day asked about"
    elif outcome.moves and (outcome.undone_on is None or outcome.undone_on > day):
        why = "its effect begins after the day asked about"
    return {
        "act": outcome.act.id,
        "kind": outcome.act.kind,
        "on": outcome.act.on().isoformat(),
        "why": why,
        "source": outcome.source,
    }


def _line(fold: TreatyFold, course: Course, span: Span, day: date) -> Plain:
    since, until = run_of(course, day)
    line: Plain = {
        "party": course.party,
        "party_name": fold.register.name(course.party, day),
        "status": span.status.value,
        "bound": is_bound(span.status),
        "since": _day(since),
        "until": _day(until),
        "flags": list(span.flags),
    }
    line.update(_doubts(fold, course.party, day, line))
    return line


def _relation(
    other: str, status: str, since: date | None, because: Sequence[str], rule: str
) -> Plain:
    return {
        "party": other,
        "status": status,
        "since": _day(since),
        "because": list(because),
        "rule": rule,
    }


def _claim(claim: Claim) -> Plain:
    return {
        "who": claim.who,
        "status": claim.status.value,
        "since": _day(claim.since),
        "source": claim.source,
    }


def _finding(finding: Finding) -> Plain:
    return {
        "finding": finding.name,
        "detail": finding.detail,
        "act": finding.act,
        "source": finding.source,
    }


def _interval(interval: Interval) -> Plain:
    return {"from": _day(interval.start), "until": _day(interval.end)}


def _in_order(counts: Mapping[Status, int]) -> list[tuple[Status, int]]:
    return [(status, counts[status]) for status in Status if status in counts]


def _day(day: date | None) -> str | None:
    """The day in ISO 8601; the beginning of the calendar stands for no beginning."""
    return None if day is None or day == date.min else day.isoformat()
