"""A log's database in a file: how it is opened, made if it is missing, and how its transactions begin. SQLite."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

from ledger.errors import LedgerError, UsageError
from ledger.sqlite import advice
from ledger.sqlite.setup import check_file, check_owner, create_schema
from ledger.store.backend import Timeouts
from ledger.store.failures import operating
from ledger.store.url import show_url
from ledger.store.version import BY_APPEND, no_log

_CANNOT_OPEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


@contextmanager
def open_engine(url: URL, *, write: bool, timeouts: Timeouts, any_version: bool) -> Iterator[Engine]:
    """Yield an engine on `sqlite:///PATH`; to write, make the file, its folder and the tables that are missing.

    To read, change nothing, which works in a read-only folder, too. A file has no limit on the time of a statement. Raise UsageError if the
    URL names no file, and LedgerError if the file is another program's, of a newer version, damaged, locked or missing.
    """
    busy_timeout_ms = timeouts.lock_ms
    shown = show_url(url)
    if not url.database or url.database == ":memory:":
        raise UsageError(f"not a database file: {shown}; write sqlite:///PATH")
    path = Path(url.database)
    with operating(shown, advice):
        check_file(path, shown, write=write)
        if write:
            _make_folder(path, shown)
        options = "mode=rwc" if write else _choose_reading(path, shown, busy_timeout_ms)
        connect = partial(_connect, path, options, busy_timeout_ms, write=write)
        engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool if write else NullPool)
        event.listen(engine, "begin", _begin_writing if write else _begin_reading)
        try:
            with closing(connect()) as connection:
                _prepare(connection, shown, busy_timeout_ms, write=write, any_version=any_version)
            yield engine
        finally:
            engine.dispose()


def _begin_writing(connection: Connection) -> None:
    # IMMEDIATE takes the lock now: an upgrade in mid-transaction fails at once if another has written meanwhile.
    reads = connection.get_execution_options().get("heliolog_reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _make_folder(path: Path, shown: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"{shown}: cannot make its folder ({error.strerror}); check the path and its permissions") from error


def _connect(path: Path, options: str, busy_timeout_ms: int, *, write: bool) -> sqlite3.Connection:
    uri = f"file:{quote(os.fsencode(path.absolute()))}?{options}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy_timeout_ms / 1000, check_same_thread=False)
    # Who reads goes through tables in order, and needs few pages twice.
    kept = ("cache_size=-65536",) if write else ("cache_size=-8192", "query_only=ON")
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY", *kept):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except UnicodeDecodeError as error:
            # SQLite reads the schema now, and quotes in its message what it cannot parse.
            raise LedgerError(f"sqlite:///{path}: damaged or cut off (its schema is no text); restore it from a backup") from error
    return connection


def _choose_reading(path: Path, shown: str, busy_timeout_ms: int) -> str:
    """Choose how to open without writing.

    A database with a WAL needs files beside it, which a read-only folder cannot take; then it is read as a file that nobody changes. What
    counts is that opening failed: permission bits do not bind root, nor do they tell of a read-only mount.
    """
    try:
        with closing(_connect(path, "mode=ro", busy_timeout_ms, write=False)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) not in _CANNOT_OPEN or not os.access(path, os.R_OK):
            raise
    else:
        return "mode=ro"
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        raise LedgerError(
            f"{shown}: {wal.name} holds events that cannot be read in a read-only folder; copy all its files to one that is not"
        )
    return "mode=ro&immutable=1"


def _prepare(connection: sqlite3.Connection, shown: str, busy_timeout_ms: int, *, write: bool, any_version: bool) -> None:
    connection.execute("BEGIN")  # one state for the three questions of check_owner
    known = check_owner(connection, shown, any_version=any_version)
    connection.execute("ROLLBACK")
    if not write:
        if not known:
            raise no_log(shown, BY_APPEND)
        return
    if not known:
        connection.execute("BEGIN IMMEDIATE")
        # Another may have made them since.
        if not check_owner(connection, shown):
            create_schema(connection)
        connection.execute("COMMIT")
    _use_wal(connection, shown, busy_timeout_ms)


def _use_wal(connection: sqlite3.Connection, shown: str, busy_timeout_ms: int) -> None:
    # SQLite does not always wait for the lock that this change needs, when two begin with a new file at once.
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while (mode := _try_wal(connection, last=time.monotonic() > deadline)) is None:
        time.sleep(0.01)
    if mode != "wal":
        raise LedgerError(f"{shown}: SQLite cannot keep a write-ahead log there; use a folder on a local disk")


def _try_wal(connection: sqlite3.Connection, *, last: bool) -> str | None:
    """Change to WAL and return the mode then in force; None if another holds the file, which is an error the `last` time."""
    try:
        return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
    return None
