"""What a table holds as it is stored, whatever that is: for those who must not trust it."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from projections.sql.driver import Placed
from projections.sql.drivers import driver_of


def stored_pages(
    connection: sa.Connection, name: str, columns: Sequence[Placed], key: Sequence[str], *, any_bytes: bool
) -> Iterator[list[tuple[Any, ...]]]:
    """Return the named columns of all rows by key, some thousand rows at a time, each value of the type it is stored as.

    All columns must be there. With `any_bytes` text that is not UTF-8 comes with surrogates in place of its bytes, else it is an error.
    """
    driver = driver_of(connection)
    listed = ", ".join(f'"{column}"' for column, _ in columns)
    ordered = ", ".join(driver.order(column) for part in key for column in columns if column[0] == part)
    return driver.pages(connection, f'SELECT {listed} FROM "{name}" ORDER BY {ordered}', any_bytes=any_bytes)


def columns_of(table: sa.Table) -> list[Placed]:
    """Return the columns of one of the engine's own tables."""
    return [(column.name, "text" if isinstance(column.type, sa.Text) else "integer") for column in table.columns]
