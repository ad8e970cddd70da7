"""Projection tables in a file of SQLite's."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from projections.sql.columns import ISO
from projections.sql.driver import Placed
from projections.sql.made import Made, Parts, index_part
from projections.sql.sqlite_parts import is_of_older_make, part_of_index, parts_of_table, plain_text

STRICT_FROM = (3, 37)
"""The first version of the library that makes tables STRICT: a column then takes values of its own type alone."""

_PAGE_ROWS = 5_000
# https://www.sqlite.org/rescode.html: an error in a statement, a damaged file, a value that is too big or of another type, no database
_DAMAGE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_NOTADB})
_NO_UTF8 = "Could not decode to UTF-8"
_MISHAPS = ("no such table", "no such column", "has no column named", _NO_UTF8)
# Names are kept as they were written, and found however they are: "Plants" is the table plants, ON PLANTS a trigger of it.
_SCHEMA = "SELECT type, lower(name) AS name, lower(tbl_name) AS tbl_name, sql FROM sqlite_master"


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
        """Keep temporary tables in files, as they may be larger than memory; let a rename leave others' views alone."""
        # The setting cannot change in a transaction, hence not through SQLAlchemy.
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA temp_store=FILE")
        # A view names its tables, and is to read the new one; nor is another program's view that has lost its table to stop a rename.
        cursor.execute("PRAGMA legacy_alter_table=ON")

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

    def ddl(self, connection: sa.Connection, target: sa.Table) -> str:
        """Return the statement; where the library can, the table is STRICT."""
        text = str(CreateTable(target).compile(dialect=connection.dialect)).strip()
        if sqlite3.sqlite_version_info < STRICT_FROM:
            return text
        return f"{text}{'' if text.endswith(')') else ','} STRICT"

    def relations(self, connection: sa.Connection) -> Mapping[str, str]:
        """Return the schema's entries; a table that is virtual counts as one."""
        return {name: kind for kind, name, _, _ in self._schema(connection)}

    def found_parts(self, connection: sa.Connection, names: Collection[str]) -> Mapping[str, Parts]:
        """Read the texts that made the tables, their indexes and triggers; an index without a text belongs to a part already read."""
        found: dict[str, dict[str, str]] = {}
        for kind, name, table, text in sorted(self._schema(connection), key=lambda entry: entry[0] != "table"):
            if kind == "table" and name in names:
                found[name] = dict(parts_of_table(text or ""))
            elif table in found and text and kind == "index":
                found[table].update([part_of_index(text)])
            elif table in found and text:
                found[table][f"{kind} {name}"] = plain_text(text)
        return found

    def wanted_parts(self, connection: sa.Connection, wanted: Made) -> Parts:
        """Read the text that would make the table."""
        return {**parts_of_table(self.ddl(connection, wanted.target)), **{index_part(columns): "plain" for columns in wanted.indexes}}

    def is_of_older_make(self, found: Parts, wanted: Parts) -> bool:
        """Return whether it is only not STRICT: made by a library before 3.37, or by code that made none so."""
        return is_of_older_make(found, wanted)

    def tells(self, connection: sa.Connection, view: str, text: str) -> tuple[str, str]:
        """Return the text it was made by, and the one it would be made by."""
        stored = next(sql for kind, name, _, sql in self._schema(connection) if (kind, name) == ("view", view))
        return plain_text(stored or ""), plain_text(f'CREATE VIEW "{view}" AS {text}')

    def in_the_way(self, connection: sa.Connection, names: Collection[str]) -> Sequence[str]:  # noqa: ARG002 - see the protocol
        """Return nothing: whatever reads a table does so by its name, and reads the new one from then on."""
        return ()

    def pages(self, connection: sa.Connection, query: str, *, any_bytes: bool) -> Iterator[list[tuple[Any, ...]]]:
        """Return the driver's own tuples, in which each value has the type it is stored as."""
        raw: Any = connection.connection.driver_connection
        cursor: Any = connection.exec_driver_sql(query).cursor
        while True:
            raw.text_factory = _any_text if any_bytes else str
            try:
                page = cursor.fetchmany(_PAGE_ROWS)
            finally:
                raw.text_factory = str
            if not page:
                return
            yield page

    def order(self, column: Placed) -> str:
        """Sort by bytes."""
        return f'"{column[0]}" COLLATE BINARY'

    def inconsistencies(self, connection: sa.Connection, name: str) -> Sequence[str]:
        """Ask for an integrity check of the table."""
        told = [line for page in self.pages(connection, f"PRAGMA integrity_check('{name}')", any_bytes=True) for (line,) in page]
        return [line for line in told if line != "ok"]

    def damage(self, cause: BaseException | None) -> str | None:
        """Go by the code of the error, or by its text where the text that was read is none."""
        if isinstance(cause, sqlite3.Error) and (getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGE or _NO_UTF8 in str(cause)):
            return str(cause)
        return None

    def mishap(self, cause: BaseException | None) -> str | None:
        """Go by the text of the error: its code is that of every wrong statement."""
        return str(cause) if isinstance(cause, sqlite3.OperationalError) and any(one in str(cause) for one in _MISHAPS) else None

    def _schema(self, connection: sa.Connection) -> list[tuple[str, str, str, str | None]]:
        return [entry for page in self.pages(connection, _SCHEMA, any_bytes=True) for entry in page]


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")
