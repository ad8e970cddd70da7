import sqlite3
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, reading
from ledger.errors import VerificationError
from ledger.format.event import event_hash, leaf_hash
from ledger.source.read import open_source
from ledger.sqlite.guards import TRIGGERS
from ledger.store.schema import metadata
from ledger.verification.finding import FINDINGS_MAX, Finding
from ledger.verification.run import verify
from tests.support.servers import BACKENDS, dialect

Write = Callable[[str, bytes], str]
Tamper = Callable[..., list[Finding]]
TYPES_ARE_LOOSE = ("CAST(x'ff' AS TEXT)", "'soon'")
LINE = b'{"event_time":"2025-04-01T06:00:00Z"}'


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def tamper_file(url: str, *statements: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        for statement in (*(f"DROP TRIGGER {name}" for name in TRIGGERS), *statements):
            raw.execute(statement)


def tamper_server(url: str, *statements: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        for statement in (*(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in metadata.tables), *statements):
            raw.execute(statement.encode())


@pytest.fixture
def tamper(db: Database, backend: str, url: str, write: Write, clock: Callable[[], int]) -> Tamper:
    plants = b"plant_id,name,location,timezone\np1,A,x,UTC\np1,B,x,UTC\n,no id,x,UTC\n"
    for name, content, kind in (("p.csv", plants, "plant"), ("t.jsonl", LINE + b"\nbroken\nlast\n", "telemetry")):
        with open_source(write(name, content)) as source:
            list(deliver(db, source, kind, clock=clock))

    def change(*statements: str) -> list[Finding]:
        (tamper_file if backend == "sqlite" else tamper_server)(url, *(dialect(backend, statement) for statement in statements))
        with reading(db) as conn:
            return verify(conn)

    return change


def test_a_log_that_nobody_touched_has_no_findings(tamper: Tamper, db: Database) -> None:
    assert tamper() == []
    seen: list[int] = []
    with reading(db) as conn:
        verify(conn, seen.append)
    assert seen == [6]


def test_an_empty_log_has_no_findings(db: Database) -> None:
    with reading(db) as conn:
        assert verify(conn) == []


PAYLOAD = "the payload is not the one that was hashed"
COLUMN = "a column is not what its leaf was made of"
TIMES = Finding(None, "the times in the head are not the largest of the events")
TYPE = "a column holds a value of another type"
ROOT = [
    Finding(None, "the frontier in the head is not that of the events"),
    Finding(None, "the root in the head is not that of the events"),
]


@pytest.mark.invariant("I2", "I5", "I6")
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE event_log SET payload = x'00' WHERE position = 4", [Finding(4, PAYLOAD)]),
        ("UPDATE event_log SET payload = payload || ' ' WHERE position = 0", [Finding(0, PAYLOAD)]),
        ("UPDATE event_log SET payload = payload || ' ' WHERE position = 2", [Finding(2, PAYLOAD)]),
        ("UPDATE event_log SET payload = CAST(x'ff' AS TEXT) WHERE position = 2", [Finding(2, PAYLOAD)]),
        ("UPDATE event_log SET recorded_at = 'soon' WHERE position = 2", [Finding(2, TYPE), *ROOT]),
        ("UPDATE event_log SET line_number = 9 WHERE position = 5", [Finding(5, COLUMN), *ROOT]),
        ("UPDATE event_log SET leaf_hash = zeroblob(32) WHERE position = 5", [Finding(5, COLUMN)]),
        (
            "UPDATE event_log SET event_time = 7 WHERE position = 4",
            [Finding(4, "event_time is not what the payload says"), Finding(4, COLUMN), *ROOT],
        ),
        (
            "UPDATE event_log SET recorded_at = 7 WHERE position = 4",
            [Finding(4, COLUMN), Finding(4, "recorded_at is before that of an earlier position"), *ROOT],
        ),
        ("UPDATE event_log SET delivery_id = 9 WHERE position = 4", [Finding(4, COLUMN), Finding(4, "delivery 9 is not recorded"), *ROOT]),
        ("DELETE FROM event_log WHERE position IN (3, 4)", [Finding(5, "2 positions before it are missing, from 3"), *ROOT, TIMES]),
        ("DELETE FROM event_log WHERE position = 5", [Finding(None, "the log has 5 positions, its head says 6"), *ROOT]),
        ("UPDATE log_head SET root = zeroblob(32)", [ROOT[1]]),
        ("UPDATE log_head SET frontier = zeroblob(64)", [ROOT[0]]),
        ("UPDATE log_head SET recorded_at = 7", [TIMES]),
        (
            "UPDATE log_head SET size = 5, frontier = zeroblob(64)",
            [Finding(5, "beyond the head, which says 5 events"), Finding(None, "the log has 6 positions, its head says 5"), ROOT[0]],
        ),
    ],
)
def test_each_change_is_found_and_named_by_its_position(backend: str, tamper: Tamper, statement: str, expected: list[Finding]) -> None:
    if backend != "sqlite" and any(part in statement for part in TYPES_ARE_LOOSE):
        with pytest.raises((psycopg.DataError, psycopg.ProgrammingError)):  # a server's columns hold their own type alone
            tamper(statement)
        return
    assert tamper(statement) == expected


def test_a_head_that_cannot_be_read_is_told(tamper: Tamper) -> None:
    with pytest.raises(VerificationError, match="the head of the log is damaged: a frontier of 32 bytes is not that of a tree of 6 leaves"):
        tamper("UPDATE log_head SET frontier = zeroblob(32)")


@pytest.mark.invariant("I6")
def test_a_payload_changed_with_its_key_and_leaf_still_gives_another_root(tamper: Tamper, db: Database) -> None:
    with reading(db) as conn:
        (event,) = log.read_positions(conn, [5])
    key = event_hash("telemetry", b"other")
    leaf = leaf_hash(5, 0, key, "telemetry", event.recorded_at, event.delivery_id, event.line_number)
    forged = f"payload = x'{b'other'.hex()}', event_hash = x'{key.hex()}', leaf_hash = x'{leaf.hex()}'"
    assert tamper(f"UPDATE event_log SET {forged} WHERE position = 5") == ROOT  # noqa: S608


def test_a_log_that_is_wrong_everywhere_is_not_listed_without_end(tamper: Tamper) -> None:
    many = f"WITH RECURSIVE n(i) AS (SELECT 6 UNION ALL SELECT i + 1 FROM n WHERE i < {FINDINGS_MAX + 20_000})"  # noqa: S608 - made of constants
    row = "i, i, randomblob(32), 'telemetry', x'00', 0, 1, 1, zeroblob(32)"
    found = tamper(f"{many} INSERT INTO event_log SELECT {row} FROM n")  # noqa: S608 - made of constants
    assert len(found) == FINDINGS_MAX
    assert found[-1].position is not None
