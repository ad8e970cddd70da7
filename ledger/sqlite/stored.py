"""What is stored in a file, whatever it is: text that is no text, and pages that are damaged. SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection


@contextmanager
def as_stored(conn: Connection) -> Iterator[None]:
    """See `Backend.as_stored`."""
    raw: Any = conn.connection.driver_connection
    before = raw.text_factory
    raw.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = before


def check_storage(conn: Connection, table: str) -> list[str]:
    """See `Backend.check_storage`: SQLite's own check of the table's pages and indexes."""
    found = conn.exec_driver_sql(f"PRAGMA integrity_check({table})").scalars().all()
    return [] if found == ["ok"] else [" ".join(str(line).split()) for line in found]
