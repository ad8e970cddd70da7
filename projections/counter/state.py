"""The state of a counter line: its latest value, the suspects at hand, and what has been decided. Pure. Instants in µs, values in mWh.

The fields of `Point`, `Run` and `Carry` are stored with each day, as JSON in the column `carry` of counter_days.
"""

import attrs


@attrs.frozen
class Point:
    """The value that a line or a run has reached, and the instant of its latest reading.

    The value may be an earlier reading's: a decrease by jitter moves the instant on and keeps the value.
    """

    at: int
    mwh: int


@attrs.frozen
class Run:
    """Suspects of which each is plausible on the one before it.

    `grown_mwh` is the growth from the first to the last, through rollovers too; `resolution` (mWh) the finest of its values. `credit` is
    the first value if it can have been counted from zero since the line's last value, else None: the energy that a reset would bring.
    """

    first: Point
    last: Point
    count: int
    grown_mwh: int
    resolution: int
    credit: int | None

    def confirms(self, count: int, span_us: int) -> bool:
        """Return whether the run has at least `count` values over at least `span_us` and has grown by more than its resolution."""
        return self.count >= count and self.last.at - self.first.at >= span_us and self.grown_mwh > self.resolution


@attrs.frozen
class Carry:
    """All that a counter's past means for its future, so that its readings need not be read again.

    `line` is the latest value of the line in force, None at an inverter's start. After a reset `line_first` is the new line's first value
    and `before` the latest value of the line it replaced, which may yet come back. `run` is the latest run of suspects, `suspect_since` the
    instant of the first undecided reading. `single`: there is no line yet, and all values form one run, which serves as the line till then.
    `seen_nonzero`: from now on a zero is a placeholder. `power_max_mw`: the largest AC power so far; 0 if the nameplate is known.
    """

    line: Point | None = None
    line_first: Point | None = None
    before: Point | None = None
    run: Run | None = None
    suspect_since: int | None = None
    single: bool = True
    seen_nonzero: bool = False
    power_max_mw: int = 0

    def last_accepted(self) -> Point | None:
        """Return the latest value of the line, or of the only run if there is no line; None if nothing is accepted."""
        if self.line is None and self.single and self.run is not None:
            return self.run.last
        return self.line


@attrs.define
class MarkedSpan:
    """Readings next to each other with one mark, from `start` to `end` inclusive; `first_mwh` is the first counter value among them."""

    start: int
    end: int
    mark: str
    first_mwh: int


@attrs.frozen
class Epoch:
    """A reset in force: the new line's first value, and the energy it is credited with (mWh); None if the counter was replaced."""

    first: Point
    credit: int | None
