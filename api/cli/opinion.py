"""How one answer is laid out so that it can be read aloud and quoted: status, periods, reasons, what comes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.cli.words import colour_of, day_of, kind_of, sentence, source_of, stretch
from domain.acts import Act, Entry
from domain.dates import written

Answer: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What lies beside an answer: the treaty's title, its acts on file by id, and the day of today."""

    title: str
    entries: Mapping[str, Entry]
    today: date

    def act(self, identifier: object) -> Act | None:
        """The act with this id, if it is on file."""
        entry = self.entries.get(str(identifier))
        content = entry.content if entry is not None else None
        return content if isinstance(content, Act) else None


def show_answer(console: Console, answer: Answer, papers: Papers) -> None:
    """Print the answer, with its reasons where it carries them."""
    console.print(_heading(answer, papers))
    console.print(_facts(answer))
    for title, lines in _sections(answer, papers):
        console.print()
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2)))
    console.print()
    console.print(Text(record_line(answer), style="dim"))


def record_line(answer: Answer) -> str:
    """From which record and in whose knowledge the answer is given."""
    record = answer["as_recorded"]
    at = f", recorded {record['at']}" if record.get("at") else ""
    seen = answer.get("as_seen")
    known = f" As known on {day_of(seen)}." if seen else ""
    return f"Record: position {record['position']:,}{at}.{known}"


def _heading(answer: Answer, papers: Papers) -> RenderableType:
    on = date.fromisoformat(answer["as_of"])
    said = sentence(answer["party_name"], answer["status"], on=on, today=papers.today)
    treaty = Text(f"{papers.title} ({answer['treaty']})", style="bold")
    return Group(treaty, Text(said, style=colour_of(answer["status"])), Text())


def _facts(answer: Answer) -> RenderableType:
    grid = _grid()
    for name, value in _fact_lines(answer):
        grid.add_row(Text(name, style="dim"), value)
    return Padding(grid, (0, 0, 0, 2))


def _fact_lines(answer: Answer) -> Iterator[tuple[str, Text]]:
    bound = answer["bound"]
    yield "party", Text(f"{answer['party_name']} ({answer['party']})")
    yield "status", Text(answer["status"], style=f"bold {colour_of(answer['status'])}")
    yield "bound", Text("not to be said" if bound is None else "yes" if bound else "no")
    if answer["since"]:
        yield "since", Text(day_of(answer["since"]))
    if answer["until"]:
        yield "until", Text(f"{day_of(answer['until'])}, that day excluded")
    if answer["flags"]:
        yield "flags", Text(", ".join(answer["flags"]))
    if answer.get("certainty"):
        yield "certainty", Text(_certainty(answer))
    for each in answer["periods"]:
        yield "bound as party", Text(stretch(each["from"], each["until"]))
    if answer["relation"]:
        yield "towards", Text(_relation(answer["relation"]))
        for each in answer["relation"].get("reservations") or ():
            yield "reservation", Text(_reservation(each))


def _certainty(answer: Answer) -> str:
    possible = answer.get("possible") or answer.get("possible_statuses") or ()
    also = f": {' or '.join(map(str, possible))}" if possible else ""
    return f"{answer['certainty']}{also}"


def _relation(relation: Answer) -> str:
    since = f" since {day_of(relation['since'])}" if relation.get("since") else ""
    status = str(relation["status"]).replace("_", " ")
    return f"{relation['party']}: {status}{since}; {relation['rule']}"


def _reservation(reservation: Answer) -> str:
    standing = str(reservation["standing"]).replace("_", " ")
    since = day_of(reservation["since"])
    return f"of {reservation['author']}: {standing} since {since}; {reservation['rule']}"


