"""Whether the record is what it was: quickly, by what holds it together, or deeply, entry by entry.

What is found wrong has a name and says where; nothing is ever mended here.
Whoever holds the database and the key of the log can rewrite both so that nothing here sees it:
that is what checkpoints in other hands are for, and witnesses.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations
from typing import TypeAlias

import sqlalchemy as sa

from domain.acts import SigningKey
from domain.leaves import Leaf
from domain.ports import SIGNING
from domain.proof import HASH_BYTES, Edge, Frontier, tile_width
from infrastructure.archive import EventArchive
from infrastructure.codec import UnknownTopic, UnreadableState, decoded, encoded
from infrastructure.database import glancing, writing
from infrastructure.logtree import (
    Damaged,
    Filed,
    KeptCheckpoint,
    KeyHeads,
    LogTree,
    Row,
    leaf_from_row,
    pages,
)
from infrastructure.signing import FAST
from infrastructure.tables import document, event_log, log_head, log_tile
from infrastructure.verifier.notes import (
    VerifierKey,
    is_signed,
    key_from,
    note_from,
    signature_from,
)

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the name of a check, how much of it is done, and how much there is."""

Comparison: TypeAlias = Callable[[Progress], Iterable[str]]
"""Another comparison, of the read model or of stored answers, which gives each difference in words."""

