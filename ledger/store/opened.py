"""A database that is open, and the transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import field, frozen
from sqlalchemy import Connection, Engine

from ledger.errors import UsageError
from ledger.store.backend import Backend
from ledger.store.failures import operating


@frozen
class Database:
    """An open database: its URL without password, its engine, whether it may be written, what kind it is, and how to open it again.

    `address` is for `open_database` alone: it may hold a password, which nobody is to be shown.
    """

    url: str
    engine: Engine
    write: bool
    backend: Backend = field(repr=False)
    address: str = field(repr=False)

    @property
    def on_server(self) -> bool:
        """Return whether it is on a server, and not a file."""
        return self.backend.on_server


@contextmanager
def writing(db: Database) -> Iterator[Connection]:
    """Write in a transaction: commit at the end, roll back on any exception. In SQLite it holds the database's one write lock.

    Raise UsageError if the database was opened to read, LedgerError if the machine fails.
    """
    if not db.write:
        raise UsageError(f"{db.url} was opened to read only")
    with operating(db.url, db.backend), db.engine.begin() as connection:
        yield connection


@contextmanager
def reading(db: Database) -> Iterator[Connection]:
    """See one unchanging state of the database for as long as this lasts; to write in it is refused.

    Raise LedgerError if the machine fails.
    """
    with operating(db.url, db.backend), db.engine.connect().execution_options(heliolog_reading=True) as connection:
        yield connection
