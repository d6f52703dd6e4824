"""What does not fit a form: every fault at its pointer, where the library stops at the first."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from domain.errors import Fault
from domain.plain import escaped


def misfits(form: type[msgspec.Struct], data: object, pointer: str = "") -> tuple[Fault, ...]:
    """Everything in the data that does not fit the form, in the order of the data; what is missing comes last."""
    return tuple(_misfits(_described(form), data, pointer))


@cache
def _described(form: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(form)


def _misfits(kind: inspect.Type, data: object, pointer: str) -> Iterator[Fault]:  # noqa: C901, PLR0912 (a case a type)
    match kind:
        case inspect.StructType():
            yield from _in_struct(kind, data, pointer)
        case inspect.VarTupleType(item_type=member):
            if isinstance(data, list | tuple):
                yield from _of_length(kind, len(data), "members", pointer)
                for index, each in enumerate(data):
                    yield from _misfits(member, each, f"{pointer}/{index}")
            else:
                yield Fault(pointer=pointer, detail="must be a list")
        case inspect.DictType(value_type=member):
            if isinstance(data, Mapping):
                for key, each in data.items():
                    yield from _misfits(member, each, f"{pointer}/{escaped(str(key))}")
            else:
                yield Fault(pointer=pointer, detail="must be an object")
        case inspect.UnionType(types=kinds):
            present = [each for each in kinds if not isinstance(each, inspect.NoneType)]
            found = [list(_misfits(each, data, pointer)) for each in present]
            if (data is not None or not kind.includes_none) and all(found):
                yield from (fault for faults in found for fault in faults)
        case inspect.StrType():
            if isinstance(data, str):
                yield from _of_length(kind, len(data), "characters", pointer)
            else:
                yield Fault(pointer=pointer, detail="must be text")
        case inspect.LiteralType(values=allowed):
            if not isinstance(data, str) or data not in allowed:
                yield Fault(
                    pointer=pointer, detail=f"must be one of: {', '.join(map(str, allowed))}"
                )
        case inspect.IntType():
            yield from _in_number(kind, data, pointer)
        case inspect.BoolType():
            if not isinstance(data, bool):
                yield Fault(pointer=pointer, detail="must be true or false")
        case inspect.AnyType():
            return
        case _:
            raise AssertionError(f"no form has a {type(kind).__name__}")


def _in_struct(kind: inspect.StructType, data: object, pointer: str) -> Iterator[Fault]:
    if not isinstance(data, Mapping):
        yield Fault(pointer=pointer, detail="must be an object")
        return
    fields = {each.encode_name: each for each in kind.fields}
    for key, each in data.items():
        if key in fields:
            yield from _misfits(fields[key].type, each, f"{pointer}/{escaped(key)}")
        else:
            yield Fault(pointer=f"{pointer}/{escaped(str(key))}", detail="is not known here")
    for name, field in fields.items():
        if field.required and name not in data:
            yield Fault(pointer=f"{pointer}/{name}", detail="is missing")


def _in_number(kind: inspect.IntType, data: object, pointer: str) -> Iterator[Fault]:
    if not isinstance(data, int) or isinstance(data, bool):
        yield Fault(pointer=pointer, detail="must be a whole number")
    elif kind.ge is not None and data < kind.ge:
        yield Fault(pointer=pointer, detail=f"must be at least {kind.ge}")
    elif kind.le is not None and data > kind.le:
        yield Fault(pointer=pointer, detail=f"must be at most {kind.le}")


def _of_length(kind: Any, length: int, of_what: str, pointer: str) -> Iterator[Fault]:
    least, most = kind.min_length, kind.max_length
    if least is not None and length < least:
        detail = "must not be empty" if least == 1 else f"must have at least {least} {of_what}"
        yield Fault(pointer=pointer, detail=detail)
    if most is not None and length > most:
        yield Fault(pointer=pointer, detail=f"must have at most {most:,} {of_what}")
