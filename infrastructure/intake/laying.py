"""The first step: what a file proposes is laid aside by treaty, and what was found on the way is kept."""

import hashlib
import io
from typing import BinaryIO

import msgspec

from infrastructure.importers import Format, recognise
from infrastructure.importers.lines import head_of
from infrastructure.importers.proposals import Finding, Proposal, Registry, Wire
from infrastructure.importers.reading import Reading
from infrastructure.intake.job import Job
from infrastructure.intake.options import Progress
from infrastructure.treaty_names import dependencies

OFTEN = 500
"""Items between two reports of progress while a file is read."""

PIECE = 1024 * 1024


class Laying:
    """Reads one file."""

    def __init__(self, job: Job) -> None:
        """Read for this import."""
        self._job = job
        self._only_rejected: set[int] = set()
        self._last_line = 0

    def read(self, file: BinaryIO) -> None:
        """Lay aside what the file proposes, and keep what was found on the way."""
        head = head_of(file)
        size = _size(file)
        reading = Reading(
            file=file,
            head=head,
            name=self._job.options.name,
            today=self._job.today,
            mapping=self._job.options.mapping,
        )
        found = recognise(reading, self._job.options.format)
        if isinstance(found, Finding):
            self._find(found)
            return
        form, reading = found
        self._job.report.format = form.name
        digest = _digest(file)
        self._read_items(form, reading, digest, size)
        self._reject_lines(len(self._only_rejected))
        self._job.watch(Progress(stage="reading", done=size, total=size))

    def _read_items(self, form: Format, reading: Reading, digest: str, size: int) -> None:
        acts = 0
        for number, item in enumerate(form.read(reading)):
            match item:
                case Registry():
                    self._job.registry = item
                    self._job.report.registry = item.mark
                    self._job.source = _source(item, digest)
                case Finding():
                    self._find(item)
                case Proposal():
                    acts += item.fact.get("type", "act") != "treaty"
                    self._lay_aside(item)
            if number % OFTEN == 0:
                done = min(reading.file.tell(), size)
                self._job.watch(Progress(stage="reading", done=done, total=size))
        if not acts and self._job.registry is not None:
            self._job.broken = True
        if not self._job.spool.count and not self._job.report.findings:
            self._find(_NOTHING)

    def _find(self, finding: Finding) -> None:
        self._job.report.findings.add(finding)
        self._job.broken = self._job.broken or finding.problem == "cut_off"
        if not finding.rejects:
            return
        if finding.hides and finding.treaty:
            self._job.unread.add(finding.treaty)
        elif finding.line is None or finding.hides:
            self._job.broken = True
        if finding.line is None:
            self._reject_lines(1)
        elif finding.line != self._last_line:
            self._only_rejected.add(finding.line)

    def _lay_aside(self, proposal: Proposal) -> None:
        if self._job.registry is not None:
            proposal = self._placed(proposal, self._job.registry)
        kind, key = proposal.fact.get("type", "act"), proposal.fact.get("treaty")
        if kind == "party" or not isinstance(key, str):
            key = ""
        try:
            self._job.spool.add(key, proposal)
        except (OverflowError, UnicodeEncodeError, RecursionError) as error:
            self._find(_unkept(proposal, error))
            return
        for line in proposal.lines:
            self._only_rejected.discard(line)
            self._last_line = line
        clauses = proposal.fact.get("clauses")
        if kind == "treaty" and key and isinstance(clauses, dict):
            self._job.spool.relate(key, dependencies(clauses))

    def _placed(self, proposal: Proposal, registry: Registry) -> Proposal:
        """The proposal under the slug of the record; a treaty that is on file stays out of what is recorded."""
        proposed = str(proposal.fact["treaty"])
        if proposal.fact.get("type") == "treaty":
            matched = self._job.treaties.match(proposal, registry)
            self._job.slugs[proposed] = matched.slug
            self._job.keys.update(proposal.known_by)
            for each in matched.findings:
                self._job.report.findings.add(each)
            fact = {**proposal.fact, "treaty": matched.slug}
            if matched.on_file:
                fact = {"type": "on file", "treaty": matched.slug}
            else:
                self._job.treaties.add(matched.slug, str(fact["title"]), fact["identifiers"], {})
            return msgspec.structs.replace(proposal, fact=fact)
        slug = self._job.slugs.get(proposed, proposed)
        return msgspec.structs.replace(proposal, fact={**proposal.fact, "treaty": slug})

    def _reject_lines(self, count: int) -> None:
        self._job.report.read += count
        self._job.report.rejected += count


_NOTHING = Finding(
    line=None,
    problem="nothing_said",
    detail="the file is whole, and has no line that says anything",
    done="nothing was recorded, and nothing was taken to have vanished",
)


def _unkept(proposal: Proposal, error: Exception) -> Finding:
    """A number, a text or a depth that JSON allows and that no fact has."""
    return Finding(
        line=proposal.line,
        problem="malformed",
        detail=f"cannot be kept: {error}"[:400],
        cell=proposal.cell,
        read=proposal.raw.encode("utf-8", "replace").decode(),
        rejects=True,
    )


def _source(registry: Registry, digest: str) -> Wire:
    source: Wire = {"title": registry.title, "sha256": digest}
    if registry.url is not None:
        source["url"] = registry.url
    if registry.published is not None:
        source["published"] = registry.published
    return source


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size
