"""Consents to be bound: given, repeated, taken back, in suspense, or defeated by objections (VCLT 11-16, 20)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from domain.acts import Act
from domain.consents import InForce, in_force
from domain.counting import Period, count
from domain.dates import earliest, in_words
from domain.kinds import ACCEDING, KINDS, Effect
from domain.standing import (
    Consent,
    Standing,
    Stretch,
    Verdict,
    claimed_day,
    void_words,
)
from domain.states import Claim, EntryIntoForce, Finding, Move, Outcome, Status


def consent_by_exchange(fold: Standing) -> None:
    """A bilateral treaty in force binds both sides, also the one whose instrument is not on record (VCLT 24)."""
    dossier, entry = fold.around.dossier, fold.around.entry()
    if fold.party not in dossier.now.bilateral or entry.on is None:
        return
    if any(KINDS[act.kind].effect in (Effect.CONSENT, Effect.SUCCESSION) for act in fold.acts):
        return
    marker = Act(id="", treaty=dossier.treaty, kind="exchange_of_instruments", party=fold.party)
    fold.consents.append(Consent(act=marker, received=entry.on, starts=entry.on))
    fold.by_operation.append(
        Outcome(
            act=marker,
            moves=(
                Move(on=entry.on, to=Status.PARTY, known_from=entry.condition_met_on or entry.on),
            ),
            effective=entry.on,
            clause=entry.clause,
            rule="a bilateral treaty in force binds both sides",
            source="VCLT 24",
        )
    )


def consent(fold: Standing, act: Act) -> None:
    """An instrument of consent: it binds, waits, is disputed, or adds nothing to one that stands."""
    day, verdict = act.on(), fold.verdict(act)
    if _needs_acceptance(fold, act, verdict):
        _hold_in_suspense(fold, act)
        return
    if verdict.void:
        fold.flags.append(("consent_contested", Stretch(start=day, end=verdict.settled, act=act)))
        fold.inert(act, void_words(verdict, "the instrument has no effect"), "VCLT 77(1)(d)")
        return
    rival = any(each.holds(day) for each in fold.rivalries)
    standing = _standing_consent(fold, day)
    if standing is None and (act.contested_by or rival) and act.id not in fold.accepted:
        _dispute_consent(fold, act)
        return
    if standing is not None:
        breach = None if _another_depositary(fold, act) else "consent_already_given"
        fold.inert(
            act,
            "its consent stands already; the earliest deposit counts",
            "VCLT 16",
            breach=breach,
            behind=standing,
        )
        return
    found = in_force_day(fold, act, day)
    if act.kind in ACCEDING:
        more = (*_form(fold, act), *_approval(fold, act))
        found = replace(found, findings=(*found.findings, *more))
    add_consent(fold, act, day, found)


def _form(fold: Standing, act: Act) -> Iterator[Finding]:
    """That a signatory accedes: the instrument counts, and is of the form of those that have not signed."""
    signed = (Status.SIGNATORY, Status.SIGNATORY_NO_INTENT)
    if fold.status_by_now(act.on()) in signed:
        detail = "it had signed, and a signatory ratifies"
        yield Finding(name="accession_by_signatory", detail=detail, act=act.id, source="VCLT 14-15")


def _approval(fold: Standing, act: Act) -> Iterator[Finding]:
    """That an accession needs an organ's approval of which the record tells nothing (transition 6)."""
    clause = fold.clauses(act).accession
    if clause is None or clause.approval_by is None:
        return
    organ = clause.approval_by
    approved = [
        each.by
        for each in fold.acts
        if each.kind == "organ_approval" and each.legal_effect is not False
    ]
    if any(by is None or by.casefold() == organ.casefold() for by in approved):
        return
    detail = f"accession is subject to approval by the {organ}; that it was given is presumed"
    for by in approved[:1]:
        detail += f"; {by}, which approved, is another body"
    yield Finding(name="approval_presumed", detail=detail, act=act.id, source=clause.article)


def _another_depositary(fold: Standing, act: Act) -> bool:
    return any(
        each.act.depositary is not None
        and act.depositary is not None
        and each.act.depositary != act.depositary
        for each in fold.consents
    )


