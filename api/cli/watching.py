"""The command that shows what is told as it happens: watch."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import filled, treaty_named
from api.cli.options import AnyParty, AnyTreaty, AsJson, command
from api.cli.printing import print_bytes, remark, standard_output

if TYPE_CHECKING:
    from api.dependencies import FeedEvent, FeedWanted, Service

LOOKED_AT_EVERY_SECONDS = 1.0


def add_to(application: typer.Typer) -> None:
    """Add this command."""
    command(
        application,
        "watch open-skies",
        "watch --type change --json",
        "watch --after 0 --count 10",
    )(watch)


def watch(  # noqa: PLR0917 (options of the command)
    treaty: AnyTreaty = None,
    party: AnyParty = None,
    type: Annotated[  # noqa: A002 (its name outside)
        str | None,
        typer.Option(
            metavar="TYPE",
            help="Only act, treaty, party, key, change, or change.announced, change.came_about, "
            "change.moved, change.cancelled; several with commas between.",
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="Only changes that lead to this status.")
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Go on after this event, 0 for the beginning; from now if not given."
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="End after so many events.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Acts and changes in law as they happen, until interrupted; with --json a CloudEvent a line."""
    from api.following import place_after, wanted_of

    with filled(as_json=as_json) as service:
        slug = treaty_named(service, treaty, service.record()) if treaty is not None else None
        wanted = wanted_of(service, treaty=slug, party=party, status=status, type=type)
        place = place_after(service, after, "/after")
        remark(f"Watching after {place}; interrupt to end.")
        shown = 0
        with _interruptible(), _told_along(service):
            for event in _events(service, place, wanted):
                _show(event, service.event_source, as_json=as_json)
                shown += 1
                if shown == count:
                    break


def _events(
    service: "Service", place: "tuple[int, int]", wanted: "FeedWanted"
) -> Iterator["FeedEvent"]:
    """The events after the place, without end."""
    from api.dependencies import Place

    last = Place(*place)
    with service.feed.waking() as waker:
        while True:
            reached = service.feed.head()
            page = service.feed.after(last, wanted)
            yield from page
            last = page[-1].place if page else max(last, reached)
            if not page:
                waker.wait(LOOKED_AT_EVERY_SECONDS)


@contextmanager
def _told_along(service: "Service") -> Iterator[None]:
    """Have the feed written meanwhile, unless that is left to another process."""
    stop = threading.Event()
    thread = threading.Thread(target=service.project, args=(stop,), daemon=True)
    if service.settings.projector == "inside":
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.is_alive():
            thread.join(timeout=10)


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        return


def _show(event: "FeedEvent", source: str, *, as_json: bool) -> None:
    if as_json:
        import orjson

        print_bytes(orjson.dumps(event.cloud_event(source), option=orjson.OPT_APPEND_NEWLINE))
        return
    from rich.text import Text

    from api.cli.words import colour_of
    from api.dependencies import title_of

    line = Text.assemble(
        (f"{event.recorded_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (f"{event.id:<10}", "bold"),
        (title_of(event), colour_of(event.status) if event.status else ""),
    )
    standard_output().print(line, soft_wrap=True)
