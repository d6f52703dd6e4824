"""Answers that carry their proof: what they rest on, that it is all there is, and who vouches for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from domain.acts import Entry, PartyEntry
from domain.answers import answer
from domain.bounds import Bounds
from domain.dossier import Dossier, open_dossier
from domain.errors import Lagging, NotFound
from domain.family import family_of, fold_of
from domain.leaves import CONTINUITY, ENDED, EXISTENCE, Leaf, party_key, written_hash
from domain.parties import Party, Register
from domain.ports import REGISTER, dossier_stream
from domain.proof import consistency, inclusion, nodes_of
from infrastructure.bundle import rules_digest
from infrastructure.dossiers import Bounded, Dossiers
from infrastructure.logtree import Damaged, KeptCheckpoint, KeyHeads, LogTree
from infrastructure.verifier.evidence import EXTRACTED, FORMAT

FEW = 4
"""Parties of which only the days are needed, and whose entries are shorter than a line for each of the register."""

ATTEMPTS = 5
"""How often the latest checkpoint is looked for anew while the log is being sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked; without a position, of the record as far as a checkpoint covers it."""

    treaty: str
    party: str
    as_of: date
    as_seen: date | None = None
    position: int | None = None
    towards: str | None = None


class Unsealed(Lagging):
    """No checkpoint covers the position asked for, or there is none at all."""


class Prover:
    """Proves answers from one record; safe to share between threads."""

    def __init__(self, tree: LogTree, dossiers: Dossiers) -> None:
        """Prove by this tree what these dossiers give."""
        self._tree = tree
        self._dossiers = dossiers
        self._streams = Bounded(256)
        self._heads: KeyHeads | None = None
        self._heads_lock = Lock()

    def prove(self, question: Question, *, since: int | None = None) -> dict[str, Any]:
        """The answer with its proof, in the form that `verifier.evidence` describes.

        `since` is the size of a checkpoint seen before, of which this one is proved the continuation.
        Raises `Unsealed` where no checkpoint covers the question, `NotFound` for what is not in the record.
        """
        kept, heads = self._sealed()
        size = kept.checkpoint.size
        position = size if question.position is None else question.position
        if position > size:
            raise Unsealed(f"entry {position} is not sealed yet; {size} entries are", retry_after=1)
        if since is not None and not 0 <= since <= size:
            raise NotFound(f"there is no checkpoint of size {since} before that of size {size}")
        sight = Sight(self._tree, self._dossiers, self._streams, heads, position)
        said, keys = answered(question, sight)
        gathered = Gathered(sight)
        for key in keys:
            gathered.take(key)
        gathered.take_entry(position)
        document = {
            "format": FORMAT,
            "answer": said,
            "checkpoint": kept.signed(),
            "entries": [leaf.plain() for leaf in gathered.entries()],
            "inclusions": gathered.inclusions(),
            "heads": gathered.heads,
            "rules": rules_digest(),
        }
        if since is not None:
            path = _written(self._tree.consistency(since, size))
            document["consistency"] = {"from": since, "path": path}
        return document

    def _sealed(self) -> tuple[KeptCheckpoint, KeyHeads]:
        """The latest checkpoint, and the heads to which it commits."""
        for _ in range(ATTEMPTS):
            kept = self._tree.checkpoint()
            if kept is None:
                raise Unsealed("no checkpoint of the log has been signed yet")
            with self._heads_lock:
                known = self._heads
                if known is None or known.size != kept.checkpoint.size:
                    known = self._heads = self._tree.heads(known)
            if known.size == kept.checkpoint.size:
                if known.map.root != kept.checkpoint.heads:
                    raise Damaged(f"the heads are not those that were signed at size {known.size}")
                return kept, known
        raise Unsealed("the log is sealed, and no checkpoint of that is signed")


def answered(question: Question, sight: "Sight") -> tuple[dict[str, object], Sequence[str]]:
    """The answer, and the keys of all that was looked at for it; raises `NotFound`."""
    register = AskedRegister(sight.register(), sight.extracts(ENDED))

    def dossier(treaty: str, seen: date | None = question.as_seen) -> Dossier:
        return open_dossier(treaty, sight.dossier_entries(treaty), as_seen=seen)

    if not dossier(question.treaty, None).definitions:
        raise NotFound(f"there is no treaty {question.treaty}")
    family = family_of(question.treaty, lambda treaty: dossier(treaty, None).now)
    said = answer(
        fold_of(family[0], dossier, register),
        question.party,
        Bounds(as_of=question.as_of, as_seen=question.as_seen, record=sight.record),
        towards=question.towards,
        explain=True,
    )
    continuing = [_party(leaf) for leaf in sight.filed(CONTINUITY)]
    parties = {*register.asked, *continuing}
    many = len(register.dated - parties) > FEW
    shown = sorted(parties if many else parties | register.dated)
    extracts = (ENDED, EXISTENCE) if many else (ENDED,)
    return said, (*map(dossier_stream, family), *extracts, CONTINUITY, *map(party_key, shown))


class Sight:
    """What is on file at a position, of a record that is sealed at least as far."""

    def __init__(
        self, tree: LogTree, dossiers: Dossiers, streams: Bounded, heads: KeyHeads, position: int
    ) -> None:
        """Look at the record as it stood at the position."""
        self.tree = tree
        self.heads = heads
        self.record = dossiers.record(position)
        self._dossiers = dossiers
        self._streams = streams
        self._versions: dict[str, int] = {}

    def register(self) -> Register:
        """The register of parties."""
        return self._dossiers.register(self.record)

    def dossier_entries(self, treaty: str) -> Sequence[Entry]:
        """Everything on file about a treaty."""
        return self._dossiers.entries(treaty, self.record)

    def filed(self, key: str) -> Sequence[Leaf]:
        """What was filed under the key by the position."""
        return self._filed(key, self._version(stream_of_key(key)))

    def extracts(self, key: str) -> Sequence[str]:
        """The extracts that are filed under a key of the register, at any position that is sealed."""
        if REGISTER not in self.heads.filed:
            return ()
        version = self.heads.filed[REGISTER].tree.size
        extracts: Sequence[str] = self._streams.get(
            (REGISTER, version, key), lambda: _extracts(self._leaves(REGISTER, version), key)
        )
        return extracts

    def all_hashes(self, key: str) -> Sequence[bytes]:
        """The hashes of all that is filed under the key, later entries included."""
        stream = stream_of_key(key)
        whole = self.heads.filed[stream].tree.size
        if stream != key:
            return [leaf.hash for leaf in self._filed(key, whole)]
        return self.tree.stream_hashes(stream, whole)

    def following(self, key: str, place: int) -> Leaf:
        """What was filed under the key after so many entries."""
        stream = stream_of_key(key)
        if stream == key:
            return self.tree.stream(stream, place + 1, place + 1)[0]
        return self._filed(key, self.heads.filed[stream].tree.size)[place]

    def _filed(self, key: str, version: int) -> Sequence[Leaf]:
        stream = stream_of_key(key)
        if stream == key:
            return self._leaves(stream, version)
        by_key: Mapping[str, Sequence[Leaf]] = self._streams.get(
            (stream, version, "by key"), lambda: _by_key(self._leaves(stream, version))
        )
        return by_key.get(key, ())

    def _leaves(self, stream: str, version: int) -> Sequence[Leaf]:
        return self._streams.get((stream, version), lambda: self.tree.stream(stream, 1, version))

    def _version(self, stream: str) -> int:
        if stream not in self._versions:
            self._versions[stream] = self._dossiers.version(stream, self.record)
        return self._versions[stream]


class AskedRegister(Register):
    """A register that remembers of which parties something was asked that only their entries can tell.

    Of those in `dated` only the days were asked.
    """

    def __init__(self, whole: Register, ended: Collection[str] = ()) -> None:
        """Answer from the whole register; only of those that ended at any time must the entry tell since when."""
        super().__init__()
        self._whole = whole
        self._ended = frozenset(ended)
        self.asked: set[str] = set()
        self.dated: set[str] = set()

    def get(self, code: str) -> Party:
        """The party with this code."""
        self.asked.add(code)
        return self._whole.get(code)

    def extinct_from(self, code: str) -> date | None:
        """The first day on which the party no longer exists."""
        if code in self._ended:
            self.dated.add(code)
        return self._whole.extinct_from(code)

    def existed_from(self, code: str, before: date) -> date | None:
        """The start of the party's last interval of existence that began on or before the day."""
        self.dated.add(code)
        return self._whole.existed_from(code, before)

    def __contains__(self, code: str) -> bool:
        """Whether there is a party with this code."""
        self.asked.add(code)
        return code in self._whole

    def persons(self, code: str) -> tuple[str, ...]:
        """The code and those of the entities whose legal person the party continues."""
        return self._whole.persons(code)

    def continued_by(self, code: str) -> str | None:
        """The party that is the same legal person under a later code."""
        return self._whole.continued_by(code)

    def continuing(self, code: str) -> Sequence[str]:
        """Every party that claims to be the same legal person under a later code."""
        return self._whole.continuing(code)


