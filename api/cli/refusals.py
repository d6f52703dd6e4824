"""What a refusal looks like on the command line: every fault, every rule with its source, what to do next."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer

from domain.errors import (
    Breach,
    Conflict,
    Fault,
    Irregular,
    KeyReused,
    Malformed,
    NotAllowed,
    NotFound,
    Refusal,
    Unavailable,
)

REFUSED = 1
"""The exit status where something is refused, or nothing is found."""

WITH_REJECTED_LINES = 3
"""The exit status where the work is done, but for some lines."""


@contextmanager
def told(*, as_json: bool = False) -> Iterator[None]:
    """Turns a refusal into words on standard error, or a problem on standard output, and status 1."""
    try:
        yield
    except Refusal as refusal:
        if as_json:
            _print_problem(refusal)
        else:
            print_refusal(refusal)
        raise typer.Exit(REFUSED) from refusal
    except BrokenPipeError:
        _leave_quietly()


def print_refusal(refusal: Refusal) -> None:
    """Print the refusal, and what to do next, on standard error."""
    from rich.text import Text

    from api.cli.printing import standard_error

    console = standard_error()
    console.print(Text(_headline(refusal), style="bold red"))
    for line in _details(refusal):
        console.print(Text(line))
    for line in _advice(refusal):
        console.print(Text(line, style="dim"))


def _headline(refusal: Refusal) -> str:
    match refusal:
        case Malformed():
            return "Refused: it cannot be read. Nothing was recorded."
        case Irregular():
            return "Refused: it breaks rules of treaty law. Nothing was recorded."
        case Conflict():
            return "Refused: somebody recorded on the same treaty meanwhile. Nothing was recorded."
        case NotFound():
            return _ended(f"Not found: {refusal}")
        case KeyReused() | NotAllowed():
            return _ended(f"Refused: {refusal}")
        case Unavailable():
            return _ended(f"Not now: {refusal}")
        case _:
            return _ended(f"Refused: {refusal}")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("?", ".", "!")) else f"{sentence}."


def _details(refusal: Refusal) -> Iterator[str]:
    match refusal:
        case Malformed():
            yield from _faults(refusal.faults)
        case Irregular():
            for breach in refusal.breaches:
                yield from _breach(breach)
        case Conflict():
            yield f"  {refusal}"
        case _:
            return


def _faults(faults: Sequence[Fault]) -> Iterator[str]:
    width = min(max((len(each.pointer) for each in faults), default=0), 40)
    for each in faults:
        yield f"  {each.pointer or '/':{width}}  {each.detail}"


def _breach(breach: Breach) -> Iterator[str]:
    from domain.irregularities import RULES

    where = f"{breach.pointer}  " if breach.pointer else ""
    yield f"  {where}{breach.rule} ({breach.source}): {breach.detail}"
    if breach.rule in RULES and RULES[breach.rule].meaning != breach.detail:
        yield f"    the rule: {RULES[breach.rule].meaning}"


def _advice(refusal: Refusal) -> Iterator[str]:
    match refusal:
        case Irregular():
            rules = ", ".join(f'"{rule}"' for rule in dict.fromkeys(_rules(refusal)))
            yield "States do break rules. If it happened all the same, say so in the act itself:"
            yield f'  "despite": [{rules}], "note": "why it is recorded all the same"'
        case Malformed():
            yield "Each line above begins with the place in the input, as a JSON pointer."
        case Conflict():
            yield "Look at `timeline history` of the treaty, and record again."
        case _:
            return


def _rules(refusal: Irregular) -> Iterator[str]:
    yield from (each.rule for each in refusal.breaches)


def _print_problem(refusal: Refusal) -> None:
    from api.cli.printing import print_json
    from api.problems import problem_of

    print_json(problem_of(refusal))


def _leave_quietly() -> NoReturn:
    """Ends without a word where the reader has gone, as `head` does."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(REFUSED)
