"""Where output goes: answers to standard output, everything else to standard error."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns where there is no terminal and COLUMNS says nothing."""


SHORT = 12
"""A cell up to here is a day, a code or a number, and stays whole."""

BETWEEN = 3
"""Columns that a table puts between two cells."""


class _Trimmed:
    """A stream without the blanks with which lines are filled up to the width."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(r"[ \t]+(?=\n)", "", text))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class Step(Protocol):
    """Says that so many more items are done."""

    def __call__(self, count: int, total: int | None = None) -> None:
        """Count on, and set the total where it has become known."""
        ...


def standard_output() -> "Console":
    """The console for answers; colour only on a terminal and without NO_COLOR."""
    from rich.console import Console

    on_terminal = sys.stdout.isatty()
    file = sys.stdout if on_terminal else cast("TextIO", _Trimmed(sys.stdout))
    return Console(file=file, width=_width(on_terminal), highlight=False, soft_wrap=False)


def standard_error() -> "Console":
    """The console for refusals, progress and remarks."""
    from rich.console import Console

    on_terminal = sys.stderr.isatty()
    return Console(
        stderr=True, width=_width(on_terminal), highlight=False, soft_wrap=not on_terminal
    )


def print_json(document: object) -> None:
    """The document on standard output, as the HTTP interface gives it, indented."""
    import orjson

    written = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    print_bytes(written)


def print_bytes(written: bytes) -> None:
    """The bytes on standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()


def remark(text: str) -> None:
    """A line on standard error."""
    standard_error().print(text, markup=False)


def print_table(
    columns: Sequence[str], lines: Iterable[Iterable[object]], *, on_error: bool = False
) -> None:
    """A table: on a terminal its cells wrap; elsewhere each item is one line, however long, without colour.

    `on_error` writes it to standard error, beside remarks.
    """
    stream = sys.stderr if on_error else sys.stdout
    if not stream.isatty():
        _print_plain(columns, lines, stream)
        return
    console = standard_error() if on_error else standard_output()
    table = [list(line) for line in lines]
    widths = _widths(columns, table)
    if sum(min(width, SHORT) + BETWEEN for width in widths) > console.width:
        _print_blocks(columns, table, console)
    else:
        _print_wrapped(columns, table, widths, console)


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """A bar on standard error while the block works, and nothing at all where it is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _count, _total=None: None
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TaskProgressColumn(show_speed=True),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=standard_error(), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def step(count: int, total: int | None = None) -> None:
            if total is not None:
                bar.update(task, total=total)
            bar.advance(task, count)

        yield step


def _print_wrapped(
    columns: Sequence[str],
    lines: Iterable[Sequence[object]],
    widths: Sequence[int],
    console: "Console",
) -> None:
    """A table whose long cells wrap and whose days and codes stay whole."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, overflow="fold", no_wrap=width <= SHORT)
    for line in lines:
        table.add_row(*(cell if isinstance(cell, Text) else _cell(cell) for cell in line))
    console.print(table)


def _print_blocks(
    columns: Sequence[str], lines: Iterable[Sequence[object]], console: "Console"
) -> None:
    """An item after the other, each of its cells on a line of its own: for a terminal too narrow for a table."""
    from rich.text import Text

    label = max(map(len, columns))
    for line in lines:
        for column, cell in zip(columns, line, strict=True):
            if cell is not None and str(cell):
                console.print(
                    Text.assemble(
                        (f"{column:{label}}  ", "dim"),
                        cell if isinstance(cell, Text) else str(cell),
                    )
                )
        console.print()


def _print_plain(columns: Sequence[str], lines: Iterable[Iterable[object]], stream: TextIO) -> None:
    from rich.cells import cell_len

    table = [list(columns), *([_one_line(cell) for cell in line] for line in lines)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for line in table:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)
        )
        stream.write("  ".join(padded).rstrip() + "\n")


def _widths(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> list[int]:
    from rich.cells import cell_len

    return [
        max(map(cell_len, map(_one_line, column))) for column in zip(columns, *lines, strict=True)
    ]


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _cell(value: object) -> str:
    from rich.markup import escape

    return "" if value is None else escape(str(value))


def _width(on_terminal: bool) -> int | None:
    return None if on_terminal or "COLUMNS" in os.environ else WIDTH