def in_force_day(fold: Standing, act: Act, received: date) -> InForce:
    """The day on which the consent binds: as ruled, else as stated, else as the clause gives it."""
    verdict = fold.verdict(act)
    found = _by_entry(fold, act, received, fold.around.entry())
    if verdict.effective is None:
        return found
    return InForce(
        day=verdict.effective, clause=found.clause, rule="as ruled", counted=found.counted
    )


def _by_entry(fold: Standing, act: Act, received: date, entry: EntryIntoForce) -> InForce:
    return in_force(
        act,
        received,
        entry=entry,
        clauses=fold.clauses(act),
        convention=fold.around.dossier.convention,
        at_war=min(
            (
                max(received, each.start)
                for each in fold.conflicts
                if each.end is None or received < each.end
            ),
            default=None,
        ),
    )


def add_consent(fold: Standing, act: Act, received: date, found: InForce) -> None:
    """Hold the consent, and tell from when it makes a contracting State and a party."""
    fold.consents.append(Consent(act=act, received=received, starts=found.day))
    silent = act.kind == "tacit_acceptance" and not act.id and act.notified is not None
    told = earliest(act.notified) if silent and act.notified is not None else None
    moves = (
        [Move(on=received, to=Status.CONTRACTING, known_from=told)]
        if found.day is None or found.day > received
        else []
    )
    if found.day is not None:
        known = told or _foreseen(fold, received, found.day)
        if found.without_war is not None:
            moves.append(
                Move(
                    on=found.without_war,
                    to=Status.PARTY,
                    known_from=received,
                    known_until=found.day,
                )
            )
            known = found.day
        moves.append(Move(on=found.day, to=Status.PARTY, known_from=known))
    fold.moved(act, *moves, *_was_coming(fold, act, received), found=found)


def _was_coming(fold: Standing, act: Act, received: date) -> Iterator[Move]:
    """What followed for the State from an entry into force, until that was unmade (VCLT 24(1))."""
    if act.effective is not None or fold.verdict(act).effective is not None:
        return
    for entry in fold.around.entry().unmade:
        gone, met = entry.unmade_on, entry.condition_met_on
        assert gone is not None  # one that was unmade has both
        assert met is not None
        day = _by_entry(fold, act, received, entry).day
        if received < gone and day is not None:
            known = max(received, met)
            yield Move(on=day, to=Status.PARTY, known_from=known, known_until=gone)


def _foreseen(fold: Standing, received: date, starts: date) -> date:
    """The day from which the entry into force for the State follows from what was done."""
    entry = fold.around.entry()
    if entry.on != starts:
        return received
    return max(received, entry.condition_met_on or entry.on)


def _standing_consent(fold: Standing, day: date) -> Act | None:
    """The consent that stands on the day, with no exit running from it."""
    member = fold.member_on(day)
    if member is not None:
        if any(each.runs(day) for each in fold.exits):
            return None
        begun = [each for each in fold.consents_in_force() if _starts(each) <= member.start]
        return max(begun, key=lambda each: (_starts(each), each.received)).act
    return next(
        (
            each.act
            for each in fold.consents
            if each.received <= day
            and (each.withdrawn is None or day < each.withdrawn)
            and (each.starts is None or day < each.starts)
        ),
        None,
    )


def _starts(consent: Consent) -> date:
    return consent.starts or date.max


def withdraw_consent(fold: Standing, act: Act) -> None:
    """An instrument is taken back; possible only while the treaty is not in force for the State."""
    day, target = act.on(), fold.targets.get(act.id)
    standing = [each for each in fold.consents if each.withdrawn is None and each.received <= day]
    chosen = [each for each in standing if target is None or each.act is target]
    if not chosen:
        fold.inert(
            act,
            "there is no instrument on deposit to take back",
            "VCLT 18(b)",
            breach="nothing_to_withdraw",
        )
    elif chosen[-1].starts is not None and chosen[-1].starts <= day:
        fold.inert(
            act,
            "the treaty is in force for it: one leaves by notice",
            "VCLT 54",
            breach="already_in_force",
        )
    else:
        chosen[-1].withdrawn = day
        fold.undo(chosen[-1].act, day, f"withdrawn on {in_words(day)}")
        fold.moved(act, Move(on=day, to=fold.status_by_now(day)))


