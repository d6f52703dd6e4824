"""How plain data, as JSON carries it, becomes a typed value, with every fault at its pointer, and back."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from domain.errors import Fault, Malformed

Value = TypeVar("Value")


def read(kind: type[Value], data: object, pointer: str = "") -> Value:
    """The value of this type that the data describes; raises `Malformed` with every fault."""
    faults: list[Fault] = []
    value = _read(kind, data, pointer, faults)
    if faults:
        raise Malformed(faults)
    return value  # type: ignore[no-any-return]  # built by the type itself


def plain(value: object) -> object:
    """The value as plain data; absent and default fields are left out, but for the tag of a union."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: plain(getattr(value, each.name))
            for each in fields(value)
            if each.name == "rule" or getattr(value, each.name) != _default(each)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def escaped(token: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def _read(kind: Any, data: object, pointer: str, faults: list[Fault]) -> Any:
    origin = get_origin(kind)
    if origin is Literal:
        return _one_of(get_args(kind), data, pointer, faults)
    if origin in (Union, UnionType):
        return _read_union(get_args(kind), data, pointer, faults)
    if origin is tuple:
        return _read_tuple(get_args(kind), data, pointer, faults)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _read_mapping(get_args(kind)[1], data, pointer, faults)
    if is_dataclass(kind):
        return _read_dataclass(kind, data, pointer, faults)
    return _read_scalar(kind, data, pointer, faults)


def _read_scalar(kind: Any, data: object, pointer: str, faults: list[Fault]) -> Any:
    if kind is object:
        return data
    if kind is date:
        return _read_day(data, pointer, faults)
    if issubclass(kind, Enum):
        return _read_enum(kind, data, pointer, faults)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        faults.append(Fault(pointer=pointer, detail=f"must be {_NAMES[kind]}"))
        return None
    return data


def _read_day(data: object, pointer: str, faults: list[Fault]) -> date | None:
    if isinstance(data, str) and _DAY.fullmatch(data) is not None:
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    faults.append(Fault(pointer=pointer, detail="must be a day, YYYY-MM-DD"))
    return None


def _read_enum(kind: type[Enum], data: object, pointer: str, faults: list[Fault]) -> Enum | None:
    try:
        return kind(data)
    except ValueError:
        _one_of(tuple(member.value for member in kind), None, pointer, faults)
        return None


def _one_of(allowed: tuple[object, ...], data: object, pointer: str, faults: list[Fault]) -> object:
    if data not in allowed or isinstance(data, bool):
        choices = ", ".join(str(each) for each in allowed)
        faults.append(Fault(pointer=pointer, detail=f"must be one of: {choices}"))
    return data


def _read_union(kinds: tuple[Any, ...], data: object, pointer: str, faults: list[Fault]) -> Any:
    if data is None and NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not NoneType)
    if len(kinds) == 1:
        return _read(kinds[0], data, pointer, faults)
    tagged = {fields(kind)[0].default: kind for kind in kinds}
    tag = data.get("rule") if isinstance(data, Mapping) else None
    if not isinstance(tag, str) or tag not in tagged:
        _one_of(tuple(tagged), None, f"{pointer}/rule", faults)
        return None
    return _read(tagged[tag], data, pointer, faults)


def _read_tuple(
    kinds: tuple[Any, ...], data: object, pointer: str, faults: list[Fault]
) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        faults.append(Fault(pointer=pointer, detail="must be a list"))
        return ()
    if kinds[-1] is not Ellipsis and len(data) != len(kinds):
        faults.append(Fault(pointer=pointer, detail=f"must be a list of {len(kinds)}"))
        return ()
    return tuple(
        _read(kinds[0], each, f"{pointer}/{index}", faults) for index, each in enumerate(data)
    )


def _read_mapping(kind: Any, data: object, pointer: str, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        faults.append(Fault(pointer=pointer, detail="must be an object"))
        return {}
    return {
        str(key): _read(kind, each, f"{pointer}/{escaped(str(key))}", faults)
        for key, each in data.items()
    }


def _read_dataclass(kind: Any, data: object, pointer: str, faults: list[Fault]) -> Any:
    if not isinstance(data, Mapping):
        faults.append(Fault(pointer=pointer, detail="must be an object"))
        return None
    before = len(faults)
    known = _fields(kind)
    faults.extend(
        Fault(pointer=f"{pointer}/{escaped(str(key))}", detail="is not known here")
        for key in data
        if key not in known
    )
    values = {}
    for name, (each, each_kind) in known.items():
        if name in data:
            values[name] = _read(each_kind, data[name], f"{pointer}/{name}", faults)
        elif _default(each) is MISSING:
            faults.append(Fault(pointer=f"{pointer}/{name}", detail="is missing"))
    return kind(**values) if len(faults) == before else None


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {each.name: (each, hints[each.name]) for each in fields(kind)}


def _default(each: Field[Any]) -> object:
    return each.default_factory() if each.default_factory is not MISSING else each.default


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAMES = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}
