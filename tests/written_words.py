"""The glossary: the words that answers use, held to the enumerations and rules of the code."""

from collections.abc import Mapping
from typing import Any

from domain.irregularities import RULES
from domain.states import BOUND, Status
from domain.words import FINDINGS, FLAGS, STATES, STATUSES, TREATY_FLAGS

WORDS: Mapping[str, str] = {
    "act": "What was done: a signature, a deposit, a notice, a vote; [each kind](acts.md) says what it moves.",
    "as of": "On which day of the world: [the first of three clocks](as-of.md).",
    "as recorded": "With only what this record held at a position or an instant.",
    "as seen": "With only what others could know on a day.",
    "because": "The acts on which an answer rests, each with clause, rule and counting.",
    "clause": "A final clause of a treaty as data, with its article and how sure it is; see [clauses](clauses.md).",
    "coming": "What would come if nothing more were done, and what could still stop it.",
    "consent to be bound": "Ratification, acceptance, approval, accession, and what else binds a State (VCLT 11).",
    "correction": "An entry that puts another right; nothing is changed or removed.",
    "definition": "A version of what is known of a treaty: title, identifiers, depositaries, clauses.",
    "depositary": "Who keeps the treaty and receives what is done under it (VCLT 76-77).",
    "despite": "Names the rules that an act is known to break, with a note that says why it is recorded all the same.",
    "disregarded": "The acts that were looked at and move nothing by the day, each with the reason.",
    "dossier": "What is on file of one treaty: its definitions and its acts.",
    "finding": "What a reader of an answer should know beside it; it has a stable name.",
    "irregular": "Breaks a rule of treaty law; refused unless the act names the rule under `despite`.",
    "party": "Who can be bound: a State, an organisation or another entity of the register, by its code.",
    "period": "A span of being bound as a party; who comes back begins another.",
    "position": "In the record: the place of an entry, from 1. In an answer: who holds which status to be right.",
    "proceedings": "Steps at home that are under way; they move nothing between States (VCLT 27, 46).",
    "roster": "All parties of a treaty on a day, each legal person once.",
    "sequence": "Which of the acts of one day came first.",
    "succession": "A State takes its predecessor's place (VCSST).",
}
"""Words that no enumeration of the code has."""


DATES: Mapping[str, str] = {
    "dated": "The day on the paper; by itself it has no weight.",
    "received": "The day of deposit with the depositary; decisive (VCLT 16(b), 77(1)(c), 78).",
    "notified": "The day on which the depositary told the others of it; starts their clocks (VCLT 77(1)(e), 78).",
    "effective": "The first day of its effect as the depositary stated it; outranks what the clauses give.",
    "claimed_effective": "The day on which its author says that it takes effect.",
}


def document() -> str:
    """The document."""
    statuses = [
        (status, f"{meaning} Bound: {_bound(status)}.") for status, meaning in STATUSES.items()
    ]
    rules = [(rule.name, f"{_sentence(rule.meaning)} ({rule.source})") for rule in RULES.values()]
    parts: list[tuple[str, list[tuple[Any, str]]]] = [
        ("Words", list(WORDS.items())),
        ("The dates of an act", list(DATES.items())),
        ("Statuses of a party", statuses),
        ("Flags of a party", list(FLAGS.items())),
        ("States of a treaty", list(STATES.items())),
        ("Flags of a treaty", list(TREATY_FLAGS.items())),
        ("Findings", list(FINDINGS.items())),
        ("Rules that an act can break", rules),
    ]
    lines = [
        "# Words",
        "",
        "One thing has one word: in the code, in JSON, on the command line and here.",
    ]
    for heading, rows in parts:
        written = [
            f"| {_name(name, heading)} | {meaning.replace('|', chr(92) + '|')} |"
            for name, meaning in rows
        ]
        lines += ["", f"## {heading}", "", "| word | meaning |", "|---|---|", *written]
    return "\n".join(lines) + "\n"


def _bound(status: Status) -> str:
    if status is Status.DISPUTED:
        return "as each position has it"
    return "yes" if status in BOUND else "no"


def _name(name: object, heading: str) -> str:
    return str(name) if heading == "Words" else f"`{name}`"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
