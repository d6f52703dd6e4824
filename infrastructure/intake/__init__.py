"""How a file comes in: read, laid aside by treaty, compared with the record, and recorded batch by batch.

A batch is recorded whole or not at all, so that an import can be stopped at any point and simply run again:
what is on file is found there.
Our own lines are held to the law, as everywhere: one that breaks a rule says so (`despite`) or is rejected.
A registry is evidence of what States did: what breaks a rule is recorded with the rule and the registry named.
"""

from dataclasses import replace
from typing import BinaryIO

from infrastructure.collecting import rarely_collected
from infrastructure.intake.job import Job
from infrastructure.intake.laying import Laying
from infrastructure.intake.options import Keeper, Options, Progress, Watch
from infrastructure.intake.recording import Recording
from infrastructure.intake.report import Report
from infrastructure.spool import Spool

__all__ = ["Keeper", "Options", "Progress", "Report", "Watch", "import_file"]


def import_file(
    file: BinaryIO, keeper: Keeper, options: Options, watch: Watch = lambda _: None
) -> Report:
    """Record what the file says and the record does not have; the file is seekable and stays open.

    Raises `Conflict`, `Unavailable` or `Full`; what was recorded before stays, and running again goes on.
    """
    if options.rehearse or options.strict:
        rehearsed = _run(file, keeper, replace(options, rehearse=True), watch)
        if options.rehearse:
            return rehearsed
        if rehearsed.rejected:
            rehearsed.held_back = rehearsed.recorded
            rehearsed.recorded = rehearsed.acts = rehearsed.treaties = rehearsed.parties = 0
            return rehearsed
    return _run(file, keeper, options, watch)


def _run(file: BinaryIO, keeper: Keeper, options: Options, watch: Watch) -> Report:
    with Spool() as spool, rarely_collected():
        job = Job(keeper, options, spool, watch)
        Laying(job).read(file)
        Recording(job).record()
        return job.report
