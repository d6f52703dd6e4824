"""Signature, its confirmation, and the letter by which a signatory says that it will not ratify (VCLT 10, 12, 18)."""

from domain.acts import Act
from domain.consents import InForce
from domain.kinds import KINDS
from domain.provisional import end_application
from domain.standing import (
    Standing,
    Stretch,
)
from domain.states import Move, Outcome, Status


def sign(fold: Standing, act: Act) -> None:
    """A signature; where the clause says so, provisional application begins with it."""
    day = act.on()
    if fold.verdict(act).void:
        fold.inert(act, "the signature was not accepted", KINDS[act.kind].source)
        return
    fold.signatures.append(Stretch(start=day, act=act))
    fold.moved(act, Move(on=day, to=Status.SIGNATORY))
    if act.kind == "signature_ad_referendum":
        fold.flags.append(("unconfirmed_signature", Stretch(start=day, act=act)))
    clause = fold.clauses(act).provisional_application
    if (
        clause is not None
        and clause.begins == "signature"
        and clause.whole
        and fold.party not in clause.declined_by
    ):
        fold.provisional.append(Stretch(start=day, act=act))
        fold.outcomes[act.id] = Outcome(
            act=act,
            moves=(Move(on=day, to=Status.PROVISIONAL),),
            clause=clause.article,
            rule="provisional application from signature",
            source="VCLT 25",
        )


def confirm(fold: Standing, act: Act) -> None:
    """A signature ad referendum is confirmed, and counts from the day of signing."""
    target = fold.targets.get(act.id)
    if target is None:
        fold.inert(act, "there is no signature ad referendum to confirm", breach="nothing_to_end")
        return
    for _, stretch in fold.flags:
        if stretch.act is target:  # the one flag of a signature: that it is unconfirmed
            stretch.end = stretch.start
    found = InForce(day=target.on(), rule="counts from the day of signing", clause="VCLT 12(2)(b)")
    fold.moved(act, Move(on=target.on(), to=Status.SIGNATORY), found=found)


def declare_no_intent(fold: Standing, act: Act) -> None:
    """A signatory says that it will not become a party; provisional application ends with that."""
    day = act.on()
    to = Status.SIGNATORY_NO_INTENT if fold.signed(day) else Status.NONE
    fold.no_intent.append(Stretch(start=day, act=act))
    applied = any(each.end is None for each in fold.provisional)
    if not applied and to is Status.NONE:
        fold.inert(act, "it has not signed: there is no intention to give up", "VCLT 18(a)")
        return
    found = end_application(fold, act) if applied else InForce(day=day)
    fold.moved(act, Move(on=found.day or day, to=to), found=found)
