"""How long a status held: fault, derated, standby, and availability. Pure. Times in µs."""

from collections.abc import Iterable, Sequence

import attrs

DOWN = frozenset({"fault", "off", "maintenance"})
NOT_KNOWN = frozenset({"offline", "unknown"})
KNOWN_SHARE_MIN = 0.5


@attrs.frozen
class Held:
    """A known status from one reading to the next, cut to a day."""

    status: str
    start: int
    end: int


def held(points: Sequence[tuple[int, str | None]], gap_us: int, day_start: int, day_end: int) -> list[Held]:
    """Hold each known status to the next reading, at most `gap_us` long, cut to [day_start, day_end); the last one too."""
    ends = [at for at, _ in points[1:]] + [day_end] if points else []
    stretches = []
    for (at, status), following in zip(points, ends, strict=True):
        start, end = max(at, day_start), min(following, at + gap_us, day_end)
        if status is not None and status not in NOT_KNOWN and end > start:
            stretches.append(Held(status, start, end))
    return stretches


def seconds_of(stretches: Iterable[Held], status: str) -> float:
    """Add up one status, in seconds."""
    return sum(stretch.end - stretch.start for stretch in stretches if stretch.status == status) / 1e6


def availability(stretches: Iterable[Held], start: int, end: int) -> float | None:
    """Give 1 − down / known time inside [start, end]; None where the status is known for less than half of it."""
    known = down = 0
    for stretch in stretches:
        inside = max(0, min(stretch.end, end) - max(stretch.start, start))
        known += inside
        down += inside if stretch.status in DOWN else 0
    if known == 0 or known < KNOWN_SHARE_MIN * (end - start):
        return None
    return 1 - down / known
