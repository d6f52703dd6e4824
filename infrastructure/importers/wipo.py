"""WIPO's list of contracting parties: one row for each party and treaty, days in ISO 8601.

The list calls treaties by a first word and States by their name of today, has one row for each of them,
says which day is that of the instrument and which that of entry into force, and lists no withdrawals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from infrastructure.importers.lines import (
    PassedOver,
    Row,
    encoding_of,
    header_fault,
    named_cells,
    rows,
)
from infrastructure.importers.plain_csv import header_names
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

PARTY, TREATY, SIGNED = "Contracting Party", "Treaty", "Signature Date"
INSTRUMENT, DEPOSITED, IN_FORCE = "Instrument Type", "Instrument Date", "Entry Into Force Date"
COLUMNS = (PARTY, TREATY, SIGNED, INSTRUMENT, DEPOSITED, IN_FORCE)

REGISTRY = Registry(
    mark="wipo",
    title="WIPO, contracting parties of WIPO-administered treaties",
    url="https://www.wipo.int/wipolex/en/treaties/",
    covers="everything",
    names_of="today",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a word of the list means: our slug, the title, and where and when the text was adopted."""

    slug: str
    title: str
    concluded: str


_KNOWN = (
    (
        "Beijing",
        "beijing-treaty",
        "Beijing Treaty on Audiovisual Performances",
        "Beijing, 24 June 2012",
    ),
    (
        "Berne",
        "berne-convention",
        "Berne Convention for the Protection of Literary and Artistic Works",
        "Berne, 9 September 1886",
    ),
    (
        "Brussels",
        "brussels-satellites",
        "Convention Relating to the Distribution of Programme-Carrying Signals Transmitted by Satellite",
        "Brussels, 21 May 1974",
    ),
    (
        "Madrid",
        "madrid-indications",
        "Madrid Agreement for the Repression of False or Deceptive Indications of Source on Goods",
        "Madrid, 14 April 1891",
    ),
    (
        "Marrakesh",
        "marrakesh-treaty",
        (
            "Marrakesh Treaty to Facilitate Access to Published Works for Persons Who Are Blind, Visually "
            "Impaired or Otherwise Print Disabled"
        ),
        "Marrakesh, 27 June 2013",
    ),
    (
        "Nairobi",
        "nairobi-treaty",
        "Nairobi Treaty on the Protection of the Olympic Symbol",
        "Nairobi, 26 September 1981",
    ),
    (
        "Paris",
        "paris-convention",
        "Paris Convention for the Protection of Industrial Property",
        "Paris, 20 March 1883",
    ),
    ("Patent", "patent-law-treaty", "Patent Law Treaty", "Geneva, 1 June 2000"),
    (
        "Phonograms",
        "phonograms-convention",
        (
            "Convention for the Protection of Producers of Phonograms Against Unauthorized Duplication of "
            "Their Phonograms"
        ),
        "Geneva, 29 October 1971",
    ),
    ("Riyadh", "riyadh-treaty", "Riyadh Design Law Treaty", "Riyadh, 22 November 2024"),
    (
        "Rome",
        "rome-convention-1961",
        (
            "Rome Convention for the Protection of Performers, Producers of Phonograms and Broadcasting "
            "Organizations"
        ),
        "Rome, 26 October 1961",
    ),
    (
        "Singapore",
        "singapore-treaty",
        "Singapore Treaty on the Law of Trademarks",
        "Singapore, 27 March 2006",
    ),
    ("Trademark", "trademark-law-treaty", "Trademark Law Treaty", "Geneva, 27 October 1994"),
    ("WIPO Copyright Treaty (WCT)", "wct", "WIPO Copyright Treaty", "Geneva, 20 December 1996"),
    (
        "WIPO GRATK Treaty",
        "gratk",
        "WIPO Treaty on Intellectual Property, Genetic Resources and Associated Traditional Knowledge",
        "Geneva, 24 May 2024",
    ),
    (
        "WIPO Performances and Phonograms Treaty (WPPT)",
        "wppt",
        "WIPO Performances and Phonograms Treaty",
        "Geneva, 20 December 1996",
    ),
    (
        "Washington",
        "washington-treaty-1989",
        "Washington Treaty on Intellectual Property in Respect of Integrated Circuits",
        "Washington, 26 May 1989",
    ),
)

KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        word: Known(slug=slug, title=title, concluded=concluded)
        for word, slug, title, concluded in _KNOWN
    }
)
"""The treaties of the list by the word that it uses for them."""

INSTRUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "Accession": "accession",
        "Ratification": "ratification",
        "Acceptance": "acceptance",
        "Approval": "approval",
        "Declaration of Continued Application": "succession",
        "Declaration/Notification of Succession": "succession",
        "": FORMLESS_CONSENT,
    }
)
"""The acts by the words of the list; a declaration of continued application is how States succeed at WIPO."""


def recognises(head: bytes) -> bool:
    """Whether the first line has the columns of the list."""
    return set(COLUMNS) <= set(header_names(head))


