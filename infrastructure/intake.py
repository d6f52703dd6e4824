"""How a file comes in: read, laid aside by treaty, compared with the record, and recorded batch by batch.

A batch is recorded whole or not at all, so that an import can be stopped at any point and simply run again:
what is on file is found there.
Our own lines are held to the law, as everywhere: one that breaks a rule says so (`despite`) or is rejected.
A registry is evidence of what States did: what breaks a rule is recorded with the rule and the registry named.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, BinaryIO, Protocol

import msgspec

from domain.acts import Act, Definition, PartyEntry
from domain.bounds import Record
from domain.dates import earliest, in_words
from domain.depositary import Depositary
from domain.errors import Fault, Irregular, Malformed
from domain.kinds import KINDS
from domain.ports import Clock
from domain.treaty import TreatyFold
from infrastructure.archive import EventArchive
from infrastructure.beside import Beside
from infrastructure.comparing import Candidate, Compared, Correction, Outcome, TreatyOnFile
from infrastructure.days import read_day
from infrastructure.dossiers import Dossiers
from infrastructure.importers import Format, recognise
from infrastructure.importers.joining import joined
from infrastructure.importers.lines import head_of
from infrastructure.importers.mapping import TableMapping
from infrastructure.importers.proposals import Finding, Proposal, Registry, Wire
from infrastructure.importers.reading import Reading
from infrastructure.naming import Aliases, Naming
from infrastructure.rehearsal import Rehearsal
from infrastructure.spool import Findings, LaidAside, Spool
from infrastructure.treaty_names import TreatyNames, definitions_on_file, dependencies
from infrastructure.wire import Fact, read_objects, written_fact

BATCH = 4_000
"""Proposals that are looked at together and recorded as one; treaties that depend on each other are not parted."""

IN_MEMORY = 20_000
"""Entries of the record that are kept at hand while a file comes in; each treaty is asked for once or twice."""

LARGEST_FAMILY = 40_000
"""Proposals of one treaty, and of those on which it depends, that are looked at together."""

OFTEN = 500
"""Items between two reports of progress while a file is read."""

MOST_TRIES = 200
"""How often, for one treaty, a line is tried with only those before it."""

PIECE = 1024 * 1024


class Keeper(Protocol):
    """What an import needs of the service."""

    @property
    def archive(self) -> EventArchive:
        """Where the record is kept."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells the day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be imported; the format is seen from the content unless it is named.

    `strict` records nothing if any line is rejected; `rehearse` records nothing in any case.
    """

    recorded_by: str
    name: str = ""
    format: str | None = None
    mapping: TableMapping | None = None
    aliases: Aliases | None = None
    strict: bool = False
    rehearse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import has got: bytes while it reads, proposals while it records."""

    stage: str
    done: int
    total: int


Watch = Callable[[Progress], None]
"""Hears of progress; what it raises stops the import, with nothing half done."""


@dataclass(kw_only=True)
class Report:
    """What came of an import: lines read, recorded, found on file and rejected, and facts recorded by type.

    A line is recorded if anything that it says was new; it is rejected if nothing of it was taken.
    """

    format: str | None = None
    registry: str | None = None
    read: int = 0
    recorded: int = 0
    duplicate: int = 0
    rejected: int = 0
    acts: int = 0
    treaties: int = 0
    parties: int = 0
    findings: Findings = field(default_factory=Findings)
    corrections: LaidAside[Wire] = field(default_factory=lambda: LaidAside(dict[str, Any]))


def import_file(
    file: BinaryIO, keeper: Keeper, options: Options, watch: Watch = lambda _: None
) -> Report:
    """Record what the file says and the record does not have; the file is seekable and stays open.

    Raises `Conflict`, `Unavailable` or `Full`; what was recorded before stays, and running again goes on.
    """
    if options.rehearse or options.strict:
        rehearsed = _run(file, keeper, replace(options, rehearse=True), watch)
        if options.rehearse:
            return rehearsed
        if rehearsed.rejected:
            rehearsed.recorded = rehearsed.acts = rehearsed.treaties = rehearsed.parties = 0
            return rehearsed
    return _run(file, keeper, options, watch)


def _run(file: BinaryIO, keeper: Keeper, options: Options, watch: Watch) -> Report:
    with Spool() as spool:
        job = _Import(keeper, options, spool, watch)
        job.read(file)
        job.record()
        return job.report


