"""Local days: which UTC instants belong to which calendar date of a zone. Pure.

Day D of a zone is [D 00:00 local, D+1 00:00 local); of a midnight that occurs twice the first one counts (PEP 495, fold 0). Days are
numbers as `date.toordinal` makes them, 1 for 0001-01-01; instants are whole µs since 1970 UTC.
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
"""The ends of the calendar, the same UTC instants in every zone. An instant beyond one belongs to the day beside it."""


@attrs.frozen
class LocalDays:
    """The days of one IANA zone. Every instant belongs to exactly one day; a date that the zone skipped holds none."""

    timezone: str

    def start(self, day: int) -> int:
        """Return the first instant of a day."""
        return _start(self.timezone, day)

    def length_us(self, day: int) -> int:
        """Return a day's length in µs; 0 if the zone skipped the date."""
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
    """`LocalDays.day_of` for many instants of which most belong to the same day as the one before: it remembers that day."""

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
    """Return a day as ISO 8601 text, for example `2025-04-01`."""
    return date.fromordinal(day).isoformat()


def day_number(text: str) -> int:
    """Return the day of an ISO 8601 date; ValueError for any other text."""
    return date.fromisoformat(text).toordinal()
