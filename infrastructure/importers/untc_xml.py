"""The status tables of the UN Treaty Collection (MTDSG), as XML.

The meaning of a cell comes only from the header of its column and the letter after the day.
Square brackets say that the act stands no longer; when it ended stands in an end note, if anywhere.
The tables are print markup, and no description of them is published: where it is not sure how a part is
built (`SpecialTables`, `EndNotes`), several ways of building it are read, and what is not understood is said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from xml.etree.ElementTree import Element

from domain.dates import MONTHS
from infrastructure.importers.documents import children, first, local, named, texts, xml_of
from infrastructure.importers.proposals import (
    FORM_NOT_SAID,
    FORMLESS_CONSENT,
    Finding,
    Item,
    Proposal,
    Registry,
    Wire,
    slug_of,
)
from infrastructure.importers.reading import Reading

REGISTRY = Registry(
    mark="untc",
    title="United Nations Treaty Collection, Multilateral Treaties Deposited with the Secretary-General",
    url="https://treaties.un.org/Pages/ParticipationStatus.aspx",
    names_of="today",
)

CELL = re.compile(
    r"(\[?)\s*(\d{1,2}\s+[A-Za-z]{3,9}\.?\s+\d{4})\s*,?\s*([A-Za-z]{1,2})?\s*(\]?)", re.ASCII
)
DAY = re.compile(r"(\d{1,2})\s+([A-Z][a-z]{2,8})\.?\s+(\d{4})", re.ASCII)
NUMBER = re.compile(r"([IVXL]+(?:-[A-Z])?-\d+(?:-(?:[a-z]|\d+))*)", re.ASCII)
MARKERS = re.compile(r"<superscript>(.*?)</superscript>", re.IGNORECASE | re.DOTALL)
LETTERED = re.compile(r"(.*?)[\s(\[]+([A-Za-z]{1,2})[)\]]", re.DOTALL)

CONSENTS = frozenset(
    {"ratification", "acceptance", "approval", "accession", "succession", "formal_confirmation"}
    | {"signature_definitive", FORMLESS_CONSENT}
)

WORDS: tuple[tuple[str, str], ...] = (
    ("succession to signature", "succession_to_signature"),
    ("confirmation of signature", "confirmation_of_signature"),
    ("definitive signature", "signature_definitive"),
    ("signature", "signature"),
    ("ratification", "ratification"),
    ("accession", "accession"),
    ("acceptance", "acceptance"),
    ("approval", "approval"),
    ("succession", "succession"),
    ("formal confirmation", "formal_confirmation"),
    ("act of formal confirmation", "formal_confirmation"),
    ("provisional application", "provisional_application_start"),
    ("adherence", "adherence"),
    ("consent to be bound", FORMLESS_CONSENT),
    ("participation", FORMLESS_CONSENT),
    ("simplified procedure", FORMLESS_CONSENT),
    ("notification", FORMLESS_CONSENT),
)
"""How column headers call the acts; the longer words come before those that they contain."""

LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "a": "accession",
        "A": "acceptance",
        "AA": "approval",
        "d": "succession",
        "s": "signature_definitive",
        "n": "provisional_application_start",
        "c": "formal_confirmation",
        "C": "confirmation_of_signature",
        "P": FORMLESS_CONSENT,
        "p": FORMLESS_CONSENT,
    }
)
"""What the letters mean where a header does not define them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the days of a column are: the kinds by letter, and those that go without one."""

    title: str
    letters: Mapping[str, str]
    plain: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An end note: its marker and its text."""

    marker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table: its number, the participant, the markers behind the name, and the other cells."""

    number: int
    party: str
    markers: tuple[str, ...]
    cells: tuple[str, ...]


def recognises(head: bytes) -> bool:
    """Whether the file is XML with the parts of a status table, or at least XML of no other kind."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"<?xml") or (
        text.startswith(b"<") and any(each in text for each in (b"<Participants", b"<ExternalData"))
    )


