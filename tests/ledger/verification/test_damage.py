"""What cannot be read is named, by its positions where it has any, and the rest is checked all the same."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ledger import log
from ledger.database import Database, open_database, reading
from ledger.source.read import Batch, Place
from ledger.verification import pages
from ledger.verification.finding import Finding
from ledger.verification.head import read_head
from ledger.verification.pages import Pages, Stretch
from ledger.verification.run import verify, verify_log
from ledger.verification.stored import UnreadableError, attempt
from tests.ledger.verification.conftest import Alter, path_of
from tests.support.servers import VERSIONS, Cluster, init_log

COUNT = 600
ON_FILE = pytest.mark.parametrize("backend", ["sqlite"])
ON_SERVER = pytest.mark.parametrize("backend", VERSIONS)


def payload(number: int) -> bytes:
    return b'{"event_time":"2025-04-01T06:00:00Z","n":"event number %05d"}' % number


@pytest.fixture
def filled(db: Database, url: str, clock: Callable[[], int]) -> str:
    """Return the URL of a log of 600 events and the one that states their delivery, on disk."""
    lines = [(number, payload(number)) for number in range(COUNT)]
    batch = Batch(lines=lines, place=Place(1), read=COUNT, blank=0, oversize=0, last=True)
    list(log.append_telemetry(db, "test", [batch], clock=clock))
    db.engine.dispose()
    with closing(sqlite3.connect(path_of(url))) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return url


def spoil(url: str, page: int) -> None:
    """Overwrite a page, numbered from 1, with what is none."""
    content = bytearray(path_of(url).read_bytes())
    content[4096 * (page - 1) : 4096 * page] = b"\xaa" * 4096
    path_of(url).write_bytes(content)


def page_of(url: str, wanted: bytes) -> int:
    return path_of(url).read_bytes().index(wanted) // 4096 + 1


def root_page(url: str, name: str) -> int:
    with closing(sqlite3.connect(path_of(url))) as raw:
        return int(raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0])


def findings(db: Database) -> list[Finding]:
    with reading(db) as conn:
        return verify(conn)


@ON_FILE
@pytest.mark.parametrize("page_size", [10_000, 37])
def test_a_page_that_cannot_be_read_is_named_by_its_positions_and_the_rest_is_checked(
    filled: str, db: Database, alter_one: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    monkeypatch.setattr(pages, "_PAGE", page_size)
    alter_one(599)
    spoil(filled, page_of(filled, payload(300)))
    found = findings(db)
    (stretch,) = [one for one in found if "cannot be read" in one.what]
    first, last = stretch.position, int(stretch.what.split("up to ")[1].split()[0])
    assert first is not None
    assert first <= 300 <= last
    assert last - first < 60
    assert stretch.what.endswith("cannot be read: database disk image is malformed")
    assert Finding(599, "the payload is not the one that was hashed") in found
    assert {one.position for one in found if one.position is not None and not first <= one.position <= last} == {599}
    assert any("event_log is damaged" in one.what for one in found)


@pytest.fixture
def alter_one(filled: str, db: Database) -> Callable[[int], None]:
    def change(position: int) -> None:
        with closing(sqlite3.connect(path_of(filled), isolation_level=None)) as raw:
            (text,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'event_log_refuses_update'").fetchone()
            raw.execute("DROP TRIGGER event_log_refuses_update")
            raw.execute("UPDATE event_log SET payload = x'00' WHERE position = ?", (position,))
            raw.execute(text)
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert db.write

    return change


@ON_FILE
def test_a_log_of_which_nothing_can_be_read_is_one_stretch(filled: str, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE", 50)
    spoil(filled, root_page(filled, "event_log"))
    found = [one for one in findings(db) if one.position is not None]
    assert found == [Finding(0, "this and all after it cannot be read: database disk image is malformed")]


@ON_FILE
def test_a_head_that_cannot_be_read_is_told_and_the_events_are_checked(filled: str, db: Database, alter_one: Callable[[int], None]) -> None:
    alter_one(7)
    spoil(filled, root_page(filled, "log_head"))
    with reading(db) as conn:
        found = verify_log(conn)
    assert found.head is None
    assert found.note is None
    assert Finding(None, "log_head cannot be read: database disk image is malformed") in found.findings
    assert Finding(7, "the payload is not the one that was hashed") in found.findings


@ON_FILE
def test_deliveries_that_cannot_be_read_are_told(filled: str, db: Database) -> None:
    spoil(filled, root_page(filled, "delivery"))
    assert Finding(None, "delivery cannot be read: database disk image is malformed") in findings(db)


@ON_FILE
def test_a_range_is_not_halved_without_end(filled: str, db: Database) -> None:
    spoil(filled, page_of(filled, payload(300)))
    with reading(db) as conn:
        parts = list(Pages(conn, frozenset({"position", "payload"}), failures_left=4))
    (stretch,) = [part for part in parts if isinstance(part, Stretch)]
    assert stretch.last is not None
    assert stretch.first <= 300 <= stretch.last
    assert stretch.last - stretch.first > 30


def test_on_a_server_too_what_cannot_be_read_is_named_by_its_positions(server: Cluster, clock: Callable[[], int]) -> None:
    url, copy = server.new_database(), server.new_name()
    init_log(url)
    lines = [(number, payload(number)) for number in range(COUNT)]
    with open_database(url, write=True) as db:
        list(
            log.append_telemetry(db, "test", [Batch(lines=lines, place=Place(1), read=COUNT, blank=0, oversize=0, last=True)], clock=clock)
        )
    with server.admin(url.rpartition("/")[2]) as raw:
        (file,) = raw.execute("SELECT pg_relation_filenode('event_log')").fetchone() or ()
    with server.admin() as raw:
        # The server has nothing of the copy in memory, so it reads what is put into the file here.
        raw.execute(f"CREATE DATABASE {copy} TEMPLATE {url.rpartition('/')[2]} STRATEGY file_copy".encode())
        (place,) = raw.execute("SELECT oid FROM pg_database WHERE datname = %s", (copy,)).fetchone() or ()
    with (server.data / "base" / str(place) / str(file)).open("r+b") as heap:
        heap.seek(8192 * 3)
        heap.write(b"\xaa" * 8192)
    with open_database(server.url(copy), write=False) as db:
        found = findings(db)
        (stretch,) = [one for one in found if one.position is not None]
    assert "invalid page in block 3 of relation" in stretch.what
    assert stretch.position is not None
    assert 10 < int(stretch.what.split("up to ")[1].split()[0]) - stretch.position < 100


@ON_SERVER
def test_what_the_machine_does_is_no_finding(db: Database) -> None:
    with reading(db) as conn:
        conn.exec_driver_sql("SET LOCAL statement_timeout = 1")
        with pytest.raises(OperationalError, match="statement timeout"):
            attempt(conn, lambda: conn.exec_driver_sql("SELECT pg_sleep(9)").all())


@ON_SERVER
def test_a_log_whose_bytes_cannot_be_counted_is_read_as_far_as_it_goes(db: Database) -> None:
    with reading(db) as conn:
        conn.exec_driver_sql("SET LOCAL search_path = ''")
        assert list(Pages(conn, frozenset({"position"}))) == [Stretch(0, None, 'relation "event_log" does not exist')]
        assert Pages(conn, frozenset({"position"})).below_zero() == []


@ON_FILE
def test_a_message_that_is_no_text_itself_is_told_so(db: Database) -> None:
    def read(conn: Connection) -> None:
        assert conn
        b"\xff".decode()

    with reading(db) as conn, pytest.raises(UnreadableError, match="is no text itself"):
        attempt(conn, lambda: read(conn))


@ON_FILE
def test_rows_whose_positions_are_none_or_there_twice_are_told(db: Database, alter: Alter) -> None:
    columns = "position, event_time, event_hash, kind, payload, recorded_at, delivery_id, line_number, leaf_hash"
    alter(
        "ALTER TABLE event_log RENAME TO other",
        f"CREATE TABLE event_log AS SELECT {columns} FROM other",  # noqa: S608 - made of constants
        f"INSERT INTO event_log SELECT {columns} FROM other WHERE position = 5",  # noqa: S608 - made of constants
        f"INSERT INTO event_log SELECT {columns.replace('position', 'char(120)')} FROM other WHERE position = 5",  # noqa: S608 - made of constants
    )
    found = findings(db)
    assert Finding(5, "the position is there a second time, or out of order") in found
    assert Finding(None, "position holds text, not an integer") in found
    alter("DELETE FROM event_log WHERE typeof(position) = 'integer'")
    assert Finding(None, "the log has 0 positions, its head says 8") in findings(db)


@ON_FILE
def test_a_head_with_a_row_of_another_id_is_read_from_the_one_it_should_have(db: Database, alter: Alter) -> None:
    alter("INSERT INTO log_head VALUES (0, 0, zeroblob(32), x'', 0, 0)")
    with reading(db) as conn:
        assert read_head(conn).columns["size"] == 8


@ON_FILE
def test_a_schema_that_cannot_be_read_is_told(db: Database, alter: Alter) -> None:
    with reading(db):
        alter("UPDATE sqlite_master SET sql = 'CREATE nonsense' WHERE name = 'delivery_by_source'")
    found = [one.what for one in findings(db)]
    assert any(what.startswith("the schema cannot be read: malformed database schema (delivery_by_source)") for what in found)
    assert any(what.startswith("event_log cannot be read: malformed database schema") for what in found)
