from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading, writing
from ledger.errors import LedgerError, UsageError
from ledger.format.event import Recorded, event_hash, leaf_hash
from ledger.proof.frontier import root
from ledger.source.read import open_source
from ledger.store.schema import event_log
from ledger.verification.run import verify
from tests.ledger.conftest import NewUrl
from tests.support.logged import lines_of
from tests.support.servers import BACKENDS

NOON = 1_795_521_600_000_000
MINUTE = 60_000_000
Clock = Callable[[], int]
Write = Callable[[str, bytes], str]
STRANGE = {"event_time": 5, "event_hash": bytes(32), "kind": "telemetry", "payload": b"\xff\x00", "recorded_at": 0, "delivery_id": 1}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def line(time: str, **more: Any) -> bytes:
    return f'{{"event_time":"{time}","more":"{more}"}}'.encode()


def append(db: Database, path: str, clock: Clock, **options: Any) -> list[log.AppendResult]:
    with open_source(path) as source:
        return list(deliver(db, source, options.pop("kind", "telemetry"), clock=clock, **options))


def everything(db: Database) -> list[Recorded]:
    with reading(db) as conn:
        assert verify(conn) == []
        return log.read(conn, -1, 1_000_000)


def put(db: Database, position: int) -> None:
    """Insert a strange row, as somebody may whom no trigger binds."""
    with writing(db) as conn:
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        conn.execute(insert(event_log).values(position=position, line_number=1, leaf_hash=bytes(32), **STRANGE))


def payloads(db: Database) -> list[bytes]:
    return [event.payload for event in lines_of(everything(db))]


def test_each_line_becomes_an_event_with_all_that_is_known_of_it(db: Database, write: Write, clock: Clock) -> None:
    path = write("a.jsonl", line("2025-04-01T06:00:00Z") + b"\n\nbroken\n")
    (outcome,) = append(db, path, clock)
    assert (outcome.lines, outcome.appended, outcome.duplicates, outcome.blank, outcome.oversize) == (3, 2, 0, 1, 0)
    assert (outcome.first_position, outcome.last_position, outcome.size, outcome.complete) == (0, 1, 3, True)
    first, second, state = everything(db)
    key = event_hash("telemetry", line("2025-04-01T06:00:00Z"))
    leaf = leaf_hash(0, 1_743_487_200_000_000, key, "telemetry", NOON, 1, 1)
    assert first == Recorded(0, 1_743_487_200_000_000, key, "telemetry", line("2025-04-01T06:00:00Z"), NOON, 1, 1, leaf)
    assert (second.position, second.event_time, second.payload, second.line_number) == (1, 0, b"broken", 3)
    assert (state.position, state.kind, state.event_time, state.recorded_at, state.line_number) == (2, "delivery", 0, NOON, 0)


@pytest.mark.invariant("I6")
def test_the_head_is_that_of_the_tree_of_all_leaves(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"one\ntwo\n"), clock)
    append(db, write("b.jsonl", b"three\nfour\nfive\n"), clock)
    with reading(db) as conn:
        head, found = log.head(conn), list(log.leaves(conn, -1, 7))
        assert list(log.leaves(conn, 1, 4)) == found[2:4]
    assert (head.size, head.root, head.frontier.root()) == (7, root(found), root(found))


@pytest.mark.invariant("I3")
def test_the_same_bytes_again_are_a_duplicate_whenever_and_from_wherever(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"one\none\n" + line("2025-04-01T06:00:00Z") + b"\n"), clock)
    (outcome,) = append(db, write("b.jsonl", line("2025-04-01T06:00:00Z") + b"\r\ntwo\none\n"), clock)
    assert (outcome.appended, outcome.duplicates, outcome.first_position) == (1, 2, 3)
    assert payloads(db) == [b"one", line("2025-04-01T06:00:00Z"), b"two"]


def test_a_packed_copy_adds_nothing_but_its_delivery(db: Database, write: Write, clock: Clock) -> None:
    import gzip  # noqa: PLC0415

    append(db, write("a.jsonl", b"one\ntwo\n"), clock)
    (outcome,) = append(db, write("a.jsonl.gz", gzip.compress(b"one\ntwo\n")), clock)
    assert (outcome.delivery_id, outcome.appended, outcome.duplicates, outcome.first_position, outcome.last_position) == (
        2,
        0,
        2,
        None,
        None,
    )


def test_a_file_that_did_not_grow_records_nothing(db: Database, write: Write, clock: Clock) -> None:
    path = write("a.jsonl", b"one\ntwo\n")
    append(db, path, clock)
    (again,) = append(db, path, clock)
    (empty,) = append(db, write("empty.jsonl", b""), clock)
    assert (again.delivery_id, again.lines, again.size, empty.delivery_id) == (None, 0, 3, None)
    with reading(db) as conn:
        assert len(log.deliveries(conn, 10)) == 1


