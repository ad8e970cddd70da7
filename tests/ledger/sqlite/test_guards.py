import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import log
from ledger.database import Database, reading
from ledger.format.event import oversize_stub
from ledger.format.instant import iso
from ledger.source.read import Batch, Place

OLD = b'{"event_time":"2025-04-01T06:00:00Z"}'
NEW = b'{"event_time":"2025-04-01T07:00:00Z"}'
COLUMNS = "position, event_time, event_hash, kind, payload, recorded_at, delivery_id, line_number, leaf_hash"


def append(db: Database, clock: Callable[[], int], *payloads: bytes) -> None:
    batch = Batch(lines=list(enumerate(payloads, 1)), place=Place(1), read=len(payloads), blank=0, oversize=0, last=True)
    list(log.append_telemetry(db, "test", [batch], clock=clock))


@pytest.fixture
def raw(db: Database, clock: Callable[[], int], url: str) -> sqlite3.Connection:
    append(db, clock, OLD, NEW)
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)


def values(position: str = "9", event_time: str = "1", key: str = "zeroblob(32)") -> str:
    return f"({position}, {event_time}, {key}, 'telemetry', x'00', 0, 1, 1, zeroblob(32))"


def insert(how: str, row: str) -> str:
    return f"{how} INTO event_log ({COLUMNS}) VALUES {row}"


KEY = "(SELECT event_hash FROM event_log WHERE position = {})"
TIME = "(SELECT event_time FROM event_log WHERE position = {})"


@pytest.mark.invariant("I1")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_log SET payload = x'00' WHERE position = 0",
        "UPDATE OR REPLACE event_log SET position = 0 WHERE position = 1",
        "DELETE FROM event_log WHERE position = 1",
        "DELETE FROM event_log",
        insert("INSERT OR REPLACE", values("0")),
        insert("INSERT OR REPLACE", values("1", "9000000000000000")),
        insert("INSERT OR REPLACE", values("NULL")),
        insert("REPLACE", values(event_time=TIME.format(0), key=KEY.format(0))),
        insert("REPLACE", values(event_time=TIME.format(1), key=KEY.format(1))),
        insert("INSERT OR IGNORE", values("0")),
        insert("INSERT", values("0")) + " ON CONFLICT DO UPDATE SET payload = x'00'",
        insert("INSERT", values("0")) + " ON CONFLICT DO NOTHING",
        insert("INSERT", values(key="x" + repr("00"))),
        insert("INSERT", values("-1")),
        "DELETE FROM log_head",
        "INSERT OR REPLACE INTO log_head VALUES (1, 0, zeroblob(32), x'', 0, 0)",
        "INSERT INTO log_head VALUES (2, 0, zeroblob(32), x'', 0, 0)",
        "UPDATE log_head SET size = size - 1",
        "UPDATE log_head SET recorded_at = recorded_at - 1",
        "UPDATE log_head SET event_time_max = event_time_max - 1",
        "UPDATE log_head SET id = 2",
        "DELETE FROM delivery",
        "INSERT OR REPLACE INTO delivery SELECT * FROM delivery",
        "UPDATE delivery SET source = 'other'",
        "UPDATE delivery SET lines = lines + 1",
    ],
)
def test_the_database_itself_refuses(raw: sqlite3.Connection, statement: str) -> None:
    before = [list(raw.execute(f"SELECT * FROM {table}")) for table in ("event_log", "log_head", "delivery")]  # noqa: S608
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    assert [list(raw.execute(f"SELECT * FROM {table}")) for table in ("event_log", "log_head", "delivery")] == before  # noqa: S608


def test_an_event_of_a_delivery_that_is_not_there_is_refused_on_our_connections(db: Database, raw: sqlite3.Connection) -> None:
    raw.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        raw.execute(insert("INSERT", values("3").replace("0, 1, 1", "0, 8, 1")))
    assert db.write


def test_statements_are_found_without_reading_the_log(db: Database) -> None:
    with reading(db) as conn:
        plan = conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM event_log WHERE kind <> 'telemetry' AND kind <> 'delivery' AND position < 7 ORDER BY position"
        ).all()
    assert any("event_log_statements" in str(step) for step in plan)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (NEW + b" ", NEW.decode() + " "),
        ("Güstrow °C \U0001f31e".encode(), "Güstrow °C \U0001f31e"),
        (b"25\xb0C", "hex:3235b043"),
        (b"\xc3(", "hex:c328"),
        (b"\xed\xa0\x80", "hex:eda080"),
        (b"a\x00b", "hex:610062"),
        (oversize_stub(5, bytes(32)), "oversize_line 5 " + "00" * 32),
        ("é".encode() * 2100, "hex:" + "c3a9" * 2100),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_the_readable_view_shows_text_as_text_and_other_bytes_in_hex(
    db: Database, clock: Callable[[], int], url: str, payload: bytes, shown: str
) -> None:
    append(db, clock, payload)
    raw = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert raw.execute("SELECT payload FROM event_log_readable WHERE position = 0").fetchall() == [(shown,)]


def test_the_readable_view_shows_keys_in_hex_and_times_in_iso(db: Database, raw: sqlite3.Connection) -> None:
    append(db, lambda: 1_795_521_600_000_001, b"broken")
    raw.row_factory = sqlite3.Row
    first, _, state, broken, _ = map(dict, raw.execute("SELECT * FROM event_log_readable ORDER BY position"))
    with reading(db) as conn:
        recorded = log.read(conn, -1, 1)[0]
    assert first == {
        "position": 0,
        "kind": "telemetry",
        "event_time": "2025-04-01T06:00:00+00:00",
        "key": recorded.event_hash.hex(),
        "payload": OLD.decode(),
        "recorded_at": "2026-11-24T12:00:00+00:00",
        "delivery_id": 1,
        "source": "test",
        "line_number": 1,
        "leaf": recorded.leaf_hash.hex(),
    }
    assert (state["kind"], state["source"], state["line_number"]) == ("delivery", "test", 0)
    assert state["payload"].startswith('{"heliolog_delivery":1,"delivery_id":1,"source":"test","kind":"telemetry",')
    assert (broken["event_time"], broken["recorded_at"]) == (None, "2026-11-24T12:00:00.000001+00:00")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_the_view_writes_instants_as_we_do(instant: int) -> None:
    from ledger.sqlite.guards import _iso  # noqa: PLC0415 - the expression, apart from its view

    (shown,) = sqlite3.connect(":memory:").execute(f"SELECT {_iso('t')} FROM (SELECT ? AS t)", (instant,)).fetchone()  # noqa: S608
    assert shown == iso(instant)


def test_the_schema_in_the_file_is_the_one_that_was_promised(raw: sqlite3.Connection) -> None:
    golden = Path(__file__).with_name("schema_golden.sql")
    found = "\n".join(
        f"{sql};" for (sql,) in raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name") if "GLOB" not in sql
    )
    assert [line.rstrip() for line in found.splitlines()] == golden.read_text().splitlines()
