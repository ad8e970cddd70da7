"""Whether a message is a reading, by what it says itself, when it arrived, and how its inverter is registered. Pure."""

import attrs

from projections.contract.flags import join_names
from projections.contract.message import Message
from projections.contract.plausibility import AHEAD_US_MAX, BEFORE_COMMISSIONING_US_MAX, DC_TO_AC_MAX, PowerLimits, limits_for
from projections.contract.reasons import Problem
from projections.registry.inverter import Inverter
from projections.values.numbers import PER_UNIT


@attrs.frozen(slots=False)  # a reading is made per event, and without slots in half the time
class Reading:
    """A reading's values in W, Wh and °C, None if it has none, and its flags: comma-joined sorted names, empty for none."""

    ac_power_w: float | None
    dc_power_w: float | None
    energy_wh_total: float | None
    temperature_c: float | None
    flags: str


@attrs.frozen
class Rejection:
    """The problems that keep a message from being a reading, at least one, in order of precedence."""

    problems: list[Problem]


def judge(message: Message, recorded_at: int, inverter: Inverter | None) -> Reading | Rejection:
    """Return the reading in a message that arrived at `recorded_at` (µs since 1970 UTC), or why it is rejected.

    `inverter` is the registration of the inverter that the message names, None if there is none.
    """
    problems, moment = message.problems.copy(), message.event_time
    if moment is not None and moment - recorded_at > AHEAD_US_MAX:
        problems.append(message.problem("future_timestamp", "event_time"))
    if inverter is not None:
        _judge_registration(message, inverter, problems)
    elif message.inverter_id is not None:
        problems.append(message.problem("unknown_inverter", "inverter_id"))
    limits = limits_for(None if inverter is None else inverter.capacity_kw)
    if message.ac_milliwatts is not None:
        _judge_power(message, message.ac_milliwatts, limits, problems)
    return Rejection(problems) if problems else _reading(message, recorded_at, limits)


def _judge_registration(message: Message, inverter: Inverter, problems: list[Problem]) -> None:
    # An inverter registered under no plant contradicts none.
    if message.plant_id != inverter.plant_id and message.plant_id is not None and inverter.plant_id is not None:
        problems.append(message.problem("plant_mismatch", "plant_id"))
    moment, commissioned_at = message.event_time, inverter.commissioned_at
    if moment is not None and commissioned_at is not None and commissioned_at - moment > BEFORE_COMMISSIONING_US_MAX:
        problems.append(message.problem("before_commissioning", "event_time"))


def _judge_power(message: Message, ac: int, limits: PowerLimits, problems: list[Problem]) -> None:
    if limits.ac_min <= ac <= limits.ac_max and ac not in limits.no_value:
        return
    if limits.is_no_value(ac, message.fields["ac_power_unit"]):
        problems.append(message.problem("sentinel_value", "ac_power"))
    if ac < limits.ac_min:
        problems.append(message.problem("negative_power", "ac_power"))
    elif ac > limits.ac_max:
        problems.append(message.problem("power_over_limit", "ac_power"))


def _reading(message: Message, recorded_at: int, limits: PowerLimits) -> Reading:
    flags = message.flags.copy()
    ac, dc, energy = message.ac_milliwatts, message.dc_milliwatts, message.energy_milliwatt_hours
    if dc is not None:
        dc = _judge_dc(message, dc, limits, flags)
    if ac is not None:
        _flag_ac(ac, dc, limits, flags)
    if message.event_time is not None and message.event_time > recorded_at:
        flags.append("clock_ahead")
    return Reading(
        None if ac is None else ac / PER_UNIT,
        None if dc is None else dc / PER_UNIT,
        None if energy is None else energy / PER_UNIT,
        message.temperature_c,
        join_names(flags) if flags else "",
    )


def _judge_dc(message: Message, dc: int, limits: PowerLimits, flags: list[str]) -> int | None:
    # Most DC powers lie within the AC limits too, where nothing is remarkable about them.
    if limits.dc_min <= dc <= limits.ac_max and dc not in limits.no_value:
        return dc
    if not limits.dc_min <= dc <= limits.dc_max or limits.is_no_value(dc, message.fields["dc_power_unit"]):
        flags.append("dc_out_of_range")
        return None
    if dc > limits.dc_usual_max:
        flags.append("dc_high")
    return dc


def _flag_ac(ac: int, dc: int | None, limits: PowerLimits, flags: list[str]) -> None:
    if ac > limits.nameplate_max:
        flags.append("over_nameplate")
    if ac < limits.standby_from:
        flags.append("standby_negative")
    if dc is not None and ac > limits.low_load_max and dc > DC_TO_AC_MAX * ac:
        flags.append("unit_suspect")