class _Import:
    """One file on its way into the record."""

    def __init__(self, keeper: Keeper, options: Options, spool: Spool, watch: Watch) -> None:
        self.report = Report()
        self._keeper = keeper
        self._options = options
        self._spool = spool
        self._watch = watch
        self._today = keeper.clock.today()
        dossiers = Dossiers(keeper.archive, capacity=IN_MEMORY)
        self._shelf = Beside(keeper.archive, dossiers, spool.family_of)
        archive = Rehearsal(keeper.archive) if options.rehearse else keeper.archive
        self._depositary = Depositary(archive, self._shelf)
        self._treaties = TreatyNames(definitions_on_file(keeper.archive))
        self._registry: Registry | None = None
        self._source: Wire = {}
        self._slugs: dict[str, str] = {}
        self._keys: set[str] = set()
        self._only_rejected: set[int] = set()
        self._last_line = 0
        self._broken = False
        self._rehearsed: list[Fact] = []

    # --- reading ---

    def read(self, file: BinaryIO) -> None:
        """Lay aside what the file proposes, and keep what was found on the way."""
        head = head_of(file)
        size = _size(file)
        reading = Reading(
            file=file,
            head=head,
            name=self._options.name,
            today=self._today,
            mapping=self._options.mapping,
        )
        found = recognise(reading, self._options.format)
        if isinstance(found, Finding):
            self._find(found)
            return
        form, reading = found
        self.report.format = form.name
        digest = _digest(file)
        self._read_items(form, reading, digest, size)
        self._watch(Progress(stage="reading", done=size, total=size))

    def _read_items(self, form: Format, reading: Reading, digest: str, size: int) -> None:
        for number, item in enumerate(form.read(reading)):
            match item:
                case Registry():
                    self._registry = item
                    self.report.registry = item.mark
                    self._source = _source(item, digest)
                case Finding():
                    self._find(item)
                case Proposal():
                    self._lay_aside(item)
            if number % OFTEN == 0:
                done = min(reading.file.tell(), size)
                self._watch(Progress(stage="reading", done=done, total=size))

    def _find(self, finding: Finding) -> None:
        self.report.findings.add(finding)
        self._broken = self._broken or finding.problem == "cut_off"
        if not finding.rejects:
            return
        if finding.line is None:
            self._broken = True
            self._reject_lines(1)
        elif finding.line != self._last_line:
            self._only_rejected.add(finding.line)

    def _lay_aside(self, proposal: Proposal) -> None:
        if self._registry is not None:
            proposal = self._placed(proposal, self._registry)
        for line in proposal.lines:
            self._only_rejected.discard(line)
            self._last_line = line
        kind, key = proposal.fact.get("type", "act"), proposal.fact.get("treaty")
        if kind == "party" or not isinstance(key, str):
            key = ""
        self._spool.add(key, proposal)
        clauses = proposal.fact.get("clauses")
        if kind == "treaty" and key and isinstance(clauses, dict):
            self._spool.relate(key, dependencies(clauses))

    def _placed(self, proposal: Proposal, registry: Registry) -> Proposal:
        """The proposal under the slug of the record; a treaty that is on file stays out of what is recorded."""
        proposed = str(proposal.fact["treaty"])
        if proposal.fact.get("type") == "treaty":
            matched = self._treaties.match(proposal, registry)
            self._slugs[proposed] = matched.slug
            self._keys.update(proposal.known_by)
            for each in matched.findings:
                self.report.findings.add(each)
            fact = {**proposal.fact, "treaty": matched.slug}
            if matched.on_file:
                fact = {"type": "on file", "treaty": matched.slug}
            else:
                self._treaties.add(matched.slug, str(fact["title"]), fact["identifiers"], {})
            return msgspec.structs.replace(proposal, fact=fact)
        slug = self._slugs.get(proposed, proposed)
        return msgspec.structs.replace(proposal, fact={**proposal.fact, "treaty": slug})

    def _reject_lines(self, count: int) -> None:
        self.report.read += count
        self.report.rejected += count

    # --- recording ---

    def record(self) -> None:
        """Compare and record what was laid aside, the register first."""
        self._reject_lines(len(self._only_rejected))
        done, total = 0, self._spool.count
        for keys in self._batches():
            for part in self._parts(keys):
                self._record_batch(part)
                done += len(part)
                self._watch(Progress(stage="recording", done=done, total=total))
        if self._registry is not None and not self._broken:
            self._vanished_treaties(self._registry)

    def _batches(self) -> Iterator[tuple[str, ...]]:
        """The treaties batch by batch, those that depend on each other in one."""
        families = list(self._families())
        if ("",) in families:
            families.remove(("",))
            yield ("",)
        batch: list[str] = []
        for family in families:
            if batch and self._spool.size((*batch, *family)) > BATCH:
                yield tuple(batch)
                batch = []
            batch.extend(family)
        if batch:
            yield tuple(batch)

    def _families(self) -> Iterator[tuple[str, ...]]:
        named = [each for family in self._spool.families() for each in family]
        there = set(named)
        for each in named:
            self._spool.relate(each, there.intersection(self._treaties.depends_on(each)))
        yield from self._spool.families()

    def _parts(self, keys: Sequence[str]) -> Iterator[list[Proposal]]:
        proposals = self._spool.take(keys)
        whole = len(proposals) <= LARGEST_FAMILY or self._options.rehearse or self._registry
        step = len(proposals) if whole else LARGEST_FAMILY
        for start in range(0, len(proposals), max(step, 1)):
            yield proposals[start : start + step]

    def _record_batch(self, proposals: Sequence[Proposal]) -> None:
        record = self._shelf.record()
        self._shelf.put(self._rehearsed)
        naming = Naming(self._shelf.register(record), self._options.aliases)
        lines = _Lines()
        candidates = list(self._candidates(proposals, naming, lines))
        compared = [each for each in candidates if isinstance(each.fact, Act)]
        self._compare(compared, proposals, record, naming)
        self._admit([each for each in candidates if each.outcome is Outcome.NEW])
        for each in candidates:
            lines.tell(each.proposal, each.outcome)
            self._count(each)
        self.report.read += len(lines)
        self.report.recorded += lines.having(Outcome.RECORDED)
        self.report.duplicate += lines.having(Outcome.DUPLICATE)
        self.report.rejected += lines.having(Outcome.REJECTED)

    def _count(self, candidate: Candidate) -> None:
        if candidate.outcome is not Outcome.RECORDED:
            return
        match candidate.fact:
            case Act():
                self.report.acts += 1
            case Definition():
                self.report.treaties += 1
                if self._registry is not None:
                    self.report.findings.add(_defined(candidate))
            case PartyEntry():
                self.report.parties += 1

    # --- from proposals to facts ---

    def _candidates(
        self, proposals: Sequence[Proposal], naming: Naming, lines: "_Lines"
    ) -> Iterator[Candidate]:
        """The facts that the proposals are, in the order of the file; what is none is found and told."""
        readable: list[Proposal] = []
        for each in joined(proposals):
            if each.fact.get("type") == "on file":
                continue
            named = each if self._registry is None else self._said_by(each, naming)
            if named is None:
                lines.tell(each, Outcome.REJECTED)
            else:
                readable.append(named)
        read = read_objects([each.fact for each in readable], naming)
        for proposal, one in zip(readable, read, strict=True):
            if one.fact is None or one.faults:
                self._tell_faults(proposal, one.faults)
                lines.tell(proposal, Outcome.REJECTED)
            else:
                yield Candidate(proposal=proposal, fact=one.fact)

    def _said_by(self, proposal: Proposal, naming: Naming) -> Proposal | None:
        """A registry's proposal with its source and its party's code; None where nobody is meant for certain."""
        assert self._registry is not None, "asked only of what a registry says"
        source = {**self._source, "quote": proposal.raw[:2_000]} if proposal.raw else self._source
        fact = {**proposal.fact, "sources": [source]}
        party = fact.get("party")
        if party is not None:
            code = self._party(proposal, str(party), naming, self._registry)
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
                self.report.findings.add(_outside(proposal, text, meant.code, on))
            return meant.code
        self.report.findings.add(
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
            self._reject(proposal, "malformed", f"{fault.pointer or '/'}: {fault.detail}")

    def _reject(self, proposal: Proposal, problem: str, detail: str) -> None:
        self.report.findings.add(
            Finding(
                line=proposal.line,
                problem=problem,
                detail=detail,
                cell=proposal.cell,
                read=proposal.raw,
                rejects=True,
            )
        )

    # --- beside the record ---

    def _compare(
        self,
        candidates: Sequence[Candidate],
        proposals: Sequence[Proposal],
        record: Record,
        naming: Naming,
    ) -> None:
        by_treaty: dict[str, list[Candidate]] = {}
        if (
            self._registry is not None
        ):  # a treaty of which nothing could be read has all the same been named
            by_treaty = {str(each.fact["treaty"]): [] for each in proposals}
        for each in candidates:
            by_treaty.setdefault(each.act.treaty, []).append(each)
        for treaty, theirs in by_treaty.items():
            said = Compared()
            on_file = self._on_file(treaty, record, naming)
            on_file.compare(theirs, said)
            for finding in said.findings:
                self.report.findings.add(finding)
            for correction in said.corrections:
                self._propose(correction)
            covered = self._registry is not None and self._registry.covers != "nothing"
            if covered and not self._broken:
                self._tell_vanished(on_file.vanished())

    def _on_file(self, treaty: str, record: Record, naming: Naming) -> TreatyOnFile:
        def fold() -> TreatyFold:
            return self._shelf.fold(treaty, record)

        entries = self._shelf.entries(treaty, record)
        return TreatyOnFile(entries, self._registry, naming.person, fold)

    def _vanished_treaties(self, registry: Registry) -> None:
        """Acts of the registry in treaties that a file of everything does not name."""
        if registry.covers != "everything":
            return
        record = self._shelf.record()
        naming = Naming(self._shelf.register(record))
        named = set(self._slugs.values())
        for treaty in self._treaties.known_by(self._keys):
            if treaty not in named:
                self._tell_vanished(self._on_file(treaty, record, naming).vanished())

    def _tell_vanished(self, acts: Iterable[Act]) -> None:
        for act in acts:
            day = act.decisive()
            when = "" if day is None else f" of {earliest(day).isoformat()}"
            what = KINDS[act.kind].title.lower()
            detail = f"{act.treaty}, {act.party}: the {what}{when} stands in the registry no longer"
            self.report.findings.add(
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
            "dated": self._today.isoformat(),
            "concerns": act.id,
            "note": correction.why,
            "sources": [self._source] if self._source else [],
        }
        if act.party is not None:
            proposed["party"] = act.party
        if correction.replacement is not None:
            written = written_fact(replace(correction.replacement, id=""))
            proposed["replacement"] = {
                key: each for key, each in written.items() if key != "id" and each not in (None, [])
            }
        self.report.corrections.add(proposed)

    # --- through the door ---

    def _admit(self, pending: Sequence[Candidate]) -> None:
        """Record the candidates as one; those that are refused are told, or amended, and the others go on."""
        while pending:
            facts = [each.fact for each in pending]
            self._lay_beside(facts)
            try:
                recording = self._depositary.record(facts, recorded_by=self._options.recorded_by)
            except Malformed as refusal:
                pending = self._without_malformed(pending, refusal)
            except Irregular as refusal:
                pending = self._without_irregular(pending, refusal)
            else:
                new = {each.content.id for each in recording.new}
                for each in pending:
                    known = each.fact.id not in new
                    each.outcome = Outcome.DUPLICATE if known else Outcome.RECORDED
                if self._options.rehearse:
                    self._rehearsed.extend(each for each in facts if isinstance(each, PartyEntry))
                self._shelf.clear()
                return

    def _lay_beside(self, facts: Sequence[Fact]) -> None:
        """Have the facts of a batch looked at together; in a rehearsal those of the batches before as well."""
        self._shelf.clear()
        self._shelf.put((*self._rehearsed, *facts))

    def _without_malformed(
        self, pending: Sequence[Candidate], refusal: Malformed
    ) -> list[Candidate]:
        for fault in refusal.faults:
            index, pointer = _place(fault.pointer, len(pending))
            pending[index].outcome = Outcome.REJECTED
            self._reject(pending[index].proposal, "malformed", f"{pointer or '/'}: {fault.detail}")
        return [each for each in pending if each.outcome is Outcome.NEW]

    def _without_irregular(
        self, pending: Sequence[Candidate], refusal: Irregular
    ) -> Sequence[Candidate]:
        broken: dict[int, Irregular] = {}
        for breach in refusal.breaches:
            index, _ = _place(breach.pointer, len(pending))
            found = broken[index].breaches if index in broken else ()
            broken[index] = Irregular([*found, breach])
        if self._registry is None:
            return self._in_order(pending, broken)
        for index, each in broken.items():
            self._amend(pending[index], each, self._registry)
        return pending

    def _amend(self, candidate: Candidate, refusal: Irregular, registry: Registry) -> None:
        """A registry's act that breaks a rule is recorded all the same, with the rule and the registry named."""
        act = candidate.act
        broken = [each for each in refusal.breaches if each.rule not in act.despite]
        note = f"Recorded as {registry.title} has it, despite: {'; '.join(each.detail for each in broken)}."
        candidate.fact = replace(
            act,
            despite=(*act.despite, *dict.fromkeys(each.rule for each in broken)),
            note=note if act.note is None else f"{act.note} {note}",
        )
        for each in broken:
            self.report.findings.add(
                Finding(
                    line=candidate.proposal.line,
                    problem=each.rule,
                    detail=f"{act.treaty}, {act.party}: {each.detail} ({each.source})",
                    cell=candidate.proposal.cell,
                    read=candidate.proposal.raw,
                    done="recorded as the registry has it",
                )
            )

    def _in_order(
        self, pending: Sequence[Candidate], broken: Mapping[int, Irregular]
    ) -> Sequence[Candidate]:
        """Our own irregular lines are rejected, but for one that was regular when those before it were recorded.

        What was regular then may be irregular beside later acts (a notice beside a correction of what it ended);
        the copy of a record must come out the same.
        """
        families: dict[str, list[Candidate]] = {}
        for each in pending:
            families.setdefault(self._spool.family_of(_treaty(each)), []).append(each)
        if len(families) > 1:
            for family in families.values():
                self._admit(family)
            return ()
        rest = list(pending)
        for tries, index in enumerate(sorted(broken)):
            candidate = pending[index]
            before = rest[: rest.index(candidate) + 1]
            if tries < MOST_TRIES and len(before) < len(rest) and self._regular(before):
                self._admit(before)
                return rest[len(before) :]
            candidate.outcome = Outcome.REJECTED
            for breach in broken[index].breaches:
                self._reject(candidate.proposal, breach.rule, f"{breach.detail} ({breach.source})")
            rest.remove(candidate)
        return rest

    def _regular(self, candidates: Sequence[Candidate]) -> bool:
        """Whether these could be recorded as they are."""
        rehearsal = Depositary(Rehearsal(self._keeper.archive), self._shelf)
        facts = [each.fact for each in candidates]
        self._lay_beside(facts)
        try:
            rehearsal.record(facts, recorded_by="")
        except (Malformed, Irregular):
            return False
        return True


# --- lines ---


class _Lines:
    """The lines of a batch and what became of each: the best that became of anything it says."""

    _RANKS = (Outcome.RECORDED, Outcome.DUPLICATE, Outcome.REJECTED)

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}

    def __len__(self) -> int:
        return len(self._outcomes)

    def tell(self, proposal: Proposal, outcome: Outcome) -> None:
        """Hear what became of a proposal."""
        for line in proposal.lines:
            before = self._outcomes.get(line, Outcome.REJECTED)
            self._outcomes[line] = min(before, outcome, key=self._RANKS.index)

    def having(self, outcome: Outcome) -> int:
        """How many lines came out so."""
        return sum(each is outcome for each in self._outcomes.values())


