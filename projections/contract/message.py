"""A telemetry line as a message: each field read by itself, without a look at the registry. Pure."""

from collections.abc import Mapping
from typing import Any

import attrs

from ledger.format.event import read_stub
from ledger.format.grammar import read_object
from projections.contract.plausibility import (
    COUNTER_MILLIWATT_HOURS_MAX,
    TEMPERATURE_C_MAX,
    TEMPERATURE_C_MIN,
    TEMPERATURE_C_USUAL_MAX,
    TEMPERATURE_C_USUAL_MIN,
)
from projections.contract.reasons import Problem
from projections.values.moment import read_moment, why_no_moment
from projections.values.numbers import PER_UNIT, read_number, read_thousandths
from projections.values.status import UNKNOWN, read_status
from projections.values.text import is_id_too_long, label_of, shortened, text_of, text_of_bytes
from projections.values.units import read_power, read_unit

_IDENTITY = ("plant_id", "inverter_id", "event_time")


@attrs.frozen(slots=False)  # a message is made per event, and without slots in half the time
class Message:
    """What a line says; a value is None if its field is absent, null, unreadable or out of range.

    `event_time` is in µs since 1970 UTC, power in mW, the counter in mWh. A line with `problems` (in order of precedence) is no reading;
    `flags` say what is remarkable about one that may be. `fields` holds the values as sent.
    """

    plant_id: str | None
    inverter_id: str | None
    event_time: int | None
    event_id: str | None
    source: str | None
    ac_milliwatts: int | None
    dc_milliwatts: int | None
    energy_milliwatt_hours: int | None
    temperature_c: float | None
    status: str | None
    status_raw: str | None
    problems: list[Problem]
    flags: list[str]
    fields: Mapping[str, Any]

    def problem(self, reason: str, field: str) -> Problem:
        """Return a reason with the field that caused it and that field's value as sent."""
        return _problem(self.fields, reason, field)


def read_message(payload: bytes, event_time: int = 0) -> Message:
    """Return the message in a line's payload; bytes that are no JSON object become a message that has nothing but a problem.

    `event_time` is the log's column of that name: the instant it found in this payload. With 0 the payload's own text is read.
    """
    fields = read_object(payload)
    if fields is None:
        return _unreadable(payload)
    get = fields.get
    problems: list[Problem] = []
    flags: list[str] = []
    plant_id, inverter_id, text = identity = [value if isinstance(value, str) and value else None for value in map(get, _IDENTITY)]
    if None in identity:
        problems += [_problem(fields, "missing_field", field) for field, value in zip(_IDENTITY, identity, strict=True) if value is None]
    if is_id_too_long(plant_id or "") or is_id_too_long(inverter_id or ""):
        plant_id, inverter_id = _shorten_ids(fields, problems)
    # The log writes 0 for 1970-01-01T00:00:00Z, too: the text decides.
    moment = event_time or _read_event_time(text, problems)
    ac, energy = _read_ac_power(fields, problems), _read_counter(get("energy_wh_total"), flags)
    if energy is None and get("ac_power") is None:
        problems.append(_problem(fields, "no_measurement", "energy_wh_total"))
    dc = _read_dc_power(get("dc_power"), get("dc_power_unit"), flags)
    temperature_c = _read_temperature(get("temperature_c"), flags)
    status, status_raw = read_status(get("status"))
    if status == UNKNOWN:
        flags.append("status_unknown")
    event_id, source = label_of(get("event_id")), label_of(get("source"))
    return Message(  # by position, for the time it saves
        plant_id, inverter_id, moment, event_id, source, ac, dc, energy, temperature_c, status, status_raw, problems, flags, fields
    )  # fmt: skip


def _unreadable(payload: bytes) -> Message:
    stub = read_stub(payload)
    if stub is None:
        problem = Problem("malformed_json", None, text_of_bytes(payload))
    else:
        problem = Problem("oversize_line", None, f"{stub[0]} bytes, SHA-256 {stub[1]}")
    return Message(None, None, None, None, None, None, None, None, None, None, None, [problem], [], {})


def _problem(fields: Mapping[str, Any], reason: str, field: str) -> Problem:
    return Problem(reason, field, text_of(fields.get(field)))


def _shorten_ids(fields: Mapping[str, Any], problems: list[Problem]) -> tuple[str | None, str | None]:
    """Return plant_id and inverter_id, so short that tables and their indexes can hold them, and note which was too long."""
    ids = []
    for field in _IDENTITY[:2]:
        text = fields.get(field)
        if isinstance(text, str) and is_id_too_long(text):
            problems.append(_problem(fields, "id_too_long", field))
            text = shortened(text)
        ids.append(text if isinstance(text, str) and text else None)
    return ids[0], ids[1]


def _read_event_time(text: str | None, problems: list[Problem]) -> int | None:
    if text is None:
        return None
    moment = read_moment(text)
    if moment is None:
        problems.append(Problem(why_no_moment(text), "event_time", text_of(text)))
    return moment


def _read_ac_power(fields: Mapping[str, Any], problems: list[Problem]) -> int | None:
    value, unit = fields.get("ac_power"), fields.get("ac_power_unit")
    if value is None:
        return None
    milliwatts = read_power(value, unit)
    if milliwatts is None:
        if read_number(value) is None:
            problems.append(_problem(fields, "bad_number", "ac_power"))
        if read_unit(unit) is None:
            problems.append(_problem(fields, "unknown_unit", "ac_power_unit"))
    return milliwatts


def _read_dc_power(value: object, unit: object, flags: list[str]) -> int | None:
    if value is None:
        return None
    milliwatts = read_power(value, unit)
    if milliwatts is None:
        flags.append("field_unreadable")
    return milliwatts


def _read_counter(value: object, flags: list[str]) -> int | None:
    if value is None:
        return None
    energy = read_thousandths(value, PER_UNIT)
    if energy is None:
        flags.append("field_unreadable")
    elif not 0 <= energy <= COUNTER_MILLIWATT_HOURS_MAX:
        flags.append("counter_out_of_range")
        return None
    return energy


def _read_temperature(value: object, flags: list[str]) -> float | None:
    if value is None:
        return None
    number = read_number(value)
    if number is None:
        flags.append("field_unreadable")
    elif not TEMPERATURE_C_MIN <= number <= TEMPERATURE_C_MAX:
        flags.append("temperature_out_of_range")
        return None
    elif not TEMPERATURE_C_USUAL_MIN <= number <= TEMPERATURE_C_USUAL_MAX:
        flags.append("temperature_extreme")
    return None if number is None else number + 0.0  # −0.0 becomes 0.0
