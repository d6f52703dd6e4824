"""The one door in: what is to be recorded is checked against the dossier, as one batch, and appended."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol, TypeAlias, assert_never

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Record
from domain.clauses import Clauses
from domain.contradictions import contradictions
from domain.dates import earliest
from domain.errors import Breach, Conflict, Fault, Irregular, Malformed, Refusal
from domain.family import family_of
from domain.irregularities import RULES, breaches
from domain.kinds import KINDS, Effect, PartyRule
from domain.parties import Register, party_from
from domain.plain import read
from domain.ports import Archive, Clock, IdempotencyKey, stream_of
from domain.treaty import TreatyFold

Fact: TypeAlias = Act | Definition | PartyEntry
Amend: TypeAlias = Callable[[int, Sequence[Breach]], Act]
"""Gives for the act at a place, and the rules that it breaks, the act that names them in `despite` and says why."""

ATTEMPTS = 5
"""How often a decision is taken anew when others recorded meanwhile."""

ROUNDS = 25
"""How often a batch is looked at again after some of it was left out."""

TAKEN = Fault(pointer="/id", detail="this id stands in the record with another content")
"""Of a fact whose id belongs to another."""

UNWEIGHED = Fault(pointer="", detail="rests on too much that was left out; send it again without")
"""Why a fact is left out that was not looked at in the last round."""


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


class Batch:
    """Facts that are looked at together, and what they and the record know, found once."""

    def __init__(
        self, facts: Sequence[Fact], shelf: Shelf, record: Record, *, latest: date | None = None
    ) -> None:
        """Look at these facts as if they were recorded after what the shelf has, with none done after `latest`."""
        self.latest = latest
        self.shelf = shelf
        self.record = record
        self.register = shelf.register(record)
        self.entered = {each.party for each in facts if isinstance(each, PartyEntry)}
        self.by_treaty: dict[str, list[Act | Definition]] = {}
        for each in facts:
            if isinstance(each, Act | Definition):
                self.by_treaty.setdefault(each.treaty, []).append(each)
        self._files: dict[str, tuple[bool, Mapping[str, Act]]] = {}
        self._new: dict[str, frozenset[str]] = {}

    def knows_party(self, code: str) -> bool:
        """Whether the party is in the register, or among the facts."""
        return code in self.register or code in self.entered

    def parties(self) -> frozenset[str]:
        """The codes of all parties known."""
        return frozenset({*self.register.codes(), *self.entered})

    def knows_treaty(self, treaty: str) -> bool:
        """Whether the treaty has a definition."""
        return self._file(treaty)[0]

    def act(self, identifier: str, treaty: str) -> Act | None:
        """The act, or the one put in the place of another by a correction."""
        return self._file(treaty)[1].get(identifier)

    def acts_of(self, treaty: str) -> frozenset[str]:
        """The ids of the acts of the treaty that are recorded together, those put in the place of others too."""
        if treaty not in self._new:
            acts = [each for each in self.by_treaty[treaty] if isinstance(each, Act)]
            put = [each.replacement for each in acts if each.replacement is not None]
            self._new[treaty] = frozenset(each.id for each in (*acts, *put))
        return self._new[treaty]

    def beside(self, treaty: str) -> tuple[Act | Definition, ...]:
        """The facts that bear on the treaty: its own, and those of the treaties on which its course depends."""
        if len(self.by_treaty) == 1:
            return tuple(self.by_treaty[treaty])
        family = family_of(treaty, self._clauses)
        return tuple(each for member in family for each in self.by_treaty.get(member, ()))

    def _clauses(self, treaty: str) -> Clauses:
        """The clauses of the treaty's latest version; none where they are not known."""
        found = [each for each in self._contents(treaty) if isinstance(each, Definition)]
        return read(Clauses, found[-1].clauses) if found else Clauses()

    def _contents(self, treaty: str) -> Sequence[object]:
        on_file = (entry.content for entry in self.shelf.entries(treaty, self.record))
        return (*on_file, *self.by_treaty.get(treaty, ()))

    def _file(self, treaty: str) -> tuple[bool, Mapping[str, Act]]:
        """Whether the treaty is defined, and its acts by id."""
        if treaty not in self._files:
            contents = self._contents(treaty)
            acts: dict[str, Act] = {}
            for each in contents:
                if isinstance(each, Act):
                    for one in (each, each.replacement):
                        if one is not None:
                            acts.setdefault(one.id, one)
            defined = any(isinstance(each, Definition) for each in contents)
            self._files[treaty] = defined, acts
        return self._files[treaty]


