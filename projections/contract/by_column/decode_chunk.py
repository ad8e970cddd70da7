"""A few hundred telemetry lines decoded as one text, under checks that only ordinary lines pass. Pure.

The decoder is quick and lenient: of `{"status":"ok","status":"off"}` it silently keeps one member, where
`ledger.format.grammar.read_object` refuses the line. Each check below rules out one way in which decoding the text could differ from
reading its lines.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import NoneType
from typing import Any

import attrs
import msgspec

IDENTITY = ("plant_id", "inverter_id", "event_time")
_TEXTS = (*IDENTITY, "event_id", "source", "ac_power_unit", "dc_power_unit", "status")
_NUMBERS = ("ac_power", "dc_power", "energy_wh_total", "temperature_c")
FIELDS = _TEXTS + _NUMBERS
_TEXT: set[type] = {str}
_NUMBER: set[type] = {float, NoneType}
_KINDS = [_TEXT] * len(_TEXTS) + [_NUMBER] * len(_NUMBERS)

_LONG_DIGITS, _STEP = 300, 30
# Wherever they begin, 300 digits in a row fill ten in a row of every thirtieth byte.
_MANY_DIGITS = re.compile(rb"[0-9]{%d}" % (_LONG_DIGITS // _STEP))


@attrs.frozen
class FieldColumn:
    """One field's values as sent, one per line; None where it is null or absent. An integer may have become the float it equals.

    `kinds` holds at least the types that occur among the values, so that a column of texts alone need not be looked at one by one.
    """

    values: Sequence[Any]
    kinds: set[type]


def column_of(values: Sequence[Any]) -> FieldColumn:
    """Return a column of values whose types are not known yet."""
    return FieldColumn(values, set(map(type, values)))


def decode_chunk(chunk: Sequence[bytes], extras: tuple[str, ...]) -> list[FieldColumn] | None:
    """Return a column for each of FIELDS, decoded from lines that each begin with `{` and end with `}`; an identity is never empty.

    `extras` are the names of members that these lines may have besides. None if reading line by line could give something else.
    """
    text = b"\n".join(chunk)
    if text.count(b"{") != len(chunk) or b"\\" in text or b"[" in text or _may_hold_long_number(chunk, text):
        return None
    columns = _decode_complete(text, len(chunk)) or _decode_loosely(text, len(chunk), extras)
    return columns if columns and all(all(column.values) for column in columns[: len(IDENTITY)]) else None


def _may_hold_long_number(chunk: Sequence[bytes], text: bytes) -> bool:
    return max(map(len, chunk)) > _LONG_DIGITS and _MANY_DIGITS.search(text[::_STEP]) is not None


def _decode_complete(text: bytes, lines: int) -> list[FieldColumn] | None:
    """Decode lines that all have every field and no other, with a text where a text belongs and a number or null where a number does.

    Such lines have a known number of quotes. More of them mean a key given twice, of which the decoder would silently drop one;
    `ledger.format.grammar` explains the count.
    """
    if text.count(b'"') != 2 * lines * (len(FIELDS) + len(_TEXTS)):
        return None
    columns = _decode(_complete, text, lines)
    return None if columns is None else [FieldColumn(values, kinds) for values, kinds in zip(columns, _KINDS, strict=True)]


def _decode_loosely(text: bytes, lines: int, extras: tuple[str, ...]) -> list[FieldColumn] | None:
    """Decode lines that have some of FIELDS and extras, of whatever types; a member that is neither adds quotes that nobody counts."""
    columns = list(map(column_of, _decode(_loose(extras), text, lines) or ()))
    members = sum(lines - _count(column, msgspec.UnsetType) for column in columns)
    texts = sum(_count(column, str) for column in columns)
    if not columns or text.count(b'"') != 2 * (members + texts):
        return None
    return [_without_unset(column) for column in columns[: len(FIELDS)]]


def _decode(decoder: Callable[[bytes], list[Any]], text: bytes, lines: int) -> list[tuple[Any, ...]] | None:
    """Decode a text that has as many `{` as lines, each at the beginning of one; None unless it holds one object in each line.

    If it holds as many objects as lines, every object begins where its line begins, and so ends where its line ends.
    """
    try:
        found = decoder(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return list(zip(*map(msgspec.structs.astuple, found), strict=True)) if len(found) == lines else None


def _count(column: FieldColumn, kind: type) -> int:
    if kind not in column.kinds:
        return 0
    return len(column.values) if len(column.kinds) == 1 else list(map(type, column.values)).count(kind)


def _without_unset(column: FieldColumn) -> FieldColumn:
    if msgspec.UnsetType not in column.kinds:
        return column
    return column_of([None if value is msgspec.UNSET else value for value in column.values])


def _decoder(fields: list[Any], renamed: dict[str, str]) -> Callable[[bytes], list[Any]]:
    return msgspec.json.Decoder(msgspec.defstruct("Line", fields, rename=renamed, gc=False)).decode_lines


_complete = _decoder([*((name, str) for name in _TEXTS), *((name, float | None) for name in _NUMBERS)], {})


@lru_cache(maxsize=64)
def _loose(extras: tuple[str, ...]) -> Callable[[bytes], list[Any]]:
    renamed = {f"extra_{number}": name for number, name in enumerate(extras)}
    further = [(name, Any, msgspec.UNSET) for name in (*FIELDS, *renamed) if name not in IDENTITY]
    return _decoder([*((name, str) for name in IDENTITY), *further], renamed)
