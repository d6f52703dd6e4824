"""What follows when days are known only within bounds: which statuses are possible, and between which days it flips.

Every uncertain day is tried at its bounds and wherever its order among the other acts changes.
Courses that pass through the same statuses form one family: their boundaries move with the days,
so that a status is possible on every day between its earliest beginning and its latest end in the family.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, product

from domain.acts import Act
from domain.dates import UncertainDay, day_after, day_before, earliest, is_certain
from domain.dossier import Dossier, order
from domain.kinds import KINDS, Effect
from domain.states import Course, Status
from domain.treaty import TreatyFold

DATES = ("dated", "received", "notified", "effective", "claimed_effective")
MOST_DAYS = 6
"""How many days are tried for one uncertain date at most."""
MOST_TRIALS = 256
"""How many combinations of days are tried at most; beyond it nothing in reach is called certain."""

Choice = tuple[str, str, date]
"""An act by id, one of its dates, and the day tried for it."""


Bounded = tuple[date | None, date | None]
"""The first and the last day that something can have been; None for never."""

Run = tuple[date, date | None, Status]
"""A stretch of one status, half-open, flags apart."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """All courses that one party can have had, and whether every order of the acts has been tried."""

    courses: tuple[Course, ...]
    complete: bool
    reach: tuple[date, date | None]

    def possible(self, day: date) -> tuple[Status, ...]:
        """The statuses that are possible on the day, in the order of the statuses."""
        found = {status for family in self._families.values() for status in _possible(family, day)}
        return tuple(status for status in Status if status in found)

    def is_certain(self, day: date) -> bool:
        """Whether the status on the day is the same whatever the uncertain days were."""
        first, last = self.reach
        outside = day < first or (last is not None and day >= last)
        return len(self.possible(day)) == 1 and (self.complete or outside)

    def flips(self, day: date) -> tuple[date | None, date | None]:
        """The stretch of doubt around the day: its first day, and the first sure day after it."""
        marks = sorted({span.start for course in self.courses for span in course.spans})
        before = [mark for mark in marks if mark <= day]
        after = [mark for mark in marks if mark > day]
        start = next((mark for mark in reversed(before) if self._sure(day_before(mark))), None)
        end = next((mark for mark in after if self._sure(mark)), None)
        return start, end

    def run(self, day: date, status: Status) -> tuple[Bounded, Bounded]:
        """Between which days the status that holds on the day began, and between which it ends."""
        starts: list[date] = []
        ends: list[date | None] = []
        for family in self._families.values():
            for runs in _side_by_side(family):
                if runs[0][2] is status and _spanned(runs, day):
                    starts.extend(min(start, day) for start, _, _ in runs)
                    ends.extend(
                        None if end is None else max(end, day_after(day)) for _, end, _ in runs
                    )
        return _bounds(list(starts)), _bounds(ends)

    def periods(self) -> tuple[tuple[Bounded, Bounded], ...] | None:
        """Between which days each membership began and ended; None where even their number is in doubt."""
        if len({len(course.periods) for course in self.courses}) > 1:
            return None
        return tuple(
            (_bounds([each.start for each in same]), _bounds([each.end for each in same]))
            for same in zip(*(course.periods for course in self.courses), strict=True)
        )

    def _sure(self, day: date) -> bool:
        return len(self.possible(day)) == 1

    @property
    def _families(self) -> Mapping[tuple[Status, ...], list[Course]]:
        families: dict[tuple[Status, ...], list[Course]] = {}
        for course in self.courses:
            families.setdefault(tuple(status for _, _, status in _runs(course)), []).append(course)
        return families


def envelope(fold: TreatyFold, party: str) -> Envelope | None:
    """The courses that the party can have had; None where every day that matters to it is certain."""
    if party not in fold.envelopes:
        fold.envelopes[party] = _envelope(fold, party)
    found = fold.envelopes[party]
    assert found is None or isinstance(found, Envelope)  # only this function fills it
    return found


def _envelope(fold: TreatyFold, party: str) -> Envelope | None:
    own = [each for each in _relevant(fold, party) if _uncertain(each)]
    others = [each for each in _deposits_of_others(fold, party) if _uncertain(each)]
    if not own and not others:
        return None
    axes = [
        _days(act, name, fold, party)
        for act in own
        for name in DATES
        if not is_certain(getattr(act, name))
    ]
    groups: list[list[tuple[Choice, ...]]] = [[(choice,) for choice in axis] for axis in axes]
    if others:
        groups.append([_all_at(others, latest=False), _all_at(others, latest=True)])
    trials = list(islice(product(*groups), MOST_TRIALS + 1))
    complete = len(trials) <= MOST_TRIALS and all(len(axis) < MOST_DAYS for axis in axes)
    if len(trials) > MOST_TRIALS:
        trials = [*trials[:MOST_TRIALS], tuple(group[-1] for group in groups)]
    courses = tuple(
        _try(fold, party, [each for part in trial for each in part]) for trial in trials
    )
    return Envelope(courses=courses, complete=complete, reach=_reach(courses, (*own, *others)))


def _relevant(fold: TreatyFold, party: str) -> Iterable[Act]:
    """The acts of the pair, of the treaty itself, and of the predecessors that the pair's acts name."""
    acts = fold.acts(party)
    yield from acts
    yield from fold.dossier.by_party.get(None, ())
    for predecessor in dict.fromkeys(
        act.predecessor for act in acts if act.predecessor is not None
    ):
        yield from fold.acts(predecessor)


