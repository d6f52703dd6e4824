"""How facts travel as JSON: acts, definitions and entries of the register, read with every fault, and written."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar
from uuid import UUID

import msgspec
import orjson

from domain.acts import Act, Definition, Entry, PartyEntry, SigningKey, Source
from domain.bounds import written_instant
from domain.dates import When, earliest, latest, written
from domain.errors import Fault
from domain.kinds import KINDS
from domain.parties import Register, party_from
from infrastructure.days import read_day
from infrastructure.misfits import misfits

Fact: TypeAlias = Act | Definition | PartyEntry
Wire: TypeAlias = dict[str, Any]
Identified = TypeVar("Identified", Act, Definition, PartyEntry)

NAMESPACE = UUID("0f4c1a6e-6a3b-5b52-9d5e-7f0c1d7a2b90")
"""Of the ids that are derived from the content of a fact; it never changes."""

_NAMESPACE = NAMESPACE.bytes

LONGEST_TEXT = 20_000
"""Characters in one text of a fact."""
LONGEST_LIST = 2_000
"""Members of one list of a fact."""
DEEPEST_REPLACEMENT = 1
"""A replacement stands in a correction, and holds no other."""

LONGEST_SLUG = 80
UUID_LENGTH = 36

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE = re.compile(r"[A-Z][A-Z0-9]{2,11}")
DATES = ("dated", "received", "notified", "effective", "claimed_effective")
PLACES = ("position", "recorded_at", "recorded_by", "stream_version", "attested_by")
"""Keys that a recorded fact comes back with; they are no part of what is sent, and are passed over."""

Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Texts: TypeAlias = Annotated[tuple[Text, ...], msgspec.Meta(max_length=LONGEST_LIST)]


class WireSource(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Where a fact can be read."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
    url: Text | None = None
    published: Text | None = None
    sha256: Text | None = None
    quote: Text | None = None


Sources: TypeAlias = Annotated[tuple[WireSource, ...], msgspec.Meta(max_length=LONGEST_LIST)]


class WireAct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An act as it travels."""

    type: Literal["act"] = "act"
    id: str | None = None
    treaty: Text
    party: Text | None = None
    kind: Text
    dated: Text | None = None
    received: Text | None = None
    notified: Text | None = None
    effective: Text | None = None
    claimed_effective: Text | None = None
    sequence: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1
    by: Text | None = None
    towards: Texts = ()
    territories: Texts = ()
    predecessor: Text | None = None
    concerns: str | None = None
    legal_effect: bool | None = None
    contested_by: Texts = ()
    depositary: Text | None = None
    reference: Text | None = None
    note: Text | None = None
    sources: Sources = ()
    despite: Texts = ()
    replacement: dict[str, Any] | None = None


class WireDefinition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A version of a treaty's definition as it travels."""

    type: Literal["treaty"]
    id: str | None = None
    treaty: Text
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
    identifiers: dict[str, Text] = {}
    depositaries: Texts = ()
    clauses: dict[str, Any] = {}
    holds_from: Text | None = None
    note: Text | None = None
    sources: Sources = ()


