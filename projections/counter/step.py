"""One step of a lifetime counter: is the next value plausible on the line, and what energy does it add? Pure.

Counter values and energies are whole mWh, times whole µs, powers whole mW, so that every comparison is exact.
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
"""Comparisons by column leave what is within 1e-9 of a limit to exact ones: far more than doubles lose, far less than matters."""
POWER_CEILING_MW = 10_000_000_000
"""10 MW, instead of the nameplate of an inverter of unknown capacity that has shown no power yet."""


@attrs.frozen
class Rules:
    """What a registration says about an inverter's counter: nameplate AC power and rollover modulus; None if it is unknown."""

    nameplate_mw: int | None = None
    modulus_mwh: int | None = None

    def power_limit_mw(self, power_max_mw: int) -> int:
        """Return the power (mW) that plausible growth is worked out from.

        The nameplate; if it is unknown 1.5 × `power_max_mw`, the largest clean AC power so far; 10 MW if that is not above 0.
        """
        if self.nameplate_mw is not None:
            return self.nameplate_mw
        return power_max_mw * 3 // 2 if power_max_mw > 0 else POWER_CEILING_MW

    def power_limits_mw(self, power_max_mw: Ints | None) -> Any:  # noqa: ANN401 - one power for all, or an array of one for each
        """Return `power_limit_mw` for many values: one number if the nameplate is known, else an array, one limit for each element."""
        if self.nameplate_mw is not None or power_max_mw is None:
            return self.power_limit_mw(0)
        return np.where(power_max_mw > 0, power_max_mw * 3 // 2, POWER_CEILING_MW)


def resolution(*values_mwh: int) -> int:
    """Return the largest of 1, 10, 100 and 1000 Wh that divides every value, in mWh; 1 Wh if none does. 45 000 and 46 200 Wh: 100 Wh."""
    for candidate in _RESOLUTIONS_MWH:
        for value in values_mwh:
            if value % candidate:
                break
        else:
            return candidate
    return _FINEST_MWH


def fits(gain_mwh: int, duration_us: int, limit_mw: int, resolution_mwh: int) -> bool:
    """Return whether growth is plausible: 0 ≤ gain ≤ 1.2 × limit × duration + resolution. 10 kW for 5 min at 1 Wh: at most 1001 Wh."""
    return gain_mwh >= 0 and (gain_mwh - resolution_mwh) * 5 * _US_PER_HOUR <= 6 * limit_mw * duration_us


def clearly_fits(at: Instants, mwh: Ints, limit_mw: Ints | int) -> Flags:
    """Return, for each value but the first, whether it is growth on the one before it that certainly `fits`.

    `limit_mw` is one power limit for all, or one for each value but the first. False means undecided: ask `is_on_line`.
    """
    grown, allowed = mwh[1:] - mwh[:-1], (at[1:] - at[:-1]) * (limit_mw * (6 * _SURELY))
    rises = grown >= 0
    found: Flags = rises & ((grown - _FINEST_MWH) * _PER_LIMIT <= allowed)
    # Growth that only a coarser resolution allows is rare: resolutions are worked out for that alone.
    rest = np.flatnonzero(rises & ~found & ((grown - _RESOLUTIONS_MWH[0]) * _PER_LIMIT <= allowed))
    if len(rest):
        coarser = np.minimum(resolutions(mwh[rest]), resolutions(mwh[rest + 1]))
        found[rest] = (grown[rest] - coarser) * _PER_LIMIT <= allowed[rest]
    return found


def clearly_off(last_at: int, last_mwh: int, at: Instants, mwh: Ints, limit_mw: Ints | int) -> Flags:
    """Return, for each value, whether it is certainly neither growth nor jitter on a line, whose latest value is given.

    `limit_mw` is one power limit for all, or one for each value. For counters without a rollover. False means undecided: ask `is_on_line`.
    """
    grown, allowed = mwh - last_mwh, (at - last_at) * (limit_mw * (6 / _SURELY))
    return (grown < -_JITTER_MWH_MAX) | ((grown - _RESOLUTIONS_MWH[0]) * _PER_LIMIT > allowed)


def resolutions(mwh: Ints) -> Ints:
    """Return the `resolution` of each value alone."""
    found = np.full(len(mwh), _FINEST_MWH)
    for candidate in _RESOLUTIONS_MWH[-2::-1]:
        found[mwh % candidate == 0] = candidate
    return found


def is_jitter(last_mwh: int, value_mwh: int) -> bool:
    """Return whether a value is a decrease that is noise: at most the resolution, or at most 0.1 % and 1 kWh."""
    drop = last_mwh - value_mwh
    if drop <= 0:
        return False
    return drop <= resolution(last_mwh, value_mwh) or (drop * _JITTER_SHARE <= last_mwh and drop <= _JITTER_MWH_MAX)


def gain(last_mwh: int, value_mwh: int, modulus_mwh: int | None) -> int:
    """Return the energy (mWh) of a step to a value on the line: the growth, through a rollover too, or 0 for jitter."""
    if value_mwh >= last_mwh:
        return value_mwh - last_mwh
    if modulus_mwh is None or is_jitter(last_mwh, value_mwh):
        return 0
    return value_mwh - last_mwh + modulus_mwh


def is_on_line(last_mwh: int, value_mwh: int, duration_us: int, limit_mw: int, modulus_mwh: int | None) -> bool:
    """Return whether a value is plausible on a line, whose latest value is given, `duration_us` later.

    It is if it is growth that `fits`, jitter, or growth that fits through the registered rollover.
    """
    if value_mwh >= last_mwh:
        return fits(value_mwh - last_mwh, duration_us, limit_mw, resolution(last_mwh, value_mwh))
    if is_jitter(last_mwh, value_mwh):
        return True
    if modulus_mwh is None or max(last_mwh, value_mwh) >= modulus_mwh:
        return False
    return fits(value_mwh - last_mwh + modulus_mwh, duration_us, limit_mw, resolution(last_mwh, value_mwh))


def line_value(last_mwh: int, value_mwh: int) -> int:
    """Return the line's value after a step to a value on it: jitter keeps the old maximum."""
    return last_mwh if is_jitter(last_mwh, value_mwh) else value_mwh
