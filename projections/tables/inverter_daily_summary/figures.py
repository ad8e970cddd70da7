"""Each figure of an inverter's day, from its readings, its counter line and its plant's window. Pure."""

from math import fsum
from typing import Any

import attrs
import numpy as np

from projections.measures import segments as seg
from projections.measures.readings import Readings
from projections.measures.sampling import gap_us_max
from projections.measures.stale import stale_us
from projections.measures.status_time import availability, held, seconds_of
from projections.measures.window import Window, threshold_w
from projections.registry.inverter import Inverter
from projections.tables.counter_days import CounterDayRow
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_daily_summary.verdict import disagrees, energy_of, flags_of, quality_of
from projections.values.arrays import Floats

SETTLE_US = 48 * 3_600_000_000
_AT_RATED_SHARE = 0.98
_US = 1e6


@attrs.frozen(kw_only=True)
class DayInputs:
    """All that a day's row is made from; `readings` reach over both ends of the day as far as gaps are bridged. Instants in µs."""

    inverter: Inverter
    timezone: str
    local_date: str
    start: int
    end: int
    readings: Readings
    step_seconds: int
    counter: CounterDayRow | None
    window: Window | None
    duplicate_count: int
    rejected_count: int
    log_position: int
    restated: bool


def figures_of(day: DayInputs) -> InverterDailySummary:
    """Derive the row of one inverter and day; powers are rounded to 1 mW, energies to 1 mWh, shares to 1e-6."""
    gap_us = gap_us_max(day.step_seconds)
    power = _covered(day, day.readings.power, gap_us)
    inside = day.readings.between(day.start, day.end)
    window = day.window if day.window is not None and day.window.end > day.window.start else None
    coverage = None if window is None else _share(seg.duration_within(power, window.start, window.end), window.end - window.start)
    made = _covered(day, np.maximum(day.readings.power, 0.0), gap_us) if (day.readings.power < 0).any() else power
    power_wh = _rounded(seg.energy_wh(made)) if made else None
    window_open = day.window is not None and day.window.is_open
    energy = energy_of(day.counter, power_wh, coverage, window_open=window_open)
    flags = flags_of(day.counter, window_open=window_open, restated=day.restated, disagree=disagrees(energy, power_wh, coverage))
    return InverterDailySummary(
        inverter_id=day.inverter.inverter_id,
        local_date=day.local_date,
        plant_id=day.inverter.plant_id or "",
        timezone=day.timezone,
        day_start_utc=day.start,
        day_end_utc=day.end,
        day_seconds=(day.end - day.start) / _US,
        energy_wh=energy.wh,
        energy_source=energy.source,
        gap_wh=0.0 if day.counter is None else day.counter.gap_mwh / 1e3,
        energy_power_wh=power_wh,
        coverage_day=_share(seg.duration(power), day.end - day.start),
        coverage_window=coverage,
        window_start_utc=None if window is None else window.start,
        window_end_utc=None if window is None else window.end,
        longest_gap_seconds=None if window is None else seg.longest_gap(power, window.start, window.end) / _US,
        stale_seconds=_stale(inside, window),
        flags=",".join(flags),
        quality=quality_of(len(inside.at), coverage, flags),
        settles_at=None if "pending_counter" in flags else day.end + SETTLE_US,
        log_position=day.log_position,
        **_power_figures(inside, power, day.inverter.capacity_kw),
        **_temperature_figures(day, inside, gap_us),
        **_counts(day, len(inside.at)),
        **_status_figures(day, gap_us, window),
        **_yield_figures(energy.wh, day.inverter.capacity_kw, day.end - day.start),
        **_counter_figures(day.counter),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0


def _covered(day: DayInputs, quantity: Floats, gap_us: int) -> seg.Segments:
    return seg.covered(day.readings.at, quantity, gap_us, day.start, day.end)


def _stale(inside: Readings, window: Window | None) -> float:
    if window is None:
        return 0.0
    near = inside.between(window.start, window.end + 1)
    return stale_us(near.at, near.power) / _US


def _power_figures(inside: Readings, segments: seg.Segments, capacity_kw: float | None) -> dict[str, Any]:
    has = ~np.isnan(inside.power)
    at, power = inside.at[has], inside.power[has]
    threshold = threshold_w(capacity_kw)
    production = at[power >= threshold]
    rated = None if capacity_kw is None else seg.duration_above(segments, _AT_RATED_SHARE * 1e3 * capacity_kw) / _US
    return {
        "avg_ac_power_w": _rounded(seg.mean(segments)),
        "sample_mean_ac_power_w": _rounded(fsum(power.tolist()) / len(power)) if len(power) else None,
        "max_ac_power_w": float(power.max()) if len(power) else None,
        "max_ac_power_at": int(at[power.argmax()]) if len(power) else None,
        "first_production_at": int(production[0]) if len(production) else None,
        "last_production_at": int(production[-1]) if len(production) else None,
        "production_seconds": seg.duration_above(segments, threshold) / _US if segments else None,
        "at_rated_seconds": rated,
    }


def _temperature_figures(day: DayInputs, inside: Readings, gap_us: int) -> dict[str, Any]:
    temperature = inside.temperature[~np.isnan(inside.temperature)]
    return {
        "min_temperature_c": float(temperature.min()) if len(temperature) else None,
        "max_temperature_c": float(temperature.max()) if len(temperature) else None,
        "avg_temperature_c": _rounded(seg.mean(_covered(day, day.readings.temperature, gap_us))),
    }


def _counts(day: DayInputs, reading_count: int) -> dict[str, Any]:
    return {
        "reading_count": reading_count,
        "duplicate_count": day.duplicate_count,
        "rejected_count": day.rejected_count,
        "glitch_count": 0 if day.counter is None else day.counter.glitches,
        "placeholder_count": 0 if day.counter is None else day.counter.placeholder_rows,
        "expected_count": int((day.end - day.start) / _US // day.step_seconds),
        "step_seconds": day.step_seconds,
    }


def _status_figures(day: DayInputs, gap_us: int, window: Window | None) -> dict[str, Any]:
    stretches = held(day.readings.at, day.readings.status, gap_us, day.start, day.end)
    share = None if window is None else availability(stretches, window.start, window.end)
    return {
        "fault_seconds": seconds_of(stretches, "fault") if stretches else None,
        "derated_seconds": seconds_of(stretches, "derated") if stretches else None,
        "standby_seconds": seconds_of(stretches, "standby") if stretches else None,
        "availability": None if share is None else round(share, 6),
    }


def _yield_figures(energy_wh: float | None, capacity_kw: float | None, day_us: int) -> dict[str, Any]:
    if energy_wh is None or capacity_kw is None:
        return {"capacity_factor": None, "specific_yield_kwh_per_kw": None}
    hours = day_us / (3_600 * _US)
    yield_kwh = energy_wh / 1e3 / capacity_kw
    return {"capacity_factor": round(yield_kwh / hours, 6), "specific_yield_kwh_per_kw": round(yield_kwh, 6)}


def _counter_figures(counter: CounterDayRow | None) -> dict[str, Any]:
    accepted = counter is not None and counter.counter_first_wh is not None
    return {
        "counter_first_wh": counter.counter_first_wh if counter is not None else None,
        "counter_last_wh": counter.counter_last_wh if counter is not None else None,
        "counter_resets": counter.resets if accepted and counter is not None else None,
    }
