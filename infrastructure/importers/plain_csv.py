"""Our own table: the keys of an act as columns, one act a row."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO

import msgspec

from infrastructure.importers.lines import (
    PassedOver,
    Row,
    delimiter_of,
    encoding_of,
    header_fault,
    named_cells,
    rows,
)
from infrastructure.importers.proposals import Finding, Item, Proposal

SEPARATOR = "|"
"""Between the members of a list in one cell; `;` may be the delimiter of the file."""

FORMULA = "=+-@\t\r"
"""Characters at the beginning of a cell that a spreadsheet takes for a formula; an apostrophe stands before them."""

TEXTS = (
    "id",
    "treaty",
    "party",
    "kind",
    "dated",
    "received",
    "notified",
    "effective",
    "claimed_effective",
    "by",
    "predecessor",
    "concerns",
    "depositary",
    "reference",
    "note",
)
JSON = ("more_sources", "replacement")
"""Columns of an export whose cells are JSON: the sources after the first, and what a correction puts in place."""

LISTS = ("towards", "territories", "contested_by", "despite")
SOURCE = ("title", "url", "published", "sha256", "quote")
COLUMNS = (
    "id",
    *TEXTS[1:9],
    "sequence",
    "by",
    "towards",
    "territories",
    "predecessor",
    "concerns",
    "legal_effect",
    "contested_by",
    "depositary",
    "reference",
    "note",
    "despite",
    *(f"source_{each}" for each in SOURCE),
    *JSON,
)
"""The columns in which an act can be given, in the order in which an export writes them."""

NEEDED = ("treaty", "kind")
PASSED_OVER = frozenset(
    {"type", "position", "recorded_at", "recorded_by", "stream_version", "party_name", "stands"}
    | {
        "treaty_title",
        "as_of",
        "as_seen",
        "record_position",
        "decisive_earliest",
        "decisive_latest",
    }
)
"""Columns of an export that say nothing new about the act."""


def recognises(head: bytes) -> bool:
    """Whether the first line names the columns that are needed."""
    return set(NEEDED) <= {each.casefold() for each in header_names(head)}


def header_names(head: bytes) -> tuple[str, ...]:
    """The column names in the first line of a delimited text."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    line = head.decode(encoding, "replace").lstrip("\ufeff").splitlines()[:1]
    if not line:
        return ()
    delimiter = delimiter_of(line[0])
    return tuple(each.strip().strip('"').strip() for each in line[0].split(delimiter))


def read(file: BinaryIO) -> Iterator[Item]:
    """An act for each row; a cell left empty is a key left out."""
    encoding, doubt = encoding_of(file)
    if doubt is not None:
        yield doubt
    table = rows(file, encoding)
    header: tuple[str, ...] = ()
    passed_over = PassedOver(header, header)
    for each in table:
        if isinstance(each, Finding):
            yield each
        elif not header:
            header = tuple(cell.strip().casefold() for cell in each.cells)
            if fault := header_fault(header, NEEDED, each.line):
                yield fault
                return
            yield from _unknown_columns(header)
            passed_over = PassedOver(header, {each for each in header if each})
        else:
            yield from passed_over.told(each)
            yield _read(each, header)


def unguarded(cell: str) -> str:
    """The text of a cell without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA else cell


def _unknown_columns(header: tuple[str, ...]) -> Iterator[Finding]:
    for name in header:
        if name and name not in COLUMNS and name not in PASSED_OVER:
            detail = f"the column {name[:80]} is not known"
            done = "the column was passed over"
            yield Finding(line=1, problem="unknown_column", detail=detail, cell=name, done=done)


def _read(row: Row, header: tuple[str, ...]) -> Item:
    cells = named_cells(row, header)
    if isinstance(cells, Finding):
        return cells
    shown = " | ".join(row.cells)[:200]
    given = {name: unguarded(cell) for name, cell in cells.items() if cell}
    fact: dict[str, Any] = {name: given[name] for name in TEXTS if name in given}
    for name in LISTS:
        if name in given:
            fact[name] = [each.strip() for each in given[name].split(SEPARATOR) if each.strip()]
    for name, form in _FORMS.items():
        if name in given:
            fact[name] = form(given[name])
    source = {each: given[f"source_{each}"] for each in SOURCE if f"source_{each}" in given}
    more: list[Any] = []
    for name in JSON:
        if name in given:
            value = _json(given[name])
            if value is None:
                detail = f"the column {name} holds JSON, and this is none"
                return _malformed(row, name, detail, given[name])
            if name == "replacement":
                fact[name] = value
            else:
                more = value if isinstance(value, list) else [value]
    if source or more:
        fact["sources"] = [source, *more] if source else more
    return Proposal(fact=fact, lines=(row.line,), raw=shown)


def _json(cell: str) -> Any:
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _malformed(row: Row, cell: str, detail: str, read: str) -> Finding:
    return Finding(
        line=row.line, problem="malformed", detail=detail, cell=cell, read=read[:200], rejects=True
    )


def _whole(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else cell


def _truth(cell: str) -> bool | str:
    return {"true": True, "false": False}.get(cell.casefold(), cell)


_FORMS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"sequence": _whole, "legal_effect": _truth}
)
