"""Commands for those who check: verify the record, and the verifier for everybody else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.opening import USAGE, opened
from api.cli.options import AsJson, command
from api.cli.printing import print_json, print_table, progress, remark
from api.cli.refusals import REFUSED
from api.cli.words import number_of


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    command(application, "verify", "verify --deep", "verify --deep --json > found.json")(verify)
    command(application, "verifier > verify.py", "verifier --output verify.py")(verifier)


def verify(
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Every entry, hash, signature and document, the read model, and a sample of answers.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether log, guards, tree, signatures and read model are what they were; status 1 where they are not."""
    from api.auditing import served_by

    with opened(as_json=as_json) as service:
        verification = service.working.verification(served_by(service))
        with _watched() as watch:
            checks = list(verification.deep(watch) if deep else verification.fast(watch))
        faults = [each for check in checks for each in check.faults]
        sentence = _sentence(len(checks), [each.fault for each in faults], deep=deep)
        if as_json:
            print_json(
                {
                    "whole": not faults,
                    "deep": deep,
                    "sentence": sentence,
                    "checks": [_plain(each) for each in checks],
                }
            )
        else:
            lines = ([each.name, _found(each), "; ".join(each.notes)] for each in checks)
            print_table(("check", "found", "notes"), lines)
            for each in faults:
                typer.echo(f"{each.fault}: {each.detail}")
            typer.echo(sentence)
    if faults:
        raise typer.Exit(REFUSED)


def verifier(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write it here; else to standard output."),
    ] = None,
) -> None:
    """Write the verifier: one file that checks an answer with its proof by Python alone, with this service gone."""
    from api.dependencies import bundled

    if output is None:
        sys.stdout.write(bundled())
        return
    try:
        output.write_text(bundled(), encoding="utf-8")
    except OSError as error:
        remark(f"{output}: {error.strerror}.")
        raise typer.Exit(USAGE) from error
    remark(f"Call it: python3 {output} ANSWER.json --key NAME+ID+BASE64")


@contextmanager
def _watched() -> Iterator[Callable[[str, int, int], None]]:
    """Progress of one check after the other, in one bar."""
    with progress("verifying") as step:
        shown, name = 0, ""

        def watch(check: str, done: int, whole: int) -> None:
            nonlocal shown, name
            before = shown if check == name else 0
            if check != name:
                step(-shown, whole)
            step(done - before, whole)
            shown, name = done, check

        yield watch


def _sentence(checks: int, faults: list[str], *, deep: bool) -> str:
    if faults:
        names = ", ".join(dict.fromkeys(faults))
        return f"NOT WHOLE: {number_of(len(faults), 'fault')} found ({names})."
    how = "" if deep else "; --deep looks at every entry"
    return f"Whole: {number_of(checks, 'check')} found nothing wrong{how}."


def _found(check: Any) -> str:
    return number_of(len(check.faults), "fault") if check.faults else "nothing wrong"


def _plain(check: Any) -> dict[str, object]:
    return {
        "name": check.name,
        "faults": [{"fault": each.fault, "detail": each.detail} for each in check.faults],
        "notes": list(check.notes),
    }
