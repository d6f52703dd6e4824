"""What is on file about one treaty within the bounds of a question: its definition and the acts that stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from domain.acts import Act, Definition, Entry
from domain.clauses import Clauses
from domain.counting import Convention, convention_of
from domain.dates import earliest
from domain.kinds import KINDS, Effect
from domain.plain import read

Order = tuple[date, int, int, str]


def order(act: Act) -> Order:
    """The one order of acts: decisive day, sequence of that day, rank of the kind, id.

    The order of recording plays no part, so that late knowledge changes no answer but by its content.
    """
    return (act.on(), act.sequence, KINDS[act.kind].rank, act.id)


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """The acts of one treaty that stand, in order, and the versions of its definition."""

    treaty: str
    acts: tuple[Act, ...]
    definitions: tuple[Definition, ...] = ()
    void: Mapping[str, Act] = field(default_factory=dict)
    """Corrected acts that stand no longer, each with the correction that removed it, by id."""

    removed: tuple[Act, ...] = ()
    as_seen: date | None = None

    @cached_property
    def by_party(self) -> Mapping[str | None, tuple[Act, ...]]:
        """The acts of each party, in order; those of the treaty itself under None."""
        sorted_out: dict[str | None, list[Act]] = {}
        for act in self.acts:
            sorted_out.setdefault(act.party, []).append(act)
        return {party: tuple(acts) for party, acts in sorted_out.items()}

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """Every party that has an act on file, by code."""
        return tuple(sorted(party for party in self.by_party if party is not None))

    @cached_property
    def _clauses(self) -> tuple[tuple[date, Clauses], ...]:
        """The clauses of each version, by the day from which they hold; the latest recorded of a day counts."""
        latest = {version.holds_from or date.min: version for version in self.definitions}
        return tuple((day, read(Clauses, latest[day].clauses)) for day in sorted(latest))

    def clauses(self, on: date) -> Clauses:
        """The clauses that held on the day; none known gives empty ones."""
        held = [clauses for day, clauses in self._clauses if day <= on]
        return held[-1] if held else self._clauses[0][1] if self._clauses else Clauses()

    @cached_property
    def now(self) -> Clauses:
        """The clauses of the latest version."""
        return self.clauses(date.max)

    @cached_property
    def convention(self) -> Convention:
        """How the depositary counts, unless the definition says otherwise."""
        depositaries = self.definitions[-1].depositaries if self.definitions else ()
        return self.now.counting or convention_of(depositaries)


def open_dossier(
    treaty: str,
    entries: Iterable[Entry],
    *,
    as_seen: date | None = None,
    also: Sequence[Act | Definition] = (),
) -> Dossier:
    """The dossier that these entries make, in log order, as far as its acts could be known on the day `as_seen`.

    `also` are facts that are looked at as if they were recorded last.
    """
    contents = (*(entry.content for entry in entries), *also)
    definitions = [each for each in contents if isinstance(each, Definition)]
    acts = [each for each in contents if isinstance(each, Act)]
    return dossier_of(treaty, definitions, acts, as_seen=as_seen)


def dossier_of(
    treaty: str,
    definitions: Sequence[Definition],
    acts: Sequence[Act],
    *,
    as_seen: date | None = None,
) -> Dossier:
    """The dossier of these acts, which are in the order of recording."""
    seen = [act for act in acts if as_seen is None or _seen(act, as_seen)]
    standing, void, removed = corrected(seen)
    return Dossier(
        treaty=treaty,
        acts=tuple(sorted(standing, key=order)),
        definitions=tuple(definitions),
        void=void,
        removed=tuple(removed),
        as_seen=as_seen,
    )


def seen_by(dossier: Dossier, day: date) -> Dossier:
    """The dossier as it would be with only the acts done by the end of the day."""
    return Dossier(
        treaty=dossier.treaty,
        acts=tuple(act for act in dossier.acts if act.on() <= day),
        definitions=dossier.definitions,
        void=dossier.void,
        removed=dossier.removed,
        as_seen=day if dossier.as_seen is None else min(day, dossier.as_seen),
    )


def corrected(acts: Sequence[Act]) -> tuple[list[Act], dict[str, Act], list[Act]]:
    """The acts that stand once the corrections among them are carried out, and those that do not.

    A correction of a correction undoes it, so that what it had removed stands again.
    """
    corrections = [act for act in acts if KINDS[act.kind].effect is Effect.RECORD_CORRECTED]
    if not corrections:
        return list(acts), {}, []
    void: dict[str, Act] = {}
    for correction in reversed(corrections):
        if correction.id not in void and correction.concerns is not None:
            void.setdefault(correction.concerns, correction)
    candidates = [*acts, *_replacements(corrections, void)]
    standing = [act for act in candidates if act.id not in void]
    return standing, void, [act for act in candidates if act.id in void]


def _replacements(corrections: Iterable[Act], void: Mapping[str, Act]) -> list[Act]:
    return [each.replacement for each in corrections if each.replacement and each.id not in void]


def _seen(act: Act, as_seen: date) -> bool:
    """Whether the act could be known on the day (VCLT 78(c)).

    An editor's correction, which nobody circulated, is about this record and not about the world:
    the world knew the right fact all along, so it is not held back here but by the log position.
    """
    if KINDS[act.kind].effect is Effect.RECORD_CORRECTED and not (act.received or act.notified):
        return True
    known = act.known_from()
    return known is not None and earliest(known) <= as_seen
