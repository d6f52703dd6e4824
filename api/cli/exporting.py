"""The command that takes the record out: its lines, tables, a database."""

import os
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, BinaryIO, cast

import typer

from api.cli.opening import USAGE, filled, treaty_named
from api.cli.options import AsOf, AsRecorded, AsSeen, command, one_of
from api.cli.printing import remark


class Form(StrEnum):
    """The forms in which the record goes out."""

    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"


class Sheet(StrEnum):
    """The tables of which CSV and Parquet hold one."""

    ROSTER = "roster"
    ACTS = "acts"
    PERIODS = "periods"


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(
        application,
        "export > everything.ndjson",
        "export open-skies npt --format csv --as-of 2021-06-16",
        "export --format sqlite --output timeline-copy.db",
        name="export",
    )(export_record)


def export_record(  # noqa: PLR0917 (options of the command)
    treaties: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TREATY…]", help="These treaties; all of them if none is named."),
    ] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            metavar="FORMAT",
            parser=one_of(Form),
            help="ndjson, csv, parquet or sqlite.",
        ),
    ] = Form.NDJSON,
    table: Annotated[
        Sheet,
        typer.Option(
            "--table",
            metavar="TABLE",
            parser=one_of(Sheet),
            help="For csv and parquet: roster, acts or periods.",
        ),
    ] = Sheet.ROSTER,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write here, whole or not at all; else standard output.",
        ),
    ] = None,
    as_of: AsOf = None,
    as_seen: AsSeen = None,
    as_recorded: AsRecorded = None,
) -> None:
    """Write the record out, one treaty in memory at a time; ndjson comes in again anywhere."""
    if output is None and form in (Form.PARQUET, Form.SQLITE) and sys.stdout.isatty():
        remark(f"{form} is not for a terminal; name a file with --output.")
        raise typer.Exit(USAGE)
    if output is not None and not output.parent.is_dir():
        remark(f"There is no folder {output.parent}.")
        raise typer.Exit(USAGE)
    with filled() as service:
        bounds = service.bounds(as_of, as_seen, as_recorded)
        slugs = [treaty_named(service, each, bounds.record) for each in treaties or []]
        folder = output.parent if output is not None else None
        with NamedTemporaryFile(dir=folder, prefix=".timeline-", delete=False) as written:
            part = Path(written.name)
            try:
                count = service.export_to(
                    cast("BinaryIO", written), slugs, bounds, form.value, table.value
                )
                if output is not None:
                    part.chmod(0o666 & ~_umask())
                    written.flush()
                    os.fsync(written.fileno())
                    part.replace(output)
                else:
                    written.seek(0)
                    for piece in iter(lambda: written.read(1 << 20), b""):
                        sys.stdout.buffer.write(piece)
                    sys.stdout.buffer.flush()
            finally:
                with suppress(FileNotFoundError):
                    part.unlink()
        remark(f"{count:,} written, from the record at position {bounds.record.position:,}.")


def _umask() -> int:
    """The mask for new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
