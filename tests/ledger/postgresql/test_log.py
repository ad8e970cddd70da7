"""How an append talks to a server."""

from pathlib import Path

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import event

from ledger import log
from ledger.database import open_database, reading
from ledger.source.read import Batch, Place
from ledger.verification.run import verify
from tests.support.logged import payloads_of


def batch(*payloads: bytes) -> Batch:
    return Batch(lines=list(enumerate(payloads, 1)), place=Place(8), read=len(payloads), blank=0, oversize=0, last=True)


def test_the_lock_covers_two_round_trips(server_url: str, tmp_path: Path) -> None:
    with open_database(server_url, write=True) as db, (tmp_path / "trace").open("w") as trace:
        list(log.append_telemetry(db, "before", [batch(b"known")]))
        event.listen(db.engine, "checkout", lambda raw, *_: raw.pgconn.trace(trace.fileno()))
        list(log.append_telemetry(db, "test", [batch(b"new", b"known", b"newer")]))
    said = (tmp_path / "trace").read_text(errors="replace").splitlines()
    lock = next(number for number, line in enumerate(said) if "log_head FOR UPDATE" in line)
    committed = next(number for number, line in enumerate(said) if number > lock and 'CommandComplete\t "COMMIT"' in line)
    copied = next(number for number, line in enumerate(said) if 'CommandComplete\t "COPY 3"' in line)
    assert copied < lock
    assert sum("\tSync" in line for line in said[lock:committed]) == 2


@pytest.mark.parametrize("count", [1, 999, 1000, 2500])
def test_a_batch_of_any_size_with_known_lines_among_it_is_recorded_whole_and_in_order(server_url: str, count: int) -> None:
    lines = [b'{"event_time":"2025-04-01T%02d:%02d:00Z","n":%d}' % (n // 60 % 24, n % 60, n) for n in range(2 * count)]
    with open_database(server_url, write=True) as db:
        (first,) = log.append_telemetry(db, "odd", [batch(*lines[1::2])])
        (second,) = log.append_telemetry(db, "all", [batch(*lines)])
        with reading(db) as conn:
            assert verify(conn) == []
            assert payloads_of(log.read_rows(conn, -1, 9999)) == lines[1::2] + lines[::2]
    assert (first.appended, second.appended, second.duplicates) == (count, count, count)


def test_a_batch_whose_counts_are_wrong_is_our_mistake_and_not_called_tampering(server_url: str) -> None:
    with open_database(server_url, write=True) as db:
        with pytest.raises(psycopg.errors.CheckViolation, match="delivery_counts_add_up"):
            list(log.append_telemetry(db, "test", [evolve(batch(b"one"), read=7)]))
        with reading(db) as conn:
            assert log.head(conn).size == 0