class Depositary:
    """Receives acts, definitions and entries of the register, and records them whole or not at all."""

    def __init__(self, archive: Archive, shelf: Shelf, clock: Clock | None = None) -> None:
        """Keep to this archive, and decide by the dossiers on this shelf; without a clock no day is still to come."""
        self._archive = archive
        self._shelf = shelf
        self._clock = clock

    def record(
        self,
        facts: Sequence[Fact],
        *,
        recorded_by: str,
        key: IdempotencyKey | None = None,
        expected: Mapping[str, int] | None = None,
        amend: Amend | None = None,
    ) -> Recording:
        """Record all of the facts or none; those that stand in the record already are given back as they are.

        `amend` is asked about each act that breaks rules, and gives what is recorded in its place; without it such
        acts are refused.
        `expected` names versions of streams that the caller has seen; if one has moved, `Conflict` is raised.
        Raises `Malformed`, `Irregular`, `Conflict`, `KeyReused`, `Unavailable` or `Full`.
        """
        attempt = 1
        while True:
            record = self._shelf.record()
            known = self._known(facts)
            placed = _once(enumerate(facts), known)
            new = [fact for _, fact in placed]
            if not new and key is None:
                return Recording(entries=tuple(known[fact.id] for fact in facts))
            new = self._examine(placed, record, facts, amend)
            versions = self._versions(new, record)
            self._compare(expected or {}, record)
            try:
                added = self._archive.append(
                    new, expected=versions, recorded_by=recorded_by, key=key
                )
            except Conflict:
                if expected is not None or attempt == ATTEMPTS:
                    raise
                attempt += 1
                continue
            by_id = {**known, **{entry.content.id: entry for entry in added}}
            return Recording(entries=tuple(by_id[fact.id] for fact in facts), new=added)

    def sift(self, facts: Sequence[Fact]) -> Sifted:
        """Sort out a batch: each fact that is refused is left out, and the others are looked at without it.

        What is left out of one treaty bears on the facts that name it and no others, so only those are looked at again.
        """
        record = self._shelf.record()
        known = self._archive.find([fact.id for fact in facts])
        refused: dict[int, Refusal] = {place: Malformed([TAKEN]) for place in _taken(facts, known)}
        new = dict(_once(enumerate(facts), known))
        unread = unweighed = set(new)
        for _ in range(ROUNDS):
            standing = {place: fact for place, fact in new.items() if place not in refused}
            batch = self._batch(list(standing.values()), record)
            found = _all_malformed(_placed(standing, unread), batch)
            unread = set()
            if not found:
                found = _all_irregular(_placed(standing, unweighed), batch)
                unweighed = set()
            if not found:
                break
            refused.update(found)
            near = _near(standing, found)
            unread, unweighed = near, unweighed | near
        for place in unweighed - refused.keys():
            refused[place] = Malformed([UNWEIGHED])
        because = {fact.id: refused[place] for place, fact in new.items() if place in refused}
        for place, fact in enumerate(facts):
            if fact.id in because and fact.id not in known:
                refused.setdefault(place, because[fact.id])
        good = [fact for place, fact in enumerate(facts) if place not in refused]
        return Sifted(good=good, refused=refused)

    def what_if(
        self, acts: Sequence[Act], treaty: str, record: Record, *, as_seen: date | None = None
    ) -> TreatyFold:
        """The fold of a treaty as it would be with these acts; nothing is recorded."""
        batch = Batch(acts, self._shelf, record)
        faults = [
            fault
            for index, act in enumerate(acts)
            for fault in _malformed(act, f"/acts/{index}", batch)
        ]
        if faults:
            raise Malformed(faults)
        return self._shelf.fold(treaty, record, as_seen=as_seen, also=acts)

    # --- deciding ---

    def _known(self, facts: Sequence[Fact]) -> dict[str, Entry]:
        """The entries that stand already; an id that is taken by another content is refused."""
        known = dict(self._archive.find([fact.id for fact in facts]))
        faults = [
            Fault(pointer=f"{_place(index, facts)}{TAKEN.pointer}", detail=TAKEN.detail)
            for index in _taken(facts, known)
        ]
        if faults:
            raise Malformed(faults)
        return known

    def faults(self, facts: Sequence[Fact | None]) -> list[list[Fault]]:
        """What is malformed in each of the facts, looked at as one batch; nothing is recorded.

        A fact that could not be made out at all is None, and has no fault here.
        """
        record = self._shelf.record()
        batch = self._batch([fact for fact in facts if fact is not None], record)
        return [[] if fact is None else list(_malformed(fact, "", batch)) for fact in facts]

    def _batch(self, facts: Sequence[Fact], record: Record) -> Batch:
        """The facts as a batch of things done; somewhere on Earth it is tomorrow already."""
        latest = None if self._clock is None else self._clock.today() + timedelta(days=1)
        return Batch(facts, self._shelf, record, latest=latest)

    def _examine(
        self,
        placed: Sequence[tuple[int, Fact]],
        record: Record,
        sent: Sequence[Fact],
        amend: Amend | None,
    ) -> list[Fact]:
        """The facts as they can be recorded; raise `Malformed` with every fault, or else `Irregular` with every rule.

        Pointers begin with the place of the fact in what was sent, where that was more than one.
        """
        facts = [fact for _, fact in placed]
        pointers = [_place(index, sent) for index, _ in placed]
        batch = self._batch(facts, record)
        faults = [
            fault
            for pointer, fact in zip(pointers, facts, strict=True)
            for fault in _malformed(fact, pointer, batch)
        ]
        if faults:
            raise Malformed(faults)
        broken: dict[int, list[Breach]] = {}
        for index, breach in _irregular(enumerate(facts), batch):
            broken.setdefault(index, []).append(breach)
        if amend is not None:
            for index, found in list(broken.items()):
                facts[index] = _amended(facts[index], amend(placed[index][0], found))
                broken[index] = [each for each in found if not _named(each.rule, facts[index])]
        left = [_at(each, pointers[index]) for index, found in broken.items() for each in found]
        if left:
            raise Irregular(left)
        return facts

    def _compare(self, expected: Mapping[str, int], record: Record) -> None:
        """Raise `Conflict` if a stream that the caller has seen has moved, whether it is written to or not."""
        for stream, version in expected.items():
            actual = self._shelf.version(stream, record)
            if actual != version:
                raise Conflict(stream, version, actual)

    def _versions(self, facts: Sequence[Fact], record: Record) -> dict[str, int]:
        return {
            stream: self._shelf.version(stream, record)
            for stream in {stream_of(fact) for fact in facts}
        }


