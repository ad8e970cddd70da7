"""When each plant produced on each local day: the window its inverters' coverage and availability are measured in. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import attrs

from projections._contract.registry import Registry
from projections._energy.calendar import plant_days
from projections._energy.local_days import day_number, iso_date
from projections._energy.sampling import gap_us_max
from projections._energy.window import Window, any_below, threshold_w
from projections._engine.projection import Change, DerivedProjection, Reader, Replacement, Touch, every_plant, touch_plants
from projections._lookup import readings_between, step_of_day, touch_counter_day
from projections._table import Table, column
from projections._touched_days import touched_days
from projections.counter_days import COUNTER_DAYS, COUNTER_MARKS, CounterDayRow
from projections.inverter_telemetry import CLEAN


@attrs.frozen(slots=True)
class PlantProductionWindow:
    """One plant's production window on one local day. No row: none of its inverters produced."""

    plant_id: str = column("The plant.")
    local_date: str = column("The plant's local date.", store="date")
    day_start_utc: int = column("First instant of the day.", store="instant")
    day_end_utc: int = column("First instant after the day.", store="instant")
    window_start: int = column("First reading of any inverter at or above 1 % of its nameplate (at least 10 W).", store="instant")
    window_end: int = column("Last such reading.", store="instant")
    start_closed: bool = column("1 if a reading below that power lies just before the window, so that production is known to begin in it.")
    end_closed: bool = column("1 if a reading below that power lies just after the window.")


WINDOWS = Table(name="plant_production_window", row=PlantProductionWindow, key=("plant_id", "local_date"))


def window_of(row: PlantProductionWindow) -> Window:
    """Give the window a row holds."""
    return Window(row.window_start, row.window_end, row.start_closed, row.end_closed)


def _touched(table: str, changes: Sequence[Change], registry: Registry) -> Iterator[Touch]:
    for change in changes:
        if table == COUNTER_DAYS.name:
            yield from touch_counter_day(change.rows[-1].plant_id, change)
            continue
        for row in change.rows:
            yield Touch(registry.inverters[row.inverter_id].plant_id or "", row.event_time, row.event_time)


def _derive(plant_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = plant_days(registry, plant_id)
    if days is None:
        return [Replacement(WINDOWS, (plant_id,), None, None, [])]
    replacements = []
    for first, last in touched_days(touches, days):
        low, high = iso_date(first), iso_date(last)
        inverter_days = reader.scan(COUNTER_DAYS, COUNTER_DAYS.indexes[0], (plant_id,), low, high)
        dates = [list(rows) for _, rows in groupby(inverter_days, lambda row: row.local_date)]
        rows = [row for date in dates if (row := _window_row(date, reader, registry)) is not None]
        replacements.append(Replacement(WINDOWS, (plant_id,), low, high, rows))
    return replacements


def _window_row(rows: list[CounterDayRow], reader: Reader, registry: Registry) -> PlantProductionWindow | None:
    starts = [row.first_production_at for row in rows if row.first_production_at is not None]
    ends = [row.last_production_at for row in rows if row.last_production_at is not None]
    if not starts:
        return None
    start, end, day = min(starts), max(ends), rows[0]
    return PlantProductionWindow(
        plant_id=day.plant_id,
        local_date=day.local_date,
        day_start_utc=day.day_start_utc,
        day_end_utc=day.day_end_utc,
        window_start=start,
        window_end=end,
        start_closed=any(_reads_low(row, -1, start, reader, registry) for row in rows),
        end_closed=any(_reads_low(row, 1, end, reader, registry) for row in rows),
    )


def _reads_low(row: CounterDayRow, side: int, edge: int, reader: Reader, registry: Registry) -> bool:
    """Tell whether an inverter read below its threshold within its day's longest gap before (-1) or after (1) an edge."""
    reach = gap_us_max(step_of_day(reader, row.inverter_id, day_number(row.local_date)))
    start, end = (edge - reach, edge) if side < 0 else (edge + 1, edge + reach + 1)
    level = threshold_w(registry.inverters[row.inverter_id].capacity_kw)
    return any_below((reading.ac_power_w for reading in readings_between(reader, row.inverter_id, start, end)), level)


PROJECTION = DerivedProjection(
    name=WINDOWS.name,
    version=1,
    tables=(WINDOWS,),
    sources=(CLEAN.name, COUNTER_MARKS.name, COUNTER_DAYS.name),
    groups=every_plant,
    touched=_touched,
    registry_touched=touch_plants,
    derive=_derive,
)
