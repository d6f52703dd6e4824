"""The command of those who witness a log: a small program with a state of its own, and nothing of the service."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import command
from api.cli.printing import remark
from api.cli.refusals import REFUSED
from api.cli.running import told_to_stop
from api.cli.signing import safely

if TYPE_CHECKING:
    from api.witnessing import Witnessing


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(
        application,
        "witness --name example.net/witness --log example.org/log+4e86cd0e+AUgH…",
        "witness --log example.org/log+4e86cd0e+AUgH… --fetch https://example.org/v1/log",
        "witness --log … --fetch https://example.org/v1/log --every 3600",
    )(witness)


def witness(  # noqa: PLR0917 (options of the command)
    log: Annotated[
        list[str],
        typer.Option(
            metavar="KEY", help="The public key of a log to witness, name+id+base64; once for each."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The name of this witness, like example.net/witness; needed when its key is made.",
        ),
    ] = None,
    fetch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Fetch the checkpoint of the log beneath this address, cosign and print it, and end.",
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", min=1, help="Do not end: fetch again after so many seconds."
        ),
    ] = None,
    state: Annotated[Path, typer.Option(metavar="FILE", help="What this witness has seen.")] = Path(
        "witness.json"
    ),
    keys: Annotated[
        Path, typer.Option(metavar="FILE", help="Its private key, made if it is not there.")
    ] = Path("witness.keys"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8100,
) -> None:
    """See that logs only grow, and cosign what was seen: whoever trusts this witness is shown no other history.

    Without `--fetch` it listens for the checkpoints that logs hand in (C2SP tlog-witness).
    Its files must never be rolled back: a witness that forgets can be shown a second history.
    """
    from api.witnessing import Witnessing

    with safely():
        try:
            witnessing = Witnessing(state, keys, name=name, logs=log)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    remark(f"This witness is {witnessing.key}")
    stop = told_to_stop()
    if fetch:
        _fetch(witnessing, fetch, every, stop)
    else:
        _listen(witnessing, host, port, stop)


def _fetch(
    witnessing: "Witnessing", addresses: Sequence[str], every: float | None, stop: threading.Event
) -> None:
    while True:
        refused = [each for each in addresses if not _look(witnessing, each)]
        if every is None:
            if refused:
                raise typer.Exit(REFUSED)
            return
        if stop.wait(every):
            return


def _look(witnessing: "Witnessing", address: str) -> bool:
    """Cosign one log, print the signed note, and say whether that could be done."""
    from api.witnessing import NotWitnessed

    try:
        note = witnessing.look(address)
    except NotWitnessed as refusal:
        remark(f"Not cosigned: {refusal}.")
        return False
    typer.echo(str(note), nl=False)
    return True


def _listen(witnessing: "Witnessing", host: str, port: int, stop: threading.Event) -> None:
    try:
        server = witnessing.serving(host, port)
    except OSError as error:
        remark(f"Nothing can listen on {host}:{port}: {error.strerror}.")
        raise typer.Exit(REFUSED) from error
    with server:
        remark(f"Logs hand in their checkpoints at http://{host}:{server.server_port}")
        worker = threading.Thread(target=server.serve_forever, name="timeline-witness")
        worker.start()
        stop.wait()
        server.shutdown()
        worker.join()
