"""Energies, durations and local times as a person reads them. Pure. Energies in mWh, times in µs."""

from datetime import UTC, datetime, timedelta

import attrs

from ledger.format.instant import iso
from projections.calendar.local_days import LocalDays, iso_date
from projections.calendar.zones import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def energy(mwh: int) -> str:
    """Return an energy in Wh, thousands apart, for example `4 280 Wh`."""
    whole, rest = divmod(abs(mwh), 1_000)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    return f"{'−' if mwh < 0 else ''}{whole:,}{fraction} Wh".replace(",", " ")


def duration(us: int) -> str:
    """Return a duration in its two largest units, the rest cut off, for example `9 h 5 min`; below a minute in seconds."""
    seconds = us // 1_000_000
    for place, (size, unit) in enumerate(_UNITS):
        if seconds >= size:
            below, smaller = (*_UNITS, (1, "s"))[place + 1]
            rest = seconds % size // below
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{us / 1e6:g} s"


@attrs.frozen
class LocalClock:
    """Local times of one day. An instant of another day has its date, and on a day when clocks change every instant its offset."""

    days: LocalDays
    day: int

    def time(self, at: int) -> str:
        """Return an instant as text, for example `17:55`, or `2025-04-02 06:05` for another day's."""
        day = self.days.day_of(at)
        text = self._clock(at)
        return text if day == self.day else f"{iso_date(day)} {text}"

    def end(self, at: int) -> str:
        """Return an instant that ends something as text; the day's last midnight is `24:00`."""
        return "24:00" if at == self.days.start(self.day + 1) else self.time(at)

    def moment(self, at: int) -> datetime:
        """Return the instant in local time; OverflowError beyond the years 1 to 9999."""
        return (_EPOCH + timedelta(microseconds=at)).astimezone(zone(self.days.timezone))

    def _clock(self, at: int) -> str:
        try:
            local, offsets = self.moment(at), {self.moment(self.days.start(day)).utcoffset() for day in (self.day, self.day + 1)}
        except OverflowError:
            return iso(at)
        text = f"{local:%H:%M}" if local.second == local.microsecond == 0 else local.time().isoformat()
        return text if len(offsets) == 1 else f"{text} {local:%z}"
