"""The flags of a reading, with their meanings; raise the version of the set if a name or its meaning changes. Pure.

P0 is the inverter's nameplate AC power. A rule that is a share of it applies only if it is known.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

FLAGS_VERSION = 1

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "clock_ahead": "The reading's own time is ahead of its arrival, by at most 5 minutes.",
        "counter_out_of_range": "The lifetime counter was negative or above 1e14 Wh; it is left out.",
        "dc_high": "DC power is above 130 % of P0 (and at most 150 %); kept.",
        "dc_out_of_range": "DC power was below −1 % or above 150 % of P0, or a register's code for 'no value'; it is left out. With P0 "
        "unknown: beyond ±10 MW, or an unscaled such code.",
        "field_unreadable": "DC power, temperature or counter was not a number, or DC power had a unit other than kW or W; the field is "
        "left out.",
        "over_nameplate": "AC power is above 110 % of P0 (and at most 120 %); kept.",
        "standby_negative": "AC power is below zero by at most 5 % of P0, as at night; kept, and counted as 0 for production.",
        "status_unknown": "The status is a word, number or value that has no canonical status; the status is unknown.",
        "temperature_extreme": "The temperature lies in −60 to below −40 °C, or above 100 to 125 °C; kept.",
        "temperature_out_of_range": "The temperature was outside −60 to 125 °C; it is left out.",
        "unit_suspect": "DC power is more than 3 times AC power while AC power is above 5 % of P0, as if one were in the other unit; both "
        "are kept as sent, never corrected.",
    }
)


def join_names(names: Iterable[str]) -> str:
    """Return names joined by commas, sorted, each once; an empty text for none."""
    return ",".join(sorted(set(names)))
