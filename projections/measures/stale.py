"""Readings that repeat one power: a logger or inverter that has stopped measuring. Pure."""

from itertools import pairwise

import numpy as np

from projections.values.arrays import Floats, Instants

STALE_COUNT_MIN = 6
_SAME_RELATIVE = 1e-5
_NEIGHBOURS_RELATIVE = 3 * _SAME_RELATIVE


def stale_us(at: Instants, power: Floats) -> int:
    """Add up the runs of at least six consecutive readings within 1e-5 (relative) of the run's first, non-zero power, in µs."""
    # Two readings as near to one value as a run asks are this near to each other: where neighbours are not, every run ends.
    apart = ~(np.abs(power[1:] - power[:-1]) <= _NEIGHBOURS_RELATIVE * np.abs(power[:-1]))
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(power)]
    total = 0
    for low, high in pairwise(edges):
        if high - low >= STALE_COUNT_MIN:
            total += _runs_us(at[low:high].tolist(), power[low:high].tolist())
    return total


def _runs_us(at: list[int], power: list[float]) -> int:
    """Add up the runs among readings that all have a power."""
    total = first = 0
    for place in range(1, len(at) + 1):
        if place < len(at) and abs(power[place] - power[first]) <= _SAME_RELATIVE * abs(power[first]):
            continue
        if power[first] and place - first >= STALE_COUNT_MIN:
            total += at[place - 1] - at[first]
        first = place
    return total
