"""Commands about the keys of callers: create, list, revoke."""

from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer

from api.cli import signing
from api.cli.opening import opened
from api.cli.options import AsJson, command, day_from
from api.cli.printing import print_json, print_table, remark


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    keys = typer.Typer(
        name="keys",
        help="Keys with which others may record over HTTP, and those that sign the log.",
        no_args_is_help=True,
    )
    command(
        keys,
        "keys create --name clerk --scope acts:record --scope acts:correct",
        "keys create --name visitor --scope read --expires 2027-01-01",
    )(create)
    command(keys, name="list")(every)
    command(keys, "keys revoke abcdefghij")(revoke)
    signing.add_to(keys)
    application.add_typer(keys)


def create(
    name: Annotated[str, typer.Option(help="Who stands in the record as the recorder.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="What the key allows, once for each: read, acts:record, acts:correct, acts:attest, "
            "treaties:define, subscriptions, or admin for all."
        ),
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="The first day (UTC) on which it holds no more; never if not given."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once."""
    from api.dependencies import SCOPES

    unknown = [each for each in scope if each not in SCOPES]
    if unknown:
        raise typer.BadParameter(
            f"there is no scope {unknown[0]}: {', '.join(SCOPES)}", param_hint="--scope"
        )
    if not name.strip() or len(name) > 100:
        raise typer.BadParameter("must have 1 to 100 characters", param_hint="--name")
    until = datetime.combine(day_from(expires), time(), UTC) if expires is not None else None
    if until is not None and until <= datetime.now(UTC):
        raise typer.BadParameter("is past: the key would never hold", param_hint="--expires")
    with opened(as_json=as_json) as service:
        key, token = service.keys.create(name.strip(), scope, expires_at=until)
        if as_json:
            print_json({**_shown(key), "key": token})
            return
        remark("This key is shown only now; send it as `Authorization: Bearer KEY`.")
        typer.echo(token)


def every(as_json: AsJson = False) -> None:
    """All keys: their names, scopes and use; never the keys themselves."""
    with opened(as_json=as_json) as service:
        shown = [_shown(each) for each in service.keys.every()]
        if as_json:
            print_json({"keys": shown, "next": None})
            return
        columns = (
            "prefix",
            "name",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        )
        lines = ([_cell(each[column]) for column in columns] for each in shown)
        print_table(columns, lines)


def revoke(
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="The key's prefix, as the list shows it.")
    ],
    as_json: AsJson = False,
) -> None:
    """End a key at once, in all processes."""
    with opened(as_json=as_json) as service:
        key = service.keys.revoke(prefix)
        if as_json:
            print_json(_shown(key))
        else:
            remark(f"The key {key.prefix} of {key.name} holds no more.")


def _shown(key: Any) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "created_at": _instant(key.created_at),
        "expires_at": _instant(key.expires_at),
        "revoked_at": _instant(key.revoked_at),
        "last_used_at": _instant(key.last_used_at),
    }


def _instant(instant: datetime | None) -> str | None:
    from domain.bounds import written_instant

    return written_instant(instant)


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
