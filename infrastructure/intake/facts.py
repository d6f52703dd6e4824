"""From proposals to facts: who is meant, who says so, and whether the object is a fact at all."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from domain.acts import Act
from domain.dates import earliest, in_words
from domain.errors import Fault
from infrastructure.comparing import Candidate, Outcome
from infrastructure.days import read_day
from infrastructure.importers.joining import joined
from infrastructure.importers.proposals import Finding, Proposal, Registry, Wire
from infrastructure.intake.job import Job
from infrastructure.intake.report import Lines
from infrastructure.naming import Naming
from infrastructure.wire import read_objects


class Facts:
    """Makes facts of what a file proposes."""

    def __init__(self, job: Job) -> None:
        """Make them for this import."""
        self._job = job

    def candidates(
        self, proposals: Sequence[Proposal], naming: Naming, lines: Lines
    ) -> Iterator[Candidate]:
        """The facts that the proposals are, in the order of the file; what is none is found and told."""
        readable: list[Proposal] = []
        for each in joined(proposals):
            if each.fact.get("type") == "on file":
                continue
            named = each if self._job.registry is None else self._said_by(each, naming)
            if named is None:
                self._refuse(each, lines)
            else:
                readable.append(named)
        first: dict[str, Candidate] = {}
        read = read_objects([each.fact for each in readable], naming)
        for proposal, one in zip(readable, read, strict=True):
            if one.fact is None or one.faults:
                self._tell_faults(proposal, one.faults)
                self._refuse(proposal, lines)
            else:
                candidate = Candidate(proposal=proposal, fact=one.fact)
                self._look_up(candidate, first)
                yield candidate

    def _refuse(self, proposal: Proposal, lines: Lines) -> None:
        """Nothing is recorded of it; an act of its treaty and day that is on file has not vanished."""
        lines.tell(proposal, Outcome.REJECTED)
        if self._job.registry is not None and (day := _written_day(proposal.fact)) is not None:
            self._job.refused.setdefault(str(proposal.fact["treaty"]), set()).add(day)

    def _look_up(self, candidate: Candidate, first: dict[str, Candidate]) -> None:
        """Decide of a fact whose id a line above has: it is the same fact, or one of the two is wrong."""
        above = first.setdefault(candidate.fact.id, candidate)
        if above is candidate:
            return
        if above.fact != candidate.fact:
            candidate.outcome = Outcome.REJECTED
            detail = "/id: a line above has this id, with another content"
            self._job.reject(candidate.proposal, "malformed", detail)
            return
        candidate.repeats = above
        if not isinstance(above.fact, Act):
            candidate.outcome = Outcome.DUPLICATE

    def _said_by(self, proposal: Proposal, naming: Naming) -> Proposal | None:
        """A registry's proposal with its source and its party's code; None where nobody is meant for certain."""
        assert self._job.registry is not None, "asked only of what a registry says"
        source = (
            {**self._job.source, "quote": proposal.raw[:2_000]}
            if proposal.raw
            else self._job.source
        )
        fact = {**proposal.fact, "sources": [source]}
        party = fact.get("party")
        if party is not None:
            code = self._party(proposal, str(party), naming, self._job.registry)
            if code is None:
                return None
            fact["party"] = code
        if fact.get("kind") == "objection" and (by := fact.get("by")):
            meant = naming.meant(str(by), None, today=True)
            fact["by"] = meant.code or by
        return msgspec.structs.replace(proposal, fact=fact)

    def _party(
        self, proposal: Proposal, text: str, naming: Naming, registry: Registry
    ) -> str | None:
        on = _decisive(proposal.fact)
        meant = naming.meant(text, on, today=registry.names_of == "today")
        if meant.code is not None:
            if on is not None and not naming.existed(meant.code, on):
                self._job.report.findings.add(_outside(proposal, text, meant.code, on))
            return meant.code
        self._job.report.findings.add(
            Finding(
                line=proposal.line,
                problem=meant.problem or "unknown_party",
                detail=_unclear(
                    text, on, meant.candidates, ambiguous=meant.problem != "unknown_party"
                ),
                cell="party",
                read=text[:200],
                rejects=True,
            )
        )
        return None

    def _tell_faults(self, proposal: Proposal, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self._job.reject(proposal, "malformed", f"{fault.pointer or '/'}: {fault.detail}")


def _written_day(fact: Wire) -> str | None:
    """The day that is decisive for an act (`Act.decisive`), as it is written."""
    names = ("received", "dated", "notified", "effective", "claimed_effective")
    return next((str(fact[each]) for each in names if fact.get(each)), None)


def _decisive(fact: Wire) -> date | None:
    day = _written_day(fact)
    return None if day is None else earliest(read_day(day))


def _unclear(text: str, on: date | None, candidates: Sequence[str], *, ambiguous: bool) -> str:
    when = f" on {in_words(on)}" if on is not None else ""
    if ambiguous:
        return f"{text[:80]} can mean {' or '.join(candidates)}{when}; an alias can settle it"
    hint = f"; nearest are {', '.join(candidates)}" if candidates else ""
    return f"nobody is called {text[:80]}{when}{hint}; an alias can settle it"


def _outside(proposal: Proposal, text: str, code: str, on: date) -> Finding:
    return Finding(
        line=proposal.line,
        problem="outside_existence",
        detail=f"{code} did not exist on {in_words(on)}; it may be the act of a predecessor",
        cell=proposal.cell,
        read=text[:200],
        done=f"recorded as an act of {code}, as the registry lists it",
    )
