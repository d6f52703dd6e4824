"""Where output goes: answers to standard output, everything else to standard error."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

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

    return Console(stderr=True, width=_width(sys.stderr.isatty()), highlight=False)


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


def listing(*columns: str) -> "Table":
    """An empty table with these headings, whose cells wrap."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def rows(table: "Table", lines: Iterable[Iterable[object]]) -> "Table":
    """The table with the lines in it, nothing in them read as markup."""
    from rich.text import Text

    for line in lines:
        table.add_row(*(cell if isinstance(cell, Text) else _cell(cell) for cell in line))
    return table


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """A bar on standard error while the block works, and nothing at all where it is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _count, _total=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=standard_error(), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def step(count: int, total: int | None = None) -> None:
            if total is not None:
                bar.update(task, total=total)
            bar.advance(task, count)

        yield step


def _cell(value: object) -> str:
    from rich.markup import escape

    return "" if value is None else escape(str(value))


def _width(on_terminal: bool) -> int | None:
    return None if on_terminal or "COLUMNS" in os.environ else WIDTH