# --- malformed ---


def _malformed(fact: Fact, pointer: str, batch: Batch) -> Iterator[Fault]:
    match fact:
        case Act():
            yield from _malformed_act(fact, pointer, batch)
        case Definition():
            yield from _malformed_definition(fact, pointer, batch)
        case PartyEntry():
            yield from _malformed_party(fact, pointer)
        case _:
            assert_never(fact)


def _malformed_party(entry: PartyEntry, pointer: str) -> Iterator[Fault]:
    """An entry that the register could not read would stand in its way for ever."""
    try:
        code = party_from(entry.data).code
    except (KeyError, ValueError) as fault:
        yield Fault(pointer=pointer, detail=f"cannot be read as a party: {fault}")
        return
    if code != entry.party:
        yield Fault(pointer=f"{pointer}/party", detail=f"describes {code}, not {entry.party}")


def _malformed_act(act: Act, pointer: str, batch: Batch) -> Iterator[Fault]:
    kind = KINDS.get(act.kind)
    if kind is None:
        yield Fault(pointer=f"{pointer}/kind", detail=f"there is no kind of act {act.kind}")
        return
    if act.decisive() is None:
        yield Fault(pointer=pointer, detail="needs a date: dated, received, notified or effective")
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
    yield from _to_come(act, pointer, batch.latest)
    yield from _bad_despite(act, pointer)
    yield from _unknown_parties(act, pointer, batch)
    if not batch.knows_treaty(act.treaty):
        yield Fault(pointer=f"{pointer}/treaty", detail=f"there is no treaty {act.treaty}")
    if act.concerns is not None:
        yield from _bad_reference(act, act.concerns, pointer, batch)
    elif kind.effect is Effect.RECORD_CORRECTED:
        yield Fault(
            pointer=f"{pointer}/concerns",
            detail="is missing: a correction names the entry that it corrects",
        )


def _to_come(act: Act, pointer: str, latest: date | None) -> Iterator[Fault]:
    """What is still to be done is no act yet; only an effect may lie ahead."""
    dates = (("dated", act.dated), ("received", act.received), ("notified", act.notified))
    for name, on in dates:
        if latest is not None and on is not None and earliest(on) > latest:
            detail = "is still to come: only what is done is recorded; an effect that lies ahead is effective"
            yield Fault(pointer=f"{pointer}/{name}", detail=detail)


def _bad_despite(act: Act, pointer: str) -> Iterator[Fault]:
    for place, rule in enumerate(act.despite):
        if rule not in RULES:
            yield Fault(pointer=f"{pointer}/despite/{place}", detail=f"there is no rule {rule}")
    if act.despite and not act.note:
        yield Fault(
            pointer=f"{pointer}/note",
            detail="is needed beside despite: say why it is recorded all the same",
        )


def _unknown_parties(act: Act, pointer: str, batch: Batch) -> Iterator[Fault]:
    named = [("party", act.party), ("predecessor", act.predecessor)]
    named.extend((f"towards/{index}", party) for index, party in enumerate(act.towards))
    for name, party in named:
        if party is not None and not batch.knows_party(party):
            near = batch.register.near(party)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            yield Fault(pointer=f"{pointer}/{name}", detail=f"there is no party {party}{hint}")


