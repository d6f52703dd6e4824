"""How the stored form of a fact is read with the standard library alone; `codec` writes it, and reads it faster.

Whoever checks an answer without us has nothing else to read it with.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from domain.acts import Act, Definition, PartyEntry, SigningKey, Source
from domain.dates import UncertainDay, When
from domain.kinds import KINDS

Fact: TypeAlias = Act | Definition | PartyEntry | SigningKey

VERSION = 1
"""Of the stored form of every type of fact; a later one needs its step from this one here too."""


def fact_from(topic: str, stored: object) -> Fact:
    """The fact in the stored form; raises `ValueError` for what is none of that topic."""
    build = _BUILDERS.get(topic)
    if build is None:
        raise ValueError(f"no topic {topic!r} is known here")
    version = stored.get("version") if isinstance(stored, Mapping) else None
    if not isinstance(stored, Mapping) or version != VERSION:
        raise ValueError(f"an entry of topic {topic} is no fact in version {VERSION}")
    try:
        return build(stored["fact"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"an entry of topic {topic} cannot be read: {error}") from error


def _act(given: Mapping[str, Any]) -> Act:
    fields = dict(given)
    fields.update({name: _when(fields[name]) for name in _DAYS if name in fields})
    fields.update({name: tuple(fields[name]) for name in _LISTS if name in fields})
    if "sources" in fields:
        fields["sources"] = _sources(fields["sources"])
    if "replacement" in fields:
        fields["replacement"] = _act(fields["replacement"])
    return Act(**fields)


def _definition(given: Mapping[str, Any]) -> Definition:
    fields = dict(given)
    fields["depositaries"] = tuple(fields["depositaries"])
    if "holds_from" in fields:
        fields["holds_from"] = date.fromisoformat(fields["holds_from"])
    if "sources" in fields:
        fields["sources"] = _sources(fields["sources"])
    return Definition(**fields)


def _party_entry(given: Mapping[str, Any]) -> PartyEntry:
    return PartyEntry(**given)


def _signing_key(given: Mapping[str, Any]) -> SigningKey:
    return SigningKey(**given)


def _sources(given: list[Mapping[str, Any]]) -> tuple[Source, ...]:
    return tuple(Source(**each) for each in given)


def _when(given: Any) -> When:
    if isinstance(given, str):
        return date.fromisoformat(given)
    return UncertainDay(
        edtf=given["edtf"],
        earliest=date.fromisoformat(given["earliest"]),
        latest=date.fromisoformat(given["latest"]),
    )


_DAYS = ("dated", "received", "notified", "effective", "claimed_effective")
_LISTS = ("towards", "territories", "contested_by", "despite")

_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Fact]] = {
    **{f"act.{kind}": _act for kind in KINDS},
    "treaty.defined": _definition,
    "party.entered": _party_entry,
    "key.declared": _signing_key,
}
