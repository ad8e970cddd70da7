"""The production window of a plant's day: from the first to the last instant at which any of its inverters made power. Pure."""

import attrs

_THRESHOLD_SHARE = 0.01
_THRESHOLD_W_MIN = 10.0


@attrs.frozen
class Window:
    """A production window from `start` to `end` (µs since 1970 UTC).

    An edge is closed if a power below the threshold was read just outside it. At an edge that is not closed, nothing shows that production
    began or ended there: the readings may have.
    """

    start: int
    end: int
    start_closed: bool
    end_closed: bool

    @property
    def is_open(self) -> bool:
        """Return whether production may have gone on beyond an edge."""
        return not (self.start_closed and self.end_closed)


def threshold_w(capacity_kw: float | None) -> float:
    """Return the power (W) from which on an inverter counts as producing: 1 % of its nameplate, at least 10 W."""
    return max(_THRESHOLD_SHARE * 1e3 * (capacity_kw or 0.0), _THRESHOLD_W_MIN)
