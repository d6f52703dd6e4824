"""Recording by HTTP: acts, corrections, definitions and entries of the register, all or none."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from api import answering
from api.asking import caller_of, only_known_parameters, service_of
from api.dependencies import ATTESTATION, Caller, Service
from api.presenting import JSON, NDJSON, entity_tag, json_bytes, response, tags_in, version_in
from api.refusals import ChangedMeanwhile, NotKnown, TooLarge, UnsupportedMedia
from api.routes.treaties import Treaty
from api.schemas import (
    REFUSALS_OF_RECORDING,
    ActToRecord,
    Attestation,
    Correction,
    PartyToEnter,
    RecordedAct,
    RecordedActs,
    TreatyToDefine,
    one_or_several,
)
from api.sending import Sent, objects_in, objects_in_lines
from domain.acts import Act, Definition, Entry, PartyEntry, SigningKey
from domain.depositary import Recording
from domain.errors import Conflict, Fault, Malformed, NotAllowed, NotFound
from domain.plain import escaped
from domain.ports import IdempotencyKey, dossier_stream

router = APIRouter(prefix="/v1", tags=["recording"], responses=REFUSALS_OF_RECORDING)

KeyHeader: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        json_schema_extra={"pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},  # ours is the message
        description="A key of the client's own: the same request under it is recorded once.",
    ),
]
IfMatch: TypeAlias = Annotated[
    str | None,
    Header(
        description="The `ETag` of an answer about this treaty: refuse if somebody recorded on it since."
    ),
]

LONGEST_KEY = 255

ACTS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "anyOf": [
                        ActToRecord.model_json_schema(ref_template="#/components/schemas/{model}"),
                        {
                            "type": "array",
                            "minItems": 1,
                            "items": ActToRecord.model_json_schema(
                                ref_template="#/components/schemas/{model}"
                            ),
                        },
                    ]
                }
            },
            NDJSON: {"schema": {"type": "string", "description": "One act a line."}},
        },
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was sent, and its digest together with the address it was sent to."""

    sent: Sent
    fingerprint: str


async def body_of(request: Request) -> bytes:
    """The body, whole; its size is bounded before."""
    return await request.body()


SentBytes: TypeAlias = Annotated[bytes, Depends(body_of)]


def recorder(scope: str) -> Callable[[Request], Caller]:
    """Who records, if the key has the scope; raises `NotKnown` or `NotAllowed`."""

    def allowed(request: Request) -> Caller:
        caller = caller_of(request)
        if caller is None:
            raise NotKnown("recording needs a key")
        if not caller.may(scope):
            raise NotAllowed(f"the key lacks the scope {scope}")
        only_known_parameters(request)
        return caller

    return allowed


ActsRecorder: TypeAlias = Annotated[Caller, Depends(recorder("acts:record"))]
Corrector: TypeAlias = Annotated[Caller, Depends(recorder("acts:correct"))]
Attester: TypeAlias = Annotated[Caller, Depends(recorder("acts:attest"))]
Definer: TypeAlias = Annotated[Caller, Depends(recorder("treaties:define"))]


@router.post(
    "/treaties/{treaty}/acts",
    summary="Record acts",
    status_code=201,
    openapi_extra=ACTS_BODY,
    responses={
        200: {
            "model": RecordedAct | RecordedActs,
            "description": "It stood in the record already.",
        },
        201: {"model": RecordedAct | RecordedActs, "description": "Recorded."},
    },
)
def record_acts(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    caller: ActsRecorder,
    sent: SentBytes,
    treaty: Treaty,
    idempotency_key: KeyHeader = None,
    if_match: IfMatch = None,
) -> Response:
    """One act, or several as one: they are checked as a batch and recorded all or none."""
    service = service_of(request)
    body = read_body(request, sent)
    _within(service, len(body.sent.objects))
    _of_the_record_itself(caller, body)
    service.known_treaty(treaty, service.record())
    recording = _recorded(
        service, caller, body, idempotency_key, if_match, treaty=treaty, only="act"
    )
    return _told(service, recording, body)


@router.post(
    "/acts/{id}/corrections",
    summary="Correct the record",
    status_code=201,
    responses={
        200: {"model": RecordedAct, "description": "The correction stood in the record already."},
        201: {"model": RecordedAct, "description": "Recorded."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": Correction.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
        }
    },
)
def correct(  # noqa: PLR0917 (parameters of the interface)
    request: Request,
    caller: Corrector,
    sent: SentBytes,
    id: Annotated[str, Path(description="The id of the act to correct.")],  # noqa: A002 (its name in the address)
    idempotency_key: KeyHeader = None,
    if_match: IfMatch = None,
) -> Response:
    """A correction is an entry of its own: the act concerned stands no longer, its replacement does."""
    service = service_of(request)
    entry = service.archive.find([id]).get(id)
    if entry is None or not isinstance(entry.content, Act):
        raise NotFound(f"there is no act {id[:80]}")
    body = read_body(request, sent)
    correction = _correction(service, body, entry.content)
    body = Body(
        sent=Sent(objects=(correction,), single=True, pointer=lambda _: ""),
        fingerprint=body.fingerprint,
    )
    treaty = entry.content.treaty
    try:
        recording = _recorded(
            service, caller, body, idempotency_key, if_match, treaty=treaty, only="act"
        )
    except Malformed as refusal:
        raise Malformed([_of_reason(each) for each in refusal.faults]) from refusal
    return _told(service, recording, body)


