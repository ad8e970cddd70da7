"""The one way into the log: new events take the next positions, under the head's lock, in one transaction."""

from collections.abc import Callable

from attrs import frozen
from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from ledger._inserting import insert_events
from ledger._reading import Head
from ledger.columns import Events, leaf_hashes
from ledger.errors import LedgerError
from ledger.instant import iso, read_instant
from ledger.schema import log_head

RELEASED_AT = read_instant("2026-11-24T00:00:00Z")
_CLOCK_RANGE = 3653 * 86_400_000_000
_CLOCK_BEHIND = 5 * 60_000_000

Clock = Callable[[], int]


@frozen(kw_only=True)
class Arrival:
    """When and by which delivery events arrive; `warning` where the clock is behind the log."""

    recorded_at: int
    delivery_id: int
    warning: str | None


def arrival(log: Head, delivery_id: int, clock: Clock) -> Arrival:
    """Read the clock for an append: never behind the log's newest arrival; raise LedgerError where it cannot be right."""
    now = clock()
    if abs(now - RELEASED_AT) > _CLOCK_RANGE:
        raise LedgerError(f"the clock says {now // 1_000_000} s since 1970, more than ten years from this release; set it, then run again")
    behind = log.recorded_at - now
    warning = f"the clock is {behind // 1_000_000} s behind the newest arrival, {iso(log.recorded_at)}" if behind > _CLOCK_BEHIND else None
    return Arrival(recorded_at=max(now, log.recorded_at), delivery_id=delivery_id, warning=warning)


def choose_new(conn: Connection, log: Head, events: Events) -> Events:
    """Give the events whose key is not in the log, in order; the keys among them are all different."""
    # No key of the log is newer than its largest event_time, so only the others need to be looked up.
    newest = log.event_time_max
    doubtful = [pair for pair in zip(events.event_times, events.event_hashes, strict=True) if pair[0] <= newest]
    known = _known(conn, doubtful) if doubtful else None
    return events.chosen([key not in known for key in events.event_hashes]) if known else events


def _known(conn: Connection, keys: list[tuple[int, bytes]]) -> set[bytes]:
    if conn.dialect.name == "postgresql":
        query = "SELECT event_hash FROM event_log JOIN unnest(%s::bigint[], %s::bytea[]) AS s (t, h) ON event_time = t AND event_hash = h"
        return set(conn.exec_driver_sql(query, ([time for time, _ in keys], [key for _, key in keys])).scalars())
    conn.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS candidate (event_time INTEGER, event_hash BLOB)")
    conn.exec_driver_sql("DELETE FROM candidate")
    # In the order of the index: neighbours share its pages.
    conn.exec_driver_sql("INSERT INTO candidate VALUES (?, ?)", sorted(keys))
    found = conn.exec_driver_sql("SELECT event_hash FROM candidate CROSS JOIN event_log USING (event_time, event_hash)")
    return set(found.scalars())


def append_new(conn: Connection, log: Head, events: Events, arrived: Arrival) -> Head:
    """Append events that are known to be new, and give the head after them. The caller holds the lock."""
    if not events:
        return log
    leaves = leaf_hashes(events, log.size, arrived.recorded_at, arrived.delivery_id)
    try:
        insert_events(conn, events, leaves, first=log.size, recorded_at=arrived.recorded_at, delivery_id=arrived.delivery_id)
    except IntegrityError as error:
        raise LedgerError(f"the log does not take position {log.size} ({error.orig}); it was changed: run tools/audit verify") from error
    frontier = log.frontier.extended(leaves)
    new = Head(frontier.size, frontier.root(), frontier, arrived.recorded_at, max(log.event_time_max, *events.event_times))
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
