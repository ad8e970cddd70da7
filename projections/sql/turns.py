"""Whose turn it is: one run at a time writes projections, and tables are exchanged while nobody reads them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import sqlalchemy as sa

from ledger.database import Database
from projections.sql.patience import Patience
from projections.sql.sqlite_turns import only_process
from projections.sql.transactions import connected, transaction


def only_run(database: Database, what: str, patience: Patience) -> AbstractContextManager[None]:
    """Be the one run on a database for as long as the context lasts; LedgerError, naming the other, if patience ends before its turn."""
    if not database.on_server:
        return only_process(database, what, patience)
    from projections.sql.postgresql_turns import only_session  # noqa: PLC0415 - its package loads only where it is needed

    return only_session(database, what, patience)


def exchange(database: Database, act: Callable[[sa.Connection], None], patience: Patience) -> None:
    """Exchange tables in one transaction that no reader sees half of; LedgerError where readers hold them for longer than patience."""
    with connected(database) as connection:
        if database.on_server:
            from projections.sql.postgresql_turns import exchange_unread  # noqa: PLC0415 - as above

            exchange_unread(connection, act, patience)
            return
        with transaction(connection, write=True):
            act(connection)
