"""How a treaty ends for all: by an act, when its term is over, by one side, for want of parties (VCLT 54-59)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from domain.counting import count
from domain.dates import day_before, earliest
from domain.dossier import Dossier
from domain.kinds import KINDS, Effect
from domain.spans import UNLESS_EXTENDED, UNLESS_REVOKED
from domain.states import EntryIntoForce, State, TreatyEnd
from domain.status import PartyFold

_ENDS = {"treaty_expiry": State.EXPIRED, "supersession": State.SUPERSEDED}


class Ending(Protocol):
    """What has to be known of a treaty to tell its ends."""

    dossier: Dossier

    def entry(self) -> EntryIntoForce:
        """Its entry into force."""
        ...

    def parties(self) -> Sequence[str]:
        """Every party with a course of its own."""
        ...

    def fold(self, party: str) -> PartyFold:
        """What the party's acts amount to."""
        ...

    def party_count(self, on: date) -> int:
        """How many parties it has on the day."""
        ...


def ends_of(treaty: Ending) -> tuple[TreatyEnd, ...]:
    """Every end that followed from what was done at some time, those that came out otherwise among them."""
    return (
        *_stated_ends(treaty),
        *_term_end(treaty),
        *_bilateral_end(treaty),
        *_minimum_end(treaty),
    )


def _stated_ends(treaty: Ending) -> list[TreatyEnd]:
    return [
        TreatyEnd(
            on=earliest(act.effective) if act.effective is not None else act.on(),
            state=_ENDS.get(act.kind, State.TERMINATED),
            rule=KINDS[act.kind].title.lower(),
            because=(act.id,),
            known_from=act.on(),
        )
        for act in treaty.dossier.by_effect.get(Effect.TREATY_ENDED, ())
        if act.legal_effect is not False
    ]


def _term_end(treaty: Ending) -> list[TreatyEnd]:
    """The end of the term, and before it the ends that an extension moved or that never came to run."""
    clause = treaty.dossier.now.duration
    if clause is None or clause.term is None:
        return []
    ends = [
        TreatyEnd(
            on=count(entry.on, clause.term, treaty.dossier.convention).day,
            state=State.EXPIRED,
            rule=f"end of its term ({clause.article})",
            unless=UNLESS_EXTENDED,
            known_from=entry.condition_met_on or entry.on,
            known_until=entry.unmade_on,
        )
        for entry in (*treaty.entry().unmade, treaty.entry())
        if entry.on is not None
    ]
    return [*ends[:-1], *_extended(treaty, ends[-1])] if treaty.entry().on is not None else ends


def _extended(treaty: Ending, end: TreatyEnd) -> list[TreatyEnd]:
    found, day = [end], end.on
    for act in treaty.dossier.by_effect.get(Effect.TREATY_TERM_EXTENDED, ()):
        if act.effective is not None and act.on() <= day:
            day = earliest(act.effective)
            found[-1] = replace(found[-1], known_until=act.on())
            found.append(replace(end, on=day, because=(act.id,), known_from=act.on()))
    return found


def _bilateral_end(treaty: Ending) -> list[TreatyEnd]:
    return [
        TreatyEnd(
            on=each.effect,
            state=State.TERMINATED,
            rule="a bilateral treaty ends when one side has left it (VCLT 54, 70)",
            because=(each.act.id,) if each.act else (),
            unless=UNLESS_REVOKED,
            known_from=each.given,
            known_until=None if each.counts() else each.stopped,
        )
        for party in treaty.dossier.now.bilateral
        for each in treaty.fold(party).exits
        if each.effect is not None
    ]


def _minimum_end(treaty: Ending) -> list[TreatyEnd]:
    clause = treaty.dossier.now.duration
    if clause is None or clause.minimum_parties is None:
        return []
    given = [
        (each.effect, each.given)
        for party in treaty.parties()
        for each in treaty.fold(party).exits
        if each.effect is not None and each.counts()
    ]
    for day in sorted({effect for effect, _ in given}):
        before = treaty.party_count(day_before(day))
        if before >= clause.minimum_parties > treaty.party_count(day):
            rule = f"fewer than {clause.minimum_parties} parties remain ({clause.article})"
            return [
                TreatyEnd(
                    on=day,
                    state=State.TERMINATED,
                    rule=rule,
                    unless=UNLESS_REVOKED,
                    known_from=max(known for effect, known in given if effect <= day),
                )
            ]
    return []
