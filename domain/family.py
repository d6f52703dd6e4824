"""The treaties on whose course the course of another depends, and the fold of them all."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache

from domain.clauses import Clauses, Fraction, ParentInForce
from domain.dossier import Dossier
from domain.parties import Register
from domain.treaty import TreatyFold


def depends_on(clauses: Clauses) -> tuple[str, ...]:
    """The treaties on whose course the clauses make this one depend."""
    entry, withdrawal = clauses.entry_into_force, clauses.withdrawal
    found = [clauses.parent] if clauses.parent is not None else []
    for requirement in entry.all_of if entry is not None else ():
        if isinstance(requirement, ParentInForce):
            found.append(requirement.treaty)
        elif isinstance(requirement, Fraction):
            found.append(requirement.of)
    if withdrawal is not None:
        found.extend((*withdrawal.with_parent, *withdrawal.by_revising))
    return tuple(dict.fromkeys(found))


def family_of(treaty: str, clauses: Callable[[str], Clauses]) -> tuple[str, ...]:
    """The treaty, then those on which its course depends, nearest first."""
    family = [treaty]
    for member in family:
        family.extend(each for each in depends_on(clauses(member)) if each not in family)
    return tuple(family)


class Side(Enum):
    """How a treaty is looked at: with all it depends on, or without those that depend on it too."""

    WHOLE = "whole"
    BARE = "bare"


def related_to(
    treaty: str,
    side: Side,
    dependencies: Callable[[str], Sequence[str]],
    fold: Callable[[str, Side], TreatyFold],
) -> Mapping[str, TreatyFold]:
    """The folds on which a treaty depends.

    Treaties that depend on each other in a circle are each folded with the others as they are without it.
    """
    related: dict[str, TreatyFold] = {}
    for name in dependencies(treaty):
        if not _leads_to(name, treaty, dependencies):
            related[name] = fold(name, Side.WHOLE)
        elif side is Side.WHOLE and name != treaty:
            related[name] = fold(name, Side.BARE)
    return related


def fold_of(treaty: str, dossier: Callable[[str], Dossier], register: Register) -> TreatyFold:
    """The fold of the treaty, over the folds of those on which it depends."""
    open_dossier = cache(dossier)

    def dependencies(name: str) -> Sequence[str]:
        return depends_on(open_dossier(name).now)

    @cache
    def fold(name: str, side: Side) -> TreatyFold:
        return TreatyFold(open_dossier(name), register, related_to(name, side, dependencies, fold))

    return fold(treaty, Side.WHOLE)


def _leads_to(start: str, end: str, dependencies: Callable[[str], Sequence[str]]) -> bool:
    """Whether one treaty is another, or depends on it by whatever way."""
    found = [start]
    for name in found:
        if name == end:
            return True
        found.extend(each for each in dependencies(name) if each not in found)
    return False
