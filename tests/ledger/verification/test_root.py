"""A root that somebody kept shows what was rewritten with all its hashes."""

import pytest

import ledger
from ledger.database import Database, reading, writing
from ledger.errors import UsageError
from ledger.format.event import event_hash, leaf_hash
from ledger.log import head, read
from ledger.proof.frontier import EMPTY_ROOT, Frontier
from ledger.verification.finding import Finding
from ledger.verification.run import verify_log
from tests.ledger.verification.conftest import SIZE, Alter


def what(db: Database, noted: str) -> list[str]:
    with reading(db) as conn:
        return [one.what for one in verify_log(conn, noted=noted).findings]


def rewrite(db: Database, alter: Alter) -> None:
    """Give event 5 another payload, and with it another key, leaf, frontier and root, as who has the database can."""
    with reading(db) as conn:
        events = read(conn, -1, SIZE)
    forged, key = b'{"forged":1}', event_hash("telemetry", b'{"forged":1}')
    leaf = leaf_hash(5, 0, key, "telemetry", events[5].recorded_at, events[5].delivery_id, events[5].line_number)
    tree = Frontier().extended([*(event.leaf_hash for event in events[:5]), leaf, *(event.leaf_hash for event in events[6:])])
    alter(
        f"UPDATE event_log SET payload = x'{forged.hex()}', event_hash = x'{key.hex()}', leaf_hash = x'{leaf.hex()}' WHERE position = 5",  # noqa: S608
        f"UPDATE log_head SET root = x'{tree.root().hex()}', frontier = x'{tree.to_bytes().hex()}'",  # noqa: S608
    )


@pytest.mark.invariant("I6")
def test_what_was_rewritten_with_its_hashes_and_root_is_found_by_a_noted_root_alone(db: Database, alter: Alter) -> None:
    with reading(db) as conn:
        before = verify_log(conn)
    assert before.note is not None
    assert before.note.startswith(f"{SIZE}:")
    rewrite(db, alter)
    with reading(db) as conn:
        assert verify_log(conn).findings == []
        root = head(conn).root.hex()
        found = verify_log(conn, noted=before.note)
    assert found.findings == [Finding(None, f"the first {SIZE} events are not those under the root noted: theirs is {root}")]
    assert found.note is None


def test_the_log_begins_with_what_was_noted_at_any_time(db: Database, alter: Alter) -> None:
    assert alter
    with reading(db) as conn:
        leaves = [event.leaf_hash for event in read(conn, -1, SIZE)]
    for size in range(SIZE + 1):
        root = Frontier().extended(leaves[:size]).root()
        assert what(db, f"{size}:{root.hex().upper()}") == []
        assert len(what(db, f"{size}:{bytes(32).hex()}")) == 1


def test_a_log_shorter_than_what_was_noted_is_a_finding(db: Database, alter: Alter) -> None:
    assert alter
    assert what(db, f"{SIZE + 1}:{EMPTY_ROOT.hex()}") == [f"the log has {SIZE} events, fewer than the {SIZE + 1} under the root noted"]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "text", ["", "8", "8:", ":" + "0" * 64, "8:" + "0" * 63, "-1:" + "0" * 64, "8:" + "g" * 64, "9" * 19 + ":" + "0" * 64]
)
def test_what_is_no_noted_root_is_refused(db: Database, text: str) -> None:
    with pytest.raises(UsageError, match=r"not a root that was noted: .*; write SIZE:HEX"), reading(db) as conn:
        verify_log(conn, noted=text)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_program_keeps_the_note_of_one_verification_for_the_next(url: str) -> None:
    with ledger.open(url, write=True) as log:
        list(log.append_lines("gateway", [b"one"]))
        noted = log.verify().note
        list(log.append_lines("gateway", [b"two"]))
        assert log.verify(noted=noted).findings == []
        with writing(log.database) as conn:
            conn.exec_driver_sql("DROP VIEW event_log_readable")
        assert log.verify(noted=noted).note is None
