"""Tables as CSV that a spreadsheet can open without being told anything, and without computing anything.

UTF-8, commas, a header, and no line before it: a spreadsheet would take a comment for the header.
The record is named in every row, where sorting and copying do not lose it, rather than in a file name.
A text that a spreadsheet would compute has an apostrophe before it, which our own import takes away again.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import BinaryIO

from infrastructure.exporters.asked import Opened
from infrastructure.exporters.tables import Cell, Table
from infrastructure.importers.plain_csv import FORMULA


def write(asked: Opened, table: Table, out: BinaryIO) -> int:
    """Write the header and the rows, and say how many rows."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        count = 0
        for cells in table.rows(asked):
            writer.writerow(_written(cells))
            count += 1
        return count
    finally:
        text.detach()  # the output belongs to the caller, and stays open


def guarded(text: str) -> str:
    """The text, with an apostrophe before one that a spreadsheet would compute."""
    return f"'{text}" if text[:1] and text[0] in FORMULA else text


def _written(cells: Iterable[Cell]) -> list[str]:
    return [_cell(each) for each in cells]


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return guarded(cell)
