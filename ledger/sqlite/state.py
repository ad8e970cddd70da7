"""What a database file holds, for its upkeep. SQLite."""

from sqlalchemy import Connection


def server(conn: Connection) -> str:
    """Name the library's version."""
    return f"SQLite {conn.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"


def missing_roles(_conn: Connection) -> list[str]:
    """Return nothing: a file needs no roles."""
    return []


def log_bytes(conn: Connection) -> int:
    """Return the bytes of the whole file."""
    pages, size = (conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * size)


def describe_roles(_conn: Connection) -> dict[str, bool]:
    """Return nothing: a file has no roles, only permissions."""
    return {}
