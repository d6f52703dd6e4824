"""The second step: what was laid aside is compared with the record and recorded, batch by batch."""

from collections.abc import Iterator, Sequence

from domain.acts import Act, Definition, PartyEntry
from infrastructure.comparing import Candidate, Outcome
from infrastructure.garbage import collecting
from infrastructure.importers.proposals import Finding, Proposal
from infrastructure.intake.comparison import Comparison
from infrastructure.intake.door import Door
from infrastructure.intake.facts import Facts
from infrastructure.intake.job import Job
from infrastructure.intake.options import Progress
from infrastructure.intake.report import Lines
from infrastructure.naming import Naming

BATCH = 4_000
"""Proposals that are looked at together and recorded as one; treaties that depend on each other are not parted."""

LARGEST_FAMILY = 40_000
"""Proposals of one treaty, and of those on which it depends, that are looked at together."""


class Recording:
    """Records what was laid aside."""

    def __init__(self, job: Job) -> None:
        """Record for this import."""
        self._job = job
        self._facts = Facts(job)
        self._comparison = Comparison(job)
        self._door = Door(job)

    def record(self) -> None:
        """Compare and record what was laid aside, the register first."""
        done, total = 0, self._job.spool.count
        for keys in self._batches():
            for part in self._parts(keys):
                with collecting.put_off():
                    self._record_batch(part)
                done += len(part)
                self._job.watch(Progress(stage="recording", done=done, total=total))
        if self._job.registry is not None and not self._job.broken:
            self._comparison.vanished_treaties(self._job.registry)

    def _batches(self) -> Iterator[tuple[str, ...]]:
        """The treaties batch by batch, those that depend on each other in one."""
        families = list(self._families())
        if ("",) in families:
            families.remove(("",))
            yield ("",)
        batch: list[str] = []
        for family in families:
            if batch and self._job.spool.size((*batch, *family)) > BATCH:
                yield tuple(batch)
                batch = []
            batch.extend(family)
        if batch:
            yield tuple(batch)

    def _families(self) -> Iterator[tuple[str, ...]]:
        named = [each for family in self._job.spool.families() for each in family]
        there = set(named)
        for each in named:
            self._job.spool.relate(each, there.intersection(self._job.treaties.depends_on(each)))
        yield from self._job.spool.families()

    def _parts(self, keys: Sequence[str]) -> Iterator[list[Proposal]]:
        proposals = self._job.spool.take(keys)
        options = self._job.options
        at_once = options.rehearse or options.strict or self._job.registry is not None
        step = len(proposals) if at_once else LARGEST_FAMILY
        for start in range(0, len(proposals), max(step, 1)):
            yield proposals[start : start + step]

    def _record_batch(self, proposals: Sequence[Proposal]) -> None:
        record = self._job.shelf.record()
        naming = Naming(self._job.shelf.register(record), self._job.options.aliases)
        lines = Lines()
        candidates = list(self._facts.candidates(proposals, naming, lines))
        compared = [
            each
            for each in candidates
            if isinstance(each.fact, Act) and each.outcome is Outcome.NEW
        ]
        self._comparison.compare(compared, proposals, record, naming)
        self._door.admit([each for each in candidates if each.outcome is Outcome.NEW])
        for each in candidates:
            self._follow(each)
            lines.tell(each.proposal, each.outcome)
            self._count(each)
        self._job.shelf.forget()
        self._job.report.read += len(lines)
        self._job.report.recorded += lines.having(Outcome.RECORDED)
        self._job.report.duplicate += lines.having(Outcome.DUPLICATE)
        self._job.report.rejected += lines.having(Outcome.REJECTED)

    def _follow(self, candidate: Candidate) -> None:
        """What repeats a line that was refused stands nowhere either."""
        above = candidate.repeats
        if above is None or candidate.outcome is not Outcome.DUPLICATE:
            return
        if above.outcome is Outcome.REJECTED:
            candidate.outcome = Outcome.REJECTED
            detail = f"it says what line {above.proposal.line} says, which was refused"
            self._job.reject(candidate.proposal, "said_twice", detail)

    def _count(self, candidate: Candidate) -> None:
        if candidate.outcome is not Outcome.RECORDED:
            return
        match candidate.fact:
            case Act():
                self._job.report.acts += 1
            case Definition():
                self._job.report.treaties += 1
                if self._job.registry is not None:
                    self._job.report.findings.add(_defined(candidate))
            case PartyEntry():
                self._job.report.parties += 1


def _defined(candidate: Candidate) -> Finding:
    assert isinstance(candidate.fact, Definition), "only treaties are defined"
    return Finding(
        line=candidate.proposal.line,
        problem="treaty_defined",
        detail=f"{candidate.fact.treaty}: {candidate.fact.title[:200]}",
        read=candidate.proposal.raw,
        done="defined with what the registry says of it, and without clauses",
    )
