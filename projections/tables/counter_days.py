"""The counter line of every inverter, day by day: energy placed, marks of its readings, and the state carried to the next day. Pure."""

from collections.abc import Iterator, Sequence

import attrs
import msgspec

from projections.calendar.local_days import DAY_US, LocalDays, day_number, iso_date
from projections.counter.day_book import Entry
from projections.counter.marks import GLITCHES
from projections.counter.samples import Samples, samples_of
from projections.counter.state import Carry
from projections.counter.step import Rules
from projections.counter.walk import DayResult, History, PassResult, StoredDay, follow
from projections.definition.changes import REGISTRY, Touch
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.measures.window import threshold_w
from projections.registry.days import inverter_days
from projections.registry.inverter import Inverter
from projections.registry.registry import Registry
from projections.table import Table, column, row_class
from projections.tables._days import days_around_instants, touched_days
from projections.tables._groups import all_days_of_inverters, every_inverter
from projections.tables.inverter_telemetry import CLEAN, SUBJECT_AND_TIME


@row_class
class CounterDayRow:
    """One inverter's counter line on one local day."""

    inverter_id: str = column("The inverter.")
    local_date: str = column("The plant's local date.", store="date")
    plant_id: str = column("The plant the inverter is registered under.")
    day_start_utc: int = column("First instant of the day.", store="instant")
    day_end_utc: int = column("First instant after the day.", store="instant")
    energy_mwh: int | None = column("Counter energy placed in the day.", unit="mWh", null="no step is placed in the day")
    gap_mwh: int = column("Counter energy that belongs to no day and whose closing value lies in this one.", unit="mWh")
    boundary_gap: bool = column("1 if energy placed here may have been made the day before.")
    lower_bound: bool = column(
        "1 if the day may have made more: a gap begins or closes here, or a counter line ends or begins beside lost values."
    )
    spanned: bool = column("1 if an accepted step spans any of the day.")
    resets: int = column("New counter lines that begin in the day.")
    glitches: int = column("Counter values off the line.")
    placeholder_rows: int = column("Zero counters without power and temperature.")
    pending: int = column("Counter values not yet decided.")
    counter_first_wh: float | None = column("The line's first value in the day.", unit="Wh", null="no accepted value")
    counter_last_wh: float | None = column("The line's last value in the day.", unit="Wh", null="no accepted value")
    reading_count: int = column("Clean events that are readings: no placeholder rows, no glitches above the line.")
    step_seconds: int | None = column("Most frequent step between the day's readings.", unit="s", null="fewer than two readings")
    first_production_at: int | None = column("First reading at production power.", null="none", store="instant")
    last_production_at: int | None = column("Last reading at production power.", null="none", store="instant")
    entry: str = column("The first accepted value as the step to it needs it, as JSON (null: none).")
    carry: str = column("The counter line's state at the day's end, as JSON: what the next day begins with.")


@row_class
class CounterMark:
    """The mark of one counter value that is not plainly accepted."""

    inverter_id: str = column("The inverter.")
    event_time: int = column("Instant of the reading.", store="instant")
    mark: str = column("What the value is to the counter line. A counter value of a clean event without a row here is accepted.")


COUNTER_DAYS = Table(
    name="counter_days", row=CounterDayRow, key=("inverter_id", "local_date"), indexes=(("plant_id", "local_date", "inverter_id"),)
)
_COLUMNS = ("event_time", "energy_wh_total", "ac_power_w", "temperature_c")
_FIRST_SPAN_US, _LONGEST_SPAN_US = 2 * DAY_US, 128 * DAY_US
"""How much of a history is read at once: little at first, as a late reading costs few days, then more and more."""

COUNTER_MARKS = Table(name="counter_marks", row=CounterMark, key=SUBJECT_AND_TIME, subject_and_time=SUBJECT_AND_TIME)


def rules_of(inverter: Inverter) -> Rules:
    """Return what is registered of an inverter's counter, in mW and mWh."""
    capacity, modulus = inverter.capacity_kw, inverter.counter_modulus_wh
    return Rules(None if capacity is None else round(capacity * 1e6), None if modulus is None else round(modulus * 1e3))


