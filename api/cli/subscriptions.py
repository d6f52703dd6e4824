"""Commands about webhooks: who is told of what, how far they are served, dead letters; and delivering alone."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from api.cli.opening import opened, recorder
from api.cli.options import AsJson, command
from api.cli.printing import print_json, print_table, remark
from api.cli.words import number_of

if TYPE_CHECKING:
    from api.subscribing import Desk

Which: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="The subscription: its id, or how it begins.")
]
COLUMNS = ("id", "url", "state", "pending", "dead", "failures", "taken_at")
LETTER_COLUMNS = ("id", "type", "treaty", "state", "attempts", "tried_at", "trouble")


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        name="subscriptions", help="Who is told by webhooks, and of what.", no_args_is_help=True
    )
    command(
        group,
        "subscriptions create https://desk.example/hook --treaty open-skies --type change",
        "subscriptions create https://desk.example/hook --type recall "
        "--permalink '/v1/treaties/npt/parties/PRK?as_of=2003-06-01&as_recorded=412'",
    )(create)
    command(group, name="list")(every)
    command(group, "subscriptions show 0b5cf1b9")(show)
    command(group, "subscriptions pause 0b5cf1b9")(pause)
    command(group, "subscriptions resume 0b5cf1b9")(resume)
    command(group, "subscriptions secret 0b5cf1b9")(secret)
    command(group, "subscriptions test 0b5cf1b9", name="test")(try_receiver)
    command(group, "subscriptions webhooks 0b5cf1b9 --state pending")(webhooks)
    command(group, "subscriptions dead 0b5cf1b9 --json")(dead)
    command(group, "subscriptions replay 0b5cf1b9", "subscriptions replay 0b5cf1b9 msg_5f0c…")(
        replay
    )
    command(group, "subscriptions end 0b5cf1b9")(end)
    application.add_typer(group)
    command(application, "deliver")(deliver)


def create(  # noqa: PLR0917 (options of a command)
    url: Annotated[str, typer.Argument(metavar="URL", help="Where webhooks go.")],
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="Only events of this type: act, change, change.came_about, recall, …"
        ),
    ] = None,
    treaties: Annotated[
        list[str] | None, typer.Option("--treaty", help="Only of this treaty.")
    ] = None,
    parties: Annotated[
        list[str] | None, typer.Option("--party", help="Only of this party, by code or name.")
    ] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="Only acts of this kind.")
    ] = None,
    statuses: Annotated[
        list[str] | None, typer.Option("--status", help="Only changes to this status.")
    ] = None,
    permalinks: Annotated[
        list[str] | None,
        typer.Option("--permalink", help="An answer that is relied on; its recall is told."),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="How webhooks are signed: secret or ed25519.")
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Begin after this event; 0 for all that ever happened."),
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Subscribe a receiver, and show what it checks signatures with, once."""
    asked = {
        "url": url,
        "types": types,
        "treaties": treaties,
        "parties": parties,
        "kinds": kinds,
        "statuses": statuses,
        "permalinks": permalinks,
        "scheme": scheme,
        "after": after,
        "description": description,
    }
    with at_desk(as_json=as_json) as desk:
        _show_secret(desk.create(asked), as_json=as_json)


def every(as_json: AsJson = False) -> None:
    """All subscriptions, and how far each is served."""
    with at_desk(as_json=as_json) as desk:
        found = desk.every()
        if as_json:
            print_json({"subscriptions": found, "next": None})
        else:
            _print_table(COLUMNS, found)


def show(which: Which, as_json: AsJson = False) -> None:
    """One subscription: what it asks for, and how far it is served."""
    with at_desk(as_json=as_json) as desk:
        found = desk.one(_found(desk, which))
        if as_json:
            print_json(found)
            return
        lines = [[name, _cell(each)] for name, each in found.items() if each not in (None, [])]
        print_table(("what", "is"), lines)


