"""Instants as senders write them, for example `2025-04-01T11:30:00+05:30`, and the reason why a text is none. Pure."""

from ledger.format.instant import BadInstant, read_instant


def read_moment(text: str) -> int | None:
    """Return a text's instant in µs since 1970 UTC; None if it is no date and time with an offset from UTC."""
    try:
        return read_instant(text)
    except BadInstant:
        return None


def why_no_moment(text: str) -> str:
    """Return the reason why `read_moment` found none in a text: `naive_timestamp` if only the offset is missing, else `bad_timestamp`."""
    try:
        read_instant(text)
    except BadInstant as error:
        return "naive_timestamp" if error.naive else "bad_timestamp"
    raise AssertionError(f"{text} is an instant")
