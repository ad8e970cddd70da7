"""What can be read from the log: its head, events by position, statements, leaves, deliveries."""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, LargeBinary, Row, Select, cast, select, text

from ledger.errors import UsageError, VerificationError
from ledger.format.event import Recorded
from ledger.proof.frontier import Frontier
from ledger.source.read import Place
from ledger.store.schema import STATEMENTS, delivery, event_log, log_head

_PAGE = 10_000
_DAMAGED = "the head of the log is damaged"
_EVENT_HASH_HEX_DIGITS = 64
# SQLite stores any type in any column: text put in place of bytes is to be compared, not to fail while it is fetched.
_EVENTS = select(*(cast(column, LargeBinary) if isinstance(column.type, LargeBinary) else column for column in event_log.c))


@frozen
class Head:
    """The log in one row: number of events, Merkle root and frontier, latest arrival and largest event_time (µs since 1970 UTC)."""

    size: int
    root: bytes
    frontier: Frontier
    recorded_at: int
    event_time_max: int


@frozen
class Delivery:
    """One run that brought lines of one source: how far into the source it has come, and what became of its lines.

    `lines = appended + duplicates + blank`; `oversize` counts those among them that were recorded as stubs. `complete`: the source was
    read to its end. `digest`: SHA-256 of the first `bytes_read` bytes. Times are in µs since 1970 UTC.
    """

    delivery_id: int
    source: str
    kind: str
    bytes_read: int
    digest: bytes
    last_line_number: int
    lines: int
    appended: int
    duplicates: int
    blank: int
    oversize: int
    first_position: int | None
    last_position: int | None
    started_at: int
    ended_at: int
    complete: bool

    @property
    def place(self) -> Place:
        """Return where the run stopped reading."""
        return Place(self.bytes_read, self.digest, self.last_line_number)


def head(conn: Connection) -> Head:
    """Return the log's head; raise VerificationError if it is damaged."""
    row = conn.execute(select(log_head)).one_or_none()
    if row is None:
        raise VerificationError(f"{_DAMAGED}: it has no row; run tools/audit verify, and restore the database from a backup")
    return to_head(row.size, row.root, row.frontier, row.recorded_at, row.event_time_max)


def to_head(size: int, root: bytes, frontier: bytes, recorded_at: int, event_time_max: int) -> Head:
    """Return the Head of a row of `log_head`; raise VerificationError if a value is of another type or does not fit the others."""
    # SQLite stores any type in any column.
    if (*map(type, (size, root, frontier, recorded_at, event_time_max)),) != (int, bytes, bytes, int, int):
        raise VerificationError(f"{_DAMAGED}: a value is of another type than its column; restore the database from a backup")
    try:
        return Head(size, root, Frontier.from_bytes(size, frontier), recorded_at, event_time_max)
    except ValueError as error:
        raise VerificationError(f"{_DAMAGED}: {error}; restore the database from a backup") from error


def read(conn: Connection, after: int, limit: int) -> list[Recorded]:
    """Return up to limit events at positions above `after` (-1: from the beginning), by position."""
    return _recorded(conn, _EVENTS.where(event_log.c.position > after).order_by(event_log.c.position).limit(limit))


def read_positions(conn: Connection, positions: Sequence[int]) -> list[Recorded]:
    """Return the events at these positions, by position; a position that is not in the log is left out."""
    wanted = sorted(set(positions))
    pages = (wanted[at : at + _PAGE] for at in range(0, len(wanted), _PAGE))
    query = _EVENTS.order_by(event_log.c.position)
    return [event for page in pages for event in _recorded(conn, query.where(event_log.c.position.in_(page)))]


def statements(conn: Connection, upto: int, start: int = 0) -> list[Recorded]:
    """Return all registry rows at positions from `start` to below `upto`, by position."""
    query = _EVENTS.where(text(STATEMENTS), event_log.c.position >= start, event_log.c.position < upto)
    return _recorded(conn, query.order_by(event_log.c.position))


def leaves(conn: Connection, after: int, upto: int) -> Iterator[bytes]:
    """Return the leaf hashes of positions above after and below upto, in order, a page in memory at a time."""
    for start in range(after + 1, upto, _PAGE):
        here = event_log.c.position.between(start, min(start + _PAGE, upto) - 1)
        yield from conn.execute(select(event_log.c.leaf_hash).where(here).order_by(event_log.c.position)).scalars()


def deliveries(conn: Connection, limit: int) -> list[Delivery]:
    """Return the latest `limit` deliveries, latest first."""
    rows = conn.execute(select(delivery).order_by(delivery.c.delivery_id.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def find_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    """Return the delivery with this number; None if there is none."""
    row = conn.execute(select(delivery).where(delivery.c.delivery_id == delivery_id)).first()
    return _delivery(row) if row else None


def last_delivery(conn: Connection, source: str) -> Delivery | None:
    """Return the latest delivery of a source, complete or not; None if it never was delivered."""
    row = conn.execute(select(delivery).where(delivery.c.source == source).order_by(delivery.c.delivery_id.desc()).limit(1)).first()
    return _delivery(row) if row else None


def find_key(conn: Connection, prefix: str, limit: int = 10) -> list[int]:
    """Return the positions of up to limit events whose event_hash in hex begins with prefix; raise UsageError if it is no hex."""
    low = prefix.lower()
    if not low or set(low) - set("0123456789abcdef") or len(low) > _EVENT_HASH_HEX_DIGITS:
        raise UsageError(f"not a key: {prefix!r}; give the first hex digits of one")
    first, last = (bytes.fromhex(low.ljust(_EVENT_HASH_HEX_DIGITS, digit)) for digit in "0f")
    here = event_log.c.event_hash.between(first, last)
    return list(conn.execute(select(event_log.c.position).where(here).order_by(event_log.c.position).limit(limit)).scalars())


def _recorded(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Recorded]:
    return [Recorded(*row) for row in conn.execute(query)]


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
