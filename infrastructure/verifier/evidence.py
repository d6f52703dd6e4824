"""What comes with an answer so that nobody needs to trust us, and how all of it is checked.

    format       the version of this form
    answer       the answer, as the service gives it
    checkpoint   what the log vouches for: a signed note
    entries      the entries on which the answer rests, as leaves, by position
    inclusions   for some of their positions, the proof that the entry is in the tree
    heads        for each key that was looked under, what is filed there: all of it, or that there is nothing;
                 where extracts of entries are filed, the extracts
    consistency  on demand, the proof that an earlier checkpoint is the beginning of this one
    rules        the digest of the code that derived the answer

Every fault has a name, and the first one that is found is raised.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, NoReturn, TypeAlias

from domain.acts import PartyEntry
from domain.answers import answer
from domain.bounds import Bounds, Record
from domain.dossier import Dossier, open_dossier
from domain.errors import Refusal
from domain.family import family_of, fold_of
from domain.leaves import (
    CONTINUITY,
    ENDED,
    EXISTENCE,
    Head,
    Leaf,
    existence_of,
    extract_hash,
    leaf_from,
    party_key,
    read_hash,
)
from domain.maps import MapProof, holds
from domain.ports import dossier_stream
from domain.proof import Hashes, frontier, is_consistent, is_included
from infrastructure.verifier.notes import (
    Checkpoint,
    Note,
    VerifierKey,
    checkpoint_from,
    cosigned_at,
    is_signed,
    note_from,
)
from infrastructure.verifier.registers import ProvedRegister, Unproved

FORMAT = "timeline-proof/1"
MEDIA_TYPE = "application/vnd.timeline.proof+json"

EXTRACTED = (ENDED, EXISTENCE)
"""Keys under which extracts of entries are filed, and not the entries."""

MOST_ENTRIES = 100_000
SHOWN = 120
"""Characters of a value that a sentence quotes."""

Plain: TypeAlias = Mapping[str, Any]


class Refuted(Exception):
    """The evidence does not show what it claims; `fault` names how, and the message says where."""

    def __init__(self, fault: str, sentence: str) -> None:
        """Name the fault and say where it is."""
        super().__init__(sentence)
        self.fault = fault


FAULTS: Mapping[str, str] = {
    "unreadable": "the evidence is not in the form that it should have",
    "forged_checkpoint": "the checkpoint is not signed by a key that you trust",
    "too_few_witnesses": "not enough of the witnesses that you trust saw the checkpoint",
    "forked_log": "the log showed somebody else another history of the same length",
    "rewritten_history": "the log is not a continuation of what you saw of it before",
    "replayed_checkpoint": "the checkpoint is older than what you saw of the log before",
    "unconnected_checkpoint": "nothing connects the checkpoint with what you saw of the log before",
    "altered_entry": "an entry is not what was recorded",
    "entries_out_of_order": "entries do not stand in the order of the log",
    "missing_entry": "an entry is left out",
    "altered_heads": "what is said to be filed is not what the checkpoint commits to",
    "missing_evidence": "something on which the answer depends is not proved",
    "another_answer": "from these entries another answer follows",
}
"""Every fault that can be found, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What whoever checks relies on: keys of the log, witnesses and how many of them, what was seen before.

    `seen` is an earlier checkpoint of the same log, `cosigned_since` a second since 1970.
    """

    keys: Sequence[VerifierKey]
    witnesses: Sequence[VerifierKey] = ()
    quorum: int = 0
    seen: Note | None = None
    cosigned_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the evidence shows."""

    answer: Plain
    checkpoint: Checkpoint
    witnesses: Sequence[str]
    entries: int
    rules: str | None

    def sentence(self) -> str:
        """The verdict in words."""
        said, seen = self.answer, ""
        if self.witnesses:
            seen = f", seen by {' and '.join(self.witnesses)}"
        known = f" with what could be known on {said['as_seen']}" if said["as_seen"] else ""
        return (
            f"On {said['as_of']}{known}, {said['party_name']} ({said['party']}) had the status "
            f"{said['status']} in {said['treaty']}: this follows from the {self.entries} entries on file "
            f"at position {said['as_recorded']['position']} of {self.checkpoint.origin}, and none is left out, "
            f"as signed at {self.checkpoint.size} entries{seen}."
        )


