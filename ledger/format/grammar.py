"""The frozen grammar of a telemetry line: which bytes are one JSON object. Pure.

The definition is `read_plainly`, on the standard library. `read_object` returns the same, faster, for the flat objects that
almost all lines are. Frozen, because the key of an event depends on the `event_time` read here.
"""

import json
import re
from math import isinf
from typing import Any

import msgspec

from ledger.format.instant import BadInstant, read_instant

DEPTH_MAX = 64
_PLAIN_INT_DIGITS = 18
_LONG_DIGITS = 300
_LONG_NUMBER = re.compile(rb"(?<![0-9])[0-9]{%d}" % _LONG_DIGITS)
# A string, closed or not, or one bracket; possessive, so that a hostile line costs linear time.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)
# One escape; group 1 if it means U+0000 or half of a surrogate pair without the other half.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F])|.)",
    re.DOTALL,
)
_decode = msgspec.json.Decoder().decode


def read_object(payload: bytes) -> dict[str, Any] | None:
    """Read one JSON object; None if the bytes are not one.

    Strict UTF-8 without BOM, unique top-level keys, at most 64 levels, no U+0000 and no lone surrogate, not even escaped.
    A number beyond the range of a double is `inf`, with its sign.
    """
    found = _read_flat(payload)
    return read_plainly(payload) if found is None else found


def event_time_of(payload: bytes) -> int:
    """Return the instant a telemetry line states (µs since 1970 UTC); 0 unless the whole line and the field obey the grammar."""
    line = read_object(payload)
    text = line.get("event_time") if line else None
    if type(text) is not str:
        return 0
    try:
        return read_instant(text)
    except BadInstant:
        return 0


def _read_flat(payload: bytes) -> dict[str, Any] | None:
    """Read an object of plain values without a backslash; None if `read_plainly` has to decide.

    Why counting quotes finds a key that is there twice: without escapes a string holds no quote, so each key and each text puts exactly two
    into the payload. A member dropped for a later one of the same key was counted there and is missing in the object, and so are the keys
    of an object inside.
    """
    if b"\\" in payload or b"[" in payload or (len(payload) >= _LONG_DIGITS and _LONG_NUMBER.search(payload)):
        return None
    try:
        found = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if type(found) is not dict:
        return None
    texts = list(map(type, found.values())).count(str)
    return found if payload.count(b'"') == 2 * (len(found) + texts) else None


def read_plainly(payload: bytes) -> dict[str, Any] | None:
    """Read one JSON object as `read_object` does: this is the definition."""
    if _is_too_deep(payload) or any(escape[1] for escape in _ESCAPE.finditer(payload)):
        return None
    sizes: list[int] = []

    def gather(members: list[tuple[str, Any]]) -> dict[str, Any]:
        sizes.append(len(members))
        return dict(members)

    try:
        found = json.loads(payload.decode(), object_pairs_hook=gather, parse_int=_read_int, parse_constant=_refuse)
    except ValueError:
        return None
    # The outermost object is complete last; only its keys must be unique.
    return found if isinstance(found, dict) and len(found) == sizes[-1] else None


def _is_too_deep(payload: bytes) -> bool:
    if payload.count(b"{") + payload.count(b"[") <= DEPTH_MAX:
        return False
    depth = 0
    for token in _TOKEN.finditer(payload):
        depth += 1 if token[1] else -1 if token[2] else 0
        if depth > DEPTH_MAX:
            return True
    return False


def _read_int(text: str) -> int | float:
    if len(text) <= _PLAIN_INT_DIGITS:
        return int(text)
    # Python refuses to read more than 4300 digits, and a double holds no more than 309.
    value = float(text)
    return value if isinf(value) else int(text)


def _refuse(word: str) -> None:
    raise ValueError(f"not in JSON: {word}")
