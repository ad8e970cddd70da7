"""Turns on a file: a lock on a small file beside it, which the system frees when its holder ends, however that ends. SQLite."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

from ledger.database import Database
from ledger.errors import LedgerError
from projections.sql.patience import Patience

_LOOK_AGAIN_S = 0.2


@contextmanager
def only_process(database: Database, what: str, patience: Patience) -> Iterator[None]:
    """Hold the lock of runs on a database file, `NAME-project` beside it; the file stays, empty.

    SQLite's own lock is held for one transaction alone, and a run has many: a second run would apply the same events, or drop the tables
    that a rebuild is making. LedgerError if another run keeps the lock for longer than patience, or the file cannot be made.
    """
    path = Path(f"{make_url(database.address).database}-project")
    try:
        file = path.open("a+", encoding="utf-8", errors="replace")
    except OSError as error:
        raise LedgerError(f"{path}: cannot be made ({error.strerror}); check the permissions of its folder") from error
    with file:
        _take(file, patience)
        file.truncate(0)
        file.write(f"{what}, process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _take(file: IO[str], patience: Patience) -> None:
    deadline, told = time.monotonic() + patience.seconds, False
    while not _is_taken(file):
        who = _holder(file)
        if time.monotonic() >= deadline:
            raise LedgerError(f"another run is at work: {who}; nothing was begun: wait until it has finished, or end it, then run again")
        if not told:
            patience.tell(who)
            told = True
        time.sleep(_LOOK_AGAIN_S)


def _is_taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    """Name who holds the lock, as it wrote; it may be just about to."""
    file.seek(0)
    return file.read() or "a run that has just begun"
