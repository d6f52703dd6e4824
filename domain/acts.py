"""What an act is: who did what to which treaty, on which of its dates, and by which sources we know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.dates import When, earliest


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact can be read; `sha256` is the digest of the document, in hexadecimal."""

    title: str
    url: str | None = None
    published: str | None = None
    sha256: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One diplomatic act, as it was done; nothing here is computed.

    `dated` is the day on the paper, `received` the day of deposit (VCLT 16(b), 77(1)(c)),
    `notified` the day on which the depositary circulated it (VCLT 77(1)(e), 78),
    `effective` the first day of its effect as the depositary stated it,
    `claimed_effective` the day on which its author says that it takes effect.
    """

    id: str
    treaty: str
    kind: str
    party: str | None = None
    dated: When | None = None
    received: When | None = None
    notified: When | None = None
    effective: When | None = None
    claimed_effective: When | None = None
    sequence: int = 1
    by: str | None = None
    towards: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    predecessor: str | None = None
    concerns: str | None = None
    legal_effect: bool | None = None
    contested_by: tuple[str, ...] = ()
    depositary: str | None = None
    reference: str | None = None
    note: str | None = None
    sources: tuple[Source, ...] = ()
    despite: tuple[str, ...] = ()
    replacement: "Act | None" = None

    def decisive(self) -> When | None:
        """The date that counts towards others: received, else dated, notified, effective, claimed.

        Receipt by the depositary is decisive (VCLT 16(b), 78(b)); the rest stand in where it is unknown.
        """
        return (
            self.received or self.dated or self.notified or self.effective or self.claimed_effective
        )

    def known_from(self) -> When | None:
        """The date from which others could know of it: notified, else received, else dated (VCLT 78(c))."""
        return (
            self.notified or self.received or self.dated or self.effective or self.claimed_effective
        )

    def on(self) -> date:
        """The decisive day, or the first on which it can have been; the first of the calendar if none."""
        decisive = self.decisive()
        return date.min if decisive is None else earliest(decisive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a treaty's definition; it holds from the day `holds_from`, or from the start.

    `clauses`, `classes` and `weights` are data, read by `domain.clauses`.
    """

    id: str
    treaty: str
    title: str
    identifiers: Mapping[str, str]
    depositaries: tuple[str, ...]
    clauses: Mapping[str, object]
    holds_from: date | None = None
    note: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyEntry:
    """One version of an entry of the party register; `data` is read by `domain.parties`."""

    id: str
    party: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that vouches for this record, taken into use or out of it.

    `key` is the public part as C2SP signed-note writes it, `name+id+base64`.
    """

    id: str
    key: str
    in_use: bool
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact as it stands in the log: its place, its instant, and who recorded it.

    `position` counts over the whole log from 1 in commit order, `stream_version` over its stream.
    `recorded_at` is an aware instant in UTC; it orders nothing.
    """

    content: Act | Definition | PartyEntry | SigningKey
    position: int
    stream: str
    stream_version: int
    recorded_at: datetime
    recorded_by: str
