"""Tables as Parquet: typed columns, and the record in the key-value metadata of the file."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from domain.bounds import written_instant
from infrastructure.exporters.asked import Opened
from infrastructure.exporters.tables import Form, Table

Item = TypeVar("Item")

ROWS_AT_ONCE = 1_000
"""Rows that are objects of Python at the same time."""

PIECES_IN_A_GROUP = 10
"""Pieces that make a row group, which is what a reader fetches at once."""


def write(asked: Opened, table: Table, out: BinaryIO) -> int:
    """Write the rows in groups, and say how many there are."""
    import pyarrow as pa  # noqa: PLC0415 (takes a third of a second, and only this form needs it)
    import pyarrow.parquet as pq  # noqa: PLC0415 (the same)

    types = {
        Form.TEXT: pa.string(),
        Form.WHOLE: pa.int64(),
        Form.TRUTH: pa.bool_(),
        Form.DAY: pa.date32(),
    }
    fields = [pa.field(name, types[form]) for name, form in table.columns.items()]
    schema = pa.schema(fields, metadata=metadata_of(asked, table))
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        pieces = (
            pa.RecordBatch.from_arrays(
                [
                    pa.array(column, type=field.type)
                    for field, column in zip(fields, zip(*cells, strict=True), strict=True)
                ],
                schema=schema,
            )
            for cells in in_pieces(table.rows(asked), ROWS_AT_ONCE)
        )
        for group in in_pieces(pieces, PIECES_IN_A_GROUP):
            whole = pa.Table.from_batches(group)
            writer.write_table(whole)
            count += whole.num_rows
    return count


def metadata_of(asked: Opened, table: Table) -> Mapping[str, str]:
    """What a file says of itself: the table, the bounds, and the position of the record that it is from."""
    found: dict[str, Any] = {
        "timeline.table": table.name,
        "timeline.record_position": asked.record.position,
        "timeline.recorded_at": written_instant(asked.record.at),
        "timeline.as_of": asked.bounds.as_of.isoformat(),
        "timeline.as_seen": asked.bounds.as_seen,
    }
    return {key: str(each) for key, each in found.items() if each is not None}


def in_pieces(items: Iterator[Item], most: int) -> Iterator[list[Item]]:
    """The items, at most so many together."""
    while piece := list(islice(items, most)):
        yield piece