RECENT = 1_000
SAMPLE = 200
MOST_FAULTS = 100
"""Of one check; what is wrong beyond that is counted and not told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Something that is not what it was: a name for how, and words for where."""

    fault: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one check found; notes are what its reader should know although nothing is wrong."""

    name: str
    faults: tuple[Discrepancy, ...] = ()
    notes: tuple[str, ...] = ()


FAULTS: Mapping[str, str] = {
    "missing_entry": "an entry that was there is there no more, or never was",
    "altered_entry": "an entry is not what was sealed",
    "swapped_entries": "two entries stand in each other's place",
    "unreadable_entry": "an entry cannot be read, or is not written as entries are",
    "disordered_instants": "an entry was recorded before the one before it",
    "missing_guard": "what keeps the log from being changed is not there, or does nothing",
    "excess_right": "the role of the service may do more than add",
    "altered_tree": "the tree is not that of the entries",
    "altered_heads": "the heads are not those of the entries",
    "altered_checkpoint": "a checkpoint is not what the tree was at its size",
    "forged_signature": "a signature is not by the key that it names, or the log names no such key",
    "altered_document": "a document does not have the digest under which it is kept",
    "altered_read_model": "the read model does not say what follows from the log",
    "altered_answer": "an answer is not what it was",
}
"""Every fault that can be found, and what it means."""


def silent(_name: str, _done: int, _whole: int) -> None:
    """Progress that nobody watches."""


class Verification:
    """Checks the record of one database."""

    def __init__(
        self,
        engine: sa.Engine,
        archive: EventArchive,
        *,
        read_model: Comparison | None = None,
        answers: Comparison | None = None,
        seed: int | None = None,
    ) -> None:
        """Check this record; `read_model` and `answers` are compared deeply, by whoever knows them."""
        self._engine = engine
        self._archive = archive
        self._tree = LogTree(engine)
        self._read_model = read_model
        self._answers = answers
        self._random = random.Random(seed)  # noqa: S311 (a sample, not a secret)

    def fast(self, progress: Progress = silent) -> Iterator[Checked]:
        """What can be seen without reading every entry: gaps, guards, rights, and the last of tree and signatures."""
        checks: Mapping[str, Callable[[], Checked]] = {
            "positions": self._positions,
            "streams": self._streams,
            "guards": self._guards,
            "rights": self._rights,
            "tree": self._recent_entries,
            "heads": self._counted_heads,
            "checkpoints": lambda: self._checkpoints(last=RECENT),
        }
        for done, (name, check) in enumerate(checks.items()):
            progress(name, done, len(checks))
            yield _guarded(name, check)
        progress("fast", len(checks), len(checks))

    def deep(self, progress: Progress = silent) -> Iterator[Checked]:
        """All of that, and every entry, every hash, every signature, every document, and the comparisons given."""
        yield from self.fast(progress)
        yield from self._every_entry(progress)
        yield _guarded("checkpoints", lambda: self._checkpoints(last=None, progress=progress))
        yield self._documents(progress)
        for name, fault, compare in (
            ("read_model", "altered_read_model", self._read_model),
            ("answers", "altered_answer", self._answers),
        ):
            if compare is not None:
                yield _checked(name, (_found(fault, each) for each in compare(progress)))

    # --- the log ---

    def _positions(self) -> Checked:
        position = event_log.c.position
        ends = sa.select(sa.func.count(), sa.func.min(position), sa.func.max(position))
        with glancing(self._engine) as connection:
            count, first, last = connection.execute(ends.select_from(event_log)).one()
            if count == (last or 0) and first in (None, 1):
                return _checked("positions", (), [f"{count} entries"])
            after = event_log.alias("after")
            gaps = (
                sa.select(position + 1)
                .outerjoin(after, after.c.position == position + 1)
                .where(after.c.position.is_(None), position < last)
                .order_by(position)
                .limit(MOST_FAULTS)
            )
            missing = [*([1] if first != 1 else []), *connection.scalars(gaps)]
        return _checked(
            "positions",
            [
                _found("missing_entry", f"the log has no entry at position {each}")
                for each in missing
            ],
        )

    def _streams(self) -> Checked:
        version = event_log.c.originator_version
        query = (
            sa.select(event_log.c.originator_id, sa.func.count(), sa.func.max(version))
            .group_by(event_log.c.originator_id)
            .having((sa.func.count() != sa.func.max(version)) | (sa.func.min(version) != 1))
            .order_by(event_log.c.originator_id)
            .limit(MOST_FAULTS)
        )
        with glancing(self._engine) as connection:
            rows = connection.execute(query).all()
        return _checked(
            "streams",
            [
                _found("missing_entry", f"{stream} has {count} entries up to number {last}")
                for stream, count, last in rows
            ],
        )

    # --- what guards it ---

    def _guards(self) -> Checked:
        if self._engine.dialect.name == "sqlite":
            query, expected = _SQLITE_TRIGGERS, _SQLITE_GUARDS
        else:
            query, expected = _POSTGRES_TRIGGERS, _POSTGRES_GUARDS
        with glancing(self._engine) as connection:
            there = set(connection.scalars(sa.text(query)))
        faults = [
            _found("missing_guard", f"the trigger {name} is not in force")
            for name in expected
            if name not in there
        ]
        faults.extend(
            _found("missing_guard", f"it was possible to {statement.split()[0].lower()} {table}")
            for table, statement in _TRIALS
            if self._passes(statement)
        )
        return _checked("guards", faults)

    def _passes(self, statement: str) -> bool:
        """Whether the statement changes something; it is undone in any case."""
        passed = False
        with suppress(sa.exc.DBAPIError, _Undone), writing(self._engine) as connection:
            passed = connection.exec_driver_sql(statement).rowcount > 0
            raise _Undone
        return passed

    def _rights(self) -> Checked:
        if self._engine.dialect.name == "sqlite":
            return _checked("rights", (), ["whoever can write the file can write anything into it"])
        with glancing(self._engine) as connection:
            if not connection.scalar(sa.text(_ROLE)):
                return _checked("rights", (), ["there is no role timeline_service here"])
            excess = [
                _found("excess_right", f"timeline_service may {right.lower()} {table}")
                for table, right in _FORBIDDEN
                if connection.scalar(sa.text(_RIGHT), {"table": table, "right": right})
            ]
            excess.extend(
                _found("excess_right", f"timeline_service may choose {column} of an entry")
                for column in ("position", "recorded_at")
                if connection.scalar(sa.text(_COLUMN_RIGHT), {"column": column})
            )
            user, owns = connection.execute(sa.text(_OWNER)).one()
        note = f"this connection is that of {user}, which owns the log and could remove its guards"
        return _checked("rights", excess, [note] if owns else [])

    # --- the tree ---

    def _recent_entries(self) -> Checked:
        """The entries sealed last, and a sample of those before, against the hashes that were sealed."""
        size, end = self._tree.size(), self._archive.head().position
        if size > end:
            return _checked(
                "tree",
                [_found("missing_entry", f"{size} entries are sealed, and the log has {end}")],
            )
        first = max(1, size - RECENT + 1)
        sample = self._random.sample(range(1, first), k=min(SAMPLE, first - 1))
        leaves = [*(self._tree.leaves(first, size) if size else ())]
        for position in sorted(sample):
            leaves.extend(self._tree.leaves(position, position))
        faults = [
            _found("altered_entry", f"entry {leaf.position} is not what was sealed")
            for leaf in leaves
            if leaf.hash != self._tree.leaf(leaf.position)
        ]
        notes = [f"{len(leaves)} of {size} sealed entries were read"]
        if end > size:
            notes.append(f"{end - size} entries are not sealed yet")
        return _checked("tree", faults, notes)

    def _counted_heads(self) -> Checked:
        """The heads of streams against how far the streams had got when they were sealed."""
        size, heads = self._tree.size(), self._tree.heads()
        if heads.size != size:
            what = f"the heads are those of {heads.size} entries, and {size} are sealed"
            return _checked("heads", [_found("altered_heads", what)])
        streams = [key for key in heads.filed if "/" not in key]
        versions = self._archive.versions(streams, up_to=size)
        return _checked(
            "heads",
            [
                _found(
                    "altered_heads",
                    f"{heads.filed[key].tree.size} entries are filed under {key}, "
                    f"which had {versions[key]}",
                )
                for key in streams
                if heads.filed[key].tree.size != versions[key]
            ],
        )

    # --- what was signed ---

    def _checkpoints(self, *, last: int | None, progress: Progress = silent) -> Checked:
        """Signed roots against the tree, and signatures: of the latest checkpoints, or of all."""
        keys = self._declared_keys()
        latest = self._tree.checkpoint()
        if latest is None:
            return _checked("checkpoints", (), ["no checkpoint has been signed"])
        faults: list[Discrepancy] = []
        if latest.checkpoint.heads != self._heads_root(latest):
            what = f"the heads are not those that were signed at size {latest.checkpoint.size}"
            faults.append(_found("altered_heads", what))
        seen, after = 0, 0
        while batch := self._tree.checkpoints(after=after):
            after = batch[-1].checkpoint.size
            for kept in batch:
                faults.extend(self._compared(kept))
                if last is None or kept.checkpoint.size > latest.checkpoint.size - last:
                    faults.extend(_signatures(kept, keys))
            seen += len(batch)
            progress("checkpoints", after, latest.checkpoint.size)
        return _checked("checkpoints", faults, [f"{seen} checkpoints"])

    def _heads_root(self, latest: KeptCheckpoint) -> bytes | None:
        heads = self._tree.heads()
        return heads.map.root if heads.size == latest.checkpoint.size else latest.checkpoint.heads

    def _compared(self, kept: KeptCheckpoint) -> Iterator[Discrepancy]:
        size = kept.checkpoint.size
        try:
            if size > self._tree.size() or self._tree.root(size) != kept.checkpoint.root:
                yield _found(
                    "altered_checkpoint", f"the tree is not what was signed at size {size}"
                )
        except LookupError as error:
            yield _found("altered_tree", f"the tree of size {size} is not whole: {error}")

    def _declared_keys(self) -> Sequence[VerifierKey]:
        """The keys that the log names, whether in use or not any more."""
        contents = [entry.content for entry in self._archive.entries(SIGNING)]
        texts = dict.fromkeys(each.key for each in contents if isinstance(each, SigningKey))
        return tuple(map(key_from, texts))

    # --- entry by entry ---

    def _every_entry(self, progress: Progress) -> Iterator[Checked]:
        reading = _Reading(self._tree)
        end = self._archive.head().position
        for rows in pages(self._engine, 0, end):
            for row in rows:
                reading.take(row)
            progress("entries", rows[-1].position, end)
        yield _checked("entries", reading.entry_faults(self._engine))
        if reading.is_sound:
            yield _checked("tiles", reading.tile_faults(self._engine))
            yield _checked("sealed_heads", reading.head_faults(self._engine))
        else:
            note = "not compared, since entries are not what was sealed"
            yield _checked("tiles", (), [note])
            yield _checked("sealed_heads", (), [note])

    def _documents(self, progress: Progress) -> Checked:
        query = sa.select(document.c.sha256).where(document.c.content.is_not(None))
        with glancing(self._engine) as connection:
            digests = connection.scalars(query.order_by(document.c.sha256)).all()
        faults = []
        for done, digest in enumerate(digests, start=1):
            content = sa.select(document.c.content).where(document.c.sha256 == digest)
            with glancing(self._engine) as connection:
                found = sha256(bytes(connection.scalar(content) or b"")).hexdigest()
            if found != digest:
                faults.append(_found("altered_document", f"document {digest} has another digest"))
            progress("documents", done, len(digests))
        return _checked("documents", faults, [f"{len(digests)} documents"])


class _Undone(Exception):
    """What was tried is rolled back."""


class _Reading:
    """Reads the log from its beginning, and makes its tree again beside the one that is kept."""

    def __init__(self, tree: LogTree) -> None:
        self._size = tree.size()
        self._tree = tree
        self._edge, self._grown, self._heads = Edge(0, {}), Frontier(), KeyHeads()
        self._checkpoints = _readable_checkpoints(tree)
        self._last: dict[str, bytes] = {}
        self._before: Row | None = None
        self._wrong: list[Row] = []
        self._faults: list[Discrepancy] = []

    @property
    def is_sound(self) -> bool:
        """Whether every sealed entry is what was sealed."""
        return not self._wrong and self._grown.size == self._size

    def take(self, row: Row) -> None:
        """One more entry, in the order of the log."""
        self._faults.extend(_form_faults(row, self._before))
        self._before = row
        if row.position > self._size or len(self._wrong) > MOST_FAULTS:
            return
        try:
            leaf = leaf_from_row(row, self._last.get(row.originator_id))
            sealed = self._tree.leaf(row.position)
        except Damaged as error:
            self._faults.append(_found(error.fault, str(error)))
            return
        self._last[row.originator_id] = sealed
        if leaf.hash != sealed:
            self._wrong.append(row)
        elif not self._wrong and row.position == self._grown.size + 1:
            self._grow(leaf)

    def _grow(self, leaf: Leaf) -> None:
        self._edge.add(leaf.hash)
        self._grown = self._grown.grown(leaf.hash)
        try:
            self._heads.add(leaf)
        except Damaged as error:
            self._faults.append(_found(error.fault, str(error)))
        kept = self._checkpoints.get(leaf.position)
        if kept is not None:
            self._heads.commit()
            signed = kept.checkpoint
            if (signed.root, signed.heads) != (self._grown.root(), self._heads.map.root):
                what = (
                    f"another tree follows from the entries than was signed at size {signed.size}"
                )
                self._faults.append(_found("altered_checkpoint", what))

    def entry_faults(self, engine: sa.Engine) -> Iterator[Discrepancy]:
        """Every entry that is not what was sealed; of two that were exchanged it is said so."""
        yield from self._faults
        suspects = _Suspects(self._wrong, self._tree, engine)
        for one, other in suspects.exchanged():
            what = f"entries {one} and {other} stand in each other's place"
            yield _found("swapped_entries", what)
        for position in suspects.altered():
            yield _found("altered_entry", f"entry {position} is not what was sealed")

    def tile_faults(self, engine: sa.Engine) -> Iterator[Discrepancy]:
        """Every tile that is not that of the entries, is missing, or belongs to none."""
        made = dict(self._edge.changed())
        query = sa.select(log_tile.c.level, log_tile.c.number, log_tile.c.hashes)
        with glancing(engine) as connection:
            for level, number, hashes in connection.execute(query):
                expected = made.pop((level, number), b"")
                width = tile_width(level, number, self._size)
                if bytes(hashes)[: width * HASH_BYTES] != expected or not expected:
                    what = f"tile {number} of level {level} is not that of the entries"
                    yield _found("altered_tree", what)
        for level, number in made:
            yield _found("altered_tree", f"tile {number} of level {level} is missing")

    def head_faults(self, engine: sa.Engine) -> Iterator[Discrepancy]:
        """Every head that is not that of the entries."""
        made = dict(self._heads.filed)
        query = sa.select(log_head.c.key, log_head.c.count, log_head.c.frontier, log_head.c.last)
        with glancing(engine) as connection:
            for key, count, frontier, last in connection.execute(query):
                filed = made.pop(key, None)
                if filed is None or _columns(filed) != (count, bytes(frontier), bytes(last)):
                    yield _found("altered_heads", f"the head of {key} is not that of the entries")
        for key in made:
            yield _found("altered_heads", f"the head of {key} is missing")


class _Suspects:
    """Entries that are not what was sealed, and whether two of them, put back, would be."""

    def __init__(self, rows: Sequence[Row], tree: LogTree, engine: sa.Engine) -> None:
        self._tree = tree
        with glancing(engine) as connection:
            self._rows = {row.position: (row, _before(connection, row)) for row in rows}
        self._exchanged = self._look()

    def exchanged(self) -> Sequence[tuple[int, int]]:
        """The pairs that stand in each other's place."""
        return self._exchanged

    def altered(self) -> Iterator[int]:
        """The positions of entries that are wrong whatever is put back."""
        back = dict(self._exchanged)
        back |= {other: one for one, other in self._exchanged}
        yield from (each for each in self._rows if not self._is_sealed(each, back))

    def _look(self) -> list[tuple[int, int]]:
        pairs = combinations(self._rows, 2)
        return [(one, other) for one, other in pairs if self._are_exchanged(one, other)]

    def _are_exchanged(self, one: int, other: int) -> bool:
        back = {one: other, other: one}
        return (
            not self._is_sealed(one, {})
            and not self._is_sealed(other, {})
            and self._is_sealed(one, back)
            and self._is_sealed(other, back)
        )

    def _is_sealed(self, position: int, back: Mapping[int, int]) -> bool:
        """Whether the entry is what was sealed, if these positions are exchanged."""
        row, before = self._rows[position]
        previous = None if before is None else self._tree.leaf(back.get(before, before))
        place = back.get(position, position)
        return leaf_from_row(row, previous).at(place).hash == self._tree.leaf(place)


