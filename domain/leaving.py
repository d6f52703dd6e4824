"""Notices and decisions that end a membership: how they run, are stopped, moved, postponed or denied (VCLT 54-68)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from domain.acts import Act
from domain.clauses import Withdrawal
from domain.consents import InForce, differing
from domain.counting import count
from domain.dates import Interval, day_before, earliest, in_words
from domain.exits import ExitDay, Notice, exit_day
from domain.kinds import KINDS, Effect
from domain.standing import (
    Exit,
    Standing,
    Stretch,
    Verdict,
    claimed_day,
    void_words,
)
from domain.states import Claim, Finding, Move, Outcome, Status


def leave(fold: Standing, act: Act) -> None:
    """A notice of withdrawal: it runs, or the reason why it does not."""
    day, verdict = act.on(), fold.verdict(act)
    if verdict.void:
        _contest_withdrawal(fold, act, day, verdict.settled)
        fold.inert(act, void_words(verdict, "the notice has no effect"), "VCLT 54, 56")
        return
    member = fold.member_on(day)
    if member is None:
        fold.inert(
            act,
            "not a party on that day: there is nothing to leave",
            "VCLT 54",
            breach="not_a_party",
        )
        return
    running = [each.act for each in fold.exits if each.runs(day)]
    if running:
        elsewhere = any(each and each.depositary != act.depositary for each in running)
        breach = None if elsewhere else "notice_already_running"
        fold.inert(act, "a notice runs already", "VCLT 54", breach=breach, behind=running[-1])
        return
    _give_notice(fold, act, day, member, verdict)


def _give_notice(fold: Standing, act: Act, day: date, member: Interval, verdict: Verdict) -> None:
    clause = fold.clauses(act).withdrawal
    found = exit_day(clause, _notice_facts(fold, act, day, member), fold.around.dossier.convention)
    stated = verdict.effective or (earliest(act.effective) if act.effective is not None else None)
    if stated is None and found.excluded:
        _contest_withdrawal(fold, act, day, None)
        fold.inert(act, found.rule, "VCLT 56(1)", breach="withdrawal_excluded")
        return
    if stated is None and found.premature_until is not None:
        fold.inert(act, found.rule, clause.article if clause else None, breach="premature_notice")
        return
    running = _running(fold, act, day, stated or found.day, found)
    fold.exits.append(running)
    _settle_what_rested(fold, day)
    _postpone(fold, running, clause is not None and clause.conflict_bar)
    _tell_notice(fold, act, running, found, stated)
    _contest_notice(fold, act, running)


def _settle_what_rested(fold: Standing, day: date) -> None:
    """A new notice takes the place of one that stood still: whether that one can go on matters no more."""
    for _, stretch in fold.flags:
        if rests(stretch) and stretch.end is None:
            stretch.end = day


def rests(stretch: Stretch) -> bool:
    """Whether it tells of a notice that stands still and is not taken back."""
    return stretch.act is not None and KINDS[stretch.act.kind].effect is Effect.NOTICE_SUSPENDED


def _notice_facts(fold: Standing, act: Act, day: date, member: Interval) -> Notice:
    claimed = earliest(act.claimed_effective) if act.claimed_effective is not None else None
    return Notice(
        received=day,
        party_since=member.start,
        treaty_since=fold.around.entry().on or member.start,
        later_day=claimed,
        heard=fold.around.heard(fold.party),
    )


def _running(fold: Standing, act: Act, day: date, effect: date | None, found: ExitDay) -> Exit:
    clause = fold.clauses(act).withdrawal
    return Exit(
        act=act,
        given=day,
        effect=effect,
        without_clause=clause is not None and clause.basis != "clause",
        claimed=earliest(act.claimed_effective) if act.claimed_effective is not None else None,
        rule=found.rule,
    )


def find_conflicts(fold: Standing) -> None:
    """The armed conflicts of the State, before any act is read.

    An end that does not say of which conflict (`concerns`) is that of all that had begun before its day.
    """
    for act in fold.acts:
        effect = KINDS[act.kind].effect
        if effect is Effect.CONFLICT_BEGAN:
            fold.conflicts.append(Stretch(start=act.on(), act=act))
        elif effect is Effect.CONFLICT_ENDED:
            open_ones = [each for each in fold.conflicts if each.end is None]
            meant = [each for each in open_ones if each.act is fold.targets.get(act.id)]
            earlier = [each for each in open_ones if each.start < act.on()]
            for stretch in meant or earlier or open_ones:
                stretch.end = act.on()


def _postpone(fold: Standing, running: Exit, barred: bool) -> None:  # noqa: FBT001 (a fact of the clause)
    """A State in an armed conflict when its notice runs out stays bound until that conflict is over (W8)."""
    due = running.effect
    if not barred or due is None:
        return
    at_war = [each for each in fold.conflicts if each.holds(due)]
    if at_war:
        ends = [each.end for each in at_war if each.end is not None]
        running.due, running.war = due, min(each.start for each in at_war)
        running.effect = max(ends) if len(ends) == len(at_war) else None


def _tell_notice(
    fold: Standing, act: Act, running: Exit, found: ExitDay, stated: date | None
) -> None:
    clause = fold.clauses(act).withdrawal
    moves = [Move(on=running.given, to=Status.PARTY_WITHDRAWING)]
    if running.due is not None and running.war is not None and running.given < running.war:
        moves.append(Move(on=running.due, to=Status.FORMER_PARTY, known_until=running.war))
    if running.effect is not None:
        told = None if running.due is None else running.effect
        moves.append(Move(on=running.effect, to=Status.FORMER_PARTY, known_from=told))
    counted = found.counted
    if stated is not None and stated != found.day:
        counted = f"{in_words(stated)}, as the depositary stated it"
    if running.due is not None:
        counted = f"{counted}; postponed to the end of the armed conflict"
    findings = differing(act, stated, found.day) if stated is not None else ()
    rule = found.rule
    if clause is not None:
        rule = _with_conference(fold, clause, act, rule)
        findings = (*findings, *_conditions(clause, act))
    result = InForce(
        day=running.effect,
        clause=clause.article if clause else None,
        rule=rule,
        counted=counted,
        findings=findings,
    )
    fold.moved(act, *moves, found=result)
    _survive(fold, clause, running)


def _survive(fold: Standing, clause: Withdrawal | None, running: Exit) -> None:
    """What outlives the exit runs from its day, and from no other day on which it was once expected."""
    if running.act is not None:
        fold.flags = [
            (name, stretch)
            for name, stretch in fold.flags
            if name != "survival_obligations" or stretch.act is not running.act
        ]
    if clause is not None and clause.survival is not None and running.counts():
        assert running.effect is not None  # what counts has its day
        fold.survive(clause.survival.period, running.effect, running.act)


def _with_conference(fold: Standing, clause: Withdrawal, act: Act, rule: str) -> str:
    """The rule, with the days between which the notice sets a conference in motion (W10)."""
    if clause.convene is None:
        return rule
    first, last = (
        count(act.on(), each, fold.around.dossier.convention).day
        for each in (clause.convene.earliest, clause.convene.latest)
    )
    return f"{rule}; the parties are to meet between {in_words(first)} and {in_words(last)}"


def _conditions(clause: Withdrawal, act: Act) -> Iterator[Finding]:
    """What the exit hangs on beside time, and of which the record presumes that it is fulfilled (W9)."""
    if clause.conditions:
        detail = f"the exit is subject to: {'; '.join(clause.conditions)}; that this is fulfilled is presumed"
        yield Finding(name="conditions_presumed", detail=detail, act=act.id, source=clause.article)


def _contest_notice(fold: Standing, act: Act, running: Exit) -> None:
    if fold.verdict(act).settled is not None:
        return
    if running.without_clause:
        fold.flags.append(("withdrawal_without_clause", Stretch(start=running.given, act=act)))
    for denial in fold.contested.get(act.id, ()):
        if denial.id in fold.withdrawn_objections:
            continue
        disputes = KINDS[denial.kind].effect is Effect.DISPUTE or running.without_clause
        running.disputed = running.disputed or disputes
        running.deniers.append(denial.by or "those who deny the effect")
        if not disputes:
            _contest_withdrawal(fold, act, denial.on(), None)
    running.deniers.extend(act.contested_by)
    if act.contested_by:
        running.disputed = running.disputed or running.without_clause
        _contest_withdrawal(fold, act, running.given, None)


def _contest_withdrawal(fold: Standing, act: Act, start: date, end: date | None) -> None:
    deniers = [
        *act.contested_by,
        *(each.by or "an objecting State" for each in fold.contested.get(act.id, ())),
    ]
    claims = (
        Claim(who=fold.party, status=Status.FORMER_PARTY, since=claimed_day(act)),
        *(
            Claim(who=who, status=Status.PARTY)
            for who in dict.fromkeys(deniers or ["the depositary"])
        ),
    )
    fold.flags.append(
        ("withdrawal_contested", Stretch(start=start, end=end, act=act, claims=claims))
    )


def stop_notice(fold: Standing, act: Act) -> None:
    """A notice is revoked or suspended before its effect (VCLT 68)."""
    day, target = act.on(), fold.targets.get(act.id)
    running = [
        each for each in fold.exits if each.runs(day) and (target is None or each.act is target)
    ]
    revoked = KINDS[act.kind].effect is Effect.NOTICE_REVOKED
    if fold.verdict(act).void or not running:
        fold.inert(
            act,
            "no notice was running that it could stop",
            "VCLT 68",
            breach="nothing_to_revoke",
        )
        return
    if act.contested_by or (revoked and any(each.holds(day) for each in fold.rivalries)):
        running[-1].disputed = True
        running[-1].deniers.append(act.by or fold.party)
        fold.inert(act, "revoked by one of two authorities: the effect is in dispute", "VCLT 68")
        return
    running[-1].stopped = day
    _survive(fold, None, running[-1])
    if not revoked:  # no rule of the law of treaties knows a notice that stands still
        fold.flags.append(("withdrawal_contested", Stretch(start=day, act=act)))
    word = "revoked" if revoked else "suspended"
    notice = running[-1].act
    assert notice is not None  # exits by operation of law come after all acts
    fold.undo(notice, day, f"{word} on {in_words(day)}, before its effect")
    rule = f"the notice is {word} before its effect"
    fold.moved(
        act, Move(on=day, to=Status.PARTY), found=InForce(day=day, clause="VCLT 68", rule=rule)
    )


def move_exit(fold: Standing, act: Act) -> None:
    """The day of an exit that runs is moved by agreement."""
    day = act.on()
    running = [each for each in fold.exits if each.runs(day)]
    new = earliest(act.effective) if act.effective is not None else None
    if not running or new is None:
        fold.inert(
            act,
            "no exit was running whose day it could move",
            "VCLT 54",
            breach="nothing_to_revoke",
        )
        return
    running[-1].effect = new
    _survive(fold, fold.clauses(running[-1].act or act).withdrawal, running[-1])
    for outcome in [
        each for each in fold.outcomes.values() if each.act in (running[-1].act, *fold.movers)
    ]:
        _retell(fold, outcome.act, new, day)
    fold.movers.append(act)
    found = InForce(day=new, rule="the day of exit is moved by agreement", counted=in_words(new))
    fold.moved(
        act,
        Move(on=day, to=Status.PARTY_WITHDRAWING),
        Move(on=new, to=Status.FORMER_PARTY),
        found=found,
    )


def _retell(fold: Standing, act: Act, new: date, day: date) -> None:
    before = fold.outcomes[act.id]
    moves = tuple(
        replace(each, known_until=day)
        if each.to is Status.FORMER_PARTY and each.known_until is None
        else each
        for each in before.moves
    )
    counted = f"{before.counted}; moved by agreement to {in_words(new)}"
    fold.outcomes[act.id] = replace(before, moves=moves, effective=new, counted=counted)


def cease(fold: Standing, act: Act) -> None:
    """A decision of others ends the membership."""
    day, verdict = act.on(), fold.verdict(act)
    if verdict.void:
        fold.inert(act, void_words(verdict, "the decision has no effect"))
        return
    effect = verdict.effective or (earliest(act.effective) if act.effective is not None else day)
    if fold.member_on(min(day, effect)) is None and fold.member_on(day) is None:
        fold.inert(act, "not a party on that day: nothing to end", "VCLT 54", breach="not_a_party")
        return
    fold.exits.append(Exit(act=act, given=day, effect=effect, rule="membership is ended"))
    moves = [Move(on=day, to=Status.PARTY_WITHDRAWING)] if day < effect else []
    clause = fold.clauses(act).withdrawal
    found = InForce(
        day=effect,
        clause=clause.article if clause else None,
        rule="membership is ended by decision",
    )
    fold.moved(act, *moves, Move(on=effect, to=Status.FORMER_PARTY), found=found)
    _contest_notice(fold, act, fold.exits[-1])
    _survive(fold, clause, fold.exits[-1])


def leave_with(fold: Standing, given: date, effect: date, rule: str) -> None:
    """An exit by operation of law: with the parent, or by a revising treaty."""
    member = fold.member_on(day_before(effect))
    if member is None:
        _lapse(fold, given, effect, rule)
        return
    if member.end is not None and member.end <= effect:
        return
    since = max(given, member.start)
    fold.exits.append(Exit(act=None, given=since, effect=effect, rule=rule))
    _survive(fold, fold.around.dossier.clauses(given).withdrawal, fold.exits[-1])
    moves = (
        [Move(on=since, to=Status.PARTY_WITHDRAWING, known_from=given)] if since < effect else []
    )
    moves.append(Move(on=effect, to=Status.FORMER_PARTY, known_from=given))
    _tell_by_operation(fold, *moves, effect=effect, on=since, rule=rule)


def _lapse(fold: Standing, given: date, effect: date, rule: str) -> None:
    """A consent that was to bind from the very day of the exit lapses with it.

    On its first day the State is out already, so that it was a party on no day;
    a consent given on that day is given by a State that has left, and stands.
    """
    lapsing = [
        each
        for each in fold.consents_in_force()
        if each.starts == effect and each.received < effect
    ]
    for consent in lapsing:
        consent.withdrawn = effect
        before = fold.outcomes[consent.act.id]
        moves = tuple(
            replace(each, known_until=given) if each.to is Status.PARTY else each
            for each in before.moves
        )
        why = f"it lapses on {in_words(effect)}, before it binds: {rule}"
        fold.outcomes[consent.act.id] = replace(before, moves=moves, why=why, undone_on=effect)
        known = max(given, consent.received)
        move = Move(on=effect, to=fold.status_by_now(effect), known_from=known)
        _tell_by_operation(fold, move, effect=effect, on=known, rule=rule)


def _tell_by_operation(fold: Standing, *moves: Move, effect: date, on: date, rule: str) -> None:
    clause = fold.around.dossier.clauses(on).withdrawal
    marker = Act(
        id="", treaty=fold.around.dossier.treaty, kind="withdrawal_by_cascade", party=fold.party
    )
    fold.by_operation.append(
        Outcome(
            act=marker,
            moves=moves,
            effective=effect,
            clause=clause.article if clause else None,
            rule=rule,
        )
    )


def dispute_exit(fold: Standing, running: Exit) -> None:
    """From the day on which the readings differ, the status itself is disputed."""
    starts = dispute_starts(running)
    if not running.disputed or starts is None or running.act is None:
        return
    if running.stopped is not None and running.stopped <= starts:
        return
    claims = [
        Claim(who=fold.party, status=Status.FORMER_PARTY, since=running.claimed or running.effect)
    ]
    if (
        running.claimed is not None
        and running.effect is not None
        and running.claimed != running.effect
    ):
        claims.append(Claim(who=running.rule, status=Status.FORMER_PARTY, since=running.effect))
    claims.extend(Claim(who=who, status=Status.PARTY) for who in dict.fromkeys(running.deniers))
    fold.disputes.append(Stretch(start=starts, act=running.act, claims=tuple(claims)))


def dispute_starts(running: Exit) -> date | None:
    """The first day on which the readings differ on whether the State is bound; none before the notice is rewritten."""
    days = [day for day in (running.claimed, running.effect) if day is not None]
    return max(running.given, min(days)) if days else None
