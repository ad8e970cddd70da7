"""The types of columns: one array per quantity, one element per event or reading. Pure."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
"""Whole numbers: energies in mWh, powers in mW, resolutions, counts."""

Instants = NDArray[np.int64]
"""Instants in µs since 1970 UTC, or lengths of time in µs."""

Floats = NDArray[np.float64]
"""A quantity in the unit that the function names; NaN where an event has none."""

Flags = NDArray[np.bool_]
"""One yes or no per element, for example which readings have a power."""
