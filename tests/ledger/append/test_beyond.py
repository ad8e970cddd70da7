"""A row beyond the head, which only a hand can have put there, stops every append with one line."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from ledger import log
from ledger.database import Database, reading
from ledger.errors import LedgerError
from ledger.source.read import Batch, Place
from tests.support.servers import BACKENDS, dialect

BATCH = Batch(lines=[(1, b"one"), (2, b"two")], place=Place(8), read=2, blank=0, oversize=0, last=True)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def forge(url: str, backend: str, statement: str) -> None:
    if backend == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute(statement)
        return
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute(dialect(backend, statement).encode())


@pytest.mark.parametrize("ahead", [0, 1, 1_000_000])
def test_an_append_that_meets_a_row_beyond_the_head_says_where_and_what_to_do(db: Database, url: str, backend: str, ahead: int) -> None:
    list(log.append_telemetry(db, "before", [BATCH]))
    with reading(db) as conn:
        before = log.head(conn)
    position = before.size + ahead
    row = f"{position}, 0, zeroblob(32), 'telemetry', x'00', {before.recorded_at}, 1, 1, zeroblob(32)"
    forge(url, backend, f"INSERT INTO event_log VALUES ({row})")  # noqa: S608 - made of constants
    said = f"position {position} lies beyond the head of the log, which says {before.size} events; .* run tools/audit verify, then"
    for lines in ([(1, b"three")], BATCH.lines):
        batch = Batch(lines=lines, place=Place(5), read=len(lines), blank=0, oversize=0, last=True)
        with pytest.raises(LedgerError, match=said):
            list(log.append_telemetry(db, "after", [batch]))
    with reading(db) as conn:
        assert log.head(conn) == before


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_row_that_comes_between_the_lock_and_the_end_is_named_too(
    db: Database, url: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = db.backend.add
    row = "7, 0, zeroblob(32), 'telemetry', x'00', 0, 1, 1, zeroblob(32)"

    def late(conn: object, addition: object) -> None:
        forge(url, backend, f"INSERT INTO event_log VALUES ({row})")  # noqa: S608 - made of constants
        add(conn, addition)  # type: ignore[arg-type]

    monkeypatch.setattr("ledger.postgresql.backend.add", late)
    with pytest.raises(LedgerError, match=r"does not take position 0 \(position 7 lies beyond the head of the log\); it was changed"):
        list(log.append_telemetry(db, "test", [BATCH]))