def _deposits_of_others(fold: TreatyFold, party: str) -> Iterable[Act]:
    """The other parties' instruments, which count towards the entry into force of the treaty."""
    clause = fold.dossier.now.entry_into_force
    if clause is None or not clause.all_of or fold.entry().stated is not None:
        return
    for act in fold.dossier.acts:
        effect = KINDS[act.kind].effect
        counts = effect in (Effect.CONSENT, Effect.CONSENT_WITHDRAWN)
        if act.party not in (None, party) and counts:
            yield act


def _uncertain(act: Act) -> bool:
    return any(not is_certain(getattr(act, name)) for name in DATES)


def _days(act: Act, name: str, fold: TreatyFold, party: str) -> list[Choice]:
    """The days to try for one uncertain date: its bounds, then those where its order changes."""
    when = getattr(act, name)
    assert isinstance(when, UncertainDay)  # selected by the caller
    marks = _marks(fold, party)
    turning = {each for mark in marks for each in (day_before(mark), mark, day_after(mark))}
    inside = sorted(each for each in turning if when.earliest < each < when.latest)
    chosen = dict.fromkeys([when.earliest, when.latest, *inside])
    return [(act.id, name, day) for day in list(chosen)[:MOST_DAYS]]


def _marks(fold: TreatyFold, party: str) -> set[date]:
    """The days of the other acts, certain ones and bounds, and those on which the treaty turns."""
    entry = fold.entry()
    marks = {day for day in (entry.on, entry.condition_met_on) if day is not None}
    for act in _relevant(fold, party):
        for name in DATES:
            when = getattr(act, name)
            if isinstance(when, UncertainDay):
                marks.update((when.earliest, when.latest))
            elif when is not None:
                marks.add(when)
    return marks


def _all_at(acts: Sequence[Act], *, latest: bool) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for act in acts:
        for name in DATES:
            when = getattr(act, name)
            if isinstance(when, UncertainDay):
                found.append((act.id, name, when.latest if latest else when.earliest))
    return tuple(found)


def _try(fold: TreatyFold, party: str, choices: Sequence[Choice]) -> Course:
    chosen: dict[str, dict[str, date]] = {}
    for identifier, name, day in choices:
        chosen.setdefault(identifier, {})[name] = day
    acts = [_with(act, chosen.get(act.id, {})) for act in fold.dossier.acts]
    dossier = Dossier(
        treaty=fold.dossier.treaty,
        acts=tuple(sorted((act for act in acts if _known(act, fold.dossier.as_seen)), key=order)),
        definitions=fold.dossier.definitions,
        void=fold.dossier.void,
        removed=fold.dossier.removed,
        as_seen=fold.dossier.as_seen,
    )
    return TreatyFold(dossier, fold.register, fold.related).course(party)


def _with(act: Act, days: Mapping[str, date]) -> Act:
    """The act with certain days in the place of uncertain ones."""
    return replace(
        act,
        dated=days.get("dated", act.dated),
        received=days.get("received", act.received),
        notified=days.get("notified", act.notified),
        effective=days.get("effective", act.effective),
        claimed_effective=days.get("claimed_effective", act.claimed_effective),
    )


def _known(act: Act, as_seen: date | None) -> bool:
    known = act.known_from()
    return as_seen is None or known is None or earliest(known) <= as_seen


def _reach(courses: Sequence[Course], acts: Sequence[Act]) -> tuple[date, date | None]:
    """The days in doubt: from the first bound to the last boundary of any course."""
    firsts = [
        when.earliest
        for act in acts
        for when in (getattr(act, name) for name in DATES)
        if isinstance(when, UncertainDay)
    ]
    lasts = {course.spans[-1].start for course in courses}
    return min(firsts), max(lasts)


def _runs(course: Course) -> list[Run]:
    """The stretches of one status, flags apart."""
    runs: list[Run] = []
    for span in course.spans:
        if runs and runs[-1][2] is span.status:
            runs[-1] = (runs[-1][0], span.end, span.status)
        else:
            runs.append((span.start, span.end, span.status))
    return runs


def _side_by_side(family: Sequence[Course]) -> Iterable[tuple[Run, ...]]:
    """The runs of the courses of one family, each beside its counterparts in the others."""
    return zip(*(_runs(course) for course in family), strict=True)


def _possible(family: Sequence[Course], day: date) -> Iterable[Status]:
    return (runs[0][2] for runs in _side_by_side(family) if _spanned(runs, day))


def _spanned(runs: Sequence[Run], day: date) -> bool:
    """Whether the day lies between the earliest beginning and the latest end of the runs."""
    ends = [end for _, end, _ in runs if end is not None]
    return min(start for start, _, _ in runs) <= day and (len(ends) < len(runs) or day < max(ends))


def _bounds(days: Sequence[date | None]) -> Bounded:
    known = [day for day in days if day is not None]
    if not known:
        return None, None
    return min(known), None if len(known) < len(days) else max(known)
