"""The command that brings files in: registries' exports, tables, our own lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.opening import must_be_readable, opened, recorder
from api.cli.options import AsJson, By, command
from api.cli.printing import print_json, print_table, progress, remark
from api.cli.refusals import WITH_REJECTED_LINES
from api.cli.words import number_of

if TYPE_CHECKING:
    from api.dependencies import ImportReport, Service

COUNTS = ("read", "recorded", "duplicate", "rejected")
MOST_FINDINGS = 50
"""Findings that are shown to a person; a program gets all."""


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(
        application,
        "import acts.ndjson",
        "import --strict --report findings.ndjson members.csv",
        "import --map table.toml --aliases names.csv table.parquet",
        name="import",
    )(import_files)


def import_files(  # noqa: PLR0917 (options of the command)
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The files, in this order.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Their format; seen from the content if not given."
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How any other table is read (TOML)."),
    ] = None,
    aliases: Annotated[
        Path | None,
        typer.Option(
            "--aliases", metavar="FILE", help="Names of parties that settle doubts (CSV or TOML)."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write every finding here, one a line."),
    ] = None,
    proposals: Annotated[
        Path | None,
        typer.Option(
            "--propose-corrections",
            metavar="FILE",
            help="Write corrections here, for a person to look at, of what the registry has changed.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Record nothing of a file if any of its lines is rejected."),
    ] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Say what would come of it; record nothing.")
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record the good lines of files and report the others; the same file again records nothing."""
    must_be_readable(files)
    total: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "findings": []}
    with (
        opened(as_json=as_json) as service,
        _lines_to(report) as tell,
        _lines_to(proposals) as propose,
    ):
        chosen = service.import_options(
            recorded_by=recorder(by),
            form=form,
            mapping=mapping,
            aliases=aliases,
            strict=strict,
            rehearse=rehearse,
        )
        for file in files:
            came = _imported(service, file, chosen)
            for name in COUNTS:
                total[name] += getattr(came, name)
            found = [{"file": str(file), **each} for each in service.told(came.findings)]
            tell(found)
            propose(came.corrections)
            total["findings"] += found
    if as_json:
        print_json(total)
    else:
        _tell(total)
    if total["rejected"]:
        raise typer.Exit(WITH_REJECTED_LINES)


def _imported(service: "Service", file: Path, options: Any) -> "ImportReport":
    done = 0
    with progress(file.name) as step, file.open("rb") as opened_file:

        def watch(how_far: Any) -> None:
            nonlocal done
            step(how_far.done - done, how_far.total)
            done = how_far.done

        return service.import_file(opened_file, file.name, options, watch)


@contextmanager
def _lines_to(path: Path | None) -> Iterator[Callable[[Iterable[object]], None]]:
    """Writes values into the file, one JSON text a line; nowhere without a file."""
    import orjson

    if path is None:
        yield lambda _: None
        return
    with path.open("wb") as file:
        yield lambda values: file.writelines(
            orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in values
        )


def _tell(total: Mapping[str, Any]) -> None:
    findings = total["findings"]
    for each in findings[:MOST_FINDINGS]:
        line = f":{each['line']}" if each.get("line") else ""
        remark(f"{each['file']}{line}: {each['problem']}: {each['detail']}")
    if len(findings) > MOST_FINDINGS:
        remark(
            f"… and {len(findings) - MOST_FINDINGS:,} findings more; --report writes all of them."
        )
        counted: dict[str, int] = {}
        for each in findings:
            counted[each["problem"]] = counted.get(each["problem"], 0) + 1
        ordered = sorted(counted.items(), key=lambda pair: -pair[1])
        print_table(("finding", "how often"), ordered, on_error=True)
    remark(
        f"{number_of(total['read'], 'line')} read: {total['recorded']:,} recorded, "
        f"{total['duplicate']:,} on record already, {total['rejected']:,} rejected."
    )
