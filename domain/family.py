"""The treaties on whose course the course of another depends, and the fold of them all."""

from collections.abc import Callable, Sequence

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


def fold_of(
    family: Sequence[str], dossier: Callable[[str], Dossier], register: Register
) -> TreatyFold:
    """The fold of the first of the family, over the folds of those on which it depends."""
    folds: dict[str, TreatyFold] = {}
    for treaty in reversed(family):
        folds[treaty] = TreatyFold(dossier(treaty), register, dict(folds))
    return folds[family[0]]
