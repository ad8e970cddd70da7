"""The one way into the log: new events take the next positions, under the head's lock, in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter

from attrs import frozen
from sqlalchemy import Connection, Dialect, insert, update
from sqlalchemy.exc import IntegrityError

from ledger._reading import Head
from ledger.errors import LedgerError
from ledger.event import event_hash, leaf_hash
from ledger.grammar import event_time_of
from ledger.instant import iso, read_instant
from ledger.schema import event_log, log_head

RELEASED_AT = read_instant("2026-11-24T00:00:00Z")
_CLOCK_RANGE = 3653 * 86_400_000_000
_CLOCK_BEHIND = 5 * 60_000_000

Clock = Callable[[], int]


@frozen
class Keyed:
    """A line ready to be appended: everything about it that needs no lock."""

    event_time: int
    event_hash: bytes
    kind: str
    payload: bytes
    line_number: int


@frozen(kw_only=True)
class Arrival:
    """When and by which delivery events arrive; `warning` where the clock is behind the log."""

    recorded_at: int
    delivery_id: int
    warning: str | None


def key_lines(lines: Iterable[tuple[int, bytes]]) -> list[Keyed]:
    """Read and hash telemetry lines (line number, payload): the work that needs no lock, and could be done elsewhere."""
    return [Keyed(event_time_of(payload), event_hash("telemetry", payload), "telemetry", payload, number) for number, payload in lines]


def arrival(log: Head, delivery_id: int, clock: Clock) -> Arrival:
    """Read the clock for an append: never behind the log's newest arrival; raise LedgerError where it cannot be right."""
    now = clock()
    if abs(now - RELEASED_AT) > _CLOCK_RANGE:
        raise LedgerError(f"the clock says {now // 1_000_000} s since 1970, more than ten years from this release; set it, then run again")
    behind = log.recorded_at - now
    warning = f"the clock is {behind // 1_000_000} s behind the newest arrival, {iso(log.recorded_at)}" if behind > _CLOCK_BEHIND else None
    return Arrival(recorded_at=max(now, log.recorded_at), delivery_id=delivery_id, warning=warning)


def choose_new(conn: Connection, log: Head, events: Sequence[Keyed]) -> list[Keyed]:
    """Give the events whose key is neither in the log nor earlier among them, in order."""
    first: dict[bytes, Keyed] = {}
    for event in events:
        first.setdefault(event.event_hash, event)
    # No key of the log is newer than its largest event_time, so only the others need to be looked up.
    doubtful = [(event.event_time, event.event_hash) for event in first.values() if event.event_time <= log.event_time_max]
    if not doubtful:
        return list(first.values())
    known = _known(conn, doubtful)
    return [event for key, event in first.items() if key not in known]


def _known(conn: Connection, keys: list[tuple[int, bytes]]) -> set[bytes]:
    conn.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS candidate (event_time INTEGER, event_hash BLOB)")
    conn.exec_driver_sql("DELETE FROM candidate")
    # In the order of the index: neighbours share its pages.
    conn.exec_driver_sql("INSERT INTO candidate VALUES (?, ?)", sorted(keys))
    found = conn.exec_driver_sql("SELECT event_hash FROM candidate CROSS JOIN event_log USING (event_time, event_hash)")
    return set(found.scalars())


def append_new(conn: Connection, log: Head, events: Sequence[Keyed], arrived: Arrival) -> Head:
    """Append events that are known to be new, and give the head after them. The caller holds the lock."""
    if not events:
        return log
    recorded_at, delivery_id = arrived.recorded_at, arrived.delivery_id
    found = [
        leaf_hash(position, one.event_time, one.event_hash, one.kind, recorded_at, delivery_id, one.line_number)
        for position, one in enumerate(events, log.size)
    ]
    rows = [
        (position, one.event_time, one.event_hash, one.kind, one.payload, recorded_at, delivery_id, one.line_number, leaf)
        for position, (one, leaf) in enumerate(zip(events, found, strict=True), log.size)
    ]
    try:
        conn.exec_driver_sql(_insert_sql(conn.dialect), rows)
    except IntegrityError as error:
        raise LedgerError(f"the log does not take position {log.size} ({error.orig}); it was changed: run tools/audit verify") from error
    frontier = log.frontier.extended(found)
    time_max = max(log.event_time_max, *map(itemgetter(1), rows))
    new = Head(frontier.size, frontier.root(), frontier, recorded_at, time_max)
    _move_head(conn, new)
    return new


def _move_head(conn: Connection, new: Head) -> None:
    conn.execute(
        update(log_head).values(
            size=new.size,
            root=new.root,
            frontier=new.frontier.to_bytes(),
            recorded_at=new.recorded_at,
            event_time_max=new.event_time_max,
        )
    )


@lru_cache
def _insert_sql(dialect: Dialect) -> str:
    # Compiled once and given the driver's tuples: insert().values(list of dicts) costs more than the rows.
    return str(insert(event_log).compile(dialect=dialect))
