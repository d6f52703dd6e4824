"""The mapping file: how the rows of any table become acts, in TOML, checked whole before a row is read."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec

from domain.errors import Fault, Malformed
from domain.kinds import KINDS, PartyRule
from infrastructure.importers.proposals import Registry

FOLDER = Path(__file__).parent / "mappings"
"""Mappings that come with the program, called by their name."""

LARGEST = 1024 * 1024
FORMLESS = "consent"
"""What a mapping calls a consent whose form the table does not say."""

EDTF = "edtf"
FIELDS = ("dated", "received", "notified", "effective", "claimed_effective")
TEXTS = ("by", "depositary", "note", "predecessor")

Field: TypeAlias = Literal["dated", "received", "notified", "effective", "claimed_effective"]
Mark: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
OneOrMore: TypeAlias = str | Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A part of a mapping; a key that is not known is refused."""


class TreatyColumns(_Part):
    """Where the treaty of a row is named; `slug` is the treaty of a table that is about one."""

    slug: str | None = None
    identifier: str | None = None
    title: str | None = None
    slugs: dict[str, str] = {}


class PartyColumns(_Part):
    """Where the party of a row is named: the first of these columns that has something, not in `ignore`.

    `names` settles what the table calls a party, before the register is asked.
    """

    columns: OneOrMore
    names: dict[str, str] = {}
    nobody: dict[str, str] = {}


class DateColumns(_Part):
    """How days are written, and where, in a table of one act a row: the first column that has something."""

    columns: OneOrMore = ()
    formats: OneOrMore = (EDTF,)
    never: OneOrMore = ()


class ActRule(_Part):
    """An act of the table: the rows that tell of it (`where`), or the column that has its day.

    `letters` name the kind by a mark after the day; `joins` names rules whose act this is a further day of.
    """

    name: str
    kind: str
    field: Field
    where: dict[str, OneOrMore] = {}
    column: str | None = None
    letters: dict[str, str] = {}
    note: str | None = None
    party: bool = True
    joins: OneOrMore = ()


class SkipRule(_Part):
    """Rows of which nothing can be recorded, with the reason that is reported."""

    where: dict[str, OneOrMore]
    because: str


class TableMapping(_Part):
    """All of a mapping file."""

    registry: Mark
    title: str
    treaty: TreatyColumns
    party: PartyColumns
    act: Annotated[tuple[ActRule, ...], msgspec.Meta(min_length=1)]
    date: DateColumns = msgspec.field(default_factory=DateColumns)
    skip: tuple[SkipRule, ...] = ()
    text: dict[str, str] = {}
    url: str | None = None
    published: str | None = None
    covers: Literal["everything", "its treaties", "nothing"] = "nothing"
    names_of: Literal["today", "act"] = "act"
    format: Literal["csv", "ndjson", "parquet"] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    recognised_by: dict[str, str] = {}

    @property
    def said_by(self) -> Registry:
        """The registry that the table is from."""
        return Registry(
            mark=self.registry,
            title=self.title,
            url=self.url,
            published=self.published,
            covers=self.covers,
            names_of=self.names_of,
        )

    def columns(self) -> Iterator[str]:
        """Every column that must be there, once."""
        named = [self.treaty.identifier, self.treaty.title, *many(self.party.columns)]
        named += [*many(self.date.columns), *self.text.values(), *self.recognised_by]
        for rule in self.act:
            named += [rule.column, *rule.where]
        for skip in self.skip:
            named += [*skip.where]
        yield from dict.fromkeys(each for each in named if each is not None)


def many(given: OneOrMore) -> Sequence[str]:
    """One text as a sequence of one."""
    return (given,) if isinstance(given, str) else given


def read_mapping(text: bytes) -> TableMapping:
    """The mapping that a file holds; raises `Malformed` with what is wrong with it."""
    if len(text) > LARGEST:
        raise _malformed("", f"a mapping is not longer than {LARGEST:,} bytes")
    try:
        given = tomllib.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _malformed("", f"is not TOML: {error}") from error
    try:
        mapping = msgspec.convert(given, TableMapping, strict=True)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$")
        raise _malformed(_pointer(path), words) from error
    faults = list(_contradictions(mapping))
    if faults:
        raise Malformed(faults)
    return mapping


@cache
def built_in() -> Mapping[str, TableMapping]:
    """The mappings that come with the program, by name."""
    return {each.stem: read_mapping(each.read_bytes()) for each in sorted(FOLDER.glob("*.toml"))}


def _contradictions(mapping: TableMapping) -> Iterator[Fault]:
    if (mapping.treaty.slug is None) == (mapping.treaty.identifier is None):
        yield Fault(pointer="/treaty", detail="needs either slug or identifier")
    names = {rule.name for rule in mapping.act}
    for index, rule in enumerate(mapping.act):
        yield from _of_rule(rule, f"/act/{index}", names, mapping)
    for name in mapping.text:
        if name not in TEXTS:
            yield Fault(pointer=f"/text/{name}", detail=f"must be one of: {', '.join(TEXTS)}")
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        yield Fault(pointer="/delimiter", detail="must be one character")
    if mapping.encoding is not None and mapping.encoding not in ENCODINGS:
        yield Fault(pointer="/encoding", detail=f"must be one of: {', '.join(ENCODINGS)}")


def _of_rule(
    rule: ActRule, pointer: str, names: set[str], mapping: TableMapping
) -> Iterator[Fault]:
    for place, kind in (
        ("kind", rule.kind),
        *((f"letters/{k}", v) for k, v in rule.letters.items()),
    ):
        if kind != FORMLESS and kind not in KINDS:
            yield Fault(pointer=f"{pointer}/{place}", detail=f"there is no kind of act {kind}")
        elif kind in KINDS and (KINDS[kind].party is PartyRule.NEVER) and rule.party:
            yield Fault(
                pointer=f"{pointer}/{place}", detail="is no act of a party: set party = false"
            )
    if rule.column is None and not mapping.date.columns:
        yield Fault(pointer=pointer, detail="needs a column, since date names none")
    if rule.column is None and not rule.where:
        yield Fault(pointer=pointer, detail="needs where or column")
    for each in many(rule.joins):
        if each not in names:
            yield Fault(
                pointer=f"{pointer}/joins", detail=f"there is no act {each} in this mapping"
            )
    for letter in rule.letters:
        if re.fullmatch(r"[A-Za-z*]{1,3}", letter) is None:
            yield Fault(pointer=f"{pointer}/letters", detail="a mark is one to three letters")


def _malformed(pointer: str, detail: str) -> Malformed:
    return Malformed([Fault(pointer=pointer, detail=detail)])


def _pointer(path: str) -> str:
    """The place that the library names `.act[0].kind`, as a JSON pointer."""
    steps = re.findall(r"[^.\[\]`]+", path)
    return "".join(f"/{each}" for each in steps)


ENCODINGS = ("utf-8", "utf-16", "latin-1")
