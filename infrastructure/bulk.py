"""How many rows are written at once: as plain values, without a compiled statement and its types for each of them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa

Values: TypeAlias = tuple[Any, ...]


def insert_rows(
    connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Values]
) -> None:
    """Write the rows, whose values stand in the order of the columns, in the form in which the database takes them."""
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (names of our own)
        values = list(rows)
        if values:
            connection.exec_driver_sql(statement, values)
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
