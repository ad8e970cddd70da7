"""Values of a line as short texts that any table can hold. Pure."""

import json
from math import isfinite

_LENGTH_MAX = 200
_BYTES_MAX = 4 * _LENGTH_MAX


def text_of(value: object) -> str | None:
    """Return a value of a JSON object as text of at most 200 characters: a string as it is, anything else as JSON; None for null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LENGTH_MAX]


def text_of_bytes(payload: bytes) -> str:
    r"""Return the beginning of a payload as text of at most 200 characters; NUL and bytes that are not UTF-8 become `\xNN`."""
    return payload[:_BYTES_MAX].decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:_LENGTH_MAX]


def label_of(value: object) -> str | None:
    """Return a sender's own label as text, in full: a string or a finite number; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return json.dumps(value)
    return None
