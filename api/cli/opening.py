"""How a command comes to the record: settings read, database found, and advice where there is none."""

import getpass
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from api.cli.refusals import REFUSED, told
from domain.bounds import Record
from domain.errors import NotFound

if TYPE_CHECKING:
    from api.dependencies import Service

USAGE = 2


@contextmanager
def opened(*, as_json: bool = False) -> Iterator["Service"]:
    """The service over a database of the current schema; refusals within the block are told."""
    with reached(as_json=as_json) as service:
        state = service.schema_state()
        if not state.is_current:
            stop(
                f"The database is not at the current schema ({state.current or 'empty'}).", MIGRATE
            )
        yield service


@contextmanager
def filled(*, as_json: bool = False) -> Iterator["Service"]:
    """The service over a record in which something stands."""
    with opened(as_json=as_json) as service:
        if service.archive.head().position == 0:
            stop("The record is empty.", LOAD)
        yield service


@contextmanager
def reached(
    *, create: bool = False, as_json: bool = False, options: Mapping[str, object] | None = None
) -> Iterator["Service"]:
    """The service over the database of the settings, whatever its schema.

    A file of SQLite that is not there is made only where that is meant (`create`).
    `options` go before the environment.
    """
    service = _service(options or {})
    try:
        url = service.settings.database_url
        if not create and _is_missing(url):
            stop(f"There is no database yet ({url}).", MIGRATE)
        with told(as_json=as_json):
            yield service
    finally:
        service.close()


def _service(options: Mapping[str, object]) -> "Service":
    from pydantic import ValidationError

    from api.dependencies import choose, open_service

    try:
        return open_service(choose(options))
    except ValidationError as error:
        for each in error.errors():
            name = "_".join(str(part) for part in each["loc"]).upper()
            _say(f"TIMELINE_{name}: {each['msg']}")
        raise typer.Exit(USAGE) from error
    except ValueError as error:
        _say(f"TIMELINE_DATABASE_URL: {error}")
        raise typer.Exit(USAGE) from error


def treaty_named(service: "Service", text: str, record: Record) -> str:
    """The slug of the treaty that is meant: by slug, or by its title; raises `NotFound` with near ones."""
    known = service.treaties(record)
    slug = "-".join(text.lower().split())
    if slug in known:
        return slug
    titles = {service.dossiers.definition(each, record).title.lower(): each for each in known}
    if text.lower() in titles:
        return titles[text.lower()]
    near = [*get_close_matches(slug, known, n=3), *(each for each in known if slug in each)]
    near += [titles[each] for each in titles if text.lower() in each]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    raise NotFound(f"there is no treaty {text}{hint}")


def recorder(name: str | None) -> str:
    """Who records: the name given, else the user of this machine."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"


def content_of(file: Path) -> bytes:
    """What the file holds, or standard input for `-`; ends the command where it cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _say(f"{file}: {error.strerror}.")
        raise typer.Exit(USAGE) from error


def must_be_readable(files: Iterable[Path]) -> None:
    """End the command before it begins where one of the files cannot be opened."""
    for file in files:
        try:
            file.open("rb").close()
        except OSError as error:
            _say(f"{file}: {error.strerror}.")
            raise typer.Exit(USAGE) from error


def stop(what: str, advice: tuple[str, ...]) -> NoReturn:
    """End the command with what is wrong and what to do about it, on standard error."""
    _say(what)
    for line in advice:
        _say(f"  {line}")
    raise typer.Exit(REFUSED)


MIGRATE = (
    "timeline migrate      brings it to the current schema",
    "timeline catalogue    then loads the built-in treaties and their acts",
)
LOAD = (
    "timeline catalogue    loads the built-in treaties and their acts",
    "timeline import FILE  loads yours",
)


def _is_missing(url: str) -> bool:
    from pathlib import Path

    prefix = "sqlite:///"
    if not url.startswith(prefix):
        return False
    path = url.removeprefix(prefix).partition("?")[0]
    return path not in ("", ":memory:") and not Path(path).exists()


def _say(text: str) -> None:
    typer.echo(text, err=True)
