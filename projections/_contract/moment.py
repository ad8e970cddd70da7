"""Instants as senders write them, remembered: the inverters of a fleet report the same moments. Pure."""

from functools import lru_cache

from ledger.instant import BadInstant, read_instant

_TEXT_LENGTH_MAX = 40
"""Longer texts are read but not remembered: a line may be a mebibyte."""


def read_moment(text: str) -> int | str:
    """Read a text into µs since 1970 UTC, or give the reason why it is none: `naive_timestamp` or `bad_timestamp`."""
    return _remembered(text) if len(text) <= _TEXT_LENGTH_MAX else _read(text)


def _read(text: str) -> int | str:
    try:
        return read_instant(text)
    except BadInstant as error:
        return "naive_timestamp" if error.naive else "bad_timestamp"


_remembered = lru_cache(maxsize=1 << 16)(_read)
