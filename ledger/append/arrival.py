"""When events arrive, what the log's head is after them, and the event that states their delivery."""

from collections.abc import Callable

from attrs import asdict, frozen

from ledger.errors import LedgerError
from ledger.format.batch import Events, leaf_hashes
from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import Recorded, event_hash, leaf_hash
from ledger.format.instant import iso, read_instant
from ledger.store.reading import Delivery, Head

RELEASED_AT = read_instant("2026-11-24T00:00:00Z")
_CLOCK_RANGE = 3653 * 86_400_000_000
_CLOCK_BEHIND = 5 * 60_000_000

Clock = Callable[[], int]
"""Returns the time in µs since 1970 UTC, as `ledger.clock.now` does."""


@frozen(kw_only=True)
class Arrival:
    """When (µs since 1970 UTC) and by which delivery events arrive; `clock_warning`: that the clock is far behind the log, if it is."""

    recorded_at: int
    delivery_id: int
    clock_warning: str | None


def arrival(head: Head, delivery_id: int, clock: Clock) -> Arrival:
    """Read the clock for an append; an arrival is never before the log's latest one, whatever the clock says.

    Raise LedgerError if the clock is more than ten years from this release, and so cannot be right.
    """
    now = clock()
    if abs(now - RELEASED_AT) > _CLOCK_RANGE:
        raise LedgerError(f"the clock says {now // 1_000_000} s since 1970, more than ten years from this release; set it, then run again")
    behind = head.recorded_at - now
    warning = f"the clock is {behind // 1_000_000} s behind the newest arrival, {iso(head.recorded_at)}" if behind > _CLOCK_BEHIND else None
    return Arrival(recorded_at=max(now, head.recorded_at), delivery_id=delivery_id, clock_warning=warning)


def extend(head: Head, events: Events, arrived: Arrival) -> tuple[Head, list[bytes]]:
    """Return the head after new events, and their leaves."""
    if not events:
        return head, []
    leaves = leaf_hashes(events, head.size, arrived.recorded_at, arrived.delivery_id)
    frontier = head.frontier.extended(leaves)
    latest = max(head.event_time_max, *events.event_times)
    return Head(frontier.size, frontier.root(), frontier, arrived.recorded_at, latest), leaves


def add_state(head: Head, delivery: Delivery, recorded_at: int) -> tuple[Head, Recorded]:
    """Return the head after the event that states a delivery as it now is, and that event, which comes from no line: line_number 0."""
    payload = state_payload(asdict(delivery))
    key, number = event_hash(KIND, payload), 0
    leaf = leaf_hash(head.size, 0, key, KIND, recorded_at, delivery.delivery_id, number)
    frontier = head.frontier.extended([leaf])
    after = Head(frontier.size, frontier.root(), frontier, recorded_at, max(head.event_time_max, 0))
    return after, Recorded(head.size, 0, key, KIND, payload, recorded_at, delivery.delivery_id, number, leaf)