def check(document: object, trust: Trust) -> Verdict:
    """The verdict on the evidence; raises `Refuted` with the first fault."""
    evidence = evidence_from(document)
    checkpoint, witnesses = check_note(evidence.note, trust)
    if trust.seen is not None:
        check_history(checkpoint, trust.seen, evidence.consistency, trust.keys)
    check_entries(evidence, checkpoint)
    entered = [key for key in evidence.heads if key not in EXTRACTED]
    filed = {key: check_filed(evidence, checkpoint, key) for key in entered}
    for key in EXTRACTED:
        check_extracts(evidence, checkpoint, key)
    check_answer(evidence, filed)
    return Verdict(
        answer=evidence.answer,
        checkpoint=checkpoint,
        witnesses=witnesses,
        entries=len(filed.get(dossier_stream(str(evidence.answer["treaty"])), ())),
        rules=evidence.rules,
    )


# --- reading ---


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledUnder:
    """What the evidence says of a key: its head, the proof of that, and how what is given leads up to it."""

    head: Head | None
    proof: MapProof
    consistency: Hashes = ()
    next: Hashes = ()
    extracts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The evidence as it was read; nothing of it is checked yet."""

    answer: Plain
    note: Note
    entries: Sequence[Leaf]
    inclusions: Mapping[int, Hashes]
    heads: Mapping[str, FiledUnder]
    consistency: tuple[int, Hashes] | None = None
    rules: str | None = None

    @property
    def position(self) -> int:
        """The position of the log at which the answer was given."""
        return int(self.answer["as_recorded"]["position"])


def evidence_from(document: object) -> Evidence:
    """The evidence that the document holds; raises `Refuted` for what is none."""
    try:
        return _read(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refuted("unreadable", f"the evidence cannot be read: {error!r:.200}") from error


def _read(document: Any) -> Evidence:
    if document["format"] != FORMAT:
        raise ValueError(f"the form is {document['format']!r:.40}, not {FORMAT}")
    if len(document["entries"]) > MOST_ENTRIES:
        raise ValueError(f"more than {MOST_ENTRIES} entries")
    earlier = document.get("consistency")
    evidence = Evidence(
        answer=document["answer"],
        note=note_from(document["checkpoint"]),
        entries=tuple(map(leaf_from, document["entries"])),
        inclusions={int(each): _path(path) for each, path in document["inclusions"].items()},
        heads={key: _filed(each) for key, each in document["heads"].items()},
        consistency=(int(earlier["from"]), _path(earlier["path"])) if earlier else None,
        rules=document.get("rules"),
    )
    if evidence.position <= 0 or not {"treaty", "party", "as_of", "as_seen"} <= set(
        evidence.answer
    ):
        raise ValueError("the answer does not say to which question")
    return evidence


def _filed(given: Any) -> FiledUnder:
    other = given.get("other")
    head = (
        Head(count=int(given["count"]), root=read_hash(given["root"])) if "root" in given else None
    )
    return FiledUnder(
        head=head,
        proof=MapProof(
            path=_path(given["path"]),
            other=(read_hash(other[0]), read_hash(other[1])) if other else None,
        ),
        consistency=_path(given.get("consistency", ())),
        next=_path(given.get("next", ())),
        extracts=tuple(map(str, given.get("extracts", ()))),
    )


def _path(given: Sequence[object]) -> Hashes:
    return tuple(map(read_hash, given))


# --- the checkpoint ---


def check_note(note: Note, trust: Trust) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint that a key of the log signed, and the names of the witnesses that saw it."""
    checkpoint = _checkpoint(note)
    _check_signed(note, checkpoint, trust.keys)
    witnesses = []
    for key in trust.witnesses:
        signed = is_signed(note, key)
        if signed is False:
            _refute("too_few_witnesses", f"the line of {key.name} is not by its key")
        at = cosigned_at(note, key) or 0
        if signed and (trust.cosigned_since is None or at >= trust.cosigned_since):
            witnesses.append(f"{key.name} on {datetime.fromtimestamp(at, UTC):%Y-%m-%d}")
    if len(witnesses) < trust.quorum:
        _refute(
            "too_few_witnesses",
            f"{len(witnesses)} of the witnesses saw the checkpoint of size {checkpoint.size}, "
            f"and {trust.quorum} are needed",
        )
    return checkpoint, tuple(witnesses)


