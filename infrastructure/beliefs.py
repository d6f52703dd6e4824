"""What the read model holds of a fold: rows in plain values, the same whenever the same is believed.

Days and instants, in UTC, are ISO texts and lists are JSON texts, as they go into the database.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
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


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of days with one span and one set of possible statuses; empty means that it is certain."""

    start: date
    end: date | None
    span: Span
    possible: tuple[Status, ...]


def status_rows(fold: TreatyFold, party: str, *, doubt: Envelope | None = None) -> tuple[Row, ...]:
    """The party's statuses from the first day on which there is something to say, tiling all days after it."""
    course = fold.course(party)
    treaty = fold.dossier.treaty
    if doubt is None:
        stretches = [_Stretch(span.start, span.end, span, ()) for span in course.spans]
    else:
        stretches = list(_joined(_cut(course, doubt)))
    runs = _runs(course)
    rows: list[Row] = []
    previous = NOTHING_BEFORE
    for stretch in stretches:
        if rows or stretch.possible or stretch.span.status is not Status.NONE or stretch.span.flags:
            days = (stretch.start.isoformat(), _day(stretch.end))
            run = runs[id(stretch.span)]
            now = _status_and_claims(stretch, doubtful=doubt is not None)
            ground = _ground_of_status(course, stretch)
            rows.append((treaty, party, *days, *run, *previous, *now, *ground))
        previous = (stretch.span.status.value, POSSIBLE if stretch.possible else CERTAIN)
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
        written(act.dated),
        written(act.received),
        written(act.notified),
        written(act.effective),
        written(act.claimed_effective),
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
        searchable(_texts_of(act)),
        entry.recorded_at.replace(tzinfo=None).isoformat(" ", "microseconds"),
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
    text = " ".join(each for each in texts if each)
    return " ".join(_WORD.findall(text.lower())) if text.isascii() else folded(text)


# --- statuses ---


def _status_and_claims(stretch: _Stretch, *, doubtful: bool) -> Row:
    """Status, whether bound, flags, positions, and what is in doubt."""
    span, possible = stretch.span, stretch.possible
    bound = is_bound(span.status)
    if len({is_bound(each) for each in possible}) > 1:
        bound = None
    return (
        span.status.value,
        bound,
        _texts(span.flags),
        _json([_claim(each) for each in span.positions]) if span.positions else NOTHING,
        POSSIBLE if possible else CERTAIN,
        _texts(tuple(each.value for each in possible)),
        doubtful,
    )


def _ground_of_status(course: Course, stretch: _Stretch) -> Row:
    """The acts behind what begins with the stretch, the rule, and what could still stop it."""
    if stretch.start != stretch.span.start:
        return (NOTHING, None, None)
    cause = course.causes.get(stretch.start)
    if cause is not None:
        return (_json(cause.because), cause.rule, cause.unless)
    extinct = stretch.span.status is Status.EXTINCT
    return (NOTHING, "the entity exists no more" if extinct else None, None)


def _ground_of_state(fold: TreatyFold, day: date) -> Row:
    """The acts behind the state that begins on the day, the rule, and what could still stop it."""
    entry, end = fold.entry(), fold.end
    if entry.on == day:
        return (_json(entry.because), entry.rule, None)
    if end is not None and end.on == day:
        return (_json(end.because), end.rule, end.unless)
    acts = [act.id for act in fold.dossier.by_party.get(None, ()) if act.on() == day]
    return (_json(acts), None, None)


def _runs(course: Course) -> Mapping[int, tuple[str, str | None]]:
    """For each span, by identity, the first and the first later day of its status, whatever its flags."""
    runs: dict[int, tuple[str, str | None]] = {}
    run: list[Span] = []
    for span in (*course.spans, None):
        if span is not None and (not run or run[-1].status is span.status):
            run.append(span)
            continue
        bounds = (run[0].start.isoformat(), _day(run[-1].end))
        runs.update((id(each), bounds) for each in run)
        run = [] if span is None else [span]
    return runs


def _cut(course: Course, doubt: Envelope) -> Iterator[_Stretch]:
    """The spans, cut wherever what is possible may change."""
    marks = {span.start for each in doubt.courses for span in each.spans}
    marks.update(day for day in doubt.reach if day is not None)
    for span in course.spans:
        inside = (mark for mark in marks if span.start < mark)
        days = [span.start, *sorted(day for day in inside if span.end is None or day < span.end)]
        for start, end in zip(days, [*days[1:], span.end], strict=True):
            possible = () if doubt.is_certain(start) else doubt.possible(start)
            yield _Stretch(start, end, span, possible)


def _joined(stretches: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """The stretches, those of one span between which nothing changes made one."""
    last: _Stretch | None = None
    for each in stretches:
        if last is not None and last.span is each.span and last.possible == each.possible:
            last = _Stretch(last.start, each.end, last.span, last.possible)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _claim(claim: Claim) -> Mapping[str, str | None]:
    return {
        "who": claim.who,
        "status": claim.status.value,
        "since": _day(claim.since),
        "source": claim.source,
    }


def _texts_of(act: Act) -> Iterator[str | None]:
    yield from (act.note, act.reference, act.by)
    for source in act.sources:
        yield from (source.title, source.quote)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(maxsize=4096)
def _texts(texts: tuple[str, ...]) -> str:
    return _json(texts)


def _json(value: object) -> str:
    """The value as JSON, written in one way only."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain).decode()


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]  # the two there are


_WORD = re.compile(r"\w+")
