"""How each refusal is told to whoever asked: one table from refusals to problems (RFC 9457), with a page each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from api.refusals import (
    BadHeader,
    ChangedMeanwhile,
    Damaged,
    NotAcceptable,
    NotKnown,
    RateExceeded,
    TooLarge,
    UnsupportedMedia,
)
from domain.errors import (
    Breach,
    Conflict,
    Erased,
    Fault,
    Full,
    Irregular,
    KeyReused,
    Lagging,
    Malformed,
    NotAllowed,
    NotFound,
    Refusal,
    Unavailable,
)
from domain.irregularities import RULES

Problem: TypeAlias = dict[str, Any]

MEDIA_TYPE = "application/problem+json"
ROOT = "/problems/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """One type of problem: its name for ever, its status, its title, what it means and what to do."""

    name: str
    status: int
    title: str
    meaning: str
    remedy: str

    @property
    def uri(self) -> str:
        """The type as it stands in a problem; it is also the address of its page."""
        return ROOT + self.name


def _types(*types: Type) -> Mapping[str, Type]:
    return MappingProxyType({each.name: each for each in types})


TYPES = _types(
    Type(
        name="malformed",
        status=422,
        title="The request cannot be read as what it claims to be",
        meaning="A key, a kind, a treaty, a party, a day or a reference is unknown or impossible. "
        "Every fault found is in `errors`, each with the JSON pointer (RFC 6901) of its place in the body, "
        "or with the name of the query parameter.",
        remedy="Mend each place named and send it again. Nothing was recorded.",
    ),
    Type(
        name="irregular",
        status=409,
        title="An act breaks a rule of treaty law",
        meaning="The act can be read, but treaty law does not admit it as it stands in this dossier. "
        "Each rule broken is in `errors`, with its name and its legal source.",
        remedy="If the act was not done like that, mend it. States do break rules: if it happened all the same, "
        "send it again with the names of the rules in `despite` and a `note` that says why; "
        "it is recorded and carries the finding for ever. Nothing was recorded.",
    ),
    Type(
        name="not-found",
        status=404,
        title="That is not in the record",
        meaning="No treaty, party, act, position or page of that name is in the record that was asked for.",
        remedy="Look at the lists under /v1/treaties, /v1/parties and /v1/acts, "
        "and at the bound `as_recorded` if there was one.",
    ),
    Type(
        name="erased",
        status=410,
        title="The document was erased",
        meaning="The document of this digest was kept here, and its bytes were erased for the reason in `detail`. "
        "Its digest stands in every act that names it.",
        remedy="Whoever has a copy can still compare its SHA-256 with the digest.",
    ),
    Type(
        name="changed-meanwhile",
        status=412,
        title="Somebody recorded on this treaty meanwhile",
        meaning="The request carried `If-Match` with a version of the treaty that is no longer the latest. "
        "What was recorded since is in `recorded`.",
        remedy="Look at what was recorded, decide anew, and send the request with the `ETag` of now. "
        "Nothing was recorded.",
    ),
    Type(
        name="contended",
        status=503,
        title="Too many record on this treaty at once",
        meaning="Others recorded on the same treaty again and again while this request was being decided.",
        remedy="Send the same request again after the time in `Retry-After`. Nothing was recorded.",
    ),
    Type(
        name="key-reused",
        status=422,
        title="The idempotency key belongs to another request",
        meaning="The `Idempotency-Key` was used before with another body or on another address.",
        remedy="Use a new key for a new request. Nothing was recorded.",
    ),
    Type(
        name="unauthenticated",
        status=401,
        title="A key is needed",
        meaning="The request has no key, or one that is not known, has expired or was revoked. "
        "Nothing is said about what exists.",
        remedy="Send `Authorization: Bearer KEY` with a key made by `timeline keys create`.",
    ),
    Type(
        name="forbidden",
        status=403,
        title="The key does not allow this",
        meaning="The key is known and lacks the scope that this request needs.",
        remedy="Ask the operator for a key with that scope.",
    ),
    Type(
        name="lagging",
        status=503,
        title="The record has not got that far yet",
        meaning="The position in `X-Timeline-Position` did not arrive within the time that a read may wait, "
        "or no signed checkpoint covers yet what is to be proved.",
        remedy="Ask again after the time in `Retry-After`.",
    ),
    Type(
        name="full",
        status=507,
        title="There is no room for another entry",
        meaning="The disk or the database has no room left. Reading goes on.",
        remedy="The operator makes room; then send the same request again. Nothing was recorded.",
    ),
    Type(
        name="unavailable",
        status=503,
        title="The record cannot be reached now",
        meaning="The database does not answer, is busy, or is not at the schema that this release needs.",
        remedy="Send the same request again after the time in `Retry-After`; with an `Idempotency-Key` "
        "it is recorded once at most.",
    ),
    Type(
        name="too-many-requests",
        status=429,
        title="Too many requests",
        meaning="This key or address has used up what it may ask for in this span of time.",
        remedy="Ask again after the time in `Retry-After`, or ask many questions at once by POST /v1/status.",
    ),
    Type(
        name="too-large",
        status=413,
        title="Too much for one request",
        meaning="The body, the batch or the question is larger than one request may be.",
        remedy="Split it. The limits stand in the documentation of the settings.",
    ),
    Type(
        name="bad-header",
        status=400,
        title="A header cannot be read",
        meaning="`Accept-Datetime` must be a date as HTTP writes it (RFC 9110, 5.6.7).",
        remedy="Send it like `Accept-Datetime: Tue, 08 Jun 2021 12:00:00 GMT`.",
    ),
    Type(
        name="not-acceptable",
        status=406,
        title="The answer does not exist in that form",
        meaning="None of the media types in `Accept` is one in which this answer can be given.",
        remedy="Ask for application/json; lists also come as text/csv and application/x-ndjson.",
    ),
    Type(
        name="unsupported-media-type",
        status=415,
        title="The body is in a form that is not read here",
        meaning="Bodies are read as JSON, and acts also as one JSON object a line.",
        remedy="Send `Content-Type: application/json`, or application/x-ndjson for acts.",
    ),
    Type(
        name="method-not-allowed",
        status=405,
        title="That cannot be done to this address",
        meaning="The address exists, and does not take this method; `Allow` names those that it takes.",
        remedy="Look the route up in /docs.",
    ),
    Type(
        name="too-slow",
        status=408,
        title="The request took too long to arrive",
        meaning="The body did not arrive whole within the time that a request may take.",
        remedy="Send it again over a better line, or in smaller parts. Nothing was recorded.",
    ),
    Type(
        name="damaged",
        status=500,
        title="The record does not fit together",
        meaning="Log, tree and checkpoints do not belong to each other as they are kept, so nothing is proved by them. "
        "Somebody changed the database, or its disk did.",
        remedy="Tell the operator, who runs `timeline verify --deep`: it names what is wrong and where.",
    ),
    Type(
        name="internal",
        status=500,
        title="A fault of this service",
        meaning="Something went wrong that should not; it is logged under the request id of this answer.",
        remedy="Tell the operator the request id. With an `Idempotency-Key` it is safe to send it again.",
    ),
)
"""Every type of problem, by name; a name once given is for ever."""

BY_REFUSAL: tuple[tuple[type[Refusal], str], ...] = (
    (Malformed, "malformed"),
    (Irregular, "irregular"),
    (Erased, "erased"),
    (NotFound, "not-found"),
    (ChangedMeanwhile, "changed-meanwhile"),
    (Conflict, "contended"),
    (KeyReused, "key-reused"),
    (NotKnown, "unauthenticated"),
    (NotAllowed, "forbidden"),
    (Lagging, "lagging"),
    (Full, "full"),
    (Unavailable, "unavailable"),
    (RateExceeded, "too-many-requests"),
    (TooLarge, "too-large"),
    (BadHeader, "bad-header"),
    (NotAcceptable, "not-acceptable"),
    (UnsupportedMedia, "unsupported-media-type"),
    (Damaged, "damaged"),
)
"""The first class in this order to which a refusal belongs names its type."""

BY_STATUS: Mapping[int, str] = MappingProxyType(
    {
        401: "unauthenticated",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        406: "not-acceptable",
        413: "too-large",
        415: "unsupported-media-type",
        422: "malformed",
        429: "too-many-requests",
    }
)
"""For what the framework refuses by itself: the type of each status."""


def type_of(refusal: Refusal) -> Type:
    """The type of problem that the refusal is."""
    return TYPES[next(name for kind, name in BY_REFUSAL if isinstance(refusal, kind))]


def problem_of(refusal: Refusal) -> Problem:
    """The refusal as a problem, with everything that helps to mend it."""
    told: Callable[[Any], Problem] = next(
        (more for kind, more in _MORE if isinstance(refusal, kind)), lambda _: {}
    )
    return problem(type_of(refusal), _detail(refusal), **told(refusal))


def problem(kind: Type, detail: str, **more: Any) -> Problem:
    """A problem of this type."""
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        **more,
    }


def retry_after(refusal: Refusal) -> int | None:
    """After how many seconds the same request may succeed; None where waiting does not help."""
    match refusal:
        case Unavailable() | RateExceeded():
            return refusal.retry_after
        case Conflict() if not isinstance(refusal, ChangedMeanwhile):
            return 1
        case _:
            return None


def outward(refusal: Unavailable) -> str:
    """What a stranger is told of it: that it is so, and not the hosts and names for which the operator has the log."""
    return str(refusal).partition(": ")[0]


def _detail(refusal: Refusal) -> str:
    match refusal:
        case Malformed(faults=faults):
            return _counted(faults, "fault")
        case Irregular(breaches=breaches):
            return _counted(breaches, "rule") + " broken"
        case _:
            return str(refusal)


def _counted(found: Sequence[object], noun: str) -> str:
    return f"{len(found)} {noun}" if len(found) == 1 else f"{len(found)} {noun}s"


def _of_malformed(refusal: Malformed) -> Problem:
    return {"errors": [_fault(each) for each in refusal.faults]}


def _of_irregular(refusal: Irregular) -> Problem:
    return {
        "errors": [_breach(each) for each in refusal.breaches],
        "despite": list(dict.fromkeys(each.rule for each in refusal.breaches)),
    }


def _of_change(refusal: ChangedMeanwhile) -> Problem:
    return {
        "expected": refusal.expected,
        "actual": refusal.actual,
        "recorded": list(refusal.recorded),
    }


def _fault(fault: Fault) -> Problem:
    return {"pointer": fault.pointer, "detail": fault.detail}


def _breach(breach: Breach) -> Problem:
    known = RULES.get(breach.rule)
    return {
        "pointer": breach.pointer,
        "rule": breach.rule,
        "source": breach.source,
        "detail": breach.detail,
        "meaning": known.meaning if known is not None else None,
    }


_MORE: tuple[tuple[type[Refusal], Callable[[Any], Problem]], ...] = (
    (Malformed, _of_malformed),
    (Irregular, _of_irregular),
    (ChangedMeanwhile, _of_change),
)