class Gathered:
    """The evidence as it comes together: entries once each, whatever they are filed under."""

    def __init__(self, sight: Sight) -> None:
        """Gather what can be seen."""
        self._sight = sight
        self._leaves: dict[int, Leaf] = {}
        self._proved: set[int] = set()
        self.heads: dict[str, dict[str, Any]] = {}

    def take(self, key: str) -> None:
        """All that was filed under a key, and the proof that it was all."""
        if key in EXTRACTED:
            self.heads[key] = {**self._head(key), "extracts": list(self._sight.extracts(key))}
            return
        filed, head = self._sight.filed(key), self._sight.heads.head(key)
        said = self._head(key)
        if head is not None and len(filed) < head.count:
            said |= self._later(key, len(filed), head.count)
        self.heads[key] = said
        self._leaves.update({leaf.position: leaf for leaf in filed})
        chained = filed[-1:] if stream_of_key(key) == key else filed
        self._proved.update(leaf.position for leaf in chained)

    def take_entry(self, position: int) -> None:
        """The entry at a position, and the proof that it is there."""
        if position not in self._leaves:
            self._leaves[position] = self._sight.tree.leaves(position, position)[0]
        self._proved.add(position)

    def entries(self) -> list[Leaf]:
        """The entries in the order of the log."""
        return [self._leaves[position] for position in sorted(self._leaves)]

    def inclusions(self) -> dict[str, list[str]]:
        """The proofs that those are in the tree which no later entry names."""
        found = self._sight.tree.inclusions(sorted(self._proved), self._sight.heads.size)
        return {str(position): _written(path) for position, path in found.items()}

    def _head(self, key: str) -> dict[str, Any]:
        """How much is filed under a key, and the proof of that."""
        at = self._sight.heads
        proof, head = at.map.proof(key), at.head(key)
        said: dict[str, Any] = {"path": _written(proof.path)}
        if proof.other is not None:
            said["other"] = _written(proof.other)
        if head is not None:
            said |= {"count": head.count, "root": written_hash(head.root)}
        return said

    def _later(self, key: str, then: int, count: int) -> dict[str, Any]:
        """Where more was filed since: the proof that it came later, with the first of it."""
        following = self._sight.following(key, then)
        self._leaves[following.position] = following
        self._proved.add(following.position)
        nodes = nodes_of(self._sight.all_hashes(key))
        return {
            "consistency": _written(consistency(then, count, nodes)),
            "next": _written(inclusion(then, count, nodes)),
        }


def stream_of_key(key: str) -> str:
    """The stream whose entries are filed under the key."""
    return REGISTER if key.startswith(f"{REGISTER}/") else key


def _by_key(leaves: Sequence[Leaf]) -> Mapping[str, Sequence[Leaf]]:
    by_key: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        for key in leaf.filed_under():
            by_key.setdefault(key, []).append(leaf)
    return by_key


def _extracts(leaves: Sequence[Leaf], key: str) -> Sequence[str]:
    return [found for found in (leaf.extracts().get(key) for leaf in leaves) if found is not None]


def _party(leaf: Leaf) -> str:
    content = leaf.entry.content
    assert isinstance(content, PartyEntry)  # nothing else is filed there
    return content.party


def _written(path: Sequence[bytes]) -> list[str]:
    return [written_hash(each) for each in path]
