"""From a counter line that has been followed to the mark of each of its samples. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from projections.counter.line import CounterLine
from projections.counter.marks import EPOCH, PLACEHOLDER, PLACEHOLDER_ROW, REPLACED
from projections.counter.samples import NO_COUNTER, Samples
from projections.counter.state import MarkedSpan


class Marker:
    """Marks samples, piece by piece in order, by a line that has been followed to the end of all of them."""

    def __init__(self, line: CounterLine) -> None:
        self._line = line
        self._openings = {epoch.first.at: EPOCH if epoch.credit is not None else REPLACED for epoch in line.epochs}
        self._openings_at = sorted(self._openings)
        self._next = 0

    def marks(self, samples: Samples) -> dict[int, str]:
        """Return marks by index into the samples, in order; a sample that is accepted or has no counter value is absent."""
        zeros = self._line.placeholders(samples)
        found = {index: PLACEHOLDER_ROW if samples.bare[index] else PLACEHOLDER for index in np.flatnonzero(zeros).tolist()}
        first, last = int(samples.at[0]), int(samples.at[-1])
        for at in self._openings_at[bisect_left(self._openings_at, first) : bisect_right(self._openings_at, last)]:
            found[int(np.searchsorted(samples.at, at))] = self._openings[at]
        for span in self._spans_within(first, last):
            low, high = samples.at.searchsorted(span.start), samples.at.searchsorted(span.end, "right")
            valued = (samples.mwh[low:high] != NO_COUNTER) & ~zeros[low:high]
            found.update(dict.fromkeys((np.flatnonzero(valued) + low).tolist(), span.mark))
        return dict(sorted(found.items()))

    def _spans_within(self, first: int, last: int) -> Sequence[MarkedSpan]:
        spans = self._line.spans
        while self._next < len(spans) and spans[self._next].end < first:
            self._next += 1
        end = self._next
        while end < len(spans) and spans[end].start <= last:
            end += 1
        return spans[self._next : end]
