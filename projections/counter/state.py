"""What the counter line knows: where it stands, the suspects at hand, and what it has decided. Pure. Instants are µs, values mWh."""

import attrs

GLITCH, GLITCH_ABOVE, PENDING = "glitch", "glitch_above", "pending"


@attrs.frozen
class Point:
    """The value a line or run stands at, and the instant of its latest reading."""

    at: int
    mwh: int


@attrs.frozen
class Run:
    """Suspects that carry on one from the other; `grown_mwh` counts a rollover's growth too.

    `credit` is the first value where it can have been counted from zero, else None.
    """

    first: Point
    last: Point
    count: int
    grown_mwh: int
    resolution: int
    credit: int | None

    def confirms(self, count: int, span_us: int) -> bool:
        """Return whether the run is long enough and has grown by more than its resolution."""
        return self.count >= count and self.last.at - self.first.at >= span_us and self.grown_mwh > self.resolution


@attrs.frozen
class Carry:
    """All that the past of a counter means for its future.

    `line` is the line in force, `line_first` its first value since `before`, the line it replaced (which may yet come back);
    `run` the suspects at hand; `suspect_since` the first undecided reading; `single`: no line yet, and all values form one run.
    """

    line: Point | None = None
    line_first: Point | None = None
    before: Point | None = None
    run: Run | None = None
    suspect_since: int | None = None
    single: bool = True
    seen_nonzero: bool = False
    power_max_mw: int = 0

    def standing(self) -> Point | None:
        """Return the last accepted value: the line's, or the only run's while there is no line."""
        if self.line is None and self.single and self.run is not None:
            return self.run.last
        return self.line


@attrs.define
class Span:
    """A stretch of readings with one mark; `first_mwh` is the first value in it."""

    start: int
    end: int
    mark: str
    first_mwh: int


@attrs.frozen
class Epoch:
    """A line's first reading after a reset; `credit` is the energy it is credited with, None where the counter was replaced."""

    first: Point
    credit: int | None
