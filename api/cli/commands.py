"""All commands, in the order in which somebody meets them."""

import typer

from api.cli import (
    documents,
    exporting,
    importing,
    keys,
    reading,
    rebuilding,
    recording,
    running,
    subscriptions,
    verifying,
    witnessing,
)

application = typer.Typer(
    name="timeline",
    help="Who was bound by which treaty on which day, as known when, and why.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    running,
    reading,
    recording,
    importing,
    exporting,
    documents,
    rebuilding,
    verifying,
    witnessing,
    keys,
    subscriptions,
):
    part.add_to(application)
