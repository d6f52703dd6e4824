"""The tree grows behind the log, each entry once, and what is signed is what was recorded."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from domain.acts import SigningKey
from domain.leaves import CONTINUITY, ENDED, extract_hash, head_of, leaf_from, party_key
from domain.maps import ProvableMap, holds
from domain.ports import SIGNING
from domain.proof import frontier, is_consistent, is_included, leaf_hash, tile_width
from infrastructure.database import glancing, writing
from infrastructure.logtree import LARGEST_BUNDLED, Damaged, LogTree, Unbundled
from infrastructure.sealing import Due, Pace, Rebuilt, key_changes, rebuild
from infrastructure.signing import signed_note, signer
from infrastructure.tables import event_log
from infrastructure.verifier.notes import (
    ED25519,
    ML_DSA_44,
    Checkpoint,
    Note,
    is_signed,
    key_from,
    note_from,
)
from tests.infrastructure.records import (
    LOG_KEY,
    ORIGIN,
    Record,
    a_definition,
    a_party,
    an_act,
    opened,
    some_acts,
)


@pytest.fixture
def record(migrated_database_url: str) -> Iterator[Record]:
    with opened(migrated_database_url) as record:
        yield record


def change(record: Record, statement: str, **values: object) -> None:
    with writing(record.engine) as connection:
        connection.execute(sa.text(statement), values)


def test_every_entry_is_sealed_and_proved(record: Record) -> None:
    record.add(*some_acts(300))

    head = record.sealer().catch_up()

    kept = record.tree.checkpoint()
    assert head is not None
    assert kept is not None
    assert kept.checkpoint == head
    assert is_signed(note_from(kept.note), LOG_KEY.key) is True
    leaves = record.tree.leaves(1, 300)
    assert [leaf.position for leaf in leaves] == list(range(1, 301))
    assert frontier(leaf.hash for leaf in leaves).root() == head.root
    for leaf in leaves:
        path = record.tree.inclusion(leaf.position, head.size)
        assert is_included(leaf.hash, leaf.position - 1, head.head, path)


def test_a_leaf_names_what_the_archive_gives(record: Record) -> None:
    record.add(*some_acts(4, treaties=2))
    record.seal()

    entries = [leaf.entry for leaf in record.tree.leaves(1, 4)]

    assert tuple(entries) == record.archive.since(0)


def test_each_entry_is_chained_to_the_one_before_it_in_its_stream(record: Record) -> None:
    record.add(*some_acts(9))
    record.seal()

    leaves = record.tree.leaves(1, 9)

    assert [leaf.previous for leaf in leaves[:3]] == [None] * 3
    assert [leaf.previous for leaf in leaves[3:]] == [leaf.hash for leaf in leaves[:-3]]
    assert record.tree.stream("treaty:t1") == leaves[1::3]
    assert record.tree.stream("treaty:t1", 2, 3) == (leaves[4], leaves[7])


def test_a_batch_is_as_large_as_the_pace_says_and_each_has_its_checkpoint(record: Record) -> None:
    record.add(*some_acts(12))

    record.seal(entries=5)

    kept = record.tree.checkpoints()
    assert [each.checkpoint.size for each in kept] == [5, 10, 12]
    for earlier, later in combinations(kept, 2):
        first, second = earlier.checkpoint.head, later.checkpoint.head
        path = record.tree.consistency(first[0], second[0])
        assert is_consistent(first, second, path)
    assert record.tree.checkpoint(6) == kept[1]
    assert record.tree.checkpoint(13) is None
    assert record.tree.checkpoints(after=5, limit=1) == kept[1:2]


def test_how_the_log_was_cut_into_batches_leaves_no_trace_in_the_tree(
    migrated_sqlite_database: str, migrated_postgres_database: str
) -> None:
    """And the same record on another database has the same tree."""
    heads = []
    for url, batch in ((migrated_sqlite_database, 7), (migrated_postgres_database, 256)):
        with opened(url) as record:
            insert_the_same(record, 300)
            record.seal(entries=batch)
            kept = record.tree.checkpoint()
            assert kept is not None
            heads.append(kept.checkpoint)

    assert heads[0] == heads[1]


def insert_the_same(record: Record, count: int) -> None:
    """Writes rows whose every column is fixed, past the recorder."""
    always = "" if record.engine.dialect.name == "sqlite" else "OVERRIDING SYSTEM VALUE"
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    rows = [
        {
            "position": number + 1,
            "stream": f"treaty:t{number % 3}",
            "version": number // 3 + 1,
            "state": json.dumps({"version": 1, "fact": {"id": str(number)}}).encode(),
            "event_id": UUID(int=number),
            "metadata": {"recorded_by": "clerk", "correlation": str(number), "a": [1, None]},
            "at": at.replace(microsecond=number * 1000),
        }
        for number in range(count)
    ]
    statement = sa.text(
        "INSERT INTO event_log (position, originator_id, originator_version, topic, state,"
        f" event_id, metadata, recorded_at) {always} VALUES (:position, :stream, :version,"
        " 'act.signature', :state, :event_id, :metadata, :at)"
    ).bindparams(
        sa.bindparam("event_id", type_=event_log.c.event_id.type),
        sa.bindparam("metadata", type_=event_log.c.metadata.type),
        sa.bindparam("at", type_=event_log.c.recorded_at.type),
    )
    with writing(record.engine) as connection:
        connection.execute(statement, rows)


def test_sealing_again_finds_nothing_to_do(record: Record) -> None:
    record.add(*some_acts(3))
    sealer = record.sealer()
    sealer.catch_up()

    assert sealer.seal() is None
    assert record.sealer().seal() is None
    assert len(record.tree.checkpoints()) == 1


def test_an_empty_log_has_no_checkpoint(record: Record) -> None:
    assert record.sealer().catch_up() is None
    assert record.tree.checkpoint() is None
    assert record.tree.root(0) == frontier([]).root()


def test_sealers_that_take_turns_go_on_from_each_other(record: Record) -> None:
    one, other = record.sealer(entries=4), record.sealer(entries=4)
    for batch in range(6):
        record.add(*(an_act(number, f"b{batch}") for number in range(3)))
        (one if batch % 2 else other).catch_up()

    leaves = record.tree.leaves(1, 18)
    kept = record.tree.checkpoint()
    assert kept is not None
    assert kept.checkpoint.root == frontier(leaf.hash for leaf in leaves).root()
    assert kept.checkpoint.heads == record.tree.heads().map.root


def test_sealers_at_the_same_time_seal_no_entry_twice(record: Record) -> None:
    record.add(*some_acts(120))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            record.sealer(entries=3).catch_up()
        except BaseException as error:  # noqa: BLE001 (told to the test below)
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = record.tree.checkpoints()
    assert failures == []
    assert [each.checkpoint.size for each in kept] == list(range(3, 121, 3))
    leaves = [leaf.hash for leaf in record.tree.leaves(1, 120)]
    for each in kept:
        assert each.checkpoint.root == frontier(leaves[: each.checkpoint.size]).root()


class LosesItsPen:
    """A signer that fails the first time."""

    key = LOG_KEY.key

    def __init__(self) -> None:
        self.failed = False

    def signed(self, text: str, time: int = 0) -> Any:
        if not self.failed:
            self.failed = True
            raise OSError("the pen is lost")
        return LOG_KEY.signed(text, time)


def test_a_batch_that_fails_leaves_nothing_behind(record: Record) -> None:
    record.add(*some_acts(10))
    sealer = record.sealer(signers=[LosesItsPen()])  # type: ignore[list-item]  # signs, at times

    with pytest.raises(OSError, match="the pen is lost"):
        sealer.seal()

    assert record.tree.size() == 0
    assert record.tree.heads().filed == {}
    head = sealer.seal()
    assert head is not None
    assert head.root == frontier(leaf.hash for leaf in record.tree.leaves(1, 10)).root()


def test_without_a_key_the_tree_grows_and_a_key_signs_it_later(record: Record) -> None:
    record.add(*some_acts(5))
    record.seal(signers=[])

    unsigned = record.tree.checkpoint()
    size = record.tree.size()
    record.seal()

    assert unsigned is None
    assert size == 5
    signed = record.tree.checkpoint()
    assert signed is not None
    assert signed.checkpoint.size == 5


def test_every_key_of_the_log_signs(record: Record) -> None:
    second = signer(ORIGIN, ML_DSA_44, b"2" * 32)
    record.add(an_act(1))

    record.seal(signers=[LOG_KEY, second])

    kept = record.tree.checkpoint()
    assert kept is not None
    for key in (LOG_KEY.key, second.key):
        assert is_signed(note_from(kept.signed()), key) is True


# --- heads ---


def test_the_map_holds_the_head_of_every_stream(record: Record) -> None:
    record.add(*some_acts(8))
    record.seal(entries=3)

    kept, heads = record.tree.checkpoint(), record.tree.heads()

    assert kept is not None
    assert kept.checkpoint.heads == heads.map.root
    for key in ("treaty:t0", "treaty:t1", "treaty:t2"):
        head = head_of(frontier(leaf.hash for leaf in record.tree.stream(key)))
        assert heads.head(key) == head
        assert holds(heads.map.root, key, head.data(key), heads.map.proof(key))
    assert heads.head("treaty:t3") is None
    assert holds(heads.map.root, "treaty:t3", None, heads.map.proof("treaty:t3"))


def test_the_register_is_filed_by_party_and_by_continuity(record: Record) -> None:
    record.add(a_party("SUHH"), a_party("RUS", continues="SUHH"), a_party("SUHH", kind="former"))
    record.seal()

    leaves, heads = record.tree.leaves(1, 3), record.tree.heads()

    def over(*places: int) -> Any:
        return head_of(frontier(leaves[place].hash for place in places))

    assert heads.head("register") == over(0, 1, 2)
    assert heads.head(party_key("SUHH")) == over(0, 2)
    assert heads.head(party_key("RUS")) == over(1)
    assert heads.head(CONTINUITY) == over(1)


def test_the_codes_of_the_parties_that_ended_are_filed_at_each_entry_that_says_so(
    record: Record,
) -> None:
    ended = [{"from": "1918-10-28", "until": "1993-01-01"}]
    record.add(a_party("CSHH", existence=ended), a_party("POL"))
    record.add(a_party("CSHH"), a_party("CSHH", existence=ended, kind="former"))
    record.seal(entries=2)

    assert record.tree.heads().head(ENDED) == head_of(frontier([extract_hash("CSHH")] * 2))


def test_heads_go_on_from_what_was_read_before(record: Record) -> None:
    record.add(*some_acts(4))
    record.seal()
    before = record.tree.heads()
    root = before.map.root
    record.add(an_act(7, "t1"), an_act(8, "new"))
    record.seal()

    after = record.tree.heads(before)

    assert after.filed == record.tree.heads().filed
    assert after.map.root == record.tree.heads().map.root != root
    assert before.map.root == root
    assert ProvableMap().root != root


# --- files ---


def test_a_bundle_holds_the_bytes_that_its_tile_hashes(record: Record) -> None:
    record.add(*some_acts(300))
    record.seal()

    for number, width in ((0, 256), (1, 44), (1, 7)):
        bundle, hashes = record.tree.bundle(number, width), []
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            hashes.append(leaf_hash(bundle[2 : 2 + length]))
            assert leaf_from(json.loads(bundle[2 : 2 + length])).hash == hashes[-1]
            bundle = bundle[2 + length :]
        assert b"".join(hashes) == record.tree.tile(0, number, width)
    assert record.tree.tile(1, 0) == record.tree.nodes(8, 0)
    assert record.tree.tile(2, 0) == b""
    assert tile_width(0, 1, record.tree.size()) == 44


def test_an_entry_too_long_for_a_bundle_is_sealed_and_not_bundled(record: Record) -> None:
    record.add(an_act(1, note="x" * LARGEST_BUNDLED))
    record.seal()

    assert len(record.tree.leaves(1, 1)) == 1
    with pytest.raises(Unbundled, match="an entry of bundle 0 is longer than 65535 bytes"):
        record.tree.bundle(0, 1)


def test_whatever_can_be_recorded_can_be_sealed(record: Record) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    record.add(
        a_party("AAA", share=0.5),
        a_party("BBB", votes=2**60),
        a_party("CCC", nested=deep),
        a_definition("t", {"ünïcödé\U0001f600\ufb33": "\u2028\x00\x7f"}),
    )

    record.seal()

    leaves = record.tree.leaves(1, 4)
    assert tuple(leaf.entry for leaf in leaves) == record.archive.since(0)
    assert [type(leaf.content) for leaf in leaves] == [str, str, str, dict]
    assert all(leaf_from(json.loads(leaf.data)).hash == leaf.hash for leaf in leaves)
    assert record.tree.heads().head(party_key("BBB")) is not None


# --- what does not fit together ---


def insert_at(record: Record, position: int, version: int) -> None:
    always = "" if record.engine.dialect.name == "sqlite" else "OVERRIDING SYSTEM VALUE"
    change(
        record,
        "INSERT INTO event_log (position, originator_id, originator_version, topic, state,"
        f" event_id, metadata, recorded_at) {always} VALUES (:position, 'treaty:t0', :version,"
        f" 'act.signature', :state, '{uuid4().hex}', '{{}}', '2999-01-01 00:00:00')",
        position=position,
        version=version,
        state=b"{}",
    )


def test_a_gap_in_the_log_is_not_sealed(record: Record) -> None:
    record.add(an_act(1, "t0"))
    insert_at(record, 3, 2)

    with pytest.raises(Damaged, match="the log has no entry at position 2"):
        record.seal()

    assert record.tree.size() == 0


def test_a_gap_in_a_stream_is_not_sealed(record: Record) -> None:
    record.add(an_act(1, "t0"))
    insert_at(record, 2, 3)

    with pytest.raises(Damaged, match="entry 2 is number 3 of treaty:t0, after number 1"):
        record.seal()


def test_bytes_that_are_no_text_are_not_sealed(record: Record) -> None:
    change(
        record,
        "INSERT INTO event_log (originator_id, originator_version, topic, state, event_id, metadata)"
        f" VALUES ('treaty:t0', 1, 'act.signature', :state, '{uuid4().hex}', '{{}}')",
        state=b"\xff\xfe",
    )

    with pytest.raises(Damaged, match="entry 1 holds bytes that are no text"):
        record.seal()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE log_tile SET hashes = :hash WHERE level = 0", "not what was signed at size 1"),
        ("UPDATE log_head SET frontier = :hash, last = :hash", "the heads are not those"),
        ("DELETE FROM log_head", "the heads are those of 0 entries, and 1 were sealed"),
        (
            "UPDATE projection_position SET position = 0 WHERE name = 'sealed'",
            "1 entries were signed, and the tree has 0",
        ),
    ],
)
def test_nothing_is_signed_over_a_tree_that_is_not_what_was_signed(
    record: Record, statement: str, why: str
) -> None:
    record.add(an_act(1))
    record.seal()
    values = {"hash": bytes(32)} if ":hash" in statement else {}
    change(record, statement, **values)
    record.add(an_act(2))

    with pytest.raises(Damaged, match=why):
        record.seal()

    assert len(record.tree.checkpoints()) == 1


def test_a_log_keeps_its_name(record: Record) -> None:
    record.add(an_act(1))
    record.seal()
    record.add(an_act(2))

    with pytest.raises(Damaged, match=r"signed as example\.org/log, not as example\.org/other"):
        record.seal(signers=[signer("example.org/other", ED25519)])


def test_a_signature_of_our_own_that_is_wrong_stops_the_sealer(record: Record) -> None:
    record.add(an_act(1))
    record.seal(signers=[])
    root, heads = record.tree.root(1), record.tree.heads().map.root
    text = Checkpoint(origin=ORIGIN, size=1, root=root, heads=heads).text()
    forged = Note(text=text, signatures=(LOG_KEY.signed("something else\n"),))
    change(
        record,
        "INSERT INTO checkpoint (size, root, heads, note, made_at)"
        " VALUES (1, :root, :heads, :note, '2999-01-01 00:00:00')",
        root=root,
        heads=heads,
        note=str(forged),
    )
    record.add(an_act(2))

    with pytest.raises(Damaged, match="the checkpoint of size 1 has a wrong signature"):
        record.seal()


# --- made anew ---


def test_a_tree_made_anew_is_the_one_that_was_kept(record: Record) -> None:
    record.add(*some_acts(40))
    record.seal(entries=16)
    heads = record.tree.heads().filed

    assert rebuild(record.engine) == Rebuilt(size=40, differences=())
    assert record.tree.heads().filed == heads
    record.add(an_act(99))
    record.seal()
    assert record.tree.size() == 41


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DELETE FROM log_tile", "tile 0 of level 0"),
        ("DELETE FROM log_head WHERE key = 'treaty:t1'", "the head of treaty:t1"),
        ("UPDATE log_head SET count = 9 WHERE key = 'treaty:t1'", "the head of treaty:t1"),
        (
            "INSERT INTO log_tile (level, number, hashes) VALUES (5, 5, :hash)",
            "tile 5 of level 5",
        ),
    ],
)
def test_what_was_lost_of_a_tree_is_made_again_and_told(
    record: Record, statement: str, difference: str
) -> None:
    record.add(*some_acts(40))
    record.seal()
    change(record, statement, **({"hash": bytes(32)} if ":hash" in statement else {}))

    rebuilt = rebuild(record.engine)

    assert rebuilt == Rebuilt(size=40, differences=(difference,))
    assert rebuild(record.engine).differences == ()
    kept = record.tree.checkpoint()
    assert kept is not None
    assert LogTree(record.engine).root(40) == kept.checkpoint.root


def test_a_tree_is_made_again_as_far_as_it_was_signed(record: Record) -> None:
    record.add(*some_acts(9))
    record.seal()
    for table in ("log_tile", "log_head", "projection_position"):
        change(record, f"DELETE FROM {table}")
    told: list[tuple[int, int]] = []

    rebuilt = rebuild(record.engine, lambda done, whole: told.append((done, whole)))

    assert rebuilt.size == LogTree(record.engine).size() == 9
    assert told == [(9, 9)]
    assert record.sealer().seal() is None


def test_another_tree_than_was_signed_takes_no_place(record: Record) -> None:
    record.add(*some_acts(9))
    record.seal()
    kept = record.tree.checkpoint()
    assert kept is not None
    record.add(an_act(99))
    text = kept.checkpoint.text().replace("\n9\n", "\n10\n")
    change(
        record,
        "INSERT INTO checkpoint (size, root, heads, note, made_at)"
        " VALUES (10, :hash, :hash, :note, '2999-01-01 00:00:00')",
        hash=bytes(32),
        note=str(signed_note(text, [LOG_KEY])),
    )

    with pytest.raises(Damaged, match="another tree follows from the entries than was signed at"):
        rebuild(record.engine)

    assert record.tree.size() == 9


def test_an_empty_log_has_an_empty_tree(record: Record) -> None:
    assert rebuild(record.engine) == Rebuilt(size=0, differences=())


# --- keys of the log ---


def declared(record: Record) -> list[tuple[str, bool]]:
    entries = [entry.content for entry in record.archive.entries(SIGNING)]
    return [(each.key, each.in_use) for each in entries if isinstance(each, SigningKey)]


def test_the_log_says_which_keys_sign_it(record: Record) -> None:
    new = signer(ORIGIN, ED25519, b"2" * 32)
    for signers in ([LOG_KEY], [LOG_KEY], [LOG_KEY, new], [new], []):
        record.sealer(signers=signers).declare()

    assert declared(record) == [
        (str(LOG_KEY.key), True),
        (str(new.key), True),
        (str(LOG_KEY.key), False),
    ]


def test_processes_that_start_together_declare_a_key_once(record: Record) -> None:
    threads = [threading.Thread(target=record.sealer().declare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert declared(record) == [(str(LOG_KEY.key), True)]


def test_an_old_key_signs_the_entry_that_names_the_new_one(record: Record) -> None:
    new = signer(ORIGIN, ED25519, b"2" * 32)
    record.sealer().declare()
    record.seal()
    overlapping = record.sealer(signers=[LOG_KEY, new])

    overlapping.declare()
    overlapping.catch_up()

    kept = record.tree.checkpoint()
    assert kept is not None
    assert is_signed(note_from(kept.note), LOG_KEY.key) is True
    named = record.tree.leaves(2, 2)[0].entry.content
    assert isinstance(named, SigningKey)
    assert key_from(named.key) == new.key


def test_a_key_can_come_back() -> None:
    first = key_changes([], ["a"])
    second = key_changes(first, ["b"])
    third = key_changes([*first, *second], ["a"])

    assert [(each.key, each.in_use) for each in third] == [("a", True), ("b", False)]
    assert len({each.id for each in (*first, *second, *third)}) == 5


# --- when ---


def test_a_whole_batch_is_sealed_at_once() -> None:
    due = Due(Pace(entries=100, seconds=8.0), now=0.0)

    assert due.wait(99, 1.0) > 0
    assert due.wait(100, 1.5) == 0


def test_no_entry_waits_longer_than_it_may() -> None:
    due = Due(Pace(entries=100, seconds=8.0), now=0.0)

    waits = [due.wait(0, 10.0), due.wait(1, 11.0), due.wait(2, 17.5), due.wait(2, 18.0)]

    assert waits == [1.0, 1.0, 0.5, 0]
    assert due.wait(0, 18.1) == 1.0
    assert due.wait(1, 18.2) > 0


def test_the_sealer_runs_until_it_is_told_to_stop(record: Record) -> None:
    stop, sealer = Event(), record.sealer(entries=10)
    worker = threading.Thread(target=sealer.run, args=[stop])
    worker.start()
    try:
        record.add(*some_acts(25))
        sealed = wait_for(lambda: sealer.tree.size() == 26)
    finally:
        stop.set()
        worker.join()

    assert sealed
    assert record.tree.checkpoint(26) is not None
    assert declared(record) == [(str(LOG_KEY.key), True)]


def test_what_fails_is_tried_again(record: Record) -> None:
    record.add(an_act(1))
    stop = Event()
    sealer = record.sealer(signers=[LosesItsPen()])  # type: ignore[list-item]  # signs, at times
    worker = threading.Thread(target=sealer.run, args=[stop])
    worker.start()
    try:
        sealed = wait_for(lambda: sealer.tree.size() == 2)
    finally:
        stop.set()
        worker.join()

    assert sealed


def test_what_is_left_at_the_end_is_declared_and_sealed(record: Record) -> None:
    record.add(*some_acts(25))

    record.sealer(entries=10).finish()

    assert record.tree.checkpoint(26) is not None
    assert declared(record) == [(str(LOG_KEY.key), True)]


def test_an_empty_log_is_left_empty_at_the_end(record: Record) -> None:
    record.sealer().finish()

    assert declared(record) == []
    assert record.tree.checkpoint() is None


def test_the_end_does_not_wait_for_a_long_log_to_be_sealed(record: Record) -> None:
    record.add(*some_acts(25))
    seconds = iter([0.0, 1.0, 2.0, 3.0])

    record.sealer(entries=5).finish(within_seconds=2, now=lambda: next(seconds))

    assert record.tree.size() == 10  # and the rest next time


def test_what_fails_at_the_end_is_told_of_and_left(record: Record) -> None:
    record.add(an_act(1))
    sealer = record.sealer(signers=[LosesItsPen()])  # type: ignore[list-item]  # signs, at times

    with capture_logs() as logged:
        sealer.finish()

    assert sealer.failures == 1
    assert [each["event"] for each in logged] == ["sealing failed"]
    assert record.tree.checkpoint() is None


def wait_for(holds_now: Any) -> bool:
    for _ in range(1_000):
        if holds_now():
            return True
        threading.Event().wait(0.01)
    return False


def test_progress_is_told_batch_by_batch(record: Record) -> None:
    record.add(*some_acts(7))
    told: list[tuple[int, int]] = []

    record.sealer(entries=3).catch_up(lambda done, whole: told.append((done, whole)))

    assert told == [(3, 7), (6, 7), (7, 7)]


def test_the_columns_of_an_entry_are_all_in_its_leaf(record: Record) -> None:
    record.add(an_act(1))
    record.seal()
    with glancing(record.engine) as connection:
        row = connection.execute(sa.select(event_log)).one()

    (leaf,) = record.tree.leaves(1, 1)

    carried = {"originator_id": "stream", "originator_version": "stream_version"}
    assert set(leaf.plain()) == {carried.get(name, name) for name in row._fields} - {"state"} | {
        "content",
        "previous",
    }
    assert leaf.content == json.loads(row.state)
    assert leaf.event_id == str(row.event_id)
