"""How long each status lasted, and availability. Pure. Times in µs, if not said otherwise."""

import attrs
import numpy as np

from projections.measures.readings import CODE_OF_STATUS, STATUS_OF_CODE, Codes
from projections.measures.segments import lengths_within
from projections.values.arrays import Instants

DOWN = frozenset({"fault", "off", "maintenance"})
NOT_KNOWN = frozenset({"offline", "unknown"})
KNOWN_SHARE_MIN = 0.5
_IS_KNOWN = np.array([status is not None and status not in NOT_KNOWN for status in STATUS_OF_CODE])
_IS_DOWN = np.array([status in DOWN for status in STATUS_OF_CODE])


@attrs.frozen(eq=False)
class HeldStatuses:
    """Known statuses and the time from `start` to `end` that each lasted, cut to a day."""

    status: Codes
    start: Instants
    end: Instants

    def __len__(self) -> int:
        """Return the number of stretches."""
        return len(self.status)


def held(at: Instants, status: Codes, gap_us: int, day_start: int, day_end: int) -> HeldStatuses:
    """Return how long each known status lasted: to the next reading, at most `gap_us`, cut to [day_start, day_end)."""
    following = np.append(at, day_end)[1:]
    start, end = np.maximum(at, day_start), np.minimum(np.minimum(following, at + gap_us), day_end)
    kept = _IS_KNOWN[status] & (end > start)
    return HeldStatuses(status[kept], start[kept], end[kept])


def seconds_of(stretches: HeldStatuses, status: str) -> float:
    """Return the total time of one status, in seconds."""
    return int((stretches.end - stretches.start)[stretches.status == CODE_OF_STATUS[status]].sum()) / 1e6


def availability(stretches: HeldStatuses, start: int, end: int) -> float | None:
    """Return 1 − time down / time known, both inside [start, end]; None if the status is known for less than half of it.

    Down are fault, off and maintenance. Offline, unknown, no status, and time beyond the longest gap after a reading are not known.
    """
    inside = lengths_within(stretches.start, stretches.end, start, end)
    known, down = int(inside.sum()), int(inside[_IS_DOWN[stretches.status]].sum())
    if known == 0 or known < KNOWN_SHARE_MIN * (end - start):
        return None
    return 1 - down / known
