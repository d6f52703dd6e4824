"""Which act another act is about: the one it names, or the one standing act that it can mean."""

from collections.abc import Iterable, Mapping, Sequence

from domain.acts import Act
from domain.kinds import KINDS, Effect

MEANT = {
    Effect.SIGNATURE_CONFIRMED: (Effect.SIGNATURE,),
    Effect.CONSENT_WITHDRAWN: (Effect.CONSENT, Effect.SUCCESSION),
    Effect.NOTICE_SUSPENDED: (Effect.NOTICE,),
    Effect.NOTICE_REVOKED: (Effect.NOTICE,),
    Effect.EXIT_MOVED: (Effect.NOTICE, Effect.CESSATION),
    Effect.RESUMPTION: (Effect.SUSPENSION, Effect.SUSPENSION_CLAIMED),
    Effect.RIGHTS_RESTORED: (Effect.RIGHTS_SUSPENDED,),
    Effect.RIVALRY_ENDED: (Effect.RIVAL_AUTHORITY,),
    Effect.RESERVATION_ACCEPTED: (Effect.CONSENT,),
    Effect.OPT_OUT_WITHDRAWN: (Effect.OPT_OUT,),
    Effect.OBJECTION: (
        Effect.CONSENT,
        Effect.SUCCESSION,
        Effect.SUSPENSION,
        Effect.SUSPENSION_CLAIMED,
        Effect.NOTICE,
    ),
    Effect.DISPUTE: (
        Effect.CONSENT,
        Effect.SUCCESSION,
        Effect.SUSPENSION,
        Effect.NOTICE,
        Effect.CESSATION,
    ),
    Effect.REJECTION: (Effect.CONSENT, Effect.SUCCESSION, Effect.SUSPENSION, Effect.NOTICE),
    Effect.RULING: (
        Effect.CONSENT,
        Effect.SUCCESSION,
        Effect.SUSPENSION,
        Effect.SUSPENSION_CLAIMED,
        Effect.NOTICE,
        Effect.CESSATION,
    ),
}
"""For each effect that is about another act: the effects of the acts that it can be about."""

ABOUT = frozenset({*MEANT, Effect.OBJECTION_WITHDRAWN})
"""Effects of the acts that are about another one."""


def references(acts: Sequence[Act]) -> Mapping[str, Act]:
    """For each act of one party that is about another of them, that other act; the acts are in order."""
    found: dict[str, Act] = {}
    if not any(act.concerns is not None or KINDS[act.kind].effect in ABOUT for act in acts):
        return found
    by_id = {act.id: act for act in acts}
    for index, act in enumerate(acts):
        named = by_id.get(act.concerns or "")
        target = named if act.concerns is not None else _latest(acts[:index], act, found)
        if target is not None:
            found[act.id] = target
    return found


def candidates(acts: Iterable[Act], about: Act) -> tuple[Act, ...]:
    """The acts that this one can be about, in their order."""
    meant = MEANT.get(KINDS[about.kind].effect, ())
    return tuple(act for act in acts if KINDS[act.kind].effect in meant and act.id != about.id)


def _latest(earlier: Sequence[Act], act: Act, found: Mapping[str, Act]) -> Act | None:
    if KINDS[act.kind].effect is Effect.OBJECTION_WITHDRAWN:
        return _objection(earlier, act)
    if KINDS[act.kind].effect not in MEANT:
        return None
    possible = candidates(earlier, act)
    if KINDS[act.kind].effect is Effect.RULING:
        disputed = [found[each.id] for each in earlier if _disputes(each) and each.id in found]
        possible = tuple(disputed) or possible
    return possible[-1] if possible else None


def _disputes(act: Act) -> bool:
    return KINDS[act.kind].effect in (Effect.DISPUTE, Effect.OBJECTION)


def _objection(earlier: Sequence[Act], act: Act) -> Act | None:
    same = [
        each
        for each in earlier
        if KINDS[each.kind].effect is Effect.OBJECTION and each.by == act.by
    ]
    return same[-1] if same else None
