"""Failures of the machine under the database, told in one line that says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError

# https://www.sqlite.org/rescode.html, primary codes
_ADVICE = {
    3: ("no permission", "check who owns the file and its folder"),
    5: ("locked by another program", "wait until it has finished, then run again"),
    6: ("locked by another program", "wait until it has finished, then run again"),
    7: ("out of memory", "free memory, then run again"),
    8: ("cannot be written", "check the permissions of the file and its folder"),
    9: ("interrupted", "run again"),
    10: ("the disk failed to read or write", "check the disk and its free space, then run again"),
    11: ("damaged or cut off", "restore it from a backup"),
    13: ("no space left", "free space on the disk, then run again: nothing is half-written"),
    14: ("cannot be opened", "check that the folder exists and that its permissions allow it"),
    15: ("locked by another program", "wait until it has finished, then run again"),
    26: ("not a database", "check the path; restore it from a backup if it was one"),
}


@contextmanager
def operating(url: str) -> Iterator[None]:
    """Turn what the machine did to the database at url into a LedgerError; every other fault passes as it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        advice = _ADVICE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        if advice is None:
            raise
        what, remedy = advice
        raise LedgerError(f"{url}: {what} ({cause}); {remedy}") from error
