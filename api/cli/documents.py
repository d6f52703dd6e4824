"""Commands about the documents behind sources: keep them by their digest, and erase them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.opening import must_be_readable, opened, recorder
from api.cli.options import AsJson, By, command
from api.cli.printing import print_json, print_table, remark


def add_to(application: typer.Typer) -> None:
    """Add these commands."""
    command(application, "attach notification.pdf", "attach *.pdf --json")(attach)
    command(
        application,
        "erase 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 "
        '--because "names a private person"',
    )(erase)


def attach(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The documents.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Keep documents by their SHA-256, which the sources of acts then name; the same one again is kept once."""
    must_be_readable(files)
    with opened(as_json=as_json) as service:
        largest = service.settings.max_document_bytes
        found = []
        for file in files:
            with file.open("rb") as content:
                document = service.proving.documents.keep(
                    content.read(largest + 1), kept_by=recorder(by)
                )
            found.append({"file": str(file), **_plain(document)})
        if as_json:
            print_json({"documents": found, "next": None})
            return
        columns = ("sha256", "media_type", "size", "file")
        lines = ([each[column] for column in columns] for each in found)
        print_table(columns, lines)


def erase(
    digest: Annotated[str, typer.Argument(metavar="SHA256", help="The digest of the document.")],
    because: Annotated[
        str, typer.Option("--because", metavar="REASON", help="Why; it stays with the digest.")
    ],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Erase the bytes of a document for ever; its digest stays, with who erased it and why."""
    if not because.strip():
        raise typer.BadParameter("must say something", param_hint="--because")
    with opened(as_json=as_json) as service:
        erased = service.proving.documents.erase(
            digest, erased_by=recorder(by), because=because.strip()
        )
        if as_json:
            print_json(_plain(erased))
        else:
            remark(f"The bytes of {erased.sha256} are erased. Backups keep what they have.")


def _plain(document: Any) -> dict[str, Any]:
    from domain.bounds import written_instant

    return {
        "sha256": document.sha256,
        "media_type": document.media_type,
        "size": document.size,
        "kept_at": written_instant(document.kept_at),
        "kept_by": document.kept_by,
        "erased_at": written_instant(document.erased_at),
        "erased_by": document.erased_by,
        "erased_because": document.erased_because,
    }
