"""What came of an import, counted by lines and by facts."""

from dataclasses import dataclass, field
from typing import Any

from infrastructure.comparing import Outcome
from infrastructure.importers.proposals import Proposal, Wire
from infrastructure.spool import Findings, LaidAside


@dataclass(kw_only=True)
class Report:
    """What came of an import: lines read, recorded, found on file and rejected, and facts recorded by type.

    A line is recorded if anything that it says was new; it is rejected if nothing of it was taken.
    Lines that would have been recorded, had none been rejected, are held back where that was asked for.
    """

    format: str | None = None
    registry: str | None = None
    read: int = 0
    recorded: int = 0
    duplicate: int = 0
    rejected: int = 0
    held_back: int = 0
    acts: int = 0
    treaties: int = 0
    parties: int = 0
    findings: Findings = field(default_factory=Findings)
    corrections: LaidAside[Wire] = field(default_factory=lambda: LaidAside(dict[str, Any]))


class Lines:
    """The lines of a batch and what became of each: the best that became of anything it says."""

    _RANKS = (Outcome.RECORDED, Outcome.DUPLICATE, Outcome.REJECTED)

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}

    def __len__(self) -> int:
        return len(self._outcomes)

    def tell(self, proposal: Proposal, outcome: Outcome) -> None:
        """Hear what became of a proposal."""
        for line in proposal.lines:
            before = self._outcomes.get(line, Outcome.REJECTED)
            self._outcomes[line] = min(before, outcome, key=self._RANKS.index)

    def having(self, outcome: Outcome) -> int:
        """How many lines came out so."""
        return sum(each is outcome for each in self._outcomes.values())
