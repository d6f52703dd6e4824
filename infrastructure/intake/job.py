"""What the steps of one import share."""

from domain.depositary import Depositary
from infrastructure.beside import Beside
from infrastructure.dossiers import Dossiers
from infrastructure.importers.proposals import Finding, Proposal, Registry, Wire
from infrastructure.intake.options import Keeper, Options, Watch
from infrastructure.intake.report import Report
from infrastructure.rehearsal import Rehearsal
from infrastructure.spool import Spool
from infrastructure.treaty_names import TreatyNames, definitions_on_file

IN_MEMORY = 20_000
"""Entries of the record that are kept at hand while a file comes in; each treaty is asked for once or twice."""


class Job:
    """One file on its way into the record.

    `broken` says that the file may lack what it had, `unread` names the treaties of which it has something that
    could not be read, and `refused` the days of what was read and refused: none of that has vanished.
    """

    def __init__(self, keeper: Keeper, options: Options, spool: Spool, watch: Watch) -> None:
        """Begin with nothing read."""
        self.report = Report()
        self.keeper = keeper
        self.options = options
        self.spool = spool
        self.watch = watch
        self.today = keeper.clock.today()
        dossiers = Dossiers(keeper.archive, capacity=IN_MEMORY)
        self.shelf = Beside(keeper.archive, dossiers, spool.family_of)
        archive = Rehearsal(keeper.archive) if options.rehearse else keeper.archive
        self.depositary = Depositary(archive, self.shelf, keeper.clock)
        self.treaties = TreatyNames(definitions_on_file(keeper.archive))
        self.registry: Registry | None = None
        self.source: Wire = {}
        self.slugs: dict[str, str] = {}
        self.keys: set[str] = set()
        self.broken = False
        self.unread: set[str] = set()
        self.refused: dict[str, set[str]] = {}

    def reject(self, proposal: Proposal, problem: str, detail: str) -> None:
        """Report why a line is kept out."""
        self.report.findings.add(
            Finding(
                line=proposal.line,
                problem=problem,
                detail=detail,
                cell=proposal.cell,
                read=proposal.raw,
                rejects=True,
            )
        )
