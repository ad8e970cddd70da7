"""What is there in a database file, for its upkeep. SQLite."""

from sqlalchemy import Connection

from ledger.sqlite.guards import TRIGGERS, VIEWS
from ledger.store.schema import metadata


def server(conn: Connection) -> str:
    """Name the library's version."""
    return f"SQLite {conn.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"


def schema_version(conn: Connection) -> int | None:
    """Return the version of the schema that is there."""
    return int(conn.exec_driver_sql("PRAGMA user_version").scalar_one())


def missing(conn: Connection) -> list[str]:
    """Name what a log needs and the file lacks."""
    indexes = [str(index.name) for table in metadata.sorted_tables for index in table.indexes]
    there = set(conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    return [name for name in (*metadata.tables, *sorted(indexes), *TRIGGERS, *VIEWS) if name not in there]


def log_bytes(conn: Connection) -> int:
    """Return the bytes of the whole file."""
    pages, size = (conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * size)


def describe_roles(_conn: Connection) -> dict[str, bool]:
    """Return nothing: a file has no roles, only permissions."""
    return {}
