"""What became of a party's reservations towards another: accepted, by words or silence, or objected to (VCLT 20-22)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from domain.acts import Act
from domain.counting import Period, count
from domain.dates import earliest, in_words
from domain.kinds import KINDS, Effect
from domain.standing import Consent
from domain.treaty import TreatyFold

SILENCE = Period(n=12, unit="months")
"""How long a State may keep silent before that is acceptance, where the treaty says nothing else (VCLT 20(5))."""

RESERVATIONS = frozenset({"reservation", "reservation_late"})


IN_TIME: Mapping[str, str] = {
    "objected": "in force between the two without the provisions reserved, to the extent of the reservation"
    " (VCLT 20(4)(b), 21(3))",
    "accepted": "in force between the two as the reservation modifies it (VCLT 20(4)(a), 21(1))",
    "accepted_by_silence": "no objection in time is on record: in force between the two as the reservation modifies it"
    " (VCLT 20(5), 21(1))",
    "open": "the other may still object (VCLT 20(5))",
}
"""What follows between the two from a reservation made with the consent."""

LATE: Mapping[str, str] = {
    "without_effect": "a late reservation to which one party objects has no effect (practice of the Secretary-General)",
    "accepted_by_silence": "no objection in time is on record (practice of the Secretary-General)",
    "open": "any party may still object, and would leave it without effect (practice of the Secretary-General)",
}
"""What follows from a reservation made after the consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """One reservation as it stands between its author and another party on a day.

    `standing` is `open`, `accepted`, `accepted_by_silence`, `objected` or `without_effect`, `since` the day of that.
    """

    act: Act
    author: str
    standing: str
    since: date
    because: tuple[str, ...]
    rule: str
    counted: str | None = None


def between(fold: TreatyFold, party: str, other: str, day: date) -> tuple[Reserved, ...]:
    """The reservations of either that stand on the day, in order, each as it is between the two.

    Of a party of which nothing is on record, silence is not known either: then none is told.
    """
    if not fold.acts(party) or not fold.acts(other):
        return ()
    found = [
        each
        for author, towards in ((party, other), (other, party))
        for each in (*_own(fold, author, towards, day), *_maintained(fold, author, towards, day))
    ]
    return tuple(sorted(found, key=lambda each: (each.act.on(), each.act.id)))


def turning_days(fold: TreatyFold, party: str, other: str) -> Iterator[date]:
    """The days on which silence becomes acceptance between the two."""
    for author, towards in ((party, other), (other, party)):
        for act in _reservations(fold, author):
            yield _deadline(fold, act, towards)[0]
        for act, _ in _inherited(fold, author):
            yield _deadline(fold, act, towards)[0]


def _own(fold: TreatyFold, author: str, towards: str, day: date) -> Iterator[Reserved]:
    """The reservations that the author made itself."""
    for act in _reservations(fold, author):
        if act.on() <= day and not _taken_back(fold, act, author, day):
            yield _standing(fold, act, author, towards, day)


def _maintained(fold: TreatyFold, author: str, towards: str, day: date) -> Iterator[Reserved]:
    """Its predecessor's reservations, which a successor maintains unless it says otherwise (VCSST 20(1))."""
    for act, consent in _inherited(fold, author):
        if consent.received <= day and not _taken_back(fold, act, author, day):
            found = _standing(fold, act, act.party or "", towards, day)
            yield replace(
                found,
                author=author,
                since=max(found.since, consent.received),
                because=(*found.because, consent.act.id),
                rule=f"maintained with the succession (VCSST 20(1)); {found.rule}",
            )


def _inherited(fold: TreatyFold, author: str) -> Iterator[tuple[Act, Consent]]:
    """The reservations that applied to a predecessor at the date of succession, each with the consent that passes it.

    One that the successor makes anew in the place of its predecessor's names that in `concerns`.
    """
    replaced = {act.concerns for act in _reservations(fold, author)}
    for consent in fold.fold(author).consents:
        owner, day = consent.act.predecessor, consent.received
        if KINDS[consent.act.kind].effect is not Effect.SUCCESSION or owner is None:
            continue
        for act in _reservations(fold, owner):
            unconfirmed = _consent_after(fold, act) is not None
            applies = act.on() <= day and not _taken_back(fold, act, owner, day)
            if applies and not unconfirmed and act.id not in replaced:
                yield act, consent


