"""Adds up a counter line into local days: energy placed, gaps set apart, and how many values were glitches or undecided. Pure.

Energies in mWh, instants in µs since 1970 UTC, days as numbers (`projections.calendar.local_days`).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping

import attrs

from projections.calendar.local_days import DayFinder, LocalDays
from projections.counter.line import CounterLine
from projections.counter.marks import GLITCH, GLITCH_ABOVE, GLITCHES, OPENINGS, PENDING, PLACEHOLDER, PLACEHOLDER_ROW
from projections.counter.placement import Step, place
from projections.counter.samples import NO_COUNTER, Samples
from projections.counter.state import Carry, Point
from projections.counter.step import gain, line_value
from projections.values.arrays import Instants, Ints


@attrs.frozen
class Entry:
    """An accepted value with all that the step to it depends on; stored for each day's first one, as JSON in the column `entry`.

    `opens`: it begins a new line. `credit`: the energy (mWh) that this line is credited with from its beginning, None for none.
    """

    at: int
    mwh: int
    opens: bool
    credit: int | None


@attrs.define
class CounterDay:
    """What one local day has of the counter line.

    `mwh` is the energy placed in it, None if no step is; `gap_mwh` the energy of gaps that close in it. `lower_bound`: the inverter may
    have made more. `spanned`: an accepted step covers some of the day, though its energy may be placed elsewhere. `first` and `last` are
    the line at its first and last accepted value, `entry` that first value as it was read. The other numbers count values under a mark.
    """

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


class DayBook:
    """The days of a line that has been followed from `carry` to the end of its samples; days are added in order."""

    def __init__(self, days: LocalDays, line: CounterLine, carry: Carry) -> None:
        self.days: dict[int, CounterDay] = {}
        self._local, self._modulus = days, line.rules.modulus_mwh
        self._day_of = DayFinder(days)
        self._epochs = {epoch.first.at: epoch for epoch in line.epochs}
        self._openings = sorted(self._epochs)
        self._latest = self._epoch_first = carry.last_accepted()
        self._thrown_out = not carry.single
        self._line_mwh = 0
        self._long_steps: list[tuple[int, int]] = []

    @property
    def last_accepted(self) -> Point | None:
        """Return the line at its latest accepted value."""
        return self._latest

    def day(self, number: int) -> CounterDay:
        """Return a day, made at first use."""
        found = self.days.get(number)
        if found is None:
            found = self.days[number] = CounterDay()
        return found

    def is_spanned(self, number: int) -> bool:
        """Return whether an accepted step covers some of a day."""
        return self.day(number).spanned or any(first < number < last for first, last in self._long_steps)

    def add(self, number: int, samples: Samples, marks: Mapping[int, str]) -> None:
        """Add day `number` with its samples and their marks (by index; accepted ones are absent)."""
        day = self.day(number)
        counts = Counter(marks.values())
        day.glitches += counts[GLITCH] + counts[GLITCH_ABOVE]
        day.pending += counts[PENDING]
        day.placeholders += counts[PLACEHOLDER]
        day.placeholder_rows += counts[PLACEHOLDER_ROW]
        accepted = samples.mwh != NO_COUNTER
        accepted[[index for index, mark in marks.items() if mark not in OPENINGS]] = False
        at, mwh = samples.at[accepted], samples.mwh[accepted]
        if self._latest is None:
            glitches = (samples.at[index] for index, mark in marks.items() if mark in GLITCHES)
            self._thrown_out |= any(not len(at) or glitch < at[0] for glitch in glitches)
        if len(at):
            self._accept_all(day, at, mwh)

    def _accept_all(self, day: CounterDay, at: Instants, mwh: Ints) -> None:
        first, last = Point(int(at[0]), int(mwh[0])), Point(int(at[-1]), int(mwh[-1]))
        self._accept(day, first)
        latest = self._latest
        if len(at) == 1 or latest is None:
            return
        opens = bisect_right(self._openings, first.at) < bisect_right(self._openings, last.at)
        if opens or mwh[1] < latest.mwh or (mwh[2:] < mwh[1:-1]).any():
            for point in map(Point, at[1:].tolist(), mwh[1:].tolist()):
                self._accept(day, point)
            return
        # The day has one line that only grows: its steps add up to the difference of the ends.
        self._count(day, last.mwh - latest.mwh)
        self._latest = day.last = last

    def _accept(self, day: CounterDay, point: Point) -> None:
        epoch = self._epochs.get(point.at)
        entry = Entry(point.at, point.mwh, epoch is not None, epoch.credit if epoch is not None else None)
        if self._latest is None:
            # If values before the first line were thrown out, nobody knows what was made meanwhile.
            day.lower_bound |= self._thrown_out
        reached = self.enter(entry)
        if entry.opens:
            day.resets += 1
        day.entry = day.entry or entry
        day.first = day.first or reached
        day.last = reached

    def enter(self, entry: Entry) -> Point:
        """Carry the line on to an accepted value and place the step to it; return the line there."""
        last, point = self._latest, Point(entry.at, entry.mwh)
        if last is None or entry.opens:
            self._close_epoch()
            self._epoch_first = self._latest = point
            if last is not None:
                self._open(last, point, entry.credit)
            return point
        grown = gain(last.mwh, point.mwh, self._modulus)
        self._latest = Point(point.at, line_value(last.mwh, point.mwh) if grown == 0 else point.mwh)
        if self._latest.mwh < last.mwh:
            self._line_mwh += self._modulus or 0
        self._place(Step(last.at, point.at, grown))
        return self._latest

    def _open(self, last: Point, point: Point, credit: int | None) -> None:
        # What the old counter counted after its last value is lost; it was made on either of the two days, or between them.
        self.day(self._day_of(last.at)).lower_bound = True
        self.day(self._day_of(point.at)).lower_bound = True
        if credit is not None:
            self._line_mwh += credit
            self._place(Step(last.at, point.at, credit))

    def check(self) -> None:
        """Raise AssertionError unless days and gaps hold, to the mWh, what the line has counted.

        That is Σ over epochs (last − first accepted value + opening credit + rollover moduli).
        """
        self._close_epoch()
        self._epoch_first = self._latest
        placed = sum((day.mwh or 0) + day.gap_mwh for day in self.days.values())
        if placed != self._line_mwh:
            raise AssertionError(f"days and gaps hold {placed} mWh, the counter line {self._line_mwh} mWh")

    def _close_epoch(self) -> None:
        if self._latest is not None and self._epoch_first is not None:
            self._line_mwh += self._latest.mwh - self._epoch_first.mwh

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
                # Some of it may have been made on the day that the gap begins in.
                day.lower_bound = self.day(first).lower_bound = True
            if share.mwh is not None:
                self._count(day, share.mwh)

    @staticmethod
    def _count(day: CounterDay, mwh: int) -> None:
        day.spanned = True
        day.mwh = (day.mwh or 0) + mwh
