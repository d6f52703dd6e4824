"""Commands that run the service: serve, project, seal, migrate, catalogue."""

import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import opened, reached
from api.cli.options import AsJson, command
from api.cli.printing import print_json, remark
from api.cli.signing import safely
from api.cli.words import number_of

if TYPE_CHECKING:
    from api.dependencies import Service


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    command(application, "serve", "serve --host 0.0.0.0 --port 9000")(serve)
    command(application, "project")(project)
    command(application, "seal", "seal --once")(seal)
    command(application, "migrate")(migrate)
    command(application, "catalogue", "catalogue --treaties-only --json")(catalogue)


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; 127.0.0.1 if not given.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port to listen on; 8000 if not given.")
    ] = None,
) -> None:
    """Migrate, load the catalogue if the record is empty, and serve the record over HTTP."""
    from api.logs import configure_logs
    from api.main import create_app
    from api.server import server_over

    with reached(create=True, options={"host": host, "port": port}) as service:
        service.prepare()
        settings = service.settings
        if (settings.projector, settings.signing) == ("inside", "inside"):
            must_be_able_to_sign(service)
        configure_logs(settings.log_level)
        _announce(settings.host, settings.port, service.archive.head().position)
        server = server_over(create_app(service=service), settings.host, settings.port)
        server.run()
        if not server.started:
            raise typer.Exit(1)


def _announce(host: str, port: int, position: int) -> None:
    """Tell a person where to look, and a machine by a line of the log."""
    import structlog

    if sys.stderr.isatty():
        remark(f"Record at position {position:,}, served at http://{host}:{port}/docs")
    structlog.get_logger("timeline").info("serving", host=host, port=port, position=position)


def project() -> None:
    """Run the projector alone, and seal the log beside it, until told to stop."""
    from api.beside import beside
    from api.logs import configure_logs

    stop = told_to_stop()
    with reached() as service:
        if service.settings.signing == "inside":
            must_be_able_to_sign(service)
        configure_logs(service.settings.log_level)
        with beside(service.working.beside_projecting(), stop):
            service.project(stop)


def seal(
    once: Annotated[
        bool, typer.Option("--once", help="Seal and sign what is recorded by now, and end.")
    ] = False,
) -> None:
    """Seal and sign the log alone, and collect the signatures of its witnesses, until told to stop.

    For a process of its own, which alone can read the keys: the others run with TIMELINE_SIGNING=external.
    """
    from api.beside import beside
    from api.logs import configure_logs

    stop = told_to_stop()
    with opened() as service:
        must_be_able_to_sign(service)
        if once:
            sealed = service.working.seal_once()
            remark(f"Signed at {number_of(sealed.checkpoint.size, 'entry')}.")
            return
        configure_logs(service.settings.log_level)
        with beside(service.working.collecting(), stop):
            service.working.seal(stop)


def must_be_able_to_sign(service: "Service") -> None:
    """End the command before it begins where the keys of the log cannot be relied on."""
    from domain.errors import Unavailable

    with safely(), suppress(Unavailable):  # a database that is not there yet is waited for
        service.proving.keyring.signers()


def told_to_stop() -> threading.Event:
    """Set once this process is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def migrate() -> None:
    """Bring the database to the current schema; it is made if it is not there."""
    with reached(create=True) as service:
        before = service.schema_state().current
        service.migrate()
        after = service.schema_state().current
        remark(f"At schema {after}{' already' if before == after else ''}.")


def catalogue(
    treaties_only: Annotated[
        bool, typer.Option("--treaties-only", help="Only parties and definitions, no acts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load the built-in parties and treaties and, unless told otherwise, their acts."""
    with opened(as_json=as_json) as service:
        loaded = service.load_catalogue(treaties_only=treaties_only)
        if as_json:
            print_json(
                {
                    "read": loaded.read,
                    "recorded": loaded.recorded,
                    "duplicate": loaded.duplicate,
                    "rejected": 0,
                    "findings": [],
                }
            )
        else:
            remark(
                f"{number_of(loaded.read, 'fact')} read: {loaded.recorded:,} recorded, "
                f"{loaded.duplicate:,} on record already."
            )
