"""What a file says beside what the record has: the same act again, another day for it, or something new.

A registry is known again by the mark that begins the `reference` of its acts; nothing else is remembered.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum

from domain.acts import Act, Entry
from domain.corrections import corrected
from domain.dates import When, earliest, latest, written
from domain.kinds import KINDS, Effect
from domain.treaty import TreatyFold
from infrastructure.importers.proposals import (
    DIFFERING_REPORT,
    FORM_NOT_SAID,
    FORMLESS_CONSENT,
    Finding,
    Proposal,
    Registry,
)
from infrastructure.wire import Fact

CLASSES: Mapping[Effect, str] = {
    Effect.SIGNATURE: "signature",
    Effect.SUCCESSION_TO_SIGNATURE: "signature",
    Effect.CONSENT: "consent",
    Effect.SUCCESSION: "consent",
    Effect.NOTICE: "exit",
    Effect.CESSATION: "exit",
}
"""Acts that a State does once, until it leaves; others are the same only if all of them but the wording is."""

ONCE_FOR_THE_TREATY = frozenset({"adoption", "treaty_entry_into_force", "opening_for_signature"})
ENDS = frozenset({Effect.NOTICE, Effect.CESSATION, Effect.CONSENT_WITHDRAWN, Effect.EXTINCTION})
"""Between two of these a State can consent again."""

RETURNS = frozenset({Effect.CONSENT, Effect.SUCCESSION, Effect.NOTICE_REVOKED})
"""Between two of these a State can leave again."""

Bucket = tuple[str | None, str]
"""A legal person, or nobody, and a class of acts."""


class Outcome(Enum):
    """What becomes of a proposed fact."""

    NEW = "new"
    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(slots=True, kw_only=True, eq=False)
class Candidate:
    """A proposed fact as it was read, with the proposal that it is from, and what became of it.

    `repeats` is an earlier one of the file that says the same.
    """

    proposal: Proposal
    fact: Fact
    outcome: Outcome = Outcome.NEW
    repeats: "Candidate | None" = None

    @property
    def act(self) -> Act:
        """The fact, which is an act."""
        assert isinstance(self.fact, Act), "only acts are compared"
        return self.fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction that a person may want: an act on file, why, and what should stand instead, if anything."""

    act: Act
    why: str
    replacement: Act | None = None


@dataclass(kw_only=True)
class Compared:
    """What came of comparing the acts of one treaty."""

    findings: list[Finding] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


@dataclass(slots=True)
class _Filed:
    """An act on file or earlier in the file: whether it stands, whose it is, and whether the file says it too."""

    act: Act
    stands: bool
    own: bool
    said: bool = False
    candidate: Candidate | None = None


