"""An invented record of any length: treaties with 190 parties each, that sign, consent, and now and then leave.

The same number gives the same record; every act is in order, so that nothing is refused.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from domain.acts import Act, Definition, PartyEntry, Source
from infrastructure import catalogue

PARTIES = 190
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2025, 12, 31)
CLAUSES = {
    "signature": {"article": "Art. 10", "certainty": "known"},
    "accession": {"article": "Art. 11", "certainty": "known"},
    "entry_into_force": {
        "article": "Art. 12(1)",
        "certainty": "known",
        "all_of": [{"rule": "instruments", "count": 20}],
        "delay": {"n": 30, "unit": "days"},
    },
    "party_entry_into_force": {
        "article": "Art. 12(2)",
        "certainty": "known",
        "delays": [{"delay": {"n": 30, "unit": "days"}}],
    },
    "withdrawal": {
        "article": "Art. 13",
        "certainty": "known",
        "notice": {"n": 1, "unit": "years"},
    },
}
SOURCES = (
    Source(title="Multilateral treaties deposited", url="https://example.org/depositary/list"),
)


def register() -> list[PartyEntry]:
    """The built-in register of parties."""
    return list(catalogue.parties())


def treaties(acts: int) -> int:
    """How many treaties so many acts are of."""
    return max(1, round(acts / (2.1 * PARTIES)))


def slug(number: int) -> str:
    """The slug of a treaty."""
    return f"invented-{number:05}"


def codes() -> list[str]:
    """The parties that take part."""
    return sorted(each.party for each in register() if len(each.party) == 3)[:PARTIES]


def definition(number: int) -> Definition:
    """A treaty that enters into force with twenty instruments, and can be left."""
    return Definition(
        id=str(UUID(int=(1 << 96) + number)),
        treaty=slug(number),
        title=f"Convention No. {number} on matters of common concern",
        identifiers={},
        depositaries=("UN",),
        clauses=CLAUSES,
    )


def acts(number: int, parties: list[str]) -> Iterator[Act]:
    """The acts of one treaty in the order of their days."""
    chance = Random(number)
    opened = FIRST_DAY + timedelta(chance.randrange(365 * 40))
    found: list[tuple[date, str, str]] = []
    for party in parties:
        signed = opened + timedelta(chance.randrange(700))
        consented = signed + timedelta(30 + chance.randrange(3_600))
        found += [(signed, party, "signature"), (consented, party, "ratification")]
        if chance.random() < 0.1:
            left = consented + timedelta(3_700 + chance.randrange(3_000))
            found.append((left, party, "withdrawal_notice"))
    done = [each for each in sorted(found) if each[0] <= LAST_DAY]
    for place, (day, party, kind) in enumerate(done):
        yield Act(
            id=str(UUID(int=(number << 32) + place + 1)),
            treaty=slug(number),
            kind=kind,
            party=party,
            received=day,
            note="Deposited with the Secretary-General of the United Nations.",
            sources=SOURCES,
        )
