"""One connection for a whole run, so that what it keeps beside the database stays, and the transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ledger.database import Database, reading
from ledger.errors import LedgerError
from ledger.store.failures import operating
from projections.sql.drivers import driver_of


@contextmanager
def connected(database: Database) -> Iterator[sa.Connection]:
    """Hold one connection; failures of the machine become LedgerErrors."""
    with operating(database.url, database.backend), database.engine.connect() as connection:
        driver_of(connection).ready(connection)
        with _all_there(database, connection):
            yield connection


@contextmanager
def transaction(connection: sa.Connection, *, write: bool) -> Iterator[None]:
    """See one unchanging state, or write (in SQLite, with its one write lock): commit at the end, roll back on any exception."""
    connection.execution_options(heliolog_reading=not write)
    driver = driver_of(connection)
    with connection.begin():
        if write:
            driver.take_role(connection)
        else:
            driver.hold_tables(connection)
        yield


@contextmanager
def reading_tables(database: Database) -> Iterator[sa.Connection]:
    """See one unchanging state of the log and of the projections' tables for as long as this lasts; to write in it is refused."""
    with reading(database) as connection:
        driver = driver_of(connection)
        driver.ready(connection)
        driver.hold_tables(connection)
        with _all_there(database, connection):
            yield connection


def cause_of(error: BaseException) -> BaseException | None:
    """Return the error of the database's own driver, from inside SQLAlchemy's if it is wrapped."""
    return error.orig if isinstance(error, DBAPIError) else error


@contextmanager
def _all_there(database: Database, connection: sa.Connection) -> Iterator[None]:
    """Raise LedgerError, saying what to run, for a table, view or column that somebody dropped, renamed or filled with what is no text."""
    try:
        yield
    except Exception as error:
        mishap = driver_of(connection).mishap(cause_of(error))
        if mishap is None:
            raise
        raise LedgerError(
            f"{database.url}: something was dropped, renamed or altered ({mishap}); tools/project --verify names it, "
            "tools/project --rebuild makes projections again; what belongs to the log is restored from a backup"
        ) from error
