"""The command that records."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.opening import content_of, opened, recorder
from api.cli.options import AsJson, By, command
from api.cli.printing import print_json, remark
from api.cli.words import number_of


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(application, "record act.json", "record - < acts.ndjson")(record)


def record(
    file: Annotated[
        Path, typer.Argument(metavar="FILE|-", help="One JSON object, a list, or one a line.")
    ],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record acts, treaties and parties, all of the file or nothing, as POST does."""
    sent = content_of(file)
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
