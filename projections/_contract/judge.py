"""Whether a message is a reading: its own problems, its arrival and the registration of its inverter. Pure."""

import attrs

from projections._contract.flags import join_names
from projections._contract.message import Message
from projections._contract.numbers import PER_UNIT
from projections._contract.plausibility import AHEAD_US_MAX, BEFORE_COMMISSIONING_US_MAX, DC_TO_AC_MAX, Limits, limits_for
from projections._contract.reasons import Problem
from projections.inverters import Inverter


@attrs.frozen(slots=True)
class Reading:
    """A reading's normalised values (W, Wh, °C; None: not known) and its flags, comma-joined."""

    ac_power_w: float | None
    dc_power_w: float | None
    energy_wh_total: float | None
    temperature_c: float | None
    flags: str


Verdict = Reading | list[Problem]
"""A reading, or the problems that keep the message from being one, in order of precedence."""


def judge(message: Message, recorded_at: int, inverter: Inverter | None) -> Verdict:
    """Judge a message that arrived at `recorded_at` (µs since 1970 UTC) by its inverter's registration, None where there is none."""
    limits = limits_for(None if inverter is None else inverter.capacity_kw)
    problems = [
        *message.problems,
        *_against_arrival(message, recorded_at),
        *_against_registration(message, inverter),
        *_against_power(message, limits),
    ]
    if problems:
        return problems
    return _reading(message, recorded_at, limits)


def _against_arrival(message: Message, recorded_at: int) -> tuple[Problem, ...]:
    if message.event_time is None or message.event_time - recorded_at <= AHEAD_US_MAX:
        return ()
    return (message.problem("future_timestamp", "event_time"),)


def _against_registration(message: Message, inverter: Inverter | None) -> list[Problem]:
    if inverter is None:
        return [] if message.inverter_id is None else [message.problem("unknown_inverter", "inverter_id")]
    problems = []
    # An inverter registered under no plant contradicts none.
    if inverter.plant_id is not None and message.plant_id is not None and message.plant_id != inverter.plant_id:
        problems.append(message.problem("plant_mismatch", "plant_id"))
    moment, commissioned_at = message.event_time, inverter.commissioned_at
    if moment is not None and commissioned_at is not None and moment < commissioned_at - BEFORE_COMMISSIONING_US_MAX:
        problems.append(message.problem("before_commissioning", "event_time"))
    return problems


def _against_power(message: Message, limits: Limits) -> list[Problem]:
    power = message.ac_power
    if power is None:
        return []
    problems = []
    if limits.is_no_value(power):
        problems.append(message.problem("sentinel_value", "ac_power"))
    if power.milliwatts < limits.ac_min:
        problems.append(message.problem("negative_power", "ac_power"))
    elif power.milliwatts > limits.ac_max:
        problems.append(message.problem("power_over_limit", "ac_power"))
    return problems


def _reading(message: Message, recorded_at: int, limits: Limits) -> Reading:
    flags = list(message.flags)
    ac = None if message.ac_power is None else message.ac_power.milliwatts
    dc = _dc_milliwatts(message, limits, flags)
    if message.event_time is not None and message.event_time > recorded_at:
        flags.append("clock_ahead")
    if ac is not None:
        _flag_ac(ac, dc, limits, flags)
    energy = message.energy_milliwatt_hours
    return Reading(
        None if ac is None else ac / PER_UNIT,
        None if dc is None else dc / PER_UNIT,
        None if energy is None else energy / PER_UNIT,
        message.temperature_c,
        join_names(flags) if flags else "",
    )


def _dc_milliwatts(message: Message, limits: Limits, flags: list[str]) -> int | None:
    power = message.dc_power
    if power is None:
        return None
    if not limits.dc_min <= power.milliwatts <= limits.dc_max or limits.is_no_value(power):
        flags.append("dc_out_of_range")
        return None
    if power.milliwatts > limits.dc_usual_max:
        flags.append("dc_high")
    return power.milliwatts


def _flag_ac(ac: int, dc: int | None, limits: Limits, flags: list[str]) -> None:
    if ac > limits.nameplate_max:
        flags.append("over_nameplate")
    if ac < limits.standby_from:
        flags.append("standby_negative")
    if dc is not None and ac > limits.low_load_max and dc > DC_TO_AC_MAX * ac:
        flags.append("unit_suspect")
