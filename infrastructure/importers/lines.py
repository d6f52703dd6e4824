"""How bytes become lines and rows: encodings, byte order marks, delimiters, quotes, and bounds on all of them."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from infrastructure.importers.proposals import Finding

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes or characters of one line; a longer one is passed over and reported."""

LONGEST_CELL = 131_072
"""Characters of one cell, so that a stray quotation mark cannot swallow the file."""

HEAD = 65_536
"""Bytes of the beginning from which a format is recognised."""

PIECE = 1024 * 1024
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row, and the line, counted from 1, on which it begins."""

    line: int
    cells: tuple[str, ...]


RowOrFinding: TypeAlias = Row | Finding


def head_of(file: BinaryIO) -> bytes:
    """The beginning of the file; the file is left at its start."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return head


def byte_lines(file: BinaryIO) -> Iterator[tuple[int, bytes] | Finding]:
    """The lines that are not empty, with their numbers; without a byte order mark."""
    file.seek(0)
    number = 0
    ended = True
    while line := file.readline(LONGEST_LINE):
        number += 1
        ended = line.endswith(b"\n")
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _pass_over(file)
            yield _too_long(number, line[:80].decode("utf-8", "replace"))
            continue
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if text.strip():
            yield number, text
    if not ended:
        yield _cut_off(number)


def encoding_of(file: BinaryIO) -> tuple[str, Finding | None]:
    """The encoding of a text: by its mark, UTF-8 if all of it can be that, else ISO 8859-1 with a finding."""
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16", None
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        detail = "not all of it is UTF-8; it was read as ISO 8859-1, so look at names with accents"
        read = repr(error.object[error.start : error.end])
        done = "the lines were read all the same"
        return "latin-1", Finding(
            line=None, problem="read_as_latin_1", detail=detail, read=read, done=done
        )
    finally:
        file.seek(0)
    return "utf-8-sig", None


def delimiter_of(header: str) -> str:
    """The character between the cells: the one of comma, semicolon, tab and bar that occurs most in the header."""
    bare = "".join(header.split('"')[::2]) or header
    return max(DELIMITERS, key=bare.count)


def rows(file: BinaryIO, encoding: str, delimiter: str | None = None) -> Iterator[RowOrFinding]:
    """The rows of a delimited text, empty ones left out; quoted cells may hold line breaks."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield from _rows(_Bounded(text), delimiter)
    finally:
        text.detach()  # the file belongs to the caller, and stays open


def _rows(lines: "_Bounded", delimiter: str | None) -> Iterator[RowOrFinding]:
    reader = csv.reader(lines, delimiter=delimiter or delimiter_of(lines.peek()))
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            yield from lines.findings()
            return
        except csv.Error as error:
            detail = f"the row cannot be read: {error}"
            yield Finding(line=start, problem="unreadable", detail=detail, rejects=True)
            continue
        yield from lines.findings()
        if any(cell.strip() for cell in cells):
            yield Row(line=start, cells=tuple(cells))


def header_fault(header: Sequence[str], needed: Iterable[str], line: int = 1) -> Finding | None:
    """What keeps the rows under a header from being read: a column that is missing, or one that stands twice."""
    absent = [each for each in needed if each not in header]
    twice = sorted({each for each in header if each and header.count(each) > 1})
    if not absent and not twice:
        return None
    if absent:
        detail = f"there is no column {' nor '.join(absent)}; there are {', '.join(header)}"
    else:
        detail = f"the column {' and the column '.join(twice)} stands twice"
    return Finding(line=line, problem="missing_column", detail=detail[:400], rejects=True)


def named_cells(row: Row, header: Sequence[str]) -> dict[str, str] | Finding:
    """The cells by column, without outer white space; a row of another length is a finding."""
    if len(row.cells) == len(header):
        return {name: cell.strip() for name, cell in zip(header, row.cells, strict=True)}
    detail = f"{len(row.cells)} cells where the header has {len(header)}"
    return Finding(
        line=row.line,
        problem="uneven_row",
        detail=detail,
        read=" | ".join(row.cells)[:200],
        rejects=True,
    )


class _Bounded:
    """The lines of a text, none longer than is read at once; a longer one becomes an empty line and a finding."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._first: str | None = None
        self._number = 0
        self._found: list[Finding] = []
        self._ended = True

    def peek(self) -> str:
        """The first line, which stays the first."""
        self._first = self._text.readline(LONGEST_LINE)
        return self._first

    def findings(self) -> Iterator[Finding]:
        """What was found since this was asked last."""
        found, self._found = self._found, []
        yield from found

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._first if self._first is not None else self._text.readline(LONGEST_LINE)
        self._first = None
        if not line:
            if not self._ended:
                self._ended = True
                self._found.append(_cut_off(self._number))
            raise StopIteration
        self._number += 1
        self._ended = line.endswith(("\n", "\r"))
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            return line
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass
        self._found.append(_too_long(self._number, line[:80]))
        return "\n"


def _pass_over(file: BinaryIO) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _cut_off(number: int) -> Finding:
    return Finding(
        line=number,
        problem="cut_off",
        detail="the last line has no end, so that the file may have been cut off",
        done="it was read as it is, and nothing was taken to have vanished",
    )


def _too_long(number: int, read: str) -> Finding:
    detail = f"longer than {LONGEST_LINE:,} characters"
    return Finding(line=number, problem="line_too_long", detail=detail, read=read, rejects=True)
