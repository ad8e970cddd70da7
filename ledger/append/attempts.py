"""One transaction, done again where another was in the way or the connection was lost. SQLite has no such failures."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from ledger.database import Database, writing
from ledger.errors import PassingError

Result = TypeVar("Result")
# A minute in all: a standby is promoted, or a server restarted, in less.
PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 10.0, 10.0)


def in_transaction(db: Database, work: Callable[[Connection], Result], failed: Callable[[PassingError], None]) -> Result:
    """Do work in a transaction and give its result; `failed` is told of each failure after which it is begun anew.

    Where the connection was lost with the commit under way, nobody knows whether that went through: work has to look.
    """
    for pause in PAUSES_S:
        try:
            with writing(db) as conn:
                return work(conn)
        except PassingError as error:
            failed(error)
            time.sleep(pause)
    with writing(db) as conn:
        return work(conn)