class TreatyOnFile:
    """The acts of one treaty on file, held against what a file says of the same treaty."""

    def __init__(
        self,
        entries: Iterable[Entry],
        registry: Registry | None,
        person: Callable[[str], str],
        fold: Callable[[], TreatyFold],
    ) -> None:
        """Sort the acts by person and class; `fold` is asked only where a computed day matters."""
        self._registry = registry
        self._person = person
        self._fold = fold
        acts = [each.content for each in entries if isinstance(each.content, Act)]
        found = corrected(acts)
        standing, void, removed = found.standing, found.void, found.removed
        self._by_id = {act.id: act for act in (*standing, *removed)}
        self._concerned = dict(self._by_id)
        self._void = void
        self._filed: dict[Bucket, list[_Filed]] = {}
        self._filed_by_id: dict[str, _Filed] = {}
        for stands, group in ((True, standing), (False, removed)):
            for act in group:
                self._file(_Filed(act, stands=stands, own=self._is_own(act)))
        self._ends = self._days_of(standing, ENDS)
        self._returns = self._days_of(standing, RETURNS)

    def compare(self, candidates: Sequence[Candidate], said: Compared) -> None:
        """Decide of each candidate what is to be done with it; findings and corrections go to `said`."""
        for known, effects in ((self._ends, ENDS), (self._returns, RETURNS)):
            for person, days in self._days_of([each.act for each in candidates], effects).items():
                known.setdefault(person, []).extend(days)
        waiting = [each for each in candidates if not self._known(each, said)]
        if self._registry is not None and self._registry.covers != "nothing":
            waiting = list(self._changed(waiting, said))
        for each in sorted(waiting, key=self._turn):
            self._settle(each, said)

    def _turn(self, candidate: Candidate) -> tuple[bool, date, int]:
        """When an act is settled: those with an id of their own first, since they are nobody's duplicate."""
        return (not self._named(candidate), candidate.act.on(), candidate.proposal.line or 0)

    def _named(self, candidate: Candidate) -> bool:
        """Whether a line of ours gives the act an id."""
        return self._registry is None and "id" in candidate.proposal.fact

    def excuse(self, days: Collection[str]) -> None:
        """Take the registry's acts of these days for said: a line has one of them, and it was refused."""
        if not days:
            return
        for bucket in self._filed.values():
            for each in bucket:
                each.said = each.said or (each.own and written(each.act.decisive()) in days)

    def vanished(self) -> Iterator[Act]:
        """The acts of the registry that stand on file and that the file does not say."""
        for bucket in self._filed.values():
            yield from (each.act for each in bucket if each.own and each.stands and not each.said)

    # --- the same act ---

    def _known(self, candidate: Candidate, said: Compared) -> bool:
        """Whether the act is on file, or was said before: by its id, or by what it says."""
        act = candidate.act
        if act.id in self._by_id:
            if self._registry is None and self._by_id[act.id] != act:
                return False  # the depositary refuses an id that stands with another content
            self._say(act.id)
            candidate.outcome = Outcome.DUPLICATE
            return True
        if self._named(candidate):
            return False
        same = self._same(act)
        if same is None:
            return False
        candidate.outcome, candidate.repeats = Outcome.DUPLICATE, same.candidate
        self._say(same.act.id)
        said.findings.extend(self._of_the_same(candidate, same, said))
        return True

    def _say(self, identifier: str) -> None:
        """Keep in mind that the file says the act, or one that was put in its place since."""
        meant = {identifier}
        while (correction := self._void.get(identifier)) is not None:
            if correction.replacement is None:
                break
            identifier = correction.replacement.id
            meant.add(identifier)
        for each in meant & self._filed_by_id.keys():
            self._filed_by_id[each].said = True

    def _same(self, act: Act) -> _Filed | None:
        """The act on file that this one is, those of the same registry before the others."""
        bucket = self._filed.get(self._bucket(act), ())
        mine = [each for each in bucket if each.own and self._equal(act, each.act)]
        if mine:
            return next((each for each in mine if not each.said), mine[0])
        others = [each for each in bucket if not each.own and each.stands]
        return next((each for each in others if self._alike(act, each.act)), None)

    def _twin(self, act: Act) -> _Filed | None:
        """An act that the registry has on the same days under another kind."""
        bucket = self._filed.get(self._bucket(act), ())
        return next((each for each in bucket if each.stands and self._alike(act, each.act)), None)

    def _equal(self, act: Act, other: Act) -> bool:
        """Whether a registry says of both the same days of the same kind."""
        kinds = {act.kind, other.kind} - {DIFFERING_REPORT}
        alone = DIFFERING_REPORT in (act.kind, other.kind) or act.depositary == other.depositary
        same = _days(act) == _days(other) and _details(act) == _details(other)
        return len(kinds) == 1 and alone and same

    def _alike(self, act: Act, other: Act) -> bool:
        """Whether two sources speak of one act: the same decisive day, and nothing else against it."""
        if not _agree(act, other):
            return False
        if self._class(act) not in (*CLASSES.values(), *ONCE_FOR_THE_TREATY):
            return replace(act, id="", sources=()) == replace(other, id="", sources=())
        elsewhere = act.depositary is not None and other.depositary is not None
        if elsewhere and act.depositary != other.depositary:
            return False
        if act.effective is not None and act.effective == act.decisive():
            return _overlap(act.effective, other.effective or self._computed(other))
        return _overlap(act.decisive(), other.decisive()) and (
            act.effective is None
            or _overlap(act.effective, other.effective or self._computed(other) or act.effective)
        )

    def _of_the_same(self, candidate: Candidate, same: _Filed, said: Compared) -> Iterator[Finding]:
        act, other = candidate.act, same.act
        if other.id not in self._by_id:
            yield _finding(candidate, "said_twice", f"the file has {_told(other)} before")
            return
        if same.own:
            if not same.stands:
                yield _finding(candidate, "corrected_before", f"{_told(other)} was corrected")
            return
        detail = f"on file as {_told(other)}{_source(other)}"
        if act.kind != other.kind and not _formless(act) and not _formless(other):
            yield _finding(candidate, "form_differs", detail)
        elif more := self._more(act, other):
            yield _finding(candidate, "says_more", f"{detail}; the file adds {more}")
            merged = _merged(act, other)
            said.corrections.append(Correction(act=other, why=f"Adds {more}.", replacement=merged))
        else:
            yield _finding(candidate, "same_act_on_file", detail)

    def _more(self, act: Act, other: Act) -> str:
        """What the act says and the one on file does not, in words."""
        if _formless(other) and not _formless(act):
            return f"that it was by {KINDS[act.kind].title.lower()}"
        if act.effective is not None and other.effective is None and not self._computed(other):
            return f"that it took effect on {written(act.effective)}"
        if _certain(act.decisive()) and not _certain(other.decisive()):
            return f"the day, {written(act.decisive())}"
        return ""

    def _computed(self, act: Act) -> date | None:
        """The day on which the act on file took effect by the clauses of the treaty."""
        if act.party is None or act.id not in self._by_id:
            return None
        fold = self._fold()
        entry = fold.entry()
        by_clause = fold.dossier.clauses(act.on()).party_entry_into_force is not None
        among_the_first = entry.condition_met_on is not None and act.on() <= entry.condition_met_on
        outcome = fold.fold(act.party).outcomes.get(act.id)
        return outcome.effective if outcome and (by_clause or among_the_first) else None

    # --- another day ---

    def _changed(self, candidates: Sequence[Candidate], said: Compared) -> Iterator[Candidate]:
        """Acts that the registry had on another day before; a person decides whether to correct the record."""
        gone: dict[Bucket, list[_Filed]] = {}
        for bucket, filed in self._filed.items():
            left = [each for each in filed if each.own and each.stands and not each.said]
            if left:
                gone[bucket] = sorted(left, key=lambda each: each.act.on())
        for each in sorted(candidates, key=lambda each: each.act.on()):
            before = gone.get(self._bucket(each.act))
            if not before:
                yield each
                continue
            earlier = before.pop(0)
            earlier.said = True
            each.outcome = Outcome.REJECTED
            detail = f"{_told(earlier.act)} is on file from this registry, which now has {_told(each.act)}"
            said.findings.append(_finding(each, "changed_in_registry", detail, rejects=True))
            why = f"The registry now has {_told(each.act)}."
            replacement = replace(
                each.act, concerns=earlier.act.concerns, kind=_kind(each, earlier)
            )
            said.corrections.append(Correction(act=earlier.act, why=why, replacement=replacement))

    def _settle(self, candidate: Candidate, said: Compared) -> None:
        """A new act; where another day is on file for it, a registry's is kept beside that one."""
        act = candidate.act
        if not self._named(candidate):
            same = self._same(act) or self._twin(act)
            if same is not None:
                candidate.outcome, candidate.repeats = Outcome.DUPLICATE, same.candidate
                said.findings.extend(self._of_the_same(candidate, same, said))
                return
        else:
            if act.id in self._by_id:
                return  # with another content, which the depositary refuses
            if act.id in self._concerned:
                candidate.outcome = Outcome.DUPLICATE
                said.findings.append(_finding(candidate, "said_twice", "the file has this id"))
            else:
                self._file(_Filed(act, stands=True, own=False, said=True, candidate=candidate))
            return
        other = self._rival(act)
        if other is not None:
            self._beside(candidate, other, said)
            if candidate.outcome is Outcome.REJECTED:
                return
        own = self._is_own(act)
        self._file(_Filed(candidate.act, stands=True, own=own, said=True, candidate=candidate))

    def _beside(self, candidate: Candidate, other: _Filed, said: Compared) -> None:
        """Another day for what is on file: a registry's is reported beside it, an earlier one of ours is refused.

        Of ours a later one is for the law to decide, which knows whether it can be done again; an earlier one would
        take the place of the act on file, and what the law says then, it says of that.
        """
        act, on_file = candidate.act, other.act.id in self._by_id
        detail = f"the record has {_told(other.act)}{_source(other.act)}; the file has {_told(act)}"
        if not on_file and (other.own or self._registry is None):
            detail = f"the file has {_told(other.act)}, and {_told(act)} as well"
        if self._registry is not None:
            candidate.fact = self._report(act, other.act)
        elif on_file and act.on() < other.act.on():
            candidate.outcome = Outcome.REJECTED
            detail += (
                "; to put it in the place of the other, record a record_corrected;"
                f" to keep it beside the other, an {DIFFERING_REPORT} that concerns it"
            )
        rejects = candidate.outcome is Outcome.REJECTED
        said.findings.append(_finding(candidate, "sources_disagree", detail, rejects=rejects))

    def _rival(self, act: Act) -> _Filed | None:
        """The act on file that a State did, or a treaty underwent, once, and has here on another day."""
        bucket = self._bucket(act)
        if bucket[1] not in (*CLASSES.values(), *ONCE_FOR_THE_TREATY):
            return None
        for each in self._filed.get(bucket, ()):
            if (
                not each.stands
                or each.act.kind == DIFFERING_REPORT
                or not self._rivals(act, each.act)
            ):
                continue
            return each
        return None

    def _rivals(self, act: Act, other: Act) -> bool:
        both = act.depositary is not None and other.depositary is not None
        if both and act.depositary != other.depositary:
            return False
        if not _agree(act, other):
            return False
        if (KINDS[act.kind].effect is Effect.SUCCESSION) != (
            KINDS[other.kind].effect is Effect.SUCCESSION
        ):
            return False  # who succeeded to a signature ratifies later
        first, last = sorted((act.on(), other.on()))
        between = self._returns if self._class(act) == "exit" else self._ends
        own = (act, other)
        return not any(
            first <= day <= last
            for by, day in between.get(self._person_of(act), ())
            if by not in (each.id for each in own)
        )

    def _report(self, act: Act, other: Act) -> Act:
        """The registry's other day, kept beside the act on file: a report that moves nothing."""
        assert self._registry is not None, "only a registry reports"
        note = f"{self._registry.title} has {_told(act)}; the act stands here as {_told(other)}."
        return replace(
            act,
            kind=DIFFERING_REPORT,
            party=other.party,
            concerns=other.id,
            by=self._registry.title,
            note=note if act.note is None else f"{note} {act.note}",
            depositary=None,
        )

    # --- persons, classes, days ---

    def _file(self, filed: _Filed) -> None:
        self._concerned.setdefault(filed.act.id, filed.act)
        self._filed_by_id.setdefault(filed.act.id, filed)
        self._filed.setdefault(self._bucket(filed.act), []).append(filed)

    def _bucket(self, act: Act) -> Bucket:
        return (self._person_of(act), self._class(act))

    def _person_of(self, act: Act) -> str | None:
        return None if act.party is None else self._person(act.party)

    def _class(self, act: Act) -> str:
        """The class of an act; a report of another day is in that of the act that it concerns."""
        if act.kind == DIFFERING_REPORT and act.concerns is not None:
            concerned = self._concerned.get(act.concerns)
            if concerned is not None and concerned.kind != DIFFERING_REPORT:
                return self._class(concerned)
        return CLASSES.get(KINDS[act.kind].effect, act.kind)

    def _is_own(self, act: Act) -> bool:
        return self._registry is not None and (act.reference or "").startswith(
            f"{self._registry.mark}:"
        )

    def _days_of(
        self, acts: Iterable[Act], effects: Collection[Effect]
    ) -> dict[str | None, list[tuple[str, date]]]:
        """The days on which a person did acts with one of the effects, with the acts' ids."""
        found: dict[str | None, list[tuple[str, date]]] = {}
        for act in acts:
            if KINDS[act.kind].effect in effects:
                days = found.setdefault(self._person_of(act), [])
                days.append((act.id, act.on()))
                if act.effective is not None:
                    days.append((act.id, earliest(act.effective)))
        return found


