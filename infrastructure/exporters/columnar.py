"""Tables as Parquet: typed columns, and the record in the key-value metadata of the file."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from domain.bounds import written_instant
from infrastructure.exporters.asked import Opened
from infrastructure.exporters.tables import Cells, Form, Table

ROWS_AT_ONCE = 10_000


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
        for cells in _pieces(table.rows(asked)):
            columns = [
                pa.array(column, type=field.type)
                for field, column in zip(fields, zip(*cells, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(cells)
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


def _pieces(rows: Iterator[Cells]) -> Iterator[list[Cells]]:
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        yield piece
