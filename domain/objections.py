"""Within which time one may object to a consent, counted from the day on which it was told of."""

from domain.acts import Act
from domain.clauses import Objections
from domain.counting import Convention, count
from domain.dates import earliest, latest


def too_late(
    clause: Objections, objection: Act, consent: Act, convention: Convention
) -> str | None:
    """The article under which the objection is too late; None if it may be in time.

    Where the day on which the depositary told of the consent is not on record, nothing is too late for certain.
    """
    if clause.within is None or consent.notified is None:
        return None
    last = count(latest(consent.notified), clause.within, convention).day
    decisive = objection.decisive()
    return clause.article if decisive is not None and earliest(decisive) > last else None
