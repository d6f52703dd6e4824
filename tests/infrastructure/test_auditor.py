"""The auditor finds the one answer that is not what the log gives."""

import threading
from collections.abc import Iterator
from datetime import date
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain import answers
from domain.bounds import Bounds
from domain.errors import NotFound, Unavailable
from infrastructure.auditor import Auditor, Difference, LogAnswerer
from infrastructure.dossiers import Dossiers
from infrastructure.proofs import Question
from tests.infrastructure.proved import Proved
from tests.infrastructure.records import Record, a_definition, a_party, an_act, opened


@pytest.fixture
def record(migrated_database_url: str) -> Iterator[Record]:
    with opened(migrated_database_url) as record:
        yield record


def filled(record: Record) -> Record:
    record.add(a_party("POL"), a_definition("npt"), *(an_act(n, party="POL") for n in range(5)))
    return record


class Served:
    """What a service answers out of its caches, and about whom it lies."""

    def __init__(self, record: Record, lies_about: date | None = None) -> None:
        self.dossiers = Dossiers(record.archive)
        self.lies_about = lies_about

    def __call__(self, question: Question) -> object:
        at = self.dossiers.record(question.position)
        if question.treaty not in self.dossiers.treaties(at):
            raise NotFound("no such treaty")
        fold = self.dossiers.fold(question.treaty, at, as_seen=question.as_seen)
        bounds = Bounds(as_of=question.as_of, as_seen=question.as_seen, record=at)
        said: Any = answers.answer(fold, question.party, bounds, explain=True)
        if self.lies_about is not None and question.as_of >= self.lies_about:
            said["status"] = "former_party"
        return said


def test_what_is_served_for_the_catalogue_is_what_the_log_gives(catalogued: Proved) -> None:
    asked: list[None] = []
    auditor = Auditor(
        catalogued.record.archive,
        Served(catalogued.record),
        on_question=lambda: asked.append(None),
        seed=7,
    )

    differences = [auditor.look() for _ in range(40)]

    assert differences == [None] * 40
    assert (auditor.asked, len(asked)) == (40, 40)
    assert auditor.first is None


def test_an_answer_that_is_not_what_the_log_gives_raises_the_alarm_once(record: Record) -> None:
    told: list[Difference] = []
    auditor = Auditor(
        filled(record).archive,
        Served(record, lies_about=date(1968, 7, 1)),
        on_difference=told.append,
        seed=1,
    )

    with capture_logs() as logged:
        found = [each for each in (auditor.look() for _ in range(20)) if each is not None]

    assert 1 < len(found) < 20
    assert told == found
    assert auditor.first == found[0]
    assert (found[0].member, found[0].served, found[0].derived) == (
        "status",
        "former_party",
        "signatory",
    )
    assert [each["event"] for each in logged] == ["an answer is not what the log gives"]
    assert (logged[0]["log_level"], logged[0]["treaty"], logged[0]["party"]) == (
        "error",
        "npt",
        "POL",
    )


def test_an_answer_that_is_missing_is_a_difference(record: Record) -> None:
    def nothing(question: Question) -> object:
        raise NotFound(f"there is no treaty {question.treaty}")

    difference = Auditor(filled(record).archive, nothing, seed=1).look()

    assert difference is not None
    assert (difference.member, difference.served) == ("answer", None)


def test_a_treaty_without_a_definition_has_no_answer_on_either_side(record: Record) -> None:
    record.add(an_act(1, party="POL"))

    assert Auditor(record.archive, Served(record), seed=1).look() is None
    with pytest.raises(NotFound, match="there is no treaty npt"):
        LogAnswerer(record.archive)(
            Question(treaty="npt", party="POL", as_of=date(2000, 1, 1), position=1)
        )


def test_a_log_without_acts_asks_nothing(record: Record) -> None:
    assert Auditor(record.archive, Served(record)).question() is None
    record.add(a_party("POL"))

    auditor = Auditor(record.archive, Served(record))

    assert auditor.look() is None
    assert auditor.asked == 0


def test_questions_are_about_what_was_recorded_by_then(catalogued: Proved) -> None:
    auditor = Auditor(catalogued.record.archive, Served(catalogued.record), seed=3)

    questions = [auditor.question() for _ in range(100)]

    assert len({each.treaty for each in questions if each is not None}) > 20
    assert any(each is not None and each.as_seen is not None for each in questions)
    for each in questions:
        assert each is not None
        assert each.position is not None
        assert 1 <= each.position <= 1451


def test_the_auditor_looks_until_it_is_told_to_stop(record: Record) -> None:
    stop, looks = Event(), threading.Semaphore(0)
    failures = iter([Unavailable("away"), ValueError("broken")])

    def served(question: Question) -> object:
        looks.release()
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return Served(record)(question)

    auditor = Auditor(filled(record).archive, served, seed=1)
    worker = threading.Thread(
        target=auditor.run, args=[stop], kwargs={"every_seconds": 0.001}, daemon=True
    )
    with capture_logs() as logged:
        worker.start()
        looked = [looks.acquire(timeout=20) for _ in range(4)]
        stop.set()
        worker.join()

    assert looked == [True] * 4
    assert [each["event"] for each in logged] == ["the audit waits", "the audit failed"]
    assert auditor.asked >= 1
