"""Whom a registry means by a name on a day: the user's aliases first, then the register, then the name bared."""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Literal

from domain.dates import earliest, latest
from domain.errors import Fault, Malformed
from domain.parties import Register, folded
from infrastructure.days import read_day

LARGEST = 4 * 1024 * 1024
"""Bytes of a file of aliases."""

COLUMNS = ("name", "code", "from", "until")

MARKS = re.compile(r"[\s*†‡§¹²³⁰⁴-⁹]*(?:[\[(]?\d{1,3}(?:\s*,\s*\d{1,3})*[\])]?)?[\s*†‡§¹²³⁰⁴-⁹]*$")
"""Footnote marks behind a name: `Viet Nam 7`, `China 5, 6`, `Serbia [1]`, `Cyprus*`."""


TURNED = re.compile(r"\bof(?: the)?\s*$", re.IGNORECASE)
"""The end of what stands behind the comma of a name that was turned round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name and whom it means, from the first day, inclusive, until the last, exclusive."""

    name: str
    code: str
    start: date | None = None
    end: date | None = None

    def holds(self, day: date | None) -> bool:
        """Whether it settles the name on the day."""
        if day is None:
            return True
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


class Aliases:
    """The names that a user has settled."""

    def __init__(self, aliases: Iterable[Alias] = ()) -> None:
        """Hold the aliases; an earlier one comes before a later one."""
        self._by_name: dict[str, list[Alias]] = {}
        for each in aliases:
            self._by_name.setdefault(folded(each.name), []).append(each)

    def find(self, text: str, on: date | None) -> str | None:
        """The code that the text means on the day, if it is settled."""
        found = self._by_name.get(folded(text), ())
        return next((each.code for each in found if each.holds(on)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Who is meant: a code when it is clear, else candidates to choose from."""

    code: str | None
    problem: Literal["unknown_party", "ambiguous_party"] | None = None
    candidates: tuple[str, ...] = ()


class Naming:
    """Finds parties by name, for `infrastructure.wire` and for registries; what was found once is kept."""

    def __init__(self, register: Register, aliases: Aliases | None = None) -> None:
        """Ask the aliases, then the register."""
        self.register = register
        self._aliases = aliases or Aliases()
        self._near: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, date | None], tuple[str, ...]] = {}

    def __contains__(self, code: str) -> bool:
        """Whether there is a party with this code."""
        return code in self.register

    def find(self, text: str, on: date | None = None) -> tuple[str, ...]:
        """The codes that the text can mean on the day."""
        key = (text, on)
        if key not in self._found:
            settled = self._aliases.find(text, on)
            self._found[key] = (settled,) if settled else self._in_register(text, on)
        return self._found[key]

    def near(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """Names most like the text."""
        if text not in self._near:
            self._near[text] = self.register.near(text, limit)
        return self._near[text]

    def meant(self, text: str, on: date | None, *, today: bool = False) -> Meant:
        """Who is meant on the day, or `today`, where a registry calls parties by their present names."""
        codes = self.find(text, date.max) if today else ()
        if len(codes) != 1 or not self._lives(codes[0]):
            codes = self.find(text, on) or codes
        if len(codes) == 1:
            return Meant(code=codes[0])
        if codes:
            return Meant(code=None, problem="ambiguous_party", candidates=codes)
        return Meant(code=None, problem="unknown_party", candidates=self.near(text[:80]))

    def existed(self, code: str, on: date) -> bool:
        """Whether the party, or the one whose legal person it is, existed on the day, as far as is known."""
        persons = [self.register.get(each).existence for each in self.register.persons(code)]
        return any(not each or any(stretch.holds(on) for stretch in each) for each in persons)

    def person(self, code: str) -> str:
        """The code under which a legal person is kept together, whatever it was called."""
        return self.register.persons(code)[-1]

    def _in_register(self, text: str, on: date | None) -> tuple[str, ...]:
        found = self.register.find(text, on)
        if found:
            return found
        bare = MARKS.sub("", text).strip()
        for each in (bare, *_turned(bare)):
            if each and each != text and (found := self.register.find(each, on)):
                return found
        return ()

    def _lives(self, code: str) -> bool:
        return self.register.get(code).extinct_from() is None


def _turned(text: str) -> Iterator[str]:
    """A name whose first word was put first for the alphabet: `Congo, Democratic Republic of`."""
    word, _, rest = text.partition(",")
    if TURNED.search(rest) is not None:
        yield f"{rest.strip()} {word.strip()}"
        yield f"{rest.strip()} the {word.strip()}"


def read_aliases(file: BinaryIO, register: Register) -> Aliases:
    """The aliases of a CSV or TOML file; raises `Malformed` with every fault."""
    text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise Malformed([Fault(pointer="", detail=f"is longer than {LARGEST:,} bytes")])
    try:
        written = text.decode("utf-8-sig")
        rows = _toml(written) if _is_toml(written) else _csv(written)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise Malformed([Fault(pointer="", detail=f"cannot be read: {error}")]) from error
    faults: list[Fault] = []
    aliases = [_alias(row, f"/{index}", register, faults) for index, row in enumerate(rows)]
    if faults:
        raise Malformed(faults)
    return Aliases(aliases)


def _is_toml(text: str) -> bool:
    return any(line.strip() == "[[alias]]" for line in text.splitlines())


def _toml(text: str) -> list[Mapping[str, object]]:
    given = tomllib.loads(text)
    rows = given.get("alias")
    unknown = sorted(set(given) - {"alias"})
    if unknown or not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise Malformed([Fault(pointer="", detail="needs [[alias]] tables and nothing else")])
    return rows


def _csv(text: str) -> list[Mapping[str, object]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="more")
    missing = [each for each in COLUMNS[:2] if each not in (reader.fieldnames or ())]
    if missing:
        detail = f"there is no column {' nor '.join(missing)}; a file of aliases begins: name,code,from,until"
        raise Malformed([Fault(pointer="", detail=detail)])
    return list(reader)


def _alias(
    row: Mapping[str, object], pointer: str, register: Register, faults: list[Fault]
) -> Alias:
    faults.extend(
        Fault(pointer=f"{pointer}/{each}", detail="is not known here")
        for each in row
        if each not in COLUMNS
    )
    name, code = (str(row.get(each) or "").strip() for each in COLUMNS[:2])
    if not folded(name):
        faults.append(Fault(pointer=f"{pointer}/name", detail="is missing"))
    if code not in register:
        near = register.near(code) if code else ()
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        detail = f"there is no party {code}{hint}"
        faults.append(Fault(pointer=f"{pointer}/code", detail=detail))
    start, end = (_day(row.get(each), f"{pointer}/{each}", faults) for each in COLUMNS[2:])
    return Alias(
        name=name,
        code=code,
        start=None if start is None else start[0],
        end=None if end is None else end[1],
    )


def _day(given: object, pointer: str, faults: list[Fault]) -> tuple[date, date] | None:
    if given is None or given == "":
        return None
    try:
        day = given if isinstance(given, date) else read_day(str(given).strip())
    except ValueError as error:
        faults.append(Fault(pointer=pointer, detail=str(error)))
        return None
    return earliest(day), latest(day)