def read(file: BinaryIO) -> Iterator[Item]:
    """The registry, a definition for each treaty that is named, and the acts of each row."""
    yield REGISTRY
    encoding, doubt = encoding_of(file)
    if doubt is not None:
        yield doubt
    header: tuple[str, ...] = ()
    passed_over = PassedOver(header, header)
    named: set[str] = set()
    for each in rows(file, encoding):
        if isinstance(each, Finding):
            yield each
        elif not header:
            header = tuple(cell.strip() for cell in each.cells)
            if fault := header_fault(header, COLUMNS, each.line):
                yield fault
                return
            passed_over = PassedOver(header, COLUMNS)
        else:
            yield from passed_over.told(each)
            for item in _read(each, header, named):
                yield _about(item, each, header)


def _read(row: Row, header: tuple[str, ...], named: set[str]) -> Iterator[Item]:
    cells = named_cells(row, header)
    if isinstance(cells, Finding):
        yield cells
        return
    if not cells[TREATY]:
        yield _rejected(row, TREATY, "malformed", "the treaty is not named", "")
        return
    treaty = KNOWN.get(cells[TREATY]) or _unknown(cells[TREATY])
    if cells[TREATY] not in named:
        named.add(cells[TREATY])
        yield _defined(cells[TREATY], treaty)
    act: Wire = {
        "treaty": treaty.slug,
        "party": cells[PARTY],
        "reference": REGISTRY.reference(cells[TREATY]),
    }
    yield from _signature(row, cells, act)
    yield from _consent(row, cells, act)
    if not any(cells[name] for name in (SIGNED, INSTRUMENT, DEPOSITED, IN_FORCE)):
        detail = f"{cells[PARTY][:80]} is listed without any day"
        yield _rejected(row, "", "nothing_to_record", detail, " | ".join(row.cells)[:200])


def _about(item: Item, row: Row, header: Sequence[str]) -> Item:
    """A finding with the treaty of its row."""
    if not isinstance(item, Finding) or len(row.cells) != len(header):
        return item
    word = row.cells[header.index(TREATY)].strip()
    return msgspec.structs.replace(item, treaty=(KNOWN.get(word) or _unknown(word)).slug)


def _signature(row: Row, cells: Mapping[str, str], act: Wire) -> Iterator[Item]:
    day = _day(row, SIGNED, cells[SIGNED])
    if isinstance(day, Finding):
        yield day
    elif day is not None:
        fact = {**act, "kind": "signature", "dated": day}
        yield Proposal(fact=fact, lines=(row.line,), cell=SIGNED, raw=f"signature {day}")


def _consent(row: Row, cells: Mapping[str, str], act: Wire) -> Iterator[Item]:
    """The instrument with its days; if one of its cells cannot be read, nothing is made of the others."""
    kind = INSTRUMENTS.get(cells[INSTRUMENT])
    if kind is None:
        detail = f"{cells[INSTRUMENT][:80]} is no instrument that is known"
        yield _rejected(row, INSTRUMENT, "unknown_act", detail, cells[INSTRUMENT])
    days = [_day(row, name, cells[name]) for name in (DEPOSITED, IN_FORCE)]
    faults = [each for each in days if isinstance(each, Finding)]
    yield from faults
    if kind is None or faults:
        return
    if not any(days):
        if cells[INSTRUMENT]:
            detail = f"{cells[INSTRUMENT]} without a day"
            yield _rejected(row, DEPOSITED, "nothing_to_record", detail, cells[INSTRUMENT])
        return
    fact = {**act, "kind": kind, "received": days[0], "effective": days[1]}
    if note := _note(cells[INSTRUMENT], kind):
        fact["note"] = note
    yield Proposal(fact=fact, lines=(row.line,), cell=DEPOSITED, raw=_shown(cells))


def _note(instrument: str, kind: str) -> str | None:
    if not instrument:
        return FORM_NOT_SAID
    return f"{instrument}." if kind == "succession" else None


def _shown(cells: Mapping[str, str]) -> str:
    """What the row says of the consent, in the words of the list."""
    parts = [f"{cells[INSTRUMENT]} {cells[DEPOSITED]}".strip()]
    if cells[IN_FORCE]:
        parts.append(f"entry into force {cells[IN_FORCE]}")
    return "; ".join(each for each in parts if each)


def _day(row: Row, name: str, cell: str) -> str | Finding | None:
    if not cell:
        return None
    try:
        if len(cell) == len("YYYY-MM-DD"):
            return date.fromisoformat(cell).isoformat()
    except ValueError:
        pass
    detail = f"{cell[:80]} is not a day, YYYY-MM-DD"
    return _rejected(row, name, "not_a_day", detail, cell)


def _unknown(word: str) -> Known:
    """A treaty that joined the list later is called by its word."""
    return Known(slug=slug_of("wipo", word), title=word, concluded="")


def _defined(word: str, treaty: Known) -> Proposal:
    fact: Wire = {
        "type": "treaty",
        "treaty": treaty.slug,
        "title": treaty.title,
        "identifiers": {"wipo": word}
        | ({"concluded": treaty.concluded} if treaty.concluded else {}),
        "depositaries": ["WIPO"],
        "note": "As WIPO lists it; its final clauses are not known here.",
    }
    return Proposal(fact=fact, raw=word, known_by={"wipo": word}, titles=(treaty.title,))


def _rejected(row: Row, cell: str, problem: str, detail: str, read: str) -> Finding:
    return Finding(
        line=row.line, problem=problem, detail=detail, cell=cell, read=read[:200], rejects=True
    )
