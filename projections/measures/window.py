"""The production window of a plant's day: from the first to the last instant at which any of its inverters made power. Pure."""

import attrs

_THRESHOLD_SHARE = 0.01
_THRESHOLD_W_MIN = 10.0


@attrs.frozen
class Window:
    """A production window (µs); an edge is closed if power below the threshold was read just outside it, else the day may be cut short."""

    start: int
    end: int
    start_closed: bool
    end_closed: bool

    @property
    def is_open(self) -> bool:
        """Return whether production may go beyond an edge."""
        return not (self.start_closed and self.end_closed)


def threshold_w(capacity_kw: float | None) -> float:
    """Return the power from which an inverter produces: 1 % of its nameplate, at least 10 W."""
    return max(_THRESHOLD_SHARE * 1e3 * (capacity_kw or 0.0), _THRESHOLD_W_MIN)
