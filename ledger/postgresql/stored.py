"""What is stored on a server, whatever it is: the server lets no other text in, and checks its pages as it reads them. PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


@contextmanager
def as_stored(conn: Connection) -> Iterator[None]:
    """See `Backend.as_stored`. A server refuses text that is none. It reads a small table whole, every page of it, unless told not to."""
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    yield


def check_storage(_conn: Connection, _table: str) -> list[str]:
    """Return nothing: what a server cannot read, it says when it is read."""
    return []
