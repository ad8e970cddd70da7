"""When each plant produced on each local day: the window its inverters' coverage and availability are measured in. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice

import attrs
import numpy as np

from projections.calendar.local_days import DAY_US, day_number, iso_date
from projections.definition.changes import REGISTRY, Span, SpanRule, Touch
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.measures.sampling import gap_us_max
from projections.measures.window import Window, threshold_w
from projections.registry.days import plant_days
from projections.registry.registry import Registry
from projections.table import Table, column, row_class
from projections.tables._days import around, day_of_row_and_steps_after, touched_days
from projections.tables._groups import all_days_of_plants, every_plant
from projections.tables._lookup import DAYS_AT_ONCE, instants_below, step_of_day
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS, CounterDayRow
from projections.tables.inverter_telemetry import CLEAN


@row_class
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
    """Return the window a row holds."""
    return Window(row.window_start, row.window_end, row.start_closed, row.end_closed)


@SpanRule
def _days_of_its_plant(spans: Sequence[Span], registry: Registry) -> Iterator[Touch]:
    for span in spans:
        yield around(registry.inverters[span.subject].plant_id or "", span)


def _derive(plant_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = plant_days(registry, plant_id)
    if days is None:
        return [Replacement(WINDOWS, (plant_id,), None, None, [])]
    replacements = []
    for first, last in touched_days(touches, days):
        low, high = iso_date(first), iso_date(last)
        inverter_days = reader.scan(COUNTER_DAYS, COUNTER_DAYS.indexes[0], (plant_id,), low, high)
        dates = (list(day) for _, day in groupby(inverter_days, lambda row: row.local_date))
        rows: list[PlantProductionWindow] = []
        while some := list(islice(dates, DAYS_AT_ONCE)):
            windows = [_Window.of(day) for day in some if any(row.first_production_at is not None for row in day)]
            _close_edges([edge for window in windows for edge in (window.start, window.end)], reader, registry)
            rows += [window.row for window in windows]
        replacements.append(Replacement(WINDOWS, (plant_id,), low, high, rows))
    return replacements


@attrs.define
class _Edge:
    """An end of a window: closed if an inverter reads below its threshold, no further beyond it than that inverter's longest gap.

    Beyond is before the start (`side` -1) and after the end (1).
    """

    at: int
    side: int
    inverter_days: Mapping[str, CounterDayRow]
    closed: bool = False

    def beside(self, row: CounterDayRow, reader: Reader) -> tuple[int, int]:
        """Return the half-open stretch in which an inverter can close the edge."""
        reach = gap_us_max(row.step_seconds or step_of_day(reader, row.inverter_id, day_number(row.local_date)))
        return (self.at - reach, self.at) if self.side < 0 else (self.at + 1, self.at + reach + 1)


@attrs.frozen
class _Window:
    """A window in the making."""

    day: CounterDayRow
    start: _Edge
    end: _Edge

    @classmethod
    def of(cls, rows: Sequence[CounterDayRow]) -> "_Window":
        """Return the window of one day's inverters, of which at least one produced."""
        start = min(row.first_production_at for row in rows if row.first_production_at is not None)
        end = max(row.last_production_at for row in rows if row.last_production_at is not None)
        by_inverter = {row.inverter_id: row for row in rows}
        return cls(rows[0], _Edge(start, -1, by_inverter), _Edge(end, 1, by_inverter))

    @property
    def row(self) -> PlantProductionWindow:
        """Return the row."""
        day, start, end = self.day, self.start, self.end
        return PlantProductionWindow(
            day.plant_id, day.local_date, day.day_start_utc, day.day_end_utc, start.at, end.at, start.closed, end.closed
        )


def _close_edges(edges: Sequence[_Edge], reader: Reader, registry: Registry) -> None:
    """Close what can be closed, with one look at each inverter until no edge is left open."""
    for inverter_id in sorted({inverter_id for edge in edges for inverter_id in edge.inverter_days}):
        left = [edge for edge in edges if not edge.closed and inverter_id in edge.inverter_days]
        if not left:
            continue
        stretches = [edge.beside(edge.inverter_days[inverter_id], reader) for edge in left]
        level = threshold_w(registry.inverters[inverter_id].capacity_kw)
        low = np.concatenate([instants_below(reader, inverter_id, level, start, end) for start, end in _joined(stretches)])
        for edge, (start, end) in zip(left, stretches, strict=True):
            edge.closed = bool(low.searchsorted(start) < low.searchsorted(end))


def _joined(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches less than a day apart, in order: to read what lies between costs less than another query."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start - joined[-1][1] < DAY_US:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


PROJECTION = DerivedProjection(
    name=WINDOWS.name,
    version=1,
    tables=(WINDOWS,),
    on={
        CLEAN: _days_of_its_plant,
        COUNTER_MARKS: _days_of_its_plant,
        COUNTER_DAYS: day_of_row_and_steps_after("plant_id"),
        REGISTRY: all_days_of_plants,
    },
    groups=every_plant,
    derive=_derive,
)
