"""The one way in which plain data is written as bytes: RFC 8785, for the values that facts are made of."""

import json

LARGEST_INTEGER = 2**53 - 1
"""Whole numbers beyond it have no form that every reader of JSON takes for the same number (RFC 7493)."""

DEEPEST = 64
"""Levels of objects and lists; what is nested deeper has no form here."""


def canonical(value: object) -> bytes:
    """The bytes of the value; raises `ValueError` for what has no form here.

    Fractions are among that: no fact holds one, and to write them is the hard part of RFC 8785.
    """
    return _ENCODER.encode(_ordered(value, 0)).encode()


def _ordered(value: object, depth: int) -> object:
    """The value with the members of its objects in the order of their names as UTF-16."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{value} is beyond what every reader of JSON takes for the same")
        return value
    if depth == DEEPEST:
        raise ValueError(f"is nested deeper than {DEEPEST} levels")
    if isinstance(value, list | tuple):
        return [_ordered(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {name: _ordered(value[name], depth + 1) for name in _names(value)}
    raise ValueError(f"a {type(value).__name__} has no canonical form")


def _names(members: dict[object, object]) -> list[str]:
    names = [name for name in members if isinstance(name, str)]
    if len(names) < len(members):
        raise ValueError("the names of an object are texts")
    if all(map(str.isascii, names)):
        return sorted(names)
    return sorted(names, key=lambda name: name.encode("utf-16-be"))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
