"""Many questions at once: each is answered by itself, all from one record, and what they share is looked up once."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
import orjson

from api.compiled import Compiled
from api.dependencies import STILL_TO_COME, Service, misfits, read_day, read_place
from api.problems import problem_of
from domain.bounds import Bounds, Record
from domain.errors import Fault, Malformed, Refusal, Unavailable


class Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One question."""

    treaty: str
    party: str
    as_of: str | None = None
    as_seen: str | None = None
    as_recorded: str | int | None = None
    towards: str | None = None
    explain: bool = False


class Answering:
    """Answers one request's questions."""

    def __init__(self, service: Service) -> None:
        """Answer from the record as it stands now, unless a question names another."""
        self._service = service
        self._now = service.record()
        self._today = service.clock.today()
        self._days: dict[str, date] = {}
        self._records: dict[str | int, Record] = {}
        self._compiled: dict[tuple[str, int, date | None], Compiled] = {}

    def all(self, queries: Sequence[object]) -> bytes:
        """The answers in the order of the questions, as JSON; in the place of one that is refused, its problem."""
        return b'{"answers":[' + b",".join(map(self._one, queries)) + b"]}"

    def _one(self, given: object) -> bytes:
        try:
            try:
                return self._answer(msgspec.convert(given, Query))
            except msgspec.ValidationError as error:
                raise Malformed(misfits(Query, given)) from error
        except Unavailable:
            raise
        except Refusal as refusal:
            return orjson.dumps(problem_of(refusal))

    def _answer(self, query: Query) -> bytes:
        bounds = self._bounds(query)
        party = self._service.party(query.party, bounds)
        towards = None if query.towards is None else self._service.party(query.towards, bounds)
        key = (query.treaty, bounds.record.position, bounds.as_seen)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._service.compiled(query.treaty, bounds.record, bounds.as_seen)
            self._compiled[key] = compiled
        return compiled.answer(party, bounds, towards=towards, explain=query.explain)

    def _bounds(self, query: Query) -> Bounds:
        faults: list[Fault] = []
        as_of = self._day(query.as_of, "/as_of", faults) or self._today
        as_seen = self._day(query.as_seen, "/as_seen", faults)
        record = self._record(query.as_recorded, faults)
        if faults:
            raise Malformed(faults)
        return Bounds(as_of=as_of, as_seen=as_seen, record=record)

    def _day(self, text: str | None, pointer: str, faults: list[Fault]) -> date | None:
        if text is None:
            return None
        found = self._days.get(text) or read_day(text, pointer, faults)
        if found is not None:
            self._days[text] = found
        return found

    def _record(self, given: str | int | None, faults: list[Fault]) -> Record:
        if given is None:
            return self._now
        if given not in self._records:
            place = read_place(given, "/as_recorded", faults)
            if isinstance(place, datetime) and self._service.is_to_come(place):
                faults.append(Fault(pointer="/as_recorded", detail=STILL_TO_COME))
            if faults:
                return self._now
            self._records[given] = self._now if place is None else self._service.record(place)
        return self._records[given]
