"""The event log: append, read, head. All its queries are behind these names."""

from ledger._appending import Clock, Keyed, key_lines
from ledger._delivering import Outcome, append_registry, append_telemetry
from ledger._reading import (
    Delivery,
    Head,
    LogRow,
    deliveries,
    find_key,
    head,
    last_delivery,
    leaves,
    read,
    read_positions,
    read_rows,
    statements,
)

__all__ = [
    "Clock",
    "Delivery",
    "Head",
    "Keyed",
    "LogRow",
    "Outcome",
    "append_registry",
    "append_telemetry",
    "deliveries",
    "find_key",
    "head",
    "key_lines",
    "last_delivery",
    "leaves",
    "read",
    "read_positions",
    "read_rows",
    "statements",
]
