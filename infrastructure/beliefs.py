"""What the read model holds of a fold: rows in plain values, the same whenever the same is believed.

Days and instants, in UTC, are ISO texts and lists are JSON texts, as they go into the database.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby, pairwise, repeat
from operator import attrgetter
from typing import Any, TypeAlias

import orjson

from domain.acts import Act, Definition, Entry, PartyEntry
from domain.dates import earliest, latest, written
from domain.parties import folded, party_from
from domain.states import Claim, Course, Span, Status
from domain.treaty import TreatyFold, is_bound
from domain.uncertainty import Envelope, envelope

Row: TypeAlias = tuple[Any, ...]

ACT = (
    "position",
    "id",
    "treaty",
    "party",
    "kind",
    "day",
    "day_latest",
    "dated",
    "received",
    "notified",
    "effective",
    "claimed_effective",
    "sequence",
    "done_by",
    "predecessor",
    "concerns",
    "legal_effect",
    "depositary",
    "reference",
    "note",
    "source_title",
    "source_url",
    "words",
    "recorded_at",
    "recorded_by",
)
STATUS = (
    "treaty",
    "party",
    "valid_from",
    "valid_until",
    "status_since",
    "status_until",
    "previous_status",
    "previous_certainty",
    "status",
    "bound",
    "flags",
    "positions",
    "certainty",
    "possible",
    "doubtful",
    "because",
    "rule",
    "unless",
)
STATE = (
    "treaty",
    "valid_from",
    "valid_until",
    "state",
    "previous_state",
    "flags",
    "because",
    "rule",
    "unless",
)
TREATY = (
    "treaty",
    "title",
    "identifiers",
    "depositaries",
    "clauses",
    "depends_on",
    "holds_from",
    "definition",
)
PARTY = (
    "party",
    "kind",
    "name",
    "names",
    "existence",
    "predecessors",
    "successors",
    "continues",
    "entry",
)

CERTAIN = "certain"
POSSIBLE = "possible"
NOTHING = "[]"
NOTHING_BEFORE = (Status.NONE.value, CERTAIN)
NO_GROUND: Row = (NOTHING, None, None)

Stretch: TypeAlias = tuple[date, date | None, tuple[str, ...]]
"""Days from one to another, half-open, and the statuses that are possible on them where that is in doubt."""

WORDS = {status: status.value for status in Status}
BINDS = {status: is_bound(status) for status in Status}


def status_rows(fold: TreatyFold, party: str, *, doubt: Envelope | None = None) -> tuple[Row, ...]:
    """The party's statuses from the first day on which there is something to say, tiling all days after it."""
    course, owner = fold.course(party), (fold.dossier.treaty, party)
    rows: list[Row] = []
    previous = NOTHING_BEFORE
    for span, run in zip(course.spans, _runs(course), strict=True):
        status = WORDS[span.status]
        flags = _texts(span.flags)
        positions = _json([_claim(each) for each in span.positions]) if span.positions else NOTHING
        for start, end, possible in _stretches(span, doubt):
            certainty = POSSIBLE if possible else CERTAIN
            if rows or possible or span.status is not Status.NONE or span.flags:
                days = (start.isoformat(), None if end is None else end.isoformat())
                bound = BINDS[span.status] if not possible else _binds(span.status, possible)
                doubts = (certainty, _texts(possible), doubt is not None)
                ground = _ground(course, span) if start == span.start else NO_GROUND
                now = (status, bound, flags, positions, *doubts, *ground)
                rows.append((*owner, *days, *run, *previous, *now))
            previous = (status, certainty)
    return tuple(rows)


def doubt_of(fold: TreatyFold, party: str) -> Envelope | None:
    """What uncertain days leave open in the party's course; None where they leave nothing open."""
    return envelope(fold, party)


def state_rows(fold: TreatyFold) -> tuple[Row, ...]:
    """The treaty's own states; they tile all days."""
    rows: list[Row] = []
    previous: str | None = None
    for span in fold.spans:
        rows.append(
            (
                fold.dossier.treaty,
                span.start.isoformat(),
                _day(span.end),
                span.state.value,
                previous,
                _texts(span.flags),
                *_ground_of_state(fold, span.start),
            )
        )
        previous = span.state.value
    return tuple(rows)


def act_row(entry: Entry, act: Act) -> Row:
    """The act as it was recorded."""
    decisive = act.decisive()
    source = act.sources[0] if act.sources else None
    return (
        entry.position,
        act.id,
        act.treaty,
        act.party,
        act.kind,
        date.min.isoformat() if decisive is None else earliest(decisive).isoformat(),
        date.max.isoformat() if decisive is None else latest(decisive).isoformat(),
        act.dated and written(act.dated),
        act.received and written(act.received),
        act.notified and written(act.notified),
        act.effective and written(act.effective),
        act.claimed_effective and written(act.claimed_effective),
        act.sequence,
        act.by,
        act.predecessor,
        act.concerns,
        act.legal_effect,
        act.depositary,
        act.reference,
        act.note,
        source.title if source is not None else None,
        source.url if source is not None else None,
        searchable(texts_of(act)),
        _instant(entry.recorded_at),
        entry.recorded_by,
    )


