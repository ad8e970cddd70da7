"""Lines, registrations and events for the tests of the contract: a good one, with whatever a test changes in it."""

import json

from ledger.format.event import Recorded
from ledger.format.grammar import event_time_of
from ledger.format.instant import read_instant
from projections.registry.registry import Registry
from projections.tables.inverter_telemetry import PROJECTION

ARRIVAL = "2025-04-01T06:00:30Z"
ABSENT = object()

GOOD = {
    "event_id": "t_1",
    "plant_id": "p_1",
    "inverter_id": "inv_1",
    "event_time": "2025-04-01T06:00:00Z",
    "source": "mqtt",
    "ac_power": 12.5,
    "ac_power_unit": "kW",
    "dc_power": 13.1,
    "dc_power_unit": "kW",
    "energy_wh_total": 100000.0,
    "temperature_c": 35.2,
    "status": "ok",
}


def line(**changes):
    fields = {name: value for name, value in (GOOD | changes).items() if value is not ABSENT}
    return json.dumps(fields).encode()


def recorded(payload, *, kind="telemetry", position=7, arrival=ARRIVAL):
    event_time = event_time_of(payload) if kind == "telemetry" else 0
    return Recorded(position, event_time, b"", kind, payload, read_instant(arrival), 1, position, b"")


def plant_row(position=0, **fields):
    return recorded(
        _csv({"plant_id": "p_1", "name": "One", "location": "Here", "timezone": "Asia/Kolkata"} | fields), kind="plant", position=position
    )


def inverter_row(position=1, **fields):
    good = {"inverter_id": "inv_1", "plant_id": "p_1", "vendor": "V", "model": "M", "capacity_kw": "33.0", "commissioned_at": ""}
    return recorded(_csv(good | fields), kind="inverter", position=position)


def registry(**inverter):
    return Registry.empty().extended([plant_row(), inverter_row(**inverter)])


def _csv(fields):
    return f"{','.join(fields)}\n{','.join(fields.values())}".encode()


def judged(payload, *, arrival=ARRIVAL, **inverter):
    """Return the row that a line ends in, its inverter registered at 33 kW under p_1 unless said otherwise."""
    return PROJECTION.judge(recorded(payload, arrival=arrival), registry(**inverter)).row
