"""Clean events as the counter line needs them, as columns or one by one. Pure. Instants in µs, counters in mWh, powers in mW.

They are called samples because whether one is a reading is yet to be decided, by its mark.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import numpy as np

from projections.values.arrays import Flags, Floats, Instants, Ints

NO_COUNTER: Final = -1
NO_POWER: Final = -(2**62)


@attrs.frozen
class Sample:
    """One clean event: instant (µs), counter (mWh), AC power (mW) and temperature (°C); None for what it has not."""

    at: int
    mwh: int | None
    power_mw: int | None
    temperature_c: float | None


@attrs.frozen(eq=False)
class Samples:
    """Clean events in order of their instants, by column; NO_COUNTER and NO_POWER for what an event has not.

    `bare`: its power is absent or 0, and so is its temperature: with a placeholder for a counter it is a row without data.
    """

    at: Instants
    mwh: Ints
    power_mw: Ints
    bare: Flags

    def __len__(self) -> int:
        return len(self.at)

    def part(self, low: int, high: int) -> "Samples":
        """Return the samples from index `low` to `high`, exclusive; their arrays are views of these."""
        return Samples(self.at[low:high], self.mwh[low:high], self.power_mw[low:high], self.bare[low:high])

    def joined(self, after: "Samples") -> "Samples":
        """Return these samples followed by others."""
        return Samples(
            np.concatenate((self.at, after.at)),
            np.concatenate((self.mwh, after.mwh)),
            np.concatenate((self.power_mw, after.power_mw)),
            np.concatenate((self.bare, after.bare)),
        )


def samples_of(at: Sequence[int], wh: Sequence[float | None], watts: Sequence[float | None], celsius: Sequence[float | None]) -> Samples:
    """Return samples from columns of a table: instants in µs, counter in Wh, power in W, temperature in °C."""
    counter, power = np.array(wh, np.float64), np.array(watts, np.float64)
    warmth = np.array(celsius, np.float64)
    bare = (np.isnan(power) | (power == 0)) & (np.isnan(warmth) | (warmth == 0))
    return Samples(np.array(at, np.int64), _thousandths(counter, NO_COUNTER), _thousandths(power, NO_POWER), bare)


def samples_of_rows(rows: Iterable[Sample]) -> Samples:
    """Return single samples as columns."""
    listed = list(rows)
    power = [one.power_mw for one in listed]
    return Samples(
        np.array([one.at for one in listed], np.int64),
        np.array([NO_COUNTER if one.mwh is None else one.mwh for one in listed], np.int64),
        np.array([NO_POWER if milliwatts is None else milliwatts for milliwatts in power], np.int64),
        np.array([not one.power_mw and not one.temperature_c for one in listed], np.bool_),
    )


def _thousandths(values: Floats, absent: int) -> Ints:
    missing = np.isnan(values)
    return np.where(missing, absent, np.rint(np.where(missing, 0.0, values) * 1e3).astype(np.int64))
