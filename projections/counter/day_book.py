"""What the counter line means for each local day: energy placed, what was set apart, and the marks of its readings. Pure."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from projections.calendar.local_days import DayFinder, LocalDays
from projections.counter.line import CounterLine
from projections.counter.placement import Step, place
from projections.counter.samples import NO_COUNTER, Samples
from projections.counter.state import GLITCH, GLITCH_ABOVE, PENDING, Carry, Point, Span
from projections.counter.step import gain, line_value
from projections.values.arrays import Instants, Ints

PLACEHOLDER, PLACEHOLDER_ROW, EPOCH = "placeholder", "placeholder_row", "epoch"
REPLACED = "counter_replaced"

MARKS = {
    "accepted": "on the counter line: its step counts (the mark of every counter value that has no row here)",
    GLITCH: "off the line, below it: the counter value is lost, power and temperature stay",
    GLITCH_ABOVE: "off the line, above it: the row belongs to another time and is no reading",
    PENDING: "off the line, undecided: a reading without counter energy until a later value decides",
    PLACEHOLDER: "a zero that stands for a lost counter value",
    PLACEHOLDER_ROW: "a zero counter without power and temperature: no data, neither reading nor downtime",
    EPOCH: "the first value of a new counter line, credited with its own value since the last accepted one",
    REPLACED: "the first value of a new counter line that cannot have been counted from zero: nothing is credited",
}
NO_READING = frozenset({GLITCH_ABOVE, PLACEHOLDER_ROW})
GLITCHES = frozenset({GLITCH, GLITCH_ABOVE})
OPENINGS = frozenset({EPOCH, REPLACED})


@attrs.frozen
class Entry:
    """An accepted value as the step to it sees it: `opens` if it begins a new line, `credit` what that line is credited with (mWh)."""

    at: int
    mwh: int
    opens: bool
    credit: int | None


@attrs.define
class CounterDay:
    """A local day's share of the counter line, in mWh; `mwh` is None while no step is placed; `entry` is its first accepted value."""

    mwh: int | None = None
    gap_mwh: int = 0
    boundary_gap: bool = False
    lower_bound: bool = False
    spanned: bool = False
    resets: int = 0
    glitches: int = 0
    placeholders: int = 0
    placeholder_rows: int = 0
    pending: int = 0
    first: Point | None = None
    last: Point | None = None
    entry: Entry | None = None


class Marker:
    """Return samples their marks, from a line that has been followed to the end of them; samples come in order."""

    def __init__(self, line: CounterLine) -> None:
        self._line = line
        self._epochs = {epoch.first.at: EPOCH if epoch.credit is not None else REPLACED for epoch in line.epochs}
        self._openings = sorted(self._epochs)
        self._next = 0

    def marks(self, samples: Samples) -> dict[int, str]:
        """Return the mark of each sample that is not plainly accepted, by its index, in order; a sample without a counter has none."""
        zeros = self._line.placeholders(samples)
        found = {index: PLACEHOLDER_ROW if samples.bare[index] else PLACEHOLDER for index in np.flatnonzero(zeros).tolist()}
        first, last = int(samples.at[0]), int(samples.at[-1])
        for at in self._openings[bisect_left(self._openings, first) : bisect_right(self._openings, last)]:
            found[int(np.searchsorted(samples.at, at))] = self._epochs[at]
        for span in self._spans_within(first, last):
            low, high = samples.at.searchsorted(span.start), samples.at.searchsorted(span.end, "right")
            valued = (samples.mwh[low:high] != NO_COUNTER) & ~zeros[low:high]
            found.update(dict.fromkeys((np.flatnonzero(valued) + low).tolist(), span.mark))
        return dict(sorted(found.items()))

    def _spans_within(self, first: int, last: int) -> Sequence[Span]:
        spans = self._line.spans
        while self._next < len(spans) and spans[self._next].end < first:
            self._next += 1
        end = self._next
        while end < len(spans) and spans[end].start <= last:
            end += 1
        return spans[self._next : end]


