"""What was sent to be recorded: one object, a list of them, or one a line; each with the pointer of its place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from domain.errors import Fault, Malformed

DEEPEST = 64
"""Levels of lists and objects in one another; what is read here has six at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The objects in their order; `single` tells one object from a list of one."""

    objects: tuple[object, ...]
    single: bool
    pointer: Callable[[int], str]


def objects_in(text: bytes) -> Sent:
    """The objects in a JSON text: one, a list, or a list under `acts`; raises `Malformed`."""
    match _read(text, ""):
        case [*objects]:
            return _several(objects, "/{}".format)
        case {"acts": [*objects], **rest} if not rest:
            return _several(objects, "/acts/{}".format)
        case one:
            return Sent(objects=(one,), single=True, pointer=lambda _: "")


def objects_in_lines(text: bytes) -> Sent:
    """The objects in a text with one a line; a pointer begins with the line's number, counted from 0."""
    lines = [(number, line) for number, line in enumerate(text.splitlines()) if line.strip()]
    objects = [_read(line, f"/{number}") for number, line in lines]
    return _several(objects, lambda index: f"/{lines[index][0]}")


def objects_in_either(text: bytes) -> Sent:
    """The objects in a file, whichever of the forms it has."""
    try:
        return objects_in(text)
    except Malformed:
        if len(text.strip().splitlines()) < 2:
            raise
    return objects_in_lines(text)


def _several(objects: Sequence[object], pointer: Callable[[int], str]) -> Sent:
    if not objects:
        raise Malformed([Fault(pointer="", detail="holds nothing to record")])
    return Sent(objects=tuple(objects), single=False, pointer=pointer)


def _read(text: bytes, pointer: str) -> object:
    try:
        read: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed([Fault(pointer=pointer, detail=f"is not JSON: {error}")]) from error
    if text.count(b"{") + text.count(b"[") > DEEPEST and _is_deeper(read, DEEPEST):
        raise Malformed([Fault(pointer=pointer, detail=f"is nested deeper than {DEEPEST} levels")])
    return read


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects stand in one another on more levels than that."""
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in members)
