"""Every row of the three lists of States is in the register, and where its years differ the entry says so.

The lists are not part of the project, for they are others' work; `docs/importing.md` says where such files are from.
A row's years are quoted in the note of an entry, or are those of an entry, or had ended before 1816.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domain.parties import day_from
from tests.infrastructure.registry_data import FOLDER, file
from tests.infrastructure.test_party_register_data import by_code, parties, register

LISTS = {
    "states_gw.csv": ("Gleditsch & Ward", 216, 196),
    "states_isd.csv": ("Griffiths & Butcher", 499, 434),
    "states_ggo.csv": ("Global Governance list", 409, 324),
}
QUOTES = "Lists (last day included):"
SEPARATE = re.compile(r"separate entr(?:y|ies) \(([A-Z, ]+)\)")
"""An old State is not the new one of its name (reason 6)."""

OPEN = "9999-12-31"
"""How the Observatory's list writes that a State still is."""


class Row(NamedTuple):
    """One line of a list."""

    line: int
    codes: tuple[str, ...]
    names: tuple[str, ...]
    begin: str
    end: str

    def open(self) -> bool:
        """Whether the list knows no end."""
        return self.end.endswith("..") or self.end == OPEN

    def early(self) -> bool:
        """Whether the list leaves the start to the time before 1816."""
        return self.begin.startswith(("..", "-")) or "" < bare(self.begin)[:4] < "1816"

    def over(self) -> bool:
        """Whether it had ended when the register begins."""
        return bare(self.end)[:4] < "1816"

    def years(self) -> str:
        """The years as a note quotes them, the last day included."""
        first = quoted(self.begin) if self.begin else "start not given"
        first = "before 1816" if self.early() else first
        return f"{first} on" if self.open() else f"{first} to {quoted(self.end)}"

    def within(self) -> date | None:
        """A day on which it was a State by this row."""
        return None if self.open() else day_from(bare(self.end))


def bare(text: str) -> str:
    """The day without its marks."""
    return text.strip(".?~")


def quoted(text: str) -> str:
    """The day as a note quotes it."""
    return bare(text) + (" (uncertain)" if text.endswith(("?", "~")) else "")


def rows(path: Path) -> Iterator[Row]:
    """The lines of a list."""
    with path.open(encoding="utf-8", newline="") as file:
        for line, each in enumerate(csv.DictReader(file), 2):
            whole = [" ".join(each[key].split()) for key in ("StateName", "StateNameAlt")]
            pieces = [piece.strip() for text in whole for piece in re.split(r"[,;()]", text)]
            codes = (each["stateID"], each.get("cowID") or "")
            yield Row(
                line,
                tuple(code for code in codes if code),
                tuple(name for name in dict.fromkeys([*whole, *pieces]) if name),
                each["Begin"],
                each["End"],
            )


def entries(row: Row) -> list[Mapping[str, Any]]:
    """The entries that the row can mean, by code or by name, and the old States to which their notes point."""
    found = {
        each["party"]
        for each in parties()
        if {each["party"], each["codes"]["gw"], each["codes"]["cow"]} & set(row.codes)
    }
    for name in row.names:
        found.update(register().find(name), register().find(name, row.within()))
    pointed = [
        code for each in tuple(found) for code in SEPARATE.findall(by_code()[each]["note"] or "")
    ]
    found.update(code for codes in pointed for code in codes.split(", "))
    return [by_code()[code] for code in sorted(found)]


def quotes(entry: Mapping[str, Any], label: str) -> list[str]:
    """The years of a list that the note of an entry quotes."""
    _, _, lists = (entry["note"] or "").partition(QUOTES)
    parts = (part.strip() for part in lists.strip().removesuffix(".").split(";"))
    return [
        years.strip()
        for part in parts
        if part.startswith(label)
        for years in part.removeprefix(label).split(",")
    ]


def begins(row: Row, first: str | None) -> bool:
    """Whether a stretch begins as the row does; the first day of a year stands for the year (reason 9)."""
    if not row.begin:
        return True
    if first is None or bare(first)[:4] < "1816":
        return row.early()
    return bare(first) in (bare(row.begin), bare(row.begin).removesuffix("-01-01"))


def ends(row: Row, until: str | None) -> bool:
    """Whether a stretch ends as the row does; the last day of a year stands for the year (reason 9)."""
    if until is None or row.open():
        return until is None and row.open()
    last = bare(row.end)
    after = (date.fromisoformat(last) + timedelta(days=1)).isoformat() if len(last) > 4 else last
    return bare(until) in (last, after, last.removesuffix("-12-31"))


def account(row: Row, label: str) -> str | None:
    """Why the row is no gap in the register; nothing where it is one."""
    meant = entries(row)
    if any(row.years() in quotes(each, label) for each in meant):
        return "quoted"
    stretches = [stretch for each in meant for stretch in each["existence"]]
    if any(begins(row, each["from"]) and ends(row, each["until"]) for each in stretches):
        return "the same"
    return "before 1816" if row.over() else None


@pytest.mark.parametrize("name", [pytest.param(each, marks=file(FOLDER / each)) for each in LISTS])
def test_every_row_of_a_list_of_states_is_accounted_for(name: str) -> None:
    label, lines, ids = LISTS[name]
    read = list(rows(FOLDER / name))

    assert (len(read), len({each.codes[0] for each in read})) == (lines, ids)
    assert [
        f"{name}:{each.line}: {each.names[0]} {each.years()}"
        for each in read
        if account(each, label) is None
    ] == []


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        ("1962-07-01", OPEN, "the same"),
        ("1962-01-07", "2017-12-31..", "quoted"),
        ("0900", "1700", "before 1816"),
        ("1961-07-01", OPEN, None),
        ("1962-07-01", "1994-07-18", None),
    ],
)
def test_years_that_nothing_explains_are_a_gap(begin: str, end: str, reason: str | None) -> None:
    row = Row(2, ("RWA",), ("Rwanda",), begin, end)

    assert account(row, "Gleditsch & Ward") == reason


def test_a_state_that_the_register_does_not_have_is_a_gap() -> None:
    row = Row(2, ("QQQ",), ("Nowhere at all",), "1850-01-01", "1860-12-31?")

    assert row.years() == "1850-01-01 to 1860-12-31 (uncertain)"
    assert account(row, "Griffiths & Butcher") is None
