"""Through the one door: a batch is recorded as one, and what is refused is told, or amended, and left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.acts import Act, PartyEntry
from domain.depositary import Amend, Depositary
from domain.errors import Breach, Irregular, Malformed
from infrastructure.comparing import Candidate, Outcome
from infrastructure.importers.proposals import Finding, Registry
from infrastructure.intake.job import Job
from infrastructure.rehearsal import Rehearsal
from infrastructure.wire import Fact

MOST_TRIES = 200
"""How often, for one treaty, a line is tried with only those before it, or alone."""

MOST_ROUNDS = 25
"""How often lines that were refused are tried again beside what was recorded."""


class Door:
    """Records candidates."""

    def __init__(self, job: Job) -> None:
        """Record for this import."""
        self._job = job
        self._broken: dict[Candidate, Irregular] = {}

    def admit(self, pending: Sequence[Candidate]) -> None:
        """Record the candidates; those that are refused are told, or amended, and the others go on.

        A line may break a rule only because of another that is refused, so that those refused are tried again
        beside what was recorded, until none of them can be.
        """
        self._admit(pending)
        for _ in range(MOST_ROUNDS):
            refused = list(self._broken)
            self._broken.clear()
            self._admit(refused)
            if len(self._broken) == len(refused) and not self._one_alone(refused):
                break
        for candidate, refusal in self._broken.items():
            candidate.outcome = Outcome.REJECTED
            for breach in refusal.breaches:
                detail = f"{breach.detail} ({breach.source})"
                self._job.reject(candidate.proposal, breach.rule, detail)
        self._broken.clear()

    def _one_alone(self, refused: Sequence[Candidate]) -> bool:
        """Record the first that can be without the others; whether there is one."""
        for each in refused[:MOST_TRIES]:
            if self._regular([each]):
                del self._broken[each]
                self._admit([each])
                return True
        return False

    def _admit(self, pending: Sequence[Candidate]) -> None:
        """Record the candidates as one, without those that are refused."""
        while pending:
            facts = [each.fact for each in pending]
            self._lay_beside(facts)
            try:
                recording = self._job.depositary.record(
                    facts, recorded_by=self._job.options.recorded_by, amend=self._amending(pending)
                )
            except Malformed as refusal:
                pending = self._without_malformed(pending, refusal)
            except Irregular as refusal:
                pending = self._in_order(pending, _by_place(refusal, len(pending)))
            else:
                new = {each.content.id for each in recording.new}
                for each in pending:
                    known = each.fact.id not in new
                    each.outcome = Outcome.DUPLICATE if known else Outcome.RECORDED
                self._job.shelf.clear()
                if self._job.options.rehearse:
                    self._job.shelf.take(recording.new)
                return

    def _lay_beside(self, facts: Sequence[Fact]) -> None:
        """Have the facts of a batch looked at together."""
        self._job.shelf.clear()
        self._job.shelf.put(facts)

    def _without_malformed(
        self, pending: Sequence[Candidate], refusal: Malformed
    ) -> list[Candidate]:
        for fault in refusal.faults:
            index, pointer = _place(fault.pointer, len(pending))
            pending[index].outcome = Outcome.REJECTED
            self._job.reject(
                pending[index].proposal, "malformed", f"{pointer or '/'}: {fault.detail}"
            )
        return [each for each in pending if each.outcome is Outcome.NEW]

    def _amending(self, pending: Sequence[Candidate]) -> Amend | None:
        """How acts that break a rule are recorded: as the registry has them; our own are refused."""
        registry = self._job.registry
        if registry is None:
            return None
        return lambda place, broken: self._amended(pending[place], broken, registry)

    def _amended(self, candidate: Candidate, broken: Sequence[Breach], registry: Registry) -> Act:
        """A registry's act that breaks a rule is recorded all the same, with the rule and the registry named."""
        act = candidate.act
        if all(each.rule in act.despite for each in broken):
            return act  # the decision is taken anew, since others recorded meanwhile
        note = f"Recorded as {registry.title} has it, despite: {'; '.join(each.detail for each in broken)}."
        candidate.fact = amended = replace(
            act,
            despite=(*act.despite, *dict.fromkeys(each.rule for each in broken)),
            note=note if act.note is None else f"{act.note} {note}",
        )
        for each in broken:
            self._job.report.findings.add(
                Finding(
                    line=candidate.proposal.line,
                    problem=each.rule,
                    detail=f"{act.treaty}, {act.party}: {each.detail} ({each.source})",
                    cell=candidate.proposal.cell,
                    read=candidate.proposal.raw,
                    done="recorded as the registry has it",
                )
            )
        return amended

    def _in_order(
        self, pending: Sequence[Candidate], broken: Mapping[int, Irregular]
    ) -> Sequence[Candidate]:
        """Our own irregular lines are refused, but for one that was regular when those before it were recorded.

        What was regular then may be irregular beside later acts (a notice beside a correction of what it ended);
        the copy of a record must come out the same.
        """
        families: dict[str, list[Candidate]] = {}
        for each in pending:
            families.setdefault(self._job.spool.family_of(_treaty(each)), []).append(each)
        if len(families) > 1:
            for family in families.values():
                self._admit(family)
            return ()
        rest = list(pending)
        for tries, index in enumerate(sorted(broken)):
            candidate = pending[index]
            before = rest[: rest.index(candidate) + 1]
            tried = len(before) == len(pending)
            if not tried and tries < MOST_TRIES and self._regular(before):
                self._admit(before)
                return rest[len(before) :]
            self._broken[candidate] = broken[index]
            rest.remove(candidate)
        return rest

    def _regular(self, candidates: Sequence[Candidate]) -> bool:
        """Whether these could be recorded as they are."""
        rehearsal = Depositary(
            Rehearsal(self._job.keeper.archive), self._job.shelf, self._job.keeper.clock
        )
        facts = [each.fact for each in candidates]
        self._lay_beside(facts)
        try:
            rehearsal.record(facts, recorded_by="")
        except (Malformed, Irregular):
            return False
        return True


def _treaty(candidate: Candidate) -> str:
    return "" if isinstance(candidate.fact, PartyEntry) else candidate.fact.treaty


def _by_place(refusal: Irregular, count: int) -> dict[int, Irregular]:
    """What is refused of each of so many facts."""
    broken: dict[int, list[Breach]] = {}
    for breach in refusal.breaches:
        broken.setdefault(_place(breach.pointer, count)[0], []).append(breach)
    return {index: Irregular(found) for index, found in broken.items()}


def _place(pointer: str, count: int) -> tuple[int, str]:
    """The index to which a pointer leads, and the rest of it; a single fact's pointer has no index."""
    head, _, rest = pointer.removeprefix("/").partition("/")
    if head.isdigit() and int(head) < count:
        return int(head), f"/{rest}" if rest else ""
    return 0, pointer
