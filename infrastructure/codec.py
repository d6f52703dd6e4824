"""The bytes in which facts are kept for ever: topics, versions, and how old ones are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
    Transcoder,
)

from domain.acts import Act, Definition, PartyEntry, SigningKey, Source
from domain.dates import UncertainDay
from domain.kinds import KINDS

Fact: TypeAlias = Act | Definition | PartyEntry | SigningKey
Written = TypeVar("Written")
Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
Layout: TypeAlias = tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], Any]]

TREATY_DEFINED = "treaty.defined"
PARTY_ENTERED = "party.entered"
KEY_DECLARED = "key.declared"


class UnknownTopic(MapperDeserialisationError):
    """An entry has a topic that this release does not know; it was written by a newer one."""


class UnreadableState(MapperDeserialisationError):
    """The bytes of an entry are not what their topic and version say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFact:
    """A fact at its place in a stream, in the form in which the event library carries it."""

    originator_id: str
    originator_version: int
    content: Fact


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A stored event with the columns of our own: the fact's id, and who recorded it, as JSON."""

    event_id: UUID
    metadata: str = "{}"


class Whole(msgspec.Struct, Generic[Written]):
    """A stored fact with its version."""

    version: int
    fact: Written


class Envelope(msgspec.Struct):
    """A stored fact that is read once its version is known."""

    version: int
    fact: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one type of fact is kept: its version now, and how each older one becomes the next."""

    type: type[Fact]
    decoder: msgspec.json.Decoder["Whole[Any]"]
    version: int
    upcasters: Mapping[int, Upcaster]


ACT_FORM = Form(
    type=Act, decoder=msgspec.json.Decoder(Whole[Act]), version=1, upcasters=MappingProxyType({})
)
DEFINITION_FORM = Form(
    type=Definition,
    decoder=msgspec.json.Decoder(Whole[Definition]),
    version=1,
    upcasters=MappingProxyType({}),
)
PARTY_FORM = Form(
    type=PartyEntry,
    decoder=msgspec.json.Decoder(Whole[PartyEntry]),
    version=1,
    upcasters=MappingProxyType({}),
)
KEY_FORM = Form(
    type=SigningKey,
    decoder=msgspec.json.Decoder(Whole[SigningKey]),
    version=1,
    upcasters=MappingProxyType({}),
)

FORMS: Mapping[str, Form] = MappingProxyType(
    {f"act.{kind}": ACT_FORM for kind in KINDS}
    | {TREATY_DEFINED: DEFINITION_FORM, PARTY_ENTERED: PARTY_FORM, KEY_DECLARED: KEY_FORM}
)
"""Every topic that may stand in the log; nothing is ever looked up by import."""


def topic_of(fact: Fact) -> str:
    """The name under which the fact is kept, for ever."""
    match fact:
        case Act():
            return f"act.{fact.kind}"
        case Definition():
            return TREATY_DEFINED
        case PartyEntry():
            return PARTY_ENTERED
        case SigningKey():
            return KEY_DECLARED


def event_id_of(identifier: str) -> UUID:
    """The id as the log's column keeps it: the UUID itself, or one made of any other text."""
    try:
        return UUID(identifier)
    except ValueError:
        return uuid5(NAMESPACE_OID, identifier)


def encoded(fact: Fact) -> bytes:
    """The bytes of a fact: its version, then what is not left at its default, in declared order."""
    form = _form(topic_of(fact))
    return _ENCODER.encode({"version": form.version, "fact": _without_defaults(fact)})


def decoded(topic: str, state: bytes) -> Fact:
    """The fact in the bytes; raises `UnknownTopic` or `UnreadableState`, naming the topic."""
    form = _form(topic)
    try:
        if (fact := _current(form, state)) is not None:
            return fact
        return _upcast(form, _ENVELOPES.decode(state))
    except (msgspec.MsgspecError, KeyError) as error:
        raise UnreadableState(f"an entry of topic {topic} cannot be read: {error}") from error


class FactMapper(Mapper[str]):
    """Between facts at their places and stored events, by the closed list of topics."""

    def __init__(self) -> None:
        super().__init__(transcoder=FactTranscoder())

    def to_stored_event(
        self, domain_event: DomainEventProtocol[str], metadata: str = "{}"
    ) -> StoredFact:
        """The fact as it is kept, with who recorded it."""
        assert isinstance(domain_event, PlacedFact)
        return StoredFact(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=topic_of(domain_event.content),
            state=encoded(domain_event.content),
            event_id=event_id_of(domain_event.content.id),
            metadata=metadata,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> PlacedFact:
        """The fact that was kept; raises `UnknownTopic` or `UnreadableState`."""
        return PlacedFact(
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            content=decoded(stored_event.topic, stored_event.state),
        )


class FactTranscoder(Transcoder):
    """Plain JSON, for whatever else the event library wants to write down."""

    def encode(self, obj: object) -> bytes:
        """The object as JSON."""
        return _ENCODER.encode(obj)

    def decode(self, data: bytes) -> object:
        """The object that the JSON describes."""
        return msgspec.json.decode(data)


def _current(form: Form, state: bytes) -> Fact | None:
    """The fact, if it was written in the version of this release; then one reading is enough."""
    try:
        whole = form.decoder.decode(state)
    except msgspec.ValidationError:
        if _ENVELOPES.decode(state).version == form.version:
            raise
        return None
    return whole.fact if whole.version == form.version else None


def _form(topic: str) -> Form:
    form = FORMS.get(topic)
    if form is None:
        raise UnknownTopic(f"no topic {topic!r} is known to this release")
    return form


def _upcast(form: Form, envelope: Envelope) -> Fact:
    data = msgspec.json.decode(envelope.fact, type=dict[str, Any])
    for version in range(envelope.version, form.version):
        data = form.upcasters[version](data)
    if envelope.version > form.version:
        raise KeyError(f"version {envelope.version} is newer than this release")
    return msgspec.convert(data, form.type)


def _without_defaults(value: Any) -> dict[str, Any]:
    names, defaults, values = _LAYOUTS[type(value)]
    return {
        name: _kept(each)
        for name, default, each in zip(names, defaults, values(value), strict=True)
        if each is not default and each != default
    }


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_kept(each) for each in value]
    return _without_defaults(value) if type(value) in _PARTS else value


def _layout(kind: type[Any]) -> Layout:
    names = tuple(each.name for each in fields(kind))
    return names, tuple(each.default for each in fields(kind)), attrgetter(*names)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no stored form")


_PARTS = frozenset({Act, Source, UncertainDay})
_LAYOUTS: Mapping[type[Any], Layout] = {
    kind: _layout(kind) for kind in (*_PARTS, Definition, PartyEntry, SigningKey)
}
_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
_ENVELOPES = msgspec.json.Decoder(Envelope)
