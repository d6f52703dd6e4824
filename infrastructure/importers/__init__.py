"""The formats that can be read, and which of them a file is; a reader only proposes, and records nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from infrastructure.importers import coe_json, mapped, ndjson, plain_csv, unoda_json, untc_xml, wipo
from infrastructure.importers.proposals import Finding, Item
from infrastructure.importers.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A form in which facts come in."""

    name: str
    title: str
    read: Callable[[Reading], Iterator[Item]]
    recognises: Callable[[bytes], bool]


def _mapped(reading: Reading) -> Iterator[Item]:
    assert reading.mapping is not None, "a table is read by a mapping"
    return mapped.read(reading.file, reading.head, reading.mapping)


_FORMATS = (
    Format(
        name="wipo",
        title="WIPO's list of contracting parties, CSV",
        read=lambda reading: wipo.read(reading.file),
        recognises=wipo.recognises,
    ),
    Format(
        name="untc-xml",
        title="a status table of the UN Treaty Collection, XML",
        read=untc_xml.read,
        recognises=untc_xml.recognises,
    ),
    Format(
        name="coe-json",
        title="the Council of Europe's chart of a treaty, JSON",
        read=coe_json.read,
        recognises=coe_json.recognises,
    ),
    Format(
        name="unoda-json",
        title="a treaty of the UN disarmament treaties database, JSON",
        read=unoda_json.read,
        recognises=unoda_json.recognises,
    ),
    Format(
        name="ndjson",
        title="our own form, one JSON object a line",
        read=lambda reading: ndjson.read(reading.file),
        recognises=ndjson.recognises,
    ),
    Format(
        name="csv",
        title="our own table, one act a row",
        read=lambda reading: plain_csv.read(reading.file),
        recognises=plain_csv.recognises,
    ),
    Format(
        name="mapping",
        title="any other table, by a mapping file",
        read=_mapped,
        recognises=lambda head: False,  # noqa: ARG005 (a mapping is named, or fits one of ours)
    ),
)

FORMATS: Mapping[str, Format] = MappingProxyType({each.name: each for each in _FORMATS})
"""Every format, by name, in the order in which a file is tried."""


def recognise(reading: Reading, named: str | None = None) -> tuple[Format, Reading] | Finding:
    """The format that is named, or that the content shows, with what is needed to read it; else a finding."""
    if reading.mapping is not None:
        return FORMATS["mapping"], reading
    if named is not None and named != "mapping":
        return FORMATS[named], reading
    found = next(
        (each for each in _FORMATS if named is None and each.recognises(reading.head)), None
    )
    if found is not None:
        return found, reading
    mapping = mapped.recognised(reading.file, reading.head)
    if mapping is not None:
        return FORMATS["mapping"], replace(reading, mapping=mapping)
    return Finding(line=None, problem="unknown_format", detail=_unlike(reading.head), rejects=True)


def _unlike(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        return "the file is empty"
    if text[:1] == b"<" and b"<html" in text[:2_000].lower():
        return "an HTML page, which a depositary's server also sends in the place of a file"
    shown = text[:60].decode("utf-8", "replace").splitlines()[0]
    return f"no format begins like this: {shown!r}; name it, or give a mapping"