def _derive(inverter_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = inverter_days(registry, inverter_id)
    if days is None:
        return [_days_replaced(inverter_id, None, None, []), _marks_replaced(inverter_id, None, None, [])]
    inverter = registry.inverters[inverter_id]
    history = _history(inverter_id, days, reader)
    if any(touch.is_everything for touch in touches):
        history = attrs.evolve(history, stored=lambda _day: iter(()), before=lambda _day: None, is_glitch=lambda _at: False)
    replacements: list[Replacement] = []
    for result in _passes(history, days, inverter, touched_days(touches, days)):
        replacements += _replace(inverter, days, result)
    return replacements


def _passes(history: History, days: LocalDays, inverter: Inverter, ranges: list[tuple[int, int]]) -> list[PassResult]:
    """Pass over each touched range; passes that run into each other become one."""
    threshold_mw = round(threshold_w(inverter.capacity_kw) * 1e3)
    results: list[PassResult] = []
    for first, last in ranges:
        if results and _reaches(results[-1], last):
            continue
        result = follow(history, days, rules_of(inverter), threshold_mw, (first, last))
        while results and _reaches(results[-1], result.first):
            result = follow(history, days, rules_of(inverter), threshold_mw, (results.pop().first, last))
        results.append(result)
    return results


def _reaches(result: PassResult, day: int) -> bool:
    return result.last is None or result.last >= day


def _history(inverter_id: str, days: LocalDays, reader: Reader) -> History:
    def samples(day: int) -> Iterator[Samples]:
        start, span = days.start(day), _FIRST_SPAN_US
        while (row := reader.first_from(CLEAN, (inverter_id,), start)) is not None:
            end = row.event_time + span
            yield samples_of(*reader.columns(CLEAN, CLEAN.key, (inverter_id,), (row.event_time, end), _COLUMNS))
            start, span = end + 1, min(2 * span, _LONGEST_SPAN_US)

    def stored(day: int) -> Iterator[StoredDay]:
        return map(_stored_day, reader.scan(COUNTER_DAYS, COUNTER_DAYS.key, (inverter_id,), iso_date(day), None))

    def before(day: int) -> StoredDay | None:
        row = reader.last_before(COUNTER_DAYS, (inverter_id,), iso_date(day))
        return None if row is None else _stored_day(row)

    def is_glitch(at: int) -> bool:
        row = reader.first_from(COUNTER_MARKS, (inverter_id,), at)
        return row is not None and row.event_time == at and row.mark in GLITCHES

    return History(samples, stored, before, is_glitch)


def _stored_day(row: CounterDayRow) -> StoredDay:
    entry = msgspec.json.decode(row.entry, type=Entry | None)
    return StoredDay(day_number(row.local_date), msgspec.json.decode(row.carry, type=Carry), entry)


def _replace(inverter: Inverter, days: LocalDays, result: PassResult) -> tuple[Replacement, Replacement]:
    inverter_id = inverter.inverter_id
    rows = [_day_row(inverter, days, day) for day in result.days]
    marks = [CounterMark(inverter_id, at, mark) for day in result.days for at, mark in day.marks]
    last = result.last
    return (
        _days_replaced(inverter_id, iso_date(result.first), None if last is None else iso_date(last), rows),
        _marks_replaced(inverter_id, days.start(result.first), None if last is None else days.start(last + 1) - 1, marks),
    )


def _days_replaced(inverter_id: str, low: str | None, high: str | None, rows: Sequence[CounterDayRow]) -> Replacement:
    return Replacement(COUNTER_DAYS, (inverter_id,), low, high, rows)


def _marks_replaced(inverter_id: str, low: int | None, high: int | None, rows: Sequence[CounterMark]) -> Replacement:
    return Replacement(COUNTER_MARKS, (inverter_id,), low, high, rows)


def _day_row(inverter: Inverter, days: LocalDays, result: DayResult) -> CounterDayRow:
    counter = result.counter
    first, last = result.production or (None, None)
    return CounterDayRow(
        inverter_id=inverter.inverter_id,
        local_date=iso_date(result.day),
        plant_id=inverter.plant_id or "",
        day_start_utc=days.start(result.day),
        day_end_utc=days.start(result.day + 1),
        energy_mwh=counter.mwh,
        gap_mwh=counter.gap_mwh,
        boundary_gap=counter.boundary_gap,
        lower_bound=counter.lower_bound,
        spanned=result.spanned,
        resets=counter.resets,
        glitches=counter.glitches,
        placeholder_rows=counter.placeholder_rows,
        pending=counter.pending,
        counter_first_wh=None if counter.first is None else counter.first.mwh / 1e3,
        counter_last_wh=None if counter.last is None else counter.last.mwh / 1e3,
        reading_count=result.reading_count,
        step_seconds=result.step_seconds,
        first_production_at=first,
        last_production_at=last,
        entry=msgspec.json.encode(counter.entry).decode(),
        carry=msgspec.json.encode(result.carry).decode(),
    )


PROJECTION = DerivedProjection(
    name="counter_days",
    version=2,
    tables=(COUNTER_DAYS, COUNTER_MARKS),
    on={CLEAN: days_around_instants, REGISTRY: all_days_of_inverters},
    groups=every_inverter,
    derive=_derive,
)
