"""Provisional application by a State, and how it ends (VCLT 25)."""

from domain.acts import Act
from domain.consents import InForce, differing
from domain.counting import count
from domain.dates import earliest, in_words
from domain.standing import (
    Standing,
    Stretch,
)
from domain.states import Move, Status


def apply_provisionally(fold: Standing, act: Act) -> None:
    """A State applies the treaty before it is in force for it."""
    start = earliest(act.effective) if act.effective is not None else act.on()
    if fold.member_on(start) is not None:
        fold.inert(act, "the treaty is in force for it already", "VCLT 25(1)")
        return
    if any(each.holds(start) for each in fold.provisional):
        fold.inert(act, "it applies the treaty provisionally already", "VCLT 25(1)")
        for each in fold.provisional:
            if each.holds(start) and each.start == start:
                fold.moved(act, Move(on=start, to=Status.PROVISIONAL))
        return
    fold.provisional.append(Stretch(start=start, act=act))
    clause = fold.clauses(act).provisional_application
    found = InForce(
        day=start, clause=clause.article if clause else None, rule="provisional application"
    )
    fold.moved(act, Move(on=start, to=Status.PROVISIONAL), found=found)


def stop_applying(fold: Standing, act: Act) -> None:
    """A notice that ends provisional application."""
    if not any(each.end is None or each.holds(act.on()) for each in fold.provisional):
        fold.inert(
            act,
            "it does not apply the treaty provisionally",
            "VCLT 25(2)",
            breach="nothing_to_end",
        )
        return
    found = end_application(fold, act)
    day = found.day or act.on()
    fold.moved(act, Move(on=day, to=fold.status_by_now(day)), found=found)


def end_application(fold: Standing, act: Act) -> InForce:
    """End what is applied provisionally; gives the day and the rule."""
    day = act.on()
    open_ones = [each for each in fold.provisional if each.end is None or each.holds(day)]
    clause = fold.clauses(act).provisional_application
    declined = act.kind == "provisional_application_declined"
    found = InForce(day=open_ones[-1].start if declined else day, rule="on receipt")
    if clause is not None and clause.notice is not None and not declined:
        counted = count(day, clause.notice, fold.around.dossier.convention)
        found = InForce(
            day=counted.day,
            clause=clause.article,
            rule="end of notice",
            counted=counted.arithmetic,
        )
    if act.effective is not None:
        stated = earliest(act.effective)
        differs = differing(act, stated, found.day)
        found = InForce(
            day=stated,
            clause=found.clause,
            rule=found.rule,
            counted=in_words(stated),
            findings=differs,
        )
    for each in open_ones:
        ends = max(found.day or day, each.start)
        each.end = ends if each.end is None else min(each.end, ends)
    if clause is not None and clause.survival is not None and not declined:
        fold.survive(clause.survival.period, found.day or day, act)
    return found
