"""An append's and a reader's statements on a file. A transaction that writes holds the file's one lock from its start. SQLite."""

from collections.abc import Collection
from typing import Any

from attrs import asdict
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ledger.format.batch import Events
from ledger.format.event import LogRow
from ledger.sqlite.insert import insert_events
from ledger.store import reading
from ledger.store.exchange import Addition, LockedLog, TakenError, require_none_beyond
from ledger.store.reading import Delivery, Head, find_delivery
from ledger.store.schema import delivery, event_log, log_head

_ROWS = """SELECT position, event_time, CAST(payload AS BLOB), recorded_at, kind, CAST(leaf_hash AS BLOB)
FROM event_log WHERE position > ? ORDER BY position LIMIT ?"""

_BEYOND = "SELECT min(position) FROM event_log WHERE position >= ?"


def lock(conn: Connection, events: Events | None, delivery_id: int | None) -> LockedLog:
    """See `Backend.lock`."""
    head = reading.head(conn)
    require_none_beyond(head.size, conn.exec_driver_sql(_BEYOND, (head.size,)).scalar())
    return LockedLog(
        head=head,
        known=() if events is None else find_known(conn, head, events),
        delivery=None if delivery_id is None else find_delivery(conn, delivery_id),
        next_delivery=(conn.execute(select(func.max(delivery.c.delivery_id))).scalar_one() or 0) + 1,
    )


def find_known(conn: Connection, head: Head, events: Events) -> Collection[bytes]:
    """See `Backend.find_known`."""
    # No event of the log is later than its largest event_time, so only the others need to be looked up.
    latest = head.event_time_max
    doubtful = [pair for pair in zip(events.event_times, events.event_hashes, strict=True) if pair[0] <= latest]
    if not doubtful:
        return ()
    conn.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS candidate (event_time INTEGER, event_hash BLOB)")
    conn.exec_driver_sql("DELETE FROM candidate")
    # In the order of the index: neighbours share its pages.
    conn.exec_driver_sql("INSERT INTO candidate VALUES (?, ?)", sorted(doubtful))
    found = conn.exec_driver_sql("SELECT event_hash FROM candidate CROSS JOIN event_log USING (event_time, event_hash)")
    return set(found.scalars())


def add(conn: Connection, addition: Addition) -> None:
    """See `Backend.add`."""
    state, new = addition.delivery, addition.head
    if addition.opens:
        conn.execute(insert(delivery).values(asdict(state)))
    else:
        _store(conn, state)
    try:
        if addition.events:
            insert_events(
                conn, addition.events, addition.leaves, first=addition.first, recorded_at=new.recorded_at, delivery_id=state.delivery_id
            )
        conn.execute(insert(event_log).values(asdict(addition.state)))
    except IntegrityError as error:
        raise TakenError(str(error.orig)) from error
    frontier = new.frontier.to_bytes()
    times = {"recorded_at": new.recorded_at, "event_time_max": new.event_time_max}
    conn.execute(update(log_head).values(size=new.size, root=new.root, frontier=frontier, **times))


def _store(conn: Connection, state: Delivery) -> None:
    # Setting the number, even to itself, would make SQLite look for it in the whole log.
    values = asdict(state, filter=lambda field, _: field.name not in {"delivery_id", "source", "kind"})
    conn.execute(update(delivery).where(delivery.c.delivery_id == state.delivery_id).values(values))


def read_rows(conn: Connection, after: int, limit: int) -> list[LogRow]:
    """See `Backend.read_rows`."""
    with conn.exec_driver_sql(_ROWS, (after, limit)) as result:
        # The driver's own tuples: a Row around each would cost as much as fetching it.
        cursor: Any = result.cursor
        rows: list[LogRow] = cursor.fetchall()
        return rows