def check_history(
    checkpoint: Checkpoint,
    seen: Note,
    consistency: tuple[int, Hashes] | None,
    keys: Sequence[VerifierKey],
) -> None:
    """That the log goes on from a checkpoint seen before, which is signed like this one."""
    before = _checkpoint(seen)
    _check_signed(seen, before, keys)
    sizes = f"at size {checkpoint.size}, after one of size {before.size}"
    if checkpoint.size == before.size:
        if (checkpoint.root, checkpoint.heads) != (before.root, before.heads):
            _refute("forked_log", f"two checkpoints of size {before.size} differ")
    elif checkpoint.size < before.size:
        _refute("replayed_checkpoint", f"the evidence is {sizes}: ask for a new one")
    elif consistency is None or consistency[0] != before.size:
        _refute(
            "unconnected_checkpoint", f"ask for the evidence with the proof from size {before.size}"
        )
    elif not is_consistent(before.head, checkpoint.head, consistency[1]):
        _refute("rewritten_history", f"the checkpoint {sizes} is not its continuation")


def _checkpoint(note: Note) -> Checkpoint:
    try:
        return checkpoint_from(note.text)
    except ValueError as error:
        raise Refuted("unreadable", f"the note is no checkpoint: {error}") from error


def _check_signed(note: Note, checkpoint: Checkpoint, keys: Sequence[VerifierKey]) -> None:
    found = {str(key): is_signed(note, key) for key in keys if key.name == checkpoint.origin}
    if not any(found.values()) or False in found.values():
        _refute(
            "forged_checkpoint",
            f"the checkpoint of {checkpoint.origin} at size {checkpoint.size} has no good signature "
            f"by {' or '.join(f'{key.name}+{key.id.hex()}' for key in keys)}",
        )


# --- the entries ---


def check_entries(evidence: Evidence, checkpoint: Checkpoint) -> None:
    """That each entry is in the tree: proved itself, or named by a later one of its stream that is."""
    positions = [leaf.position for leaf in evidence.entries]
    for before, after in pairwise(positions):
        if before >= after:
            _refute("entries_out_of_order", f"entry {after} stands after entry {before}")
    vouched: set[bytes] = set()
    for leaf in reversed(evidence.entries):
        path = evidence.inclusions.get(leaf.position)
        proved = path is not None and is_included(
            leaf.hash, leaf.position - 1, checkpoint.head, path
        )
        if (path is not None and not proved) or (path is None and leaf.hash not in vouched):
            _refute_entry(evidence, leaf)
        if leaf.previous is not None:
            vouched.add(leaf.previous)


def _refute_entry(evidence: Evidence, leaf: Leaf) -> NoReturn:
    """An entry that nothing vouches for was altered, unless the one that would vouch for it is not there."""
    following = leaf.stream_version + 1
    is_followed = any(
        (each.stream, each.stream_version) == (leaf.stream, following) for each in evidence.entries
    )
    if leaf.position not in evidence.inclusions and not is_followed:
        _refute("missing_entry", f"entry number {following} of {leaf.stream} is not there")
    _refute(
        "altered_entry",
        f"entry {leaf.position}, number {leaf.stream_version} of {leaf.stream}, is not what was recorded",
    )


def check_filed(evidence: Evidence, checkpoint: Checkpoint, key: str) -> Sequence[Leaf]:
    """All that was filed under a key at the position of the answer; the checkpoint commits to it."""
    said = evidence.heads[key]
    _check_head(checkpoint, key, said)
    filed = [leaf for leaf in evidence.entries if key in leaf.filed_under()]
    then = [leaf for leaf in filed if leaf.position <= evidence.position]
    hashes = [leaf.hash for leaf in then]
    count, root = _head(said)
    if len(then) > count:
        _refute(
            "altered_heads", f"{count} entries are filed under {key}, and {len(then)} are given"
        )
    begun = (len(then), frontier(hashes).root())
    if not is_consistent(begun, (count, root), said.consistency):
        _refute("missing_entry", f"{len(then)} entries are given of {key}, and they are not all")
    if len(then) < count:
        later = filed[len(then) :]
        if not later or not is_included(later[0].hash, len(then), (count, root), said.next):
            _refute("missing_entry", f"of {key} the entry after the first {len(then)} is not given")
    return then


def check_extracts(evidence: Evidence, checkpoint: Checkpoint, key: str) -> None:
    """That the extracts, where the evidence has any, are all that are filed under the key.

    They are those of the whole register; a line says of which position it is, and the code of a party that
    ended later does no harm: more has to be shown, and not less.
    """
    said = evidence.heads.get(key)
    if said is None:
        return
    _check_head(checkpoint, key, said)
    if (len(said.extracts), frontier(map(extract_hash, said.extracts)).root()) != _head(said):
        _refute("missing_entry", f"what is filed under {key} is not what is given")


