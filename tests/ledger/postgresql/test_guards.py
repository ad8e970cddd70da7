from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import log
from ledger.database import open_database
from ledger.format.event import oversize_stub
from ledger.format.instant import iso
from ledger.postgresql.guards import _iso
from ledger.postgresql.setup import ddl
from ledger.source.read import Batch, Place
from tests.ledger.conftest import NOON
from tests.support.servers import VERSIONS, Cluster, new_log

OLD = b'{"event_time":"2025-04-01T06:00:00Z"}'
NEW = b'{"event_time":"2025-04-01T07:00:00Z"}'
STRANGE = "9, 1, sha256(''), 'telemetry', '', 0, 1, 1, sha256('')"


def append(url: str, clock: Callable[[], int], *payloads: bytes) -> None:
    batch = Batch(lines=list(enumerate(payloads, 1)), place=Place(1), read=len(payloads), blank=0, oversize=0, last=True)
    with open_database(url, write=True) as db:
        list(log.append_telemetry(db, "test", [batch], clock=clock))


@pytest.fixture(scope="module", params=VERSIONS)
def filled_url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a log with two events, for all tests that change nothing."""
    with new_log(clusters(request.param)) as url:
        append(url, lambda: NOON, OLD, NEW)
        yield url


def connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def ask(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with connect(url) as raw:
        return raw.execute(query.encode(), values).fetchall()


def test_the_schema_is_the_one_that_was_promised() -> None:
    golden = Path(__file__).with_name("schema_golden.sql")
    found = "".join(f"{statement};\n" for statement in ddl())
    assert [line.rstrip() for line in found.splitlines()] == golden.read_text().splitlines()


@pytest.mark.invariant("I1")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_log SET payload = '' WHERE position = 0",
        "UPDATE event_log SET payload = '' WHERE position = 99",
        "DELETE FROM event_log WHERE position = 1",
        "DELETE FROM event_log",
        "TRUNCATE event_log",
        "TRUNCATE event_log, delivery CASCADE",
        f"INSERT INTO event_log VALUES ({STRANGE.replace('9', '0', 1)})",  # noqa: S608
        f"INSERT INTO event_log VALUES ({STRANGE.replace('9', '0', 1)}) ON CONFLICT (position) DO UPDATE SET payload = ''",  # noqa: S608
        "INSERT INTO event_log SELECT 9, event_time, event_hash, kind, payload, 0, 1, 1, leaf_hash FROM event_log WHERE position = 1",
        f"INSERT INTO event_log VALUES ({STRANGE.replace('9', '-1', 1)})",  # noqa: S608
        f"INSERT INTO event_log VALUES ({STRANGE.replace('telemetry', 'other')})",  # noqa: S608
        f"INSERT INTO event_log VALUES ({STRANGE.replace('0, 1, 1', '0, 8, 1')})",  # noqa: S608
        "INSERT INTO event_log VALUES (9, 1, '\\x00', 'telemetry', '', 0, 1, 1, sha256(''))",
        "DELETE FROM log_head",
        "TRUNCATE log_head",
        "INSERT INTO log_head VALUES (1, 0, sha256(''), '', 0, 0)",
        "INSERT INTO log_head VALUES (2, 0, sha256(''), '', 0, 0)",
        "UPDATE log_head SET size = size - 1",
        "UPDATE log_head SET recorded_at = recorded_at - 1",
        "UPDATE log_head SET event_time_max = event_time_max - 1",
        "UPDATE log_head SET id = 2",
        "DELETE FROM delivery",
        "TRUNCATE delivery CASCADE",
        "UPDATE delivery SET source = 'other'",
        "UPDATE delivery SET delivery_id = 2",
        "UPDATE delivery SET lines = lines + 1",
    ],
)
def test_the_database_itself_refuses(filled_url: str, statement: str) -> None:
    everything = "SELECT * FROM event_log, log_head, delivery ORDER BY position"
    before = ask(filled_url, everything)
    with connect(filled_url) as raw, pytest.raises(psycopg.IntegrityError):
        raw.execute(statement.encode())
    assert ask(filled_url, everything) == before


def test_what_a_trigger_refuses_is_said_in_our_words(server_url: str) -> None:
    with connect(server_url) as raw, pytest.raises(psycopg.errors.RestrictViolation, match="the log is append-only: no TRUNCATE"):
        raw.execute("TRUNCATE event_log")


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (NEW + b" ", NEW.decode() + " "),
        ("Güstrow °C \U0001f31e".encode(), "Güstrow °C \U0001f31e"),
        (b"25\xb0C", "hex:3235b043"),
        (b"\xc3(", "hex:c328"),
        (b"\xed\xa0\x80", "hex:eda080"),
        (b"a\x00b", "hex:610062"),
        (oversize_stub(5, bytes(32)), "oversize_line 5 " + "00" * 32),
        ("é".encode() * 2100, "é" * 2100),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_the_readable_view_shows_text_as_text_and_other_bytes_in_hex(
    server_url: str, clock: Callable[[], int], payload: bytes, shown: str
) -> None:
    append(server_url, clock, payload)
    assert ask(server_url, "SELECT payload FROM event_log_readable WHERE position = 0") == [(shown,)]


def test_the_readable_view_shows_keys_in_hex_and_times_in_iso(server_url: str) -> None:
    append(server_url, lambda: 1_795_521_600_000_001, OLD, b"broken")
    first, second, _ = ask(server_url, "SELECT * FROM event_log_readable ORDER BY position")
    ((key, leaf),) = ask(server_url, "SELECT event_hash, leaf_hash FROM event_log WHERE position = 0")
    assert first == (
        0,
        "telemetry",
        "2025-04-01T06:00:00+00:00",
        key.hex(),
        OLD.decode(),
        "2026-11-24T12:00:00.000001+00:00",
        1,
        "test",
        1,
        leaf.hex(),
    )
    assert second[2] is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999), min_size=50, max_size=50))
def test_the_view_writes_instants_as_we_do(server_url: str, instants: list[int]) -> None:
    shown = ask(server_url, f"SELECT {_iso('t')} FROM unnest(%s::bigint[]) WITH ORDINALITY AS s (t, n) ORDER BY n", instants)  # noqa: S608
    assert [text for (text,) in shown] == [iso(instant) for instant in instants]


def test_an_instant_beyond_the_calendar_is_shown_as_none(server_url: str) -> None:
    assert ask(server_url, f"SELECT {_iso('t')} FROM (VALUES ((-1::bigint) << 63), (1::bigint << 62)) AS s (t)") == [(None,), (None,)]  # noqa: S608


def test_statements_are_found_without_reading_the_log(server_url: str) -> None:
    with connect(server_url) as raw:
        raw.execute("SET enable_seqscan = off")
        plan = raw.execute(
            "EXPLAIN SELECT * FROM event_log WHERE kind <> 'telemetry' AND kind <> 'delivery' AND position < 7 ORDER BY position"
        ).fetchall()
    assert any("event_log_statements" in str(step) for step in plan)
