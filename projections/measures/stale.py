"""Readings that repeat one power: signs of a logger or inverter that has stopped measuring. Pure. Times in µs."""

from itertools import pairwise

import numpy as np

from projections.values.arrays import Floats, Instants

STALE_COUNT_MIN = 6
_SAME_RELATIVE = 1e-5
_NEIGHBOURS_RELATIVE = 3 * _SAME_RELATIVE


def stale_us(at: Instants, power: Floats) -> int:
    """Return the total length of stale runs, in µs.

    A stale run is at least six readings in a row with a power within 1e-5 (relative) of the first one's, which is not zero.
    """
    # Two readings within 1e-5 of a run's first are within 3e-5 of each other: neighbours farther apart end every run.
    apart = ~(np.abs(power[1:] - power[:-1]) <= _NEIGHBOURS_RELATIVE * np.abs(power[:-1]))
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(power)]
    total = 0
    for low, high in pairwise(edges):
        if high - low >= STALE_COUNT_MIN:
            total += _runs_us(at[low:high].tolist(), power[low:high].tolist())
    return total


def _runs_us(at: list[int], power: list[float]) -> int:
    """Return the total length of stale runs among readings that all have a power."""
    total = first = 0
    for place in range(1, len(at) + 1):
        if place < len(at) and abs(power[place] - power[first]) <= _SAME_RELATIVE * abs(power[first]):
            continue
        if power[first] and place - first >= STALE_COUNT_MIN:
            total += at[place - 1] - at[first]
        first = place
    return total
