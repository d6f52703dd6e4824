"""Subscriptions as they are asked for and shown: what was sent is read with every fault at its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import orjson
import structlog

from api.dependencies import Caller, Service, webhooks
from api.refusals import TooLarge
from api.relying import RelyingAnswers
from domain.bounds import written_instant
from domain.errors import Fault, Malformed, NotAllowed, NotFound, Unavailable
from domain.kinds import KINDS
from domain.plain import escaped
from domain.states import State, Status

log = structlog.get_logger("timeline")

SCOPE = "subscriptions"
FILTERS = ("types", "treaties", "parties", "kinds", "statuses")
TO_CREATE = frozenset({"url", "description", "scheme", "after", "permalinks", *FILTERS})
TO_CHANGE = frozenset({"url", "description", "state", "permalinks", *FILTERS})
LONGEST_DESCRIPTION = 1_000
MOST_IN_FILTER = 1_000
DELIVERY_STATES: tuple[Literal["pending", "delivered", "dead"], ...] = (
    "pending",
    "delivered",
    "dead",
)

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Does for somebody what they ask about subscriptions: their own, or all of them for who may do all."""

    service: Service
    caller: Caller

    @property
    def owner(self) -> str | None:
        """Whose subscriptions are seen; None for all."""
        return None if self.caller.may("admin") else self.caller.name

    def found(self, identifier: str) -> webhooks.Subscription:
        """The subscription; raises `NotFound`."""
        try:
            which = UUID(identifier)
        except ValueError as error:
            raise NotFound(f"there is no subscription {identifier[:80]}") from error
        return self.service.webhooks.subscriptions.get(which, owner=self.owner)

    def every(self) -> list[Plain]:
        """All of them, the oldest first."""
        found = self.service.webhooks.subscriptions.every(owner=self.owner)
        standing = self.service.webhooks.subscriptions.standing(each.id for each in found)
        return [self._shown(each, standing[each.id]) for each in found]

    def one(self, subscription: webhooks.Subscription) -> Plain:
        """It, as it stands."""
        standing = self.service.webhooks.subscriptions.standing([subscription.id])
        return self._shown(subscription, standing[subscription.id])

    def create(self, sent: object) -> Plain:
        """A new subscription, with its secret, which is never shown again."""
        reading = Reading(self.service, sent, TO_CREATE)
        wish, place = reading.wish(self.caller.name)
        held = self.service.webhooks.subscriptions.every(owner=self.caller.name)
        most = self.service.settings.max_subscriptions
        if len(held) >= most:
            raise NotAllowed(f"{self.caller.name} has {most:,} subscriptions, which is the most")
        with _signing():
            return self._with_secret(self.service.webhooks.subscribe(wish, place))

    def change(self, subscription: webhooks.Subscription, sent: object) -> Plain:
        """Change what is named."""
        changed = Reading(self.service, sent, TO_CHANGE).changed(subscription)
        return self.one(self.service.webhooks.subscriptions.change(subscription.id, changed))

    def replace_secret(self, subscription: webhooks.Subscription) -> Plain:
        """The next secret, which is never shown again."""
        with _signing():
            return self._with_secret(self.service.webhooks.replace_secret(subscription.id))

    def end(self, subscription: webhooks.Subscription) -> None:
        """End it for ever."""
        self.service.webhooks.subscriptions.end(subscription.id)

    def test(self, subscription: webhooks.Subscription) -> Plain:
        """Put a webhook on its way that tells nothing."""
        return {"event": self.service.webhooks.test(subscription)}

    def deliveries(
        self, subscription: webhooks.Subscription, state: str | None, after: int, limit: int
    ) -> tuple[list[Plain], int | None]:
        """Its webhooks in the order in which they were made, and the number to go on after."""
        wanted = next((each for each in DELIVERY_STATES if each == state), None)
        if state is not None and wanted is None:
            detail = f"must be {' or '.join(DELIVERY_STATES)}"
            raise Malformed([Fault(pointer="/state", detail=detail)])
        found, following = self.service.webhooks.deliveries.of(
            subscription.id, state=wanted, after=after, limit=limit
        )
        return [_delivery(each) for each in found], following

    def replay(self, subscription: webhooks.Subscription, sent: object) -> Plain:
        """Put dead webhooks on their way again: those named, or all."""
        match sent:
            case None | {"ids": None}:
                ids = None
            case {"ids": [*ids], **rest} if not rest and all(isinstance(each, str) for each in ids):
                pass
            case {**rest} if not rest:
                ids = None
            case _:
                detail = "must be a list of the ids of dead letters, and nothing beside it"
                raise Malformed([Fault(pointer="/ids", detail=detail)])
        return {"replayed": self.service.webhooks.deliveries.replay(subscription.id, ids)}

    def _with_secret(self, subscription: webhooks.Subscription) -> Plain:
        shown = self.one(subscription)
        if subscription.scheme == "secret":
            shown["secret"] = self.service.webhooks.shared(subscription)
        return shown

    def _shown(self, each: webhooks.Subscription, standing: webhooks.Standing) -> Plain:
        public = None
        if each.scheme == "ed25519":
            with _signing():
                public = self.service.webhooks.shared(each)
        return {
            "id": str(each.id),
            "owner": each.owner,
            "url": each.url,
            "description": each.description,
            **{name: sorted(getattr(each.wanted, name)) for name in FILTERS},
            "permalinks": list(each.permalinks),
            "scheme": each.scheme,
            "public_key": public,
            "secret": None,
            "state": each.state,
            "reason": each.reason,
            "created_at": written_instant(each.created_at),
            "taken_at": written_instant(each.taken_at),
            "failures": each.failures,
            "pending": standing.pending,
            "dead": standing.dead,
            "oldest_pending_at": written_instant(standing.oldest),
        }


