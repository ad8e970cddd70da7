"""Open the database of a log, to write or to read, and the transactions on it: a file of SQLite's, or a server's."""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import field, frozen
from sqlalchemy import Connection, Engine

from ledger.errors import UsageError
from ledger.store.failures import operating
from ledger.store.url import EXAMPLES, read_url, show_url

BUSY_TIMEOUT_MS = 30_000
STATEMENT_TIMEOUT_MS = 600_000


@frozen
class Database:
    """An open database: its URL without password, its engine, whether it may be written, and the URL to open it by again.

    `address` is for `open_database` alone: it may hold a password, which nobody is to be shown.
    """

    url: str
    engine: Engine
    write: bool
    address: str = field(repr=False)

    @property
    def on_server(self) -> bool:
        """Return whether it is PostgreSQL's, not a file of SQLite's."""
        return self.engine.dialect.name == "postgresql"


@contextmanager
def open_database(
    url: str,
    *,
    write: bool,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    any_version: bool = False,
) -> Iterator[Database]:
    """Open `sqlite:///PATH` or `postgresql+psycopg://…`; a missing file is made, to write; a server's log is made by tools/db init.

    `busy_timeout_ms`: how long a lock is waited for; `statement_timeout_ms`: how long a server may work at one statement. To read, nothing
    is changed. `any_version`: take an older schema, or none on a server. Raise UsageError for another kind of URL and LedgerError where the
    database is missing, cannot be reached, is another program's, of another version, damaged or locked.
    """
    parsed = read_url(url)
    if parsed.get_backend_name() == "postgresql":
        from ledger.postgresql.open import Limits, open_server  # noqa: PLC0415 - its packages load only where they are needed

        limits = Limits(busy_timeout_ms, statement_timeout_ms)
        opened = open_server(parsed, write=write, limits=limits, any_version=any_version)
    elif parsed.get_backend_name() == "sqlite":
        from ledger.sqlite.open import open_file  # noqa: PLC0415 - as above

        opened = open_file(parsed, write=write, busy_timeout_ms=busy_timeout_ms, any_version=any_version)
    else:
        shown = show_url(parsed)
        raise UsageError(f"not a database of ours: {shown}; write {EXAMPLES}")
    with opened as engine:
        yield Database(show_url(parsed), engine, write, url)


@contextmanager
def writing(db: Database) -> Iterator[Connection]:
    """Write in a transaction: commit at the end, roll back on any exception. In SQLite it holds the database's one write lock."""
    if not db.write:
        raise UsageError(f"{db.url} was opened to read only")
    with operating(db.url), db.engine.begin() as connection:
        yield connection


@contextmanager
def reading(db: Database) -> Iterator[Connection]:
    """See one unchanging state of the database for as long as this lasts; to write in it is refused."""
    with operating(db.url), db.engine.connect().execution_options(heliolog_reading=True) as connection:
        yield connection