def test_a_file_that_grew_is_continued_with_its_line_numbers(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"one\ntwo\nthr"), clock)
    (outcome,) = append(db, write("a.jsonl", b"one\ntwo\nthree\n"), clock)
    assert (outcome.lines, outcome.appended) == (1, 1)
    assert [(event.payload, event.line_number, event.delivery_id) for event in lines_of(everything(db))][2:] == [(b"three", 3, 2)]


def test_an_edited_file_is_read_again_and_only_the_edit_is_new(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"one\ntwo\n"), clock)
    (outcome,) = append(db, write("a.jsonl", b"one\n2\n"), clock)
    assert (outcome.lines, outcome.appended, outcome.duplicates) == (2, 1, 1)


@pytest.mark.invariant("I8")
def test_deliveries_say_what_became_of_their_lines(db: Database, write: Write, clock: Clock) -> None:
    path = write("a.jsonl", b"one\n\none\ntw")
    append(db, path, clock, name="gateway", final=True)
    with reading(db) as conn:
        found = log.last_delivery(conn, "gateway")
        assert found is not None
        assert log.deliveries(conn, 1) == [found]
        assert log.last_delivery(conn, path) is None
    assert (found.kind, found.bytes_read, found.last_line_number, found.complete) == ("telemetry", 11, 4, True)
    assert (found.lines, found.appended, found.duplicates, found.blank, found.oversize) == (4, 2, 1, 1, 0)
    assert (found.first_position, found.last_position, found.started_at, found.ended_at) == (0, 1, NOON, NOON)


