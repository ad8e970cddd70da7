"""Instants as senders write them, or the reason why a text is none. Pure."""

from ledger.format.instant import BadInstant, read_instant


def read_moment(text: str) -> int | str:
    """Read a text into µs since 1970 UTC, or give the reason why it is none: `naive_timestamp` or `bad_timestamp`."""
    try:
        return read_instant(text)
    except BadInstant as error:
        return "naive_timestamp" if error.naive else "bad_timestamp"