def read(reading: Reading) -> Iterator[Item]:
    """The registry, the treaty with its days, and the acts of each participant."""
    root = xml_of(reading.file)
    if isinstance(root, Finding):
        yield root
        return
    if first(root, "Participants", "SpecialTables", "ExternalData") is None:
        detail = f"an XML document <{local(root)[:40]}> without a table of participants"
        yield Finding(line=None, problem="unreadable", detail=detail, rejects=True)
        return
    yield REGISTRY
    identifier, slug = _named(root, reading.name)
    about = {"treaty": slug, "reference": REGISTRY.reference(identifier)}
    yield _definition(root, identifier, slug)
    yield from _treaty_acts(root, about)
    yield from _participants(root, about, reading.today)


# --- the treaty ---


def _named(root: Element, name: str) -> tuple[str, str]:
    """The number under which the collection keeps the treaty, or else its title, and a slug made of it."""
    chapter = _text_of(first(root, "Chapter"))
    title = _title(root)
    by_name = NUMBER.search(name.rpartition("/")[2].rpartition("\\")[2])
    in_chapter = re.search(r"CHAPTER\s+([IVXL]+)", chapter, re.IGNORECASE)
    in_title = re.match(r"(\d+)\.\s*(?:\(?([a-z])\)?[\s.])?", _text_of(first(root, "Titlesect")))
    if by_name:
        identifier = by_name[1]
    elif in_chapter and in_title:
        letter = f"-{in_title[2]}" if in_title[2] else ""
        identifier = f"{in_chapter[1].upper()}-{in_title[1]}{letter}"
    else:
        return title, slug_of("untc", title)
    return identifier, slug_of("untc", identifier)


def _title(root: Element) -> str:
    written = _text_of(first(root, "Titlesect"))
    return re.sub(r"^\d+\.\s*(\(?[a-z]\)?[\s.]\s*)?", "", written) or "a treaty without a title"


def _text_of(element: Element | None) -> str:
    return "" if element is None else MARKERS.sub("", texts(element, "superscript")).strip()


def _definition(root: Element, identifier: str, slug: str) -> Proposal:
    title = _title(root)
    concluded = _text_of(first(root, "Conclusion"))
    registered = _text_of(first(root, "Registration"))
    published = _text_of(first(root, "TreatyText"))
    identifiers = {
        "un_treaty_collection": identifier,
        "concluded": concluded,
        "registration": registered,
        "text": published,
    }
    fact: Wire = {
        "type": "treaty",
        "treaty": slug,
        "title": title,
        "identifiers": {key: each[:2_000] for key, each in identifiers.items() if each},
        "depositaries": ["UN"],
        "note": "As the depositary lists it; its final clauses are not known here.",
    }
    return Proposal(
        fact=fact,
        raw=identifier,
        known_by={"un_treaty_collection": identifier},
        titles=(title,),
    )


def _treaty_acts(root: Element, about: Wire) -> Iterator[Item]:
    for element, kind in (("Conclusion", "adoption"), ("EIF", "treaty_entry_into_force")):
        said = _text_of(first(root, element))
        days = [_day(found) for found in DAY.finditer(said)]
        if len(days) == 1 and days[0] is not None:
            fact: Wire = {**about, "kind": kind, "dated": days[0]}
            if kind == "treaty_entry_into_force":
                fact["note"] = said[:2_000]
            yield Proposal(fact=fact, cell=element, raw=said[:200])
        elif said and kind == "treaty_entry_into_force" and "not yet" not in said.casefold():
            detail = "the entry into force is not told by one day"
            yield Finding(
                line=None, problem="not_a_day", detail=detail, cell=element, read=said[:200]
            )


# --- the table ---