@router.post(
    "/acts/{id}/attestations",
    summary="Vouch for an entry",
    status_code=201,
    responses={
        200: {"model": RecordedAct, "description": "The attestation stood in the record already."},
        201: {"model": RecordedAct, "description": "Recorded."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": Attestation.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
        }
    },
)
def attest(
    request: Request,
    caller: Attester,
    sent: SentBytes,
    id: Annotated[str, Path(description="The id of the act.")],  # noqa: A002 (its name in the address)
    idempotency_key: KeyHeader = None,
) -> Response:
    """A second person vouches for an entry; whoever recorded it cannot."""
    service = service_of(request)
    entry = service.archive.find([id]).get(id)
    if entry is None or not isinstance(entry.content, Act):
        raise NotFound(f"there is no act {id[:80]}")
    if entry.recorded_by == caller.name:
        raise NotAllowed("an entry is attested by somebody else than who recorded it")
    body = read_body(request, sent)
    attestation = {
        "by": caller.name,  # else two who vouch on one day would have said one and the same
        **_about(service, body, entry.content, ATTESTATION, set(Attestation.model_fields)),
    }
    body = Body(
        sent=Sent(objects=(attestation,), single=True, pointer=lambda _: ""),
        fingerprint=body.fingerprint,
    )
    recording = _recorded(
        service, caller, body, idempotency_key, None, treaty=entry.content.treaty, only="act"
    )
    return _told(service, recording, body)


@router.post(
    "/treaties",
    summary="Define treaties",
    status_code=201,
    openapi_extra=one_or_several(TreatyToDefine),
    responses={200: {"description": "It stood in the record already."}},
)
def define_treaties(
    request: Request, caller: Definer, sent: SentBytes, idempotency_key: KeyHeader = None
) -> Response:
    """A definition, or several as one; a later version of a treaty's definition is a new entry."""
    service = service_of(request)
    body = read_body(request, sent)
    _within(service, len(body.sent.objects))
    recording = _recorded(service, caller, body, idempotency_key, None, treaty=None, only="treaty")
    return _told(service, recording, body)


@router.post(
    "/parties",
    summary="Enter parties in the register",
    status_code=201,
    openapi_extra=one_or_several(PartyToEnter),
    responses={200: {"description": "It stood in the record already."}},
)
def enter_parties(
    request: Request, caller: Definer, sent: SentBytes, idempotency_key: KeyHeader = None
) -> Response:
    """An entry of the register, or several as one; a later entry for a code takes the place of the earlier."""
    service = service_of(request)
    body = read_body(request, sent)
    _within(service, len(body.sent.objects))
    recording = _recorded(service, caller, body, idempotency_key, None, treaty=None, only="party")
    return _told(service, recording, body)


def read_body(request: Request, sent: bytes) -> Body:
    """What was sent, in the form that it says it has; raises `Malformed` or `UnsupportedMedia`."""
    media = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media not in {JSON, NDJSON} and not media.endswith("+json"):
        raise UnsupportedMedia(f"{media[:80]} is not read here: send Content-Type: {JSON}")
    fingerprint = hashlib.sha256(b"\n".join((request.url.path.encode(), sent))).hexdigest()
    objects = objects_in_lines(sent) if media == NDJSON else objects_in(sent)
    return Body(sent=objects, fingerprint=fingerprint)


def _within(service: Service, count: int) -> None:
    if count > service.settings.max_batch:
        raise TooLarge(f"{count} at once are more than {service.settings.max_batch}")


def _recorded(
    service: Service,
    caller: Caller,
    body: Body,
    key: str | None,
    if_match: str | None,
    *,
    treaty: str | None,
    only: str,
) -> Recording:
    _of_one_type(body, only)
    expected = _expected(treaty, if_match)
    try:
        return service.record_objects(
            [
                {"type": only, **each} if isinstance(each, dict) else each
                for each in body.sent.objects
            ],
            recorded_by=caller.name,
            treaty=treaty,
            pointer=body.sent.pointer,
            key=_key(key, body),
            expected=expected,
        )
    except Conflict as conflict:
        if expected is None or treaty is None:
            raise
        raise ChangedMeanwhile(conflict, _since(service, treaty, conflict.expected)) from conflict


