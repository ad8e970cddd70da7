"""Schemas move forward: whole or not at all, with every guard, and the same from any revision as made today."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve
from sqlalchemy.exc import OperationalError

from ledger import log
from ledger.database import open_database, reading
from ledger.errors import LedgerError
from ledger.format.event import event_hash, leaf_hash
from ledger.migrations.versions import v0001_first
from ledger.postgresql import compare as postgresql_compare
from ledger.postgresql.guards import LOCK_KEY, VERSION_TABLE
from ledger.proof.frontier import Frontier
from ledger.source.read import Batch, Place
from ledger.sqlite import compare as sqlite_compare
from ledger.sqlite.guards import TRIGGERS
from ledger.store.schema import SCHEMA_VERSION
from ledger.upkeep import status, upgrade
from ledger.verification.run import verify
from tests.support.logged import lines_of
from tests.support.servers import BACKENDS, VERSIONS, Cluster, dialect

NOTE = "ALTER TABLE delivery ADD COLUMN note TEXT"
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
    """Return a function that makes this program one of the next version, which brings a schema forward by statements.

    `meant`: those that the schema of that version then has beside today's.
    """
    import ledger.upkeep  # noqa: PLC0415 - to reach what it knows

    def release(*statements: str, meant: Sequence[str] = (), text: str = STEP) -> None:
        folder = tmp_path / "100% later"
        folder.mkdir()
        (folder / "later.py").write_text(text.format(before=SCHEMA_VERSION, after=SCHEMA_VERSION + 1, statements=statements))
        monkeypatch.setattr("ledger.upkeep.STEPS", (*ledger.upkeep.STEPS, folder))
        for kind in (sqlite_compare, postgresql_compare):
            monkeypatch.setattr(kind, "ddl", partial(_with, kind.ddl, list(meant)))
        for module in ("upkeep", "store.version", "sqlite.setup", "postgresql.setup"):
            monkeypatch.setattr(f"ledger.{module}.SCHEMA_VERSION", SCHEMA_VERSION + 1)

    return release


def _with(ddl: Callable[[], list[str]], more: list[str]) -> list[str]:
    return [*ddl(), *more]


@pytest.fixture
def filled(url: str) -> str:
    with open_database(url, write=True) as db:
        list(log.append_telemetry(db, "test", [BATCH]))
    return url


def content(url: str) -> tuple[Any, ...]:
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        assert verify(conn) == []
        return log.head(conn), log.read(conn, -1, 9), status(url).differences


def test_a_log_made_today_needs_no_upgrade_and_gets_none(filled: str) -> None:
    before = content(filled)
    assert upgrade(filled) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert content(filled) == before
    assert before[2] == []


def test_an_upgrade_keeps_events_and_guards(filled: str, later: Later) -> None:
    before = content(filled)
    statements = NOTE, "CREATE INDEX delivery_by_note ON delivery (note)"
    later(*statements, meant=statements)
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
    later(NOTE, meant=[NOTE])
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
    later(NOTE, meant=[NOTE])
    with psycopg.connect(filled.replace("+psycopg", "")) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY})".encode())
        assert upgrade(filled) == (SCHEMA_VERSION, SCHEMA_VERSION + 1)


@pytest.mark.parametrize("lost", ["event_log_refuses_delete", "log_head_refuses_decrease"])
def test_an_upgrade_that_loses_a_guard_is_undone(filled: str, backend: str, later: Later, lost: str) -> None:
    before = content(filled)
    table = lost.partition("_refuses")[0]
    of_table = "" if backend == "sqlite" else f" ON {table}"
    later(NOTE, f"DROP TRIGGER {lost}{of_table}")
    with pytest.raises(
        LedgerError,
        match=f"the upgrade was undone, since after it trigger {lost} of {table} is missing; column note of delivery is",
    ):
        upgrade(filled)
    assert (content(filled), status(filled).version) == (before, SCHEMA_VERSION)


def test_an_upgrade_that_fails_midway_is_undone(filled: str, later: Later) -> None:
    before = content(filled)
    later(NOTE, "ALTER TABLE nothing ADD COLUMN note TEXT")
    with pytest.raises(LedgerError, match=r"damaged, and not upgraded .*nothing"):
        upgrade(filled)
    assert (content(filled), status(filled).version) == (before, SCHEMA_VERSION)
    with open_database(filled, write=False, any_version=True) as db, reading(db) as conn:
        assert "note" not in list(conn.exec_driver_sql("SELECT * FROM delivery").keys())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_machine_that_fails_during_an_upgrade_is_no_damage(filled: str, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    later(NOTE, meant=[NOTE])
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def failing(*_: object) -> None:
        raise OperationalError("UPDATE", None, busy)

    monkeypatch.setattr("ledger.upkeep._run_steps", failing)
    with pytest.raises(LedgerError, match="locked by another program"):
        upgrade(filled)


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


def test_status_names_what_differs(filled: str, backend: str) -> None:
    with open_database(filled, write=True) as db, db.engine.begin() as conn:
        conn.exec_driver_sql("DROP VIEW event_log_readable")
        conn.exec_driver_sql("DROP INDEX delivery_by_source")
        off = "ALTER TABLE event_log DISABLE TRIGGER event_log_refuses_update"
        conn.exec_driver_sql("DROP TRIGGER event_log_refuses_update" if backend == "sqlite" else off)
    found = status(filled)
    assert (found.missing, found.only_names) == ([], None)
    assert sorted(found.differences) == [
        "index delivery_by_source of delivery is missing",
        f"trigger event_log_refuses_update of event_log is {'missing' if backend == 'sqlite' else 'switched off'}",
        "view event_log_readable is missing",
    ]


def test_status_tells_of_a_log_without_head_or_events_what_it_can(filled: str, backend: str) -> None:
    with open_database(filled, write=True) as db, db.engine.begin() as conn:
        for table in ("log_head", "event_log"):
            conn.exec_driver_sql(f"DROP TABLE {table} {'' if backend == 'sqlite' else 'CASCADE'}")
    found = status(filled)
    assert {"table log_head is missing", "table event_log is missing"} <= set(found.differences)
    assert found.events is None
    assert (found.bytes is None) == (backend != "sqlite")


def test_a_schema_of_another_version_is_not_compared(filled: str, backend: str) -> None:
    with open_database(filled, write=True) as db, db.engine.begin() as conn:
        conn.exec_driver_sql(MARKS["sqlite" if backend == "sqlite" else "server"].format(SCHEMA_VERSION - 1))
        conn.exec_driver_sql("DROP VIEW event_log_readable")
    assert status(filled).differences == []


def test_status_tells_what_is_there(filled: str, backend: str) -> None:
    found = status(filled)
    assert found.server.startswith("SQLite 3." if backend == "sqlite" else f"PostgreSQL {backend}.")
    assert (found.version, found.version_needed, found.events, found.roles) == (SCHEMA_VERSION, SCHEMA_VERSION, 3, {})
    assert found.bytes is not None
    assert found.bytes > 0


def test_a_status_that_is_whole_passes_and_any_other_says_what_to_do(filled: str) -> None:
    found = status(filled)
    found.require_whole()
    for changed, advice in (
        ({"version": None}, "holds no log yet; make it with tools/db init"),
        ({"version": SCHEMA_VERSION + 1}, "update this program"),
        ({"version": SCHEMA_VERSION - 1}, "run tools/db upgrade"),
        ({"missing": ["a", "b"]}, "a, b missing; run tools/db init"),
        ({"differences": ["a is missing", "b is foreign"]}, "a is missing; b is foreign: run tools/audit verify, and restore a backup"),
    ):
        with pytest.raises(LedgerError, match=f": {advice}$"):
            evolve(found, **changed).require_whole()


def made_by(revision: int, backend: str, clusters: Callable[[str], Cluster], folder: Path, *more: str) -> str:
    """Make an empty log of a revision, with more statements if given, and return its URL."""
    kind = "sqlite" if backend == "sqlite" else "postgresql"
    script = "".join(((REVISIONS / f"{revision:04}_{kind}.sql").read_text(), *more))
    if backend == "sqlite":
        with closing(sqlite3.connect(folder / "old.db")) as raw:
            raw.executescript(script)
        return f"sqlite:///{folder}/old.db"
    url = clusters(backend).new_database()
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        server.execute(script.encode())
    return url


@pytest.mark.parametrize("revision", range(1, SCHEMA_VERSION + 1))
def test_a_log_of_any_revision_brought_forward_is_one_made_today(
    backend: str, clusters: Callable[[str], Cluster], url: str, tmp_path: Path, revision: int
) -> None:
    old = made_by(revision, backend, clusters, tmp_path)
    upgrade(old)
    with open_database(url, write=True), open_database(old, write=True) as db:
        list(log.append_telemetry(db, "test", [BATCH]))
    assert content(old)[2] == []
    assert shape(old) == shape(url)


OLD_LINES = ((b"one", 1, 1), (b"two", 1, 2), (b"three", 2, 1))
OLD_DELIVERIES = (
    "1, 'a.jsonl', 'telemetry', 8, {digest}, 2, 3, 2, 1, 0, 0, 0, 1, 7, 9, {yes}",
    "2, 'ü \U0001f31e.jsonl', 'telemetry', 6, {digest}, 1, 1, 1, 0, 0, 0, 2, 2, 9, 9, {no}",
    "3, 'b.jsonl', 'telemetry', 6, {digest}, 1, 1, 0, 1, 0, 0, NULL, NULL, 9, 9, {yes}",
)


def filled_before_deliveries_were_stated(backend: str) -> str:
    """Return the statements that put three events of three deliveries into an empty log of the first revision, as it wrote them."""
    quote = "x'{}'" if backend == "sqlite" else "'\\x{}'"
    own = {"digest": quote.format("ab" * 32), "yes": "1" if backend == "sqlite" else "true", "no": "0" if backend == "sqlite" else "false"}
    said = [f"INSERT INTO delivery VALUES ({values.format(**own)});" for values in OLD_DELIVERIES]  # noqa: S608 - made of constants
    leaves = []
    for position, (payload, delivery_id, number) in enumerate(OLD_LINES):
        key = event_hash("telemetry", payload)
        leaves.append(leaf_hash(position, 0, key, "telemetry", 9, delivery_id, number))
        hexes = [quote.format(value.hex()) for value in (key, payload, leaves[-1])]
        row = f"{position}, 0, {hexes[0]}, 'telemetry', {hexes[1]}, 9, {delivery_id}, {number}, {hexes[2]}"
        said.append(f"INSERT INTO event_log VALUES ({row});")  # noqa: S608 - made of constants
    frontier = Frontier().extended(leaves)
    root, edge = (quote.format(value.hex()) for value in (frontier.root(), frontier.to_bytes()))
    said.append(f"UPDATE log_head SET size = 3, root = {root}, frontier = {edge}, recorded_at = 9, event_time_max = 0;")  # noqa: S608
    return "\n".join(said)


def test_an_upgrade_states_the_deliveries_there_are_and_keeps_every_event(
    backend: str, clusters: Callable[[str], Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.migrations.versions.v0002_state_deliveries._AT_ONCE", 2)
    url = made_by(1, backend, clusters, tmp_path, filled_before_deliveries_were_stated(backend))
    assert upgrade(url) == (1, SCHEMA_VERSION)
    head, events, missing = content(url)
    assert (head.size, missing) == (6, [])
    assert [event.payload for event in lines_of(events)] == [payload for payload, _, _ in OLD_LINES]
    states = [event for event in events if event.kind == "delivery"]
    assert [(event.delivery_id, event.line_number, event.event_time) for event in states] == [(1, 0, 0), (2, 0, 0), (3, 0, 0)]
    assert states[1].payload == (
        b'{"heliolog_delivery":1,"delivery_id":2,"source":"\\u00fc \\ud83c\\udf1e.jsonl","kind":"telemetry","bytes_read":6,"digest":"'
        + b"ab" * 32
        + b'","last_line_number":1,"lines":1,"appended":1,"duplicates":0,"blank":0,"oversize":0,"first_position":2,"last_position":2,'
        b'"started_at":9,"ended_at":9,"complete":false}'
    )
    with open_database(url, write=True) as db:
        (result,) = log.append_telemetry(db, "test", [BATCH])
    assert (result.duplicates, result.delivery_id, result.size) == (2, 4, 7)
    assert content(url)[2] == []


# What may have been altered before the upgrade states it for ever; each must be refused in one line, and nothing changed.
OLD_DAMAGE = [
    ("UPDATE delivery SET lines = lines + 9, appended = appended + 9 WHERE delivery_id = 1", "delivery 1 is not what the log has of it"),
    ("UPDATE delivery SET last_position = 2 WHERE delivery_id = 1", "delivery 1 is not what the log has of it"),
    ("UPDATE delivery SET first_position = NULL WHERE delivery_id = 2", "delivery 2 is not what the log has of it"),
    ("DELETE FROM event_log WHERE position = 2", "the head of the log says 3 events, and others are there"),
    ("UPDATE event_log SET position = 5 WHERE position = 2", "the head of the log says 3 events, and others are there"),
    ("UPDATE log_head SET size = 2", "the head of the log says 2 events, and others are there"),
    ("UPDATE log_head SET frontier = x''", "damaged, and not upgraded .a frontier of 0 bytes"),
    ("DELETE FROM log_head", "damaged, and not upgraded .No row was found"),
    ("ALTER TABLE delivery RENAME lines TO other", "damaged, and not upgraded .*lines"),
]
OLD_TEXT = [
    ("UPDATE log_head SET recorded_at = 'soon'", "damaged, and not upgraded"),
    ("UPDATE delivery SET digest = 'none' WHERE delivery_id = 3", "damaged, and not upgraded"),
    ("UPDATE delivery SET source = CAST(x'ff' AS TEXT) WHERE delivery_id = 3", "damaged, and not upgraded"),
]


@pytest.mark.parametrize(
    ("backend", "statement", "said"),
    [
        *((backend, statement, said) for backend in BACKENDS for statement, said in OLD_DAMAGE),
        *(("sqlite", statement, said) for statement, said in OLD_TEXT),
    ],
)
def test_a_log_that_is_not_whole_is_not_upgraded(
    backend: str, clusters: Callable[[str], Cluster], tmp_path: Path, statement: str, said: str
) -> None:
    if backend == "sqlite":
        unguarded = "".join(f"DROP TRIGGER {name};" for name in TRIGGERS if name != "log_head_refuses_unstated")
        before = f"PRAGMA ignore_check_constraints = ON; {unguarded}"
    else:
        before = "SET session_replication_role = replica;"
    altered = f"{filled_before_deliveries_were_stated(backend)}{before}{dialect(backend, statement)};"
    url = made_by(1, backend, clusters, tmp_path, altered)
    with pytest.raises(LedgerError, match=said):
        upgrade(url)
    assert status(url).version == 1


SHAPES = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'heliolog_version' ORDER BY name",
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
