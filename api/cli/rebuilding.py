"""The command that builds the read model anew and says in what the new one differs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.opening import opened
from api.cli.options import AsJson, command
from api.cli.printing import Step, print_json, print_table, progress, remark
from api.cli.refusals import WITH_REJECTED_LINES
from api.cli.words import number_of

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DIFFERENCES = 50
"""Differences that are shown to a person; a program gets all."""


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(application, "rebuild", "rebuild --days 20 --positions 10", "rebuild --no-compare")(
        rebuild
    )


def rebuild(
    compare: Annotated[
        bool,
        typer.Option(help="Compare what the old one and the new one answer, before it serves."),
    ] = True,
    days: Annotated[
        int, typer.Option(min=1, max=1000, help="On how many days all rosters are compared.")
    ] = 6,
    positions: Annotated[
        int, typer.Option(min=1, max=1000, help="As recorded at how many positions, on each day.")
    ] = 4,
    as_json: AsJson = False,
) -> None:
    """Build the read model anew beside the one that serves, compare the two, and switch; answers go on meanwhile."""
    found: list[dict[str, Any]] = []
    with opened(as_json=as_json) as service, _phases() as watch:
        rebuilt = service.rebuild(
            watch=watch,
            report=lambda each: found.append(asdict(each)),
            samples=(days, positions) if compare else None,
        )
    told = {
        "generation": rebuilt.generation,
        "position": rebuilt.position,
        "entries": rebuilt.entries,
        "seconds": round(rebuilt.build_seconds, 3),
        "differences": found if compare else None,
    }
    if as_json:
        print_json(told)
    else:
        _tell(told)
    if found:
        raise typer.Exit(WITH_REJECTED_LINES)


@contextmanager
def _phases() -> "Iterator[Callable[[str, int, int], None]]":
    """A bar for each phase, as it begins."""
    with ExitStack() as stack:
        phase: str | None = None
        reached = 0
        step: Step = lambda _count, _total=None: None  # noqa: E731 (before the first phase)

        def watch(now: str, done: int, total: int) -> None:
            nonlocal phase, reached, step
            if now != phase:
                stack.close()
                phase, reached = now, 0
                step = stack.enter_context(progress(now))
            step(done - reached, total)
            reached = done

        yield watch


def _tell(told: dict[str, Any]) -> None:
    found = told["differences"]
    if found:
        columns = ("treaty", "party", "day", "position", "before", "after")
        shown = [
            (each["treaty"], each["party"], each["day"], each["position"], *_both(each))
            for each in found[:MOST_DIFFERENCES]
        ]
        print_table(columns, shown, on_error=True)
    if found and len(found) > MOST_DIFFERENCES:
        remark(f"… and {len(found) - MOST_DIFFERENCES:,} more; --json gives all of them.")
    compared = "not compared" if found is None else number_of(len(found), "difference")
    remark(
        f"{number_of(told['entries'], 'entry')} in {told['seconds']:,.1f} s, up to position "
        f"{told['position']:,}: {compared}; generation {told['generation']} serves."
    )


def _both(difference: dict[str, Any]) -> tuple[str, str]:
    return difference["before"] or "no answer", difference["after"] or "no answer"
