"""What each inverter made on each local day, how well that is known, and the log position it rests on. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import attrs

from projections._contract.registry import Registry
from projections._daily.figures import DayInputs, figures_of
from projections._daily.row import InverterDailySummary
from projections._energy.calendar import inverter_days
from projections._energy.local_days import LocalDays, day_number, iso_date
from projections._energy.sampling import GAP_US_MAX
from projections._engine.projection import Change, DerivedProjection, Reader, Replacement, Touch, every_inverter, touch_inverters
from projections._lookup import by_plant, readings_between, step_of_day, touch_counter_day, touch_day
from projections._table import Table
from projections._touched_days import touched_days
from projections.counter_days import COUNTER_DAYS, COUNTER_MARKS, CounterDayRow
from projections.inverter_telemetry import CLEAN, REJECTED, RejectedEvent
from projections.inverters import Inverter
from projections.plant_production_window import WINDOWS, window_of

SUMMARY = Table(
    name="inverter_daily_summary",
    row=InverterDailySummary,
    key=("inverter_id", "local_date"),
    indexes=(("plant_id", "local_date", "inverter_id"),),
)

NOT_THAT_DAY = frozenset(
    {
        "oversize_line",
        "malformed_json",
        "missing_field",
        "bad_timestamp",
        "naive_timestamp",
        "future_timestamp",
        "unknown_inverter",
        "plant_mismatch",
        "before_commissioning",
    }
)
"""Reasons that leave it open whether the inverter reported that day at all: such an event alone makes no row."""


def _touched(table: str, changes: Sequence[Change], registry: Registry) -> Iterator[Touch]:
    if table == WINDOWS.name:
        housed = by_plant(registry)
        for change in changes:
            day = change.rows[-1]
            yield from (touch_day(inverter, day.day_start_utc, day.day_end_utc) for inverter in housed.get(day.plant_id, ()))
    elif table == COUNTER_DAYS.name:
        for change in changes:
            yield from touch_counter_day(change.rows[-1].inverter_id, change)
    else:
        for change in changes:
            for row in change.rows:
                if row.inverter_id is not None and row.event_time is not None:
                    yield Touch(row.inverter_id, row.event_time, row.event_time)


@attrs.frozen
class _Inverter:
    """One inverter at work: its registration, its days, and what to read."""

    inverter: Inverter
    days: LocalDays
    reader: Reader
    statement_position: int


def _derive(inverter_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = inverter_days(registry, inverter_id)
    if days is None:
        return [Replacement(SUMMARY, (inverter_id,), None, None, [])]
    inverter = registry.inverters[inverter_id]
    position = max(inverter.position, registry.plants[inverter.plant_id or ""].position)
    work = _Inverter(inverter, days, reader, position)
    return [
        Replacement(SUMMARY, (inverter_id,), iso_date(first), iso_date(last), _rows_between(work, first, last))
        for first, last in touched_days(touches, days)
    ]


def _rows_between(work: _Inverter, first: int, last: int) -> list[InverterDailySummary]:
    inverter_id, days = work.inverter.inverter_id, work.days
    counters = work.reader.scan(COUNTER_DAYS, COUNTER_DAYS.key, (inverter_id,), iso_date(first), iso_date(last))
    by_day = {day_number(row.local_date): row for row in counters}
    events = work.reader.scan(REJECTED, REJECTED.indexes[0], (inverter_id,), days.start(first), days.start(last + 1) - 1)
    rejected = {day: list(rows) for day, rows in groupby(events, lambda row: days.day_of(row.event_time))}
    numbers = sorted(by_day.keys() | {day for day, rows in rejected.items() if any(map(_makes_a_day, rows))})
    return [figures_of(_inputs(work, number, by_day.get(number), rejected.get(number, []))) for number in numbers]


def _inputs(work: _Inverter, number: int, counter: CounterDayRow | None, rejected: list[RejectedEvent]) -> DayInputs:
    inverter, reader, days = work.inverter, work.reader, work.days
    start, end, date = days.start(number), days.start(number + 1), iso_date(number)
    window = reader.first_from(WINDOWS, (inverter.plant_id,), date)
    clean = reader.scan(CLEAN, CLEAN.key, (inverter.inverter_id,), start, end - 1) if counter is not None else ()
    position = max(work.statement_position, *(row.position for row in clean), *(row.position for row in rejected))
    return DayInputs(
        inverter=inverter,
        timezone=days.timezone,
        local_date=date,
        start=start,
        end=end,
        readings=readings_between(reader, inverter.inverter_id, start - GAP_US_MAX, end + GAP_US_MAX),
        step_seconds=step_of_day(reader, inverter.inverter_id, number),
        counter=counter,
        window=None if window is None or window.local_date != date else window_of(window),
        rejected=rejected,
        log_position=position,
        recorded_at=reader.recorded_at(position),
    )


def _makes_a_day(event: RejectedEvent) -> bool:
    return not NOT_THAT_DAY.intersection(event.reasons.split(","))


PROJECTION = DerivedProjection(
    name=SUMMARY.name,
    version=1,
    tables=(SUMMARY,),
    sources=(CLEAN.name, REJECTED.name, COUNTER_MARKS.name, COUNTER_DAYS.name, WINDOWS.name),
    groups=every_inverter,
    touched=_touched,
    registry_touched=touch_inverters,
    derive=_derive,
)
