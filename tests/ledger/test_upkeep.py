"""Schemas move forward: whole or not at all, with every guard, and the same from any revision as made today."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve
from sqlalchemy.exc import DBAPIError

from ledger import log
from ledger.database import open_database, reading
from ledger.errors import LedgerError
from ledger.migrations.versions import v0001_first
from ledger.postgresql.guards import LOCK_KEY, VERSION_TABLE
from ledger.source.read import Batch, Place
from ledger.store.schema import SCHEMA_VERSION
from ledger.upkeep import status, upgrade
from ledger.verify import verify
from tests.support.servers import BACKENDS, VERSIONS, Cluster

REVISIONS = Path(__file__).with_name("revisions")
STEP = """from alembic import op
revision = "{after:04}"
down_revision = "{before:04}"
def upgrade():
    for statement in {statements}:
        op.execute(statement)
"""
BATCH = Batch(lines=[(1, b"one"), (2, b"two")], place=Place(8), read=2, blank=0, oversize=0, last=True)
MARKS = {"sqlite": "PRAGMA user_version = {}", "server": "UPDATE heliolog_version SET version_num = '{:04}'"}
Later = Callable[..., None]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _roles(backend: str, clusters: Callable[[str], Cluster]) -> Iterator[None]:
    """Count no role as missing: they belong to the server, not to a log."""
    with pytest.MonkeyPatch.context() as patch:
        if backend != "sqlite":
            clusters(backend)
            patch.setattr("ledger.postgresql.state.ROLES", ())
        yield


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Return a function that makes this program one of the next version, which brings a schema forward by statements."""
    import ledger.upkeep  # noqa: PLC0415 - to reach what it knows

    def release(*statements: str, text: str = STEP) -> None:
        folder = tmp_path / "100% later"
        folder.mkdir()
        (folder / "later.py").write_text(text.format(before=SCHEMA_VERSION, after=SCHEMA_VERSION + 1, statements=statements))
        monkeypatch.setattr("ledger.upkeep.STEPS", (*ledger.upkeep.STEPS, folder))
        for module in ("upkeep", "store.version", "sqlite.setup", "postgresql.setup"):
            monkeypatch.setattr(f"ledger.{module}.SCHEMA_VERSION", SCHEMA_VERSION + 1)

    return release


@pytest.fixture
def filled(url: str) -> str:
    with open_database(url, write=True) as db:
        list(log.append_telemetry(db, "test", [BATCH]))
    return url


def content(url: str) -> tuple[Any, ...]:
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        assert verify(conn) == []
        return log.head(conn), log.read(conn, -1, 9), status(url).missing


def test_a_log_made_today_needs_no_upgrade_and_gets_none(filled: str) -> None:
    before = content(filled)
    assert upgrade(filled) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert content(filled) == before
    assert before[2] == []


def test_an_upgrade_keeps_events_and_guards(filled: str, later: Later) -> None:
    before = content(filled)
    later("ALTER TABLE delivery ADD COLUMN note TEXT", "CREATE INDEX delivery_by_note ON delivery (note)")
    with (
        pytest.raises(
            LedgerError, match=f"older version .schema {SCHEMA_VERSION}, this one needs {SCHEMA_VERSION + 1}.; run tools/db upgrade"
        ),
        open_database(filled, write=False),
    ):
        pass
    assert upgrade(filled) == (SCHEMA_VERSION, SCHEMA_VERSION + 1)
    assert content(filled) == before
    assert status(filled).version == SCHEMA_VERSION + 1
    with open_database(filled, write=True) as db, reading(db) as conn:
        assert conn.exec_driver_sql("SELECT note FROM delivery").all() == [(None,)]
    assert upgrade(filled) == (SCHEMA_VERSION + 1, SCHEMA_VERSION + 1)


@pytest.mark.parametrize("backend", VERSIONS)
def test_an_upgrade_waits_for_another_that_is_under_way(filled: str, later: Later) -> None:
    later("ALTER TABLE delivery ADD COLUMN note TEXT")
    waits = f"SELECT count(*) FROM pg_locks WHERE relation = '{VERSION_TABLE}'::regclass AND NOT granted".encode()  # noqa: S608
    with ThreadPoolExecutor(1) as pool, psycopg.connect(filled.replace("+psycopg", "")) as other:
        other.execute(f"LOCK TABLE {VERSION_TABLE} IN SHARE ROW EXCLUSIVE MODE".encode())
        running = pool.submit(upgrade, filled)
        while other.execute(waits).fetchone() == (0,):
            assert not running.done()
        other.rollback()
        assert running.result() == (SCHEMA_VERSION, SCHEMA_VERSION + 1)


@pytest.mark.parametrize("backend", VERSIONS)
def test_an_upgrade_does_not_wait_for_a_number_that_anybody_can_lock(filled: str, later: Later) -> None:
    later("ALTER TABLE delivery ADD COLUMN note TEXT")
    with psycopg.connect(filled.replace("+psycopg", "")) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY})".encode())
        assert upgrade(filled) == (SCHEMA_VERSION, SCHEMA_VERSION + 1)