def test_batches_of_one_source_are_one_delivery(db: Database, write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.source.read.CHUNK_BYTES", 8)
    monkeypatch.setattr("ledger.source.read.read_lines.__kwdefaults__", {"after": None, "final": False, "lines_max": 2, "bytes_max": 1000})
    outcomes = append(db, write("a.jsonl", b"".join(b"%03d\n" % (number % 7) for number in range(12))), clock)
    assert [(outcome.lines, outcome.appended) for outcome in outcomes] == [(2, 2), (2, 2), (2, 2), (2, 1), (2, 0), (2, 0), (0, 0)]
    assert {outcome.delivery_id for outcome in outcomes} == {1}
    with reading(db) as conn:
        (found,) = log.deliveries(conn, 9)
    assert (found.lines, found.appended, found.duplicates, found.first_position, found.last_position) == (12, 7, 5, 0, 9)


@pytest.mark.invariant("I7")
def test_a_run_stopped_between_batches_is_continued_there(
    db: Database, write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.source.read.CHUNK_BYTES", 8)
    monkeypatch.setattr("ledger.source.read.read_lines.__kwdefaults__", {"after": None, "final": False, "lines_max": 2, "bytes_max": 1000})
    path = write("a.jsonl", b"aaa\nbbb\nccc\nddd\n")
    with open_source(path) as source:
        next(deliver(db, source, "telemetry", clock=clock))
    with reading(db) as conn:
        stopped = log.last_delivery(conn, path)
    assert stopped is not None
    assert (stopped.lines, stopped.complete) == (2, False)
    rest = append(db, path, clock)
    assert [(outcome.lines, outcome.delivery_id) for outcome in rest] == [(2, 2), (0, 2)]
    assert payloads(db) == [b"aaa", b"bbb", b"ccc", b"ddd"]


def test_a_run_stopped_after_its_last_line_is_found_complete(
    db: Database, write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.source.read.CHUNK_BYTES", 8)
    monkeypatch.setattr("ledger.source.read.read_lines.__kwdefaults__", {"after": None, "final": False, "lines_max": 2, "bytes_max": 1000})
    path = write("a.jsonl", b"aaa\nbbb\n")
    with open_source(path) as source:
        next(deliver(db, source, "telemetry", clock=clock))
    (outcome,) = append(db, path, clock)
    assert (outcome.delivery_id, outcome.lines, outcome.complete) == (1, 0, True)
    (nothing,) = append(db, path, clock)
    assert nothing.delivery_id is None


def test_instants_before_1970_and_far_ahead_are_recorded_as_they_are(db: Database, write: Write, clock: Clock) -> None:
    texts = ["1969-07-20T20:17:40Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
    content = b"".join(line(text) + b"\n" for text in texts)
    append(db, write("a.jsonl", content), clock)
    (outcome,) = append(db, write("b.jsonl", content), clock)
    assert outcome.duplicates == 4
    assert [event.event_time for event in everything(db)][:2] == [-14_182_940_000_000, 4_102_444_800_000_000]


@pytest.mark.invariant("I5")
def test_arrival_never_goes_back_and_a_clock_behind_is_told(db: Database, write: Write) -> None:
    append(db, write("a.jsonl", b"one\n"), lambda: NOON)
    (little,) = append(db, write("b.jsonl", b"two\n"), lambda: NOON - 5 * MINUTE)
    (more,) = append(db, write("c.jsonl", b"three\n"), lambda: NOON - 6 * MINUTE)
    assert little.clock_warning is None
    assert more.clock_warning == "the clock is 360 s behind the newest arrival, 2026-11-24T12:00:00+00:00"
    assert [event.recorded_at for event in everything(db)] == [NOON] * 6


@pytest.mark.parametrize("instant", [0, NOON - 4000 * 86_400_000_000, NOON + 4000 * 86_400_000_000])
def test_a_clock_that_cannot_be_right_records_nothing(db: Database, write: Write, instant: int) -> None:
    with pytest.raises(LedgerError, match="more than ten years"):
        append(db, write("a.jsonl", b"one\n"), lambda: instant)
    assert everything(db) == []


def test_the_machines_clock_is_the_default(db: Database, write: Write) -> None:
    with open_source(write("a.jsonl", b"one\n")) as source:
        assert [outcome.appended for outcome in deliver(db, source, "telemetry")] == [1]


def test_reading_goes_by_position(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"".join(b"%d\n" % number for number in range(9))), clock)
    with reading(db) as conn:
        assert [event.position for event in log.read(conn, 3, 2)] == [4, 5]
        assert [event.position for event in log.read_positions(conn, [7, 2, 7, 99])] == [2, 7]
        assert log.read_positions(conn, []) == []


def test_rows_are_what_reading_gives_as_plain_tuples(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("plants.csv", b"plant_id,name,location,timezone\np,P,L,UTC\n"), clock, kind="plant")
    append(db, write("a.jsonl", line("2025-04-01T06:00:00Z") + b"\nbroken \xff\nthree\n"), clock)
    put(db, 6)  # what a stranger put there is shown as it is
    with reading(db) as conn:
        for after, limit in ((-1, 9), (-1, 0), (0, 2), (5, 1), (6, 9)):
            events = log.read(conn, after, limit)
            rows = [(one.position, one.event_time, one.payload, one.recorded_at, one.kind, one.leaf_hash) for one in events]
            assert log.read_rows(conn, after, limit) == rows
        assert {type(row) for row in log.read_rows(conn, -1, 9)} == {tuple}
        assert log.read_rows(conn, 5, 9)[0][2] == b"\xff\x00"


def test_a_key_is_found_by_its_first_digits(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"".join(b"%d\n" % number for number in range(99))), clock)
    key = event_hash("telemetry", b"42").hex()
    with reading(db) as conn:
        assert log.find_key(conn, key) == log.find_key(conn, key[:9].upper()) == [42]
        by_one = [event.position for event in log.read(conn, -1, 99) if event.event_hash.hex().startswith(key[0])]
        assert log.find_key(conn, key[0], limit=2) == by_one[:2]
        for wrong in ("", "xyz", key + "0"):
            with pytest.raises(UsageError):
                log.find_key(conn, wrong)


@pytest.mark.invariant("I2")
def test_a_row_beyond_the_head_stops_the_append_and_changes_nothing(db: Database, write: Write, clock: Clock) -> None:
    append(db, write("a.jsonl", b"one\n"), clock)
    put(db, 2)
    with pytest.raises(LedgerError, match=r"position 2 lies beyond the head of the log, which says 2 events; .* run tools/audit verify"):
        append(db, write("b.jsonl", b"two\n"), clock)
    with reading(db) as conn:
        assert (log.head(conn).size, len(log.deliveries(conn, 9))) == (2, 1)


times = st.sampled_from([b"2025-04-01T06:00:00Z", b"2025-04-01T07:00:00Z", b"2025-04-01T05:00:00Z", b"broken"])
lines = st.lists(st.tuples(times, st.sampled_from([b"a", b"b"])).map(lambda pair: b'{"event_time":"%s","x":"%s"}' % pair), max_size=12)


@pytest.mark.invariant("I2", "I3")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines, max_size=4))
def test_any_split_of_any_lines_records_each_content_once_in_order(new_url: NewUrl, write: Write, parts: list[list[bytes]]) -> None:
    with new_url() as url, open_database(url, write=True) as db:
        for number, part in enumerate(parts):
            append(db, write(f"{number}.jsonl", b"".join(one + b"\n" for one in part)), lambda: NOON)
        assert payloads(db) == list(dict.fromkeys(one for part in parts for one in part))
