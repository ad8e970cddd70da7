"""Straight lines between readings: the covered part of a day and what a quantity amounts to over it. Pure. Times in µs."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum

import attrs

_US_PER_HOUR = 3_600_000_000


@attrs.frozen
class Segment:
    """A straight line from (`start`, `low`) to (`end`, `high`), cut to a day; `ends` are the two readings' own values."""

    start: int
    end: int
    low: float
    high: float
    ends: tuple[float, float]

    @property
    def duration(self) -> int:
        """Give the length in µs."""
        return self.end - self.start

    @property
    def area(self) -> float:
        """Give the integral in unit·µs, by the trapezoidal rule."""
        return (self.low + self.high) / 2 * self.duration


def covered(points: Sequence[tuple[int, float | None]], gap_us: int, day_start: int, day_end: int) -> list[Segment]:
    """Join consecutive readings that both carry the quantity and lie at most `gap_us` apart; cut to [day_start, day_end)."""
    segments = []
    for (start, low), (end, high) in pairwise(points):
        if low is None or high is None or end - start > gap_us or end <= day_start or start >= day_end:
            continue
        first, last = max(start, day_start), min(end, day_end)
        slope = (high - low) / (end - start)
        cut_low = low if first == start else low + slope * (first - start)
        cut_high = high if last == end else low + slope * (last - start)
        segments.append(Segment(first, last, cut_low, cut_high, (low, high)))
    return segments


def energy_wh(segments: Iterable[Segment]) -> float:
    """Integrate power in W to Wh."""
    return fsum(segment.area for segment in segments) / _US_PER_HOUR


def mean(segments: Sequence[Segment]) -> float | None:
    """Give the time-weighted mean; None without a segment."""
    if not segments:
        return None
    return fsum(segment.area for segment in segments) / duration(segments)


def duration(segments: Iterable[Segment]) -> int:
    """Add up lengths, in µs."""
    return sum(segment.duration for segment in segments)


def duration_above(segments: Iterable[Segment], level: float) -> int:
    """Add up the segments whose both readings are at or above a level, in µs."""
    return sum(segment.duration for segment in segments if min(segment.ends) >= level)


def duration_within(segments: Iterable[Segment], start: int, end: int) -> int:
    """Add up what lies inside [start, end], in µs."""
    return sum(max(0, min(segment.end, end) - max(segment.start, start)) for segment in segments)


def longest_gap(segments: Iterable[Segment], start: int, end: int) -> int:
    """Give the longest stretch of [start, end] that no segment covers, in µs; segments come in order."""
    longest, reached = 0, start
    for segment in segments:
        if segment.end <= start or segment.start >= end:
            continue
        longest = max(longest, segment.start - reached)
        reached = segment.end
    return max(longest, end - min(reached, end))
