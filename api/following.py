"""What somebody wants to follow: filters and a place in the feed, as they arrive by HTTP and by command line."""

from collections.abc import Iterable

from api.dependencies import FeedWanted, Place, Service, feed_place, with_parts
from domain.bounds import Bounds
from domain.errors import Fault, Malformed, NotFound
from domain.kinds import KINDS
from domain.states import State, Status

STATUSES = frozenset(each.value for each in (*Status, *State))


def wanted_of(
    service: Service,
    *,
    treaty: str | None = None,
    party: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    type: str | None = None,  # noqa: A002 (its name outside)
) -> FeedWanted:
    """The filter, each part of it a list with commas between.

    Raises `Malformed` for a kind, status or type that there is not, `NotFound` for a treaty or party.
    """
    faults: list[Fault] = []
    kinds, statuses, types = _listed(kind), _listed(status), _listed(type)
    for name, given, known in (
        ("kind", kinds, KINDS.keys()),
        ("status", statuses, STATUSES),
        ("type", types, {each for each in types if with_parts([each])}),
    ):
        unknown = sorted(given - set(known))
        faults.extend(
            Fault(pointer=f"/{name}", detail=f"there is no {name} {each[:80]}") for each in unknown
        )
    if faults:
        raise Malformed(faults)
    treaties, parties = _listed(treaty), _listed(party)
    if treaties or parties:  # only these ask the record
        bounds = service.bounds()
        treaties = _treaties(service, treaties, bounds)
        parties = frozenset(service.party(each, bounds) for each in sorted(parties))
    return FeedWanted(
        treaties=treaties,
        parties=parties,
        kinds=kinds,
        statuses=statuses,
        types=types,
    )


def place_after(service: Service, given: str | None, pointer: str) -> Place:
    """The place after which somebody goes on; the end of the record where none is given.

    Raises `Malformed` for what is no id of an event, `NotFound` for one that is not told yet.
    """
    head = max(service.feed.head(), Place(service.record().position))
    if given is None:
        return head
    place = feed_place(given.strip())
    if place is None:
        detail = f"must be the id of an event, like 412 or 412.3, not {given[:40]}"
        raise Malformed([Fault(pointer=pointer, detail=detail)])
    if place > head:
        raise NotFound(f"nothing was told at {place} yet; the last is {head}")
    return place


def _listed(given: str | None) -> frozenset[str]:
    parts: Iterable[str] = () if given is None else given.split(",")
    return frozenset(each.strip() for each in parts if each.strip())


def _treaties(service: Service, given: frozenset[str], bounds: Bounds) -> frozenset[str]:
    for each in sorted(given):
        service.known_treaty(each, bounds.record)
    return given
