"""A disk that fills up at several pages: what was finished stays, and the same command with room completes it. SQLite."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from ledger import Log
from ledger.database import open_database, reading
from ledger.errors import LedgerError
from ledger.verification.run import verify
from tests.support.book import Book
from tests.support.streams import START, curve, telemetry

REGISTRY = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
]
LINES = [payload for _, payload in [*curve("a", 10), *(telemetry("a", START, 100_000.0 + number, 0.0) for number in range(50))]]


def append(book: Book) -> None:
    """Append all lines in one transaction: what comes one by one waits for the disk each time."""
    list(Log(book.database).append_lines("made up", LINES))


COMMANDS: dict[str, Callable[[Book], None]] = {
    "append": append,
    "project": lambda book: book.project(batch=100),
    "rebuild": lambda book: book.rebuild(batch=100),
}


def run(file: Path, act: Callable[[Book], None], pages_max: int | None = None) -> None:
    """Run a command on a database that cannot have more than so many pages."""
    with open_database(f"sqlite:///{file}", write=True) as database:

        def limit(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages_max}")

        if pages_max is not None:
            event.listen(database.engine, "connect", limit)
            database.engine.dispose()
        act(Book(database))


def content(file: Path, command: str) -> object:
    """Return what a command is for: the events, or all rows."""
    with open_database(f"sqlite:///{file}", write=False) as database:
        book = Book(database)
        # What states a delivery holds when it arrived.
        return [(one.kind, one.payload) for one in book.events() if one.line_number] if command == "append" else book.tables()


def pages(file: Path) -> int:
    with sqlite3.connect(file) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


@pytest.mark.invariant("I7", "I14", "I16")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_that_is_full_at_several_pages_leaves_what_the_same_command_completes(command: str, tmp_path: Path) -> None:
    base, file = tmp_path / "base.db", tmp_path / "x.db"
    run(base, lambda book: book.append(REGISTRY))
    if command != "append":
        run(base, append)
    if command == "rebuild":
        run(base, COMMANDS["project"])
    shutil.copy(base, file)
    run(file, COMMANDS[command])
    expected, least, needed = content(file, command), pages(base), pages(file)
    tried = range(least, needed, max((needed - least) // 5, 1))
    assert len(tried) >= 5
    for pages_max in tried:
        shutil.copy(base, file)
        with pytest.raises(LedgerError, match=r"no space left .*free space on the disk, then run again: nothing is half-written"):
            run(file, COMMANDS[command], pages_max)
        with open_database(f"sqlite:///{file}", write=False) as database, reading(database) as connection:
            assert verify(connection) == []
        run(file, COMMANDS[command])
        assert content(file, command) == expected
