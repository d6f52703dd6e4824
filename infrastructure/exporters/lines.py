"""The record as NDJSON: the register, then each treaty with its definitions and acts, to be read in again anywhere.

Lines stand in the order of recording within the register and within each treaty, because the later of two
definitions, entries or corrections counts; the treaties stand by slug, because nothing depends on their order.
A line is the fact as it travels, with its id and without its place in this record, so that the copy of a copy
has the same bytes.
"""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from domain.ports import REGISTER
from infrastructure.exporters.asked import Opened
from infrastructure.wire import written_fact


def write(asked: Opened, out: BinaryIO) -> int:
    """Write the lines, and say how many; the register comes whole, whichever treaties are asked for."""
    count = 0
    for line in lines(asked):
        out.write(line)
        count += 1
    return count


def lines(asked: Opened) -> Iterator[bytes]:
    """The lines of the export, one stream in memory at a time."""
    for entry in asked.archive.entries(REGISTER, up_to=asked.record.position):
        yield orjson.dumps(written_fact(entry.content), option=orjson.OPT_APPEND_NEWLINE)
    for treaty in asked.treaties:
        for entry in asked.dossiers.entries(treaty, asked.record):
            yield orjson.dumps(written_fact(entry.content), option=orjson.OPT_APPEND_NEWLINE)
