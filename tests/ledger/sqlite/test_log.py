from collections.abc import Callable

import pytest

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, reading, writing
from ledger.errors import LedgerError, VerificationError
from ledger.source.read import open_source
from ledger.upkeep import initialise, rights_to_revoke, status


def test_a_strangers_text_in_place_of_bytes_is_read_as_its_bytes(
    db: Database, write: Callable[[str, bytes], str], clock: Callable[[], int]
) -> None:
    with open_source(write("a.jsonl", b"one\n")) as source:
        list(deliver(db, source, "telemetry", clock=clock))
    with writing(db) as conn:
        conn.exec_driver_sql("INSERT INTO event_log VALUES (2, 5, zeroblob(32), 'telemetry', CAST(x'ff' AS TEXT), 0, 1, 1, zeroblob(32))")
    with reading(db) as conn:
        assert [log.read_rows(conn, 1, 9)[0][2], log.read(conn, 1, 9)[0].payload] == [b"\xff", b"\xff"]


def test_init_makes_a_file_as_the_first_append_does(url: str) -> None:
    assert initialise(url) == []
    assert rights_to_revoke(url) == []
    assert status(url).events == 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE log_head SET recorded_at = 'soon'", "a value is of another type than its column"),
        ("UPDATE log_head SET recorded_at = 1.5", "a value is of another type than its column"),
        ("DROP TRIGGER log_head_refuses_delete; DELETE FROM log_head", "it has no row"),
    ],
)
def test_a_head_that_cannot_be_used_is_told_by_whoever_needs_it(db: Database, statement: str, said: str) -> None:
    with writing(db) as conn:
        for one in statement.split("; "):
            conn.exec_driver_sql(one)
    with reading(db) as conn, pytest.raises(VerificationError, match=f"the head of the log is damaged: {said}"):
        log.head(conn)


def test_a_key_that_a_forged_head_hides_is_told_and_nothing_is_appended(
    db: Database, write: Callable[[str, bytes], str], clock: Callable[[], int]
) -> None:
    line = b'{"event_time":"2025-04-01T06:00:00Z"}\n'
    for name in ("a.jsonl", "b.jsonl"):
        with open_source(write(name, line)) as source:
            if name == "b.jsonl":
                with writing(db) as conn:
                    conn.exec_driver_sql("DROP TRIGGER log_head_refuses_decrease")
                    conn.exec_driver_sql("UPDATE log_head SET event_time_max = -9")
                with pytest.raises(LedgerError, match=r"the log does not take position 2 .*run tools/audit verify"):
                    list(deliver(db, source, "telemetry", clock=clock))
            else:
                list(deliver(db, source, "telemetry", clock=clock))
    with reading(db) as conn:
        assert log.head(conn).size == 2