class DayBook:
    """Add up a line's accepted values into days, from the state carried to the first sample."""

    def __init__(self, days: LocalDays, line: CounterLine, carry: Carry) -> None:
        standing = carry.standing()
        self.days: dict[int, CounterDay] = {}
        self._local, self._modulus = days, line.rules.modulus_mwh
        self._day_of = DayFinder(days)
        self._epochs = {epoch.first.at: epoch for epoch in line.epochs}
        self._openings = sorted(self._epochs)
        self._standing = self._epoch_first = standing
        self._thrown_out = not carry.single
        self._telescoped_mwh = 0
        self._long_steps: list[tuple[int, int]] = []

    @property
    def standing(self) -> Point | None:
        """Return the last accepted value."""
        return self._standing

    def day(self, number: int) -> CounterDay:
        """Return a day's entry, made at first use."""
        found = self.days.get(number)
        if found is None:
            found = self.days[number] = CounterDay()
        return found

    def is_spanned(self, number: int) -> bool:
        """Return whether an accepted step spans any of a day."""
        return self.day(number).spanned or any(first < number < last for first, last in self._long_steps)

    def add(self, number: int, samples: Samples, marks: Mapping[int, str]) -> None:
        """Count the samples of day `number` under their marks; days come in order."""
        day = self.day(number)
        counts = Counter(marks.values())
        day.glitches += counts[GLITCH] + counts[GLITCH_ABOVE]
        day.pending += counts[PENDING]
        day.placeholders += counts[PLACEHOLDER]
        day.placeholder_rows += counts[PLACEHOLDER_ROW]
        accepted = samples.mwh != NO_COUNTER
        accepted[[index for index, mark in marks.items() if mark not in OPENINGS]] = False
        at, mwh = samples.at[accepted], samples.mwh[accepted]
        if self._standing is None:
            glitches = (samples.at[index] for index, mark in marks.items() if mark in GLITCHES)
            self._thrown_out |= any(not len(at) or glitch < at[0] for glitch in glitches)
        if len(at):
            self._accept_all(day, at, mwh)

    def _accept_all(self, day: CounterDay, at: Instants, mwh: Ints) -> None:
        first, last = Point(int(at[0]), int(mwh[0])), Point(int(at[-1]), int(mwh[-1]))
        self._accept(day, first)
        stands = self._standing
        if len(at) == 1 or stands is None:
            return
        opens = bisect_right(self._openings, first.at) < bisect_right(self._openings, last.at)
        if opens or mwh[1] < stands.mwh or (mwh[2:] < mwh[1:-1]).any():
            for point in map(Point, at[1:].tolist(), mwh[1:].tolist()):
                self._accept(day, point)
            return
        # One line that only grows: the steps within the day add up to the difference of its ends.
        self._count(day, last.mwh - stands.mwh)
        self._standing = day.last = last

    def _accept(self, day: CounterDay, point: Point) -> None:
        epoch = self._epochs.get(point.at)
        entry = Entry(point.at, point.mwh, epoch is not None, epoch.credit if epoch is not None else None)
        if self._standing is None:
            # Values before a counter's first line were thrown out: what was made meanwhile is unknown.
            day.lower_bound |= self._thrown_out
        stands = self.enter(entry)
        if entry.opens:
            day.resets += 1
        day.entry = day.entry or entry
        day.first = day.first or stands
        day.last = stands

    def enter(self, entry: Entry) -> Point:
        """Carry the line on to an accepted value and place the step to it; give the value the line then stands at."""
        last, point = self._standing, Point(entry.at, entry.mwh)
        if last is None or entry.opens:
            self._close_epoch()
            self._epoch_first = self._standing = point
            if last is not None:
                self._open(last, point, entry.credit)
            return point
        grown = gain(last.mwh, point.mwh, self._modulus)
        self._standing = Point(point.at, line_value(last.mwh, point.mwh) if grown == 0 else point.mwh)
        if self._standing.mwh < last.mwh:
            self._telescoped_mwh += self._modulus or 0
        self._place(Step(last.at, point.at, grown))
        return self._standing

    def _open(self, last: Point, point: Point, credit: int | None) -> None:
        # What the old counter counted after its last value is lost, on whichever of the two days it was made.
        self.day(self._day_of(last.at)).lower_bound = True
        self.day(self._day_of(point.at)).lower_bound = True
        if credit is not None:
            self._telescoped_mwh += credit
            self._place(Step(last.at, point.at, credit))

    def check(self) -> None:
        """Assert that days and gaps hold Σ over epochs (last − first accepted + opening credit + rollover moduli), to the mWh."""
        self._close_epoch()
        self._epoch_first = self._standing
        placed = sum((day.mwh or 0) + day.gap_mwh for day in self.days.values())
        if placed != self._telescoped_mwh:
            raise AssertionError(f"days and gaps hold {placed} mWh, the counter line {self._telescoped_mwh} mWh")

    def _close_epoch(self) -> None:
        if self._standing is not None and self._epoch_first is not None:
            self._telescoped_mwh += self._standing.mwh - self._epoch_first.mwh

    def _place(self, step: Step) -> None:
        first, last = self._day_of(step.start), self._day_of(step.end - 1)
        if first == last:
            self._count(self.day(first), step.mwh)
            return
        self.day(first).spanned = self.day(last).spanned = True
        if last - first > 1:
            self._long_steps.append((first, last))
        for share in place(step, self._local):
            day = self.day(share.day)
            day.boundary_gap |= share.is_late
            if share.gap_mwh:
                day.gap_mwh += share.gap_mwh
                # Some of it may have been made on the day the gap begins, too.
                day.lower_bound = self.day(first).lower_bound = True
            if share.mwh is not None:
                self._count(day, share.mwh)

    @staticmethod
    def _count(day: CounterDay, mwh: int) -> None:
        day.spanned = True
        day.mwh = (day.mwh or 0) + mwh