def _days(act: Act) -> tuple[str | None, ...]:
    return tuple(written(each) for each in (act.decisive(), act.dated, act.received, act.effective))


def _details(act: Act) -> tuple[object, ...]:
    by = None if act.kind == DIFFERING_REPORT else act.by
    return (act.towards, act.territories, act.legal_effect, act.claimed_effective, by)


def _agree(act: Act, other: Act) -> bool:
    """Whether nothing in the details is against one act; a source need not say who decided."""
    if act.by is None or other.by is None:
        act, other = replace(act, by=None), replace(other, by=None)
    return _details(act) == _details(other)


def _overlap(one: When | None, other: When | None) -> bool:
    """Whether the two can be one day."""
    if one is None or other is None:
        return False
    return earliest(one) <= latest(other) and earliest(other) <= latest(one)


def _formless(act: Act) -> bool:
    return act.kind == FORMLESS_CONSENT and FORM_NOT_SAID in (act.note or "")


def _certain(day: When | None) -> bool:
    return day is not None and earliest(day) == latest(day)


def _kind(candidate: Candidate, earlier: _Filed) -> str:
    """A report of another day stays one when it changes."""
    return DIFFERING_REPORT if earlier.act.kind == DIFFERING_REPORT else candidate.act.kind


def _merged(act: Act, other: Act) -> Act:
    """The act on file with what the file adds to it, and the file's source beside its own."""
    return replace(
        other,
        id="",
        kind=act.kind if _formless(other) else other.kind,
        note=None if _formless(other) and other.note == FORM_NOT_SAID else other.note,
        dated=act.dated if _certain(act.dated) and not _certain(other.dated) else other.dated,
        received=act.received
        if _certain(act.received) and not _certain(other.received)
        else other.received,
        effective=other.effective or act.effective,
        sources=(*other.sources, *act.sources),
    )


