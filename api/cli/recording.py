"""Commands that record: record, import."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.opening import opened, recorder
from api.cli.options import AsJson, By, command
from api.cli.printing import print_json, progress, remark
from api.cli.refusals import WITH_REJECTED_LINES
from api.cli.words import number_of


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    command(application, "record act.json", "record - < acts.ndjson")(record)
    command(application, "import acts.ndjson", "import --strict acts.ndjson", name="import")(
        import_files
    )


def record(
    file: Annotated[
        Path, typer.Argument(metavar="FILE|-", help="One JSON object, a list, or one a line.")
    ],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record acts, treaties and parties, all of the file or nothing, as POST does."""
    sent = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    with opened(as_json=as_json) as service:
        from api.sending import objects_in_either

        objects = objects_in_either(sent)
        recording = service.record_objects(
            objects.objects, recorded_by=recorder(by), pointer=objects.pointer
        )
        if as_json:
            print_json(
                {
                    "read": len(objects.objects),
                    "recorded": len(recording.new),
                    "duplicate": recording.duplicates,
                    "rejected": 0,
                    "findings": [],
                }
            )
        else:
            positions = sorted(each.position for each in recording.new)
            where = f" at position {positions[0]:,}" if positions else ""
            until = f" to {positions[-1]:,}" if len(positions) > 1 else ""
            remark(
                f"{number_of(len(recording.new), 'fact')} recorded{where}{until}, "
                f"{recording.duplicates:,} on record already."
            )


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files of one JSON object a line.")
    ],
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Record nothing of a file if any of its lines is rejected."),
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record the good lines of files and report the others; the same file again records nothing."""
    with opened(as_json=as_json) as service:
        total: dict[str, Any] = {
            "read": 0,
            "recorded": 0,
            "duplicate": 0,
            "rejected": 0,
            "findings": [],
        }
        for file in files:
            with progress(file.name) as step, file.open("rb") as lines:
                report = service.import_lines(
                    lines, recorded_by=recorder(by), strict=strict, step=step
                )
            for name in ("read", "recorded", "duplicate", "rejected"):
                total[name] += getattr(report, name)
            total["findings"] += [
                {
                    "file": str(file),
                    "line": each.line,
                    "problem": each.problem,
                    "detail": each.detail,
                }
                for each in report.findings
            ]
        if as_json:
            print_json(total)
        else:
            _tell(total)
        if total["rejected"]:
            raise typer.Exit(WITH_REJECTED_LINES)


def _tell(total: dict[str, Any]) -> None:
    for each in total["findings"][:MOST_FINDINGS]:
        remark(f"{each['file']}:{each['line']}: {each['problem']}: {each['detail']}")
    if len(total["findings"]) > MOST_FINDINGS:
        remark(
            f"… and {len(total['findings']) - MOST_FINDINGS:,} findings more; --json gives all of them."
        )
    remark(
        f"{number_of(total['read'], 'line')} read: {total['recorded']:,} recorded, "
        f"{total['duplicate']:,} on record already, {total['rejected']:,} rejected."
    )


MOST_FINDINGS = 50
"""Findings that are shown to a person; a program gets all."""
