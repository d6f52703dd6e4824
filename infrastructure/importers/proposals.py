"""What an importer hands on: proposed facts with their places, the registry that says so, and findings."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import msgspec

from domain.irregularities import RULES
from infrastructure.wire import LONGEST_SLUG

Wire: TypeAlias = dict[str, Any]

FORMLESS_CONSENT = "consent_to_be_bound"
"""The kind of a consent whose form the source does not say; the note of the act says that it does not."""

DIFFERING_REPORT = "other_day_reported"
"""The kind under which a registry's other day for an act on file is kept beside it: it moves nothing."""

FORM_NOT_SAID = "The source does not say in which form consent was given."


class Severity(StrEnum):
    """How much a finding asks of its reader."""

    ERROR = "error"
    """A line was not recorded, and somebody should look at it."""
    WARNING = "warning"
    """Something was decided that a person may want to decide otherwise."""
    REMARK = "remark"
    """Nothing is wrong; it is said so that nothing happens in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a finding can be about; the name is stable."""

    name: str
    severity: Severity
    meaning: str


def _problems() -> tuple[Problem, ...]:
    error, warning, remark = Severity.ERROR, Severity.WARNING, Severity.REMARK
    rows = (
        (
            "unknown_format",
            error,
            "the file is of no format that is known, and no mapping was given",
        ),
        ("unreadable", error, "the file breaks off, or is not what its beginning says"),
        ("too_large", error, "the document is larger than is read at once"),
        ("line_too_long", error, "the line is longer than is read at once"),
        ("cut_off", warning, "the last line has no end; the file may have been cut off"),
        ("read_as_latin_1", remark, "the text is not UTF-8 and was read as ISO 8859-1"),
        ("missing_column", error, "a column that is needed is not there, or stands twice"),
        ("unknown_column", warning, "a column that is not known was passed over"),
        ("uneven_row", error, "the row has fewer or more cells than the header"),
        ("malformed", error, "the line cannot be read as a fact; every fault is named"),
        ("not_a_day", error, "the cell is no day in a form that is known"),
        ("unknown_act", error, "the word or letter is no act that is known"),
        ("nothing_to_record", error, "the line names a party or an act, and no day"),
        ("nothing_said", warning, "the file has no act at all"),
        ("form_not_said", warning, "the table does not say which act its dates are"),
        (
            "bracketed",
            warning,
            "the depositary puts the date in brackets: the act stands no longer",
        ),
        ("note_not_understood", remark, "an end note speaks of an exit and was not understood"),
        ("special_table", warning, "the table has no columns that are known and was not read"),
        ("count_differs", warning, "the depositary's own count is not that of the rows"),
        ("unknown_party", error, "nobody in the register has this name"),
        ("ambiguous_party", error, "the name can mean several parties"),
        ("outside_existence", remark, "the party did not exist on the day, by the register"),
        (
            "treaty_defined",
            remark,
            "the record had no such treaty; what the registry says was recorded",
        ),
        ("treaty_matched", remark, "the treaty stands in the record under a name of our own"),
        (
            "title_on_file",
            warning,
            "another treaty in the record has this title; it was kept apart",
        ),
        ("said_twice", remark, "the file says the same twice"),
        ("same_act_on_file", remark, "the record has the act from another source"),
        ("form_differs", warning, "the record has the act of that day under another kind"),
        ("says_more", warning, "the registry knows a day that the act on file does not have"),
        ("sources_disagree", warning, "another day is on file for the same act; both are kept"),
        ("corrected_before", remark, "the record had this act and corrected it"),
        (
            "changed_in_registry",
            warning,
            "the registry had another day before; a correction is proposed",
        ),
        (
            "vanished_from_registry",
            warning,
            "the registry no longer has the act; a correction is proposed",
        ),
    )
    return tuple(Problem(name=name, severity=how, meaning=what) for name, how, what in rows)


PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {each.name: each for each in _problems()}
    | {
        rule.name: Problem(name=rule.name, severity=Severity.WARNING, meaning=rule.meaning)
        for rule in RULES.values()
    }
)
"""Every problem that a finding can name: those of reading and comparing, and the rules of `domain.irregularities`."""


UNREAD = frozenset(
    {"unreadable", "too_large", "line_too_long", "missing_column", "uneven_row", "malformed"}
    | {"not_a_day", "unknown_act"}
)
"""Problems of a line or a cell that says something, which is not known."""


def slug_of(*parts: str) -> str:
    """A slug made of the parts; one that would be too long, or says nothing, ends in a digest of all of them."""
    whole = _plain(parts)
    return whole if 0 < len(whole) <= LONGEST_SLUG and whole.isascii() else distinct_slug(*parts)


def distinct_slug(*parts: str) -> str:
    """A slug that ends in a digest of the parts, for those whose plain slug is taken."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_plain(parts)[: LONGEST_SLUG - 9].strip('-') or 'treaty'}-{digest}"


def _plain(parts: Sequence[str]) -> str:
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).casefold()).strip("-")


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to know about a line of the file, counted from 1, or about the file itself (no line).

    `detail` says it in words, `read` is what stands in the file, `done` is what was done with it.
    `rejects` tells whether it kept the line, or a part of it, out of the record.
    `treaty` is the proposed slug of the one treaty that the line is about, where a table has many.
    """

    line: int | None
    problem: str
    detail: str
    cell: str = ""
    read: str = ""
    done: str = "nothing was recorded of it"
    rejects: bool = False
    treaty: str = ""

    @property
    def hides(self) -> bool:
        """Whether what could not be read may be an act that is on file."""
        return self.rejects and self.problem in UNREAD

    @property
    def severity(self) -> Severity:
        """How much it asks; what keeps a line out is an error whatever it is about."""
        return Severity.ERROR if self.rejects else PROBLEMS[self.problem].severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Who says what a file says.

    `mark` begins the `reference` of every act that comes from the registry, by which it is known again.
    `covers` tells of what the file has all there is: of everything in the registry, of the treaties
    that it names, or of nothing; what the record has from the registry and the file lacks has vanished.
    `names_of` says whether a party is called by its name of today or by that of the act's day.
    """

    mark: str
    title: str
    url: str | None = None
    published: str | None = None
    covers: Literal["everything", "its treaties", "nothing"] = "its treaties"
    names_of: Literal["today", "act"] = "act"

    def reference(self, treaty: str) -> str:
        """The reference of an act: the mark, and the registry's own identifier of the treaty."""
        return f"{self.mark}:{treaty}"


class Proposal(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A fact as a file proposes it, with the lines and the cell that say it and what stands there.

    The fact is an object of the wire; the treaty of a registry has the slug that it would get here.
    `known_by` are identifiers, and `titles` names, by which the record may know a proposed treaty;
    `ours` says that its slug is that of a treaty of the record.
    An act with `joins` is a further date of an earlier act of the party made by one of those steps.
    """

    fact: Wire
    lines: tuple[int, ...] = ()
    cell: str = ""
    raw: str = ""
    known_by: dict[str, str] = {}
    titles: tuple[str, ...] = ()
    ours: bool = False
    step: str = ""
    joins: tuple[str, ...] = ()
    joined_as: str = ""

    @property
    def line(self) -> int | None:
        """The first line that says it; none for what the file says as a whole."""
        return self.lines[0] if self.lines else None


Item: TypeAlias = Registry | Proposal | Finding
"""What a reader yields: first the registry, if the file is one's, then proposals and findings as they come."""
