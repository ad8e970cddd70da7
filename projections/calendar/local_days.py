"""Local days: the half-open intervals of UTC instants that a plant's calendar dates stand for. Pure.

Day D of a zone is [D 00:00 local, D+1 00:00 local), each midnight taken at fold 0 (PEP 495). Days are proleptic ordinals
(`date.toordinal`), instants whole µs since 1970 UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs

from projections.calendar.zones import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000

FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()
_FIRST_INSTANT, _END = (FIRST_DAY - _EPOCH_ORDINAL) * DAY_US, (LAST_DAY + 1 - _EPOCH_ORDINAL) * DAY_US
"""The calendar's ends, in UTC in every zone: whatever lies beyond one is counted to the day beside it."""


@attrs.frozen
class LocalDays:
    """The days of one zone: `start(day)` and `day_of(instant)` are each other's inverse."""

    timezone: str

    def start(self, day: int) -> int:
        """Return the first instant of a day."""
        return _start(self.timezone, day)

    def length_us(self, day: int) -> int:
        """Return a day's length; 0 where the zone skipped the date."""
        return self.start(day + 1) - self.start(day)

    def day_of(self, instant: int) -> int:
        """Return the day whose interval holds the instant."""
        instant = min(max(instant, _FIRST_INSTANT), _END - 1)
        day = instant // DAY_US + _EPOCH_ORDINAL
        while instant < self.start(day):
            day -= 1
        while instant >= self.start(day + 1):
            day += 1
        return day


class DayFinder:
    """`LocalDays.day_of` for instants that mostly fall on the day of the one before: remembers that day."""

    def __init__(self, days: LocalDays) -> None:
        self._days = days
        self._day, self._start, self._end = FIRST_DAY, 0, 0

    def __call__(self, instant: int) -> int:
        """Return the day whose interval holds the instant."""
        if not self._start <= instant < self._end:
            self._day = self._days.day_of(instant)
            self._start, self._end = self._days.start(self._day), self._days.start(self._day + 1)
        return self._day


@lru_cache(maxsize=100_000)
def _start(timezone: str, day: int) -> int:
    if day <= FIRST_DAY:
        return _FIRST_INSTANT
    if day > LAST_DAY:
        return _END
    return _midnight(zone(timezone), day)


def _midnight(tz: ZoneInfo, day: int) -> int:
    local = datetime.fromordinal(day)
    offset = tz.utcoffset(local)
    return ((day - _EPOCH_ORDINAL) * timedelta(days=1) - (offset or timedelta())) // _MICROSECOND


def iso_date(day: int) -> str:
    """Write a day as ISO 8601, for example `2025-04-01`."""
    return date.fromordinal(day).isoformat()


def day_number(text: str) -> int:
    """Read an ISO 8601 date back into a day."""
    return date.fromisoformat(text).toordinal()
