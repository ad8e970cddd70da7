"""Values of a line as short texts that any table can hold. Pure."""

import json

_LENGTH_MAX = 200


def text_of(value: object) -> str | None:
    """Write a value of a JSON object as text: a string as it is, null as None, anything else as JSON, cut to 200 characters."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LENGTH_MAX]


def text_of_bytes(payload: bytes) -> str:
    """Write the beginning of a payload as text of at most 200 characters, bytes that are no text as `\\xNN`."""
    return payload[:_LENGTH_MAX].decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:_LENGTH_MAX]


def label_of(value: object) -> str | None:
    """Write a sender's own label, a string or a number, in full; anything else is None."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return json.dumps(value) if -_FINITE_END < value < _FINITE_END else None


_FINITE_END = float("inf")
