"""What is wrong with events and head is named by position, and nothing else is."""

from collections.abc import Callable

import psycopg
import pytest

from ledger import log
from ledger.database import Database, reading
from ledger.format.event import event_hash, leaf_hash
from ledger.verification.finding import EVENT_FINDINGS_MAX, FINDINGS_MAX, Finding, Verification
from ledger.verification.run import verify, verify_log
from tests.ledger.verification.conftest import Alter

Tamper = Callable[..., list[Finding]]
TYPES_ARE_LOOSE = ("CAST(x'ff' AS TEXT)", "'soon'")


@pytest.fixture
def tamper(db: Database, alter: Alter) -> Tamper:
    def change(*statements: str) -> list[Finding]:
        alter(*statements)
        with reading(db) as conn:
            return verify(conn)

    return change


def test_a_log_that_nobody_touched_has_no_findings(tamper: Tamper, db: Database) -> None:
    assert tamper() == []
    seen: list[int] = []
    with reading(db) as conn:
        verify(conn, seen.append)
    assert seen == [8]


def test_an_empty_log_has_no_findings(db: Database) -> None:
    with reading(db) as conn:
        assert verify(conn) == []


PAYLOAD = "the payload is not the one that was hashed"
COLUMN = "a column is not what its leaf was made of"
TIMES = Finding(None, "the times in the head are not the largest of the events")
BROUGHT = "delivery 2: appended is 3, and the log has {} events of it"
TEXT = "payload holds text, not bytes"
ROOT = [
    Finding(None, "the frontier in the head is not that of the events"),
    Finding(None, "the root in the head is not that of the events"),
]


@pytest.mark.invariant("I2", "I5", "I6")
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE event_log SET payload = x'00' WHERE position = 5", [Finding(5, PAYLOAD)]),
        ("UPDATE event_log SET payload = CAST(x'ff' AS TEXT) WHERE position = 2", [Finding(2, TEXT), Finding(2, PAYLOAD)]),
        ("UPDATE event_log SET recorded_at = 'soon' WHERE position = 2", [Finding(2, "recorded_at holds text, not an integer"), *ROOT]),
        ("UPDATE event_log SET line_number = 9 WHERE position = 6", [Finding(6, COLUMN), *ROOT]),
        ("UPDATE event_log SET leaf_hash = zeroblob(32) WHERE position = 6", [Finding(6, COLUMN)]),
        (
            "UPDATE event_log SET event_time = 7 WHERE position = 5",
            [Finding(5, "event_time is not what the payload says"), Finding(5, COLUMN), *ROOT],
        ),
        (
            "UPDATE event_log SET recorded_at = 7 WHERE position = 5",
            [Finding(5, COLUMN), Finding(5, "recorded_at is before that of an earlier position"), *ROOT],
        ),
        (
            "UPDATE event_log SET delivery_id = 9 WHERE position = 5",
            [Finding(5, COLUMN), Finding(5, "delivery 9 is not recorded"), Finding(None, BROUGHT.format(2)), *ROOT],
        ),
        (
            "DELETE FROM event_log WHERE position IN (4, 5)",
            [
                Finding(6, "2 positions before it are missing, from 4"),
                Finding(None, BROUGHT.format(1)),
                Finding(None, "delivery 2: its positions are 4 to 6, and the log has those from 6 to 6"),
                *ROOT,
                TIMES,
            ],
        ),
        (
            "DELETE FROM event_log WHERE position = 7",
            [
                Finding(None, "delivery 2 is not stated in the log: nothing shows that there was one"),
                Finding(None, "the log has 7 positions, its head says 8"),
                *ROOT,
            ],
        ),
        ("UPDATE log_head SET root = zeroblob(32)", [ROOT[1]]),
        ("UPDATE log_head SET frontier = zeroblob(32)", [ROOT[0]]),
        ("UPDATE log_head SET frontier = zeroblob(64)", [ROOT[0]]),
        ("UPDATE log_head SET recorded_at = 7", [TIMES]),
        (
            "UPDATE log_head SET size = 7, frontier = zeroblob(96)",
            [Finding(7, "beyond the head, which says 7 events"), Finding(None, "the log has 8 positions, its head says 7"), ROOT[0]],
        ),
    ],
)
def test_each_change_is_found_and_named_by_its_position(backend: str, tamper: Tamper, statement: str, expected: list[Finding]) -> None:
    if backend != "sqlite" and any(part in statement for part in TYPES_ARE_LOOSE):
        with pytest.raises((psycopg.DataError, psycopg.ProgrammingError)):  # a server's columns hold their own type alone
            tamper(statement)
        return
    assert tamper(statement) == expected


@pytest.mark.invariant("I6")
def test_a_payload_changed_with_its_key_and_leaf_still_gives_another_root(tamper: Tamper, db: Database) -> None:
    with reading(db) as conn:
        (event,) = log.read_positions(conn, [6])
    key = event_hash("telemetry", b"other")
    leaf = leaf_hash(6, 0, key, "telemetry", event.recorded_at, event.delivery_id, event.line_number)
    forged = f"payload = x'{b'other'.hex()}', event_hash = x'{key.hex()}', leaf_hash = x'{leaf.hex()}'"
    assert tamper(f"UPDATE event_log SET {forged} WHERE position = 6") == ROOT  # noqa: S608


def test_a_log_that_is_wrong_everywhere_is_not_listed_without_end(tamper: Tamper) -> None:
    many = f"WITH RECURSIVE n(i) AS (SELECT 8 UNION ALL SELECT i + 1 FROM n WHERE i < {FINDINGS_MAX + 20_000})"  # noqa: S608 - made of constants
    row = "i, i, randomblob(32), 'telemetry', x'00', 0, 1, 1, zeroblob(32)"
    found = tamper(f"{many} INSERT INTO event_log SELECT {row} FROM n")  # noqa: S608 - made of constants
    assert {one.position is None for one in found[:EVENT_FINDINGS_MAX]} == {False}
    assert found[EVENT_FINDINGS_MAX].what.endswith("more findings of events are not listed")
    assert [one.what[:25] for one in found[EVENT_FINDINGS_MAX + 1 :]][-3:] == [
        "the log has 21001 positio",
        *(one.what[:25] for one in ROOT),
    ]
    assert Verification(None, found).cut_off
    assert not Verification(None, found[:EVENT_FINDINGS_MAX]).cut_off


def test_a_root_noted_is_compared_where_ever_so_much_is_wrong(alter: Alter, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verification.run.EVENT_FINDINGS_MAX", 1)
    alter("UPDATE event_log SET payload = x'00'")
    with reading(db) as conn:
        found = [one.what for one in verify_log(conn, noted=f"8:{'00' * 32}").findings]
    assert found[1].endswith("more findings of events are not listed")
    assert found[-1].startswith("the first 8 events are not those under the root noted")