def _check_head(checkpoint: Checkpoint, key: str, said: FiledUnder) -> None:
    if checkpoint.heads is None:
        _refute("altered_heads", "the checkpoint commits to no heads")
    value = None if said.head is None else said.head.data(key)
    if not holds(checkpoint.heads, key, value, said.proof):
        _refute("altered_heads", f"the head of {key} is not the one that was signed")


def _head(said: FiledUnder) -> tuple[int, bytes]:
    return (said.head.count, said.head.root) if said.head else (0, frontier(()).root())


# --- the answer ---


def check_answer(evidence: Evidence, filed: Mapping[str, Sequence[Leaf]]) -> None:
    """That the answer follows from what was filed."""
    try:
        derived = derive(evidence, filed)
    except Unproved as error:
        raise Refuted("missing_evidence", str(error)) from error
    except _UNDERIVABLE as error:
        raise Refuted("unreadable", f"no answer can be derived: {error!r:.200}") from error
    for name in (*evidence.answer, *derived):
        given, follows = evidence.answer.get(name), derived.get(name)
        if given != follows or name not in derived:
            _refute("another_answer", f"{name} is {_shown(given)}, and {_shown(follows)} follows")


def derive(evidence: Evidence, filed: Mapping[str, Sequence[Leaf]]) -> Plain:
    """The answer to the same question, from the entries."""
    said = evidence.answer
    as_seen = None if said["as_seen"] is None else date.fromisoformat(said["as_seen"])
    bounds = Bounds(
        as_of=date.fromisoformat(said["as_of"]), as_seen=as_seen, record=_record(evidence)
    )

    def dossier(treaty: str, seen: date | None = as_seen) -> Dossier:
        on_file = _proved(filed, dossier_stream(treaty))
        return open_dossier(treaty, [leaf.entry for leaf in on_file], as_seen=seen)

    family = family_of(str(said["treaty"]), lambda treaty: dossier(treaty, None).now)
    if not dossier(family[0], None).definitions:
        raise Unproved(f"no definition of {family[0]} is among the entries")
    fold = fold_of(family[0], dossier, _register(evidence, filed))
    derived = answer(
        fold,
        str(said["party"]),
        bounds,
        towards=said["relation"]["party"] if said.get("relation") else None,
        explain="because" in said,
    )
    plain: Plain = json.loads(json.dumps(derived))
    return plain


def _record(evidence: Evidence) -> Record:
    found = [leaf for leaf in evidence.entries if leaf.position == evidence.position]
    if not found or evidence.position not in evidence.inclusions:
        raise Unproved(f"the entry at position {evidence.position} is not given and proved")
    return Record(position=evidence.position, at=found[0].entry.recorded_at)


def _register(evidence: Evidence, filed: Mapping[str, Sequence[Leaf]]) -> ProvedRegister:
    """The register of all parties that are proved, in the order in which they were entered."""
    continuing = [_party(leaf) for leaf in _proved(filed, CONTINUITY)]
    leaves = {
        leaf.position: leaf
        for key, each in filed.items()
        if key.startswith(party_key(""))
        for leaf in each
    }
    codes = [key.removeprefix(party_key("")) for key in filed if key.startswith(party_key(""))]
    missing = [each.party for each in continuing if each.party not in codes]
    if missing:
        raise Unproved(f"the evidence does not say what the register holds of {missing[0]}")
    if ENDED not in evidence.heads:
        raise Unproved("the evidence does not say which parties ended")
    return ProvedRegister(
        [_party(leaves[each]) for each in sorted(leaves)],
        codes,
        evidence.heads[ENDED].extracts,
        _dated(evidence),
    )


def _dated(evidence: Evidence) -> Sequence[PartyEntry] | None:
    """When each party existed, by the register at the position of the answer; None where that is not given."""
    if EXISTENCE not in evidence.heads:
        return None
    told = map(existence_of, evidence.heads[EXISTENCE].extracts)
    return [each.entry() for each in told if each.position <= evidence.position]


def _party(leaf: Leaf) -> PartyEntry:
    content = leaf.entry.content
    if not isinstance(content, PartyEntry):
        raise TypeError(f"entry {leaf.position} is no entry of the register")
    return content


def _proved(filed: Mapping[str, Sequence[Leaf]], key: str) -> Sequence[Leaf]:
    if key not in filed:
        raise Unproved(f"the evidence does not say what is filed under {key}")
    return filed[key]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _refute(fault: str, sentence: str) -> NoReturn:
    raise Refuted(fault, sentence)


_UNDERIVABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    Refusal,
    TypeError,
    ValueError,
)
"""What the law raises over entries that it cannot read; signed nonsense is nonsense."""
