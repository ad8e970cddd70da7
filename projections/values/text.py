"""Values of a line as short texts that any table can hold. Pure."""

import json
from math import isfinite

ID_BYTES_MAX = 256
"""The longest id of a plant or an inverter, in bytes of UTF-8. An entry of a PostgreSQL index holds 2,704 bytes."""

_LENGTH_MAX = 200
_BYTES_MAX = 4 * _LENGTH_MAX
_CHARACTER_BYTES_MAX = 4
_ELLIPSIS = "…"


def text_of(value: object) -> str | None:
    """Return a value of a JSON object as text of at most 200 characters: a string as it is, anything else as JSON; None for null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LENGTH_MAX]


def is_id_too_long(text: str) -> bool:
    """Return whether an id has more than 256 bytes in UTF-8, which indexes of PostgreSQL could not hold at any length."""
    return len(text) > ID_BYTES_MAX // _CHARACTER_BYTES_MAX and len(text.encode()) > ID_BYTES_MAX


def shortened(text: str) -> str:
    """Return the beginning of an id that is too long and `…`, 256 bytes in UTF-8 at most."""
    return text.encode()[: ID_BYTES_MAX - len(_ELLIPSIS.encode())].decode("utf-8", "ignore") + _ELLIPSIS


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
