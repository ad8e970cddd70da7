"""Readings as columns: one array per quantity, in the order of their instants. Pure."""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from projections.values.arrays import Flags, Floats, Instants
from projections.values.status import STATUSES, UNKNOWN

Codes = NDArray[np.int8]
"""Statuses as indices into STATUS_OF_CODE."""

STATUS_OF_CODE: tuple[str | None, ...] = (None, *STATUSES, UNKNOWN)
CODE_OF_STATUS = {status: code for code, status in enumerate(STATUS_OF_CODE)}


def instants(found: Sequence[int]) -> Instants:
    """Return instants (µs since 1970 UTC) as an array."""
    return np.array(found, np.int64)


def values(found: Sequence[float | None]) -> Floats:
    """Return a quantity as an array, NaN for None."""
    return np.array(found, np.float64)


def codes(found: Sequence[str | None]) -> Codes:
    """Return canonical statuses as codes; KeyError for any other word."""
    return np.fromiter(map(CODE_OF_STATUS.__getitem__, found), np.int8, len(found))


@attrs.frozen(eq=False)
class Readings:
    """Readings of one inverter: rising instants, power (W, NaN for none), temperature (°C, NaN for none) and status."""

    at: Instants
    power: Floats
    temperature: Floats
    status: Codes

    def between(self, start: int, end: int) -> "Readings":
        """Return the readings with start ≤ instant < end; their arrays are views of these."""
        low, high = self.at.searchsorted(start), self.at.searchsorted(end)
        return Readings(self.at[low:high], self.power[low:high], self.temperature[low:high], self.status[low:high])

    def where(self, chosen: Flags) -> "Readings":
        """Return the readings whose element of `chosen` is true."""
        return Readings(self.at[chosen], self.power[chosen], self.temperature[chosen], self.status[chosen])
