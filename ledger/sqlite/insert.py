"""Insert events as fast as SQLite takes them: many rows a statement, the guard against REPLACE set aside meanwhile. SQLite."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count, islice, repeat

from sqlalchemy import Connection

from ledger.format.batch import Events
from ledger.store.schema import event_log

# SQLite's lowest common limit is 999 values a statement.
_ROWS_AT_ONCE = 100
_FEW = 1_000
_GUARD = "event_log_refuses_replace"
_ROW = f"({', '.join('?' * len(event_log.columns))})"
_INSERT = f"INSERT INTO event_log VALUES {_ROW}"  # noqa: S608 - made of constants
_INSERT_MANY = f"INSERT INTO event_log VALUES {', '.join([_ROW] * _ROWS_AT_ONCE)}"  # noqa: S608 - made of constants


def insert_events(conn: Connection, events: Events, leaves: Sequence[bytes], *, first: int, recorded_at: int, delivery_id: int) -> None:
    """Insert events at the positions from `first`; raise SQLAlchemy's IntegrityError if a position or a key is taken."""
    rows = zip(
        count(first),
        events.event_times,
        events.event_hashes,
        repeat(events.kind),
        events.payloads,
        repeat(recorded_at),
        repeat(delivery_id),
        events.line_numbers,
        leaves,
        strict=False,  # three of them have no end
    )
    if len(events) < _FEW:
        conn.exec_driver_sql(_INSERT, list(rows))
        return
    with _unguarded(conn):
        whole = len(events) // _ROWS_AT_ONCE
        blocks = [tuple(chain.from_iterable(islice(rows, _ROWS_AT_ONCE))) for _ in range(whole)]
        conn.exec_driver_sql(_INSERT_MANY, blocks)
        rest = list(rows)
        if rest:
            conn.exec_driver_sql(_INSERT, rest)


@contextmanager
def _unguarded(conn: Connection) -> Iterator[None]:
    """Drop the trigger that refuses INSERT OR REPLACE, and make it again.

    Asked for every row, it costs a quarter of the rate. Both changes belong to this transaction, in which nobody else can write: no other
    connection ever sees the log without its guard, and a transaction that fails or dies leaves it where it was. Here, plain INSERT is
    refused what is taken by the keys themselves.
    """
    sql = conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", (_GUARD,)).scalar()
    if sql is None:
        yield
        return
    conn.exec_driver_sql(f"DROP TRIGGER {_GUARD}")
    yield
    conn.exec_driver_sql(sql)