def _needs_acceptance(fold: Standing, act: Act, verdict: Verdict) -> bool:
    clause = fold.clauses(act).reservations
    if clause is None or clause.accepted_by is None or verdict.settled is not None:
        return False
    if act.id in fold.accepted and not verdict.void:
        return False
    open_ones = [stretch for _, stretch in fold.in_suspense if stretch.end is None]
    return verdict.void or bool(open_ones) or _reserved(fold, act)


def _reserved(fold: Standing, act: Act) -> bool:
    """Whether the instrument came with a reservation that needs acceptance."""
    return any(
        each.kind == "reservation" and (each.concerns == act.id or each.on() == act.on())
        for each in fold.acts
    )


def _hold_in_suspense(fold: Standing, act: Act) -> None:
    day = act.on()
    clause = fold.clauses(act).reservations
    organ = (
        clause.accepted_by if clause is not None and clause.accepted_by else "the competent organ"
    )
    denied = fold.status_by_now(day)
    deniers = act.contested_by or (organ,)
    claims = (
        Claim(who=fold.party, status=Status.PARTY, since=day),
        *(Claim(who=who, status=denied) for who in deniers),
    )
    stretch = Stretch(start=day, act=act, claims=claims)
    for _, earlier in fold.in_suspense:
        earlier.end = earlier.end or day
    fold.in_suspense.append((act, stretch))
    fold.disputes.append(stretch)
    rule = f"the reservation needs the acceptance of {organ}"
    found = InForce(day=None, clause=clause.article if clause else None, rule=rule)
    fold.moved(act, Move(on=day, to=Status.DISPUTED), found=found)


def _dispute_consent(fold: Standing, act: Act) -> None:
    """A consent by one of two authorities, or denied by others, rewrites nothing before it was given."""
    day = act.on()
    deniers = act.contested_by or ("the other authority",)
    member = fold.member_on(
        day
    )  # a notice runs, or its consent would stand: until the exit all agree
    start = member.end if member is not None and member.end is not None else day
    without = fold.status_by_now(start)
    claims = (
        Claim(who=act.by or fold.party, status=Status.PARTY, since=claimed_day(act) or day),
        *(Claim(who=who, status=without) for who in deniers),
    )
    settled = fold.verdict(act).settled
    if settled is not None:
        add_consent(fold, act, day, in_force_day(fold, act, day))
        return
    fold.disputes.append(Stretch(start=start, act=act, claims=claims))
    found = InForce(day=None, rule="done by one of two authorities, or denied by others")
    fold.moved(act, Move(on=start, to=Status.DISPUTED), found=found)


def reject_by_threshold(fold: Standing) -> None:
    """A reservation that too many object to in time defeats the consent to which it belongs (VCLT 20; clause)."""
    for consent in fold.consents:
        clause = fold.clauses(consent.act).reservations
        if clause is None or clause.barred_by_share is None or not _reserved(fold, consent.act):
            continue
        objectors = _objectors(fold, consent, clause.objections_within)
        numerator, denominator = clause.barred_by_share
        parties = fold.around.parties_apart(consent.received)
        if parties and len(objectors) * denominator >= numerator * parties:
            day = sorted(objectors.values())[-(-numerator * parties // denominator) - 1]
            consent.withdrawn = day
            consent.starts = None
            fold.undo(consent.act, day, "so many parties objected that the reservation is barred")


def _objectors(fold: Standing, consent: Consent, within: object) -> dict[str, date]:
    known = consent.act.known_from()
    start = earliest(known) if known is not None else consent.received
    deadline = (
        count(start, within, fold.around.dossier.convention).day
        if isinstance(within, Period)
        else date.max
    )
    return {
        act.by: act.on()
        for act in fold.acts
        if KINDS[act.kind].effect is Effect.OBJECTION
        and act.by is not None
        and consent.received <= act.on() <= deadline
        and act.id not in fold.withdrawn_objections
    }
