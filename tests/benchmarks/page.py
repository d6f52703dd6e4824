"""The table of the benchmark, for a terminal and for the documentation."""

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measured import Row

PAGE = Path(__file__).parent.parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(rows: Sequence[Row]) -> str:
    """The rows as a table of Markdown."""
    lines = [
        "| what | database | ours | beside | ratio | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = {True: "met", False: "missed", None: ""}[row.met]
        lines.append(
            f"| {row.what} | {row.database} | {row.ours} | {row.other} | {ratio} | {row.goal} | {met} |"
        )
    return "\n".join(lines)


def write(text: str) -> None:
    """Put what was measured into the page, in the place of what was measured before."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
