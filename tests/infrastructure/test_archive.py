"""The archive keeps entries, refuses what would break the record, and gives back the same."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry, Source
from domain.dates import UncertainDay
from domain.errors import Conflict, KeyReused
from domain.ports import IdempotencyKey
from infrastructure import archive as archive_module
from infrastructure.archive import EventArchive
from infrastructure.codec import PlacedFact
from infrastructure.database import open_engine
from infrastructure.recorder import LARGEST_STATEMENT

SKIES = "treaty:open-skies"


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


def an_act(party: str = "POL", treaty: str = "open-skies", kind: str = "ratification") -> Act:
    return Act(
        id=str(uuid4()),
        treaty=treaty,
        kind=kind,
        party=party,
        received=date(1995, 5, 22),
        dated=UncertainDay(edtf="1995", earliest=date(1995, 1, 1), latest=date(1995, 12, 31)),
        sources=(Source(title="Depositary's list", url="https://example.org/list"),),
    )


def contents_of(_: Any, facts: Iterable[Any]) -> Any:
    return [each.content for each in facts]


def test_an_empty_archive_has_no_head(archive: EventArchive) -> None:
    head = archive.head()

    assert (head.position, head.at) == (0, None)
    assert archive.entries(SKIES) == ()
    assert archive.known_streams() == ()
    assert archive.since(0) == ()


def test_what_was_appended_is_read_back_the_same(archive: EventArchive) -> None:
    acts = [an_act("POL"), an_act("USA"), an_act("RUS")]

    appended = archive.append(acts, expected={SKIES: 0}, recorded_by="clerk")

    assert [each.content for each in appended] == acts
    assert [each.position for each in appended] == [1, 2, 3]
    assert [each.stream_version for each in appended] == [1, 2, 3]
    assert archive.entries(SKIES) == appended
    assert archive.since(0) == appended
    assert archive.since(1, limit=1) == appended[1:2]
    assert archive.between(2, 3) == appended[1:]
    assert all(each.recorded_at.tzinfo == UTC for each in appended)
    assert archive.head().at == appended[-1].recorded_at


def test_definitions_and_party_entries_stand_in_streams_of_their_own(archive: EventArchive) -> None:
    definition = Definition(
        id=str(uuid4()),
        treaty="open-skies",
        title="Treaty on Open Skies",
        identifiers={"un": "I-57420"},
        depositaries=("CAN", "HUN"),
        clauses={"entry_into_force": {"count": 20}},
        holds_from=date(1992, 3, 24),
    )
    poland = PartyEntry(id=str(uuid4()), party="POL", data={"names": [{"name": "Poland"}]})

    archive.append(
        [poland, definition, an_act()], expected={"register": 0, SKIES: 0}, recorded_by="clerk"
    )

    assert [each.content for each in archive.entries("register")] == [poland]
    assert archive.entries(SKIES)[0].content == definition
    assert archive.known_streams() == ("register", SKIES)
    assert archive.versions(["register", SKIES, "treaty:none"]) == {
        "register": 1,
        SKIES: 2,
        "treaty:none": 0,
    }


def test_entries_are_found_by_their_ids(archive: EventArchive) -> None:
    acts = [an_act() for _ in range(3)]
    appended = archive.append(acts, expected={SKIES: 0}, recorded_by="clerk")

    found = archive.find([acts[2].id, str(uuid4()), acts[0].id])

    assert found == {acts[0].id: appended[0], acts[2].id: appended[2]}
    assert archive.find([acts[1].id.upper(), acts[1].id]) == {
        acts[1].id.upper(): appended[1],
        acts[1].id: appended[1],
    }
    assert archive.find([]) == {}


def test_a_stream_is_read_up_to_a_position(archive: EventArchive) -> None:
    archive.append([an_act(), an_act()], expected={SKIES: 0}, recorded_by="clerk")
    archive.append([an_act(treaty="npt")], expected={"treaty:npt": 0}, recorded_by="clerk")
    archive.append([an_act()], expected={SKIES: 2}, recorded_by="clerk")

    then = archive.entries(SKIES, up_to=3)

    assert [each.stream_version for each in then] == [1, 2]
    assert archive.versions([SKIES], up_to=3) == {SKIES: 2}
    assert archive.versions([SKIES]) == {SKIES: 3}


def test_an_instant_is_resolved_to_the_last_position_recorded_by_then(
    archive: EventArchive,
) -> None:
    first = archive.append([an_act(), an_act()], expected={SKIES: 0}, recorded_by="clerk")
    second = archive.append([an_act()], expected={SKIES: 2}, recorded_by="clerk")

    microsecond = timedelta(microseconds=1)

    assert archive.position_at(first[0].recorded_at - microsecond) == 0
    assert archive.position_at(first[0].recorded_at) == 2
    assert archive.position_at(second[0].recorded_at - microsecond) == 2
    assert archive.position_at(second[0].recorded_at) == 3


def test_a_stream_that_moved_is_a_conflict_and_nothing_is_recorded(archive: EventArchive) -> None:
    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")

    with pytest.raises(Conflict) as caught:
        archive.append([an_act(), an_act()], expected={SKIES: 0}, recorded_by="other")

    assert (caught.value.stream, caught.value.expected, caught.value.actual) == (SKIES, 0, 1)
    assert archive.head().position == 1


def test_a_stream_that_has_not_got_so_far_is_a_conflict(archive: EventArchive) -> None:
    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")

    with pytest.raises(Conflict) as caught:
        archive.append([an_act()], expected={SKIES: 5}, recorded_by="clerk")

    assert (caught.value.expected, caught.value.actual) == (5, 1)
    assert archive.head().position == 1


def test_a_stream_on_which_the_decision_rests_may_not_move_either(archive: EventArchive) -> None:
    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")

    with pytest.raises(Conflict) as caught:
        archive.append(
            [an_act(treaty="npt")], expected={"treaty:npt": 0, SKIES: 0}, recorded_by="clerk"
        )

    assert caught.value.stream == SKIES
    assert archive.known_streams() == (SKIES,)


def test_an_id_that_is_in_the_log_is_a_conflict(archive: EventArchive) -> None:
    act = an_act()
    archive.append([act], expected={SKIES: 0}, recorded_by="clerk")

    with pytest.raises(Conflict):
        archive.append([act], expected={SKIES: 1}, recorded_by="clerk")

    assert len(archive.entries(SKIES)) == 1


def test_a_batch_over_several_treaties_is_recorded_whole_or_not_at_all(
    archive: EventArchive,
) -> None:
    archive.append([an_act(treaty="npt")], expected={"treaty:npt": 0}, recorded_by="clerk")

    with pytest.raises(Conflict):
        archive.append(
            [an_act(), an_act(treaty="npt")],
            expected={SKIES: 0, "treaty:npt": 0},
            recorded_by="clerk",
        )

    assert archive.entries(SKIES) == ()


def test_a_refused_batch_leaves_no_gap_in_the_positions(archive: EventArchive) -> None:
    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")
    with pytest.raises(Conflict):
        archive.append([an_act(), an_act()], expected={SKIES: 0}, recorded_by="clerk")

    (entry,) = archive.append([an_act()], expected={SKIES: 1}, recorded_by="clerk")

    assert entry.position == 2


def test_the_same_key_and_request_give_what_was_recorded(archive: EventArchive) -> None:
    key = IdempotencyKey(key="k-1", fingerprint="f")
    acts = [an_act(), an_act()]
    first = archive.append(acts, expected={SKIES: 0}, recorded_by="clerk", key=key)

    again = archive.append(acts, expected={SKIES: 2}, recorded_by="clerk", key=key)

    assert again == first
    assert archive.recorded_under(key, recorded_by="clerk") == first
    assert archive.recorded_under(key, recorded_by="another") is None
    assert archive.head().position == 2


def test_a_key_used_for_another_request_is_refused(archive: EventArchive) -> None:
    archive.append(
        [an_act()],
        expected={SKIES: 0},
        recorded_by="clerk",
        key=IdempotencyKey(key="k-1", fingerprint="f"),
    )

    with pytest.raises(KeyReused):
        archive.append(
            [an_act()],
            expected={SKIES: 1},
            recorded_by="clerk",
            key=IdempotencyKey(key="k-1", fingerprint="g"),
        )

    assert archive.head().position == 1


def test_a_refused_batch_leaves_its_key_free(archive: EventArchive) -> None:
    key = IdempotencyKey(key="k-1", fingerprint="f")
    with pytest.raises(Conflict):
        archive.append([an_act()], expected={SKIES: 3}, recorded_by="clerk", key=key)

    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk", key=key)

    assert archive.recorded_under(key, recorded_by="clerk") == archive.entries(SKIES)


def test_a_key_may_stand_for_a_request_that_recorded_nothing(archive: EventArchive) -> None:
    key = IdempotencyKey(key="k-1", fingerprint="f")

    archive.append([], expected={}, recorded_by="clerk", key=key)

    assert archive.append([], expected={}, recorded_by="clerk", key=key) == ()
    assert archive.recorded_under(key, recorded_by="clerk") == ()


def test_a_batch_larger_than_a_statement_is_recorded_in_order(archive: EventArchive) -> None:
    acts = [an_act() for _ in range(LARGEST_STATEMENT + 5)]
    key = IdempotencyKey(key="k-1", fingerprint="f")

    appended = archive.append(acts, expected={SKIES: 0}, recorded_by="clerk", key=key)

    assert archive.entries(SKIES) == appended
    assert [each.content for each in appended] == acts
    assert appended[-1].position == len(acts)
    assert archive.recorded_under(key, recorded_by="clerk") == appended
    with pytest.raises(Conflict):
        archive.append(acts, expected={SKIES: 0}, recorded_by="clerk")


def test_an_import_is_recorded_chunk_by_chunk(
    archive: EventArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "CHUNK", 4)
    acts = [an_act(treaty=treaty) for _ in range(5) for treaty in ("npt", "open-skies")]

    chunks = list(
        archive.import_entries(acts, expected={SKIES: 0, "treaty:npt": 0}, recorded_by="import")
    )

    assert [len(chunk) for chunk in chunks] == [4, 4, 2]
    assert [each.content for each in archive.since(0)] == acts
    assert archive.versions([SKIES, "treaty:npt"]) == {SKIES: 5, "treaty:npt": 5}


def test_an_import_into_a_stream_that_moved_is_a_conflict(archive: EventArchive) -> None:
    archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")

    with pytest.raises(Conflict):
        list(archive.import_entries([an_act()], expected={SKIES: 0}, recorded_by="import"))

    assert archive.head().position == 1


def test_entries_recorded_later_reach_a_follower(archive: EventArchive) -> None:
    before = archive.append([an_act()], expected={SKIES: 0}, recorded_by="clerk")

    with archive.follow(0) as following:
        entries = iter(following)
        seen = [next(entries)]
        after = archive.append([an_act(), an_act()], expected={SKIES: 1}, recorded_by="clerk")
        seen += [next(entries), next(entries)]

    assert tuple(seen) == before + after


def test_the_librarys_repository_loads_a_dossier_as_of_a_version(archive: EventArchive) -> None:
    acts = [an_act(), an_act(), an_act()]
    archive.append(acts, expected={SKIES: 0}, recorded_by="clerk")

    dossier: Any = archive.application.repository.get(SKIES, version=2, projector_func=contents_of)

    assert dossier == acts[:2]
    assert archive.application.notification_log["1,10"].items[0].id == 1
    assert isinstance(next(archive.application.events.get(SKIES)), PlacedFact)
