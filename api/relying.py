"""Answers on which somebody relied: what a permalink names, and the same question asked of another record."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from api import answering
from api.dependencies import Service, read_day, read_place
from api.presenting import permalink as address_of
from api.problems import problem_of
from domain.acts import Entry
from domain.bounds import Bounds, Record
from domain.errors import Fault, Malformed, NotFound
from domain.ports import REGISTER, dossier_stream

Plain: TypeAlias = Mapping[str, Any]

LONGEST = 2_000
FORMS = (
    "must be the permalink of an answer, a roster, a state or periods, "
    "like /v1/treaties/npt/parties/PRK?as_of=2003-06-01&as_recorded=412"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relied:
    """What a permalink asks: about what, of whom, with which bounds."""

    path: str
    treaty: str
    part: str
    """`parties` for a roster, `party` for an answer, `periods`, or `state`."""
    party: str | None
    as_of: date
    as_seen: date | None
    position: int
    parameters: tuple[tuple[str, str], ...]

    @property
    def bounds(self) -> Bounds:
        """The bounds that it names."""
        return Bounds(as_of=self.as_of, as_seen=self.as_seen, record=Record(position=self.position))


class RelyingAnswers:
    """Gives the answer of a permalink from any record, as it is given over HTTP."""

    def __init__(self, service: Service) -> None:
        """Answer by this service."""
        self._service = service

    def relied(self, text: str, pointer: str = "") -> Relied:
        """What the permalink asks, if it can be answered; raises `Malformed`."""
        found = _read(self._service, text, pointer)
        try:
            self._service.dossiers.record(found.position)
            _ANSWERS[found.part](self._service, found, self._bounds(found, found.bounds.record))
        except NotFound as refusal:
            raise Malformed([Fault(pointer=pointer, detail=str(refusal))]) from refusal
        return found

    def subject(self, permalink: str) -> tuple[str, str | None]:
        """The treaty that it is about, and the party if it is about one."""
        found = _read(self._service, permalink, "")
        return found.treaty, found.party

    def streams(self, permalink: str, record: Record) -> AbstractSet[str]:
        """The streams of the log on which the answer rests."""
        treaty = _read(self._service, permalink, "").treaty
        with self._service.fold(treaty, record) as fold:
            return {REGISTER, *map(dossier_stream, (treaty, *fold.related))}

    def answer(self, permalink: str, record: Record) -> Plain:
        """What is said at that address from this record; a problem where nothing can be said."""
        found = _read(self._service, permalink, "")
        bounds = self._bounds(found, record)
        try:
            return _ANSWERS[found.part](self._service, found, bounds)
        except (NotFound, Malformed) as refusal:
            return problem_of(refusal)

    def address(self, permalink: str, record: Record) -> str:
        """The permalink of the same question, asked of this record."""
        found = _read(self._service, permalink, "")
        return address_of(found.path, found.parameters, replace(found.bounds, record=record))

    def written(self, entry: Entry) -> Plain:
        """The entry as it is shown."""
        return self._service.written(entry)

    def _bounds(self, found: Relied, record: Record) -> Bounds:
        whole = record if record.at is not None else self._service.dossiers.record(record.position)
        return replace(found.bounds, record=whole)


def _read(service: Service, text: str, pointer: str) -> Relied:
    faults: list[Fault] = []
    parts = urlsplit(text[:LONGEST])
    steps = [unquote(each) for each in parts.path.strip("/").split("/")]
    subject = _subject(steps)
    given = parse_qsl(parts.query, keep_blank_values=True)
    asked = dict(given)
    if subject is None or len(asked) != len(given) or not asked.keys() <= _KNOWN[subject[1]]:
        raise Malformed([Fault(pointer=pointer, detail=FORMS)])
    day = read_day(asked.get("as_of"), pointer, faults)
    seen = read_day(asked.get("as_seen"), pointer, faults)
    place = read_place(asked.get("as_recorded"), pointer, faults)
    if faults:
        raise Malformed(faults)
    if day is None or place is None:
        detail = f"{FORMS}: without as_of and as_recorded it is another answer tomorrow"
        raise Malformed([Fault(pointer=pointer, detail=detail)])
    treaty, part, party = subject
    return Relied(
        path=parts.path,
        treaty=treaty,
        part=part,
        party=party,
        as_of=day,
        as_seen=seen,
        position=place if isinstance(place, int) else service.position_at(place),
        parameters=tuple((name, each) for name, each in given if name not in _BOUNDS),
    )


def _subject(steps: list[str]) -> tuple[str, str, str | None] | None:
    match steps:
        case ["v1", "treaties", treaty, "parties", party]:
            return treaty, "party", party
        case ["v1", "treaties", treaty, "parties", party, "periods"]:
            return treaty, "periods", party
        case ["v1", "treaties", treaty, "parties"]:
            return treaty, "roster", None
        case ["v1", "treaties", treaty, "state"]:
            return treaty, "state", None
        case _:
            return None


def _one_answer(service: Service, found: Relied, bounds: Bounds) -> Plain:
    asked = dict(found.parameters)
    assert found.party is not None  # by its form
    said: Plain = orjson.loads(
        answering.answer_bytes(
            service,
            found.treaty,
            found.party,
            bounds,
            towards=asked.get("towards"),
            explain=asked.get("explain", "false").lower() in ("true", "1", "yes", "on"),
        )
    )
    return said


def _periods(service: Service, found: Relied, bounds: Bounds) -> Plain:
    assert found.party is not None  # by its form
    return {**answering.periods(service, found.treaty, found.party, bounds), "next": None}


def _roster(service: Service, found: Relied, bounds: Bounds) -> Plain:
    return answering.roster_document(service, found.treaty, bounds)


def _state(service: Service, found: Relied, bounds: Bounds) -> Plain:
    return answering.state(service, found.treaty, bounds)


_ANSWERS: Mapping[str, Callable[[Service, Relied, Bounds], Plain]] = {
    "party": _one_answer,
    "periods": _periods,
    "roster": _roster,
    "state": _state,
}
_BOUNDS = frozenset({"as_of", "as_seen", "as_recorded"})
_KNOWN: Mapping[str, frozenset[str]] = {
    "party": _BOUNDS | {"towards", "explain"},
    "periods": _BOUNDS,
    "roster": _BOUNDS,
    "state": _BOUNDS,
}
