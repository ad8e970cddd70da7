"""The limits of the contract, as whole milliwatts, so that comparing is exact; a value equal to a limit takes the milder side. Pure."""

import math
from fractions import Fraction
from functools import lru_cache

import attrs

from projections.values.units import UNSCALED_CODES, is_code

POWER_MILLIWATTS_MAX = 10_000_000_000
"""10 MW: the most that is believed, in either direction, of an inverter whose nameplate power is unknown."""

COUNTER_MILLIWATT_HOURS_MAX = 10**17
"""1e14 Wh: a lifetime counter above it is left out."""

TEMPERATURE_C_MIN, TEMPERATURE_C_MAX = -60.0, 125.0
TEMPERATURE_C_USUAL_MIN, TEMPERATURE_C_USUAL_MAX = -40.0, 100.0
AHEAD_US_MAX = 5 * 60 * 1_000_000
BEFORE_COMMISSIONING_US_MAX = 24 * 3600 * 1_000_000
DC_TO_AC_MAX = 3


@attrs.frozen(kw_only=True, slots=True)
class PowerLimits:
    """An inverter's power limits in mW; a value is beyond one if it is less than a `_min` or more than a `_max`.

    For 33 kW `ac_min` is −1 650 000 (−5 %) and `ac_max` 39 600 000 (120 %). AC power below `standby_from` is negative as at night; above
    `low_load_max` it is large enough to be compared with DC power. `no_value` are the codes that mean "no value" even inside the AC limits.
    """

    ac_min: int
    ac_max: int
    nameplate_max: int
    standby_from: int
    dc_min: int
    dc_max: int
    dc_usual_max: int
    low_load_max: int
    no_value: frozenset[int]

    def is_no_value(self, milliwatts: int, unit: object) -> bool:
        """Return whether a power, sent in `unit`, is a register's code for "no value" rather than a power that the inverter can have."""
        beyond = not self.ac_min <= milliwatts <= self.ac_max
        return (beyond and is_code(milliwatts, unit)) or milliwatts in self.no_value


_WIDE = POWER_MILLIWATTS_MAX
NAMEPLATE_UNKNOWN = PowerLimits(
    ac_min=-_WIDE,
    ac_max=_WIDE,
    nameplate_max=_WIDE,
    standby_from=-_WIDE,
    dc_min=-_WIDE,
    dc_max=_WIDE,
    dc_usual_max=_WIDE,
    low_load_max=_WIDE,
    no_value=UNSCALED_CODES,
)


@lru_cache(maxsize=1 << 16)
def limits_for(capacity_kw: float | None) -> PowerLimits:
    """Return an inverter's limits from its nameplate power in kW; if that is None, ±10 MW and no limit that is a share of it."""
    if capacity_kw is None:
        return NAMEPLATE_UNKNOWN
    percent = Fraction(repr(capacity_kw)) * 10_000
    return PowerLimits(
        ac_min=math.ceil(-5 * percent),
        ac_max=math.floor(120 * percent),
        nameplate_max=math.floor(110 * percent),
        standby_from=0,
        dc_min=math.ceil(-percent),
        dc_max=math.floor(150 * percent),
        dc_usual_max=math.floor(130 * percent),
        low_load_max=math.floor(5 * percent),
        no_value=frozenset(),
    )