def _bad_reference(act: Act, concerns: str, pointer: str, batch: Batch) -> Iterator[Fault]:
    corrects = KINDS[act.kind].effect is Effect.RECORD_CORRECTED
    target = batch.act(concerns, act.treaty)
    if target is None:
        yield Fault(
            pointer=f"{pointer}/concerns",
            detail=f"there is no act {concerns} on file for this treaty",
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
        yield from _malformed_act(act.replacement, f"{pointer}/replacement", batch)


def _malformed_definition(definition: Definition, pointer: str, batch: Batch) -> Iterator[Fault]:
    try:
        clauses = read(Clauses, definition.clauses, f"{pointer}/clauses")
    except Malformed as refusal:
        yield from refusal.faults
        return
    for fault in contradictions(clauses, parties=batch.parties() or None, treaty=definition.treaty):
        yield Fault(pointer=f"{pointer}{fault.pointer}", detail=fault.detail)


# --- irregular ---


def _irregular(placed: Iterable[tuple[int, Fact]], batch: Batch) -> Iterator[tuple[int, Breach]]:
    """The rules that the acts break and do not name in `despite`, each with the act's place."""
    folds: dict[str, TreatyFold] = {}
    for place, fact in placed:
        if not isinstance(fact, Act):
            continue
        if fact.treaty not in folds:
            also = batch.beside(fact.treaty)
            folds[fact.treaty] = batch.shelf.fold(fact.treaty, batch.record, also=also)
        looked_at = fact.replacement if fact.replacement is not None else fact
        new = batch.acts_of(fact.treaty)
        for breach in breaches(folds[fact.treaty], looked_at, beside=new):
            if breach.rule not in (*fact.despite, *looked_at.despite):
                yield place, breach


def _amended(fact: Fact, amended: Act) -> Act:
    """The act with the rules that it breaks; nothing else of it may change, or it would have to be looked at again."""
    assert isinstance(fact, Act), "only acts break rules"
    assert replace(amended, despite=fact.despite, note=fact.note) == fact, "the same act"
    return amended


def _named(rule: str, fact: Fact) -> bool:
    return isinstance(fact, Act) and rule in fact.despite and bool(fact.note)


def _placed(standing: Mapping[int, Fact], places: Iterable[int]) -> list[tuple[int, Fact]]:
    return [(place, standing[place]) for place in sorted(places) if place in standing]


def _all_malformed(placed: Iterable[tuple[int, Fact]], batch: Batch) -> dict[int, Refusal]:
    faults = {place: list(_malformed(fact, "", batch)) for place, fact in placed}
    return {place: Malformed(found) for place, found in faults.items() if found}


def _all_irregular(placed: Iterable[tuple[int, Fact]], batch: Batch) -> dict[int, Refusal]:
    broken: dict[int, list[Breach]] = {}
    for place, breach in _irregular(placed, batch):
        broken.setdefault(place, []).append(breach)
    return {place: Irregular(found) for place, found in broken.items()}


def _near(standing: Mapping[int, Fact], refused: Iterable[int]) -> set[int]:
    """The places of the facts on which those refused may bear."""
    gone = [standing[place] for place in refused]
    treaties = {each.treaty for each in gone if not isinstance(each, PartyEntry)}
    parties = any(isinstance(each, PartyEntry) for each in gone)
    return {
        place
        for place, fact in standing.items()
        if parties or (not isinstance(fact, PartyEntry) and fact.treaty in treaties)
    }


def _once(placed: Iterable[tuple[int, Fact]], known: Mapping[str, Entry]) -> list[tuple[int, Fact]]:
    """Each fact that is not on record yet, once, with its first place."""
    first: dict[str, tuple[int, Fact]] = {}
    for index, fact in placed:
        if fact.id not in known:
            first.setdefault(fact.id, (index, fact))
    return list(first.values())


def _taken(facts: Sequence[Fact], known: Mapping[str, Entry]) -> list[int]:
    """The places of the facts whose id belongs to another content, on record or earlier in the batch."""
    first: dict[str, object] = {each: entry.content for each, entry in known.items()}
    return [place for place, fact in enumerate(facts) if first.setdefault(fact.id, fact) != fact]


def _place(index: int, sent: Sequence[Fact]) -> str:
    """The pointer of a fact in what was sent; of one alone, what was sent is the fact itself."""
    return f"/{index}" if len(sent) > 1 else ""


def _at(breach: Breach, pointer: str) -> Breach:
    return Breach(pointer=pointer, rule=breach.rule, source=breach.source, detail=breach.detail)
