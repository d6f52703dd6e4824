"""How bytes become lines and rows: encodings, byte order marks, delimiters, quotes, and bounds on all of them."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import msgspec

from infrastructure.importers.proposals import Finding

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes or characters of one line; a longer one is passed over and reported."""

LONGEST_CELL = 131_072
"""Characters of one cell, so that a stray quotation mark cannot swallow the file."""

HEAD = 65_536
"""Bytes of the beginning from which a format is recognised."""

PIECE = 1024 * 1024
DELIMITERS = ",;\t|"

MOST_AGAIN = 100_000
"""Lines that are read again because a row before had taken them in, so that no file is read for ever."""

UNFIT = "\udc80"
"""Stands where bytes are no character of the encoding; no encoding has it, so that the row is known by it."""

codecs.register_error("unfit", lambda error: (UNFIT, getattr(error, "end", 0)))


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
        if len(line) == LONGEST_LINE and not ended:
            ended = _pass_over(file)
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
    """The rows of a delimited text, empty ones left out; quoted cells may hold line breaks.

    A row that cannot be what was meant takes no line with it but its first: the others are read again.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="unfit", newline="")
    try:
        yield from _rows(_Bounded(text, delimiter))
    finally:
        text.detach()  # the file belongs to the caller, and stays open


def _rows(lines: "_Bounded") -> Iterator[RowOrFinding]:
    reader = csv.reader(lines, delimiter=lines.delimiter, strict=True)
    width = 0
    while True:
        start = lines.begin()
        cells: list[str] = []
        fault: Finding | None
        try:
            cells = next(reader)
        except StopIteration:
            if lines.cut_off:
                yield _cut_off(start - 1)
            return
        except csv.Error as error:
            fault = _unread(start, f"the row cannot be read: {error}")
        else:
            fault = lines.fault(start)
            if fault is None and width not in {0, len(cells)} and lines.swallowed(width):
                fault = _uneven(start, cells, width)
        if fault is not None:
            yield lines.given_back(fault)
        elif any(cell.strip() for cell in cells):
            width = width or len(cells)
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
    return _uneven(row.line, row.cells, len(header))


class PassedOver:
    """The columns that nobody reads, each told of once, where it holds something for the first time."""

    def __init__(self, header: Sequence[str], known: Container[str]) -> None:
        """Watch the columns of the header that are not known."""
        self._waiting = {place: name for place, name in enumerate(header) if name not in known}

    def told(self, row: Row) -> Iterator[Finding]:
        """What the row has in a column that is passed over."""
        if not self._waiting or len(row.cells) <= max(self._waiting):
            return
        for place, name in tuple(self._waiting.items()):
            if cell := row.cells[place].strip():
                del self._waiting[place]
                called = (
                    f"the column {name[:80]}" if name else f"column {place + 1}, without a name,"
                )
                yield Finding(
                    line=row.line,
                    problem="unknown_column",
                    detail=f"{called} is not known, and has {cell[:80]}",
                    cell=name,
                    done="the column was passed over",
                )


class _Bounded:
    """The lines of a text, none longer than is read at once, and the lines that a row has taken."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str | None) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._number = 0
        self._long: int | None = None
        self._again = MOST_AGAIN
        self.cut_off = False
        self.delimiter = delimiter or delimiter_of(self._peek())

    def swallowed(self, width: int) -> bool:
        """Whether a line of the row but its first is a row of that length by itself."""
        read = csv.reader(self._taken[1:], delimiter=self.delimiter)
        try:
            return any(len(cells) == width for cells in read)
        except csv.Error:
            return False

    def _peek(self) -> str:
        """The first line, which stays the first."""
        first = self._text.readline(LONGEST_LINE)
        if first:
            self._waiting.append(first)
        return first

    def begin(self) -> int:
        """The number of the line with which the next row begins."""
        self._taken.clear()
        self._long = None
        return self._number + 1

    def fault(self, start: int) -> Finding | None:
        """What is wrong with the lines of the row that begins there, whatever its cells are."""
        if self._long is not None:
            return _too_long(start, self._taken[self._long][:80])
        if any(UNFIT in line for line in self._taken):
            detail = f"holds bytes that are no text in {self._text.encoding}"
            return _unread(start, detail, "".join(self._taken).replace(UNFIT, "\ufffd")[:200])
        return None

    def given_back(self, fault: Finding) -> Finding:
        """The finding on the row; its lines but the first, or those after one too long, will be read again."""
        kept = 1 if self._long is None else self._long + 1
        again = self._taken[kept:]
        if len(again) > self._again:
            last = self._number
            return msgspec.structs.replace(
                fault, detail=f"{fault.detail}; to line {last} none is read"
            )
        self._again -= len(again)
        self._number -= len(again)
        self._waiting.extendleft(reversed(again))
        return fault

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        self._taken.append(line)
        self.cut_off = not line.endswith(ENDS)
        if len(line) < LONGEST_LINE or not self.cut_off:
            return line
        self._long = len(self._taken) - 1
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(ENDS):
            pass
        self.cut_off = not rest
        return "\n"


ENDS = ("\n", "\r")


def _pass_over(file: BinaryIO) -> bool:
    """Read on to the end of the line; whether it has one."""
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
    return bool(rest)


def _unread(line: int, detail: str, read: str = "") -> Finding:
    return Finding(line=line, problem="unreadable", detail=detail, read=read, rejects=True)


def _uneven(line: int, cells: Sequence[str], width: int) -> Finding:
    return Finding(
        line=line,
        problem="uneven_row",
        detail=f"{len(cells)} cells where the header has {width}",
        read=" | ".join(cells)[:200],
        rejects=True,
    )


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
