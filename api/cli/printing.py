"""Where output goes: answers to standard output, everything else to standard error."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns where there is no terminal and COLUMNS says nothing."""


class Step(Protocol):
    """Says that so many more items are done."""

    def __call__(self, count: int, total: int | None = None) -> None:
        """Count on, and set the total where it has become known."""
        ...


def standard_output() -> "Console":
    """The console for answers; colour only on a terminal and without NO_COLOR."""
    from rich.console import Console

    return Console(width=_width(sys.stdout.isatty()), highlight=False, soft_wrap=False)


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
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*(cell if isinstance(cell, Text) else _cell(cell) for cell in line))
    (standard_error() if on_error else standard_output()).print(table)


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


def _print_plain(columns: Sequence[str], lines: Iterable[Iterable[object]], stream: TextIO) -> None:
    from rich.cells import cell_len

    table = [list(columns), *([_one_line(cell) for cell in line] for line in lines)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for line in table:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)
        )
        stream.write("  ".join(padded).rstrip() + "\n")


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _cell(value: object) -> str:
    from rich.markup import escape

    return "" if value is None else escape(str(value))


def _width(on_terminal: bool) -> int | None:
    return None if on_terminal or "COLUMNS" in os.environ else WIDTH
