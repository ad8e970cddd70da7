"""What goes wrong in the made-up fleet: every reason, flag and counter shape of the contract, each where a reader can look for it.

Places are an inverter and its plant's local time, on the 5-minute grid.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools._fleet.model import STEP_US, Message, Unit, local_instant

Change = Callable[[Sequence[Message], int], Message | None]
"""From the healthy messages of a span and an index k to what is sent in place of the k-th, None for nothing."""

_W: Mapping[str, Any] = {"ac_power_unit": "W", "dc_power_unit": "W"}

EDITS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    # accepted with a flag, or with one field left out
    ("inv_sevilla_a", "2025-03-28 09:00", {"ac_power": 10_000, "dc_power": 40_000, **_W}),  # unit_suspect
    ("inv_sevilla_a", "2025-03-28 13:00", {"ac_power": 56_000, "dc_power": 57_000, **_W}),  # over_nameplate
    ("inv_sevilla_a", "2025-03-28 13:30", {"dc_power": 70_000, "dc_power_unit": "W"}),  # dc_high
    ("inv_sevilla_a", "2025-03-28 14:00", {"dc_power": 80_000, "dc_power_unit": "W"}),  # dc_out_of_range
    ("inv_sevilla_a", "2025-03-28 14:30", {"dc_power_unit": "A"}),  # field_unreadable
    ("inv_sevilla_a", "2025-03-28 15:00", {"temperature_c": 112.5}),  # temperature_extreme
    ("inv_sevilla_a", "2025-03-28 15:30", {"temperature_c": 6553.5}),  # temperature_out_of_range
    ("inv_sevilla_a", "2025-03-28 16:00", {"energy_wh_total": -1}),  # counter_out_of_range
    ("inv_sevilla_a", "2025-03-28 16:30", {"status": "Fehler 17"}),  # status_unknown
    ("inv_sevilla_a", "2025-03-28 17:00", {"status": 307}),
    ("inv_sevilla_a", "2025-03-28 17:30", {"status": None, "dc_power": None, "temperature_c": None, "firmware": "4.1"}),
    # rejected
    ("inv_kutch_a", "2025-03-28 11:00", {"plant_id": ""}),  # missing_field
    ("inv_kutch_a", "2025-03-28 11:15", {"event_time": None}),
    ("inv_kutch_a", "2025-03-28 11:20", {"inverter_id": "inv_kutch_a" * 40}),  # id_too_long
    ("inv_kutch_a", "2025-03-28 11:30", {"event_time": "2025-03-28T24:61:00Z"}),  # bad_timestamp
    ("inv_kutch_a", "2025-03-28 11:45", {"event_time": "2025-03-28T11:45:00"}),  # naive_timestamp
    ("inv_kutch_a", "2025-03-28 12:00", {"ac_power": "1,4"}),  # bad_number
    ("inv_kutch_a", "2025-03-28 12:15", {"ac_power_unit": "MW"}),  # unknown_unit
    ("inv_kutch_a", "2025-03-28 12:30", {"ac_power": None, "energy_wh_total": None}),  # no_measurement
    ("inv_kutch_a", "2025-03-28 12:45", {"event_time": "2099-12-31T23:59:59Z"}),  # future_timestamp
    ("inv_kutch_a", "2025-03-28 13:00", {"inverter_id": "inv_kutch_z"}),  # unknown_inverter
    ("inv_kutch_a", "2025-03-28 13:15", {"plant_id": "p_yuma"}),  # plant_mismatch
    ("inv_kutch_a", "2025-03-28 13:30", {"ac_power": -32768, "ac_power_unit": "W"}),  # sentinel_value
    ("inv_kutch_d", "2025-03-28 13:30", {"ac_power": 6553.5, "ac_power_unit": "kW"}),
    ("inv_kutch_a", "2025-03-28 13:45", {"ac_power": -50, "ac_power_unit": "kW"}),  # negative_power
    ("inv_kutch_a", "2025-03-28 14:00", {"ac_power": 320, "ac_power_unit": "kW"}),  # power_over_limit
    ("inv_yuma_c", "2025-03-28 10:00", {"event_time": "2025-03-01 10:00:00-0700"}),  # before_commissioning
)

RESENT: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("inv_yuma_a", "2025-03-28 11:00", {}),  # the same bytes again: a repeated line
    ("inv_yuma_a", "2025-03-28 11:05", {"event_id": "sent-again-1"}),  # duplicate_reading
    ("inv_yuma_a", "2025-03-28 11:10", {"event_id": "corrected-1", "temperature_c": 41.0}),  # superseded
)
"""Messages sent once more, hours later, with these fields changed."""

RAW_LINES = (
    b'{"event_id":"cut-off","plant_id":"p_kutch","inverter_id":"inv_ku',
    b'{"event_id":"latin-1","plant_id":"p_sevilla","status":"parada t\xe9cnica"}',
    b'{"event_id":"twice","event_id":"the same field"}',
    b"[1, 2, 3]",
    b"",
    b"# logger restarted",
    b'{"event_id":"oversize","pad":"' + b"x" * (1 << 20) + b'"}',
)
"""Lines that are no message: one every seven hours."""


def _counter(value: Callable[[int, int, int], int]) -> Change:
    """Make a change of the counter alone, from the index in the span, the true value and the span's first true value."""
    return lambda span, k: span[k] | {"energy_wh_total": value(k, span[k]["energy_wh_total"], span[0]["energy_wh_total"])}


