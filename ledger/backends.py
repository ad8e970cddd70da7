"""The one table of backends: which kinds of database a log can be kept in.

No other file compares their names; `projections.sql.drivers` has the drivers of projections by the same names.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from ledger.format.event import LogRow
from ledger.store.backend import Backend


def _sqlite() -> Backend:
    from ledger.sqlite import backend  # noqa: PLC0415 - a backend's packages load only where it is used

    return backend


def _postgresql() -> Backend:
    from ledger.postgresql import backend  # noqa: PLC0415 - as above

    return backend


BACKENDS: Mapping[str, Callable[[], Backend]] = {"sqlite": _sqlite, "postgresql": _postgresql}
"""SQLAlchemy's name of each, as in a URL, and how it is loaded."""


def backend_of(conn: Connection) -> Backend:
    """Return the backend of a connection's database."""
    return BACKENDS[conn.dialect.name]()


def read_rows(conn: Connection, after: int, limit: int) -> list[LogRow]:
    """Return what `read` returns, as plain tuples: (position, event_time, payload, recorded_at, kind, leaf_hash). Three times as fast."""
    return backend_of(conn).read_rows(conn, after, limit)
