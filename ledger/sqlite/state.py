"""What a database file holds and lacks, for its upkeep. SQLite."""

from sqlalchemy import Connection

from ledger.sqlite.guards import TRIGGERS, VIEWS
from ledger.store.schema import index_names, metadata


def server(conn: Connection) -> str:
    """Name the library's version."""
    return f"SQLite {conn.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"


def missing(conn: Connection) -> list[str]:
    """Name what a log needs and the file lacks."""
    there = set(conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    return [name for name in (*metadata.tables, *index_names(), *TRIGGERS, *VIEWS) if name not in there]


def log_bytes(conn: Connection) -> int:
    """Return the bytes of the whole file."""
    pages, size = (conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * size)


def describe_roles(_conn: Connection) -> dict[str, bool]:
    """Return nothing: a file has no roles, only permissions."""
    return {}
