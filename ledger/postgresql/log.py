"""An append's and a reader's statements on a server. A batch is copied there before the lock; under it are two round trips. PostgreSQL."""

from collections.abc import Collection
from typing import Any

from attrs import asdict, astuple
from psycopg import Connection as RawConnection
from psycopg import IntegrityError
from sqlalchemy import Connection

from ledger.format.batch import Events
from ledger.format.event import LogRow
from ledger.postgresql.guards import DELIVERY_MOVES
from ledger.postgresql.insert import FIND_KNOWN, INSERT_ONE, INSERT_STAGED, INSERT_STAGED_WITH_GAPS, stage
from ledger.store.exchange import Addition, LockedLog, TakenError, require_none_beyond
from ledger.store.reading import Delivery, Head, to_head

_ROWS = """SELECT position, event_time, payload, recorded_at, kind, leaf_hash
FROM event_log WHERE position > %s ORDER BY position LIMIT %s"""
_LOCK = "SELECT size, root, frontier, recorded_at, event_time_max FROM log_head FOR UPDATE"
_EDGES = """SELECT (SELECT coalesce(max(delivery_id), 0) + 1 FROM delivery),
(SELECT min(position) FROM event_log WHERE position >= (SELECT size FROM log_head))"""
_DELIVERY_COLUMNS = Delivery.__slots__[: Delivery.__slots__.index("complete") + 1]  # type: ignore[attr-defined]
_DELIVERY = f"SELECT {', '.join(_DELIVERY_COLUMNS)} FROM delivery WHERE delivery_id = %s"  # noqa: S608 - made of constants
_OPEN = f"INSERT INTO delivery VALUES ({', '.join(f'%({name})s' for name in _DELIVERY_COLUMNS)})"  # noqa: S608 - made of constants
_STORE = (
    f"UPDATE delivery SET {', '.join(f'{name} = %({name})s' for name in DELIVERY_MOVES)}"  # noqa: S608 - made of constants
    " WHERE delivery_id = %(delivery_id)s"
)
_MOVE_HEAD = "UPDATE log_head SET size = %s, root = %b, frontier = %b, recorded_at = %s, event_time_max = %s"


def lock(conn: Connection, events: Events | None, delivery_id: int | None) -> LockedLog:
    """See `Backend.lock`."""
    raw = _raw(conn)
    if events:
        stage(raw, events)
    with raw.pipeline():
        # Each statement sees what was committed before it began: the second looks once the lock is held.
        head = raw.cursor(binary=True).execute(_LOCK)
        known = raw.cursor(binary=True).execute(FIND_KNOWN, prepare=False) if events else None
        edges = raw.cursor(binary=True).execute(_EDGES)
        found = raw.cursor(binary=True).execute(_DELIVERY, (delivery_id,))
    row, (following, beyond), locked = found.fetchone(), _one(edges), to_head(*_one(head))
    require_none_beyond(locked.size, beyond)
    return LockedLog(
        head=locked,
        known={key for (key,) in known.fetchall()} if known else (),
        delivery=Delivery(*row) if row else None,
        next_delivery=following,
    )


def find_known(conn: Connection, _head: Head, events: Events) -> Collection[bytes]:
    """See `Backend.find_known`."""
    raw = _raw(conn)
    stage(raw, events)
    return {key for (key,) in raw.cursor(binary=True).execute(FIND_KNOWN, prepare=False).fetchall()}


def add(conn: Connection, addition: Addition) -> None:
    """See `Backend.add`. The commit goes along: nobody waits for the lock while it travels by itself."""
    raw, new, events = _raw(conn), addition.head, addition.events
    try:
        with raw.pipeline():
            raw.execute(_OPEN if addition.opens else _STORE, asdict(addition.delivery))
            # The head first: what lies beyond it is refused.
            raw.execute(_MOVE_HEAD, (new.size, new.root, new.frontier.to_bytes(), new.recorded_at, new.event_time_max))
            if events:
                values = {
                    "first": addition.first,
                    "kind": events.kind,
                    "recorded_at": new.recorded_at,
                    "delivery_id": addition.delivery.delivery_id,
                    "leaves": b"".join(addition.leaves),
                }
                raw.execute(INSERT_STAGED_WITH_GAPS if addition.gaps else INSERT_STAGED, values, prepare=False)
            raw.execute(INSERT_ONE, astuple(addition.state))
            raw.commit()
    except IntegrityError as error:
        if error.diag.table_name != "event_log":
            raise
        raise TakenError(error.diag.message_primary) from error


def read_rows(conn: Connection, after: int, limit: int) -> list[LogRow]:
    """See `Backend.read_rows`."""
    with _raw(conn).cursor(binary=True) as cursor:
        return cursor.execute(_ROWS, (after, limit)).fetchall()


def _raw(conn: Connection) -> RawConnection[Any]:
    raw: Any = conn.connection.driver_connection
    return raw  # type: ignore[no-any-return]


def _one(cursor: Any) -> Any:  # noqa: ANN401 - the driver's, of any row
    return cursor.fetchone()
