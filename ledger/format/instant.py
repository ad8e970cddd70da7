"""Instants as integers: the frozen grammar of an event's time, and the ISO text of the tables. Pure.

An instant is an `int`: µs since 1970-01-01T00:00:00Z, UTC years 1 to 9999. The grammar is frozen because the key of an event depends on it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // _MICROSECOND

_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"
    r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]+))?)?"
    r"(?:(Z)|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?"
)


class BadInstant(ValueError):  # noqa: N818 - a value that is not an instant, not a fault of the program
    """A text is not an instant; `naive`: only the offset from UTC is missing."""

    def __init__(self, text: str, *, naive: bool) -> None:
        super().__init__(f"no offset from UTC: {text!r}" if naive else f"not an instant: {text!r}")
        self.naive = naive


@lru_cache(maxsize=1 << 16)
def read_instant(text: str) -> int:
    """Read `YYYY-MM-DD(T| )HH:MM[:SS[.digits]](Z|±HH:MM|±HHMM)` as µs since 1970 UTC, further digits cut off.

    ASCII only, `T` and `Z` in capitals, offsets from -23:59 to +23:59, the written year and the UTC year both 1 to 9999.
    Raise BadInstant; its `naive` is True if everything but the offset is there.
    """
    parts = _TIME.fullmatch(text)
    if parts is None:
        raise BadInstant(text, naive=False)
    day, hour, minute, second, fraction, zulu, sign, offset_hour, offset_minute = parts.groups()
    try:
        days = date.fromisoformat(day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise BadInstant(text, naive=False) from None
    if zulu is None and sign is None:
        raise BadInstant(text, naive=True)
    seconds = days * 86_400 + int(hour) * 3_600 + int(minute) * 60 + int(second or 0)
    if sign:
        ahead = int(offset_hour) * 3_600 + int(offset_minute) * 60
        seconds -= ahead if sign == "+" else -ahead
    instant = seconds * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if fraction else 0)
    if not _FIRST <= instant <= _LAST:
        raise BadInstant(text, naive=False)
    return instant


@lru_cache(maxsize=1 << 16)
def iso(instant: int) -> str:
    """Write an instant as `2025-04-01T06:00:00+00:00`, with six decimals if it is no whole second; sorts as text, because '+' < '.'."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat()


@lru_cache(maxsize=1 << 16)
def from_iso(text: str) -> int:
    """Read what `iso` wrote; raise ValueError for a text that is no ISO date and time with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no offset from UTC: {text!r}")
    return (moment - _EPOCH) // _MICROSECOND
