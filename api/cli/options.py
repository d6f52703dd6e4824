"""The options that several commands share, and how the words given for them are read."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, TypeVar

import typer

Command = TypeVar("Command", bound=Callable[..., Any])
Choice = TypeVar("Choice", bound=StrEnum)


def command(
    application: typer.Typer, *examples: str, name: str | None = None
) -> Callable[[Command], Command]:
    """Adds a function as a command whose help ends with these examples."""

    def add(function: Command) -> Command:
        shown = "\n".join(f"  timeline {each}" for each in examples)
        meaning = (function.__doc__ or "").strip()
        text = f"{meaning}\n\n\b\nExamples:\n{shown}" if examples else meaning
        application.command(name, help=text)(function)
        return function

    return add


def day_from(text: str) -> date:
    """A day given on the command line: YYYY-MM-DD, `today` or `yesterday` (UTC)."""
    today = datetime.now(UTC).date()
    match text.strip().lower():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
        case other:
            from api.dependencies import read_day

            day = read_day(other, "", [])
            if day is None:
                raise typer.BadParameter(
                    f"{text!r} is no day: write YYYY-MM-DD, today or yesterday"
                )
            return day


def one_of(choices: type[Choice]) -> Callable[[str], Choice]:
    """What reads one of a few words, and names them all where it is another."""

    def read(text: str) -> Choice:
        try:
            return choices(text)
        except ValueError:
            known = ", ".join(choices)
            raise typer.BadParameter(f"{text!r} is none of: {known}") from None

    return read


def record_from(text: str) -> str:
    """A bound on the record, as it was given: a log position, or an instant in RFC 3339 with its offset."""
    given = text.strip()
    if given.isascii() and given.isdigit():
        return given
    try:
        instant = datetime.fromisoformat(given)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(
            f"{text!r} is neither a log position nor an instant like 2021-06-08T12:00:00Z"
        )
    return given


Treaty: TypeAlias = Annotated[
    str, typer.Argument(metavar="TREATY", help="The treaty: its slug, such as open-skies.")
]
Party: TypeAlias = Annotated[
    str, typer.Argument(metavar="PARTY", help="The party: its code or any of its names.")
]
AnyTreaty: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[TREATY]", help="Only this treaty.")
]
AnyParty: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[PARTY]", help="Only this party, by code or name.")
]
AsOf: TypeAlias = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        metavar="DAY",
        parser=day_from,
        help="Whose law on which day; today if not given.",
    ),
]
AsSeen: TypeAlias = Annotated[
    date | None,
    typer.Option(
        "--as-seen",
        metavar="DAY",
        parser=day_from,
        help="With only what could be known by the end of that day.",
    ),
]
AsRecorded: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-recorded",
        metavar="POSITION|INSTANT",
        parser=record_from,
        help="With only what this record held then.",
    ),
]
FirstDay: TypeAlias = Annotated[
    date | None,
    typer.Option("--from", metavar="DAY", parser=day_from, help="The first day, inclusive."),
]
LastDay: TypeAlias = Annotated[
    date | None,
    typer.Option("--to", metavar="DAY", parser=day_from, help="The last day, inclusive."),
]
FirstRecord: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--recorded-from",
        metavar="POSITION|INSTANT",
        parser=record_from,
        help="The earlier state of the record.",
    ),
]
LastRecord: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--recorded-to",
        metavar="POSITION|INSTANT",
        parser=record_from,
        help="The later state of the record.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the JSON that the HTTP interface gives.")
]
By: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        envvar="TIMELINE_RECORDER",
        help="Who records; the user of this machine if not given.",
    ),
]
