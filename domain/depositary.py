"""The one door in: what is to be recorded is checked against the dossier, as one batch, and appended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeAlias

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.clauses import Clauses, contradictions
from domain.errors import Breach, Conflict, Fault, Irregular, Malformed, Refusal
from domain.irregularities import RULES, breaches
from domain.kinds import KINDS, Effect, PartyRule
from domain.parties import Register
from domain.plain import read
from domain.ports import Archive, IdempotencyKey, stream_of
from domain.treaty import TreatyFold

Fact: TypeAlias = Act | Definition | PartyEntry

ATTEMPTS = 5
"""How often a decision is taken anew when others recorded meanwhile."""


class Shelf(Protocol):
    """Where the depositary finds dossiers, at a position of the log."""

    def record(self) -> Record:
        """The record as it stands."""
        ...

    def register(self, record: Record) -> Register:
        """The register of parties."""
        ...

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty."""
        ...

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream has."""
        ...

    def fold(
        self,
        treaty: str,
        record: Record,
        *,
        as_seen: date | None = None,
        also: Sequence[Act | Definition] = (),
    ) -> TreatyFold:
        """The fold of the treaty, with these looked at as if they were recorded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What came of a request to record: an entry for each fact in its order, and which of them are new."""

    entries: tuple[Entry, ...]
    new: tuple[Entry, ...] = ()

    @property
    def duplicates(self) -> int:
        """How many of the facts stood in the record already."""
        return len(self.entries) - len(self.new)


@dataclass(kw_only=True)
class Sifted:
    """A batch sorted out: what can be recorded, and what is refused, by its place in the batch."""

    good: list[Fact] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)


class Depositary:
    """Receives acts, definitions and entries of the register, and records them whole or not at all."""

    def __init__(self, archive: Archive, shelf: Shelf) -> None:
        """Keep to this archive, and decide by the dossiers on this shelf."""
        self._archive = archive
        self._shelf = shelf

    def record(
        self,
        facts: Sequence[Fact],
        *,
        recorded_by: str,
        key: IdempotencyKey | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Recording:
        """Record all of the facts or none; those that stand in the record already are given back as they are.

        `expected` names versions of streams that the caller has seen; if one has moved, `Conflict` is raised.
        Raises `Malformed`, `Irregular`, `Conflict`, `KeyReused`, `Unavailable` or `Full`.
        """
        for attempt in range(1, ATTEMPTS + 1):
            record = self._shelf.record()
            known = self._known(facts)
            placed = _once(enumerate(facts), known)
            new = [fact for _, fact in placed]
            if not new and key is None:
                return Recording(entries=tuple(known[fact.id] for fact in facts))
            self._examine(placed, record, numbered=len(facts) > 1)
            versions = self._versions(new, record)
            try:
                added = self._append(new, versions, recorded_by, key, expected)
            except Conflict:
                if expected is not None or attempt == ATTEMPTS:
                    raise
                continue
            by_id = {**known, **{entry.content.id: entry for entry in added}}
            return Recording(entries=tuple(by_id[fact.id] for fact in facts), new=added)
        raise AssertionError("the last attempt returns or raises")

    def sift(self, facts: Sequence[Fact]) -> Sifted:
        """Sort out a batch: each fact that is refused is left out, and the others are looked at without it."""
        record = self._shelf.record()
        sifted = Sifted(good=list(facts))
        places = {id(fact): index for index, fact in enumerate(facts)}
        while True:
            found = self._refusals(sifted.good, record)
            if not found:
                return sifted
            sifted.refused.update(
                {places[id(sifted.good[index])]: refusal for index, refusal in found.items()}
            )
            sifted.good = [fact for index, fact in enumerate(sifted.good) if index not in found]

    def what_if(
        self, acts: Sequence[Act], treaty: str, record: Record, *, as_seen: date | None = None
    ) -> TreatyFold:
        """The fold of a treaty as it would be with these acts; nothing is recorded."""
        faults = [
            fault
            for index, act in enumerate(acts)
            for fault in self._malformed(act, f"/acts/{index}", acts, record)
        ]
        if faults:
            raise Malformed(faults)
        return self._shelf.fold(treaty, record, as_seen=as_seen, also=acts)

    # --- deciding ---

    def _known(self, facts: Sequence[Fact]) -> dict[str, Entry]:
        """The entries that stand already; an id that is taken by another content is refused."""
        known = dict(self._archive.find([fact.id for fact in facts]))
        faults = [
            Fault(
                pointer=f"/{index}/id", detail="this id stands in the record with another content"
            )
            for index, fact in enumerate(facts)
            if fact.id in known and known[fact.id].content != fact
        ]
        if faults:
            raise Malformed(faults)
        return known

    def faults(self, facts: Sequence[Fact | None]) -> list[list[Fault]]:
        """What is malformed in each of the facts, looked at as one batch; nothing is recorded.

        A fact that could not be made out at all is None, and has no fault here.
        """
        record = self._shelf.record()
        batch = [fact for fact in facts if fact is not None]
        return [
            [] if fact is None else list(self._malformed(fact, "", batch, record)) for fact in facts
        ]

    def _examine(
        self, placed: Sequence[tuple[int, Fact]], record: Record, *, numbered: bool
    ) -> None:
        """Raise `Malformed` with every fault, or else `Irregular` with every rule broken.

        Pointers begin with the place of the fact in what was sent, where that was more than one.
        """
        facts = [fact for _, fact in placed]
        pointers = [f"/{index}" if numbered else "" for index, _ in placed]
        faults = [
            fault
            for pointer, fact in zip(pointers, facts, strict=True)
            for fault in self._malformed(fact, pointer, facts, record)
        ]
        if faults:
            raise Malformed(faults)
        found = [_at(breach, pointers[index]) for index, breach in self._irregular(facts, record)]
        if found:
            raise Irregular(found)

    def _refusals(self, facts: Sequence[Fact], record: Record) -> dict[int, Refusal]:
        refusals: dict[int, Refusal] = {}
        for index, fact in enumerate(facts):
            faults = list(self._malformed(fact, "", facts, record))
            if faults:
                refusals[index] = Malformed(faults)
        if refusals:
            return refusals
        broken: dict[int, list[Breach]] = {}
        for index, breach in self._irregular(facts, record):
            broken.setdefault(index, []).append(breach)
        return {index: Irregular(found) for index, found in broken.items()}

    def _append(
        self,
        facts: Sequence[Fact],
        versions: Mapping[str, int],
        recorded_by: str,
        key: IdempotencyKey | None,
        expected: Mapping[str, int] | None,
    ) -> tuple[Entry, ...]:
        for stream, version in (expected or {}).items():
            actual = versions.get(stream, version)
            if actual != version:
                raise Conflict(stream, version, actual)
        return self._archive.append(facts, expected=versions, recorded_by=recorded_by, key=key)

    def _versions(self, facts: Sequence[Fact], record: Record) -> dict[str, int]:
        return {
            stream: self._shelf.version(stream, record)
            for stream in {stream_of(fact) for fact in facts}
        }

    # --- malformed ---

    def _malformed(
        self, fact: Fact, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        match fact:
            case Act():
                yield from self._malformed_act(fact, pointer, batch, record)
            case Definition():
                yield from self._malformed_definition(fact, pointer, batch, record)
            case PartyEntry():
                return

    def _malformed_act(
        self, act: Act, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        kind = KINDS.get(act.kind)
        if kind is None:
            yield Fault(pointer=f"{pointer}/kind", detail=f"there is no kind of act {act.kind}")
            return
        if act.decisive() is None:
            yield Fault(
                pointer=pointer, detail="needs a date: dated, received, notified or effective"
            )
        if kind.party is PartyRule.REQUIRED and act.party is None:
            yield Fault(
                pointer=f"{pointer}/party",
                detail=f"is missing: {kind.title.lower()} is the act of a party",
            )
        if kind.party is PartyRule.NEVER and act.party is not None:
            yield Fault(
                pointer=f"{pointer}/party",
                detail=f"{kind.title.lower()} is an act of the treaty, not of a party",
            )
        for place, rule in enumerate(act.despite):
            if rule not in RULES:
                yield Fault(pointer=f"{pointer}/despite/{place}", detail=f"there is no rule {rule}")
        if act.despite and not act.note:
            yield Fault(
                pointer=f"{pointer}/note",
                detail="is needed beside despite: say why it is recorded all the same",
            )
        yield from self._unknown_parties(act, pointer, batch, record)
        yield from self._unknown_treaty(act, pointer, batch, record)
        yield from self._bad_reference(act, pointer, batch, record)

    def _unknown_parties(
        self, act: Act, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        register = self._shelf.register(record)
        entered = {fact.party for fact in batch if isinstance(fact, PartyEntry)}
        named = [("party", act.party), ("predecessor", act.predecessor)]
        named.extend((f"towards/{index}", party) for index, party in enumerate(act.towards))
        for name, party in named:
            if party is not None and party not in register and party not in entered:
                near = register.near(party)
                hint = f"; did you mean {' or '.join(near)}?" if near else ""
                yield Fault(pointer=f"{pointer}/{name}", detail=f"there is no party {party}{hint}")

    def _unknown_treaty(
        self, act: Act, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        defined = any(isinstance(fact, Definition) and fact.treaty == act.treaty for fact in batch)
        if not defined and not self._defined(act.treaty, record):
            yield Fault(pointer=f"{pointer}/treaty", detail=f"there is no treaty {act.treaty}")

    def _defined(self, treaty: str, record: Record) -> bool:
        return any(
            isinstance(entry.content, Definition) for entry in self._shelf.entries(treaty, record)
        )

    def _bad_reference(
        self, act: Act, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        corrects = KINDS[act.kind].effect is Effect.RECORD_CORRECTED
        if corrects and act.concerns is None:
            yield Fault(
                pointer=f"{pointer}/concerns",
                detail="is missing: a correction names the entry that it corrects",
            )
        if act.concerns is None:
            return
        target = self._act(act.concerns, act.treaty, batch, record)
        if target is None:
            yield Fault(
                pointer=f"{pointer}/concerns",
                detail=f"there is no act {act.concerns} on file for this treaty",
            )
        elif not corrects and act.party is not None and target.party not in (None, act.party):
            yield Fault(
                pointer=f"{pointer}/concerns",
                detail=f"is an act of {target.party}, not of {act.party}",
            )
        if act.replacement is not None and corrects:
            if act.replacement.treaty != act.treaty:
                yield Fault(
                    pointer=f"{pointer}/replacement/treaty",
                    detail="is another treaty than the entry corrected",
                )
            yield from self._malformed_act(act.replacement, f"{pointer}/replacement", batch, record)

    def _act(
        self, identifier: str, treaty: str, batch: Sequence[Fact], record: Record
    ) -> Act | None:
        on_file = [entry.content for entry in self._shelf.entries(treaty, record)]
        for content in (*on_file, *batch):
            if isinstance(content, Act) and content.treaty == treaty:
                for each in (content, content.replacement):
                    if each is not None and each.id == identifier:
                        return each
        return None

    def _malformed_definition(
        self, definition: Definition, pointer: str, batch: Sequence[Fact], record: Record
    ) -> Iterator[Fault]:
        try:
            clauses = read(Clauses, definition.clauses, f"{pointer}/clauses")
        except Malformed as refusal:
            yield from refusal.faults
            return
        known = {
            *self._shelf.register(record).codes(),
            *(each.party for each in batch if isinstance(each, PartyEntry)),
        }
        for fault in contradictions(clauses, parties=frozenset(known) if known else None):
            yield Fault(pointer=f"{pointer}{fault.pointer}", detail=fault.detail)

    # --- irregular ---

    def _irregular(self, facts: Sequence[Fact], record: Record) -> Iterator[tuple[int, Breach]]:
        """The rules that the acts break and do not name in `despite`, each with the act's place in the batch."""
        by_treaty: dict[str, list[Act | Definition]] = {}
        for fact in facts:
            if isinstance(fact, Act | Definition):
                by_treaty.setdefault(fact.treaty, []).append(fact)
        folds = {
            treaty: self._shelf.fold(treaty, record, also=also)
            for treaty, also in by_treaty.items()
            if any(isinstance(each, Act) for each in also)
        }
        for index, fact in enumerate(facts):
            if not isinstance(fact, Act):
                continue
            looked_at = fact.replacement if fact.replacement is not None else fact
            for breach in breaches(folds[fact.treaty], looked_at):
                if breach.rule not in (*fact.despite, *looked_at.despite):
                    yield index, breach


def _once(placed: Iterable[tuple[int, Fact]], known: Mapping[str, Entry]) -> list[tuple[int, Fact]]:
    """Each fact that is not on record yet, once, with its first place."""
    first: dict[str, tuple[int, Fact]] = {}
    for index, fact in placed:
        if fact.id not in known:
            first.setdefault(fact.id, (index, fact))
    return list(first.values())


def _at(breach: Breach, pointer: str) -> Breach:
    return Breach(pointer=pointer, rule=breach.rule, source=breach.source, detail=breach.detail)
