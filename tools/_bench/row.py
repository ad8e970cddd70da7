"""A row of the benchmark: what was measured, against what, and whether it reaches its target."""

from collections.abc import Sequence
from statistics import median

import attrs


@attrs.frozen
class Target:
    """A bound for the ratio, or for our own value where there is nothing to divide by; `at_least` turns it round."""

    bound: float
    at_least: bool = False

    def is_met_by(self, value: float) -> bool:
        """Return whether a value reaches the target."""
        return value >= self.bound if self.at_least else value <= self.bound


@attrs.frozen(kw_only=True)
class Row:
    """Values of several runs in `unit`, ours and theirs; `theirs` is empty where a value stands for itself. Peaks in MiB."""

    name: str
    what: str
    against: str = ""
    unit: str = "s"
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    target: Target | None = None
    peak_mib: float | None = None
    their_peak_mib: float | None = None

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
"""Where the project wants to be: ratios, for `memory` MiB, for `bytes` the log's bytes per event beyond the payload."""