def _participants(root: Element, about: Wire, today: date) -> Iterator[Item]:
    notes = tuple(_notes(root))
    number = standing = 0
    for table in _tables(root):
        header, lines = _header(table), _lines(table, number)
        columns = [_column(each) for each in header[1:]]
        if not columns or not any(each.plain or each.letters for each in columns):
            detail = f"its columns are {', '.join(header)[:200] or 'not named'}"
            yield Finding(line=None, problem="special_table", detail=detail, cell=local(table))
            number += len(lines)
            continue
        yield from _doubtful(columns)
        for line in lines:
            acts = list(_acts(line, columns, about))
            yield from acts
            standing += any(_stands(each) for each in acts)
            yield from _exits(line, acts, notes, today)
            yield from _signatures_that_lapsed(line, acts)
        number += len(lines)
    yield from _counted(root, standing)


def _tables(root: Element) -> Iterator[Element]:
    for part in named(root, "Participants", "SpecialTables"):
        found = list(named(part, "Table")) or children(part, "SpecialTable") or [part]
        yield from (each for each in found if first(each, "Row") is not None)


def _header(table: Element) -> list[str]:
    head = first(table, "Thead")
    if head is not None:
        return [_text_of(each) for each in named(head, "Entry", "Column")]
    titles = first(table, "TableHeader")
    if titles is not None:
        found = list(named(titles, "Title", "Column", "Entry"))
        return [_text_of(each) for each in found]
    return []


def _lines(table: Element, before: int) -> list[Line]:
    head = first(table, "Thead", "TableHeader")
    heads = set(named(head, "Row")) if head is not None else set()
    rows = [each for each in named(table, "Row") if each not in heads]
    return [_line(row, before + index) for index, row in enumerate(rows, 1)]


def _line(row: Element, number: int) -> Line:
    entries = children(row, "Entry", "Column")
    if not entries:
        return Line(number=number, party="", markers=(), cells=())
    whole, bare = texts(entries[0]), texts(entries[0], "superscript")
    inside = [texts(each) for each in named(entries[0], "superscript")]
    marks = [*MARKERS.findall(whole), *inside]
    markers = tuple(each for mark in marks for each in re.findall(r"\w+|\*+", mark))
    return Line(
        number=number,
        party=" ".join(MARKERS.sub(" ", bare).split()),
        markers=markers,
        cells=tuple(_text_of(each) for each in entries[1:]),
    )


def _column(title: str) -> Column:
    """The acts that a header names: with a letter in brackets, or without one."""
    letters: dict[str, str] = {}
    plain: list[str] = []
    for part in re.split(r"[,/;]|\bor\b|\band\b", re.sub(r"[\d*]+", " ", title)):
        found = LETTERED.fullmatch(part.strip())
        words = (found[1] if found else part).strip().casefold()
        kind = next((each for word, each in WORDS if words.startswith(word)), None)
        if kind is None:
            continue
        if found:
            letters[found[2]] = kind
        else:
            plain.append(kind)
    return Column(title=title, letters=letters, plain=tuple(dict.fromkeys(plain)))


def _doubtful(columns: Sequence[Column]) -> Iterator[Finding]:
    for column in columns:
        if len(column.plain) > 1:
            detail = f"a day without a letter can be: {', '.join(column.plain)}"
            done = "such a day was recorded as a consent whose form is not said"
            yield Finding(
                line=None, problem="form_not_said", detail=detail, cell=column.title[:80], done=done
            )


def _acts(line: Line, columns: Sequence[Column], about: Wire) -> Iterator[Item]:
    if not line.party:
        yield _rejected(
            line, "", "malformed", "the participant is not named", " | ".join(line.cells)
        )
        return
    for column, cell in zip(columns, line.cells, strict=False):
        if cell:
            yield _act(line, column, cell, about)
    extra = [each for each in line.cells[len(columns) :] if each]
    if extra:
        detail = "more cells than the header has columns"
        yield _rejected(line, "", "uneven_row", detail, " | ".join(extra))
    if not any(line.cells):
        detail = f"{line.party[:80]} is listed without any day"
        yield _rejected(line, "", "nothing_to_record", detail, line.party)