def _before(connection: sa.Connection, row: Row) -> int | None:
    """Where the entry before it in its stream stands now."""
    return connection.scalar(
        sa.select(event_log.c.position).where(
            event_log.c.originator_id == row.originator_id,
            event_log.c.originator_version == row.originator_version - 1,
        )
    )


def _form_faults(row: Row, before: Row | None) -> Iterator[Discrepancy]:
    """What is wrong with an entry by itself, and with its instant."""
    try:
        if encoded(decoded(row.topic, row.state)) != row.state:
            yield _found("unreadable_entry", f"entry {row.position} is not written as entries are")
    except (UnknownTopic, UnreadableState, NotImplementedError) as error:
        yield _found("unreadable_entry", f"entry {row.position}: {error}")
    if before is not None and row.recorded_at < before.recorded_at:
        what = f"entry {row.position} was recorded before entry {before.position}"
        yield _found("disordered_instants", what)


def _signatures(kept: KeptCheckpoint, keys: Sequence[VerifierKey]) -> Iterator[Discrepancy]:
    """The signatures of a checkpoint that are wrong, or by nobody whom the log names."""
    size, note = kept.checkpoint.size, note_from(kept.note)
    signed = [is_signed(note, key, FAST) for key in keys]
    if False in signed or (keys and not any(signed)):
        yield _found("forged_signature", f"the checkpoint of size {size} has a wrong signature")
    for line, key in zip(kept.cosignatures, kept.cosigned_by, strict=True):
        cosigned = replace(note, signatures=(signature_from(line),))
        if not is_signed(cosigned, key_from(key), FAST):
            what = f"the cosignature of size {size} by {key_from(key).name} is wrong"
            yield _found("forged_signature", what)


