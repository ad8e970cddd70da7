import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from ledger.database import Database, open_database, reading, writing
from ledger.errors import LedgerError, UsageError
from ledger.log import head
from ledger.sqlite.guards import TRIGGERS, VIEWS
from ledger.store.schema import SCHEMA_VERSION


def raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def open_and_close(url: str, *, write: bool, busy_timeout_ms: int = 30_000) -> None:
    with open_database(url, write=write, busy_timeout_ms=busy_timeout_ms):
        pass


def test_opening_to_write_makes_folder_tables_triggers_and_views(url: str) -> None:
    open_and_close(url, write=True)
    open_and_close(url, write=True)
    names = {name for (name,) in raw(path_of(url)).execute("SELECT name FROM sqlite_master")}
    assert {"event_log", "log_head", "delivery", *TRIGGERS, *VIEWS} <= names


def test_commits_are_durable_and_readers_do_not_wait(db: Database) -> None:
    with writing(db) as conn:
        pragmas = {name: conn.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_reader_sees_one_state_while_a_writer_commits(url: str, db: Database) -> None:
    with open_database(url, write=False) as other, reading(other) as seen:
        before = seen.execute(text("SELECT recorded_at FROM log_head")).scalar()
        with writing(db) as conn:
            conn.execute(text("UPDATE log_head SET recorded_at = 7"))
        assert seen.execute(text("SELECT recorded_at FROM log_head")).scalar() == before
    with reading(db) as after:
        assert after.execute(text("SELECT recorded_at FROM log_head")).scalar() == 7


def test_an_exception_in_a_transaction_undoes_it(db: Database) -> None:
    def fail() -> None:
        with writing(db) as conn:
            conn.execute(text("UPDATE log_head SET recorded_at = 7"))
            conn.execute(text("DELETE FROM log_head"))

    with pytest.raises(IntegrityError):
        fail()
    with reading(db) as after:
        assert after.execute(text("SELECT recorded_at FROM log_head")).scalar() == 0


def test_a_database_opened_to_read_cannot_be_written(url: str, db: Database) -> None:
    assert db.write
    with open_database(url, write=False) as other:
        with pytest.raises(UsageError, match="to read only"), writing(other):
            pass
        with pytest.raises(LedgerError, match="cannot be written"), reading(other) as conn:
            conn.execute(text("DELETE FROM log_head"))


@pytest.mark.parametrize(
    "url",
    [
        "var/data.db",
        "mysql://me:secret@host/db",
        "postgresql+pg8000://me:secret@host/db",
        "postgresql://me:secret@host",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_what_is_no_database_of_ours_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_and_close(url, write=True)
    assert "secret" not in str(caught.value)


def test_reading_what_is_not_there_makes_nothing(url: str) -> None:
    with pytest.raises(LedgerError, match="no such file"):
        open_and_close(url, write=False)
    assert not path_of(url).parent.exists()


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="not a file"):
        open_and_close(f"sqlite:///{tmp_path}", write=True)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerError, match="cannot make its folder"):
        open_and_close(f"sqlite:///{tmp_path}/file/data.db", write=True)


def test_a_path_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        open_and_close(f"sqlite:///{tmp_path}/{'x' * 300}/data.db", write=True)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "data.db").write_bytes(b"plant_id,name\n" * 20)
    with pytest.raises(LedgerError, match="not a database"):
        open_and_close(f"sqlite:///{tmp_path}/data.db", write=True)


def test_an_empty_file_holds_no_log_until_one_is_written(tmp_path: Path) -> None:
    (tmp_path / "data.db").write_bytes(b"")
    with pytest.raises(LedgerError, match="holds no log yet"):
        open_and_close(f"sqlite:///{tmp_path}/data.db", write=False)
    open_and_close(f"sqlite:///{tmp_path}/data.db", write=True)
    open_and_close(f"sqlite:///{tmp_path}/data.db", write=False)


@pytest.mark.parametrize("statement", ["CREATE TABLE theirs (x)", "PRAGMA application_id = 1"])
def test_another_programs_database_is_left_alone(tmp_path: Path, statement: str) -> None:
    other = raw(tmp_path / "data.db")
    other.execute(statement)
    other.close()
    before = (tmp_path / "data.db").read_bytes()
    with pytest.raises(LedgerError, match="another program"):
        open_and_close(f"sqlite:///{tmp_path}/data.db", write=True)
    assert (tmp_path / "data.db").read_bytes() == before


def test_a_newer_version_is_refused(url: str) -> None:
    open_and_close(url, write=True)
    raw(path_of(url)).execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(LedgerError, match="newer version"):
        open_and_close(url, write=False)


