"""A telemetry line as a message: every field read on its own, without the registry. Pure."""

from collections.abc import Mapping
from typing import Any

import attrs

from ledger.event import read_stub
from ledger.grammar import read_object
from projections._contract import plausibility
from projections._contract.moment import read_moment
from projections._contract.numbers import PER_UNIT, read_number, to_thousandths
from projections._contract.reasons import Problem
from projections._contract.status import UNKNOWN, read_status
from projections._contract.text import label_of, text_of, text_of_bytes
from projections._contract.units import Power, read_power, read_unit

_Fields = Mapping[str, Any]


@attrs.frozen(slots=True)
class Message:
    """What a line says: None where a field is absent, unreadable or left out.

    `event_time` is in µs since 1970 UTC, the counter in mWh. `problems` keep the line from being a reading, in order of precedence;
    `flags` do not. `fields` are the values as sent.
    """

    plant_id: str | None
    inverter_id: str | None
    event_time: int | None
    event_id: str | None
    source: str | None
    ac_power: Power | None
    dc_power: Power | None
    energy_milliwatt_hours: int | None
    temperature_c: float | None
    status: str | None
    status_raw: str | None
    problems: list[Problem]
    flags: list[str]
    fields: _Fields

    def problem(self, reason: str, field: str) -> Problem:
        """Name a reason with the field, and its value as sent, that caused it."""
        return Problem(reason, field, text_of(self.fields.get(field)))


def read_message(payload: bytes) -> Message:
    """Read a line's payload; whatever it holds, there is a message, if only one of problems."""
    fields = read_object(payload)
    if fields is None:
        return _unreadable(payload)
    get = fields.get
    problems: list[Problem] = []
    flags: list[str] = []
    plant_id = _read_id(fields, "plant_id", problems)
    inverter_id = _read_id(fields, "inverter_id", problems)
    event_time = _read_event_time(fields, problems)
    ac_power = _read_ac_power(fields, problems)
    energy = _read_counter(get("energy_wh_total"), flags)
    if energy is None and get("ac_power") is None:
        problems.append(_problem(fields, "no_measurement", "energy_wh_total"))
    dc_power = _read_dc_power(get("dc_power"), get("dc_power_unit"), flags)
    temperature_c = _read_temperature(get("temperature_c"), flags)
    status, status_raw = read_status(get("status"))
    if status == UNKNOWN:
        flags.append("status_unknown")
    event_id, source = label_of(get("event_id")), label_of(get("source"))
    return Message(  # by position: this is built once per event
        plant_id, inverter_id, event_time, event_id, source,
        ac_power, dc_power, energy, temperature_c, status, status_raw,
        problems, flags, fields,
    )  # fmt: skip


def _unreadable(payload: bytes) -> Message:
    stub = read_stub(payload)
    if stub is None:
        problem = Problem("malformed_json", None, text_of_bytes(payload))
    else:
        problem = Problem("oversize_line", None, f"{stub[0]} bytes, SHA-256 {stub[1]}")
    return Message(None, None, None, None, None, None, None, None, None, None, None, [problem], [], {})


def _problem(fields: _Fields, reason: str, field: str) -> Problem:
    return Problem(reason, field, text_of(fields.get(field)))


def _read_id(fields: _Fields, field: str, problems: list[Problem]) -> str | None:
    value = fields.get(field)
    if isinstance(value, str) and value:
        return value
    problems.append(_problem(fields, "missing_field", field))
    return None


def _read_event_time(fields: _Fields, problems: list[Problem]) -> int | None:
    text = _read_id(fields, "event_time", problems)
    if text is None:
        return None
    moment = read_moment(text)
    if isinstance(moment, int):
        return moment
    problems.append(_problem(fields, moment, "event_time"))
    return None


def _read_ac_power(fields: _Fields, problems: list[Problem]) -> Power | None:
    value, unit = fields.get("ac_power"), fields.get("ac_power_unit")
    if value is None:
        return None
    power = read_power(value, unit)
    if power is None and read_number(value) is None:
        problems.append(_problem(fields, "bad_number", "ac_power"))
    if power is None and read_unit(unit) is None:
        problems.append(_problem(fields, "unknown_unit", "ac_power_unit"))
    return power


def _read_dc_power(value: object, unit: object, flags: list[str]) -> Power | None:
    if value is None:
        return None
    power = read_power(value, unit)
    if power is None:
        flags.append("field_unreadable")
    return power


def _read_counter(value: object, flags: list[str]) -> int | None:
    if value is None:
        return None
    number = read_number(value)
    if number is None:
        flags.append("field_unreadable")
        return None
    energy = to_thousandths(number, PER_UNIT)
    if 0 <= energy <= plausibility.COUNTER_MILLIWATT_HOURS_MAX:
        return energy
    flags.append("counter_out_of_range")
    return None


def _read_temperature(value: object, flags: list[str]) -> float | None:
    if value is None:
        return None
    number = read_number(value)
    if number is None:
        flags.append("field_unreadable")
        return None
    if plausibility.TEMPERATURE_C_USUAL_MIN <= number <= plausibility.TEMPERATURE_C_USUAL_MAX:
        return number + 0.0  # −0.0 becomes 0.0
    if plausibility.TEMPERATURE_C_MIN <= number <= plausibility.TEMPERATURE_C_MAX:
        flags.append("temperature_extreme")
        return number
    flags.append("temperature_out_of_range")
    return None
