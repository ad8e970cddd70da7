"""What an inverter's days are made from beside its readings, read for some days in a row at once. Pure."""

from collections.abc import Sequence
from itertools import groupby

import attrs

from projections.calendar.local_days import FIRST_DAY, LocalDays, day_number, iso_date
from projections.definition.derived_projection import Reader
from projections.measures.sampling import STEP_LOOKBACK_DAYS, STEP_SECONDS_DEFAULT
from projections.measures.window import Window
from projections.registry.inverter import Inverter
from projections.tables.counter_days import COUNTER_DAYS, CounterDayRow
from projections.tables.inverter_telemetry import REJECTED, RejectedEvent
from projections.tables.plant_production_window import WINDOWS, window_of

NOT_THAT_DAY = frozenset(
    {
        "oversize_line",
        "malformed_json",
        "missing_field",
        "id_too_long",
        "bad_timestamp",
        "naive_timestamp",
        "future_timestamp",
        "unknown_inverter",
        "plant_mismatch",
        "before_commissioning",
    }
)
"""Reasons that leave it open whether the inverter reported that day at all: such an event alone makes no row."""


@attrs.frozen
class RejectedOfDay:
    """A day's rejected events: their largest log position, their numbers, and whether they alone make the day a row."""

    position: int
    duplicates: int
    others: int
    makes_a_day: bool


NONE_REJECTED = RejectedOfDay(0, 0, 0, makes_a_day=False)


@attrs.frozen
class Sources:
    """What was read, by day; `counters` begin as long before the first day as a step is looked for."""

    first: int
    counters: dict[int, CounterDayRow]
    rejected: dict[int, RejectedOfDay]
    windows: dict[int, Window]

    @property
    def days(self) -> list[int]:
        """Return the days that have a row, in order."""
        counted = {day for day in self.counters if day >= self.first}
        return sorted(counted | {day for day, events in self.rejected.items() if events.makes_a_day})

    def step_of_day(self, day: int) -> int:
        """Return τ in seconds: the day's own step, else that of the latest of the seven days before that has one, else 300."""
        counters = (self.counters.get(day - back) for back in range(STEP_LOOKBACK_DAYS + 1))
        return next((row.step_seconds for row in counters if row is not None and row.step_seconds is not None), STEP_SECONDS_DEFAULT)


def read_sources(reader: Reader, inverter: Inverter, days: LocalDays, first: int, last: int) -> Sources:
    """Read what the days from `first` to `last` are made from, beside readings."""
    low, high = iso_date(first), iso_date(last)
    before = iso_date(max(first - STEP_LOOKBACK_DAYS, FIRST_DAY))
    counters = reader.scan(COUNTER_DAYS, COUNTER_DAYS.key, (inverter.inverter_id,), before, high)
    events = reader.scan(REJECTED, REJECTED.indexes[0], (inverter.inverter_id,), days.start(first), days.start(last + 1) - 1)
    windows = reader.scan(WINDOWS, WINDOWS.key, (inverter.plant_id,), low, high)
    return Sources(
        first=first,
        counters={day_number(row.local_date): row for row in counters},
        rejected={day: _rejected(list(rows)) for day, rows in groupby(events, lambda row: days.day_of(row.event_time))},
        windows={day_number(row.local_date): window_of(row) for row in windows},
    )


def _rejected(events: Sequence[RejectedEvent]) -> RejectedOfDay:
    duplicates = sum(event.reason == "duplicate_reading" for event in events)
    position = max(event.position for event in events)
    return RejectedOfDay(position, duplicates, len(events) - duplicates, makes_a_day=any(map(_makes_a_day, events)))


def _makes_a_day(event: RejectedEvent) -> bool:
    return not NOT_THAT_DAY.intersection(event.reasons.split(","))
