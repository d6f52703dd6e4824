"""The pinned bytes of facts, `tests/data/acts.jsonl`; as a program it pins what has no line yet.

A line is never changed or removed: an archive out there may hold those bytes.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from domain.acts import Act, Definition, PartyEntry, SigningKey, Source
from domain.dates import UncertainDay, When
from domain.kinds import KINDS, Kind, PartyRule
from infrastructure.codec import (
    FORMS,
    KEY_DECLARED,
    PARTY_ENTERED,
    TREATY_DEFINED,
    Fact,
    encoded,
    topic_of,
)

PINNED = Path(__file__).parent.parent / "data" / "acts.jsonl"


def pinned_lines() -> list[dict[str, Any]]:
    """Each line: the topic, the version, and the bytes as text."""
    return [json.loads(line) for line in PINNED.read_text(encoding="utf-8").splitlines()]


def pin_what_is_missing() -> int:
    """Appends a line for each topic and version that has none; gives how many were added."""
    PINNED.touch()
    there = {(line["topic"], line["version"]) for line in pinned_lines()}
    missing = [topic for topic, form in FORMS.items() if (topic, form.version) not in there]
    with PINNED.open("a", encoding="utf-8") as file:
        for topic in missing:
            line = {
                "topic": topic,
                "version": FORMS[topic].version,
                "state": encoded(an_example(topic)).decode(),
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(missing)


def an_example(topic: str) -> Fact:
    """A fact of the topic with as many of its fields filled as such a fact has."""
    if topic == TREATY_DEFINED:
        return _definition()
    if topic == PARTY_ENTERED:
        return _party_entry()
    if topic == KEY_DECLARED:
        return _signing_key()
    return _act(KINDS[topic.removeprefix("act.")])


def _act(kind: Kind) -> Act:
    days: dict[str, When] = {
        "dated": UncertainDay(edtf="1992-03~", earliest=date(1992, 2, 1), latest=date(1992, 4, 30)),
        "received": date(1992, 3, 24),
        "notified": date(1992, 4, 2),
        "effective": date(2002, 1, 1),
        "claimed_effective": date(1993, 1, 1),
    }
    return Act(
        id=str(uuid5(NAMESPACE_URL, f"https://example.org/acts/{kind.code}")),
        treaty="open-skies",
        kind=kind.code,
        party=None if kind.party is PartyRule.NEVER else "HUN",
        **{name: days[name] for name in kind.dates},
        sequence=2,
        by="Országgyűlés",
        towards=("USA",),
        territories=("all",),
        concerns=str(uuid5(NAMESPACE_URL, "https://example.org/acts/other")),
        predecessor="CSHH",
        legal_effect=False,
        contested_by=("CAN",),
        depositary="HUN",
        reference="C.N.1.1992",
        note='says "nothing" — and means it',
        sources=(
            Source(title="A gazette", url="https://example.org/gazette", published="1992-03-24"),
            Source(title="A book", quote="page 7", sha256="00" * 32),
        ),
        despite=("signature.closed",),
        replacement=_replacement() if kind.code == "record_corrected" else None,
    )


def _replacement() -> Act:
    return Act(
        id=str(uuid5(NAMESPACE_URL, "https://example.org/acts/replacement")),
        treaty="open-skies",
        kind="signature",
        party="HUN",
        dated=date(1992, 3, 24),
    )


def _definition() -> Definition:
    return Definition(
        id=str(uuid5(NAMESPACE_URL, "https://example.org/definitions/open-skies")),
        treaty="open-skies",
        title="Treaty on Open Skies",
        identifiers={"un": "I-57420"},
        depositaries=("CAN", "HUN"),
        clauses={"entry_into_force": {"instruments": 20, "after": "60d"}, "reservations": None},
        holds_from=date(1992, 3, 24),
        note="as adopted",
        sources=(Source(title="The text"),),
    )


def _party_entry() -> PartyEntry:
    return PartyEntry(
        id=str(uuid5(NAMESPACE_URL, "https://example.org/parties/HUN")),
        party="HUN",
        data={"names": [{"name": "Hungary", "from": "1989-10-23"}], "predecessors": []},
    )


def _signing_key() -> SigningKey:
    return SigningKey(
        id=str(uuid5(NAMESPACE_URL, "https://example.org/keys/first")),
        key="example.org/log+fea95cb0+AX3tGG9To0kPsfm/hBNx7CohjD6vvKnrzx+9UqrqVlYu",
        in_use=True,
        note="in place of the one before, which was lost",
    )


if __name__ == "__main__":
    print(f"{pin_what_is_missing()} pinned")  # noqa: T201 (a program that says what it did)
    assert all(topic_of(an_example(topic)) == topic for topic in FORMS)
