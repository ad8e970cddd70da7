"""A row of the benchmark: what was measured, against what, and whether it reaches its target."""

from collections.abc import Sequence
from statistics import median

import attrs

from tools._bench.process import Finished


@attrs.frozen
class Target:
    """The most that a ratio, or a value alone, should be; with `at_least`, the least."""

    bound: float
    at_least: bool = False

    def is_met_by(self, value: float) -> bool:
        """Return whether a value reaches the target."""
        return value >= self.bound if self.at_least else value <= self.bound


@attrs.frozen(kw_only=True)
class Row:
    """One line of the table: `ours` beside `theirs`, a value of each run, in `unit`; peaks are in MiB.

    `theirs` is empty if there is nothing to compare with: the target then bounds our own value.
    """

    name: str
    what: str
    against: str = ""
    unit: str = "s"
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    target: Target | None = None
    peak_mib: float | None = None
    their_peak_mib: float | None = None

    @classmethod
    def timed(
        cls, *, name: str, what: str, against: str, ours: Sequence[Finished], theirs: Sequence[Finished], target: Target | None
    ) -> "Row":
        """Return a row of processes' seconds and of their largest peaks."""
        return cls(
            name=name,
            what=what,
            against=against,
            ours=[one.seconds for one in ours],
            theirs=[one.seconds for one in theirs],
            target=target,
            peak_mib=max((one.peak_mib for one in ours), default=None),
            their_peak_mib=max((one.peak_mib for one in theirs), default=None),
        )

    @property
    def value(self) -> float:
        """Return the median of ours."""
        return median(self.ours)

    @property
    def their_value(self) -> float | None:
        """Return the median of theirs."""
        return median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        """Return our median over theirs."""
        return self.value / median(self.theirs) if self.theirs else None

    @property
    def met(self) -> bool | None:
        """Return whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.target.is_met_by(self.value if self.ratio is None else self.ratio)


TARGETS = {
    "append": Target(1.3),
    "rebuild": Target(2.0),
    "whole": Target(2.0),
    "late": Target(1.5),
    "last": Target(1.25),
    "fold": Target(0.5, at_least=True),
    "startup": Target(3.0),
    "memory": Target(400.0),
    "bytes": Target(190.0),
    "server-append": Target(0.6, at_least=True),
    "server-rebuild": Target(0.6, at_least=True),
}
"""What each row should reach: a ratio, but for `memory` MiB and for `bytes` the log's bytes per event beyond the payload."""
