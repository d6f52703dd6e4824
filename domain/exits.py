"""On which day a notice of withdrawal takes effect under the treaty's clause, or why it does not (VCLT 54-56)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.clauses import FixedExit, OpenPeriods, Terms, Withdrawal
from domain.counting import UNITED_NATIONS, Convention, Period, count, described
from domain.dates import MONTHS, Interval, day_after, in_words

GENERAL_LAW = Period(n=12, unit="months")
"""The notice that general law asks for where the treaty is silent (VCLT 56(2))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitDay:
    """The first day on which the State is no longer bound, by which rule; or the reason why there is none."""

    day: date | None
    rule: str
    counted: str | None = None
    premature_until: date | None = None
    excluded: bool = False


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What the clause is applied to: the day of receipt, and since when the State and the treaty are bound.

    `later_day` is the later day that the notice itself names; `heard` are the other parties' notices:
    the day on which this one could hear of each, and the day of exit to which it leads.
    """

    received: date
    party_since: date
    treaty_since: date
    later_day: date | None = None
    heard: Sequence[tuple[date, date]] = ()


def exit_day(clause: Withdrawal | None, notice: Notice, convention: Convention) -> ExitDay:
    """The day of exit that the clause gives for the notice."""
    if clause is None:
        return ExitDay(day=None, rule="no clause on withdrawal is known to this record")
    if clause.basis == "excluded":
        return ExitDay(
            day=None, rule="the treaty cannot be left: no clause, and none implied", excluded=True
        )
    barred = _barred(clause, notice, convention)
    if barred is not None:
        return barred
    if clause.terms is not None:
        found = _end_of_term(clause.terms, notice, convention)
    elif clause.fixed_exit is not None:
        found = _fixed(clause, clause.fixed_exit, notice, convention)
    else:
        found = _after_period(clause, notice, convention)
    return _or_later(clause, notice, found)


def described_rule(clause: Withdrawal) -> str:
    """The clause in words."""
    if clause.basis == "general_law" and clause.notice is None:
        return "no clause: twelve months' notice under general law"
    if clause.fixed_exit is not None:
        month = MONTHS[clause.fixed_exit.month - 1]
        return f"on {clause.fixed_exit.day} {month} after the cut-off"
    return f"{described(clause.notice or GENERAL_LAW)} after receipt"


def _barred(clause: Withdrawal, notice: Notice, convention: Convention) -> ExitDay | None:
    """Why no notice may be given on that day, if so (W3, W6)."""
    if clause.earliest is not None:
        own = clause.earliest.counted_from == "party_entry_into_force"
        start = notice.party_since if own else notice.treaty_since
        first = count(start, clause.earliest.period, convention)
        if notice.received < first.day:
            rule = f"premature: no notice before {in_words(first.day)} ({first.arithmetic})"
            return ExitDay(day=None, rule=rule, premature_until=first.day)
    if clause.open_periods is not None:
        opens = _next_opening(clause.open_periods, notice, convention)
        if not opens.holds(notice.received):
            rule = f"premature: notice may next be given from {in_words(opens.start)}"
            return ExitDay(day=None, rule=rule, premature_until=opens.start)
    return None


def _next_opening(periods: OpenPeriods, notice: Notice, convention: Convention) -> Interval:
    """The open period in which the notice falls, or the next one."""
    own = periods.counted_from == "party_entry_into_force"
    since = notice.party_since if own else notice.treaty_since
    windows = (
        Interval(opens, count(opens, periods.length, UNITED_NATIONS).day)
        for opens in _recurring(since, periods.first_after, periods.every, convention)
    )
    return next(
        each
        for each in windows
        if each.start == date.max or notice.received < (each.end or date.max)
    )


def _recurring(
    start: date, first: Period, further: Period, convention: Convention
) -> Iterator[date]:
    """The end of the first period, and of each that follows it, without end; none is later than the calendar.

    Each is counted from the start, as what was one day too few in February or one day more for the depositary
    is so once, and not once more with every period.
    """
    times, end = 0, count(start, first, convention).day
    yield end
    while True:
        times += 1
        if {first.then, further.then} == {"same_day"} and "days" not in (first.unit, further.unit):
            months = _in_months(first) + times * _in_months(further)
            whole = Period(n=months, unit="months", plus_one=first.plus_one)
            end = count(start, whole, convention).day
        else:
            end = count(end, replace(further, plus_one=False), UNITED_NATIONS).day
        yield end


def _in_months(period: Period) -> int:
    return period.n * (12 if period.unit == "years" else 1)


def _after_period(clause: Withdrawal, notice: Notice, convention: Convention) -> ExitDay:
    counted = count(notice.received, clause.notice or GENERAL_LAW, convention)
    return ExitDay(day=counted.day, rule=described_rule(clause), counted=counted.arithmetic)


def _end_of_term(terms: Terms, notice: Notice, convention: Convention) -> ExitDay:
    led_to = count(notice.received, terms.lead, convention).day
    ends = _recurring(notice.treaty_since, terms.first, terms.further, UNITED_NATIONS)
    end = next(each for each in ends if led_to <= each)
    words = f"end of the term that runs to {in_words(end)}; notice came at least {described(terms.lead)} before"
    return ExitDay(
        day=end, rule=f"end of a term, with {described(terms.lead)}' notice", counted=words
    )


def _fixed(clause: Withdrawal, fixed: FixedExit, notice: Notice, convention: Convention) -> ExitDay:
    year = notice.received.year
    in_time = notice.received <= date(year, fixed.cutoff_month, fixed.cutoff_day)
    cutoff = date(year if in_time else year + 1, fixed.cutoff_month, fixed.cutoff_day)
    day = _named_day(fixed, cutoff.year + fixed.years_after_cutoff)
    words = f"received by the cut-off of {in_words(cutoff)}: out on {in_words(day)}"
    earlier = _following(clause, notice, convention, day)
    if earlier is not None:
        day, words = (
            earlier,
            f"given soon after another party's notice: out with it on {in_words(earlier)}",
        )
    return ExitDay(day=day, rule=described_rule(clause), counted=words)


def _named_day(fixed: FixedExit, year: int) -> date:
    day = date(year, fixed.month, fixed.day)
    return day_after(day) if fixed.at_end_of_day else day


def _following(
    clause: Withdrawal, notice: Notice, convention: Convention, day: date
) -> date | None:
    """An earlier exit, together with another party whose notice this one follows in time (W11)."""
    if clause.follow_within is None:
        return None
    possible = [
        exit_on
        for heard_on, exit_on in notice.heard
        if heard_on <= notice.received <= count(heard_on, clause.follow_within, convention).day
        and notice.received < exit_on < day
    ]
    return min(possible, default=None)


def _or_later(clause: Withdrawal, notice: Notice, found: ExitDay) -> ExitDay:
    later = notice.later_day
    at_least = clause.later_day_allowed or clause.basis == "general_law"  # VCLT 56(2): not less
    if not at_least or later is None or found.day is None or later <= found.day:
        return found
    words = f"{found.counted}; the notice names a later day, {in_words(later)}"
    return ExitDay(
        day=later, rule=f"{found.rule}, or a later day named in the notice", counted=words
    )