def treaty_row(definition: Definition, depends_on: Sequence[str]) -> Row:
    """A version of a treaty's definition, and the treaties on which its course then depends."""
    return (
        definition.treaty,
        definition.title,
        _json(definition.identifiers),
        _json(definition.depositaries),
        _json(definition.clauses),
        _json(depends_on),
        _day(definition.holds_from),
        definition.id,
    )


def party_row(entry: PartyEntry) -> Row:
    """A version of an entry of the register."""
    party, data = party_from(entry.data), entry.data
    return (
        entry.party,
        party.kind,
        party.name(date.max),
        _json(data.get("names") or ()),
        _json(data.get("existence") or ()),
        _json(party.predecessors),
        _json(party.successors),
        party.continues,
        entry.id,
    )


def searchable(texts: Iterable[str | None]) -> str:
    """The words of the texts without case, accents and punctuation, each between single blanks."""
    text = " ".join(filter(None, texts))
    return " ".join(text.translate(_BLANKS).lower().split()) if text.isascii() else folded(text)


def texts_of(act: Act) -> Sequence[str | None]:
    """The texts of an act in which is searched."""
    texts = [act.note, act.reference, act.by]
    for source in act.sources:
        texts += (source.title, source.url, source.quote)
    return texts


# --- statuses ---


def _stretches(span: Span, doubt: Envelope | None) -> Iterable[Stretch]:
    """The span, cut wherever what is possible changes; nothing is named as possible where the status is certain."""
    if doubt is None:
        return ((span.start, span.end, ()),)
    after = bisect_right(doubt.marks, span.start)
    until = len(doubt.marks) if span.end is None else bisect_left(doubt.marks, span.end)
    marks = {*doubt.marks[after:until]}
    if span.start < doubt.first and (span.end is None or doubt.first < span.end):
        marks.add(doubt.first)
    inside = sorted(marks)
    days: list[date | None] = [span.start, *inside, span.end]
    found: list[Stretch] = []
    for start, end in pairwise(days):
        assert start is not None  # only the last can be
        possible = () if doubt.is_certain(start) else _words(doubt.possible(start))
        if found and found[-1][2] == possible:
            found[-1] = (found[-1][0], end, possible)
        else:
            found.append((start, end, possible))
    return found


def _binds(status: Status, possible: Iterable[str]) -> bool | None:
    """Whether a State of this status is bound, where each of the possible statuses says the same."""
    bound = {BINDS[Status(each)] for each in possible}
    return BINDS[status] if len(bound) == 1 else None


def _ground(course: Course, span: Span) -> Row:
    """The acts behind what begins with the span, the rule, and what could still stop it."""
    cause = course.causes.get(span.start)
    if cause is not None:
        return (_json(cause.because), cause.rule, cause.unless)
    return (NOTHING, "the entity exists no more" if span.status is Status.EXTINCT else None, None)


def _ground_of_state(fold: TreatyFold, day: date) -> Row:
    """The acts behind the state that begins on the day, the rule, and what could still stop it."""
    entry, end = fold.entry(), fold.end
    if entry.on == day:
        return (_json(entry.because), entry.rule, None)
    if end is not None and end.on == day:
        return (_json(end.because), end.rule, end.unless)
    acts = [act.id for act in fold.dossier.by_party.get(None, ()) if act.on() == day]
    return (_json(acts), None, None)


def _runs(course: Course) -> Iterator[tuple[str, str | None]]:
    """For each span the first day, and the first later day, of the run of its status, whatever its flags."""
    for _, run in groupby(course.spans, key=attrgetter("status")):
        spans = tuple(run)
        bounds = (spans[0].start.isoformat(), _day(spans[-1].end))
        yield from repeat(bounds, len(spans))


def _claim(claim: Claim) -> Mapping[str, str | None]:
    return {
        "who": claim.who,
        "status": claim.status.value,
        "since": _day(claim.since),
        "source": claim.source,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(maxsize=64)
def _instant(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def _words(statuses: Iterable[Status]) -> tuple[str, ...]:
    return tuple(WORDS[each] for each in statuses)


@lru_cache(maxsize=4096)
def _texts(texts: tuple[str, ...]) -> str:
    return _json(texts)


def _json(value: object) -> str:
    """The value as JSON, written in one way only."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain).decode()


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]  # the two there are


_BLANKS = {each: " " for each in range(128) if not (chr(each).isalnum() or chr(each) == "_")}
"""What stands between words, among the letters that have no accents."""
