"""Any other table, read by a mapping file: delimited text, JSON lines or Parquet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, TypeAlias

import msgspec

from infrastructure.days import read_day
from infrastructure.importers.lines import byte_lines, encoding_of, header_fault, named_cells, rows
from infrastructure.importers.mapping import (
    EDTF,
    FORMLESS,
    ActRule,
    OneOrMore,
    TableMapping,
    built_in,
    many,
)
from infrastructure.importers.plain_csv import header_names
from infrastructure.importers.proposals import (
    FORM_NOT_SAID,
    FORMLESS_CONSENT,
    Finding,
    Item,
    Proposal,
    Wire,
    distinct_slug,
    slug_of,
)

Cells: TypeAlias = Mapping[str, str]
Line: TypeAlias = tuple[int, Cells]

PARQUET = b"PAR1"
ROWS_AT_ONCE = 5_000

MARKED = re.compile(r"(.*?)[\s(\[]*([A-Za-z*]{1,3})[)\]]?", re.DOTALL)
"""A day and the mark after it: `19 Sep 2002 (a)`, `22 Apr 2016 A`."""


@dataclass(kw_only=True)
class _Seen:
    """The treaties that the table has named so far: the slug of each identifier, and its title."""

    slugs: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


def recognised(file: BinaryIO, head: bytes) -> TableMapping | None:
    """The mapping that comes with the program and fits the file's columns and first row, if there is one."""
    for mapping in built_in().values():
        wanted = set(mapping.columns())
        if head.startswith(PARQUET) and mapping.format == "parquet":
            first = next((each for each in _parquet(file, wanted)), None)
        elif not head.startswith(PARQUET) and wanted <= set(header_names(head)):
            first = next((each for each in lines(file, head, mapping)), None)
        else:
            continue
        if first is not None and not isinstance(first, Finding) and _fits(first[1], mapping):
            return mapping
    return None


def read(file: BinaryIO, head: bytes, mapping: TableMapping) -> Iterator[Item]:
    """The registry, a definition for each treaty that is named, and the acts of each row."""
    yield mapping.said_by
    seen = _Seen()
    for each in lines(file, head, mapping):
        if isinstance(each, Finding):
            yield each
            continue
        number, cells = each
        for item in _row(number, cells, mapping, seen):
            yield _about(item, seen.slugs.get(cells.get(mapping.treaty.identifier or "", ""), ""))


def _about(item: Item, treaty: str) -> Item:
    """A finding with the treaty of its row."""
    if isinstance(item, Finding) and treaty:
        return msgspec.structs.replace(item, treaty=treaty)
    return item


def lines(file: BinaryIO, head: bytes, mapping: TableMapping) -> Iterator[Line | Finding]:
    """The rows of the table with their numbers, cells by column, an empty text where there is nothing."""
    needed = set(mapping.columns())
    form = mapping.format or _form_of(head)
    if form == "parquet":
        yield from _parquet(file, needed)
    elif form == "ndjson":
        yield from _json_lines(file, needed)
    else:
        yield from _delimited(file, mapping, needed)


def _form_of(head: bytes) -> str:
    if head.startswith(PARQUET):
        return "parquet"
    return "ndjson" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _fits(cells: Cells, mapping: TableMapping) -> bool:
    return bool(mapping.recognised_by) and all(
        cells.get(name) == value for name, value in mapping.recognised_by.items()
    )


# --- rows of three forms ---


def _delimited(file: BinaryIO, mapping: TableMapping, needed: set[str]) -> Iterator[Line | Finding]:
    encoding, doubt = (mapping.encoding, None) if mapping.encoding else encoding_of(file)
    if doubt is not None:
        yield doubt
    header: tuple[str, ...] = ()
    for each in rows(file, encoding or "utf-8-sig", mapping.delimiter):
        if isinstance(each, Finding):
            yield each
        elif not header:
            header = tuple(cell.strip() for cell in each.cells)
            if fault := header_fault(header, sorted(needed), each.line):
                yield fault
                return
        else:
            cells = named_cells(each, header)
            yield cells if isinstance(cells, Finding) else (each.line, cells)