def _act(line: Line, column: Column, cell: str, about: Wire) -> Item:
    found = CELL.fullmatch(cell)
    day = _day(DAY.match(found[2])) if found else None
    if found is None or day is None:
        detail = f"{cell[:80]} is no day with a letter, such as 22 Apr 2016 A"
        return _rejected(line, column.title, "not_a_day", detail, cell)
    kind = _kind(column, found[3])
    if kind is None:
        detail = f"{column.title[:80]} does not say what {found[3] or 'a day without a letter'} is"
        return _rejected(line, column.title, "unknown_act", detail, cell)
    field = (
        "dated" if kind.startswith("signature") and kind != "signature_definitive" else "received"
    )
    fact: Wire = {**about, "party": line.party, "kind": kind, field: day}
    notes = [FORM_NOT_SAID] if kind == FORMLESS_CONSENT else []
    if bool(found[1]) != bool(found[4]):
        notes.append("The table has only one of the two square brackets.")
    if found[1] or found[4]:
        notes.append("In square brackets: it stands no longer.")
    if notes:
        fact["note"] = " ".join(notes)
    return Proposal(
        fact=fact, lines=(line.number,), cell=column.title[:80], raw=cell[:200], step=kind
    )


def _kind(column: Column, letter: str | None) -> str | None:
    if letter:
        return column.letters.get(letter) or LETTERS.get(letter)
    if len(column.plain) == 1:
        return column.plain[0]
    consents = {*column.plain, *column.letters.values()} & CONSENTS
    return FORMLESS_CONSENT if consents else None


# --- acts that stand no longer ---


def _stands(item: Item) -> bool:
    """Whether it is a consent without brackets."""
    return (
        isinstance(item, Proposal)
        and item.fact["kind"] in CONSENTS
        and "[" not in item.raw
        and "]" not in item.raw
    )


def _exits(line: Line, acts: Sequence[Item], notes: Sequence[Note], today: date) -> Iterator[Item]:
    """The end of a consent in brackets: the days of an end note, or between which days it must have been."""
    bracketed = [
        each
        for each in acts
        if isinstance(each, Proposal)
        and each.fact["kind"] in CONSENTS
        and ("[" in each.raw or "]" in each.raw)
    ]
    told = [each for each in notes if each.marker in line.markers and _tells_of_exit(each.text)]
    if not bracketed:
        for note in told:
            detail = f"end note {note.marker} of {line.party[:60]} may tell of an exit"
            yield _note_finding(line, detail, note)
        return
    consent = bracketed[-1]
    days = next((found for note in told if (found := exit_days(note.text))), None)
    about = {key: consent.fact[key] for key in ("treaty", "reference", "party")}
    if days is not None:
        note = next(each for each in told if exit_days(each.text))
        received, effective = days
        fact: Wire = {**about, "kind": "withdrawal_notice", "received": received}
        fact |= {"effective": effective, "note": f"End note {note.marker}: {note.text}"[:2_000]}
        yield Proposal(fact=fact, lines=(line.number,), cell="EndNotes", raw=note.text[:200])
        return
    for note in told:
        yield _note_finding(line, f"end note {note.marker} gives no two days of an exit", note)
    given = consent.fact.get("received") or consent.fact["dated"]
    detail = (
        f"{line.party[:60]} has left, or its consent has lapsed, and the table does not say when"
    )
    done = f"recorded with an exit on some day between {given} and {today.isoformat()}"
    yield Finding(
        line=line.number,
        problem="bracketed",
        detail=detail,
        cell=consent.cell,
        read=consent.raw,
        done=done,
    )
    if given > today.isoformat():
        return
    fact = {**about, "kind": "withdrawal_notice", "effective": f"{given}/{today.isoformat()}"}
    fact["note"] = (
        "The depositary puts the consent in square brackets and gives no day of the exit."
    )
    yield Proposal(fact=fact, lines=(line.number,), cell=consent.cell, raw=consent.raw)


