"""An inspected day as one JSON document, and what speaks against its stored row. Energies in Wh, instants as ISO text in UTC."""

from typing import TypedDict

from ledger.format.instant import iso
from projections.audit.day_steps import InspectedDay
from projections.audit.rows import RowDocument, shown
from projections.calendar.local_days import iso_date
from projections.counter.day_book import Entry
from projections.counter.explained.retell import RetoldReading, RetoldStep
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_daily_summary.row import FLAGS
from projections.tables.inverter_telemetry import CleanReading


class AcceptedBeforeDocument(TypedDict):
    """The counter line's last accepted value before the day."""

    event_time: str
    line_wh: float


class AcceptedAfterDocument(TypedDict):
    """The first accepted counter value after the day, and whether a new counter line begins with it."""

    event_time: str
    energy_wh_total: float
    opens_a_line: bool


class ReadingDocument(TypedDict):
    """A reading, its mark (null: no counter value), what it is to the counter line and why, and the line's value after it."""

    event_time: str
    energy_wh_total: float | None
    mark: str | None
    kind: str
    why: str
    line_wh: float | None
    ac_power_w: float | None
    temperature_c: float | None
    status: str | None
    position: int


class ShareDocument(TypedDict):
    """What one local day gets of a step, or (energy_wh null) what is set apart on it."""

    local_date: str
    energy_wh: float | None
    gap_wh: float
    boundary_gap: bool


class StepDocument(TypedDict):
    """A step between two accepted counter values, by which rule it was placed, and what this day and every day gets of it."""

    kind: str
    start: str
    end: str
    seconds: float
    from_wh: float
    to_wh: float
    energy_wh: float
    placed: str
    this_day_wh: float | None
    this_day_gap_wh: float
    shares: list[ShareDocument]


class SumDocument(TypedDict):
    """The sum of the day's steps beside what is stored, and what of it does not agree."""

    steps_energy_wh: float | None
    stored_energy_wh: float | None
    energy_source: str
    steps_gap_wh: float
    stored_gap_wh: float
    agrees: bool
    disagreements: list[str]


class PowerDocument(TypedDict):
    """Integrated power, the share of the day and of its production window that it covers, and its difference to the counter's energy."""

    energy_power_wh: float | None
    coverage_window: float | None
    coverage_day: float
    window_start_utc: str | None
    window_end_utc: str | None
    minus_counter_wh: float | None
    minus_counter_percent: float | None


class DayDocument(TypedDict):
    """An inverter's day as a person checks it: readings, steps between accepted counter values, their sum, the power beside it, the row."""

    inverter_id: str
    local_date: str
    applied_position: int
    log_size: int
    capacity_kw: float | None
    counter_modulus_wh: float | None
    accepted_before: AcceptedBeforeDocument | None
    readings: list[ReadingDocument]
    accepted_after: AcceptedAfterDocument | None
    steps: list[StepDocument]
    sum: SumDocument
    power: PowerDocument
    flags: dict[str, str]
    quality: str
    day: RowDocument


def day_document(found: InspectedDay) -> DayDocument:
    """Return everything there is to say about a day."""
    row, line = found.row, found.line
    before = line.accepted_before
    return {
        "inverter_id": row.inverter_id,
        "local_date": row.local_date,
        "applied_position": found.applied,
        "log_size": found.size,
        "capacity_kw": found.inverter.capacity_kw,
        "counter_modulus_wh": found.inverter.counter_modulus_wh,
        "accepted_before": None if before is None else {"event_time": iso(before.at), "line_wh": before.mwh / 1e3},
        "readings": [_reading(reading, told) for reading, told in zip(found.readings, found.retold.readings, strict=True)],
        "accepted_after": _entry(line.accepted_after),
        "steps": [_step(step, line.day) for step in found.retold.steps],
        "sum": sum_of(found),
        "power": power_of(found),
        "flags": {name: FLAGS[name] for name in flags_of(found)},
        "quality": row.quality,
        "day": shown(SUMMARY, row),
    }


