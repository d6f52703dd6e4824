"""All commands, in the order in which somebody meets them."""

from typing import Annotated

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
    watching,
    witnessing,
)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"timeline {version('diplomatic-timeline')}")
        raise typer.Exit


application = typer.Typer(
    name="timeline",
    help="Who was bound by which treaty on which day, as known when, and why.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


@application.callback()
def _whole(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which release."),
    ] = False,
) -> None:
    """Options of the command itself."""


for part in (
    running,
    reading,
    watching,
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