def _told(act: Act) -> str:
    """The act in a few words: its kind and its days."""
    named = (("", act.decisive()), (", effective ", act.effective))
    days = "".join(
        f"{words}{written(day)}"
        for words, day in named
        if day is not None and not (words and day == act.decisive())
    )
    return f"{_kind_in_words(act)} {days}"


def _kind_in_words(act: Act) -> str:
    if act.kind == DIFFERING_REPORT and act.concerns is not None:
        return "another day,"
    return "consent" if _formless(act) else KINDS[act.kind].title.lower()


def _source(act: Act) -> str:
    return f" ({act.sources[0].title[:80]})" if act.sources else ""


def _finding(candidate: Candidate, problem: str, detail: str, *, rejects: bool = False) -> Finding:
    done = {
        "sources_disagree": "kept beside it",
        "changed_in_registry": "not recorded; a correction is proposed",
        "says_more": "not recorded; a correction is proposed",
    }.get(problem, "taken for the act on file")
    proposal = candidate.proposal
    party = f"{candidate.act.treaty}, {candidate.act.party}: " if candidate.act.party else ""
    return Finding(
        line=proposal.line,
        problem=problem,
        detail=f"{party}{detail}",
        cell=proposal.cell,
        read=proposal.raw,
        done="nothing was recorded of it" if rejects and problem == "sources_disagree" else done,
        rejects=rejects,
    )
