"""What SQLite and PostgreSQL do each in their own way: a module each, with the same functions."""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import Connection

from ledger.format.batch import Events
from ledger.format.event import LogRow
from ledger.sqlite import log as sqlite_log
from ledger.store.exchange import Addition, Standing
from ledger.store.reading import Head


class Backend(Protocol):
    """The functions of such a module."""

    def lock(self, conn: Connection, events: Events | None, delivery_id: int | None) -> Standing:
        """Hold the log's lock until the transaction ends; tell how it stands, and which of the events it has."""

    def find_known(self, conn: Connection, log: Head, events: Events) -> Collection[bytes]:
        """Return the keys of the events that are in the log, under the lock."""

    def add(self, conn: Connection, addition: Addition) -> None:
        """Write an addition, last in its transaction; raise TakenError where a position or a key is taken."""

    def read_rows(self, conn: Connection, after: int, limit: int) -> list[LogRow]:
        """Return what `ledger.log.read_rows` does."""


def backend(conn: Connection) -> Backend:
    """Return the module for a connection."""
    if conn.dialect.name == "postgresql":
        from ledger.postgresql import log as postgresql_log  # noqa: PLC0415 - its packages load only where they are needed

        return postgresql_log
    return sqlite_log


def read_rows(conn: Connection, after: int, limit: int) -> list[LogRow]:
    """Return what `read` gives as plain tuples of (position, event_time, payload, recorded_at, kind, leaf_hash): three times as fast."""
    return backend(conn).read_rows(conn, after, limit)
