"""Turns on a PostgreSQL server: the lock of a table that only projectors may take, and a lock that all readers share. PostgreSQL."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ledger.database import Database
from ledger.errors import LedgerError
from ledger.postgresql.guards import TURN_TABLE
from ledger.store.failures import operating
from projections.sql.drivers import driver_of
from projections.sql.patience import Patience
from projections.sql.transactions import transaction

_LOOK_AGAIN_S = 0.2
_TRY_MS = 1_000
_HELD = "55P03"
_IN_THE_WAY = frozenset({_HELD, "40P01"})
_WHO = """SELECT a.pid, a.usename, a.application_name, to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND a.pid <> pg_backend_pid()"""
_RUNNING = f"{_WHO} AND l.relation = '{TURN_TABLE}'::regclass AND l.mode = 'ExclusiveLock'"
_TRY = f"LOCK TABLE {TURN_TABLE} IN EXCLUSIVE MODE NOWAIT"
# The second is of PostgreSQL 17.
_FOR_HOURS = """SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"""
_READING = f"{_WHO} AND l.relation = 'checkpoint'::regclass"


@contextmanager
def only_session(database: Database, what: str, patience: Patience) -> Iterator[None]:
    """Hold the lock of runs on a session of its own, so that it ends with this process, however that ends.

    It is the lock of a table, and lasts as long as a transaction that does nothing else: without a snapshot or an id, that keeps no row
    from being cleaned up.
    """
    with operating(database.url, database.backend), database.engine.connect() as session:
        try:
            name = f"{what}, process {os.getpid()} on {socket.gethostname()}"
            session.exec_driver_sql("SELECT set_config('application_name', %s, false)", (name,))
            session.commit()
            _take(session, patience)
            yield
        finally:
            session.invalidate()


def _take(session: sa.Connection, patience: Patience) -> None:
    deadline, told = time.monotonic() + patience.seconds, False
    while not _taken(session):
        who = _named(list(session.exec_driver_sql(_RUNNING)))
        session.rollback()
        if time.monotonic() >= deadline:
            raise LedgerError(f"another run is at work: {who}; nothing was begun: wait until it has finished, or end it, then run again")
        if not told:
            patience.tell(who)
            told = True
        time.sleep(_LOOK_AGAIN_S)


def _taken(session: sa.Connection) -> bool:
    """Take the lock, in a transaction that stays open; False, and no transaction, if another has it."""
    session.exec_driver_sql(_FOR_HOURS)
    driver_of(session).take_role(session)
    try:
        session.exec_driver_sql(_TRY)
    except DBAPIError as error:
        session.rollback()
        if getattr(error.orig, "sqlstate", None) != _HELD:
            raise
        return False
    return True


def exchange_unread(connection: sa.Connection, act: Callable[[sa.Connection], None], patience: Patience) -> None:
    """Act in a transaction that no reader's overlaps.

    A rename shows at once, even in a snapshot that is older: so a reader keeps a lock as long as it reads, and this waits for all of them.
    As those who come later wait behind it, it tries for a moment only, time and again.
    """
    deadline, told = time.monotonic() + patience.seconds, False
    while not _exchanged(connection, act):
        with transaction(connection, write=False):
            who = _named(list(connection.exec_driver_sql(_READING)))
        if time.monotonic() >= deadline:
            raise LedgerError(f"the new tables are not in use yet, as others read the old ones: {who}; end those sessions and run again")
        if not told:
            patience.tell(who)
            told = True
        time.sleep(_LOOK_AGAIN_S)


def _exchanged(connection: sa.Connection, act: Callable[[sa.Connection], None]) -> bool:
    try:
        with transaction(connection, write=True):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_TRY_MS}")
            connection.exec_driver_sql("LOCK TABLE checkpoint IN ACCESS EXCLUSIVE MODE")
            act(connection)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
            raise
        return False
    return True


def _named(found: list[Any]) -> str:
    """Name sessions; the server hides all but the number of one that belongs to another user."""
    sessions = [f"{name or 'a session'} (server process {pid}, user {user}) since {since or 'unknown'}" for pid, user, name, since in found]
    return "; ".join(sessions) or "a session that has just ended"