# --- small things ---


def _treaty(candidate: Candidate) -> str:
    return "" if isinstance(candidate.fact, PartyEntry) else candidate.fact.treaty


def _decisive(fact: Wire) -> date | None:
    for name in ("received", "dated", "notified", "effective", "claimed_effective"):
        if fact.get(name):
            return earliest(read_day(str(fact[name])))
    return None


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


def _defined(candidate: Candidate) -> Finding:
    assert isinstance(candidate.fact, Definition), "only treaties are defined"
    return Finding(
        line=candidate.proposal.line,
        problem="treaty_defined",
        detail=f"{candidate.fact.treaty}: {candidate.fact.title[:200]}",
        read=candidate.proposal.raw,
        done="defined with what the registry says of it, and without clauses",
    )


def _source(registry: Registry, digest: str) -> Wire:
    source: Wire = {"title": registry.title, "sha256": digest}
    if registry.url is not None:
        source["url"] = registry.url
    if registry.published is not None:
        source["published"] = registry.published
    return source


def _place(pointer: str, count: int) -> tuple[int, str]:
    """The index to which a pointer leads, and the rest of it; a single fact's pointer has no index."""
    head, _, rest = pointer.removeprefix("/").partition("/")
    if head.isdigit() and int(head) < count:
        return int(head), f"/{rest}" if rest else ""
    return 0, pointer


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
