"""The canonical status behind the words that senders use. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from projections.values.text import text_of

STATUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "running": ("ok", "normal", "running", "on-grid", "mppt", "run"),
        "off": ("off", "shutdown"),
        "sleeping": ("sleeping", "no irradiation", "waiting", "night"),
        "starting": ("starting",),
        "derated": ("derated", "throttled", "curtailed", "limited"),
        "stopping": ("stopping",),
        "fault": ("fault", "error", "alarm", "tripped"),
        "standby": ("standby",),
        "maintenance": ("maintenance",),
        "offline": ("offline", "communication disconnected"),
    }
)
"""Each canonical status with the words that mean it, trimmed and case-folded."""

UNKNOWN = "unknown"
_CANONICAL = {word: status for status, words in STATUSES.items() for word in words}


def read_status(value: object) -> tuple[str | None, str | None]:
    """Return the canonical status and the word as sent: (`running`, `OK `) for `OK `, (`unknown`, `5`) for 5, (None, None) for null."""
    if value is None:
        return None, None
    if not isinstance(value, str):
        return UNKNOWN, text_of(value)
    status = _CANONICAL.get(value) or _CANONICAL.get(value.strip().casefold(), UNKNOWN)
    return status, value
