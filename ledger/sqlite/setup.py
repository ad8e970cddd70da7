"""Whose file a database is, and of which version; and the tables of a new one. SQLite."""

import sqlite3
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError
from ledger.proof.frontier import EMPTY_ROOT
from ledger.sqlite.guards import APPLICATION_ID, TRIGGERS, VIEWS
from ledger.store.schema import NO_INSTANT, SCHEMA_VERSION, metadata

_MAGIC = b"SQLite format 3\x00"


def check_file(path: Path, shown: str, *, write: bool) -> None:
    """Raise LedgerError where the path cannot hold a log: missing (to read), no file, or no SQLite database."""
    try:
        if not path.exists():
            if not write:
                raise LedgerError(f"{shown}: no such file; append to it first, or check the path")
        elif not path.is_file():
            raise LedgerError(f"{shown}: not a file; give the path of a database file")
        else:
            with path.open("rb") as file:
                opening = file.read(len(_MAGIC))
            if opening and opening != _MAGIC:
                raise LedgerError(f"{shown}: not a database; check the path")
    except OSError as error:
        raise LedgerError(f"{shown}: cannot be read ({error.strerror}); check the path and its permissions") from error


def check_owner(connection: sqlite3.Connection, shown: str, *, any_version: bool = False) -> bool:
    """Return whether the database holds a log (false: it is empty); raise LedgerError where it is another's or of another version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID:
        if tables or application:
            raise LedgerError(f"{shown}: the database of another program; give a file of its own")
        return False
    if version > SCHEMA_VERSION:
        raise LedgerError(f"{shown}: written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}); update this program")
    if version < SCHEMA_VERSION and not any_version:
        raise LedgerError(f"{shown}: of an older version (schema {version}, this one needs {SCHEMA_VERSION}); run tools/db upgrade")
    return True


def create_schema(connection: sqlite3.Connection) -> None:
    """Create the log's tables, triggers and views, empty; the caller's transaction makes it all or nothing."""
    for statement in ddl():
        connection.execute(statement)
    connection.execute("INSERT INTO log_head VALUES (1, 0, ?, ?, 0, ?)", (EMPTY_ROOT, b"", NO_INSTANT))


def ddl() -> list[str]:
    """Return the statements that make the schema, in order."""
    dialect = sqlite.dialect()
    tables = [str(CreateTable(table).compile(dialect=dialect)).strip() for table in metadata.sorted_tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    marks = [f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={SCHEMA_VERSION}"]
    return [*tables, *indexes, *TRIGGERS.values(), *VIEWS.values(), *marks]
