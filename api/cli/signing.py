"""Commands about the keys that sign the log: make, list, rotate."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.opening import opened
from api.cli.options import AsJson, command
from api.cli.printing import print_json, print_table, remark
from api.cli.refusals import REFUSED

if TYPE_CHECKING:
    from api.dependencies import Service, Signer


def add_to(keys: typer.Typer) -> None:
    """Add these commands beneath those about keys."""
    signing = typer.Typer(
        name="signing", help="Keys with which the log itself is signed.", no_args_is_help=True
    )
    command(signing, "keys signing make --origin example.org/log --post-quantum")(make)
    command(signing, "keys signing list", name="list")(every)
    command(signing, "keys signing rotate", "keys signing rotate --finish")(rotate)
    keys.add_typer(signing)


@contextmanager
def safely() -> Iterator[None]:
    """Says in a sentence that keys cannot be relied on, and ends with status 1."""
    from api.dependencies import UnsafeKeys

    try:
        yield
    except UnsafeKeys as unsafe:
        remark(f"Refused: {unsafe}.")
        raise typer.Exit(REFUSED) from unsafe


def make(
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The name of the log for ever, like example.org/log; TIMELINE_LOG_ORIGIN, "
            "or one of its own, if not given.",
        ),
    ] = None,
    post_quantum: Annotated[
        bool,
        typer.Option(
            "--post-quantum",
            help="Also a key of type ML-DSA-44, beside the one of type Ed25519 that is there or is made.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the keys of a log that was never signed, or add a second type; `serve` makes the first by itself."""
    with opened(as_json=as_json) as service, safely(), _named():
        keyring = service.proving.keyring
        if not (post_quantum and keyring.path.exists()):
            keyring.make(origin)
        found = keyring.add_second_kind() if post_quantum else keyring.in_file()
        _tell(service, found, as_json=as_json)


def every(
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Only the newest Ed25519 key of the file, for those who verify."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The public keys of the file and of the log; never the private ones."""
    with opened(as_json=as_json) as service, safely():
        found = _listed(service)
        if public:
            newest = [each["key"] for each in found if _is_given_out(each)][-1:]
            _print_public(newest)
            return
        if as_json:
            print_json({"keys": found, "next": None})
            return
        columns = ("name", "id", "type", "in_file", "in_use", "position")
        lines = ([_cell(each[column]) for column in columns] for each in found)
        print_table(columns, lines)
        _print_public(each["key"] for each in found if each["type"] == "Ed25519")


def rotate(
    finish: Annotated[
        bool, typer.Option("--finish", help="Take the old keys out, where there are new ones.")
    ] = False,
    stolen: Annotated[
        bool,
        typer.Option(
            "--stolen", help="Somebody else has the keys: new ones at once, the old ones out."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put new keys beside the old; both sign until `--finish`, so that who knows one learns of the other."""
    if finish and stolen:
        raise typer.BadParameter("goes without --stolen", param_hint="--finish")
    with opened(as_json=as_json) as service, safely():
        keyring = service.proving.keyring
        change = keyring.rotate
        if finish or stolen:
            change = keyring.replace if stolen else keyring.retire
        found = change()
        _tell(service, found, as_json=as_json)
        if not finish and not stolen:
            remark("Once a checkpoint is signed by both: timeline keys signing rotate --finish")


def _tell(service: "Service", found: "Sequence[Signer]", *, as_json: bool) -> None:
    """The public keys that sign from now on."""
    if as_json:
        print_json({"keys": _listed(service), "next": None})
    else:
        _print_public(str(each.key) for each in found)
    remark(f"In {service.proving.keyring.path}, from where they are taken within some seconds.")


def _listed(service: "Service") -> list[dict[str, Any]]:
    """Every key of the file or of the log, those of the log first."""
    from api.dependencies import kind_of

    keyring = service.proving.keyring
    in_file = [str(each.key) for each in keyring.in_file()]
    declared = {each.key: each for each in keyring.declared()}
    found = []
    for key in dict.fromkeys([*declared, *in_file]):
        said = declared.get(key)
        name, identifier, _ = key.split("+", 2)
        found.append(
            {
                "name": name,
                "id": identifier,
                "type": kind_of(key),
                "in_file": key in in_file,
                "in_use": said is not None and said.in_use,
                "position": None if said is None else said.position,
                "key": key,
            }
        )
    return found


def _print_public(keys: Any) -> None:
    for each in keys:
        typer.echo(each)


def _is_given_out(key: Mapping[str, Any]) -> bool:
    return bool(key["in_file"]) and key["type"] == "Ed25519"


@contextmanager
def _named() -> Iterator[None]:
    """Says that a name cannot be one of a log, as a fault of the command line."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--origin") from error


def _cell(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
