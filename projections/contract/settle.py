"""Which of several events for one inverter and moment stands, and why the others do not. Pure."""

from collections.abc import Hashable, Sequence

KEPT = ""


def settle(values: Sequence[Hashable]) -> list[str]:
    """Settle candidates given by their values, in log order: `KEPT` for the one that stands, the reason of each other.

    The last one's values stand, which is how a correction arrives; the one kept is the first of the final run of equal ones, so that
    repeating a reading changes nothing.
    """
    kept = len(values) - 1
    while kept > 0 and values[kept - 1] == values[-1]:
        kept -= 1
    reasons = ["duplicate_reading" if value == values[-1] else "superseded" for value in values]
    reasons[kept] = KEPT
    return reasons
