"""The command that brings files in: registries' exports, tables, our own lines."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.opening import must_be_readable, opened, recorder
from api.cli.options import AsJson, By, command
from api.cli.printing import Step, print_json, print_table, progress, remark
from api.cli.refusals import WITH_REJECTED_LINES
from api.cli.words import number_of

if TYPE_CHECKING:
    from api.dependencies import ImportReport, Service

COUNTS = ("read", "recorded", "duplicate", "rejected", "held_back")
SEVERITIES = ("error", "warning", "remark")
STOPPED = "{} was stopped. What is recorded stays; the same command again goes on from there."
MOST_FINDINGS = 50
"""Findings that are shown to a person; a program gets all."""


def add_to(application: typer.Typer) -> None:
    """Add the command."""
    command(
        application,
        "import acts.ndjson",
        "import --strict --report findings.ndjson members.csv",
        "import --map table.toml --aliases names.csv table.parquet",
        name="import",
    )(import_files)


def import_files(  # noqa: PLR0917 (options of the command)
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The files, in this order.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Their format; seen from the content if not given."
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="How any other table is read (TOML)."),
    ] = None,
    aliases: Annotated[
        Path | None,
        typer.Option(
            "--aliases", metavar="FILE", help="Names of parties that settle doubts (CSV or TOML)."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write every finding here, one a line."),
    ] = None,
    proposals: Annotated[
        Path | None,
        typer.Option(
            "--propose-corrections",
            metavar="FILE",
            help="Write corrections here, for a person to look at, of what the registry has changed.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Record nothing of a file if any of its lines is rejected."),
    ] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Say what would come of it; record nothing.")
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record the good lines of files and report the others; the same file again records nothing."""
    must_be_readable(files)
    told = _Told(keep=as_json)
    with (
        opened(as_json=as_json) as service,
        _lines_to(report) as tell,
        _lines_to(proposals) as propose,
    ):
        chosen = service.import_options(
            recorded_by=recorder(by),
            form=form,
            mapping=mapping,
            aliases=aliases,
            strict=strict,
            rehearse=rehearse,
        )
        for file in files:
            try:
                came = _imported(service, file, chosen)
            except KeyboardInterrupt:
                remark(STOPPED.format(file))
                raise
            told.count(came)
            tell(told.heard({"file": str(file), **each} for each in service.told(came.findings)))
            propose(came.corrections)
        if as_json:
            print_json({**told.counts, "findings": told.findings})
        else:
            told.show(service.meaning, proposed_to=proposals)
    if told.counts["rejected"]:
        raise typer.Exit(WITH_REJECTED_LINES)


def _imported(service: "Service", file: Path, options: Any) -> "ImportReport":
    stage, done = "", 0
    with ExitStack() as bar, file.open("rb") as opened_file:
        step: Step = lambda _count, _total=None: None  # noqa: E731 (before the first stage)

        def watch(how_far: Any) -> None:
            nonlocal stage, done, step
            if how_far.stage != stage:
                bar.close()
                stage, done = how_far.stage, 0
                step = bar.enter_context(progress(f"{file.name}: {stage}"))
            step(how_far.done - done, how_far.total)
            done = how_far.done

        return service.import_file(opened_file, file.name, options, watch)


@contextmanager
def _lines_to(path: Path | None) -> Iterator[Callable[[Iterable[object]], None]]:
    """Writes values into the file, one JSON text a line; nowhere without a file."""
    import orjson

    if path is None:
        passed: deque[object] = deque(maxlen=0)
        yield passed.extend
        return
    with path.open("wb") as file:
        yield lambda values: file.writelines(
            orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in values
        )


class _Told:
    """What is told of all files together: the counts, and of the findings the first of each severity, or all."""

    def __init__(self, *, keep: bool) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)
        self.findings: list[dict[str, Any]] = []
        self._corrections = 0
        self._keep = keep
        self._how_often: Counter[tuple[str, str]] = Counter()
        self._first: dict[str, list[dict[str, Any]]] = {each: [] for each in SEVERITIES}

    def count(self, came: "ImportReport") -> None:
        """Add what came of one file."""
        for name in COUNTS:
            self.counts[name] += getattr(came, name)
        self._corrections += len(came.corrections)

    def heard(self, findings: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The findings, which are counted on the way."""
        for each in findings:
            self._how_often[each["severity"], each["problem"]] += 1
            first = self._first[each["severity"]]
            if len(first) < MOST_FINDINGS:
                first.append(each)
            if self._keep:
                self.findings.append(each)
            yield each

    def show(self, meaning: Callable[[str], str], *, proposed_to: Path | None) -> None:
        """Tell a person: errors and warnings one by one, what was found in all, and what was counted."""
        errors, warnings = (
            sorted(self._first[each], key=lambda found: (found["file"], found["line"] or 0))
            for each in SEVERITIES[:2]
        )
        shown = [*errors, *warnings][:MOST_FINDINGS]
        for each in shown:
            line = f":{each['line']}" if each.get("line") else ""
            done = f" ({each['done']})" if each.get("done") else ""
            remark(
                f"{each['file']}{line}: {each['severity']}, {each['problem']}: {each['detail']}{done}"
            )
        if self._how_often:
            self._summary(meaning, len(shown))
        if self._corrections:
            where = (
                f"are in {proposed_to}"
                if proposed_to
                else "can be had with --propose-corrections FILE"
            )
            remark(
                f"The registry says {self._corrections:,} things otherwise than the record; "
                f"corrections to look at {where}."
            )
        remark(_counted(self.counts))

    def _summary(self, meaning: Callable[[str], str], shown: int) -> None:
        order = [*SEVERITIES]
        ordered = sorted(
            self._how_often.items(), key=lambda pair: (order.index(pair[0][0]), -pair[1], pair[0])
        )
        table = [(how, name, f"{n:,}", meaning(name)) for (how, name), n in ordered]
        print_table(("severity", "finding", "how often", "meaning"), table, on_error=True)
        if sum(self._how_often.values()) > shown:
            remark("--report FILE writes every finding with its line.")


def _counted(counts: Mapping[str, int]) -> str:
    held_back = (
        f", {counts['held_back']:,} held back, since --strict records all or nothing"
        if counts["held_back"]
        else ""
    )
    return (
        f"{number_of(counts['read'], 'line')} read: {counts['recorded']:,} recorded, "
        f"{counts['duplicate']:,} on record already, {counts['rejected']:,} rejected{held_back}."
    )
