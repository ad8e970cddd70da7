"""Straight lines between neighbouring readings: the covered part of a day, and means and sums over it. Pure. Times in µs.

Each figure is the same to the last bit as if it were computed pair by pair in a loop: arrays are computed element by element in the same
order of operations, and sums are exact (`math.fsum`, or integers).
"""

from math import fsum

import attrs
import numpy as np

from projections.values.arrays import Floats, Instants

_US_PER_HOUR = 3_600_000_000


@attrs.frozen(eq=False)
class Segments:
    """Straight lines from the value `low` at `start` to the value `high` at `end`, in order and cut to a day.

    `lesser` is the smaller of the values that the two readings have; after a cut at midnight, `low` or `high` may differ from it.
    """

    start: Instants
    end: Instants
    low: Floats
    high: Floats
    lesser: Floats

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.start)

    @property
    def lengths(self) -> Instants:
        """Return each segment's length in µs."""
        return self.end - self.start

    @property
    def area(self) -> float:
        """Return the integral by the trapezoidal rule, in the quantity's unit times µs."""
        return fsum(((self.low + self.high) / 2 * self.lengths).tolist())


def covered(at: Instants, values: Floats, gap_us: int, day_start: int, day_end: int) -> Segments:
    """Return the segments between neighbouring readings that both have a value and are at most `gap_us` apart, cut to the day."""
    has = ~np.isnan(values)
    start, end = at[:-1], at[1:]
    joined = has[:-1] & has[1:] & (end - start <= gap_us) & (end > day_start) & (start < day_end)
    start, end, low, high = start[joined], end[joined], values[:-1][joined], values[1:][joined]
    first, last = np.maximum(start, day_start), np.minimum(end, day_end)
    slope = (high - low) / (end - start)
    cut_low = np.where(first == start, low, low + slope * (first - start))
    cut_high = np.where(last == end, high, low + slope * (last - start))
    return Segments(first, last, cut_low, cut_high, np.minimum(low, high))


def energy_wh(segments: Segments) -> float:
    """Return the energy in Wh of segments of power in W."""
    return segments.area / _US_PER_HOUR


def mean(segments: Segments) -> float | None:
    """Return the time-weighted mean in the quantity's unit; None without a segment."""
    return segments.area / duration(segments) if len(segments) else None


def duration(segments: Segments) -> int:
    """Return the covered time in µs."""
    return int(segments.lengths.sum())


def duration_above(segments: Segments, level: float) -> int:
    """Return the time of the segments between two readings that are both at or above a level, in µs."""
    return int(segments.lengths[segments.lesser >= level].sum())


def duration_within(segments: Segments, start: int, end: int) -> int:
    """Return the covered time inside [start, end], in µs."""
    return int(lengths_within(segments.start, segments.end, start, end).sum())


def lengths_within(starts: Instants, ends: Instants, start: int, end: int) -> Instants:
    """Return how much of each stretch of time is inside [start, end], in µs."""
    inside: Instants = np.minimum(ends, end) - np.maximum(starts, start)
    return np.maximum(inside, 0)


def longest_gap(segments: Segments, start: int, end: int) -> int:
    """Return the longest stretch of [start, end] that no segment covers, in µs."""
    near = (segments.end > start) & (segments.start < end)
    gaps = np.append(segments.start[near], end) - np.append(start, segments.end[near])
    return max(0, int(gaps.max()))
