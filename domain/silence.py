"""Consent by silence: an amendment binds every addressee that does not reject it in time (pattern E12)."""

from collections.abc import Sequence

from domain.acts import Act
from domain.counting import count
from domain.dossier import Dossier
from domain.kinds import KINDS, Effect


def notified_amendment(dossier: Dossier) -> Act | None:
    """The last amendment of which the addressees were notified."""
    notified = [
        act
        for act in dossier.by_party.get(None, ())
        if KINDS[act.kind].effect is Effect.AMENDMENT_NOTIFIED
    ]
    return notified[-1] if notified else None


def consent_by_silence(dossier: Dossier, party: str, acts: Sequence[Act]) -> Act | None:
    """The consent by silence of an addressee that did not reject in time (E12); it is no act of anybody."""
    clause = dossier.now.opt_out
    own = [act for act in acts if KINDS[act.kind].effect is Effect.AMENDMENT_NOTIFIED]
    notified = (
        own[-1]
        if own
        else notified_amendment(dossier)
        if clause and party in clause.addressees
        else None
    )
    if clause is None or notified is None or any(act.kind == "tacit_acceptance" for act in acts):
        return None
    deadline = count(notified.on(), clause.reject_within, dossier.convention).day
    if any(KINDS[act.kind].effect is Effect.OPT_OUT and act.on() <= deadline for act in acts):
        return None
    if dossier.as_seen is not None and dossier.as_seen < deadline:
        return None
    return Act(
        id="",
        treaty=dossier.treaty,
        kind="tacit_acceptance",
        party=party,
        received=deadline,
        notified=notified.on(),
        note=clause.article,
    )
