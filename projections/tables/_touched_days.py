"""Which local days a set of touches concerns. Pure."""

from collections.abc import Iterable

from projections.calendar.local_days import LocalDays
from projections.definition.derived_projection import Touch
from projections.measures.sampling import GAP_US_MAX


def touched_days(touches: Iterable[Touch], days: LocalDays) -> list[tuple[int, int]]:
    """Return the days that touches may change, widened by the longest gap that is bridged, as merged ranges (first, last)."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((touch.start, touch.end) for touch in touches):
        first, last = days.day_of(start - GAP_US_MAX), days.day_of(end + GAP_US_MAX)
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