def _fields(**changed: object) -> Change:
    return lambda span, k: span[k] | changed


def _low_power(span: Sequence[Message], k: int) -> Message:
    return span[k] | {"ac_power": span[k]["ac_power"] * 3 // 4}


def _silence(_span: Sequence[Message], _k: int) -> None:
    return None


SPANS: tuple[tuple[str, str, str, Change], ...] = (  # those of one inverter do not overlap
    ("inv_sevilla_a", "2025-03-29 07:45", "2025-03-29 08:15", _counter(lambda _k, _true, _first: 0)),  # zeros at dawn
    ("inv_sevilla_b", "2025-03-29 11:00", "2025-03-29 12:10", _counter(lambda k, true, _first: true * (k + 1) // 15)),  # fractions
    ("inv_sevilla_d", "2025-03-29 21:00", "2025-03-29 21:05", _counter(lambda _k, true, _first: true - 900)),  # jitter
    ("inv_sevilla_d", "2025-03-28 17:00", "2025-03-29 09:00", _silence),  # a gap over midnight
    ("inv_sevilla_d", "2025-03-30 00:00", "2025-03-31 00:00", _fields(energy_wh_total=None)),  # a day known by its power alone
    ("inv_kutch_a", "2025-03-29 07:00", "2025-03-29 13:00", _counter(lambda k, true, first: first if k % 2 else true)),  # stuck
    ("inv_kutch_a", "2025-03-30 17:00", "2025-03-31 00:00", _counter(lambda _k, true, _first: true // 2)),  # never decided
    ("inv_kutch_b", "2025-03-28 12:00", "2025-03-31 00:00", _counter(lambda _k, true, first: true - first)),  # a reset
    ("inv_kutch_d", "2025-03-29 10:00", "2025-03-29 16:00", _fields(ac_power=0, dc_power=0, energy_wh_total=0, temperature_c=0)),
    ("inv_yuma_a", "2025-03-29 11:00", "2025-03-29 12:00", _fields(status="Throttled")),
    ("inv_yuma_a", "2025-03-29 06:20", "2025-03-29 07:00", _fields(status="ALARM", ac_power=0, dc_power=0)),
    ("inv_yuma_a", "2025-03-30 13:00", "2025-03-30 13:30", _fields(status="Communication Disconnected")),
    ("inv_yuma_b", "2025-03-28 00:00", "2025-03-28 12:00", lambda span, k: None if k % 3 else span[k]),  # every 15 minutes at first
    ("inv_yuma_b", "2025-03-29 10:00", "2025-03-29 10:10", _counter(lambda _k, true, _first: true + 50_000)),  # above the line
    ("inv_yuma_b", "2025-03-30 06:00", "2025-03-30 19:00", _low_power),  # counter and power disagree
    ("inv_yuma_c", "2025-03-28 15:00", "2025-03-30 09:00", _silence),  # a gap over two midnights
    ("inv_yuma_d", "2025-03-28 10:00", "2025-03-31 00:00", _counter(lambda _k, true, first: 123_456 + true - first)),  # replaced
)

LATE = ("inv_yuma_b", "2025-03-28 13:00", "2025-03-28 15:00")
"""A span whose messages arrive thirty hours late."""


def spoil(unit: Unit, messages: list[Message], start: int) -> list[Message | None]:
    """Return what an inverter really sends in place of its healthy messages, which begin at `start` and follow each other on the grid."""
    sent: list[Message | None] = list(messages)
    for inverter_id, first, last, change in SPANS:
        if inverter_id == unit.inverter_id:
            low, high = step_of(unit, first, start), step_of(unit, last, start)
            span = messages[low:high]
            sent[low:high] = [change(span, k) for k in range(len(span))]
    for inverter_id, place, changed in EDITS:
        if inverter_id == unit.inverter_id:
            step = step_of(unit, place, start)
            sent[step] = {**messages[step], **changed}
    return sent


def step_of(unit: Unit, place: str, start: int) -> int:
    """Return the index, on the grid that begins at `start`, of a local time of the unit's plant."""
    return (local_instant(unit.site, place) - start) // STEP_US
