"""One step of a lifetime counter: is the next value on the line through the last one, and what energy does it add? Pure.

Counter values and energies are integer mWh, times µs, nameplate powers integer mW: every comparison is exact.
"""

from typing import Any

import attrs
import numpy as np

from projections.values.arrays import Flags, Instants, Ints

_RESOLUTIONS_MWH = (1_000_000, 100_000, 10_000, 1_000)
_FINEST_MWH = _RESOLUTIONS_MWH[-1]
_JITTER_MWH_MAX = 1_000_000
_JITTER_SHARE = 1_000
_US_PER_HOUR = 3_600_000_000
_PER_LIMIT = 5.0 * _US_PER_HOUR
_SURELY = 1 - 1e-9
"""Far more than what doubles lose, far less than what matters."""
POWER_CEILING_MW = 10_000_000_000
"""What stands for the nameplate of an inverter of unknown capacity that has shown no power yet: 10 MW."""


@attrs.frozen
class Rules:
    """What is registered of an inverter's counter: nameplate AC power and rollover modulus, each None where unknown."""

    nameplate_mw: int | None = None
    modulus_mwh: int | None = None

    def power_limit_mw(self, power_max_mw: int) -> int:
        """Return the power to judge by; `power_max_mw` is the largest clean AC power so far, ≤ 0 where there was none."""
        if self.nameplate_mw is not None:
            return self.nameplate_mw
        return power_max_mw * 3 // 2 if power_max_mw > 0 else POWER_CEILING_MW

    def power_limits_mw(self, power_max_mw: Ints | None) -> Any:  # noqa: ANN401 - one power for all, or an array of one for each
        """Return what `power_limit_mw` gives, for many: the nameplate, or of each largest power so far its own limit."""
        if self.nameplate_mw is not None or power_max_mw is None:
            return self.power_limit_mw(0)
        return np.where(power_max_mw > 0, power_max_mw * 3 // 2, POWER_CEILING_MW)


def resolution(*values_mwh: int) -> int:
    """Return the largest of 1, 10, 100 and 1000 Wh that divides every value, 1 Wh where none does (in mWh)."""
    for candidate in _RESOLUTIONS_MWH:
        for value in values_mwh:
            if value % candidate:
                break
        else:
            return candidate
    return _FINEST_MWH


def fits(gain_mwh: int, duration_us: int, limit_mw: int, resolution_mwh: int) -> bool:
    """Return whether an inverter can have made this much: 0 ≤ gain ≤ 1.2 × limit × duration + resolution."""
    return gain_mwh >= 0 and (gain_mwh - resolution_mwh) * 5 * _US_PER_HOUR <= 6 * limit_mw * duration_us


def clearly_fits(at: Instants, mwh: Ints, limit_mw: Ints | int) -> Flags:
    """Tell of each value but the first whether it carries the one before it on by growth that fits, beyond the doubt of rounding.

    `limit_mw` is the power to judge by, one for all or one for each value but the first. False leaves the decision to `is_on_line`.
    """
    grown, allowed = mwh[1:] - mwh[:-1], (at[1:] - at[:-1]) * (limit_mw * (6 * _SURELY))
    rises = grown >= 0
    found: Flags = rises & ((grown - _FINEST_MWH) * _PER_LIMIT <= allowed)
    # What a coarser resolution could still allow is rare: the resolution is worked out for those alone.
    rest = np.flatnonzero(rises & ~found & ((grown - _RESOLUTIONS_MWH[0]) * _PER_LIMIT <= allowed))
    if len(rest):
        coarser = np.minimum(resolutions(mwh[rest]), resolutions(mwh[rest + 1]))
        found[rest] = (grown[rest] - coarser) * _PER_LIMIT <= allowed[rest]
    return found


def clearly_off(last_at: int, last_mwh: int, at: Instants, mwh: Ints, limit_mw: Ints | int) -> Flags:
    """Tell of each value whether it is on the line whose last value is given by neither growth nor jitter, beyond all doubt.

    `limit_mw` is the power to judge by, one for all or one for each. Rollover is not considered. False leaves the decision to `is_on_line`.
    """
    grown, allowed = mwh - last_mwh, (at - last_at) * (limit_mw * (6 / _SURELY))
    return (grown < -_JITTER_MWH_MAX) | ((grown - _RESOLUTIONS_MWH[0]) * _PER_LIMIT > allowed)


def resolutions(mwh: Ints) -> Ints:
    """Return what `resolution` gives for each value alone."""
    found = np.full(len(mwh), _FINEST_MWH)
    for candidate in _RESOLUTIONS_MWH[-2::-1]:
        found[mwh % candidate == 0] = candidate
    return found


def is_jitter(last_mwh: int, value_mwh: int) -> bool:
    """Return whether a decrease is noise: at most the resolution, or at most 0.1 % and 1 kWh."""
    drop = last_mwh - value_mwh
    if drop <= 0:
        return False
    return drop <= resolution(last_mwh, value_mwh) or (drop * _JITTER_SHARE <= last_mwh and drop <= _JITTER_MWH_MAX)


def gain(last_mwh: int, value_mwh: int, modulus_mwh: int | None) -> int:
    """Return the energy of a step known to be on the line: the growth, 0 for jitter, or the growth through the rollover."""
    if value_mwh >= last_mwh:
        return value_mwh - last_mwh
    if modulus_mwh is None or is_jitter(last_mwh, value_mwh):
        return 0
    return value_mwh - last_mwh + modulus_mwh


def is_on_line(last_mwh: int, value_mwh: int, duration_us: int, limit_mw: int, modulus_mwh: int | None) -> bool:
    """Return whether a value carries on the line whose last value is given: plausible growth, jitter, or a registered rollover."""
    if value_mwh >= last_mwh:
        return fits(value_mwh - last_mwh, duration_us, limit_mw, resolution(last_mwh, value_mwh))
    if is_jitter(last_mwh, value_mwh):
        return True
    if modulus_mwh is None or max(last_mwh, value_mwh) >= modulus_mwh:
        return False
    return fits(value_mwh - last_mwh + modulus_mwh, duration_us, limit_mw, resolution(last_mwh, value_mwh))


def line_value(last_mwh: int, value_mwh: int) -> int:
    """Return the line's value after a step on it: jitter keeps the old maximum."""
    return last_mwh if is_jitter(last_mwh, value_mwh) else value_mwh
