"""How often an inverter reports: the step of a day, and the longest gap between readings that is still covered. Pure. Times in µs."""

import numpy as np

from projections.values.arrays import Instants

SECOND_US = 1_000_000
STEP_SECONDS_DEFAULT = 300
STEP_LOOKBACK_DAYS = 7
"""A day without a step of its own takes that of the latest of so many days before it; if none has one, the default."""

GAP_US_MIN = 600 * SECOND_US
GAP_US_MAX = 5_400 * SECOND_US
"""No longer gap is ever covered: a reading farther than this from a day does not matter to it."""


def own_step(instants: Instants) -> int | None:
    """Return the most frequent step between readings, in whole seconds, at least 1; None for fewer than two readings.

    Of equally frequent steps the smallest. Readings at 0, 300, 600 and 1500 s have the step 300.
    """
    if len(instants) < 2:  # noqa: PLR2004 - a step needs two ends
        return None
    steps, counts = np.unique(np.maximum((instants[1:] - instants[:-1]) // SECOND_US, 1), return_counts=True)
    return int(steps[np.argmax(counts)])


def gap_us_max(step_seconds: int) -> int:
    """Return the longest gap between two readings that is covered: twice the step, at least 10 and at most 90 minutes."""
    return min(max(2 * step_seconds * SECOND_US, GAP_US_MIN), GAP_US_MAX)
