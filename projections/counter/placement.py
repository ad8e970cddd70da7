"""Where the energy of a counter step lands: in a day, split over two, or in no day at all. Pure."""

import attrs

from projections.calendar.local_days import LocalDays

_MINUTE_US = 60_000_000
SPLIT_US_MAX = 30 * _MINUTE_US
BOUNDARY_US_MAX = 20 * 60 * _MINUTE_US


@attrs.frozen
class Step:
    """Energy counted between two instants (µs), in mWh."""

    start: int
    end: int
    mwh: int


@attrs.frozen
class Share:
    """What a step gives one day: `mwh` counted there, or `gap_mwh` of no day; `is_late` if the day before may have made some."""

    day: int
    mwh: int | None
    gap_mwh: int = 0
    is_late: bool = False


def place(step: Step, days: LocalDays) -> tuple[Share, ...]:
    """Place a step: within a day there; over one midnight split (≤ 30 min) or whole to the later day (≤ 20 h); else to no day.

    A step that ends on a midnight lies within the day before it.
    """
    earlier, later = days.day_of(step.start), days.day_of(step.end)
    if days.day_of(step.end - 1) == earlier:
        return (Share(earlier, step.mwh),)
    midnight = days.start(later)
    duration = step.end - step.start
    if days.day_of(midnight - 1) != earlier or duration > BOUNDARY_US_MAX:
        return (Share(later, None, gap_mwh=step.mwh),)
    if duration > SPLIT_US_MAX:
        return (Share(later, step.mwh, is_late=step.mwh > 0),)
    before = step.mwh * (midnight - step.start) // duration
    return (Share(earlier, before), Share(later, step.mwh - before))