def _sections(answer: Answer, papers: Papers) -> Iterator[tuple[str, Sequence[RenderableType]]]:
    if answer["positions"]:
        yield "Who says what", [_position(each) for each in answer["positions"]]
    if "because" in answer:
        yield "Why", _because(answer, papers)
        if answer["disregarded"]:
            heading = "Looked at, and disregarded for this day"
            yield heading, [_disregarded(each, papers) for each in answer["disregarded"]]
    if answer["proceedings"]:
        heading = "Under way at home (moves nothing between States)"
        yield heading, [_proceeding(each) for each in answer["proceedings"]]
    yield (
        "Coming",
        [_coming(each) for each in answer["coming"]]
        or [Text("nothing that follows from what is recorded")],
    )
    if answer["findings"]:
        yield "Findings", [_finding(each, papers) for each in answer["findings"]]


def _position(position: Answer) -> RenderableType:
    said = Text(f"{position['who']}: ")
    said.append(position["status"], style=colour_of(position["status"]))
    if position["since"]:
        said.append(f" since {day_of(position['since'])}")
    if position["source"]:
        said.append(f" ({position['source']})", style="dim")
    return said


def _because(answer: Answer, papers: Papers) -> list[RenderableType]:
    operations = answer.get("by_operation", ())
    lines = [_reason(each, papers) for each in (*answer["because"], *operations)]
    return lines or [Text("no act on record had moved anything by that day")]


def _reason(reason: Answer, papers: Papers) -> RenderableType:
    act = papers.act(reason.get("act"))
    heading = _act_line(reason, act)
    if reason.get("moves_to"):
        heading.append("  → ")
        heading.append(reason["moves_to"], style=colour_of(reason["moves_to"]))
    grid = _grid()
    for name, value in _grounds(reason, act):
        grid.add_row(Text(name, style="dim"), Text(value))
    entry = papers.entries.get(str(reason.get("act")))
    if entry is not None:
        grid.add_row(
            Text("entry", style="dim"), Text(f"{entry.position:,}, by {entry.recorded_by}")
        )
    return Group(heading, Padding(grid, (0, 0, 0, 2)))


def _grounds(reason: Answer, act: Act | None) -> Iterator[tuple[str, str]]:
    if reason.get("effective"):
        yield "effect", day_of(reason["effective"])
    for name in ("clause", "rule", "counted"):
        if reason.get(name):
            yield name, str(reason[name])
    if reason.get("source"):
        yield "law", str(reason["source"])
    if act is None:
        return
    if act.note:
        yield "note", act.note
    for each in act.sources:
        parts = {"title": each.title, "published": each.published, "url": each.url}
        yield "source", source_of(parts)


def _disregarded(line: Answer, papers: Papers) -> RenderableType:
    act = papers.act(line["act"])
    said = _act_line(line, act)
    why = f"\n  {line['why']}" if line["why"] else ""
    law = f" ({line['source']})" if line["source"] else ""
    said.append(f"{why}{law}", style="dim")
    return said


def _proceeding(step: Answer) -> RenderableType:
    said = Text(f"{day_of(step['on'])}: {kind_of(step['kind']).lower()}")
    if step["by"]:
        said.append(f", {step['by']}")
    if step["note"]:
        said.append(f"\n  {step['note']}", style="dim")
    return said


def _coming(line: Answer) -> RenderableType:
    said = Text(f"{day_of(line['on'])}: ")
    said.append(line["status"], style=colour_of(line["status"]))
    if line.get("rule"):
        said.append(f", {line['rule']}")
    if line.get("unless"):
        said.append(f"\n  unless {line['unless']}", style="dim")
    return said


def _finding(finding: Answer, papers: Papers) -> RenderableType:
    said = Text(f"{finding['finding']}: {finding['detail']}", style="yellow")
    if finding["source"]:
        said.append(f" ({finding['source']})", style="dim")
    act = papers.act(finding["act"])
    if act is not None:
        said.append(f"\n  {kind_of(act.kind).lower()} of {written(act.decisive())}", style="dim")
    return said


def _act_line(line: Answer, act: Act | None) -> Text:
    on = f"{day_of(line['on'])}: " if line.get("on") else ""
    said = Text(f"{on}{kind_of(line['kind'])}", style="bold")
    if act is not None and act.by:
        said.append(f", {act.by}", style="not bold")
    return said


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
