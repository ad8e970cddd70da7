"""What is altered in deliveries is found, column by column: the log states each of them, and has what it brought."""

from collections.abc import Callable

import pytest

from ledger.database import Database, reading
from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import event_hash, leaf_hash
from ledger.proof.frontier import Frontier
from ledger.store.reading import Delivery
from ledger.verification.run import verify, verify_log
from tests.ledger.conftest import NOON
from tests.ledger.verification.conftest import SIZE, STATES, Alter

Said = Callable[..., list[str]]
CHANGES = {
    "source": ("'other.jsonl'", "source is 'other.jsonl', and the log states "),
    "kind": ("'inverter'", "kind is 'inverter', and the log states 'telemetry' at position 7"),
    "bytes_read": ("7", "bytes_read is 7, and the log states 50 at position 7"),
    "digest": ("zeroblob(32)", "digest is '00000"),
    "last_line_number": ("4", "last_line_number is 4, and the log states 3 at position 7"),
    "lines": ("5", "lines is 5, and the log states 3 at position 7"),
    "appended": ("2", "appended is 2, and the log has 3 events of it"),
    "duplicates": ("1", "duplicates is 1, and the log states 0 at position 7"),
    "blank": ("1", "blank is 1, and the log states 0 at position 7"),
    "oversize": ("1", "oversize is 1, and the log states 0 at position 7"),
    "first_position": ("NULL", "its positions are None to 6, and the log has those from 4 to 6"),
    "last_position": ("5", "its positions are 4 to 5, and the log has those from 4 to 6"),
    "started_at": ("7", f"started_at is 7, and the log states {NOON} at position 7"),
    "ended_at": ("7", f"ended_at is 7, and the log states {NOON} at position 7"),
    "complete": ("{no}", "complete is False, and the log states True at position 7"),
}
ROW = "source, kind, bytes_read, digest, last_line_number, lines, appended, duplicates, blank, oversize, first_position, last_position, started_at, ended_at, complete"  # noqa: E501
LOOSE = "ALTER TABLE delivery DROP CONSTRAINT IF EXISTS delivery_counts_add_up"


@pytest.fixture
def said(db: Database, alter: Alter) -> Said:
    """Return a function that alters the log and returns what is said of deliveries."""

    def change(*statements: str) -> list[str]:
        alter(*statements)
        with reading(db) as conn:
            return [finding.what for finding in verify(conn) if finding.what.startswith("delivery ")]

    return change


def written(backend: str, text: str) -> str:
    return text.replace("{no}", "0" if backend == "sqlite" else "false").replace("{yes}", "1" if backend == "sqlite" else "true")


def unchecked(backend: str) -> list[str]:
    return [] if backend == "sqlite" else [LOOSE]


@pytest.mark.invariant("I6", "I8")
@pytest.mark.parametrize("column", CHANGES)
def test_each_column_is_held_to_what_the_log_states(backend: str, said: Said, column: str) -> None:
    value, expected = CHANGES[column]
    statement = f"UPDATE delivery SET {column} = {written(backend, value)} WHERE delivery_id = 2"  # noqa: S608 - made of constants
    found = said(*unchecked(backend), statement)
    assert any(what.startswith(f"delivery 2: {expected}") for what in found), found


def test_counts_that_do_not_add_up_are_told(backend: str, said: Said) -> None:
    assert "delivery 2: lines are not appended + duplicates + blank" in said(
        *unchecked(backend), "UPDATE delivery SET blank = 7 WHERE delivery_id = 2"
    )


@pytest.mark.parametrize("appended", ["0", "3"])
def test_a_row_added_is_told(said: Said, appended: str) -> None:
    copied = ROW.replace(" appended", f" {appended}").replace(" lines", f" {appended}")
    added = f"INSERT INTO delivery SELECT 3, {copied} FROM delivery WHERE delivery_id = 2"  # noqa: S608 - made of constants
    assert said(added) == ["delivery 3 is not stated in the log: nothing shows that there was one"]


def test_a_row_removed_is_told(said: Said) -> None:
    found = said("DELETE FROM delivery WHERE delivery_id = 2")
    assert found[-1] == "delivery 2 has no row, and the log states it at position 7"
    assert found[:-1] == ["delivery 2 is not recorded"] * 4


def test_rows_swapped_are_told(said: Said) -> None:
    numbers = ("delivery_id = 9 WHERE delivery_id = 1", "delivery_id = 1 WHERE delivery_id = 2", "delivery_id = 2 WHERE delivery_id = 9")
    found = said(*(f"UPDATE delivery SET {change}" for change in numbers))  # noqa: S608 - made of constants
    assert any(what.startswith("delivery 1: kind is 'telemetry', and the log states 'plant' at position 3") for what in found)
    assert any(what.startswith("delivery 2: its positions are 0 to 2, and the log has those from 4 to 6") for what in found)


@pytest.mark.parametrize("payload", ["x'00'", f"x'{'5b' * 200_000}'", "x'7b7d'"])
def test_a_row_altered_with_the_payload_that_states_it_is_told(said: Said, payload: str) -> None:
    forged = f"UPDATE event_log SET payload = {payload} WHERE position = 7"  # noqa: S608 - made of constants
    found = said("UPDATE delivery SET oversize = 1 WHERE delivery_id = 2", forged)
    assert found == ["delivery 2: it is not what the log states at position 7"]


def test_deliveries_are_read_page_by_page(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verification.deliveries._PAGE", 1)
    found = said("UPDATE delivery SET oversize = 1")
    assert [what[:10] for what in found] == ["delivery 1", "delivery 2"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_complete_is_0_or_1(said: Said) -> None:
    assert said("UPDATE delivery SET complete = 2 WHERE delivery_id = 2") == ["delivery 2: complete is 2, neither 0 nor 1"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_delivery_stated_anew_by_a_forger_gives_another_root(db: Database, alter: Alter) -> None:
    """Only a root that somebody kept shows who rewrites the row, the event that states it, its leaf and the head alike."""
    assert STATES[-1] == SIZE - 1
    with reading(db) as conn:
        row = conn.exec_driver_sql("SELECT * FROM delivery WHERE delivery_id = 2").one()
        noted = verify_log(conn).note
        leaves = list(conn.exec_driver_sql("SELECT leaf_hash FROM event_log WHERE position < 7 ORDER BY position").scalars())
    forged = {**row._mapping, "source": "other.jsonl", "complete": True}  # noqa: SLF001 - SQLAlchemy's public name for it
    assert list(forged) == [field.name for field in Delivery.__attrs_attrs__]
    payload = state_payload(forged)
    key = event_hash(KIND, payload)
    leaf = leaf_hash(7, 0, key, KIND, NOON, 2, 0)
    frontier = Frontier().extended([*leaves, leaf])
    alter(
        "UPDATE delivery SET source = 'other.jsonl' WHERE delivery_id = 2",
        f"UPDATE event_log SET payload = x'{payload.hex()}', event_hash = x'{key.hex()}', leaf_hash = x'{leaf.hex()}' WHERE position = 7",  # noqa: S608
        f"UPDATE log_head SET root = x'{frontier.root().hex()}', frontier = x'{frontier.to_bytes().hex()}'",  # noqa: S608
    )
    with reading(db) as conn:
        assert verify(conn) == []
        (finding,) = verify_log(conn, noted=noted).findings
    assert finding.what.startswith("the first 8 events are not those under the root noted")