def _reservations(fold: TreatyFold, author: str) -> list[Act]:
    """The author's reservations; one made at signature and made again with the consent is that one (VCLT 23(2))."""
    acts = [act for act in fold.acts(author) if act.kind in RESERVATIONS]
    made = [act for act in acts if act.legal_effect is not False]
    return [act for act in made if not any(_confirmed_by(fold, act, each) for each in made)]


def _confirmed_by(fold: TreatyFold, act: Act, other: Act) -> bool:
    """Whether the other reservation came with the first consent after the one made at signature."""
    consent = _consent_after(fold, act)
    return consent is not None and other.on() == consent


def _consent_after(fold: TreatyFold, act: Act) -> date | None:
    """The day of the first consent after a reservation that was made at signature; None for any other."""
    fold_of_author = fold.fold(act.party or "")
    if act.kind != "reservation" or not any(
        each.start == act.on() for each in fold_of_author.signatures
    ):
        return None
    later = [each.received for each in fold_of_author.consents if each.received > act.on()]
    return min(later, default=None)


def _taken_back(fold: TreatyFold, reservation: Act, author: str, day: date) -> bool:
    """Whether it was withdrawn by the day; a withdrawal that names none is of all before it (VCLT 22(1))."""
    return any(
        act.kind == "reservation_withdrawn"
        and act.concerns in (None, reservation.id)
        and reservation.on() <= act.on() <= day
        for act in fold.acts(author)
    )


def _standing(fold: TreatyFold, act: Act, author: str, other: str, day: date) -> Reserved:
    consent = _consent_after(fold, act)
    if consent is not None and consent <= day:
        return Reserved(
            act=act,
            author=author,
            standing="without_effect",
            since=consent,
            because=(act.id,),
            rule="made at signature, and not confirmed with the consent (VCLT 23(2))",
        )
    deadline, counted = _deadline(fold, act, other)
    objections = [each for each in _objections(fold, act, author) if each.on() <= day]
    if act.kind == "reservation_late":
        said = [each for each in objections if each.on() <= deadline][:1]
        standing, rules = "without_effect", LATE
    else:
        said = [each for each in objections if each.by == other][-1:]
        standing, rules = "objected", IN_TIME
        accepted = _about(fold, act, author, Effect.RESERVATION_ACCEPTED)
        spoken = [each for each in accepted if each.by == other and each.on() <= day]
        if spoken and not said:
            standing, said = "accepted", spoken[-1:]
    if not said:
        standing = "accepted_by_silence" if deadline <= day else "open"
    silent = standing == "accepted_by_silence"
    return Reserved(
        act=act,
        author=author,
        standing=standing,
        since=said[0].on() if said else deadline if silent else act.on(),
        because=(act.id, *(each.id for each in said)),
        rule=rules[standing],
        counted=None if said else counted,
    )


def _objections(fold: TreatyFold, act: Act, author: str) -> list[Act]:
    """The objections to the reservation that are not withdrawn, in order."""
    return [
        each
        for each in _about(fold, act, author, Effect.OBJECTION)
        if each.id not in fold.fold(author).withdrawn_objections
    ]


def _about(fold: TreatyFold, act: Act, author: str, effect: Effect) -> Iterator[Act]:
    """The acts of this effect about the reservation, or about the consent with which it came."""
    targets = fold.fold(author).targets
    for each in fold.acts(author):
        target = targets.get(each.id)
        if KINDS[each.kind].effect is not effect or target is None or each.legal_effect is False:
            continue
        with_it = KINDS[target.kind].effect is Effect.CONSENT and target.on() == act.on()
        if target is act or with_it:
            yield each


def _deadline(fold: TreatyFold, act: Act, other: str) -> tuple[date, str]:
    """From which day silence is acceptance: after the period, and not before the other itself consents."""
    clause = fold.dossier.clauses(act.on()).reservations
    period = (clause.objections_within if clause is not None else None) or SILENCE
    told = _notified(fold, act)
    counted = count(told or act.on(), period, fold.dossier.convention)
    words = counted.arithmetic
    if told is None:
        words += ", counted from receipt where the notification is not on record"
    joined = min((each.received for each in fold.fold(other).consents), default=date.min)
    if joined > counted.day:
        return joined, f"{words}; it consented itself only on {in_words(joined)}"
    return counted.day, words


def _notified(fold: TreatyFold, act: Act) -> date | None:
    """The day on which the depositary told of it, or of the consent with which it came."""
    with_it = [
        each
        for each in fold.acts(act.party or "")
        if KINDS[each.kind].effect is Effect.CONSENT and each.on() == act.on()
    ]
    return next(
        (earliest(each.notified) for each in (act, *with_it) if each.notified is not None), None
    )
