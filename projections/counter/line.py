"""The counter line: which values of a lifetime counter are believed, in one pass and with a state of a few numbers. Pure.

A value that is not plausible on the line in force is a suspect, not a reset. Suspects each plausible on the one before form a run. A later
value on the line makes all of them glitches; a run that grows for a day is a new line (a reset); until then they are pending. README.md
draws every rule. Instants are µs, values mWh.
"""

from typing import Final

import numpy as np

from projections.counter.marks import GLITCH, GLITCH_ABOVE, PENDING
from projections.counter.samples import NO_COUNTER, Samples
from projections.counter.state import Carry, Epoch, MarkedSpan, Point, Run
from projections.counter.step import Rules, clearly_fits, clearly_off, fits, gain, is_on_line, line_value, resolution, resolutions
from projections.values.arrays import Flags, Instants, Ints

_HOUR_US = 3_600_000_000
_RESET_SPAN_US: Final = 24 * _HOUR_US
_RESET_COUNT: Final = 6
_START_SPAN_US: Final = _HOUR_US // 2
_START_COUNT: Final = 3
_MANY: Final = 8
"""From so many values of a run on it is quicker to look at them by column."""

_NEVER: Final = 2**63 - 1


class CounterLine:
    """Follows one inverter's counter from a carried state on, in event-time order.

    After any number of readings: `spans` are the values that are not accepted, in order, `epochs` the resets in force, `carry` the state,
    `revised_from` the earliest instant whose mark was changed by a later reading (None: no mark was).
    """

    def __init__(self, rules: Rules, carry: Carry) -> None:
        self.rules = rules
        self.spans: list[MarkedSpan] = []
        self.epochs: list[Epoch] = []
        self.revised_from: int | None = None
        self._line, self._line_first, self._before = carry.line, carry.line_first, carry.before
        self._run, self._suspect_since, self._single = carry.run, carry.suspect_since, carry.single
        self._seen_nonzero, self._power_max_mw = carry.seen_nonzero, carry.power_max_mw
        self._nonzero_at: int | None = None
        self._fed_at: int | None = None

    @property
    def carry(self) -> Carry:
        """Return the state after the readings fed so far."""
        return Carry(
            self._line,
            self._line_first,
            self._before,
            self._run,
            self._suspect_since,
            self._single,
            self._seen_nonzero or self._nonzero_at is not None,
            self._power_max_mw if self.rules.nameplate_mw is None else 0,
        )

    def is_placeholder(self, at: int, mwh: int) -> bool:
        """Return whether a value is a zero that stands for a lost one: some value before it was not zero."""
        return mwh == 0 and (self._seen_nonzero or (self._nonzero_at is not None and at > self._nonzero_at))

    def feed(self, at: int, mwh: int | None, power_mw: int | None) -> None:
        """Take the next reading; AssertionError if it is not later than the one before."""
        if self._fed_at is not None and at <= self._fed_at:
            raise AssertionError(f"reading at {at} fed after {self._fed_at}")
        if power_mw is not None and power_mw > self._power_max_mw:
            self._power_max_mw = power_mw
        if mwh is not None and not self.is_placeholder(at, mwh):
            if mwh and self._nonzero_at is None:
                self._nonzero_at = at
            self._follow(at, mwh)
        self._fed_at = at

    def feed_all(self, samples: Samples) -> None:
        """Take the next readings, with the result of `feed` for each of them; AssertionError if they are not in order.

        Once the line has reached a value, all values after it that certainly fit, each on the one before, are taken at once.
        """
        if not len(samples):
            return
        first = int(samples.at[0])
        if (self._fed_at is not None and first <= self._fed_at) or (samples.at[1:] <= samples.at[:-1]).any():
            raise AssertionError(f"readings from {first} on are not in order, or fed after {self._fed_at}")
        self._fed_at = int(samples.at[-1])
        power_max = self._powers_so_far(samples)
        valued = self._valued(samples)
        at, mwh = samples.at[valued], samples.mwh[valued]
        if power_max is None:
            self._follow_all(at, mwh, None)
        else:
            self._follow_all(at, mwh, power_max[valued])
            self._power_max_mw = int(power_max[-1])

    def _powers_so_far(self, samples: Samples) -> Ints | None:
        """Return the largest power up to each reading; None if the nameplate is known, so that power does not matter."""
        if self.rules.nameplate_mw is not None:
            return None
        return np.maximum.accumulate(np.maximum(samples.power_mw, self._power_max_mw))

    def _valued(self, samples: Samples) -> Flags:
        """Return which readings have a counter value that is no placeholder."""
        if not self._seen_nonzero and self._nonzero_at is None:
            nonzero = np.flatnonzero(samples.mwh > 0)
            self._nonzero_at = int(samples.at[nonzero[0]]) if len(nonzero) else None
        valued: Flags = samples.mwh != NO_COUNTER
        return valued & ~self.placeholders(samples)

    def placeholders(self, samples: Samples) -> Flags:
        """Return `is_placeholder` for each of many readings that were fed already."""
        zero: Flags = samples.mwh == 0
        if not self._seen_nonzero:
            zero &= samples.at > (_NEVER if self._nonzero_at is None else self._nonzero_at)
        return zero

    def _follow_all(self, at: Instants, mwh: Ints, power_max_mw: Ints | None) -> None:
        """Follow values in order. Between two doubtful ones each certainly fits on the one before, so that a stretch is taken at once."""
        limit = self.rules.power_limits_mw(power_max_mw)
        doubtful = (np.flatnonzero(~clearly_fits(at, mwh, limit if power_max_mw is None else limit[1:])) + 1).tolist()
        ats, values, index = at.tolist(), mwh.tolist(), 0
        for stop in [*doubtful, len(ats)]:
            while index < stop:
                if power_max_mw is not None:
                    self._power_max_mw = int(power_max_mw[index])
                self._follow(ats[index], values[index])
                reached, index = Point(ats[index], values[index]), index + 1
                if self._run is None and self._line == reached:
                    self._line, index = Point(ats[stop - 1], values[stop - 1]), stop
                elif self._run is not None and self._run.last == reached and stop - index >= _MANY:
                    index += self._suspect_all(
                        self._run, at[index:stop], mwh[index:stop], limit if power_max_mw is None else limit[index:stop]
                    )

    def _suspect_all(self, run: Run, at: Instants, mwh: Ints, limit_mw: Ints | int) -> int:
        """Take, of values that all carry the run on, the first ones that certainly decide nothing; return how many those are.

        They are off the line and off the line before it, and with them the run is not yet long or grown enough for a reset.
        """
        if self._line is None or self.rules.modulus_mwh is not None:
            return 0
        undecided = clearly_off(self._line.at, self._line.mwh, at, mwh, limit_mw)
        if self._before is not None:
            undecided &= (mwh <= self._before.mwh) | clearly_off(self._before.at, self._before.mwh, at, mwh, limit_mw)
        grown, finest = run.grown_mwh + (mwh - run.last.mwh), np.minimum.accumulate(np.minimum(resolutions(mwh), run.resolution))
        counts = run.count + np.arange(1, len(at) + 1)
        undecided &= (counts < _RESET_COUNT) | (at - run.first.at < _RESET_SPAN_US) | (grown <= finest)
        taken = len(at) if undecided.all() else int(np.argmin(undecided))
        if taken:
            last = taken - 1
            run = Run(run.first, Point(int(at[last]), int(mwh[last])), int(counts[last]), int(grown[last]), int(finest[last]), run.credit)
            self._run, self.spans[-1].end = run, run.last.at
        return taken

    def _follow(self, at: int, mwh: int) -> None:
        if self._line is not None and self._carries_on(self._line, at, mwh):
            self._accept(self._line, at, mwh)
        elif self._before is not None and mwh > self._before.mwh and self._carries_on(self._before, at, mwh):
            self._void_reset(self._before, at, mwh)
        else:
            self._suspect(at, mwh)

    def _carries_on(self, last: Point, at: int, mwh: int) -> bool:
        limit = self.rules.power_limit_mw(self._power_max_mw)
        return is_on_line(last.mwh, mwh, at - last.at, limit, self.rules.modulus_mwh)

    def _accept(self, line: Point, at: int, mwh: int) -> None:
        if self._suspect_since is not None:
            self._decide_glitches(self._suspect_since, line.mwh)
            self._run = self._suspect_since = None
        self._line = Point(at, line_value(line.mwh, mwh))

    def _void_reset(self, before: Point, at: int, mwh: int) -> None:
        first = self._line_first
        if first is None:
            raise AssertionError("a line that replaced another has a first reading")
        self._revise(first.at)
        self.spans = [span for span in self.spans if span.end < first.at]
        self.spans.append(MarkedSpan(first.at, at - 1, GLITCH_ABOVE if first.mwh > before.mwh else GLITCH, first.mwh))
        self.epochs = [epoch for epoch in self.epochs if epoch.first.at < first.at]
        self._line, self._line_first, self._before = Point(at, mwh), None, None
        self._run = self._suspect_since = None

    def _suspect(self, at: int, mwh: int) -> None:
        run = self._run
        if run is not None and self._carries_on(run.last, at, mwh):
            last = Point(at, line_value(run.last.mwh, mwh))
            grown = run.grown_mwh + gain(run.last.mwh, mwh, self.rules.modulus_mwh)
            self._run = Run(run.first, last, run.count + 1, grown, min(run.resolution, resolution(mwh)), run.credit)
        else:
            if run is not None and self._line is None and self._single:
                self._doubt_history(run)
            self._run = Run(Point(at, mwh), Point(at, mwh), 1, 0, resolution(mwh), self._credit(at, mwh))
        if self._line is None and self._single:
            self._settle_start()
            return
        self._mark_pending(at, mwh)
        if self._line is None:
            self._settle_start()
        else:
            self._settle_reset(self._line)

    def _credit(self, at: int, mwh: int) -> int | None:
        if self._line is None:
            return None
        limit = self.rules.power_limit_mw(self._power_max_mw)
        return mwh if fits(mwh, at - self._line.at, limit, resolution(mwh)) else None

    def _mark_pending(self, at: int, mwh: int) -> None:
        if self._suspect_since is None:
            self._suspect_since = at
        run = self._run
        if self.spans and run is not None and run.count > 1 and self.spans[-1].mark == PENDING and self.spans[-1].start >= run.first.at:
            self.spans[-1].end = at
        else:
            self.spans.append(MarkedSpan(at, at, PENDING, mwh))

    def _doubt_history(self, run: Run) -> None:
        self._single = False
        self._suspect_since = run.first.at
        self._revise(run.first.at)
        self.spans.append(MarkedSpan(run.first.at, run.last.at, PENDING, run.first.mwh))

    def _settle_start(self) -> None:
        run = self._run
        if run is None or not run.confirms(_START_COUNT, _START_SPAN_US):
            return
        self._take_run(run, run.first.mwh)

    def _settle_reset(self, line: Point) -> None:
        run = self._run
        if run is None or not run.confirms(_RESET_COUNT, _RESET_SPAN_US):
            return
        self._take_run(run, line.mwh)
        self.epochs.append(Epoch(run.first, run.credit))
        self._before, self._line_first = line, run.first

    def _take_run(self, run: Run, level_mwh: int) -> None:
        if self._suspect_since is not None:
            self.spans = [span for span in self.spans if span.start < run.first.at]
            self._decide_glitches(self._suspect_since, level_mwh)
        self._line = run.last
        self._run = self._suspect_since = None

    def _decide_glitches(self, since: int, level_mwh: int) -> None:
        self._revise(since)
        for span in reversed(self.spans):
            if span.start < since or span.mark != PENDING:
                break
            span.mark = GLITCH_ABOVE if span.first_mwh > level_mwh else GLITCH

    def _revise(self, at: int) -> None:
        if self.revised_from is None or at < self.revised_from:
            self.revised_from = at
