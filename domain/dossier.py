"""What is on file about one treaty within the bounds of a question: its definition and the acts that stand."""

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from domain.acts import Act, Definition, Entry
from domain.clauses import Clauses
from domain.corrections import corrected, corrects
from domain.counting import Convention, convention_of
from domain.dates import day_after, earliest
from domain.kinds import KINDS, Effect
from domain.plain import read

Order = tuple[date, int, int, str]


def extinct_from(act: Act) -> date:
    """The first day on which a State exists no more, by the act that ended it; a dissolution fills its day."""
    if act.effective is not None:
        return earliest(act.effective)
    return day_after(act.on()) if act.kind == "state_dissolution" else act.on()


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
    recorded: tuple[Act, ...] = ()
    """What is on record, in its order and before any correction is carried out, and the corrections known."""

    @cached_property
    def by_party(self) -> Mapping[str | None, tuple[Act, ...]]:
        """The acts of each party, in order; those of the treaty itself under None."""
        sorted_out: dict[str | None, list[Act]] = {}
        for act in self.acts:
            sorted_out.setdefault(act.party, []).append(act)
        return {party: tuple(acts) for party, acts in sorted_out.items()}

    @cached_property
    def by_effect(self) -> Mapping[Effect, tuple[Act, ...]]:
        """The acts of each effect, in order; those without any effect are left out."""
        sorted_out: dict[Effect, list[Act]] = {}
        for act in self.acts:
            effect = KINDS[act.kind].effect
            if effect is not Effect.NONE:
                sorted_out.setdefault(effect, []).append(act)
        return {effect: tuple(acts) for effect, acts in sorted_out.items()}

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
        if len(self._clauses) == 1:
            return self._clauses[0][1]
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

    def with_acts(self, acts: Sequence[Act]) -> "Dossier":
        """The dossier with these acts recorded last; it equals the one made of them all."""
        recorded = (*self.recorded, *acts)
        if any(corrects(act) or act.id in self.void for act in acts):
            return dossier_of(self.treaty, self.definitions, recorded, as_seen=self.as_seen)
        seen = [act for act in acts if is_seen(act, self.as_seen)]
        dossier = replace(self, acts=_inserted(self.acts, seen), recorded=recorded)
        self._carry_over(dossier, seen)
        return dossier

    def _carry_over(self, dossier: "Dossier", new: Sequence[Act]) -> None:
        """Give the dossier what the new acts leave as it is, and sort them into what they change."""
        by_party, by_effect = dict(self.by_party), dict(self.by_effect)
        for party, acts in _grouped(new, lambda act: act.party).items():
            by_party[party] = _inserted(by_party.get(party, ()), acts)
        for effect, acts in _grouped(new, lambda act: KINDS[act.kind].effect).items():
            if effect is not Effect.NONE:
                by_effect[effect] = _inserted(by_effect.get(effect, ()), acts)
        kept = {"by_party": by_party, "by_effect": by_effect, "_clauses": self._clauses}
        vars(dossier).update(kept, now=self.now, convention=self.convention)


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
    """The dossier of these acts, which are in the order of recording.

    What was put in the place of another is seen on its own days, and not on those of what it replaces.
    """
    found = corrected([act for act in acts if not corrects(act) or is_seen(act, as_seen)])
    return Dossier(
        treaty=treaty,
        acts=tuple(sorted((act for act in found.standing if is_seen(act, as_seen)), key=order)),
        definitions=tuple(definitions),
        void=found.void,
        removed=tuple(act for act in found.removed if is_seen(act, as_seen)),
        as_seen=as_seen,
        recorded=tuple(acts),
    )


Key = TypeVar("Key")


def _grouped(acts: Iterable[Act], key: Callable[[Act], Key]) -> dict[Key, list[Act]]:
    groups: dict[Key, list[Act]] = {}
    for act in acts:
        groups.setdefault(key(act), []).append(act)
    return groups


def _inserted(acts: Sequence[Act], new: Sequence[Act]) -> tuple[Act, ...]:
    """The acts in order, with the new ones put in their places."""
    if len(new) * 8 > len(acts):  # so many that sorting them all is quicker
        return tuple(sorted((*acts, *new), key=order))
    placed = list(acts)
    for act in new:
        insort(placed, act, key=order)
    return tuple(placed)


def is_seen(act: Act, as_seen: date | None) -> bool:
    """Whether the act could be known on the day (VCLT 78(c)).

    An editor's correction, which nobody circulated, is about this record and not about the world:
    the world knew the right fact all along, so it is not held back here but by the log position.
    """
    if as_seen is None or (corrects(act) and not (act.received or act.notified)):
        return True
    known = act.known_from()
    return known is not None and earliest(known) <= as_seen