def _json_lines(file: BinaryIO, needed: set[str]) -> Iterator[Line | Finding]:
    for each in byte_lines(file):
        if isinstance(each, Finding):
            yield each
            continue
        number, line = each
        try:
            given = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            detail = f"is not a JSON object: {error}"
            yield Finding(line=number, problem="malformed", detail=detail, rejects=True)
            continue
        yield number, {name: _text(given.get(name)) for name in {*given, *needed}}


def _parquet(file: BinaryIO, needed: set[str]) -> Iterator[Line | Finding]:
    import pyarrow as pa  # noqa: PLC0415 (takes a third of a second, and only tables need it)
    import pyarrow.parquet as pq  # noqa: PLC0415 (the same)

    file.seek(0)
    number = 0
    try:
        table = pq.ParquetFile(file)
        if fault := header_fault(table.schema_arrow.names, sorted(needed)):
            yield fault
            return
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE, columns=sorted(needed)):
            for cells in batch.to_pylist():
                number += 1
                yield number, {name: _text(value) for name, value in cells.items()}
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        detail = f"the Parquet file cannot be read after row {number}: {str(error)[:300]}"
        yield Finding(line=None, problem="unreadable", detail=detail, rejects=True)


def _text(value: object) -> str:
    """A cell as text: a day as ISO 8601, nothing as the empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()


# --- one row ---


def _row(number: int, cells: Cells, mapping: TableMapping, seen: _Seen) -> Iterator[Item]:
    treaty, defined = _treaty(cells, mapping, seen)
    if not treaty:
        yield _rejected(number, "malformed", "the treaty is not named", _shown(cells, mapping))
        return
    if defined is not None:
        yield defined
    for skip in mapping.skip:
        if _matches(cells, skip.where):
            yield _rejected(number, "nothing_to_record", skip.because, _shown(cells, mapping))
            return
    party = _party(cells, mapping)
    if party in mapping.party.nobody:
        detail = f"{party}: {mapping.party.nobody[party]}"
        yield _rejected(number, "unknown_party", detail, party)
        return
    rules = [each for each in mapping.act if _matches(cells, each.where)]
    if not rules:
        said = ", ".join(f"{name} {cells.get(name)}" for name in _asked(mapping))
        yield _rejected(number, "unknown_act", f"no act of the mapping fits: {said}", said)
        return
    told = False
    for rule in rules:
        for each in _act(number, cells, mapping, rule, {"treaty": treaty, "party": party}):
            told = True
            yield each
    if not told:
        detail = f"{party[:80]} is listed without any day"
        yield _rejected(number, "nothing_to_record", detail, _shown(cells, mapping))


def _asked(mapping: TableMapping) -> Sequence[str]:
    return tuple(dict.fromkeys(name for rule in mapping.act for name in rule.where))


def _matches(cells: Cells, where: Mapping[str, OneOrMore]) -> bool:
    for name, values in where.items():
        cell = cells.get(name)
        if cell != values if isinstance(values, str) else cell not in values:
            return False
    return True


def _party(cells: Cells, mapping: TableMapping) -> str:
    named = next((cells[each] for each in many(mapping.party.columns) if cells.get(each)), "")
    return mapping.party.names.get(named, named)


def _treaty(cells: Cells, mapping: TableMapping, seen: _Seen) -> tuple[str, Proposal | None]:
    """The slug of the row's treaty, and its definition where the table names it for the first time."""
    if mapping.treaty.slug is not None:
        return mapping.treaty.slug, None
    identifier = cells.get(mapping.treaty.identifier or "", "")
    if not identifier or identifier in seen.slugs:
        return seen.slugs.get(identifier, ""), None
    if identifier in mapping.treaty.slugs:
        seen.slugs[identifier] = mapping.treaty.slugs[identifier]
        return seen.slugs[identifier], None
    slug = slug_of(mapping.registry, identifier)
    if slug in seen.taken:  # two identifiers that differ in punctuation only
        slug = distinct_slug(mapping.registry, identifier)
    seen.taken.add(slug)
    seen.slugs[identifier] = slug
    return slug, _defined(slug, identifier, cells, mapping)


