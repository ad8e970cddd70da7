"""Failures of the machine under the database, told in one line that says what to do."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError, PassingError
from ledger.postgresql import advice as postgresql_advice
from ledger.sqlite import advice as sqlite_advice


@contextmanager
def operating(url: str) -> Iterator[None]:
    """Turn what the machine did to the database at url into a LedgerError; every other fault passes as it is."""
    try:
        yield
    except _machine_errors() as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            advice, passing = sqlite_advice.advise(cause), False
        else:
            advice, passing = postgresql_advice.advise(cause), postgresql_advice.passes(cause)
        if advice is None:
            raise
        what, remedy = advice
        raise (PassingError if passing else LedgerError)(f"{url}: {what}; {remedy}") from error


def _machine_errors() -> tuple[type[Exception], ...]:
    """Return what SQLAlchemy and the drivers raise; PostgreSQL's driver is not loaded only to be asked."""
    driver = sys.modules.get("psycopg")
    return (DBAPIError, sqlite3.Error, *((driver.Error,) if driver else ()))