def _signatures_that_lapsed(line: Line, acts: Sequence[Item]) -> Iterator[Finding]:
    """Signatures in brackets of a row without a consent; there is no act by which one ends."""
    proposed = [each for each in acts if isinstance(each, Proposal)]
    if any(each.fact["kind"] in CONSENTS for each in proposed):
        return
    for each in proposed:
        if "[" in each.raw or "]" in each.raw:
            yield Finding(
                line=line.number,
                problem="bracketed",
                detail=f"{line.party[:60]} has an act that stands no longer, and nothing says how it ended",
                cell=each.cell,
                read=each.raw,
                done="it was recorded with a note, as if it stood",
            )


def _notes(root: Element) -> Iterator[Note]:
    """The end notes: each with its number in an element or an attribute of its own, or before its text."""
    for part in named(root, "EndNotes", "Endnotes", "Footnotes"):
        for each in part:
            number = first(each, "Number", "Marker", "Superscript", "Label")
            marker = _bare(texts(number)) if number is not None else ""
            marker = marker or next((_bare(value) for value in each.attrib.values()), "")
            text = texts(each, "" if number is None else local(number))
            before = re.match(r"\W*(\d{1,3}|\*+)[\s.)\]]+", text)
            if not marker and before:
                marker = before[1]
            if before and before[1] == marker:
                text = text[before.end() :]
            if text:
                yield Note(marker=marker, text=text)


def _bare(marker: str) -> str:
    found = re.search(r"\w+|\*+", marker)
    return found[0] if found else ""


def _tells_of_exit(text: str) -> bool:
    return re.search(r"denunc|denounc|withdr[ae]w", text, re.IGNORECASE) is not None


def exit_days(text: str) -> tuple[str | None, str | None] | None:
    """The days of the notice and of the exit that a note tells; None where it cannot be understood.

    A note that speaks of a withdrawal taken back, or has more days than these two, is left to a person.
    """
    if re.search(_TAKEN_BACK, text, re.IGNORECASE):
        return None
    days = [(found.start(), _day(found)) for found in DAY.finditer(text)]
    takes = [
        found.end()
        for found in re.finditer(r"effect(?:ive)?\b[^.;\d]{0,40}|with effect\b[^.;\d]{0,40}", text)
    ]
    effective = [day for start, day in days if start in takes]
    others = [day for start, day in days if start not in takes]
    if len(effective) > 1 or len(others) > 1 or not days or None in (*effective, *others):
        return None
    return (others[0] if others else None, effective[0] if effective else None)


_TAKEN_BACK = r"revok|rescind|withdr[ae]w\w* (of )?(its|the) (notific|denunc|withdr|decision)"


def _note_finding(line: Line, detail: str, note: Note) -> Finding:
    return Finding(
        line=line.number,
        problem="note_not_understood",
        detail=detail,
        cell="EndNotes",
        read=note.text[:200],
        done="the note was not recorded",
    )


# --- the depositary's own count ---


def _counted(root: Element, standing: int) -> Iterator[Finding]:
    status = first(root, "Status")
    said = _text_of(first(status, "Parties"))
    found = re.search(r"\d+", said)
    if found and int(found[0]) != standing:
        detail = f"the depositary counts {found[0]} parties, and {standing} rows have a consent that stands"
        done = "the rows were recorded as they are"
        yield Finding(
            line=None, problem="count_differs", detail=detail, cell="Status", read=said, done=done
        )


def _day(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    months = [each for each, name in enumerate(MONTHS, 1) if name.startswith(found[2])]
    if not months and found[2] == "Sept":
        months = [9]
    try:
        return date(int(found[3]), months[0], int(found[1])).isoformat() if months else None
    except ValueError:
        return None


def _rejected(line: Line, cell: str, problem: str, detail: str, read: str) -> Finding:
    return Finding(
        line=line.number,
        problem=problem,
        detail=detail,
        cell=cell[:80],
        read=read[:200],
        rejects=True,
    )
