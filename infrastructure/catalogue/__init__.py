"""The built-in treaties, acts and parties: reviewed data, read as they travel and recorded through the one door."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from domain.acts import Act, Definition, PartyEntry
from domain.depositary import Depositary
from domain.parties import Register
from infrastructure.wire import Fact, read_objects

FOLDER = Path(__file__).parent
RECORDER = "catalogue"
"""Who stands in the record as the recorder of built-in facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of loading: how many facts were read, how many were new, how many stood there already."""

    read: int
    recorded: int
    duplicate: int


def parties() -> tuple[PartyEntry, ...]:
    """The register of parties."""
    facts = _facts(json.loads((FOLDER / "parties.json").read_bytes()), Register())
    return tuple(each for each in facts if isinstance(each, PartyEntry))


def definitions(register: Register) -> tuple[Definition, ...]:
    """The definitions of the built-in treaties, by slug."""
    objects = [
        json.loads(path.read_bytes()) for path in sorted((FOLDER / "treaties").glob("*.json"))
    ]
    return tuple(each for each in _facts(objects, register) if isinstance(each, Definition))


def acts(register: Register) -> Iterator[Act]:
    """The built-in acts, treaty by treaty."""
    for path in sorted((FOLDER / "acts").glob("*.ndjson")):
        objects = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
        yield from (each for each in _facts(objects, register) if isinstance(each, Act))


def load(depositary: Depositary, *, treaties_only: bool = False) -> Loaded:
    """Record what is built in and not in the record yet, all of it or none."""
    entries = parties()
    register = Register(entries)
    facts: list[Fact] = [*entries, *definitions(register)]
    if not treaties_only:
        facts.extend(acts(register))
    recording = depositary.record(facts, recorded_by=RECORDER)
    return Loaded(read=len(facts), recorded=len(recording.new), duplicate=recording.duplicates)


def _facts(objects: Sequence[object], register: Register) -> Iterator[Fact]:
    """The objects as facts; one that cannot be read is a mistake of ours."""
    for given, read in zip(objects, read_objects(objects, register), strict=True):
        assert read.fact is not None, f"{given}: {read.faults}"
        assert not read.faults, f"{given}: {read.faults}"
        yield read.fact
