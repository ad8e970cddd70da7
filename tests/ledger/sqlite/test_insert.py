"""Large batches set the guard against REPLACE aside: nobody else may ever notice."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import log
from ledger.database import Database, reading, writing
from ledger.errors import LedgerError
from ledger.source.read import Batch, Place
from ledger.verification.run import verify
from tests.support.logged import payloads_of

ROOT = Path(__file__).resolve().parents[3]
Clock = Callable[[], int]
STOP = """
import sys, os, signal
from ledger.database import open_database, writing
from ledger.format.batch import telemetry_events
from ledger.sqlite import insert as sqlite_inserting
with open_database(sys.argv[1], write=True) as db, writing(db) as conn:
    conn.exec_driver_sql("PRAGMA cache_size = 10")  # pages reach the file before the end
    events = telemetry_events([(n, b"new %d" % n) for n in range(1, 5000)])
    sqlite_inserting.insert_events(conn, events, events.event_hashes, first=2, recorded_at=0, delivery_id=1)
    conn.exec_driver_sql("DROP TRIGGER event_log_refuses_replace")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def lines(count: int, name: str = "line") -> list[bytes]:
    return [b'{"event_time":"2025-04-01T%02d:%02d:00Z","n":"%s %d"}' % (n // 60 % 24, n % 60, name.encode(), n) for n in range(count)]


def append(db: Database, clock: Clock, payloads: list[bytes]) -> log.AppendResult:
    batch = Batch(lines=list(enumerate(payloads, 1)), place=Place(1), read=len(payloads), blank=0, oversize=0, last=True)
    (outcome,) = log.append_telemetry(db, "test", [batch], clock=clock)
    return outcome


@pytest.fixture
def other(db: Database, url: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)) as connection:
        assert db.write
        yield connection


def schema(connection: sqlite3.Connection) -> set[str]:
    return {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}


def replace(connection: sqlite3.Connection, position: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO event_log SELECT ?, event_time, event_hash, kind, x'00', recorded_at, delivery_id, line_number, leaf_hash"
        " FROM event_log WHERE position = 0",
        (position,),
    )


@pytest.mark.parametrize("count", [1, 99, 100, 999, 1000, 1001, 1099, 2500])
def test_a_batch_of_any_size_is_recorded_whole_and_in_order(db: Database, clock: Clock, count: int) -> None:
    assert append(db, clock, lines(count)).appended == count
    assert append(db, clock, lines(count, "more") + lines(count)).appended == count
    with reading(db) as conn:
        assert verify(conn) == []
        assert payloads_of(log.read_rows(conn, -1, 9999)) == lines(count) + lines(count, "more")


@pytest.mark.parametrize("count", [10, 2500])
def test_a_connection_opened_before_a_batch_is_refused_replacing_after_it(
    db: Database, clock: Clock, other: sqlite3.Connection, count: int
) -> None:
    before = schema(other)
    append(db, clock, lines(count))
    for position in (0, count, count + 9):
        with pytest.raises(sqlite3.IntegrityError, match="position or key taken"):
            replace(other, position)
    assert schema(other) == before


def test_while_the_guard_is_aside_nobody_else_can_write_and_readers_see_it(db: Database, clock: Clock, other: sqlite3.Connection) -> None:
    append(db, clock, lines(1))
    before, seen = schema(other), list[str]()

    def look(payload: bytes) -> bool:
        # Called for a row in the midst of the statement: the trigger is dropped in that transaction, and there alone.
        assert schema(other) == before
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            replace(other, 9)
        seen.append(payload.decode())
        return True

    with writing(db) as conn:
        conn.connection.driver_connection.create_function("look", 1, look)  # type: ignore[union-attr]
        conn.exec_driver_sql(
            "CREATE TEMP TRIGGER watch AFTER INSERT ON event_log WHEN NEW.line_number = 1500 BEGIN SELECT look(NEW.payload); END"
        )
    append(db, clock, lines(2000, "more"))
    assert len(seen) == 1
    assert schema(other) == before


def test_a_batch_that_fails_leaves_the_guard_where_it_was(db: Database, clock: Clock, other: sqlite3.Connection) -> None:
    append(db, clock, lines(1))
    before = schema(other)
    other.execute("INSERT INTO event_log VALUES (1500, 5, zeroblob(32), 'telemetry', x'00', 0, 1, 1, zeroblob(32))")
    with pytest.raises(LedgerError, match="run tools/audit verify"):
        append(db, clock, lines(2500, "more"))
    assert schema(other) == before
    assert other.execute("SELECT count(*) FROM event_log").fetchone() == (3,)
    with pytest.raises(sqlite3.IntegrityError, match="position or key taken"):
        replace(other, 0)


def test_a_process_killed_without_the_guard_leaves_the_guard(db: Database, url: str, clock: Clock, other: sqlite3.Connection) -> None:
    append(db, clock, lines(1))
    before = schema(other)
    killed = subprocess.run([sys.executable, "-c", STOP, url], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert schema(other) == before
    assert other.execute("SELECT count(*) FROM event_log").fetchone() == (2,)
    with pytest.raises(sqlite3.IntegrityError, match="position or key taken"):
        replace(other, 0)


def test_a_file_whose_guard_somebody_removed_is_appended_to_all_the_same(db: Database, clock: Clock, other: sqlite3.Connection) -> None:
    other.execute("DROP TRIGGER event_log_refuses_replace")
    assert append(db, clock, lines(2500)).appended == 2500
