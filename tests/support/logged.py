"""What a log holds besides the events that state its deliveries, one after each transaction."""

from collections.abc import Iterable

from ledger.format.delivery_state import KIND
from ledger.format.event import LogRow, Recorded


def lines_of(events: Iterable[Recorded]) -> list[Recorded]:
    """Return the events that come from lines, in order."""
    return [event for event in events if event.kind != KIND]


def payloads_of(rows: Iterable[LogRow]) -> list[bytes]:
    """Return the payloads of the rows that come from lines, in order."""
    return [row[2] for row in rows if row[4] != KIND]
