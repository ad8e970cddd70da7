"""Projection tables in a file of SQLite's."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from projections.sql.columns import ISO
from projections.sql.driver import Placed


class SqliteDriver:
    """The driver for SQLite."""

    mark = "?"
    temporary = "temp"
    join = "CROSS JOIN"
    codec = ISO

    def micros(self, column: str) -> str:
        """Return the µs of an instant that has whole seconds."""
        return f"CAST(strftime('%s', {column}) AS INTEGER) * 1000000"

    def ready(self, connection: sa.Connection) -> None:
        """Keep temporary tables in files: they may be larger than memory."""
        # The setting cannot change in a transaction, hence not through SQLAlchemy.
        connection.connection.cursor().execute("PRAGMA temp_store=FILE")

    def take_role(self, connection: sa.Connection) -> None:
        """Do nothing: a file's tables belong to the file."""

    def hold_tables(self, connection: sa.Connection) -> None:
        """Do nothing: a transaction's snapshot holds the tables as they were."""

    def allow_temporary(self, connection: sa.Connection) -> None:
        """Do nothing: they are allowed."""

    def rows(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query as they are read."""
        cursor: Any = connection.exec_driver_sql(query, tuple(values)).cursor
        return cursor  # type: ignore[no-any-return]

    def stream(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query as they are read."""
        return self.rows(connection, query, values)

    def bulk(self, connection: sa.Connection, target: str, columns: Sequence[Placed], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows by one prepared statement."""
        values = list(rows)
        if values:
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT INTO {target} ({', '.join(name for name, _ in columns)}) VALUES ({marks})", values)
