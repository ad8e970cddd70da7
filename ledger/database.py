"""Open the database of a log by its URL, to write or to read: a file of SQLite's, or a server's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, event

from ledger.backends import BACKENDS
from ledger.errors import UsageError
from ledger.store.backend import Timeouts
from ledger.store.opened import Database, reading, writing
from ledger.store.url import EXAMPLES, read_url, show_url

__all__ = ["LOCK_TIMEOUT_MS", "STATEMENT_TIMEOUT_MS", "Database", "open_database", "reading", "writing"]

LOCK_TIMEOUT_MS = 30_000
STATEMENT_TIMEOUT_MS = 600_000


@contextmanager
def open_database(
    url: str,
    *,
    write: bool,
    busy_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    any_version: bool = False,
) -> Iterator[Database]:
    """Open `sqlite:///PATH` or `postgresql+psycopg://…`.

    To write, a missing file is made; a server's log is made by tools/db init. To read, nothing is changed.

    `busy_timeout_ms`: how long a lock is waited for. `statement_timeout_ms`: how long a server may work at one statement; 0: without end.
    `any_version`: take an older schema, or none on a server. Raise UsageError for another kind of URL, and LedgerError if the database is
    missing, cannot be reached, is another program's, of another version, damaged or locked.
    """
    parsed = read_url(url)
    shown = show_url(parsed)
    load = BACKENDS.get(parsed.get_backend_name())
    if load is None:
        raise UsageError(f"not a database of ours: {shown}; write {EXAMPLES}")
    backend = load()
    timeouts = Timeouts(busy_timeout_ms, statement_timeout_ms)
    with backend.open_engine(parsed, write=write, timeouts=timeouts, any_version=any_version) as engine:
        try:
            yield Database(shown, engine, write, backend, url)
        finally:
            event.listen(engine, "engine_connect", partial(_refuse, shown))


def _refuse(shown: str, connection: Connection) -> None:
    # An engine that was disposed of would connect again.
    connection.invalidate()
    connection.close()
    raise UsageError(f"{shown} was closed: open it again")