def pause(which: Which, as_json: AsJson = False) -> None:
    """Send nothing until it is resumed; nothing is lost."""
    _change(which, "paused", as_json=as_json)


def resume(which: Which, as_json: AsJson = False) -> None:
    """Go on where it was paused."""
    _change(which, "active", as_json=as_json)


def secret(which: Which, as_json: AsJson = False) -> None:
    """Replace the secret and show the new one, once; for a day the one before signs as well."""
    with at_desk(as_json=as_json) as desk:
        _show_secret(desk.replace_secret(_found(desk, which)), as_json=as_json)


def try_receiver(which: Which, as_json: AsJson = False) -> None:
    """Send a webhook that tells nothing, to try the receiver."""
    with at_desk(as_json=as_json) as desk:
        told = desk.test(_found(desk, which))
        if as_json:
            print_json(told)
        else:
            remark(f"On its way as {told['event']}.")


def webhooks(
    which: Which,
    state: Annotated[
        str | None, typer.Option(help="Only those that are pending, delivered or dead.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most to show.")] = 100,
    as_json: AsJson = False,
) -> None:
    """What was sent in the last while, and what came of it."""
    with at_desk(as_json=as_json) as desk:
        found, following = desk.deliveries(_found(desk, which), state, 0, limit)
        if as_json:
            print_json({"webhooks": found, "next": following and str(following)})
        else:
            _print_table(LETTER_COLUMNS, found)


def dead(
    which: Which,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most to show.")] = 100,
    as_json: AsJson = False,
) -> None:
    """The dead letters: what was given up after days."""
    webhooks(which, "dead", limit, as_json)


def replay(
    which: Which,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LETTER]…", help="The dead letters, by their ids; all if none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put dead letters on their way again."""
    with at_desk(as_json=as_json) as desk:
        replayed = desk.replay(_found(desk, which), {"ids": ids} if ids else None)
        if as_json:
            print_json(replayed)
        else:
            remark(f"{number_of(replayed['replayed'], 'dead letter')} on their way again.")


def end(which: Which) -> None:
    """End a subscription for ever; what was on its way is dropped."""
    with at_desk() as desk:
        found = _found(desk, which)
        desk.end(found)
        remark(f"The subscription {found.id} is ended.")


def deliver() -> None:
    """Run delivery alone: tell those who subscribed, by webhooks, until told to stop."""
    from api.logs import configure_logs

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with opened() as service:
        configure_logs(service.settings.log_level)
        service.deliver(stop)


@contextmanager
def at_desk(*, as_json: bool = False) -> Iterator["Desk"]:
    """Who looks after all subscriptions, in the name of the user of this machine."""
    from api.dependencies import EVERY_SCOPE, Caller
    from api.subscribing import Desk

    with opened(as_json=as_json) as service:
        yield Desk(service=service, caller=Caller(name=recorder(None), scopes=EVERY_SCOPE))


def _found(desk: "Desk", which: str) -> Any:
    """The subscription of this id, or the only one whose id begins so."""
    like = [each["id"] for each in desk.every() if each["id"].startswith(which.lower())]
    return desk.found(like[0] if len(like) == 1 else which)


def _change(which: str, state: str, *, as_json: bool) -> None:
    with at_desk(as_json=as_json) as desk:
        changed = desk.change(_found(desk, which), {"state": state})
        if as_json:
            print_json(changed)
        else:
            remark(f"The subscription {changed['id']} is {changed['state']}.")


def _show_secret(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    remark(f"The subscription {shown['id']} of {shown['url']}.")
    if shown["secret"] is not None:
        remark("Its webhooks are signed with this secret, which is shown only now:")
        typer.echo(shown["secret"])
    else:
        remark("Its webhooks are checked with this public key:")
        typer.echo(shown["public_key"])


def _print_table(columns: tuple[str, ...], found: list[dict[str, Any]]) -> None:
    print_table(columns, ([_cell(each[column]) for column in columns] for each in found))


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
