"""How the words of the record read to a person: statuses, states, kinds of act, days, sources."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from domain.dates import in_words
from domain.kinds import KINDS

STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "none": ("white", "without any status under the treaty"),
        "signatory": ("cyan", "a signatory, not bound by it"),
        "signatory_no_intent": (
            "cyan",
            "a signatory that has said it will not become a party, not bound by it",
        ),
        "contracting": (
            "blue",
            "a contracting State: it has consented, and the treaty is not yet in force for it",
        ),
        "provisional": ("green", "applying it provisionally, bound by what is so applied"),
        "party": ("green", "a party, bound by it"),
        "party_withdrawing": ("yellow", "a party on its way out, bound by it until it is out"),
        "party_suspended": ("yellow", "a party for which its operation is suspended"),
        "former_party": ("red", "a former party, no longer bound by it"),
        "extinct": ("red", "no longer in existence as a party"),
        "disputed": ("magenta", "in a position on which authorities disagree"),
    }
)
"""For each status a colour, and how a sentence about the party ends."""

STATES: Mapping[str, str] = MappingProxyType(
    {
        "not_open": "not open for signature",
        "not_adopted": "not adopted",
        "adopted_not_open": "adopted, not open for signature",
        "open_not_in_force": "open, not in force",
        "in_force": "in force",
        "terminated": "terminated",
        "expired": "expired",
        "superseded": "superseded",
    }
)


def colour_of(status: object) -> str:
    """The colour in which a status is shown."""
    return STATUSES.get(str(status), ("white", ""))[0]


def sentence(name: str, status: str, *, on: date, today: date) -> str:
    """The status as one sentence, in the tense that the day asks for."""
    verb = "was" if on < today else "is" if on == today else "will be, by what is recorded,"
    return f"On {in_words(on)} {name} {verb} {STATUSES.get(status, ('', status))[1]}."


def kind_of(code: object) -> str:
    """The title of a kind of act."""
    kind = KINDS.get(str(code))
    return kind.title if kind is not None else str(code)


def day_of(text: object) -> str:
    """A day of the record in words; what is no certain day stays as it is written."""
    if text is None:
        return ""
    try:
        return in_words(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)


def stretch(since: object, until: object) -> str:
    """A half-open interval of days in words."""
    begins = day_of(since) or "the beginning"
    return f"{begins} to {day_of(until)}, that day excluded" if until else f"since {begins}"


def source_of(source: Mapping[str, object]) -> str:
    """A source in one line: title, day, address."""
    parts = [source.get("title"), source.get("published"), source.get("url")]
    return ", ".join(str(part) for part in parts if part)


def number_of(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it must be."""
    if count == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {plural}"
