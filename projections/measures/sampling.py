"""How often an inverter reports: the step of a day and the longest gap that still joins two readings. Pure. Times in µs."""

import numpy as np

from projections.values.arrays import Instants

SECOND_US = 1_000_000
STEP_SECONDS_DEFAULT = 300
STEP_LOOKBACK_DAYS = 7
GAP_US_MIN = 600 * SECOND_US
GAP_US_MAX = 5_400 * SECOND_US
"""No gap longer than this is ever bridged; hence no reading matters to a day it is further than this away from."""


def own_step(instants: Instants) -> int | None:
    """Return the most frequent step between ordered readings in whole seconds (at least 1), the smaller of equals; None below two."""
    if len(instants) < 2:  # noqa: PLR2004 - a step needs two ends
        return None
    steps, counts = np.unique(np.maximum((instants[1:] - instants[:-1]) // SECOND_US, 1), return_counts=True)
    return int(steps[np.argmax(counts)])


def gap_us_max(step_seconds: int) -> int:
    """Return the longest gap that a segment bridges: twice the step, at least 10 and at most 90 minutes."""
    return min(max(2 * step_seconds * SECOND_US, GAP_US_MIN), GAP_US_MAX)
