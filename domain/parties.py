"""Who can be a party: States, organisations and others, with their names, years, predecessors and successors."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property, lru_cache

from domain.acts import PartyEntry
from domain.dates import Interval

LONGEST_NAME = 120
"""Letters of a name that are looked at where it is compared with others."""

COMPARED = 60
"""How many names are compared letter by letter with one that nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name and the days on which it was in use; an open end is None."""

    name: str
    formal: str | None = None
    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the name was in use on the day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One entity that can be a party to treaties.

    `existence` holds the intervals in which it could act; empty means without known limits.
    `continues` is the code of the entity whose legal person it is (Russian Federation, USSR).
    `newly_independent` tells that its territory was a dependent one just before it became a State (VCSST 2(1)(f));
    what is not sure is left unsaid.
    """

    code: str
    kind: str
    names: tuple[Named, ...]
    aliases: tuple[Named, ...] = ()
    existence: tuple[Interval, ...] = ()
    predecessors: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    continues: str | None = None
    not_recognised_by: tuple[str, ...] = ()
    newly_independent: bool = False

    def name(self, on: date) -> str:
        """The name in use on the day, or the nearest one in time."""
        current = [each.name for each in self.names if each.holds(on)]
        if current:
            return current[-1]
        later = [each.name for each in self.names if each.start is not None and each.start > on]
        return later[0] if later else self.names[-1].name if self.names else self.code

    def extinct_from(self) -> date | None:
        """The first day on which it no longer exists; None while it does."""
        return self.existence[-1].end if self.existence else None

    def existed_from(self, before: date) -> date | None:
        """The start of the last interval of existence that began on or before the day."""
        starts = [each.start for each in self.existence if each.start <= before]
        return starts[-1] if starts else None


class Register:
    """All parties known, found by code or by any of their names."""

    def __init__(self, entries: Iterable[PartyEntry] = ()) -> None:
        """Take the entries; a later one for the same code replaces an earlier one.

        An entry is read once somebody asks for it, and the names once somebody looks for one.
        """
        self._entries = {entry.party: entry for entry in entries}
        self._read: dict[str, Party] = {}
        self._persons: dict[str, tuple[str, ...]] = {}
        self._continued: dict[str, list[str]] = {}
        for code, entry in self._entries.items():
            continues = _text(entry.data.get("continues"))
            if continues is not None:
                self._continued.setdefault(continues, []).append(code)

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[tuple[str, Named | None]]]:
        """The codes that each name can mean, and the days of the name."""
        found: dict[str, list[tuple[str, Named | None]]] = {}
        for code in self._entries:
            party = self.get(code)
            found.setdefault(folded(code), []).append((code, None))
            for each in (*party.names, *party.aliases):
                for name in (each.name, each.formal):
                    if name:
                        found.setdefault(folded(name), []).append((code, each))
        return found

    @cached_property
    def _by_piece(self) -> Mapping[str, Sequence[str]]:
        """The names in which each piece stands."""
        found: dict[str, list[str]] = {}
        for name in self._by_name:
            for piece in _pieces(name):
                found.setdefault(piece, []).append(name)
        return found

    def __contains__(self, code: str) -> bool:
        """Whether there is a party with this code."""
        return code in self._entries

    def __len__(self) -> int:
        """How many parties there are."""
        return len(self._entries)

    def codes(self) -> tuple[str, ...]:
        """Every code, in order."""
        return tuple(sorted(self._entries))

    def get(self, code: str) -> Party:
        """The party with this code; one that the register lacks has only its code."""
        known = self._read.get(code)
        if known is None:
            entry = self._entries.get(code)
            if entry is None:
                return Party(code=code, kind="unknown", names=(Named(name=code),))
            known = self._read[code] = party_from(entry.data)
        return known

    def find(self, text: str, on: date | None = None) -> tuple[str, ...]:
        """The codes that the text can mean on the day: one when it is clear, none or several when it is not.

        A code itself is always clear.
        A name is read without case, accents and punctuation; years decide between entities of one name.
        """
        if text in self._entries:
            return (text,)
        if not text.isprintable():
            return ()
        found = self._by_name.get(folded(text), [])
        in_use = [code for code, name in found if on is None or name is None or name.holds(on)]
        existing = [code for code in in_use if on is None or self._existed(code, on)]
        return tuple(dict.fromkeys(existing or in_use or [code for code, _ in found]))

    def kind(self, code: str) -> str:
        """What the party is: a State, an organisation, a territory or another; `unknown` where it is not on file."""
        return self.get(code).kind

    def extinct_from(self, code: str) -> date | None:
        """The first day on which the party no longer exists; None while it does."""
        return self.get(code).extinct_from()

    def existed_from(self, code: str, before: date) -> date | None:
        """The start of the party's last interval of existence that began on or before the day."""
        return self.get(code).existed_from(before)

    def name(self, code: str, on: date) -> str:
        """The party's name on the day."""
        return self.get(code).name(on)

    def persons(self, code: str) -> tuple[str, ...]:
        """The code and those of the entities whose legal person the party continues."""
        known = self._persons.get(code)
        if known is None:
            chain = [code]
            while (earlier := self.get(chain[-1]).continues) is not None and earlier not in chain:
                chain.append(earlier)
            known = self._persons[code] = tuple(chain)
        return known

    def continued_by(self, code: str) -> str | None:
        """The party that is the same legal person under a later code, the first that claims to be."""
        return next(iter(self.continuing(code)), None)

    def continuing(self, code: str) -> Sequence[str]:
        """Every party that claims to be the same legal person under a later code."""
        return self._continued.get(code, ())

    def near(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """The parties with the names most like the text, each once, for a refusal that helps."""
        wanted = folded(text[:LONGEST_NAME])
        close = get_close_matches(wanted, self._alike(wanted), n=limit * 4, cutoff=0.6)
        found: dict[str, str] = {}
        for each in close:
            code, name = self._by_name[each][0]
            found.setdefault(code, code if name is None else f"{code} ({name.name})")
        return tuple(found.values())[:limit]

    def _alike(self, wanted: str) -> list[str]:
        """The names that share most pieces with the one wanted, so that few have to be compared letter by letter."""
        known = self._by_piece
        shared = Counter(name for each in _pieces(wanted) for name in known.get(each, ()))
        return [name for name, _ in shared.most_common(COMPARED)]

    def _existed(self, code: str, on: date) -> bool:
        existence = self.get(code).existence
        return not existence or any(each.holds(on) for each in existence)


def _pieces(name: str) -> Iterable[str]:
    """Every three letters that follow on one another, the beginning and the end of the name among them, each once."""
    padded = f"  {name} "
    return dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2)) if name else ()


