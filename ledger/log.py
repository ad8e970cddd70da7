"""The event log: append, read, head. All its queries are behind these names."""

from ledger.append.arrival import Clock
from ledger.append.writer import Outcome, append_keyed, append_registry, append_telemetry
from ledger.backends import read_rows
from ledger.store.reading import Delivery, Head, deliveries, find_key, head, last_delivery, leaves, read, read_positions, statements

__all__ = [
    "Clock",
    "Delivery",
    "Head",
    "Outcome",
    "append_keyed",
    "append_registry",
    "append_telemetry",
    "deliveries",
    "find_key",
    "head",
    "last_delivery",
    "leaves",
    "read",
    "read_positions",
    "read_rows",
    "statements",
]
