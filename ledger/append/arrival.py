"""The one way into the log: new events take the next positions, under the head's lock, in one transaction."""

from collections.abc import Callable

from attrs import frozen
from sqlalchemy import Connection

from ledger.backends import backend
from ledger.errors import LedgerError
from ledger.format.batch import Events, leaf_hashes
from ledger.format.instant import iso, read_instant
from ledger.store.exchange import Addition, TakenError
from ledger.store.reading import Head

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


def extend(log: Head, events: Events, arrived: Arrival) -> tuple[Head, list[bytes]]:
    """Return the head after new events, and their leaves."""
    if not events:
        return log, []
    leaves = leaf_hashes(events, log.size, arrived.recorded_at, arrived.delivery_id)
    frontier = log.frontier.extended(leaves)
    newest = max(log.event_time_max, *events.event_times)
    return Head(frontier.size, frontier.root(), frontier, arrived.recorded_at, newest), leaves


def add(conn: Connection, addition: Addition) -> None:
    """Write what was made under the lock, last in its transaction; raise LedgerError where the log is not what its head says."""
    try:
        backend(conn).add(conn, addition)
    except TakenError as error:
        raise LedgerError(f"the log does not take position {addition.first} ({error}); it was changed: run tools/audit verify") from error
