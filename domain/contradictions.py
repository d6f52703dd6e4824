"""Where final clauses contradict themselves, or name what is not there; each fault with its place."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

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
    Reservations,
    Share,
    Withdrawal,
)
from domain.counting import UNITED_NATIONS, Period, count
from domain.errors import Fault
from domain.kinds import KINDS, Effect

Found = Iterator[tuple[str, str]]
"""Faults as they are found, each a pointer and what is wrong there."""

CONSENTS = frozenset({Effect.CONSENT, Effect.SUCCESSION, Effect.OPT_OUT_WITHDRAWN})


def contradictions(
    clauses: Clauses, *, parties: frozenset[str] | None = None, treaty: str | None = None
) -> tuple[Fault, ...]:
    """Every place where the clauses cannot be meant; `parties` are the codes known, `treaty` is whose they are."""
    return tuple(
        Fault(pointer=f"/clauses{pointer}", detail=detail)
        for pointer, detail in (
            *_entry_faults(clauses),
            *_withdrawal_faults(clauses),
            *_other_faults(clauses),
            *_period_faults(clauses, ""),
            *_of_itself(clauses, treaty),
            *_kind_faults(clauses),
            *_unknown_parties(clauses, parties),
        )
    )


def _entry_faults(clauses: Clauses) -> Found:
    entry = clauses.entry_into_force
    if entry is None:
        return
    for index, requirement in enumerate(entry.all_of):
        for name, detail in _requirement_faults(requirement, clauses):
            yield f"/entry_into_force/all_of/{index}/{name}", detail
    stated = entry.stated
    if (
        stated is not None
        and stated.condition_met_on is not None
        and stated.condition_met_on > stated.on
    ):
        yield "/entry_into_force/stated/condition_met_on", "is later than the entry into force"


def _requirement_faults(  # noqa: C901, PLR0912 (one case for each requirement)
    requirement: Requirement, clauses: Clauses
) -> Found:
    match requirement:
        case Instruments(count=number, among=group):
            if number < 1:
                yield "count", "must be at least 1"
            if group is not None and group not in clauses.groups:
                yield "among", f"there is no group {group}"
        case Members(group=group, at_least=at_least):
            if group not in clauses.groups:
                yield "group", f"there is no group {group}"
            elif at_least is not None and not 1 <= at_least <= len(clauses.groups[group].parties):
                yield "at_least", "must lie between 1 and the size of the group"
        case Share(weight=weight, percent=percent):
            if weight not in clauses.weights:
                yield "weight", f"there is no weight {weight}"
            if not is_number(percent) or not 0 < Decimal(percent) <= 100:
                yield "percent", "must be a number above 0 and not above 100, as text"
        case Fraction(numerator=numerator, denominator=denominator, at_least=at_least):
            if not 0 < numerator <= denominator:
                yield "numerator", "must be above 0 and not above the denominator"
            if at_least is not None and at_least < 1:
                yield "at_least", "must be at least 1"
        case Exchange():
            if not clauses.bilateral:
                yield "rule", "an exchange needs the two sides under bilateral"
        case Named(parties=named):
            if not named:
                yield "parties", "must name a party"
        case AllSignatories() | ParentInForce():
            pass
        case _:
            assert_never(requirement)


def _withdrawal_faults(clauses: Clauses) -> Found:
    withdrawal = clauses.withdrawal
    if withdrawal is None:
        return
    ways = [name for name in ("terms", "fixed_exit") if getattr(withdrawal, name) is not None]
    if len(ways) > 1:
        yield (
            "/withdrawal/fixed_exit",
            "one leaves at the end of a term or on a fixed day, not both",
        )
    if withdrawal.basis == "excluded" and (withdrawal.notice is not None or ways):
        yield "/withdrawal/basis", "an exit that is excluded has no period of notice"
    if withdrawal.basis == "clause" and withdrawal.notice is None and not ways:
        yield (
            "/withdrawal/notice",
            "is missing: a clause on withdrawal needs a period, a term or a fixed day",
        )
    if withdrawal.follow_within is not None and withdrawal.fixed_exit is None:
        yield "/withdrawal/follow_within", "needs a fixed day of exit to follow to"
    if withdrawal.fixed_exit is not None:
        for month, day in (("month", "day"), ("cutoff_month", "cutoff_day")):
            if not _is_day_of_year(
                getattr(withdrawal.fixed_exit, month), getattr(withdrawal.fixed_exit, day)
            ):
                yield f"/withdrawal/fixed_exit/{day}", "is not a day of every year"
    yield from _span_faults(withdrawal)


def _span_faults(withdrawal: Withdrawal) -> Found:
    """Periods of which one has to be within another."""
    convene, periods = withdrawal.convene, withdrawal.open_periods
    if convene is not None and _longer(convene.earliest, convene.latest):
        yield "/withdrawal/convene/latest", "is shorter than the earliest"
    if periods is not None and _longer(periods.length, periods.every):
        yield "/withdrawal/open_periods/length", "is longer than the time from one to the next"


def _other_faults(clauses: Clauses) -> Found:
    if clauses.bilateral and len(set(clauses.bilateral)) != 2:
        yield "/bilateral", "must name two different parties"
    yield from _list_faults(clauses)
    yield from _joining_faults(clauses)
    opt_out = clauses.opt_out
    if opt_out is not None and _longer(opt_out.reject_within, opt_out.effective_after):
        yield "/opt_out/effective_after", "is shorter than the time for rejection"
    minimum = clauses.duration.minimum_parties if clauses.duration is not None else None
    if minimum is not None and minimum < 1:
        yield "/duration/minimum_parties", "must be at least 1"


def _list_faults(clauses: Clauses) -> Found:
    for name, group in clauses.groups.items():
        if not group.parties:
            yield f"/groups/{name}/parties", "must name a party"
    for name, weight in clauses.weights.items():
        shares = {party: share for party, share in weight.shares.items() if is_number(share)}
        for party in weight.shares.keys() - shares.keys():
            yield f"/weights/{name}/shares/{party}", "must be a number, as text"
        if not is_number(weight.total) or Decimal(weight.total) <= 0:
            yield f"/weights/{name}/total", "must be a number above 0, as text"
        for party, share in shares.items() if is_number(weight.total) else ():
            if Decimal(share) > Decimal(weight.total):
                yield f"/weights/{name}/shares/{party}", "is more than the whole"


def _joining_faults(clauses: Clauses) -> Found:
    signature = clauses.signature
    if signature and signature.opens and signature.closes and signature.closes < signature.opens:
        yield "/signature/closes", "is earlier than the opening"
    adoption = clauses.adoption
    if adoption and signature and signature.opens and signature.opens < adoption.on:
        yield "/signature/opens", "is earlier than the adoption"
    accession = clauses.accession
    if accession is not None and accession.open == "never" and accession.approval_by is not None:
        yield "/accession/approval_by", "nobody approves what is never open"
    if clauses.reservations is not None:
        yield from _reservation_faults(clauses.reservations)


def _reservation_faults(reservations: Reservations) -> Found:
    if not reservations.allowed and reservations.accepted_by is not None:
        yield "/reservations/accepted_by", "nobody accepts what is not allowed"
    if reservations.barred_by_share is not None:
        numerator, denominator = reservations.barred_by_share
        if not 0 < numerator <= denominator:
            yield "/reservations/barred_by_share", "must be a share above 0 and not above the whole"


def _period_faults(value: object, pointer: str) -> Found:
    """What is wrong with any period, wherever it stands."""
    if isinstance(value, Period):
        if value.n < (0 if value.then == "first_of_month" else 1):
            yield f"{pointer}/n", "must be at least 1"
        if value.then == "first_of_nth_month" and value.unit != "months":
            yield f"{pointer}/unit", "must be months, to count to the first day of one"
        if value.then == "first_of_nth_month" and value.plus_one:
            yield (
                f"{pointer}/plus_one",
                "has no meaning where one counts to the first day of a month",
            )
    elif is_dataclass(value):
        for field in fields(value):
            yield from _period_faults(getattr(value, field.name), f"{pointer}/{field.name}")
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _period_faults(each, f"{pointer}/{index}")


def _longer(one: Period, other: Period) -> bool:
    """Whether one period is longer than another, both counted from the same day."""
    start = date(2000, 1, 1)
    return count(start, one, UNITED_NATIONS).day > count(start, other, UNITED_NATIONS).day


def _of_itself(clauses: Clauses, treaty: str | None) -> Found:
    """Where a treaty depends on itself."""
    if treaty is None:
        return
    if clauses.parent == treaty:
        yield "/parent", "a treaty is not its own parent"
    entry, withdrawal = clauses.entry_into_force, clauses.withdrawal
    for index, each in enumerate(entry.all_of if entry is not None else ()):
        if isinstance(each, ParentInForce) and each.treaty == treaty:
            yield f"/entry_into_force/all_of/{index}/treaty", "a treaty does not wait for itself"
        if isinstance(each, Fraction) and each.of == treaty:
            yield f"/entry_into_force/all_of/{index}/of", "it has no parties before it is in force"
    for name in ("with_parent", "by_revising") if withdrawal is not None else ():
        for index, each in enumerate(getattr(withdrawal, name)):
            if each == treaty:
                yield f"/withdrawal/{name}/{index}", "a treaty is not left by leaving itself"


def _unknown_parties(clauses: Clauses, known: frozenset[str] | None) -> Found:
    if known is None:
        return
    for pointer, party in _parties_named(clauses):
        if party not in known:
            yield pointer, f"there is no party {party}"


def _parties_named(clauses: Clauses) -> Found:
    yield from _each("/bilateral", clauses.bilateral)
    for name, group in clauses.groups.items():
        yield from _each(f"/groups/{name}/parties", group.parties)
    for name, weight in clauses.weights.items():
        for party in weight.shares:
            yield f"/weights/{name}/shares/{party}", party
    entry, provisional = clauses.entry_into_force, clauses.provisional_application
    for number, requirement in enumerate(entry.all_of if entry else ()):
        place = f"/entry_into_force/all_of/{number}"
        if isinstance(requirement, Named):
            yield from _each(f"{place}/parties", requirement.parties)
        elif isinstance(requirement, Instruments):
            yield from _each(f"{place}/not_counted", requirement.not_counted)
    if provisional is not None:
        yield from _each("/provisional_application/declined_by", provisional.declined_by)
    if clauses.opt_out is not None:
        yield from _each("/opt_out/addressees", clauses.opt_out.addressees)


def _each(pointer: str, named: tuple[str, ...]) -> Found:
    for index, each in enumerate(named):
        yield f"{pointer}/{index}", each


def _kind_faults(clauses: Clauses) -> Found:
    """Kinds that a clause names and that are no consent to be bound."""
    entry, own = clauses.entry_into_force, clauses.party_entry_into_force
    named: list[tuple[str, str]] = []
    for number, each in enumerate(entry.all_of if entry else ()):
        if isinstance(each, Instruments):
            named.extend(_each(f"/entry_into_force/all_of/{number}/kinds", each.kinds))
    for number, delay in enumerate(own.delays if own else ()):
        named.extend(_each(f"/party_entry_into_force/delays/{number}/kinds", delay.kinds))
    for pointer, code in named:
        if code not in KINDS:
            yield pointer, f"there is no kind of act {code}"
        elif KINDS[code].effect not in CONSENTS:
            yield pointer, f"{KINDS[code].title.lower()} is no consent to be bound"


def is_number(text: str) -> bool:
    """Whether the text is a plain decimal number."""
    whole, _, rest = text.partition(".")
    return (
        whole.isdecimal()
        and whole.isascii()
        and ((rest.isdecimal() and rest.isascii()) or "." not in text)
    )


def _is_day_of_year(month: int, day: int) -> bool:
    try:
        date(2001, month, day)  # a year without 29 February
    except ValueError:
        return False
    return True
