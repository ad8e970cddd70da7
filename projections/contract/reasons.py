"""Every reason why an event is not a reading, and every issue of a registration, with its meaning. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "oversize_line": "The line was longer than 1 MiB; its length and SHA-256 were recorded in its place.",
        "malformed_json": "The line is not one JSON object: not JSON or not UTF-8, a top-level key twice, nested deeper than 64, or with "
        "U+0000 or a lone surrogate in it.",
        "missing_field": "plant_id, inverter_id or event_time is absent, null, empty or not a string.",
        "id_too_long": "plant_id or inverter_id has more than 256 bytes in UTF-8; the row holds its beginning, the log the whole line.",
        "bad_timestamp": "event_time is not a date and time of the accepted form, or no such moment exists.",
        "naive_timestamp": "event_time has no offset from UTC; none is ever assumed.",
        "bad_number": "ac_power is neither null nor a number, nor a string holding one.",
        "unknown_unit": "ac_power is given, in no unit or in one other than kW or W.",
        "no_measurement": "The message holds neither AC power nor a usable counter.",
        "future_timestamp": "event_time is more than 5 minutes after the event's own arrival.",
        "unknown_inverter": "No inverter of this inverter_id is registered.",
        "plant_mismatch": "The inverter is registered under another plant.",
        "before_commissioning": "event_time is more than 24 hours before the inverter's commissioned_at.",
        "sentinel_value": "AC power is a register's code for 'no value' (−32768, 65535, ±2147483647, −2147483648, 4294967295, −1000000, or "
        "one of these × 10^k, k from −3 to 3) and outside −5 to 120 % of P0. With P0 unknown: beyond ±10 MW, or an unscaled code.",
        "negative_power": "AC power is below −5 % of P0. With P0 unknown: below −10 MW.",
        "power_over_limit": "AC power is above 120 % of P0. With P0 unknown: above 10 MW.",
        "duplicate_reading": "Another event states the same reading for this inverter and moment, and is the one kept.",
        "superseded": "A later event states another reading for this inverter and moment; the later one stands.",
    }
)
"""Reasons of telemetry in order of precedence: of all that apply to an event, the first here is its primary reason."""

REGISTRY_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "oversize_line": "The row was longer than 1 MiB; its length and SHA-256 were recorded in its place.",
        "malformed_row": "The row is not UTF-8, holds a NUL, is not CSV, or has more or fewer fields than its header.",
        "missing_id": "The row's plant_id or inverter_id is absent or empty.",
        "id_too_long": "The row's plant_id or inverter_id has more than 256 bytes in UTF-8.",
    }
)
"""Reasons why a registry row registers nothing."""

ISSUES: Mapping[str, str] = MappingProxyType(
    {
        "bad_capacity": "capacity_kw is not a number, not above 0 or above 10 000; the capacity is unknown.",
        "bad_commissioned_at": "commissioned_at cannot be read or has no offset from UTC; it is unknown.",
        "bad_counter_modulus": "counter_modulus_wh is not a number above 0; it is unknown.",
        "missing_plant": "plant_id is empty; telemetry of the inverter may name any plant.",
        "timezone_invalid": "timezone is not an IANA zone of the locked tzdata package; the plant's daily summaries are held.",
        "timezone_missing": "timezone is empty; the plant's daily summaries are held.",
    }
)
"""What may be wrong with a registration that is in force all the same."""


@attrs.frozen
class Problem:
    """One reason why an event is not a reading, with the field that caused it and that field's value as sent, as text.

    `field` is None if the line as a whole caused it; `value` is None if the field is absent or null.
    """

    reason: str
    field: str | None
    value: str | None