@pytest.mark.parametrize("lost", ["event_log_refuses_delete", "log_head_refuses_decrease"])
def test_an_upgrade_that_loses_a_guard_is_undone(filled: str, backend: str, later: Later, lost: str) -> None:
    before = content(filled)
    of_table = "" if backend == "sqlite" else f" ON {lost.partition('_refuses')[0]}"
    later("ALTER TABLE delivery ADD COLUMN note TEXT", f"DROP TRIGGER {lost}{of_table}")
    with pytest.raises(LedgerError, match=f"{lost} would be missing after the upgrade, which was undone"):
        upgrade(filled)
    assert (content(filled), status(filled).version) == (before, SCHEMA_VERSION)


def test_an_upgrade_that_fails_midway_is_undone(filled: str, later: Later) -> None:
    before = content(filled)
    later("ALTER TABLE delivery ADD COLUMN note TEXT", "ALTER TABLE nothing ADD COLUMN note TEXT")
    with pytest.raises(DBAPIError, match="nothing"):
        upgrade(filled)
    assert (content(filled), status(filled).version) == (before, SCHEMA_VERSION)
    with open_database(filled, write=False, any_version=True) as db, reading(db) as conn:
        assert "note" not in list(conn.exec_driver_sql("SELECT * FROM delivery").keys())


def test_no_step_copies_a_table() -> None:
    steps = Path(v0001_first.__file__).parent
    assert [step.name for step in steps.glob("*.py") if "batch_alter_table" in step.read_text()] == []


def test_a_log_of_a_newer_version_is_not_touched(filled: str, backend: str) -> None:
    newer = SCHEMA_VERSION + 1
    with open_database(filled, write=True) as db, db.engine.begin() as conn:
        conn.exec_driver_sql(MARKS["sqlite" if backend == "sqlite" else "server"].format(newer))
    with pytest.raises(LedgerError, match=f"newer version .schema {newer}, this one knows {SCHEMA_VERSION}.; update this program"):
        upgrade(filled)


def test_there_was_nothing_before_the_first_schema() -> None:
    with pytest.raises(LedgerError, match="no log here to bring forward"):
        v0001_first.upgrade()


def test_status_names_what_is_missing(filled: str, backend: str) -> None:
    with open_database(filled, write=True) as db, db.engine.begin() as conn:
        conn.exec_driver_sql("DROP VIEW event_log_readable")
        conn.exec_driver_sql("DROP INDEX delivery_by_source")
        off = "ALTER TABLE event_log DISABLE TRIGGER event_log_refuses_update"
        conn.exec_driver_sql("DROP TRIGGER event_log_refuses_update" if backend == "sqlite" else off)
    assert status(filled).missing == ["delivery_by_source", "event_log_refuses_update", "event_log_readable"]


def test_status_tells_what_is_there(filled: str, backend: str) -> None:
    found = status(filled)
    assert found.server.startswith("SQLite 3." if backend == "sqlite" else f"PostgreSQL {backend}.")
    assert (found.version, found.version_needed, found.events, found.roles) == (SCHEMA_VERSION, SCHEMA_VERSION, 2, {})
    assert found.bytes is not None
    assert found.bytes > 0


def test_a_status_that_is_whole_passes_and_any_other_says_what_to_do(filled: str) -> None:
    found = status(filled)
    found.require_whole()
    for changed, advice in (
        ({"version": None}, "holds no log yet; make it with tools/db init"),
        ({"version": SCHEMA_VERSION + 1}, "update this program"),
        ({"version": SCHEMA_VERSION - 1}, "run tools/db upgrade"),
        ({"missing": ["a", "b"]}, "a, b missing; run tools/db init for roles, restore the rest from a backup"),
    ):
        with pytest.raises(LedgerError, match=f": {advice}$"):
            evolve(found, **changed).require_whole()


@pytest.mark.parametrize("revision", range(1, SCHEMA_VERSION + 1))
def test_a_log_of_any_revision_brought_forward_is_one_made_today(
    backend: str, clusters: Callable[[str], Cluster], url: str, tmp_path: Path, revision: int
) -> None:
    kind = "sqlite" if backend == "sqlite" else "postgresql"
    script = (REVISIONS / f"{revision:04}_{kind}.sql").read_text()
    if backend == "sqlite":
        old = f"sqlite:///{tmp_path}/old.db"
        raw = sqlite3.connect(tmp_path / "old.db")
        raw.executescript(script)
        raw.close()
    else:
        old = clusters(backend).new_database()
        with psycopg.connect(old.replace("+psycopg", "")) as server:
            server.execute(script.encode())
    upgrade(old)
    with open_database(url, write=True), open_database(old, write=True) as db:
        list(log.append_telemetry(db, "test", [BATCH]))
    assert content(old)[2] == []
    assert shape(old) == shape(url)


SHAPES = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name <> 'heliolog_version' ORDER BY name",
    "postgresql": """
SELECT 'column', table_name, column_name || ' ' || data_type || ' ' || is_nullable || ' ' || ordinal_position
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION ALL SELECT 'index', indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = current_schema()
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid, true) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal ORDER BY 1, 2, 3""",
}


def shape(url: str) -> list[tuple[Any, ...]]:
    with open_database(url, write=False) as db, reading(db) as conn:
        return [tuple(row) for row in conn.exec_driver_sql(SHAPES[conn.dialect.name])]
