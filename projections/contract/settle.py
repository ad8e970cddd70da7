"""Which of several events for one inverter and instant is the reading, and why the others are not. Pure."""

from collections.abc import Hashable, Sequence

KEPT = ""
"""Instead of a reason, for the event that is the reading."""


def settle(values: Sequence[Hashable]) -> list[str]:
    """Return, for each event that passed every other rule, `KEPT` or the reason why it is rejected.

    `values` are what the events measured, in log order. The last one's values are the reading's, which is how a correction arrives; of the
    equal ones at the end the first is kept, so that repeating a reading changes nothing. Measured 5, 7, 5, 5, the third event is kept:
    `duplicate_reading`, `superseded`, `KEPT`, `duplicate_reading`.
    """
    kept = len(values) - 1
    while kept > 0 and values[kept - 1] == values[-1]:
        kept -= 1
    reasons = ["duplicate_reading" if value == values[-1] else "superseded" for value in values]
    reasons[kept] = KEPT
    return reasons