def _readable_checkpoints(tree: LogTree) -> Mapping[int, KeptCheckpoint]:
    """The checkpoints by size, up to the first that cannot be read, which another check names."""
    found: dict[int, KeptCheckpoint] = {}
    with suppress(Damaged):
        while batch := tree.checkpoints(after=max(found, default=0)):
            found.update({each.checkpoint.size: each for each in batch})
    return found


def _columns(filed: Filed) -> tuple[int, bytes, bytes]:
    return filed.tree.size, b"".join(filed.tree.hashes), filed.last


def _guarded(name: str, check: Callable[[], Checked]) -> Checked:
    """What the check found, or that it could go no further and why."""
    try:
        return check()
    except Damaged as damaged:
        return _checked(name, [_found(damaged.fault, str(damaged))])


def _checked(name: str, faults: Iterable[Discrepancy], notes: Iterable[str] = ()) -> Checked:
    found = list(faults)
    beyond = len(found) - MOST_FAULTS
    more = [f"and {beyond} more"] if beyond > 0 else []
    return Checked(name=name, faults=tuple(found[:MOST_FAULTS]), notes=(*notes, *more))


def _found(fault: str, detail: str) -> Discrepancy:
    return Discrepancy(fault=fault, detail=detail)


_SQLITE_GUARDS: Sequence[str] = (
    "event_log_refuse_update",
    "event_log_refuse_delete",
    "event_log_refuse_replacement",
    "checkpoint_refuse_update",
    "checkpoint_refuse_delete",
    "checkpoint_refuse_replacement",
    "cosignature_refuse_update",
    "cosignature_refuse_delete",
    "cosignature_refuse_replacement",
    "document_refuse_update",
    "document_refuse_delete",
    "document_refuse_replacement",
)
_POSTGRES_GUARDS: Sequence[str] = (
    "event_log_one_writer",
    "event_log_append_only",
    "checkpoint_append_only",
    "cosignature_append_only",
    "document_append_only",
    "document_erase_only",
)
_SQLITE_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
_POSTGRES_TRIGGERS = """
SELECT tgname FROM pg_trigger
WHERE NOT tgisinternal
    AND tgrelid IN ('event_log'::regclass, 'checkpoint'::regclass, 'cosignature'::regclass,
        'document'::regclass)
    AND (tgenabled = 'A' OR (tgenabled = 'O' AND tgname = 'event_log_one_writer'))"""
