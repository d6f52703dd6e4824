"""What must be there before a treaty enters into force, counted on as instruments come and go (patterns E1 to E11)."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from domain.acts import Act
from domain.clauses import (
    AllSignatories,
    Clauses,
    Exchange,
    Fraction,
    Instruments,
    Members,
    Named,
    ParentInForce,
    Requirement,
    Share,
)
from domain.counting import Convention
from domain.kinds import KINDS, Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """An instrument that counts towards entry into force, from `day` until it is `withdrawn`."""

    party: str
    act: Act
    day: date
    withdrawn: date | None = None

    def stands(self, on: date) -> bool:
        """Whether it counts on the day."""
        return self.day <= on and (self.withdrawn is None or on < self.withdrawn)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the requirements are held against.

    `persons` gives all codes of one legal person, `parent_in_force` the day another treaty entered into force,
    `parties_of` the number of parties to another treaty on a day.
    """

    clauses: Clauses
    convention: Convention
    deposits: Sequence[Deposit]
    signatories: Mapping[str, date]
    treaty_acts: Sequence[Act]
    as_seen: date | None
    persons: Callable[[str], tuple[str, ...]]
    parent_in_force: Callable[[str], date | None]
    parties_of: Callable[[str, date], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the deposits show.

    `met_on` is the first day on which all requirements were met together.
    `shown` has those that were met on the day asked about, by their place in the clause,
    each with the first day on which it was.
    """

    met_on: date | None
    shown: Mapping[int, date]
    unmade: tuple[tuple[date, date], ...] = ()
    """Days on which all were met, each with that on which an instrument was taken back in time to unmake it."""


def read_deposits(
    around: Circumstances,
    requirements: Sequence[Requirement],
    asked: date | None,
    in_force_on: Callable[[date], date | None],
) -> Reading:
    """Go through the deposits once, in order, up to the day `asked`, or else to that on which all is met.

    `in_force_on` tells on which day the treaty would enter into force, were the conditions met on a day.
    """
    if not requirements:
        return Reading(met_on=None, shown={})
    tallies = [_tally(around, each) for each in requirements]
    days, gone = _days(around, requirements), _days_of_withdrawal(around)
    first, shown, unmade = dict[int, date](), dict[int, date](), list[tuple[date, date]]()
    met_on = due = None
    for day in sorted({*days, *gone, *filter(None, [asked])}):
        for tally in tallies:
            tally.advance(day)
        met = [index for index, tally in enumerate(tallies) if tally.met(day)]
        for index in met:
            first.setdefault(index, day)
        undecided = met_on is not None and due is not None and day < due
        if undecided and met_on is not None and day in gone and len(met) < len(tallies):
            unmade.append((met_on, day))
            met_on, shown = None, {} if asked is None else shown
        if met_on is None and day in days and len(met) == len(tallies):
            met_on, due = day, in_force_on(day) or day
        if day == (asked or met_on):
            shown = {index: first[index] for index in met}
        if met_on is not None and (asked or met_on) <= day and not _any_between(gone, day, due):
            break
    return Reading(met_on=met_on, shown=shown, unmade=tuple(unmade))


def _days_of_withdrawal(around: Circumstances) -> set[date]:
    return {each.withdrawn for each in around.deposits if each.withdrawn is not None}


def _any_between(days: Iterable[date], after: date, before: date | None) -> bool:
    return before is not None and any(after < day < before for day in days)


def _days(around: Circumstances, requirements: Iterable[Requirement]) -> set[date]:
    """The days on which a requirement can come to be met."""
    days = {each.day for each in around.deposits}
    for requirement in requirements:
        if isinstance(requirement, ParentInForce):
            days.update(filter(None, [around.parent_in_force(requirement.treaty)]))
    return days


def _tally(around: Circumstances, requirement: Requirement) -> "_Tally":
    match requirement:
        case Instruments():
            return _Counted(around, requirement)
        case Named(parties=parties):
            return _Covered(around, parties, len(set(parties)))
        case Members(group=group, at_least=at_least):
            members = around.clauses.groups[group].parties
            return _Covered(around, members, at_least or len(set(members)))
        case Exchange():
            sides = around.clauses.bilateral
            return _Covered(around, sides, len(set(sides)))
        case Share():
            return _Weighed(around, requirement)
        case Fraction():
            return _Fraction(around, requirement)
        case AllSignatories():
            return _Signatories(around)
        case ParentInForce(treaty=treaty):
            return _Parent(around, treaty)
        case _:
            assert_never(requirement)


class _Tally(ABC):
    """The instruments that stand as the days go by."""

    def __init__(self, around: Circumstances) -> None:
        self.around = around
        deposits = around.deposits
        self._coming = sorted(deposits, key=lambda each: each.day, reverse=True)
        withdrawn = [
            (each.withdrawn, each)
            for each in deposits
            if each.withdrawn is not None and each.day < each.withdrawn
        ]
        self._going = sorted(withdrawn, key=lambda each: each[0], reverse=True)

    def advance(self, day: date) -> None:
        """Go on to the day: count what was deposited by then, and no more what was taken back."""
        while self._coming and self._coming[-1].day <= day:
            deposit = self._coming.pop()
            if deposit.withdrawn is None or deposit.day < deposit.withdrawn:
                self.add(deposit, 1)
        while self._going and self._going[-1][0] <= day:
            self.add(self._going.pop()[1], -1)

    @abstractmethod
    def add(self, deposit: Deposit, number: int) -> None:
        """Count the deposit, or (-1) count it no more."""

    @abstractmethod
    def met(self, day: date) -> bool:
        """Whether the requirement is met on the day to which it has been advanced."""


class _Counted(_Tally):
    """A number of instruments; of some kinds only, or by members of a group."""

    def __init__(self, around: Circumstances, requirement: Instruments) -> None:
        super().__init__(around)
        self._requirement = requirement
        among = requirement.among
        self._members = around.clauses.groups[among].parties if among else None
        self._given: Counter[str] = Counter()

    def add(self, deposit: Deposit, number: int) -> None:
        if (
            deposit.party in self._requirement.not_counted
            or (self._requirement.kinds and deposit.act.kind not in self._requirement.kinds)
            or (self._members is not None and deposit.party not in self._members)
        ):
            return
        _add(self._given, deposit.party, number)

    def met(self, day: date) -> bool:  # noqa: ARG002 (only the instruments matter)
        return len(self._given) >= self._requirement.count


class _Covered(_Tally):
    """Instruments of so many of the parties named; a State's covers the person that it continues."""

    def __init__(self, around: Circumstances, named: Iterable[str], needed: int) -> None:
        super().__init__(around)
        self._needed = needed
        self._named = frozenset(named)
        self._answering: dict[str, set[str]] = {}
        for party in self._named:
            for person in around.persons(party):
                self._answering.setdefault(person, set()).add(party)
        self.given: Counter[str] = Counter()

    def covered(self, party: str) -> set[str]:
        """Those of the parties named for which an instrument of the party counts."""
        own = self._named.intersection(self.around.persons(party))
        return {*own, *self._answering.get(party, ())}

    def add(self, deposit: Deposit, number: int) -> None:
        for party in self.covered(deposit.party):
            _add(self.given, party, number)

    def met(self, day: date) -> bool:  # noqa: ARG002 (only the instruments matter)
        return len(self.given) >= self._needed


class _Weighed(_Covered):
    """Parties that together have a share of a weight."""

    def __init__(self, around: Circumstances, requirement: Share) -> None:
        weight = around.clauses.weights[requirement.weight]
        super().__init__(around, weight.shares, 0)
        self._shares = {party: Decimal(share) for party, share in weight.shares.items()}
        self._percent, self._whole = Decimal(requirement.percent), Decimal(weight.total)
        self._more_than = requirement.more_than
        self._held = Decimal()

    def add(self, deposit: Deposit, number: int) -> None:
        for party in self.covered(deposit.party):
            before = party in self.given
            _add(self.given, party, number)
            self._held += self._shares[party] * ((party in self.given) - before)

    def met(self, day: date) -> bool:  # noqa: ARG002 (only the instruments matter)
        share = 100 * self._held / self._whole
        return share > self._percent if self._more_than else share >= self._percent


class _Fraction(_Tally):
    """A fraction of the parties to another treaty, counted when the clause says."""

    def __init__(self, around: Circumstances, requirement: Fraction) -> None:
        super().__init__(around)
        self._requirement = requirement
        self._given: Counter[str] = Counter()
        adopted = [
            act.on()
            for act in around.treaty_acts
            if KINDS[act.kind].effect is Effect.TREATY_ADOPTED
        ]
        if not adopted and around.clauses.adoption is not None:
            adopted = [around.clauses.adoption.on]
        self._counted_on = adopted[0] if requirement.counted == "adoption" and adopted else None

    def add(self, deposit: Deposit, number: int) -> None:
        _add(self._given, deposit.party, number)

    def met(self, day: date) -> bool:
        asked = self._requirement
        if not self._given or len(self._given) < (asked.at_least or 0):
            return False
        body = self.around.parties_of(asked.of, self._counted_on or day)
        if body == 0:
            return asked.at_least is not None  # nobody to count: no fraction of them can be met
        return len(self._given) * asked.denominator >= asked.numerator * body


class _Signatories(_Covered):
    """Every signatory of the day."""

    def __init__(self, around: Circumstances) -> None:
        super().__init__(around, around.signatories, 0)

    def met(self, day: date) -> bool:
        signed = [party for party, on in self.around.signatories.items() if on <= day]
        return bool(signed) and all(party in self.given for party in signed)


class _Parent(_Tally):
    """Another treaty in force."""

    def __init__(self, around: Circumstances, treaty: str) -> None:
        super().__init__(around)
        self._in_force = around.parent_in_force(treaty)

    def add(self, deposit: Deposit, number: int) -> None:
        """No instrument plays a part."""

    def met(self, day: date) -> bool:
        return self._in_force is not None and self._in_force <= day


def _add(given: Counter[str], party: str, number: int) -> None:
    given[party] += number
    if given[party] == 0:
        del given[party]