def _defined(slug: str, identifier: str, cells: Cells, mapping: TableMapping) -> Proposal:
    title = cells.get(mapping.treaty.title or "", "") or identifier
    key = mapping.registry.replace("-", "_")
    fact: Wire = {
        "type": "treaty",
        "treaty": slug,
        "title": title,
        "identifiers": {key: identifier},
        "note": f"As {mapping.title} lists it; its final clauses are not known here.",
    }
    return Proposal(fact=fact, raw=identifier, known_by={key: identifier})


def _act(
    number: int, cells: Cells, mapping: TableMapping, rule: ActRule, about: Wire
) -> Iterator[Item]:
    columns = (rule.column,) if rule.column is not None else many(mapping.date.columns)
    column = next((each for each in columns if cells.get(each)), None)
    if column is None:
        if rule.column is None:
            detail = f"{rule.name} without a day"
            yield _rejected(number, "nothing_to_record", detail, _shown(cells, mapping))
        return
    kind, text = _kind(cells[column], rule)
    day = _day(text, mapping)
    if kind is None or day is None:
        problem, detail = _fault(kind, cells[column], mapping)
        yield _rejected(number, problem, detail, cells[column], column)
        return
    identifier = cells.get(mapping.treaty.identifier or "", "") or about["treaty"]
    fact: Wire = {
        **(about if rule.party else {"treaty": about["treaty"]}),
        "kind": FORMLESS_CONSENT if kind == FORMLESS else kind,
        rule.field: day,
        "reference": mapping.said_by.reference(identifier),
        **{name: cells[name_of] for name, name_of in mapping.text.items() if cells.get(name_of)},
    }
    notes = [fact.get("note"), rule.note, FORM_NOT_SAID if kind == FORMLESS else None]
    if any(notes):
        fact["note"] = " ".join(str(each) for each in notes if each)
    yield Proposal(
        fact=fact,
        lines=(number,),
        cell=column,
        raw=f"{rule.name} {cells[column]}"[:200],
        step=rule.name,
        joins=tuple(many(rule.joins)),
        joined_as=rule.field,
    )


def _kind(cell: str, rule: ActRule) -> tuple[str | None, str]:
    """The kind by the mark after the day, and the day without it; None for a mark that is not known."""
    found = MARKED.fullmatch(cell) if rule.letters else None
    if found is None or not found[1].strip():
        return rule.kind, cell
    if found[2] in rule.letters:
        return rule.letters[found[2]], found[1].strip()
    return None, found[1].strip()


def _day(text: str, mapping: TableMapping) -> str | None:
    if text in many(mapping.date.never):
        return None
    for form in many(mapping.date.formats):
        try:
            if form == EDTF:
                read_day(text)
                return text
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def _fault(kind: str | None, cell: str, mapping: TableMapping) -> tuple[str, str]:
    if kind is None:
        return "unknown_act", f"the mark after the day is not known: {cell[:80]}"
    if cell in many(mapping.date.never):
        return "not_a_day", f"{cell[:80]} stands for no day in this table"
    return "not_a_day", f"{cell[:80]} is no day in the form of this table"


def _shown(cells: Cells, mapping: TableMapping) -> str:
    return " | ".join(cells.get(each, "") for each in mapping.columns())[:200]


def _rejected(number: int, problem: str, detail: str, read: str, cell: str = "") -> Finding:
    return Finding(
        line=number, problem=problem, detail=detail, cell=cell, read=read[:200], rejects=True
    )