@lru_cache(maxsize=16_384)  # the same names are met in every register and in every file
def folded(text: str) -> str:
    """A name without case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


def party_from(data: Mapping[str, object]) -> Party:
    """The party that an entry of the register describes."""
    return Party(
        code=str(data["party"]),
        kind=str(data.get("kind") or "state"),
        names=tuple(_named(each) for each in _objects(data.get("names"))),
        aliases=tuple(_named(each) for each in _objects(data.get("aliases"))),
        existence=existence_from(data.get("existence")),
        predecessors=_texts(data.get("predecessors")),
        successors=_texts(data.get("successors")),
        continues=_text(data.get("continues")),
        not_recognised_by=_texts(data.get("not_recognised_by")),
        newly_independent=data.get("newly_independent") is True,
    )


def existence_from(data: object) -> tuple[Interval, ...]:
    """The intervals in which a party could act."""
    return tuple(_interval(each) for each in _objects(data))


def day_from(text: object) -> date | None:
    """The first day that the text can mean: a day, a month or a year, with or without a mark of doubt."""
    return _first_day(str(text)) if text else None


@lru_cache(maxsize=16_384)
def _first_day(text: str) -> date | None:
    found = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    return date(max(year, 1), month, day)


def _named(data: Mapping[str, object]) -> Named:
    return Named(
        name=str(data["name"]),
        formal=_text(data.get("formal")),
        start=day_from(data.get("from")),
        end=day_from(data.get("until")),
    )


def _interval(data: Mapping[str, object]) -> Interval:
    return Interval(day_from(data.get("from")) or date.min, day_from(data.get("until")))


def _objects(data: object) -> Sequence[Mapping[str, object]]:
    return (
        [each for each in data if isinstance(each, Mapping)]
        if isinstance(data, list | tuple)
        else []
    )


def _texts(data: object) -> tuple[str, ...]:
    return tuple(str(each) for each in data) if isinstance(data, list | tuple) else ()


def _text(data: object) -> str | None:
    return None if data is None else str(data)
