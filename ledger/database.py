"""Open the database of a log, to write or to read, and the transactions on it. SQLite."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from attrs import frozen
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from ledger.database_file import check_file, check_owner, create_schema
from ledger.errors import LedgerError, UsageError
from ledger.operating import operating

BUSY_TIMEOUT_MS = 30_000
_CANNOT_OPEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


@frozen
class Database:
    """An open database: its URL without password, its engine, and whether it may be written."""

    url: str
    engine: Engine
    write: bool


@contextmanager
def open_database(url: str, *, write: bool, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Iterator[Database]:
    """Open `sqlite:///PATH`; to write, create the file, its folder and the tables where they are missing.

    To read, change nothing, not even where the folder is read-only. Raise UsageError for another kind of URL and LedgerError where the file
    is another program's, of a newer version, damaged, locked or missing.
    """
    shown, path = _read_url(url)
    with operating(shown):
        check_file(path, shown, write=write)
        if write:
            _make_folder(path, shown)
        options = "mode=rwc" if write else _choose_reading(path, shown, busy_timeout_ms)
        connect = partial(_connect, path, options, busy_timeout_ms, write=write)
        engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool if write else NullPool)
        event.listen(engine, "begin", _begin_writing if write else _begin_reading)
        try:
            with closing(connect()) as connection:
                _prepare(connection, shown, busy_timeout_ms, write=write)
            yield Database(shown, engine, write)
        finally:
            engine.dispose()


@contextmanager
def writing(db: Database) -> Iterator[Connection]:
    """Hold the database's one write lock for a transaction: commit at the end, roll back on any exception."""
    if not db.write:
        raise UsageError(f"{db.url} was opened to read only")
    with operating(db.url), db.engine.begin() as connection:
        yield connection


@contextmanager
def reading(db: Database) -> Iterator[Connection]:
    """See one unchanging state of the database for as long as this lasts; to write in it is refused."""
    with operating(db.url), db.engine.connect().execution_options(heliolog_reading=True) as connection:
        yield connection


def _begin_writing(connection: Connection) -> None:
    # IMMEDIATE takes the lock now: an upgrade in mid-transaction fails at once where another has written meanwhile.
    reads = connection.get_execution_options().get("heliolog_reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _read_url(url: str) -> tuple[str, Path]:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What cannot be taken apart may hold a password all the same.
        raise UsageError(f"not a database URL: {re.sub('://.*@', '://***@', url)}; write sqlite:///PATH") from None
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise UsageError(f"not a database file: {shown}; write sqlite:///PATH")
    return shown, Path(parsed.database)


def _make_folder(path: Path, shown: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"{shown}: cannot make its folder ({error.strerror}); check the path and its permissions") from error


def _connect(path: Path, options: str, busy_timeout_ms: int, *, write: bool) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{options}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy_timeout_ms / 1000, check_same_thread=False)
    # Who reads goes through tables in order, and needs few pages twice.
    kept = ("cache_size=-65536",) if write else ("cache_size=-8192", "query_only=ON")
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY", *kept):
        connection.execute(f"PRAGMA {pragma}")
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


def _prepare(connection: sqlite3.Connection, shown: str, busy_timeout_ms: int, *, write: bool) -> None:
    connection.execute("BEGIN")  # one state for the three questions of check_owner
    known = check_owner(connection, shown)
    connection.execute("ROLLBACK")
    if not write:
        if not known:
            raise LedgerError(f"{shown}: holds no log yet; append to it first")
        return
    if not known:
        connection.execute("BEGIN IMMEDIATE")
        # Another may have made them since.
        if not check_owner(connection, shown):
            create_schema(connection)
        connection.execute("COMMIT")
    _use_wal(connection, shown, busy_timeout_ms)


def _use_wal(connection: sqlite3.Connection, shown: str, busy_timeout_ms: int) -> None:
    # SQLite does not always wait for the lock that this change needs, where two begin with a new file at once.
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while (mode := _try_wal(connection, last=time.monotonic() > deadline)) is None:
        time.sleep(0.01)
    if mode != "wal":
        raise LedgerError(f"{shown}: SQLite cannot keep a write-ahead log there; use a folder on a local disk")


def _try_wal(connection: sqlite3.Connection, *, last: bool) -> str | None:
    """Change to WAL and give the mode then in force; None where another holds the file, which is an error the last time."""
    try:
        return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
    return None
