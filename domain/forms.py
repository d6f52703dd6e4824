"""The form of what can be read as a typed value, as JSON Schema (2020-12): what `domain.plain` reads, and no more."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from domain.plain import plain

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SCALARS: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}


def form_of(kind: type, address: str) -> Schema:
    """The schema of a dataclass, under the address where it is published; each class in it has a definition."""
    known: dict[str, Schema] = {}
    _reference(kind, known)
    whole = known.pop(kind.__name__)
    return {"$schema": DIALECT, "$id": address, "title": kind.__name__, **whole, "$defs": known}


def _form(kind: Any, known: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return _one_of(arguments, known)
    if origin is tuple:
        return _list(arguments, known)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _form(arguments[1], known)}
    if is_dataclass(kind):
        return _reference(kind, known)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    return dict(SCALARS[kind])


def _one_of(kinds: tuple[Any, ...], known: dict[str, Schema]) -> Schema:
    forms = [{"type": "null"} if each is NoneType else _form(each, known) for each in kinds]
    tagged = all(is_dataclass(each) for each in kinds)
    return {"oneOf" if tagged else "anyOf": forms}


def _list(kinds: tuple[Any, ...], known: dict[str, Schema]) -> Schema:
    if kinds[-1] is Ellipsis:
        return {"type": "array", "items": _form(kinds[0], known)}
    forms = [_form(each, known) for each in kinds]
    return {"type": "array", "prefixItems": forms, "items": False, "minItems": len(forms)}


def _reference(kind: Any, known: dict[str, Schema]) -> Schema:
    if kind.__name__ not in known:
        known[kind.__name__] = {}  # so that a class within itself ends
        known[kind.__name__] = _object(kind, known)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _object(kind: Any, known: dict[str, Schema]) -> Schema:
    hints = get_type_hints(kind)
    union = [each.name for each in fields(kind) if each.name == "rule"]
    needed = [each.name for each in fields(kind) if default_of(each) is MISSING]
    return {
        "type": "object",
        "description": cleandoc(kind.__doc__),
        "properties": {
            each.name: _property(each, hints[each.name], known) for each in fields(kind)
        },
        "required": [*union, *needed],
        "additionalProperties": False,
    }


def _property(field: Field[Any], kind: Any, known: dict[str, Schema]) -> Schema:
    form = _form(kind, known)
    default = default_of(field)
    return form if default is MISSING else {**form, "default": plain(default)}


def default_of(field: Field[Any]) -> object:
    """What stands for the field where it is left out; MISSING where it cannot be."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