_TRIALS = (
    ("the log", "UPDATE event_log SET topic = topic WHERE position = 1"),
    ("the log", "DELETE FROM event_log WHERE position = 1"),
    ("checkpoints", "UPDATE checkpoint SET note = note"),
    (
        "checkpoints",
        """DELETE FROM checkpoint WHERE size =
        (SELECT min(size) FROM checkpoint WHERE size NOT IN (SELECT size FROM cosignature))""",
    ),
    ("cosignatures", "UPDATE cosignature SET line = line"),
    ("cosignatures", "DELETE FROM cosignature WHERE size = (SELECT min(size) FROM cosignature)"),
    ("documents", "UPDATE document SET kept_by = kept_by"),
    ("documents", "DELETE FROM document WHERE sha256 = (SELECT min(sha256) FROM document)"),
)
_FORBIDDEN = tuple(
    (table, right)
    for table in ("event_log", "checkpoint", "cosignature", "document")
    for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
)
_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = 'timeline_service'"
_RIGHT = "SELECT has_table_privilege('timeline_service', :table, :right)"
_COLUMN_RIGHT = "SELECT has_column_privilege('timeline_service', 'event_log', :column, 'INSERT')"
_OWNER = (
    "SELECT current_user, pg_has_role(current_user, relowner, 'USAGE') FROM pg_class "
    "WHERE oid = 'event_log'::regclass"
)