class WireName(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A name of a party with the days of its use."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
    formal: Text | None = None
    from_: Text | None = msgspec.field(default=None, name="from")
    until: Text | None = None


class WireInterval(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Days from one, inclusive, to another, exclusive."""

    from_: Text | None = msgspec.field(default=None, name="from")
    until: Text | None = None


class WireParty(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A version of an entry of the party register as it travels."""

    type: Literal["party"]
    id: str | None = None
    party: Text
    kind: Literal["state", "organisation", "territory", "other"] = "state"
    names: Annotated[tuple[WireName, ...], msgspec.Meta(min_length=1, max_length=LONGEST_LIST)]
    aliases: Annotated[tuple[WireName, ...], msgspec.Meta(max_length=LONGEST_LIST)] = ()
    codes: dict[str, Text | None] = {}
    existence: Annotated[tuple[WireInterval, ...], msgspec.Meta(max_length=LONGEST_LIST)] = ()
    predecessors: Texts = ()
    successors: Texts = ()
    continues: Text | None = None
    not_recognised_by: Texts = ()
    newly_independent: bool | None = None
    sources: Sources = ()
    note: Text | None = None


Whole: TypeAlias = WireAct | WireDefinition | WireParty
Form: TypeAlias = type[WireAct] | type[WireDefinition] | type[WireParty]
FORMS: Mapping[str, Form] = {"act": WireAct, "treaty": WireDefinition, "party": WireParty}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What an object says, with everything that is wrong with it.

    With faults the fact is what could be made out all the same, so that its other faults can be found too.
    """

    fact: Fact | None
    faults: tuple[Fault, ...] = ()


class Names(Protocol):
    """Who can be meant by a name on a day."""

    def __contains__(self, code: str) -> bool:
        """Whether there is a party with this code."""
        ...

    def find(self, text: str, on: date | None = None) -> tuple[str, ...]:
        """The codes that the text can mean on the day."""
        ...

    def near(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """Names most like the text."""
        ...


def read_objects(objects: Sequence[object], names: Names, treaty: str | None = None) -> list[Read]:
    """Each object as a fact, in order; parties may be called as the register, or the objects themselves, call them.

    `treaty` is the slug that an act need not repeat, and may not contradict.
    """
    parties = [
        each for each in objects if isinstance(each, Mapping) and each.get("type") == "party"
    ]
    entered = [read_object(each, names).fact for each in parties]
    entries = [each for each in entered if isinstance(each, PartyEntry) and _can_be_named(each)]
    known = _Newer(Register(entries), names) if entries else names
    return [read_object(each, known, treaty) for each in objects]


def _can_be_named(entry: PartyEntry) -> bool:
    """Whether the register could read the entry; if not, that is told where the entry itself is looked at."""
    try:
        party_from(entry.data)
    except (KeyError, ValueError):
        return False
    return True


def read_object(given: object, names: Names, treaty: str | None = None) -> Read:
    """The object as a fact, with every fault at its pointer."""
    if not isinstance(given, Mapping):
        return Read(fact=None, faults=(Fault(pointer="", detail="must be an object"),))
    kind = given.get("type", "act")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        detail = f"must be one of: {', '.join(FORMS)}"
        return Read(fact=None, faults=(Fault(pointer="/type", detail=detail),))
    data = {key: value for key, value in given.items() if key not in PLACES}
    faults: list[Fault] = []
    if treaty is not None and form is WireAct and data.setdefault("treaty", treaty) != treaty:
        detail = f"must be {treaty}, the treaty of this request"
        faults.append(Fault(pointer="/treaty", detail=detail))
    fact = _fact(_converted(form, data, faults), data, names, faults)
    return Read(fact=fact, faults=tuple(faults))


def derived_id(fact: Fact) -> str:
    """The id that follows from the content: the same content has the same id, wherever it is read."""
    content = _content(fact)
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    digest = bytearray(hashlib.sha1(_NAMESPACE + canonical, usedforsecurity=False).digest()[:16])
    digest[6] = (
        digest[6] & 0x0F | 0x50
    )  # version 5 and its variant (RFC 9562, 5.5), as `UUID` sets them
    digest[8] = digest[8] & 0x3F | 0x80
    plain = digest.hex()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def written_entry(entry: Entry, attested_by: Sequence[str] = ()) -> Wire:
    """The entry as it is shown: the fact, then its place in the record; an act also with who else vouches for it."""
    vouched = {"attested_by": list(attested_by)} if isinstance(entry.content, Act) else {}
    return {
        **written_fact(entry.content),
        "position": entry.position,
        "recorded_at": written_instant(entry.recorded_at),
        "recorded_by": entry.recorded_by,
        "stream_version": entry.stream_version,
        **vouched,
    }


def written_fact(fact: Fact | SigningKey) -> Wire:
    """The fact as it travels, every key of its type in the order of the contract."""
    match fact:
        case Act():
            return _written_act(fact)
        case Definition():
            return _written_definition(fact)
        case PartyEntry():
            return {"type": "party", "id": fact.id, **fact.data}
        case SigningKey():
            return {
                "type": "key",
                "id": fact.id,
                "key": fact.key,
                "in_use": fact.in_use,
                "note": fact.note,
            }


# --- reading ---


@dataclass(frozen=True, slots=True)
class _Newer:
    """Names that come before others."""

    first: Names
    then: Names

    def __contains__(self, code: str) -> bool:
        return code in self.first or code in self.then

    def find(self, text: str, on: date | None = None) -> tuple[str, ...]:
        return self.first.find(text, on) or self.then.find(text, on)

    def near(self, text: str, limit: int = 3) -> tuple[str, ...]:
        return (*self.first.near(text, limit), *self.then.near(text, limit))[:limit]


def _fact(whole: Whole | None, data: Wire, names: Names, faults: list[Fault]) -> Fact | None:
    match whole:
        case WireAct():
            return _act(whole, names, faults)
        case WireDefinition():
            return _definition(whole, faults)
        case WireParty():
            return _party(whole, data, faults)
        case None:
            return None


def _converted(form: Form, data: Wire, faults: list[Fault]) -> Whole | None:
    """The object in its form; where it does not fit, what is left of it with each misfit named and set aside."""
    try:
        return msgspec.convert(data, form, strict=True)
    except msgspec.ValidationError:
        found = misfits(form, data)
        assert found, "what the library refuses is found"
    faults.extend(found)
    at_fault = {
        fault.pointer.split("/")[1].replace("~1", "/").replace("~0", "~") for fault in found
    }
    if "sources" in at_fault:
        _faults_of_sources(data["sources"], faults)
    rest = {key: value for key, value in data.items() if key not in at_fault}
    try:
        return msgspec.convert(rest, form, strict=True)
    except msgspec.ValidationError:
        return None


def _faults_of_sources(given: object, faults: list[Fault]) -> None:
    """What else is wrong with those sources that have the form, where another has not."""
    for index, each in enumerate(given if isinstance(given, list) else ()):
        if not misfits(WireSource, each):
            _source(msgspec.convert(each, WireSource), f"/sources/{index}", faults)


def _act(whole: WireAct, names: Names, faults: list[Fault], depth: int = 0) -> Act:
    days = {name: _day(getattr(whole, name), f"/{name}", faults) for name in DATES}
    decisive = (
        days["received"]
        or days["dated"]
        or days["notified"]
        or days["effective"]
        or days["claimed_effective"]
    )
    on = earliest(decisive) if decisive is not None else None
    _known_kind(whole.kind, faults)
    replacement = _replacement(whole, names, faults, depth)
    act = Act(
        id=whole.id if whole.id is not None and _CANONICAL.fullmatch(whole.id) else "",
        treaty=_slug(whole.treaty, faults),
        kind=whole.kind,
        party=_party_code(whole.party, "/party", names, on, faults),
        **days,
        sequence=whole.sequence,
        by=_text(whole.by, "/by", faults),
        towards=tuple(
            _party_code(each, f"/towards/{index}", names, on, faults) or each
            for index, each in enumerate(whole.towards)
        ),
        territories=_texts(whole.territories, "/territories", faults),
        predecessor=_party_code(whole.predecessor, "/predecessor", names, on, faults),
        concerns=_identifier(whole.concerns, "/concerns", faults),
        legal_effect=whole.legal_effect,
        contested_by=_texts(whole.contested_by, "/contested_by", faults),
        depositary=_text(whole.depositary, "/depositary", faults),
        reference=_text(whole.reference, "/reference", faults),
        note=_text(whole.note, "/note", faults),
        sources=_sources(whole.sources, faults),
        despite=whole.despite,
        replacement=replacement,
    )
    return _identified(act, whole.id, faults)


def _definition(whole: WireDefinition, faults: list[Fault]) -> Definition:
    _texts([*whole.identifiers, *whole.identifiers.values()], "/identifiers", faults)
    holds_from = _day(whole.holds_from, "/holds_from", faults)
    if holds_from is not None and not isinstance(holds_from, date):
        faults.append(Fault(pointer="/holds_from", detail="must be a certain day, YYYY-MM-DD"))
        holds_from = None
    definition = Definition(
        id="",
        treaty=_slug(whole.treaty, faults),
        title=_text(whole.title, "/title", faults) or "",
        identifiers=whole.identifiers,
        depositaries=_texts(whole.depositaries, "/depositaries", faults),
        clauses=whole.clauses,
        holds_from=holds_from,
        note=_text(whole.note, "/note", faults),
        sources=_sources(whole.sources, faults),
    )
    return _identified(definition, whole.id, faults)


def _party(whole: WireParty, data: Wire, faults: list[Fault]) -> PartyEntry:
    if CODE.fullmatch(whole.party) is None:
        detail = "must be a code of three to twelve capital letters and digits, such as POL or CSHH"
        faults.append(Fault(pointer="/party", detail=detail))
    for name in ("names", "aliases", "existence"):
        for index, each in enumerate(getattr(whole, name)):
            _stretch(each, f"/{name}/{index}", faults)
    _sources(whole.sources, faults)
    kept = {key: value for key, value in data.items() if key not in ("type", "id")}
    return _identified(PartyEntry(id="", party=whole.party, data=kept), whole.id, faults)


def _stretch(given: WireName | WireInterval, pointer: str, faults: list[Fault]) -> None:
    if isinstance(given, WireName):
        _text(given.name, f"{pointer}/name", faults)
    start, end = (
        _day(given.from_, f"{pointer}/from", faults),
        _day(given.until, f"{pointer}/until", faults),
    )
    if start is not None and end is not None and latest(end) <= earliest(start):
        faults.append(Fault(pointer=f"{pointer}/until", detail="must be later than from"))


def _replacement(whole: WireAct, names: Names, faults: list[Fault], depth: int) -> Act | None:
    if whole.replacement is None:
        return None
    if depth == DEEPEST_REPLACEMENT:
        faults.append(Fault(pointer="/replacement", detail="a replacement holds no other"))
        return None
    data = {key: value for key, value in whole.replacement.items() if key not in PLACES}
    found: list[Fault] = []
    inner = _converted(WireAct, {"treaty": whole.treaty, **data}, found)
    act = _act(inner, names, found, depth + 1) if isinstance(inner, WireAct) else None
    faults.extend(
        Fault(pointer=f"/replacement{each.pointer}", detail=each.detail) for each in found
    )
    return act


def _identified(fact: Identified, given: str | None, faults: list[Fault]) -> Identified:
    if fact.id:  # as it was given, in the form in which we write it
        return fact
    return replace(fact, id=_identifier(given, "/id", faults) or derived_id(fact))


def _identifier(given: str | None, pointer: str, faults: list[Fault]) -> str | None:
    if given is None:
        return None
    try:
        if len(given) == UUID_LENGTH:
            return str(UUID(given))
    except ValueError:
        pass
    faults.append(
        Fault(
            pointer=pointer, detail="must be a UUID, such as 3f2b8c1e-5d0a-4c77-9a55-0c2f6f0f7f11"
        )
    )
    return None


def _day(given: str | None, pointer: str, faults: list[Fault]) -> When | None:
    if given is None:
        return None
    try:
        return read_day(given)
    except ValueError as error:
        faults.append(Fault(pointer=pointer, detail=str(error)))
        return None


def _slug(given: str, faults: list[Fault]) -> str:
    if len(given) > LONGEST_SLUG or SLUG.fullmatch(given) is None:
        detail = "must be a slug of small letters, digits and single hyphens, such as open-skies"
        faults.append(Fault(pointer="/treaty", detail=detail))
    return given


def _known_kind(given: str, faults: list[Fault]) -> None:
    if given not in KINDS:
        near = get_close_matches(given[:LONGEST_SLUG], KINDS, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        faults.append(
            Fault(pointer="/kind", detail=f"there is no kind of act {given[:LONGEST_SLUG]}{hint}")
        )


def _party_code(
    given: str | None, pointer: str, names: Names, on: date | None, faults: list[Fault]
) -> str | None:
    """The code of the party that is meant on the day; what cannot be one is a fault and stays as it is."""
    if given is None or given in names:
        return given
    found = names.find(given, on)
    if len(found) == 1:
        return found[0]
    if found:
        detail = f"{given} can mean {' or '.join(found)}: name one by its code"
    else:
        near = names.near(given[:LONGEST_SLUG])
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        detail = f"there is no party {given[:LONGEST_SLUG]}{hint}"
    faults.append(Fault(pointer=pointer, detail=detail))
    return given


def _text(given: str | None, pointer: str, faults: list[Fault]) -> str | None:
    """The text; what PostgreSQL cannot keep or UTF-8 cannot carry is a fault."""
    if given is not None and not given.isprintable() and _UNFIT.search(given) is not None:
        faults.append(Fault(pointer=pointer, detail="must not hold a NUL or half a surrogate pair"))
        return None
    return given


def _texts(given: Sequence[str], pointer: str, faults: list[Fault]) -> tuple[str, ...]:
    for index, each in enumerate(given):
        _text(each, f"{pointer}/{index}", faults)
    return tuple(given)


def _sources(given: Iterable[WireSource], faults: list[Fault]) -> tuple[Source, ...]:
    return tuple(_source(each, f"/sources/{index}", faults) for index, each in enumerate(given))


def _source(given: WireSource, pointer: str, faults: list[Fault]) -> Source:
    if given.url is not None and _ADDRESS.fullmatch(given.url) is None:
        faults.append(
            Fault(
                pointer=f"{pointer}/url", detail="must be an address beginning with https: or http:"
            )
        )
    _day(given.published, f"{pointer}/published", faults)
    digest = given.sha256.lower() if given.sha256 is not None else None
    if digest is not None and _DIGEST.fullmatch(digest) is None:
        faults.append(
            Fault(
                pointer=f"{pointer}/sha256",
                detail="must be a SHA-256 digest, 64 hexadecimal digits",
            )
        )
    return Source(
        title=_text(given.title, f"{pointer}/title", faults) or "",
        url=given.url,
        published=given.published,
        sha256=digest,
        quote=_text(given.quote, f"{pointer}/quote", faults),
    )


_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CANONICAL = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"https?://[!-~]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")


# --- writing ---


def _written_act(act: Act) -> Wire:
    return {
        "type": "act",
        "id": act.id,
        "treaty": act.treaty,
        "party": act.party,
        "kind": act.kind,
        "dated": written(act.dated),
        "received": written(act.received),
        "notified": written(act.notified),
        "effective": written(act.effective),
        "claimed_effective": written(act.claimed_effective),
        "sequence": act.sequence,
        "by": act.by,
        "towards": list(act.towards),
        "territories": list(act.territories),
        "predecessor": act.predecessor,
        "concerns": act.concerns,
        "legal_effect": act.legal_effect,
        "contested_by": list(act.contested_by),
        "depositary": act.depositary,
        "reference": act.reference,
        "note": act.note,
        "sources": [_written_source(each) for each in act.sources],
        "despite": list(act.despite),
        "replacement": None if act.replacement is None else _written_act(act.replacement),
    }


def _written_definition(definition: Definition) -> Wire:
    return {
        "type": "treaty",
        "id": definition.id,
        "treaty": definition.treaty,
        "title": definition.title,
        "identifiers": dict(definition.identifiers),
        "depositaries": list(definition.depositaries),
        "clauses": dict(definition.clauses),
        "holds_from": written(definition.holds_from),
        "note": definition.note,
        "sources": [_written_source(each) for each in definition.sources],
    }


def _written_source(source: Source) -> Wire:
    return {
        "title": source.title,
        "url": source.url,
        "published": source.published,
        "sha256": source.sha256,
        "quote": source.quote,
    }


def _content(fact: Fact) -> Wire:
    """What the id of a fact is made of: all of it but the id, and without what is left at its default."""
    return {
        key: _content_of(value) if isinstance(value, dict | list) else value
        for key, value in written_fact(fact).items()
        if key != "id" and value is not None and value != [] and (key, value) != ("sequence", 1)
    }


def _content_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _content_of(each) for key, each in value.items() if each is not None}
    return [_content_of(each) for each in value] if isinstance(value, list) else value
