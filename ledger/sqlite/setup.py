"""Whose file a database is, and of which version; and the tables of a new one. SQLite."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from ledger.errors import LedgerError
from ledger.sqlite.guards import APPLICATION_ID, TRIGGERS, VIEWS
from ledger.store.schema import EMPTY_HEAD, SCHEMA_VERSION, table_ddl
from ledger.store.version import require_current, require_known

_MAGIC = b"SQLite format 3\x00"


def check_file(path: Path, shown: str, *, write: bool) -> None:
    """Raise LedgerError if the path cannot hold a log: missing (to read), no file, or no SQLite database."""
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
    """Return whether the database holds a log (False: it is empty).

    Raise LedgerError if it is another program's, or the log is of another version; with `any_version`, only if of a newer one.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID:
        if tables or application:
            raise LedgerError(f"{shown}: the database of another program; give a file of its own")
        return False
    (require_known if any_version else require_current)(version, shown)
    return True


def create_schema(connection: sqlite3.Connection) -> None:
    """Create the log's tables, triggers and views, empty; the caller's transaction makes it all or nothing."""
    for statement in ddl():
        connection.execute(statement)
    connection.execute(f"INSERT INTO log_head VALUES ({', '.join(f':{name}' for name in EMPTY_HEAD)})", EMPTY_HEAD)  # noqa: S608 - constants


def ddl() -> list[str]:
    """Return the statements that make the schema in an empty file, in order."""
    marks = [f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={SCHEMA_VERSION}"]
    return [*table_ddl(sqlite.dialect()), *TRIGGERS.values(), *VIEWS.values(), *marks]


def schema_version(conn: Connection) -> int | None:
    """Return the version of the schema that is there: it is a number in the file's header."""
    return int(conn.exec_driver_sql("PRAGMA user_version").scalar_one())


def mark_version(conn: Connection, version: int) -> None:
    """Write the version of the schema into the file's header."""
    conn.exec_driver_sql(f"PRAGMA user_version = {version}")


def hold_schema(_conn: Connection) -> None:
    """Do nothing: a transaction that writes holds the whole file."""


def grant_rights(_conn: Connection) -> None:
    """Do nothing: who may do what with a file is the system's to say."""


def rights_to_revoke(_conn: Connection) -> list[str]:
    """Return nothing, as above."""
    return []


def initialise(_conn: Connection, _shown: str) -> list[str]:
    """Return nothing: to open the file to write has made what was missing."""
    return []
