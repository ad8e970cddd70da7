"""What an inverter's days are made from beside its readings, read for some days in a row at once. Pure."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise

import attrs

from projections.calendar.local_days import FIRST_DAY, DayFinder, LocalDays, day_number, iso_date
from projections.definition.derived_projection import Reader
from projections.measures.sampling import STEP_LOOKBACK_DAYS, STEP_SECONDS_DEFAULT
from projections.measures.window import Window
from projections.registry.inverter import Inverter
from projections.tables.counter_days import COUNTER_DAYS, CounterDayRow
from projections.tables.inverter_telemetry import REJECTED, SUBJECT_AND_TIME
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
    windows = reader.scan(WINDOWS, WINDOWS.key, (inverter.plant_id,), low, high)
    return Sources(
        first=first,
        counters={day_number(row.local_date): row for row in counters},
        rejected=_read_rejected(reader, inverter.inverter_id, days, first, last),
        windows={day_number(row.local_date): window_of(row) for row in windows},
    )


def _read_rejected(reader: Reader, inverter_id: str, days: LocalDays, first: int, last: int) -> dict[int, RejectedOfDay]:
    """Return the rejected events of days; there may be a hundred thousand for one instant, so nothing is made of each."""
    bounds = days.start(first), days.start(last + 1) - 1
    names = ("event_time", "position", "reasons")
    instants, positions, reasons = reader.columns(REJECTED, SUBJECT_AND_TIME, (inverter_id,), bounds, names)
    ends = [0, *accumulate(len(list(same)) for _, same in groupby(map(DayFinder(days), instants)))]
    return {days.day_of(instants[start]): _rejected(positions[start:end], reasons[start:end]) for start, end in pairwise(ends)}


def _rejected(positions: Sequence[int], reasons: Sequence[str]) -> RejectedOfDay:
    """Sum up a day's rejected events, given the position and all reasons of each."""
    counts = Counter(reasons)
    # No event has another reason beside this one.
    duplicates = counts["duplicate_reading"]
    return RejectedOfDay(max(positions), duplicates, len(positions) - duplicates, makes_a_day=any(map(_makes_a_day, counts)))


def _makes_a_day(reasons: str) -> bool:
    return not NOT_THAT_DAY.intersection(reasons.split(","))
