"""The auditor: derives answers again from the log alone, at random, and compares them with what is served.

A read model or a fold that went wrong at one place long ago is found by looking, and by nothing else.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Event, Lock
from typing import TypeAlias

import structlog

from domain.acts import Act, PartyEntry
from domain.answers import answer
from domain.bounds import Bounds, Record
from domain.dates import earliest
from domain.dossier import Dossier, open_dossier
from domain.errors import NotFound, Unavailable
from domain.family import fold_of
from domain.parties import Register
from domain.ports import REGISTER, dossier_stream
from infrastructure.archive import EventArchive
from infrastructure.proofs import Question

log = structlog.get_logger("timeline")

Answerer: TypeAlias = Callable[[Question], object]
"""What is served for a question, as plain data; raises `NotFound` where nothing is."""

EVERY_SECONDS = 10.0
FARTHEST_DAYS = 400
"""How far from a day on which something happened the day asked about may lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An answer that is not what the log gives, and the first member in which it differs."""

    question: Question
    member: str
    served: object
    derived: object


class LogAnswerer:
    """Answers from the log, read anew each time; slow, plain, and right by its making."""

    def __init__(self, archive: EventArchive) -> None:
        """Read this archive."""
        self._archive = archive

    def __call__(self, question: Question) -> object:
        """The answer, with its reasons, at the position that the question names; raises `NotFound`."""
        position = question.position
        assert position is not None, "an answer is derived at a position"

        def dossier(treaty: str) -> Dossier:
            entries = self._archive.entries(dossier_stream(treaty), up_to=position)
            return open_dossier(treaty, entries, as_seen=question.as_seen)

        if not dossier(question.treaty).definitions:
            raise NotFound(f"there is no treaty {question.treaty}")
        entered = self._archive.entries(REGISTER, up_to=position)
        register = Register(
            each.content for each in entered if isinstance(each.content, PartyEntry)
        )
        (last,) = self._archive.between(position, position)
        return answer(
            fold_of(question.treaty, dossier, register),
            question.party,
            Bounds(
                as_of=question.as_of,
                as_seen=question.as_seen,
                record=Record(position=position, at=last.recorded_at),
            ),
            towards=question.towards,
            explain=True,
        )


class Auditor:
    """Asks random questions, of the log and of what is served, and raises the alarm where the two differ.

    `on_question` is called for each, `on_difference` for each that differs; the first of those is logged.
    """

    def __init__(
        self,
        archive: EventArchive,
        served: Answerer,
        *,
        on_question: Callable[[], None] = lambda: None,
        on_difference: Callable[[Difference], None] = lambda _: None,
        seed: int | None = None,
    ) -> None:
        """Compare what is served with what this archive holds."""
        self._archive = archive
        self._served = served
        self._derived = LogAnswerer(archive)
        self._on_question = on_question
        self._on_difference = on_difference
        self._random = random.Random(seed)  # noqa: S311 (a sample, not a secret)
        self._lock = Lock()
        self.asked = 0
        self.first: Difference | None = None

    def look(self) -> Difference | None:
        """Ask one question; gives the difference if there is one."""
        with self._lock:
            question = self.question()
        if question is None:
            return None
        difference = self.compare(question)
        self.asked += 1
        self._on_question()
        if difference is not None:
            self._raise(difference)
        return difference

    def run(self, stop: Event, *, every_seconds: float = EVERY_SECONDS) -> None:
        """Look now and then, until told to stop."""
        while not stop.wait(every_seconds):
            try:
                self.look()
            except Unavailable as error:
                log.warning("the audit waits", error=str(error))
            except Exception:
                log.exception("the audit failed")

    def question(self) -> Question | None:
        """A question about something that happened: a treaty, one of its parties, a day near it, a position since.

        None while the log holds no act.
        """
        head = self._archive.head().position
        for position in self._random.sample(range(1, head + 1), k=min(head, _DRAWS)):
            since = self._random.randint(position, head)
            contents = [
                each.content for at in (position, since) for each in self._archive.between(at, at)
            ]
            if len(contents) < 2:
                continue  # a log with gaps is for the verification to tell of
            act = contents[0]
            if isinstance(act, Act) and act.party is not None:
                return Question(
                    treaty=act.treaty,
                    party=act.party,
                    as_of=self._day(act),
                    as_seen=self._day(act) if self._random.random() < _SEEN else None,
                    position=since,
                )
        return None

    def compare(self, question: Question) -> Difference | None:
        """The first difference between what is served and what the log gives."""
        served, derived = _told(self._served, question), _told(self._derived, question)
        if served == derived:
            return None
        if isinstance(served, dict) and isinstance(derived, dict):
            names = dict.fromkeys([*derived, *served])
            member = next(each for each in names if served.get(each) != derived.get(each))
            return Difference(
                question=question,
                member=member,
                served=served.get(member),
                derived=derived.get(member),
            )
        return Difference(question=question, member="answer", served=served, derived=derived)

    def _day(self, act: Act) -> date:
        days: Sequence[date] = [
            earliest(each)
            for each in (act.received, act.notified, act.effective, act.dated)
            if each
        ]
        day = self._random.choice([*days, act.on()])
        away = timedelta(self._random.choice([0, 0, -1, 1, self._random.randint(0, FARTHEST_DAYS)]))
        return min(max(day, date.min + timedelta(FARTHEST_DAYS)), _LAST_DAY) + away

    def _raise(self, difference: Difference) -> None:
        if self.first is None:
            self.first = difference
            log.error(
                "an answer is not what the log gives",
                treaty=difference.question.treaty,
                party=difference.question.party,
                as_of=str(difference.question.as_of),
                as_seen=str(difference.question.as_seen),
                as_recorded=difference.question.position,
                member=difference.member,
                served=difference.served,
                derived=difference.derived,
            )
        self._on_difference(difference)


def _told(answerer: Answerer, question: Question) -> object:
    """What the answerer says, as it would travel; that there is nothing is an answer too."""
    try:
        return json.loads(json.dumps(answerer(question)))
    except NotFound:
        return None


_DRAWS = 50
_SEEN = 0.3
_LAST_DAY = date.max - timedelta(FARTHEST_DAYS)
