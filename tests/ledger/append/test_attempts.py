"""Where the connection is lost, or another is in the way, the same batch is tried again: never appended twice, never counted twice."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import Connection

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading, writing
from ledger.errors import LedgerError, PassingError
from ledger.postgresql import backend as postgresql_backend
from ledger.postgresql import log as postgresql_log
from ledger.source.read import Batch, Place, open_source
from ledger.store.exchange import Addition
from ledger.verification.run import verify
from tests.support.servers import VERSIONS

NOON = 1_795_521_600_000_000
LOST = psycopg.OperationalError("server closed the connection unexpectedly")
Spoil = Callable[[int, str], None]


@pytest.fixture(params=VERSIONS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.append.attempts.PAUSES_S", (0.0, 0.0, 0.0))


def end_connections(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as raw:
        raw.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heliolog'")


@pytest.fixture
def spoil(url: str, monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Return a function to lose the connection while the transaction of a number, from 1, is committed: before or after that."""
    real, seen = postgresql_backend.add, [0]

    def from_now_on(number: int, when: str) -> None:
        def add(conn: Connection, addition: Addition) -> None:
            seen[0] += 1
            if seen[0] != number:
                real(conn, addition)
                return
            if when == "after":
                real(conn, addition)
            end_connections(url)
            conn.connection.driver_connection.execute("SELECT 1")  # type: ignore[union-attr]

        monkeypatch.setattr(postgresql_backend, "add", add)

    return from_now_on


def batches(*parts: list[bytes]) -> Iterator[Batch]:
    number = 0
    for index, part in enumerate(parts, 1):
        lines = list(enumerate(part, number + 1))
        number += len(part)
        last = index == len(parts)
        yield Batch(lines=lines, place=Place(index, bytes([index]) * 32, number), read=len(part), blank=0, oversize=0, last=last)


def append(db: Database, parts: Iterable[list[bytes]], source: str = "test") -> list[log.AppendResult]:
    return list(log.append_telemetry(db, source, batches(*parts), clock=lambda: NOON))


def whole(db: Database) -> dict[str, Any]:
    with reading(db) as conn:
        assert verify(conn) == []
        return {"head": log.head(conn), "events": log.read(conn, -1, 99), "deliveries": log.deliveries(conn, 9)}


PARTS = ([b"one", b"two"], [b"two", b"three"], [b"four"])


@pytest.mark.invariant("I7")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_connection_lost_around_a_commit_leaves_what_an_undisturbed_run_leaves(
    db: Database, spoil: Spoil, new_url: Callable[[], Any], when: str, number: int
) -> None:
    with new_url() as other, open_database(other, write=True) as undisturbed:
        expected, log_expected = append(undisturbed, PARTS), whole(undisturbed)
    spoil(number, when)
    found = append(db, PARTS)
    assert whole(db) == log_expected
    assert [evolve(outcome, retried_after=None) for outcome in found] == expected
    told = [index for index, outcome in enumerate(found, 1) if outcome.retried_after]
    assert told == ([number] if when == "before" else [])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_registry_file_is_recorded_once(db: Database, spoil: Spoil, write: Callable[[str, bytes], str], when: str) -> None:
    spoil(1, when)
    path = write("plants.csv", b"plant_id,name,location,timezone\np1,A,x,UTC\np1,B,x,UTC\n")
    with open_source(path) as source:
        (outcome,) = deliver(db, source, "plant", clock=lambda: NOON)
    assert (outcome.appended, outcome.duplicates, outcome.size) == (2, 0, 3)
    assert len(whole(db)["deliveries"]) == 1


def test_a_delivery_number_taken_by_another_in_between_is_left_to_it(db: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = postgresql_backend.add

    def add(conn: Connection, _: Addition) -> None:
        monkeypatch.setattr(postgresql_backend, "add", real)
        conn.rollback()
        with open_database(url, write=True) as other:
            append(other, ([b"two"],), "other")
        raise LOST

    monkeypatch.setattr(postgresql_backend, "add", add)
    (outcome,) = append(db, ([b"one", b"two"],))
    assert (outcome.delivery_id, outcome.appended, outcome.duplicates) == (2, 1, 1)
    assert [(one.source, one.lines) for one in whole(db)["deliveries"]] == [("test", 2), ("other", 1)]


@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure(), psycopg.errors.DeadlockDetected(), LOST])
def test_what_may_pass_is_tried_again(db: Database, monkeypatch: pytest.MonkeyPatch, error: psycopg.Error) -> None:
    real = postgresql_backend.lock

    def lock(*_: object) -> None:
        monkeypatch.setattr(postgresql_backend, "lock", real)
        raise error

    monkeypatch.setattr(postgresql_backend, "lock", lock)
    (outcome,) = append(db, ([b"one"],))
    assert outcome.appended == 1
    assert outcome.retried_after is not None
    assert outcome.clock_warning is None


def test_a_transaction_that_cannot_even_begin_is_tried_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([PassingError("lost"), PassingError("lost again")])

    @contextmanager
    def losing(database: Database) -> Iterator[Connection]:
        for loss in losses:
            raise loss
        with writing(database) as conn:
            yield conn

    monkeypatch.setattr("ledger.append.writer.writing", losing)
    (outcome,) = append(db, ([b"one"],))
    assert (outcome.appended, outcome.retried_after) == (1, "lost again")


def test_what_does_not_pass_is_told_in_the_end(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def lock(*_: object) -> None:
        tries.append(1)
        raise LOST

    monkeypatch.setattr(postgresql_backend, "lock", lock)
    with pytest.raises(LedgerError, match="cannot be reached"):
        append(db, ([b"one"],))
    assert len(tries) == 4


def test_a_run_whose_server_lost_what_it_had_committed_stops(db: Database, url: str) -> None:
    running = log.append_telemetry(db, "test", batches(*PARTS), clock=lambda: NOON)
    next(running)
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute("UPDATE delivery SET bytes_read = 0")
    with pytest.raises(LedgerError, match="delivery 1 is not what this run left: the server lost what it had committed; run again"):
        next(running)


def test_a_fault_of_ours_is_not_tried_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_log, "_LOCK", "SELECT nothing")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        append(db, ([b"one"],))
