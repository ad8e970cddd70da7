"""Readings that repeat one power: a logger or inverter that has stopped measuring. Pure."""

from collections.abc import Sequence

STALE_COUNT_MIN = 6
_SAME_RELATIVE = 1e-5


def stale_us(points: Sequence[tuple[int, float | None]]) -> int:
    """Add up the runs of at least six consecutive readings within 1e-5 (relative) of the run's first, non-zero power, in µs."""
    total = count = 0
    first: tuple[int, float] | None = None
    latest = 0
    for at, power in points:
        if first is not None and power is not None and abs(power - first[1]) <= _SAME_RELATIVE * abs(first[1]):
            count, latest = count + 1, at
            continue
        total += _if_stale(first, latest, count)
        first, count, latest = ((at, power), 1, at) if power else (None, 0, at)
    return total + _if_stale(first, latest, count)


def _if_stale(first: tuple[int, float] | None, latest: int, count: int) -> int:
    return latest - first[0] if first is not None and count >= STALE_COUNT_MIN else 0
