"""The only place where a clock is read."""

import time


def now() -> int:
    """Return the machine's time in µs since 1970 UTC."""
    return time.time_ns() // 1000  # noqa: TID251 - this is the one place
