"""Which acts stand once the record has been corrected, and what removed those that do not.

A correction of a correction undoes it, so that what it had removed stands again.
Of several corrections of one act the last recorded counts: it displaces those before it,
with what they had put in the act's place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.acts import Act
from domain.kinds import KINDS, Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The acts that stand, those that do not, and by id the correction that removed each of them."""

    standing: tuple[Act, ...]
    void: Mapping[str, Act] = field(default_factory=dict)
    removed: tuple[Act, ...] = ()


def corrects(act: Act) -> bool:
    """Whether the act is a correction of the record."""
    return KINDS[act.kind].effect is Effect.RECORD_CORRECTED


def corrected(acts: Sequence[Act]) -> Corrected:
    """What stands of these acts, which are in the order of recording."""
    corrections = [each for act in acts if corrects(act) for each in _chain(act)]
    if not corrections:
        return Corrected(standing=tuple(acts))
    return _Corrections(corrections).of(acts)


def _chain(correction: Act) -> Iterator[Act]:
    """A correction, and the one that it puts in another's place, if that is what it corrects."""
    yield correction
    if correction.replacement is not None and corrects(correction.replacement):
        yield from _chain(correction.replacement)


class _Corrections:
    """All corrections of a dossier, in the order of recording."""

    def __init__(self, corrections: Sequence[Act]) -> None:
        self._of: dict[str, list[Act]] = {}
        self._brought_by: dict[str, Act] = {}
        for each in corrections:
            self._of.setdefault(each.concerns or "", []).append(each)
            if each.replacement is not None:
                self._brought_by[each.replacement.id] = each

    def of(self, acts: Sequence[Act]) -> Corrected:
        """What stands of the acts, and what is put in the place of one that is not among them."""
        void: dict[str, Act] = {}
        standing: list[Act] = []
        removed: list[Act] = []
        known = {act.id for act in acts}
        missing = [each for each in self._of if each not in known and each not in self._brought_by]
        for identifier, act in (
            *((act.id, act) for act in acts),
            *((each, None) for each in missing),
        ):
            at, found = identifier, act
            while at not in void and (last := self.last(at)) is not None:
                void[at] = last
                displaced = list(self._displaced(at, last))
                void.update((each.id, last) for each in displaced)
                removed.extend(filter(None, (found, *displaced)))
                found = last.replacement
                at = found.id if found is not None else at
            if found is not None and at not in void:
                standing.append(found)
        return Corrected(standing=tuple(standing), void=void, removed=tuple(removed))

    def last(self, identifier: str) -> Act | None:
        """The correction of an entry that counts: the last recorded of those that stand."""
        of_it = reversed(self._of.get(identifier, ()))
        return next((each for each in of_it if self._stands(each, frozenset())), None)

    def _displaced(self, identifier: str, last: Act) -> Iterator[Act]:
        """What earlier corrections that stand had put in the place of the entry."""
        for each in self._of[identifier]:
            if each is not last and each.replacement and self._stands(each, frozenset()):
                yield each.replacement

    def _stands(self, correction: Act, asking: frozenset[str]) -> bool:
        """Whether the correction itself is on record and not corrected; in a circle, none of them is carried out."""
        asking |= {correction.id}
        bringer = self._brought_by.get(correction.id)
        if bringer is not None and self.last(bringer.concerns or "") is not bringer:
            return False
        of_it = self._of.get(correction.id, ())
        return not any(self._stands(each, asking) for each in of_it if each.id not in asking)
