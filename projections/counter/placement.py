"""Where the energy of a counter step is placed: in one day, split over two, or in no day at all. Pure."""

import attrs

from projections.calendar.local_days import LocalDays

_MINUTE_US = 60_000_000
SPLIT_US_MAX = 30 * _MINUTE_US
BOUNDARY_US_MAX = 20 * 60 * _MINUTE_US


@attrs.frozen
class Step:
    """The energy (mWh) that a counter grew by between two instants (µs)."""

    start: int
    end: int
    mwh: int


@attrs.frozen
class Share:
    """What one day gets of a step: `mwh` of energy, or `gap_mwh` that closes in it and belongs to no day (`mwh` is then None).

    `is_late`: some of it may have been made the day before.
    """

    day: int
    mwh: int | None
    gap_mwh: int = 0
    is_late: bool = False


def place(step: Step, days: LocalDays) -> tuple[Share, ...]:
    """Return the shares of a step, which together are its energy.

    Inside one day: there; a step that ends on midnight is inside the earlier day. Over one midnight: within 30 min split by time (23:50 to
    00:20 with 100 mWh: 33 and 67), within 20 h whole to the later day. Longer, or over several midnights: to no day.
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
