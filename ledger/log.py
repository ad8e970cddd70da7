"""All queries of the event log, and what appends to it, behind these names: `from ledger import log; log.head(connection)`."""

from ledger.append.arrival import Clock
from ledger.append.deliver import append_prepared, append_registry, append_telemetry
from ledger.append.result import AppendResult
from ledger.backends import read_rows
from ledger.store.reading import Delivery, Head, deliveries, find_key, head, last_delivery, leaves, read, read_positions, statements

__all__ = [
    "AppendResult",
    "Clock",
    "Delivery",
    "Head",
    "append_prepared",
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
