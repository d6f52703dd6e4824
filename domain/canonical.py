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
    if _has_ascii_names(value, 0):
        return _SORTING.encode(value).encode()
    return _KEEPING.encode(_ordered(value)).encode()


def _has_ascii_names(value: object, depth: int) -> bool:
    """Whether all names of objects are ASCII, which sort by any rule alike; raises `ValueError`."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{value} is beyond what every reader of JSON takes for the same")
        return True
    if depth == DEEPEST:
        raise ValueError(f"is nested deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        if not all(map(_is_text, value)):
            raise ValueError("the names of an object are texts")
        nested = [each for each in value.values() if type(each) is not str]
        inner = [_has_ascii_names(each, depth + 1) for each in nested]
        return all(inner) and "".join(value).isascii()
    if isinstance(value, list | tuple):
        return all([_has_ascii_names(each, depth + 1) for each in value])  # noqa: C419 (looks at each)
    raise ValueError(f"a {type(value).__name__} has no canonical form")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _ordered(value: object) -> object:
    """The value with the members of its objects in the order of their names as UTF-16."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    return value


_SORTING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_KEEPING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
