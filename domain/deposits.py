"""The instruments that lie with the depositary and count towards entry into force (VCLT 24; VCSST 18-19)."""

from datetime import date

from domain.acts import Act
from domain.dossier import Dossier, extinct_from
from domain.kinds import KINDS, Effect
from domain.parties import Register
from domain.references import references
from domain.requirements import Deposit


class Deposits:
    """The instruments on deposit under one treaty, as its dossier and the register of parties have them."""

    def __init__(self, dossier: Dossier, register: Register) -> None:
        """Hold what they are read from."""
        self.dossier = dossier
        self.register = register

    def all(self) -> tuple[Deposit, ...]:
        """All of them, in order."""
        found: list[Deposit] = []
        for party in self.dossier.parties:
            found.extend(self._of(party))
        return tuple(sorted(found, key=lambda each: (each.day, each.act.sequence, each.act.id)))

    def _of(self, party: str, asking: frozenset[str] = frozenset()) -> list[Deposit]:
        """The instruments of one party, each with the day on which it was taken back or its State ended."""
        acts = self.dossier.by_party[party]
        targets = references(acts)
        refused = {
            targets[act.id].id
            for act in acts
            if KINDS[act.kind].effect is Effect.REJECTION and act.id in targets
        }
        found: list[Deposit] = []
        for act in acts:
            effect = KINDS[act.kind].effect
            if act.legal_effect is False or act.id in refused:
                continue
            if effect is Effect.CONSENT:
                found.append(Deposit(party=party, act=act, day=act.on()))
            elif effect is Effect.CONSENT_WITHDRAWN:
                found = [_until(each, act.on()) for each in found]
            elif effect is Effect.SUCCESSION:
                found.extend(self._inherited(party, act, asking | {party}))
        ended = self._ended(party)
        return found if ended is None else [_until(each, ended) for each in found]

    def _ended(self, party: str) -> date | None:
        """The first day on which the State exists no more: by an act on file, or else by the register."""
        ends = [
            extinct_from(act)
            for act in self.dossier.by_party.get(party, ())
            if KINDS[act.kind].effect is Effect.EXTINCTION
        ]
        if ends:
            return min(ends)
        if self.register.continued_by(party) is not None:
            return None  # it is the same legal person, and its instrument goes on
        gone, as_seen = self.register.extinct_from(party), self.dossier.as_seen
        return gone if gone is not None and (as_seen is None or gone <= as_seen) else None

    def _inherited(self, party: str, act: Act, asking: frozenset[str]) -> list[Deposit]:
        """The predecessor's instrument, in the successor's name from its own notification (VCSST 18-19).

        The first to succeed to a State that has ended takes its instrument over without a gap; it is one instrument,
        so that it does not count for others before they notify their succession.
        """
        if (
            act.predecessor is None
            or act.predecessor not in self.dossier.by_party
            or act.predecessor in asking
        ):
            return []
        ended = self._ended(act.predecessor)
        before = [
            each
            for each in self._of(act.predecessor, asking)
            if each.day <= act.on() and (each.withdrawn == ended or not _gone(each, act.on()))
        ]
        successions = self.dossier.by_effect.get(Effect.SUCCESSION, ())
        heirs = [each for each in successions if each.predecessor == act.predecessor]
        gone = ended is not None and ended <= act.on() and heirs[0] is act
        day = ended if gone and ended is not None else act.on()
        return [Deposit(party=party, act=act, day=day) for _ in before[-1:]]


def _gone(deposit: Deposit, day: date) -> bool:
    return deposit.withdrawn is not None and deposit.withdrawn <= day


def _until(deposit: Deposit, day: date) -> Deposit:
    if deposit.withdrawn is not None:
        return deposit
    return Deposit(party=deposit.party, act=deposit.act, day=deposit.day, withdrawn=day)
