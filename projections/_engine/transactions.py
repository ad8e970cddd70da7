"""One connection for a whole run, so that what it keeps beside the database stays, and the transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from ledger.database import Database
from ledger.operating import operating


@contextmanager
def connected(database: Database) -> Iterator[sa.Connection]:
    """Hold one connection; failures of the machine become LedgerErrors."""
    with operating(database.url), database.engine.connect() as connection:
        # What is staged may be larger than memory; the setting cannot change in a transaction, hence not through SQLAlchemy.
        connection.connection.cursor().execute("PRAGMA temp_store=FILE")
        yield connection


@contextmanager
def transaction(connection: sa.Connection, *, write: bool) -> Iterator[None]:
    """See one unchanging state, or hold the write lock: commit at the end, roll back on any exception."""
    connection.execution_options(heliolog_reading=not write)
    with connection.begin():
        yield