class Reading:
    """Reads what was sent about a subscription; all faults are told at once."""

    def __init__(self, service: Service, sent: object, known: frozenset[str]) -> None:
        """Read this object, which may have these keys."""
        if not isinstance(sent, dict):
            raise Malformed([Fault(pointer="", detail="must be an object")])
        self._service = service
        self._sent: Mapping[str, Any] = sent
        self._bounds = service.bounds()
        self._faults = [
            Fault(pointer=f"/{escaped(each)}", detail="is not known here")
            for each in sent
            if each not in known
        ]

    def wish(self, owner: str) -> tuple[webhooks.Wish, str | None]:
        """What is asked for who subscribes, and from which event on; raises `Malformed`."""
        if self._sent.get("url") is None:
            self._fault("url", "is missing")
        wish = webhooks.Wish(
            owner=owner,
            url=self._url() or "",
            description=self._description(),
            wanted=self._wanted(webhooks.Wanted()),
            scheme=self._scheme(),
            reliances=self._reliances() or (),
        )
        place = self._after()
        self._told()
        return wish, place

    def changed(self, standing: webhooks.Subscription) -> webhooks.Changed:
        """What is to become another; raises `Malformed`."""
        state = self._sent.get("state")
        if state not in (None, "active", "paused"):
            self._fault("state", "must be active or paused")
        changed = webhooks.Changed(
            url=self._url(),
            description=self._description(),
            wanted=self._wanted(standing.wanted),
            state=state,
            reliances=self._reliances(),
        )
        self._told()
        return changed

    def _told(self) -> None:
        if self._faults:
            raise Malformed(self._faults)

    def _fault(self, place: str, detail: str) -> None:
        self._faults.append(Fault(pointer=f"/{place}", detail=detail))

    def _text(self, name: str, longest: int) -> str | None:
        given = self._sent.get(name)
        if given is None:
            return None
        if not isinstance(given, str) or len(given) > longest:
            self._fault(name, f"must be a text of at most {longest:,} characters")
            return None
        return given

    def _url(self) -> str | None:
        given = self._text("url", 2_000)
        if given is None:
            return None
        try:
            return self._service.webhooks.checked(given)
        except webhooks.NotAllowed as refusal:
            self._fault("url", str(refusal))
            return None

    def _description(self) -> str | None:
        return self._text("description", LONGEST_DESCRIPTION)

    def _scheme(self) -> Literal["secret", "ed25519"]:
        match self._sent.get("scheme"):
            case None | "secret":
                return "secret"
            case "ed25519":
                return "ed25519"
            case _:
                self._fault("scheme", f"must be {' or '.join(webhooks.SCHEMES)}")
                return "secret"

    def _after(self) -> str | None:
        given = self._sent.get("after")
        if given is None:
            return None
        place = webhooks.read_place(str(given)) if isinstance(given, str | int) else None
        if place is None or place > (
            webhooks.read_place(self._service.webhooks.feed.end()) or place
        ):
            self._fault("after", "must be the id of an event of the feed, or 0 for all of them")
            return None
        return str(place)

    def _wanted(self, standing: webhooks.Wanted) -> webhooks.Wanted:
        readers: Mapping[str, Callable[[str], str | None]] = {
            "types": lambda each: each if each in webhooks.WANTED_TYPES else None,
            "treaties": lambda each: each if each in self._treaties() else None,
            "parties": self._party,
            "kinds": lambda each: each if each in KINDS else None,
            "statuses": lambda each: each if each in _STATUSES else None,
        }
        found = {
            name: frozenset(self._members(name, readers[name]))
            for name in FILTERS
            if self._sent.get(name) is not None
        }
        return replace(standing, **found)

    def _members(self, name: str, read: Callable[[str], str | None]) -> Iterable[str]:
        given = self._sent[name]
        if not isinstance(given, list) or len(given) > MOST_IN_FILTER:
            self._fault(name, f"must be a list of at most {MOST_IN_FILTER:,}")
            return
        for index, each in enumerate(given):
            found = read(each) if isinstance(each, str) else None
            if found is None:
                self._fault(f"{name}/{index}", f"there is no {_ONE[name]} {str(each)[:80]}")
            else:
                yield found

    def _treaties(self) -> tuple[str, ...]:
        return self._service.treaties(self._bounds.record)

    def _party(self, text: str) -> str | None:
        try:
            return self._service.party(text, self._bounds)
        except (NotFound, Malformed):
            return None

    def _reliances(self) -> tuple[webhooks.Reliance, ...] | None:
        given = self._sent.get("permalinks")
        if given is None:
            return None
        most = self._service.settings.max_permalinks
        if not isinstance(given, list):
            self._fault("permalinks", "must be a list of permalinks")
            return None
        if len(given) > most:
            raise TooLarge(f"{len(given):,} permalinks are more than {most:,}")
        answers, found = RelyingAnswers(self._service), []
        for index, each in enumerate(given):
            try:
                relied = answers.relied(str(each), f"/permalinks/{index}")
            except Malformed as refusal:
                self._faults.extend(refusal.faults)
            else:
                found.append(webhooks.Reliance(permalink=str(each), position=relied.position))
        return tuple(found)


@contextmanager
def _signing() -> Iterator[None]:
    """Says in a refusal what is wrong with the root keys, to those who can do something about it by waiting."""
    try:
        yield
    except webhooks.UnsafeKeys as error:
        log.warning("webhook keys", error=str(error))
        raise Unavailable("webhooks cannot be signed here now") from error


def _delivery(each: webhooks.Delivery) -> Plain:
    return {
        "id": each.id,
        "event": each.event,
        "type": each.type,
        "treaty": each.lane or None,
        "state": each.state,
        "attempts": each.attempts,
        "made_at": written_instant(each.made_at),
        "tried_at": written_instant(each.tried_at),
        "next_try_at": written_instant(each.next_try_at),
        "status": each.status,
        "trouble": each.trouble,
        "settled_at": written_instant(each.settled_at),
        "body": orjson.loads(each.body),
    }


_STATUSES = frozenset(each.value for each in (*Status, *State))
_ONE = {
    "types": "type",
    "treaties": "treaty",
    "parties": "party",
    "kinds": "kind",
    "statuses": "status",
}
