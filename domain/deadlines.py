"""Windows and deadlines that clauses set: until when a treaty can be signed, when a conference must meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.counting import count
from domain.kinds import KINDS, Effect
from domain.treaty import TreatyFold


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A stretch of days, both inclusive, in which something may or must be done.

    `name` tells it from the others of the treaty for ever; `because` is the act that set it, None where a clause did.
    `stands` is false where that act is undone.
    """

    name: str
    title: str
    treaty: str
    party: str | None
    first: date
    last: date
    article: str
    because: str | None = None
    stands: bool = True


def deadlines(fold: TreatyFold) -> tuple[Deadline, ...]:
    """The windows and deadlines of the treaty, in the order of their first days."""
    found = [*_signature(fold), *_conferences(fold)]
    return tuple(sorted(found, key=lambda each: (each.first, each.name)))


def _signature(fold: TreatyFold) -> Iterator[Deadline]:
    """The days on which the treaty can be signed, where they end."""
    clause = fold.dossier.now.signature
    if clause is not None and clause.closes is not None:
        yield Deadline(
            name="signature",
            title="open for signature",
            treaty=fold.dossier.treaty,
            party=None,
            first=clause.opens or clause.closes,
            last=clause.closes,
            article=clause.article,
        )


def _conferences(fold: TreatyFold) -> Iterator[Deadline]:
    """For each notice of withdrawal the days between which the parties must meet, where the treaty says so."""
    withdrawal = fold.dossier.now.withdrawal
    if withdrawal is None or withdrawal.convene is None:
        return
    for party in fold.parties():
        for outcome in fold.course(party).outcomes:
            act = outcome.act
            if KINDS[act.kind].effect is Effect.NOTICE and outcome.moves:
                first, last = (
                    count(act.on(), period, fold.dossier.convention).day
                    for period in (withdrawal.convene.earliest, withdrawal.convene.latest)
                )
                yield Deadline(
                    name=f"conference.{act.id}",
                    title="conference of the parties on the notice",
                    treaty=fold.dossier.treaty,
                    party=party,
                    first=first,
                    last=last,
                    article=withdrawal.article,
                    because=act.id,
                    stands=outcome.undone_on is None,
                )
