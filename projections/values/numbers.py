"""Numbers as senders write them, and their exact value in thousandths of a unit. Pure.

Limits are compared in whole thousandths (mW, mWh), because a double decides "is −1650 W below −5 % of 33 kW" by its noise.
"""

import re
from fractions import Fraction
from math import isfinite

_GRAMMAR = re.compile(r" *[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? *")
_INTEGER_END = 2**1024 - 2**970
"""The least integer that rounds to no finite double."""

PER_UNIT = 1_000
"""Thousandths in one W or one Wh."""

_ROUND_SAFELY = 0.4
_SAFE_END = 1e14
"""Below this the product's error stays under 0.1, so that a value at most 0.4 from a whole number rounds to that number and no other."""


def read_number(value: object) -> float | None:
    """Read a JSON number, or a string of JSON's number grammar with an optional `+` and surrounding spaces, as a finite double.

    Anything else (true, `1,4`, `12 kW`, an empty string, `nan`, 1e999) gives None.
    """
    if type(value) is float:
        return value if isfinite(value) else None
    if type(value) is int:
        return float(value) if -_INTEGER_END < value < _INTEGER_END else None
    if isinstance(value, str) and _GRAMMAR.fullmatch(value):
        return read_number(float(value))
    return None


def read_thousandths(value: object, per_unit: int) -> int | None:
    """Read a number, as `read_number` does, times `per_unit` as the nearest whole number, a half going to the even neighbour.

    Exact for the decimal that the number was written as, so that 12.5 × 1 000 000, "12.5" × 1 000 000 and 12500 × 1000 are one value.
    """
    number = value if type(value) is float else read_number(value)
    if number is None:
        return None
    product = number * per_unit
    if -_SAFE_END < product < _SAFE_END:
        nearest = round(product)
        if -_ROUND_SAFELY <= product - nearest <= _ROUND_SAFELY:
            return nearest
    return round(Fraction(repr(number)) * per_unit) if isfinite(number) else None
