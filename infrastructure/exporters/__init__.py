"""The forms in which the record goes out; none of them holds more than one treaty in memory."""

from dataclasses import dataclass
from typing import BinaryIO

from infrastructure.exporters import columnar, delimited, lines, sqlite_file
from infrastructure.exporters.asked import Keeper, Opened, opened
from infrastructure.exporters.tables import TABLES, Table

__all__ = [
    "FORMATS",
    "TABLES",
    "Keeper",
    "Opened",
    "Outgoing",
    "Table",
    "export",
    "file_name",
    "opened",
]

FORMATS = {
    "ndjson": "the whole record, one fact a line, to be read in again anywhere",
    "csv": "one table, for spreadsheets",
    "parquet": "one table, typed, with the record in its metadata",
    "sqlite": "all tables in one file, for datasette and for SQL",
}
"""Every form, with what it is for."""


def export(asked: Opened, form: str, out: BinaryIO, table: str = "roster") -> int:
    """Write the record in the form, and say how many lines, rows or acts; the output stays open.

    `table` is one of `TABLES`, and matters to CSV and Parquet only.
    """
    match form:
        case "ndjson":
            return lines.write(asked, out)
        case "csv":
            return delimited.write(asked, TABLES[table], out)
        case "parquet":
            return columnar.write(asked, TABLES[table], out)
        case "sqlite":
            return sqlite_file.write(asked, out)
        case _:
            raise ValueError(f"there is no form {form}; there are {', '.join(FORMATS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An export that is still to be written."""

    asked: Opened
    form: str
    table: str

    @property
    def name(self) -> str:
        """A name for the file."""
        return file_name(self.asked, self.form, self.table)

    def write(self, out: BinaryIO) -> int:
        """Write it, and say how many lines, rows or acts; the output stays open."""
        return export(self.asked, self.form, out, self.table)


def file_name(asked: Opened, form: str, table: str = "roster") -> str:
    """A name for the file that tells the day and the position of the record."""
    suffix = {"sqlite": "db"}.get(form, form)
    position = f"at-{asked.record.position}.{suffix}"
    if form == "ndjson":
        return f"timeline-{position}"
    subject = asked.treaties[0] if len(asked.treaties) == 1 else "all"
    what = "timeline" if form == "sqlite" else table
    return f"{what}-{subject}-{asked.bounds.as_of.isoformat()}-{position}"