def flags_of(found: InspectedDay) -> list[str]:
    """Return the names of the day's flags."""
    return found.row.flags.split(",") if found.row.flags else []


def sum_of(found: InspectedDay) -> SumDocument:
    """Return the sum of the day's steps beside what is stored, and what of it does not agree."""
    row, wrong = found.row, disagreements(found)
    return {
        "steps_energy_wh": _wh(found.retold.mwh),
        "stored_energy_wh": row.energy_wh,
        "energy_source": row.energy_source,
        "steps_gap_wh": found.retold.gap_mwh / 1e3,
        "stored_gap_wh": row.gap_wh,
        "agrees": not wrong,
        "disagreements": wrong,
    }


def disagreements(found: InspectedDay) -> list[str]:
    """Return, in words, how the stored row differs from what its steps and its power add up to; empty if it does not."""
    row, retold = found.row, found.retold
    counted = _wh(retold.mwh)
    source = "counter" if counted is not None else row.energy_source
    due = {"counter": counted, "power": row.energy_power_wh, "none": None}.get(source)
    said = []
    if row.energy_source != source or row.energy_wh != due:
        said.append(f"energy_wh is {row.energy_wh} Wh ({row.energy_source}), its steps add up to {due} Wh ({source})")
    if row.gap_wh != retold.gap_mwh / 1e3:
        said.append(f"gap_wh is {row.gap_wh} Wh, its steps set {retold.gap_mwh / 1e3} Wh apart")
    return said


def power_of(found: InspectedDay) -> PowerDocument:
    """Return integrated power, how much of the day it covers, and its difference to the counter's energy."""
    row, counted = found.row, _wh(found.retold.mwh)
    difference = None if counted is None or row.energy_power_wh is None else round(row.energy_power_wh - counted, 3)
    return {
        "energy_power_wh": row.energy_power_wh,
        "coverage_window": row.coverage_window,
        "coverage_day": row.coverage_day,
        "window_start_utc": None if row.window_start_utc is None else iso(row.window_start_utc),
        "window_end_utc": None if row.window_end_utc is None else iso(row.window_end_utc),
        "minus_counter_wh": difference,
        "minus_counter_percent": round(100 * difference / counted, 3) if difference is not None and counted else None,
    }


def _reading(reading: CleanReading, told: RetoldReading) -> ReadingDocument:
    return {
        "event_time": iso(reading.event_time),
        "energy_wh_total": reading.energy_wh_total,
        "mark": told.mark,
        "kind": told.kind,
        "why": told.why,
        "line_wh": _wh(told.line_mwh),
        "ac_power_w": reading.ac_power_w,
        "temperature_c": reading.temperature_c,
        "status": reading.status,
        "position": reading.position,
    }


def _entry(entry: Entry | None) -> AcceptedAfterDocument | None:
    return None if entry is None else {"event_time": iso(entry.at), "energy_wh_total": entry.mwh / 1e3, "opens_a_line": entry.opens}


def _step(told: RetoldStep, day: int) -> StepDocument:
    step = told.step
    shares: list[ShareDocument] = [
        {"local_date": iso_date(share.day), "energy_wh": _wh(share.mwh), "gap_wh": share.gap_mwh / 1e3, "boundary_gap": share.is_late}
        for share in told.shares
    ]
    return {
        "kind": told.kind,
        "start": iso(step.start),
        "end": iso(step.end),
        "seconds": (step.end - step.start) / 1e6,
        "from_wh": told.from_mwh / 1e3,
        "to_wh": told.to_mwh / 1e3,
        "energy_wh": step.mwh / 1e3,
        "placed": told.placed,
        "this_day_wh": _wh(told.energy_in(day)),
        "this_day_gap_wh": told.gap_in(day) / 1e3,
        "shares": shares,
    }


def _wh(mwh: int | None) -> float | None:
    return None if mwh is None else mwh / 1e3