def test_a_file_cut_off_is_told(url: str) -> None:
    open_and_close(url, write=True)
    content = path_of(url).read_bytes()
    path_of(url).write_bytes(content[: len(content) // 2])
    with pytest.raises(LedgerError, match="damaged or cut off"):
        open_and_close(url, write=True)


def test_a_file_damaged_inside_is_told(url: str) -> None:
    open_and_close(url, write=True)
    content = path_of(url).read_bytes()
    path_of(url).write_bytes(content[:100] + b"\xaa" * (len(content) - 100))
    with pytest.raises(LedgerError, match="damaged"):
        open_and_close(url, write=False)


def test_a_locked_database_is_told_after_the_time_to_wait(url: str) -> None:
    open_and_close(url, write=True)
    other = raw(path_of(url))
    other.execute("BEGIN IMMEDIATE")
    with (
        open_database(url, write=True, busy_timeout_ms=1) as db,
        pytest.raises(LedgerError, match="locked by another program"),
        writing(db),
    ):
        pass


def test_a_log_made_by_another_in_the_same_moment_is_taken_as_it_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_and_close(url, write=True)
    answers = iter([False, True])
    monkeypatch.setattr("ledger.sqlite.open.check_owner", lambda *_, **__: next(answers))
    open_and_close(url, write=True)
    assert list(answers) == []


def test_a_change_to_wal_that_another_prevents_is_tried_again_and_then_told(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    open_and_close(f"sqlite:///{path}", write=True)
    other = raw(path)
    assert other.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    other.execute("BEGIN")
    other.execute("SELECT * FROM log_head").fetchall()
    with pytest.raises(LedgerError, match="locked by another program"):
        open_and_close(f"sqlite:///{path}", write=True, busy_timeout_ms=30)
    other.execute("COMMIT")
    open_and_close(f"sqlite:///{path}", write=True)


def test_a_place_without_wal_is_told(url: str) -> None:
    import ledger.sqlite.open  # noqa: PLC0415 - to reach what is private

    class Refusing:
        def execute(self, _: str) -> "Refusing":
            return self

        def fetchone(self) -> tuple[str]:
            return ("delete",)

    with pytest.raises(LedgerError, match="cannot keep a write-ahead log"):
        ledger.sqlite.open._use_wal(Refusing(), url, 10)  # type: ignore[arg-type]  # noqa: SLF001


def test_a_database_locked_whole_cannot_be_read_either(url: str) -> None:
    open_and_close(url, write=True)
    other = raw(path_of(url))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("UPDATE log_head SET recorded_at = 7")
    with pytest.raises(LedgerError, match="locked by another program"):
        open_and_close(url, write=False, busy_timeout_ms=1)


def test_our_own_mistakes_are_not_dressed_as_failures_of_the_machine(db: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"), reading(db) as conn:
        conn.execute(text("SELECT * FROM missing"))
    with pytest.raises(ZeroDivisionError), reading(db):
        raise ZeroDivisionError


@contextmanager
def somebody() -> Iterator[None]:
    """Permission bits do not bind root: be nobody for a while, if need be."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def read_as_somebody(url: str) -> int:
    with somebody(), open_database(url, write=False) as db, reading(db) as conn:
        return head(conn).recorded_at


@pytest.fixture
def read_only_folder(url: str) -> Iterator[Path]:
    open_and_close(url, write=True)
    folder = path_of(url).parent
    for parent in folder.parents[:4]:
        parent.chmod(stat.S_IMODE(parent.stat().st_mode) | 0o055)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_a_log_in_a_read_only_folder_is_read(url: str, read_only_folder: Path) -> None:
    assert read_as_somebody(url) == 0
    assert [file.name for file in read_only_folder.iterdir()] == ["data.db"]


def test_a_log_in_a_read_only_folder_is_not_written(url: str, read_only_folder: Path) -> None:
    with (
        pytest.raises(LedgerError, match=r"cannot be (written|opened)"),
        somebody(),
        open_database(url, write=True) as db,
        writing(db) as conn,
    ):
        conn.execute(text("UPDATE log_head SET recorded_at = 7"))
    assert read_only_folder.exists()


def test_a_log_in_a_read_only_folder_is_refused_where_newer_events_would_be_missed(url: str, read_only_folder: Path) -> None:
    wal = path_of(url).with_name("data.db-wal")
    wal.write_bytes(bytes(32))
    wal.chmod(0o644)
    with pytest.raises(LedgerError, match=r"data\.db-wal holds events that cannot be read in a read-only folder"):
        read_as_somebody(url)
    assert read_only_folder.exists()


def test_a_log_that_may_not_be_read_is_told(url: str, read_only_folder: Path) -> None:
    path_of(url).chmod(0)
    with pytest.raises(LedgerError, match=r"cannot be read .Permission denied"):
        read_as_somebody(url)
    assert read_only_folder.exists()


def test_a_url_that_cannot_be_taken_apart_keeps_its_password_to_itself() -> None:
    with (
        pytest.raises(UsageError, match=r"not a database URL: postgresql://\*\*\*@host:port/x\?password=hidden&a=b; write"),
        open_database("postgresql://user:secret@host:port/x?password=secret&a=b", write=False),
    ):
        pass


@pytest.mark.parametrize(
    "url",
    ["postgresql://u\udcff@h/x", "postgresql://h/x\udcff", "sqlite:///x?a=\udcff", "sqlite+\udcff:///x", "\udcff", "sqlite://\udcff/x"],
)
def test_only_the_path_of_a_file_may_hold_bytes_that_are_not_utf_8(url: str) -> None:
    with pytest.raises(UsageError, match="not a database URL"), open_database(url, write=False):
        pass


def test_a_file_whose_name_is_not_utf_8_is_opened_and_shown(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/a\udcff.db", write=True) as db:
        assert db.url == f"sqlite:///{tmp_path}/a\\xff.db"
    assert (tmp_path / "a\udcff.db").exists()


@pytest.mark.parametrize("write", [True, False])
def test_a_file_whose_schema_is_no_text_is_told(url: str, *, write: bool) -> None:
    open_and_close(url, write=True)
    content = path_of(url).read_bytes()
    path_of(url).write_bytes(content.replace(b"CREATE TRIGGER event_log_refuses_update", b"CREATE \xffRIGGER event_log_refuses_update"))
    with pytest.raises(LedgerError, match=r"damaged or cut off .its schema is no text.; restore it from a backup"):
        open_and_close(url, write=write)
