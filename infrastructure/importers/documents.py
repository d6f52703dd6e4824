"""Documents that are read whole, because only their end says what their beginning means: XML and JSON."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError  # the types; parsing is defusedxml's

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from infrastructure.importers.proposals import Finding

LARGEST = 64 * 1024 * 1024
"""Bytes of a document; the largest of the depositaries' tables have less than two million."""


def xml_of(file: BinaryIO) -> Element | Finding:
    """The root of an XML document without entities; what cannot be read safely is a finding."""
    if size := _too_large(file):
        return size
    try:
        root = parse(file).getroot()
    except DefusedXmlException as error:
        return _unreadable(f"the document defines entities, which are not read: {error}")
    except (ParseError, LookupError, ValueError) as error:
        return _unreadable(f"is not whole XML: {error}")
    assert root is not None, "a document that was parsed has a root"
    return root


def json_of(file: BinaryIO) -> Any | Finding:
    """What a JSON document holds; one that breaks off is a finding."""
    if size := _too_large(file):
        return size
    try:
        return msgspec.json.decode(file.read().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return _unreadable(f"is not whole JSON: {error}")


def named(root: Element, *names: str) -> Iterator[Element]:
    """The elements below with one of the names, whatever their case and name space, in the order of the document."""
    wanted = {each.casefold() for each in names}
    return (each for each in root.iter() if local(each) in wanted)


def first(root: Element | None, *names: str) -> Element | None:
    """The first such element, if there is one."""
    return None if root is None else next(named(root, *names), None)


def children(parent: Element, *names: str) -> list[Element]:
    """The elements directly below with one of the names."""
    wanted = {each.casefold() for each in names}
    return [each for each in parent if local(each) in wanted]


def local(element: Element) -> str:
    """The element's name without its name space, in small letters; nothing for a comment."""
    tag: object = element.tag
    return tag.rpartition("}")[2].casefold() if isinstance(tag, str) else ""


def texts(element: Element, without: str = "") -> str:
    """All text of the element in one line, but that of the elements left out."""
    parts: list[str] = []
    waiting: list[Element | str] = [element]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            parts.append(each)
            continue
        if each is not element and each.tail:
            waiting.append(each.tail)
        if not without or local(each) != without:
            waiting.extend(reversed(each))
            if each.text and local(each):
                parts.append(each.text)
    return " ".join("".join(parts).split())


def _too_large(file: BinaryIO) -> Finding | None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size <= LARGEST:
        return None
    detail = f"{size:,} bytes, and a document of at most {LARGEST:,} is read"
    return Finding(line=None, problem="too_large", detail=detail, rejects=True)


def _unreadable(detail: str) -> Finding:
    return Finding(line=None, problem="unreadable", detail=detail[:400], rejects=True)