def _of_the_record_itself(caller: Caller, body: Body) -> None:
    """That nobody corrects without the scope for it, or vouches for an entry where nobody sees whose it is."""
    for index, each in enumerate(body.sent.objects):
        kind = each.get("kind") if isinstance(each, dict) else None
        if kind == "record_corrected" and not caller.may("acts:correct"):
            raise NotAllowed("the key lacks the scope acts:correct")
        if kind == ATTESTATION:
            pointer = f"{body.sent.pointer(index)}/kind"
            detail = "is recorded at /v1/acts/{id}/attestations"
            raise Malformed([Fault(pointer=pointer, detail=detail)])


def _of_one_type(body: Body, only: str) -> None:
    faults = [
        Fault(pointer=f"{body.sent.pointer(index)}/type", detail=f"must be {only} at this address")
        for index, each in enumerate(body.sent.objects)
        if isinstance(each, dict) and each.get("type", only) != only
    ]
    if faults:
        raise Malformed(faults)


def _expected(treaty: str | None, if_match: str | None) -> dict[str, int] | None:
    """The version of the dossier that the client has seen; any of several, the latest of them."""
    if if_match is None or treaty is None or if_match.strip() == "*":
        return None
    versions = [version_in(each) for each in tags_in(if_match)]
    known = [each for each in versions if each is not None]
    return {dossier_stream(treaty): max(known, default=-1)}


def _since(service: Service, treaty: str, version: int) -> list[answering.Plain]:
    service.heads.catch_up()
    entries = service.entries(treaty, service.record())
    return [service.written(each) for each in entries if each.stream_version > version >= 0]


def _key(given: str | None, body: Body) -> IdempotencyKey | None:
    if given is None:
        return None
    key = given.strip().strip('"')
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        detail = f"must have 1 to {LONGEST_KEY} printable characters"
        raise Malformed([Fault(pointer="/Idempotency-Key", detail=detail)])
    return IdempotencyKey(key=key, fingerprint=body.fingerprint)


def _correction(service: Service, body: Body, concerned: Act) -> dict[str, object]:
    """The act of correcting, from what was sent about it."""
    sent = body.sent.objects[0]
    reason = sent.get("reason") if isinstance(sent, dict) else None
    faults = []
    if not isinstance(reason, str) or not reason.strip():
        detail = "is missing: say why the record is corrected"
        faults.append(Fault(pointer="/reason", detail=detail))
    given = _about(
        service, body, concerned, "record_corrected", set(Correction.model_fields), further=faults
    )
    return {**{name: each for name, each in given.items() if name != "reason"}, "note": reason}


def _about(
    service: Service,
    body: Body,
    concerned: Act,
    kind: str,
    known: set[str],
    *,
    further: Sequence[Fault] = (),
) -> dict[str, object]:
    """An act about another entry, done today unless it says otherwise, from what was sent."""
    sent = body.sent.objects[0] if body.sent.single else None
    if not isinstance(sent, dict):
        raise Malformed([Fault(pointer="", detail="must be an object")])
    faults = [
        Fault(pointer=f"/{escaped(each)}", detail="is not known here")
        for each in sent
        if each not in known
    ]
    if faults or further:
        raise Malformed([*faults, *further])
    return {
        "type": "act",
        "treaty": concerned.treaty,
        "party": concerned.party,
        "kind": kind,
        "dated": service.clock.today().isoformat(),
        "concerns": concerned.id,
        **{name: each for name, each in sent.items() if each is not None},
    }


def _of_reason(fault: Fault) -> Fault:
    """The fault at its place in what was sent: there the note is called the reason."""
    return replace(fault, pointer="/reason") if fault.pointer == "/note" else fault


def _told(service: Service, recording: Recording, body: Body) -> Response:
    shown = [service.written(each) for each in recording.entries]
    status = 201 if recording.new else 200
    last = max(recording.entries, key=lambda each: each.position)
    headers = {"Cache-Control": "no-store", "X-Timeline-Position": str(last.position)}
    if isinstance(last.content, Act):
        headers["ETag"] = _tag(service, recording.entries)
    if body.sent.single:
        headers["Location"] = _address(recording.entries[0])
        return response(json_bytes(shown[0]), JSON, headers, status)
    document = {"acts": shown, "recorded": len(recording.new), "duplicate": recording.duplicates}
    return response(json_bytes(document), JSON, headers, status)


def _tag(service: Service, entries: Sequence[Entry]) -> str:
    """The validator of the dossier as it stands now, for the next request with `If-Match`."""
    record = service.record()
    version = service.version(entries[-1].stream, record)
    return entity_tag(entries[-1].stream, version=version, position=record.position)


def _address(entry: Entry) -> str:
    match entry.content:
        case Act(id=identifier):
            return f"/v1/acts/{identifier}"
        case Definition(treaty=treaty):
            return f"/v1/treaties/{treaty}"
        case PartyEntry(party=party):
            return f"/v1/parties/{party}"
        case SigningKey():
            raise AssertionError("no key is declared by HTTP")
