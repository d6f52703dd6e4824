"""How many facts come in at once: read a line at a time, sorted out, and the good ones recorded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from domain.depositary import Depositary
from domain.errors import Fault, Irregular, Malformed, Refusal
from infrastructure.wire import Fact, Names, read_objects

BATCH = 20_000
"""Lines that are checked and recorded as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a reader of the report should know of one line, counted from 1."""

    line: int
    problem: str
    detail: str


@dataclass(kw_only=True)
class Report:
    """What came of an import."""

    read: int = 0
    recorded: int = 0
    duplicate: int = 0
    rejected: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    fact: Fact


def import_lines(
    lines: Iterable[bytes],
    depositary: Depositary,
    names: Callable[[], Names],
    *,
    recorded_by: str,
    strict: bool = False,
    step: Callable[[int], None] = lambda _: None,
) -> Report:
    """Record what the lines say, one JSON object each; a bad line never stops the good ones.

    With `strict` nothing is recorded if any line is rejected, and all lines are looked at as one batch.
    `names` gives the register as it stands; `step` hears how many lines are done.
    """
    report = Report()
    for batch in _batches(lines, None if strict else BATCH):
        _import_batch(batch, depositary, names(), report, recorded_by=recorded_by, strict=strict)
        step(len(batch))
    return report


def _batches(lines: Iterable[bytes], size: int | None) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            batch.append((number, line))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _import_batch(
    batch: Sequence[tuple[int, bytes]],
    depositary: Depositary,
    names: Names,
    report: Report,
    *,
    recorded_by: str,
    strict: bool,
) -> None:
    report.read += len(batch)
    read = list(_read(batch, names, report))
    sifted = depositary.sift([each.fact for each in read])
    for place, refusal in sorted(sifted.refused.items()):
        report.findings.extend(_findings(read[place].number, refusal))
    report.rejected = len({each.line for each in report.findings})
    if sifted.good and not (strict and report.findings):
        recording = depositary.record(sifted.good, recorded_by=recorded_by)
        report.recorded += len(recording.new)
        report.duplicate += recording.duplicates


def _read(batch: Sequence[tuple[int, bytes]], names: Names, report: Report) -> Iterator[_Line]:
    objects: list[tuple[int, object]] = []
    for number, line in batch:
        try:
            objects.append((number, msgspec.json.decode(line)))
        except (msgspec.DecodeError, RecursionError) as error:
            report.findings.append(
                Finding(line=number, problem="malformed", detail=f"is not JSON: {error}")
            )
    read = read_objects([each for _, each in objects], names)
    for (number, _), one in zip(objects, read, strict=True):
        if one.fact is None or one.faults:
            report.findings.extend(_findings(number, Malformed(one.faults)))
        else:
            yield _Line(number=number, fact=one.fact)


def _findings(number: int, refusal: Refusal) -> Iterator[Finding]:
    match refusal:
        case Malformed(faults=faults):
            for fault in faults:
                yield Finding(line=number, problem="malformed", detail=_placed(fault))
        case Irregular(breaches=breaches):
            for breach in breaches:
                detail = f"{breach.detail} ({breach.source})"
                yield Finding(line=number, problem=breach.rule, detail=detail)
        case _:
            yield Finding(line=number, problem="refused", detail=str(refusal))


def _placed(fault: Fault) -> str:
    return f"{fault.pointer or '/'}: {fault.detail}"
