"""What a file says beside the record: what is on file, what has changed, and what has vanished."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.acts import Act
from domain.bounds import Record
from domain.dates import earliest
from domain.kinds import KINDS
from domain.treaty import TreatyFold
from infrastructure.comparing import Candidate, Compared, Correction, TreatyOnFile
from infrastructure.importers.proposals import Finding, Proposal, Registry, Wire
from infrastructure.intake.job import Job
from infrastructure.naming import Naming
from infrastructure.wire import written_fact


class Comparison:
    """Holds candidates against the record."""

    def __init__(self, job: Job) -> None:
        """Compare for this import."""
        self._job = job

    def compare(
        self,
        candidates: Sequence[Candidate],
        proposals: Sequence[Proposal],
        record: Record,
        naming: Naming,
    ) -> None:
        """Decide of each candidate what is to be done with it, and tell what has vanished of their treaties."""
        by_treaty: dict[str, list[Candidate]] = {}
        if self._job.registry is not None:
            # a treaty of which nothing could be read has all the same been named
            by_treaty = {str(each.fact["treaty"]): [] for each in proposals}
        for each in candidates:
            by_treaty.setdefault(each.act.treaty, []).append(each)
        unread = {self._job.slugs.get(each, each) for each in self._job.unread}
        for treaty, theirs in by_treaty.items():
            said = Compared()
            on_file = self._on_file(treaty, record, naming)
            on_file.excuse(self._job.refused.get(treaty, ()))
            on_file.compare(theirs, said)
            for finding in said.findings:
                self._job.report.findings.add(finding)
            for correction in said.corrections:
                self._propose(correction)
            covered = self._job.registry is not None and self._job.registry.covers != "nothing"
            if covered and not self._job.broken and treaty not in unread:
                self._tell_vanished(on_file.vanished())

    def _on_file(self, treaty: str, record: Record, naming: Naming) -> TreatyOnFile:
        def fold() -> TreatyFold:
            return self._job.shelf.fold(treaty, record)

        entries = self._job.shelf.entries(treaty, record)
        return TreatyOnFile(entries, self._job.registry, naming.person, fold)

    def vanished_treaties(self, registry: Registry) -> None:
        """Acts of the registry in treaties that a file of everything does not name."""
        if registry.covers != "everything":
            return
        record = self._job.shelf.record()
        naming = Naming(self._job.shelf.register(record))
        named = set(self._job.slugs.values())
        for treaty in self._job.treaties.known_by(self._job.keys):
            if treaty not in named:
                self._tell_vanished(self._on_file(treaty, record, naming).vanished())

    def _tell_vanished(self, acts: Iterable[Act]) -> None:
        for act in acts:
            day = act.decisive()
            when = "" if day is None else f" of {earliest(day).isoformat()}"
            what = KINDS[act.kind].title.lower()
            detail = f"{act.treaty}, {act.party}: the {what}{when} stands in the registry no longer"
            self._job.report.findings.add(
                Finding(
                    line=None,
                    problem="vanished_from_registry",
                    detail=detail,
                    read=act.sources[0].quote or "" if act.sources else "",
                    done="it stays on file; a correction is proposed",
                )
            )
            why = "The registry no longer has it; it may have been an error, or the State may have left."
            self._propose(Correction(act=act, why=why))

    def _propose(self, correction: Correction) -> None:
        """A correction as an act that a person can record, or not."""
        act = correction.act
        proposed: Wire = {
            "type": "act",
            "treaty": act.treaty,
            "kind": "record_corrected",
            "dated": self._job.today.isoformat(),
            "concerns": act.id,
            "note": correction.why,
            "sources": [self._job.source] if self._job.source else [],
        }
        if act.party is not None:
            proposed["party"] = act.party
        if correction.replacement is not None:
            written = written_fact(replace(correction.replacement, id=""))
            proposed["replacement"] = {
                key: each for key, each in written.items() if key != "id" and each not in (None, [])
            }
        self._job.report.corrections.add(proposed)
