"""When events arrived, told from few of them: arrivals never fall from one log position to the next."""

from bisect import bisect_left, insort
from collections.abc import Callable


class Arrivals:
    """Arrivals of some events, read once each, that answer for all events between them."""

    def __init__(self, recorded_at: Callable[[int], int]) -> None:
        self._recorded_at = recorded_at
        self._known: list[tuple[int, int]] = []

    def after(self, position: int, instant: int) -> bool:
        """Return whether the event at a position arrived after an instant (µs)."""
        later = bisect_left(self._known, (position,))
        if later < len(self._known) and self._known[later][1] <= instant:
            return False
        earlier = bisect_left(self._known, (position + 1,)) - 1
        if earlier >= 0 and self._known[earlier][1] > instant:
            return True
        arrival = self._recorded_at(position)
        insort(self._known, (position, arrival))
        return arrival > instant
