"""What is compared: two days or two records, and the acts that are supposed to be done."""

from dataclasses import replace
from typing import Any

from api.dependencies import Service
from api.refusals import TooLarge
from domain.acts import Act
from domain.bounds import Bounds
from domain.errors import Fault, Malformed
from domain.plain import escaped

MOST_ACTS = 1_000


def between(
    service: Service,
    bounds: Bounds,
    days: tuple[str | None, str | None],
    records: tuple[str | None, str | None],
) -> tuple[Bounds, Bounds]:
    """The two sets of bounds that are compared; raises `Malformed` unless one axis is named."""
    if (days != (None, None)) == (records != (None, None)):
        detail = "name two days, from and to, or two records, recorded_from and recorded_to"
        raise Malformed([Fault(pointer="", detail=detail)])
    seen = bounds.as_seen
    if records != (None, None):
        return (
            _bounds(service, bounds.as_of, seen, records[0], pointer="/recorded_from"),
            _bounds(service, bounds.as_of, seen, records[1], pointer="/recorded_to"),
        )
    position = bounds.record.position
    return (
        _bounds(service, days[0], seen, position, pointer="/from"),
        _bounds(service, days[1], seen, position, pointer="/to"),
    )


def read_supposition(service: Service, objects: tuple[object, ...]) -> tuple[list[Act], Bounds]:
    """The acts that are supposed, and the bounds of the question; raises `Malformed` or `TooLarge`."""
    match objects:
        case [{"acts": [*given], **rest}]:
            more: dict[Any, Any] = rest
            pointer = "/acts/{}"
        case _:
            given, more, pointer = list(objects), {}, "/{}"
    unknown = [name for name in more if name not in ("as_of", "as_seen", "as_recorded")]
    faults = [Fault(pointer=f"/{escaped(name)}", detail="is not known here") for name in unknown]
    if len(given) > MOST_ACTS:
        raise TooLarge(f"{len(given):,} acts are more than {MOST_ACTS:,}")
    acts: list[Act] = []
    for index, read in enumerate(service.read(given)):
        place = pointer.format(index)
        faults.extend(
            Fault(pointer=place + each.pointer, detail=each.detail) for each in read.faults
        )
        if isinstance(read.fact, Act):
            acts.append(read.fact)
        elif not read.faults:
            faults.append(Fault(pointer=f"{place}/type", detail="only acts can be supposed"))
    if faults:
        raise Malformed(faults)
    return acts, service.bounds(more.get("as_of"), more.get("as_seen"), more.get("as_recorded"))


def _bounds(service: Service, day: object, seen: object, place: object, *, pointer: str) -> Bounds:
    """The bounds of one side; what is wrong with them is said of the parameter that names it."""
    try:
        return service.bounds(day, seen, place)
    except Malformed as refusal:
        raise Malformed([replace(each, pointer=pointer) for each in refusal.faults]) from refusal
