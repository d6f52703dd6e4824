"""The documents that are made from the code; as a program it writes them anew."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from api.cli.commands import application
from api.main import create_app
from api.problems import TYPES
from api.reference import as_markdown
from domain.kinds import KINDS, Group, Kind
from infrastructure.settings import Settings
from tests import written_clauses, written_words

DOCS = Path(__file__).parent.parent / "docs"


def documents() -> Mapping[str, str]:
    """Each document by its name, as it should be."""
    return {
        "acts.md": _acts(),
        "api.md": as_markdown(create_app(Settings()).openapi()),
        "clauses.md": written_clauses.document(),
        "commands.md": _commands(),
        "domain-words.md": written_words.document(),
        "problems.md": _problems(),
        "settings.md": _settings(),
    }


def _acts() -> str:
    lines = [
        "# Acts",
        "",
        "Every kind of act that the record knows, by the part of a treaty's life to which it belongs.",
        "What is not said to move a status moves nothing, whatever it is called.",
    ]
    for group in Group:
        lines.extend(["", f"## {group.value.capitalize()}"])
        for kind in KINDS.values():
            if kind.group is group:
                lines.extend(_kind(kind))
    return "\n".join(lines) + "\n"


def _kind(kind: Kind) -> list[str]:
    rows = {
        "done by": kind.who,
        "dates": ", ".join(kind.dates),
        "party": kind.party.value,
        "moves": kind.moves,
        "undone by": kind.undone_by,
        "source": kind.source,
    }
    told = [f"| {name} | {value.replace('|', chr(92) + '|')} |" for name, value in rows.items()]
    return [
        "",
        f"### {kind.title} `{kind.code}`",
        "",
        kind.meaning,
        "",
        "| | |",
        "|---|---|",
        *told,
    ]


def _settings() -> str:
    lines = [
        "# Settings",
        "",
        "Each is an environment variable; what is not set has its default, which is safe on one machine.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        lines.append(f"| `TIMELINE_{name.upper()}` | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _problems() -> str:
    lines = [
        "# Problems",
        "",
        "Every refusal over HTTP is a problem (RFC 9457) with one of these types, for ever.",
        "The type is also the address of a page that says the same.",
        "",
    ]
    for each in TYPES.values():
        lines += [
            f"## {each.name}",
            "",
            f"Status {each.status}, type `{each.uri}`: {each.title}.",
            "",
        ]
        lines += [each.meaning, "", each.remedy, ""]
    return "\n".join(lines).rstrip() + "\n"


def _commands() -> str:
    lines = [
        "# The command line",
        "",
        "Exit status: 0 done, 1 refused or nothing found, 2 wrong use, 3 done but for rejected lines.",
        "`--json` prints the JSON that the HTTP interface gives; progress goes to standard error.",
        "",
    ]
    for name, text in _helps():
        lines += [f"## timeline {name}", "", "```text", text.rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _helps() -> Iterator[tuple[str, str]]:
    yield from _helps_of(typer.main.get_command(application), "timeline", "")


def _helps_of(command: Any, info: str, prefix: str) -> Iterator[tuple[str, str]]:
    commands: Mapping[str, Any] = getattr(command, "commands", {})
    for name, each in commands.items():
        if getattr(each, "commands", None):
            yield from _helps_of(each, f"{info} {name}", f"{prefix}{name} ")
        else:
            context = each.make_context(
                f"{info} {name}",
                [],
                resilient_parsing=True,
                terminal_width=100,
                max_content_width=100,
            )
            yield f"{prefix}{name}", each.get_help(context)


def write() -> None:
    """Write the documents anew."""
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
