"""What derived projections look up in their sources: the readings of some time, the step of a day. Pure."""

import attrs
import numpy as np

from projections.calendar.local_days import iso_date
from projections.counter.marks import NO_READING
from projections.definition.derived_projection import Reader
from projections.measures.readings import Readings, codes, instants, values
from projections.measures.sampling import STEP_LOOKBACK_DAYS, STEP_SECONDS_DEFAULT
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS
from projections.tables.inverter_telemetry import CLEAN
from projections.values.arrays import Flags, Instants

DAYS_AT_ONCE = 60
"""Days whose readings are held in memory at a time, however long the history."""


@attrs.frozen(eq=False)
class CleanEvents:
    """An inverter's clean events: their instants and log positions, and the readings among them."""

    at: Instants
    position: Instants
    readings: Readings


def clean_events(reader: Reader, inverter_id: str, start: int, end: int) -> CleanEvents:
    """Return an inverter's clean events with start ≤ event_time < end (µs)."""
    names = ("event_time", "position", "ac_power_w", "temperature_c", "status")
    at, position, power, temperature, status = reader.columns(CLEAN, CLEAN.key, (inverter_id,), (start, end - 1), names)
    events = Readings(instants(at), values(power), values(temperature), codes(status))
    return CleanEvents(events.at, instants(position), events.where(_are_readings(reader, inverter_id, events.at)))


def instants_below(reader: Reader, inverter_id: str, level: float, start: int, end: int) -> Instants:
    """Return when, at start ≤ event_time < end (µs), an inverter read a power below a level (W)."""
    at, power = reader.columns(CLEAN, CLEAN.key, (inverter_id,), (start, end - 1), ("event_time", "ac_power_w"))
    low = instants(at)[values(power) < level]
    return low[_are_readings(reader, inverter_id, low)]


def _are_readings(reader: Reader, inverter_id: str, at: Instants) -> Flags:
    """Tell which clean events are readings: all but placeholder rows and glitches above the line."""
    if not len(at):
        return np.zeros(0, np.bool_)
    bounds = (int(at[0]), int(at[-1]))
    marked, marks = reader.columns(COUNTER_MARKS, COUNTER_MARKS.key, (inverter_id,), bounds, ("event_time", "mark"))
    return ~np.isin(at, instants([instant for instant, mark in zip(marked, marks, strict=True) if mark in NO_READING]))


def step_of_day(reader: Reader, inverter_id: str, day: int) -> int:
    """Return τ in seconds: the day's own step, else that of the latest of the seven days before that has one, else 300."""
    low, high = iso_date(max(day - STEP_LOOKBACK_DAYS, 1)), iso_date(day)
    (steps,) = reader.columns(COUNTER_DAYS, COUNTER_DAYS.key, (inverter_id,), (low, high), ("step_seconds",))
    return next((step for step in reversed(steps) if step is not None), STEP_SECONDS_DEFAULT)
