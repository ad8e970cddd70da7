"""Failures of the machine under the database, told in one line that says what to do."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ledger import postgresql_advice, sqlite_advice
from ledger.errors import LedgerError


@contextmanager
def operating(url: str) -> Iterator[None]:
    """Turn what the machine did to the database at url into a LedgerError; every other fault passes as it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, *_server_errors()) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        advise = sqlite_advice.advise if isinstance(cause, sqlite3.Error) else postgresql_advice.advise
        advice = advise(cause)
        if advice is None:
            raise
        what, remedy = advice
        raise LedgerError(f"{url}: {what}; {remedy}") from error


def _server_errors() -> tuple[type[Exception], ...]:
    """Give what the driver for PostgreSQL raises, where it was loaded."""
    driver = sys.modules.get("psycopg")
    return (driver.Error,) if driver else ()
